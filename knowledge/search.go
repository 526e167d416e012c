package knowledge

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"runtime"
	"slices"
	"strconv"
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

// Index finds the procedures a text may be about, and pages for people who
// search. It lives in memory and is safe for concurrent use. It is freed when
// nothing holds it any more; Close frees it at once.
type Index struct {
	w        *Workspace
	bleve    bleve.Index // the procedures
	articles bleve.Index // apart, so that twenty thousand pages do not change what a word weighs among procedures
	langs    []string    // of the procedures
	pages    []string    // languages of the articles
	words    vocabulary
	free     runtime.Cleanup
}

// Hit is a found procedure. Score is comparable within one search only.
type Hit struct {
	Procedure *Procedure
	Score     float64
}

// NewIndex indexes the procedures of a workspace in every language they have,
// and its articles.
func NewIndex(w *Workspace) (*Index, error) {
	ix := &Index{w: w, langs: []string{"en"}}
	for i := range w.Procedures {
		for lang := range w.Procedures[i].Translations {
			if !slices.Contains(ix.langs, lang) {
				ix.langs = append(ix.langs, lang)
			}
		}
	}
	for i := range w.Articles {
		if lang := w.Articles[i].Language; !slices.Contains(ix.pages, lang) {
			ix.pages = append(ix.pages, lang)
		}
	}
	var err error
	if ix.bleve, err = built(ix.langs, len(w.Procedures), func(i int) (string, map[string]string) {
		doc := document(&w.Procedures[i])
		ix.words.addAll(doc)
		return w.Procedures[i].ID, doc
	}); err != nil {
		return nil, err
	}
	if ix.articles, err = built(ix.pages, len(w.Articles), func(i int) (string, map[string]string) {
		a := &w.Articles[i]
		doc := map[string]string{"title_" + a.Language: a.Title, "body_" + a.Language: a.Body}
		ix.words.addAll(doc)
		return strconv.Itoa(i), doc
	}); err != nil {
		return nil, err
	}
	ix.words.sort()
	// Whoever searches may still hold an index that a newer one has replaced.
	ix.free = runtime.AddCleanup(ix, func(both [2]bleve.Index) { _, _ = both[0].Close(), both[1].Close() }, [2]bleve.Index{ix.bleve, ix.articles})
	return ix, nil
}

// batchSize is how many pages go into the index at once: each batch is a
// segment, and each segment is searched.
const batchSize = 4000

// built indexes n documents.
func built(langs []string, n int, doc func(i int) (id string, fields map[string]string)) (bleve.Index, error) {
	ix, err := bleve.NewUsing("", indexMapping(langs), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, err
	}
	for from := 0; from < n; from += batchSize {
		batch := ix.NewBatch()
		for i := from; i < min(from+batchSize, n); i++ {
			if err := batch.Index(doc(i)); err != nil {
				return nil, err
			}
		}
		if err := ix.Batch(batch); err != nil {
			return nil, err
		}
	}
	return ix, nil
}

// Close frees the index; nothing may search any more.
func (ix *Index) Close() error {
	ix.free.Stop()
	return errors.Join(ix.bleve.Close(), ix.articles.Close())
}

// The parts of a procedure and how much a match in each counts: customers'
// own wordings say most, the text least.
var parts = map[string]float64{"asks": 3, "title": 2.5, "steps": 1.5, "body": 0.7}

// errorField holds messages word for word, whatever their language.
const (
	errorField = "errors"
	errorBoost = 2.0
)

func indexMapping(langs []string) mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	m.ScoringModel = "bm25"
	doc := bleve.NewDocumentStaticMapping()
	field := func(name, analyzer string) {
		f := bleve.NewTextFieldMapping()
		f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = false, false, false, false
		f.Analyzer = cmp.Or(analyzer, "standard")
		doc.AddFieldMappingsAt(name, f)
	}
	for _, lang := range langs {
		for part := range parts {
			field(part+"_"+lang, analyzers[lang])
		}
	}
	field(errorField, "")
	m.DefaultMapping = doc
	return m
}

func document(p *Procedure) map[string]string {
	doc := map[string]string{}
	var steps, messages strings.Builder
	for _, s := range p.Steps {
		steps.WriteString(s.Title + ". " + strings.Join(s.Phrases, ". ") + ". ")
		messages.WriteString(strings.Join(s.Errors, "\n") + "\n")
	}
	if m := strings.TrimSpace(messages.String()); m != "" {
		doc[errorField] = m
	}
	doc["title_en"], doc["asks_en"], doc["steps_en"], doc["body_en"] = p.Title, strings.Join(p.Asks, ". "), steps.String(), p.Body
	for lang, tr := range p.Translations {
		steps.Reset()
		for _, s := range p.Steps {
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
	qs := matching(words, ix.langs, parts)
	qs = append(qs, matching(words, []string{""}, map[string]float64{errorField: errorBoost})...)
	return bleve.NewDisjunctionQuery(qs...)
}

// matching asks for words in each part of each language ("" = a field of none).
func matching(words string, langs []string, parts map[string]float64) []query.Query {
	var qs []query.Query
	for _, lang := range langs {
		for part, boost := range parts {
			q := bleve.NewMatchQuery(words)
			q.SetField(strings.TrimSuffix(part+"_"+lang, "_"))
			q.SetBoost(boost)
			qs = append(qs, q)
		}
	}
	return qs
}
