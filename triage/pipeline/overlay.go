package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// What people said of a ticket lies over what was read of it: after each
// reading their corrections are laid on anew. docs/data.md says who wins.

// asRead is a result as its extractor read it, without what people said; nil
// when a later reading must not rest on it: its words were moved or erased, a
// correction that it obeyed was taken back, or a person named another procedure.
func asRead(prev *triage.Result, t *triage.Ticket) *triage.Result {
	if prev == nil || prev.CoveredSeq == 0 {
		return nil
	}
	for _, id := range prev.Corrections {
		if !slices.ContainsFunc(t.Corrections, func(c triage.Correction) bool { return c.ID == id }) {
			return nil
		}
	}
	for i := range t.Corrections {
		// Steps of another procedure are found in words that were read before.
		if c := &t.Corrections[i]; c.What == triage.WhatProcedure && !slices.Contains(prev.Corrections, c.ID) {
			return nil
		}
	}
	r := *prev
	r.Brief.Claims = slices.DeleteFunc(slices.Clone(r.Brief.Claims), func(c triage.Claim) bool { return c.Corrects() })
	r.Matters = slices.Clone(r.Matters)
	for i := range r.Matters {
		read := r.Matters[i].AsRead()
		r.Matters[i].Kind, r.Matters[i].Procedure, r.Matters[i].Read = read.Kind, read.Procedure, nil
	}
	return &r
}

// settle puts the procedures that people named before all other candidates,
// and takes out those that they said it is not.
func (p *Pipeline) settle(in *triage.Reading) {
	for i := range in.Ticket.Corrections {
		c := &in.Ticket.Corrections[i]
		if c.What != triage.WhatProcedure {
			continue
		}
		wanted := func(id string) bool {
			return id == c.Value || slices.Contains(in.Settled, id) || in.Previous != nil && slices.ContainsFunc(in.Previous.Matters, func(m triage.Matter) bool {
				return m.Procedure == id && m.ID != c.Matter
			})
		}
		in.Candidates = slices.DeleteFunc(in.Candidates, func(x knowledge.Procedure) bool {
			return x.ID == c.Value || x.ID == c.Procedure && !wanted(x.ID)
		})
		if proc := p.Workspace.Procedure(c.Value); proc != nil {
			in.Settled = append(in.Settled, proc.ID)
			in.Candidates = slices.Insert(in.Candidates, 0, *proc)
		}
	}
	in.Candidates = in.Candidates[:min(len(in.Candidates), candidates)]
}

// correctItems takes out the items that somebody said are not so. What the customer
// wrote after that stays; a claim of having done the step then disputes it.
func (g *grounded) correctItems(t *triage.Ticket) {
	b := &g.brief
	for i := range t.Corrections {
		c := &t.Corrections[i]
		if c.What.OfMatter() {
			continue
		}
		known := heard(t, c)
		switch c.What {
		case triage.WhatClaim:
			b.Claims = without(b.Claims, c, known, func(x *triage.Claim) (string, *[]triage.Evidence) { return x.Step, &x.Evidence })
			for j := range b.Claims {
				x := &b.Claims[j]
				if x.Step != "" && x.Step == c.Item && x.Said() && len(upTo(x.Evidence, known)) == 0 {
					x.Disputes = c.ID
				}
			}
		case triage.WhatDocument:
			b.Documents = without(b.Documents, c, known, func(x *triage.Document) (string, *[]triage.Evidence) {
				return cmp.Or(x.URL, x.Title), &x.Evidence
			})
		case triage.WhatEnvironment:
			b.Environment = without(b.Environment, c, known, func(x *triage.EnvItem) (string, *[]triage.Evidence) { return x.Value, &x.Evidence })
		case triage.WhatSymptom:
			b.Symptoms = without(b.Symptoms, c, known, func(x *triage.Symptom) (string, *[]triage.Evidence) { return "", &x.Evidence })
		case triage.WhatEntity:
			b.Entities = without(b.Entities, c, known, func(x *triage.Entity) (string, *[]triage.Evidence) { return x.Value, &x.Evidence })
		}
	}
}

// without takes from a list the items that a correction speaks of: those of
// its name, if both have one, with evidence in its words. What they rest on
// after the message numbered known was not heard yet and stays.
func without[T any](list []T, c *triage.Correction, known int, of func(*T) (name string, ev *[]triage.Evidence)) []T {
	kept := list[:0]
	for i := range list {
		name, ev := of(&list[i])
		if (c.Item == "" || name == "" || strings.EqualFold(c.Item, name)) && slices.ContainsFunc(*ev, c.Anchor.Covers) {
			*ev = slices.DeleteFunc(slices.Clone(*ev), func(e triage.Evidence) bool { return e.Message <= known })
			if len(*ev) == 0 {
				continue
			}
		}
		kept = append(kept, list[i])
	}
	return kept
}

func upTo(list []triage.Evidence, n int) []triage.Evidence {
	return slices.DeleteFunc(slices.Clone(list), func(e triage.Evidence) bool { return e.Message > n })
}

// heard is the number of the last message that had arrived when somebody
// corrected: what comes after it they have not known.
func heard(t *triage.Ticket, c *triage.Correction) int {
	n := 0
	for i := range t.Messages {
		if !t.Messages[i].ReceivedAt.After(c.At) {
			n = i + 1
		}
	}
	return n
}

func correctMatter(m *triage.Matter, c *triage.Correction) {
	switch c.What {
	case triage.WhatKind:
		m.Kind = triage.Kind(c.Value)
	case triage.WhatProcedure:
		m.Procedure = c.Value
	}
}

