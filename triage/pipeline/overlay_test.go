package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"readback/triage"
)

// later is a ticket whose messages came an hour apart from morning on.
func later(texts ...string) *triage.Ticket {
	t := ticket(texts...)
	for i := range t.Messages {
		t.Messages[i].ReceivedAt = morning.Add(time.Duration(i) * time.Hour)
	}
	return t
}

// after is half an hour after message n.
func after(n int) time.Time { return morning.Add(time.Duration(n-1)*time.Hour + 30*time.Minute) }

// say adds a correction of an agent.
func say(t *triage.Ticket, c triage.Correction) *triage.Ticket {
	c.ID, c.TicketID, c.Who = fmt.Sprintf("cor%d", len(t.Corrections)+1), t.ID, "lee"
	if c.Role == "" {
		c.Role = triage.RoleAgent
	}
	if c.At.IsZero() {
		c.At = morning.Add(24 * time.Hour)
	}
	if err := c.Check(); err != nil {
		panic(err)
	}
	t.Corrections = append(t.Corrections, c)
	return t
}

func did(n int, text string, state triage.ClaimState, step string) triage.ProposedClaim {
	return triage.ProposedClaim{Steps: []string{step}, State: state, Quotes: quote(n, text)}
}

// state writes a step of the first position in short.
func state(r *triage.Result, step string) string {
	s := r.Matters[0].Positions[0].Step(step)
	out := fmt.Sprintf("%s/%s claimed=%s by=%s", s.State, s.Basis, s.Claimed, s.SaidBy)
	if s.Disputed {
		out += " disputed"
	}
	return out
}

const certificate = "certificate"

// A person's word on a step outweighs all that was said before it; our checks
// outweigh it; the customer's later word is the later word, and is marked.
func TestCorrectedStates(t *testing.T) {
	const text = "The certificate is fine."
	done := did(1, "The certificate is fine", triage.ClaimDone, certificate)
	for name, tc := range map[string]struct {
		claims []triage.ProposedClaim
		value  triage.ClaimState
		with   triage.Correction
		check  triage.CheckOutcome
		step   string
		want   string
		review bool
	}{
		"said done, corrected: not done": {claims: []triage.ProposedClaim{done}, value: "not_done", check: triage.Unknown,
			want: "todo/said claimed=not_done by=agent"},
		"silent, corrected: done":          {value: "done", check: triage.Unknown, want: "done/said claimed=done by=agent"},
		"the customer says so":             {value: "done", with: triage.Correction{Role: triage.RoleCustomer}, check: triage.Unknown, want: "done/said claimed=done by=customer"},
		"corrected: done, our check fails": {value: "done", check: triage.Fail, want: "contradicted/seen claimed=done by=agent"},
		"corrected: not done, seen":        {value: "not_done", check: triage.Pass, want: "verified/seen claimed=not_done by=agent"},
		"of another binding":               {value: "done", with: triage.Correction{Inputs: map[string]string{"link_domain": "link.bergamot.example"}}, check: triage.Unknown, want: "unknown/silent claimed= by="},
		"a step that is not there":         {value: "done", with: triage.Correction{Step: "reboot"}, check: triage.Unknown, want: "unknown/silent claimed= by="},
		"our step, an agent says so":       {value: "done", with: triage.Correction{Step: "switch-on"}, step: "switch-on", check: triage.Unknown, want: "done/said claimed=done by=agent"},
		"our step, the customer says so":   {value: "done", with: triage.Correction{Step: "switch-on", Role: triage.RoleCustomer}, step: "switch-on", check: triage.Unknown, want: "todo/silent claimed=done by=customer"},
		"later words say otherwise": {claims: []triage.ProposedClaim{did(2, "the certificate is missing", triage.ClaimNotDone, certificate)}, value: "done",
			with: triage.Correction{At: after(1)}, check: triage.Unknown, want: "todo/said claimed=not_done by=customer disputed", review: true},
		"later words agree": {claims: []triage.ProposedClaim{did(2, "the certificate is missing", triage.ClaimNotDone, certificate)}, value: "planned",
			with: triage.Correction{At: after(1)}, check: triage.Unknown, want: "todo/said claimed=not_done by=customer"},
		"the same words were known": {claims: []triage.ProposedClaim{did(2, "the certificate is missing", triage.ClaimNotDone, certificate)}, value: "done",
			with: triage.Correction{At: after(2)}, check: triage.Unknown, want: "done/said claimed=done by=agent"},
	} {
		t.Run(name, func(t *testing.T) {
			tk := later(text, "No, the certificate is missing.")
			c := tc.with
			c.What, c.Matter, c.Value = triage.WhatState, "m1", string(tc.value)
			if c.Step == "" {
				c.Step = certificate
			}
			say(tk, c)
			p := newPipeline(t, saying{proposal: proposal(tc.claims...)}, seeing{certificate: {Outcome: tc.check}})
			r, err := p.Triage(context.Background(), tk, nil)
			if err != nil {
				t.Fatal(err)
			}
			step := tc.step
			if step == "" {
				step = certificate
			}
			if got := state(&r, step); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if r.Route.Reasons[0].Code == "route.contradicted" && !strings.HasPrefix(r.Route.Reasons[0].Text, "A colleague says") {
				t.Errorf("a colleague's word in the customer's mouth: %s", r.Route.Reasons[0].Text)
			}
			disputed := strings.Contains(fmt.Sprint(r.Brief.Flags), string(triage.FlagDisputed))
			if disputed != tc.review || r.Route.NeedsReview != tc.review || strings.Contains(fmt.Sprint(r.Route.Reasons), "route.correction_disputed") != tc.review {
				t.Errorf("flags %v, route %+v", r.Brief.Flags, r.Route)
			}
			if want := len(tc.claims); len(r.Brief.Claims) < want {
				t.Errorf("words of the customer are lost: %+v", r.Brief.Claims)
			}
			if fmt.Sprint(r.Corrections) != "[cor1]" {
				t.Errorf("laid over: %v", r.Corrections)
			}
		})
	}
}

