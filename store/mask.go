package store

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mask finds a person's words in what others wrote.
type mask struct {
	parts []maskPart
	seen  map[string]bool
}

type maskPart struct {
	first string // its first word in lower case: a quick no
	re    *regexp.Regexp
	whole bool // no letter or digit may stand beside it
}

// minLine is the shortest line, in bytes, that is taken for a quotation when
// somebody else has it too.
const minLine = 12

// add looks for text in any case; the white space in it may be any, with the
// marks of a quotation.
func (m *mask) add(text string, whole bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '>' })
	m.compile("(?i)", words, whole)
}

func (m *mask) compile(flags string, words []string, whole bool) {
	if len(words) == 0 {
		return
	}
	first := strings.ToLower(words[0])
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	pattern := flags + strings.Join(words, `[\s>]+`)
	if m.seen == nil {
		m.seen = make(map[string]bool)
	}
	if !m.seen[pattern] {
		m.seen[pattern] = true
		m.parts = append(m.parts, maskPart{first, regexp.MustCompile(pattern), whole})
	}
}

// addName looks for a name, and for each word of it as it is written: "Ann"
// is in "Dear Ann", "will" is not a Will.
func (m *mask) addName(name string) {
	m.add(name, true)
	for _, word := range strings.Fields(name) {
		if utf8.RuneCountInString(word) > 1 {
			m.compile("", []string{word}, true)
		}
	}
}

// addLines looks for the lines of a message.
func (m *mask) addLines(text string) {
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, " \t\r\n>"); len(line) >= minLine {
			m.add(line, false)
		}
	}
}

// in reports whether any of it is in text.
func (m *mask) in(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(m.parts, func(p maskPart) bool {
		return strings.Contains(lower, p.first) && len(p.find(text)) > 0
	})
}

// apply writes one "*" over each byte of what it finds, but for line ends, so
// that byte ranges of the rest stay good.
func (m *mask) apply(text string) string {
	var out []byte
	for _, p := range m.parts {
		for _, span := range p.find(text) {
			if out == nil {
				out = []byte(text)
			}
			for i := span[0]; i < span[1]; i++ {
				if out[i] != '\n' {
					out[i] = '*'
				}
			}
		}
	}
	if out == nil {
		return text
	}
	return string(out)
}

func (p maskPart) find(text string) [][]int {
	spans := p.re.FindAllStringIndex(text, -1)
	if !p.whole {
		return spans
	}
	return slices.DeleteFunc(spans, func(span []int) bool {
		before, _ := utf8.DecodeLastRuneInString(text[:span[0]])
		first, _ := utf8.DecodeRuneInString(text[span[0]:])
		last, _ := utf8.DecodeLastRuneInString(text[:span[1]])
		after, _ := utf8.DecodeRuneInString(text[span[1]:])
		return oneWord(before, first) || oneWord(last, after)
	})
}

// oneWord reports whether two runes side by side belong to one word. Where no
// spaces stand between words, or endings follow a name at once, nobody can
// tell by the neighbours: "田中様" is Tanaka.
func oneWord(a, b rune) bool {
	return wordRune(a) && wordRune(b) && !unspaced(a) && !unspaced(b)
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))
}

func unspaced(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// writings are the ways in which a short text is written in others: as it is,
// in an address of the web, and in the JSON that the database keeps.
func writings(text string) []string {
	quoted, _ := json.Marshal(text) // a string cannot fail
	return []string{text, url.QueryEscape(text), string(quoted[1 : len(quoted)-1])}
}

// inRaw reports whether any of it is in the bytes of an arrival, whichever way
// they are encoded.
func (m *mask) inRaw(raw []byte) bool {
	return len(m.parts) > 0 && slices.ContainsFunc(readings(raw), m.in)
}

var jsonEscapes = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4}|\\["\\/bfnrt])+`)

// readings are the ways to read raw bytes: as they are, without the escapes of
// JSON, without those of quoted-printable (RFC 2045 and 2047), and what is in
// base64.
func readings(raw []byte) []string {
	out := []string{string(raw)}
	if bytes.IndexByte(raw, '\\') >= 0 {
		out = append(out, jsonEscapes.ReplaceAllStringFunc(string(raw), func(escaped string) string {
			var s string
			if json.Unmarshal([]byte(`"`+escaped+`"`), &s) != nil {
				return escaped
			}
			return s
		}))
	}
	if plain, escaped := unquotePrintable(raw); escaped {
		out = append(out, plain, strings.ReplaceAll(plain, "_", " ")) // a space in a header's word
	}
	if text := unquoteBase64(raw); text != "" {
		out = append(out, text)
	}
	return out
}

// unquotePrintable reads what is quoted-printable in raw and leaves the rest.
func unquotePrintable(raw []byte) (text string, escaped bool) {
	if bytes.IndexByte(raw, '=') < 0 {
		return "", false
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		rest := raw[i:]
		var b [1]byte
		switch {
		case raw[i] != '=':
			out = append(out, raw[i])
			continue
		case bytes.HasPrefix(rest, []byte("=\r\n")):
			i += 2
		case bytes.HasPrefix(rest, []byte("=\n")):
			i++
		case len(rest) > 2 && hexByte(b[:], rest[1:3]):
			out = append(out, b[0])
			i += 2
		default:
			out = append(out, '=')
			continue
		}
		escaped = true
	}
	return string(out), escaped
}

func hexByte(to, from []byte) bool {
	_, err := hex.Decode(to, from)
	return err == nil
}

// minBase64 is the shortest run that is read as base64: seven bytes.
const minBase64 = 10

// unquoteBase64 reads every run that can be base64, over line ends too.
func unquoteBase64(raw []byte) string {
	var out, run []byte
	flush := func() {
		if len(run)%4 == 1 {
			run = run[:len(run)-1]
		}
		if len(run) >= minBase64 {
			out = append(append(out, '\n'), make([]byte, base64.RawStdEncoding.DecodedLen(len(run)))...)
			n, _ := base64.RawStdEncoding.Decode(out[len(out)-base64.RawStdEncoding.DecodedLen(len(run)):], run)
			out = out[:len(out)-base64.RawStdEncoding.DecodedLen(len(run))+n]
		}
		run = run[:0]
	}
	for _, b := range raw {
		switch {
		case b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '+' || b == '/':
			run = append(run, b)
		case b == '-': // of the alphabet for URLs
			run = append(run, '+')
		case b == '_':
			run = append(run, '/')
		case b != '\r' && b != '\n':
			flush()
		}
	}
	flush()
	return string(out)
}
