package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/enrich"
	"readback/triage/pipeline"
)

// saying is an extractor that says what it is told to.
type saying struct {
	proposal triage.Proposal
	err      error
}

func (s saying) Extract(context.Context, triage.Reading) (triage.Proposal, error) {
	return s.proposal, s.err
}

// seeing is a checker that sees the same at every step: outcome and state by step id.
type seeing map[string]triage.CheckResult

func (s seeing) Check(_ context.Context, run triage.CheckRun) triage.StepCheck {
	r := s[run.Step.ID]
	if r.Outcome == "" {
		r.Outcome = triage.Unknown
	}
	r.Step, r.Inputs = run.Step.ID, run.Inputs
	return triage.StepCheck{Step: run.Step.ID, Inputs: run.Inputs, Outcome: r.Outcome, Results: []triage.CheckResult{r}}
}

var caseZeroSeen = seeing{
	"tracking-on": {Outcome: triage.Pass}, "brand-link": {Outcome: triage.Fail, State: "proxied"},
	"certificate": {Outcome: triage.Pass}, "switch-on": {Outcome: triage.Fail},
}

var morning = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func newPipeline(t testing.TB, x triage.Extractor, c triage.Checker) *pipeline.Pipeline {
	t.Helper()
	clock := func() time.Time { return morning }
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	ix, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := enrich.OpenFile(examples.Sendline(), clock)
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline.Pipeline{Workspace: w, Index: ix, Accounts: accounts, Extractor: x, Checker: c, Clock: clock}
}

func ticket(texts ...string) *triage.Ticket {
	t := &triage.Ticket{ID: "t", Channel: triage.ChannelChat, Customer: triage.Customer{AccountID: "acc-1001"}}
	for i, text := range texts {
		role := triage.RoleCustomer
		if rest, ok := strings.CutPrefix(text, "agent: "); ok {
			role, text = triage.RoleAgent, rest
		}
		t.Messages = append(t.Messages, triage.Message{ID: fmt.Sprintf("msg%d", i+1), Seq: int64(i + 1), Role: role, Text: text})
	}
	t.LastSeq = int64(len(texts))
	return t
}

func quote(n int, text string) []triage.Quote {
	return []triage.Quote{{Message: n, Text: text, Start: -1}}
}

const https = "https-click-tracking"

func proposal(claims ...triage.ProposedClaim) triage.Proposal {
	return triage.Proposal{Language: "en", Confidence: 0.9, Claims: claims,
		Matters: []triage.ProposedMatter{{Kind: triage.KindSetup, Procedure: https}}, Info: triage.ExtractorInfo{Name: "llm"}}
}

