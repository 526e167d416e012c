package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// join is another ticket that may be the same conversation.
type join struct {
	related
	With    string // the ticket that it may belong to
	Channel triage.Channel
	Claimed bool // nobody proved that it is the same person
}

// joins proposes what may be one conversation with a ticket.
func (s *Server) joins(ctx context.Context, l lang, t *triage.Ticket, r *triage.Result) ([]join, error) {
	if r == nil {
		return nil, nil
	}
	list, err := s.Store.Joinable(ctx, t, r)
	if err != nil {
		return nil, err
	}
	var out []join
	for _, j := range list {
		unsure := t.Identity != triage.IdentityVerified || j.Identity != triage.IdentityVerified
		out = append(out, join{s.relatedOf(l, []store.Summary{j.Summary})[0], t.ID, j.Channel, unsure})
	}
	return out, nil
}

// apartForm takes a person's word that another ticket is another matter.
func (s *Server) apartForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	if err := s.Store.SetApart(ctxOf(c), c.Param("id"), form.Get("other")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id")))
}
