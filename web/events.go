package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store/people"
	"readback/triage"
)

// heartbeat keeps proxies from closing a quiet stream, and is how often it is
// looked whether the reader may still read.
var heartbeat = 20 * time.Second

// events streams what changes as server-sent events (HTML Standard, 9.2):
// event "change", data {kind, ticket, tier}. A page reads again what it shows;
// a lost event costs nothing but time. With ?ticket=ID the reader counts as
// having that ticket open as long as the stream is; event "presence", data
// {ticket, readers}, tells who has one open and who types.
func (s *Server) events(c echo.Context) error {
	rc := http.NewResponseController(c.Response())
	if err := rc.SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	changes, stop := s.Store.Watch()
	defer stop()
	readers, unwatch := s.presence.watch()
	defer unwatch()
	if ticket, me := c.QueryParam("ticket"), s.person(c); ticket != "" {
		defer s.presence.join(ticket, me.ID, me.Name)()
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	c.Response().WriteHeader(http.StatusOK)
	fmt.Fprint(c.Response(), "retry: 2000\n\n")
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		if err := rc.Flush(); err != nil {
			return nil // the reader is gone
		}
		select {
		case <-ctxOf(c).Done():
			return nil
		case <-s.closing:
			return nil
		case <-tick.C:
			if !s.stillSignedIn(c) {
				return nil // the browser comes again, and is led to the sign-in
			}
			fmt.Fprint(c.Response(), ": still here\n\n")
		case ticket := <-readers:
			data, err := json.Marshal(map[string]any{"ticket": ticket, "readers": s.presence.of(ticket, "", s.Clock())})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.Response(), "event: presence\ndata: %s\n\n", data)
		case e := <-changes:
			data, err := json.Marshal(map[string]string{"kind": e.Kind, "ticket": e.TicketID, "tier": e.Tier})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.Response(), "event: change\ndata: %s\n\n", data)
		}
	}
}

// stillSignedIn reports whether the session that a stream began with still
// lasts. It does not know it while the store does not answer, and goes on.
func (s *Server) stillSignedIn(c echo.Context) bool {
	if s.Demo {
		return true
	}
	token, _ := s.sessionToken(c.Request())
	_, _, err := s.Store.Session(ctxOf(c), people.TokenHash(token))
	return triage.CodeOf(err) != triage.NotFound
}
