package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// RetainErases the text of tickets that were resolved long ago, with those
// merged into them, and of old arrivals that nobody understood; once.
func RetainErases(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	old, merged, _ := threads(t, s, c)
	ok(t, s.Merge(t.Context(), merged, old, "lee"))
	save(t, s, old, triage.Route{Tier: "l1"})
	correct(t, s, triage.Correction{TicketID: old, Matter: "m1", What: "kind", Value: "setup", Who: "lee", Role: triage.RoleAgent, Why: "words"})
	openTicket := receive(t, s, inbound("open", "open")).TicketID
	_, err := s.KeepUnparsed(t.Context(), "mail", "", []byte("words"), "mime")
	ok(t, err)
	ok(t, s.SetState(t.Context(), old, triage.StateResolved))
	c.Add(30 * 24 * time.Hour)
	young := receive(t, s, inbound("young", "young")).TicketID
	ok(t, s.SetState(t.Context(), young, triage.StateResolved))

	retain := func() store.Erasure {
		t.Helper()
		e, err := s.Retain(t.Context(), c.Now().Add(-29*24*time.Hour))
		ok(t, err)
		return e
	}
	equal(t, "erased", retain(), store.Erasure{Tickets: 2, Messages: 5, Raws: 5, Briefs: 1, Corrections: 1, Unparsed: 1})
	equal(t, "again", retain(), store.Erasure{})
	got := ticket(t, s, old)
	equal(t, "ticket", []any{got.Subject, got.Customer, got.LastSeq, got.Triaged, got.State},
		[]any{"", triage.Customer{}, int64(5), int64(5), triage.StateResolved})
	for _, m := range got.Messages {
		raw, _, err := s.Raw(t.Context(), m.ID)
		equal(t, "text and raw", []any{m.Text, len(raw), err}, []any{"", 0, nil})
	}
	equal(t, "corrections", values(t, s, old), []string{})
	equal(t, "open", order(t, s, openTicket), []string{"open"})
	equal(t, "young", order(t, s, young), []string{"young"})

	// A word in the old conversation reopens it and starts its time anew.
	equal(t, "ticket", receive(t, s, inbound("b", "b3")).TicketID, old)
	equal(t, "erased", retain(), store.Erasure{})
	ok(t, s.SetState(t.Context(), old, triage.StateResolved))
	c.Add(30 * 24 * time.Hour)
	equal(t, "erased", []int{retain().Tickets}, []int{3}) // with the tombstone and the young one
}

// WorkRetains erases once a day while it works.
func WorkRetains(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	ok(t, s.SetState(t.Context(), id, triage.StateResolved))
	c.Add(48 * time.Hour)
	work(t, s, store.WorkOptions{Triage: covering, Retention: 24 * time.Hour})
	text := "x"
	for end := time.Now().Add(20 * time.Second); text != "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		text = ticket(t, s, id).Messages[0].Text
	}
	equal(t, "text", text, "")
}

// EraseTakesOne customer and no other; a dry run takes nothing.
func EraseTakesOne(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, _ := threads(t, s, c)
	save(t, s, a, triage.Route{Tier: "l1"})
	save(t, s, b, triage.Route{Tier: "l2"})
	want := store.Erasure{Tickets: 1, Messages: 3, Raws: 3, Briefs: 1}
	dry, err := s.CountErasure(t.Context(), "a@shop.example")
	ok(t, err)
	equal(t, "counted", dry, want)
	equal(t, "before", order(t, s, a), []string{"a1", "a2", "a3"})
	got, err := s.Erase(t.Context(), "A@shop.example", "lee")
	ok(t, err)
	equal(t, "erased", got, want)
	for _, m := range ticket(t, s, a).Messages {
		equal(t, "text", m.Text, "")
	}
	r, err := s.Result(t.Context(), a)
	ok(t, err)
	equal(t, "figures", []any{r.Route.Tier, r.CoveredSeq}, []any{"l1", int64(3)})
	equal(t, "other", order(t, s, b), []string{"b1", "b2"})
	equal(t, "duplicate", receive(t, s, inbound("a", "a1")).Duplicate, true)
	_, err = s.Erase(t.Context(), "a@shop.example", "lee")
	wantCode(t, err, triage.NotFound)
	_, err = s.Erase(t.Context(), "", "lee")
	wantCode(t, err, triage.Invalid)
}

// WorkAfterErase: the triage after an erasure or a split gets no result that
// rests on what is gone; the one after a correction gets the last.
func WorkAfterErase(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	ok(t, s.Merge(t.Context(), b, a, "lee"))
	events, stopWatch := s.Watch()
	defer stopWatch()
	var had sync.Map // by ticket
	work(t, s, store.WorkOptions{Triage: func(_ context.Context, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		had.Store(tk.ID, prev != nil && prev.CoveredSeq > 0)
		c.Add(time.Millisecond)
		e := triage.Evidence{Kind: triage.EvidenceQuote, Message: 2, MessageID: tk.Messages[len(tk.Messages)-1].ID}
		return triage.Result{At: c.Now(), Brief: triage.Brief{Symptoms: []triage.Symptom{{Evidence: []triage.Evidence{e}}}}}, nil
	}})
	previous := func(id string) any {
		v, _ := had.Load(id)
		return v
	}
	step := func(what string, want bool) {
		t.Helper()
		equal(t, "ticket "+what, next(t, events, store.EventTriaged).TicketID, a)
		equal(t, "a previous result "+what, previous(a), want)
	}
	step("at first", false)
	correct(t, s, triage.Correction{TicketID: a, Matter: "m1", What: "kind", Value: "setup", Who: "lee", Role: triage.RoleAgent})
	step("after a correction", true)
	_, err := s.Erase(t.Context(), "b@shop.example", "lee")
	ok(t, err)
	step("after an erasure", false)
	receive(t, s, inbound("a", "a4"))
	step("after a message", true)
	fresh, err := s.Split(t.Context(), a, []string{ids["a3"]}, "lee")
	ok(t, err)
	next(t, events, store.EventTriaged)
	next(t, events, store.EventTriaged)
	equal(t, "previous results after a split", []any{previous(a), previous(fresh)}, []any{true, false})
	equal(t, "new ticket", order(t, s, fresh), []string{"a3"})
}
