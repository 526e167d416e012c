package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// movePage offers what can be merged into a ticket, taken apart again, and
// split off.
type movePage struct {
	ID, Title  string
	URL        string // of the ticket
	Candidates []related
	Merged     []related
	Messages   []movable
}

// related is another ticket.
type related struct {
	ID, URL, Title string
	State          string
	Messages       string
	Updated        *stamp
}

// movable is a message that can be split off.
type movable struct {
	ID, Who, Text string
	N             int
	Role          triage.Role
	Sent          *stamp
}

func (s *Server) movePage(c echo.Context) error {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	if t.ID != c.Param("id") {
		return c.Redirect(http.StatusSeeOther, ticketURL(t.ID)+"/move")
	}
	l := langOf(c.Request())
	p := movePage{ID: t.ID, Title: l.title(&t, r), URL: ticketURL(t.ID)}
	candidates, err := s.Store.SameCustomer(ctxOf(c), &t)
	if err != nil {
		return err
	}
	merged, err := s.Store.MergedFrom(ctxOf(c), t.ID)
	if err != nil {
		return err
	}
	p.Candidates, p.Merged = s.relatedOf(l, candidates), s.relatedOf(l, merged)
	for i := range t.Messages {
		e := s.entry(l, &t, i+1, nil)
		p.Messages = append(p.Messages, movable{ID: e.ID, N: e.N, Who: e.Who, Role: e.Role, Sent: e.Sent, Text: oneLine(t.Messages[i].Text, 160)})
	}
	return s.render(c, http.StatusOK, "move.html", s.page(c, l.t("web.move.title", "title", p.Title), "move", p))
}

func (s *Server) relatedOf(l lang, list []store.Summary) []related {
	var out []related
	for _, t := range list {
		out = append(out, related{ID: t.ID, URL: ticketURL(t.ID), Title: cmp.Or(oneLine(cmp.Or(t.Subject, t.Request), 120), l.t("web.move.untitled")),
			State: l.named("web.state.", string(t.State), ""), Messages: l.t("web.messages", "count", t.Messages), Updated: l.stamp(t.UpdatedAt, s.Clock())})
	}
	return out
}

// mergeForm merges the ticket named by the form into the one of the page.
func (s *Server) mergeForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	other := form.Get("other")
	if err := s.Store.Merge(ctxOf(c), other, c.Param("id"), s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id"))+"?merged="+url.QueryEscape(other))
}

// unmergeForm undoes the merge of the ticket named by the form and leads to it.
func (s *Server) unmergeForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	other := form.Get("other")
	if err := s.Store.Unmerge(ctxOf(c), other, s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(other))
}

// splitForm takes the ticked messages into a new ticket and leads to it.
func (s *Server) splitForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	fresh, err := s.Store.Split(ctxOf(c), c.Param("id"), slices.Compact(slices.Sorted(slices.Values(form["message"]))), s.person(c).ID)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(fresh)+"?split=1")
}

// moveNote tells that a ticket was just merged into this one, or that this one
// was just split off; nil when neither is so.
func (s *Server) moveNote(c echo.Context, l lang, t *triage.Ticket) (*stateForm, error) {
	if c.QueryParam("split") == "1" {
		return &stateForm{Note: l.t("web.move.split.done")}, nil
	}
	other := c.QueryParam("merged")
	if other == "" {
		return nil, nil
	}
	merged, err := s.Store.MergedFrom(ctxOf(c), t.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(merged, func(x store.Summary) bool { return x.ID == other })
	if i < 0 {
		return nil, nil
	}
	title := s.relatedOf(l, merged[i:i+1])[0].Title
	return &stateForm{Note: l.t("web.move.merged.here", "title", title), URL: ticketURL(t.ID) + "/unmerge", Other: other,
		Acts: []stateAct{{Do: "undo", Text: l.t("web.do.undo")}}}, nil
}
