package check_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/miekg/dns"

	"readback/triage/check"
)

// spfSuite is one part of the RFC 7208 test suite: zones, and evaluations in
// them with the results that the standard allows.
type spfSuite struct {
	Description string                      `yaml:"description"`
	Tests       map[string]spfIn            `yaml:"tests"`
	Zones       map[string][]map[string]any `yaml:"zonedata"`
}

type spfIn struct {
	Helo     string `yaml:"helo"`
	Host     string `yaml:"host"`
	MailFrom string `yaml:"mailfrom"`
	Result   any    `yaml:"result"`
	Skip     string `yaml:"skip"`
}

// The suite comes with the module that evaluates, so it is not copied here. It
// is run from outside, over a DNS server on loopback.
func TestRFC7208Suite(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "blitiri.com.ar/go/spf").Output()
	if err != nil || strings.TrimSpace(string(dir)) == "" {
		notHere(t, "the module's files are not here")
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "rfc7208-tests.yml"))
	if err != nil {
		notHere(t, err)
	}
	n := 0
	for part := range strings.SplitSeq(string(data), "\n---\n") {
		var suite spfSuite
		if err := yaml.Unmarshal([]byte(part), &suite); err != nil {
			t.Fatalf("%.60q: %v", part, err)
		}
		network, err := check.Loopback(serveSuite(t, suite.Zones))
		if err != nil {
			t.Fatal(err)
		}
		e := check.New(network, check.Options{QueryTimeout: 100 * time.Millisecond})
		for name, in := range suite.Tests {
			if in.Skip != "" {
				continue
			}
			n++
			t.Run(suite.Description+"/"+name, func(t *testing.T) {
				t.Parallel()
				r := e.Run(context.Background(), "mail.sender", map[string]string{"ip": in.Host, "helo": in.Helo, "sender": in.MailFrom}, nil)
				if want := stringsOf(in.Result); !slices.Contains(want, r.State) {
					t.Errorf("%v: got %s (%s %v), want %v\n%q", in, r.State, r.Code, r.CodeParams, want, r.Evidence)
				}
				speak(t, r)
			})
		}
	}
	t.Logf("%d evaluations", n)
	if n < 100 {
		t.Errorf("only %d evaluations were read", n)
	}
}

func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, stringsOf(x)...)
		}
		return out
	}
	return nil
}

// serveSuite answers for the zones of a part, records of type SPF as TXT where
// there are none of those, and returns where.
func serveSuite(t *testing.T, zones map[string][]map[string]any) string {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lower := map[string][]map[string]any{}
	for name, records := range zones {
		lower[strings.ToLower(name)] = records
	}
	srv := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		name, qtype := strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(q.Question[0].Name, "."), `\`, "")), q.Question[0].Qtype
		records, ok := lower[name]
		if !ok {
			m.Rcode = dns.RcodeNameError
		}
		var silent bool
		if m.Answer, silent = suiteRecords(q.Question[0].Name, qtype, records); silent && len(m.Answer) == 0 {
			return
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = srv.Shutdown() })
	return pc.LocalAddr().String()
}

func suiteRecords(name string, qtype uint16, records []map[string]any) (out []dns.RR, silent bool) {
	head := dns.RR_Header{Name: name, Rrtype: qtype, Class: dns.ClassINET, Ttl: 300}
	hasTXT := slices.ContainsFunc(records, func(r map[string]any) bool { return r["TXT"] != nil })
	for _, r := range records {
		silent = silent || r["TIMEOUT"] != nil
		for kind, value := range r {
			texts := stringsOf(value)
			switch {
			case kind == "A" && qtype == dns.TypeA:
				out = append(out, &dns.A{Hdr: head, A: net.ParseIP(texts[0])})
			case kind == "AAAA" && qtype == dns.TypeAAAA:
				out = append(out, &dns.AAAA{Hdr: head, AAAA: net.ParseIP(texts[0])})
			case kind == "PTR" && qtype == dns.TypePTR:
				out = append(out, &dns.PTR{Hdr: head, Ptr: dns.Fqdn(texts[0])})
			case kind == "MX" && qtype == dns.TypeMX:
				list := value.([]any)
				out = append(out, &dns.MX{Hdr: head, Preference: uint16(list[0].(uint64)), Mx: dns.Fqdn(list[1].(string))})
			case qtype == dns.TypeTXT && texts != nil && texts[0] != "NONE" && (kind == "TXT" || kind == "SPF" && !hasTXT):
				for i := range texts {
					texts[i] = strings.ReplaceAll(texts[i], `\`, `\\`)
				}
				out = append(out, &dns.TXT{Hdr: head, Txt: texts})
			case kind == "CNAME":
				head.Rrtype = dns.TypeCNAME
				out = append(out, &dns.CNAME{Hdr: head, Target: dns.Fqdn(texts[0])})
			}
		}
	}
	return out, silent
}

// notHere skips, and fails where nothing may be skipped.
func notHere(t *testing.T, why any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
