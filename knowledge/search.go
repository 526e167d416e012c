package knowledge

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/standard" // the analyzers of the index
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/it"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pl"
	"github.com/blevesearch/bleve/v2/registry"
)

// analyzers by language; every other language uses the plain one.
var analyzers = map[string]string{"en": "en", "pl": "pl", "de": "de", "es": "es", "fr": "fr", "it": "it", "ja": cjk, "zh": cjk, "ko": cjk}

const cjk = "cjk"

// maxQuery bounds the text that is searched for, in bytes: a ticket says what
// it wants early, and the cost grows with every word.
const maxQuery = 4000

// Index finds the procedures a text may be about. It lives in memory, is never
// written again, and is safe for concurrent use.
type Index struct {
	w     *Workspace
	langs []langIndex
}

// A langIndex holds the procedures' words of one language.
type langIndex struct {
	analyzer analysis.Analyzer
	wide     bool // of a script without spaces
	postings map[string][]posting
}

// A posting is what a word tells for a procedure: its BM25 in every part,
// summed. procedure is its place in the workspace.
type posting struct {
	procedure int
	weight    float64
}

// Hit is a found procedure. Score is comparable within one search only.
type Hit struct {
	Procedure *Procedure
	Score     float64
}

// The parts of a procedure and how much a match in each counts: customers'
// own wordings say most, the text least.
var parts = []struct {
	boost float64
	text  func(title string, asks, steps []string, body string) string
}{
	{3, func(_ string, asks, _ []string, _ string) string { return strings.Join(asks, ". ") }},
	{2.5, func(title string, _, _ []string, _ string) string { return title }},
	{1.5, func(_ string, _, steps []string, _ string) string { return strings.Join(steps, ". ") }},
	{0.7, func(_ string, _, _ []string, body string) string { return body }},
}

// BM25's usual constants: how soon repetition tells no more, and how much a
// long text is marked down.
const (
	saturation = 1.2
	lengthBias = 0.75
)

// NewIndex indexes the procedures of a workspace in every language they have.
func NewIndex(w *Workspace) (*Index, error) {
	ix := &Index{w: w}
	langs := []string{"en"}
	for i := range w.Procedures {
		for lang := range w.Procedures[i].Translations {
			if !slices.Contains(langs, lang) {
				langs = append(langs, lang)
			}
		}
	}
	cache := registry.NewCache()
	for _, lang := range langs {
		name := analyzers[lang]
		if name == "" {
			name = "standard"
		}
		a, err := cache.AnalyzerNamed(name)
		if err != nil {
			return nil, err
		}
		li := langIndex{analyzer: a, wide: name == cjk, postings: map[string][]posting{}}
		for _, part := range parts {
			li.add(w, lang, part.boost, part.text)
		}
		ix.langs = append(ix.langs, li)
	}
	return ix, nil
}

// add counts one part of every procedure.
func (li *langIndex) add(w *Workspace, lang string, boost float64, text func(string, []string, []string, string) string) {
	counts := make([]map[string]float64, len(w.Procedures))
	lengths := make([]float64, len(w.Procedures))
	df, total := map[string]float64{}, 0.0
	for i := range w.Procedures {
		p := &w.Procedures[i]
		counts[i] = map[string]float64{}
		tr := p.Translations[lang]
		if lang == "en" {
			tr = Translation{Title: p.Title, Asks: p.Asks, Body: p.Body}
		}
		for _, t := range li.analyzer.Analyze([]byte(text(tr.Title, tr.Asks, stepTexts(p, lang), tr.Body))) {
			counts[i][string(t.Term)]++
			lengths[i]++
		}
		for t := range counts[i] {
			df[t]++
		}
		total += lengths[i]
	}
	n := float64(len(w.Procedures))
	average := max(total/max(n, 1), 1)
	for i, terms := range counts {
		for t, tf := range terms {
			idf := math.Log(1 + (n-df[t]+0.5)/(df[t]+0.5))
			weight := boost * idf * tf * (saturation + 1) / (tf + saturation*(1-lengthBias+lengthBias*lengths[i]/average))
			ps := li.postings[t]
			if k := slices.IndexFunc(ps, func(p posting) bool { return p.procedure == i }); k >= 0 {
				ps[k].weight += weight
				continue
			}
			li.postings[t] = append(ps, posting{i, weight})
		}
	}
}

// stepTexts are the titles and phrases of a procedure's own steps in a language.
func stepTexts(p *Procedure, lang string) []string {
	var out []string
	own := p.Own()
	for i := range own {
		s := &own[i]
		title, phrases := s.Title, s.Phrases
		if lang != "en" {
			tr := p.Translations[lang].Steps[s.ID]
			title, phrases = tr.Title, tr.Phrases
		}
		out = append(append(out, title), phrases...)
	}
	return out
}

// pageURL matches an address in running text; names matches host names and
// mail addresses, which say who a customer is and not what they want.
var (
	pageURL = regexp.MustCompile(`https?://[^\s<>"'()\[\]]+`)
	names   = regexp.MustCompile(`https?://\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b`)
)

// Search returns the procedures nearest to a text, best first, at most n. A
// procedure whose page the text links to comes before all others.
func (ix *Index) Search(text string, n int) []Hit {
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
	for _, h := range ix.match(words) {
		if len(hits) < n && !seen[h.Procedure.ID] {
			hits = append(hits, h)
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
	return hits
}

// match scores every procedure that shares a word with a text, best first.
func (ix *Index) match(words string) []Hit {
	scores := make([]float64, len(ix.w.Procedures))
	distinct, wide := distinctWords(words)
	for i := range ix.langs {
		li := &ix.langs[i]
		text := distinct
		if li.wide && !wide {
			continue
		} else if li.wide {
			text = []byte(words)
		}
		seen := map[string]bool{}
		for _, t := range li.analyzer.Analyze(text) {
			if seen[string(t.Term)] {
				continue
			}
			seen[string(t.Term)] = true
			for _, p := range li.postings[string(t.Term)] {
				scores[p.procedure] += p.weight
			}
		}
	}
	var hits []Hit
	for i, score := range scores {
		if score > 0 {
			hits = append(hits, Hit{&ix.w.Procedures[i], score})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits
}

// distinctWords are the words of a text, each once, and whether some are of a
// script without spaces.
func distinctWords(text string) (out []byte, wide bool) {
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		wide = wide || strings.ContainsFunc(w, func(r rune) bool {
			return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
		})
		if !seen[w] {
			seen[w] = true
			out = append(append(out, w...), ' ')
		}
	}
	return out, wide
}
