package ground

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"readback/triage"
)

// How much of each end of a text is searched for instructions, in bytes. No
// extractor reads further into a message.
const maxHead, maxTail = 34 << 10, 8 << 10

// Instructions returns the sentences of a text that try to instruct the
// software which reads it: to drop its rules, to be somebody else, to fill its
// fields, to tell its prompt; and pretended turns, fences and tool calls. It
// also looks through the usual disguises (see disguises). The spans are in
// order and do not overlap.
//
// What it finds is no evidence and is not shown to a model, so that it changes
// nothing; what it does not find still meets everything else that holds for
// any text. It must not find what people write to people: each rule has
// innocent neighbours in testdata/innocent.txt.
func Instructions(text string) []Span {
	return slices.Clone(recentInstructions.Get(text, findInstructions))
}

var recentInstructions Recent[[]Span]

func findInstructions(text string) []Span {
	if len(text) > maxHead+maxTail {
		head, tail := text[:whole(text, maxHead)], text[whole(text, len(text)-maxTail):]
		found := instructions(head, true)
		for _, s := range instructions(tail, true) {
			at := len(text) - len(tail)
			found = append(found, Span{s.Start + at, s.End + at})
		}
		return found
	}
	return instructions(text, true)
}

// whole moves a cut back to the beginning of a character.
func whole(text string, at int) int {
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// Instructed reports whether a ticket tries to instruct the software: in its
// subject, in the customer's name, in what the customer wrote or quoted, in
// the names of attachments, or spread over two messages.
func Instructed(t *triage.Ticket) bool {
	if len(Instructions(t.Subject)) > 0 || len(Instructions(t.Customer.Name)) > 0 || len(InParts(t)) > 0 {
		return true
	}
	for _, n := range t.CustomerMessages() {
		m := t.N(n)
		for _, a := range m.Attachments {
			// In the name of a file something stands for each space.
			if len(Instructions(a.Name)) > 0 || len(Instructions(strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(a.Name))) > 0 {
				return true
			}
		}
		if len(Instructions(m.Text)) > 0 {
			return true
		}
	}
	return false
}

// Readable is a ticket as an extractor may read it: without what its subject
// and messages in parts tell the software. Places in the texts stay the same;
// within a message, extractors leave out what Regions names.
func Readable(t *triage.Ticket) *triage.Ticket {
	out := *t
	out.Subject = Without(t.Subject)
	if parts := InParts(t); len(parts) > 0 {
		out.Messages = slices.Clone(t.Messages)
		for n := range parts {
			out.Messages[n-1].Text = ""
		}
	}
	return &out
}

// InParts returns the numbers of the customer's messages that instruct the
// software when one is read on from the one before.
func InParts(t *triage.Ticket) map[int]bool {
	parts := map[int]bool{}
	last, before := 0, ""
	for _, n := range t.CustomerMessages() {
		text := strings.TrimSpace(t.N(n).Text)
		if len(text) > maxPart {
			last = 0
			continue
		}
		if last > 0 && len(instructions(before, false)) == 0 {
			for _, s := range instructions(before+" "+text, false) {
				if s.Start < len(before) && s.End > len(before)+1 {
					parts[last], parts[n] = true, true
				}
			}
		}
		last, before = n, text
	}
	return parts
}

// maxPart is the longest message that is looked at together with the next
// one, in bytes: an instruction in parts is a few short messages.
const maxPart = 200

func instructions(text string, decode bool) []Span {
	if text == "" {
		return nil
	}
	var found []Span
	for _, v := range disguises(text) {
		for _, i := range candidates(v) {
			found = append(found, rules[i].find(v)...)
		}
	}
	if decode {
		found = append(found, encoded(text)...)
	}
	return merge(found)
}

// merge sorts spans and joins those that overlap or touch.
func merge(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		if s.End > s.Start {
			out = append(out, s)
		}
	}
	return out
}

// stem is the beginning of a word without which a rule finds nothing.
type stem struct {
	text string
	rule int
}

