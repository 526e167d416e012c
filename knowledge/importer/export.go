package importer

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"readback/knowledge"
)

// Zendesk Guide, GET /api/v2/help_center/articles.json: one page of it, or
// several concatenated by a script into one articles list.
type zendesk struct {
	Articles []struct {
		ID        json.RawMessage `json:"id"`
		HTMLURL   string          `json:"html_url"`
		Title     string          `json:"title"`
		Name      string          `json:"name"`
		Locale    string          `json:"locale"`
		EditedAt  string          `json:"edited_at"` // the content's; updated_at changes with votes and labels
		UpdatedAt string          `json:"updated_at"`
		Draft     bool            `json:"draft"`
		Body      string          `json:"body"`
	} `json:"articles"`
}

// Intercom, GET /articles: a list whose data are articles with HTML bodies and
// times in seconds, and translations by locale.
type intercom struct {
	Data []struct {
		intercomContent
		ID            json.RawMessage            `json:"id"`
		DefaultLocale string                     `json:"default_locale"`
		Translated    map[string]json.RawMessage `json:"translated_content"`
	} `json:"data"`
}

type intercomContent struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Body      string `json:"body"`
	State     string `json:"state"`
	URL       string `json:"url"`
	UpdatedAt int64  `json:"updated_at"`
}

// export reads a JSON export of either desk.
func (r *Result) export(_ fs.FS, name string, data []byte) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	switch {
	case keys["articles"] != nil:
		return r.zendesk(data)
	case keys["data"] != nil:
		return r.intercom(data)
	}
	return errors.New(`neither a Zendesk Guide export ("articles") nor one of Intercom ("data")`)
}

func (r *Result) zendesk(data []byte) error {
	var in zendesk
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("not a Zendesk Guide export: %w", err)
	}
	for _, x := range in.Articles {
		a := knowledge.Article{Title: either(x.Title, x.Name), URL: webAddress(x.HTMLURL), Language: x.Locale,
			Updated: dayOf(either(x.EditedAt, x.UpdatedAt)), Source: "zendesk:" + idOf(x.ID) + ":" + x.Locale}
		r.content(a, x.Body, x.Draft)
	}
	return nil
}

func (r *Result) intercom(data []byte) error {
	var in intercom
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("not an Intercom export: %w", err)
	}
	for _, x := range in.Data {
		if x.Type != "article" && x.Type != "" {
			r.skip("intercom:"+idOf(x.ID), "a %s, not an article", x.Type)
			continue
		}
		r.intercomContent(x.ID, either(x.DefaultLocale, "en"), x.intercomContent)
		for locale, raw := range x.Translated {
			var c intercomContent // "type" beside the locales is a text, an empty locale null
			if locale == x.DefaultLocale || json.Unmarshal(raw, &c) != nil || c.Title == "" && c.Body == "" {
				continue
			}
			r.intercomContent(x.ID, locale, c)
		}
	}
	return nil
}

func (r *Result) intercomContent(id json.RawMessage, locale string, c intercomContent) {
	a := knowledge.Article{Title: c.Title, URL: webAddress(c.URL), Language: locale, Source: "intercom:" + idOf(id) + ":" + locale}
	if c.UpdatedAt > 0 {
		a.Updated = knowledge.Date{Time: time.Unix(c.UpdatedAt, 0).UTC().Truncate(24 * time.Hour)}
	}
	r.content(a, c.Body, c.State == "draft")
}

// content takes an article whose text is HTML.
func (r *Result) content(a knowledge.Article, body string, draft bool) {
	if draft {
		r.skip(a.Source, "a draft")
		return
	}
	var err error
	if a.Body, err = fragment(body); err != nil {
		r.skip(a.Source, "its HTML cannot be read: %v", err)
		return
	}
	r.add(a)
}

// idOf is an id, which some versions write as a number and some as a text.
func idOf(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// sitemapFile is a sitemap, or an index of them (sitemaps.org).
type sitemapFile struct {
	URLs []struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod"`
	} `xml:"url"`
	Sitemaps []struct {
		Loc string `xml:"loc"`
	} `xml:"sitemap"`
}

// sitemap reads the pages saved beside a sitemap: as HOST/PATH (wget -r), as
// PATH, or under their last name, with or without .html or /index.html.
func (r *Result) sitemap(files fs.FS, name string, data []byte) error {
	var in sitemapFile
	if err := xml.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("not a sitemap: %w", err)
	}
	if len(in.URLs) == 0 && len(in.Sitemaps) == 0 {
		return errors.New("a sitemap without pages")
	}
	if r.maps == nil {
		r.maps = map[string]bool{}
	}
	r.maps[name] = true
	for _, s := range in.Sitemaps {
		child := path.Join(path.Dir(name), path.Base(strings.TrimSpace(s.Loc)))
		if strings.HasSuffix(child, ".xml") && !r.maps[child] {
			r.file(files, child)
		}
	}
	for _, u := range in.URLs {
		loc := webAddress(u.Loc)
		saved, err := savedPage(files, path.Dir(name), loc)
		if err != nil {
			r.skip(u.Loc, "%v", err)
			continue
		}
		data, err := load(files, saved)
		if err != nil {
			r.skip(u.Loc, "%v", err)
			continue
		}
		a, err := pageOf(data)
		if err != nil {
			r.skip(u.Loc, "%v", err)
			continue
		}
		a.URL, a.Source = loc, "sitemap:"+loc
		if d := dayOf(u.LastMod); !d.IsZero() {
			a.Updated = d
		}
		r.add(a)
	}
	return nil
}

func savedPage(files fs.FS, dir, loc string) (string, error) {
	u, err := url.Parse(loc)
	if err != nil || loc == "" {
		return "", errors.New("no web address")
	}
	p := strings.Trim(path.Clean("/"+u.Path), "/")
	for _, base := range []string{path.Join(u.Host, p), p, path.Base(p)} {
		for _, end := range []string{"", ".html", ".htm", "/index.html"} {
			name := path.Join(dir, base) + end
			if info, err := fs.Stat(files, name); err == nil && info.Mode().IsRegular() {
				return name, nil
			}
		}
	}
	return "", errors.New("the page is not saved beside the sitemap")
}
