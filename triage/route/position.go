// Package route decides who does the next step. It is pure: a position is
// computed from what was said and seen, a route from the position by the
// decision table of docs/routing.md.
package route

import (
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// Known is all that a position is computed from.
type Known struct {
	Procedure *knowledge.Procedure
	Inputs    map[string]string // the binding
	Asks      []string          // ids of the steps that the customer asks for
	Claims    []triage.Claim    // of the matter, in the order they were said
	Checks    []triage.StepCheck
	Account   *triage.Account // nil when unknown
}

// Position finds how far one binding is: the state of each applicable step,
// the next step and the effort.
func Position(k Known) triage.Position {
	pos := triage.Position{Inputs: k.Inputs}
	for i := range k.Procedure.Steps {
		s := &k.Procedure.Steps[i]
		word, last := k.words(s)
		applies := s.When.Eval(k.lookup)
		// What is not known neither demands a step nor denies one that somebody
		// speaks of.
		if applies == knowledge.False || applies == knowledge.Unknown && word == nil {
			continue
		}
		sp := k.step(s, word)
		sp.Disputed = last != nil && last.Disputes != ""
		pos.Steps = append(pos.Steps, sp)
	}
	k.supersede(&pos)
	k.leaveOutMet(&pos)
	pos.Next = k.next(&pos)
	pos.Effort = k.effort(&pos)
	return pos
}

// lookup reads a path of a condition: account.FIELD or matter.asks.
func (k Known) lookup(path string) (any, bool) {
	if field, ok := strings.CutPrefix(path, "account."); ok {
		return k.Account.Field(field)
	}
	if path == "matter.asks" {
		return k.Asks, true
	}
	return nil, false
}

// words returns the claim on a step that counts for this binding, and the last
// one: both are the latest word, but on a step of ours an agent's goes before
// any of the customer's. They are nil when nobody spoke of it.
func (k Known) words(s *knowledge.Step) (counts, last *triage.Claim) {
	for i := range k.Claims {
		c := &k.Claims[i]
		if c.Step != s.ID || !Applies(c.Inputs, k.Inputs) {
			continue
		}
		last = c
		if s.By == knowledge.Customer || counts == nil || c.By() == triage.RoleAgent || counts.By() == triage.RoleCustomer {
			counts = c
		}
	}
	return counts, last
}

// Applies reports whether a claim or check about some inputs is about a
// binding: every value it names is the binding's. Naming none, it is about all.
func Applies(inputs, binding map[string]string) bool {
	for name, value := range inputs {
		if bound, ok := binding[name]; ok && bound != value {
			return false
		}
	}
	return true
}

// Check returns the step's check for a binding, or nil when it was not run.
func Check(checks []triage.StepCheck, step string, binding map[string]string) *triage.StepCheck {
	for i := range checks {
		if checks[i].Step == step && Applies(checks[i].Inputs, binding) {
			return &checks[i]
		}
	}
	return nil
}

// step is what is known of a step by the word that counts, nil for none, and
// our check.
func (k Known) step(s *knowledge.Step, word *triage.Claim) triage.StepPosition {
	sp := triage.StepPosition{ID: s.ID, By: s.By, State: triage.StepTodo, Basis: triage.Silent}
	if word != nil {
		sp.Claimed, sp.SaidBy = word.State, word.By()
	}
	claimed := sp.Claimed
	if c := Check(k.Checks, s.ID, k.Inputs); c != nil {
		sp.Check = c.Outcome
	}
	said := claimed == triage.ClaimDone || claimed == triage.ClaimFailed
	switch {
	case sp.Check == triage.Pass:
		sp.State, sp.Basis = triage.StepVerified, triage.Seen
	case s.By == knowledge.Staff && sp.SaidBy != triage.RoleAgent:
		// What we do ourselves rests on our records and our people, never on a customer's word.
		if sp.Check == triage.Fail {
			sp.Basis = triage.Seen
		}
	case sp.Check == triage.Fail && said:
		sp.State, sp.Basis = triage.StepContradicted, triage.Seen
	case sp.Check == triage.Fail && claimed == "":
		sp.Basis = triage.Seen
	case claimed == triage.ClaimDone:
		sp.State, sp.Basis = triage.StepDone, triage.Said
	case claimed != "": // failed, planned, not done
		sp.Basis = triage.Said
	default:
		sp.State = triage.StepUnknown
	}
	return sp
}

// supersede marks steps whose result a later step replaced once that one is
// begun: it holds, or what we saw is its doing, or the customer says so.
func (k Known) supersede(pos *triage.Position) {
	for i := range pos.Steps {
		later := &pos.Steps[i]
		for _, id := range k.Procedure.Step(later.ID).Replaces {
			earlier := pos.Step(id)
			if earlier == nil || earlier.State == triage.StepVerified {
				continue
			}
			switch {
			case later.State == triage.StepVerified || k.proxied(id):
				earlier.State, earlier.Basis = triage.StepSuperseded, triage.Seen
			case later.Claimed == triage.ClaimDone || later.Claimed == triage.ClaimFailed:
				earlier.State, earlier.Basis = triage.StepSuperseded, triage.Said
			}
		}
	}
}

// leaveOutMet takes out the steps of prerequisites that are met: we saw that the
// last step holds, so nobody is asked about those before it that are silent.
func (k Known) leaveOutMet(pos *triage.Position) {
	met := map[string]bool{}
	for i := range pos.Steps {
		if s := k.Procedure.Step(pos.Steps[i].ID); s.Prerequisite != "" && !s.Optional {
			met[s.Prerequisite] = pos.Steps[i].State == triage.StepVerified // the last one's stays
		}
	}
	pos.Steps = slices.DeleteFunc(pos.Steps, func(sp triage.StepPosition) bool {
		return sp.Basis == triage.Silent && slices.ContainsFunc(k.Procedure.Step(sp.ID).Within, func(id string) bool { return met[id] })
	})
}

// proxied reports whether a step's check saw its name answered by a proxy.
func (k Known) proxied(step string) bool {
	c := Check(k.Checks, step, k.Inputs)
	return c != nil && slices.ContainsFunc(c.Results, func(r triage.CheckResult) bool {
		switch r.State {
		case "proxied", "proxied_forwarding", "proxied_not_forwarding":
			return true
		}
		return false
	})
}

// next returns the first open step in order, nil when none is left.
func (k Known) next(pos *triage.Position) *triage.Next {
	chosen := map[string]bool{} // one_of groups of which a step has passed
	for i := range pos.Steps {
		if s := k.Procedure.Step(pos.Steps[i].ID); s.OneOf != "" && pos.Steps[i].State.Passed() {
			chosen[s.OneOf] = true
		}
	}
	for i := range pos.Steps {
		sp := &pos.Steps[i]
		s := k.Procedure.Step(sp.ID)
		if sp.State.Passed() || s.Optional || s.OneOf != "" && chosen[s.OneOf] {
			continue
		}
		return &triage.Next{Step: sp.ID, By: sp.By, Capability: s.Capability}
	}
	return nil
}

// effort says whether the customer has done all that is theirs up to the next
// step of ours. Having tried a step that failed counts as having done it, but
// one attempt that failed is not all that somebody can do.
func (k Known) effort(pos *triage.Position) triage.Effort {
	tried, open, failed := 0, 0, 0
	for i := range pos.Steps {
		sp := &pos.Steps[i]
		if sp.By == knowledge.Staff {
			if !sp.State.Passed() {
				break // later steps of the customer wait for ours
			}
			continue
		}
		switch {
		case sp.State.Passed():
			tried++
		case sp.Claimed == triage.ClaimFailed && sp.State != triage.StepContradicted:
			tried++
			failed++
		case sp.State == triage.StepContradicted:
			tried++
			open++
		case !k.Procedure.Step(sp.ID).Optional:
			open++
		}
	}
	switch {
	case tried == 0:
		return triage.EffortNone
	case open == 0 && (tried > 1 || failed == 0):
		return triage.EffortExhausted
	}
	return triage.EffortPartial
}

// EffortOfClaims is the effort of a matter without a procedure. word is what
// the extractor makes of it ("" when it does not say); it stands where the
// claims bear it out: nothing is exhausted before two distinct attempts, and
// who failed at something did try. Without a word four attempts are exhausted,
// or three with a document or a dead end (two came to nothing); any is partial.
func EffortOfClaims(claims []triage.Claim, documents int, word triage.Effort) triage.Effort {
	attempts, failed := map[string]bool{}, map[string]bool{}
	for i := range claims {
		c := &claims[i]
		if !c.Said() || len(c.Evidence) == 0 {
			continue
		}
		attempts[c.Evidence[0].Quote] = true
		if c.State == triage.ClaimFailed {
			failed[c.Evidence[0].Quote] = true
		}
	}
	n := len(attempts)
	exhausted := n >= 4 || n == 3 && (documents > 0 || len(failed) >= 2)
	if word != "" {
		exhausted = word == triage.EffortExhausted && n >= 2
	}
	switch {
	case n == 0, word == triage.EffortNone && len(failed) == 0:
		return triage.EffortNone
	case exhausted:
		return triage.EffortExhausted
	}
	return triage.EffortPartial
}

// Verdict says what the checks and the position make of a claim, over every
// binding it is about; the worst counts.
func Verdict(c *triage.Claim, positions []triage.Position) triage.Verdict {
	if !c.Said() {
		return ""
	}
	verdict, rank := triage.VerdictUnverifiable, -1
	for i := range positions {
		sp := positions[i].Step(c.Step)
		if c.Step == "" || sp == nil || !Applies(c.Inputs, positions[i].Inputs) {
			continue
		}
		v, r := triage.VerdictUnverifiable, 2
		switch sp.State {
		case triage.StepVerified:
			v, r = triage.VerdictVerified, 0
		case triage.StepSuperseded:
			v, r = triage.VerdictSuperseded, 1
		case triage.StepContradicted:
			v, r = triage.VerdictContradicted, 3
		default:
			if sp.Check == triage.Fail { // said and taken back, and our check differs from the first word
				v, r = triage.VerdictContradicted, 3
			}
		}
		if r > rank {
			verdict, rank = v, r
		}
	}
	return verdict
}
