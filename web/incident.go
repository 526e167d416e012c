package web

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage/route"
)

// incidentCard is an incident as the inbox and a ticket's page show it.
type incidentCard struct {
	ID, URL string
	Raised  bool   // nobody has said what it is
	Name    string // its title, or what its tickets have in common
	Example string // what the first of its tickets asks for
	Count   string // of tickets, and of those open
	Tier    string // the owner's name
}

// incidentPage is one incident with its tickets and what a lead can do to it.
type incidentPage struct {
	incidentCard
	State       store.IncidentState
	StateName   string
	What        string // what follows from the state
	First, Last *stamp
	Title       string // for the form: as it is, or a suggestion
	Areas       []choice
	Tiers       []choice
	Rows        []row
	Next        string // address of the next page of tickets, "" at the end
	TookOut     string // id of the ticket that was just taken out, "" for none
}

// choice is one option of a form.
type choice struct {
	Value, Name string
	Chosen      bool
}

func incidentURL(id string) string { return "/incidents/" + url.PathEscape(id) }

func (s *Server) incidentCard(l lang, i *store.Incident) incidentCard {
	c := incidentCard{ID: i.ID, URL: incidentURL(i.ID), Raised: i.State == store.IncidentRaised, Tier: s.tierName(i.Tier),
		Name: i.Title, Count: l.t("web.incident.tickets", "count", i.Tickets) + ", " + l.t("web.incident.open", "count", i.Open)}
	if c.Raised {
		c.Name, c.Example = l.burst(i), oneLine(i.Request, 120)
	}
	c.Name = cmp.Or(c.Name, suggestedTitle(string(l), i.Area, i.Marks))
	return c
}

// burst says what like tickets have in common, in how short a time they came.
func (l lang) burst(i *store.Incident) string {
	code, span := "web.incident.burst", i.Last.Sub(i.First)
	about := aboutOf(i.Area, i.Marks)
	if about != "" {
		code = "web.incident.burst_about"
	}
	within := l.t("web.incident.within", "count", int(max(1, math.Ceil(span.Minutes()))))
	if span > 2*time.Hour {
		within = l.t("web.incident.within_hours", "count", int(math.Ceil(span.Hours())))
	}
	return l.t(code, "count", i.Tickets, "tickets", l.t("web.incident.tickets", "count", i.Tickets), "within", within, "about", about)
}

func (s *Server) incident(c echo.Context) error {
	i, err := s.Store.Incident(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	l := langOf(c.Request())
	list, err := s.Store.Tickets(ctxOf(c), store.Filter{Incident: i.ID, After: c.QueryParam("after")})
	if err != nil {
		return err
	}
	p := incidentPage{incidentCard: s.incidentCard(l, &i), State: i.State, StateName: l.t("web.incident.state." + string(i.State)),
		What: l.t("web.incident.what." + string(i.State)), First: l.stamp(i.First, s.Clock()), Last: l.stamp(i.Last, s.Clock()),
		Title: cmp.Or(i.Title, suggestedTitle(string(l), i.Area, i.Marks)), TookOut: c.QueryParam("out"),
		Areas: []choice{{Name: l.t("web.incident.area_none"), Chosen: i.Area == ""}}}
	for _, area := range s.Workspace.Areas() {
		p.Areas = append(p.Areas, choice{area, route.AreaName(area), area == i.Area})
	}
	for _, t := range s.Workspace.Tiers {
		p.Tiers = append(p.Tiers, choice{t.ID, s.tierName(t.ID), t.ID == i.Tier})
	}
	people, err := s.names(c)
	if err != nil {
		return err
	}
	about := rowNames{incidents: map[string]string{i.ID: p.Name}, people: people, me: s.person(c).ID, zone: zoneOf(c.Request())}
	for n := range list.Tickets {
		p.Rows = append(p.Rows, s.row(l, &list.Tickets[n], about))
	}
	if list.Next != "" {
		p.Next = p.URL + "?after=" + url.QueryEscape(list.Next)
	}
	return s.render(c, http.StatusOK, "incident.html", s.page(c, p.Name, "incident", p))
}

// setIncident changes an incident from a form: confirm with title, area and
// tier, dismiss, end or undo.
func (s *Server) setIncident(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	title, area, tier := c.FormValue("title"), c.FormValue("area"), c.FormValue("tier")
	if err := s.changeIncident(c, c.Param("do"), &title, &area, &tier, s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, incidentURL(c.Param("id")))
}

// setPart says from a form whether a ticket is part of the incident that the
// field "incident" names. It leads back to the ticket, or with back=1 in the
// address to the incident, which offers to undo.
func (s *Server) setPart(part bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
		id, incident := c.Param("id"), c.FormValue("incident")
		if err := s.Store.LinkTicket(ctxOf(c), incident, id, part, s.person(c).ID); err != nil {
			return err
		}
		to := ticketURL(id)
		if c.QueryParam("back") == "1" {
			if to = incidentURL(incident); !part {
				to += "?out=" + url.QueryEscape(id)
			}
		}
		return c.Redirect(http.StatusSeeOther, to)
	}
}

// part is what a ticket's page tells of incidents: the one that it is part of,
// else those that it could be.
type part struct {
	URL     string // where the form is sent
	Of      *incidentCard
	Fixed   bool // it is over: nothing can be changed
	Choices []choice
}

func (s *Server) part(c echo.Context, l lang, ticketID string) (part, error) {
	p := part{URL: ticketURL(ticketID) + "/incident"}
	of, err := s.Store.Incidents(ctxOf(c), store.IncidentFilter{Ticket: ticketID})
	if err != nil {
		return p, err
	}
	for i := range of {
		if of[i].State != store.IncidentDismissed {
			card := s.incidentCard(l, &of[i])
			p.Of, p.Fixed = &card, of[i].State == store.IncidentEnded
			break
		}
	}
	if p.Of != nil && !p.Fixed {
		return p, nil
	}
	live, err := s.Store.Incidents(ctxOf(c), store.IncidentFilter{Live: true})
	for i := range live {
		card := s.incidentCard(l, &live[i])
		p.Choices = append(p.Choices, choice{Value: card.ID, Name: card.Name})
	}
	return p, err
}
