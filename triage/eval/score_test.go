package eval

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"readback/triage"
)

func labelled(t *testing.T) []Ticket {
	t.Helper()
	f, err := os.Open("testdata/labelled.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tickets, err := ReadLines(f, "labelled.jsonl", nil)
	if err != nil {
		t.Fatal(err)
	}
	return tickets
}

// says makes a predicted claim out of words of a ticket.
func says(t *testing.T, tk *Ticket, n int, state triage.ClaimState, words string) PredictedClaim {
	t.Helper()
	at := strings.Index(tk.Ticket.N(n).Text, words)
	if at < 0 {
		t.Fatalf("%q is not in message %d", words, n)
	}
	return PredictedClaim{Span{n, at, at + len(words)}, state, "", words}
}

// What a reader might have made of testdata/labelled.jsonl. Worked by hand:
//
//	scanner  predicted done/failed, after the shortest rule: "restarted the scanner twice"
//	         (matches label 1), "the firmware is updated" (matches label 2, state wrong),
//	         "I will move it nearer to the router" (false done, customer),
//	         "I have reset the port" (false done, agent). The whole sentence around the
//	         first loses to it; a planned claim does not count.
//	kettle   one prediction, no label: extra.
//	lamp     nothing predicted.
//
// Claims: 2 matched of 5 predicted and 3 labelled: P 0.4, R 2/3, F1 4/8.
func sample(t *testing.T, tickets []Ticket) []Prediction {
	scanner, kettle := &tickets[0], &tickets[1]
	en, it := "en", "it"
	flicker, driver := "flicker", "check-plug"
	doc := says(t, scanner, 1, "", "read your page on Wi-Fi channels").Span
	return []Prediction{
		{Claims: []PredictedClaim{
			says(t, scanner, 1, triage.ClaimFailed, "restarted the scanner twice"),
			says(t, scanner, 1, triage.ClaimFailed, "I restarted the scanner twice."),
			says(t, scanner, 1, triage.ClaimPlanned, "Tomorrow I will move it nearer to the router"),
			says(t, scanner, 1, triage.ClaimDone, "I will move it nearer to the router"),
			says(t, scanner, 2, triage.ClaimDone, "I have reset the port"),
			says(t, scanner, 3, triage.ClaimFailed, "the firmware is updated"),
		}, Documents: []Span{doc, doc, {2, 0, 6}},
			Environment: []PredictedValue{{triage.EnvOS, "debian  12", 1}, {triage.EnvOS, "Debian 12", 3}, {triage.EnvBrowser, "Debian 12", 1}},
			Language:    &en, NeedsStaff: true, Effort: triage.EffortPartial, MS: 4, Dropped: 2, Degraded: true, CostUSD: usd(0)},
		{Claims: []PredictedClaim{says(t, kettle, 1, triage.ClaimDone, "Größe: 2 l")}, Language: &it, Effort: triage.EffortNone, MS: 2,
			Tokens: Tokens{100, 7}, CostUSD: usd(0.25)},
		{Language: nil, NeedsStaff: true, Effort: triage.EffortPartial, MS: 9, Ungrounded: 1, Tokens: Tokens{50, 3}, CostUSD: usd(0.5),
			Procedure: &flicker, NextStep: &driver, Route: PredictedRoute{triage.Assign, "l2"}},
	}
}

func usd(cost float64) *float64 { return &cost }

func TestScore(t *testing.T) {
	tickets := labelled(t)
	r := Score("test", tickets, sample(t, tickets))
	for name, tc := range map[string]struct {
		got  *float64
		want float64
	}{
		"precision":         {r.Claims.Precision, 2.0 / 5},
		"recall":            {r.Claims.Recall, 2.0 / 3},
		"F1":                {r.Claims.F1, 4.0 / 8},
		"state":             {r.StateAccuracy, 1.0 / 2},
		"documents":         {r.Documents.F1, 2.0 / 3},   // the second is the same place; the third is in no label
		"environment":       {r.Environment.F1, 2.0 / 3}, // folded, once; another kind is another item
		"language":          {r.Language, 1.0 / 3},
		"needs staff":       {r.NeedsStaff, 1},
		"effort":            {r.Effort, 2.0 / 3},
		"route":             {r.Route, 1},
		"procedure":         {r.Procedure, 1},
		"next step":         {r.NextStep, 0},
		"majority language": {r.Majority.Language, 2.0 / 3},
		"majority staff":    {r.Majority.NeedsStaff, 2.0 / 3},
		"majority effort":   {r.Majority.Effort, 1.0 / 3},
		"p50":               {r.MSPerTicket.P50, 4},
		"p95":               {r.MSPerTicket.P95, 9},
	} {
		if tc.got == nil || math.Abs(*tc.got-tc.want) > 1e-12 {
			t.Errorf("%s is %s, want %.4f", name, figure(tc.got), tc.want)
		}
	}
	if r.N != 3 || r.FalseDone != (FalseDoneReport{CountReport{1, 1}, CountReport{1, 1}}) {
		t.Errorf("n %d, false done %+v", r.N, r.FalseDone)
	}
	if r.Degraded != 1 || r.Dropped != 2 || r.Ungrounded != 1 || r.Tokens != (Tokens{150, 10}) || *r.CostUSD != 0.75 {
		t.Errorf("%+v", r)
	}
	if *r.Claims.Low > *r.Claims.F1 || *r.Claims.High < *r.Claims.F1 {
		t.Errorf("F1 %v outside its interval [%v, %v]", *r.Claims.F1, *r.Claims.Low, *r.Claims.High)
	}
	unknown := sample(t, tickets)
	unknown[1].CostUSD = nil
	if r := Score("test", tickets, unknown); r.CostUSD != nil {
		t.Errorf("the cost is %v, and that of one ticket is not known", *r.CostUSD)
	}
	again := Score("test", tickets, sample(t, tickets))
	if again.Intervals["claims"] != r.Intervals["claims"] {
		t.Error("the interval is another the second time")
	}
}

// Every span of a ticket is judged, and the two sides of a pair know each other.
func TestVerdicts(t *testing.T) {
	tickets := labelled(t)
	r := Score("test", tickets, sample(t, tickets))
	got := map[Mark]int{}
	for _, j := range r.Verdicts[0].Claims {
		got[j.Mark]++
		if (j.Mark == Matched || j.Mark == FalseDone) != (j.Pair > 0) {
			t.Errorf("%+v", j)
		}
	}
	want := map[Mark]int{Matched: 4, FalseDone: 4} // both sides of two pairs each
	if len(got) != len(want) || got[Matched] != 4 || got[FalseDone] != 4 {
		t.Errorf("%v, want %v", got, want)
	}
	if v := r.Verdicts[1].Claims; len(v) != 1 || v[0].Mark != Extra {
		t.Errorf("%+v", v)
	}
	if v := r.Verdicts[2].Claims; len(v) != 1 || v[0].Mark != Missed {
		t.Errorf("%+v", v)
	}
}

// Without gold there is no rate: null, not zero and not NaN.
func TestNoGold(t *testing.T) {
	tickets, err := ReadLines(strings.NewReader(`{"messages":[{"n":1,"role":"customer","text":"I tried it"}]}
{"messages":[{"n":1,"role":"customer","text":"I tried it"}],"done":[],"docs_consulted":[],"environment":[]}`), "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	claim := []PredictedClaim{{Span{1, 0, 10}, triage.ClaimDone, "", "I tried it"}}
	r := Score("x", tickets, []Prediction{{Claims: claim}, {Claims: claim, Documents: []Span{{1, 0, 3}}}})
	raw, err := ReportJSON([]Report{r})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	for _, key := range []string{"state_accuracy", "language", "needs_staff", "effort", "route", "procedure", "next_step"} {
		if v, ok := got[key]; !ok || v != nil {
			t.Errorf("%s is %v", key, v)
		}
	}
	claims := got["claims"].(map[string]any)
	for _, key := range []string{"precision", "recall", "f1", "low", "high"} {
		if v, ok := claims[key]; !ok || v != nil {
			t.Errorf("claims.%s is %v", key, v)
		}
	}
	if claims["predicted"] != 1.0 { // what nobody labelled is not counted
		t.Errorf("%v", claims)
	}
}

// Nothing predicted where there is gold is zero, not null.
func TestNothingPredicted(t *testing.T) {
	tickets := labelled(t)
	r := Score("x", tickets, make([]Prediction, len(tickets)))
	if *r.Claims.Precision != 0 || *r.Claims.Recall != 0 || *r.Claims.F1 != 0 || r.StateAccuracy != nil {
		t.Errorf("%+v", r.Claims)
	}
}

func TestUngrounded(t *testing.T) {
	tk := &triage.Ticket{Messages: []triage.Message{{Role: triage.RoleCustomer, Text: "I use Debian 12.\n> I reset it\n"}, {Role: triage.RoleAgent, Text: "Reset it."}}}
	ev := func(n, from, to int, quote string) []triage.Evidence {
		return []triage.Evidence{{Kind: triage.EvidenceQuote, Message: n, Start: from, End: to, Quote: quote}}
	}
	for name, tc := range map[string]struct {
		brief triage.Brief
		want  int
	}{
		"true":                  {triage.Brief{Claims: []triage.Claim{{Evidence: ev(1, 0, 5, "I use")}}}, 0},
		"none":                  {triage.Brief{Claims: []triage.Claim{{}}}, 1},
		"another quote":         {triage.Brief{Symptoms: []triage.Symptom{{Evidence: ev(1, 0, 5, "I lose")}}}, 1},
		"past the end":          {triage.Brief{Documents: []triage.Document{{Evidence: ev(1, 0, 500, "I use")}}}, 1},
		"no such message":       {triage.Brief{Documents: []triage.Document{{Evidence: ev(7, 0, 5, "I use")}}}, 1},
		"an agent's words":      {triage.Brief{Claims: []triage.Claim{{Evidence: ev(2, 0, 5, "Reset")}}}, 1},
		"quoted history":        {triage.Brief{Claims: []triage.Claim{{Evidence: ev(1, 19, 29, "I reset it")}}}, 1},
		"value in its quote":    {triage.Brief{Environment: []triage.EnvItem{{Value: "debian 12", Evidence: ev(1, 6, 15, "Debian 12")}}}, 0},
		"value not in it":       {triage.Brief{Environment: []triage.EnvItem{{Value: "Debian 11", Evidence: ev(1, 6, 15, "Debian 12")}}}, 1},
		"one false, one true":   {triage.Brief{Entities: []triage.Entity{{Value: "12", Evidence: append(ev(1, 6, 15, "Debian 12"), ev(1, 0, 1, "x")...)}}}, 1},
		"an event has no words": {triage.Brief{Documents: []triage.Document{{Evidence: []triage.Evidence{{Kind: triage.EvidenceEvent}}}}}, 0},
	} {
		if got := ungrounded(tk, &tc.brief); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

// The baseline's claims are taken as proposed, agents' words too, but never
// from a place where they do not stand.
func TestProposed(t *testing.T) {
	tk := &triage.Ticket{Messages: []triage.Message{{Role: triage.RoleAgent, Text: "I tried it"}}}
	p := &triage.Proposal{}
	for _, q := range []triage.Quote{{Message: 1, Text: "I tried", Start: 0}, {Message: 1, Text: "I tried", Start: 1},
		{Message: 2, Text: "I tried", Start: 0}, {Message: 1, Text: "I tried it all", Start: 0}, {Message: 1, Text: "tried", Start: -1}} {
		p.Claims = append(p.Claims, triage.ProposedClaim{State: triage.ClaimDone, Quotes: []triage.Quote{q}})
	}
	if got := proposed(tk, p); len(got) != 1 || got[0].Quote != "I tried" {
		t.Errorf("%+v", got)
	}
}
