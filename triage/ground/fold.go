// Package ground finds a quotation in the words a customer wrote. Both sides
// are folded (compatibility forms, case, white space, curly quotes, dashes)
// and compared exactly: nothing fuzzy is ever accepted, because locating text
// that is nearly the same is not verifying it. The place found always points
// into the stored text.
package ground

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Span is a half-open range of bytes of a stored text.
type Span struct{ Start, End int }

// Text is a stored text folded once, ready for many searches.
type Text struct {
	body   string
	folded string
	// from and to give, for each byte of folded, the range of body that its
	// normalisation segment came from.
	from, to []int32
}

// Fold folds a text of up to 2 GB in time linear in its length.
func Fold(text string) *Text {
	f := folder{from: make([]int32, 0, len(text)), to: make([]int32, 0, len(text)), lineStart: true}
	f.out.Grow(len(text))
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	for at := 0; at < len(text); {
		if n := asciiRun(text[at:]); n > 0 {
			f.ascii(text[at:at+n], at)
			at += n
			continue
		}
		if it.Pos() != at {
			it.Seek(int64(at), io.SeekStart) //nolint:errcheck // the place lies in the text
		}
		seg := it.Next()
		f.segment(text[at:it.Pos()], seg, at)
		at = it.Pos()
	}
	return &Text{body: text, folded: f.out.String(), from: f.from, to: f.to}
}

// Folded is the folded form of s without its outer white space, the form
// in which two texts are compared.
func Folded(s string) string { return strings.TrimSpace(Fold(s).folded) }

type folder struct {
	out       strings.Builder
	from, to  []int32
	lineStart bool // nothing but white space and '>' on this line so far
	space     bool // the last byte written is a space
}

// asciiRun is how many bytes at the head of a text are ASCII and no part of a
// longer normalisation segment: each is its own form.
func asciiRun(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return max(i-1, 0) // a mark may follow the last one
		}
	}
	return len(s)
}

// ascii folds what stands at byte start and is all ASCII.
func (f *folder) ascii(s string, start int) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			f.white(c == '\n' || c == '\r', start+i, start+i+1)
		case f.lineStart && c == '>':
		default:
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			f.lineStart, f.space = false, false
			f.out.WriteByte(c)
			f.from, f.to = append(f.from, int32(start+i)), append(f.to, int32(start+i+1))
		}
	}
}

// white folds white space: what follows on other is left out.
func (f *folder) white(breaks bool, start, end int) {
	f.lineStart = f.lineStart || breaks
	if f.space {
		f.to[len(f.to)-1] = int32(end)
		return
	}
	f.space = true
	f.write(' ', start, end)
}

// segment folds one normalisation segment: source as stored at byte start,
// norm its NFKC form.
func (f *folder) segment(source string, norm []byte, start int) {
	if first, _ := utf8.DecodeRuneInString(source); isSuperscript(first) {
		norm = []byte(source) // x² is not x2
	}
	if f.lineStart && string(norm) == ">" {
		return
	}
	end := start + len(source)
	for len(norm) > 0 {
		r, n := utf8.DecodeRune(norm)
		norm = norm[n:]
		switch {
		case unicode.IsSpace(r):
			f.white(r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029', start, end)
		case unicode.Is(unicode.Cf, r):
		default:
			f.lineStart, f.space = false, false
			f.write(foldRune(r), start, end)
		}
	}
}

func (f *folder) write(r rune, start, end int) {
	before := f.out.Len()
	f.out.WriteRune(r)
	for range f.out.Len() - before {
		f.from = append(f.from, int32(start))
		f.to = append(f.to, int32(end))
	}
}

func foldRune(r rune) rune {
	switch r {
	case '‘', '’', '‚', '‛', '′', 'ʼ':
		return '\''
	case '“', '”', '„', '‟':
		return '"'
	case '‐', '‒', '–', '—', '―', '−':
		return '-'
	case 'ς':
		return 'σ' // the two small sigmas have one capital
	}
	return unicode.ToLower(r)
}

func isSuperscript(r rune) bool {
	return r == '²' || r == '³' || r == '¹' || r == '⁰' || r >= '⁴' && r <= '⁹'
}

// Find returns every place where quote occurs, first to last, not
// overlapping. A place that splits a word, a number or a combining sequence
// does not count; in scripts that write no spaces any place does. An empty
// quote occurs nowhere.
func (t *Text) Find(quote string) []Span {
	needle := Folded(quote)
	if needle == "" {
		return nil
	}
	var spans []Span
	for at := 0; ; {
		i := strings.Index(t.folded[at:], needle)
		if i < 0 {
			return spans
		}
		start := at + i
		end := start + len(needle)
		if t.whole(start, end) {
			spans = append(spans, Span{int(t.from[start]), int(t.to[end-1])})
			at = end
			continue
		}
		at = t.nextStart(start)
	}
}

// whole reports whether folded[start:end] begins and ends with whole
// segments of the source and splits nothing.
func (t *Text) whole(start, end int) bool {
	if start > 0 && t.from[start-1] == t.from[start] || end < len(t.folded) && t.from[end] == t.from[end-1] {
		return false // inside one character, such as the f of a ligature
	}
	return !t.splits(start) && !t.splits(end)
}

// nextStart is the next place after at where a match may begin. Skipping the
// rest of a word keeps a search linear on long runs of one letter.
func (t *Text) nextStart(at int) int {
	_, n := utf8.DecodeRuneInString(t.folded[at:])
	at += n
	for at < len(t.folded) && t.splits(at) {
		_, n := utf8.DecodeRuneInString(t.folded[at:])
		at += n
	}
	return at
}

// splits reports whether a cut of the folded text at that byte parts what
// belongs together.
func (t *Text) splits(at int) bool {
	if at == 0 || at == len(t.folded) {
		return false
	}
	before, n := utf8.DecodeLastRuneInString(t.folded[:at])
	after, m := utf8.DecodeRuneInString(t.folded[at:])
	if unicode.IsMark(after) || t.joined(at) {
		return true
	}
	if isWord(before) && isWord(after) {
		return !spaceless(before) && !spaceless(after)
	}
	// A decimal point or a thousands mark between digits is part of the number.
	if unicode.IsDigit(before) && isNumberMark(after) {
		next, _ := utf8.DecodeRuneInString(t.folded[at+m:])
		return unicode.IsDigit(next)
	}
	if isNumberMark(before) && unicode.IsDigit(after) {
		prev, _ := utf8.DecodeLastRuneInString(t.folded[:at-n])
		return unicode.IsDigit(prev)
	}
	return false
}

// joined reports whether a zero-width joiner, which folding drops, ties the
// characters on both sides of a cut into one emoji.
func (t *Text) joined(at int) bool {
	return strings.Contains(t.body[t.to[at-1]:max(t.from[at], t.to[at-1])], "\u200d")
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '_'
}

func isNumberMark(r rune) bool { return r == '.' || r == ',' || r == ':' }

// spaceless reports whether r is of a script that writes no spaces.
func spaceless(r rune) bool {
	return r >= 0xE00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
