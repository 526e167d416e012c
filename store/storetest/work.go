package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// work runs Work until the returned function, or the case, ends it.
func work(t *testing.T, s *store.Store, o store.WorkOptions) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Work(ctx, o) }()
	stopped := false
	stop = func() {
		cancel()
		if !stopped {
			stopped = true
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

// next waits for an event of that kind.
func next(t *testing.T, events <-chan store.Event, kind string) store.Event {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case e := <-events:
			if e.Kind == kind {
				return e
			}
		case <-timeout:
			t.Fatalf("no event %q", kind)
		}
	}
}

// covering returns a triage that says how many messages it read.
func covering(_ context.Context, t *triage.Ticket, _ *triage.Result) (triage.Result, error) {
	return triage.Result{CoveredSeq: t.LastSeq, Route: triage.Route{Action: triage.Assign, Tier: fmt.Sprint("read", len(t.Messages))}}, nil
}

// WorkTriages what comes before and while it works, and stops when told.
func WorkTriages(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	events, stopWatch := s.Watch()
	defer stopWatch()
	before := receive(t, s, inbound("a", "a")).TicketID
	stop := work(t, s, store.WorkOptions{Triage: covering})
	equal(t, "first", next(t, events, store.EventTriaged).TicketID, before)
	start := time.Now()
	while := receive(t, s, inbound("b", "b")).TicketID
	equal(t, "second", next(t, events, store.EventTriaged).TicketID, while)
	if took := time.Since(start); took > 1500*time.Millisecond {
		t.Errorf("a message waited %v for its triage", took)
	}
	r, err := s.Result(t.Context(), while)
	if err != nil || r.Version != 1 || r.CoveredSeq != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
	stop()
	wantCode(t, s.Work(t.Context(), store.WorkOptions{}), triage.Invalid)
}

// WorkWaitsForChat: messages that follow each other get one triage; a chat that
// never rests is triaged all the same.
func WorkWaitsForChat(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	events, stopWatch := s.Watch()
	defer stopWatch()
	say := func(key string) string {
		in := inbound("conv", key)
		in.Messages[0].Channel = triage.ChannelChat
		return receive(t, s, in).TicketID
	}
	id := say("m1")
	say("m2")
	say("m3")
	// The clock stands still, so the chat does not rest, until the clock moves.
	work(t, s, store.WorkOptions{Triage: covering, ChatWait: 200 * time.Millisecond, ChatWaitMax: 10 * time.Second})
	other := receive(t, s, inbound("mail", "mail")).TicketID // overtakes
	equal(t, "mail", next(t, events, store.EventTriaged).TicketID, other)
	c.Add(150 * time.Millisecond)
	say("m4")
	c.Add(150 * time.Millisecond)
	if _, err := s.Result(t.Context(), id); triage.CodeOf(err) != triage.NotFound {
		t.Error("the chat was triaged while it went on")
	}
	c.Add(time.Second)
	equal(t, "tier", next(t, events, store.EventTriaged).Tier, "read4")
	r, err := s.Result(t.Context(), id)
	if err != nil || r.Version != 1 {
		t.Errorf("got %+v, %v: want one triage for four messages", r, err)
	}
}

// WorkRetries after an error and after a panic.
func WorkRetries(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	events, stopWatch := s.Watch()
	defer stopWatch()
	var tries atomic.Int32
	work(t, s, store.WorkOptions{Triage: func(ctx context.Context, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		switch tries.Add(1) {
		case 1:
			return triage.Result{}, errors.New("no luck")
		case 2:
			panic("worse")
		}
		return covering(ctx, tk, prev)
	}})
	id := receive(t, s, inbound("a", "a")).TicketID
	equal(t, "ticket", next(t, events, store.EventTriaged).TicketID, id)
	equal(t, "tries", tries.Load(), int32(3))
}

