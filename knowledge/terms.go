package knowledge

import (
	"cmp"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/registry"
)

// analyzerCache keeps the analyzers for the whole process: that of Polish reads
// a table of a megabyte.
var analyzerCache = sync.OnceValue(registry.NewCache)

// analyzerOf returns what cuts a text in a language (ISO 639-1) into terms.
// Where the language has none of its own, words are kept as they are.
func analyzerOf(lang string) (analysis.Analyzer, error) {
	return analyzerCache().AnalyzerNamed(cmp.Or(analyzers[lang], "standard"))
}

// Terms returns what the search index would keep of a text in a language (ISO
// 639-1; "" = unknown): the stems of its words without those that say nothing,
// or pairs of characters where no spaces are written. Host names and addresses
// are left out, as in Search. Each term is there once, in order.
func Terms(text, lang string) []string {
	analyzer, err := analyzerOf(lang)
	if err != nil {
		panic(err) // a name of our own table that the library does not know
	}
	var out []string
	for _, token := range analyzer.Analyze([]byte(withoutNames(text[:min(len(text), maxQuery)]))) {
		out = append(out, string(token.Term))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
