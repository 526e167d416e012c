package check

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"readback/triage"
)

// texts answers TXT questions for any name from a few records, as if every
// name were a zone of its own.
type texts struct {
	records []string
	asked   int
}

func (x *texts) ask(_ context.Context, _ netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	x.asked++
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	m.Response, m.Authoritative = true, true
	head := dns.RR_Header{Name: dns.Fqdn(name), Rrtype: qtype, Class: dns.ClassINET, Ttl: 60}
	switch qtype {
	case dns.TypeNS:
		m.Answer = append(m.Answer, &dns.NS{Hdr: head, Ns: "ns.example."})
	case dns.TypeA:
		m.Answer = append(m.Answer, &dns.A{Hdr: head, A: []byte{192, 0, 2, 1}})
	case dns.TypeTXT:
		if len(x.records) > 0 {
			m.Answer = append(m.Answer, &dns.TXT{Hdr: head, Txt: []string{master.Replace(x.records[len(name)%len(x.records)])}})
		}
	}
	return m, nil
}

// master escapes a text as in a master file, which is how records hold it.
var master = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// FuzzSPF reads hostile SPF records and walks over them: it ends, within the
// limit, and takes only a record with the include for right.
func FuzzSPF(f *testing.F) {
	for _, s := range []string{
		"v=spf1 include:spf.platform.example -all", "v=spf1 a/24//64 mx:a.example ptr exists:%{i}.a.example ip4:192.0.2.0/24 ip6:2001:db8::/32 ?all",
		"v=spf1 include:a.example\nv=spf1 include:bb.example\nv=spf1 redirect=ccc.example", "v=spf1 redirect=%{d} exp=x.%{d2r-}.example", "v=spf1 +", "v=spf1 =", "v=spf1 a:%", "V=SPF1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		all := strings.Split(data, "\n")
		x := &texts{records: all}
		one := serial{x, make(chan struct{}, 1)}
		e := &Engine{look: &lookup{ask: one, unchecked: one, proxies: newProxyTable(nil), nodes: newCache[*node](time.Now), limit: time.Minute, grace: time.Minute}}
		got := e.judgeSPF(context.Background(), all[:1], "spf.platform.example")
		states := []string{right, absent, malformed, "too_many_lookups", "broken_include", "include_missing", couldNotCheck}
		if !slices.Contains(states, got.state) || got.code == "" || (got.outcome == triage.Pass) != (got.state == right) {
			t.Fatalf("%+v", got)
		}
		if got.outcome == triage.Pass && !strings.Contains(strings.ToLower(data), "include:") && !strings.Contains(strings.ToLower(data), "redirect=") {
			t.Fatalf("right without an include: %q", data)
		}
		if x.asked > 2*maxSPFLookups*12 {
			t.Fatalf("%d questions asked", x.asked)
		}
		if !isSPF(all[0]) {
			return
		}
		r, bad := parseSPF(all[0])
		if bad != "" && !strings.Contains(all[0], bad) {
			t.Fatalf("%q is not in the record", bad)
		}
		for i, term := range r.terms {
			if term.name == "all" && i != len(r.terms)-1 || !strings.Contains(all[0], term.text) {
				t.Fatalf("terms %+v", r.terms)
			}
			again, ok := mechanism(term.text)
			if !ok || again != term {
				t.Fatalf("%+v became %+v", term, again)
			}
		}
	})
}

