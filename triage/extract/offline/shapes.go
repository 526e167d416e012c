package offline

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A shape is a pattern of whole words. It is tried only at the words of a text
// that begin like one of its alternatives: most texts hold none, and looking
// at the first letters is far faster than running a pattern.
type shape struct {
	re  *regexp.Regexp // anchored at a word's beginning, unless bit is none
	bit hints          // its bit; none for a shape that may begin with anything
}

// hints are the shapes that may begin somewhere, a bit for each.
type hints [2]uint64

func (h hints) has(bit hints) bool { return h[0]&bit[0]|h[1]&bit[1] != 0 }

func (h *hints) add(more hints) {
	h[0] |= more[0]
	h[1] |= more[1]
}

// begins holds, by the first letters of a word, the shapes that may begin so.
var (
	begins = map[string]hints{}
	shapes int
)

// says compiles alternatives of whole words, in any alphabet and case.
func says(alternatives string) shape {
	return newShape(`(?:^|[^\p{L}\d])`, alternatives, `(?:$|[^\p{L}\d])`)
}

// opening compiles alternatives of whole words that a text may open with, for
// opens.
func opening(alternatives string) shape {
	s := says(alternatives)
	if s.bit == (hints{}) {
		panic("offline: a shape that may begin with anything opens nothing: " + alternatives)
	}
	return s
}

// names compiles alternatives whose place in the text matters; they begin and
// end in ASCII letters or digits.
func names(alternatives string) shape { return newShape(`\b`, alternatives, `\b`) }

func newShape(before, alternatives, after string) shape {
	keys := keysOf(alternatives)
	if keys == nil || shapes == 64*len(hints{}) {
		return shape{re: regexp.MustCompile(`(?i)` + before + `(?:` + alternatives + `)` + after)}
	}
	s := shape{re: regexp.MustCompile(`(?i)^(?:` + alternatives + `)` + after)}
	s.bit[shapes/64] = 1 << (shapes % 64)
	shapes++
	for k := range keys {
		h := begins[k]
		h.add(s.bit)
		begins[k] = h
	}
	return s
}

// A looked is a text with the places where shapes may begin.
type looked struct {
	text   string
	all    hints
	places []place
}

type place struct {
	at    int
	hints hints
}

// lookAt looks at the first letters of every word once, for all shapes.
func lookAt(text string) looked {
	out := looked{text: text}
	var key [longKey * utf8.UTFMax]byte
	n, short, letters, from := 0, 0, 0, 0
	word := func() {
		h := begins[string(key[:short])]
		if letters >= longKey {
			h.add(begins[string(key[:n])])
		}
		if h != (hints{}) {
			out.all.add(h)
			out.places = append(out.places, place{from, h})
		}
	}
	for i, r := range text {
		if isWordy(r) {
			if letters++; letters == 1 {
				from = i
			}
			if letters <= longKey {
				n += utf8.EncodeRune(key[n:], unicode.ToLower(r))
			}
			if letters <= shortKey {
				short = n
			}
			continue
		}
		if letters > 0 {
			word()
		}
		n, short, letters = 0, 0, 0
	}
	if letters > 0 {
		word()
	}
	return out
}

// holds reports whether the text holds the shape.
func (l *looked) holds(s shape) bool {
	if s.bit == (hints{}) {
		return s.re.MatchString(l.text)
	}
	if !l.all.has(s.bit) {
		return false
	}
	for _, p := range l.places {
		if p.hints.has(s.bit) && s.re.MatchString(l.text[p.at:]) {
			return true
		}
	}
	return false
}

// find returns the byte ranges of every match and submatch.
func (l *looked) find(s shape) (out [][]int) {
	if s.bit == (hints{}) {
		return s.re.FindAllStringSubmatchIndex(l.text, -1)
	}
	if !l.all.has(s.bit) {
		return nil
	}
	end := 0
	for _, p := range l.places {
		if p.at < end || !p.hints.has(s.bit) {
			continue
		}
		if m := s.re.FindStringSubmatchIndex(l.text[p.at:]); m != nil {
			for i := range m {
				if m[i] >= 0 {
					m[i] += p.at
				}
			}
			out, end = append(out, m), m[1]
		}
	}
	return out
}

