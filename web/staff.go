package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// staffPage lists the users, and what an admin can do with them.
type staffPage struct {
	Note, Fault string
	Link        string // of an invitation or a reset: shown once
	LinkFor     string // whose
	LinkEnds    *stamp
	Users       []userView
	New         userView // the form of an invitation, as it was sent
	Tiers       []tierView
}

// userView is one user and the form that changes them.
type userView struct {
	ID, Name, Email string
	Role            string
	RoleName        string
	Roles           []choice
	Tiers           []tierView // all, chosen or not
	Languages       string
	State           string // active, invited, disabled, removed
	Seen            *stamp
	TOTP, Self      bool
	Tokens          int // API tokens that end with them
}

func (s *Server) userView(l lang, u *people.User) userView {
	v := userView{ID: u.ID, Name: u.Name, Email: u.Email, Role: string(u.Role), RoleName: l.t("web.role." + string(u.Role)),
		Languages: strings.Join(u.Languages, " "), Seen: l.stamp(u.SeenAt, s.Clock()), TOTP: u.TOTP, State: "active"}
	switch {
	case !u.RemovedAt.IsZero():
		v.State, v.Name = "removed", l.t("web.user.removed")
	case !u.DisabledAt.IsZero():
		v.State = "disabled"
	case !u.Password && u.SeenAt.IsZero():
		v.State = "invited"
	}
	for _, r := range people.Roles {
		v.Roles = append(v.Roles, choice{string(r), l.t("web.role." + string(r)), r == u.Role})
	}
	for _, t := range s.Workspace.Tiers {
		tier := s.tierView(l, t.ID)
		tier.Chosen = u.Inside(t.ID)
		v.Tiers = append(v.Tiers, tier)
	}
	return v
}

func (s *Server) staffShow(c echo.Context, status int, change func(*staffPage)) error {
	l := langOf(c.Request())
	users, err := s.Store.Users(ctxOf(c))
	if err != nil {
		return err
	}
	tokens, err := s.Store.Tokens(ctxOf(c))
	if err != nil {
		return err
	}
	p := staffPage{New: s.userView(l, &people.User{Role: people.Agent})}
	for i := range users {
		v := s.userView(l, &users[i])
		v.Self = v.ID == s.person(c).ID
		for _, t := range tokens {
			if t.UserID == v.ID && t.RevokedAt.IsZero() {
				v.Tokens++
			}
		}
		p.Users = append(p.Users, v)
	}
	order := []string{"active", "invited", "disabled", "removed"}
	slices.SortStableFunc(p.Users, func(a, b userView) int {
		return cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State))
	})
	for _, t := range s.Workspace.Tiers {
		p.Tiers = append(p.Tiers, s.tierView(l, t.ID))
	}
	if done := c.QueryParam("done"); slices.Contains([]string{"changed", "disabled", "enabled", "removed", "sessions"}, done) {
		p.Note = l.t("web.people.done." + done)
	}
	if change != nil {
		change(&p)
	}
	return s.render(c, status, "people.html", s.page(c, l.t("web.people"), "people", p))
}

func (s *Server) staff(c echo.Context) error { return s.staffShow(c, http.StatusOK, nil) }

// userOf reads a form about a user.
func (s *Server) userOf(c echo.Context) (people.User, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	form, err := c.FormParams()
	if err != nil {
		return people.User{}, triage.Errorf(triage.Invalid, "This form cannot be read: %w", err)
	}
	u := people.User{Email: form.Get("email"), Name: form.Get("name"), Role: people.Role(form.Get("role")), Tiers: form["tier"],
		Languages: strings.FieldsFunc(form.Get("languages"), func(r rune) bool { return r == ',' || r == ' ' })}
	for _, t := range u.Tiers {
		if s.Workspace.Tier(t) == nil {
			return u, triage.Errorf(triage.Invalid, "There is no tier %q.", t)
		}
	}
	return u, nil
}

// faultOf is what is wrong with a form about a user, in words; "" when the
// fault is none of the form's.
func faultOf(l lang, err error) string {
	switch triage.CodeOf(err) {
	case triage.Invalid:
		return l.t("web.people.wrong")
	case triage.Conflict:
		return l.t("web.people.conflict")
	}
	return ""
}

// invite adds a user and shows the link by which they choose a password.
func (s *Server) invite(c echo.Context) error {
	l := langOf(c.Request())
	u, err := s.userOf(c)
	if err == nil {
		u, err = s.Store.AddUser(ctxOf(c), s.actor(c), u, "")
	}
	if err != nil {
		fault := faultOf(l, err)
		if fault == "" {
			return err
		}
		if triage.CodeOf(err) == triage.Conflict {
			fault = l.t("web.people.taken", "email", u.Email)
		}
		return s.staffShow(c, http.StatusUnprocessableEntity, func(p *staffPage) { p.Fault, p.New = fault, s.userView(l, &u) })
	}
	return s.showLink(c, &u, inviteLife, false)
}

// showLink makes a link for a user and shows it, this once.
func (s *Server) showLink(c echo.Context, u *people.User, life time.Duration, reset bool) error {
	token := people.NewToken("")
	if err := s.Store.AddLink(ctxOf(c), s.actor(c), u.ID, people.TokenHash(token), life, reset); err != nil {
		return err
	}
	return s.staffShow(c, http.StatusOK, func(p *staffPage) {
		p.Link, p.LinkFor = s.base(c)+"/welcome/"+token, cmp.Or(u.Name, u.Email)
		p.LinkEnds = langOf(c.Request()).stamp(s.Clock().Add(life), s.Clock())
	})
}

