package web

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/triage"
	"readback/triage/check"
)

var procedureID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// editView is the editor's page.
type editView struct {
	ID, Hash, File string
	Help           string // its public page, "" for none
	Form           edit.Form
	Steps          []stepView
	Inputs         []inputView
	Sections       []sectionView
	Publish        []choice
	Kinds, Areas   []choice
	Before         []choice // procedures that can be prerequisites
	Placeholders   []string // {input} for parameters
	Translations   []translationView
	ReadOnly       string // why it cannot be saved, "" when it can
	Broken         bool   // the file cannot be shown as a form
	Conflict       bool   // the file has changed on disk meanwhile
	Saved          string // what was just saved, "" for nothing
	UndoID         string // version that undoes it
	Told, Focus    string
	Problems       []problemAt
	Versions       []versionView
	Replay         *replayView
	Today          string
	errs           map[string]string
}

// Err is what is wrong with a field, "" for nothing.
func (v *editView) Err(field string) string { return v.errs[field] }

type stepView struct {
	edit.Step
	N, Number    int
	First, Last  bool
	Open         bool // what is seldom used is shown
	Bys          []choice
	Capabilities []choice
	Checks       []checkPart
	KeptCheck    string
	KeptWhen     string
	Joins        []choice
	Terms        []termView
	Earlier      []earlierStep
	page         *editView
}

// Err is what is wrong with a field of the step.
func (v stepView) Err(field string) string { return v.page.errs[fmt.Sprintf("s.%d.%s", v.N, field)] }

type checkPart struct {
	N      int
	Name   string
	Kinds  []choice
	About  string // what it sees
	Params []paramView
	Alone  bool
}

type paramView struct {
	Name, Value, Default string
	Required             bool
}

type termView struct {
	N                int
	Path, Op, Value  string
	Operators, Paths []choice
}

type earlierStep struct {
	ID, Title       string
	Replaces, After bool
}

type inputView struct {
	edit.Input
	N     int
	Kinds []choice
	page  *editView
}

// Err is what is wrong with a field of the input.
func (v inputView) Err(field string) string {
	return v.page.errs[fmt.Sprintf("in.%d.%s", v.N, field)]
}

type sectionView struct {
	N    int
	Text string
}

type translationView struct {
	Lang, Name string
	Missing    int // steps without a title in it
}

type versionView struct {
	ID  string
	Who string
	At  *stamp
}

// renderEdit shows the editor.
func (s *Server) renderEdit(c echo.Context, status int, e *editing, replayed *replayView) error {
	l := langOf(c.Request())
	v := &editView{ID: e.id, Hash: e.hash, File: e.file, Form: e.now, Told: e.told, Focus: e.focus, Problems: e.problems, Replay: replayed,
		ReadOnly: s.readOnly(c), Today: s.Clock().UTC().Format("2006-01-02"), errs: map[string]string{},
		Broken: len(e.problems) > 0 && e.old.Title == "" && len(e.old.Steps) == 0 && e.now.Title == ""}
	if p := s.Workspace.Procedure(e.id); p != nil && p.Status == knowledge.Live {
		v.Help = "/help/" + e.id
	}
	v.Conflict = e.hash != edit.Hash(e.data)
	for _, p := range e.problems {
		if p.Field != "" {
			v.errs[p.Field] = strings.TrimSpace(v.errs[p.Field] + " " + p.Text)
		}
	}
	if saved := c.QueryParam("saved"); saved == "same" {
		v.Saved = l.t("web.kb.saved.same")
	} else if saved != "" {
		v.Saved, v.UndoID = l.t("web.kb.saved"), saved
	}
	s.fillEdit(l, v)
	if s.Folder != nil {
		versions, err := s.Folder.Versions(e.id)
		if err != nil {
			return triage.Errorf(triage.Internal, "The earlier versions cannot be read: %w", err)
		}
		for _, old := range versions[:min(len(versions), 20)] {
			v.Versions = append(v.Versions, versionView{old.ID, old.Who, l.stamp(old.At, s.Clock())})
		}
	}
	title := cmp.Or(e.now.Title, e.id)
	return s.render(c, status, "knowledge_edit.html", s.page(c, l.t("web.kb.edit.title", "title", title), "knowledge", v))
}

func (s *Server) fillEdit(l lang, v *editView) {
	f := &v.Form
	for _, p := range []publish{asBrief, asGuard, asSelf} {
		v.Publish = append(v.Publish, choice{string(p), l.t("web.kb.publish." + string(p)), p == publishOf(f) || p == asBrief && publishOf(f) == asStub})
	}
	for _, k := range triage.Kinds {
		v.Kinds = append(v.Kinds, choice{string(k), l.kind(k), string(k) == f.Kind})
	}
	for _, a := range s.Workspace.Areas() {
		v.Areas = append(v.Areas, choice{Value: a})
	}
	for i := range s.Workspace.Procedures {
		if p := &s.Workspace.Procedures[i]; p.ID != v.ID {
			v.Before = append(v.Before, choice{p.ID, p.TitleIn(string(l)), slices.Contains(f.Prerequisites, p.ID)})
		}
	}
	for _, id := range f.Prerequisites {
		if s.Workspace.Procedure(id) == nil {
			v.Before = append(v.Before, choice{id, id, true})
		}
	}
	for i, in := range f.Inputs {
		view := inputView{Input: in, N: i, page: v}
		for _, k := range knowledge.InputKinds() {
			view.Kinds = append(view.Kinds, choice{k, l.t("web.kb.input.kind." + k), k == in.Kind})
		}
		v.Inputs = append(v.Inputs, view)
		if in.Name != "" {
			v.Placeholders = append(v.Placeholders, "{"+in.Name+"}")
		}
	}
	kinds := checkKinds(l)
	for i := range f.Steps {
		v.Steps = append(v.Steps, s.stepView(l, v, i, kinds))
	}
	for i, text := range f.Sections {
		v.Sections = append(v.Sections, sectionView{i, text})
	}
	v.Translations = s.translationsOf(l, v)
}

