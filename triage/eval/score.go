package eval

import (
	"readback/triage"
	"readback/triage/ground"
)

// Mark is what became of a labelled or predicted span.
type Mark string

// The marks.
const (
	Matched   Mark = "matched"    // a labelled claim that was found
	Missed    Mark = "missed"     // a labelled claim that was not
	Extra     Mark = "extra"      // a prediction that no label bears out
	FalseDone Mark = "false done" // a prediction on what was not done, or not by the customer
	Avoided   Mark = "avoided"    // a labelled trap that no prediction fell into
)

// Verdict is the scoring of one ticket, for people: every span with its mark.
type Verdict struct {
	Ticket     *Ticket
	Prediction *Prediction
	Claims     []Judged // labels and predictions; empty when the ticket has no labelled claims
	Documents  []Judged // the same of documents
}

// Judged is one span with what became of it.
type Judged struct {
	Span
	Mark  Mark
	Gold  bool   // it is the label's span, else the prediction's
	State string // as labelled or predicted; "" for a document
	Pair  int    // numbers the spans that belong together within the ticket, from 1; 0 = alone
	Wrong bool   // a prediction that matched, with another state than the label's
}

// score counts one prediction against its ticket's labels.
func score(t *Ticket, p *Prediction) (tally, Verdict) {
	n := tally{Ungrounded: p.Ungrounded, Dropped: p.Dropped, PromptTokens: p.Tokens.Prompt,
		CompletionTokens: p.Tokens.Completion}
	if p.CostUSD == nil {
		n.Unpriced = 1
	} else {
		n.CostUSD = *p.CostUSD
	}
	if p.Degraded {
		n.Degraded = 1
	}
	v := Verdict{Ticket: t, Prediction: p}
	if t.Claims {
		v.Claims = n.claims(t, p)
	} else if len(t.NotDone) > 0 {
		v.Claims = n.onlyFalse(t, p)
	}
	if t.Docs {
		var spans []Span
		for _, i := range shortest(p.Documents) {
			spans = append(spans, p.Documents[i])
		}
		marks, labels, found := judge(spans, t.Documents)
		n.Documents = counts{len(found), len(spans), len(t.Documents)}
		v.Documents = append(labels, marks...)
	}
	if t.Env {
		n.Environment = environment(t.Environment, p.Environment)
	}
	if t.Language != nil {
		n.Language.add(p.Language != nil && *p.Language == *t.Language)
	}
	if t.NeedsStaff != nil {
		n.NeedsStaff.add(p.NeedsStaff == *t.NeedsStaff)
	}
	if t.Effort != nil {
		n.Effort.add(p.Effort == *t.Effort)
	}
	if e := t.Expect; e.Action != "" || e.Tier != "" {
		n.Route.add((e.Action == "" || p.Route.Action == e.Action) && (e.Tier == "" || p.Route.Tier == e.Tier))
	}
	if e := t.Expect; e.Procedure != nil && *e.Procedure != "" {
		n.Procedure.add(p.Procedure != nil && *p.Procedure == *e.Procedure)
	}
	if e := t.Expect; e.NextStep != nil {
		n.NextStep.add(*e.NextStep == deref(p.NextStep))
	}
	return n, v
}

// claims scores the predictions of state done and failed, and judges every span.
func (n *tally) claims(t *Ticket, p *Prediction) []Judged {
	var said []PredictedClaim
	for _, c := range p.Claims {
		if c.State == triage.ClaimDone || c.State == triage.ClaimFailed {
			said = append(said, c)
		}
	}
	all := make([]Span, len(said))
	for i, c := range said {
		all[i] = c.Span
	}
	var claims []PredictedClaim
	var spans, gold []Span
	for _, i := range shortest(all) {
		claims, spans = append(claims, said[i]), append(spans, all[i])
	}
	for _, d := range t.Done {
		gold = append(gold, d.Span)
	}
	marks, labels, found := judge(spans, gold)
	n.Claims = counts{len(found), len(spans), len(gold)}
	for i := range marks {
		marks[i].State = string(claims[i].State)
	}
	for i := range labels {
		labels[i].State = string(t.Done[i].State)
	}
	for _, m := range found {
		right := claims[m.P].State == t.Done[m.G].State
		n.State.add(right)
		marks[m.P].Wrong = !right
	}
	return append(labels, n.falseDone(t, marks, len(found))...)
}

// judge matches predictions with labels and marks both.
func judge(predicted, gold []Span) (marks, labels []Judged, found []pair) {
	for _, s := range predicted {
		marks = append(marks, Judged{Span: s, Mark: Extra})
	}
	for _, s := range gold {
		labels = append(labels, Judged{Span: s, Mark: Missed, Gold: true})
	}
	found = match(predicted, gold)
	for i, m := range found {
		for _, j := range []*Judged{&marks[m.P], &labels[m.G]} {
			j.Mark, j.Pair = Matched, i+1
		}
	}
	return marks, labels, found
}

// onlyFalse scores a ticket of which only some things that were not done are
// labelled: that they are not taken for done. What else is found may be right.
func (n *tally) onlyFalse(t *Ticket, p *Prediction) (out []Judged) {
	var all []Span
	for _, c := range p.Claims {
		if c.State == triage.ClaimDone || c.State == triage.ClaimFailed {
			all = append(all, c.Span)
		}
	}
	var marks []Judged
	for _, i := range shortest(all) {
		marks = append(marks, Judged{Span: all[i], Mark: Extra})
	}
	for _, j := range n.falseDone(t, marks, 0) {
		if j.Mark != Extra {
			out = append(out, j)
		}
	}
	return out
}

// falseDone matches the predictions that are not matched yet with what was
// not done. pairs is how many pairs there are.
func (n *tally) falseDone(t *Ticket, marks []Judged, pairs int) []Judged {
	var left []Span
	var of []int // index of left[i] in marks
	for i := range marks {
		if marks[i].Mark == Extra {
			left, of = append(left, marks[i].Span), append(of, i)
		}
	}
	traps := make([]Judged, len(t.NotDone))
	for i, s := range t.NotDone {
		traps[i] = Judged{Span: s, Mark: Avoided, Gold: true, State: "not done"}
		n.falseBy(t, s).Of++
	}
	for i, m := range match(left, t.NotDone) {
		n.falseBy(t, t.NotDone[m.G]).Right++
		for _, j := range []*Judged{&marks[of[m.P]], &traps[m.G]} {
			j.Mark, j.Pair = FalseDone, pairs+i+1
		}
	}
	return append(traps, marks...)
}

// falseBy is the count of false dones in messages of whoever wrote the span's.
func (n *tally) falseBy(t *Ticket, s Span) *rate {
	if t.Ticket.N(s.Message).Role == triage.RoleCustomer {
		return &n.FalseCustomer
	}
	return &n.FalseAgent
}

// environment compares kinds and folded values, each once.
func environment(gold []Value, predicted []PredictedValue) counts {
	want, have := map[Value]bool{}, map[Value]bool{}
	for _, v := range gold {
		want[v.folded()] = true
	}
	n := counts{}
	for _, p := range predicted {
		v := Value{string(p.Kind), p.Value}.folded()
		if want[v] && !have[v] {
			n.Matched++
		}
		have[v] = true
	}
	n.Predicted, n.Gold = len(have), len(want)
	return n
}

// folded is the value in the form in which two are compared.
func (v Value) folded() Value { return Value{v.Kind, ground.Folded(v.Value)} }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
