// Package edit changes the file of a procedure the way a form does. What was
// not touched stays as it was written, byte for byte: comments, order, quotes,
// line ends. The file stays the single source of truth; a form is made from it
// and goes back into it.
//
//	form     what a form shows of a file
//	apply    a form's values into the file's text
//	region   where the keys of a YAML map and the items of a list stand
//	value    how a changed value is written
//	body     the Markdown below the front matter, by step
//	folder   files on disk: conflicts, whole writes, earlier versions
//	overlay  a workspace as it would be with files that are not written yet
package edit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
)

// Form is a procedure as a form shows it. Texts of one line hold no line
// break; lists hold no empty text.
type Form struct {
	Title, Area, Kind, Owner, Audience string
	Reviewed                           string // 2006-01-02, "" = never
	URL                                string
	Status                             knowledge.Status
	SelfService                        knowledge.SelfService // "" = as the desk's policy says
	ReplacesURLs, Asks, Prerequisites  []string
	Inputs                             []Input // by name when they are read from a file
	Steps                              []Step
	Intro                              string   // Markdown before the first heading
	Sections                           []string // Markdown of headings that are no step's, each with its heading
}

// Input is a value that checks and texts need.
type Input struct {
	Was             string // its name in the file, "" = new
	Name            string
	Kind, From, Ask string
	Many            bool
}

// Step is one thing to do.
type Step struct {
	Was             string // its id in the file, "" = new
	ID, Title       string
	By              knowledge.Actor
	Account         bool // it changes the whole account
	Capability      string
	Check           Check
	When            When
	Sets, OneOf     string
	Replaces, After []string
	Optional        bool
	Phrases, Errors []string
	Text            string // Markdown
}

// Check is a step's check: some named checks, or an expression that is only kept.
type Check struct {
	Join  string // "all" or "any" of several; "" of one or none
	Parts []Call
	Kept  string // an expression of another shape, as YAML; then Parts is empty
}

// Call is a named check with its parameters.
type Call struct {
	Name   string
	Params []Param // by name when they are read from a file; none is empty
}

// Param is a parameter's value as text; it may hold {input} placeholders.
type Param struct{ Name, Value string }

// When is a step's condition: terms that must all hold, or one that is only kept.
type When struct {
	Terms []Term
	Kept  string // a condition of another shape, as YAML; then Terms is empty
}

// Term is one operator on one path; for the operator in, Value is a list with commas.
type Term struct{ Path, Op, Value string }

// Read makes a form of a procedure's file. The error is knowledge.Faults when
// the file by itself cannot be read.
func Read(file string, data []byte) (Form, error) {
	p, err := knowledge.ReadProcedure(file, data)
	if err != nil {
		return Form{}, err
	}
	f := Form{Title: p.Title, Area: p.Area, Kind: p.Kind, Owner: p.Owner, Audience: p.Audience, Reviewed: dayOf(p.Reviewed), URL: p.URL,
		Status: p.Status, SelfService: p.SelfService, ReplacesURLs: p.ReplacesURLs, Asks: p.Asks, Prerequisites: p.Prerequisites}
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		in := p.Inputs[name]
		f.Inputs = append(f.Inputs, Input{Was: name, Name: name, Kind: in.Kind, From: in.From, Ask: in.Ask, Many: in.Many})
	}
	ids := map[string]bool{}
	for i := range p.Steps {
		ids[p.Steps[i].ID] = true
	}
	b := split(p.Body, ids)
	for i := range p.Steps {
		f.Steps = append(f.Steps, stepOf(&p.Steps[i], b))
	}
	f.Intro = b.intro()
	for _, block := range b {
		if block.step == "" && block.heading != "" {
			f.Sections = append(f.Sections, trimmed(block.heading+block.text))
		}
	}
	return f.clean(), nil
}

func stepOf(s *knowledge.Step, b blocks) Step {
	out := Step{Was: s.ID, ID: s.ID, Title: s.Title, By: s.By, Account: s.Scope == knowledge.ScopeAccount, Capability: s.Capability,
		Check: checkOf(s.Check), When: whenOf(s.When), Sets: s.Sets, OneOf: s.OneOf, Replaces: s.Replaces, After: s.After,
		Optional: s.Optional, Phrases: s.Phrases, Errors: s.Errors}
	if i := b.find(s.ID); i >= 0 {
		out.Text = trimmed(b[i].text)
	}
	return out
}

func dayOf(d knowledge.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// checkOf shows an expression as parts where it is flat.
func checkOf(c *knowledge.Check) Check {
	switch {
	case c == nil:
		return Check{}
	case c.Name != "":
		return Check{Parts: []Call{callOf(c)}}
	}
	join, parts := "all", c.All
	if c.Any != nil {
		join, parts = "any", c.Any
	}
	out := Check{Join: join}
	for i := range parts {
		if parts[i].Name == "" {
			return Check{Kept: checkText(c)}
		}
		out.Parts = append(out.Parts, callOf(&parts[i]))
	}
	if c.Not != nil {
		return Check{Kept: checkText(c)}
	}
	return out
}

func callOf(c *knowledge.Check) Call {
	out := Call{Name: c.Name}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		out.Params = append(out.Params, Param{name, fmt.Sprint(c.Params[name])})
	}
	return out
}

