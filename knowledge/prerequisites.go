package knowledge

import (
	"fmt"
	"maps"
	"slices"
)

// A procedure's steps begin with those of its prerequisites, under the ids
// PROCEDURE/STEP. So an open one is the next step, is looked at, asked for and
// corrected as any other. A draft is no prerequisite yet.

// prepend puts the steps of prerequisites, which are in no circle, before each
// procedure's own.
func (w *Workspace) prepend() {
	done := map[string]bool{}
	for i := range w.Procedures {
		w.prependTo(&w.Procedures[i], done)
	}
}

func (w *Workspace) prependTo(p *Procedure, done map[string]bool) {
	if done[p.ID] {
		return
	}
	var first []Step
	for _, id := range p.Prerequisites {
		pre := w.Procedure(id)
		w.prependTo(pre, done)
		if pre.Status != Draft {
			first = append(first, p.takeOver(pre, first)...)
		}
	}
	p.Steps = append(first, p.Steps...)
	done[p.ID] = true
}

// takeOver returns the steps of a prerequisite that are not in first yet, and
// gives p the inputs and translations that they need.
func (p *Procedure) takeOver(pre *Procedure, first []Step) []Step {
	var out []Step
	for i := range pre.Steps {
		s := pre.Steps[i].under(pre.ID)
		if slices.ContainsFunc(first, func(x Step) bool { return x.ID == s.ID }) {
			continue
		}
		out = append(out, s)
		for lang, tr := range pre.Translations {
			if text, ok := tr.Steps[pre.Steps[i].ID]; ok {
				p.translate(lang, func(mine *Translation) { mine.Steps[s.ID] = text })
			}
		}
	}
	if len(pre.Inputs) > 0 {
		inputs := maps.Clone(pre.Inputs)
		maps.Copy(inputs, p.Inputs) // p's own question goes first
		p.Inputs = inputs
	}
	for lang, tr := range pre.Translations {
		for name, question := range tr.Input {
			p.translate(lang, func(mine *Translation) {
				if mine.Input[name] == "" {
					mine.Input[name] = question
				}
			})
		}
	}
	return out
}

// translate changes p's translation into a language, and makes one if there is none.
func (p *Procedure) translate(lang string, change func(*Translation)) {
	tr := p.Translations[lang]
	if tr.Steps = maps.Clone(tr.Steps); tr.Steps == nil {
		tr.Steps = map[string]StepTr{}
	}
	if tr.Input = maps.Clone(tr.Input); tr.Input == nil {
		tr.Input = map[string]string{}
	}
	change(&tr)
	if p.Translations = maps.Clone(p.Translations); p.Translations == nil {
		p.Translations = map[string]Translation{}
	}
	p.Translations[lang] = tr
}

// under is a step as it stands in a procedure that needs its own first. One
// that a prerequisite has from another keeps its name.
func (s Step) under(procedure string) Step {
	s.Within = append(slices.Clone(s.Within), procedure)
	if s.Prerequisite != "" {
		return s
	}
	name := func(id string) string { return procedure + "/" + id }
	names := func(ids []string) []string {
		var out []string
		for _, id := range ids {
			out = append(out, name(id))
		}
		return out
	}
	s.ID, s.Replaces, s.After, s.Prerequisite = name(s.ID), names(s.Replaces), names(s.After), procedure
	if s.OneOf != "" {
		s.OneOf = name(s.OneOf)
	}
	if s.When != nil {
		when := &Cond{Terms: slices.Clone(s.When.Terms)}
		for i := range when.Terms {
			t := &when.Terms[i]
			if list, ok := t.Arg.([]any); ok && t.Path == "matter.asks" {
				var asked []any
				for _, id := range list {
					asked = append(asked, name(fmt.Sprint(id)))
				}
				t.Arg = asked
			}
		}
		s.When = when
	}
	return s
}
