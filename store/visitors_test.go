package store

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/triage"
)

// visitorDesk is a store with a clock that moves a second with each message.
type visitorDesk struct {
	*Store
	t   *testing.T
	now time.Time
}

func newVisitorDesk(t *testing.T) *visitorDesk {
	d := &visitorDesk{t: t, now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)}
	d.Store = openTest(t, Options{Clock: func() time.Time { return d.now }})
	return d
}

func browser(id string) Visitor {
	return Visitor{Source: "widget/site", ID: "v:" + id, Customer: "v:" + id}
}
func user(id, email string) Visitor {
	return Visitor{Source: "widget/site", ID: "u:" + id, Customer: id, Email: email}
}

func (d *visitorDesk) receive(in Inbound) string {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	r, err := d.Receive(d.t.Context(), in)
	if err != nil {
		d.t.Fatal(err)
	}
	return r.TicketID
}

// writes sends a visitor's message as the widget does.
func (d *visitorDesk) writes(v Visitor, text string) string {
	d.t.Helper()
	c, err := d.Conversation(d.t.Context(), v)
	if err != nil {
		d.t.Fatal(err)
	}
	identity := triage.IdentityNone
	if strings.HasPrefix(v.ID, "u:") {
		identity = triage.IdentityVerified
	}
	return d.receive(Inbound{Source: v.Source, TicketKey: c.TicketKey, MessageKey: text, Customer: triage.Customer{ID: v.Customer, Email: v.Email},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelChat, Identity: identity, Text: text}}})
}

func (d *visitorDesk) answers(ticketID, text string) {
	d.t.Helper()
	d.receive(Inbound{Source: "reply", TicketID: ticketID, Messages: []triage.Message{{Role: triage.RoleAgent, Channel: triage.ChannelChat, Text: text}}})
}

// sees is what a visitor reads, in one line.
func (d *visitorDesk) sees(v Visitor, want string) {
	d.t.Helper()
	c, err := d.Conversation(d.t.Context(), v)
	if err != nil {
		d.t.Fatal(err)
	}
	var got []string
	for _, m := range c.Messages {
		got = append(got, m.Text)
	}
	if strings.Join(got, " ") != want {
		d.t.Errorf("%s sees %q, want %q", v.ID, got, want)
	}
}

func (d *visitorDesk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestConversation(t *testing.T) {
	d := newVisitorDesk(t)
	ann, bob := browser("ann"), browser("bob")
	d.sees(ann, "")
	first := d.writes(ann, "a1")
	d.writes(bob, "b1")
	d.answers(first, "to-ann")
	d.writes(ann, "a2")
	d.sees(ann, "a1 to-ann a2")
	d.sees(bob, "b1")
	d.must(d.NewConversation(t.Context(), ann))
	d.sees(ann, "")
	if second := d.writes(ann, "a3"); second == first {
		t.Error("a new conversation goes on in the old ticket")
	}
	d.sees(ann, "a3")
}

// Whatever agents merge and split, a visitor reads their own words and what was
// answered to them, and nothing of anybody else.
func TestConversationMoves(t *testing.T) {
	mail := func(d *visitorDesk) string {
		id := d.receive(Inbound{Source: "mail", TicketKey: "m", Customer: triage.Customer{Email: "carl@shop.example"},
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityVerified, Text: "carls"}}})
		d.answers(id, "to-carl")
		return id
	}
	ann, bob := browser("ann"), browser("bob")
	for name, play := range map[string]struct {
		do   func(d *visitorDesk, ann1 string)
		want string
	}{
		"a mail comes in": {func(d *visitorDesk, id string) {
			d.must(d.Merge(d.t.Context(), mail(d), id, "p"))
			d.answers(id, "later")
		}, "a1 to-ann later"},
		"it goes to a mail": {func(d *visitorDesk, id string) {
			into := mail(d)
			d.must(d.Merge(d.t.Context(), id, into, "p"))
			d.answers(into, "later")
			d.writes(ann, "a2")
		}, "a1 to-ann later a2"},
		"and comes back": {func(d *visitorDesk, id string) {
			into := mail(d)
			d.must(d.Merge(d.t.Context(), id, into, "p"))
			d.must(d.Unmerge(d.t.Context(), id, "p"))
			d.answers(into, "later-to-carl")
			d.answers(id, "later")
		}, "a1 to-ann later"},
		"another visitor's comes in": {func(d *visitorDesk, id string) {
			other := d.writes(bob, "b1")
			d.answers(other, "to-bob")
			d.must(d.Merge(d.t.Context(), other, id, "p"))
			d.writes(bob, "b2")
			d.sees(bob, "b1 to-bob b2")
		}, "a1 to-ann"},
		"one is split off": {func(d *visitorDesk, id string) {
			d.writes(ann, "a2")
			tk, err := d.Ticket(d.t.Context(), id)
			d.must(err)
			split, err := d.Split(d.t.Context(), id, []string{tk.Messages[2].ID}, "p")
			d.must(err)
			d.answers(split, "to-a2")
		}, "a1 to-ann a2 to-a2"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newVisitorDesk(t)
			id := d.writes(ann, "a1")
			d.answers(id, "to-ann")
			play.do(d, id)
			d.sees(ann, play.want)
		})
	}
}

