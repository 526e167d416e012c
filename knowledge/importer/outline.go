package importer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"readback/knowledge"
)

// Outline is a procedure, as the text of its file, drawn from articles without
// a model: their ordered lists, or else their headings, as steps. It is a
// draft for a person to correct: who does a step and how it is checked is a
// guess from its words, and said to be one.
func Outline(articles []knowledge.Article) string {
	return Write(Draft{By: "plain rules from the words of the articles, no model", Articles: articles, Steps: stepsOf(articles)})
}

// Draft is a procedure that somebody proposes from articles.
type Draft struct {
	Title     string // "" = the first article's
	By        string // who proposes it, such as "the model x"
	Articles  []knowledge.Article
	Steps     []Step
	Conflicts []Conflict
}

// Step is a proposed step.
type Step struct {
	Title, Text string
	By          knowledge.Actor
	Capability  string   // "" = not known
	Checks      []string // that may fit
}

// Conflict is two passages of the sources that cannot both be right.
type Conflict struct {
	About string
	A, B  Passage
}

// Passage is a piece of a source, word for word.
type Passage struct{ Source, Text string }

// Write is a draft as the text of a procedure's file. Checks that may fit are
// comments, because nobody has said what they look at; conflicts stand at the
// end for a person to decide and take out.
func Write(d Draft) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	title := d.Title
	if title == "" {
		title = d.Articles[0].Title
	}
	line("---")
	line("# proposed by %s; a person checks and publishes it", strings.Join(strings.Fields(d.By), " "))
	line("title: %s", quoted(title))
	line("status: draft # decides nothing until a person sets it to live")
	line("owner: \"\"")
	var urls []string
	for _, a := range d.Articles {
		if a.URL != "" && !slices.Contains(urls, a.URL) {
			urls = append(urls, a.URL)
		}
	}
	if urls != nil {
		line("replaces_urls:")
		for _, u := range urls {
			line("  - %s", quoted(u))
		}
	}
	ids := idsOf(d.Steps)
	line("steps:")
	for i, s := range d.Steps {
		line("  - id: %s", ids[i])
		line("    title: %s", quoted(s.Title))
		line("    by: %s", s.By)
		switch {
		case s.Capability != "":
			line("    capability: %s", quoted(s.Capability))
		case s.By == knowledge.Staff:
			line("    # capability: which one does this take?")
		}
		for _, c := range s.Checks {
			line("    # check: {%s: {}} may fit; docs/checks.md has its parameters", c)
		}
	}
	line("---")
	for i, s := range d.Steps {
		line("## %s {#%s}", s.Title, ids[i])
		text := strings.TrimSpace(s.Text)
		if head, rest, _ := strings.Cut(text, "\n"); strings.TrimRight(head, ".!?:; ") == s.Title && strings.TrimSpace(rest) != "" {
			text = strings.Trim(rest, "\n") // the heading has said it
		}
		line("%s\n", text)
	}
	if d.Conflicts != nil {
		line("## Where the sources disagree\nDecide which is right, then take this section out.\n")
		for _, c := range d.Conflicts {
			line("%s:\n\n%s\n%s\n", c.About, c.A.block(), c.B.block())
		}
	}
	return strings.TrimSpace(out.String()) + "\n"
}

// block is a passage as a quotation with its source.
func (p Passage) block() string {
	var out strings.Builder
	for l := range strings.Lines(p.Text + "\n") {
		out.WriteString("> " + l)
	}
	return out.String() + ">\n> " + p.Source + "\n"
}

// idsOf names steps by their titles, each by another name.
func idsOf(steps []Step) []string {
	taken := map[string]bool{}
	out := make([]string, len(steps))
	for i, s := range steps {
		base := Slug(s.Title)
		if len(base) > 40 {
			base = base[:max(strings.LastIndexByte(base[:41], '-'), 1)] // at a word's end
		}
		if base == "" {
			base = fmt.Sprintf("step-%d", i+1)
		}
		id := base
		for n := 2; taken[id]; n++ {
			id = fmt.Sprintf("%s-%d", base, n)
		}
		out[i], taken[id] = id, true
	}
	return out
}

var (
	orderedItem = regexp.MustCompile(`^ {0,3}\d+[.)]\s+(.+)$`)
	subHeading  = regexp.MustCompile(`^#{2,6}\s+(.+?)(?:\s*\{#[\w-]+\})?\s*$`)
	marks       = regexp.MustCompile("[*_`]|!?\\[([^\\]]*)\\]\\([^)]*\\)")
)

func stepsOf(articles []knowledge.Article) []Step {
	var out []Step
	add := func(text string) {
		s := Step{Title: stepTitle(text), Text: text, By: knowledge.Customer, Checks: knowledge.LikelyChecks(text)}
		if knowledge.AsksSupport(text) {
			s.By = knowledge.Staff
		}
		out = append(out, s)
	}
	for _, a := range articles {
		parts := partsOf(a.Body, orderedItem)
		if parts == nil {
			parts = partsOf(a.Body, subHeading)
		}
		if parts == nil {
			parts = []string{a.Title + "\n" + a.Body}
		}
		for _, p := range parts {
			add(p)
		}
	}
	return out
}

// partsOf cuts a text at the lines that begin a part; a part ends at a heading
// or, of a list, where a line is no longer indented.
func partsOf(body string, begins *regexp.Regexp) []string {
	var out []string
	open := false
	for line := range strings.Lines(body) {
		bare := strings.TrimRight(line, "\n")
		m := begins.FindStringSubmatch(bare)
		switch {
		case m != nil:
			out, open = append(out, m[1]+"\n"), true
		case strings.HasPrefix(bare, "#"), begins == orderedItem && bare != "" && !strings.HasPrefix(bare, " "):
			open = false
		case open:
			out[len(out)-1] += strings.TrimPrefix(bare, "   ") + "\n"
		}
	}
	return out
}

// stepTitle is the first sentence of a step, at most 80 characters.
func stepTitle(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	first = strings.TrimSpace(marks.ReplaceAllString(first, "$1"))
	if i := strings.IndexAny(first, ".!?;:"); i > 0 && (i+1 == len(first) || first[i+1] == ' ') {
		first = first[:i]
	}
	if r := []rune(first); len(r) > 80 {
		first = strings.TrimSpace(string(r[:77])) + "..."
	}
	return strings.NewReplacer("{", "(", "}", ")", "#", "").Replace(first)
}

// quoted is a text as YAML and JSON both read it.
func quoted(s string) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text always encodes
	return strings.TrimSpace(out.String())
}
