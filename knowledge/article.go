package knowledge

import (
	"path"
	"strings"
)

// Article is a page that is not a procedure: what a team had before, brought
// in by `readback kb import`. It is searched and linted; it guards nothing and
// routes nothing.
type Article struct {
	ID       string `yaml:"id"` // the file's name
	Title    string `yaml:"title"`
	URL      string `yaml:"url"`      // where it is published
	Updated  Date   `yaml:"updated"`  // when it was last changed there
	Language string `yaml:"language"` // ISO 639-1; default en
	Source   string `yaml:"source"`   // where it was imported from, such as "zendesk:360001"

	Body string `yaml:"-"` // Markdown
	File string `yaml:"-"` // path inside the workspace
	Text string `yaml:"-"` // the file as read; Body is its tail
}

func (l *loader) article(d *source) {
	base := strings.TrimSuffix(path.Base(d.file), ".md")
	a := Article{ID: base, Language: "en", File: d.file, Body: d.body, Text: d.text}
	if !d.decode(&a) {
		return
	}
	if a.ID != base {
		d.at(RuleFormat, "id", "id %q must equal the file's name", a.ID)
	}
	if strings.TrimSpace(a.Title) == "" {
		d.at(RuleFormat, "title", "no title")
	}
	if !language.MatchString(a.Language) {
		d.at(RuleFormat, "language", "%q is no language; use a code such as de", a.Language)
	}
	l.w.Articles = append(l.w.Articles, a)
}
