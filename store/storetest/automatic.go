package storetest

import (
	"slices"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// AutomaticOnce checks that the desk tells a customer something by itself once
// for the same words, not when somebody wrote since or took it back, not when
// nothing carries it out, and no more than three times a day.
func AutomaticOnce(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	save(t, s, id, assign("l2"))
	tell := func() error {
		return s.TellCustomer(t.Context(), id, ticket(t, s, id).LastSeq, "We saw it.", triage.StateWaiting, 0)
	}
	again := func(key string) {
		t.Helper()
		c.Add(time.Minute)
		in := inbound("a", key)
		in.TicketID = id
		receive(t, s, in)
		save(t, s, id, assign("l2"))
	}
	wantCode(t, s.TellCustomer(t.Context(), id, 7, "We saw it.", triage.StateWaiting, 0), triage.Conflict)
	wantCode(t, s.TellCustomer(t.Context(), id, 1, "", triage.StateWaiting, 0), triage.Invalid)
	wantCode(t, s.TellCustomer(t.Context(), "tkt_none", 1, "We saw it.", triage.StateWaiting, 0), triage.NotFound)
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.TellCustomer(t.Context(), id, 1, "Again.", triage.StateWaiting, 0), triage.Conflict)
	sendsHeldWith(t, s, store.EventReplied, carry)
	tk := ticket(t, s, id)
	if m := tk.Messages[len(tk.Messages)-1]; tk.State != triage.StateWaiting || m.Role != triage.RoleAgent || m.Author != "" || m.Text != "We saw it." {
		t.Errorf("told: %s %+v", tk.State, m)
	}
	wantCode(t, s.TellCustomer(t.Context(), id, 1, "We saw it.", triage.StateWaiting, 0), triage.Conflict)

	again("b")
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	held := desk(t, s, id).Held
	if len(held) != 1 || held[0].Kind != store.ReplyAutomatic {
		t.Fatalf("held: %+v", held)
	}
	if _, err := s.TakeBack(t.Context(), held[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	wantCode(t, tell(), triage.Conflict) // somebody did not want it

	again("c")
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	again("d") // before it went
	sendsHeldWith(t, s, store.EventHeld, carry)
	wantCode(t, tell(), triage.Conflict) // the fourth of the day
	c.Add(25 * time.Hour)
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	sendsHeldWith(t, s, store.EventHeld, func(*triage.Ticket, []triage.Attachment) ([]store.Delivery, error) { return nil, nil })
	tk = ticket(t, s, id)
	told := slices.DeleteFunc(tk.Messages, func(m triage.Message) bool { return m.Role != triage.RoleAgent })
	if len(told) != 1 || len(desk(t, s, id).Held) != 0 || tk.State != triage.StateOpen {
		t.Errorf("told %d times; the ticket is %s", len(told), tk.State)
	}
}

// carry is what takes an answer out.
func carry(tk *triage.Ticket, _ []triage.Attachment) ([]store.Delivery, error) {
	return []store.Delivery{{Kind: "test", Key: tk.Messages[len(tk.Messages)-1].ID}}, nil
}
