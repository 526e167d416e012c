package web

import (
	"cmp"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/knowledge/importer"
	"readback/triage"
)

// knowledgeView lists what the desk knows.
type knowledgeView struct {
	Query      string
	Tabs       []tab
	Procedures []procedureRow
	Articles   []articleRow
	More       int // articles that are not listed
	ReadOnly   string
	Findings   string // what the linter found, "" while it is not known
	Worst      string // class of the finding's mark
}

type procedureRow struct {
	ID, URL, Title, Area, Steps string
	Status                      pick
	Reviewed                    *stamp
	Languages                   []string
	Findings                    int
	Tickets                     int // of the last 30 days whose next step is one of its
	Help                        string
}

type articleRow struct {
	URL, Title, Source string
	Updated            *stamp
	Findings           int
}

// How much of the articles the list shows, and how long tickets count.
const (
	articlesShown = 100
	waitingFor    = 30 * 24 * time.Hour
)

// knowledgeList shows procedures and articles, by status or by words.
func (s *Server) knowledgeList(c echo.Context) error {
	l, now := langOf(c.Request()), s.Clock()
	waiting, err := s.Store.Waiting(ctxOf(c), now.Add(-waitingFor))
	if err != nil {
		return err
	}
	v := knowledgeView{Query: strings.TrimSpace(c.QueryParam("q")), ReadOnly: s.readOnly(c)}
	found, byFile := s.lintKnown()
	if found != nil {
		v.Findings, v.Worst = l.lintCount(found)
	}
	hit := func(string) bool { return true }
	if v.Query != "" {
		hits := map[string]bool{}
		got := s.Find(v.Query, articlesShown)
		for _, h := range got.Procedures {
			hits[h.Procedure.ID] = true
		}
		for _, h := range got.Articles {
			hits["articles/"+h.ID] = true
		}
		hit = func(id string) bool { return hits[id] }
	}
	status := c.QueryParam("status")
	for _, st := range []string{"", "live", "draft", "stub"} {
		query := url.Values{}
		if st != "" {
			query.Set("status", st)
		}
		v.Tabs = append(v.Tabs, tab{Name: l.t("web.kb.status." + cmp.Or(st, "all")), URL: "/knowledge?" + query.Encode(), Current: status == st})
	}
	for i := range s.Workspace.Procedures {
		p := &s.Workspace.Procedures[i]
		if !hit(p.ID) || status != "" && string(p.Status) != status {
			continue
		}
		row := procedureRow{ID: p.ID, URL: "/knowledge/" + p.ID + "/edit", Title: p.TitleIn(string(l)), Area: areaTitle(p.Area),
			Status: statusPick(l, p), Findings: byFile[p.File], Steps: l.t("web.kb.steps", "count", len(p.Own())), Help: "/help/" + p.ID}
		if !p.Reviewed.IsZero() {
			row.Reviewed = l.day(p.Reviewed.Time)
		}
		for _, code := range languagesOf(p) {
			row.Languages = append(row.Languages, code)
			row.Findings += byFile[p.Translations[code].File]
		}
		for _, step := range p.Steps {
			row.Tickets += waiting[[2]string{p.ID, step.ID}]
		}
		v.Procedures = append(v.Procedures, row)
	}
	slices.SortStableFunc(v.Procedures, func(a, b procedureRow) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.Title, b.Title))
	})
	for i := range s.Workspace.Articles {
		a := &s.Workspace.Articles[i]
		switch {
		case !hit("articles/" + a.ID), status != "":
			continue
		case len(v.Articles) == articlesShown:
			v.More++
			continue
		}
		row := articleRow{URL: articleURL(a.ID), Title: a.Title, Source: a.URL, Findings: byFile[a.File]}
		if !a.Updated.IsZero() {
			row.Updated = l.day(a.Updated.Time)
		}
		v.Articles = append(v.Articles, row)
	}
	return s.render(c, http.StatusOK, "knowledge.html", s.page(c, l.t("web.kb"), "knowledge", v))
}

func articleURL(id string) string { return "/knowledge/articles/" + url.PathEscape(id) }

func languagesOf(p *knowledge.Procedure) []string {
	var out []string
	for code := range p.Translations {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}

// statusPick says what a procedure may do.
func statusPick(l lang, p *knowledge.Procedure) pick {
	switch {
	case p.Status == knowledge.Stub:
		return pick{Text: l.t("web.kb.status.stub"), Class: "quiet", Icon: "dash"}
	case p.Status == knowledge.Draft:
		return pick{Text: l.t("web.kb.status.draft"), Class: "warn", Icon: "ring"}
	case p.SelfService == knowledge.SelfServiceNever:
		return pick{Text: l.t("web.kb.status.guard"), Class: "said", Icon: "eye"}
	}
	return pick{Text: l.t("web.kb.status.live"), Class: "ok", Icon: "check"}
}

// newProcedure makes a stub of a title and opens it in the editor.
func (s *Server) newProcedure(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	title := strings.TrimSpace(form.Get("title"))
	if title == "" {
		return triage.Errorf(triage.Invalid, "A procedure needs a title.")
	}
	f := edit.Form{Title: title, Status: knowledge.Stub, Kind: "setup"}
	text, err := edit.Apply("procedures/new.md", []byte("---\ntitle: x\nstatus: stub\n---\n"), f)
	if err != nil {
		return triage.Errorf(triage.Invalid, "%v", err)
	}
	return s.createProcedure(c, title, text)
}

// createProcedure saves a new file under an id made of its title.
func (s *Server) createProcedure(c echo.Context, title string, text []byte) error {
	if why := s.readOnly(c); why != "" {
		return triage.Errorf(triage.Conflict, "%s", why)
	}
	base := cmp.Or(importer.Slug(title), "procedure")
	id := base
	for n := 2; ; n++ {
		if _, err := fs.Stat(s.Files, "procedures/"+id+".md"); err != nil {
			break
		}
		id = base + "-" + strconv.Itoa(n)
	}
	if _, err := knowledge.Load(edit.Overlay(s.Files, map[string][]byte{"procedures/" + id + ".md": text})); err != nil {
		if _, before := knowledge.Load(s.Files); before == nil {
			return triage.Errorf(triage.Invalid, "The new procedure cannot be loaded: %v", err)
		}
	}
	if _, err := s.Folder.Save(id, s.person(c).Name, []edit.Write{{Name: "procedures/" + id + ".md", Data: text}}); err != nil {
		return triage.Errorf(triage.Conflict, "The procedure cannot be saved: %w", err)
	}
	s.refresh()
	return c.Redirect(http.StatusSeeOther, "/knowledge/"+id+"/edit")
}
