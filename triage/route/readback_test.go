package route_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// told is a ticket of case zero with its result, for readbacks.
func told(lang string, identity triage.Identity) (*triage.Ticket, *triage.Result) {
	const text = "We want HTTPS for link.ginger.example. Tracking is on, the CNAME is set, our CDN has a certificate. We rebooted."
	inputs := map[string]string{"link_domain": "link.ginger.example"}
	at := time.Date(2026, 11, 22, 14, 2, 0, 0, time.UTC)
	t := &triage.Ticket{Identity: identity, Messages: []triage.Message{{ID: "msg_1", Role: triage.RoleCustomer, Text: text}}}
	quote := func(q string) []triage.Evidence {
		i := strings.Index(text, q)
		return []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, MessageID: "msg_1", Start: i, End: i + len(q), Quote: q}}
	}
	step := func(id string, by knowledge.Actor, state triage.StepState, claimed triage.ClaimState) triage.StepPosition {
		return triage.StepPosition{ID: id, By: by, State: state, Basis: triage.Seen, Claimed: claimed}
	}
	pos := triage.Position{Inputs: inputs, Next: &triage.Next{Step: "switch-on", By: knowledge.Staff}, Steps: []triage.StepPosition{
		step("tracking-on", knowledge.Customer, triage.StepVerified, triage.ClaimDone), step("brand-link", knowledge.Customer, triage.StepSuperseded, triage.ClaimDone),
		step("certificate", knowledge.Customer, triage.StepVerified, triage.ClaimDone), step("switch-on", knowledge.Staff, triage.StepTodo, "")}}
	m := triage.Matter{ID: "m1", Kind: triage.KindSetup, Procedure: "https-click-tracking", Positions: []triage.Position{pos}}
	m.Route = triage.Route{Action: triage.Assign, Tier: "l2", Reasons: []triage.Reason{{Code: "route.staff_next", Params: map[string]string{"procedure": m.Procedure, "step": "switch-on", "tier": "l2"}}}}
	check := func(name, step, code string, outcome triage.CheckOutcome, params map[string]string) triage.CheckResult {
		return triage.CheckResult{Check: name, Matter: "m1", Step: step, Inputs: inputs, Outcome: outcome, Code: code, CodeParams: params, ObservedAt: at}
	}
	claim := func(id, step, what string, state triage.ClaimState) triage.Claim {
		return triage.Claim{ID: id, Matter: "m1", Step: step, State: state, Evidence: quote(what)}
	}
	r := &triage.Result{Matters: []triage.Matter{m}, Route: m.Route, Position: &triage.LeadingPosition{Matter: "m1", Procedure: m.Procedure, Position: pos}}
	r.Brief = triage.Brief{Language: lang, Request: triage.Request{Evidence: quote("We want HTTPS for link.ginger.example.")}, Claims: []triage.Claim{
		claim("c1", "tracking-on", "Tracking is on", triage.ClaimDone), claim("c2", "brand-link", "the CNAME is set", triage.ClaimDone),
		claim("c3", "certificate", "our CDN has a certificate", triage.ClaimDone), claim("c4", "", "We rebooted", triage.ClaimFailed)}}
	r.Facts.Checks = []triage.CheckResult{
		check("account.field", "tracking-on", "check.account.equal", triage.Pass, map[string]string{"name": "features.click_tracking", "seen": "true"}),
		check("dns.cname", "brand-link", "check.dns.wrong_target", triage.Fail, map[string]string{"name": "link.ginger.example", "seen": "cdn.example", "expected": "links.sendline.example"}),
		check("tls.certificate", "certificate", "check.tls.valid", triage.Pass, map[string]string{"name": "link.ginger.example", "issuer": "Lab", "until": "2027-02-01", "days": "70"}),
		check("account.field", "switch-on", "check.account.different", triage.Fail, map[string]string{"name": "features.https_links", "seen": "false", "expected": "true"})}
	return t, r
}

