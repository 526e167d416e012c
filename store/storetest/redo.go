package storetest

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// model is a triage whose model can be there or not.
type model struct {
	there atomic.Bool
	redos atomic.Int32
}

func (m *model) triage(ctx context.Context, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	r, err := covering(ctx, t, prev)
	there := m.there.Load()
	if triage.IsBackfill(ctx) {
		m.redos.Add(1)
	}
	r.Extractor = triage.ExtractorInfo{Name: "llm"}
	if !there {
		r.Extractor = triage.ExtractorInfo{Name: "offline", Degraded: true}
	}
	return r, err
}

func (m *model) ready(context.Context) bool { return m.there.Load() }

func (m *model) options() store.WorkOptions {
	return store.WorkOptions{Triage: m.triage, ModelReady: m.ready, Sweep: 20 * time.Millisecond}
}

// degradedTicket receives a message and waits for its degraded result.
func degradedTicket(t *testing.T, s *store.Store, events <-chan store.Event, key string) string {
	t.Helper()
	id := receive(t, s, inbound(key, key)).TicketID
	equal(t, "triaged", next(t, events, store.EventTriaged).TicketID, id)
	if r, err := s.Result(t.Context(), id); err != nil || !r.Extractor.Degraded {
		t.Fatalf("got %+v, %v, want a degraded result", r, err)
	}
	return id
}

// RedoReadsAgain what was degraded, once a model is there, once, and leaves the
// rest: the resolved, the erased, the merged.
func RedoReadsAgain(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	events, stopWatch := s.Watch()
	defer stopWatch()
	m := &model{}
	work(t, s, m.options())
	id := degradedTicket(t, s, events, "a")
	resolved := degradedTicket(t, s, events, "resolved")
	if err := s.SetState(t.Context(), resolved, triage.StateResolved); err != nil {
		t.Fatal(err)
	}
	target, source := degradedTicket(t, s, events, "target"), degradedTicket(t, s, events, "source")
	if err := s.Merge(t.Context(), source, target, "case"); err != nil {
		t.Fatal(err)
	}
	equal(t, "after the merge", next(t, events, store.EventTriaged).TicketID, target)
	if err := s.SetState(t.Context(), target, triage.StateResolved); err != nil {
		t.Fatal(err)
	}
	gone := inbound("gone", "gone")
	gone.Customer.Email = "gone@elsewhere.example"
	erased := receive(t, s, gone).TicketID
	next(t, events, store.EventTriaged)
	if _, err := s.Erase(t.Context(), "gone@elsewhere.example", "case"); err != nil {
		t.Fatal(err)
	}
	before := ticket(t, s, id)

	m.there.Store(true)
	equal(t, "read again", next(t, events, store.EventTriaged).TicketID, id)
	r, err := s.Result(t.Context(), id)
	if err != nil || r.Extractor.Degraded || r.Version != 2 || r.CoveredSeq != 1 {
		t.Errorf("got %+v, %v, want a second version by the model", r, err)
	}
	equal(t, "place in the list", ticket(t, s, id).UpdatedAt, before.UpdatedAt)
	// A ticket that comes now shows that sweeps went by and found nothing more.
	last := receive(t, s, inbound("last", "last")).TicketID
	equal(t, "last", next(t, events, store.EventTriaged).TicketID, last)
	equal(t, "redos", m.redos.Load(), int32(1))
	for name, id := range map[string]string{"resolved": resolved, "erased": erased} {
		if got := ticket(t, s, id); got.Version != 1 {
			t.Errorf("the %s ticket has version %d", name, got.Version)
		}
	}
}

