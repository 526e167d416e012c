package extract

import (
	"context"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"readback/triage"
)

// Keyword is the matching that many desks begin with, kept as the baseline
// that every other extractor is measured beside (triage/eval): a sentence of
// anybody's with one of a few words is a step done. It knows no person,
// tense or negation, and proposes claims only.
type Keyword struct{}

// triggers is the word list of the published baseline. "setup" is also
// written "set up": only so does the list give the published figures.
var triggers = regexp.MustCompile(`(?i)\b(already|tried|followed|checked|configured|set ?up|changed|installed|updated|` +
	`cleared|restarted|added|removed|verified|confirmed|enabled|disabled)\b`)

// Extract never fails.
func (Keyword) Extract(_ context.Context, in triage.Reading) (triage.Proposal, error) {
	p := triage.Proposal{Matters: []triage.ProposedMatter{{Kind: triage.KindOther}}, Info: triage.ExtractorInfo{Name: "keyword"}}
	for i := range in.Ticket.Messages {
		text := in.Ticket.Messages[i].Text
		for start := 0; start < len(text) && len(p.Claims) < maxAnswerItems; {
			end := start + plainSentence(text[start:])
			sentence := strings.TrimSpace(text[start:end])
			if triggers.MatchString(sentence) {
				at := start + strings.Index(text[start:end], sentence)
				p.Claims = append(p.Claims, triage.ProposedClaim{What: clip(sentence, maxText), State: triage.ClaimDone,
					Quotes: []triage.Quote{{Message: i + 1, Text: sentence, Start: at}}})
			}
			start = end
		}
	}
	return p, nil
}

// plainSentence returns the length of the text up to its first line break, or
// to its first stop mark that white space follows: no more than a baseline needs.
func plainSentence(text string) int {
	stop := false
	for i, r := range text {
		if r == '\n' || stop && unicode.IsSpace(r) {
			return i + utf8.RuneLen(r)
		}
		stop = r == '.' || r == '!' || r == '?'
	}
	return len(text)
}