// whenOf shows a condition as terms where their values fit into a line.
func whenOf(c *knowledge.Cond) When {
	if c == nil {
		return When{}
	}
	var out When
	for _, t := range c.Terms {
		term := Term{Path: t.Path, Op: t.Op, Value: fmt.Sprint(t.Arg)}
		if list, ok := t.Arg.([]any); ok {
			var texts []string
			for _, v := range list {
				text := fmt.Sprint(v)
				if strings.Contains(text, ",") || text != strings.TrimSpace(text) || text == "" {
					return When{Kept: whenText(c)}
				}
				texts = append(texts, text)
			}
			term.Value = strings.Join(texts, ", ")
		}
		out.Terms = append(out.Terms, term)
	}
	return out
}

// clean brings a form into the shape that its fields promise.
func (f Form) clean() Form {
	for _, s := range []*string{&f.Title, &f.Area, &f.Kind, &f.Owner, &f.Audience, &f.Reviewed, &f.URL} {
		*s = oneLine(*s)
	}
	f.ReplacesURLs, f.Asks, f.Prerequisites = texts(f.ReplacesURLs), texts(f.Asks), texts(f.Prerequisites)
	f.Intro, f.Inputs, f.Steps = trimmed(f.Intro), slices.Clone(f.Inputs), slices.Clone(f.Steps)
	for i := range f.Inputs {
		in := &f.Inputs[i]
		for _, s := range []*string{&in.Name, &in.Kind, &in.From, &in.Ask} {
			*s = oneLine(*s)
		}
	}
	slices.SortStableFunc(f.Inputs, func(a, b Input) int { return strings.Compare(a.Name, b.Name) })
	for i := range f.Steps {
		f.Steps[i] = f.Steps[i].clean()
	}
	var sections []string
	for _, s := range f.Sections {
		if s = trimmed(s); s != "" {
			sections = append(sections, s)
		}
	}
	f.Sections = sections
	return f
}

func (s Step) clean() Step {
	for _, t := range []*string{&s.ID, &s.Title, &s.Capability, &s.Sets, &s.OneOf} {
		*t = oneLine(*t)
	}
	s.Replaces, s.After, s.Phrases, s.Errors = texts(s.Replaces), texts(s.After), texts(s.Phrases), texts(s.Errors)
	s.Text, s.Check = trimmed(s.Text), s.Check.clean()
	terms := s.When.Terms
	s.When.Terms = nil
	for _, t := range terms {
		t = Term{oneLine(t.Path), t.Op, oneLine(t.Value)}
		if t.Op == "in" {
			t.Value = strings.Join(texts(strings.Split(t.Value, ",")), ", ")
		}
		if t.Path != "" {
			s.When.Terms = append(s.When.Terms, t)
		}
	}
	slices.SortStableFunc(s.When.Terms, func(a, b Term) int {
		return strings.Compare(a.Path+"\x00"+a.Op, b.Path+"\x00"+b.Op)
	})
	return s
}

func (c Check) clean() Check {
	if c.Kept != "" {
		return Check{Kept: c.Kept}
	}
	out := Check{Join: c.Join}
	for _, call := range c.Parts {
		if call.Name == "" {
			continue
		}
		params := slices.Clone(call.Params)
		for i := range params {
			params[i].Value = oneLine(params[i].Value)
		}
		params = slices.DeleteFunc(params, func(p Param) bool { return p.Value == "" })
		slices.SortStableFunc(params, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
		if len(params) == 0 {
			params = nil
		}
		out.Parts = append(out.Parts, Call{call.Name, params})
	}
	switch {
	case len(out.Parts) == 0:
		return Check{}
	case len(out.Parts) > 1 && out.Join == "":
		out.Join = "all"
	}
	return out
}

// oneLine is a text without line breaks and outer blanks.
func oneLine(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\ufeff", "", "\u0085", " ", "\u2028", " ", "\u2029", " ", "\r\n", " ", "\n", " ", "\r", " ", "\x00", "").Replace(strings.ToValidUTF8(s, "\ufffd")))
}

// trimmed is a Markdown text without the empty lines around it.
func trimmed(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(strings.ToValidUTF8(s, "\ufffd"))
	for {
		line, rest, more := strings.Cut(s, "\n")
		if strings.TrimSpace(line) != "" || !more {
			break
		}
		s = rest
	}
	return strings.TrimRight(s, " \t\n")
}

// SameText reports whether two Markdown texts are one, whatever line ends and
// empty lines around them they have.
func SameText(a, b string) bool { return trimmed(a) == trimmed(b) }

func texts(list []string) []string {
	var out []string
	for _, s := range list {
		if s = oneLine(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
