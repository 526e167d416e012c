package check_test

import (
	"context"
	"os"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/route"
)

// Case zero in all its orders: where the customer is does not depend on the
// way they came.
func TestCaseZeroOrders(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	if err := check.Prepare(w); err != nil {
		t.Fatal(err)
	}
	p := w.Procedure("https-click-tracking")
	account := &triage.Account{ID: "acc", Plan: "pro", Fields: map[string]any{"features": map[string]any{"click_tracking": true, "https_links": false}}}
	e := start(t, os.DirFS("testdata/orders"), quick)
	for name, tc := range map[string]struct {
		outcome         triage.CheckOutcome
		brand, tls, web string // codes
		brandState      triage.StepState
		next            string
	}{
		"step 2 then 3":              {triage.Pass, "check.dns.proxied", "check.tls.valid", "check.http.forwarding", triage.StepSuperseded, "switch-on"},
		"step 3 without 2":           {triage.Pass, "check.dns.proxied", "check.tls.valid", "check.http.forwarding", triage.StepSuperseded, "switch-on"},
		"step 2 only":                {triage.Fail, "check.dns.direct", "check.tls.no_certificate", "check.http.direct", triage.StepVerified, "certificate"},
		"neither":                    {triage.Fail, "check.dns.missing", "check.dns.missing", "check.dns.missing", "", "brand-link"},
		"proxied and not forwarding": {triage.Fail, "check.dns.proxied", "check.tls.valid", "check.http.not_forwarding", triage.StepSuperseded, "certificate"},
		"proxied and expired":        {triage.Fail, "check.dns.proxied", "check.tls.expired", "check.http.forwarding", triage.StepSuperseded, "certificate"},
		"stale resolver":             {triage.Pass, "check.dns.proxied", "check.tls.valid", "check.http.forwarding", triage.StepSuperseded, "switch-on"},
		"stale resolver of nothing":  {triage.Pass, "check.dns.proxied", "check.tls.valid", "check.http.forwarding", triage.StepSuperseded, "switch-on"},
		"unseen":                     {triage.Unknown, "check.dns.could_not_check", "check.dns.could_not_check", "check.dns.could_not_check", triage.StepUnknown, "brand-link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := map[string]string{"link_domain": orders[name] + ".shop.example"}
			var checks []triage.StepCheck
			code := map[string]string{}
			for _, s := range p.Steps {
				c := e.Check(context.Background(), triage.CheckRun{Procedure: p.ID, Step: s, Inputs: in, Account: account})
				checks = append(checks, c)
				for _, r := range c.Results {
					code[r.Check] = r.Code
				}
			}
			if code["dns.cname"] != tc.brand || code["tls.certificate"] != tc.tls || code["http.forwards"] != tc.web {
				t.Errorf("saw %v", code)
			}
			pos := route.Position(route.Known{Procedure: p, Inputs: in, Checks: checks, Account: account})
			if pos.Next == nil || pos.Next.Step != tc.next {
				t.Errorf("next %+v, want %s", pos.Next, tc.next)
			}
			if got := pos.Step("brand-link"); tc.brandState != "" && got.State != tc.brandState {
				t.Errorf("brand-link is %s, want %s", got.State, tc.brandState)
			}
			if got := e.ReportProcedure(context.Background(), p, in, account, "en"); got.Outcome != tc.outcome {
				t.Errorf("together %s, want %s", got.Outcome, tc.outcome)
			}
		})
	}
}

// orders are the names of the lab by the way their owners came.
var orders = map[string]string{"step 2 then 3": "both", "step 3 without 2": "third", "step 2 only": "second", "neither": "none",
	"proxied and not forwarding": "own", "proxied and expired": "late", "stale resolver": "stale", "stale resolver of nothing": "fresh", "unseen": "x.dark"}
