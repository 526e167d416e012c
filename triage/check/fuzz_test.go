package check

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math/big"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"

	"readback/triage"
)

var hostileTexts = []string{"v=spf1 ", "include:target.example ", "redirect=zone.example", "v=DMARC1; p=none", "v=DKIM1; p=", "\\", "\\065\\255", ""}

// hostile answers every question from a fuzzer's bytes: the same question gets
// the same answer, and what it answers may make no sense.
type hostile struct {
	data  []byte
	toRun int // questions answered, to bound the walk
}

var hostileNames = []string{"link.zone.example.", "target.example.", "target.example.zone.example.", "target.example.attacker.net.",
	"TARGET.example.", "target\\.example.", "zone.example.", "example.", ".", "a.link.zone.example.", "ns.zone.example.", "x.attacker.net."}

func (h *hostile) ask(_ context.Context, server netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	h.toRun++
	sum := fnv.New32a()
	sum.Write([]byte(name))
	sum.Write(server.AsSlice())
	sum.Write([]byte{byte(qtype)})
	at := int(sum.Sum32() % uint32(max(1, len(h.data))))
	next := func() int {
		if len(h.data) == 0 {
			return 0
		}
		at = (at + 1) % len(h.data)
		return int(h.data[at])
	}
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	switch next() % 8 {
	case 0:
		return nil, errors.New("no answer")
	case 1: // whatever the bytes say
		if err := m.Unpack(append([]byte{0, 1, 0x84, 0, 0, 0, 0, 4, 0, 1, 0, 0}, h.data...)); err != nil {
			return nil, err
		}
		return m, nil
	}
	m.Response, m.Authoritative = true, next()%4 != 0
	m.Rcode = []int{0, 0, 0, 0, 3, 2, 5, 15}[next()%8]
	for range next() % 5 {
		owner := dns.Fqdn(name)
		if next()%4 == 0 {
			owner = hostileNames[next()%len(hostileNames)]
		}
		other := hostileNames[next()%len(hostileNames)]
		head := func(t uint16) dns.RR_Header {
			return dns.RR_Header{Name: owner, Rrtype: t, Class: dns.ClassINET, Ttl: uint32(next()) << (next() % 25)}
		}
		var rr dns.RR
		switch next() % 7 {
		case 0:
			rr = &dns.CNAME{Hdr: head(dns.TypeCNAME), Target: other}
		case 1:
			rr = &dns.A{Hdr: head(dns.TypeA), A: []byte{byte(next()), 0, 0, byte(next() % 4)}}
		case 2:
			rr = &dns.AAAA{Hdr: head(dns.TypeAAAA), AAAA: make([]byte, next()%20)}
		case 3:
			rr = &dns.NS{Hdr: head(dns.TypeNS), Ns: other}
		case 4:
			rr = &dns.SOA{Hdr: head(dns.TypeSOA), Ns: other, Mbox: other, Minttl: uint32(next())}
		case 5:
			rr = &dns.MX{Hdr: head(dns.TypeMX), Preference: uint16(next()), Mx: other}
		case 6:
			rr = &dns.TXT{Hdr: head(dns.TypeTXT), Txt: []string{hostileTexts[next()%len(hostileTexts)], hostileTexts[next()%len(hostileTexts)]}}
		}
		if next()%3 == 0 {
			m.Ns = append(m.Ns, rr)
		} else {
			m.Answer = append(m.Answer, rr)
		}
	}
	return m, nil
}

