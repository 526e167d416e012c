package triage

import (
	"regexp"
	"slices"
	"testing"
)

// Every language has every code of English, with the same placeholders: a
// missing one would show a customer a raw brace or nothing.
func TestCatalogueComplete(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z_]+\}`)
	set := func(s string) []string {
		found := placeholder.FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	english := catalogue()["en"]
	if len(english) == 0 {
		t.Fatal("no English sentences")
	}
	for lang := range catalogue() {
		for code, sentence := range english {
			other, ok := catalogue()[lang][code]
			if !ok {
				t.Errorf("%s: no sentence for %s", lang, code)
			} else if !slices.Equal(set(sentence), set(other)) {
				t.Errorf("%s: %s has placeholders %v, English has %v", lang, code, set(other), set(sentence))
			}
		}
		for code := range catalogue()[lang] {
			if _, ok := english[code]; !ok {
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
	} {
		if got := Sentence(tc.lang, tc.code, tc.params); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
