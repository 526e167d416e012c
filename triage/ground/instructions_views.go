package ground

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// script says which letters a rule is written in.
type script int

const (
	latin  script = iota // a to z, without accents
	native               // as it was written
)

// view is one way to read a text: folded, with the place in the stored text
// of each byte.
type view struct {
	Text
	script script
}

// disguises returns the ways to read a text: as it stands, with letters that
// only look Latin and accents made plain, and, where there are signs of it,
// with digits for letters, with letters set apart, and backwards.
func disguises(text string) []*view {
	folded := Fold(text).withLines()
	plain := &view{*folded.rewrite(plainLetter), latin}
	views := []*view{{*folded, native}, plain}
	if hasDigitInWord(plain.folded) {
		views = append(views, &view{*plain.Text.digitsToLetters(), latin})
	}
	if hasLettersApart(plain.folded) {
		views = append(views, &view{*plain.Text.joined1(), latin})
	}
	if strings.ContainsRune(text, '\u202e') {
		views = append(views, &view{*plain.Text.backwards(), latin})
	}
	return views
}

// softBreak is how long a line is at least whose break a mail program made.
const softBreak = 56

// withLines is the folded text with its line breaks, except for those that
// stand inside a sentence that a mail program wrapped.
func (t *Text) withLines() *Text {
	out := *t
	b := []byte(t.folded)
	begins := 0
	for i, c := range b {
		if c != ' ' {
			continue
		}
		space := t.body[t.from[i]:t.to[i]]
		if !strings.ContainsAny(space, "\n\r\u2028\u2029") {
			continue
		}
		next, _ := utf8.DecodeRuneInString(t.body[t.to[i]:])
		if i-begins < softBreak || !unicode.IsLower(next) || strings.Count(space, "\n") > 1 {
			b[i] = '\n'
		}
		begins = i + 1
	}
	out.folded = string(b)
	return &out
}

// hasDigitInWord reports whether a digit or sign stands between two letters.
func hasDigitInWord(s string) bool {
	for i := 1; i+1 < len(s); i++ {
		if !lower(s[i]) && lower(s[i-1]) && lower(s[i+1]) && strings.IndexByte(digitLetters, s[i]) >= 0 {
			return true
		}
	}
	return false
}

// hasLettersApart reports whether seven letters stand apart in a row.
func hasLettersApart(s string) bool {
	n := 0
	for i := 0; i+1 < len(s); i++ {
		switch {
		case lone(s, i):
			if n++; n == 7 {
				return true
			}
		case lower(s[i]) || strings.IndexByte(apart, s[i]) < 0:
			n = 0
		}
	}
	return false
}

// digitLetters are read as the letters of the same place in asLetters; the
// bytes of apart set letters apart.
const digitLetters, asLetters, apart = "01345789@$|", "oieastbgasl", " .*_-"

// rewrite maps each character of the folded text; "" drops it.
func (t *Text) rewrite(f func(rune) string) *Text {
	if asciiRun(t.folded) == len(t.folded) {
		return t // ASCII stays as it is
	}
	out := Text{body: t.body, from: make([]int32, 0, len(t.from)), to: make([]int32, 0, len(t.to))}
	var b strings.Builder
	b.Grow(len(t.folded))
	for i, r := range t.folded {
		s := ""
		if r < utf8.RuneSelf {
			s = t.folded[i : i+1]
		} else {
			s = f(r)
		}
		b.WriteString(s)
		for range len(s) {
			out.from, out.to = append(out.from, t.from[i]), append(out.to, t.to[i])
		}
	}
	out.folded = b.String()
	return &out
}

// plainLetter takes the accent off a letter and gives one of another alphabet
// its Latin likeness.
func plainLetter(r rune) string {
	if s, ok := likeness[r]; ok {
		return s
	}
	if unicode.Is(unicode.Mn, r) {
		return ""
	}
	if d := norm.NFD.PropertiesString(string(r)).Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf {
		return string(d[:1])
	}
	return string(r)
}

// likeness are letters that read as Latin ones to the eye (the part of the
// confusables of UTS 39 that spells English), and Latin ones without an accent
// to take off.
var likeness = func() map[rune]string {
	m := map[rune]string{'ł': "l", 'ß': "ss", 'ø': "o", 'đ': "d", 'ı': "i", 'æ': "ae", 'œ': "oe", 'ƒ': "f", 'ɡ': "g", 'ɑ': "a", 'ʀ': "r", 'ɴ': "n", 'ᴏ': "o"}
	pairs := []string{"аa", "еe", "оo", "рp", "сc", "уy", "хx", "іi", "ѕs", "јj", "һh", "ԁd", "ԛq", "ԝw", "ӏl", "вb", "нh", "кk", "мm", "тt", "гr", "пn", "зe", "ѵv",
		"αa", "οo", "ρp", "νv", "ιi", "κk", "τt", "υu", "χx", "γy", "εe", "ηn", "σo", "ωw", "օo", "սu", "ոn", "ցg", "հh", "ꜱs", "ᴀa", "ᴇe", "ᴜu", "ᴛt", "ʏy", "ᴘp", "ᴠv"}
	for _, p := range pairs {
		r, n := utf8.DecodeRuneInString(p)
		m[r] = p[n:]
	}
	return m
}()

