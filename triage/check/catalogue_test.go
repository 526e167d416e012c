package check_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"readback/triage"
)

var catalogue = sync.OnceValue(func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, lang := range []string{"en", "pl"} {
		data, err := os.ReadFile("../catalogue/" + lang + "/check.json")
		if err != nil {
			panic(err)
		}
		var sentences map[string]string
		if err := json.Unmarshal(data, &sentences); err != nil {
			panic(err)
		}
		out[lang] = sentences
	}
	return out
})

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// speak demands that every language has a sentence for the result and that
// the result fills it.
func speak(t *testing.T, r triage.CheckResult) {
	t.Helper()
	for lang, sentences := range catalogue() {
		s, ok := sentences[r.Code]
		if !ok {
			t.Errorf("no sentence for %s in %s", r.Code, lang)
		}
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			if m[1] != "time" && r.CodeParams[m[1]] == "" {
				t.Errorf("%s in %s needs {%s}; there is %v", r.Code, lang, m[1], r.CodeParams)
			}
		}
	}
}

// The codes in the source and the keys of the catalogues are the same set.
func TestCatalogueIsWhole(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{"check.dns.stale_note"} // added by whoever shows a result with stale_seconds
	quoted := regexp.MustCompile(`"(check\.[a-z_.]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(src), -1) {
			codes = append(codes, m[1])
		}
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	for lang, sentences := range catalogue() {
		var keys []string
		for k := range sentences {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		if !slices.Equal(keys, codes) {
			t.Errorf("%s: keys %q\ncodes %q", lang, keys, codes)
		}
	}
	for code, s := range catalogue()["en"] {
		if regexp.MustCompile(`(?i)\byou(r| have)\b`).MatchString(s) {
			t.Errorf("%s speaks of the customer instead of what we saw: %s", code, s)
		}
	}
}
