// Package author has a model write: it proposes a procedure from articles, finds
// passages that cannot both be right, drafts answers to customers, and finds
// what an answer repeats. The model proposes; a passage that does not stand in its page letter for letter
// is dropped, and so is a step that rests on none. A person publishes.
package author

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/knowledge/importer"
	"readback/prompts"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/ground"
)

// MaxText bounds what one call is given of pages, in bytes.
const MaxText = 40_000

// Model does tasks: a Ladder of package extract.
type Model interface {
	Ask(ctx context.Context, t extract.Task) (triage.ExtractorInfo, error)
}

var _ Model = (*extract.Ladder)(nil)

// Quote is a passage that stands in a page: its bytes [Start, End) of the text.
type Quote struct {
	Page       int // index of the page
	Start, End int
	Text       string // those bytes
}

// Conflict is two passages that cannot both be right.
type Conflict struct {
	About string
	A, B  Quote
}

// answerQuote and the others are what a model writes.
type answerQuote struct {
	Page int    `json:"page"`
	Text string `json:"text"`
}

type answerConflict struct {
	About string      `json:"about"`
	A     answerQuote `json:"a"`
	B     answerQuote `json:"b"`
}

type answerStep struct {
	Title      string        `json:"title"`
	By         string        `json:"by"`
	Capability string        `json:"capability"`
	Check      string        `json:"check"`
	Quotes     []answerQuote `json:"quotes"`
}

// pages are texts with their folds, in which passages are looked for.
type pages struct {
	texts  []string
	folded []*ground.Text
	asked  prompts.Pages
}

// add takes a page in; false when it would be more than MaxText.
func (p *pages) add(title, text string) bool {
	size := len(title) + len(text)
	for _, t := range p.asked.Pages {
		size += len(t.Title) + len(t.Text)
	}
	if size > MaxText {
		return false
	}
	p.texts, p.folded = append(p.texts, text), append(p.folded, ground.Fold(text))
	p.asked.Pages = append(p.asked.Pages, prompts.Page{N: len(p.texts), Title: title, Text: text})
	return true
}

// quote finds a passage in its page; ok is false when it does not stand there.
func (p *pages) quote(q answerQuote) (Quote, bool) {
	at := q.Page - 1
	if at < 0 || at >= len(p.texts) || strings.TrimSpace(q.Text) == "" {
		return Quote{}, false
	}
	spans := p.folded[at].Find(q.Text)
	if len(spans) == 0 {
		return Quote{}, false
	}
	s := spans[0]
	return Quote{at, s.Start, s.End, p.texts[at][s.Start:s.End]}, true
}

// conflicts keeps those whose passages both stand where they are said to.
func (p *pages) conflicts(list []answerConflict) (out []Conflict, dropped int) {
	for _, c := range list {
		a, okA := p.quote(c.A)
		b, okB := p.quote(c.B)
		overlap := a.Page == b.Page && a.Start < b.End && b.Start < a.End
		if !okA || !okB || overlap || ground.Folded(a.Text) == ground.Folded(b.Text) || line(c.About, 200) == "" {
			dropped++
			continue
		}
		out = append(out, Conflict{line(c.About, 200), a, b})
	}
	return out, dropped
}

// Draft is a proposed procedure.
type Draft struct {
	Text    string // of its file, as importer.Write makes it
	Steps   int
	Info    triage.ExtractorInfo // Dropped counts steps, passages and conflicts that rested on nothing
	Written []Conflict
}

