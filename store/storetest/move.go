package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// threads makes two tickets whose messages arrived in turns: a1 b1 a2 b2 a3.
func threads(t *testing.T, s *store.Store, c *clock) (a, b string, messages map[string]string) {
	t.Helper()
	messages = make(map[string]string)
	for _, m := range []string{"a1", "b1", "a2", "b2", "a3"} {
		c.Add(time.Second)
		in := inbound(m[:1], m)
		in.Customer = triage.Customer{Email: m[:1] + "@shop.example", Name: "Customer " + m[:1]}
		r := receive(t, s, in)
		messages[m] = r.MessageIDs[0]
		if m[:1] == "a" {
			a = r.TicketID
		} else {
			b = r.TicketID
		}
	}
	return a, b, messages
}

// order reads which messages a ticket has; a gap or a doubled sequence fails.
func order(t *testing.T, s *store.Store, id string) []string {
	t.Helper()
	got := ticket(t, s, id)
	out := []string{}
	for i, m := range got.Messages {
		out = append(out, m.Text[len("text of "):])
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has sequence %d", i+1, m.Seq)
		}
	}
	equal(t, "last sequence", got.LastSeq, int64(len(got.Messages)))
	return out
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// MergeKeepsOrder moves a thread into another and back: ids stay, sequences
// follow the arrival, briefs stay where they are.
func MergeKeepsOrder(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	save(t, s, a, triage.Route{Tier: "l1"})
	save(t, s, b, triage.Route{Tier: "l2"})
	ok(t, s.SetState(t.Context(), b, triage.StateWaiting))
	ok(t, s.Merge(t.Context(), b, a, "lee"))

	equal(t, "target", order(t, s, a), []string{"a1", "b1", "a2", "b2", "a3"})
	merged := ticket(t, s, a)
	equal(t, "id", merged.Messages[1].ID, ids["b1"])
	equal(t, "waits", merged.Triaged, int64(0))
	equal(t, "customer", merged.Customer.Email, "a@shop.example")
	equal(t, "source", order(t, s, b), []string{})
	equal(t, "state", ticket(t, s, b).State, store.StateMerged)
	into, err := s.MergedInto(t.Context(), b)
	equal(t, "pointer", []any{into, err}, []any{a, nil})
	into, err = s.MergedInto(t.Context(), a)
	equal(t, "pointer of a live ticket", []any{into, err}, []any{"", nil})
	_, err = s.MergedInto(t.Context(), "tkt_none")
	wantCode(t, err, triage.NotFound)
	r, err := s.Result(t.Context(), b)
	if err != nil || r.Route.Tier != "l2" {
		t.Errorf("the brief of the merged ticket: %+v, %v", r, err)
	}
	equal(t, "list", all(t, s, store.Filter{}, func() {}), []string{a})

	ok(t, s.Unmerge(t.Context(), b, "lee"))
	equal(t, "target", order(t, s, a), []string{"a1", "a2", "a3"})
	equal(t, "source", order(t, s, b), []string{"b1", "b2"})
	back := ticket(t, s, b)
	equal(t, "source", []any{back.State, back.Customer.Email, back.Triaged}, []any{triage.StateWaiting, "b@shop.example", int64(0)})
	wantCode(t, s.Unmerge(t.Context(), b, "lee"), triage.Conflict)
}

// MergeRefuses what makes no sense, and leaves everything as it was.
func MergeRefuses(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, _ := threads(t, s, c)
	third := receive(t, s, inbound("c", "c1")).TicketID
	wantCode(t, s.Merge(t.Context(), a, a, "lee"), triage.Invalid)
	wantCode(t, s.Merge(t.Context(), a, "tkt_none", "lee"), triage.NotFound)
	wantCode(t, s.Merge(t.Context(), "tkt_none", a, "lee"), triage.NotFound)
	ok(t, s.Merge(t.Context(), b, a, "lee"))
	wantCode(t, s.Merge(t.Context(), b, third, "lee"), triage.Conflict)
	wantCode(t, s.Merge(t.Context(), third, b, "lee"), triage.Conflict)
	wantCode(t, s.SetState(t.Context(), b, triage.StateOpen), triage.Conflict)
	_, err := s.Split(t.Context(), b, nil, "lee")
	wantCode(t, err, triage.Conflict)
	_, err = s.AddCorrection(t.Context(), triage.Correction{TicketID: b, Matter: "m1", What: "kind", Value: "setup", Who: "lee", Role: triage.RoleAgent})
	wantCode(t, err, triage.Conflict)
	equal(t, "target", order(t, s, a), []string{"a1", "b1", "a2", "b2", "a3"})
	equal(t, "third", order(t, s, third), []string{"c1"})
}

