package knowledge

import (
	"cmp"
	"slices"
	"strings"
)

// Found is what a person's search brings: procedures before the articles that
// they may replace one day, each list best first.
type Found struct {
	Procedures []FoundProcedure
	Articles   []*Article
}

// FoundProcedure is a procedure and the step that the words name, "" when they
// name none.
type FoundProcedure struct {
	Procedure *Procedure
	Step      string
}

// maxTyped bounds what a person types, in bytes.
const maxTyped = 200

// Find searches titles, steps, error messages, texts and articles for words
// that a person types, at most n of each kind. Slips of typing and a last word
// begun are made good. An empty text finds nothing.
func (ix *Index) Find(text string, n int) Found {
	var out Found
	text = strings.ToValidUTF8(text[:min(len(text), maxTyped)], "")
	words := ix.words.mended(text)
	seen := map[*Procedure]bool{}
	for _, m := range ix.shown(text) {
		if !seen[m.procedure] && len(out.Procedures) < n {
			seen[m.procedure] = true
			out.Procedures = append(out.Procedures, FoundProcedure{m.procedure, m.step})
		}
	}
	for _, h := range ix.match(words) {
		if len(out.Procedures) == n {
			break
		}
		if seen[h.Procedure] {
			continue
		}
		out.Procedures = append(out.Procedures, FoundProcedure{h.Procedure, stepNamed(h.Procedure, words)})
	}
	type hit struct {
		article int
		score   float64
	}
	var hits []hit
	for i, score := range scores(ix.articles, len(ix.w.Articles), words) {
		if score > 0 {
			hits = append(hits, hit{i, score})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(b.score, a.score), a.article-b.article) })
	for _, h := range hits[:min(len(hits), n)] {
		out.Articles = append(out.Articles, &ix.w.Articles[h.article])
	}
	return out
}

// stepNamed returns the step whose title shares most words with a text: two at least, or one that is half of its title.
func stepNamed(p *Procedure, text string) string {
	asked := map[string]bool{}
	eachWord(text, func(w string) { asked[w] = true })
	best, most := "", 0
	own := p.Own()
	for i := range own {
		s := &own[i]
		about := []string{s.Title}
		for _, tr := range p.Translations {
			about = append(about, tr.Steps[s.ID].Title)
		}
		for _, a := range about {
			shared, all := 0, 0
			eachWord(a, func(w string) {
				if len(w) > 3 {
					all++
					if asked[w] {
						shared++
					}
				}
			})
			if shared > most && (shared >= 2 || 2*shared >= all) {
				best, most = s.ID, shared
			}
		}
	}
	return best
}
