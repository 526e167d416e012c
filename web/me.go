package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// mePage is what somebody can set about themselves.
type mePage struct {
	Note, Fault string // what was done, what was wrong; "" for nothing
	At          string // which part the fault is of: me, password, code
	Name        string
	Langs       []choice
	Themes      []choice
	Min         int
	HasPassword bool
	Factor      string // one-time codes: off, offered, on
	Secret      string // offered, in groups of four, for who cannot scan
	Left        int    // recovery codes
	Codes       []string
	Sessions    []sessionView
	Tiers       []tierView
	Demo        bool
}

// sessionView is where somebody is signed in.
type sessionView struct {
	ID, Agent, Address string
	Seen, Since        *stamp
	Here               bool // this browser
}

// tierView is a tier and whether it is open.
type tierView struct {
	ID, Name, Hours, Until string
	Open                   bool
	Chosen                 bool
}

func (s *Server) tierView(l lang, id string) tierView {
	v := tierView{ID: id, Name: s.tierName(id), Open: true}
	if t := s.Workspace.Tier(id); t != nil {
		h, now := t.Opening(), s.Clock()
		v.Hours, v.Open = t.Hours, h.Open(now)
		if next := h.Changes(now); !next.IsZero() {
			code := map[bool]string{true: "web.tier.until", false: "web.tier.from"}[v.Open]
			v.Until = l.t(code, "time", l.t("web.weekday."+next.Weekday().String()[:3])+" "+next.Format("15:04 MST"))
		}
	}
	return v
}

func (s *Server) meShow(c echo.Context, status int, change func(*mePage)) error {
	l, u := langOf(c.Request()), s.person(c)
	p := mePage{Name: u.Name, Min: people.MinPassword, HasPassword: u.Password, Factor: "off", Demo: s.Demo,
		Langs: []choice{{"", l.t("web.me.lang.browser"), u.Lang == ""}}}
	for _, code := range triage.Languages() {
		p.Langs = append(p.Langs, choice{code, triage.Sentence(code, "web.language", nil), u.Lang == code})
	}
	for _, theme := range []string{"", "light", "dark"} {
		p.Themes = append(p.Themes, choice{theme, l.t("web.me.theme." + map[string]string{"": "system"}[theme] + theme), u.Theme == theme})
	}
	for _, id := range u.Tiers {
		p.Tiers = append(p.Tiers, s.tierView(l, id))
	}
	secret, on, err := s.Store.TOTPSecret(ctxOf(c), u.ID)
	if err != nil {
		return err
	}
	switch {
	case on:
		p.Factor = "on"
		if p.Left, err = s.Store.RecoveryLeft(ctxOf(c), u.ID); err != nil {
			return err
		}
	case secret != "":
		p.Factor = "offered"
		for group := range slices.Chunk([]byte(secret), 4) {
			p.Secret += string(group) + " "
		}
	}
	list, err := s.Store.Sessions(ctxOf(c), u.ID)
	if err != nil {
		return err
	}
	here := s.sessionID(c)
	for _, x := range list {
		p.Sessions = append(p.Sessions, sessionView{ID: x.ID, Agent: oneLine(x.Agent, 80), Address: x.Address, Seen: l.stamp(x.SeenAt, s.Clock()),
			Since: l.stamp(x.CreatedAt, s.Clock()), Here: x.ID == here})
	}
	if done := c.QueryParam("done"); slices.Contains([]string{"me", "password", "totp-off", "ended"}, done) {
		p.Note = l.t("web.me.done." + done)
	}
	if change != nil {
		change(&p)
	}
	return s.render(c, status, "me.html", s.page(c, l.t("web.me"), "me", p))
}

// sessionID is the id of this browser's session, "" in the demo.
func (s *Server) sessionID(c echo.Context) string {
	if x, ok := c.Get(sessionKey).(*store.Session); ok {
		return x.ID
	}
	return ""
}

func (s *Server) me(c echo.Context) error { return s.meShow(c, http.StatusOK, nil) }

func (s *Server) meFault(c echo.Context, status int, at, fault string) error {
	return s.meShow(c, status, func(p *mePage) { p.Fault, p.At = fault, at })
}

