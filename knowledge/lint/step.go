package lint

import (
	"fmt"
	"slices"
	"strings"

	"readback/knowledge"
)

// unreachable finds steps that can never apply.
func (l *linter) unreachable() {
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		groups := map[string][]int{}
		for j := range p.Steps {
			s := &p.Steps[j]
			if s.OneOf != "" {
				groups[s.OneOf] = append(groups[s.OneOf], j)
			}
			if why := neverHolds(p, s); why != "" {
				l.add("unreachable-step", Error, key(p, "steps[%d].when", j), fmt.Sprintf("Step %s can never apply: %s. Nobody is ever told of it", s.ID, why),
					"Correct the condition, or drop the step.")
				continue
			}
			for k, id := range s.After {
				if before := p.Step(id); before != nil && before.OneOf == "" && exclusive(before, s) {
					l.add("unreachable-step", Error, key(p, "steps[%d].after[%d]", j, k),
						fmt.Sprintf("Step %s waits for %s, and the two never apply to the same customer: it can never begin", s.ID, id),
						"Drop the wait, or correct one of the conditions.")
				}
			}
		}
		for _, name := range sortedKeys(groups) {
			if len(groups[name]) == 1 {
				l.add("lonely-choice", Note, key(p, "steps[%d].one_of", groups[name][0]), fmt.Sprintf("The group %q has one step: there is nothing to choose", name),
					"Give the other steps of the choice the same one_of, or drop it.")
			}
		}
	}
}

// neverHolds says why a step's condition cannot hold, "" when it can.
func neverHolds(p *knowledge.Procedure, s *knowledge.Step) string {
	if s.When == nil {
		return ""
	}
	for _, t := range s.When.Terms {
		if list, ok := t.Arg.([]any); t.Path == "matter.asks" && ok && len(list) > 0 &&
			!slices.ContainsFunc(list, func(id any) bool { return p.Step(fmt.Sprint(id)) != nil }) {
			return fmt.Sprintf("matter.asks names steps by their ids, and %v is none", list)
		}
	}
	return impossible(s.When.Terms)
}

// impossible says why the terms cannot all hold, "" when they can.
func impossible(terms []knowledge.Term) string {
	allowed := map[string][]string{}
	absent := map[string]bool{}
	for _, t := range terms {
		var values []string
		switch arg := t.Arg.(type) {
		case []any:
			for _, v := range arg {
				values = append(values, fmt.Sprint(v))
			}
			if len(values) == 0 {
				return t.Path + " would have to be in an empty list"
			}
		default:
			values = []string{fmt.Sprint(arg)}
		}
		if t.Op == "exists" {
			absent[t.Path] = absent[t.Path] || values[0] == "false"
			continue
		}
		if t.Op == "gte" || t.Path == "matter.asks" {
			continue
		}
		before, bound := allowed[t.Path]
		if bound {
			values = slices.DeleteFunc(values, func(v string) bool { return !slices.Contains(before, v) })
		}
		if len(values) == 0 {
			return fmt.Sprintf("%s would have to be %s and something else at once", t.Path, strings.Join(before, " or "))
		}
		allowed[t.Path] = values
	}
	for path := range allowed {
		if absent[path] {
			return path + " would have to be absent and have a value at once"
		}
	}
	return ""
}

// checks finds checks that cannot run.
func (l *linter) checks() {
	if l.o.Checks == nil {
		return
	}
	names := sortedKeys(l.o.Checks)
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		for j := range p.Steps {
			for _, leaf := range p.Steps[j].Check.Leaves() {
				needs, known := l.o.Checks[leaf.Name]
				if !known {
					l.add("unknown-check", Error, key(p, "steps[%d].check", j),
						fmt.Sprintf("There is no check %q: the step would be unknown for ever, and the customer asked about it each time", leaf.Name),
						"Use one of "+strings.Join(names, ", ")+".")
					continue
				}
				for _, need := range needs {
					if v := leaf.Params[need]; v == nil || fmt.Sprint(v) == "" {
						l.add("check-parameter", Error, key(p, "steps[%d].check", j),
							fmt.Sprintf("%s needs %s and does not get it: it can never tell anything", leaf.Name, need),
							"Give it: {"+leaf.Name+": {"+need+": ...}}; docs/checks.md describes it.")
					}
				}
			}
		}
	}
}

// inputs finds inputs that can have no value, and those that nothing uses.
func (l *linter) inputs() {
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		var used strings.Builder
		for j := range p.Steps {
			used.WriteString(p.Steps[j].Sets + "\n")
			for _, leaf := range p.Steps[j].Check.Leaves() {
				for _, v := range leaf.Params {
					fmt.Fprintln(&used, v)
				}
			}
		}
		for _, name := range sortedKeys(p.Inputs) {
			in := p.Inputs[name]
			switch isUsed := strings.Contains(used.String(), "{"+name+"}"); {
			case !isUsed && len(p.Steps) > 0:
				l.add("unused-input", Note, key(p, "inputs.%s", name), fmt.Sprintf("Nothing uses the input %s: customers are asked for what nobody needs", name),
					"Use {"+name+"} in a check or sets, or drop the input.")
			case isUsed && in.From == "" && in.Ask == "":
				l.add("unasked-input", Error, key(p, "inputs.%s", name),
					fmt.Sprintf("The input %s comes from no account field and nobody asks for it: checks on it can never run", name),
					"Add from: account.FIELD, or ask: with the question for the customer.")
			}
		}
	}
}

// texts finds steps without a text and texts without a step.
func (l *linter) texts() {
	for _, p := range l.pages {
		if p.proc == nil || len(p.proc.Steps) == 0 || strings.TrimSpace(p.body) == "" {
			continue
		}
		has := map[string]bool{}
		for _, h := range p.headings {
			if !h.given {
				continue
			}
			if has[h.id] {
				l.add("stray-text", Error, p.place(h.at), fmt.Sprintf("Two headings are marked {#%s}: links and letters get only one of them", h.id), "Keep one, or give the other its own step.")
			}
			has[h.id] = true
			if p.proc.Step(h.id) == nil && !linked(l.pages, h.id) {
				l.add("stray-text", Warning, p.place(h.at), fmt.Sprintf("The heading is marked {#%s}, and there is no such step: its text is never sent to anybody", h.id),
					"Name the step it belongs to, or drop the mark.")
			}
		}
		for j := range p.proc.Steps {
			s := &p.proc.Steps[j]
			if !has[s.ID] && p.file == p.proc.File {
				l.add("missing-text", Warning, key(p.proc, "steps[%d]", j), fmt.Sprintf("The page has no text for step %s: a customer who is sent there finds only its title", s.ID),
					"Add a heading ## "+s.Title+" {#"+s.ID+"} with what to do.")
			}
		}
	}
}

func linked(pages []*page, id string) bool {
	return slices.ContainsFunc(pages, func(p *page) bool {
		return slices.ContainsFunc(p.links, func(k link) bool { return strings.HasSuffix(k.target, "#"+id) })
	})
}
