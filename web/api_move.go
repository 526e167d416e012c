package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// apiMerge merges the ticket into another.
func (s *Server) apiMerge(c echo.Context) error {
	var in struct {
		Into string `json:"into"`
		Who  string `json:"who"`
	}
	if err := readMove(c, &in, &in.Who); err != nil {
		return err
	}
	if err := s.Store.Merge(ctxOf(c), c.Param("id"), in.Into, in.Who); err != nil {
		return err
	}
	return answer(c, http.StatusOK, &apiMoved{in.Into})
}

// apiUnmerge undoes the merge of the ticket into another.
func (s *Server) apiUnmerge(c echo.Context) error {
	var in struct {
		Who string `json:"who"`
	}
	if err := readMove(c, &in, &in.Who); err != nil {
		return err
	}
	if err := s.Store.Unmerge(ctxOf(c), c.Param("id"), in.Who); err != nil {
		return err
	}
	return answer(c, http.StatusOK, &apiMoved{c.Param("id")})
}

// apiSplit takes messages out of the ticket into a new one.
func (s *Server) apiSplit(c echo.Context) error {
	var in struct {
		Messages []string `json:"messages"`
		Who      string   `json:"who"`
	}
	if err := readMove(c, &in, &in.Who); err != nil {
		return err
	}
	fresh, err := s.Store.Split(ctxOf(c), c.Param("id"), slices.Compact(slices.Sorted(slices.Values(in.Messages))), in.Who)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, &apiMoved{fresh})
}

// apiMoved is the ticket that has the messages now.
type apiMoved struct {
	Ticket string `json:"ticket"`
}

func readMove(c echo.Context, into any, who *string) error {
	err := readJSON(c, into)
	if err == nil && *who == "" {
		err = triage.Errorf(triage.Invalid, "Say who does it: the id of a person as who.")
	}
	return err
}
