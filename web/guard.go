package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/triage"
	"readback/triage/guard"
)

// guardRequest is an answer to read before it is sent.
type guardRequest struct {
	Draft    string `json:"draft"`
	Tier     string `json:"tier"`     // of who writes; "" = where the ticket is
	Language string `json:"language"` // of the sentences; "" = English
	Model    bool   `json:"model"`    // asks a model too, and waits for it
}

// apiGuard reads a draft for a ticket. It answers 200 whatever it finds.
func (s *Server) apiGuard(c echo.Context) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, 4*guard.MaxDraft) // escapes make a text longer
	if err != nil {
		return err
	}
	var in guardRequest
	if err := decodeStrict(body, &in); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(in.Draft) == "":
		return triage.Errorf(triage.Invalid, "draft is empty; give the text of the answer.")
	case len(in.Draft) > guard.MaxDraft:
		return triage.Errorf(triage.TooLarge, "draft has %d bytes; at most %d are read.", len(in.Draft), guard.MaxDraft)
	case in.Tier != "" && s.Workspace.Tier(in.Tier) == nil:
		return triage.Errorf(triage.Invalid, "There is no tier %q.", in.Tier)
	}
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	quiet, err := s.Store.QuietKinds(ctxOf(c))
	if err != nil {
		return err
	}
	draft := guard.Case{Ticket: &t, Result: r, Draft: in.Draft, Tier: in.Tier, Lang: in.Language, Quiet: quiet}
	report := s.guard().Check(draft)
	if in.Model {
		reading := guard.Reading{Outcome: guard.ModelUnavailable}
		if s.Author != nil {
			reading.Outcome = guard.ModelLimited
			if _, ok := s.lookers.take(s.actor(c).ID, s.Clock()); ok {
				reading = s.readByModel(ctxOf(c), &t, in.Draft)
			}
		}
		s.guard().Add(draft, &report, reading)
	}
	return answer(c, http.StatusOK, &report)
}
