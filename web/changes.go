package web

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/triage/route"
)

// changeView is a product change as staff read it.
type changeView struct {
	ID, URL, Title string
	Date           *stamp
	Area           string
	Labels         []string
	Renamed        [][2]string // labels, with what they are called now
	For            []string    // names of the tiers whose people must know; nil = everybody
	Body           template.HTML
	Mine           *stamp   // when the reader read it; nil: not yet
	By             []string // who has read it
	Missing        []string // who may sign in and has not
}

// changes lists the product changes, newest first. Leads see who of those that
// may sign in has read them; everybody sees what they have read themselves.
func (s *Server) changes(c echo.Context) error {
	l, me := langOf(c.Request()), s.person(c)
	read, err := s.Store.Acknowledgements(ctxOf(c))
	if err != nil {
		return err
	}
	users, err := s.Store.Users(ctxOf(c))
	if err != nil {
		return err
	}
	names := namesOf(users)
	var out []changeView
	for i := range s.Workspace.Changes {
		ch := &s.Workspace.Changes[i]
		v := changeView{ID: ch.ID, URL: "/changes/" + url.PathEscape(ch.ID) + "/read", Title: ch.Title, Date: l.day(ch.Date.Time),
			Area: areaTitle(ch.Area), Body: changeText(ch)}
		for _, label := range ch.Labels {
			if now, ok := ch.Renamed[label]; ok {
				v.Renamed = append(v.Renamed, [2]string{label, now})
			} else {
				v.Labels = append(v.Labels, label)
			}
		}
		for _, id := range ch.For {
			v.For = append(v.For, cmp.Or(s.Workspace.Tier(id).Name, id))
		}
		by := map[string]bool{}
		for _, a := range read {
			if a.Change != ch.ID {
				continue
			}
			by[a.User] = true
			if a.User == me.ID {
				v.Mine = l.stamp(a.At, s.Clock())
			}
			if me.Role.May(people.Lead) {
				v.By = append(v.By, names.of(l, a.User))
			}
		}
		for i := range users {
			if u := &users[i]; me.Role.May(people.Lead) && u.Active() && !by[u.ID] && ch.Concerns(u.Tiers) {
				v.Missing = append(v.Missing, u.Name)
			}
		}
		slices.Sort(v.By)
		out = append(out, v)
	}
	return s.render(c, http.StatusOK, "changes.html", s.page(c, l.t("web.changes"), "changes", out))
}

// changeText is what a change says, whole: its headings name no steps.
func changeText(ch *knowledge.Change) template.HTML {
	var out template.HTML
	for _, part := range sections(ch.Body, func(string) bool { return false }, func(to string) string { return to }) {
		if part.Title != "" {
			out += template.HTML("<h3>" + template.HTMLEscapeString(part.Title) + "</h3>")
		}
		out += part.Text
	}
	return out
}

// readChange stores that whoever is signed in has read a change.
func (s *Server) readChange(c echo.Context) error {
	id := c.Param("id")
	if !slices.ContainsFunc(s.Workspace.Changes, func(ch knowledge.Change) bool { return ch.ID == id }) {
		return triage.Errorf(triage.NotFound, "There is no change %q.", id)
	}
	if err := s.Store.Acknowledge(ctxOf(c), id, s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/changes#"+url.PathEscape(id))
}

// unread counts the changes that a person has not read.
func unread(changes []knowledge.Change, read []store.Acknowledgement, who string) int {
	n := 0
	for i := range changes {
		if !slices.ContainsFunc(read, func(a store.Acknowledgement) bool { return a.Change == changes[i].ID && a.User == who }) {
			n++
		}
	}
	return n
}

// changeChip leads from a ticket to a change that it may be about.
type changeChip struct{ URL, Text string }

// changeChips are the changes of the last 30 days, as of now, in the area of
// the matter that a ticket routes by.
func (b *briefing) changeChips() []changeChip {
	lead := b.lead()
	if lead == nil {
		return nil
	}
	area := route.Area(b.s.Workspace, b.r, lead)
	var out []changeChip
	for i := range b.s.Workspace.Changes {
		ch := &b.s.Workspace.Changes[i]
		if !ch.Touches(area, lead.Procedure) || !ch.Fresh(b.now) {
			continue
		}
		out = append(out, changeChip{"/changes#" + url.PathEscape(ch.ID), b.l.t("web.changes.chip", "day", b.l.day(ch.Date.Time).Short, "title", ch.Title)})
	}
	return out
}