// Of two people the newest word wins; one who looks again ends the conflict.
func TestConflictingCorrections(t *testing.T) {
	tk := later("The certificate is fine.", "No, the certificate is missing.")
	word := func(value string, inputs map[string]string, at time.Time) {
		say(tk, triage.Correction{What: triage.WhatState, Matter: "m1", Step: certificate, Value: value, Inputs: inputs, At: at})
	}
	p := newPipeline(t, saying{proposal: proposal(did(2, "the certificate is missing", triage.ClaimNotDone, certificate))}, seeing{})
	one := map[string]string{"link_domain": "link.foxglove.example"}
	word("done", nil, after(1))
	r, _ := p.Triage(context.Background(), tk, nil)
	if got := state(&r, certificate); !strings.HasSuffix(got, "by=customer disputed") {
		t.Errorf("first %s", got)
	}
	word("failed", one, after(2))
	r, _ = p.Triage(context.Background(), tk, &r)
	if got := state(&r, certificate); got != "todo/said claimed=failed by=agent" {
		t.Errorf("then %s", got)
	}
	if got := r.Matters[0].Positions[1].Step(certificate); !got.Disputed {
		t.Errorf("the other binding: %+v", got)
	}
	word("not_done", nil, after(2).Add(time.Minute))
	r, _ = p.Triage(context.Background(), tk, &r)
	if r.Matters[0].Positions[1].Step(certificate).Disputed || r.Route.NeedsReview {
		t.Errorf("looked at again: %+v", r.Route)
	}
}

// What is not so stays out, whatever the next reading quotes around it; what
// stands beside it stays, and what is said later comes in.
func TestItemsNotSo(t *testing.T) {
	const text = "We added the CNAME records for both domains. The page shows Error 52 in Firefox behind Cloudflare."
	cut := func(quote string) triage.Anchor {
		at := strings.Index(text, quote)
		return triage.Anchor{MessageID: "msg1", Start: at, End: at + len(quote)}
	}
	full := func() triage.Proposal {
		p := proposal(did(1, "We added the CNAME records for both domains", triage.ClaimDone, "brand-link"),
			did(1, "We added the CNAME records for both domains", triage.ClaimDone, "tracking-on"),
			did(2, "added the CNAME today", triage.ClaimDone, "brand-link"))
		p.Environment = []triage.ProposedValue{{Kind: "browser", Value: "Firefox", Quotes: quote(1, "in Firefox behind Cloudflare")},
			{Kind: "cdn", Value: "Cloudflare", Quotes: quote(1, "in Firefox behind Cloudflare")}}
		p.Symptoms = []triage.ProposedText{{Text: "Error 52", Quotes: quote(1, "The page shows Error 52")}}
		return p
	}
	list := func(r *triage.Result) string {
		var out []string
		for _, c := range r.Brief.Claims {
			out = append(out, c.Step+strings.Repeat("!", len(c.Disputes)/4))
		}
		for _, e := range r.Brief.Environment {
			out = append(out, e.Value)
		}
		for _, s := range r.Brief.Symptoms {
			out = append(out, s.Text)
		}
		return strings.Join(out, " ")
	}
	for name, tc := range map[string]struct {
		c    triage.Correction
		want string
	}{
		"nothing said":              {triage.Correction{}, "brand-link tracking-on brand-link Firefox Cloudflare Error 52"},
		"one step of the words":     {triage.Correction{What: triage.WhatClaim, Item: "brand-link", Anchor: cut("added the CNAME records")}, "tracking-on brand-link! Firefox Cloudflare Error 52"},
		"all steps of the words":    {triage.Correction{What: triage.WhatClaim, Anchor: cut("We added the CNAME records for both domains. The")}, "brand-link Firefox Cloudflare Error 52"},
		"one value of the words":    {triage.Correction{What: triage.WhatEnvironment, Item: "cloudflare", Anchor: cut("behind Cloudflare")}, "brand-link tracking-on brand-link Firefox Error 52"},
		"a symptom":                 {triage.Correction{What: triage.WhatSymptom, Anchor: cut("Error 52")}, "brand-link tracking-on brand-link Firefox Cloudflare"},
		"other words":               {triage.Correction{What: triage.WhatSymptom, Anchor: cut("We added")}, "brand-link tracking-on brand-link Firefox Cloudflare Error 52"},
		"a message without words":   {triage.Correction{What: triage.WhatSymptom, Anchor: triage.Anchor{MessageID: "gone", Start: 0, End: 4}}, "brand-link tracking-on brand-link Firefox Cloudflare Error 52"},
		"another kind of the words": {triage.Correction{What: triage.WhatDocument, Anchor: cut("Error 52")}, "brand-link tracking-on brand-link Firefox Cloudflare Error 52"},
	} {
		t.Run(name, func(t *testing.T) {
			tk := later(text, "We added the CNAME today.")
			if tc.c.What != "" {
				tc.c.Value, tc.c.At = triage.NotSo, after(1)
				say(tk, tc.c)
			}
			p := newPipeline(t, saying{proposal: full()}, seeing{})
			r, _ := p.Triage(context.Background(), tk, nil)
			if got := list(&r); got != tc.want {
				t.Errorf("got %s\nwant %s", got, tc.want)
			}
			again, _ := p.Triage(context.Background(), tk, &r)
			if got := list(&again); got != tc.want {
				t.Errorf("read again: %s", got)
			}
		})
	}
}

