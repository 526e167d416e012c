// Package replay reads past tickets as a live desk would have, message by
// message as they came, with another prompt, model, policy or knowledge, and
// reports what would have changed.
//
//	replay   one ticket: where it would have been after each of its messages
//	report   all of them: counts, what people said, what would have been wasted
//	compare  two reports side by side
//	text, page   both for people
//
// It looks at nothing but what is stored: of checks and accounts what was seen
// at the time. It writes nothing and sends nothing. A report holds ids, codes
// and numbers and no words of a customer.
package replay

import (
	"context"
	"slices"
	"time"

	"readback/triage"
	"readback/triage/eval"
)

// Triage reads a ticket with what is tried and sees only what stored says of
// checks and account, at the time stored.At (pipeline.Replay).
type Triage func(ctx context.Context, stored *triage.Result, t *triage.Ticket, prev *triage.Result) (triage.Result, error)

// Outcome is what a triage makes of a ticket, in codes.
type Outcome struct {
	Action    triage.Action `json:"action"`
	Tier      string        `json:"tier"`
	Procedure string        `json:"procedure"` // of the leading matter; "" when none fits
	Step      string        `json:"step"`      // the next one; "" without a procedure, or when all are done
	Reason    string        `json:"reason"`    // the code that decided
}

// OutcomeOf is the outcome of a result.
func OutcomeOf(r *triage.Result) Outcome {
	o := Outcome{Action: r.Route.Action, Tier: r.Route.Tier}
	if r.Position != nil {
		o.Procedure = r.Position.Procedure
		if r.Position.Next != nil {
			o.Step = r.Position.Next.Step
		}
	}
	if len(r.Route.Reasons) > 0 {
		o.Reason = r.Route.Reasons[0].Code
	}
	return o
}

// What of an outcome can be another than before.
const (
	ChangedAction    = "action"
	ChangedTier      = "tier"
	ChangedProcedure = "procedure"
	ChangedStep      = "step"
)

// Changes lists in what two outcomes differ, empty when in nothing.
func Changes(a, b Outcome) []string {
	out := []string{}
	for _, c := range []struct {
		what string
		same bool
	}{{ChangedAction, a.Action == b.Action}, {ChangedTier, a.Tier == b.Tier}, {ChangedProcedure, a.Procedure == b.Procedure}, {ChangedStep, a.Step == b.Step}} {
		if !c.same {
			out = append(out, c.what)
		}
	}
	return out
}

// Point is the outcome once a message was read. Between two points a live desk
// would not have triaged.
type Point struct {
	Message int `json:"message"` // number of the last one read, from 1
	Outcome
}

// Verdict is what people's words say of an outcome.
type Verdict string

// The verdicts.
const (
	Unsaid Verdict = ""      // nobody said anything
	Right  Verdict = "right" // as a person said
	Wrong  Verdict = "wrong" // otherwise
)

// Row is one ticket. Then is what the desk made of it at the time.
type Row struct {
	Ticket   string    `json:"ticket"`
	At       time.Time `json:"at"` // it came
	Messages int       `json:"messages"`
	Points   []Point   `json:"points"` // those at which the outcome became another
	Readings int       `json:"readings"`
	Then     *Outcome  `json:"then"` // nil when it was not triaged, or messages of it were moved since
	Now      Outcome   `json:"now"`
	Changed  []string  `json:"changed"` // Changes of the two
	Placed   bool      `json:"placed"`  // in a procedure, and nobody said that it is not this one
	Verdict  Verdict   `json:"verdict"`
	Said     *Said     `json:"said"` // by people; nil when the verdict is Unsaid
	// Settled is the number of the message after which the outcome stays what it
	// is at the end, AnswersAfter how many answers staff wrote after it.
	Settled      int `json:"settled"`
	AnswersAfter int `json:"answers_after"`
	// Wasted touches: times that it would go to a tier that does not end with
	// it, and that the customer would be asked the same again. WastedThen are
	// those of the time; nil when Then is.
	Wasted     int  `json:"wasted"`
	WastedThen *int `json:"wasted_then"`
	// Unlooked are the steps that it would have looked at and nobody did then:
	// the last reading takes them for unknown.
	Unlooked int          `json:"unlooked"`
	Unread   string       `json:"unread"` // code of why it could not be read; "" when it was
	Usage    triage.Usage `json:"usage"`
}