func TestSignIn(t *testing.T) {
	d := newVisitorDesk(t)
	home, phone, other := browser("home"), browser("phone"), browser("other")
	zoe := user("7", "zoe@shop.example")
	id := d.writes(home, "before")
	d.answers(id, "hello")
	d.must(d.SignIn(t.Context(), home, zoe))
	d.sees(zoe, "before hello")
	d.sees(home, "") // whoever signs out leaves nothing
	d.writes(zoe, "as-zoe")
	d.must(d.SignIn(t.Context(), phone, zoe)) // nothing there to take
	d.sees(zoe, "before hello as-zoe")
	d.writes(other, "of-a-stranger")
	d.must(d.SignIn(t.Context(), other, zoe)) // she has one
	d.sees(zoe, "before hello as-zoe")
	d.sees(other, "of-a-stranger")
	d.receive(Inbound{Source: "mail", TicketID: id, Customer: triage.Customer{Email: "Zoe@shop.example"},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityVerified, Text: "by-mail"}}})
	d.receive(Inbound{Source: "mail", TicketID: id, Customer: triage.Customer{Email: "zoe@shop.example"},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: "forged"}}})
	d.sees(zoe, "before hello as-zoe by-mail")
}

func TestVisitorState(t *testing.T) {
	d := newVisitorDesk(t)
	ctx := context.Background()
	ann := browser("ann")
	opened := func(url string) triage.Event { return triage.Event{Kind: triage.EventOpened, URL: url, At: d.now} }
	for _, url := range []string{"/help/a", "/help/b", "/help/a"} {
		d.must(d.Visited(ctx, ann, opened(url)))
	}
	if err := d.SetVisitorEmail(ctx, ann, "ann@shop.example"); triage.CodeOf(err) != triage.NotFound {
		t.Errorf("an address without a ticket: %v", err)
	}
	id := d.writes(ann, "a1")
	c, err := d.Conversation(ctx, ann)
	d.must(err)
	if len(c.Events) != 2 || c.Events[1].URL != "/help/a" {
		t.Errorf("events %+v", c.Events)
	}
	d.must(d.Visited(ctx, ann, opened("/help/c")))
	d.must(d.TookEvents(ctx, ann, c.Events)) // one came meanwhile: all wait for the next message
	if c, _ = d.Conversation(ctx, ann); len(c.Events) != 3 {
		t.Errorf("events %+v", c.Events)
	}
	d.must(d.TookEvents(ctx, ann, c.Events))
	d.must(d.GaveReadback(ctx, ann, "msg_1"))
	d.must(d.GaveReadback(ctx, ann, "msg_2"))
	if c, _ = d.Conversation(ctx, ann); len(c.Events) != 0 || c.Readback != "msg_1" {
		t.Errorf("events %+v, readback after %q", c.Events, c.Readback)
	}
	if at, err := d.LastSeen(ctx, id); err != nil || !at.IsZero() {
		t.Errorf("seen %v, %v", at, err)
	}
	d.must(d.VisitorSeen(ctx, ann))
	if at, err := d.LastSeen(ctx, id); err != nil || !at.Equal(d.now) {
		t.Errorf("seen %v, %v", at, err)
	}
	d.must(d.SetVisitorEmail(ctx, ann, "ann@shop.example"))
	tk, err := d.Ticket(ctx, id)
	d.must(err)
	if tk.Customer.Email != "ann@shop.example" || tk.Identity != triage.IdentityClaimed || tk.Messages[0].Identity != triage.IdentityClaimed {
		t.Errorf("%+v %s", tk.Customer, tk.Identity)
	}
	d.sees(ann, "a1")
}

func TestForgetVisitors(t *testing.T) {
	d := newVisitorDesk(t)
	ctx := context.Background()
	ann, bob, zoe := browser("ann"), browser("bob"), user("zoe@shop.example", "zoe@shop.example")
	for _, v := range []Visitor{ann, bob, zoe} {
		d.must(d.VisitorSeen(ctx, v))
	}
	d.writes(ann, "a1")
	d.writes(zoe, "z1")
	d.must(d.Visited(ctx, ann, triage.Event{Kind: triage.EventOpened, URL: "/help/x"}))
	d.now = d.now.Add(visitorLife + time.Minute)
	d.must(d.forgetVisitors(ctx))
	left := func() []string {
		var ids []string
		rows, err := d.reader.Query(`SELECT visitor FROM visitors ORDER BY visitor`)
		d.must(err)
		defer rows.Close()
		for rows.Next() {
			var id string
			d.must(rows.Scan(&id))
			ids = append(ids, id)
		}
		return ids
	}
	if got := left(); !slices.Equal(got, []string{"u:zoe@shop.example", "v:ann"}) {
		t.Errorf("left %v", got)
	}
	_, err := d.Erase(ctx, "zoe@shop.example", "p")
	d.must(err)
	_, err = d.Erase(ctx, "v:ann", "p")
	d.must(err)
	if got := left(); len(got) != 0 {
		t.Errorf("after the erasure %v", got)
	}
	d.sees(ann, "")
	d.writes(ann, "a2")
	d.sees(ann, "a2")
}
