package check_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/miekg/dns"

	"readback/triage"
	"readback/triage/check"
)

// sockets are the addresses that the safe dialer let through to a socket,
// which then connects to nothing.
type sockets struct {
	mu   sync.Mutex
	seen []string
}

func (s *sockets) dial() func(context.Context, string, string) (net.Conn, error) {
	return check.SafeDial(func(network, address string, c syscall.RawConn) error {
		if err := check.Guard(network, address, c); err != nil {
			return err
		}
		s.mu.Lock()
		s.seen = append(s.seen, address)
		s.mu.Unlock()
		return errCounted
	})
}

// rebinder is a DNS server that answers every question for addresses with the
// next of a list, so that what was looked at is not what is connected to.
func rebinder(t *testing.T, answers ...string) func(context.Context, string) (net.Conn, error) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	srv := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		addr := netip.MustParseAddr(answers[int(n.Add(1)-1)%len(answers)])
		head := dns.RR_Header{Name: q.Question[0].Name, Rrtype: q.Question[0].Qtype, Class: dns.ClassINET, Ttl: 0}
		switch qtype := q.Question[0].Qtype; {
		case qtype == dns.TypeNS: // its name server is wherever the next answer says
			m.Answer = []dns.RR{&dns.NS{Hdr: head, Ns: "ns." + q.Question[0].Name}}
		case qtype == dns.TypeA && addr.Is4():
			m.Answer = []dns.RR{&dns.A{Hdr: head, A: addr.AsSlice()}}
		case qtype == dns.TypeAAAA && addr.Is6():
			m.Answer = []dns.RR{&dns.AAAA{Hdr: head, AAAA: addr.AsSlice()}}
		case qtype == dns.TypeMX:
			m.Answer = []dns.RR{&dns.MX{Hdr: head, Mx: q.Question[0].Name}}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = srv.Shutdown() })
	return func(ctx context.Context, network string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, pc.LocalAddr().String())
	}
}

// Every check, over names that turn to special addresses between one look-up
// and the next, name servers among them: not one socket for such an address.
func TestSSRFByRebinding(t *testing.T) {
	attempts := 0
	for i, special := range forbidden {
		s := &sockets{}
		for _, answers := range [][]string{{special}, {"9.9.9.9", special}, {"9.9.9.9", "9.9.9.9", special}, {special, "2620:fe::fe"}} {
			e := check.New(check.Network{Dial: s.dial(), Resolver: rebinder(t, answers...)}, quick)
			host := fmt.Sprintf("h%d.evil.example", i)
			for name, params := range map[string]map[string]string{
				"tls.certificate": {"host": host},
				"http.answers":    {"url": "https://user:pass@" + host + "/?x=1"},
				"http.redirects":  {"host": "r" + host},
				"http.forwards":   {"host": host, "to": "p" + host},
				"dns.cname":       {"name": host, "target": "p" + host},
			} {
				attempts++
				if r := e.Run(context.Background(), name, params, nil); r.Outcome == triage.Pass && name != "dns.cname" && name != "http.forwards" {
					t.Errorf("%s of %s passed: %+v", name, special, r)
				}
			}
		}
		for _, at := range s.seen {
			if !strings.HasPrefix(at, "9.9.9.9:") && !strings.HasPrefix(at, "[2620:fe::fe]:") {
				t.Errorf("%s: a socket for %s", special, at)
			}
		}
	}
	t.Logf("%d attempts with %d special addresses", attempts, len(forbidden))
}

// What a customer can write as a host or an address, in every check that takes
// one: refused before anything is asked or dialled.
func TestSSRFByName(t *testing.T) {
	s := &sockets{}
	var asked atomic.Int64
	e := check.New(check.Network{Dial: s.dial(), Resolver: func(context.Context, string) (net.Conn, error) {
		asked.Add(1)
		return nil, errCounted
	}}, quick)
	hosts := strings.Fields(`localhost localhost. 127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0 0.0.0.0 00000000.0
		10.0.0.1 192.168.0.1 169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::]
		[2001::7f00:1] [fe80::1%25lo] [fd00:ec2::254] ::1 metadata ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 user@a.example user:pw@127.0.0.1 a.example@127.0.0.1
		127.0.0.1#a.example 127.0.0.1?a.example 127.0.0.1/a.example a.example:22 a.example:6379 a.example:8080 127.0.0.1:80 [::1]:443 a.1 a.0x1 a.example%00.b ..`)
	schemes := []string{"http://", "https://", "ftp://", "file:///", "gopher://", "dict://", "ldap://", "unix:", "//", ""}
	attempts := 0
	for _, host := range hosts {
		for name, param := range map[string]string{"tls.certificate": "host", "http.redirects": "host", "dns.resolves": "name"} {
			attempts++
			if r := e.Run(context.Background(), name, map[string]string{param: host}, nil); r.Outcome != triage.Unknown {
				t.Errorf("%s %q: %s", name, host, r.Code)
			}
		}
		for _, scheme := range schemes {
			if (scheme == "http://" || scheme == "https://") && strings.HasPrefix(host, "user@") {
				continue // a public name once the user is dropped
			}
			attempts++
			if r := e.Run(context.Background(), "http.answers", map[string]string{"url": scheme + host}, nil); r.Outcome != triage.Unknown {
				t.Errorf("%s%s: %s", scheme, host, r.Code)
			}
		}
	}
	t.Logf("%d attempts", attempts)
	if n := asked.Load(); n != 0 || len(s.seen) != 0 {
		t.Errorf("%d questions asked, sockets for %q", n, s.seen)
	}
}
