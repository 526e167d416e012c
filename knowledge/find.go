package knowledge

import (
	"context"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
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
func (ix *Index) Find(ctx context.Context, text string, n int) (Found, error) {
	var out Found
	text = strings.ToValidUTF8(strings.TrimSpace(text[:min(len(text), maxTyped)]), "")
	if text == "" {
		return out, nil
	}
	words := ix.words.mended(text)
	hits, err := ids(ctx, ix.bleve, ix.query(words), n)
	if err != nil {
		return out, err
	}
	for _, id := range hits {
		if p := ix.w.Procedure(id); p != nil {
			out.Procedures = append(out.Procedures, FoundProcedure{p, stepNamed(p, words)})
		}
	}
	if len(ix.w.Articles) == 0 {
		return out, nil
	}
	hits, err = ids(ctx, ix.articles, bleve.NewDisjunctionQuery(matching(words, ix.pages, articleParts)...), n)
	if err != nil {
		return out, err
	}
	for _, id := range hits {
		if i, err := strconv.Atoi(id); err == nil && i < len(ix.w.Articles) {
			out.Articles = append(out.Articles, &ix.w.Articles[i])
		}
	}
	return out, nil
}

var articleParts = map[string]float64{"title": parts["title"], "body": parts["body"]}

func ids(ctx context.Context, ix bleve.Index, q query.Query, n int) ([]string, error) {
	res, err := ix.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, n, 0, false))
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(res.Hits))
	for _, h := range res.Hits {
		out = append(out, h.ID)
	}
	return out, nil
}

// stepNamed returns the step whose title or error message shares most words
// with a text: two at least, or one that is half of its title.
func stepNamed(p *Procedure, text string) string {
	asked := map[string]bool{}
	eachWord(text, func(w string) { asked[w] = true })
	best, most := "", 0
	for i := range p.Steps {
		s := &p.Steps[i]
		about := []string{s.Title, strings.Join(s.Errors, " ")}
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
