package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/guard"
)

// apiReply sends an answer, in the name of the token. The guard reads it first
// and stops it as it does in the composer, unless dismiss_stops says otherwise.
func (s *Server) apiReply(c echo.Context) error {
	var in struct {
		Text         string       `json:"text"`
		After        triage.State `json:"after"` // default waiting
		DismissStops bool         `json:"dismiss_stops"`
	}
	if err := readAPI(c, &in); err != nil {
		return err
	}
	if in.After == "" {
		in.After = triage.StateWaiting
	}
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	report := s.readDraft("en", &t, r, s.person(c), in.Text, nil)
	var dismissed []string
	for i := range report.Findings {
		f := &report.Findings[i]
		if f.Level != guard.Stop {
			continue
		}
		if !in.DismissStops {
			return triage.Errorf(triage.Conflict, "The guard stops this answer: %s Ask /guard for all that it found, or send dismiss_stops.", f.Text)
		}
		dismissed = append(dismissed, findingKey(f, in.Text))
	}
	who := s.actor(c).ID
	if _, err := s.Store.SaveDraft(ctxOf(c), t.ID, who, in.Text); err != nil {
		return err
	}
	if _, err := s.Store.NoteFindings(ctxOf(c), t.ID, who, noted(&report, in.Text), dismissed...); err != nil {
		return err
	}
	reply, err := s.Store.Send(ctxOf(c), t.ID, who, in.After, holdTime)
	if err != nil {
		return err
	}
	return answer(c, http.StatusAccepted, &struct {
		Reply  string    `json:"reply"`
		SendAt time.Time `json:"send_at"`
	}{reply.ID, reply.SendAt})
}

// apiNote keeps a note for the desk's own people.
func (s *Server) apiNote(c echo.Context) error {
	var in struct {
		Text string `json:"text"`
	}
	if err := readAPI(c, &in); err != nil {
		return err
	}
	n, err := s.Store.AddNote(ctxOf(c), c.Param("id"), s.actor(c).ID, in.Text)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, &n)
}

// apiHandOver gives a ticket to another tier.
func (s *Server) apiHandOver(c echo.Context) error {
	var in struct {
		Tier string `json:"tier"`
		Why  string `json:"why"`
		Text string `json:"text"`
		Tell bool   `json:"tell"`
	}
	if err := readAPI(c, &in); err != nil {
		return err
	}
	h, err := s.handOver(c, in.Tier, in.Why, in.Text, in.Tell)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, &h)
}

// apiResolve ends a ticket for a reason.
func (s *Server) apiResolve(c echo.Context) error {
	var in struct {
		Why store.Resolution `json:"why"`
	}
	if err := readAPI(c, &in); err != nil {
		return err
	}
	if err := s.Store.Resolve(ctxOf(c), c.Param("id"), in.Why, s.actor(c).ID); err != nil {
		return err
	}
	return answer(c, http.StatusOK, &apiMoved{c.Param("id")})
}

// readAPI reads a small JSON body.
func readAPI(c echo.Context, in any) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, 256<<10)
	if err != nil {
		return err
	}
	return decodeStrict(body, in)
}
