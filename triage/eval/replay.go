package eval

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// Past is a ticket that is over, or at least came, as the store has it.
type Past struct {
	Ticket  triage.Ticket   // with the corrections in force
	Result  triage.Result   // the newest; zero when it was never triaged
	Results []triage.Result // oldest first; the newest alone unless all were asked for
	Handed  []Handed        // by which people said whose it is, oldest first
}

// Handed says that a person gave a ticket to a tier, for another reason than workload.
type Handed struct {
	At   time.Time
	Tier string
}

// Wanted is the tier that a person gave the ticket to after the last that its
// customer wrote: whose the next act is, as it stands. "" = nobody said.
func (p *Past) Wanted() string {
	n := len(p.Handed)
	if n == 0 {
		return ""
	}
	for i := range p.Ticket.Messages {
		if m := &p.Ticket.Messages[i]; m.Role == triage.RoleCustomer && m.ReceivedAt.After(p.Handed[n-1].At) {
			return ""
		}
	}
	return p.Handed[n-1].Tier
}

// Title is what the ticket is about: what its customer wanted as far as that is
// known, else its subject, else the beginning of their first words.
func (p *Past) Title() string {
	text := cmp.Or(p.Result.Brief.Request.Text, p.Ticket.Subject)
	if ns := p.Ticket.CustomerMessages(); text == "" && len(ns) > 0 {
		text = p.Ticket.N(ns[0]).Text
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > longestTitle {
		return string(r[:longestTitle]) + "…"
	}
	return text
}

// longestTitle bounds a title, in runes.
const longestTitle = 120

// Placement says what becomes of a past ticket under a changed procedure.
type Placement string

// The placements.
const (
	PastPlaced  Placement = "placed"  // the procedure is found, and nobody said that it is not this one
	PastMissed  Placement = "missed"  // it was this procedure's, by a person's word or the last result, and is no longer found
	PastWrong   Placement = "wrong"   // the procedure is found where a person said that it is another, or none; or it gives the ticket to another tier than a person did
	PastOutside Placement = "outside" // not this procedure's, before and after
)

// Replayed is one past ticket and what a changed procedure makes of it.
type Replayed struct {
	Placement Placement
	By        bool          // a person's word decides it, not the last result
	Said      string        // the procedure that a person named instead; "" = none of them, or nobody did
	Tier      string        // the tier that a person gave it to instead; "" = the same, or nobody did
	New       bool          // it was not this procedure's before
	Before    *triage.Route // of the matter that was this procedure's, nil when none was
	After     *triage.Route // of the matter that is
	Next      *triage.Next  // the worst position's next step now; nil without one
	WasNext   *triage.Next  // and before
}

// Moved reports whether its route is another than before.
func (r *Replayed) Moved() bool {
	return r.Before != nil && r.After != nil && (r.Before.Tier != r.After.Tier || r.Before.Action != r.After.Action)
}

// Judge compares a past ticket with what it would become, for one procedure.
// What people said decides what is right: their corrections, and to whom they
// handed it over. Where there is nothing, the last result stands for it.
func Judge(procedure string, past *Past, now *triage.Result) Replayed {
	var out Replayed
	was, is := matterOf(&past.Result, procedure), matterOf(now, procedure)
	if was != nil {
		out.Before, out.WasNext = &was.Route, next(was)
	}
	if is != nil {
		out.After, out.Next = &is.Route, next(is)
	}
	said, not := false, false
	for i := range past.Ticket.Corrections {
		c := &past.Ticket.Corrections[i]
		if c.What != triage.WhatProcedure {
			continue
		}
		said = said || c.Value == procedure
		if c.Procedure == procedure && c.Value != procedure {
			not, out.Said = true, c.Value
		}
	}
	not = not && !said
	// What a person corrected a matter from was read there before.
	read := slices.ContainsFunc(past.Result.Matters, func(m triage.Matter) bool { return m.AsRead().Procedure == procedure })
	if wanted := past.Wanted(); is != nil && is.Route.Action == triage.Assign && wanted != "" && is.Route.Tier != wanted {
		out.Tier = wanted
	}
	switch {
	case is != nil && (not || out.Tier != ""):
		out.Placement, out.By = PastWrong, true
	case is != nil:
		out.Placement, out.By, out.New = PastPlaced, said, !read
	case said:
		out.Placement, out.By = PastMissed, true
	case was != nil && !not:
		out.Placement = PastMissed
	default:
		out.Placement = PastOutside
	}
	if out.Placement != PastWrong {
		out.Said = ""
	}
	return out
}

func matterOf(r *triage.Result, procedure string) *triage.Matter {
	for i := range r.Matters {
		if r.Matters[i].Procedure == procedure {
			return &r.Matters[i]
		}
	}
	return nil
}

// next is the next step of the first position that has one.
func next(m *triage.Matter) *triage.Next {
	for i := range m.Positions {
		if m.Positions[i].Next != nil {
			return m.Positions[i].Next
		}
	}
	return nil
}
