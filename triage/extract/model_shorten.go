package extract

import (
	"slices"
	"unicode/utf8"

	"readback/prompts"
	"readback/triage"
)

const (
	// messageOverhead is about what the lines around a message cost, in bytes.
	messageOverhead = 80
	// hideMargin is how much more text than is kept is searched for secrets,
	// in bytes, so that none is known by its half only. A private key has 3,300.
	hideMargin = 24_000
	cutMark    = "\n[... the middle of this message is left out here ...]\n"
)

// shortenThread picks the messages that fit into budget bytes: the customer's
// first one, then as many of the newest as fit. A message longer than a quarter
// of the budget keeps its beginning and end. cut reports whether anything is
// missing.
func shortenThread(messages []triage.Message, budget int, hide func(string) string) (kept []prompts.Message, cut bool) {
	limit := budget / 4
	cost := func(m *triage.Message) int { return min(len(m.Text), limit) + messageOverhead }
	if len(messages) == 0 {
		return nil, false
	}
	total := 0
	for i := range messages {
		total += cost(&messages[i])
	}
	first := 0
	if total > budget { // a bot's greeting is worth less than the customer's opening
		first = max(0, slices.IndexFunc(messages, func(m triage.Message) bool { return m.Role == triage.RoleCustomer }))
	}
	left := budget - cost(&messages[first])
	from := len(messages) // the newest run begins here
	for from > first+1 && left >= cost(&messages[from-1]) {
		from--
		left -= cost(&messages[from])
	}
	add := func(i, skipped int) {
		m := &messages[i]
		// A first, wider cut spares hide a megabyte of which little is kept.
		wide, short := cutMiddle(m.Text, limit+hideMargin)
		text, again := cutMiddle(hide(wide), limit)
		cut = cut || short || again || skipped > 0
		kept = append(kept, prompts.Message{N: i + 1, Role: string(m.Role), Text: text, Skipped: skipped, Attached: len(m.Attachments)})
	}
	add(first, first)
	for i := from; i < len(messages); i++ {
		skipped := 0
		if i == from {
			skipped = from - first - 1
		}
		add(i, skipped)
	}
	return kept, cut
}

// cutMiddle keeps two thirds of limit bytes from the beginning and one third
// from the end, never splitting a character.
func cutMiddle(text string, limit int) (string, bool) {
	if len(text) <= limit {
		return text, false
	}
	head, tail := limit*2/3, len(text)-limit/3
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + cutMark + text[tail:], true
}

// clip shortens text to at most limit bytes, never splitting a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
