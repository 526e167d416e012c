package lab_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/miekg/dns"

	"readback/examples"
	"readback/triage/check"
	"readback/triage/check/lab"
)

func start(t testing.TB) *lab.Lab {
	t.Helper()
	l, err := lab.Start(context.Background(), examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// ask puts one question to a virtual server, "" = the resolver.
func ask(t *testing.T, n check.Network, network, server, name string, qtype uint16) *dns.Msg {
	t.Helper()
	ctx := context.Background()
	var conn net.Conn
	var err error
	if server == "" {
		conn, err = n.Resolver(ctx, network)
	} else {
		conn, err = n.Dial(ctx, network, server+":53")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	c := &dns.Conn{Conn: conn}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	if err := c.WriteMsg(q); err != nil {
		t.Fatal(err)
	}
	m, err := c.ReadMsg()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func answers(m *dns.Msg) string {
	var out []string
	for _, rr := range m.Answer {
		out = append(out, strings.Join(strings.Fields(rr.String()), " "))
	}
	return strings.Join(out, "; ")
}

func TestAnswers(t *testing.T) {
	n := start(t).Network()
	for _, tc := range []struct {
		server, name string
		qtype        uint16
		rcode        int
		aa           bool
		want         string // within the answers
	}{
		{"192.0.2.1", "link.cardamom.example", dns.TypeA, dns.RcodeSuccess, true, "link.cardamom.example. 300 IN CNAME links.sendline.example."},
		{"192.0.2.2", "LINK.iris.example", dns.TypeA, dns.RcodeSuccess, true, "300 IN A 198.51.100.10"},
		{"192.0.2.1", "link.hyssop.example", dns.TypeA, dns.RcodeNameError, true, ""},
		{"192.0.2.1", "_domainkey.mallow.example", dns.TypeA, dns.RcodeSuccess, true, ""},
		{"192.0.2.1", "s2._domainkey.mallow.example", dns.TypeTXT, dns.RcodeNameError, true, ""},
		{"192.0.2.1", "nowhere.test", dns.TypeA, dns.RcodeRefused, false, ""},
		{"192.0.2.1", "link.juniper.example", dns.TypeA, dns.RcodeSuccess, false, ""}, // a referral
		{"", "link.kale.example", dns.TypeCNAME, dns.RcodeSuccess, false, "IN CNAME links.sendline.example."},
		{"", "link.kale.example", dns.TypeA, dns.RcodeSuccess, false, "IN A 198.51.100.10"},
		{"", "s1._domainkey.lavender.example", dns.TypeTXT, dns.RcodeSuccess, false, "v=DKIM1"},
		{"", "parsley.example", dns.TypeMX, dns.RcodeSuccess, false, "10 mx.sendline.example."},
		{"", "kale.example", dns.TypeNS, dns.RcodeSuccess, false, "NS ns2.nameplate.example."},
		{"", "nowhere.test", dns.TypeA, dns.RcodeServerFailure, false, ""},
		{"", "unregistered.example", dns.TypeA, dns.RcodeNameError, false, ""},
	} {
		for _, network := range []string{"udp", "tcp"} {
			m := ask(t, n, network, tc.server, tc.name, tc.qtype)
			got := answers(m)
			if m.Rcode != tc.rcode || m.Authoritative != tc.aa || !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
				t.Errorf("%s %s %s %s: %s aa=%v %q", network, tc.server, tc.name, dns.TypeToString[tc.qtype], dns.RcodeToString[m.Rcode], m.Authoritative, got)
			}
		}
	}
}

// The lab's dialer reaches the lab and nothing else.
func TestNothingElseIsReached(t *testing.T) {
	n := start(t).Network()
	if !n.Lab {
		t.Error("the lab does not say that it is one")
	}
	for _, addr := range []string{"127.0.0.1:80", "10.0.0.1:443", "9.9.9.9:53", "169.254.169.254:80", "[::1]:443", "localhost:80"} {
		if conn, err := n.Dial(context.Background(), "tcp", addr); conn != nil || !errors.Is(err, check.ErrNotPublic) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{"203.0.113.99:443", "198.51.100.10:22", "192.0.2.1:80"} {
		if conn, err := n.Dial(context.Background(), "tcp", addr); conn != nil || err == nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestStartIsQuick(t *testing.T) {
	at := time.Now()
	start(t)
	if took := time.Since(at); took > 200*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func TestFaultsInTheFile(t *testing.T) {
	const resolver = "resolver: {address: 192.0.2.53}\n"
	for name, tc := range map[string]struct{ file, want string }{
		"real address":   {"resolver: {address: 9.9.9.9}\n", "9.9.9.9 is not a documentation address"},
		"no resolver":    {"servers: {}\n", "unable to parse IP"},
		"unknown key":    {resolver + "zoens: []\n", "zoens"},
		"unknown fault":  {resolver + "servers: {a.example: {address: 192.0.2.1, fault: sleepy}}\n", `unknown fault "sleepy"`},
		"unknown server": {resolver + "zones: [{zone: a.example, servers: [b.example]}]\n", `no server "b.example"`},
		"bad record":     {resolver + "zones: [{zone: a.example, servers: [], records: \"x A y\\n\"}]\n", "zone a.example"},
		"bad prefix":     {resolver + "proxies: [{name: x, prefix: y}]\n", "proxies"},
		"certificate":    {resolver + "hosts: [{addresses: [192.0.2.9], sites: {a.example: {certificate: good}}}]\n", `unknown certificate "good"`},
		"stale":          {resolver[:len(resolver)-2] + ", stale: [nonsense]}\n", "resolver.stale"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := lab.Start(context.Background(), fstest.MapFS{lab.File: {Data: []byte(tc.file)}})
			if err == nil {
				l.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), lab.File) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := lab.Start(context.Background(), fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		l, err := lab.Start(context.Background(), examples.Sendline())
		if err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}
