package knowledge

import (
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
)

// plainAnalyzer cuts words where no language is known.
const plainAnalyzer = "standard"

// termAnalyzers are those of the index, by name.
var termAnalyzers = sync.OnceValue(func() map[string]analysis.Analyzer {
	m := bleve.NewIndexMapping()
	out := map[string]analysis.Analyzer{plainAnalyzer: m.AnalyzerNamed(plainAnalyzer)}
	for _, name := range analyzers {
		out[name] = m.AnalyzerNamed(name)
	}
	return out
})

// Terms returns what the search index would keep of a text in a language (ISO
// 639-1; "" = unknown): the stems of its words without those that say nothing,
// or pairs of characters where no spaces are written. Host names and addresses
// are left out, as in Search. Each term is there once, in order.
func Terms(text, lang string) []string {
	name := analyzers[lang]
	if name == "" {
		name = plainAnalyzer
	}
	var out []string
	for _, token := range termAnalyzers()[name].Analyze([]byte(names.ReplaceAllString(text[:min(len(text), maxQuery)], " "))) {
		out = append(out, string(token.Term))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