// stemsByPair are the stems of all rules by their first two bytes.
var stemsByPair = func() map[[2]byte][]stem {
	m := map[[2]byte][]stem{}
	for i := range rules {
		for _, s := range rules[i].stems {
			pair := [2]byte{s[0], s[1]}
			m[pair] = append(m[pair], stem{s, i})
		}
	}
	return m
}()

// begins tells for each byte whether a stem begins with it.
var begins = func() (b [256]bool) {
	for pair := range stemsByPair {
		b[pair[0]] = true
	}
	return b
}()

// candidates returns the rules that may find something in a view, in one pass:
// most texts hold no stem, and no rule runs.
func candidates(v *view) (out []int) {
	for i := 0; i+1 < len(v.folded); i++ {
		if !begins[v.folded[i]] {
			continue
		}
		for _, s := range stemsByPair[[2]byte{v.folded[i], v.folded[i+1]}] {
			if rules[s.rule].script == v.script && strings.HasPrefix(v.folded[i:], s.text) && !slices.Contains(out, s.rule) {
				out = append(out, s.rule)
			}
		}
	}
	return out
}

// find returns the sentences of the stored text that the rule is about.
func (r *rule) find(v *view) []Span {
	var out []Span
	for _, m := range r.shape.FindAllStringIndex(v.folded, maxMatches) {
		for m[0] < m[1] && v.folded[m[0]] <= ' ' { // the white space of a line's beginning
			m[0]++
		}
		if m[0] == m[1] || !r.fits(v.folded, m[0], m[1]) {
			continue
		}
		source := Span{int(v.from[m[0]]), int(v.to[m[1]-1])}
		if source.Start > source.End { // a view may run backwards
			source.Start, source.End = int(v.from[m[1]-1]), int(v.to[m[0]])
		}
		if n := len(out); n > 0 && source.Start >= out[n-1].Start && source.End <= out[n-1].End {
			continue // one long instruction
		}
		out = append(out, stretch(v.body, source, r.reach))
	}
	return out
}

// maxMatches bounds the matches of one rule; a text with more of them is one
// long instruction, and the rest is found by being in the same lines.
const maxMatches = 500

// fits tells an instruction from what people write to people.
func (r *rule) fits(text string, start, end int) bool {
	match := text[start:end]
	before := text[sentenceStart(text, start):start]
	if r.order && !orders(before) {
		return false
	}
	if r.bare && polite.MatchString(text[sentenceStart(text, start):sentenceEnd(text, end)]) {
		return false
	}
	if r.scope != nil && !r.scope.MatchString(match) {
		return false
	}
	if r.unless != nil && r.unless.MatchString(text[sentenceStart(text, start):sentenceEnd(text, end)]) {
		return false
	}
	return true
}

