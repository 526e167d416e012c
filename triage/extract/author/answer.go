package author

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/prompts"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/ground"
)

// The limits of a drafted answer, in bytes.
const (
	maxWords    = 12_000 // of the customer's words, the newest
	maxPart     = 1_200
	maxCourtesy = 160
)

// Known is what an answer may rest on.
type Known struct {
	Ticket    *triage.Ticket
	Told      string // what is known and this sender may hear
	Procedure *knowledge.Procedure
	Language  string // of the customer
}

// Answer is a drafted answer.
type Answer struct {
	Text    string
	Sources []string             // titles of the pages that it rests on
	Info    triage.ExtractorInfo // Dropped counts the parts that rested on nothing
}

type answerPart struct {
	Kind   string        `json:"kind"`
	Text   string        `json:"text"`
	Quotes []answerQuote `json:"quotes"`
}

// Reply drafts an answer. What rests on no passage of what is known or of the
// procedure, and what names an address or a number that stands nowhere, is left
// out. Errors: Invalid when nothing is known; Unavailable when no model could do
// it, or nothing of what it said is grounded.
func Reply(ctx context.Context, m Model, w *knowledge.Workspace, k Known) (Answer, error) {
	p := pages{asked: prompts.Pages{Platform: w.Platform.Name, Language: k.Language}}
	p.add("The customer's words", customerWords(k.Ticket))
	if strings.TrimSpace(k.Told) != "" {
		p.add("What is known and may be told", k.Told)
	}
	if q := k.Procedure; q != nil {
		for _, step := range q.Steps {
			if text := q.StepText(step.ID, k.Language); text != "" && step.By != knowledge.Staff {
				p.add(q.TitleIn(k.Language)+": "+q.StepTitle(step.ID, k.Language), q.StepTitle(step.ID, k.Language)+"\n\n"+text)
			}
		}
	}
	if len(p.texts) < 2 {
		return Answer{}, triage.Errorf(triage.Invalid, "There is nothing to make an answer from: nothing is known yet, and no procedure fits.")
	}
	var parts []answerPart
	info, err := m.Ask(ctx, extract.Task{Prompt: prompts.Answer(), Data: p.asked, Lists: []string{"parts"}, Decode: func(object map[string]json.RawMessage) error {
		parts = nil
		if json.Unmarshal(object["parts"], &parts) != nil {
			return errors.New("parts is not a list of parts")
		}
		return nil
	}})
	if err != nil {
		return Answer{}, err
	}
	out, said := Answer{Info: info}, []string{}
	grounded := false
	for _, part := range parts {
		from, ok := p.grounded(part)
		if !ok {
			out.Info.Dropped++
			continue
		}
		grounded = grounded || len(from) > 0
		said = append(said, strings.TrimSpace(part.Text))
		for _, at := range from {
			if title := p.asked.Pages[at].Title; !slices.Contains(out.Sources, title) {
				out.Sources = append(out.Sources, title)
			}
		}
	}
	if !grounded {
		return Answer{}, triage.Errorf(triage.Unavailable, "Nothing that the model said stands in what is known.")
	}
	out.Text = strings.Join(said, "\n\n")
	return out, nil
}

// customerWords are what the customer wrote, the newest as far as they fit,
// without what they quote and what is addressed to the software.
func customerWords(t *triage.Ticket) string {
	var list []string
	size := 0
	for _, n := range slices.Backward(t.CustomerMessages()) {
		text := t.N(n).Text
		var own strings.Builder
		at := 0
		for _, r := range ground.Regions(text) {
			if r.Start >= at {
				own.WriteString(text[at:r.Start])
			}
			at = max(at, r.End)
		}
		own.WriteString(text[at:])
		words := strings.TrimSpace(own.String())
		if size += len(words); size > maxWords {
			break
		}
		list = append(list, words)
	}
	slices.Reverse(list)
	return strings.Join(list, "\n\n")
}

// What an answer may only say as it stands in the pages: addresses and numbers.
var stands = regexp.MustCompile(`(?i)https?://[^\s<>()\[\]"']+|[\w.+-]+@[\w.-]+\w|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b|\d+(?:[:.,]\d+)*`)

// hasWord reports whether a text has a word, not as a part of a longer one.
func hasWord(text, word string) bool {
	in := func(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 0x80 }
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if (start == 0 || !in(text[start-1])) && (end == len(text) || !in(text[end])) {
			return true
		}
		from = start + 1
	}
}

// grounded tells the pages that a part rests on; ok is false when it rests on
// nothing, or names what stands nowhere.
func (p *pages) grounded(part answerPart) (from []int, ok bool) {
	text := strings.TrimSpace(part.Text)
	if text == "" || len(text) > maxPart {
		return nil, false
	}
	for _, named := range stands.FindAllString(text, -1) {
		named = strings.TrimRight(named, ".,;:!?")
		url := strings.Contains(named, "://")
		if !slices.ContainsFunc(p.texts[map[bool]int{true: 1}[url]:], func(page string) bool { return hasWord(strings.ToLower(page), strings.ToLower(named)) }) {
			return nil, false
		}
	}
	if part.Kind == "courtesy" {
		return nil, len(text) <= maxCourtesy && !stands.MatchString(text)
	}
	for _, q := range part.Quotes {
		if found, ok := p.quote(q); ok && found.Page > 0 && len(strings.TrimSpace(found.Text)) >= 4 { // the customer's words ground nothing
			from = append(from, found.Page)
		}
	}
	return from, len(from) > 0
}
