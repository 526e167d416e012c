package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// Way is a way out that the page of connections lists: the mail server, or an
// endpoint of webhooks.
type Way struct {
	Kind string // store.DeliverMail or channel.DeliverWebhook: the kind of its deliveries
	Name string // the target of its deliveries; "" where there is one
	Test func(ctx context.Context) error
}

// id names it, as the source of messages names a way in.
func (w *Way) id() string {
	if w.Name == "" {
		return w.Kind
	}
	return w.Kind + "/" + w.Name
}

// connectionsView is the page of connections.
type connectionsView struct {
	Groups []connectionGroup
	Done   string // what a form has just done; "" = nothing
	Fault  string // what a test found
}

type connectionGroup struct {
	Name  string
	Rows  []connectionView
	Empty string // what to do when there is none
}

// connectionView is one way in or out.
type connectionView struct {
	ID, Name, Address string
	Arrived, Failed   *stamp
	Fault             string // code, in words beside it
	Backlog           string // what waits in the outbox; "" = nothing, or a way in
	Stuck             bool
	Test              string // what the button does; "" = there is none
	Modes             []modeChoice
	ModeSays          string
}

type modeChoice struct {
	Mode, Name string
	Current    bool
}

// connections lists every way in and out, how it does, and lets an admin try it.
func (s *Server) connections(c echo.Context) error {
	v := connectionsView{}
	if c.QueryParam("done") == "mode" {
		v.Done = langOf(c.Request()).t("connections.done.mode")
	}
	return s.showConnections(c, http.StatusOK, v)
}

func (s *Server) showConnections(c echo.Context, status int, v connectionsView) error {
	l := langOf(c.Request())
	kept, err := s.Store.Connections(ctxOf(c))
	if err != nil {
		return err
	}
	backlogs, err := s.Store.Backlogs(ctxOf(c))
	if err != nil {
		return err
	}
	lister := connectionLister{s: s, l: l, kept: kept, backlogs: backlogs}
	v.Groups = lister.groups()
	return s.render(c, status, "connections.html", s.page(c, l.t("connections"), "connections", v))
}

type connectionLister struct {
	s        *Server
	l        lang
	kept     map[string]store.Connection
	backlogs map[[2]string]store.Backlog
}

func (x *connectionLister) groups() []connectionGroup {
	group := func(code string, rows []connectionView) connectionGroup {
		return connectionGroup{Name: x.l.t("connections." + code), Rows: rows, Empty: x.l.t("connections." + code + ".none")}
	}
	var desks, chats, widgets, mails, mailOut, hooks []connectionView
	for _, d := range x.s.Desks.All() {
		desks = append(desks, x.desk(&d))
	}
	for _, name := range slices.Sorted(maps.Keys(x.s.sources)) {
		row := x.row("chat/"+name, name, "/hooks/chat/"+name)
		row.Test = x.l.t("connections.test.sample")
		chats = append(chats, row)
	}
	for _, name := range slices.Sorted(maps.Keys(x.s.widgets.all)) {
		row := x.row(channel.SourceWidget+name, name, "/widget.js")
		row.Test = x.l.t("connections.test.widget")
		widgets = append(widgets, row)
	}
	for _, m := range x.s.Mails {
		at := "/hooks/email/" + m.Name
		if m.Provider == channel.ProviderIMAP {
			at = ""
		}
		row := x.row(m.Source(), m.Name+" ("+m.Provider+")", at)
		if m.Provider != channel.ProviderIMAP && len(m.Secrets) > 0 {
			row.Test = x.l.t("connections.test.sample")
		}
		mails = append(mails, row)
	}
	for i := range x.s.Boxes {
		w := &x.s.Boxes[i]
		row := x.row(w.id(), w.Name+" ("+channel.ProviderIMAP+")", "")
		row.Test = x.l.t("connections.test.box")
		mails = append(mails, row)
	}
	for i := range x.s.Ways {
		w := &x.s.Ways[i]
		row := x.row(w.id(), cmp.Or(w.Name, "SMTP"), "")
		x.waiting(&row, []string{w.Kind}, w.Name)
		if w.Kind == store.DeliverMail {
			row.Test = x.l.t("connections.test.hello")
			mailOut = append(mailOut, row)
			continue
		}
		row.Test = x.l.t("connections.test.webhook")
		hooks = append(hooks, row)
	}
	return []connectionGroup{group("desks", desks), group("chats", chats), group("widgets", widgets), group("mails", mails), group("mail_out", mailOut), group("webhooks", hooks)}
}

func (x *connectionLister) desk(d *channel.Desk) connectionView {
	row := x.row(d.Source(), d.Name+" ("+d.Kind+")", "/hooks/desk/"+d.Name)
	row.Test = x.l.t("connections.test.who")
	for _, m := range channel.Modes {
		row.Modes = append(row.Modes, modeChoice{Mode: string(m), Name: x.l.t("connections.mode." + string(m)), Current: m == d.Mode})
	}
	row.ModeSays = x.l.t("connections.mode." + string(d.Mode) + ".says")
	x.waiting(&row, []string{channel.DeliverNote, channel.DeliverTag, channel.DeliverAnswer}, d.Name)
	return row
}