// meSave stores name, language and theme.
func (s *Server) meSave(c echo.Context) error {
	chosen := c.FormValue("lang")
	if chosen != "" && !slices.Contains(triage.Languages(), chosen) {
		return triage.Errorf(triage.Invalid, "There is no language %q.", chosen)
	}
	err := s.Store.SetPreferences(ctxOf(c), s.person(c).ID, c.FormValue("name"), chosen, c.FormValue("theme"))
	if triage.CodeOf(err) == triage.Invalid {
		return s.meFault(c, http.StatusUnprocessableEntity, "me", langOf(c.Request()).t("web.me.name.wrong"))
	}
	if err != nil {
		return err
	}
	if chosen != "" {
		c.SetCookie(langCookieOf(chosen))
	} else {
		c.SetCookie(&http.Cookie{Name: langCookie, Path: "/", MaxAge: -1})
	}
	return c.Redirect(http.StatusSeeOther, "/me?done=me")
}

// confirmed looks at the password of whoever is signed in, before they change
// how they sign in: a browser left open is not enough. It answers itself when
// the password is wrong.
func (s *Server) confirmed(c echo.Context, at string) (bool, error) {
	l, u := langOf(c.Request()), s.person(c)
	try := store.Attempt{Account: u.Email, Address: addressOf(c)}
	wait, err := s.Store.Try(ctxOf(c), try)
	if err != nil {
		return false, err
	}
	if wait > 0 {
		return false, s.meFault(c, http.StatusTooManyRequests, at, l.t("web.gate.wait", "count", waitSeconds(wait)))
	}
	_, hash, err := s.Store.Credentials(ctxOf(c), u.Email)
	if err != nil {
		return false, err
	}
	if !people.Matches(hash, c.FormValue("password")) {
		return false, s.meFault(c, http.StatusForbidden, at, l.t("web.me.password.wrong"))
	}
	return true, s.Store.Succeeded(ctxOf(c), try)
}

// mePassword changes the password: all sessions end, and this browser gets a new one.
func (s *Server) mePassword(c echo.Context) error {
	ok, err := s.confirmed(c, "password")
	if err != nil || !ok {
		return err
	}
	u := s.person(c)
	hash, fault, err := s.newPassword(langOf(c.Request()), c.FormValue("new"), u.Email, u.Name)
	if err != nil {
		return err
	}
	if fault != "" {
		return s.meFault(c, http.StatusUnprocessableEntity, "password", fault)
	}
	if err := s.Store.SetPassword(ctxOf(c), s.actor(c), u.ID, hash); err != nil {
		return err
	}
	if err := s.begin(c, u, false, "rotate"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/me?done=password")
}

// meOffer makes a secret for an app to scan.
func (s *Server) meOffer(c echo.Context) error {
	ok, err := s.confirmed(c, "code")
	if err != nil || !ok {
		return err
	}
	secret, err := people.NewTOTP()
	if err != nil {
		return err
	}
	if err := s.Store.OfferTOTP(ctxOf(c), s.person(c).ID, secret); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/me#codes")
}

// mePicture is the secret that waits, as a QR code.
func (s *Server) mePicture(c echo.Context) error {
	u := s.person(c)
	secret, on, err := s.Store.TOTPSecret(ctxOf(c), u.ID)
	if err != nil {
		return err
	}
	if on || secret == "" {
		return echo.ErrNotFound
	}
	picture, err := people.TOTPImage(secret, "Readback "+s.Workspace.Name, u.Email)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "image/png", picture)
}

// meStart puts the secret to use with its first code, and shows the recovery
// codes: once, in the answer itself.
func (s *Server) meStart(c echo.Context) error {
	l, u := langOf(c.Request()), s.person(c)
	codes := people.NewRecoveryCodes()
	right, err := s.Store.StartTOTP(ctxOf(c), s.actor(c), u.ID, c.FormValue("code"), hashesOf(codes), s.sessionID(c))
	if err != nil {
		return err
	}
	if !right {
		return s.meFault(c, http.StatusUnprocessableEntity, "code", l.t("web.gate.code.wrong"))
	}
	if err := s.begin(c, u, false, "rotate"); err != nil {
		return err
	}
	return s.meShow(c, http.StatusOK, func(p *mePage) { p.Codes, p.Note = codes, l.t("web.me.done.totp") })
}

func hashesOf(codes []string) (out []string) {
	for _, code := range codes {
		out = append(out, people.TokenHash(people.PlainCode(code)))
	}
	return out
}

// meRenew makes new recovery codes in place of the old, and shows them once.
func (s *Server) meRenew(c echo.Context) error {
	ok, err := s.confirmed(c, "code")
	if err != nil || !ok {
		return err
	}
	u := s.person(c)
	if !u.TOTP {
		return triage.Errorf(triage.Conflict, "One-time codes are off.")
	}
	codes := people.NewRecoveryCodes()
	if err := s.Store.NewRecovery(ctxOf(c), s.actor(c), u.ID, hashesOf(codes)); err != nil {
		return err
	}
	return s.meShow(c, http.StatusOK, func(p *mePage) { p.Codes, p.Note = codes, langOf(c.Request()).t("web.me.done.recovery") })
}

