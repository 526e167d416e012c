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
	steps := stepsOf(articles)
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("---")
	line("title: %s", quoted(articles[0].Title))
	line("status: draft # decides nothing until a person sets it to live")
	line("owner: \"\"")
	var urls []string
	for _, a := range articles {
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
	line("steps:")
	for _, s := range steps {
		line("  - id: %s", s.id)
		line("    title: %s", quoted(s.title))
		line("    by: %s", s.by)
		if s.by == knowledge.Staff {
			line("    # capability: which one does this take?")
		}
		for _, c := range knowledge.LikelyChecks(s.text) {
			line("    # check: {%s: {}} may fit; docs/checks.md has its parameters", c)
		}
	}
	line("---")
	for _, s := range steps {
		line("## %s {#%s}", s.title, s.id)
		text := strings.TrimSpace(s.text)
		if head, rest, _ := strings.Cut(text, "\n"); strings.TrimRight(head, ".!?:; ") == s.title && strings.TrimSpace(rest) != "" {
			text = strings.Trim(rest, "\n") // the heading has said it
		}
		line("%s\n", text)
	}
	return strings.TrimSpace(out.String()) + "\n"
}

// outlined is a step of an outline.
type outlined struct {
	id, title, text string
	by              knowledge.Actor
}

var (
	orderedItem = regexp.MustCompile(`^ {0,3}\d+[.)]\s+(.+)$`)
	subHeading  = regexp.MustCompile(`^#{2,6}\s+(.+?)(?:\s*\{#[\w-]+\})?\s*$`)
	marks       = regexp.MustCompile("[*_`]|!?\\[([^\\]]*)\\]\\([^)]*\\)")
)

func stepsOf(articles []knowledge.Article) []outlined {
	var out []outlined
	taken := map[string]bool{}
	add := func(text string) {
		title := stepTitle(text)
		s := outlined{title: title, text: text, by: knowledge.Customer}
		if knowledge.AsksSupport(text) {
			s.by = knowledge.Staff
		}
		base := Slug(title)
		if len(base) > 40 {
			base = base[:max(strings.LastIndexByte(base[:41], '-'), 1)] // at a word's end
		}
		if base == "" {
			base = fmt.Sprintf("step-%d", len(out)+1)
		}
		s.id = base
		for n := 2; taken[s.id]; n++ {
			s.id = fmt.Sprintf("%s-%d", base, n)
		}
		taken[s.id] = true
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
