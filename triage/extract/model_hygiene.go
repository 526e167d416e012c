package extract

import (
	"regexp"
	"strings"
	"unicode"

	"readback/triage"
	"readback/triage/ground"
)

// said is what a ticket really holds: a model's own sentences may name only
// what stands there.
type said struct {
	text   string // every text of the ticket without instructions, and the names known of it, in lower case
	digits string // the digits of text, one space for whatever is between two numbers
}

// saidIn collects it. An address that stands only in an instruction to the
// software is none that the customer told us.
func saidIn(in triage.Reading) said {
	var b strings.Builder
	add := func(text string) { b.WriteString(ground.Without(text) + "\n") }
	add(in.Ticket.Subject)
	for i := range in.Ticket.Messages {
		add(in.Ticket.Messages[i].Text)
	}
	for _, name := range in.Known {
		add(name)
	}
	if w := in.Knowledge; w != nil {
		b.WriteString(strings.Join(w.Platform.Domains, "\n"))
	}
	for i := range in.Candidates {
		b.WriteString("\n" + in.Candidates[i].URL + "\n" + in.Candidates[i].Title)
	}
	text := strings.ToLower(b.String())
	return said{text: text, digits: digitsOf(text)}
}

func (s said) has(value string) bool { return strings.Contains(s.text, strings.ToLower(value)) }

// digitsOf keeps the digits and makes one space of what parts two numbers;
// marks inside a number go.
func digitsOf(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" -.()/+\u00a0", r) && b.Len() > 0:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

var (
	// What a reader or a program may follow, call or use: addresses with a
	// scheme, mailboxes, host names, telephone and account numbers, keys.
	linkShape   = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:|javascript:|data:[a-z]+/)[^\s<>"'()\[\]]+`)
	mailShape   = regexp.MustCompile(`[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+`)
	hostShape   = regexp.MustCompile(`[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?(?:\.[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?)*\.[\p{Ll}]{2,24}(?:/[^\s<>"'()\[\]]*)?`)
	keyShape    = regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`)
	numberShape = regexp.MustCompile(`\+?[0-9](?:[ ().\x{a0}/-]{0,2}[0-9]){6,}`)
	dropped     = "[removed]"
)

// isAddress reports whether all of a value is something to follow.
func isAddress(s string) bool {
	return linkShape.FindString(s) == s || hostShape.FindString(s) == s
}

// clean takes out of a model's own sentence every address, number and key
// that the ticket does not hold, so that no text of an attacker's choice and
// nothing of another ticket gets to a person's eyes as something to click.
func (m *mapper) clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) { // turns the direction of what is shown
			return -1
		}
		return r
	}, s)
	drop := func(re *regexp.Regexp, stands func(string) bool) {
		s = re.ReplaceAllStringFunc(s, func(found string) string {
			bare := strings.TrimRight(found, ".,;:!?/")
			if stands(bare) {
				return found
			}
			m.dropped++
			return dropped + found[len(bare):]
		})
	}
	drop(linkShape, m.said.has)
	drop(mailShape, m.said.has)
	drop(hostShape, m.said.has)
	drop(keyShape, func(v string) bool {
		return m.said.has(v) || !strings.ContainsFunc(v, unicode.IsDigit) || !strings.ContainsFunc(v, unicode.IsLetter)
	})
	drop(numberShape, func(v string) bool { return strings.Contains(m.said.digits, strings.TrimSpace(digitsOf(v))) })
	return s
}
