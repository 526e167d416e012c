package check_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"

	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
)

// forbidden are addresses that no check may reach, in every form that names
// the same place.
var forbidden = strings.Fields(`
	0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.1.2.3 127.255.255.255
	169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.0.192
	192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1
	198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
	:: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
	::ffff:168.63.129.16 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 100::1
	2001::1 2001:0:7f00:1::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe::1
	2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::a9fe:a9fe
	fec0::1 ff02::1 ff0e::1`)

// counted is the safe dialer with a socket that counts instead of connecting.
func counted() (dial func(context.Context, string, string) (net.Conn, error), opened *atomic.Int64) {
	opened = new(atomic.Int64)
	return check.SafeDial(func(network, address string, c syscall.RawConn) error {
		if err := check.Guard(network, address, c); err != nil {
			return err
		}
		opened.Add(1)
		return errCounted
	}), opened
}

var errCounted = errors.New("would connect")

func TestNoSpecialAddressIsReached(t *testing.T) {
	dial, opened := counted()
	ctx := context.Background()
	refused := func(network, addr string) {
		t.Helper()
		conn, err := dial(ctx, network, addr)
		if conn != nil || !errors.Is(err, check.ErrNotPublic) {
			t.Errorf("%s %s: %v, want a refusal", network, addr, err)
		}
	}
	for _, a := range forbidden {
		for _, port := range []string{"53", "80", "443"} {
			refused("tcp", net.JoinHostPort(a, port))
			refused("udp", net.JoinHostPort(a, port))
		}
	}
	for _, addr := range []string{ // forms that a resolver or inet_aton would understand
		"2130706433:80", "0x7f000001:80", "0177.0.0.1:80", "127.1:80", "localhost:80", "localhost.:443", "[::1%lo]:80",
		"[fe80::1%eth0]:80", "metadata.google.internal:80", "9.9.9.9", ":80", "9.9.9.9:http", "", "9.9.9.9:70000",
		"user@9.9.9.9:80", "127.0.0.1.nip.io:80", "[::ffff:127.0.0.1%1]:443",
	} {
		refused("tcp", addr)
	}
	for _, port := range []string{"0", "22", "25", "110", "2375", "3306", "5432", "6379", "8080", "8443", "9200", "11211"} {
		refused("tcp", "9.9.9.9:"+port)
	}
	refused("unix", "/var/run/docker.sock")
	if n := opened.Load(); n != 0 {
		t.Errorf("%d connections opened", n)
	}
	for _, addr := range []string{"9.9.9.9:53", "9.9.9.9:443", "104.16.1.1:80", "[2620:fe::fe]:443", "[::ffff:9.9.9.9]:443"} {
		if _, err := dial(ctx, "tcp", addr); !errors.Is(err, errCounted) {
			t.Errorf("%s: %v, want a connection", addr, err)
		}
	}
}

// A customer's name that leads to a special address, through the whole engine.
func TestNamesOfSpecialAddresses(t *testing.T) {
	var zone strings.Builder
	for i, a := range forbidden {
		kind := "A"
		if strings.Contains(a, ":") {
			kind = "AAAA"
		}
		fmt.Fprintf(&zone, "      n%d %s %s\n", i, kind, a)
	}
	// The zone's server is at a special address too: it must not be asked.
	l, err := lab.Start(context.Background(), fstest.MapFS{lab.File: {Data: []byte("resolver: {address: 192.0.2.53}\n" +
		"servers: {ns.evil.example: {address: 192.0.2.1}}\nzones:\n  - zone: evil.example\n    servers: [ns.evil.example]\n    records: |\n" +
		"      platform A 9.9.9.9\n" + zone.String())}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	network := l.Network()
	var opened *atomic.Int64
	network.Dial, opened = counted()
	e := check.New(network, quick)
	for i, a := range forbidden {
		host := fmt.Sprintf("n%d.evil.example", i)
		r := e.Run(context.Background(), "tls.certificate", map[string]string{"host": host}, nil)
		if r.Outcome != triage.Unknown || r.Code != "check.not_public" {
			t.Errorf("%s (%s): %s %s", host, a, r.Outcome, r.Code)
		}
	}
	if n := opened.Load(); n != 0 {
		t.Errorf("%d connections opened", n)
	}
	r := e.Run(context.Background(), "http.forwards", map[string]string{"host": "n2.evil.example", "to": "platform.evil.example"}, nil)
	if n := opened.Load(); r.Outcome != triage.Unknown || n != 2 { // the platform's own ports 80 and 443
		t.Errorf("%s %s with %d connections", r.Outcome, r.Code, n)
	}
}

// Variables that name a proxy must not send a check anywhere else.
func TestNoProxyFromEnvironment(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var caught atomic.Int64
	go func() {
		for {
			conn, err := trap.Accept()
			if err != nil {
				return
			}
			caught.Add(1)
			conn.Close()
		}
	}()
	defer trap.Close()
	for _, v := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(v, "http://"+trap.Addr().String())
	}
	e := start(t, worlds, quick)
	want(t, e.Run(context.Background(), "http.forwards", map[string]string{"host": "good.worlds.example", "to": "target.example"}, nil), sawForwards)
	if n := caught.Load(); n != 0 {
		t.Errorf("the proxy was asked %d times", n)
	}
}

func TestOnlyDomainNames(t *testing.T) {
	for _, bad := range []string{"", ".", "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "a.0x7f000001",
		"[::1]", "::1", "fe80::1%lo", "user@a.example", "a.example:80", "http://a.example", "a.example/x", "a..example", ".a.example",
		"a b.example", "a\x00.example", "a.example\r\nX: y", "①②⑦.⓪.⓪.①", "１２７.０.０.１", "*.a.example", "a\\.b.example", "0.\xfa.example",
		strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 130) + "example"} {
		if name, err := check.Canonical(bad); err == nil {
			t.Errorf("%q was taken as %q", bad, name)
		}
	}
	for in, want := range map[string]string{"Link.Foxglove.Example.": "link.foxglove.example", "bücher.example": "xn--bcher-kva.example",
		"_dmarc.a.example": "_dmarc.a.example", " a.example ": "a.example", "a。example": "a.example"} {
		if got, err := check.Canonical(in); got != want || err != nil {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestInternetWantsAnAddress(t *testing.T) {
	if _, err := check.Internet("dns.example:53"); err == nil {
		t.Error("a resolver by name was taken; who would resolve it?")
	}
	n, err := check.Internet("127.0.0.53:53")
	if err != nil || n.Lab {
		t.Fatal(n, err)
	}
	if _, err := n.Dial(context.Background(), "tcp", "127.0.0.53:53"); !errors.Is(err, check.ErrNotPublic) {
		t.Errorf("the resolver's private address is open to customers' data: %v", err)
	}
}
