package knowledge

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A procedure's steps begin with those of its prerequisites, under the ids
// PROCEDURE/STEP. So an open one is the next step, is looked at, asked for and
// corrected as any other. A draft is no prerequisite yet.

// prepend puts the steps of prerequisites before each procedure's own. fronts
// are the front matters by file, for the place of a fault.
func (w *Workspace) prepend(fronts map[string][]byte) error {
	done := map[string]bool{}
	for i := range w.Procedures {
		if err := w.prependTo(&w.Procedures[i], nil, done, fronts); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) prependTo(p *Procedure, chain []string, done map[string]bool, fronts map[string][]byte) error {
	if done[p.ID] {
		return nil
	}
	chain = append(chain, p.ID)
	var first []Step
	for n, id := range p.Prerequisites {
		fault := func(format string, args ...any) error {
			return fmt.Errorf("%s: %s", place(p.File, fronts[p.File], n), fmt.Sprintf(format, args...))
		}
		pre := w.Procedure(id)
		if pre == nil {
			return fault("prerequisite %q does not exist", id)
		}
		if slices.Contains(chain, id) {
			return fault("prerequisites go in a circle: %s", strings.Join(append(chain, id), " needs "))
		}
		if err := w.prependTo(pre, chain, done, fronts); err != nil {
			return err
		}
		if pre.Status == Draft {
			continue
		}
		for name, in := range pre.Inputs {
			if mine, ok := p.Inputs[name]; ok && mine.Kind != in.Kind {
				return fault("the input %s is of kind %s here and of kind %s in the prerequisite %q; one name is one value", name, mine.Kind, in.Kind, id)
			}
		}
		first = append(first, p.takeOver(pre, first)...)
	}
	p.Steps = append(first, p.Steps...)
	done[p.ID] = true
	return nil
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

// place is file:line:column of the nth prerequisite.
func place(file string, front []byte, n int) string {
	path, err := yaml.PathString(fmt.Sprintf("$.prerequisites[%d]", n))
	if err != nil {
		return file
	}
	node, err := path.ReadNode(bytes.NewReader(front))
	if err != nil || node.GetToken() == nil {
		return file
	}
	at := node.GetToken().Position
	return fmt.Sprintf("%s:%d:%d", file, at.Line+frontLine, at.Column)
}