// correctMatters makes the matters what people say they are, and keeps what
// was read beside it. A matter that somebody spoke of stays, though the
// reading no longer finds it.
func (g *grounded) correctMatters(r *triage.Result, t *triage.Ticket, prev *triage.Result) {
	for i := range t.Corrections {
		c := &t.Corrections[i]
		if !c.What.OfMatter() {
			continue
		}
		if c.TicketID == t.ID && r.Matter(c.Matter) == nil && prev != nil && prev.CoveredSeq > 0 {
			if old := prev.Matter(c.Matter); old != nil {
				read := old.AsRead()
				r.Matters = append(r.Matters, triage.Matter{ID: old.ID, Kind: read.Kind, Procedure: read.Procedure, Inputs: maps.Clone(old.Inputs), Asks: old.Asks})
				g.confidence[old.ID] = prev.Route.Confidence
			}
		}
		m := matterOf(r, t, c)
		if m == nil || c.What != triage.WhatKind && c.What != triage.WhatProcedure {
			continue
		}
		read := m.AsRead()
		correctMatter(m, c)
		m.Read = &read
		g.confidence[m.ID] = 1 // a person has looked
	}
	for i := range r.Matters {
		m := &r.Matters[i]
		if m.Read == nil || *m.Read != (triage.MatterRead{Kind: m.Kind, Procedure: m.Procedure}) {
			continue
		}
		// Read as it was corrected. What was read before finds it again when
		// the next reading goes back to that.
		m.Read = nil
		if prev != nil && prev.Matter(m.ID) != nil {
			m.Read = prev.Matter(m.ID).Read
		}
	}
}

// kindSaid reports whether a person said what kind of matter it is.
func kindSaid(t *triage.Ticket, m *triage.Matter) bool {
	return slices.ContainsFunc(t.Corrections, func(c triage.Correction) bool {
		return c.What == triage.WhatKind && c.TicketID == t.ID && c.Matter == m.ID
	})
}

// matterOf is the matter that a correction speaks of. One from a ticket that
// was merged into this one finds it by its procedure: ids are each ticket's own.
func matterOf(r *triage.Result, t *triage.Ticket, c *triage.Correction) *triage.Matter {
	if c.TicketID == t.ID {
		return r.Matter(c.Matter)
	}
	for i := range r.Matters {
		m := &r.Matters[i]
		if c.Procedure != "" && (m.AsRead().Procedure == c.Procedure || m.Procedure == c.Procedure) {
			return m
		}
	}
	return nil
}

// correctInputs binds the inputs of a matter to what people say. Claims about
// a value that was corrected are about every binding.
func correctInputs(r *triage.Result, t *triage.Ticket, m *triage.Matter) {
	for i := range t.Corrections {
		c := &t.Corrections[i]
		if _, known := m.Inputs[c.Item]; c.What != triage.WhatInput || !known || matterOf(r, t, c) != m {
			continue
		}
		var values []string
		for _, v := range strings.Split(c.Value, ",") {
			if v = asName(v); v != "" {
				values = append(values, v)
			}
		}
		m.Inputs[c.Item] = unique(values)
		for j := range r.Brief.Claims {
			claim := &r.Brief.Claims[j]
			if claim.Matter == m.ID && !slices.Contains(values, claim.Inputs[c.Item]) {
				delete(claim.Inputs, c.Item)
			}
		}
	}
}

// correctStates puts what people said of steps among the claims, each at its time: it
// outweighs all that was said before, and what the customer says after it is
// the later word. Where that says otherwise, it disputes the correction.
func (p *Pipeline) correctStates(r *triage.Result, t *triage.Ticket) {
	for i := range t.Corrections {
		c := &t.Corrections[i]
		r.Corrections = append(r.Corrections, c.ID)
		if c.What != triage.WhatState {
			continue
		}
		m := matterOf(r, t, c)
		if m == nil {
			continue
		}
		proc := p.Workspace.Procedure(m.Procedure)
		if proc == nil || proc.Step(c.Step) == nil {
			continue // of another procedure than the matter has now
		}
		said := triage.Claim{ID: c.ID, Matter: m.ID, Step: c.Step, Inputs: maps.Clone(c.Inputs), What: proc.StepTitle(c.Step, "en"), State: triage.ClaimState(c.Value),
			Evidence: []triage.Evidence{{Kind: triage.EvidenceCorrection, Correction: c.ID, By: c.Role}}}
		known, claims := heard(t, c), r.Brief.Claims
		at := slices.IndexFunc(claims, func(x triage.Claim) bool { return !x.Corrects() && x.Evidence[len(x.Evidence)-1].Message > known })
		if at < 0 {
			at = len(claims)
		}
		for j := range claims {
			x := &claims[j]
			if x.Matter != m.ID || x.Step != c.Step || !route.Applies(x.Inputs, c.Inputs) {
				continue
			}
			switch {
			case j < at && covers(c.Inputs, x.Inputs):
				x.Disputes = "" // settled by this later word
			case j >= at && contrary(x.State, said.State):
				x.Disputes = c.ID
			}
		}
		r.Brief.Claims = slices.Insert(claims, at, said)
	}
	if slices.ContainsFunc(r.Brief.Claims, func(c triage.Claim) bool { return c.Disputes != "" }) {
		r.Brief.Flags = append(r.Brief.Flags, triage.FlagDisputed)
	}
}

// covers reports whether what is said of some inputs is said of all that
// others are about.
func covers(inputs, others map[string]string) bool {
	for name, value := range inputs {
		if others[name] != value {
			return false
		}
	}
	return true
}

// contrary reports whether two words on a step cannot both be so: planned and
// not done are both open.
func contrary(a, b triage.ClaimState) bool {
	open := func(s triage.ClaimState) bool { return s == triage.ClaimPlanned || s == triage.ClaimNotDone }
	return a != b && !(open(a) && open(b))
}
