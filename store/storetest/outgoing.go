package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// FilesAreKept with their bytes, under the id that the message names.
func FilesAreKept(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	in := inbound("a", "a")
	in.Messages[0].Attachments = []triage.Attachment{
		{Name: "log.txt", Type: "text/plain", Body: []byte("one\x00two")},
		{Name: "shot.png", Type: "image/png", Size: 12}, // its bytes did not come
		{Name: "empty", Body: []byte{}},
	}
	id := receive(t, s, in).TicketID
	got := ticket(t, s, id).Messages[0].Attachments
	if len(got) != 3 || got[0].ID == "" || got[0].Size != 7 || got[1].ID != "" || got[1].Size != 12 || got[2].ID == "" {
		t.Fatalf("got %+v", got)
	}
	f, of, err := s.File(t.Context(), got[0].ID, "usr_a")
	if err != nil || string(f.Body) != "one\x00two" || f.Name != "log.txt" || f.Type != "text/plain" || of != id {
		t.Errorf("got %+v of %q, %v", f, of, err)
	}
	_, _, err = s.File(t.Context(), "fil_none", "usr_a")
	wantCode(t, err, triage.NotFound)
}

// answerTo writes and sends an answer that is held for d.
func answerTo(t *testing.T, s *store.Store, id, text string, d time.Duration) store.Reply {
	t.Helper()
	if _, err := s.SaveDraft(t.Context(), id, "usr_a", text); err != nil {
		t.Fatal(err)
	}
	r, err := s.Send(t.Context(), id, "usr_a", triage.StateWaiting, d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ReplyIsSent as a message, with its files and deliveries, when its time has come.
func ReplyIsSent(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	id := receive(t, s, inbound("a", "a")).TicketID
	_, err := s.Send(t.Context(), id, "usr_a", triage.StateWaiting, 0)
	wantCode(t, err, triage.NotFound)
	if _, err := s.SaveDraft(t.Context(), id, "usr_a", "  "); err != nil {
		t.Fatal(err)
	}
	_, err = s.Send(t.Context(), id, "usr_a", triage.StateWaiting, 0)
	wantCode(t, err, triage.Invalid)
	if _, err := s.Attach(t.Context(), id, "usr_a", triage.Attachment{Name: "how.pdf", Type: "application/pdf", Body: []byte("%PDF")}); err != nil {
		t.Fatal(err)
	}
	var sent []store.Delivery
	var mu sync.Mutex
	events, stop := s.Watch()
	defer stop()
	work(t, s, store.WorkOptions{Triage: covering,
		Answer: func(tk *triage.Ticket, files []triage.Attachment) ([]store.Delivery, error) {
			last := tk.Messages[len(tk.Messages)-1]
			return []store.Delivery{{Kind: "mail", Key: last.ID, Body: append([]byte(last.Text), files[0].Body...)}}, nil
		},
		Senders: map[string]store.Sender{"mail": {Send: func(_ context.Context, d store.Delivery) store.Outcome {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, d)
			return store.Outcome{State: store.DeliverySent, Ref: "r1"}
		}}},
	})
	r := answerTo(t, s, id, "Done, **thank you**.", 0)
	next(t, events, store.EventReplied)
	next(t, events, store.EventDelivery)
	got := ticket(t, s, id)
	m := got.Messages[len(got.Messages)-1]
	equal(t, "answer", []any{m.Role, m.Author, m.Text, m.Channel, got.State, len(got.Messages)},
		[]any{triage.RoleAgent, "usr_a", "Done, **thank you**.", triage.ChannelEmail, triage.StateWaiting, 2})
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "how.pdf" {
		t.Errorf("attachments: %+v", m.Attachments)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(sent) != 1 || sent[0].TicketID != id || sent[0].MessageID != m.ID || string(sent[0].Body) != "Done, **thank you**.%PDF" || sent[0].Tries != 1 {
		t.Errorf("sent %+v", sent)
	}
	_, err = s.TakeBack(t.Context(), r.ID, "usr_a")
	wantCode(t, err, triage.Conflict)
	d, err := s.DeliveryBy(t.Context(), "mail", "", m.ID)
	if err != nil || d.State != store.DeliverySent || d.Ref != "r1" {
		t.Errorf("got %+v, %v", d, err)
	}
}

// ReplyTakenBack is a draft again, and nobody else's.
func ReplyTakenBack(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	id := receive(t, s, inbound("a", "a")).TicketID
	r := answerTo(t, s, id, "Too soon", time.Hour)
	_, err := s.SaveDraft(t.Context(), id, "usr_a", "changed")
	wantCode(t, err, triage.Conflict)
	_, err = s.TakeBack(t.Context(), r.ID, "usr_b")
	wantCode(t, err, triage.NotFound)
	if _, err := s.SaveDraft(t.Context(), id, "usr_b", "mine"); err != nil {
		t.Fatal(err)
	}
	back, err := s.TakeBack(t.Context(), r.ID, "usr_a")
	if err != nil || back.State != store.ReplyDraft || back.Text != "Too soon" {
		t.Errorf("got %+v, %v", back, err)
	}
	equal(t, "messages", len(ticket(t, s, id).Messages), 1)
	if err := s.DropDraft(t.Context(), id, "usr_a"); err != nil {
		t.Error(err)
	}
	_, err = s.Unsent(t.Context(), id, "usr_a")
	wantCode(t, err, triage.NotFound)
	other, err := s.Unsent(t.Context(), id, "usr_b")
	if err != nil || other.Text != "mine" {
		t.Errorf("got %+v, %v", other, err)
	}
}

// ReplyAfterKill: an answer that was held when the process ended is sent by the next.
func ReplyAfterKill(t *testing.T, db Database) {
	clock := newClock()
	s := open(t, db, clock.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	answerTo(t, s, id, "Late but sure", 10*time.Second)
	s.Close()
	clock.Add(time.Minute)
	s = open(t, db, clock.options())
	events, stop := s.Watch()
	defer stop()
	work(t, s, store.WorkOptions{Triage: covering})
	next(t, events, store.EventReplied)
	equal(t, "messages", len(ticket(t, s, id).Messages), 2)
}

// ReplyToMerged goes to the ticket that has the messages.
func ReplyToMerged(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	a, b := receive(t, s, inbound("a", "a")).TicketID, receive(t, s, inbound("b", "b")).TicketID
	answerTo(t, s, a, "To both", 0)
	if err := s.Merge(t.Context(), a, b, "usr_a"); err != nil {
		t.Fatal(err)
	}
	events, stop := s.Watch()
	defer stop()
	work(t, s, store.WorkOptions{Triage: covering})
	equal(t, "ticket", next(t, events, store.EventReplied).TicketID, b)
	equal(t, "messages", len(ticket(t, s, b).Messages), 3)
}

// outcomes is a sender that returns what it is told, in order.
type outcomes struct {
	mu    sync.Mutex
	queue []store.Outcome
	tries []store.Delivery
	tried chan struct{}
}

func (o *outcomes) sender(repeatable bool) map[string]store.Sender {
	o.tried = make(chan struct{}, 16)
	return map[string]store.Sender{"hook": {Repeatable: repeatable, Send: func(_ context.Context, d store.Delivery) store.Outcome {
		o.mu.Lock()
		defer o.mu.Unlock()
		defer func() { o.tried <- struct{}{} }()
		o.tries = append(o.tries, d)
		if len(o.queue) == 0 {
			return store.Outcome{State: store.DeliverySent}
		}
		out := o.queue[0]
		o.queue = o.queue[1:]
		return out
	}}}
}

func enqueue(t *testing.T, s *store.Store, ticketID, key string) store.Delivery {
	t.Helper()
	if err := s.Enqueue(t.Context(), store.Delivery{Kind: "hook", Target: "crm", Key: key, TicketID: ticketID, Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	d, err := s.DeliveryBy(t.Context(), "hook", "crm", key)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// DeliveryRetries with the same key until it is taken, or three days are over.
func DeliveryRetries(t *testing.T, db Database) {
	clock := newClock()
	s := open(t, db, clock.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	enqueue(t, s, id, "k1")
	out := &outcomes{queue: []store.Outcome{{State: store.DeliveryWaiting, Code: "http_503", After: 2 * time.Hour}, {State: store.DeliveryWaiting, Code: "timeout"}}}
	events, stop := s.Watch()
	defer stop()
	work(t, s, store.WorkOptions{Triage: covering, Senders: out.sender(true), Sweep: 20 * time.Millisecond})
	<-out.tried
	d := settled(t, s, "k1", store.DeliveryWaiting)
	equal(t, "wish", []any{d.NextAt.Sub(clock.Now()), d.Code, d.Tries}, []any{2 * time.Hour, "http_503", 1})
	clock.Add(2 * time.Hour)
	<-out.tried
	settled(t, s, "k1", store.DeliveryWaiting)
	clock.Add(time.Hour)
	<-out.tried
	next(t, events, store.EventDelivery)
	d = settled(t, s, "k1", store.DeliverySent)
	equal(t, "sent", []any{d.Tries, d.Code}, []any{3, ""})
	equal(t, "keys", []string{out.tries[0].Key, out.tries[1].Key, out.tries[2].Key}, []string{"k1", "k1", "k1"})

	out.mu.Lock()
	out.queue = []store.Outcome{{State: store.DeliveryWaiting, Code: "timeout"}, {State: store.DeliveryWaiting, Code: "http_500"}}
	out.mu.Unlock()
	enqueue(t, s, id, "k2")
	<-out.tried
	settled(t, s, "k2", store.DeliveryWaiting)
	clock.Add(4 * 24 * time.Hour)
	<-out.tried
	next(t, events, store.EventDelivery)
	equal(t, "given up", settled(t, s, "k2", store.DeliveryFailed).Code, "http_500")
}

// settled waits for a delivery to come into a state.
func settled(t *testing.T, s *store.Store, key string, state store.DeliveryState) (d store.Delivery) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var err error
		if d, err = s.DeliveryBy(t.Context(), "hook", "crm", key); err != nil {
			t.Fatal(err)
		}
		if d.State == state {
			return d
		}
	}
	t.Fatalf("delivery %s is %s, not %s", key, d.State, state)
	return d
}

// DeliveryCutOff: what a dead process was sending is tried again where the
// receiver knows the key, and is unknown elsewhere.
func DeliveryCutOff(t *testing.T, db Database) {
	for _, repeatable := range []bool{true, false} {
		clock := newClock()
		s := open(t, db, clock.options())
		key := map[bool]string{true: "again", false: "once"}[repeatable]
		id := receive(t, s, inbound("a", key)).TicketID
		enqueue(t, s, id, key)
		if err := db.Exec(`UPDATE deliveries SET state = 'sending', run = 'run_dead', tries = 1 WHERE key = '` + key + `'`); err != nil {
			t.Fatal(err)
		}
		clock.Add(3 * time.Minute)
		out := &outcomes{}
		end := work(t, s, store.WorkOptions{Triage: covering, Senders: out.sender(repeatable), Sweep: 20 * time.Millisecond})
		if repeatable {
			settled(t, s, key, store.DeliveryWaiting)
			clock.Add(time.Minute)
			settled(t, s, key, store.DeliverySent)
		} else {
			equal(t, "code", settled(t, s, key, store.DeliveryUnknown).Code, store.CodeInterrupted)
		}
		end()
		s.Close()
	}
}

// DeliveryOnce: one key is one delivery, and what is invalid is none.
func DeliveryOnce(t *testing.T, db Database) {
	s := open(t, db, store.Options{Outgoing: func(h store.Happening) []store.Delivery {
		if h.Kind != store.EventState {
			return nil
		}
		return []store.Delivery{{Kind: "hook", Target: "crm", Key: "state-" + h.TicketID, TicketID: h.TicketID}}
	}})
	id := receive(t, s, inbound("a", "a")).TicketID
	first := enqueue(t, s, id, "k")
	equal(t, "id", enqueue(t, s, id, "k").ID, first.ID)
	wantCode(t, s.Enqueue(t.Context(), store.Delivery{Kind: "hook", TicketID: id}), triage.Invalid)
	for range 2 {
		if err := s.SetState(t.Context(), id, triage.StateResolved); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.Deliveries(t.Context(), store.DeliveryFilter{TicketID: id, Limit: 1})
	if err != nil || len(page.Deliveries) != 1 || page.Next == "" {
		t.Fatalf("got %+v, %v", page, err)
	}
	rest, err := s.Deliveries(t.Context(), store.DeliveryFilter{TicketID: id, After: page.Next})
	if err != nil || len(rest.Deliveries) != 1 || rest.Next != "" {
		t.Fatalf("got %+v, %v", rest, err)
	}
	keys := []string{page.Deliveries[0].Key, rest.Deliveries[0].Key}
	slices.Sort(keys)
	equal(t, "keys", keys, []string{"k", "state-" + id})
}

// DeliveryByHand: a person tries again, settles, and a bounce comes back.
func DeliveryByHand(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	id := receive(t, s, inbound("a", "a")).TicketID
	out := &outcomes{queue: []store.Outcome{{State: store.DeliveryFailed, Code: "http_410"}, {State: store.DeliveryUnknown, Code: "cut"}}}
	events, stop := s.Watch()
	defer stop()
	work(t, s, store.WorkOptions{Triage: covering, Senders: out.sender(false)})
	d := enqueue(t, s, id, "k")
	next(t, events, store.EventDelivery)
	wantCode(t, s.Settle(t.Context(), d.ID), triage.Conflict)
	if err := s.Retry(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	next(t, events, store.EventDelivery)
	equal(t, "code", settled(t, s, "k", store.DeliveryUnknown).Code, "cut")
	if err := s.Settle(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Retry(t.Context(), d.ID), triage.Conflict)
	if err := s.Bounced(t.Context(), d.ID, "5.1.1"); err != nil {
		t.Fatal(err)
	}
	equal(t, "bounced", settled(t, s, "k", store.DeliveryFailed).Code, "5.1.1")
	wantCode(t, s.Bounced(t.Context(), "del_none", "5.1.1"), triage.NotFound)
	wantCode(t, s.Retry(t.Context(), "del_none"), triage.NotFound)
}

// EraseTakesOutgoing: files, drafts and what waits to go out.
func EraseTakesOutgoing(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	in := inbound("a", "a")
	in.Messages[0].Attachments = []triage.Attachment{{Name: "ann.txt", Body: []byte("Ann was here")}}
	id := receive(t, s, in).TicketID
	file := ticket(t, s, id).Messages[0].Attachments[0].ID
	other := inbound("b", "b")
	other.Customer.Email = "bob@other.example"
	other.Messages[0].Attachments = []triage.Attachment{{Name: "mail.txt", Body: []byte("From: ann@shop.example")}, {Name: "own.txt", Body: []byte("Bob's")}}
	kept := ticket(t, s, receive(t, s, other).TicketID).Messages[0].Attachments
	if _, err := s.SaveDraft(t.Context(), id, "usr_a", "Dear Ann"); err != nil {
		t.Fatal(err)
	}
	d := enqueue(t, s, id, "k")
	if _, err := s.Erase(t.Context(), "ann@shop.example", "cli"); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{file, kept[0].ID} {
		_, _, err := s.File(t.Context(), gone, "usr_a")
		wantCode(t, err, triage.NotFound)
	}
	if f, _, err := s.File(t.Context(), kept[1].ID, "usr_a"); err != nil || string(f.Body) != "Bob's" {
		t.Errorf("another's file: %+v, %v", f, err)
	}
	draft, err := s.Unsent(t.Context(), id, "usr_a")
	if err != nil || draft.Text != "" {
		t.Errorf("draft %+v, %v", draft, err)
	}
	left := settled(t, s, "k", store.DeliveryFailed)
	equal(t, "delivery", []any{left.Code, string(left.Body)}, []any{store.CodeErased, ""})
	if err := s.Retry(t.Context(), d.ID); triage.CodeOf(err) != triage.Conflict {
		t.Error(errors.Unwrap(err))
	}
}

// EraseStopsHeld: an answer that is held is not sent once its customer is
// erased, with or without words, and is nobody's draft any more.
func EraseStopsHeld(t *testing.T, db Database) {
	clock := newClock()
	s := open(t, db, clock.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	answerTo(t, s, id, "Dear Ann", 10*time.Second)
	if _, err := s.Attach(t.Context(), id, "usr_b", triage.Attachment{Name: "ann.txt", Body: []byte("Ann")}); err != nil {
		t.Fatal(err)
	}
	held, err := s.Send(t.Context(), id, "usr_b", triage.StateWaiting, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(t.Context(), "ann@shop.example", "cli"); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.File(t.Context(), held.Files[0].ID, "usr_a")
	wantCode(t, err, triage.NotFound)
	clock.Add(time.Minute)
	events, stop := s.Watch()
	defer stop()
	work(t, s, store.WorkOptions{Triage: covering})
	another := inbound("b", "b")
	another.Customer.Email = "bob@other.example"
	answerTo(t, s, receive(t, s, another).TicketID, "To another", 0)
	next(t, events, store.EventReplied)
	equal(t, "messages", len(ticket(t, s, id).Messages), 1)
}
