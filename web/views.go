package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"readback/store/people"
	"readback/triage"
)

//go:embed templates static
var embedded embed.FS

// views are the parsed pages and the static files by their hashed names.
type views struct {
	pages  map[lang]map[string]*template.Template // by language and file
	assets map[string]string                      // "app.css" -> "/static/app.0a1b2c3d.css"
	files  map[string][]byte                      // "app.0a1b2c3d.css" -> content
}

// loadViews parses them, once in a process: they are part of the program.
var loadViews = sync.OnceValues(func() (views, error) {
	v := views{pages: map[lang]map[string]*template.Template{}, assets: map[string]string{}, files: map[string][]byte{}}
	names, err := fs.Glob(embedded, "static/*.*")
	if err != nil {
		return v, err
	}
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			return v, err
		}
		sum := sha256.Sum256(data)
		base, ext := path.Base(name), path.Ext(name)
		hashed := base[:len(base)-len(ext)] + "." + hex.EncodeToString(sum[:4]) + ext
		v.assets[base], v.files[hashed] = "/static/"+hashed, data
	}
	for _, code := range triage.Languages() {
		if v.pages[lang(code)], err = v.parse(lang(code)); err != nil {
			return v, err
		}
	}
	return v, nil
})

// parse reads the pages with the words of one language.
func (v *views) parse(l lang) (map[string]*template.Template, error) {
	asset := func(name string) (string, error) {
		if url, ok := v.assets[name]; ok {
			return url, nil
		}
		return "", fmt.Errorf("no static file %s", name)
	}
	funcs := template.FuncMap{"asset": asset, "t": l.t, "rich": l.rich}
	pages := map[string]*template.Template{}
	for layout, names := range map[string][]string{
		"layout.html": {"circles.html", "import.html", "analytics.html", "analytics_tickets.html",
			"inbox.html", "design.html", "ticket.html", "handover.html", "move.html", "incident.html", "pauses.html", "outbox.html", "connections.html", "changes.html",
			"gate.html", "me.html", "people.html", "tokens.html", "audit.html", "error.html", "review.html", "review_ticket.html", "confidence.html",
			"knowledge.html", "knowledge_edit.html", "knowledge_lint.html", "knowledge_article.html", "replay.html", "replay_run.html", "suggestions.html"},
		"widget_demo.html":  {"widget_demo.html"}, // a page of its own
		"commands.html":     {"commands.html"},
		"panel_frame.html":  {"panel_frame.html"}, // around the panel, in another desk's frame
		"panel_layout.html": {"panel.html", "panel_error.html"},
		"help_layout.html":  {"help.html", "help_page.html", "help_error.html"},
	} {
		for _, page := range names {
			t, err := template.New(layout).Funcs(funcs).Option("missingkey=error").
				ParseFS(embedded, "templates/"+layout, "templates/parts.html", "templates/desk.html", "templates/composer.html", "templates/brief.html", "templates/"+page)
			if err != nil {
				return nil, err
			}
			pages[page] = t
		}
	}
	return pages, nil
}

// page is what the layout needs, around what one page shows.
type page struct {
	Lang      lang
	Langs     []langChoice
	Title     string
	Name      string // inbox, ticket, incident, error: chooses behaviour and style
	Workspace string
	Banner    banner
	Me        *people.User  // who is signed in; nil for nobody
	As        []people.User // whom one can be instead, in the demo
	Away      bool          // who is signed in takes no tickets by turns
	Toast     *toast        // what was just done; nil for nothing
	Places    []place       // where one can go by keys
	Path      string        // of this page, to come back to
	Data      any
}

// May reports, to templates, whether who is signed in has the role or more.
func (p page) May(role people.Role) bool { return p.Me != nil && p.Me.Role.May(role) }

// Room is the part of the desk that a page belongs to, as the top bar names
// them; "" for pages about oneself and the desk's people.
func (p page) Room() string {
	switch name, _, _ := strings.Cut(p.Name, "_"); name {
	case "knowledge", "changes":
		return "knowledge"
	case "analytics", "circles", "replay", "review", "import", "suggestions", "confidence":
		return "reports"
	case "inbox", "ticket", "handover", "move", "incident", "pauses":
		return "inbox"
	}
	return ""
}

// Beside are the pages of the same room, with this one among them; none where
// the room has its own way around.
func (p page) Beside() (out []place) {
	room := p.Room()
	for _, x := range p.Places {
		if room != "" && x.Room == room {
			x.Here = p.Path == x.URL || strings.HasPrefix(p.Path, x.URL+"/") || strings.HasPrefix(p.Path, x.URL+"?")
			out = append(out, x)
		}
	}
	return out
}

// Theme is light or dark when the reader chose it, else "".
func (p page) Theme() string {
	if p.Me == nil {
		return ""
	}
	return p.Me.Theme
}

// banner tells who reads the tickets and what the checks look at.
type banner struct {
	Reader   string // "the offline extractor", "the model NAME"; "" shows none
	How      string // what that means
	Degraded string // what happened instead when the reader was not available; "" when it was
	Lab      bool
	Widget   string // address of the demo's page with the chat widget; "" when there is none
	Stale    string // the first fault of the workspace's newest files, which are not in use; "" when they are
}

func (s *Server) page(c echo.Context, title, name string, data any) page {
	l := langOf(c.Request())
	out := page{Lang: l, Langs: langChoices(c.Request()), Title: title, Name: name, Workspace: s.Workspace.Name, Data: data}
	me := s.person(c)
	if me.ID == "" {
		return out // how the desk works is no stranger's business
	}
	b := banner{Lab: s.Lab}
	b.Stale, _, _ = strings.Cut(s.fault(), "\n")
	if s.Demo && s.widgets.all[DemoWidget] != nil {
		b.Widget = "http://" + otherName(c.Request().Host) + "/widget-demo"
		if hostOf(c.Request().Host) == "localhost" {
			b.Widget = "/widget-demo"
		}
	}
	switch s.ExtractorName {
	case "":
	case offline:
		b.Reader, b.How = l.t("web.reader.offline"), l.t("web.reader.offline.how")
	default:
		b.Reader, b.How = l.t("web.reader.model", "model", s.ExtractorName), l.t("web.reader.model.how")
	}
	out.Me, out.Banner, out.Path = me, b, c.Request().URL.RequestURI()
	if c.Request().Method != http.MethodGet {
		out.Path = "/inbox"
	}
	out.As, _ = c.Get(demoUsersKey).([]people.User)
	out.Toast, out.Places = s.toast(c, l), s.places(l, me)
	away, err := s.Store.Away(ctxOf(c), me.ID)
	if err != nil { // the page is of use all the same
		s.log(c).Warn("away", "error", err)
	}
	out.Away = away
	return out
}

// render writes a page whole or, when its template fails, not at all.
func (s *Server) render(c echo.Context, status int, name string, p page) error {
	body, err := s.execute(name, p)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Vary", "Accept-Language, Cookie") // langOf
	return c.HTMLBlob(status, body)
}

func (s *Server) execute(name string, p page) ([]byte, error) {
	var b bytes.Buffer
	if err := s.views.pages[p.Lang][name].Execute(&b, p); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// static serves the embedded files. Their names hold a hash of the content,
// so a browser keeps them for good.
func (s *Server) static(c echo.Context) error {
	name := c.Param("name")
	data, ok := s.views.files[name]
	if !ok {
		return echo.ErrNotFound
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, mime.TypeByExtension(path.Ext(name)), data)
}
