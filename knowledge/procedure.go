// Package knowledge is the single source of truth: procedures with their
// steps, tiers, policy and product changes, read from a workspace folder, and
// the search index over them.
package knowledge

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Actor is who can carry a step out.
type Actor string

// The actors.
const (
	Customer Actor = "customer"
	Staff    Actor = "staff"
)

// Procedure is an ordered list of steps that reaches one aim.
type Procedure struct {
	ID     string `yaml:"id"` // default the file's name, which it equals
	Title  string `yaml:"title"`
	Area   string `yaml:"area"`   // groups procedures, such as "link-branding"
	Status Status `yaml:"status"` // default live, without steps stub
	// SelfService overrules the policy's for this procedure; "" = as the policy says.
	SelfService  SelfService      `yaml:"self_service"`
	Kind         string           `yaml:"kind"` // the kind of matter it usually serves; default setup
	Owner        string           `yaml:"owner"`
	Audience     string           `yaml:"audience"`
	Reviewed     Date             `yaml:"reviewed"`
	URL          string           `yaml:"url"`           // its public page
	ReplacesURLs []string         `yaml:"replaces_urls"` // older pages with the same content
	Asks         []string         `yaml:"asks"`          // how customers put the request, for search
	Inputs       map[string]Input `yaml:"inputs"`
	Steps        []Step           `yaml:"steps"`
	// Prerequisites are ids of procedures that must be done first. Once loaded,
	// their steps are the first of Steps.
	Prerequisites []string `yaml:"prerequisites"`

	// Body is the Markdown below the front matter.
	Body string `yaml:"-"`
	// Translations by ISO 639-1 code, from the files ID.LANG.md.
	Translations map[string]Translation `yaml:"-"`
	// File is the path inside the workspace, for messages.
	File string `yaml:"-"`
	// Source is the file's text, of which Body is the tail; Locate finds keys in it.
	Source string `yaml:"-"`
}

// Status says how far a procedure is trusted.
type Status string

// The statuses.
const (
	Live  Status = "live"
	Draft Status = "draft" // informs briefs, never guards or acts
	Stub  Status = "stub"  // title, owner and what to collect
)

// Input is a value that a procedure's checks and texts need.
type Input struct {
	Kind string `yaml:"kind"` // domain | email | url | text
	From string `yaml:"from"` // where the account has it, such as "account.link_domains"
	Many bool   `yaml:"many"` // each value has its own position
	Ask  string `yaml:"ask"`  // the question when it is needed and unknown
}

// Step is one thing to do.
type Step struct {
	ID         string   `yaml:"id"`
	Title      string   `yaml:"title"`
	By         Actor    `yaml:"by"`
	Scope      Scope    `yaml:"scope"`      // default binding
	Capability string   `yaml:"capability"` // what a tier needs to do it; staff steps only
	Check      *Check   `yaml:"check"`      // nil when nothing can be looked at
	Sets       string   `yaml:"sets"`       // the thing it sets, such as "dns.cname {link_domain}"
	Replaces   []string `yaml:"replaces"`   // earlier steps whose result this one replaces
	Optional   bool     `yaml:"optional"`   // may fail or be left out
	When       *Cond    `yaml:"when"`       // applies only then; nil = always
	After      []string `yaml:"after"`      // earlier steps that it waits for; the order of the list holds it back
	OneOf      string   `yaml:"one_of"`     // name of a group of which one step suffices
	Phrases    []string `yaml:"phrases"`    // how customers say it, for the offline extractor
	Errors     []string `yaml:"errors"`     // messages that show when it is not right, word for word, for search
	// Prerequisite is the id of the procedure that it is a step of when that is
	// another than the one it stands in; "" for a procedure's own.
	Prerequisite string `yaml:"-"`
	// Within are the ids of the prerequisites that it comes with, that one first:
	// once one of them is met, its silent steps are not asked for.
	Within []string `yaml:"-"`
}

// Scope says what a step changes.
type Scope string

// The scopes.
const (
	ScopeBinding Scope = ""        // one binding of the inputs
	ScopeAccount Scope = "account" // the whole account: needs every binding
)

// Translation is a procedure in another language.
type Translation struct {
	Title string            `yaml:"title"`
	Asks  []string          `yaml:"asks"`
	Steps map[string]StepTr `yaml:"steps"`
	Input map[string]string `yaml:"inputs"` // the questions by input
	Body  string            `yaml:"-"`

	File   string `yaml:"-"` // path inside the workspace
	Source string `yaml:"-"` // the file's text, of which Body is the tail
}

// StepTr is a step in another language.
type StepTr struct {
	Title   string   `yaml:"title"`
	Phrases []string `yaml:"phrases"`
}

// Step returns the step with that id, or nil.
func (p *Procedure) Step(id string) *Step {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	return nil
}

// StepTitle returns the title of a step in a language, in the original
// language when there is no translation, and the id when there is no step.
func (p *Procedure) StepTitle(id, lang string) string {
	if tr, ok := p.Translations[lang]; ok && tr.Steps[id].Title != "" {
		return tr.Steps[id].Title
	}
	if s := p.Step(id); s != nil {
		return s.Title
	}
	return id
}