func TestReadBack(t *testing.T) {
	w := sendline(t)
	for name, tc := range map[string]struct {
		lang     string
		identity triage.Identity
		change   func(*triage.Ticket, *triage.Result)
		want     string // "" for none; lines
	}{
		"who is not known": {lang: "en", want: `You want: Serve click-tracking links over HTTPS, for link.ginger.example
You have done: Turn on click tracking
You have done: Point the link domain at Sendline
You have done: Serve a valid certificate through your CDN
You have tried: “We rebooted”. It did not help.
At 14:02 UTC on 2026-11-22 link.ginger.example had a valid certificate, issued by Lab and valid until 2027-02-01 (70 days).
Next: Switch the account to HTTPS links, by us (Engineering support)`},
		"an account's owner hears of it": {lang: "en", identity: triage.IdentityVerified, change: func(_ *triage.Ticket, r *triage.Result) { r.Brief.Claims = nil }, want: `You want: Serve click-tracking links over HTTPS, for link.ginger.example
At 14:02 UTC on 2026-11-22 we looked at “Turn on click tracking”: all was as it should be.
At 14:02 UTC on 2026-11-22 link.ginger.example had a valid certificate, issued by Lab and valid until 2027-02-01 (70 days).
Next: Switch the account to HTTPS links, by us (Engineering support)`},
		"in German, with checks that have no German words": {lang: "de", change: func(_ *triage.Ticket, r *triage.Result) { r.Brief.Claims = r.Brief.Claims[3:] }, want: `Sie möchten: Tracking-Links über HTTPS ausliefern, für link.ginger.example
Sie haben versucht: “We rebooted”. Es hat nicht geholfen.
Um 14:02 UTC am 2026-11-22 haben wir link.ginger.example angesehen: Alles war, wie es sein soll.
Als Nächstes: Das Konto auf HTTPS-Links umstellen, durch uns (Engineering support)`},
		"in a language without words": {lang: "fi", change: func(_ *triage.Ticket, r *triage.Result) { r.Facts.Checks, r.Brief.Claims = nil, r.Brief.Claims[:1] }, want: `You want: Serve click-tracking links over HTTPS, for link.ginger.example
You have done: Turn on click tracking
Next: Switch the account to HTTPS links, by us (Engineering support)`},
		"nothing claimed or checked": {lang: "en", change: func(_ *triage.Ticket, r *triage.Result) { r.Facts.Checks, r.Brief.Claims = nil, nil }},
		"only an account was looked at": {lang: "en", change: func(_ *triage.Ticket, r *triage.Result) {
			r.Facts.Checks, r.Brief.Claims = r.Facts.Checks[:1], nil
		}},
		"an incident":         {lang: "en", change: func(_ *triage.Ticket, r *triage.Result) { r.Route.Reasons[0].Code = route.CodeIncident }},
		"no answer is needed": {lang: "en", change: func(_ *triage.Ticket, r *triage.Result) { r.Route.Action = triage.None }},
		"a domain that they did not name": {lang: "en", change: func(tk *triage.Ticket, r *triage.Result) {
			tk.Messages[0].Text = "HTTPS please. " + strings.ReplaceAll(tk.Messages[0].Text, "link.ginger.example", "it")
			r.Brief.Claims = r.Brief.Claims[:1]
		}, want: `You want: Serve click-tracking links over HTTPS
You have done: Turn on click tracking
Next: Switch the account to HTTPS links, by us (Engineering support)`},
		"an account alone says that a step is open": {lang: "en", change: func(_ *triage.Ticket, r *triage.Result) {
			p := r.Position
			p.Next = &triage.Next{Step: "tracking-on", By: knowledge.Customer}
			p.Steps[0].State, p.Steps[0].Claimed = triage.StepTodo, ""
			r.Route = triage.Route{Action: triage.Ask, Tier: "l1", Reasons: []triage.Reason{{Code: "route.next_seen", Params: map[string]string{}}}}
			r.Facts.Checks, r.Brief.Claims = r.Facts.Checks[:1], r.Brief.Claims[3:]
		}, want: `You want: Serve click-tracking links over HTTPS, for link.ginger.example
You have tried: “We rebooted”. It did not help.
Next: how far have you got with “Turn on click tracking”?`},
	} {
		tk, r := told(tc.lang, tc.identity)
		if tc.change != nil {
			tc.change(tk, r)
		}
		got := ""
		if b := route.ReadBack(tk, r, w); b != nil {
			got = b.Text()
		}
		if got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tc.want)
		}
	}
}

// What a readback says can be corrected by its author, and taken back.
func TestReadBackCorrections(t *testing.T) {
	w := sendline(t)
	tk, r := told("en", triage.IdentityNone)
	b := route.ReadBack(tk, r, w)
	for key, want := range map[string]triage.What{"want": triage.WhatProcedure, "c1": triage.WhatState, "c4": triage.WhatClaim} {
		item := b.Item(key)
		if item == nil || item.Fix.What != want {
			t.Errorf("%s: %+v", key, item)
			continue
		}
		c := *item.Fix
		c.ID, c.Who, c.Role = "cor_"+key, "v", triage.RoleCustomer
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		tk.Corrections = append(tk.Corrections, c)
	}
	if b.Item("c9") != nil || len(b.Said) != 0 {
		t.Error("there is more than was understood")
	}
	r.Brief.Claims, r.Facts.Checks = nil, nil
	b = route.ReadBack(tk, r, w)
	if b == nil || len(b.Said) != 3 {
		t.Fatalf("what they corrected is gone: %+v", b)
	}
	for _, item := range b.Said {
		if !strings.HasPrefix(item.Text, "You told us") || strings.Contains(item.Text, "…") {
			t.Errorf("%s", item.Text)
		}
	}
}

// No language accuses, shows a code, or leaves a placeholder.
func TestReadBackInEveryLanguage(t *testing.T) {
	w := sendline(t)
	odd := regexp.MustCompile(`readback\.|check\.|[{}]`)
	for _, lang := range triage.CustomerLanguages() {
		for _, identity := range []triage.Identity{triage.IdentityNone, triage.IdentityVerified} {
			tk, r := told(lang, identity)
			b := route.ReadBack(tk, r, w)
			if text := b.Text(); b.Lang != lang || odd.MatchString(text) || strings.Count(text, "\n") < 5 {
				t.Errorf("%s: %s", lang, text)
			}
		}
	}
}