// Propose drafts a procedure from articles. checks are the names of those
// there are. Errors: Invalid when the articles are too much for one call,
// Unavailable when no model could do it or nothing of what it said stands in
// the articles.
func Propose(ctx context.Context, m Model, w *knowledge.Workspace, articles []knowledge.Article, checks []string) (Draft, error) {
	var p pages
	for i := range articles {
		if !p.add(articles[i].Title, articles[i].Body) {
			return Draft{}, triage.Errorf(triage.Invalid, "The articles are longer than the %d kB that a model is given at once. Draft from fewer, or make the plain outline.", MaxText/1000)
		}
	}
	p.asked.Checks = checks
	if w != nil {
		p.asked.Platform = w.Platform.Name
		for i := range w.Tiers {
			p.asked.Capabilities = append(p.asked.Capabilities, w.Tiers[i].Capabilities...)
		}
	}
	var said struct {
		title     string
		steps     []answerStep
		conflicts []answerConflict
	}
	info, err := m.Ask(ctx, extract.Task{Prompt: prompts.Draft(), Data: p.asked, Lists: []string{"steps"}, Decode: func(object map[string]json.RawMessage) error {
		said.title, said.steps, said.conflicts = "", nil, nil
		if json.Unmarshal(object["steps"], &said.steps) != nil {
			return errors.New("steps is not a list of steps")
		}
		_ = json.Unmarshal(object["title"], &said.title) // the article's will do
		_ = json.Unmarshal(object["conflicts"], &said.conflicts)
		return nil
	}})
	if err != nil {
		return Draft{}, err
	}
	var steps []importer.Step
	for _, s := range said.steps {
		if step, ok := p.step(s, checks); ok {
			steps = append(steps, step)
		} else {
			info.Dropped++
		}
	}
	if len(steps) == 0 {
		return Draft{}, triage.Errorf(triage.Unavailable, "Nothing that the model said stands in the articles; make the plain outline.")
	}
	conflicts, dropped := p.conflicts(said.conflicts)
	info.Dropped += dropped
	d := importer.Draft{Title: line(said.title, 120), By: "the model " + info.Model + " (prompt " + info.Prompt + ")", Articles: articles, Steps: steps}
	for _, c := range conflicts {
		d.Conflicts = append(d.Conflicts, importer.Conflict{About: c.About,
			A: importer.Passage{Source: articles[c.A.Page].Title, Text: c.A.Text}, B: importer.Passage{Source: articles[c.B.Page].Title, Text: c.B.Text}})
	}
	return Draft{Text: importer.Write(d), Steps: len(steps), Info: info, Written: conflicts}, nil
}

// headings of a passage stand below the step's own.
var headings = regexp.MustCompile(`(?m)^#{1,6}[ \t]+`)

// maxStepText bounds a step's text, in bytes.
const maxStepText = 6000

// step keeps of a proposed step what stands in the pages: its text is made of
// their passages, its title is the model's. ok is false when none of them do.
func (p *pages) step(s answerStep, checks []string) (importer.Step, bool) {
	out := importer.Step{Title: line(s.Title, 80), By: knowledge.Customer}
	var texts []string
	size := 0
	for _, q := range s.Quotes {
		found, ok := p.quote(q)
		text := headings.ReplaceAllString(strings.TrimSpace(found.Text), "#### ")
		if ok && !slices.Contains(texts, text) && size+len(text) <= maxStepText {
			texts, size = append(texts, text), size+len(text)
		}
	}
	if len(texts) == 0 || out.Title == "" {
		return out, false
	}
	out.Text = strings.Join(texts, "\n\n")
	if s.By == string(knowledge.Staff) {
		out.By = knowledge.Staff
		if slices.Contains(p.asked.Capabilities, s.Capability) {
			out.Capability = s.Capability
		}
	}
	if slices.Contains(checks, s.Check) {
		out.Checks = []string{s.Check}
	}
	return out, true
}

// line is a model's text as one line of at most n characters, without what
// headings and anchors are made of.
func line(s string, n int) string {
	s = strings.Join(strings.Fields(strings.NewReplacer("{", "(", "}", ")", "#", "", "<", "", ">", "", "\x00", "").Replace(strings.ToValidUTF8(s, ""))), " ")
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-3])) + "..."
	}
	return s
}
