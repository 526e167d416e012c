package channel

import (
	"context"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"readback/triage"
)

// AppUser is who has the app of a desk open, as far as the desk says.
type AppUser struct {
	ID    string // the desk's number of the agent
	Name  string
	Email string
	// Verified: the desk itself vouches for it, by its signature. Otherwise a
	// browser said so, which had the secret of the app.
	Verified bool
}

// App reports whether a desk has an app, and so a panel that may be framed.
func (d *Desk) App() bool { return d.AppKey != "" || d.AppSecret != "" }

// Origin is where the desk's pages come from, which may frame the panel.
func (d *Desk) Origin() string {
	u, err := url.Parse(d.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Named returns a desk in the mode that it is in. Errors: NotFound.
func (ds *Desks) Named(name string) (Desk, error) {
	c := ds.all[name]
	if c == nil {
		return Desk{}, triage.Errorf(triage.NotFound, "There is no desk %q.", name)
	}
	d := c.Desk
	d.Mode = ds.mode(name)
	return d, nil
}

// AppSigningKey is what links to the panel of a desk are signed with. It hangs
// on the desk's token, which is ours alone: a new token ends all links.
func (d *Desk) AppSigningKey() []byte {
	m := hmac.New(sha256.New, []byte(d.Token))
	m.Write([]byte("readback panel\x00" + d.Name))
	return m.Sum(nil)
}

// KnowsApp reports whether somebody has the secret of the desk's app.
func (d *Desk) KnowsApp(secret string) bool {
	return d.AppSecret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(d.AppSecret)) == 1
}

// The subject and the audience of a token that Zendesk signs for an app: the
// addresses of the agent and of the installation.
var (
	zendeskAgent        = regexp.MustCompile(`/api/v2/users/(\d+)\.json$`)
	zendeskInstallation = regexp.MustCompile(`/api/v2/apps/installations/\d+\.json$`)
)

// OpenedBy reads the token that Zendesk posts when an agent opens the app
// ("Authenticating Zendesk in your server-side app", signedUrls): RS256 by the
// key of the app, short-lived, for an installation on this desk.
// Errors: Unauthorized.
func (d *Desk) OpenedBy(token string, now time.Time) (AppUser, error) {
	key, err := d.appKey()
	if err != nil {
		return AppUser{}, refused("the desk has no app_key")
	}
	var claims jwt.RegisteredClaims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithLeeway(time.Minute))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return AppUser{}, refused("the token has expired")
	case err != nil:
		return AppUser{}, refused("the token is not signed by the app's key with RS256")
	case claims.ExpiresAt.Sub(now) > time.Hour:
		return AppUser{}, refused("the token is good for more than an hour")
	}
	host := hostOfURL(d.URL)
	ours := len(claims.Audience) == 1 && hostOfURL(claims.Audience[0]) == host && zendeskInstallation.MatchString(claims.Audience[0])
	agent := zendeskAgent.FindStringSubmatch(claims.Subject)
	if !ours || agent == nil || hostOfURL(claims.Subject) != host {
		return AppUser{}, refused("the token is for another desk, or for no agent")
	}
	return AppUser{ID: agent[1], Verified: true}, nil
}

func hostOfURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

func (d *Desk) appKey() (*rsa.PublicKey, error) {
	return jwt.ParseRSAPublicKeyFromPEM([]byte(d.AppKey))
}

// AppAgent asks the desk what an agent is called. Errors: NotFound;
// Unavailable, with the code of what came instead; Unauthorized for one who is
// no agent there any more.
func (ds *Desks) AppAgent(ctx context.Context, name string, u AppUser) (AppUser, error) {
	c := ds.all[name]
	if c == nil || c.Kind != KindZendesk {
		return u, triage.Errorf(triage.NotFound, "There is no Zendesk %q.", name)
	}
	var out struct {
		User zendeskUser `json:"user"`
	}
	err := c.foreign.(*zendesk).api.call(ctx, http.MethodGet, "/api/v2/users/"+url.PathEscape(u.ID)+".json", nil, &out)
	if err != nil {
		return u, triage.Errorf(triage.Unavailable, "%s", codeOf(err))
	}
	if out.User.Role != "agent" && out.User.Role != "admin" {
		return u, triage.Errorf(triage.Unauthorized, "The user %s is no agent of the desk.", u.ID)
	}
	u.Name, u.Email = clean(out.User.Name), clean(out.User.Email)
	return u, nil
}
