package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/triage/ground"
)

// A thread up to fullThread messages is shown whole; of a longer one the first
// message, those with evidence, and the last lastShown.
const (
	fullThread = 120
	lastShown  = 60
)

// entry is one message of the thread, or a gap.
type entry struct {
	N          int
	ID         string // of the message
	Role       triage.Role
	Who        string
	Channel    triage.Channel
	Identity   triage.Identity
	Sent       *stamp
	Head, Rest []piece
	RestSize   string
	Files      []file
	PageURL    string
	Events     []eventView
	Automatic  string         // what kind of machine wrote it; "" = a person did
	Forwarded  bool           // it passes on what others wrote
	Out        []deliveryView // how it went out, of an answer of ours
	Stays      bool           // an answer of ours that goes nowhere: the other desk's mode does not let it out
	Skipped    int            // messages left out here; the other fields are zero then
}

// eventView is something that was recorded of the writer before a message.
type eventView struct {
	Text, Title, URL string
	About            string // what a check was about
	At               *stamp
	Seen             []eventSeen // of a check, by step
}

type eventSeen struct {
	Step    string
	Outcome pick
}

// eventViews tells what the writer of a message did on help pages.
func (s *Server) eventViews(l lang, events []triage.Event) []eventView {
	var out []eventView
	for _, e := range events {
		v := eventView{Text: l.named("web.events.", string(e.Kind), ""), Title: oneLine(e.URL, 200), At: l.stamp(e.At, s.Clock())}
		p := cmp.Or(s.Workspace.Procedure(e.Procedure), s.Workspace.ByURL(e.URL))
		if p == nil {
			out = append(out, v)
			continue
		}
		v.Title = p.TitleIn(string(l))
		if public(p) {
			v.URL = helpURL(p.ID)
		}
		if len(e.Inputs) > 0 {
			v.About = triage.BindingText(e.Inputs)
		}
		for i := range p.Steps {
			if outcome, ok := e.Outcomes[p.Steps[i].ID]; ok {
				v.Seen = append(v.Seen, eventSeen{p.StepTitle(p.Steps[i].ID, string(l)), l.say(outcomeWords[outcome])})
			}
		}
		out = append(out, v)
	}
	return out
}

type file struct {
	URL, Name, Type, Size string // URL "" when its content is not kept
}

// thread renders the messages with their marks.
func (s *Server) thread(l lang, t *triage.Ticket, m *marks, all bool) []entry {
	var out []entry
	skipped := 0
	for i := range t.Messages {
		n := i + 1
		if !all && len(t.Messages) > fullThread && i > 0 && n <= len(t.Messages)-lastShown && len(m.byMessage[n]) == 0 {
			skipped++
			continue
		}
		if skipped > 0 {
			out = append(out, entry{Skipped: skipped})
			skipped = 0
		}
		out = append(out, s.entry(l, t, n, m.byMessage[n]))
	}
	return out
}

func (s *Server) entry(l lang, t *triage.Ticket, n int, spans []span) entry {
	msg := &t.Messages[n-1]
	e := entry{N: n, ID: msg.ID, Role: msg.Role, Channel: msg.Channel, Identity: msg.Identity, PageURL: msg.PageURL}
	switch msg.Role {
	case triage.RoleAgent:
		e.Who = l.t("web.who.agent")
	case triage.RoleSystem:
		e.Who = l.t("web.who.system")
	default:
		e.Who = l.who(t.Customer)
	}
	sent := msg.SentAt
	if sent.IsZero() {
		sent = msg.ReceivedAt
	}
	e.Sent = l.stamp(sent, s.Clock())
	e.Head, e.Rest = body(msg.Text, spans)
	if shown := length(e.Head); len(e.Rest) > 0 {
		e.RestSize = size(int64(len(msg.Text) - shown))
	}
	e.Events = s.eventViews(l, msg.Events)
	if msg.Automatic != "" {
		e.Automatic = l.named("web.automatic.", string(msg.Automatic), string(msg.Automatic))
	}
	e.Forwarded = msg.Role == triage.RoleCustomer && slices.ContainsFunc(ground.Regions(msg.Text), func(r ground.Region) bool { return r.Kind == ground.Forward })
	for _, a := range msg.Attachments {
		f := file{Name: cmp.Or(a.Name, l.t("web.file.unnamed")), Type: a.Type, Size: size(a.Size)}
		if a.ID != "" {
			f.URL = "/files/" + a.ID
		}
		e.Files = append(e.Files, f)
	}
	return e
}

// outOf tells how the answers of a thread went out: what is on its way or
// arrived, and to whoever may, what to do about what did not.
func (s *Server) outOf(c echo.Context, l lang, t *triage.Ticket, thread []entry) error {
	page, err := s.Store.Deliveries(ctxOf(c), store.DeliveryFilter{TicketID: t.ID, Limit: 200})
	if err != nil {
		return err
	}
	of := map[string][]deliveryView{}
	for i := range page.Deliveries {
		d := &page.Deliveries[i]
		if d.Kind != store.DeliverMail && d.Kind != channel.DeliverAnswer {
			continue
		}
		v := l.deliveryView(d, s.Clock())
		v.To = ticketURL(t.ID)
		if !s.person(c).Role.May(people.Lead) {
			v.Acts.Acts = nil
		}
		of[d.MessageID] = append(of[d.MessageID], v)
	}
	beside := strings.HasPrefix(t.Source, channel.SourceDesk)
	for i := range thread {
		e := &thread[i]
		if e.N == 0 || e.Role != triage.RoleAgent {
			continue
		}
		m := t.N(e.N)
		e.Out = of[m.ID]
		ours := m.Author != "" || m.Automatic == triage.AutomaticOwn
		e.Stays = beside && ours && len(e.Out) == 0 && page.Next == ""
	}
	return nil
}

func length(list []piece) int {
	n := 0
	for _, p := range list {
		n += len(p.Text)
	}
	return n
}

// lastUserAgent returns the newest user agent as it came, "" when none did.
func lastUserAgent(t *triage.Ticket) string {
	for _, m := range slices.Backward(t.Messages) {
		if m.Device.UserAgent != "" {
			return m.Device.UserAgent
		}
	}
	return ""
}
