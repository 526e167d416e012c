package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"readback/store"
	"readback/triage"
)

// browserID is what tells one browser from all others; 128 random bits.
const browserIDLength = 22 // characters of base64url

func newBrowserID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// token is what a browser keeps: its id and proof that we made it.
func (w *widget) token(id string) string { return id + "." + w.sign("browser", id) }

// readingToken names a browser on the help pages. It opens no conversation.
func (w *widget) readingToken(id string) string {
	return w.name + "." + id + "." + w.sign("reading", id)
}

func (w *widget) sign(purpose, id string) string {
	m := hmac.New(sha256.New, w.secret)
	m.Write([]byte("readback " + purpose + "\x00" + w.name + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

func (w *widget) signed(purpose, id, mac string) bool {
	return len(id) == browserIDLength && hmac.Equal([]byte(mac), []byte(w.sign(purpose, id)))
}

// browserOf reads the browser's token of a request.
func (w *widget) browserOf(r *http.Request) (id string, ok bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	id, mac, _ := strings.Cut(token, ".")
	return id, ok && w.signed("browser", id, mac)
}

// reader reads the token that a help page got.
func (ws *widgets) reader(token string) (store.Visitor, bool) {
	name, rest, _ := strings.Cut(token, ".")
	id, mac, _ := strings.Cut(rest, ".")
	w := ws.all[name]
	if w == nil || !w.signed("reading", id, mac) {
		return store.Visitor{}, false
	}
	return w.browser(id), true
}

func (w *widget) browser(id string) store.Visitor {
	return store.Visitor{Source: w.source(), ID: "v:" + id, Customer: "v:" + id}
}

// hostUser is a user whom the host's server vouches for.
type hostUser struct {
	Email   string `json:"email"`
	Name    string `json:"name"`
	Account string `json:"account_id"`
	jwt.RegisteredClaims
}

// maxUserToken is how far ahead a user's token may expire.
const maxUserToken = 24 * time.Hour

// userOf reads a host's token: a JSON Web Token (RFC 7519) with HS256 alone, sub
// and exp. It is nil without a token.
func (w *widget) userOf(token string, now time.Time) (*hostUser, error) {
	if token == "" {
		return nil, nil //nolint:nilnil // nobody is signed in
	}
	u := &hostUser{}
	_, err := jwt.ParseWithClaims(token, u, func(*jwt.Token) (any, error) { return w.secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithLeeway(time.Minute))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, errors.New("it has expired")
	case err != nil:
		return nil, errors.New("it is no token signed with the widget's secret by HS256, with exp")
	case u.Subject == "" || len(u.Subject) > 200:
		return nil, errors.New("it has no sub, the id of the user, of at most 200 bytes")
	case u.ExpiresAt.Sub(now) > maxUserToken+time.Minute:
		return nil, errors.New("it is good for more than a day")
	}
	if a, err := mail.ParseAddress(u.Email); u.Email != "" && (err != nil || a.Address != u.Email) {
		return nil, errors.New("its email is no address")
	}
	return u, nil
}

func (u *hostUser) visitor(source string) store.Visitor {
	return store.Visitor{Source: source, ID: "u:" + u.Subject, Customer: u.Subject, Email: u.Email}
}

// customer is who writes, as far as is known, and how sure that is.
func (p *caller) customer(conv *store.Conversation) (triage.Customer, triage.Identity) {
	if u := p.user; u != nil {
		return triage.Customer{ID: u.Subject, Email: u.Email, Name: u.Name, AccountID: u.Account}, triage.IdentityVerified
	}
	c := triage.Customer{ID: p.browser.Customer}
	if t := conv.Ticket; t != nil && t.Customer.ID == c.ID && t.Customer.Email != "" {
		c.Email = t.Customer.Email // they told it before
		return c, triage.IdentityClaimed
	}
	return c, triage.IdentityNone
}
