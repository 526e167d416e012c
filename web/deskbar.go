package web

import (
	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// deskBar says on a ticket's page who has it, and offers what the list does.
type deskBar struct {
	actBar
	Ticket   string
	Who      string // who has it; "" = nobody
	Initials string
	Mine     bool
	Until    *stamp // when it comes back; nil when it is not snoozed
}

// deskBar reads it; nil for a ticket that was merged into another.
func (s *Server) deskBar(c echo.Context, l lang, t *triage.Ticket) (*deskBar, error) {
	if t.State == store.StateMerged {
		return nil, nil
	}
	row, err := s.Store.Summary(ctxOf(c), t.ID)
	if err != nil {
		return nil, err
	}
	users, err := s.Store.Users(ctxOf(c))
	if err != nil {
		return nil, err
	}
	me := s.person(c)
	d := &deskBar{actBar: s.actBar(c, l, store.Filter{Lane: row.Lane}, me, users), Ticket: t.ID, Mine: row.Assignee == me.ID && me.ID != ""}
	for i := range users {
		if users[i].ID == row.Assignee {
			d.Who, d.Initials = users[i].Name, initials(users[i].Name)
		}
	}
	if !row.SnoozedUntil.IsZero() {
		d.Until = l.stamp(row.SnoozedUntil, s.Clock())
	}
	d.To = ticketURL(t.ID)
	return d, nil
}
