package eval

import (
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// Words are what people said of one past ticket, and what it was about.
type Words struct {
	Ticket triage.Ticket  // with the corrections in force
	Found  *triage.Result // the brief that the first person who did something found
	// HandedTo is the tier that a person gave it to because the route was
	// wrong, at HandedAt; "" for none.
	HandedTo string
	HandedAt time.Time
	// Right: the route was right, by the word of who answered or resolved it.
	Right bool
	Spam  bool // a person resolved it as spam
	// Brief and Route: a blind review says that they are right.
	Brief, Route bool
}

// Source says whose word a label rests on.
type Source string

// The sources of labels.
const (
	FromReview     Source = "review"     // a blind review found brief or route right
	FromReroute    Source = "reroute"    // a person gave the ticket to another tier
	FromCorrection Source = "correction" // a person of the desk corrected it
	FromCustomer   Source = "customer"   // the customer did
	FromResolution Source = "resolution" // who resolved it let the route stand
)

// Label is a label of an example, with where it comes from.
type Label struct {
	Field string `json:"field"` // such as done, or expect.tier
	From  Source `json:"from"`
}

// Example is a line of a dataset made of a past ticket: of its messages that
// had come when the label was given, with the labels that people's words bear
// out and no others.
type Example struct {
	ID       string           `json:"id"`
	Channel  triage.Channel   `json:"channel"`
	Input    *exampleInput    `json:"input,omitempty"` // with the account; else Messages
	Messages []exampleMessage `json:"messages,omitempty"`
	Language string           `json:"language,omitempty"`
	Done     *[]exampleDone   `json:"done,omitempty"`
	NotDone  []examplePlace   `json:"not_done_or_planned,omitempty"`
	Docs     *[]examplePlace  `json:"docs_consulted,omitempty"`
	Env      *[]exampleValue  `json:"environment,omitempty"`
	Staff    *bool            `json:"asks_staff_action,omitempty"`
	Effort   string           `json:"diligence,omitempty"`
	Expect   *exampleExpect   `json:"expect,omitempty"`
	Labels   []Label          `json:"labels"`
}

type exampleMessage struct {
	N    int         `json:"n,omitempty"`
	Role triage.Role `json:"role"`
	Text string      `json:"text"`
}

type exampleInput struct {
	Channel  triage.Channel   `json:"channel"`
	Customer map[string]any   `json:"customer"`
	Messages []exampleMessage `json:"messages"`
}

type examplePlace struct {
	Quote   string `json:"quote"`
	Message int    `json:"message"`
}

type exampleDone struct {
	examplePlace
	Status string `json:"status"`
}

type exampleValue struct {
	examplePlace
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type exampleExpect struct {
	Action    triage.Action `json:"action,omitempty"`
	Tier      string        `json:"tier,omitempty"`
	Procedure *string       `json:"procedure,omitempty"`
	NextStep  *string       `json:"position_next,omitempty"`
}

// Hidden is a text as an example tells it, and where a range of its bytes is there.
type Hidden interface {
	At(from, to int) (start, end int)
}

// LabelOptions say how an example is made.
type LabelOptions struct {
	// Hide returns a text of the ticket as it may be told. Required.
	Hide func(text string) (string, Hidden)
	// Accounts keeps the account id, so that the route can be made again. Without
	// it a route that rested on the account has no label.
	Accounts bool
}

// labelling makes one example.
type labelling struct {
	w       *Words
	o       LabelOptions
	out     Example
	hidden  []Hidden // by message
	account bool     // a route was left out for the account's sake
}

// MakeExample makes an example of what people said of a ticket. ok is false
// when nothing of it bears a label; account is true when the route would have
// been one but rested on the account, which is not told.
func MakeExample(w *Words, o LabelOptions) (out Example, ok, account bool) {
	l := &labelling{w: w, o: o, out: Example{ID: w.Ticket.ID, Channel: w.Ticket.Channel}}
	l.messages()
	l.reviewed()
	l.corrections()
	l.route()
	if len(l.out.Labels) == 0 || len(l.hidden) == 0 {
		return Example{}, false, l.account
	}
	if o.Accounts && w.Ticket.Customer.AccountID != "" {
		l.out.Input = &exampleInput{Channel: l.out.Channel, Customer: map[string]any{"account_id": w.Ticket.Customer.AccountID}, Messages: l.out.Messages}
		for i := range l.out.Input.Messages {
			l.out.Input.Messages[i].N = 0
		}
		l.out.Messages = nil
	}
	return l.out, true, l.account
}

func (l *labelling) label(field string, from Source) {
	l.out.Labels = append(l.out.Labels, Label{field, from})
}

// messages takes those that the judged brief had read or, of a ticket that was
// given away, those that had come by then.
func (l *labelling) messages() {
	for i := range l.w.Ticket.Messages {
		m := &l.w.Ticket.Messages[i]
		if m.Seq > l.w.Found.CoveredSeq && (l.w.HandedTo == "" || m.ReceivedAt.After(l.w.HandedAt)) {
			break
		}
		text, hidden := l.o.Hide(m.Text)
		l.hidden = append(l.hidden, hidden)
		l.out.Messages = append(l.out.Messages, exampleMessage{N: i + 1, Role: m.Role, Text: text})
	}
}

// place is a quotation as the example tells it; ok is false when its message
// is not in it, or what is left of it stands earlier in the message too.
func (l *labelling) place(message, start, end int) (p examplePlace, ok bool) {
	if message < 1 || message > len(l.hidden) || start < 0 || end <= start || end > len(l.w.Ticket.N(message).Text) {
		return p, false
	}
	from, to := l.hidden[message-1].At(start, end)
	text := l.out.Messages[message-1].Text
	// A dataset means the first place where a quotation stands.
	return examplePlace{text[from:to], message}, to > from && strings.Index(text, text[from:to]) == from
}

// quotes are the places of all quotations of an item.
func (l *labelling) quotes(list []triage.Evidence) (out []examplePlace) {
	for _, e := range list {
		if p, ok := l.place(e.Message, e.Start, e.End); ok && e.Kind == triage.EvidenceQuote && e.Said == "" {
			out = append(out, p)
		}
	}
	return out
}

// reviewed takes a brief that a review found right as it is: what is in it is
// there, and nothing else is.
func (l *labelling) reviewed() {
	b := &l.w.Found.Brief
	if !l.w.Brief {
		return
	}
	l.out.Done, l.out.Docs, l.out.Env = &[]exampleDone{}, &[]examplePlace{}, &[]exampleValue{}
	for i := range b.Claims {
		c := &b.Claims[i]
		for _, p := range l.quotes(c.Evidence) {
			switch c.State {
			case triage.ClaimDone:
				*l.out.Done = append(*l.out.Done, exampleDone{p, "done"})
			case triage.ClaimFailed:
				*l.out.Done = append(*l.out.Done, exampleDone{p, "tried_failed"})
			default:
				l.out.NotDone = append(l.out.NotDone, p)
			}
		}
	}
	for _, d := range b.Documents {
		*l.out.Docs = append(*l.out.Docs, l.quotes(d.Evidence)...)
	}
	for _, e := range b.Environment {
		for _, p := range l.quotes(e.Evidence) {
			value, _ := l.o.Hide(e.Value)
			*l.out.Env = append(*l.out.Env, exampleValue{p, string(e.Kind), value})
		}
	}
	l.out.Language, l.out.Effort, l.out.Staff = b.Language, efforted(l.w.Found.Effort), &b.NeedsStaff
	for _, field := range []string{"done", "docs_consulted", "environment", "language", "diligence", "asks_staff_action"} {
		l.label(field, FromReview)
	}
	procedure := ""
	if m := l.w.Found.Leading(); m != nil {
		procedure = m.Procedure
	}
	l.expect().Procedure = &procedure
	l.label("expect.procedure", FromReview)
}

func efforted(e triage.Effort) string {
	if e == triage.EffortNone {
		return "not_tried"
	}
	return string(e)
}

func (l *labelling) expect() *exampleExpect {
	if l.out.Expect == nil {
		l.out.Expect = &exampleExpect{}
	}
	return l.out.Expect
}

// corrections takes what people said that the leading matter is, and what its
// customer never said, or has not done.
func (l *labelling) corrections() {
	lead := l.w.Found.Leading()
	for i := range l.w.Ticket.Corrections {
		c := &l.w.Ticket.Corrections[i]
		from := FromCorrection
		if c.Role == triage.RoleCustomer {
			from = FromCustomer
		}
		switch {
		case c.What == triage.WhatProcedure && lead != nil && c.Matter == lead.ID:
			l.expect().Procedure = &c.Value
			l.out.Labels = slices.DeleteFunc(l.out.Labels, func(x Label) bool { return x.Field == "expect.procedure" })
			l.label("expect.procedure", from)
		case c.What == triage.WhatClaim && c.Value == triage.NotSo:
			if n := slices.IndexFunc(l.w.Ticket.Messages, func(m triage.Message) bool { return m.ID == c.Anchor.MessageID }); n >= 0 {
				l.notDone(n+1, c.Anchor.Start, c.Anchor.End, from)
			}
		case c.What == triage.WhatState && (c.Value == string(triage.ClaimNotDone) || c.Value == string(triage.ClaimPlanned)):
			for j := range l.w.Found.Brief.Claims {
				claim := &l.w.Found.Brief.Claims[j]
				for _, e := range claim.Evidence {
					if claim.Matter == c.Matter && claim.Step == c.Step && claim.Said() && e.Kind == triage.EvidenceQuote {
						l.notDone(e.Message, e.Start, e.End, from)
					}
				}
			}
		}
	}
}

// notDone labels words as none of something done, whatever the brief took them for.
func (l *labelling) notDone(message, start, end int, from Source) {
	p, ok := l.place(message, start, end)
	if !ok {
		return
	}
	if l.out.Done != nil {
		*l.out.Done = slices.DeleteFunc(*l.out.Done, func(d exampleDone) bool { return d.examplePlace == p })
	}
	if !slices.Contains(l.out.NotDone, p) {
		l.out.NotDone = append(l.out.NotDone, p)
		l.label("not_done_or_planned", from)
	}
}

// route takes where the ticket belonged: the strongest word of it.
func (l *labelling) route() {
	r := &l.w.Found.Route
	action, tier, from := r.Action, r.Tier, FromResolution
	switch {
	case l.w.HandedTo != "":
		action, tier, from = triage.Assign, l.w.HandedTo, FromReroute
	case l.w.Route:
		from = FromReview
	case l.w.Spam:
		action, tier = triage.None, ""
	case !l.w.Right:
		return
	}
	if l.w.Found.Facts.Account != nil && !l.o.Accounts {
		l.account = true
		return
	}
	l.expect().Action, l.expect().Tier = action, tier
	l.label("expect.action", from)
	if tier != "" {
		l.label("expect.tier", from)
	}
	if from == FromReview && l.w.Brief {
		next := ""
		if p := l.w.Found.Position; p != nil && p.Next != nil {
			next = p.Next.Step
		}
		l.expect().NextStep = &next
		l.label("expect.position_next", FromReview)
	}
}
