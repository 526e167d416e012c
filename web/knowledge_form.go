package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/knowledge/importer"
	"readback/triage/check"
)

// How many of each a form holds at most; far above any real procedure.
const (
	maxSteps  = 200
	maxChecks = 20
	maxInputs = 50
	maxTexts  = 50
)

// Publish says what a procedure may do: it is status and self_service of its file.
type publish string

const (
	asStub  publish = "stub"  // no steps yet
	asBrief publish = "brief" // a draft: informs briefs, neither guards nor acts
	asGuard publish = "guard" // live, and never answers by itself
	asSelf  publish = "self"  // live, and answers as the desk's policy allows
)

func publishOf(f *edit.Form) publish {
	switch {
	case f.Status == knowledge.Stub:
		return asStub
	case f.Status == knowledge.Draft:
		return asBrief
	case f.SelfService == knowledge.SelfServiceNever:
		return asGuard
	}
	return asSelf
}

// setPublish keeps what the file says otherwise, such as self_service: seen.
func setPublish(f *edit.Form, p publish) {
	if p == publishOf(f) && (p == asStub) == (len(f.Steps) == 0) {
		return
	}
	if len(f.Steps) == 0 {
		f.Status = knowledge.Stub
		return
	}
	switch p {
	case asStub, asBrief:
		f.Status = knowledge.Draft
	case asGuard:
		f.Status, f.SelfService = knowledge.Live, knowledge.SelfServiceNever
	case asSelf:
		f.Status = knowledge.Live
		if f.SelfService == knowledge.SelfServiceNever {
			f.SelfService = ""
		}
	}
}

// parseEdit reads the editor's form. What the form does not show comes from
// old, the file as it is.
func parseEdit(v url.Values, old edit.Form) edit.Form {
	f := edit.Form{Title: v.Get("title"), Area: v.Get("area"), Kind: v.Get("kind"), Owner: v.Get("owner"), Audience: v.Get("audience"),
		Reviewed: v.Get("reviewed"), URL: v.Get("url"), Status: old.Status, SelfService: old.SelfService,
		ReplacesURLs: lines(v.Get("replaces_urls")), Asks: lines(v.Get("asks")), Prerequisites: v["prerequisites"], Intro: v.Get("intro")}
	for n := range maxInputs {
		at := fmt.Sprintf("in.%d.", n)
		if v.Has(at + "name") {
			f.Inputs = append(f.Inputs, edit.Input{Was: v.Get(at + "was"), Name: v.Get(at + "name"), Kind: v.Get(at + "kind"),
				From: v.Get(at + "from"), Ask: v.Get(at + "ask"), Many: v.Get(at+"many") != ""})
		}
	}
	for n := range maxSteps {
		if at := fmt.Sprintf("s.%d.", n); v.Has(at + "title") {
			f.Steps = append(f.Steps, parseStep(v, at, &old))
		}
	}
	for n := range maxTexts {
		if at := fmt.Sprintf("section.%d", n); v.Has(at) {
			f.Sections = append(f.Sections, v.Get(at))
		}
	}
	nameSteps(&f)
	setPublish(&f, publish(v.Get("publish")))
	return f
}

func parseStep(v url.Values, at string, old *edit.Form) edit.Step {
	s := edit.Step{Was: v.Get(at + "was"), ID: v.Get(at + "id"), Title: v.Get(at + "title"), By: knowledge.Actor(v.Get(at + "by")),
		Account: v.Get(at+"account") != "", Capability: v.Get(at + "capability"), Sets: v.Get(at + "sets"), OneOf: v.Get(at + "one_of"),
		Replaces: v[at+"replaces"], After: v[at+"after"], Optional: v.Get(at+"optional") != "",
		Phrases: lines(v.Get(at + "phrases")), Errors: lines(v.Get(at + "errors")), Text: v.Get(at + "text")}
	if s.By != knowledge.Staff {
		s.Capability = ""
	}
	var was edit.Step
	if i := slices.IndexFunc(old.Steps, func(x edit.Step) bool { return x.Was == s.Was && s.Was != "" }); i >= 0 {
		was = old.Steps[i]
	}
	if s.Check = was.Check; v.Get(at+"check.kept") == "" {
		s.Check = parseCheck(v, at+"check.")
	}
	if s.When = was.When; v.Get(at+"when.kept") == "" {
		s.When = edit.When{}
		for m := range maxChecks {
			if w := fmt.Sprintf("%swhen.%d.", at, m); strings.TrimSpace(v.Get(w+"path")) != "" {
				s.When.Terms = append(s.When.Terms, edit.Term{Path: v.Get(w + "path"), Op: v.Get(w + "op"), Value: v.Get(w + "value")})
			}
		}
	}
	return s
}

func parseCheck(v url.Values, at string) edit.Check {
	c := edit.Check{Join: v.Get(at + "join")}
	for m := range maxChecks {
		part := fmt.Sprintf("%s%d.", at, m)
		name := v.Get(part + "name")
		if name == "" {
			continue
		}
		call := edit.Call{Name: name}
		same := v.Get(part+"was") == name // else only what the new check takes is kept
		for key := range v {
			param, ok := strings.CutPrefix(key, part+"p.")
			takes := same || slices.ContainsFunc(check.Parameters()[name], func(p check.Parameter) bool { return p.Name == param })
			if ok && takes && strings.TrimSpace(v.Get(key)) != "" {
				call.Params = append(call.Params, edit.Param{Name: param, Value: v.Get(key)})
			}
		}
		c.Parts = append(c.Parts, call)
	}
	return c
}

