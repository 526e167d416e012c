package readback_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "readback"

// layers are the packages from the top down. A package imports packages of
// its own layer and of those below, never of one above. Each entry covers the
// packages under it, unless a longer entry names them.
var layers = [][]string{
	{"cmd"},
	{"web"},
	{"channel"},
	{"store"},
	{"triage/pipeline"},
	{"triage/check", "triage/enrich", "triage/eval", "triage/extract", "triage/ground", "triage/guard", "triage/route"},
	{"triage"},
	{"knowledge", "prompts", "examples", "internal"},
}

// only lists packages that may import no more of this module than named, and
// no other module than named.
var only = map[string]struct{ own, others []string }{
	"triage":        {own: []string{"knowledge"}, others: []string{"golang.org/x/text"}},
	"triage/ground": {own: []string{"triage"}, others: []string{"golang.org/x/text"}},
}

// adapters are kept out of everything from triage/pipeline down, except for
// the packages that exist to use them.
var adapters = map[string][]string{
	"database/sql":                      nil,
	"github.com/mattn/go-sqlite3":       nil,
	"github.com/riverqueue/river":       nil,
	"github.com/labstack/echo":          nil,
	"github.com/sashabaranov/go-openai": {"triage/extract"},
}

// TestImports keeps the import directions of the design: the domain sees no
// adapter, and what is above is never imported from below.
func TestImports(t *testing.T) {
	for pkg, imports := range listImports(t) {
		if pkg == "." {
			continue // this folder holds tests only
		}
		for _, imp := range imports {
			if why := badArrow(pkg, imp); why != "" {
				t.Errorf("%s -> %s: %s", pkg, imp, why)
			}
		}
	}
}

// badArrow says what is wrong with a package importing another, "" when
// nothing is. pkg is relative to the module; imp is a full import path.
func badArrow(pkg, imp string) string {
	from, ok := layerOf(pkg)
	if !ok {
		return fmt.Sprintf("%s is in no layer; add it to layers in imports_test.go", pkg)
	}
	rule, narrow := only[pkg]
	if own, ok := strings.CutPrefix(imp, module+"/"); ok {
		to, ok := layerOf(own)
		switch {
		case !ok:
			return fmt.Sprintf("%s is in no layer; add it to layers in imports_test.go", own)
		case to < from:
			return fmt.Sprintf("%s lies above %s; imports go down only", own, pkg)
		case narrow && !slices.Contains(rule.own, own):
			return fmt.Sprintf("of this module %s imports only %s", pkg, strings.Join(rule.own, ", "))
		}
		return ""
	}
	if pipeline, _ := layerOf("triage/pipeline"); from >= pipeline {
		for adapter, users := range adapters {
			if under(imp, []string{adapter}) && !under(pkg, users) {
				return fmt.Sprintf("%s is an adapter's business; %s must not see it", adapter, pkg)
			}
		}
	}
	if narrow && !standard(imp) && !under(imp, rule.others) {
		return fmt.Sprintf("besides the standard library %s imports only %s", pkg, strings.Join(rule.others, ", "))
	}
	return ""
}

// layerOf returns the layer of a package, 0 = top, by the longest entry that
// covers it.
func layerOf(pkg string) (layer int, ok bool) {
	longest := 0
	for i, entries := range layers {
		for _, e := range entries {
			if under(pkg, []string{e}) && len(e) > longest {
				layer, longest = i, len(e)
			}
		}
	}
	return layer, longest > 0
}

// under reports whether a path is one of the roots or lies below one.
func under(path string, roots []string) bool {
	for _, r := range roots {
		if path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return false
}

// standard reports whether an import path is the standard library's: its
// first element has no dot.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

// listImports returns the imports of every package of the module, tests left
// aside, by the package's path relative to the module ("." = its root).
func listImports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags", "sqlite_fts5", "-json=ImportPath,Imports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	pkgs := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		rel := strings.TrimPrefix(p.ImportPath, module+"/")
		if rel == module {
			rel = "."
		}
		pkgs[rel] = p.Imports
	}
	return pkgs
}

func TestBadArrow(t *testing.T) {
	for _, tc := range []struct{ pkg, imp, want string }{
		{"cmd/readback", "readback/web", ""},
		{"web", "readback/store", ""},
		{"store/storetest", "readback/store", ""},
		{"triage/pipeline", "readback/triage/extract", ""},
		{"triage/check/lab", "readback/triage/check", ""},
		{"triage/extract", "github.com/sashabaranov/go-openai", ""},
		{"triage/extract", "readback/prompts", ""},
		{"triage", "readback/knowledge", ""},
		{"triage", "golang.org/x/text/unicode/norm", ""},
		{"knowledge", "github.com/blevesearch/bleve/v2", ""},
		{"store", "database/sql", ""},

		{"web", "readback/cmd/readback", "cmd/readback lies above web; imports go down only"},
		{"store", "readback/channel/email", "channel/email lies above store; imports go down only"},
		{"triage/route", "readback/triage/pipeline", "triage/pipeline lies above triage/route; imports go down only"},
		{"triage/pipeline", "readback/store", "store lies above triage/pipeline; imports go down only"},
		{"knowledge", "readback/triage", "triage lies above knowledge; imports go down only"},
		{"triage", "readback/prompts", "of this module triage imports only knowledge"},
		{"triage", "github.com/goccy/go-yaml", "besides the standard library triage imports only golang.org/x/text"},
		{"triage/ground", "readback/triage/route", "of this module triage/ground imports only triage"},
		{"triage/ground", "readback/knowledge", "of this module triage/ground imports only triage"},
		{"triage/enrich", "database/sql/driver", "database/sql is an adapter's business; triage/enrich must not see it"},
		{"triage/pipeline", "github.com/labstack/echo/v4", "github.com/labstack/echo is an adapter's business; triage/pipeline must not see it"},
		{"triage/eval", "github.com/sashabaranov/go-openai", "github.com/sashabaranov/go-openai is an adapter's business; triage/eval must not see it"},
		{"util", "fmt", "util is in no layer; add it to layers in imports_test.go"},
	} {
		if got := badArrow(tc.pkg, tc.imp); got != tc.want {
			t.Errorf("%s -> %s:\ngot  %q\nwant %q", tc.pkg, tc.imp, got, tc.want)
		}
	}
}
