package offline

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A shape is a pattern of whole words. Most texts hold none of the words it
// may begin with, which is found out far faster than the pattern runs.
type shape struct {
	re   *regexp.Regexp
	keys map[string]bool // the first letters of the words it may begin with; nil = any
}

// says compiles alternatives of whole words, in any alphabet and case.
func says(alternatives string) shape {
	return shape{regexp.MustCompile(`(?i)(?:^|[^\p{L}\d])(?:` + alternatives + `)(?:$|[^\p{L}\d])`), keysOf(alternatives)}
}

// names compiles alternatives whose place in the text matters; they begin and
// end in ASCII letters or digits.
func names(alternatives string) shape {
	return shape{regexp.MustCompile(`(?i)\b(?:` + alternatives + `)\b`), keysOf(alternatives)}
}

// MatchString reports whether the text holds the shape.
func (s shape) MatchString(text string) bool { return s.may(text) && s.re.MatchString(text) }

// FindAll returns the byte ranges of every match and submatch.
func (s shape) FindAll(text string) [][]int {
	if !s.may(text) {
		return nil
	}
	return s.re.FindAllStringSubmatchIndex(text, -1)
}

// keyLength is how many letters of a word are looked at, in runes.
const keyLength = 3

// may reports whether a word of the text begins like one of the shape.
func (s shape) may(text string) bool {
	if s.keys == nil {
		return true
	}
	var key [keyLength * utf8.UTFMax]byte
	n, letters := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if letters++; letters <= keyLength {
				n += utf8.EncodeRune(key[n:], unicode.ToLower(r))
			}
			continue
		}
		if letters > 0 && s.keys[string(key[:n])] {
			return true
		}
		n, letters = 0, 0
	}
	return letters > 0 && s.keys[string(key[:n])]
}

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
		key, runes := "", 0
		for _, r := range strings.ToLower(alt) {
			if runes == keyLength || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				break
			}
			key += string(r)
			runes++
		}
		rest := alt[min(len(key), len(alt)):]
		if key == "" || strings.HasPrefix(rest, "?") || runes < keyLength && rest != "" && rest[0] != ' ' && rest[0] != '-' && rest[0] != '\'' {
			return nil
		}
		keys[key] = true
	}
	return keys
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
