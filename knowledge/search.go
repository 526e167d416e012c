package knowledge

import (
	"cmp"
	"maps"
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
)

// analyzers by language; every other language uses the plain one.
var analyzers = map[string]string{"en": "en", "pl": "pl", "de": "de", "es": "es", "fr": "fr", "it": "it", "ja": cjk, "zh": cjk, "ko": cjk}

const cjk = "cjk"

// maxQuery bounds the text that is searched for, in bytes: a ticket says what
// it wants early, and the cost grows with every word.
const maxQuery = 4000

// Index finds the procedures a text may be about, and pages for people who
// search (Find). It lives in memory, is never written again, and is safe for
// concurrent use.
type Index struct {
	w        *Workspace
	langs    []langIndex // the procedures, by language
	messages []message
	articles []langIndex // apart: twenty thousand pages do not change what a word weighs among procedures
	words    vocabulary
}

// A langIndex holds the words of one language.
type langIndex struct {
	analyzer analysis.Analyzer
	wide     bool              // of a script without spaces
	terms    map[string]uint32 // place in postings
	postings [][]posting
}

// A posting is what a word tells for a page in one part of it: its BM25. page
// is the procedure's or article's place in the workspace.
type posting struct {
	page   uint32
	weight float32
}

// Hit is a found procedure. Score is comparable within one search only. Sure:
// the text links to its page, or shows an error message that is of it.
type Hit struct {
	Procedure *Procedure
	Score     float64
	Sure      bool
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

// NewIndex indexes the procedures of a workspace in every language they have,
// and its articles.
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
	for _, lang := range langs {
		li, err := newLangIndex(lang)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			li.add(len(w.Procedures), part.boost, &ix.words, func(i int) string {
				p := &w.Procedures[i]
				tr := p.Translations[lang]
				if lang == "en" {
					tr = Translation{Title: p.Title, Asks: p.Asks, Body: p.Body}
				}
				return part.text(tr.Title, tr.Asks, stepTexts(p, lang), tr.Body)
			})
		}
		ix.langs = append(ix.langs, li)
	}
	for i := range w.Procedures {
		own := w.Procedures[i].Own()
		for j := range own {
			for _, text := range own[j].Errors {
				ix.messages = append(ix.messages, message{&w.Procedures[i], own[j].ID, strings.ToLower(strings.Join(strings.Fields(text), " "))})
			}
		}
	}
	err := ix.addArticles()
	ix.words.sort()
	return ix, err
}

// A message shows when a step is not right; text is in lower case.
type message struct {
	procedure *Procedure
	step      string
	text      string
}

// shortest is the length from which a message says which step it is of.
const shortest = 6

// shown returns the messages that stand in a text word for word.
func (ix *Index) shown(text string) []message {
	var out []message
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, m := range ix.messages {
		if len(m.text) >= shortest && strings.Contains(text, m.text) {
			out = append(out, m)
		}
	}
	return out
}

func (ix *Index) addArticles() error {
	byLang := map[string][]int{}
	for i := range ix.w.Articles {
		lang := ix.w.Articles[i].Language
		byLang[lang] = append(byLang[lang], i)
	}
	for _, lang := range slices.Sorted(maps.Keys(byLang)) {
		li, err := newLangIndex(lang)
		if err != nil {
			return err
		}
		list := byLang[lang]
		for _, part := range parts {
			li.add(len(list), part.boost, &ix.words, func(i int) string {
				a := &ix.w.Articles[list[i]]
				return part.text(a.Title, nil, nil, a.Body)
			})
		}
		for _, ps := range li.postings {
			for i := range ps {
				ps[i].page = uint32(list[ps[i].page])
			}
		}
		ix.articles = append(ix.articles, li)
	}
	return nil
}

func newLangIndex(lang string) (langIndex, error) {
	a, err := analyzerOf(lang)
	return langIndex{analyzer: a, wide: analyzers[lang] == cjk, terms: map[string]uint32{}}, err
}

// counted is how often a term stands in a text.
type counted struct {
	term uint32
	n    float32
}

// add counts one part of n pages.
func (li *langIndex) add(n int, boost float64, words *vocabulary, text func(i int) string) {
	counts := make([][]counted, n)
	lengths := make([]float64, n)
	df, total := make([]float64, len(li.postings)), 0.0
	for i := range n {
		t := text(i)
		words.add(t)
		counts[i], lengths[i] = li.count(t)
		for _, c := range counts[i] {
			for int(c.term) >= len(df) {
				df = append(df, 0)
			}
			df[c.term]++
		}
		total += lengths[i]
	}
	average := max(total/max(float64(n), 1), 1)
	for i, terms := range counts {
		for _, c := range terms {
			idf := math.Log(1 + (float64(n)-df[c.term]+0.5)/(df[c.term]+0.5))
			tf := float64(c.n)
			weight := boost * idf * tf * (saturation + 1) / (tf + saturation*(1-lengthBias+lengthBias*lengths[i]/average))
			li.postings[c.term] = append(li.postings[c.term], posting{uint32(i), float32(weight)})
		}
	}
}

// count returns the terms of a text and its length in terms.
func (li *langIndex) count(text string) (out []counted, length float64) {
	at := map[uint32]int{}
	for _, token := range li.analyzer.Analyze([]byte(text)) {
		id, known := li.terms[string(token.Term)]
		if !known {
			id = uint32(len(li.postings))
			li.terms[string(token.Term)] = id
			li.postings = append(li.postings, nil)
		}
		i, seen := at[id]
		if !seen {
			i = len(out)
			at[id] = i
			out = append(out, counted{term: id})
		}
		out[i].n++
		length++
	}
	return out, length
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
// procedure whose page the text links to, or whose error message stands in it,
// comes before all others.
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
			hits = append(hits, Hit{p, 0, true})
			seen[p.ID] = true
		}
	}
	for _, m := range ix.shown(text) {
		if !seen[m.procedure.ID] && len(hits) < n {
			hits = append(hits, Hit{m.procedure, 0, true})
			seen[m.procedure.ID] = true
		}
	}
	linked := len(hits)
	for _, h := range ix.match(WithoutNames(text)) {
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
	var hits []Hit
	for i, score := range scores(ix.langs, len(ix.w.Procedures), words) {
		if score > 0 {
			hits = append(hits, Hit{Procedure: &ix.w.Procedures[i], Score: score})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits
}

// scores sums what the words of a text tell for each of n pages.
func scores(langs []langIndex, n int, words string) []float64 {
	out := make([]float64, n)
	distinct, wide := distinctWords(words)
	for i := range langs {
		li := &langs[i]
		text := distinct
		if li.wide && !wide {
			continue
		} else if li.wide {
			text = []byte(words)
		}
		seen := map[string]bool{}
		for _, t := range li.analyzer.Analyze(text) {
			id, known := li.terms[string(t.Term)]
			if !known || seen[string(t.Term)] {
				continue
			}
			seen[string(t.Term)] = true
			for _, p := range li.postings[id] {
				out[p.page] += float64(p.weight)
			}
		}
	}
	return out
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
