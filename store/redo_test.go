package store

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"readback/triage"
)

// redoDesk is a store with one degraded ticket and a worker to read it again.
type redoDesk struct {
	*Store
	now    atomic.Int64
	worker *redoWorker
	id     string
	ready  bool
	tries  int
}

// newRedoDesk makes the worker triage with read; nil reads well.
func newRedoDesk(t *testing.T, read func(d *redoDesk) (triage.Result, error)) *redoDesk {
	d := &redoDesk{ready: true}
	d.now.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixMicro())
	d.Store = openTest(t, Options{Clock: func() time.Time { return time.UnixMicro(d.now.Load()).UTC() }})
	d.worker = &redoWorker{store: d.Store, o: WorkOptions{
		ModelReady: func(context.Context) bool { return d.ready },
		Triage: func(ctx context.Context, _ *triage.Ticket, prev *triage.Result) (triage.Result, error) {
			if !triage.IsBackfill(ctx) || prev == nil || prev.Version != 1 {
				t.Errorf("backfill %v, previous %+v", triage.IsBackfill(ctx), prev)
			}
			d.tries++
			if read == nil {
				return triage.Result{}, nil
			}
			return read(d)
		}}.withDefaults()}
	r, err := d.Receive(t.Context(), email("a"))
	if err != nil {
		t.Fatal(err)
	}
	d.id = r.TicketID
	d.save(t, triage.ExtractorInfo{Name: "offline", Degraded: true})
	return d
}

func (d *redoDesk) save(t *testing.T, by triage.ExtractorInfo) {
	t.Helper()
	tk, err := d.Ticket(t.Context(), d.id)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.TakeLease(t.Context(), d.id, "test", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveResult(t.Context(), &tk, &triage.Result{CoveredSeq: tk.LastSeq, At: d.Store.now(), Extractor: by}, "test"); err != nil {
		t.Fatal(err)
	}
}

// work runs the job that a sweep would have made for the first version.
func (d *redoDesk) work(t *testing.T) error {
	return d.worker.Work(t.Context(), &river.Job[redoArgs]{Args: redoArgs{Ticket: d.id, Version: 1}})
}

// want checks what the sweep finds, and the ticket's version and tries.
func (d *redoDesk) want(t *testing.T, swept int, version int64, tries int) {
	t.Helper()
	n, err := d.sweepDegraded(t.Context())
	tk, terr := d.Ticket(t.Context(), d.id)
	if err != nil || terr != nil || n != swept || tk.Version != version || d.tries != tries {
		t.Errorf("swept %d, version %d, %d tries (%v, %v), want %d, %d, %d", n, tk.Version, d.tries, err, terr, swept, version, tries)
	}
}

func TestRedo(t *testing.T) {
	d := newRedoDesk(t, nil)
	d.want(t, 1, 1, 0)
	for range 2 { // the second finds nothing to do
		if err := d.work(t); err != nil {
			t.Fatal(err)
		}
		d.want(t, 0, 2, 1)
	}
	var leases int
	if err := d.reader.QueryRow(`SELECT count(*) FROM leases`).Scan(&leases); err != nil || leases != 0 {
		t.Errorf("%d leases left, %v", leases, err)
	}
}

func TestRedoNotReady(t *testing.T) {
	d := newRedoDesk(t, nil)
	d.ready = false
	if err := d.work(t); err != nil {
		t.Fatal(err)
	}
	d.want(t, 1, 1, 0)
}

// A ticket that no model can read is tried less and less often.
func TestRedoWaitsLonger(t *testing.T) {
	for name, read := range map[string]func(*redoDesk) (triage.Result, error){
		"degraded": func(*redoDesk) (triage.Result, error) {
			return triage.Result{Extractor: triage.ExtractorInfo{Degraded: true}}, nil
		},
		"error": func(*redoDesk) (triage.Result, error) { return triage.Result{}, errors.New("no luck") },
		"panic": func(*redoDesk) (triage.Result, error) { panic("worse") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newRedoDesk(t, read)
			for i, wait := range []time.Duration{time.Minute, 4 * time.Minute, 16 * time.Minute, 64 * time.Minute, 256 * time.Minute, 1024 * time.Minute, 24 * time.Hour, 24 * time.Hour} {
				d.want(t, 1, 1, i)
				if err := d.work(t); err != nil {
					t.Fatal(err)
				}
				d.now.Add((wait - time.Second).Microseconds())
				d.want(t, 0, 1, i+1)
				d.now.Add(time.Second.Microseconds())
			}
			d.want(t, 1, 1, 8)
		})
	}
}

// When the model went away in the middle, the try says nothing of the ticket.
func TestRedoModelGoes(t *testing.T) {
	d := newRedoDesk(t, func(d *redoDesk) (triage.Result, error) {
		d.ready = false
		return triage.Result{}, triage.Errorf(triage.Unavailable, "no model")
	})
	if err := d.work(t); err != nil {
		t.Fatal(err)
	}
	d.want(t, 1, 1, 1)
}

// What happens to a ticket while it is read again wins.
func TestRedoLosesRaces(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		meanwhile func(d *redoDesk) error
		version   int64
	}{
		"resolved": {func(d *redoDesk) error { return d.SetState(ctx, d.id, triage.StateResolved) }, 1},
		"erased": {func(d *redoDesk) error {
			_, err := d.erase(ctx, "ann@shop.example", "test", false)
			return err
		}, 1},
		"merged": {func(d *redoDesk) error {
			r, err := d.Receive(ctx, email("b"))
			return errors.Join(err, d.Merge(ctx, d.id, r.TicketID, "test"))
		}, 1},
		"corrected": {func(d *redoDesk) error {
			_, err := d.AddCorrection(ctx, triage.Correction{TicketID: d.id, Matter: "m1", What: "kind", Value: "setup", Role: triage.RoleAgent, Who: "test"})
			return err
		}, 1},
		"a new message": {func(d *redoDesk) error {
			in := email("a")
			in.MessageKey = "a2"
			_, err := d.Receive(ctx, in)
			return err
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newRedoDesk(t, func(d *redoDesk) (triage.Result, error) { return triage.Result{}, c.meanwhile(d) })
			if err := d.work(t); err != nil {
				t.Fatal(err)
			}
			d.want(t, 0, c.version, 1)
		})
	}
}

// A ticket that waits for a worker goes first, and one whose message came just
// now does not wait yet.
func TestRedoAfterNewer(t *testing.T) {
	d := newRedoDesk(t, nil)
	other, err := d.Receive(t.Context(), email("b"))
	if err != nil {
		t.Fatal(err)
	}
	d.now.Add((redoPatience).Microseconds())
	var snooze *river.JobSnoozeError
	if err := d.work(t); !errors.As(err, &snooze) {
		t.Errorf("got %v, want a snooze", err)
	}
	d.want(t, 1, 1, 0)
	if err := d.TakeLease(t.Context(), other.TicketID, "worker", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Receive(t.Context(), email("c")); err != nil {
		t.Fatal(err)
	}
	if err := d.work(t); err != nil {
		t.Fatal(err)
	}
	d.want(t, 0, 2, 1)
}
