package knowledge

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocabulary are the words of all pages, by their first letter. It mends what
// people type: a word that stands nowhere becomes the nearest ones that do.
type vocabulary struct {
	byFirst map[rune][]term
	count   map[string]int32
}

// term is a word and how often it stands in the pages.
type term struct {
	word  string
	runes int
	count int32
}

// longest is how long a word may be, in letters, to be mended or to mend.
const longest = 30

// eachWord calls do with the lower-case words of a text. Scripts without spaces have no
// words here: their analyzer takes pairs of characters.
func eachWord(text string, do func(word string)) {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		if r, _ := utf8.DecodeRuneInString(w); !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
			do(strings.ToLower(w))
		}
	}
}

func (v *vocabulary) add(text string) {
	if v.count == nil {
		v.count = map[string]int32{}
	}
	eachWord(text, func(w string) {
		if n, known := v.count[w]; known {
			v.count[w] = n + 1
		} else {
			v.count[strings.Clone(w)] = 1 // not to keep the text alive
		}
	})
}

// sort must follow the last add.
func (v *vocabulary) sort() {
	v.byFirst = map[rune][]term{}
	for w, n := range v.count {
		first, _ := utf8.DecodeRuneInString(w)
		if runes := utf8.RuneCountInString(w); runes <= longest {
			v.byFirst[first] = append(v.byFirst[first], term{w, runes, n})
		}
	}
	for _, list := range v.byFirst {
		slices.SortFunc(list, func(a, b term) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.word, b.word)) })
	}
}

// mended returns a text with each unknown word replaced by up to three known
// ones: those it begins (the last word only: it may be half typed), else those a
// slip or two away.
func (v *vocabulary) mended(text string) string {
	var words []string
	eachWord(text, func(w string) { words = append(words, w) })
	out := []string{text}
	for i, w := range words {
		if v.count[w] > 0 && i < len(words)-1 {
			continue
		}
		if i == len(words)-1 {
			if begun := v.begunBy(w); begun != nil {
				out = append(out, begun...)
				continue
			}
		}
		if v.count[w] == 0 {
			out = append(out, v.near(w)...)
		}
	}
	return strings.Join(out, " ")
}

// begunBy returns the commonest words that begin with a word of three letters
// and more.
func (v *vocabulary) begunBy(w string) []string {
	var out []string
	first, _ := utf8.DecodeRuneInString(w)
	if utf8.RuneCountInString(w) < 3 {
		return nil
	}
	for _, t := range v.byFirst[first] {
		if strings.HasPrefix(t.word, w) && t.word != w {
			if out = append(out, t.word); len(out) == 3 {
				break
			}
		}
	}
	return out
}

// near returns the known words at the least distance from a word: one slip
// from four letters on, two from eight; the first letter is taken as right.
func (v *vocabulary) near(w string) []string {
	runes := []rune(w)
	slips := 0
	switch {
	case len(runes) > longest || len(runes) < 4:
		return nil
	case len(runes) < 8:
		slips = 1
	default:
		slips = 2
	}
	var out []string
	for _, t := range v.byFirst[runes[0]] {
		if t.runes < len(runes)-slips || t.runes > len(runes)+slips {
			continue
		}
		d := distance(runes, []rune(t.word), slips)
		switch {
		case d > slips:
		case d < slips:
			out, slips = []string{t.word}, d
		case len(out) < 3:
			out = append(out, t.word)
		}
	}
	return out
}

// distance counts the slips between two words: a letter too many, missing,
// wrong, or two exchanged (optimal string alignment). Beyond most it is most+1.
func distance(a, b []rune, most int) int {
	var rows [3][longest + 1]int
	before, last, this := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			this[j] = min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
			least = min(least, this[j])
		}
		if least > most {
			return most + 1
		}
		before, last, this = last, this, before
	}
	return last[len(b)]
}
