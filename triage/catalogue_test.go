package triage

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

// Every language has every code of English, with the same placeholders and
// the plural forms that it needs, no more and no fewer: a missing one would
// show a customer a raw brace or nothing.
func TestCatalogueComplete(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z_]+\}`)
	set := func(s sentence) []string {
		var found []string
		for _, text := range s {
			found = append(found, placeholder.FindAllString(text, -1)...)
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	if !slices.Equal(Languages(), []string{"en", "pl"}) {
		t.Fatalf("languages %v", Languages())
	}
	if !slices.Equal(CustomerLanguages(), []string{"en", "de", "es", "ja", "pl"}) {
		t.Fatalf("languages for customers %v", CustomerLanguages())
	}
	// A language of the widget and the readback has those words alone.
	spoken := func(code string) bool {
		return strings.HasPrefix(code, "widget.") || strings.HasPrefix(code, "readback.")
	}
	source := catalogue()["en"].sentences
	for lang, in := range catalogue() {
		needed := map[plural.Form]bool{}
		for n := range 200 {
			needed[formOf(in.tag, n)] = true
		}
		for code, s := range source {
			if !slices.Contains(Languages(), lang) && !spoken(code) {
				continue
			}
			other, ok := in.sentences[code]
			if !ok {
				t.Errorf("%s: no sentence for %s", lang, code)
				continue
			}
			if !slices.Equal(set(s), set(other)) {
				t.Errorf("%s: %s has placeholders %v, English has %v", lang, code, set(other), set(s))
			}
			if (len(s) > 1) != (len(other) > 1) {
				t.Errorf("%s: %s counts in one language only", lang, code)
			}
			for form, text := range other {
				if strings.TrimSpace(text) == "" || len(other) > 1 && !needed[form] {
					t.Errorf("%s: %s has %q for form %d", lang, code, text, form)
				}
			}
			if len(other) > 1 && len(other) != len(needed) {
				t.Errorf("%s: %s has %d plural forms, the language has %d", lang, code, len(other), len(needed))
			}
		}
		for code := range in.sentences {
			if _, ok := source[code]; !ok {
				t.Errorf("%s: %s is not in English", lang, code)
			}
		}
	}
}

func TestSentence(t *testing.T) {
	for name, tc := range map[string]struct {
		lang, code string
		params     map[string]string
		want       string
	}{
		"filled":           {"en", "route.missing_input", map[string]string{"question": "Which?"}, "To go on we need to know: Which?"},
		"unknown code":     {"en", "no.such", nil, "no.such"},
		"unknown language": {"xx", "kind.setup", nil, "Setup"},
		"values stay data": {"en", "route.other_binding", map[string]string{"binding": "{binding}"}, "{binding} is the one that holds it up; the switch is for the whole account."},
		"one":              {"en", "web.messages", map[string]string{"count": "1"}, "1 message"},
		"other":            {"en", "web.messages", map[string]string{"count": "0"}, "0 messages"},
		"jeden":            {"pl", "web.messages", map[string]string{"count": "1"}, "1 wiadomość"},
		"kilka":            {"pl", "web.unread", map[string]string{"count": "22"}, "22 nieodczytane załączniki"},
		"wiele":            {"pl", "web.unread", map[string]string{"count": "12"}, "12 nieodczytanych załączników"},
		"dużo":             {"pl", "web.age.years", map[string]string{"count": "105"}, "105 lat"},
		"below zero":       {"pl", "web.age.years", map[string]string{"count": "-1"}, "-1 rok"},
		"counted by name":  {"xx", "web.messages", map[string]string{"count": "5"}, "5 messages"},
	} {
		if got := Sentence(tc.lang, tc.code, tc.params); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestSentenceForms(t *testing.T) {
	for text, want := range map[string]int{`"a"`: 1, `{"one": "a", "few": "b"}`: 2, `{"more": "a"}`: 0, `3`: 0} {
		var s sentence
		if err := s.UnmarshalJSON([]byte(text)); (err == nil) != (want > 0) || err == nil && len(s) != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
}
