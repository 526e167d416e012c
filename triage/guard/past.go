package guard

import (
	"readback/triage"
)

// Repeat is something that an answer of a past ticket repeats.
type Repeat struct {
	Message int // number of the answer
	Finding
}

// Past is what a ticket that is over tells of how it was answered.
type Past struct {
	Repeats  []Repeat
	Language string // the customer's, "" when it cannot be told
	Compared bool   // texts of that language are compared; else links only
	// By the number of an answer: what its writer says they did, that it ends
	// the ticket, and that it asks what the matter is, as words of its own.
	Acts, Ends, Anew map[int]triage.Evidence
	Solved           []int // customer's messages that say that it works
}

// Past reads every answer of a ticket against what stood before it, by the
// ticket's own words: no procedures, no checks, no model. The findings carry
// no sentences; those that rest on no message are left out.
func (g *Guard) Past(t *triage.Ticket) Past {
	p := Past{Acts: map[int]triage.Evidence{}, Ends: map[int]triage.Evidence{}, Anew: map[int]triage.Evidence{}}
	if !answeredLater(t) {
		return p
	}
	h := g.history(t, nil)
	p.Language, p.Compared, p.Solved = h.lang, tongues[h.lang] != nil, h.works
	for i := range h.answers {
		a := &h.answers[i]
		k := &check{g: g, c: Case{Ticket: t}, h: h, w: a.w, before: a.message}
		k.links()
		k.repeats()
		k.known()
		for _, f := range k.findings {
			if f.Evidence != nil && f.Evidence.Message > 0 {
				p.Repeats = append(p.Repeats, Repeat{a.message, f})
			}
		}
		p.note(t, a)
	}
	return p
}

// AddPast adds what a model proposes that an answer of a past ticket repeats, as
// Add does for a draft, and returns how much of it counts.
func (g *Guard) AddPast(t *triage.Ticket, p *Past, answer int, proposals []Proposal) (added int) {
	before := *t
	before.Messages = t.Messages[:answer-1]
	r := Report{}
	for i := range p.Repeats {
		if p.Repeats[i].Message == answer {
			r.Findings = append(r.Findings, p.Repeats[i].Finding)
		}
	}
	g.Add(Case{Ticket: &before, Draft: t.N(answer).Text}, &r, Reading{Outcome: ModelRead, Proposals: proposals})
	for _, f := range r.Findings {
		if f.Inferred {
			p.Repeats = append(p.Repeats, Repeat{answer, f})
			added++
		}
	}
	return added
}

// note takes what an answer says of itself.
func (p *Past) note(t *triage.Ticket, a *answer) {
	if a.w.tongue == nil {
		return
	}
	for i := range a.w.clauses {
		c := &a.w.clauses[i]
		_, acted := p.Acts[a.message]
		if !acted && c.mood == ours && has(c.norm, a.w.tongue.acts) && !has(c.norm, ownPapers) {
			p.Acts[a.message] = quoteOf(t, a.message, c.start, c.end)
		}
		if has(c.norm, a.w.tongue.anew) {
			p.Anew[a.message] = quoteOf(t, a.message, c.start, c.end)
		}
	}
	for i := range a.w.parts {
		if part := &a.w.parts[i]; a.w.ends(part) {
			p.Ends[a.message] = quoteOf(t, a.message, part.Start, part.End)
		}
	}
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
