package guard

import (
	"cmp"
	"slices"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/extract/offline"
)

// A staffStep is a step of staff with what says it, in each language.
type staffStep struct {
	procedure *knowledge.Procedure
	step      *knowledge.Step
	acts      []act
}

func (g *Guard) prepareStaff() {
	if g.w == nil {
		return
	}
	for i := range g.w.Procedures {
		p := &g.w.Procedures[i]
		if p.Status == knowledge.Draft {
			continue
		}
		for j := range p.Steps {
			s := &p.Steps[j]
			if s.By != knowledge.Staff || s.Capability == "" || s.Prerequisite != "" {
				continue
			}
			st := staffStep{procedure: p, step: s}
			texts := append([]string{s.Title}, s.Phrases...)
			for _, tr := range p.Translations {
				texts = append(append(texts, tr.Steps[s.ID].Title), tr.Steps[s.ID].Phrases...)
			}
			for _, text := range texts {
				if text == "" {
					continue
				}
				a := actOfText(text)
				a.head = "" // a title: whoever does it, in whatever order
				if len(a.verbs) > 0 || len(a.objects) > 0 {
					st.acts = append(st.acts, a)
				}
			}
			g.staff = append(g.staff, st)
		}
	}
}

// tier is the tier of the agent who writes.
func (k *check) tier() string { return cmp.Or(k.c.Tier, k.c.Result.Route.Tier) }

// promises finds what the writer says they do or will do that needs a
// capability which their tier does not have.
func (k *check) promises() {
	if k.w.tongue == nil {
		return
	}
	tier := k.g.w.Tier(k.tier())
	if tier == nil {
		return
	}
	for i := range k.w.clauses {
		c := &k.w.clauses[i]
		if c.mood != ours || c.question || k.handsOver(c.part) || has(c.norm, saysCannot) {
			continue
		}
		for j := range k.g.staff {
			s := &k.g.staff[j]
			if slices.Contains(tier.Capabilities, s.step.Capability) || k.stepDone(s) || !s.said(&c.act) {
				continue
			}
			holder, ok := k.g.w.Holder(s.step.Capability)
			name := holder
			if t := k.g.w.Tier(holder); t != nil && ok {
				name = cmp.Or(t.Name, t.ID)
			}
			k.add(Finding{Kind: Overpromises, Level: Hint, Draft: Span{c.start, c.end}, Steps: []string{s.step.ID}, Code: "guard.promise",
				Params: map[string]string{"step": s.procedure.StepTitle(s.step.ID, k.lang()), "tier": cmp.Or(tier.Name, tier.ID), "holder": name}})
			break
		}
	}
}

var saysCannot = list("not,cannot,can not,unable,nie,nicht,no puedo,no podemos,if,unless,jesli,wenn,si")

// said reports whether an act says a staff step in one of its wordings.
func (s *staffStep) said(a *act) bool {
	for i := range s.acts {
		if s.acts[i].verbs["refund"] && a.verbs["refund"] {
			return true // whatever the money is called
		}
		if len(a.verbs) == 0 && len(s.acts[i].verbs) > 0 {
			continue // says nothing that is done
		}
		if s.acts[i].repeats(a, nil) >= enough || a.repeats(&s.acts[i], nil) >= enough && sum(a.objects) >= ofStem {
			return true
		}
	}
	return false
}

// stepDone reports whether a step was seen to be done already: to say so
// promises nothing.
func (k *check) stepDone(s *staffStep) bool {
	for i := range k.c.Result.Matters {
		m := &k.c.Result.Matters[i]
		if m.Procedure != s.procedure.ID {
			continue
		}
		for j := range m.Positions {
			if p := m.Positions[j].Step(s.step.ID); p != nil && p.State == triage.StepVerified {
				return true
			}
		}
	}
	return false
}

// handsOver reports whether a sentence passes the matter on to somebody.
func (k *check) handsOver(part int) bool {
	for i := range k.w.clauses {
		c := &k.w.clauses[i]
		if c.part == part && (has(c.norm, k.w.tongue.hands) || k.w.lang == "ja" && contains(c.text(k.w.text), k.w.tongue.hands.wide)) {
			return true
		}
	}
	return false
}

// closes finds an end of the ticket that the customer has not confirmed.
func (k *check) closes() {
	if k.w.tongue == nil || k.confirmed() {
		return
	}
	for i := range k.w.parts {
		if p := &k.w.parts[i]; k.w.ends(p) {
			k.add(Finding{Kind: ClosesUnconfirmed, Level: Hint, Draft: Span{p.Start, p.End}, Evidence: k.lastWord(), Code: "guard.closes"})
		}
	}
}

// ends reports whether a sentence ends the ticket, whatever the customer says.
func (w *written) ends(p *offline.Part) bool {
	if p.Pasted || p.Question || len(p.Words) == 0 {
		return false
	}
	t := w.tongue
	if w.lang == "ja" {
		s := w.text[p.Start:p.End]
		return contains(s, t.closes.wide) && !contains(s, t.waits.wide)
	}
	norm := normalOf(p)
	return (has(norm, t.closing) || has(norm, t.closes) && (has(norm, first) || w.lang == "pl" || w.lang == "es")) && !has(norm, t.waits)
}

// first are words for the writer, of the languages that need one.
var first = list("i,we,i am,we are,let me,closing,marking,ich,wir,je,nous,io,ho,abbiamo,chiudo,chiudiamo")

func normalOf(p *offline.Part) string {
	norm := " "
	for _, w := range p.Words {
		if !w.Punct && !w.Quoted {
			norm += fold(w.Low) + " "
		}
	}
	return norm
}

// confirmed reports whether the customer's newest message says that it works,
// or is thanks and nothing else.
func (k *check) confirmed() bool {
	last := k.lastCustomer()
	if last == 0 {
		return true // nobody waits for anything
	}
	if k.h.solved == last {
		return true
	}
	return k.c.Result != nil && slices.Contains(k.c.Result.Brief.Flags, triage.FlagThanksOnly)
}

func (k *check) lastCustomer() int {
	for n := min(k.before-1, len(k.h.t.Messages)); n > 0; n-- {
		if k.h.t.N(n).Role == triage.RoleCustomer {
			return n
		}
	}
	return 0
}

// lastWord is the end of what the customer wrote last, as evidence.
func (k *check) lastWord() *triage.Evidence {
	n := k.lastCustomer()
	if n == 0 {
		return nil
	}
	parts := offline.Parts(k.h.t.N(n).Text, k.h.lang)
	if len(parts) == 0 {
		return nil
	}
	p := parts[len(parts)-1]
	return clone(quoteOf(k.h.t, n, p.Start, p.End))
}
