package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotedRanges finds what stands between quotation marks or backquotes. An
// opening mark without its closing one opens nothing.
func quotedRanges(text string, from, to int) [][2]int {
	var out [][2]int
	closing := map[rune]string{'“': "”“", '„': "”“", '«': "»", '"': "\"”", '`': "`", '[': "]", '「': "」"}
	for at := from; at < to; {
		r, n := utf8.DecodeRuneInString(text[at:to])
		at += n
		set := closing[r]
		if set == "" {
			continue
		}
		if end := strings.IndexAny(text[at:min(to, at+1500)], set); end > 0 {
			out = append(out, [2]int{at, at + end})
			_, n := utf8.DecodeRuneInString(text[at+end:])
			at += end + n
		}
	}
	return out
}

// inside reports whether a byte lies in one of the ranges, which are in order.
func inside(ranges [][2]int, at int) bool {
	lo, hi := 0, len(ranges)
	for lo < hi {
		if mid := (lo + hi) / 2; ranges[mid][1] <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(ranges) && at >= ranges[lo][0]
}

// splitWords makes the words of text[from:to]: addresses and names stay
// whole, punctuation around them stands by itself.
func splitWords(text string, from, to int, quoted [][2]int, lang string) []word {
	var out []word
	for at := from; at < to; {
		r, n := utf8.DecodeRuneInString(text[at:to])
		if unicode.IsSpace(r) {
			at += n
			continue
		}
		end := at
		for end < to {
			r, n := utf8.DecodeRuneInString(text[end:to])
			if unicode.IsSpace(r) || end > at && (r == '—' || r == '(' || r == '“' || r == '「') {
				break
			}
			end += n
			if r == '、' || r == '」' {
				break
			}
		}
		out = chunkWords(out, text, at, end, inside(quoted, at) || inside(quoted, end-1), lang)
		at = end
	}
	return out
}

const (
	openers = "¿¡([{\"'“„«*_`~•‘—–-+>「『（"
	closers = ".,;:!?)]}\"'”»*_`…’“、。！？」』）"
)

func chunkWords(out []word, text string, start, end int, quoted bool, lang string) []word {
	for start < end {
		r, n := utf8.DecodeRuneInString(text[start:end])
		if !strings.ContainsRune(openers, r) {
			break
		}
		out = append(out, word{start: start, end: start + n, low: string(r), punct: true})
		start += n
	}
	stop := end
	for stop > start {
		r, n := utf8.DecodeLastRuneInString(text[start:stop])
		if !strings.ContainsRune(closers, r) {
			break
		}
		stop -= n
	}
	if start < stop {
		for _, low := range contractions(strings.ReplaceAll(strings.ToLower(text[start:stop]), "’", "'"), lang) {
			out = append(out, word{start: start, end: stop, low: low, quoted: quoted})
		}
	}
	for stop < end {
		r, n := utf8.DecodeRuneInString(text[stop:end])
		out = append(out, word{start: stop, end: stop + n, low: string(r), punct: true})
		stop += n
	}
	return out
}

// contractions opens a contracted word: i've becomes i, have.
func contractions(low, lang string) []string {
	i := strings.IndexByte(low, '\'')
	if full := typed[low]; full != nil && lang == "en" {
		return full
	}
	if i <= 0 {
		return []string{low}
	}
	head, tail := low[:i], low[i+1:]
	switch lang {
	case "fr", "it":
		return []string{head, tail}
	case "en":
	default:
		return []string{low}
	}
	if stem, ok := strings.CutSuffix(head, "n"); ok && tail == "t" {
		switch stem {
		case "ca":
			stem = "can"
		case "wo":
			stem = "will"
		}
		return []string{stem, "not"}
	}
	switch full := map[string]string{"ve": "have", "m": "am", "re": "are", "ll": "will", "d": "would"}[tail]; {
	case full != "":
		return []string{head, full}
	case tail == "s" && isPronoun[head]:
		return []string{head, "is"}
	}
	return []string{low}
}

// typed are contractions as people type them in a hurry.
var typed = map[string][]string{"havent": {"have", "not"}, "hasnt": {"has", "not"}, "hadnt": {"had", "not"}, "dont": {"do", "not"}, "doesnt": {"does", "not"},
	"didnt": {"did", "not"}, "isnt": {"is", "not"}, "arent": {"are", "not"}, "wasnt": {"was", "not"}, "werent": {"were", "not"}, "cant": {"can", "not"},
	"couldnt": {"could", "not"}, "wouldnt": {"would", "not"}, "wont": {"will", "not"}, "ive": {"i", "have"}, "weve": {"we", "have"}, "im": {"i", "am"}, "thats": {"that", "is"}}

var isPronoun = wordSet("it that this he she what there here who how where everything")

// wordSet makes a set of space-separated words.
func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