// FuzzNames walks hostile DNS answers: it ends, it stays within bounds, and it
// never takes a name for the target that is not.
func FuzzNames(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 1, 0, 1, 1, 0, 1, 5, 2, 1, 0, 2})
	f.Add([]byte("2\xe5")) // a server that fails until it is asked not to validate
	f.Add([]byte("\x02\x01\x00\x04\x01\x01\x00\x01\x03\x07\x02\x01\x00\x03\x05\x06\x02\x01\x01\x02\x02\x00\x09"))
	for _, n := range []int{64, 256, 1024} {
		seed := make([]byte, n)
		for i := range seed {
			seed[i] = byte(i*131 + n + i*i)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := &hostile{data: data}
		proxies := newProxyTable([]Proxy{{"Hedgerow", netip.MustParsePrefix("64.0.0.0/4")}})
		all := serial{h, make(chan struct{}, 1)}
		l := &lookup{ask: all, unchecked: all, proxies: proxies, nodes: newCache[*node](time.Now), limit: time.Minute, grace: time.Minute}
		ctx := context.Background()
		target := l.trace(ctx, "target.example")
		name := l.trace(ctx, "link.zone.example")
		got := classify(name, "target.example", target.addrs(), proxies)
		if h.toRun > 2*(maxHops+1)*(2+maxLabels+4*maxServers) {
			t.Fatalf("%d questions asked", h.toRun)
		}
		if !slices.Contains([]string{direct, flattened, proxied, wrongTarget, absent, inconsistent, severalRecords, couldNotCheck}, got.state) || got.code == "" {
			t.Fatalf("state %q, code %q", got.state, got.code)
		}
		if (got.outcome == triage.Pass) != (got.state == direct || got.state == flattened) {
			t.Fatalf("%s with state %s", got.outcome, got.state)
		}
		if got.state == direct {
			last := name.nodes[len(name.nodes)-1]
			if !slices.ContainsFunc(name.nodes, func(n *node) bool { return n.found.cname == "target.example" }) && last.name != "target.example" {
				t.Fatalf("direct without the target in the chain")
			}
		}
		if name.first().found.kind == failed && got.outcome == triage.Fail {
			t.Fatalf("failed for what it could not see: %+v", got)
		}
		e := &Engine{look: l, proxies: proxies}
		for _, check := range []string{"dns.mx", "dns.resolves", "dns.address", "mail.spf", "mail.dkim", "mail.dmarc", "mail.sender"} {
			got := leaves[check].run(e, ctx, map[string]string{"name": "zone.example", "domain": "zone.example", "selector": "link",
				"target": "target.example", "include": "target.example", "addresses": "64.0.0.0/8", "ip": "192.0.2.1", "sender": "a@zone.example"}, nil)
			if got.code == "" || got.state == "" || got.outcome == triage.Fail && len(got.evidence) == 0 {
				t.Fatalf("%s: %+v", check, got)
			}
		}
		if _, err := json.Marshal(name.lines()); err != nil {
			t.Fatal(err)
		}
	})
}

// serial lets a fake that keeps no lock answer concurrent questions.
type serial struct {
	asker
	turn chan struct{}
}

func (s serial) ask(ctx context.Context, server netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	return s.asker.ask(ctx, server, name, qtype)
}

// FuzzCertificates judges arbitrary chains: no panic, a known state, and never
// valid, because the trusted authority signed none of them.
func FuzzCertificates(f *testing.F) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	make1 := func(t *x509.Certificate) []byte {
		t.SerialNumber = big.NewInt(1)
		der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
		if err != nil {
			f.Fatal(err)
		}
		return der
	}
	root := make1(&x509.Certificate{Subject: pkix.Name{CommonName: "Root"}, IsCA: true, BasicConstraintsValid: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)})
	rootCert, err := x509.ParseCertificate(root)
	if err != nil {
		f.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(rootCert)
	leaf := make1(&x509.Certificate{DNSNames: []string{"link.example"}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0)})
	f.Add(leaf)
	f.Add(append(slices.Clone(leaf), leaf...))
	f.Add(make1(&x509.Certificate{DNSNames: []string{"*.example"}, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(-1, 0, 0)}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, der []byte) {
		chain, err := x509.ParseCertificates(der)
		if err != nil || len(chain) > 0 && chain[0].Equal(rootCert) {
			return
		}
		got := certificateFinding(chain, "link.example", roots, now)
		if got.outcome != triage.Fail || got.code == "" || got.state == "valid" {
			t.Fatalf("%+v", got)
		}
		if _, err := json.Marshal(got.evidence); err != nil {
			t.Fatal(err)
		}
	})
}
