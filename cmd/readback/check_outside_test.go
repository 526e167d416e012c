package main

import (
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"readback/triage"
	"readback/triage/check"
)

// outsideZone is what the only DNS server of a lab says that somebody else
// runs: no delegations, no SOA, on a port of its own.
var outsideZone = map[string][]string{
	"good.bad.example.":   {"good.bad.example. 60 A 127.0.0.1"},
	"chain.bad.example.":  {"chain.bad.example. 60 CNAME good.bad.example.", "good.bad.example. 60 A 127.0.0.1"},
	"broken.bad.example.": {"broken.bad.example. 60 CNAME nothing.bad.example."},
	"loop.bad.example.":   {"loop.bad.example. 60 CNAME loop.bad.example."},
	"two.bad.example.":    {"two.bad.example. 60 CNAME good.bad.example.", "two.bad.example. 60 CNAME nothing.bad.example."},
	"mail.bad.example.":   {`mail.bad.example. 60 TXT "v=spf1 ip4:192.0.2.7 -all"`},
	"bad.mail.example.":   {`bad.mail.example. 60 TXT "v=spf1 ip4:192.0.2.700 -all"`},
}

func serveOutside(t *testing.T) string {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		lines, ok := outsideZone[strings.ToLower(q.Question[0].Name)]
		if !ok {
			m.Rcode = dns.RcodeNameError
		}
		for _, line := range lines {
			rr, err := dns.NewRR(line)
			if err != nil {
				t.Error(err)
				continue
			}
			if h := rr.Header(); h.Rrtype == q.Question[0].Qtype || h.Rrtype == dns.TypeCNAME {
				m.Answer = append(m.Answer, rr)
			}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = srv.Shutdown() })
	return pc.LocalAddr().String()
}

// A lab of somebody else, as suites from outside bring it: a resolver and a
// server on ports of loopback, an authority in a file, a time.
func TestCheckOutsideLab(t *testing.T) {
	resolver := serveOutside(t)
	site := httptest.NewTLSServer(nil)
	defer site.Close()
	_, port, _ := net.SplitHostPort(site.Listener.Addr().String())
	cert := site.Certificate()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args    []string
		exit    int
		outcome triage.CheckOutcome
		state   string
	}{
		{[]string{"dns", "good.bad.example"}, 0, triage.Pass, "direct"},
		{[]string{"dns", "chain.bad.example"}, 0, triage.Pass, "direct"},
		{[]string{"dns", "broken.bad.example"}, 1, triage.Fail, "dangling"},
		{[]string{"dns", "loop.bad.example"}, 1, triage.Fail, "loop"},
		{[]string{"dns", "two.bad.example"}, 1, triage.Fail, "several_records"},
		{[]string{"dns", "nothing.bad.example"}, 1, triage.Fail, "missing"},
		{[]string{"spf", "mail.bad.example", "--ip", "192.0.2.7", "--sender", "a@mail.bad.example"}, 0, triage.Pass, "pass"},
		{[]string{"spf", "mail.bad.example", "--ip", "192.0.2.8", "--sender", "a@mail.bad.example"}, 1, triage.Fail, "fail"},
		{[]string{"spf", "bad.mail.example", "--ip", "192.0.2.8"}, 1, triage.Fail, "permerror"},
		{[]string{"spf", "nothing.bad.example", "--ip", "192.0.2.8"}, 1, triage.Fail, "none"},
		{[]string{"mail.spf", "domain=mail.bad.example"}, 0, triage.Pass, "right"},
		{[]string{"mail.spf", "domain=bad.mail.example"}, 1, triage.Fail, "malformed"},
		{[]string{"tls", "good.bad.example:" + port, "--roots", roots}, 1, triage.Fail, "wrong_name"},
		{[]string{"tls", "good.bad.example:" + port, "--roots", roots, "--at-time", cert.NotAfter.Add(time.Hour).Format(time.RFC3339)}, 1, triage.Fail, "wrong_name"},
		{[]string{"tls", "good.bad.example:1", "--roots", roots}, 3, triage.Unknown, "could_not_check"},
	} {
		exit, stdout, stderr := runProgram(t, nil, "", append([]string{"check", "--lab", "--json", "--resolver", resolver}, tt.args...)...)
		var got check.Report
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Errorf("%v: %v; stderr %s", tt.args, err, stderr)
			continue
		}
		if exit != tt.exit || got.Outcome != tt.outcome || got.State != tt.state || !got.Lab {
			t.Errorf("%v: exit %d, %s, state %q, %s; want exit %d, %s, %q\n%q", tt.args, exit, got.Outcome, got.State, got.Code, tt.exit, tt.outcome, tt.state, got.Evidence)
		}
	}
	// Outside a lab a port is no part of a host.
	if exit, _, _ := runProgram(t, nil, "", "check", "--json", "tls", "good.bad.example:"+port, "--resolver", resolver); exit != exitUnknown {
		t.Errorf("exit %d", exit)
	}
}
