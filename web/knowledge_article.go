package web

import (
	"html/template"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/knowledge/importer"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/extract/author"
)

// articleView is a page from before, with what can be made of it.
type articleView struct {
	URL, File, Title, Lang, Source string
	Updated                        *stamp
	Body                           template.HTML
	Replaced, ReplacedURL          string // the procedure that has taken its place
	Similar                        []choice
	Model                          string // who drafts, "" for the outline only
	How                            string
	ReadOnly                       string
	Problem                        string // why no draft was made just now
}

// similarShown is how many other articles are offered to be drafted together.
const similarShown = 6

func (s *Server) article(id string) (*knowledge.Article, error) {
	i := slices.IndexFunc(s.Workspace.Articles, func(a knowledge.Article) bool { return a.ID == id })
	if i < 0 {
		return nil, triage.Errorf(triage.NotFound, "There is no article %q.", id)
	}
	return &s.Workspace.Articles[i], nil
}

func (s *Server) articlePage(c echo.Context) error {
	a, err := s.article(c.Param("id"))
	if err != nil {
		return err
	}
	return s.renderArticle(c, http.StatusOK, a, "")
}

func (s *Server) renderArticle(c echo.Context, status int, a *knowledge.Article, problem string) error {
	l := langOf(c.Request())
	v := articleView{Problem: problem, URL: articleURL(a.ID), File: a.File, Title: a.Title, Lang: a.Language, Source: a.URL, ReadOnly: s.readOnly(c),
		How: l.t("web.kb.draft.how.outline")}
	if s.Author != nil {
		v.Model, v.How = s.ExtractorName, l.t("web.kb.draft.how.model", "model", s.ExtractorName)
	}
	if !a.Updated.IsZero() {
		v.Updated = l.day(a.Updated.Time)
	}
	if p := s.Workspace.ByURL(a.URL); a.URL != "" && p != nil {
		v.Replaced, v.ReplacedURL = p.TitleIn(string(l)), "/knowledge/"+p.ID+"/edit"
	}
	for _, part := range sections(a.Body, func(string) bool { return false }, func(to string) string { return to }) {
		if part.Title != "" {
			v.Body += template.HTML("<h2>" + template.HTMLEscapeString(part.Title) + "</h2>")
		}
		v.Body += part.Text
	}
	for _, other := range s.Find(a.Title, similarShown+1).Articles {
		if other.ID != a.ID && len(v.Similar) < similarShown {
			v.Similar = append(v.Similar, choice{Value: other.ID, Name: other.Title})
		}
	}
	return s.render(c, status, "knowledge_article.html", s.page(c, a.Title, "knowledge", v))
}

// draftForm makes a draft of one or more articles and opens it in the editor.
func (s *Server) draftForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	var articles []knowledge.Article
	for _, id := range append([]string{c.Param("id")}, form["with"]...) {
		a, err := s.article(id)
		if err != nil {
			return err
		}
		articles = append(articles, *a)
	}
	if form.Get("by") != "model" || s.Author == nil {
		return s.createProcedure(c, articles[0].Title, []byte(importer.Outline(articles)))
	}
	if why := s.readOnly(c); why != "" {
		return triage.Errorf(triage.Conflict, "%s", why) // before anything leaves
	}
	d, err := author.Propose(ctxOf(c), s.Author, s.Workspace, articles, check.Names())
	if err != nil {
		s.log(c).Warn("no draft was made", "article", articles[0].ID, "error", err)
		return s.renderArticle(c, statusOf[triage.CodeOf(err)], &articles[0], triage.MessageOf(err))
	}
	return s.createProcedure(c, articles[0].Title, []byte(d.Text))
}