// reading is an extractor that remembers what it was given.
type reading struct {
	saying
	in *triage.Reading
}

func (x reading) Extract(ctx context.Context, in triage.Reading) (triage.Proposal, error) {
	*x.in = in
	return x.saying.Extract(ctx, in)
}

// A matter keeps its id, its corrections and what was read of it, whatever
// later readings take it for; taken back, it is what was read.
func TestCorrectedMatterKeepsItsID(t *testing.T) {
	ctx := context.Background()
	read := func(kind triage.Kind, procedures ...string) triage.Proposal {
		p := proposal()
		p.Matters = nil
		for _, id := range procedures {
			p.Matters = append(p.Matters, triage.ProposedMatter{Kind: kind, Procedure: id})
		}
		return p
	}
	ids := func(r *triage.Result) string {
		var out []string
		for _, m := range r.Matters {
			text := fmt.Sprintf("%s %s %s", m.ID, m.Kind, m.Procedure)
			if m.Read != nil {
				text += fmt.Sprintf(" read=%s %s", m.Read.Kind, m.Read.Procedure)
			}
			out = append(out, text)
		}
		return strings.Join(out, "; ")
	}
	const other, third = "dmarc-alignment", "inbound-parse"
	var in triage.Reading
	tk := later("text")
	var prev *triage.Result
	for i, step := range []struct {
		say  triage.Correction
		undo bool
		read triage.Proposal
		want string
	}{
		{read: read("setup", https, third), want: "m1 setup https-click-tracking; m2 setup inbound-parse"},
		{say: triage.Correction{What: triage.WhatProcedure, Value: other, Procedure: https}, read: read("setup", https, third),
			want: "m1 setup dmarc-alignment read=setup https-click-tracking; m2 setup inbound-parse"},
		{say: triage.Correction{What: triage.WhatKind, Value: "broken"}, read: read("setup", third, https),
			want: "m2 setup inbound-parse; m1 broken dmarc-alignment read=setup https-click-tracking"},
		{read: read("setup", other, third), want: "m1 broken dmarc-alignment read=setup dmarc-alignment; m2 setup inbound-parse"},
		{read: read("setup", third), want: "m2 setup inbound-parse; m1 broken dmarc-alignment read=setup dmarc-alignment"},
		{read: read("billing", third, https), want: "m2 billing inbound-parse; m3 billing https-click-tracking; m1 broken dmarc-alignment read=setup dmarc-alignment"},
		{undo: true, read: read("setup", other), want: "m1 setup dmarc-alignment"},
		{read: read("setup", ""), want: "m1 setup "},
	} {
		if step.say.What != "" {
			step.say.Matter = "m1"
			say(tk, step.say)
		}
		if step.undo {
			tk.Corrections = nil
		}
		p := newPipeline(t, reading{saying{proposal: step.read}, &in}, seeing{})
		r, err := p.Triage(ctx, tk, prev)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(&r); got != step.want {
			t.Errorf("%d: got  %s\nwant %s", i, got, step.want)
		}
		if len(tk.Corrections) > 0 && (in.Candidates[0].ID != other || fmt.Sprint(in.Settled) != "["+other+"]") {
			t.Errorf("%d: the extractor was offered %s, settled %v", i, in.Candidates[0].ID, in.Settled)
		}
		if (step.undo || step.say.What == triage.WhatProcedure) != (prev != nil && in.Previous == nil) {
			t.Errorf("%d: the extractor got %+v of before", i, in.Previous)
		}
		if in.Previous != nil && in.Previous.Matter("m1").Read != nil {
			t.Errorf("%d: the extractor was told %+v", i, in.Previous.Matter("m1"))
		}
		r.Version, prev = i+1, &r
	}
}