func (s *Server) stepView(l lang, page *editView, n int, kinds []choice) stepView {
	f := &page.Form
	st := f.Steps[n]
	v := stepView{Step: st, N: n, Number: n + 1, First: n == 0, Last: n == len(f.Steps)-1, page: page,
		KeptCheck: st.Check.Kept, KeptWhen: st.When.Kept}
	for _, by := range []knowledge.Actor{knowledge.Customer, knowledge.Staff} {
		v.Bys = append(v.Bys, choice{string(by), l.t("web.kb.by." + string(by)), by == st.By})
	}
	known := st.Capability == ""
	for i := range s.Workspace.Tiers {
		t := &s.Workspace.Tiers[i]
		for _, capability := range t.Capabilities {
			known = known || capability == st.Capability
			v.Capabilities = append(v.Capabilities, choice{capability, capability + " · " + cmp.Or(t.Name, t.ID), capability == st.Capability})
		}
	}
	if !known {
		v.Capabilities = append(v.Capabilities, choice{st.Capability, st.Capability, true})
	}
	parts := st.Check.Parts
	if len(parts) == 0 {
		parts = []edit.Call{{}}
	}
	for i, part := range parts {
		v.Checks = append(v.Checks, checkPartOf(l, i, part, kinds, len(parts) == 1))
	}
	for _, j := range []string{"all", "any"} {
		v.Joins = append(v.Joins, choice{j, l.t("web.kb.check." + j), j == st.Check.Join})
	}
	for i, t := range append(slices.Clone(st.When.Terms), edit.Term{Op: "equals"}) {
		term := termView{N: i, Path: t.Path, Op: t.Op, Value: t.Value}
		for _, op := range []string{"equals", "in", "exists", "gte"} {
			term.Operators = append(term.Operators, choice{op, l.t("web.kb.when." + op), op == t.Op})
		}
		v.Terms = append(v.Terms, term)
	}
	for _, e := range f.Steps[:n] {
		v.Earlier = append(v.Earlier, earlierStep{e.ID, cmp.Or(e.Title, e.ID), slices.Contains(st.Replaces, e.ID), slices.Contains(st.After, e.ID)})
	}
	for _, field := range []string{"sets", "one_of", "when", "after", "replaces", "scope", "optional", "phrases", "errors"} {
		v.Open = v.Open || v.Err(field) != ""
	}
	return v
}

// checkKinds are the checks there are, by what they see.
func checkKinds(l lang) []choice {
	var out []choice
	for _, name := range check.Names() {
		out = append(out, choice{Value: name, Name: l.t("web.kb.check.kind." + name)})
	}
	for _, r := range check.Recipes() {
		out = append(out, choice{Value: "recipe." + r.ID, Name: l.t("web.kb.check.recipe", "title", r.Title)})
	}
	return out
}

func checkPartOf(l lang, n int, part edit.Call, kinds []choice, alone bool) checkPart {
	out := checkPart{N: n, Name: part.Name, Alone: alone, Kinds: slices.Clone(kinds)}
	known := part.Name == ""
	for i := range out.Kinds {
		out.Kinds[i].Chosen = out.Kinds[i].Value == part.Name
		known = known || out.Kinds[i].Chosen
	}
	if !known {
		out.Kinds = append(out.Kinds, choice{part.Name, part.Name, true})
	}
	given := map[string]string{}
	for _, p := range part.Params {
		given[p.Name] = p.Value
	}
	for _, p := range check.Parameters()[part.Name] {
		out.Params = append(out.Params, paramView{p.Name, given[p.Name], p.Default, p.Required})
		delete(given, p.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) { // written by hand, and kept
		out.Params = append(out.Params, paramView{Name: name, Value: given[name]})
	}
	return out
}

// translationsOf tells of each translation how many steps it lacks.
func (s *Server) translationsOf(l lang, v *editView) []translationView {
	names, err := fs.Glob(s.Files, "procedures/"+v.ID+".*.md")
	if err != nil {
		return nil // the pattern is right
	}
	var out []translationView
	p := s.Workspace.Procedure(v.ID)
	for _, name := range names {
		code := strings.TrimSuffix(strings.TrimPrefix(path.Base(name), v.ID+"."), ".md")
		t := translationView{Lang: code, Name: l.named("web.kb.language.", code, code)}
		for _, st := range v.Form.Steps {
			if p == nil || p.Translations[code].Steps[st.ID].Title == "" {
				t.Missing++
			}
		}
		out = append(out, t)
	}
	return out
}