// first returns the first match and its submatches, "" for those that took no
// part, nil for none.
func (l *looked) first(s shape) []string {
	found := l.find(s)
	if found == nil {
		return nil
	}
	m := found[0]
	out := make([]string, len(m)/2)
	for i := range out {
		if m[2*i] >= 0 {
			out[i] = l.text[m[2*i]:m[2*i+1]]
		}
	}
	return out
}

// opens reports whether the text begins with the shape, signs before its first
// word aside.
func (l *looked) opens(s shape) bool {
	if len(l.places) == 0 || !l.places[0].hints.has(s.bit) {
		return false
	}
	at := l.places[0].at
	return strings.IndexFunc(l.text[:at], isWordy) < 0 && s.re.MatchString(l.text[at:])
}

func isWordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// MatchString reports whether a text holds the shape.
func (s shape) MatchString(text string) bool {
	l := lookAt(text)
	return l.holds(s)
}

func (se *sentence) look() *looked {
	if se.looked.text == "" {
		se.looked = lookAt(se.text)
	}
	return &se.looked
}

func (se *sentence) holds(s shape) bool   { return se.look().holds(s) }
func (se *sentence) opens(s shape) bool   { return se.look().opens(s) }
func (se *sentence) find(s shape) [][]int { return se.look().find(s) }

// A word is looked at by its first five letters and by its first three, which
// serve the patterns that leave its fifth open.
const (
	longKey  = 5
	shortKey = 3
)

// keysOf derives the keys from a pattern's alternatives: literal letters,
// groups at the head included. It gives up (nil) on anything else.
func keysOf(pattern string) map[string]bool {
	keys := map[string]bool{}
	for _, alt := range alternativesOf(pattern) {
		for _, open := range []string{"(?:", "(?-i:"} {
			if group, ok := strings.CutPrefix(alt, open); ok {
				end := closing(group)
				if end+1 < len(group) && strings.ContainsRune("?*", rune(group[end+1])) {
					return nil // the group may be left out
				}
				inner := keysOf(group[:end])
				if inner == nil {
					return nil
				}
				for k := range inner {
					keys[k] = true
				}
				alt = ""
			}
		}
		if alt == "" {
			continue
		}
		key := literalHead(alt)
		if key == "" {
			return nil
		}
		keys[key] = true
	}
	return keys
}

// literalHead is the key of an alternative, "" when it has none.
func literalHead(alt string) string {
	var runes []rune
	end := 0
	for i, r := range strings.ToLower(alt) {
		if len(runes) == longKey || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		runes, end = append(runes, r), i+utf8.RuneLen(r)
	}
	rest := alt[min(end, len(alt)):]
	if rest != "" && strings.ContainsRune("?*{", rune(rest[0])) {
		runes, rest = runes[:max(0, len(runes)-1)], "?" // the last letter may be left out
	}
	switch {
	case len(runes) == longKey:
		return string(runes)
	case len(runes) >= shortKey:
		return string(runes[:shortKey])
	case rest == "" || strings.ContainsRune(" -'", rune(rest[0])) && !strings.HasPrefix(rest, " ?") || strings.HasPrefix(rest, "['’]"):
		return string(runes) // the whole word
	}
	return ""
}

// alternativesOf splits a pattern at its outermost bars.
func alternativesOf(pattern string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range pattern {
		switch r {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '|':
			if depth == 0 {
				out = append(out, pattern[start:i])
				start = i + 1
			}
		}
	}
	return append(out, pattern[start:])
}

// closing is the index of the bracket that closes a group already open.
func closing(s string) int {
	depth := 1
	for i, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s) - 1
}