// base is where people reach the desk: as it is configured, else as this request did.
func (s *Server) base(c echo.Context) string {
	return cmp.Or(s.BaseURL, c.Scheme()+"://"+c.Request().Host)
}

// changeUser changes a user, by the last word of the address.
func (s *Server) changeUser(c echo.Context) error {
	id, by, done := c.Param("id"), s.actor(c), ""
	u, err := s.Store.User(ctxOf(c), id)
	if err != nil {
		return err
	}
	switch c.Param("do") {
	case "change":
		var to people.User
		if to, err = s.userOf(c); err == nil {
			to.ID, done = id, "changed"
			err = s.Store.ChangeUser(ctxOf(c), by, to)
		}
	case "disable", "enable":
		done = c.Param("do") + "d"
		err = s.Store.DisableUser(ctxOf(c), by, id, done == "disabled")
	case "remove":
		done = "removed"
		err = s.Store.RemoveUser(ctxOf(c), by, id)
	case "sessions":
		done = "sessions"
		err = s.Store.EndSessions(ctxOf(c), by, id, "")
	case "invite":
		if u.Password || !u.Active() {
			return triage.Errorf(triage.Conflict, "They have a password; reset it.")
		}
		return s.showLink(c, &u, inviteLife, false)
	case "reset":
		if !u.Active() {
			return triage.Errorf(triage.Conflict, "They may not sign in.")
		}
		return s.showLink(c, &u, resetLife, true)
	default:
		return echo.ErrNotFound
	}
	if err != nil {
		fault := faultOf(langOf(c.Request()), err)
		if fault == "" {
			return err
		}
		return s.staffShow(c, http.StatusUnprocessableEntity, func(p *staffPage) { p.Fault = fault })
	}
	return c.Redirect(http.StatusSeeOther, "/people?done="+done)
}

// tokensPage lists the API tokens.
type tokensPage struct {
	Note, Fault string
	Token       string // a new one: shown once
	Name        string
	Scopes      []choice
	Ends        []choice
	Tokens      []tokenView
	Configured  bool // the settings name one too
}

type tokenView struct {
	ID, Name, Scope, By string
	Made, Ends, Used    *stamp
	State               string // good, revoked, ended
}

// tokenLives are how long a token may be good, in days; 0 = until it is revoked.
var tokenLives = []int{30, 90, 365, 0}

func (s *Server) tokensShow(c echo.Context, status int, change func(*tokensPage)) error {
	l := langOf(c.Request())
	list, err := s.Store.Tokens(ctxOf(c))
	if err != nil {
		return err
	}
	names, err := s.names(c)
	if err != nil {
		return err
	}
	p := tokensPage{Configured: s.Token != ""}
	for _, scope := range people.Scopes {
		p.Scopes = append(p.Scopes, choice{string(scope), l.t("web.scope." + string(scope)), scope == people.ReadScope})
	}
	for _, days := range tokenLives {
		name := l.t("web.tokens.days", "count", days)
		if days == 0 {
			name = l.t("web.tokens.never")
		}
		p.Ends = append(p.Ends, choice{itoa(days), name, days == 90})
	}
	for _, t := range list {
		v := tokenView{ID: t.ID, Name: t.Name, Scope: string(t.Scope), By: names.of(l, t.UserID), Made: l.stamp(t.CreatedAt, s.Clock()),
			Ends: l.stamp(t.EndsAt, s.Clock()), Used: l.stamp(t.UsedAt, s.Clock()), State: "good"}
		switch {
		case !t.RevokedAt.IsZero():
			v.State = "revoked"
		case !t.EndsAt.IsZero() && !t.EndsAt.After(s.Clock()):
			v.State = "ended"
		}
		p.Tokens = append(p.Tokens, v)
	}
	slices.SortStableFunc(p.Tokens, func(a, b tokenView) int {
		return cmp.Compare(map[bool]int{true: 0, false: 1}[a.State == "good"], map[bool]int{true: 0, false: 1}[b.State == "good"])
	})
	if c.QueryParam("done") == "revoked" {
		p.Note = l.t("web.tokens.done.revoked")
	}
	if change != nil {
		change(&p)
	}
	return s.render(c, status, "tokens.html", s.page(c, l.t("web.tokens"), "tokens", p))
}

func (s *Server) tokens(c echo.Context) error { return s.tokensShow(c, http.StatusOK, nil) }

// addToken makes a token and shows it, this once.
func (s *Server) addToken(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	token := people.NewToken("rb_")
	t := store.Token{Name: c.FormValue("name"), Scope: people.Scope(c.FormValue("scope")), UserID: s.person(c).ID}
	known := slices.IndexFunc(tokenLives, func(days int) bool { return itoa(days) == c.FormValue("days") })
	if known < 0 {
		return triage.Errorf(triage.Invalid, "Say for how many days the token is good.")
	}
	if days := tokenLives[known]; days > 0 {
		t.EndsAt = s.Clock().AddDate(0, 0, days)
	}
	_, err := s.Store.AddToken(ctxOf(c), s.actor(c), t, people.TokenHash(token))
	if triage.CodeOf(err) == triage.Invalid {
		return s.tokensShow(c, http.StatusUnprocessableEntity, func(p *tokensPage) { p.Fault = langOf(c.Request()).t("web.tokens.wrong") })
	}
	if err != nil {
		return err
	}
	return s.tokensShow(c, http.StatusOK, func(p *tokensPage) { p.Token, p.Name = token, t.Name })
}

func (s *Server) revokeToken(c echo.Context) error {
	if err := s.Store.RevokeToken(ctxOf(c), s.actor(c), c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/people/tokens?done=revoked")
}
