package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readback/knowledge"
	"readback/store"
	"readback/triage"
)

// ResultVersions stores one result after another, with messages between.
func ResultVersions(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	before := ticket(t, s, id)
	receive(t, s, inbound("conv", "m2")) // while the first is triaged
	lease(t, s, id)
	first := triage.Result{CoveredSeq: 1, At: c.Now(), Brief: triage.Brief{Language: "en", Kind: triage.KindSetup,
		Urgency: triage.UrgencyHigh, Request: triage.Request{Text: "HTTPS \x00 links"}},
		Position: &triage.LeadingPosition{Matter: "m1", Procedure: "https", Position: triage.Position{
			Next: &triage.Next{Step: "switch-on", By: knowledge.Staff, Capability: "x"}, Effort: triage.EffortExhausted}},
		Effort: triage.EffortExhausted,
		Route:  triage.Route{Action: triage.Assign, Tier: "l2"}, Extractor: triage.ExtractorInfo{Degraded: true}}
	if err := s.SaveResult(t.Context(), &before, &first, "case"); err != nil {
		t.Fatal(err)
	}
	got, err := s.Result(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "result", *got, first)
	equal(t, "version", got.Version, 1)
	now := ticket(t, s, id)
	equal(t, "triaged", []int64{now.Triaged, now.LastSeq, now.Version}, []int64{1, 2, 1})
	page, err := s.Tickets(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	sum := page.Tickets[0]
	equal(t, "summary", []any{sum.Kind, sum.Language, sum.Request, sum.Procedure, sum.NextStep, sum.NextBy, sum.Effort, sum.Urgency, sum.Degraded, sum.Waiting},
		[]any{triage.KindSetup, "en", "HTTPS   links", "https", "switch-on", knowledge.Staff, triage.EffortExhausted, triage.UrgencyHigh, true, true})

	second := save(t, s, id, triage.Route{Tier: "l1"})
	equal(t, "second version", second.Version, 2)
	got, err = s.Result(t.Context(), id)
	if err != nil || got.Route.Tier != "l1" || got.CoveredSeq != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Reread: a ticket that is to be read anew waits as though nothing of it had
// been read, and keeps its result until then.
func Reread(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	receive(t, s, inbound("conv", "m2"))
	save(t, s, id, triage.Route{Tier: "l1"})
	if err := s.Reread(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	now := ticket(t, s, id)
	equal(t, "waits", []int64{now.Triaged, now.LastSeq}, []int64{0, 2})
	if r, err := s.Result(t.Context(), id); err != nil || r.Route.Tier != "l1" {
		t.Errorf("result %+v, %v", r, err)
	}
	equal(t, "second version", save(t, s, id, triage.Route{Tier: "l2"}).Version, 2)
	wantCode(t, s.Reread(t.Context(), "tkt_none"), triage.NotFound)
	other := receive(t, s, inbound("other", "m3")).TicketID
	if err := s.Merge(t.Context(), other, id, "lee"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Reread(t.Context(), other), triage.Conflict)
}

func lease(t *testing.T, s *store.Store, id string) {
	t.Helper()
	if err := s.TakeLease(t.Context(), id, "case", time.Minute); err != nil {
		t.Fatal(err)
	}
}

// ResultConflict: of two results made from the same state one is stored.
func ResultConflict(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	old := ticket(t, s, id)
	save(t, s, id, triage.Route{Tier: "l1"})
	lease(t, s, id)
	r := triage.Result{CoveredSeq: 1, Route: triage.Route{Tier: "l2"}}
	wantCode(t, s.SaveResult(t.Context(), &old, &r, "case"), triage.Conflict)
	now := ticket(t, s, id)
	wantCode(t, s.SaveResult(t.Context(), &now, &r, "stranger"), triage.Conflict)
	got, err := s.Result(t.Context(), id)
	if err != nil || got.Route.Tier != "l1" || got.Version != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	// The conflict left the lease alone.
	if err := s.SaveResult(t.Context(), &now, &r, "case"); err != nil {
		t.Error(err)
	}
}

// ResultCovers refuses a result that goes back or covers what is not there.
func ResultCovers(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	save(t, s, id, triage.Route{Tier: "l1"})
	now := ticket(t, s, id)
	for _, seq := range []int64{0, 2} {
		lease(t, s, id)
		wantCode(t, s.SaveResult(t.Context(), &now, &triage.Result{CoveredSeq: seq}, "case"), triage.Invalid)
	}
}

// LeaseExcludes: one owner at a time, until it releases or the time is over.
func LeaseExcludes(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	ctx := t.Context()
	id := receive(t, s, inbound("conv", "m1")).TicketID
	var got atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if s.TakeLease(context.Background(), id, string(rune('A'+i)), time.Minute) == nil {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	equal(t, "owners", got.Load(), int32(1))

	c.Add(time.Minute)
	if err := s.TakeLease(ctx, id, "x", time.Minute); err != nil {
		t.Fatal(err)
	}
	c.Add(50 * time.Second)
	if err := s.TakeLease(ctx, id, "x", time.Minute); err != nil { // prolonged
		t.Fatal(err)
	}
	c.Add(50 * time.Second)
	wantCode(t, s.TakeLease(ctx, id, "y", time.Minute), triage.Conflict)
	if err := s.ReleaseLease(ctx, id, "y"); err != nil {
		t.Error(err)
	}
	wantCode(t, s.TakeLease(ctx, id, "y", time.Minute), triage.Conflict)
	if err := s.ReleaseLease(ctx, id, "x"); err != nil {
		t.Error(err)
	}
	if err := s.TakeLease(ctx, id, "y", time.Minute); err != nil {
		t.Error(err)
	}
}

// SetStateSets the state and refuses unknown ones.
func SetStateSets(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	if err := s.SetState(t.Context(), id, triage.StateResolved); err != nil {
		t.Fatal(err)
	}
	equal(t, "state", ticket(t, s, id).State, triage.StateResolved)
	wantCode(t, s.SetState(t.Context(), id, "asleep"), triage.Invalid)
	wantCode(t, s.SetState(t.Context(), "tkt_none", triage.StateOpen), triage.NotFound)
}

// WatchTells each change after its commit, and never waits for a reader.
func WatchTells(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	events, stop := s.Watch()
	idle, stopIdle := s.Watch()
	id := receive(t, s, inbound("conv", "m1")).TicketID
	receive(t, s, inbound("conv", "m1")) // a duplicate is no event
	save(t, s, id, triage.Route{Tier: "l2"})
	if err := s.SetState(t.Context(), id, triage.StateWaiting); err != nil {
		t.Fatal(err)
	}
	for _, want := range []store.Event{{Kind: store.EventReceived, TicketID: id},
		{Kind: store.EventTriaged, TicketID: id, Tier: "l2"}, {Kind: store.EventState, TicketID: id, Tier: "l2"}} {
		equal(t, "event", <-events, want)
	}
	for range 500 {
		if err := s.SetState(t.Context(), id, triage.StateOpen); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	stop()
	stopIdle()
	n := 0
	for range idle {
		n++
	}
	if n == 0 || n > 503 {
		t.Errorf("the idle watcher got %d events", n)
	}
}
