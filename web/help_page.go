package web

import (
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"readback/knowledge"
)

// helpView is the page of one procedure.
type helpView struct {
	ID, URL, Title string
	Lang           string // of title and texts; the words around them are in the page's
	Area           string
	Reviewed       *stamp // nil when the file does not say
	Before         []helpLink
	Intro          template.HTML
	Steps          []helpStep
	More           []section // what the text says beside its steps
	Check          *checkForm
	Seen           *checkSeen // after a check
	Ask            askForm
	Sent           bool // a message was just sent
}

// helpStep is one step as the customer reads it.
type helpStep struct {
	ID, Title string
	N         int
	Ours      bool     // our team does it
	Notes     []string // that it is optional, or replaces another
	Lang      string   // of the text
	Text      template.HTML
	Seen      *stepSeen // after a check
}

// helpView makes the page of a procedure for a reader.
func (s *Server) helpView(r *http.Request, p *knowledge.Procedure) *helpView {
	l, in := langOf(r), helpLang(wishes(r), p)
	v := &helpView{ID: p.ID, URL: helpURL(p.ID), Title: p.TitleIn(in), Lang: in, Area: areaTitle(p.Area),
		Reviewed: l.day(p.Reviewed.Time), Check: s.checkForm(p, in)}
	for _, id := range p.Prerequisites {
		if q := s.Workspace.Procedure(id); public(q) {
			v.Before = append(v.Before, helpLink{URL: helpURL(id), Title: q.TitleIn(in), Lang: helpLang([]string{in}, q)})
		}
	}
	isStep := func(id string) bool { return p.Step(id) != nil }
	texts, own := map[string]template.HTML{}, sections(textIn(p, in), isStep, s.helpAddress)
	original := own
	if in != originalLang {
		original = sections(p.Body, isStep, s.helpAddress)
	}
	v.Intro = own[0].Text
	for _, part := range own[1:] {
		if part.Step == "" {
			v.More = append(v.More, part)
		}
		texts[part.Step] = part.Text
	}
	for i := range p.Steps {
		step := &p.Steps[i]
		st := helpStep{ID: step.ID, N: i + 1, Title: p.StepTitle(step.ID, in), Ours: step.By == knowledge.Staff, Notes: l.stepNotes(p, step, in), Lang: in, Text: texts[step.ID]}
		if k := slices.IndexFunc(original, func(part section) bool { return part.Step == step.ID }); st.Text == "" && k >= 0 {
			st.Text, st.Lang = original[k].Text, originalLang
		}
		v.Steps = append(v.Steps, st)
	}
	return v
}

// stepNotes say what is special about a step.
func (l lang) stepNotes(p *knowledge.Procedure, s *knowledge.Step, in string) []string {
	var out []string
	if s.Optional {
		out = append(out, l.t("web.help.step.optional"))
	}
	if s.When != nil {
		out = append(out, l.t("web.help.step.when"))
	}
	for _, id := range s.Replaces {
		out = append(out, l.t("web.help.step.replaces", "step", p.StepTitle(id, in)))
	}
	return out
}

// helpAddress leads from another page of the same knowledge to ours.
func (s *Server) helpAddress(to string) string {
	p := s.Workspace.ByURL(to)
	if p == nil || !strings.Contains(to, "://") || !public(p) {
		return to
	}
	_, fragment, _ := strings.Cut(to, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	return helpURL(p.ID) + fragment
}

// helpLangs are the languages of a procedure, each under its own name.
func helpLangs(p *knowledge.Procedure, in string) []langChoice {
	codes := append([]string{originalLang}, slices.DeleteFunc(slices.Sorted(maps.Keys(p.Translations)), func(code string) bool { return code == originalLang })...)
	var out []langChoice
	for _, code := range codes {
		out = append(out, langChoice{Code: code, Name: nativeName(code), URL: "?lang=" + code, Current: code == in})
	}
	return out
}

// nativeName is what a language calls itself.
func nativeName(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	return capital(display.Self.Name(tag))
}
