package guard

import "readback/triage"

// Repeat is something that an answer of a past ticket repeats.
type Repeat struct {
	Message int // number of the answer
	Finding
}

// Past reads every answer of a ticket against what stood before it, by the
// ticket's own words: no procedures, no checks, no model. The findings carry
// no sentences; those whose evidence is no message are left out.
func (g *Guard) Past(t *triage.Ticket) []Repeat {
	var out []Repeat
	if !answeredLater(t) {
		return nil
	}
	h := g.history(t, nil)
	for i := range h.answers {
		a := &h.answers[i]
		k := &check{g: g, c: Case{Ticket: t}, h: h, w: a.w, before: a.message}
		k.links()
		k.repeats()
		k.known()
		for _, f := range k.findings {
			if f.Evidence != nil && f.Evidence.Message > 0 {
				out = append(out, Repeat{a.message, f})
			}
		}
	}
	return out
}

// answeredLater reports whether an agent answers a customer: else there is
// nothing to repeat.
func answeredLater(t *triage.Ticket) bool {
	asked := false
	for i := range t.Messages {
		switch t.Messages[i].Role {
		case triage.RoleCustomer:
			asked = true
		case triage.RoleAgent:
			if asked {
				return true
			}
		}
	}
	return false
}
