package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// apiCorrection is what a program says to correct.
type apiCorrection struct {
	What   triage.What       `json:"what"`
	Matter string            `json:"matter"`
	Step   string            `json:"step"`
	Inputs map[string]string `json:"inputs"`
	Anchor *triage.Anchor    `json:"anchor"`
	Item   string            `json:"item"`
	Value  string            `json:"value"`
	apiWho
	Why string `json:"why"`
}

// apiWho is the person on whose behalf a program acts.
type apiWho struct {
	Who  string      `json:"who"`
	Role triage.Role `json:"role"` // default agent
}

func (s *Server) apiCorrect(c echo.Context) error {
	var in apiCorrection
	if err := readJSON(c, &in); err != nil {
		return err
	}
	said := triage.Correction{TicketID: c.Param("id"), What: in.What, Matter: in.Matter, Step: in.Step, Inputs: in.Inputs,
		Item: in.Item, Value: in.Value, Who: in.Who, Role: cmp.Or(in.Role, triage.RoleAgent), Why: in.Why}
	if in.Anchor != nil {
		said.Anchor = *in.Anchor
	}
	said, err := s.correct(ctxOf(c), said)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, &said)
}

func (s *Server) apiTakeBack(c echo.Context) error {
	var in struct {
		apiWho
		Why string `json:"why"`
	}
	if err := readJSON(c, &in); err != nil {
		return err
	}
	said, err := s.takeBack(ctxOf(c), c.Param("id"), c.Param("correction"), in.Who, cmp.Or(in.Role, triage.RoleAgent), in.Why)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, &said)
}

// apiCorrections lists all that was ever said, oldest first.
func (s *Server) apiCorrections(c echo.Context) error {
	t, err := s.live(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	all, err := s.Store.CorrectionLog(ctxOf(c), t.ID)
	if err != nil {
		return err
	}
	var out struct {
		Corrections []triage.Correction `json:"corrections"`
		InForce     []string            `json:"in_force"` // their ids
	}
	out.Corrections = all
	for _, said := range triage.InForce(all) {
		out.InForce = append(out.InForce, said.ID)
	}
	return answer(c, http.StatusOK, &out)
}

// answer writes v, a pointer, with empty arrays where Go has none.
func answer(c echo.Context, status int, v any) error {
	body, err := triage.JSON(v)
	if err != nil {
		return err
	}
	return c.Blob(status, echo.MIMEApplicationJSON, body)
}

// readJSON reads a small document. A key that is not known is refused: what is
// misspelt must not pass for not said. Errors: Invalid, TooLarge.
func readJSON(c echo.Context, into any) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, MaxForm)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return triage.Errorf(triage.Invalid, "%s is a %s; look at /api/v1/openapi.json.", wrong.Field, wrong.Value)
		}
		return triage.Errorf(triage.Invalid, "The body is not one JSON object of this call's keys; look at /api/v1/openapi.json: %w", err)
	}
	return nil
}
