package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// EventsAreKept: what a customer did stays with the message as it came, clean
// of what no text may hold, and goes with the customer.
func EventsAreKept(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	in := inbound("c1", "k1")
	checked := triage.Event{Kind: triage.EventChecked, URL: "/help/https", Procedure: "https", At: c.Now(),
		Inputs: map[string]string{"link_domain": "link.shop.example"}, Outcomes: map[string]triage.CheckOutcome{"brand-link": triage.Pass}}
	in.Messages[0].Events = []triage.Event{{Kind: triage.EventOpened, URL: "/help/\x00https"}, checked}
	id := receive(t, s, in).TicketID
	equal(t, "events", ticket(t, s, id).Messages[0].Events, []triage.Event{{Kind: triage.EventOpened, URL: "/help/ https"}, checked})
	if plain := ticket(t, s, receive(t, s, inbound("c2", "k2")).TicketID); plain.Messages[0].Events != nil {
		t.Errorf("a message without events has %v", plain.Messages[0].Events)
	}

	// In another's ticket only the address goes.
	other := inbound("c3", "k3")
	other.Customer = triage.Customer{Email: "bob@mill.example"}
	other.Messages[0].Events = []triage.Event{{Kind: triage.EventOpened, URL: "/help/https?for=ann@shop.example"}}
	theirs := receive(t, s, other).TicketID
	_, err := s.Erase(t.Context(), "ann@shop.example", "lead")
	ok(t, err)
	equal(t, "erased", ticket(t, s, id).Messages[0].Events, []triage.Event(nil))
	equal(t, "masked", ticket(t, s, theirs).Messages[0].Events[0].URL, "/help/https?for=****************")
}

// AcknowledgedOnce: the first word of a person on a change counts.
func AcknowledgedOnce(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	first := c.Now()
	for _, a := range []store.Acknowledgement{{Change: "b", User: "ann"}, {Change: "a", User: "bob"}, {Change: "a", User: "ann"}, {Change: "b", User: "ann"}} {
		ok(t, s.Acknowledge(t.Context(), a.Change, a.User))
		c.Add(time.Minute)
	}
	got, err := s.Acknowledgements(t.Context())
	ok(t, err)
	equal(t, "acknowledgements", got, []store.Acknowledgement{{Change: "a", User: "bob", At: first.Add(time.Minute)},
		{Change: "a", User: "ann", At: first.Add(2 * time.Minute)}, {Change: "b", User: "ann", At: first}})
	wantCode(t, s.Acknowledge(t.Context(), "a", ""), triage.Invalid)
	wantCode(t, s.Acknowledge(t.Context(), "", "ann"), triage.Invalid)
}
