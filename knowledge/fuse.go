package knowledge

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// fuseK is the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher
// 2009): how little the first places are worth more than those behind them.
const fuseK = 60

// Fuse joins two rankings of procedures, by words and by meaning, into one of
// at most n. What words are sure of stays first. Scores of the two are not
// comparable, so places are added: a procedure has 1/(60+place) from each
// ranking that it is in; a tie goes to the words.
func Fuse(words, near []Hit, n int) []Hit {
	score := map[*Procedure]float64{}
	var out []Hit
	for _, list := range [][]Hit{words, near} {
		for place, h := range list {
			if _, seen := score[h.Procedure]; !seen {
				out = append(out, h)
			}
			score[h.Procedure] += 1 / float64(fuseK+1+place)
		}
	}
	for i := range out {
		out[i].Score = score[out[i].Procedure]
	}
	slices.SortStableFunc(out, func(a, b Hit) int {
		if a.Sure != b.Sure {
			if a.Sure {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Score, a.Score)
	})
	return out[:min(len(out), n)]
}

// Passages are the texts that say what a procedure is about, in each of its
// languages: how customers ask for it, and what its steps are.
func (p *Procedure) Passages() []string {
	out := []string{p.Title + ". " + strings.Join(p.Asks, ". ")}
	steps := func(lang, title string) {
		if texts := stepTexts(p, lang); len(texts) > 0 {
			out = append(out, title+": "+strings.Join(texts, ". "))
		}
	}
	steps("en", p.Title)
	for _, lang := range slices.Sorted(maps.Keys(p.Translations)) {
		tr := p.Translations[lang]
		out = append(out, tr.Title+". "+strings.Join(tr.Asks, ". "))
		steps(lang, tr.Title)
	}
	return out
}

// WithoutNames is a text without host names and addresses, which say who a
// customer is and not what they want.
func WithoutNames(text string) string { return strings.TrimSpace(withoutNames(text)) }

// withoutNames puts a space in the place of each name. None has white space in
// it, and each a dot, an at or a slash, so few words are looked at.
func withoutNames(text string) string {
	if !strings.ContainsAny(text, ".@/") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		end := strings.IndexAny(text, " \t\n\f\r")
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		if i := strings.IndexAny(word, ".@/"); i >= 0 && i < len(word)-1 {
			word = names.ReplaceAllString(word, " ")
		}
		b.WriteString(word)
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}
