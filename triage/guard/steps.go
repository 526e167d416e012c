package guard

import (
	"regexp"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// byProcedure finds in a clause steps of the ticket's procedures that have
// passed for every input that it is about. It reports whether it found any.
func (k *check) byProcedure(c *clause) bool {
	r := k.c.Result
	if r == nil || k.g.w == nil || c.act.cycle() {
		return false
	}
	var told *Finding
	for i := range r.Matters {
		m := &r.Matters[i]
		p := k.g.w.Procedure(m.Procedure)
		if p == nil || p.Status == knowledge.Draft || len(m.Positions) == 0 {
			continue
		}
		for _, id := range k.steps(p, c) {
			f, ok := k.passed(m, p, id, c)
			switch {
			case !ok:
			case told == nil || f.Level == Stop && told.Level == Hint:
				told = &f
			case f.Level == told.Level && !slices.Contains(told.Steps, id): // one place of the draft, several steps
				told.Steps = append(told.Steps, id)
				told.Params["step"] += triage.Sentence(k.lang(), "guard.between", nil) + f.Params["step"]
				if told.Check == nil && f.Check != nil {
					told.Check, told.Code, told.Params["at"] = f.Check, f.Code, f.Params["at"]
				}
			}
		}
	}
	if told != nil {
		k.add(*told)
	}
	return told != nil
}

// steps are the customer's steps that a clause speaks of, by its own words:
// addresses and paths of screens name others.
func (k *check) steps(p *knowledge.Procedure, c *clause) []string {
	text := screenPath.ReplaceAllString(c.text(k.w.text), " ")
	for _, a := range slices.Backward(addressesIn(text)) {
		text = text[:a[0]] + text[a[1]:]
	}
	return k.g.reader.Steps(p, text, k.w.lang)
}

// screenPath is the way to a screen: Settings > Tracking > SSL.
var screenPath = regexp.MustCompile(`[\p{L}\p{N}*_"“”]+(?: [\p{Lu}\p{N}*_"“”][\p{L}\p{N}*_"“”]*)*(?:\s*[>›→»]\s*[\p{L}\p{N}*_"“”]+(?: [\p{Lu}\p{N}][\p{L}\p{N}*_"“”]*)*)+`)

// passed makes the finding of a step that has passed, or reports false when it
// is still to do for an input that the clause is about.
func (k *check) passed(m *triage.Matter, p *knowledge.Procedure, id string, c *clause) (Finding, bool) {
	about := k.bindings(m, c)
	if len(about) == 0 {
		return Finding{}, false
	}
	seen, replaced := true, false
	var inputs []string
	for _, pos := range about {
		s := pos.Step(id)
		if s == nil || !s.State.Passed() || s.By != knowledge.Customer {
			return Finding{}, false
		}
		seen, replaced = seen && wasSeen(p, pos, s), replaced || s.State == triage.StepSuperseded
		if b := triage.BindingText(pos.Inputs); b != "" {
			inputs = append(inputs, b)
		}
	}
	f := Finding{Kind: RepeatsStep, Level: Hint, Draft: Span{c.start, c.end}, Steps: []string{id}, Code: "guard.step_said",
		Params: map[string]string{"step": p.StepTitle(id, k.lang()), "inputs": strings.Join(inputs, ", ")}}
	f.Evidence = k.claimed(m.ID, p, id)
	if seen {
		if c.mood == tells {
			f.Level = Stop
		}
		f.Check = k.look(m.ID, id, about[0].Inputs, triage.Pass)
		switch {
		case replaced:
			f.Code = "guard.step_superseded"
		case f.Check == nil:
			f.Level = Hint // nothing to show for it
		default:
			f.Code, f.Params["at"] = "guard.step_seen", f.Check.ObservedAt.UTC().Format("15:04")
		}
	}
	if f.Evidence != nil && k.brokeSince(f.Evidence.Message) {
		if !seen {
			return Finding{}, false
		}
		f.Level = Hint
	}
	return f, true
}

// wasSeen reports whether a step's state rests on what a check saw: of itself,
// or of the step that replaced it.
func wasSeen(p *knowledge.Procedure, pos *triage.Position, s *triage.StepPosition) bool {
	if s.State == triage.StepVerified {
		return true
	}
	if s.State != triage.StepSuperseded {
		return false
	}
	for i := range p.Steps {
		if later := pos.Step(p.Steps[i].ID); later != nil && slices.Contains(p.Steps[i].Replaces, s.ID) && later.State == triage.StepVerified {
			return true
		}
	}
	return false
}

// bindings are the positions that a clause is about: those whose values it
// names, all of them when it names none, none when it names others only.
func (k *check) bindings(m *triage.Matter, c *clause) (out []*triage.Position) {
	named := false
	for h := range c.act.hosts {
		if k.platform(h) {
			continue
		}
		named = true
		for i := range m.Positions {
			for _, v := range m.Positions[i].Inputs {
				if strings.EqualFold(v, h) {
					out = append(out, &m.Positions[i])
				}
			}
		}
	}
	if !named && !c.act.other {
		for i := range m.Positions {
			out = append(out, &m.Positions[i])
		}
	}
	return out
}

func (k *check) platform(host string) bool {
	return k.g.w != nil && slices.ContainsFunc(k.g.w.Platform.Domains, func(d string) bool {
		return host == d || strings.HasSuffix(host, "."+d)
	})
}

// claimed is the customer's word that a step is done: the words that say most
// of it, of several the newest.
func (k *check) claimed(matter string, p *knowledge.Procedure, step string) *triage.Evidence {
	about := map[concept]bool{}
	if s := p.Step(step); s != nil {
		texts := append([]string{s.Title}, s.Phrases...)
		for _, tr := range p.Translations {
			texts = append(append(texts, tr.Steps[step].Title), tr.Steps[step].Phrases...)
		}
		for _, text := range texts {
			for o := range actOfText(text).objects {
				about[o] = true
			}
		}
	}
	var best *triage.Evidence
	most := -1
	for i := range k.c.Result.Brief.Claims {
		c := &k.c.Result.Brief.Claims[i]
		if c.Matter != matter || c.Step != step || !c.Said() {
			continue
		}
		for j := range c.Evidence {
			ev := &c.Evidence[j]
			if ev.Kind != triage.EvidenceQuote || ev.Message >= k.before {
				continue
			}
			shared := 0
			for o := range actOfText(ev.Quote).objects {
				if about[o] {
					shared++
				}
			}
			if shared > most || shared == most && ev.Message > best.Message {
				best, most = ev, shared
			}
		}
	}
	if best == nil {
		return nil
	}
	return clone(*best)
}

// look is what a check of a step saw with that outcome, for that binding or
// whatever the binding; nil for none.
func (k *check) look(matter, step string, inputs map[string]string, outcome triage.CheckOutcome) (out *Look) {
	for i := range k.c.Result.Facts.Checks {
		c := &k.c.Result.Facts.Checks[i]
		if c.Step != step || c.Matter != matter && c.Matter != "" || c.Outcome != outcome {
			continue
		}
		fits := true
		for name, v := range c.Inputs {
			fits = fits && (inputs[name] == "" || inputs[name] == v)
		}
		if fits {
			out = &Look{Step: step, Inputs: c.Inputs, Outcome: c.Outcome, Seen: c.Seen, ObservedAt: c.ObservedAt}
		}
	}
	return out
}
