package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/route"
)

// incidentActs are what a lead can do to an incident, by the state it comes
// into. What takes an act back depends on the act: see undoneState.
var incidentActs = map[string]store.IncidentState{"confirm": store.IncidentConfirmed, "dismiss": store.IncidentDismissed, "end": store.IncidentEnded}

// undoneState is the state before the one that an incident has.
var undoneState = map[store.IncidentState]store.IncidentState{store.IncidentConfirmed: store.IncidentRaised,
	store.IncidentDismissed: store.IncidentRaised, store.IncidentEnded: store.IncidentConfirmed}

// apiIncident is one incident. What is not known is null.
type apiIncident struct {
	ID        string              `json:"id"`
	State     store.IncidentState `json:"state"`
	Title     *string             `json:"title"`
	Area      *string             `json:"area"`
	Marks     []string            `json:"marks"` // codes and names that most of its tickets share
	Tier      string              `json:"tier"`
	Tickets   int                 `json:"tickets"`
	Open      int                 `json:"open"` // of the tickets, those not resolved
	Request   *string             `json:"request"`
	FirstAt   *time.Time          `json:"first_at"` // arrival of its first and last ticket
	LastAt    *time.Time          `json:"last_at"`
	RaisedAt  time.Time           `json:"raised_at"`
	ChangedAt time.Time           `json:"changed_at"`
}

func incidentOf(i *store.Incident) apiIncident {
	out := apiIncident{ID: i.ID, State: i.State, Title: known(i.Title), Area: known(i.Area), Marks: append([]string{}, i.Marks...), Tier: i.Tier, Tickets: i.Tickets, Open: i.Open,
		Request: known(i.Request), RaisedAt: i.RaisedAt, ChangedAt: i.ChangedAt}
	if i.Tickets > 0 {
		out.FirstAt, out.LastAt = &i.First, &i.Last
	}
	return out
}

// apiIncidents lists incidents, the newest first; live=1 only those that a
// lead has something to do with.
func (s *Server) apiIncidents(c echo.Context) error {
	list, err := s.Store.Incidents(ctxOf(c), store.IncidentFilter{Live: c.QueryParam("live") == "1"})
	if err != nil {
		return err
	}
	out := struct {
		Incidents []apiIncident `json:"incidents"`
	}{make([]apiIncident, 0, len(list))}
	for i := range list {
		out.Incidents = append(out.Incidents, incidentOf(&list[i]))
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) apiIncident(c echo.Context) error {
	i, err := s.Store.Incident(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, incidentOf(&i))
}

// apiSetIncident confirms, dismisses or ends an incident, or takes that back.
// Only confirm reads a body.
func (s *Server) apiSetIncident(do string) echo.HandlerFunc {
	return func(c echo.Context) error {
		var edit struct{ Title, Area, Tier *string }
		if do == "confirm" {
			body, err := readBody(c, MaxForm)
			if err != nil {
				return err
			}
			if len(body) > 0 {
				if err := wantJSON(c.Request()); err != nil {
					return err
				}
				if err := decodeStrict(body, &edit); err != nil {
					return err
				}
			}
		}
		if err := s.changeIncident(c, do, edit.Title, edit.Area, edit.Tier, "api"); err != nil {
			return err
		}
		return s.apiIncident(c)
	}
}

// changeIncident does what a lead asks for. Of a confirmation nil keeps what
// is known; a title that nobody gave says what the tickets have in common.
func (s *Server) changeIncident(c echo.Context, do string, title, area, tier *string, by string) error {
	was, err := s.Store.Incident(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	to, ok := incidentActs[do]
	if do == "undo" {
		if to, ok = undoneState[was.State]; !ok {
			return triage.Errorf(triage.Conflict, "There is nothing to take back: the incident is %s.", was.State)
		}
	}
	if !ok {
		return triage.Errorf(triage.NotFound, "There is nothing at this address: use confirm, dismiss, end or undo.")
	}
	var edit store.IncidentEdit
	if do == "confirm" {
		edit = store.IncidentEdit{Title: was.Title, Area: was.Area, Tier: was.Tier}
		for _, field := range []struct{ to, from *string }{{&edit.Title, title}, {&edit.Area, area}, {&edit.Tier, tier}} {
			if field.from != nil {
				*field.to = oneLine(*field.from, maxIncidentTitle)
			}
		}
		if edit.Title == "" {
			edit.Title = suggestedTitle("en", edit.Area, was.Marks)
		}
		if err := s.checkIncident(edit); err != nil {
			return err
		}
	}
	return s.Store.SetIncident(ctxOf(c), was.ID, to, edit, by)
}

// maxIncidentTitle is the longest title, in characters: it stands in rows.
const maxIncidentTitle = 120

// suggestedTitle names an incident by its area, or by the codes and names that
// its tickets share.
func suggestedTitle(lang, area string, marks []string) string {
	about := aboutOf(area, marks)
	if about == "" {
		return triage.Sentence(lang, "web.incident.like", nil)
	}
	return triage.Sentence(lang, "web.incident.like_about", map[string]string{"about": about})
}

// aboutOf says what an incident is about, "" when its tickets name nothing.
func aboutOf(area string, marks []string) string {
	if area != "" {
		return route.AreaName(area)
	}
	return strings.Join(marks[:min(len(marks), maxAbout)], ", ")
}

// maxAbout is how many marks a title names.
const maxAbout = 4

// checkIncident refuses an area or a tier that the workspace does not have.
func (s *Server) checkIncident(e store.IncidentEdit) error {
	if s.Workspace.Tier(e.Tier) == nil {
		return triage.Errorf(triage.Invalid, "There is no tier %q.", e.Tier)
	}
	if e.Area != "" && !slices.Contains(s.Workspace.Areas(), e.Area) {
		return triage.Errorf(triage.Invalid, "No procedure has the area %q.", e.Area)
	}
	return nil
}

// apiLink says that a ticket is part of an incident, or that it is not.
func (s *Server) apiLink(part bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.Store.LinkTicket(ctxOf(c), c.Param("id"), c.Param("ticket"), part, "api"); err != nil {
			return err
		}
		return s.apiIncident(c)
	}
}
