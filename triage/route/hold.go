package route

import (
	"slices"

	"readback/triage"
)

// CodeHeld is the reason of a tier that a person chose; the others say what the
// table made of the ticket.
const CodeHeld = "route.held"

// Unsure reports whether a reason says that the table had too little to go by:
// such a route names no owner.
func Unsure(code string) bool {
	return code == "route.extraction_failed" || code == "route.low_confidence"
}

// OnlyHolder reports whether a reason gives a ticket to those who alone may
// answer it, whatever people did with it before.
func OnlyHolder(code string) bool {
	return code == "route.person_answers" || code == CodeIncident
}

// AsksToConfirm reports whether a customer is to be asked if it works now: what
// was the last open step is done, by what we saw, and since the result before
// they have not said that it does not work. prev is nil for none.
func AsksToConfirm(prev, r *triage.Result) bool {
	return prev != nil && prev.Position != nil && prev.Position.Next != nil && AllSeen(r) && !brokenSince(r, prev.CoveredSeq)
}

// AllSeen reports whether every step of the leading matter is done, and the
// last by what we saw.
func AllSeen(r *triage.Result) bool {
	if r.Position == nil {
		return false
	}
	m := r.Matter(r.Position.Matter)
	if m == nil {
		return false
	}
	for i := range m.Positions {
		steps := m.Positions[i].Steps
		if m.Positions[i].Next != nil || len(steps) == 0 || steps[len(steps)-1].State != triage.StepVerified {
			return false
		}
	}
	return len(m.Positions) > 0
}

// brokenSince reports whether messages after seq say that something does not
// work. Messages are numbered from 1 without gaps, so a number is a sequence.
func brokenSince(r *triage.Result, seq int64) bool {
	later := func(list []triage.Evidence) bool {
		return slices.ContainsFunc(list, func(e triage.Evidence) bool {
			return e.Kind == triage.EvidenceQuote && int64(e.Message) > seq && e.Said == ""
		})
	}
	return slices.ContainsFunc(r.Brief.Symptoms, func(s triage.Symptom) bool { return later(s.Evidence) }) ||
		slices.ContainsFunc(r.Brief.Claims, func(c triage.Claim) bool { return c.State == triage.ClaimFailed && later(c.Evidence) })
}