// row is what all connections have. at is the path of a hook, "" for none.
func (x *connectionLister) row(id, name, at string) connectionView {
	k := x.kept[id]
	arrived, failed, fault := x.s.sightings.of(id)
	if failed.After(k.FailedAt) {
		k.FailedAt, k.Fault = failed, fault
	}
	if arrived.After(k.ArrivedAt) {
		k.ArrivedAt = arrived
	}
	now := x.s.Clock()
	v := connectionView{ID: id, Name: name, Arrived: x.l.stamp(k.ArrivedAt, now), Failed: x.l.stamp(k.FailedAt, now), Fault: k.Fault}
	if at != "" {
		v.Address = x.s.BaseURL + at
	}
	return v
}

// waiting says what of some kinds waits for a target.
func (x *connectionLister) waiting(v *connectionView, kinds []string, target string) {
	var sum store.Backlog
	for _, kind := range kinds {
		b := x.backlogs[[2]string{kind, target}]
		sum.Waiting, sum.Stuck = sum.Waiting+b.Waiting, sum.Stuck+b.Stuck
	}
	var parts []string
	if sum.Stuck > 0 {
		v.Stuck = true
		parts = append(parts, x.l.t("connections.stuck", "count", sum.Stuck))
	}
	if sum.Waiting > 0 {
		parts = append(parts, x.l.t("connections.waiting", "count", sum.Waiting))
	}
	v.Backlog = strings.Join(parts, ", ")
}

// testTime bounds a test: a person waits for it.
const testTime = 20 * time.Second

// testConnection tries a connection and shows what came of it.
func (s *Server) testConnection(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	l := langOf(c.Request())
	id := c.FormValue("id")
	ctx, cancel := context.WithTimeout(ctxOf(c), testTime)
	defer cancel()
	said, err := s.try(ctx, l, id)
	switch {
	case triage.CodeOf(err) == triage.NotFound:
		return err
	case err != nil:
		return s.showConnections(c, http.StatusOK, connectionsView{Fault: l.t("connections.test.failed", "name", id, "code", triage.MessageOf(err))})
	}
	return s.showConnections(c, http.StatusOK, connectionsView{Done: l.t("connections.test.ok", "name", id, "what", said)})
}

// try tests one connection and says in words what was found. Errors: NotFound;
// else its message is a code.
func (s *Server) try(ctx context.Context, l lang, id string) (string, error) {
	kind, name, _ := strings.Cut(id, "/")
	switch {
	case kind == "desk":
		who, err := s.Desks.WhoAmI(ctx, name)
		return l.t("connections.test.who.ok", "who", who), err
	case kind == "chat" && s.sources[name] != nil:
		return l.t("connections.test.sample.ok"), s.sampleChat(s.sources[name])
	case kind == "widget" && s.widgets.all[name] != nil:
		w := s.widgets.all[name]
		return l.t("connections.test.widget.ok", "sites", strings.Join(w.origins, ", ")), s.sampleWidget(w)
	}
	for i := range s.Boxes {
		if w := &s.Boxes[i]; w.id() == id {
			return l.t("connections.test.box.ok"), w.Test(ctx)
		}
	}
	if m := s.mails[name]; kind == "mail" && m != nil && len(m.Secrets) > 0 {
		return l.t("connections.test.sample.ok"), m.Sample(s.Clock())
	}
	for i := range s.Ways {
		if w := &s.Ways[i]; w.id() == id && w.Test != nil {
			return l.t("connections.test." + w.Kind + ".ok"), w.Test(ctx)
		}
	}
	return "", triage.Errorf(triage.NotFound, "There is no connection %q that can be tried.", id)
}

// sampleChat signs a message with a source's secret and takes it in as its hook
// would, short of storing it.
func (s *Server) sampleChat(src *source) error {
	body := []byte(`{"conversation_id":"test","message_id":"test","text":"Hello from the page of connections"}`)
	h := http.Header{}
	src.key.Sign(h, "msg_test", s.Clock(), body)
	if err := src.key.Verify(h, body, s.Clock()); err != nil {
		return err
	}
	_, err := channel.ParseChat(body)
	return err
}

// sampleWidget has the widget's tokens made and read: a browser's, and that of a
// user whom the host would vouch for.
func (s *Server) sampleWidget(w *widget) error {
	id := newBrowserID()
	r := &http.Request{Header: http.Header{"Authorization": {"Bearer " + w.token(id)}}}
	if got, ok := w.browserOf(r); !ok || got != id {
		return triage.Errorf(triage.Invalid, "token")
	}
	claims := jwt.RegisteredClaims{Subject: "test", ExpiresAt: jwt.NewNumericDate(s.Clock().Add(time.Hour))}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(w.secret)
	if err != nil {
		return err
	}
	_, err = w.userOf(token, s.Clock())
	return err
}

// setDeskMode puts a desk into a mode; off switches it off.
func (s *Server) setDeskMode(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	name, _ := strings.CutPrefix(c.FormValue("id"), channel.SourceDesk)
	if err := s.Desks.SetMode(ctxOf(c), s.actor(c), name, channel.Mode(c.FormValue("mode"))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/connections?done=mode")
}

// beside leads from another desk to the ticket here: the address of a link that
// a desk's app makes of the number that the ticket has there.
func (s *Server) beside(c echo.Context) error {
	id, err := s.Store.TicketBy(ctxOf(c), channel.SourceDesk+c.Param("desk"), c.Param("key"))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(id))
}
