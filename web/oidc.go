package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// OIDC lets users sign in at an OpenID Connect issuer that the operator names.
// It makes no users: who signs in there was invited by the address that the
// issuer has verified.
type OIDC struct {
	Issuer       string       // as the issuer spells itself, such as https://login.desk.example
	ClientID     string       //
	ClientSecret string       // "" = a public client
	Name         string       // on the button; default the issuer's host
	Client       *http.Client // reaches the issuer, which may be on a private address

	mu       sync.Mutex
	provider *oidc.Provider // once it was reached
}

// label is what the button says.
func (o *OIDC) label() string {
	if o == nil {
		return ""
	}
	u, err := url.Parse(o.Issuer)
	if err != nil {
		return cmp.Or(o.Name, o.Issuer)
	}
	return cmp.Or(o.Name, u.Host)
}

// ready reads what the issuer says of itself, until that was had once: an
// issuer that is down keeps nobody from starting the desk.
func (o *OIDC) ready(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		// What is read lives on with the provider, whose keys are read again
		// later: not with this request.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.Client), o.Issuer)
		if err != nil {
			return nil, triage.Errorf(triage.Unavailable, "The issuer %s does not answer as one: %w", o.label(), err)
		}
		o.provider = p
	}
	return o.provider, nil
}

func (s *Server) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: s.OIDC.ClientID, ClientSecret: s.OIDC.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: s.BaseURL + "/sign-in/oidc/back", Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// oidcCookie keeps, in the browser that began, what the way back must fit:
// state, nonce, PKCE verifier, and where one wanted to go.
const (
	oidcCookie = "oidc"
	oidcLife   = 10 * 60 // seconds
)

// oidcGo leads to the issuer (RFC 6749 with PKCE, RFC 7636): from a link, because
// our policy keeps forms from leading elsewhere.
func (s *Server) oidcGo(c echo.Context) error {
	if s.OIDC == nil {
		return echo.ErrNotFound
	}
	p, err := s.OIDC.ready(ctxOf(c))
	if err != nil {
		return err
	}
	state, nonce, verifier := people.NewToken(""), people.NewToken(""), oauth2.GenerateVerifier()
	to := base64.RawURLEncoding.EncodeToString([]byte(localPath(c.QueryParam("to"))))
	s.setCookie(c, oidcCookie, strings.Join([]string{state, nonce, verifier, to}, "."), oidcLife)
	return c.Redirect(http.StatusSeeOther, s.oauth(p).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
}

// oidcBack takes what the issuer sends back, and signs in whom it means.
func (s *Server) oidcBack(c echo.Context) error {
	if s.OIDC == nil {
		return echo.ErrNotFound
	}
	l := langOf(c.Request())
	refuse := func(status int, code string, err error) error {
		s.log(c).Info("signing in at the issuer was refused", "why", code, "error", err)
		if rerr := s.Store.Record(ctxOf(c), store.Actor{Address: c.RealIP()}, "session.refused", "", map[string]any{"how": "oidc", "why": code}); rerr != nil {
			return rerr
		}
		return s.gate(c, status, gatePage{Kind: "in", URL: "/sign-in", To: "/inbox", Issuer: s.OIDC.label(), Fault: l.t("web.gate.oidc." + code)})
	}
	cookie, err := c.Request().Cookie(s.cookieName(oidcCookie))
	if err != nil {
		return refuse(http.StatusBadRequest, "stale", err)
	}
	s.setCookie(c, oidcCookie, "", -1) // good once
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 4 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(c.QueryParam("state"))) != 1 {
		return refuse(http.StatusBadRequest, "stale", errors.New("the state does not fit"))
	}
	if fault := c.QueryParam("error"); fault != "" {
		return refuse(http.StatusUnauthorized, "refused", errors.New(oneLine(fault, 100)))
	}
	p, err := s.OIDC.ready(ctxOf(c))
	if err != nil {
		return err
	}
	issuer, subject, email, err := s.identity(oidc.ClientContext(ctxOf(c), s.OIDC.Client), p, c.QueryParam("code"), parts[1], parts[2])
	if err != nil {
		return refuse(http.StatusUnauthorized, "refused", err)
	}
	u, err := s.Store.UserByIdentity(ctxOf(c), c.RealIP(), issuer, subject, email)
	if triage.CodeOf(err) == triage.NotFound {
		return refuse(http.StatusForbidden, "unknown", err)
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, &u, false, "oidc"); err != nil {
		return err
	}
	to, _ := base64.RawURLEncoding.DecodeString(parts[3])
	return c.Redirect(http.StatusSeeOther, localPath(string(to)))
}

// identity exchanges the code for an ID token and looks at all of it: signature,
// issuer, audience, expiry, nonce. email is "" unless the issuer has verified it.
func (s *Server) identity(ctx context.Context, p *oidc.Provider, code, nonce, verifier string) (issuer, subject, email string, err error) {
	token, err := s.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", "", "", err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: s.OIDC.ClientID, Now: s.Clock}).Verify(ctx, raw)
	if err != nil {
		return "", "", "", err
	}
	given, want := sha256.Sum256([]byte(id.Nonce)), sha256.Sum256([]byte(nonce))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return "", "", "", errors.New("the nonce does not fit")
	}
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some issuers send it as text
	}
	if err := id.Claims(&claims); err != nil {
		return "", "", "", err
	}
	if claims.Verified == true || claims.Verified == "true" {
		email, err = people.CleanEmail(claims.Email)
	}
	if err != nil {
		email = "" // none that could have been invited
	}
	return id.Issuer, id.Subject, email, nil
}