// A corrected value is the binding; words about the wrong one are about it.
func TestCorrectedInput(t *testing.T) {
	in := proposal(did(1, "the certificate is fine", triage.ClaimDone, certificate))
	in.Claims[0].Inputs = map[string][]string{"link_domain": {"link.foxgloev.example"}}
	in.Matters[0].Inputs = in.Claims[0].Inputs
	tk := say(later("On link.foxgloev.example the certificate is fine."), triage.Correction{What: triage.WhatInput, Matter: "m1",
		Item: "link_domain", Value: " LINK.foxglove.example. "})
	p := newPipeline(t, saying{proposal: in}, seeing{})
	r, _ := p.Triage(context.Background(), tk, nil)
	if got := fmt.Sprint(r.Matters[0].Inputs["link_domain"]); got != "[link.foxglove.example]" || len(r.Matters[0].Positions) != 1 {
		t.Errorf("bound %s", got)
	}
	if got := state(&r, certificate); got != "done/said claimed=done by=customer" {
		t.Error(got)
	}
	tk.Corrections[0].Value = ""
	r, _ = p.Triage(context.Background(), tk, nil)
	if r.Route.Reasons[0].Code != "route.missing_input" {
		t.Errorf("no value is known: %+v", r.Route)
	}
}

// What was said on a ticket holds on the one it was merged into, by procedure.
func TestCorrectionOfAMergedTicket(t *testing.T) {
	tk := say(later("text"), triage.Correction{What: triage.WhatState, Matter: "m7", Step: certificate, Value: "done", Procedure: https})
	tk.Corrections[0].TicketID = "merged"
	p := newPipeline(t, saying{proposal: proposal()}, seeing{})
	r, _ := p.Triage(context.Background(), tk, nil)
	if got := state(&r, certificate); got != "done/said claimed=done by=agent" {
		t.Error(got)
	}
}

// No correction makes a step verified, whatever it says and whoever says it.
func TestNoCorrectionVerifies(t *testing.T) {
	for _, role := range []triage.Role{triage.RoleAgent, triage.RoleCustomer} {
		tk := later("Please help.")
		for _, step := range []string{"tracking-on", "brand-link", certificate, "switch-on"} {
			say(tk, triage.Correction{What: triage.WhatState, Matter: "m1", Step: step, Value: "done", Role: role})
		}
		for _, outcome := range []triage.CheckOutcome{triage.Unknown, triage.Fail} {
			see := seeing{}
			for _, c := range tk.Corrections {
				see[c.Step] = triage.CheckResult{Outcome: outcome}
			}
			p := newPipeline(t, saying{proposal: proposal()}, see)
			r, _ := p.Triage(context.Background(), tk, nil)
			for _, s := range r.Matters[0].Positions[0].Steps {
				if s.State == triage.StepVerified {
					t.Errorf("%s by %s, check %s: %+v", s.ID, role, outcome, s)
				}
			}
			for _, c := range r.Brief.Claims {
				if c.Verdict == triage.VerdictVerified {
					t.Errorf("%+v", c)
				}
			}
		}
	}
}

// A person who says what kind of matter it is has looked: neither a flag of
// the text nor a low confidence stands against it.
func TestCorrectedKindCounts(t *testing.T) {
	in := proposal()
	in.Flags, in.Confidence, in.Matters[0].Kind = []triage.Flag{triage.FlagThanksOnly}, 0.1, triage.KindSpam
	p := newPipeline(t, saying{proposal: in}, caseZeroSeen)
	tk := later("Thanks!")
	r, _ := p.Triage(context.Background(), tk, nil)
	if r.Route.Action != triage.None {
		t.Errorf("as read: %+v", r.Route)
	}
	say(tk, triage.Correction{What: triage.WhatKind, Matter: "m1", Value: "setup"})
	r, _ = p.Triage(context.Background(), tk, &r)
	if r.Route.Action != triage.Assign || r.Route.Tier != "l2" || r.Brief.Kind != triage.KindSetup || r.Route.NeedsReview {
		t.Errorf("corrected: %+v", r.Route)
	}
}