// TitleIn returns the procedure's title in a language, or the original.
func (p *Procedure) TitleIn(lang string) string {
	if tr, ok := p.Translations[lang]; ok && tr.Title != "" {
		return tr.Title
	}
	return p.Title
}

var anchor = regexp.MustCompile(`(?m)^#+[^\n]*\{#([\w-]+)\}`)

// Sections splits Markdown at its {#step-id} headings: text by step.
func Sections(body string) map[string]string {
	out := map[string]string{}
	heads := anchor.FindAllStringSubmatchIndex(body, -1)
	for i, h := range heads {
		end := len(body)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		out[body[h[2]:h[3]]] = body[h[1]:end]
	}
	return out
}

// StepText returns what the public page says of a step as plain text for a
// letter, each paragraph on one line: in a language, or the original when that says nothing of it; ""
// when neither does.
func (p *Procedure) StepText(id, lang string) string {
	text := cmp.Or(Sections(p.Translations[lang].Body)[id], Sections(p.Body)[id])
	if at := heading.FindStringIndex(text); at != nil {
		text = text[:at[0]] // what follows is of no step
	}
	var out strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		next := ownLine.MatchString(line) || line == "" || strings.HasSuffix(out.String(), "\n")
		switch {
		case out.Len() == 0:
		case next:
			out.WriteByte('\n')
		default:
			out.WriteByte(' ')
			line = strings.TrimSpace(line)
		}
		out.WriteString(line)
	}
	return italics.ReplaceAllString(plain.Replace(link.ReplaceAllString(out.String(), "$1 ($2)")), "$1")
}

var heading = regexp.MustCompile(`(?m)^#`)

// link is a link in Markdown: its words and its address.
var link = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)

// italics are words in single asterisks.
var italics = regexp.MustCompile(`\B\*([^\s*](?:[^*\n]*[^\s*])?)\*\B`)

// plain drops the marks of labels and code.
var plain = strings.NewReplacer("**", "", "`", "")

// ownLine is a line of Markdown that does not continue the one before: code, an item of a list.
var ownLine = regexp.MustCompile(`^(    |\s*[-*+] |\s*\d+\. )`)

// Question returns the question for an input in a language, or the original.
func (p *Procedure) Question(input, lang string) string {
	if q := p.Translations[lang].Input[input]; q != "" {
		return q
	}
	return p.Inputs[input].Ask
}

// AccountWide reports whether a step needs every binding of the account.
func (p *Procedure) AccountWide() bool {
	for i := range p.Steps {
		if p.Steps[i].Scope == ScopeAccount {
			return true
		}
	}
	return false
}

// Own returns the procedure's own steps, without those of its prerequisites.
func (p *Procedure) Own() []Step {
	own := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Prerequisite == "" })
	if own < 0 {
		return nil
	}
	return p.Steps[own:]
}

// Capability returns the capability of the procedure's own last staff step, ""
// if it has none.
func (p *Procedure) Capability() string {
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if p.Steps[i].Capability != "" && p.Steps[i].Prerequisite == "" {
			return p.Steps[i].Capability
		}
	}
	return ""
}

// Change is a dated change of the product.
type Change struct {
	ID     string   `yaml:"id"`
	Date   Date     `yaml:"date"`
	Title  string   `yaml:"title"`
	Area   string   `yaml:"area"`
	Labels []string `yaml:"labels"` // screen labels that no longer exist; once loaded the renamed ones too
	// Renamed are labels by what they were called, with what they are called now.
	Renamed map[string]string `yaml:"renamed"`
	Topics  []string          `yaml:"topics"` // further areas, or ids of procedures, that it touches
	For     []string          `yaml:"for"`    // tiers whose people must know; empty = everybody
	Body    string            `yaml:"-"`
	File    string            `yaml:"-"` // path inside the workspace
}

// Touches reports whether a change is about an area or a procedure, "" for none.
func (c *Change) Touches(area, procedure string) bool {
	return area != "" && (c.Area == area || slices.Contains(c.Topics, area)) || procedure != "" && slices.Contains(c.Topics, procedure)
}

// Concerns reports whether the people of these tiers must know of a change.
// Somebody of no tier must know everything.
func (c *Change) Concerns(tiers []string) bool {
	return len(c.For) == 0 || len(tiers) == 0 || slices.ContainsFunc(tiers, func(t string) bool { return slices.Contains(c.For, t) })
}

// changeFresh is how long a change is news.
const changeFresh = 30 * 24 * time.Hour

// Fresh reports whether a change is of the last 30 days, as of now; one of the
// future is not yet.
func (c *Change) Fresh(now time.Time) bool {
	return !c.Date.After(now) && now.Sub(c.Date.Time) <= changeFresh
}

// Date is a day, written 2006-01-02.
type Date struct{ time.Time }

// UnmarshalYAML reads a day.
func (d *Date) UnmarshalYAML(n ast.Node) error {
	t, err := time.Parse(time.DateOnly, n.GetToken().Value)
	if err != nil {
		return nodeErrorf(n, "%q is no day; write it as 2006-01-02", n.GetToken().Value)
	}
	d.Time = t
	return nil
}
