package route_test

import (
	"strings"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// What is told without a person, and all that keeps the desk silent.
func TestAutomatic(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		change func(*triage.Ticket, *triage.Result)
		after  triage.State // "" = nothing is told
	}{
		"ask":                  {func(*triage.Ticket, *triage.Result) {}, triage.StateWaiting},
		"none":                 {func(_ *triage.Ticket, r *triage.Result) { r.Route.Action = triage.None }, ""},
		"nothing to read back": {func(_ *triage.Ticket, r *triage.Result) { r.Route.Action = triage.Assign }, ""},
		"read back": {func(_ *triage.Ticket, r *triage.Result) {
			r.Route.Action, r.Route.Reasons[0].Code = triage.Assign, "route.no_procedure"
			r.Brief.Claims = []triage.Claim{{ID: "c1", Matter: "m1", What: "restarted the sender", State: triage.ClaimDone, Verdict: triage.VerdictUnverifiable,
				Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, MessageID: "msg_1", Quote: "I restarted the sender"}}}}
		}, triage.StateOpen},
		"read back, and an agent wrote": {func(tk *triage.Ticket, r *triage.Result) {
			r.Route.Action, r.Route.Reasons[0].Code = triage.Assign, "route.no_procedure"
			r.Brief.Claims = []triage.Claim{{ID: "c1", Matter: "m1", What: "restarted", State: triage.ClaimDone, Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, MessageID: "msg_1", Quote: "I restarted the sender"}}}}
			tk.Messages = append([]triage.Message{{Role: triage.RoleAgent, Text: "Hello"}}, tk.Messages...)
		}, ""},
		"an agent wrote last": {func(tk *triage.Ticket, _ *triage.Result) {
			tk.Messages = append(tk.Messages, triage.Message{Role: triage.RoleAgent})
		}, ""},
		"newer words":        {func(tk *triage.Ticket, _ *triage.Result) { tk.LastSeq++ }, ""},
		"resolved":           {func(tk *triage.Ticket, _ *triage.Result) { tk.State = triage.StateResolved }, ""},
		"degraded":           {func(_ *triage.Ticket, r *triage.Result) { r.Extractor.Degraded = true }, ""},
		"to review":          {func(_ *triage.Ticket, r *triage.Result) { r.Route.NeedsReview = true }, ""},
		"a machine":          {func(_ *triage.Ticket, r *triage.Result) { r.Brief.Flags = []triage.Flag{triage.FlagAutomatic} }, ""},
		"a person answers":   {func(_ *triage.Ticket, r *triage.Result) { r.Route.Reasons[0].Code = "route.person_answers" }, ""},
		"a person is wanted": {func(_ *triage.Ticket, r *triage.Result) { r.Route.Reasons[0].Code = "route.person_wanted" }, ""},
		"not read":           {func(_ *triage.Ticket, r *triage.Result) { r.Route.Reasons[0].Code = "route.extraction_failed" }, ""},
		"an incident":        {func(_ *triage.Ticket, r *triage.Result) { r.Route.Reasons[0].Code = route.CodeIncident }, ""},
		"no reason":          {func(_ *triage.Ticket, r *triage.Result) { r.Route.Reasons = nil }, ""},
		"nobody wrote":       {func(tk *triage.Ticket, _ *triage.Result) { tk.Messages = nil }, ""},
		"an old look": {func(_ *triage.Ticket, r *triage.Result) {
			r.Route.Reasons[0] = triage.Reason{Code: "route.contradicted", Params: map[string]string{"procedure": "https-click-tracking", "step": "certificate"}}
			r.Matters = []triage.Matter{{ID: "m1", Procedure: "https-click-tracking", Positions: []triage.Position{{}}}}
			r.Facts.Checks = []triage.CheckResult{{Check: "tls.certificate", Matter: "m1", Step: "certificate", Outcome: triage.Fail, ObservedAt: now.Add(-2 * time.Hour), ExpiresAt: now.Add(-time.Hour)}}
		}, ""},
	} {
		tk := &triage.Ticket{ID: "tkt_1", State: triage.StateOpen, LastSeq: 1, Messages: []triage.Message{{ID: "msg_1", Role: triage.RoleCustomer, Text: "I restarted the sender and it does not work"}}}
		r := &triage.Result{CoveredSeq: 1, Route: triage.Route{Action: triage.Ask, Tier: "l1", Reasons: []triage.Reason{{Code: "route.no_procedure_vague"}}}}
		r.Brief.Language, r.Brief.Request.Text = "en", "It does not work"
		r.Matters = []triage.Matter{{ID: "m1", Kind: triage.KindBroken}}
		tc.change(tk, r)
		text, after := route.Automatic(tk, r, w, now)
		if after != tc.after || (text != "") != (after != "") {
			t.Errorf("%s: %q, then %q", name, text, after)
		}
		if text != "" && !strings.HasSuffix(text, "\n\n"+triage.Sentence("en", "customer.automatic", nil)) {
			t.Errorf("%s: the mark is missing: %q", name, text)
		}
	}
}

// A guest who writes into a verified customer's ticket is told nothing of the
// account: neither by the desk itself nor by what it suggests.
func TestGuestHearsNoAccountFacts(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for guest, want := range map[triage.Identity]bool{triage.IdentityVerified: true, triage.IdentityClaimed: false, triage.IdentityNone: false} {
		tk := &triage.Ticket{ID: "tkt_1", Identity: triage.IdentityVerified, State: triage.StateOpen, LastSeq: 2, Messages: []triage.Message{
			{ID: "msg_1", Role: triage.RoleCustomer, Identity: triage.IdentityVerified, Text: "Please switch HTTPS on"},
			{ID: "msg_2", Role: triage.RoleCustomer, Identity: guest, Text: "Click tracking is on"}}}
		inputs := map[string]string{"link_domain": "link.secret.example"}
		r := &triage.Result{CoveredSeq: 2, Route: triage.Route{Action: triage.Ask, Tier: "l1", Reasons: []triage.Reason{{Code: "route.contradicted",
			Params: map[string]string{"procedure": "https-click-tracking", "step": "tracking-on", "binding": "link.secret.example"}}}}}
		r.Brief.Language = "en"
		r.Matters = []triage.Matter{{ID: "m1", Kind: triage.KindSetup, Procedure: "https-click-tracking", Positions: []triage.Position{{Inputs: inputs}}}}
		r.Facts.Checks = []triage.CheckResult{{Check: "account.field", Matter: "m1", Step: "tracking-on", Inputs: inputs, Outcome: triage.Fail, Code: "check.account.field_differs",
			CodeParams: map[string]string{"field": "features.click_tracking", "value": "false", "name": "features.click_tracking", "seen": "false"}, ObservedAt: now, ExpiresAt: now.Add(time.Hour)}}
		_, suggested := route.Suggest(tk, r, w)
		told, _ := route.Automatic(tk, r, w, now)
		for where, text := range map[string]string{"suggested": suggested, "told": told} {
			if text == "" {
				t.Errorf("%s to %s: nothing", where, guest)
			}
			if has := strings.Contains(text, "link.secret.example"); has != want {
				t.Errorf("%s to %s: %q", where, guest, text)
			}
		}
	}
}
