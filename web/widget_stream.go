package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/triage/route"
)

// widgetStream tells a visitor's conversation as server-sent events (HTML
// Standard, 9.2): "message" for each message, whose id is the event's, and
// "status" whenever it changes. After a break the browser says the last id it
// has in Last-Event-ID and gets what came since; when we do not know that id,
// "reset" and everything. A script reads it by fetch: EventSource sends no header.
func (s *Server) widgetStream(c echo.Context) error {
	p, err := s.callerOf(c)
	if err != nil {
		return err
	}
	v := p.visitor()
	done, ok := s.widgets.streams.open(p.browser.ID, visitor(c))
	if !ok {
		return tooFast(30)
	}
	defer done()
	rc := http.NewResponseController(c.Response())
	if err := rc.SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	t := teller{server: s, c: c, widget: widgetOf(c), visitor: v, lang: lang(spokenLang(c.QueryParam("lang"))), last: c.Request().Header.Get("Last-Event-ID")}
	wake := make(chan struct{}, 1)
	hub := &s.widgets.hub
	ids := []string{v.ID}
	hub.wait(wake, nil, ids)
	defer func() { hub.wait(wake, ids, nil) }()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		tickets, err := t.tell()
		if err != nil {
			return nil //nolint:nilerr // the head is out; the browser connects again
		}
		if now := append([]string{v.ID}, tickets...); !slices.Equal(now, ids) {
			hub.wait(wake, ids, now)
			ids = now
		}
		if err := rc.Flush(); err != nil {
			return nil //nolint:nilerr // the reader is gone
		}
		select {
		case <-ctxOf(c).Done():
			return nil
		case <-s.closing:
			return nil
		case <-tick.C:
			fmt.Fprint(c.Response(), ": still here\n\n")
		case <-wake:
		}
	}
}

// spokenLang is a language that the widget has words for.
func spokenLang(wish string) string {
	wish, _, _ = strings.Cut(strings.ToLower(wish), "-")
	if slices.Contains(triage.CustomerLanguages(), wish) {
		return wish
	}
	return triage.CustomerLanguages()[0]
}

// teller tells one stream what its reader does not have yet.
type teller struct {
	server  *Server
	c       echo.Context
	widget  *widget
	visitor store.Visitor
	lang    lang
	last    string // id of the last message told
	status  []byte // as it was told last
	begun   bool
}

// told is a message as the widget shows it.
type toldMessage struct {
	ID     string      `json:"id"`
	Client string      `json:"client,omitempty"` // the id that a browser gave it
	Role   triage.Role `json:"role"`
	Text   string      `json:"text"`
	At     time.Time   `json:"at"`
	Files  []toldFile  `json:"files"`
	Person bool        `json:"person,omitempty"`
}

