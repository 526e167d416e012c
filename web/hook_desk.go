package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/triage"
)

// deskHook receives a webhook of a desk that Readback stands beside. What is in
// it is stored before it is answered: 202, or 200 when it was there before, is
// ours, or nothing for us.
func (s *Server) deskHook(c echo.Context) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, MaxHook)
	if err != nil {
		return err
	}
	name := c.Param("desk")
	got, err := s.Desks.Hook(ctxOf(c), name, c.Request().Header, c.QueryParams(), body)
	switch {
	case triage.CodeOf(err) == triage.Unauthorized:
		s.log(c).Warn("desk hook refused", "desk", oneLine(name, 60), "error", err)
		s.saw(channel.SourceDesk+name, "signature")
		return err
	case err != nil && got.Kept:
		s.saw(channel.SourceDesk+name, "not_understood")
		return s.keepUnparsed(c, channel.SourceDesk+name, c.Request().Header.Get(echo.HeaderContentType), body, err)
	case err != nil:
		return err
	}
	s.saw(channel.SourceDesk+name, "")
	out := struct {
		Messages []hookReceipt `json:"messages"`
	}{[]hookReceipt{}}
	status := http.StatusOK
	for _, r := range got.Receipts {
		out.Messages = append(out.Messages, hookReceipt{Ticket: r.TicketID, Message: r.MessageIDs[0]})
		if !r.Duplicate {
			status = http.StatusAccepted
		}
	}
	return c.JSON(status, out)
}
