// Package importer reads what a team already has (Markdown, HTML pages, a
// saved sitemap, exports of Zendesk Guide and Intercom) as articles. What it
// reads is not trusted: scripts are dropped, links other than to the web kept
// as words, and nothing is fetched.
package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"readback/knowledge"
)

// maxSource bounds one file that is read, in bytes: an export of a whole help
// centre is one file.
const maxSource = 512 << 20

// maxBody bounds the text of one article, in bytes: what a workspace loads.
const maxBody = 900 << 10

// Result is what was read.
type Result struct {
	Articles []knowledge.Article
	Skipped  []Skip

	maps map[string]bool // sitemaps read so far: an index may name itself
}

// Skip is something that was not taken, and why.
type Skip struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

func (r *Result) skip(what, format string, args ...any) {
	r.Skipped = append(r.Skipped, Skip{what, fmt.Sprintf(format, args...)})
}

// Read reads a file of files, or a folder with everything in it, by the
// files' names: .md .html .xml (sitemap) .json (export). A file that is none
// of these, or cannot be understood, is skipped with the reason.
func Read(files fs.FS, name string) (Result, error) {
	var r Result
	info, err := fs.Stat(files, name)
	if err != nil {
		return r, err
	}
	if !info.IsDir() {
		r.file(files, name)
		return r, nil
	}
	// A sitemap tells the addresses of the pages beside it.
	if _, err := fs.Stat(files, path.Join(name, "sitemap.xml")); err == nil {
		r.file(files, path.Join(name, "sitemap.xml"))
		return r, nil
	}
	err = fs.WalkDir(files, name, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != name:
			return fs.SkipDir
		case d.Type().IsRegular():
			r.file(files, p)
		}
		return nil
	})
	return r, err
}

func (r *Result) file(files fs.FS, name string) {
	read := map[string]func(files fs.FS, name string, data []byte) error{
		".md": r.markdown, ".markdown": r.markdown, ".html": r.html, ".htm": r.html, ".xml": r.sitemap, ".json": r.export,
	}[strings.ToLower(path.Ext(name))]
	if read == nil {
		r.skip(name, "neither .md, .html, .xml nor .json")
		return
	}
	data, err := load(files, name)
	if err == nil {
		err = read(files, name, data)
	}
	if err != nil {
		r.skip(name, "%v", err)
	}
}

func load(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	if info.Size() > maxSource {
		return nil, fmt.Errorf("%d MiB are over the limit of %d", info.Size()>>20, maxSource>>20)
	}
	return fs.ReadFile(files, name)
}

// add takes an article when it says something.
func (r *Result) add(a knowledge.Article) {
	a.Title = strings.Join(strings.Fields(a.Title), " ")
	a.Body = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(a.Body, "\x00", ""), "\ufffd"))
	if a.Language = language(a.Language); a.Language == "" {
		a.Language = "en"
	}
	switch {
	case a.Title == "":
		r.skip(a.Source, "no title")
	case a.Body == "":
		r.skip(a.Source, "no text")
	case len(a.Body) > maxBody:
		r.skip(a.Source, "%d KiB of text are over the limit of %d", len(a.Body)>>10, maxBody>>10)
	default:
		r.Articles = append(r.Articles, a)
	}
}

var languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)

// language is the two or three letters of a locale such as en-us or pt_BR, ""
// for what is none.
func language(locale string) string {
	code, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(locale)), "_", "-"), "-")
	if !languageCode.MatchString(code) {
		return ""
	}
	return code
}

// dayOf reads the date of a timestamp in one of the usual forms; zero when it is none.
func dayOf(s string) knowledge.Date {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return knowledge.Date{Time: t.UTC().Truncate(24 * time.Hour)}
		}
	}
	if t, err := time.Parse(time.DateOnly, s[:min(len(s), 10)]); err == nil {
		return knowledge.Date{Time: t}
	}
	return knowledge.Date{}
}

// Name is the file name, without .md, that an article gets: of its address
// or else its title.
func Name(a *knowledge.Article) string {
	last := ""
	if a.URL != "" {
		last = path.Base(strings.TrimRight(strings.SplitN(strings.SplitN(a.URL, "?", 2)[0], "#", 2)[0], "/"))
		last = strings.TrimSuffix(strings.TrimSuffix(last, ".html"), ".htm")
		if !strings.Contains(strings.TrimPrefix(strings.TrimPrefix(a.URL, "https://"), "http://"), "/") {
			last = "" // the host
		}
	}
	for _, s := range []string{last, a.Title, a.Source} {
		if n := Slug(s); n != "" {
			if a.Language != "en" && !strings.HasSuffix(n, "-"+a.Language) {
				n += "-" + a.Language
			}
			return n
		}
	}
	return "article"
}

// Slug is a text in small letters, digits and hyphens, at most 60 long.
func Slug(s string) string {
	var out []rune
	for _, r := range strings.ToLower(s) {
		switch {
		case r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			out = append(out, r)
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
	}
	return strings.Trim(string(out[:min(len(out), 60)]), "-")
}

// Encode is the file of an article, as docs/procedures.md has it.
func Encode(a *knowledge.Article) []byte {
	var out strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%s: %s\n", key, quoted(value))
		}
	}
	out.WriteString("---\n")
	line("title", a.Title)
	line("url", a.URL)
	if !a.Updated.IsZero() {
		fmt.Fprintf(&out, "updated: %s\n", a.Updated.Format(time.DateOnly))
	}
	line("language", a.Language)
	line("source", a.Source)
	out.WriteString("---\n" + a.Body + "\n")
	return []byte(out.String())
}

// Names gives each article its file name, without .md. Two articles of one
// name are told apart by numbers, in the order of their sources, so that the
// same import writes the same files; sourceOf tells the source of a file that is
// there, "" for none.
func Names(list []knowledge.Article, sourceOf func(name string) string) []string {
	slices.SortStableFunc(list, func(a, b knowledge.Article) int { return strings.Compare(a.Source, b.Source) })
	taken := map[string]bool{}
	names := make([]string, len(list))
	for i := range list {
		base := Name(&list[i])
		name := base
		for n := 2; taken[name] || sourceOf(name) != "" && sourceOf(name) != list[i].Source; n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		taken[name], names[i] = true, name
	}
	return names
}
