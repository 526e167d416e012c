package knowledge

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk" // the analyzers of the index
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/it"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pl"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
)

// analyzers by language; every other language uses the plain one.
var analyzers = map[string]string{"en": "en", "pl": "pl", "de": "de", "es": "es", "fr": "fr", "it": "it", "ja": "cjk", "zh": "cjk", "ko": "cjk"}

// maxQuery bounds the text that is searched for, in bytes: a ticket says what
// it wants early, and the cost grows with every word.
const maxQuery = 4000

// Index finds the procedures a text may be about. It lives in memory and is
// safe for concurrent use.
type Index struct {
	w     *Workspace
	bleve bleve.Index
	langs []string
}

// Hit is a found procedure. Score is comparable within one search only.
type Hit struct {
	Procedure *Procedure
	Score     float64
}

// NewIndex indexes the procedures of a workspace in every language they have.
func NewIndex(w *Workspace) (*Index, error) {
	ix := &Index{w: w, langs: []string{"en"}}
	for i := range w.Procedures {
		for lang := range w.Procedures[i].Translations {
			if !slices.Contains(ix.langs, lang) {
				ix.langs = append(ix.langs, lang)
			}
		}
	}
	var err error
	if ix.bleve, err = bleve.NewUsing("", ix.mapping(), scorch.Name, scorch.Name, nil); err != nil {
		return nil, err
	}
	batch := ix.bleve.NewBatch()
	for i := range w.Procedures {
		if err := batch.Index(w.Procedures[i].ID, document(&w.Procedures[i])); err != nil {
			return nil, err
		}
	}
	return ix, ix.bleve.Batch(batch)
}

// Close frees the index.
func (ix *Index) Close() error { return ix.bleve.Close() }

// The parts of a procedure and how much a match in each counts: customers'
// own wordings say most, the text least.
var parts = map[string]float64{"asks": 3, "title": 2.5, "steps": 1.5, "body": 0.7}

func (ix *Index) mapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	m.ScoringModel = "bm25"
	doc := bleve.NewDocumentStaticMapping()
	for _, lang := range ix.langs {
		for part := range parts {
			f := bleve.NewTextFieldMapping()
			f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = false, false, false, false
			if f.Analyzer = analyzers[lang]; f.Analyzer == "" {
				f.Analyzer = "standard"
			}
			doc.AddFieldMappingsAt(part+"_"+lang, f)
		}
	}
	m.DefaultMapping = doc
	return m
}

func document(p *Procedure) map[string]string {
	doc := map[string]string{}
	var steps strings.Builder
	for _, s := range p.Own() {
		steps.WriteString(s.Title + ". " + strings.Join(s.Phrases, ". ") + ". ")
	}
	doc["title_en"], doc["asks_en"], doc["steps_en"], doc["body_en"] = p.Title, strings.Join(p.Asks, ". "), steps.String(), p.Body
	for lang, tr := range p.Translations {
		steps.Reset()
		for _, s := range p.Own() {
			steps.WriteString(tr.Steps[s.ID].Title + ". " + strings.Join(tr.Steps[s.ID].Phrases, ". ") + ". ")
		}
		doc["title_"+lang], doc["asks_"+lang], doc["steps_"+lang], doc["body_"+lang] = tr.Title, strings.Join(tr.Asks, ". "), steps.String(), tr.Body
	}
	return doc
}

// pageURL matches an address in running text; names matches host names and
// mail addresses, which say who a customer is and not what they want.
var (
	pageURL = regexp.MustCompile(`https?://[^\s<>"'()\[\]]+`)
	names   = regexp.MustCompile(`https?://\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b`)
)

// Search returns the procedures nearest to a text, best first, at most n. A
// procedure whose page the text links to comes before all others.
func (ix *Index) Search(ctx context.Context, text string, n int) ([]Hit, error) {
	if len(text) > maxQuery {
		cut := maxQuery
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	var hits []Hit
	seen := map[string]bool{}
	for _, u := range pageURL.FindAllString(text, 20) {
		if p := ix.w.ByURL(u); p != nil && !seen[p.ID] && len(hits) < n {
			hits = append(hits, Hit{p, 0})
			seen[p.ID] = true
		}
	}
	linked := len(hits)
	words := strings.TrimSpace(names.ReplaceAllString(text, " "))
	if words != "" && len(ix.w.Procedures) > 0 {
		req := bleve.NewSearchRequestOptions(ix.query(words), n+linked, 0, false)
		res, err := ix.bleve.SearchInContext(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, h := range res.Hits {
			if p := ix.w.Procedure(h.ID); p != nil && !seen[h.ID] && len(hits) < n {
				hits = append(hits, Hit{p, h.Score})
			}
		}
	}
	if linked > 0 { // a link counts as the best score seen
		best := 1.0
		for _, h := range hits[linked:] {
			best = max(best, h.Score)
		}
		for i := range hits[:linked] {
			hits[i].Score = best
		}
	}
	return hits, nil
}

func (ix *Index) query(words string) query.Query {
	var qs []query.Query
	for _, lang := range ix.langs {
		for part, boost := range parts {
			q := bleve.NewMatchQuery(words)
			q.SetField(part + "_" + lang)
			q.SetBoost(boost)
			qs = append(qs, q)
		}
	}
	return bleve.NewDisjunctionQuery(qs...)
}