type toldFile struct {
	ID   string `json:"id,omitempty"` // "" when its content is not kept
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// tell writes what is new and returns the tickets whose changes matter.
func (t *teller) tell() (tickets []string, err error) {
	conv, err := t.server.Store.Conversation(ctxOf(t.c), t.visitor)
	if err != nil {
		return nil, err
	}
	from := 1 + slices.IndexFunc(conv.Messages, func(m triage.Message) bool { return m.ID == t.last })
	if t.last != "" && from == 0 || t.last == "" && !t.begun {
		fmt.Fprint(t.c.Response(), "event: reset\ndata: {}\n\n")
	}
	if t.last == "" {
		from = 0
	}
	t.begun = true
	if len(conv.Messages) == 0 {
		t.last = ""
	}
	for i := range conv.Messages[from:] {
		m := &conv.Messages[from+i]
		out := toldMessage{ID: m.ID, Role: m.Role, Text: m.Text, At: m.ReceivedAt, Files: []toldFile{}}
		if m.Role == triage.RoleCustomer {
			out.Client = m.ExternalID
		}
		for _, a := range m.Attachments {
			out.Files = append(out.Files, toldFile{ID: a.ID, Name: a.Name, Size: a.Size})
		}
		out.Person = slices.ContainsFunc(m.Events, func(e triage.Event) bool { return e.Kind == triage.EventPerson })
		if err := t.event("message", m.ID, &out); err != nil {
			return nil, err
		}
		t.last = m.ID
	}
	status, err := t.server.statusOf(ctxOf(t.c), t.widget, t.visitor, &conv, t.lang)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(status)
	if err == nil && !bytes.Equal(text, t.status) {
		t.status = text
		_, err = fmt.Fprintf(t.c.Response(), "event: status\ndata: %s\n\n", text)
	}
	if conv.Ticket != nil {
		tickets = []string{conv.Ticket.ID}
	}
	return tickets, err
}

func (t *teller) event(kind, id string, v any) error {
	data, err := json.Marshal(v) // one line: JSON escapes line ends
	if err == nil {
		_, err = fmt.Fprintf(t.c.Response(), "event: %s\nid: %s\ndata: %s\n\n", kind, id, data)
	}
	return err
}

// widgetStatus is what stands above and below the thread.
type widgetStatus struct {
	State    string        `json:"state"`  // none, reading, open, waiting, resolved
	Holder   string        `json:"holder"` // who has it; "" before it was read
	Open     *bool         `json:"open"`   // somebody of them is there now; null when that is not known
	Opens    *time.Time    `json:"opens"`  // when they are back; null when they are there, or it is not known
	Next     string        `json:"next"`   // what happens next
	Person   bool          `json:"person"` // a person was asked for
	Email    string        `json:"email"`  // where an answer goes when the visitor is gone; "" when nobody knows
	Readback *readbackView `json:"readback"`
}

// readbackView is the readback in the thread.
type readbackView struct {
	After string         `json:"after"` // id of the message that it stands behind
	Lang  string         `json:"lang"`
	Title string         `json:"title"`
	Lines []readbackLine `json:"lines"`
	Next  string         `json:"next"`
	Said  []readbackLine `json:"said"` // what the visitor corrected
}

type readbackLine struct {
	Key  string `json:"key,omitempty"` // what "not quite" or "undo" sends; "" when there is none
	Text string `json:"text"`
}

// statusOf tells where a conversation stands. A ticket that holds the words of
// others too is told in general terms: it was merged, and theirs are not for
// this visitor.
func (s *Server) statusOf(ctx context.Context, w *widget, v store.Visitor, conv *store.Conversation, l lang) (*widgetStatus, error) {
	st := &widgetStatus{State: "none"}
	t, r := conv.Ticket, conv.Result
	if t == nil || len(conv.Messages) == 0 {
		return st, nil
	}
	st.Email = v.Email
	shared := isShared(conv)
	if st.Email == "" && !shared {
		st.Email = t.Customer.Email
	}
	st.Person = t.WantsPerson()
	if r == nil {
		st.State, st.Next = "reading", l.t("widget.reading")
		return st, nil
	}
	st.State = string(t.State)
	if tier := s.Workspace.Tier(r.Route.Tier); tier != nil {
		st.Holder = l.t("widget.holder", "tier_name", tier.Name)
		if open, next, ok := tier.OpenAt(s.Clock()); ok {
			st.Open = &open
			if !open {
				st.Opens = &next
			}
		}
	}
	st.Next = s.widgetNext(l, t, r, shared)
	if !w.reads || shared {
		return st, nil
	}
	return st, s.giveReadback(ctx, v, conv, st)
}

// isShared reports whether others wrote in the ticket.
func isShared(conv *store.Conversation) bool {
	mine := map[string]bool{}
	for i := range conv.Messages {
		mine[conv.Messages[i].ID] = true
	}
	return slices.ContainsFunc(conv.Ticket.Messages, func(m triage.Message) bool { return m.Role == triage.RoleCustomer && !mine[m.ID] })
}

// widgetNext says what happens next, in the language of the page.
func (s *Server) widgetNext(l lang, t *triage.Ticket, r *triage.Result, shared bool) string {
	switch {
	case t.State == triage.StateResolved:
		return l.t("widget.next.solved")
	case t.State == triage.StateWaiting:
		return l.t("widget.next.yours")
	case len(r.Route.Reasons) > 0 && r.Route.Reasons[0].Code == route.CodeIncident:
		return l.t("widget.next.incident")
	case r.Route.Action == triage.None:
		return ""
	case r.Route.Action == triage.Ask || r.Route.Action == triage.SelfService:
		return l.t("widget.next.ask")
	}
	if p := r.Position; p != nil && p.Next != nil && p.Next.By == knowledge.Staff && !shared {
		if proc := s.Workspace.Procedure(p.Procedure); proc != nil {
			return l.t("widget.next.us", "what", proc.StepTitle(p.Next.Step, string(l)))
		}
	}
	return l.t("widget.next.answer")
}

// giveReadback puts the readback into a status. It is given once, when the
// first is there and no agent has answered yet, and follows what is understood
// from then on.
func (s *Server) giveReadback(ctx context.Context, v store.Visitor, conv *store.Conversation, st *widgetStatus) error {
	t, r := conv.Ticket, conv.Result
	given := conv.Readback != ""
	answered := slices.ContainsFunc(conv.Messages, func(m triage.Message) bool { return m.Role == triage.RoleAgent })
	b := route.ReadBack(t, r, s.Workspace)
	if b == nil || !given && (answered || r.CoveredSeq < t.LastSeq) {
		return nil
	}
	if !given {
		conv.Readback = conv.Messages[len(conv.Messages)-1].ID
		if err := s.Store.GaveReadback(ctx, v, conv.Readback); err != nil {
			return err
		}
	}
	view := &readbackView{After: conv.Readback, Lang: b.Lang, Title: triage.Sentence(b.Lang, "readback.title", nil), Next: b.Next,
		Lines: []readbackLine{}, Said: []readbackLine{}}
	for _, list := range [][]route.ReadbackItem{b.Want, b.Done} {
		for _, item := range list {
			line := readbackLine{Text: item.Text}
			if item.Fix != nil {
				line.Key = item.Key
			}
			view.Lines = append(view.Lines, line)
		}
	}
	for _, text := range b.Seen {
		view.Lines = append(view.Lines, readbackLine{Text: text})
	}
	for _, item := range b.Said {
		view.Said = append(view.Said, readbackLine{Key: item.Key, Text: item.Text})
	}
	st.Readback = view
	return nil
}

// widgetCorrect takes a visitor's "not quite" to an item of their readback.
func (s *Server) widgetCorrect(c echo.Context) error {
	return s.widgetSay(c, func(v store.Visitor, t *triage.Ticket, b *route.Readback, key string) error {
		item := b.Item(key)
		if item == nil {
			return triage.Errorf(triage.Conflict, "That line is not there any more.")
		}
		said := *item.Fix
		said.TicketID, said.Who, said.Role = t.ID, v.Customer, triage.RoleCustomer
		_, err := s.correct(ctxOf(c), said)
		return err
	})
}

// widgetUndo takes a visitor's correction back.
func (s *Server) widgetUndo(c echo.Context) error {
	return s.widgetSay(c, func(v store.Visitor, t *triage.Ticket, _ *route.Readback, key string) error {
		if !slices.ContainsFunc(t.Corrections, func(said triage.Correction) bool {
			return said.ID == key && said.Role == triage.RoleCustomer && said.Who == v.Customer
		}) {
			return triage.Errorf(triage.Conflict, "That correction is not in force any more.")
		}
		_, err := s.takeBack(ctxOf(c), t.ID, key, v.Customer, triage.RoleCustomer, "")
		return err
	})
}

// widgetSay does something with a line of the readback that a visitor has.
func (s *Server) widgetSay(c echo.Context, say func(v store.Visitor, t *triage.Ticket, b *route.Readback, key string) error) error {
	var in struct {
		Key string `json:"key"`
	}
	return s.widgetDo(c, &in, func(v store.Visitor, conv *store.Conversation) error {
		if conv.Result == nil || conv.Readback == "" || !widgetOf(c).reads || isShared(conv) {
			return triage.Errorf(triage.Conflict, "There is no readback to correct.")
		}
		b := route.ReadBack(conv.Ticket, conv.Result, s.Workspace)
		if b == nil {
			return triage.Errorf(triage.Conflict, "There is no readback to correct any more.")
		}
		return say(v, conv.Ticket, b, in.Key)
	})
}