func TestCaseZeroWithAModel(t *testing.T) {
	const text = "All three steps are done on both domains, please switch HTTPS on."
	p := newPipeline(t, saying{proposal: proposal(triage.ProposedClaim{Steps: []string{"tracking-on", "brand-link", "certificate"},
		State: triage.ClaimDone, Quotes: quote(1, "all three steps are done")})}, caseZeroSeen)
	r, err := p.Triage(context.Background(), ticket(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Route.Action != triage.Assign || r.Route.Tier != "l2" || r.Position.Effort != triage.EffortExhausted {
		t.Errorf("route %+v, effort %s", r.Route, r.Position.Effort)
	}
	if n := len(r.Matters[0].Positions); n != 2 {
		t.Errorf("%d positions, want one for each of the account's domains", n)
	}
	verdicts := map[string]triage.Verdict{}
	for _, c := range r.Brief.Claims {
		verdicts[c.Step] = c.Verdict
		if e := c.Evidence[0]; text[e.Start:e.End] != e.Quote || e.MessageID != "msg1" {
			t.Errorf("evidence %+v", e)
		}
	}
	want := map[string]triage.Verdict{"tracking-on": "verified", "brand-link": "superseded", "certificate": "verified"}
	if fmt.Sprint(verdicts) != fmt.Sprint(want) {
		t.Errorf("verdicts %v, want %v", verdicts, want)
	}
}

// What somebody did that no procedure has cannot be looked at: that is a
// verdict too, and what is planned has none.
func TestVerdictsWithoutAProcedure(t *testing.T) {
	p := newPipeline(t, saying{proposal: triage.Proposal{Language: "en", Confidence: 0.9, Matters: []triage.ProposedMatter{{Kind: triage.KindBroken}},
		Claims: []triage.ProposedClaim{{State: triage.ClaimDone, Quotes: quote(1, "I cleared the cache")}, {State: triage.ClaimFailed, Quotes: quote(1, "Firefox did not help")},
			{State: triage.ClaimPlanned, Quotes: quote(1, "I will try Chrome")}}}}, seeing{})
	r, err := p.Triage(context.Background(), ticket("The editor loses images. I cleared the cache. Firefox did not help. I will try Chrome."), nil)
	if err != nil || len(r.Brief.Claims) != 3 {
		t.Fatalf("%+v, %v", r.Brief.Claims, err)
	}
	for i, want := range []triage.Verdict{triage.VerdictUnverifiable, triage.VerdictUnverifiable, ""} {
		if got := r.Brief.Claims[i].Verdict; got != want {
			t.Errorf("claim %d: %q, want %q", i+1, got, want)
		}
	}
}

// A model's fancies are dropped, counted, and change nothing.
func TestInventionsAreDropped(t *testing.T) {
	const text = "I did not add the CNAME. Support said: click tracking is on.\n> I installed the certificate"
	for name, c := range map[string]triage.ProposedClaim{
		"quotes nobody wrote":        {Steps: []string{"brand-link"}, State: triage.ClaimDone, Quotes: quote(1, "I added the CNAME")},
		"no quote":                   {Steps: []string{"brand-link"}, State: triage.ClaimDone},
		"cut out of a negation":      {Steps: []string{"brand-link"}, State: triage.ClaimDone, Quotes: quote(1, "add the CNAME")},
		"quotes history":             {Steps: []string{"certificate"}, State: triage.ClaimDone, Quotes: quote(1, "I installed the certificate")},
		"quotes the agent":           {Steps: []string{"tracking-on"}, State: triage.ClaimDone, Quotes: quote(2, "You have done it all")},
		"a matter that is not there": {Matter: 7, State: triage.ClaimDone, Quotes: quote(1, "add the CNAME")},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t, saying{proposal: proposal(c)}, seeing{})
			r, _ := p.Triage(context.Background(), ticket(text, "agent: You have done it all"), nil)
			if len(r.Brief.Claims) != 0 || r.Extractor.Dropped != 1 {
				t.Errorf("claims %+v, dropped %d", r.Brief.Claims, r.Extractor.Dropped)
			}
		})
	}
}

// An account number with the address of another account's owner needs a look.
func TestDisputedAccount(t *testing.T) {
	for email, want := range map[string]bool{"": false, "OPS@foxglove.example": false, "someone@foxglove.example": false, "dev@cardamom.example": true} {
		tk := ticket("All three steps are done on both domains, please switch HTTPS on.")
		tk.Customer.Email = email
		p := newPipeline(t, saying{proposal: proposal()}, caseZeroSeen)
		r, _ := p.Triage(context.Background(), tk, nil)
		if r.Facts.Account.ID != "acc-1001" || r.Facts.Account.Disputed != want || r.Route.NeedsReview != want {
			t.Errorf("%q: account %+v, review %v", email, r.Facts.Account, r.Route.NeedsReview)
		}
	}
}

// Of several quotes only those that say it are kept.
func TestHalfNegated(t *testing.T) {
	in := proposal(triage.ProposedClaim{Steps: []string{"brand-link"}, State: triage.ClaimDone,
		Quotes: append(quote(1, "add the CNAME"), quote(1, "it was there already")...)})
	p := newPipeline(t, saying{proposal: in}, seeing{})
	r, _ := p.Triage(context.Background(), ticket("I did not add the CNAME. Yet it was there already."), nil)
	if len(r.Brief.Claims) != 1 || len(r.Brief.Claims[0].Evidence) != 1 || r.Brief.Claims[0].Evidence[0].Quote != "it was there already" {
		t.Errorf("%+v", r.Brief.Claims)
	}
}

func TestStepThatDoesNotExist(t *testing.T) {
	in := proposal(triage.ProposedClaim{Steps: []string{"reboot"}, State: triage.ClaimDone, Quotes: quote(1, "I rebooted")})
	in.Matters[0].Procedure = "no-such-procedure"
	p := newPipeline(t, saying{proposal: in}, seeing{})
	r, _ := p.Triage(context.Background(), ticket("I rebooted"), nil)
	if r.Matters[0].Procedure != "" || r.Brief.Claims[0].Step != "" || r.Route.Tier == "" {
		t.Errorf("%+v %+v %+v", r.Matters[0], r.Brief.Claims, r.Route)
	}
}