// Said is what people said that a ticket is.
type Said struct {
	Procedure *string `json:"procedure"` // "" = none fits; nil when nobody spoke of it
	Tier      string  `json:"tier"`      // it was given to; "" when nobody gave it to another
}

// Unread is the code of why the reader that was meant did not read, "" when it did.
func Unread(r *triage.Result) string {
	switch e := &r.Extractor; {
	case e.Name != "none" && !e.Degraded:
		return ""
	case len(e.Failures) > 0:
		return e.Failures[0]
	}
	return "unread"
}

// Unlooked counts the looks that a result would have needed and nobody made then.
func Unlooked(r *triage.Result) (n int) {
	for _, c := range r.Facts.Checks {
		if c.Code == "check.not_recorded" {
			n++
		}
	}
	return n
}

// Ticket replays one ticket without what people said of it.
func Ticket(ctx context.Context, p *eval.Past, do Triage) (Row, error) {
	row := Row{Ticket: p.Ticket.ID, At: p.Ticket.CreatedAt, Messages: len(p.Ticket.Messages), Points: []Point{}, Changed: []string{}}
	var all []Point
	var prev *triage.Result
	messages := asSent(p.Ticket.Messages)
	for _, n := range (triage.Patience{Quiet: triage.ChatQuiet, Longest: triage.ChatLongest}).Points(messages) {
		t := p.Ticket
		t.Messages, t.Corrections = slices.Clip(messages[:n]), nil
		t.LastSeq = t.Messages[n-1].Seq
		stored := seenBy(p, t.LastSeq, t.Messages[n-1].ReceivedAt)
		r, err := do(ctx, &stored, &t, prev)
		if err != nil {
			return row, err
		}
		row.Readings++
		row.Usage.Add(r.Extractor.Usage)
		if row.Unread = Unread(&r); row.Unread != "" {
			return row, nil
		}
		prev = &r
		all = append(all, Point{n, OutcomeOf(&r)})
	}
	if len(all) == 0 {
		row.Unread = "empty"
		return row, nil
	}
	row.Now = all[len(all)-1].Outcome
	for i := range all {
		if i == 0 || all[i].Outcome != all[i-1].Outcome {
			row.Points = append(row.Points, all[i])
		}
	}
	row.Unlooked = Unlooked(prev)
	row.judge(p, messages, all)
	row.against(p, all)
	return row, nil
}

// asSent gives messages that were stored together, as an import does, the times
// at which they were sent, when all of them tell one and they are in order.
func asSent(messages []triage.Message) []triage.Message {
	out := slices.Clone(messages)
	for from := 0; from < len(out); {
		to := from + 1
		ordered := !out[from].SentAt.IsZero()
		for ; to < len(out) && out[to].ReceivedAt.Equal(out[from].ReceivedAt); to++ {
			ordered = ordered && !out[to].SentAt.IsZero() && !out[to].SentAt.Before(out[to-1].SentAt)
		}
		for i := from; ordered && to-from > 1 && i < to && !out[to-1].SentAt.After(out[to-1].ReceivedAt); i++ {
			out[i].ReceivedAt = out[i].SentAt
		}
		from = to
	}
	return out
}

