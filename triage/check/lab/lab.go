// Package lab runs the network that a workspace's lab.yaml describes on
// loopback: authoritative DNS servers, a recursive resolver that may hold old
// records, silent servers, proxies, a platform, and a certificate authority.
//
// Answers carry documentation addresses (192.0.2.0/24, 198.51.100.0/24,
// 203.0.113.0/24, 2001:db8::/32); the lab's own dialer maps them to listeners
// on ports of 127.0.0.1 that the kernel chose, and refuses every other address.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"readback/triage/check"
)

var errNoPort = errors.New("lab: no loopback port is free for both TCP and UDP")

// Lab is a running lab network.
type Lab struct {
	now      func() time.Time
	certs    *authorities
	zones    map[string]*zone          // by apex, as the zone's first server holds them
	faults   map[string]fault          // by server name
	at       map[netip.AddrPort]string // virtual address -> loopback listener
	resolver netip.AddrPort
	proxies  []check.Proxy

	begin   []func() // run once all is in place: nothing changes under a running server
	running sync.WaitGroup
	closers []func() error
}

// Start runs the lab of a workspace folder. The error names what is wrong in
// lab.yaml; fs.ErrNotExist means that the workspace has none.
func Start(ctx context.Context, dir fs.FS) (*Lab, error) {
	c, err := read(dir)
	if err != nil {
		return nil, err
	}
	l := &Lab{now: time.Now, zones: map[string]*zone{}, faults: map[string]fault{}, at: map[netip.AddrPort]string{}}
	if err := l.start(ctx, c); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Lab) start(ctx context.Context, c *config) (err error) {
	if l.certs, err = newAuthorities(l.now); err != nil {
		return err
	}
	for _, p := range c.Proxies {
		l.proxies = append(l.proxies, check.Proxy{Name: p.Name, Prefix: p.Prefix})
	}
	if err := l.startServers(ctx, c); err != nil {
		return err
	}
	if err := l.startResolver(ctx, c); err != nil {
		return err
	}
	for _, h := range c.Hosts {
		plain, secure, err := l.serveHost(ctx, h)
		if err != nil {
			return err
		}
		for _, text := range h.Addresses {
			a, err := address(text)
			if err != nil {
				return err
			}
			l.at[netip.AddrPortFrom(a, 80)], l.at[netip.AddrPortFrom(a, 443)] = plain, secure
		}
	}
	for _, run := range l.begin {
		run()
	}
	return nil
}

// startServers loads every zone into the servers that hold it and runs them.
func (l *Lab) startServers(ctx context.Context, c *config) error {
	holds := map[string]map[string]*zone{}
	for name := range c.Servers {
		holds[name] = map[string]*zone{}
	}
	for _, text := range c.Zones {
		if err := l.loadZone(text, holds); err != nil {
			return err
		}
	}
	for name, s := range c.Servers {
		l.faults[name] = s.Fault
		a, err := address(s.Address)
		if err != nil {
			return err
		}
		var h dns.Handler
		if s.Fault != silent {
			h = &authority{lab: l, zones: holds[name], fault: s.Fault}
		}
		at, err := l.serveDNS(ctx, h)
		if err != nil {
			return err
		}
		l.at[netip.AddrPortFrom(a, 53)] = at
		l.addHost(name, a)
	}
	return nil
}

// loadZone gives a zone to each of its servers.
func (l *Lab) loadZone(text zoneText, holds map[string]map[string]*zone) error {
	apex := dns.CanonicalName(text.Zone)
	rrs, err := records(text.Zone, text.Records)
	if err != nil {
		return err
	}
	l.zones[apex] = newZone(apex, text.Servers, rrs)
	l.zones[apex].bogus = text.Bogus
	for _, name := range text.Servers {
		if holds[name] == nil {
			return fmt.Errorf("%s: zone %s: no server %q", File, text.Zone, name)
		}
		holds[name][apex] = l.zones[apex]
		if own, ok := text.Differing[name]; ok {
			if rrs, err = records(text.Zone, own); err != nil {
				return err
			}
			holds[name][apex] = newZone(apex, text.Servers, rrs)
		}
	}
	return nil
}

// addHost gives a server's name its address, so that the file says it once.
func (l *Lab) addHost(name string, a netip.Addr) {
	fqdn := dns.CanonicalName(name)
	z := closest(l.zones, fqdn)
	if z == nil {
		return
	}
	var rr dns.RR = &dns.A{Hdr: header(fqdn, dns.TypeA, 3600), A: a.AsSlice()}
	if a.Is6() {
		rr = &dns.AAAA{Hdr: header(fqdn, dns.TypeAAAA, 3600), AAAA: a.AsSlice()}
	}
	z.names[fqdn] = append(z.names[fqdn], rr)
}

func (l *Lab) startResolver(ctx context.Context, c *config) error {
	a, err := address(c.Resolver.Address)
	if err != nil {
		return err
	}
	r := &recursor{lab: l, since: l.now()}
	for _, text := range c.Resolver.Stale {
		rr, err := dns.NewRR(text)
		if err != nil || rr == nil {
			return fmt.Errorf("%s: resolver.stale %q: %w", File, text, err)
		}
		rr.Header().Name = dns.CanonicalName(rr.Header().Name)
		r.stale = append(r.stale, rr)
	}
	at, err := l.serveDNS(ctx, r)
	l.resolver = netip.AddrPortFrom(a, 53)
	l.at[l.resolver] = at
	return err
}

// deaf reports whether all servers of a zone are silent, so that a resolver
// waits in vain for it. A server below the zone itself still has its address.
func (l *Lab) deaf(z *zone) bool {
	return len(z.servers) > 0 && !slices.ContainsFunc(z.servers, func(s string) bool { return l.faults[s] != silent })
}

// Network is the way into the lab for checks. It reaches nothing else.
func (l *Lab) Network() check.Network {
	return check.Network{
		Dial: l.dial,
		Resolver: func(ctx context.Context, network string) (net.Conn, error) {
			return l.dial(ctx, network, l.resolver.String())
		},
		Roots:   l.certs.roots(),
		Proxies: slices.Clone(l.proxies),
		Lab:     true,
	}
}

// dial maps a virtual address to its loopback listener.
func (l *Lab) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	virtual, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("lab: %w: %q", check.ErrNotPublic, addr)
	}
	at, ok := l.at[virtual]
	if !ok {
		if _, err := address(virtual.Addr().String()); err != nil {
			return nil, fmt.Errorf("lab: %w: %s is not in the lab", check.ErrNotPublic, addr)
		}
		return nil, fmt.Errorf("lab: connection to %s refused: nothing listens there", addr)
	}
	return (&net.Dialer{}).DialContext(ctx, network, at)
}

// Close ends every server and waits for them.
func (l *Lab) Close() {
	for _, end := range l.closers {
		_ = end()
	}
	l.running.Wait()
}
