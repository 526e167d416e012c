package readback_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	mdLink      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	placeholder = regexp.MustCompile(`\b(LANG|ID|NAME)\b`)
	mdPath      = regexp.MustCompile("`((?:cmd|web|channel|store|triage|knowledge|prompts|examples|docs)/[\\w./-]+)`")
	createTable = regexp.MustCompile(`(?i)create table (\w+)`)
	mdHeader    = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// pages are README.md, the changelog and what lies below docs, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, root := range []string{"README.md", "CHANGELOG.md", "docs"} {
		err := fs.WalkDir(os.DirFS("."), root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".md" {
				return err
			}
			text, err := os.ReadFile(name)
			out[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestDocsLeadSomewhere: each link and each path that a page names is there.
func TestDocsLeadSomewhere(t *testing.T) {
	all := pages(t)
	for name, text := range all {
		for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := path.Join(path.Dir(name), file)
			if file == "" {
				to = name
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: the link %s leads nowhere", name, m[1])
			} else if anchor != "" && !hasHeader(all[to], anchor) {
				t.Errorf("%s: %s has no heading #%s", name, to, anchor)
			}
		}
		for _, m := range mdPath.FindAllStringSubmatch(text, -1) {
			if placeholder.MatchString(m[1]) {
				continue
			}
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
	}
}

func hasHeader(text, anchor string) bool {
	for _, m := range mdHeader.FindAllStringSubmatch(text, -1) {
		if strings.ToLower(strings.ReplaceAll(m[1], " ", "-")) == anchor {
			return true
		}
	}
	return false
}

// TestDocsTellEverySchema: docs/data.md has a row for each table and says what
// each migration adds.
func TestDocsTellEverySchema(t *testing.T) {
	files, err := os.ReadDir("store/migrations/sqlite")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	text := pages(t)["docs/data.md"]
	_, table, _ := strings.Cut(text, "| version | adds |")
	if got := strings.Count(table, "\n| "); got != len(files) {
		t.Errorf("%d migrations, %d told", len(files), got)
	}
	for _, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version := strings.TrimLeft(number, "0")
		sql, err := os.ReadFile("store/migrations/sqlite/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range createTable.FindAllStringSubmatch(string(sql), -1) {
			if !strings.Contains(text, "\n| `"+m[1]+"` |") {
				t.Errorf("the table %s has no row", m[1])
			}
		}
		if !strings.Contains(table, "\n| "+version+" | ") {
			t.Errorf("migration %s is not told", version)
		}
	}
}
