package triage

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed catalogue
var catalogueFiles embed.FS

// book holds the sentences of one language by code.
type book struct {
	tag       language.Tag
	sentences map[string]sentence
}

// sentence is a text, or one text for each plural form of its parameter count.
type sentence map[plural.Form]string

var forms = map[string]plural.Form{"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other}

// UnmarshalJSON takes a string, or an object of plural forms by the names
// that CLDR gives them: {"one": "{count} day", "other": "{count} days"}.
func (s *sentence) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*s = sentence{plural.Other: text}
		return nil
	}
	var byName map[string]string
	if err := json.Unmarshal(data, &byName); err != nil {
		return err
	}
	*s = sentence{}
	for name, text := range byName {
		form, ok := forms[name]
		if !ok {
			return fmt.Errorf("no plural form is called %q", name)
		}
		(*s)[form] = text
	}
	return nil
}

// catalogue holds the book of every language. Files are
// catalogue/LANG/*.json, flat objects of code to sentence.
var catalogue = sync.OnceValue(func() map[string]book {
	out := map[string]book{}
	names, err := fs.Glob(catalogueFiles, "catalogue/*/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := catalogueFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var part map[string]sentence
		if err := json.Unmarshal(data, &part); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err)) // compiled in: a test catches it
		}
		lang := path.Base(path.Dir(name))
		if _, ok := out[lang]; !ok {
			out[lang] = book{language.MustParse(lang), map[string]sentence{}}
		}
		maps.Copy(out[lang].sentences, part)
	}
	return out
})

// Languages lists the languages that have a whole catalogue (ISO 639-1), English
// first: it stands in for every other.
var Languages = sync.OnceValue(func() []string { return speaking("web.language") })

// CustomerLanguages lists the languages that a customer is spoken to in by the
// widget and the readback, English first. Some have only those words.
var CustomerLanguages = sync.OnceValue(func() []string { return speaking("readback.title") })

// speaking lists the languages that have a sentence for a code, English first.
func speaking(code string) []string {
	var others []string
	for _, lang := range slices.Sorted(maps.Keys(catalogue())) {
		if lang != english && Says(lang, code) {
			others = append(others, lang)
		}
	}
	return append([]string{english}, others...)
}

// Says reports whether a language has a sentence of its own for a code.
func Says(lang, code string) bool {
	_, ok := catalogue()[lang].sentences[code]
	return ok
}

// Sentences returns the sentences of a language whose codes begin with prefix,
// by what follows it, with their placeholders. It is for scripts that fill them
// in themselves: of a sentence with plural forms it has the other one.
func Sentences(lang, prefix string) map[string]string {
	out := map[string]string{}
	for code, s := range catalogue()[lang].sentences {
		if rest, ok := strings.CutPrefix(code, prefix); ok {
			out[rest] = s[plural.Other]
		}
	}
	return out
}

const english = "en"

// Sentence renders a code in a language (ISO 639-1), falling back to English
// and then to the code itself. {name} in the sentence takes params[name];
// the values are inserted as they are and never read as placeholders. A
// sentence with plural forms takes the one for the number in params["count"].
func Sentence(lang, code string, params map[string]string) string {
	in := catalogue()[lang]
	s, ok := in.sentences[code]
	if !ok {
		in = catalogue()[english]
		if s, ok = in.sentences[code]; !ok {
			return code
		}
	}
	text := s[plural.Other]
	if n, err := strconv.Atoi(params["count"]); err == nil && len(s) > 1 {
		text = s[formOf(in.tag, n)]
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

// formOf is the plural form of a whole number in a language.
func formOf(tag language.Tag, n int) plural.Form {
	return plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)
}
