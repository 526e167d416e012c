package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// The help pages are for everyone, signed in or not. They are made of the same
// procedures that briefs and checks use, and show the live ones only.

// helpFound is how many pages a search shows, maxSought the longest search in bytes.
const (
	helpFound = 20
	maxSought = 300
)

// helpList is the list of pages: all by area, or what a search found.
type helpList struct {
	Query  string
	Found  string // how many, in words; "" without a search
	Groups []helpGroup
}

type helpGroup struct {
	Title string // of the area; "" for what a search found
	Links []helpLink
}

// helpLink leads to one page.
type helpLink struct {
	URL, Title, Lang, About string // Lang is of title and about
}

// public reports whether a procedure has a help page.
func public(p *knowledge.Procedure) bool {
	return p != nil && p.Status == knowledge.Live && p.Audience != string(knowledge.Staff)
}

func helpURL(id string) string { return "/help/" + url.PathEscape(id) }

// help lists the pages, by area or as a search orders them.
func (s *Server) help(c echo.Context) error {
	r := c.Request()
	l := langOf(r)
	query := c.QueryParam("q")
	query = strings.TrimSpace(strings.ToValidUTF8(query[:min(len(query), maxSought)], ""))
	data := helpList{Query: query}
	if query == "" {
		in := s.listLang(r) // one, so that few lists are kept
		return s.renderOnce(c, in, "help.html", l.t("web.help"), func(to *page) { data.Groups = s.helpAreas(l, in); to.Data = data })
	}
	var group helpGroup
	for _, h := range s.Find(query, 2*helpFound).Procedures {
		if public(h.Procedure) && len(group.Links) < helpFound {
			link := linkTo(h.Procedure, s.listLang(r))
			if h.Step != "" {
				link.URL += "#" + h.Step
			}
			group.Links = append(group.Links, link)
		}
	}
	data.Groups, data.Found = []helpGroup{group}, l.t("web.help.found", "count", len(group.Links))
	c.Response().Header().Set("Cache-Control", "no-store")
	return s.render(c, http.StatusOK, "help.html", s.page(c, l.t("web.help.search.title", "query", query), "help", data))
}

// helpAreas are all pages by area, both in the order of the alphabet.
func (s *Server) helpAreas(l lang, in string) []helpGroup {
	byArea := map[string][]helpLink{}
	for i := range s.Workspace.Procedures {
		if p := &s.Workspace.Procedures[i]; public(p) {
			byArea[p.Area] = append(byArea[p.Area], linkTo(p, in))
		}
	}
	var out []helpGroup
	for area, links := range byArea {
		slices.SortFunc(links, func(a, b helpLink) int { return cmp.Compare(a.Title, b.Title) })
		out = append(out, helpGroup{Title: cmp.Or(areaTitle(area), l.t("web.help.area.none")), Links: links})
	}
	slices.SortFunc(out, func(a, b helpGroup) int { return cmp.Compare(a.Title, b.Title) })
	return out
}

// listLang is the first language of a reader's wishes that any page has.
func (s *Server) listLang(r *http.Request) string {
	for _, in := range wishes(r) {
		if in == originalLang || slices.ContainsFunc(s.Workspace.Procedures, func(p knowledge.Procedure) bool { _, ok := p.Translations[in]; return ok }) {
			return in
		}
	}
	return originalLang
}

func linkTo(p *knowledge.Procedure, wish string) helpLink {
	in := helpLang([]string{wish}, p)
	first := sections(textIn(p, in), func(id string) bool { return p.Step(id) != nil }, func(u string) string { return u })[0]
	about := html.UnescapeString(noTags.Sanitize(string(first.Text)))
	return helpLink{URL: helpURL(p.ID), Title: p.TitleIn(in), Lang: in, About: firstWords(about, 140)}
}

// firstWords shortens a text to whole words, about n runes.
func firstWords(s string, n int) string {
	short, cut := strings.CutSuffix(oneLine(s, n), "…")
	if at := strings.LastIndexByte(short, ' '); cut && at > n/2 {
		short = short[:at]
	}
	if cut {
		short = strings.TrimRight(short, " ,;:.") + "…"
	}
	return short
}

// textIn is the Markdown of a procedure in a language, or the original's.
func textIn(p *knowledge.Procedure, in string) string {
	return cmp.Or(p.Translations[in].Body, p.Body)
}

