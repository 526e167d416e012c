package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/triage"
)

// zendeskSDK is Zendesk's own script, which its apps speak to it by. Only the
// page around the panel on a Zendesk loads it.
const zendeskSDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"

// panelFrame is what stands around the panel in another desk: it learns from
// the desk which ticket is open, gets the link to its panel, and hands drafts over.
type panelFrame struct {
	Desk, Kind string
	Origin     string // of the desk's pages
	Opening    string // who opened it, in our words; "" for Chatwoot, and before Zendesk said
	SDK        string // of the desk; "" = it needs none
}

// panelFrame answers where a desk's app begins: the address that Chatwoot has.
func (s *Server) panelFrame(c echo.Context) error { return s.showFrame(c, "") }

// showFrame shows the page around the panel.
func (s *Server) showFrame(c echo.Context, opening string) error {
	d, err := s.appDesk(c)
	if err != nil {
		return err
	}
	frame(c, d)
	v := panelFrame{Desk: d.Name, Kind: d.Kind, Origin: d.Origin(), Opening: opening}
	if d.Kind == channel.KindZendesk {
		v.SDK = zendeskSDK
		h := c.Response().Header()
		h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "script-src 'self'", "script-src 'self' "+zendeskSDK, 1))
	}
	l := langOf(c.Request())
	return s.render(c, http.StatusOK, "panel_frame.html", page{Lang: l, Title: l.t("web.panel"), Name: "panel-frame", Data: v})
}

// appDesk is the desk of the address. Errors: NotFound, for one without an app too.
func (s *Server) appDesk(c echo.Context) (*channel.Desk, error) {
	d, err := s.Desks.Named(c.Param("desk"))
	if err != nil || !d.App() {
		return nil, triage.Errorf(triage.NotFound, "There is no desk %q with an app.", c.Param("desk"))
	}
	return &d, nil
}

// panelOpened is Zendesk's opening of its app: a form with a token that Zendesk
// signed, by which we know the agent. What they may open stands in our own.
func (s *Server) panelOpened(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	d, err := s.appDesk(c)
	if err != nil {
		return err
	}
	frame(c, d)
	who, err := d.OpenedBy(c.FormValue("token"), s.Clock())
	if err != nil {
		s.log(c).Warn("an app was not opened", "desk", d.Name, "error", err)
		s.saw(d.Source(), "app")
		return err
	}
	if named, err := s.Desks.AppAgent(ctxOf(c), d.Name, who); err == nil {
		who = named
	} else if triage.CodeOf(err) == triage.Unauthorized {
		return err
	} else { // the desk's name for them is not needed
		s.log(c).Warn("an agent's name is not known", "desk", d.Name, "agent", who.ID, "error", err)
	}
	x := &seat{Desk: d.Name, Agent: who.ID, Name: who.Name, Verified: true}
	if x.User, err = s.userOfAgent(ctxOf(c), &who); err != nil {
		return err
	}
	token, err := x.sign(d, forOpening, "", s.Clock(), openingLife)
	if err != nil {
		return err
	}
	return s.showFrame(c, token)
}

// opening is what the frame around the panel asks a link for.
type opening struct {
	Ticket  string `json:"ticket"`  // the desk's own number of it
	Opening string `json:"opening"` // Zendesk: what panelOpened gave
	Secret  string `json:"secret"`  // Chatwoot: of the app's address
	Agent   struct {
		ID    any    `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"agent"` // Chatwoot: as its page says, unproved
}

// panelOpen gives a link to the panel of a desk's ticket. Errors: Unauthorized;
// NotFound for a ticket that is not here yet; 403 where the mode allows no panel.
func (s *Server) panelOpen(c echo.Context) error {
	d, err := s.appDesk(c)
	if err != nil {
		return err
	}
	var in opening
	if err := readObject(c, &in); err != nil {
		return err
	}
	x, err := s.seatFor(d, &in)
	if err != nil {
		return err
	}
	if err := allowsPanel(d, channel.ModeNote); err != nil {
		return err
	}
	id, err := s.Store.TicketBy(ctxOf(c), d.Source(), in.Ticket)
	if err != nil {
		return err
	}
	token, err := x.sign(d, forLink, id, s.Clock(), linkLife)
	if err != nil {
		return err
	}
	c.Set(tokenKey, token)
	return c.JSON(http.StatusOK, map[string]string{"url": panelURL(c, id, "")})
}

// seatFor is who asks for a link. Errors: Unauthorized.
func (s *Server) seatFor(d *channel.Desk, in *opening) (*seat, error) {
	if d.Kind == channel.KindZendesk {
		x, of, err := s.seatOf(in.Opening, forOpening)
		if err != nil {
			return nil, err
		}
		if of.Name != d.Name {
			return nil, triage.Errorf(triage.Unauthorized, "The app was opened on another desk.")
		}
		return x, nil
	}
	if !d.KnowsApp(in.Secret) {
		return nil, triage.Errorf(triage.Unauthorized, "The address of the app has not the right secret.")
	}
	number, _ := in.Agent.ID.(float64)
	return &seat{Desk: d.Name, Agent: strconv.FormatInt(int64(number), 10), Name: oneLine(in.Agent.Name, 100)}, nil
}

// frameAll lets every desk with an app show an error of the panel, which holds
// nothing of a ticket.
func (s *Server) frameAll(c echo.Context) {
	var with []*channel.Desk
	for _, d := range s.Desks.All() {
		if d.App() {
			with = append(with, &d)
		}
	}
	frame(c, with...)
}
