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
}

// Judged is one span with what became of it.
type Judged struct {
	Span
	Mark  Mark
	Gold  bool   // it is the label's span, else the prediction's
	State string // as labelled or predicted
	Pair  int    // numbers the spans that belong together within the ticket, from 1; 0 = alone
	Wrong bool   // matched, with another state than the label's
}

// score counts one prediction against its ticket's labels.
func score(t *Ticket, p *Prediction) (tally, Verdict) {
	n := tally{Tickets: 1, Ungrounded: p.Ungrounded, Dropped: p.Dropped, PromptTokens: p.Tokens.Prompt,
		CompletionTokens: p.Tokens.Completion, CostUSD: p.CostUSD}
	if p.Degraded {
		n.Degraded = 1
	}
	v := Verdict{Ticket: t, Prediction: p}
	if t.Claims {
		v.Claims = n.claims(t, p)
	}
	if t.Docs {
		spans := counted(p.Documents)
		n.Documents = counts{len(match(spans, t.Documents)), len(spans), len(t.Documents)}
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
	found := match(spans, gold)
	n.Claims = counts{len(found), len(spans), len(gold)}

	var out []Judged
	marks := make([]Judged, len(spans))
	for i, c := range claims {
		marks[i] = Judged{Span: c.Span, Mark: Extra, State: string(c.State)}
	}
	labels := make([]Judged, len(gold))
	for i, d := range t.Done {
		labels[i] = Judged{Span: d.Span, Mark: Missed, Gold: true, State: string(d.State)}
	}
	for i, m := range found {
		right := claims[m.P].State == t.Done[m.G].State
		n.State.add(right)
		for _, j := range []*Judged{&marks[m.P], &labels[m.G]} {
			j.Mark, j.Pair, j.Wrong = Matched, i+1, !right
		}
	}
	out = append(out, labels...)
	return append(out, n.falseDone(t, marks, len(found))...)
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
	return append(marks, traps...)
}

// falseBy is the count of false dones in messages of whoever wrote the span's.
func (n *tally) falseBy(t *Ticket, s Span) *rate {
	if t.Ticket.N(s.Message).Role == triage.RoleCustomer {
		return &n.FalseCustomer
	}
	return &n.FalseAgent
}

// counted are the spans that the shortest-of-overlapping rule leaves.
func counted(spans []Span) []Span {
	var out []Span
	for _, i := range shortest(spans) {
		out = append(out, spans[i])
	}
	return out
}

// environment compares kinds and folded values, each once.
func environment(gold []Value, predicted []PredictedValue) counts {
	key := func(kind, value string) [2]string { return [2]string{kind, ground.Folded(value)} }
	want, have := map[[2]string]bool{}, map[[2]string]bool{}
	for _, v := range gold {
		want[key(v.Kind, v.Value)] = true
	}
	n := counts{}
	for _, v := range predicted {
		k := key(string(v.Kind), v.Value)
		if want[k] && !have[k] {
			n.Matched++
		}
		have[k] = true
	}
	n.Predicted, n.Gold = len(have), len(want)
	return n
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