// areaTitle is an area as a heading shows it; api, dns and ip are initials.
func areaTitle(area string) string {
	if len(area) <= 3 {
		return strings.ToUpper(area)
	}
	return capital(route.AreaName(area))
}

func capital(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

// wishes are the languages that a reader would take a text in, best first: the
// one in the address, else the one they chose, else what their browser asks for.
func wishes(r *http.Request) []string {
	if in := r.URL.Query().Get(langCookie); in != "" {
		return []string{in[:min(len(in), 8)]}
	}
	if c, err := r.Cookie(langCookie); err == nil && slices.Contains(triage.Languages(), c.Value) {
		return []string{c.Value}
	}
	var out []string
	tags, weights, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // what cannot be read asks for nothing
	for i, tag := range tags {
		if base, sure := tag.Base(); sure > language.No && weights[i] > 0 && len(out) < 5 && !slices.Contains(out, base.String()) {
			out = append(out, base.String())
		}
	}
	return out
}

// helpLang is the language in which a reader gets a procedure.
func helpLang(wishes []string, p *knowledge.Procedure) string {
	for _, in := range wishes {
		if _, ok := p.Translations[in]; ok || in == originalLang {
			return in
		}
	}
	return originalLang
}

// originalLang is the language of the texts in procedure files without one in their name.
const originalLang = "en"

// helpPage answers with the page of a procedure, or leads from an older
// address to it.
func (s *Server) helpPage(c echo.Context) error {
	if c.Param("*") == "" {
		return c.Redirect(http.StatusMovedPermanently, "/help")
	}
	id, err := url.PathUnescape(strings.Trim(c.Param("*"), "/"))
	if err != nil {
		return echo.ErrNotFound
	}
	p := s.Workspace.Procedure(id)
	if !public(p) {
		if p = s.replacing(id); public(p) {
			return c.Redirect(http.StatusMovedPermanently, helpURL(p.ID))
		}
		return echo.ErrNotFound
	}
	s.didRead(c, triage.Event{Kind: triage.EventOpened, URL: helpURL(p.ID), Procedure: p.ID})
	in, sent := helpLang(wishes(c.Request()), p), c.QueryParam("sent") != ""
	return s.renderOnce(c, fmt.Sprint(p.ID, in, sent), "help_page.html", p.TitleIn(in), func(to *page) {
		v := s.helpView(c.Request(), p)
		v.Sent = sent
		to.Data, to.Langs = v, helpLangs(p, in)
	})
}

// replacing finds the procedure that took the place of an older page by the
// path of its address, with or without "help/" before it; nil when there is none.
func (s *Server) replacing(old string) *knowledge.Procedure {
	for i := range s.Workspace.Procedures {
		p := &s.Workspace.Procedures[i]
		for _, at := range append([]string{p.URL}, p.ReplacesURLs...) {
			u, err := url.Parse(at)
			if err != nil || old == "" {
				continue
			}
			if was := strings.Trim(u.Path, "/"); was == old || was == path.Join("help", old) {
				return p
			}
		}
	}
	return nil
}

// helpCache holds rendered pages.
type helpCache struct {
	body []byte
	etag string
}

// maxHelpPages is how many rendered pages are kept, about 25 kB each.
const maxHelpPages = 500

// renderOnce answers with a page that depends on the workspace, its address
// and the reader's languages only. It is rendered once, and a browser that has
// it is told so (RFC 9110, 13.1.2).
//
// key tells apart what one template makes; the rest is known here.
func (s *Server) renderOnce(c echo.Context, key, name, title string, data func(*page)) error {
	r := c.Request()
	key = strings.Join([]string{s.Workspace.Hash, string(langOf(r)), name, key}, "\x00")
	kept, ok := s.helpPages.Get(key)
	if !ok {
		made := s.page(c, title, "help", nil)
		data(&made)
		body, err := s.execute(name, made)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		kept = helpCache{body, `"` + hex.EncodeToString(sum[:12]) + `"`}
		s.helpPages.Add(key, kept)
	}
	h := c.Response().Header()
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Cache-Control", "public, no-cache") // kept, and asked for anew each time
	h.Set("ETag", kept.etag)
	if slices.ContainsFunc(strings.Split(r.Header.Get("If-None-Match"), ","), func(have string) bool {
		return strings.TrimPrefix(strings.TrimSpace(have), "W/") == kept.etag
	}) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.HTMLBlob(http.StatusOK, kept.body)
}
