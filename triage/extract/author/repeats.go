package author

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"readback/prompts"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/ground"
	"readback/triage/guard"
)

// The limits of what is compared, in bytes; and how many repeats are taken.
const (
	maxDraft   = 16_000
	maxMessage = 6_000
	maxRepeats = 12
)

type answerRepeat struct {
	Kind    guard.Kind `json:"kind"`
	Draft   string     `json:"draft"`
	Page    int        `json:"page"`
	Earlier string     `json:"earlier"`
}

// Repeats asks a model what a draft repeats of a ticket. Both passages of each
// repeat stand where it says, letter for letter; others are counted in Dropped.
// Whether they count, guard.Add decides. platform is the vendor's name, "" when
// it is unknown. Errors: Invalid when the customer wrote nothing; Unavailable
// when no model could do it.
func Repeats(ctx context.Context, m Model, platform string, t *triage.Ticket, draft string) ([]guard.Proposal, triage.ExtractorInfo, error) {
	p := pages{asked: prompts.Pages{Platform: platform}}
	p.add("The draft", cutAt(draft, maxDraft))
	numbers := p.thread(t)
	if len(numbers) == 0 {
		return nil, triage.ExtractorInfo{}, triage.Errorf(triage.Invalid, "There is nothing that the answer could repeat: the customer has written nothing.")
	}
	var said []answerRepeat
	info, err := m.Ask(ctx, extract.Task{Prompt: prompts.Guard(), Data: p.asked, Lists: []string{"repeats"}, Decode: func(object map[string]json.RawMessage) error {
		said = nil
		if json.Unmarshal(object["repeats"], &said) != nil {
			return errors.New("repeats is not a list of repeats")
		}
		return nil
	}})
	if err != nil {
		return nil, info, err
	}
	g := ground.New(t)
	var out []guard.Proposal
	for _, r := range said {
		own, ok := p.quote(answerQuote{1, r.Draft})
		if !ok || len(out) == maxRepeats || r.Page < 2 || r.Page-2 >= len(numbers) {
			info.Dropped++
			continue
		}
		ev, ok := earlier(g, t, numbers[r.Page-2], r.Earlier)
		if !ok {
			info.Dropped++
			continue
		}
		out = append(out, guard.Proposal{Kind: r.Kind, Draft: own.Text, Message: ev.Message, Start: ev.Start, End: ev.End})
	}
	return out, info, nil
}

// Look asks as Repeats does, for at most wait, and tells how it went.
func Look(ctx context.Context, m Model, platform string, t *triage.Ticket, draft string, wait time.Duration) guard.Reading {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	list, info, err := Repeats(ctx, m, platform, t, draft)
	out := guard.Reading{Outcome: guard.ModelRead, Name: info.Model, Prompt: info.Prompt, Dropped: info.Dropped, Usage: info.Usage, LatencyMS: info.LatencyMS, Proposals: list}
	switch {
	case err == nil || triage.CodeOf(err) == triage.Invalid: // then there is nothing to repeat
	case ctx.Err() != nil || len(info.Failures) > 0 && info.Failures[len(info.Failures)-1] == extract.CodeTimeout:
		out.Outcome = guard.ModelLate
	default:
		out.Outcome = guard.ModelUnavailable
	}
	return out
}

// thread adds the newest messages that fit and returns their numbers, oldest
// first; nil when none is the customer's.
func (p *pages) thread(t *triage.Ticket) (numbers []int) {
	size, theirs := len(p.texts[0])+100, false
	for i, m := range slices.Backward(t.Messages) {
		if m.Role == triage.RoleSystem || strings.TrimSpace(m.Text) == "" {
			continue
		}
		if size += min(len(m.Text), maxMessage) + 100; size > MaxText {
			break
		}
		numbers, theirs = append(numbers, i+1), theirs || m.Role == triage.RoleCustomer
	}
	if !theirs {
		return nil
	}
	slices.Reverse(numbers)
	for _, n := range numbers {
		by := "the customer"
		if t.N(n).Role == triage.RoleAgent {
			by = "support"
		}
		p.add(fmt.Sprintf("Message %d, by %s", n, by), cutAt(t.N(n).Text, maxMessage))
	}
	return numbers
}

// earlier finds a passage in a message: the customer's own words, or what an
// earlier answer says outside its history and signature.
func earlier(g *ground.Grounder, t *triage.Ticket, n int, quote string) (triage.Evidence, bool) {
	if t.N(n).Role == triage.RoleCustomer {
		ev, ok := g.Quote(triage.Quote{Message: n, Text: quote})
		return ev, ok && ev.Message == n && !g.NegatedOutside(ev)
	}
	text := t.N(n).Text
	regions := ground.Quoted(text)
	for _, s := range ground.Fold(text).Find(quote) {
		if !slices.ContainsFunc(regions, func(r ground.Region) bool { return r.Start < s.End && s.Start < r.End }) {
			return triage.Evidence{Message: n, Start: s.Start, End: s.End}, true
		}
	}
	return triage.Evidence{}, false
}

// cutAt is the beginning of a text, at most n bytes, up to a whole character.
func cutAt(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
