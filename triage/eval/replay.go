package eval

import (
	"slices"

	"readback/triage"
)

// Past is a ticket that is over, or at least was read, as the store has it.
type Past struct {
	Ticket triage.Ticket // with the corrections in force
	Result triage.Result // the newest
}

// Placement says what becomes of a past ticket under a changed procedure.
type Placement string

// The placements.
const (
	PastPlaced  Placement = "placed"  // the procedure is found, and nobody said that it is not this one
	PastMissed  Placement = "missed"  // it was this procedure's, by a person's word or the last result, and is no longer found
	PastWrong   Placement = "wrong"   // the procedure is found where a person said that it is another, or none
	PastOutside Placement = "outside" // not this procedure's, before and after
)

// Replayed is one past ticket and what a changed procedure makes of it.
type Replayed struct {
	Placement Placement
	By        bool          // a person's word decides it, not the last result
	Said      string        // the procedure that a person named instead; "" = none of them, or nobody did
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
// People's corrections decide what is right; where there is none, the last
// result stands for it.
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
	switch {
	case is != nil && not:
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
