package triage

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed catalogue
var catalogueFiles embed.FS

// catalogue holds every sentence by language and code. Files are
// catalogue/LANG/*.json, flat objects of code to sentence.
var catalogue = sync.OnceValue(func() map[string]map[string]string {
	out := map[string]map[string]string{}
	names, err := fs.Glob(catalogueFiles, "catalogue/*/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := catalogueFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var part map[string]string
		if err := json.Unmarshal(data, &part); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err)) // compiled in: a test catches it
		}
		lang := path.Base(path.Dir(name))
		if out[lang] == nil {
			out[lang] = map[string]string{}
		}
		for code, sentence := range part {
			out[lang][code] = sentence
		}
	}
	return out
})

// Sentence renders a code in a language (ISO 639-1), falling back to English
// and then to the code itself. {name} in the sentence takes params[name];
// the values are inserted as they are and never read as placeholders.
func Sentence(lang, code string, params map[string]string) string {
	text, ok := catalogue()[lang][code]
	if !ok {
		if text, ok = catalogue()["en"][code]; !ok {
			return code
		}
	}
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(params))
	for name, value := range params {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
