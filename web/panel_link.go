package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// How long what opens the panel is good. A link is for one ticket, and the
// frame around it gets a new one; an opening is a working day.
const (
	linkLife    = time.Hour
	openingLife = 12 * time.Hour
)

// What a token of the panel is for.
const (
	forOpening = "opening" // Zendesk's word on who opened the app, for any of its tickets
	forLink    = "link"    // one ticket
)

// seat is somebody at the panel in another desk's frame: no cookie is sent
// there, so a signed token stands for them.
type seat struct {
	Desk     string `json:"desk"`
	Agent    string `json:"agent,omitempty"` // the desk's number of them
	Name     string `json:"name,omitempty"`
	Verified bool   `json:"verified,omitempty"` // the desk vouches for them
	User     string `json:"user,omitempty"`     // who they are here; "" = nobody of ours
	jwt.RegisteredClaims
}

// seatKey is where a request carries its *seat, tokenKey its token.
const (
	seatKey  = "readback.seat"
	tokenKey = "readback.panel_token"
)

// who names them where it is kept who said something.
func (x *seat) who() string {
	if x.User != "" {
		return x.User
	}
	mark := "?"
	if x.Verified {
		mark = "#"
	}
	return strings.TrimSpace(channel.SourceDesk + x.Desk + mark + x.Agent + " " + x.Name)
}

// or is who sits there, else somebody who is signed in here.
func (x *seat) or(person string) string {
	if x == nil {
		return person
	}
	return x.who()
}

// deskAgent reads what seat.who wrote of somebody who is nobody of ours.
func deskAgent(id string) (desk, name string, verified, ok bool) {
	rest, ok := strings.CutPrefix(id, channel.SourceDesk)
	i := strings.IndexAny(rest, "#?")
	if !ok || i < 0 {
		return "", "", false, false
	}
	number, name, _ := strings.Cut(rest[i+1:], " ")
	if name == "" {
		name = "#" + number
	}
	return rest[:i], name, rest[i] == '#', true
}

func (x *seat) sign(d *channel.Desk, purpose, ticket string, now time.Time, life time.Duration) (string, error) {
	x.RegisteredClaims = jwt.RegisteredClaims{Subject: ticket, Audience: jwt.ClaimStrings{purpose}, ExpiresAt: jwt.NewNumericDate(now.Add(life))}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, x).SignedString(d.AppSigningKey())
}

// seatOf reads a token of ours. Errors: Unauthorized; NotFound without the desk.
func (s *Server) seatOf(token, purpose string) (*seat, *channel.Desk, error) {
	x := &seat{}
	var desk channel.Desk
	key := func(*jwt.Token) (any, error) {
		d, err := s.Desks.Named(x.Desk)
		if err != nil || !d.App() {
			return nil, errors.New("the desk has no app")
		}
		desk = d
		return d.AppSigningKey(), nil
	}
	_, err := jwt.ParseWithClaims(token, x, key, jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(purpose),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.Clock))
	if err != nil {
		return nil, nil, triage.Errorf(triage.Unauthorized, "The link has expired, or is none of ours: %w", err)
	}
	return x, &desk, nil
}

// allowsPanel refuses what the mode of a desk does not allow. Errors: *problem.
func allowsPanel(d *channel.Desk, need channel.Mode) error {
	if !d.Mode.Allows(need) {
		return &problem{status: http.StatusForbidden, code: "desk_mode", message: "The desk is in the mode " + string(d.Mode) + "; this needs " + string(need) + "."}
	}
	return nil
}

// seated lets in whoever has a link to the panel of the ticket in the address.
// They are the user that they are here, or else an agent without a name here.
func (s *Server) seated(c echo.Context, token string) error {
	x, d, err := s.seatOf(token, forLink)
	if err != nil {
		return err
	}
	frame(c, d)
	if x.Subject != c.Param("id") {
		return triage.Errorf(triage.Unauthorized, "The link is for another ticket.")
	}
	if err := allowsPanel(d, channel.ModeNote); err != nil {
		return err
	}
	u := people.User{ID: x.who(), Name: x.Name, Role: people.Agent}
	if x.User != "" {
		if u, err = s.Store.User(ctxOf(c), x.User); err != nil {
			return err
		}
		if !u.Active() {
			return triage.Errorf(triage.Unauthorized, "The user may not sign in any more.")
		}
	}
	c.Set(userKey, &u)
	c.Set(actorKey, store.Actor{ID: x.who(), Address: c.RealIP()})
	c.Set(seatKey, x)
	c.Set(tokenKey, token)
	return nil
}

// atDesk is who is at the panel; nil on every page of our own.
func atDesk(c echo.Context) *seat {
	x, _ := c.Get(seatKey).(*seat)
	return x
}

// panelURL is the address of a part of a ticket's panel, with the token that
// the request came by; "" for one that somebody signed in has open.
func panelURL(c echo.Context, id, rest string) string {
	to := "/panel/tickets/" + url.PathEscape(id) + rest
	if token, _ := c.Get(tokenKey).(string); token != "" {
		to += "?token=" + url.QueryEscape(token)
	}
	return to
}

// frame lets the pages of a desk, and ours, stand around this one.
func frame(c echo.Context, desks ...*channel.Desk) {
	ancestors := []string{"'self'"}
	for _, d := range desks {
		ancestors = append(ancestors, d.Origin())
	}
	c.Response().Header().Set("Content-Security-Policy", strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors "+strings.Join(ancestors, " "), 1))
}

// userOfAgent finds who of ours an agent of a desk is: by the address that the
// desk itself vouches for. One who may not sign in here is refused.
func (s *Server) userOfAgent(ctx context.Context, u *channel.AppUser) (string, error) {
	if !u.Verified || u.Email == "" {
		return "", nil
	}
	user, err := s.Store.UserByEmail(ctx, u.Email)
	switch {
	case triage.CodeOf(err) == triage.NotFound:
		return "", nil
	case err != nil:
		return "", err
	case !user.Active():
		return "", triage.Errorf(triage.Unauthorized, "The user may not sign in any more.")
	}
	return user.ID, nil
}
