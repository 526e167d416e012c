package web

import (
	"cmp"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/triage/enrich"
)

// cookieName is that of the session. With TLS the prefix makes a browser keep
// the cookie to this host, this path and TLS (RFC 6265bis, 4.1.3.2).
func (s *Server) cookieName(name string) string {
	if s.secureCookies() {
		return "__Host-" + name
	}
	return name
}

func (s *Server) secureCookies() bool { return strings.HasPrefix(s.BaseURL, "https://") }

const sessionCookie = "session"

func (s *Server) sessionToken(r *http.Request) (string, bool) {
	c, err := r.Cookie(s.cookieName(sessionCookie))
	if err != nil || c.Value == "" {
		return "", false
	}
	return c.Value, true
}

// setCookie sets a cookie that scripts and other sites' forms do not get; age
// in seconds, below zero takes it away, zero keeps it until the browser ends.
func (s *Server) setCookie(c echo.Context, name, value string, age int) {
	c.SetCookie(&http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secureCookies(), SameSite: http.SameSiteLaxMode})
}

// begin signs a user in, in this browser: always with a new token, in place of
// the one that the browser had. pending waits for a code.
func (s *Server) begin(c echo.Context, u *people.User, pending bool, how string) error {
	token, was := people.NewToken(""), ""
	if old, ok := s.sessionToken(c.Request()); ok {
		was = people.TokenHash(old)
	}
	session := store.Session{UserID: u.ID, Pending: pending, Address: c.RealIP(), Agent: agentOf(c.Request())}
	if _, err := s.Store.AddSession(ctxOf(c), session, people.TokenHash(token), was, how); err != nil {
		return err
	}
	s.setCookie(c, sessionCookie, token, int(store.SessionLife.Seconds()))
	if u.Lang != "" && !pending {
		c.SetCookie(langCookieOf(u.Lang))
	}
	return nil
}

// agentOf is browser and system in words, such as "Firefox 128 on Linux".
func agentOf(r *http.Request) string {
	var browser, system string
	for _, f := range enrich.Device(triage.Device{UserAgent: r.UserAgent()}) {
		switch f.Kind {
		case triage.EnvBrowser:
			browser = f.Value
		case triage.EnvOS:
			system = f.Value
		}
	}
	return strings.Trim(browser+", "+system, ", ")
}

// signOut ends this browser's session.
func (s *Server) signOut(c echo.Context) error {
	if session, ok := c.Get(sessionKey).(*store.Session); ok {
		if err := s.Store.EndSession(ctxOf(c), s.actor(c), session.UserID, session.ID); err != nil && triage.CodeOf(err) != triage.NotFound {
			return err
		}
	}
	s.setCookie(c, sessionCookie, "", -1)
	return c.Redirect(http.StatusSeeOther, "/sign-in?out=1")
}

// localPath returns a path of ours to go back to, the inbox for anything else.
func localPath(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/inbox"
	}
	return to
}

// addressOf returns the address to count tries by: one network of IPv6 counts
// as one, because whoever has it has all of its addresses.
func addressOf(c echo.Context) string {
	ip := net.ParseIP(c.RealIP())
	if ip == nil {
		return cmp.Or(c.RealIP(), "unknown")
	}
	if v4 := ip.To4(); v4 != nil {
		return v4.String()
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

// demoCookie names the user that the demo signs one in as.
const demoCookie = "demo"

// demoUser is, in the demo, the user that one has chosen, at first an admin.
func (s *Server) demoUser(c echo.Context) error {
	users, err := s.Store.Users(ctxOf(c))
	if err != nil {
		return err
	}
	chosen, _ := c.Request().Cookie(demoCookie)
	c.Set(demoUsersKey, slices.DeleteFunc(slices.Clone(users), func(u people.User) bool { return !u.Active() }))
	var best *people.User
	for i := range users {
		u := &users[i]
		if !u.Active() {
			continue
		}
		if chosen != nil && chosen.Value == u.ID {
			best = u
			break
		}
		if best == nil || u.Role.May(best.Role) && u.Role != best.Role {
			best = u
		}
	}
	if best == nil {
		return triage.Errorf(triage.Internal, "The demo has no users.")
	}
	c.Set(userKey, best)
	return nil
}

// demoAs changes, in the demo, whom one is signed in as.
func (s *Server) demoAs(c echo.Context) error {
	if !s.Demo {
		return echo.ErrNotFound
	}
	u, err := s.Store.User(ctxOf(c), c.FormValue("user"))
	if err != nil {
		return err
	}
	c.SetCookie(&http.Cookie{Name: demoCookie, Value: u.ID, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return c.Redirect(http.StatusSeeOther, localPath(c.FormValue("to")))
}
