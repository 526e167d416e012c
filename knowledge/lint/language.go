package lint

import (
	"fmt"
	"strings"

	"readback/knowledge"
)

// translations finds what a language of the workspace lacks. A language counts
// once two procedures have it.
func (l *linter) translations() {
	have := map[string]int{}
	for i := range l.w.Procedures {
		for lang := range l.w.Procedures[i].Translations {
			have[lang]++
		}
	}
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		if p.Status != knowledge.Live {
			continue
		}
		var missing []string
		for _, lang := range sortedKeys(have) {
			tr, ok := p.Translations[lang]
			switch {
			case ok:
				l.translation(p, tr, lang)
			case have[lang] >= 2:
				missing = append(missing, lang)
			}
		}
		if missing != nil {
			l.add("missing-translation", Warning, key(p, "title"), fmt.Sprintf("%q is not there in %s, which other procedures are: those customers get it in another language", p.Title, strings.Join(missing, ", ")),
				"Add procedures/"+p.ID+"."+missing[0]+".md with title, steps and text.")
		}
	}
}

func (l *linter) translation(p *knowledge.Procedure, tr knowledge.Translation, lang string) {
	var missing []string
	if tr.Title == "" {
		missing = append(missing, "the title")
	}
	for _, s := range p.Steps {
		if tr.Steps[s.ID].Title == "" {
			missing = append(missing, "the title of step "+s.ID)
		}
	}
	for _, name := range sortedKeys(p.Inputs) {
		if p.Inputs[name].Ask != "" && tr.Input[name] == "" {
			missing = append(missing, "the question for "+name)
		}
	}
	// A text without any step's is a summary beside the original; one with some
	// of them is a mixture.
	if sections, original := knowledge.Sections(tr.Body), knowledge.Sections(p.Body); len(sections) > 0 {
		for _, s := range p.Steps {
			if original[s.ID] != "" && sections[s.ID] == "" {
				missing = append(missing, "the text of step "+s.ID)
			}
		}
	}
	if missing != nil {
		l.add("missing-translation", Warning, Place{File: tr.File, Line: 1, Column: 1},
			fmt.Sprintf("The %s translation lacks %s: it is shown in the original language amid the rest", lang, strings.Join(missing, ", ")), "Add it.")
	}
}