// RedoAfterNewer: no ticket is read again while a newer one waits for a worker.
func RedoAfterNewer(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	events, stopWatch := s.Watch()
	defer stopWatch()
	busy, goOn := make(chan string, 10), make(chan bool)
	m := &model{}
	o := m.options()
	o.Workers = 1
	o.Triage = func(ctx context.Context, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		if tk.Subject == "slow" {
			busy <- tk.ID
			<-goOn
		}
		return m.triage(ctx, tk, prev)
	}
	work(t, s, o)
	old := degradedTicket(t, s, events, "old")
	slow := func(key string) string {
		in := inbound(key, key)
		in.Subject = "slow"
		return receive(t, s, in).TicketID
	}
	first := slow("first")
	equal(t, "under way", <-busy, first) // the only worker
	second := slow("second")
	c.Add(10 * time.Second) // which waits for it
	m.there.Store(true)
	goOn <- true
	equal(t, "first", next(t, events, store.EventTriaged).TicketID, first)
	equal(t, "under way", <-busy, second)
	// Nobody waits any more, only somebody is at work.
	equal(t, "old", next(t, events, store.EventTriaged).TicketID, old)
	goOn <- true
	equal(t, "second", next(t, events, store.EventTriaged).TicketID, second)
}

// RedoAfterKill: the process died in the middle of a redo; the next one does it.
func RedoAfterKill(t *testing.T, db Database) {
	c := newClock()
	dead := open(t, db, c.options())
	events, stopWatch := dead.Watch()
	m := &model{}
	stop := work(t, dead, m.options())
	id := degradedTicket(t, dead, events, "a")
	stopWatch()
	stop()
	if err := dead.TakeLease(t.Context(), id, "dead", 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(`INSERT INTO river_job (args, kind, queue, max_attempts, state, attempt, attempted_at)
		VALUES ('{"ticket":"` + id + `","version":1,"run":"dead"}', 'redo', 'redo', 1, 'running', 1, CURRENT_TIMESTAMP)`); err != nil {
		t.Fatal(err)
	}
	c.Add(21 * time.Second)
	m.there.Store(true)
	s := open(t, db, c.options())
	events, stopWatch = s.Watch()
	defer stopWatch()
	work(t, s, m.options())
	equal(t, "ticket", next(t, events, store.EventTriaged).TicketID, id)
	r, err := s.Result(t.Context(), id)
	if err != nil || r.Version != 2 || r.Extractor.Degraded {
		t.Errorf("got %+v, %v", r, err)
	}
}

// WorkChatFirst: of the tickets that wait for a worker those that chat go first.
func WorkChatFirst(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	events, stopWatch := s.Watch()
	defer stopWatch()
	var mails, chats []string
	for i := range 3 {
		mails = append(mails, receive(t, s, inbound(fmt.Sprint("mail", i), "")).TicketID)
		in := inbound(fmt.Sprint("chat", i), "")
		in.Messages[0].Channel = triage.ChannelChat
		chats = append(chats, receive(t, s, in).TicketID)
	}
	work(t, s, store.WorkOptions{Triage: covering, Workers: 1, ChatWait: -1})
	for _, want := range append(chats, mails...) {
		equal(t, "ticket", next(t, events, store.EventTriaged).TicketID, want)
	}
}

// SpendingAddsUp by day and survives the process.
func SpendingAddsUp(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	at := time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)
	charge := func(at time.Time, model string, usd float64) {
		t.Helper()
		if err := s.Charge(t.Context(), at, model, triage.Usage{PromptTokens: 1000, CompletionTokens: 10, CostUSD: usd, Unpriced: usd == 0}); err != nil {
			t.Fatal(err)
		}
	}
	charge(at, "large", 0.25)
	charge(at, "large", 0.000000123)
	charge(at, "small", 0.5)
	charge(at, "other", 0)
	charge(at.Add(time.Minute), "large", 8)
	for at, want := range map[time.Time]float64{at: 0.750000123, at.Add(time.Minute): 8, at.Add(-24 * time.Hour): 0,
		at.In(time.FixedZone("east", 3600)): 0.750000123} {
		again := open(t, db, store.Options{})
		got, err := again.Spent(t.Context(), at)
		if err != nil || math.Abs(got-want) > 1e-10 {
			t.Errorf("%v: spent %v, %v, want %v", at, got, err, want)
		}
	}
}