// WorkAfterKill opens a database whose process died in the middle of a triage:
// the lease is there, its job runs for ever. Once the lease has run out the
// sweep triages the ticket, and the others do not wait for it.
func WorkAfterKill(t *testing.T, db Database) {
	c := newClock()
	dead := open(t, db, c.options())
	var ids []string
	for i := range 10 {
		ids = append(ids, receive(t, dead, inbound(fmt.Sprint(i), "")).TicketID)
	}
	if err := dead.TakeLease(t.Context(), ids[0], "dead", 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP`); err != nil {
		t.Fatal(err)
	}

	c.Add(time.Second)
	s := open(t, db, c.options())
	events, stopWatch := s.Watch()
	defer stopWatch()
	work(t, s, store.WorkOptions{Triage: covering, Sweep: 50 * time.Millisecond})
	for range ids[1:] {
		if next(t, events, store.EventTriaged).TicketID == ids[0] {
			t.Fatal("a ticket with a live lease was triaged")
		}
	}
	c.Add(20 * time.Second)
	equal(t, "ticket", next(t, events, store.EventTriaged).TicketID, ids[0])
	for _, id := range ids {
		r, err := s.Result(t.Context(), id)
		if err != nil || r.Version != 1 {
			t.Errorf("got %+v, %v: want one result", r, err)
		}
	}
}

// WorkPrevious gives each triage the result before it, and a message that comes
// while one runs gets its own.
func WorkPrevious(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	events, stopWatch := s.Watch()
	defer stopWatch()
	started, goOn := make(chan bool), make(chan bool)
	work(t, s, store.WorkOptions{Triage: func(ctx context.Context, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		if prev == nil {
			started <- true
			<-goOn
		} else if prev.Version != 1 || prev.CoveredSeq != 1 {
			return triage.Result{}, fmt.Errorf("got previous %+v", prev)
		}
		return covering(ctx, tk, prev)
	}})
	id := receive(t, s, inbound("a", "m1")).TicketID
	<-started
	receive(t, s, inbound("a", "m2"))
	close(goOn)
	equal(t, "first", next(t, events, store.EventTriaged).Tier, "read1")
	equal(t, "second", next(t, events, store.EventTriaged).Tier, "read2")
	got := ticket(t, s, id)
	equal(t, "progress", []int64{got.Triaged, got.LastSeq, got.Version}, []int64{2, 2, 2})
}

// WorkLongerThanLease: a lease is prolonged while the triage lasts, so no
// other process that works on the same database starts on the ticket.
func WorkLongerThanLease(t *testing.T, db Database) {
	const lease = 150 * time.Millisecond
	var tries atomic.Int32
	o := store.WorkOptions{Lease: lease, Sweep: 20 * time.Millisecond,
		Triage: func(ctx context.Context, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
			tries.Add(1)
			select {
			case <-ctx.Done():
			case <-time.After(10 * lease): // and longer than a worker waits before it looks again
			}
			return covering(ctx, tk, prev)
		}}
	a, b := open(t, db, store.Options{}), open(t, db, store.Options{})
	inA, stopA := a.Watch()
	defer stopA()
	inB, stopB := b.Watch()
	defer stopB()
	receive(t, a, inbound("a", "m1"))
	work(t, a, o)
	work(t, b, o)
	for timeout := time.After(20 * time.Second); ; {
		select {
		case e := <-inA:
			if e.Kind != store.EventTriaged {
				continue
			}
		case <-inB:
		case <-timeout:
			t.Fatal("nobody triaged the ticket")
		}
		break
	}
	equal(t, "tries", tries.Load(), int32(1))
}

// NewerSchemaRefused: a database of a newer program is refused in plain words.
func NewerSchemaRefused(t *testing.T, db Database) {
	open(t, db, store.Options{}).Close()
	if err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(store.Options{})
	if err == nil {
		s.Close()
	}
	wantCode(t, err, triage.Invalid)
	t.Log(triage.MessageOf(err))
}