// orders reports whether a verb after these words of its sentence is an order:
// it comes first, or after "please", "you must", "I want you to". "We ignore",
// "the server should ignore" and "told me to ignore" are none.
func orders(before string) bool {
	trimmed := strings.TrimRight(before, " \t\n\"'(*_`")
	if trimmed == "" || strings.HasSuffix(trimmed, "please") {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(trimmed)
	if strings.ContainsRune(",:;>]-)}|=/#!", last) {
		return true
	}
	words := strings.FieldsFunc(trimmed, notWord)
	if len(words) == 0 {
		return true
	}
	if near := words[max(0, len(words)-2):]; slices.Contains(near, "i") || slices.Contains(near, "we") {
		return false
	}
	if slices.Contains(words[max(0, len(words)-4):], "you") {
		return true
	}
	return leadIns[words[len(words)-1]]
}

// leadIns are words after which an order begins.
var leadIns = map[string]bool{"please": true, "and": true, "then": true, "now": true, "just": true, "also": true, "kindly": true,
	"instead": true, "first": true, "immediately": true, "simply": true, "finally": true, "assistant": true, "ai": true, "bot": true,
	"prosze": true, "teraz": true, "oraz": true, "nastepnie": true, "bitte": true, "jetzt": true, "und": true, "dann": true,
	"favor": true, "ahora": true, "luego": true, "plait": true, "et": true, "maintenant": true, "ora": true, "agora": true, "favore": true,
	"пожалуйста": true, "теперь": true}

func sentenceStart(text string, at int) int {
	if i := strings.LastIndexFunc(text[:at], endsThought); i >= 0 {
		_, n := utf8.DecodeRuneInString(text[i:])
		return i + n
	}
	return 0
}

func sentenceEnd(text string, at int) int {
	if i := strings.IndexFunc(text[at:], endsThought); i >= 0 {
		return at + i
	}
	return len(text)
}

func endsThought(r rune) bool { return strings.ContainsRune(".!?\n。！？", r) }

// stretch widens a span to the sentence, the line or the paragraph that it
// stands in.
func stretch(text string, s Span, to reachOf) Span {
	start, end := strings.LastIndexByte(text[:s.Start], '\n')+1, len(text)
	if i := strings.IndexByte(text[s.End:], '\n'); i >= 0 {
		end = s.End + i
	}
	switch to {
	case sentenceOnly, andOn:
		line := end
		start = max(start, thoughtStart(text, s.Start))
		end = thoughtEnd(text, s.End, line)
		for to == andOn && end < line {
			next := thoughtEnd(text, end+1, line)
			if ownVoice.MatchString(text[end:next]) {
				break
			}
			end = next
		}
	case paragraph:
		if i := strings.Index(text[s.End:], "\n\n"); i >= 0 {
			end = s.End + i
		} else {
			end = len(text)
		}
	}
	for start < s.Start && unicode.IsSpace(rune(text[start])) {
		start++
	}
	return Span{start, max(end, s.End)}
}

// ownVoice is a sentence that somebody says of themselves.
var ownVoice = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:i|we|me|us|my|our|i['’]\p{L}+|we['’]\p{L}+|ich|wir|mir|mich|uns|mein\p{L}*|unser\p{L}*|je|j['’]\p{L}+|nous|notre|nos|mon|mes|yo|mi|mis|hemos|nuestr\p{L}+|io|noi|mio|mia|nostr\p{L}+|eu|nós|meu|minha|nosso|ja|nasz\p{L}*|mój|moj\p{L}*|moim?|mam|mamy|\p{L}+(?:łem|łam|liśmy|łyśmy)|proszę|prosimy|я|мы|мой|наш\p{L}*)(?:$|[^\p{L}])|私|弊社|当社|我々|僕|我们|我的|ましたが|できません`)

// thoughtStart is where the sentence around at begins: after a mark that ends
// one and a space. Dots inside names end nothing.
func thoughtStart(text string, at int) int {
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:at])
		if r == '\n' || strings.ContainsRune("。！？", r) || strings.ContainsRune(" \t", r) && at > n && strings.IndexByte(".!?", text[at-n-1]) >= 0 {
			return at
		}
		at -= n
	}
	return 0
}

// thoughtEnd is where the sentence around at ends, before limit unless a mail
// program broke the line inside it.
func thoughtEnd(text string, at, limit int) int {
	for i, r := range text[at:] {
		p := at + i
		switch {
		case strings.ContainsRune("。！？", r):
			return p + utf8.RuneLen(r)
		case strings.ContainsRune(".!?", r) && (p+1 == len(text) || strings.IndexByte(" \t\r\n\"')", text[p+1]) >= 0):
			return p + 1
		case p >= limit && r == '\n':
			next, _ := utf8.DecodeRuneInString(text[p+1:])
			if p-strings.LastIndexByte(text[:p], '\n') < 56 || !unicode.IsLower(next) {
				return p
			}
		}
	}
	return len(text)
}

// Without is a text without its instructions to software, for whatever reads
// it as a whole.
func Without(text string) string {
	found := Instructions(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, s := range found {
		b.WriteString(text[last:s.Start])
		last = s.End
	}
	b.WriteString(text[last:])
	return b.String()
}
