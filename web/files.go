package web

import (
	"mime"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// file sends an attachment to an agent.
func (s *Server) file(c echo.Context) error {
	a, _, err := s.Store.File(ctxOf(c), c.Param("id"), s.person(c).ID)
	if err != nil {
		return err
	}
	return sendFile(c, &a)
}

// sendFile sends the bytes of an attachment as something to save, and never as
// a page: what a stranger sent must not run here, whatever it says it is.
func sendFile(c echo.Context, a *triage.Attachment) error {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", disposition(a.Name))
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, "application/octet-stream", a.Body)
}

// disposition tells a browser to save a file under its name (RFC 6266).
func disposition(name string) string {
	if value := mime.FormatMediaType("attachment", map[string]string{"filename": name}); value != "" && name != "" {
		return value
	}
	return "attachment"
}

// widgetAttachment sends a visitor an attachment of a message that they may read.
func (s *Server) widgetAttachment(c echo.Context) error {
	p, err := s.callerOf(c)
	if err != nil {
		return err
	}
	conv, err := s.Store.Conversation(ctxOf(c), p.visitor())
	if err != nil {
		return err
	}
	id := c.Param("id")
	if !slices.ContainsFunc(conv.Messages, func(m triage.Message) bool {
		return slices.ContainsFunc(m.Attachments, func(a triage.Attachment) bool { return a.ID == id && id != "" })
	}) {
		return triage.Errorf(triage.NotFound, "There is no such file.")
	}
	a, _, err := s.Store.File(ctxOf(c), id, "")
	if err != nil {
		return err
	}
	return sendFile(c, &a)
}