// FuzzDKIM reads hostile keys: only one that a verifier takes is right.
func FuzzDKIM(f *testing.F) {
	for _, s := range []string{
		"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "v=DKIM1; p=", "p=\t MA==", "k=rsa;v=DKIM1;p=MA==", "v=DKIM1; h=sha1:sha256; s=*; t=y:s; p=MA==",
		"v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAPhuRCLmHDwi0AVPUbdEINcYARvTMNWu3o5Ne8bXGkqpOP91kg5JcTBVvnyhVo+ofDx+9Q7UwI6s82x5JrfUJ8UCAwEAAQ==", "=;;=", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, record string) {
		key, state, why := parseDKIM(record)
		switch state {
		case right:
			if !strings.Contains(record, "p") || key.kind == "rsa" && key.bits < minRSABits || key.kind == "ed25519" && key.bits != 256 || key.describe() == "" {
				t.Fatalf("%+v of %q", key, record)
			}
		case "key_revoked":
		case "weak_key":
			if key.bits == 0 || key.bits >= minRSABits {
				t.Fatalf("%+v", key)
			}
		case malformed:
			if why == "" {
				t.Fatal("nothing said")
			}
		default:
			t.Fatalf("state %q", state)
		}
		if got := judgeKeys([]string{record}); got.code == "" || (got.outcome == triage.Pass) != (state == right) {
			t.Fatalf("%+v", got)
		}
	})
}

// FuzzDMARC reads hostile records: only a single one with a policy is right.
func FuzzDMARC(f *testing.F) {
	for _, s := range []string{"v=DMARC1; p=none", "v=DMARC1;p=reject;sp=none\nv=spf1 -all", "v=DMARC1; p=none\nv=DMARC1; p=none", "v = DMARC1 ;; p=\treject;", "v=dmarc1", "p=none; v=DMARC1", "\"v=DMARC1\""} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, data string, above bool) {
		all := strings.Split(data, "\n")
		got := judgeDMARC(all, above)
		n := 0
		for _, s := range all {
			if isDMARC(s) {
				n++
			}
		}
		states := map[int][]string{0: {absent, malformed}, 1: {right, malformed}, 2: {severalRecords}}[min(n, 2)]
		if !slices.Contains(states, got.state) {
			t.Fatalf("%d records: %+v", n, got)
		}
		if got.outcome == triage.Pass && (n != 1 || !isPolicy(got.params["p"]) || !isPolicy(got.params["policy"])) {
			t.Fatalf("%+v of %q", got, data)
		}
		if got.outcome != triage.Pass && got.outcome != triage.Fail || got.code == "" {
			t.Fatalf("%+v", got)
		}
	})
}

// FuzzText takes a TXT record through the wire format: what comes out is what
// went in, whatever the bytes.
func FuzzText(f *testing.F) {
	for _, s := range []string{"v=spf1 -all", `a\b"c`, "\x00\xff\\065", `\`, `\\`, `"`, ";"} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 255 || len(b) > 255 {
			return
		}
		wire := []byte{0, 0, 16, 0, 1, 0, 0, 0, 0} // the root's TXT record, TTL 0
		size := len(a) + len(b) + 2
		wire = append(wire, byte(size>>8), byte(size), byte(len(a)))
		wire = append(append(append(wire, a...), byte(len(b))), b...)
		rr, _, err := dns.UnpackRR(wire, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(rr.(*dns.TXT)); got != a+b {
			t.Fatalf("%q became %q", a+b, got)
		}
	})
}

// FuzzURL reads hostile web addresses: what is taken names a public host, has
// no user and stays the same when read again.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://hooks.a.example/in?x=y#z", "http://u:p@a.example:80", "https://a.example:443", "//a.example", "https://127.0.0.1/", "https://a%2eexample/ ", "https://a.example\\@b.example/", "HTTPS://A.EXAMPLE./%2f/../?a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if shown := shownURL(s); strings.ContainsAny(shown, "?\r\n") {
			t.Fatalf("%q is shown as %q", s, shown)
		}
		got := canonicalURL(s)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.User != nil || u.Port() != "" || u.Fragment != "" || strings.ContainsAny(got, " \r\n\x00") {
			t.Fatalf("%q became %q: %v", s, got, err)
		}
		if host, err := canonical(u.Host); err != nil || host != u.Host {
			t.Fatalf("host of %q", got)
		}
		if again := canonicalURL(got); again != got && len(got) <= maxURL {
			t.Fatalf("%q became %q", got, again)
		}
	})
}