// digitsToLetters reads 1gn0re as ignore.
func (t *Text) digitsToLetters() *Text {
	out := *t
	b := []byte(t.folded)
	for i, c := range b {
		if to := strings.IndexByte(digitLetters, c); to >= 0 && (i > 0 && lower(b[i-1]) || i+1 < len(b) && lower(b[i+1])) {
			b[i] = asLetters[to]
		}
	}
	out.folded = string(b)
	return &out
}

func lower(c byte) bool { return c >= 'a' && c <= 'z' }

// joined1 reads "i g n o r e" as one word. Where one word ends cannot be told.
func (t *Text) joined1() *Text {
	out := Text{body: t.body}
	var b strings.Builder
	for i := 0; i < len(t.folded); i++ {
		if c := t.folded[i]; strings.IndexByte(apart, c) >= 0 && i > 0 && i+1 < len(t.folded) && lone(t.folded, i-1) && lone(t.folded, i+1) {
			continue
		}
		b.WriteByte(t.folded[i])
		out.from, out.to = append(out.from, t.from[i]), append(out.to, t.to[i])
	}
	out.folded = b.String()
	return &out
}

// lone reports whether the byte is a letter between none.
func lone(s string, i int) bool {
	return lower(s[i]) && (i == 0 || !lower(s[i-1])) && (i+1 == len(s) || !lower(s[i+1]))
}

// backwards reads from the end, as a right-to-left override shows it.
func (t *Text) backwards() *Text {
	out := Text{body: t.body}
	var b strings.Builder
	for end := len(t.folded); end > 0; {
		_, n := utf8.DecodeLastRuneInString(t.folded[:end])
		for i := end - n; i < end; i++ {
			b.WriteByte(t.folded[i])
			out.from, out.to = append(out.from, t.from[i]), append(out.to, t.to[i])
		}
		end -= n
	}
	out.folded = b.String()
	return &out
}

var (
	base64Run  = regexp.MustCompile(`[A-Za-z0-9+/_-]{20,}={0,2}`)
	hexRun     = regexp.MustCompile(`(?:[0-9a-fA-F]{2}[ :]?){16,}`)
	percentRun = regexp.MustCompile(`\S*%[0-9A-Fa-f]{2}\S*%[0-9A-Fa-f]{2}\S*`)
	entityRun  = regexp.MustCompile(`(?:[^\s&]*&#?\w{1,8};[^\S\n]?){4,}[^\n]*`)
)

// maxEncoded bounds how many runs of each encoding are decoded, and how long
// one is in bytes.
const maxEncoded, maxEncodedLen = 20, 4096

// encoded finds instructions in base64, hexadecimal digits, percent signs and
// character references.
func encoded(text string) []Span {
	var out []Span
	for _, e := range []struct {
		run    *regexp.Regexp
		least  int // bytes of class in a row, without which there is no run
		class  func(c byte) bool
		decode func(string) string
	}{
		{base64Run, 20, isBase64, decodeBase64},
		{hexRun, 32, func(c byte) bool { return isHex(c) || c == ' ' || c == ':' }, decodeHex},
		{percentRun, 1, func(c byte) bool { return c == '%' }, func(s string) string { s, _ = url.PathUnescape(s); return s }},
		{entityRun, 1, func(c byte) bool { return c == '&' }, html.UnescapeString},
	} {
		if !hasRun(text, e.least, e.class) {
			continue
		}
		for _, m := range e.run.FindAllStringIndex(text, maxEncoded) {
			plain := strings.ToValidUTF8(e.decode(text[m[0]:min(m[1], m[0]+maxEncodedLen)]), "")
			if readable(plain) && len(instructions(plain, false)) > 0 {
				out = append(out, stretch(text, Span{m[0], m[1]}, sentenceOnly))
			}
		}
	}
	return out
}

func hasRun(s string, least int, class func(c byte) bool) bool {
	n := 0
	for i := range len(s) {
		if n++; !class(s[i]) {
			n = 0
		} else if n == least {
			return true
		}
	}
	return false
}

func isBase64(c byte) bool {
	return lower(c|0x20) || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '_' || c == '-'
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func decodeBase64(s string) string {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	out, err := base64.RawStdEncoding.DecodeString(s[:len(s)/4*4])
	if err != nil {
		return ""
	}
	return string(out)
}

func decodeHex(s string) string {
	out, _ := hex.DecodeString(strings.NewReplacer(" ", "", ":", "").Replace(s))
	return string(out)
}

// readable reports whether decoded bytes are words: most of it letters and spaces.
func readable(s string) bool {
	words := 0
	for _, r := range s {
		if unicode.IsLetter(r) || r == ' ' {
			words++
		}
	}
	return len(s) >= 12 && words*10 >= utf8.RuneCountInString(s)*7 && strings.Contains(s, " ")
}
