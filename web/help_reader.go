package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// A visitor of a chat widget who comes to a help page by a link in the chat
// brings a token along, and what they read there goes to their ticket with
// their next message. The token names the browser and opens no conversation.

// readerCookie keeps the token while one reads from page to page.
const readerCookie = "reader"

// readerLife is how long it does so.
const readerLife = 24 * time.Hour

// chooseReader takes the token off the address, so that nobody passes it on
// with a link, and keeps it as a cookie of the help pages.
func (s *Server) chooseReader(do echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		query := r.URL.Query()
		token := query.Get(readerCookie)
		if token == "" {
			return do(c)
		}
		if _, ok := s.widgets.reader(token); ok {
			c.SetCookie(&http.Cookie{Name: readerCookie, Value: token, Path: "/help", MaxAge: int(readerLife.Seconds()), HttpOnly: true,
				SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
		}
		query.Del(readerCookie)
		to := r.URL.EscapedPath()
		if len(query) > 0 {
			to += "?" + query.Encode()
		}
		return c.Redirect(http.StatusSeeOther, to)
	}
}

// didRead keeps what the reader of a help page did there for their next message
// in the chat, when they came from it. It never keeps a page from being shown.
func (s *Server) didRead(c echo.Context, e triage.Event) {
	cookie, err := c.Cookie(readerCookie)
	if err != nil {
		return
	}
	v, ok := s.widgets.reader(cookie.Value)
	if !ok {
		return
	}
	e.At = s.Clock().UTC().Truncate(time.Second)
	if err := s.Store.Visited(ctxOf(c), v, e); err != nil {
		s.log(c).Warn("a page that a visitor read is not kept", "error", err)
	}
}