func TestExtractorFails(t *testing.T) {
	p := newPipeline(t, saying{err: errors.New("no model")}, seeing{})
	r, err := p.Triage(context.Background(), ticket("help"), nil)
	if err != nil || r.Route.Action != triage.Assign || r.Route.Tier != "l1" || !r.Route.NeedsReview {
		t.Errorf("%v %+v", err, r.Route)
	}
}

// Ids of matters and claims last over later triages of a ticket.
func TestIDsLast(t *testing.T) {
	claim := func(n int, text, step string) triage.ProposedClaim {
		return triage.ProposedClaim{Steps: []string{step}, State: triage.ClaimDone, Quotes: quote(n, text)}
	}
	first := newPipeline(t, saying{proposal: proposal(claim(1, "the certificate works", "certificate"))}, seeing{})
	tk := ticket("First of all click tracking is on, and the certificate works.")
	r1, _ := first.Triage(context.Background(), tk, nil)
	second := newPipeline(t, saying{proposal: proposal(claim(1, "click tracking is on", "tracking-on"), claim(1, "the certificate works", "certificate"))}, seeing{})
	r2, _ := second.Triage(context.Background(), tk, &r1)
	ids := map[string]string{}
	for _, c := range r2.Brief.Claims {
		ids[c.Step] = c.ID
	}
	if ids["certificate"] != r1.Brief.Claims[0].ID || ids["tracking-on"] == ids["certificate"] {
		t.Errorf("first %s, then %v", r1.Brief.Claims[0].ID, ids)
	}
}

// Whatever a model answers, nothing without true evidence is kept.
func TestRandomModel(t *testing.T) {
	const text = "Wir haben den CNAME gesetzt — the certificate isn't valid yet. 証明書は有効です。 Nie działa 🙁 e\u0301tat."
	rng := rand.New(rand.NewPCG(1, 2))
	piece := func() string {
		if rng.IntN(3) == 0 {
			return strings.Repeat("x", rng.IntN(5))
		}
		a, b := rng.IntN(len(text)), rng.IntN(len(text))
		return text[min(a, b):max(a, b)]
	}
	states := []triage.ClaimState{"done", "failed", "planned", "not_done", "", "sold"}
	tk := ticket(text, "agent: "+text)
	w := newPipeline(t, nil, seeing{})
	for range 2000 {
		in := proposal()
		in.Matters[0].Inputs = map[string][]string{"link_domain": {piece()}, "x": {piece()}}
		for range rng.IntN(5) {
			in.Claims = append(in.Claims, triage.ProposedClaim{Matter: rng.IntN(3) - 1, Steps: []string{piece(), "certificate"},
				State: states[rng.IntN(len(states))], Inputs: map[string][]string{"link_domain": {piece(), piece()}},
				Quotes: []triage.Quote{{Message: rng.IntN(5) - 1, Text: piece(), Start: rng.IntN(200) - 50}}})
			in.Entities = append(in.Entities, triage.ProposedValue{Kind: "domain", Value: piece(), Quotes: quote(rng.IntN(4), piece())})
		}
		w.Extractor = saying{proposal: in}
		r, err := w.Triage(context.Background(), tk, nil)
		if err != nil || r.Route.Tier == "" {
			t.Fatalf("%v %+v", err, r.Route)
		}
		for _, c := range r.Brief.Claims {
			trueEvidence(t, tk, c.Evidence)
			switch c.State {
			case "done", "failed", "planned", "not_done":
			default:
				t.Fatalf("state %q was kept", c.State)
			}
		}
		for _, e := range r.Brief.Entities {
			trueEvidence(t, tk, e.Evidence)
		}
	}
}

func trueEvidence(t *testing.T, tk *triage.Ticket, ev []triage.Evidence) {
	t.Helper()
	if len(ev) == 0 {
		t.Fatal("an item without evidence")
	}
	for _, e := range ev {
		if m := tk.N(e.Message); m == nil || m.Role != triage.RoleCustomer || m.Text[e.Start:e.End] != e.Quote || strings.TrimSpace(e.Quote) == "" {
			t.Fatalf("false evidence %+v", e)
		}
	}
}
