package pipeline

import (
	"strings"
	"unicode"

	"readback/knowledge"
	"readback/triage"
)

// askedAt lists the numbers of the messages in which an agent or a machine of
// ours asked about the procedure: a question that shares a word with its
// steps, or an instruction that shares two or links to its page. "Invoice
// attached" asks nothing.
func askedAt(t *triage.Ticket, p *knowledge.Procedure) []int {
	var out []int
	var about map[string]bool
	for i := range t.Messages {
		m := &t.Messages[i]
		if m.Role == triage.RoleCustomer {
			continue
		}
		if about == nil {
			about = stepWords(p)
		}
		text := m.Text[:min(len(m.Text), maxRetrieve)]
		shared := 0
		for w := range words(text) {
			if about[w] {
				shared++
			}
		}
		linked := p.URL != "" && strings.Contains(text, p.URL)
		for _, u := range p.ReplacesURLs {
			linked = linked || strings.Contains(text, u)
		}
		if linked || shared >= 2 || shared == 1 && strings.ContainsAny(text, "?\uff1f") {
			out = append(out, i+1)
		}
	}
	return out
}

// stepWords are the words of the customer's steps in every language.
func stepWords(p *knowledge.Procedure) map[string]bool {
	var all strings.Builder
	for _, s := range p.Steps {
		if s.By != knowledge.Customer {
			continue
		}
		all.WriteString(s.Title + " " + strings.Join(s.Phrases, " ") + " ")
		for _, tr := range p.Translations {
			all.WriteString(tr.Steps[s.ID].Title + " " + strings.Join(tr.Steps[s.ID].Phrases, " ") + " ")
		}
	}
	return words(all.String())
}

// words returns the distinct words of four letters and more, cut to five so
// that inflected forms meet.
func words(text string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		n, end := 0, len(w)
		for i := range w {
			if n++; n == 6 {
				end = i
				break
			}
		}
		if n >= 4 {
			out[w[:end]] = true
		}
	}
	return out
}
