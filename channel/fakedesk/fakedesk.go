// Package fakedesk has Zendesk's and Chatwoot's APIs on loopback, as far as
// Readback uses them, for tests. They misbehave when they are told to.
package fakedesk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Message is one message of a ticket.
type Message struct {
	ID      int64
	Role    string // customer, agent, bot
	Text    string
	Private bool
	Mark    string // metadata.custom.readback
	At      time.Time
}

// Ticket is one ticket, or conversation.
type Ticket struct {
	ID       int64
	Subject  string
	Name     string // of the customer
	Email    string
	Verified bool // the site signed who they are (Chatwoot)
	Tags     []string
	Messages []Message
	Changed  time.Time
}

// Desk is a fake desk. Set its fields before requests, or under Lock.
type Desk struct {
	*httptest.Server
	sync.Mutex
	Tickets map[int64]*Ticket
	Clock   func() time.Time
	Agents  map[int64][3]string // Zendesk: name, email and role of users by id
	// Before, if set, sees each request first; true means that it has answered.
	Before func(w http.ResponseWriter, r *http.Request) bool
	// Cut breaks the connection after the next message was written.
	Cut   bool
	Calls []string // METHOD path, in order
	last  int64
}

func open(clock func() time.Time, serve func(*Desk) http.Handler) *Desk {
	d := &Desk{Tickets: map[int64]*Ticket{}, Clock: clock, last: 1000}
	mux := serve(d)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Lock()
		d.Calls = append(d.Calls, r.Method+" "+r.URL.Path)
		before := d.Before
		d.Unlock()
		if before != nil && before(w, r) {
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return d
}

// Say adds a message and returns its id.
func (d *Desk) Say(ticket int64, m Message) int64 {
	d.Lock()
	defer d.Unlock()
	return d.say(ticket, m)
}

func (d *Desk) say(ticket int64, m Message) int64 {
	t := d.Tickets[ticket]
	if t == nil {
		t = &Ticket{ID: ticket, Name: "Ana", Email: "ana@shop.example"}
		d.Tickets[ticket] = t
	}
	d.last++
	m.ID, m.At = d.last, d.Clock()
	t.Messages = append(t.Messages, m)
	t.Changed = m.At.Add(time.Duration(d.last) * time.Microsecond) // no two at once
	return m.ID
}

// Texts are the messages of a ticket that were written by its agents, private
// ones with "note: " before them.
func (d *Desk) Texts(ticket int64) []string {
	d.Lock()
	defer d.Unlock()
	var out []string
	for _, m := range d.Tickets[ticket].Messages {
		switch {
		case m.Role != "agent":
		case m.Private:
			out = append(out, "note: "+m.Text)
		default:
			out = append(out, m.Text)
		}
	}
	return out
}

// TagsOf are the tags of a ticket.
func (d *Desk) TagsOf(ticket int64) []string {
	d.Lock()
	defer d.Unlock()
	return slices.Clone(d.Tickets[ticket].Tags)
}

// ticket answers 404 and returns nil when there is none.
func (d *Desk) ticket(w http.ResponseWriter, r *http.Request) *Ticket {
	id, _ := strconv.ParseInt(strings.TrimSuffix(r.PathValue("id"), ".json"), 10, 64)
	t := d.Tickets[id]
	if t == nil {
		http.Error(w, `{"error":"RecordNotFound"}`, http.StatusNotFound)
	}
	return t
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func read(r *http.Request, v any) bool { return json.NewDecoder(r.Body).Decode(v) == nil }

// cut ends the connection when Cut says so, and reports whether it did.
func (d *Desk) cut() {
	if d.Cut {
		d.Cut = false
		panic(http.ErrAbortHandler)
	}
}

// byChange are the tickets, the last changed first.
func (d *Desk) byChange() []*Ticket {
	var out []*Ticket
	for _, t := range d.Tickets {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *Ticket) int {
		if c := b.Changed.Compare(a.Changed); c != 0 {
			return c
		}
		return int(b.ID - a.ID)
	})
	return out
}
