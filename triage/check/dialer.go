package check

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Network is the only way out for checks.
type Network struct {
	// Dial connects to an IP address and port that came from a customer's data
	// or from DNS. network is "tcp" or "udp". It returns ErrNotPublic for an
	// address that checks must not reach, and never resolves a name.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Resolver connects to the desk's own recursive resolver. It is apart from
	// Dial because the operator chose its address: it may be a private one.
	Resolver func(ctx context.Context, network string) (net.Conn, error)
	// Roots are the trusted certificate authorities; nil = the system's.
	Roots *x509.CertPool
	// Proxies are address ranges of proxies beyond the published ones that are built in.
	Proxies []Proxy
	// Lab says that the answers come from a lab and not from the Internet.
	Lab bool
	// Alone says that the resolver stands for all DNS servers there are: of a
	// name whose zone has no servers its word counts as theirs.
	Alone bool
}

// ErrNotPublic is returned for an address or port that checks must not reach:
// private, loopback, link-local, metadata and other special-purpose ranges.
var ErrNotPublic = errors.New("not a public address")

// metadata lists addresses of cloud metadata services that lie in public
// space; the others are in ranges that are refused as a whole (169.254.0.0/16,
// 100.64.0.0/10, 192.0.0.0/24, fc00::/7).
var metadata = []netip.Prefix{
	netip.MustParsePrefix("168.63.129.16/32"), // Azure WireServer
}

var guardian = ssrf.New(
	ssrf.WithNetworks("tcp4", "tcp6", "udp4", "udp6"),
	ssrf.WithPorts(53, 80, 443),
	ssrf.WithDeniedV4Prefixes(metadata...),
)

// Internet is the safe way to the Internet: only public addresses and the
// ports 53, 80 and 443, decided on the address that is about to be connected
// to. resolver is the address of a recursive resolver, such as
// "9.9.9.9:53"; it may be private.
func Internet(resolver string) (Network, error) {
	at, err := netip.ParseAddrPort(resolver)
	if err != nil {
		return Network{}, fmt.Errorf("resolver %q: give an IP address with a port, such as 9.9.9.9:53", resolver)
	}
	return Network{
		Dial: safeDial(guard),
		Resolver: func(ctx context.Context, network string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, at.String())
		},
	}, nil
}

// PublicDialer connects to what Internet may reach, decided on the address that
// is about to be connected to. It is for servers that an operator names on the
// Internet, whose names are resolved by the system.
func PublicDialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: timeout, Control: guard}
}

// Loopback is the way to a lab that somebody else runs on this machine: it
// reaches 127.0.0.0/8 and ::1 at any port, and nothing besides. resolver is the
// address of its recursive resolver; it may be the only DNS server of the lab.
func Loopback(resolver string) (Network, error) {
	n, err := Internet(resolver)
	if err != nil {
		return n, err
	}
	if at := netip.MustParseAddrPort(resolver); !at.Addr().IsLoopback() {
		return Network{}, fmt.Errorf("resolver %q: that of a lab is on loopback", resolver)
	}
	n.Dial, n.Lab, n.Alone = loopbackDial(netip.MustParseAddrPort(resolver).Port()), true, true
	return n, nil
}

// loopbackDial reaches loopback only. A DNS server without a listener on port
// 53, which takes rights that a test may not have, is asked on the resolver's
// port.
func loopbackDial(dnsPort uint16) func(ctx context.Context, network, addr string) (net.Conn, error) {
	dial := safeDial(onlyLoopback)
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		at, err := netip.ParseAddrPort(addr)
		if err != nil || at.Port() != 53 || dnsPort == 53 {
			return dial(ctx, network, addr)
		}
		conn, err := dial(ctx, "tcp", addr)
		if err == nil && network == "tcp" {
			return conn, nil
		}
		if err == nil {
			conn.Close()
			return dial(ctx, network, addr)
		}
		return dial(ctx, network, netip.AddrPortFrom(at.Addr(), dnsPort).String())
	}
}

// onlyLoopback refuses, just before the socket connects, what is not on this machine.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().Unmap().IsLoopback() {
		return ErrNotPublic
	}
	return nil
}

// control is the type of net.Dialer.Control.
type control func(network, address string, _ syscall.RawConn) error

// guard refuses, just before the socket connects, what is not public.
func guard(network, address string, c syscall.RawConn) error {
	if err := guardian.Safe(network, address, c); err != nil {
		return fmt.Errorf("%w: %w", ErrNotPublic, err)
	}
	return nil
}

func safeDial(check control) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		at, err := netip.ParseAddrPort(addr)
		if err != nil || at.Addr().Zone() != "" {
			return nil, fmt.Errorf("%w: %q is no IP address with a port", ErrNotPublic, addr)
		}
		at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
		d := net.Dialer{Control: check, FallbackDelay: -1, KeepAlive: -time.Second}
		return d.DialContext(ctx, network, at.String())
	}
}

// maxTries bounds the addresses of one name that are tried.
const maxTries = 3

// connect returns the first connection that one of the addresses takes, tried
// in order, each for that long.
func connect(ctx context.Context, n Network, addrs []netip.Addr, port uint16, each time.Duration) (net.Conn, netip.Addr, error) {
	err := errors.New("no address")
	for _, addr := range addrs[:min(len(addrs), maxTries)] {
		try, cancel := context.WithTimeout(ctx, each)
		conn, dialErr := n.Dial(try, "tcp", netip.AddrPortFrom(addr, port).String())
		cancel()
		if dialErr == nil {
			return conn, addr, nil
		}
		err = dialErr
	}
	return nil, netip.Addr{}, err
}