// meStop switches one-time codes off.
func (s *Server) meStop(c echo.Context) error {
	ok, err := s.confirmed(c, "code")
	if err != nil || !ok {
		return err
	}
	u := s.person(c)
	if err := s.Store.StopTOTP(ctxOf(c), s.actor(c), u.ID, s.sessionID(c)); err != nil {
		return err
	}
	if err := s.begin(c, u, false, "rotate"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/me?done=totp-off")
}

// meEnd ends one session of one's own, or all but this one.
func (s *Server) meEnd(c echo.Context) error {
	id, u := c.Param("id"), s.person(c)
	if id == "others" {
		if err := s.Store.EndSessions(ctxOf(c), s.actor(c), u.ID, s.sessionID(c)); err != nil {
			return err
		}
	} else if err := s.Store.EndSession(ctxOf(c), s.actor(c), u.ID, id); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/me?done=ended#sessions")
}

// codePage asks for the code that a password is not enough without.
func (s *Server) codePage(c echo.Context) error {
	if _, ok, err := s.pending(c); err != nil || !ok {
		return orSignIn(c, err)
	}
	return s.gate(c, http.StatusOK, gatePage{Kind: "code", URL: "/sign-in/code", To: localPath(c.QueryParam("to"))})
}

func orSignIn(c echo.Context, err error) error {
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/sign-in")
}

// pending is the user whose password was right in this browser, and whose code is due.
func (s *Server) pending(c echo.Context) (*people.User, bool, error) {
	token, ok := s.sessionToken(c.Request())
	if !ok {
		return nil, false, nil
	}
	session, u, err := s.Store.Session(ctxOf(c), people.TokenHash(token))
	if triage.CodeOf(err) == triage.NotFound {
		return nil, false, nil
	}
	return &u, err == nil && session.Pending, err
}

func (s *Server) code(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	u, ok, err := s.pending(c)
	if err != nil || !ok {
		return orSignIn(c, err)
	}
	p := gatePage{Kind: "code", URL: "/sign-in/code", To: localPath(c.FormValue("to"))}
	try := store.Attempt{Account: "code " + u.ID, Address: addressOf(c)}
	wait, err := s.Store.Try(ctxOf(c), try)
	if err != nil {
		return err
	}
	if wait > 0 {
		return s.tooMany(c, p, wait)
	}
	how, err := s.Store.UseCode(ctxOf(c), store.Actor{ID: u.ID, Address: c.RealIP()}, u.ID, c.FormValue("code"))
	if err != nil {
		return err
	}
	if how == "" {
		p.Fault = langOf(c.Request()).t("web.gate.code.wrong")
		return s.gate(c, http.StatusUnauthorized, p)
	}
	if err := s.Store.Succeeded(ctxOf(c), try); err != nil {
		return err
	}
	if err := s.begin(c, u, false, how); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, p.To)
}

// linkPage lets whoever has the link choose a password. Looking at it uses nothing up.
func (s *Server) linkPage(c echo.Context) error {
	u, err := s.Store.Link(ctxOf(c), people.TokenHash(c.Param("token")))
	if err != nil {
		return err
	}
	return s.gate(c, http.StatusOK, gatePage{Kind: "link", URL: c.Request().URL.EscapedPath(), Email: u.Email, Name: u.Name})
}

func (s *Server) link(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	hash := people.TokenHash(c.Param("token"))
	u, err := s.Store.Link(ctxOf(c), hash)
	if err != nil {
		return err
	}
	l := langOf(c.Request())
	password, fault, err := s.newPassword(l, c.FormValue("password"), u.Email, u.Name, c.FormValue("name"))
	if err != nil {
		return err
	}
	if fault != "" {
		return s.gate(c, http.StatusUnprocessableEntity, gatePage{Kind: "link", URL: c.Request().URL.EscapedPath(), Email: u.Email, Name: c.FormValue("name"), Fault: fault})
	}
	if u, err = s.Store.UseLink(ctxOf(c), c.RealIP(), hash, c.FormValue("name"), password); err != nil {
		return err
	}
	if err := s.begin(c, &u, u.TOTP, "link"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/inbox")
}

// linkLife is how long the link of an invitation is good, and of a reset.
const (
	inviteLife = 7 * 24 * time.Hour
	resetLife  = 24 * time.Hour
)
