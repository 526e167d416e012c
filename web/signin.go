package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// gatePage is a page in front of the desk: signing in, its code, setting up,
// choosing a password.
type gatePage struct {
	Kind   string // in, code, setup, link: which form
	URL    string // where it is sent
	To     string // where one goes then
	Fault  string // what was wrong with what was sent, "" for nothing
	Note   string // what happened before, "" for nothing
	Email  string
	Name   string
	Token  string // of setup
	Min    int    // characters of a password
	Issuer string // name of where one can sign in instead, "" for nowhere
}

func (s *Server) gate(c echo.Context, status int, p gatePage) error {
	p.Min = people.MinPassword
	title := langOf(c.Request()).t("web.gate." + p.Kind)
	return s.render(c, status, "gate.html", s.page(c, title, "gate", p))
}

// signInPage asks who one is.
func (s *Server) signInPage(c echo.Context) error {
	if err := s.identify(c); err != nil {
		return err
	}
	if s.person(c).ID != "" {
		return c.Redirect(http.StatusSeeOther, localPath(c.QueryParam("to")))
	}
	fresh, err := s.fresh(c)
	if err != nil {
		return err
	}
	if fresh {
		return c.Redirect(http.StatusSeeOther, "/setup")
	}
	p := gatePage{Kind: "in", URL: "/sign-in", To: localPath(c.QueryParam("to")), Issuer: s.OIDC.label()}
	if c.QueryParam("out") != "" {
		p.Note = langOf(c.Request()).t("web.gate.out")
	}
	return s.gate(c, http.StatusOK, p)
}

// signIn looks at address and password. A wrong one, none and too many tries
// take the same time and say the same, whether there is such a user or not.
func (s *Server) signIn(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	l := langOf(c.Request())
	p := gatePage{Kind: "in", URL: "/sign-in", To: localPath(c.FormValue("to")), Issuer: s.OIDC.label(), Email: oneLine(c.FormValue("email"), 254)}
	try := store.Attempt{Account: strings.ToLower(strings.TrimSpace(p.Email)), Address: addressOf(c)}
	wait, err := s.Store.Try(ctxOf(c), try)
	if err != nil {
		return err
	}
	if wait > 0 {
		return s.tooMany(c, p, wait)
	}
	u, hash, err := s.Store.Credentials(ctxOf(c), try.Account)
	if err != nil && triage.CodeOf(err) != triage.NotFound {
		return err
	}
	if !people.Matches(hash, c.FormValue("password")) || !u.Active() {
		if err := s.Store.Record(ctxOf(c), store.Actor{Address: c.RealIP()}, "session.refused", u.ID, nil); err != nil {
			return err
		}
		p.Fault = l.t("web.gate.wrong")
		return s.gate(c, http.StatusUnauthorized, p)
	}
	if err := s.Store.Succeeded(ctxOf(c), try); err != nil {
		return err
	}
	if err := s.begin(c, &u, u.TOTP, "password"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, cmp.Or(map[bool]string{true: "/sign-in/code?to=" + url.QueryEscape(p.To)}[u.TOTP], p.To))
}

// tooMany says how long to wait.
func (s *Server) tooMany(c echo.Context, p gatePage, wait time.Duration) error {
	seconds := waitSeconds(wait)
	c.Response().Header().Set("Retry-After", itoa(seconds))
	p.Fault = langOf(c.Request()).t("web.gate.wait", "count", seconds)
	return s.gate(c, http.StatusTooManyRequests, p)
}

// fresh reports whether the desk has no users yet.
func (s *Server) fresh(c echo.Context) (bool, error) {
	if s.Demo || s.settled.Load() {
		return false, nil
	}
	has, err := s.Store.HasUsers(ctxOf(c))
	if has {
		s.settled.Store(true)
	}
	return !has, err
}

// setupPage makes the first user, for whoever knows what only the operator can see.
func (s *Server) setupPage(c echo.Context) error {
	fresh, err := s.fresh(c)
	if err != nil {
		return err
	}
	if !fresh {
		return c.Redirect(http.StatusSeeOther, "/sign-in")
	}
	return s.gate(c, http.StatusOK, gatePage{Kind: "setup", URL: "/setup", Token: c.QueryParam("token")})
}

func (s *Server) setup(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	fresh, err := s.fresh(c)
	if err != nil {
		return err
	}
	if !fresh {
		return c.Redirect(http.StatusSeeOther, "/sign-in")
	}
	l := langOf(c.Request())
	p := gatePage{Kind: "setup", URL: "/setup", Token: c.FormValue("token"), Email: c.FormValue("email"), Name: c.FormValue("name")}
	try := store.Attempt{Address: addressOf(c)}
	wait, err := s.Store.Try(ctxOf(c), try)
	if err != nil {
		return err
	}
	if wait > 0 {
		return s.tooMany(c, p, wait)
	}
	given, want := sha256.Sum256([]byte(strings.TrimSpace(p.Token))), sha256.Sum256([]byte(s.setupToken))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 && !s.isToken(strings.TrimSpace(p.Token)) {
		p.Fault, p.Token = l.t("web.gate.setup.token.wrong"), ""
		return s.gate(c, http.StatusUnauthorized, p)
	}
	if err := s.Store.Succeeded(ctxOf(c), try); err != nil {
		return err
	}
	u := people.User{Email: p.Email, Name: p.Name, Role: people.Admin}
	hash, fault, err := s.newPassword(l, c.FormValue("password"), u.Email, u.Name)
	if err != nil {
		return err
	}
	if fault == "" {
		if u, err = s.Store.AddFirstUser(ctxOf(c), store.Actor{ID: "setup", Address: c.RealIP()}, u, hash); triage.CodeOf(err) == triage.Invalid {
			fault = l.t("web.gate.email.wrong")
		} else if err != nil {
			return err
		}
	}
	if fault != "" {
		p.Fault = fault
		return s.gate(c, http.StatusUnprocessableEntity, p)
	}
	if err := s.begin(c, &u, false, "setup"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/inbox")
}

// newPassword hashes a password, or says what is wrong with it. about is what
// it must not be made of.
func (s *Server) newPassword(l lang, password string, about ...string) (hash, fault string, err error) {
	if w := people.WeaknessOf(password, append(about, s.Workspace.Name, "readback")...); w != "" {
		return "", l.t("web.password."+string(w), "count", people.MinPassword), nil
	}
	hash, err = people.Hash(password)
	return hash, "", err
}

// SetupPath is where the first user is made, "" once there are users. It is for
// the operator's eyes only: whoever has it takes the desk.
func (s *Server) SetupPath(ctx context.Context) (string, error) {
	has, err := s.Store.HasUsers(ctx)
	if err != nil || has || s.Demo {
		return "", err
	}
	return "/setup?token=" + s.setupToken, nil
}
