package check

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/miekg/dns"

	"readback/triage"
)

// everywhere is a DNS in which every name has one address.
type everywhere struct{}

func (everywhere) ask(_ context.Context, _ netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	m.Response, m.Authoritative = true, true
	if qtype == dns.TypeA {
		m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: dns.Fqdn(name), Rrtype: qtype, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(198, 51, 100, 1)}}
	}
	return m, nil
}

// FuzzHTTPHeads answers requests with whatever bytes: each check ends with a
// state and a code, follows redirects within its bound to public names only,
// and shows nothing that is not printable, nothing of a body.
func FuzzHTTPHeads(f *testing.F) {
	const hidden = "hidden-body-of-the-page"
	for _, head := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 301 Moved\r\nLocation: https://b.example/\r\n\r\n", "HTTP/1.0 302 x\r\nLocation: http://169.254.169.254/\r\n\r\n",
		"HTTP/1.1 204\r\nVia: 1.1 gate\r\nCF-RAY: 1\r\n\r\n", "HTTP/1.1 405 No\r\nAllow: POST\r\nContent-Type: text/html\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n", "SSH-2.0-x\r\n", "HTTP/1.1 308 P\r\nLocation: //\xff/\r\n\r\n", "HTTP/1.1 302 x\r\nLocation: /again\r\n\r\n", "",
	} {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		dials := 0
		n := Network{Dial: func(context.Context, string, string) (net.Conn, error) {
			dials++
			here, there := net.Pipe()
			go func() {
				defer there.Close()
				_ = there.SetDeadline(time.Now().Add(time.Second))
				if _, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
					_, _ = there.Write(append(append([]byte{}, head...), hidden...))
				}
			}()
			return here, nil
		}}
		e := New(n, Options{DialTimeout: time.Second})
		e.look.ask, e.look.unchecked = everywhere{}, everywhere{}
		for name, params := range map[string]map[string]string{
			"http.answers":   {"url": "http://a.example/"},
			"http.leads":     {"url": "http://a.example/", "to": "http://z.example/"},
			"http.redirects": {"host": "a.example"},
		} {
			dials = 0
			got := e.Run(context.Background(), name, params, nil)
			if got.Code == "" || got.State == "" || got.Outcome == triage.Fail && len(got.Evidence) == 0 || dials > maxRedirects+1 {
				t.Fatalf("%s: %d connections, %+v", name, dials, got)
			}
			data, err := json.Marshal(got)
			if err != nil || strings.Contains(string(data), hidden) && !strings.Contains(string(head), hidden) && !headHolds(head, hidden) {
				t.Fatalf("%s: %v %s", name, err, data)
			}
			for _, s := range append([]string{got.Seen}, got.Evidence...) {
				if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Fatalf("%s shows %q", name, s)
				}
			}
		}
		p, err := e.get(context.Background(), fetch{scheme: "http", host: "a.example", path: "/", addrs: []netip.Addr{netip.MustParseAddr("198.51.100.1")}, statusOnly: true})
		if err == nil && strings.ContainsFunc(proxyByHeader(p.header), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("a proxy named %q", proxyByHeader(p.header))
		}
	})
}

// headHolds reports whether the bytes that follow the answer are read as part
// of its head, which is shown.
func headHolds(head []byte, rest string) bool {
	resp, err := http.ReadResponse(bufio.NewReader(io.MultiReader(strings.NewReader(string(head)), strings.NewReader(rest))), nil)
	if err != nil {
		return true
	}
	for _, values := range resp.Header {
		if strings.Contains(strings.Join(values, ""), rest) {
			return true
		}
	}
	return strings.Contains(resp.Status, rest)
}