// nameSteps gives new steps an id from their title; who refers to one of them
// goes on to do so.
func nameSteps(f *edit.Form) {
	taken, renamed := map[string]bool{}, map[string]string{}
	for i := range f.Steps {
		if f.Steps[i].Was != "" {
			f.Steps[i].ID = f.Steps[i].Was
			taken[f.Steps[i].ID] = true
		}
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.Was != "" {
			continue
		}
		base := cmp.Or(importer.Slug(s.Title), fmt.Sprintf("step-%d", i+1))
		base = strings.Trim(base[:min(len(base), 40)], "-")
		id := base
		for n := 2; taken[id]; n++ {
			id = fmt.Sprintf("%s-%d", base, n)
		}
		if s.ID != "" && s.ID != id {
			renamed[s.ID] = id
		}
		s.ID, taken[id] = id, true
	}
	for i := range f.Steps {
		for _, list := range [][]string{f.Steps[i].Replaces, f.Steps[i].After} {
			for j := range list {
				list[j] = cmp.Or(renamed[list[j]], list[j])
			}
		}
	}
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
}

// act does what a button of the form asks for, such as up.3, and returns the
// id of the element that should have the focus then, and what to say of it.
func act(f *edit.Form, do string, l lang) (focus, told string) {
	what, rest, _ := strings.Cut(do, ".")
	first, second, _ := strings.Cut(rest, ".")
	n, m := placeOf(first), placeOf(second)
	step := n >= 0 && n < len(f.Steps)
	switch {
	case what == "up" && step && n > 0:
		return moveStep(f, n, n-1, "up", l)
	case what == "down" && step && n < len(f.Steps)-1:
		return moveStep(f, n, n+1, "down", l)
	case what == "remove" && step:
		told = l.t("web.kb.removed.step", "title", cmp.Or(f.Steps[n].Title, f.Steps[n].ID))
		forget(f, f.Steps[n].ID)
		f.Steps = slices.Delete(f.Steps, n, n+1)
		return "add-step", told
	case what == "add" && len(f.Steps) < maxSteps:
		f.Steps = append(f.Steps, edit.Step{By: knowledge.Customer})
		nameSteps(f)
		return fmt.Sprintf("s.%d.title", len(f.Steps)-1), l.t("web.kb.added.step")
	case what == "addcheck" && step:
		c := &f.Steps[n].Check
		c.Parts = append(c.Parts, edit.Call{})
		c.Join = cmp.Or(c.Join, "all")
		return fmt.Sprintf("s.%d.check.%d.name", n, len(c.Parts)-1), ""
	case what == "removecheck" && step && m >= 0 && m < len(f.Steps[n].Check.Parts):
		c := &f.Steps[n].Check
		if c.Parts = slices.Delete(c.Parts, m, m+1); len(c.Parts) < 2 {
			c.Join = ""
		}
		return fmt.Sprintf("s.%d.check.0.name", n), ""
	case what == "dropcheck" && step:
		f.Steps[n].Check = edit.Check{}
		return fmt.Sprintf("s.%d.check.0.name", n), ""
	case what == "dropwhen" && step:
		f.Steps[n].When = edit.When{}
		return fmt.Sprintf("s.%d.when.0.path", n), ""
	case what == "addinput" && len(f.Inputs) < maxInputs:
		f.Inputs = append(f.Inputs, edit.Input{Kind: "domain"})
		return fmt.Sprintf("in.%d.name", len(f.Inputs)-1), ""
	case what == "removeinput" && n >= 0 && n < len(f.Inputs):
		f.Inputs = slices.Delete(f.Inputs, n, n+1)
		return "add-input", ""
	case what == "addsection" && len(f.Sections) < maxTexts:
		f.Sections = append(f.Sections, "## ")
		return fmt.Sprintf("section.%d", len(f.Sections)-1), ""
	case what == "refresh":
		return rest, "" // the id of the picker that was changed
	}
	return "", ""
}

func moveStep(f *edit.Form, from, to int, button string, l lang) (focus, told string) {
	s := f.Steps[from]
	f.Steps = slices.Insert(slices.Delete(f.Steps, from, from+1), to, s)
	if to == 0 || to == len(f.Steps)-1 { // that button is off now
		button = map[string]string{"up": "down", "down": "up"}[button]
	}
	return fmt.Sprintf("s.%d.%s", to, button), l.t("web.kb.moved", "title", cmp.Or(s.Title, s.ID), "place", to+1, "of", len(f.Steps))
}

// forget takes a step out of what the others say of it.
func forget(f *edit.Form, id string) {
	for i := range f.Steps {
		is := func(x string) bool { return x == id }
		f.Steps[i].Replaces = slices.DeleteFunc(slices.Clone(f.Steps[i].Replaces), is)
		f.Steps[i].After = slices.DeleteFunc(slices.Clone(f.Steps[i].After), is)
	}
}

// placeOf is -1 for a text that is no number.
func placeOf(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
