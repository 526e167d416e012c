package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// access says who may use a route. It depends on the route and on who asks,
// never on the id in the address: a refusal tells nothing of what is there.
type access struct {
	role   people.Role  // of a signed-in user, who may at least this much
	scope  people.Scope // of an API token
	open   bool         // everyone: the handler itself decides, or there is nothing to protect
	form   bool         // sent by a page of ours, never by another site
	panel  bool         // a link that another desk's app shows is as good as a session
	unsaid bool         // not in the audit log: the store says it itself, or tells of it as an event
}

// Who may use a route. A form of a page is refused when another site sent it.
var (
	everyone   = access{open: true}                     // reads
	visitors   = access{open: true, form: true}         // sends a form
	agents     = access{role: people.Agent, form: true} //
	leads      = access{role: people.Lead, form: true}  //
	themself   = access{role: people.Agent, form: true, unsaid: true}
	trying     = access{role: people.Agent, form: true, unsaid: true} // a form that changes nothing
	admins     = access{role: people.Admin, form: true}               // whose forms the log tells by their route
	governors  = access{role: people.Admin, form: true, unsaid: true}
	beside     = access{role: people.Agent, form: true, panel: true, unsaid: true} // reads, or says it itself
	correcting = access{role: people.Agent, form: true, panel: true}
	readers    = access{scope: people.ReadScope, unsaid: true}
	writers    = access{scope: people.WriteScope}
	senders    = access{scope: people.WriteScope, unsaid: true} // arrivals are events, looks change nothing
	managers   = access{scope: people.AdminScope}
)

// Keys of what a request carries.
const (
	userKey    = "readback.user"    // *people.User
	sessionKey = "readback.session" // *store.Session
	actorKey   = "readback.actor"   // store.Actor

	demoUsersKey = "readback.demo" // []people.User: whom one can be in the demo
)

// person is whoever is signed in, on every page that is not for everyone.
// Elsewhere it is a user without an id, who may nothing.
func (s *Server) person(c echo.Context) *people.User {
	if u, ok := c.Get(userKey).(*people.User); ok {
		return u
	}
	return &people.User{}
}

// actor is who does what a request asks for, for the audit log: a user or an
// API token.
func (s *Server) actor(c echo.Context) store.Actor {
	if a, ok := c.Get(actorKey).(store.Actor); ok {
		return a
	}
	return store.Actor{ID: s.person(c).ID, Address: c.RealIP()}
}

// admit lets through whom a route is for.
func (s *Server) admit(who access, do echo.HandlerFunc) echo.HandlerFunc {
	switch {
	case who.role != "":
		do = s.needs(who, do)
	case who.scope != "":
		do = s.bearer(who, do)
	case !who.open:
		panic("a route without access")
	}
	if who.form {
		do = s.sameOrigin(do)
	}
	return do
}

// needs lets users in who have the role, or more.
func (s *Server) needs(who access, do echo.HandlerFunc) echo.HandlerFunc {
	do = s.audited(who, do)
	return func(c echo.Context) error {
		if token := c.QueryParam("token"); who.panel && token != "" {
			if err := s.seated(c, token); err != nil {
				return err
			}
			return do(c)
		}
		if err := s.identify(c); err != nil {
			return err
		}
		u := s.person(c)
		if u.ID == "" {
			return s.signInFirst(c)
		}
		if !u.Role.May(who.role) {
			return &problem{status: http.StatusForbidden, code: "role", message: "Your role does not allow this."}
		}
		return do(c)
	}
}

// identify finds out who is signed in, if anybody is.
func (s *Server) identify(c echo.Context) error {
	if c.Get(userKey) != nil {
		return nil
	}
	if s.Demo {
		return s.demoUser(c)
	}
	token, ok := s.sessionToken(c.Request())
	if !ok {
		return nil
	}
	session, u, err := s.Store.Session(ctxOf(c), people.TokenHash(token))
	if triage.CodeOf(err) == triage.NotFound || err == nil && session.Pending {
		return nil
	}
	if err != nil {
		return err
	}
	c.Set(userKey, &u)
	c.Set(sessionKey, &session)
	return nil
}

// signInFirst leads a browser to the sign-in and back again, and refuses others.
func (s *Server) signInFirst(c echo.Context) error {
	r := c.Request()
	if r.Method != http.MethodGet || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return triage.Errorf(triage.Unauthorized, "Sign in first.")
	}
	fresh, err := s.fresh(c)
	if err != nil {
		return err
	}
	to := "/sign-in"
	if fresh {
		to = "/setup"
	} else if back := r.URL.RequestURI(); back != "/" && back != "/inbox" {
		to += "?to=" + url.QueryEscape(back)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// bearer lets programs in by RFC 6750.
func (s *Server) bearer(who access, do echo.HandlerFunc) echo.HandlerFunc {
	do = s.audited(who, do)
	return func(c echo.Context) error {
		challenge := `Bearer realm="Readback"`
		scheme, token, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
		id, scope := "", people.Scope("")
		if token = strings.TrimSpace(token); strings.EqualFold(scheme, "Bearer") && token != "" {
			var err error
			if id, scope, err = s.tokenOf(c, token); err != nil {
				return err
			}
		}
		if id == "" {
			c.Response().Header().Set("WWW-Authenticate", challenge)
			return triage.Errorf(triage.Unauthorized, "Send an API token as Authorization: Bearer TOKEN.")
		}
		if !scope.May(who.scope) {
			c.Response().Header().Set("WWW-Authenticate", challenge+`, error="insufficient_scope", scope="`+string(who.scope)+`"`)
			return &problem{status: http.StatusForbidden, code: "forbidden", message: "This needs an API token with the scope " + string(who.scope) + "."}
		}
		c.Set(actorKey, store.Actor{ID: id, Address: c.RealIP()})
		return do(c)
	}
}

// configured is the id of the token that the settings name.
const configured = "api.token"

// tokenOf returns the id and scope of an API token; "" for one that is none.
func (s *Server) tokenOf(c echo.Context, token string) (id string, scope people.Scope, err error) {
	if s.isToken(token) {
		return configured, people.AdminScope, nil
	}
	t, err := s.Store.Token(ctxOf(c), people.TokenHash(token))
	if triage.CodeOf(err) == triage.NotFound {
		return "", "", nil
	}
	return t.ID, t.Scope, err
}

// audited adds to the audit log that somebody did what the route does, once it is done.
func (s *Server) audited(who access, do echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := do(c); err != nil || who.unsaid || c.Request().Method == http.MethodGet || c.Response().Status >= http.StatusBadRequest {
			return err
		}
		action, object := actionOf(c)
		return s.Store.Record(ctxOf(c), s.actor(c), action, object, nil)
	}
}

// actionOf names what a request did by its route: /tickets/:id/incident/in is
// "tickets.incident.in", on the ticket's id.
func actionOf(c echo.Context) (action, object string) {
	var words []string
	for part := range strings.SplitSeq(strings.Trim(c.Path(), "/"), "/") {
		switch name, isParam := strings.CutPrefix(part, ":"); {
		case name == "do" && isParam:
			words = append(words, c.Param(name))
		case isParam && object == "":
			object = c.Param(name)
		case !isParam && part != "api" && part != "v1":
			words = append(words, part)
		}
	}
	if c.Request().Method == http.MethodDelete {
		words = append(words, "delete")
	}
	return strings.Join(words, "."), object
}