// MergeInChain: what arrives in a merged conversation goes to where its
// messages are; merges are undone from the last.
func MergeInChain(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	c.Add(time.Second)
	third := receive(t, s, inbound("c", "c1")).TicketID
	ok(t, s.Merge(t.Context(), b, a, "lee"))
	ok(t, s.Merge(t.Context(), a, third, "lee"))
	into, err := s.MergedInto(t.Context(), b)
	equal(t, "pointer", []any{into, err}, []any{third, nil})

	equal(t, "by key", receive(t, s, inbound("b", "b3")).TicketID, third)
	byID := inbound("", "b4")
	byID.TicketID = b
	equal(t, "by id", receive(t, s, byID).TicketID, third)
	again := receive(t, s, inbound("b", "b1"))
	equal(t, "duplicate", again, store.Receipt{TicketID: third, MessageIDs: []string{ids["b1"]}, Duplicate: true})
	equal(t, "messages", order(t, s, third), []string{"a1", "b1", "a2", "b2", "a3", "c1", "b3", "b4"})

	wantCode(t, s.Unmerge(t.Context(), b, "lee"), triage.Conflict)
	ok(t, s.Unmerge(t.Context(), a, "lee"))
	ok(t, s.Unmerge(t.Context(), b, "lee"))
	equal(t, "a", order(t, s, a), []string{"a1", "a2", "a3"})
	equal(t, "b", order(t, s, b), []string{"b1", "b2"})
	equal(t, "third", order(t, s, third), []string{"c1", "b3", "b4"})
	equal(t, "by key", receive(t, s, inbound("b", "b5")).TicketID, b)
}

// SplitTakesOut messages into a new ticket with the customer of its messages.
func SplitTakesOut(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	ok(t, s.Merge(t.Context(), b, a, "lee"))
	save(t, s, a, triage.Route{Tier: "l1"})
	fresh, err := s.Split(t.Context(), a, []string{ids["b2"], ids["b1"]}, "lee")
	ok(t, err)
	equal(t, "new", order(t, s, fresh), []string{"b1", "b2"})
	equal(t, "old", order(t, s, a), []string{"a1", "a2", "a3"})
	got, old := ticket(t, s, fresh), ticket(t, s, a)
	equal(t, "new ticket", []any{got.Customer.Email, got.Identity, got.State, got.Subject, got.Source, got.Triaged},
		[]any{"b@shop.example", triage.IdentityClaimed, triage.StateOpen, "Links over HTTPS", "mail", int64(0)})
	equal(t, "old ticket", []any{old.Triaged, old.Version}, []any{int64(0), int64(1)})
	equal(t, "later messages", receive(t, s, inbound("a", "a4")).TicketID, a)

	for name, list := range map[string][]string{"none": nil, "strange": {ids["a1"], ids["b1"]},
		"all": {ids["a1"], ids["a2"], ids["a3"], receive(t, s, inbound("a", "a4")).MessageIDs[0]}} {
		if _, err := s.Split(t.Context(), a, list, "lee"); triage.CodeOf(err) != triage.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err = s.Split(t.Context(), "tkt_none", []string{"x"}, "lee")
	wantCode(t, err, triage.NotFound)
	// Its messages are elsewhere, so the merge cannot be undone any more.
	wantCode(t, s.Unmerge(t.Context(), b, "lee"), triage.Conflict)
}

// MoveRenumbersEvidence: a brief's evidence follows its message by id, anchored
// corrections too, and a triage that read the old order stores nothing.
func MoveRenumbersEvidence(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	underWay := ticket(t, s, b)
	lease(t, s, b)
	r := triage.Result{CoveredSeq: 2, Brief: triage.Brief{Request: triage.Request{Evidence: []triage.Evidence{
		{Kind: triage.EvidenceQuote, Message: 2, MessageID: ids["b2"], Start: 0, End: 4, Quote: "text"}}}}}
	ok(t, s.SaveResult(t.Context(), &underWay, &r, "case"))
	correct(t, s, triage.Correction{TicketID: b, Anchor: triage.Anchor{MessageID: ids["b2"], Start: 0, End: 4},
		What: triage.WhatSymptom, Value: triage.NotSo, Who: "lee", Role: triage.RoleAgent})
	number := func(id string) int {
		t.Helper()
		r, err := s.Result(t.Context(), id)
		ok(t, err)
		return r.Brief.Request.Evidence[0].Message
	}
	lease(t, s, b)
	underWay = ticket(t, s, b)
	ok(t, s.Merge(t.Context(), a, b, "lee"))
	equal(t, "number", number(b), 4)
	wantCode(t, s.SaveResult(t.Context(), &underWay, &triage.Result{CoveredSeq: 2}, "case"), triage.Conflict)

	fresh, err := s.Split(t.Context(), b, []string{ids["b2"]}, "lee")
	ok(t, err)
	equal(t, "number", number(b), 0)
	equal(t, "corrections", values(t, s, fresh), []string{ids["b2"] + " symptom not_so"})
	equal(t, "corrections", values(t, s, b), []string{})
}

// MoveTriagesBoth: after a move both tickets are triaged as they are then, and
// both are told of.
func MoveTriagesBoth(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	events, stopWatch := s.Watch()
	defer stopWatch()
	work(t, s, store.WorkOptions{Triage: covering})
	next(t, events, store.EventTriaged)
	next(t, events, store.EventTriaged)
	ok(t, s.Merge(t.Context(), b, a, "lee"))
	equal(t, "told", []string{next(t, events, store.EventMerged).TicketID, next(t, events, store.EventMerged).TicketID}, []string{b, a})
	equal(t, "merged", next(t, events, store.EventTriaged), store.Event{Kind: store.EventTriaged, TicketID: a, Tier: "read5"})
	fresh, err := s.Split(t.Context(), a, []string{ids["a1"], ids["b1"]}, "lee")
	ok(t, err)
	got := make(map[string]string)
	for range 2 {
		e := next(t, events, store.EventTriaged)
		got[e.TicketID] = e.Tier
	}
	equal(t, "split", got, map[string]string{a: "read3", fresh: "read2"})
}