// seenBy is what the desk knew when it had read up to a message: what was seen
// for the first result that covers it, and for those before. at is its time.
func seenBy(p *eval.Past, seq int64, at time.Time) triage.Result {
	out := triage.Result{At: at}
	for i := range p.Results {
		r := &p.Results[i]
		if r.CoveredSeq == 0 {
			continue
		}
		out.Lab, out.Facts.Account = r.Lab, r.Facts.Account
		out.Facts.Checks = append(out.Facts.Checks, r.Facts.Checks...) // of two looks at one thing the later counts
		if r.CoveredSeq >= seq {
			out.At = r.At
			break
		}
	}
	return out
}

// judge asks what people said.
func (row *Row) judge(p *eval.Past, messages []triage.Message, all []Point) {
	said, wrong := Said{}, false
	for i := range p.Ticket.Corrections {
		c := &p.Ticket.Corrections[i]
		if c.What != triage.WhatProcedure {
			continue
		}
		same := c.Value == row.Now.Procedure
		// Of a ticket of several matters only the one that was meant is wrong.
		if same || c.Procedure == row.Now.Procedure || len(p.Result.Matters) < 2 {
			procedure := c.Value
			said.Procedure, wrong = &procedure, !same
		}
		if same {
			break
		}
	}
	row.Placed = row.Now.Procedure != "" && !wrong
	if n := len(p.Handed); n > 0 {
		h := p.Handed[n-1]
		said.Tier = h.Tier
		// Where it was when the person gave it away is what they judged.
		for i := len(all) - 1; i >= 0; i-- {
			if m := &messages[all[i].Message-1]; i == 0 || !m.ReceivedAt.After(h.At) {
				wrong = wrong || all[i].Action != triage.Assign || all[i].Tier != h.Tier
				break
			}
		}
	}
	switch {
	case wrong:
		row.Verdict = Wrong
	case said != Said{}:
		row.Verdict = Right
	}
	if row.Verdict != Unsaid {
		row.Said = &said
	}
}

// against compares with what the desk made of it at the time.
func (row *Row) against(p *eval.Past, all []Point) {
	ends := row.Now.Tier
	if row.Said != nil && row.Said.Tier != "" {
		ends = row.Said.Tier
	}
	row.Wasted = wasted(p.Ticket.Messages, all, ends)
	last := row.Points[len(row.Points)-1]
	row.Settled = last.Message
	for i := last.Message; i < len(p.Ticket.Messages); i++ {
		if p.Ticket.Messages[i].Role == triage.RoleAgent {
			row.AnswersAfter++
		}
	}
	if p.Result.CoveredSeq == 0 {
		return
	}
	then := OutcomeOf(&p.Result)
	row.Then, row.Changed = &then, Changes(then, row.Now)
	var was []Point
	for i := range p.Results {
		r := &p.Results[i]
		if r.CoveredSeq == 0 {
			continue
		}
		if n := len(was); n > 0 && was[n-1].Message == int(r.CoveredSeq) { // read again
			was = was[:n-1]
		}
		was = append(was, Point{int(r.CoveredSeq), OutcomeOf(r)})
	}
	if row.Said == nil || row.Said.Tier == "" {
		ends = then.Tier
	}
	n := wasted(p.Ticket.Messages, was, ends)
	row.WastedThen = &n
}

// wasted counts the touches that lead nowhere: a tier gets the ticket that does
// not end with it, or the customer has answered and would be asked the same.
func wasted(messages []triage.Message, points []Point, ends string) (n int) {
	asked, read := map[Outcome]bool{}, 0
	var last Outcome
	for i := range points {
		o := points[i].Outcome
		fresh := i == 0 || o != last
		last = o
		said := false // by the customer, since the point before
		for ; read < min(points[i].Message, len(messages)); read++ {
			said = said || messages[read].Role == triage.RoleCustomer
		}
		switch {
		case o.Action == triage.Assign && fresh && o.Tier != ends:
			n++
		case said && (o.Action == triage.Ask || o.Action == triage.SelfService):
			o.Tier = "" // whoever asks
			if asked[o] {
				n++
			}
			asked[o] = true
		}
	}
	return n
}
