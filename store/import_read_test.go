package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/riverqueue/river"

	"readback/triage"
)

// readDesk is a store with imported tickets that can be read.
type readDesk struct {
	*Store
	t     *testing.T
	path  string
	id    string // of the import
	o     WorkOptions
	ready bool
	by    []Reading // how each ticket was read
	fails map[string]bool
}

func newReadDesk(t *testing.T, tickets int) *readDesk {
	d := &readDesk{t: t, ready: true, fails: map[string]bool{}}
	d.Store, d.path = openPast(t)
	d.id = startPast(t, d.Store, "desk/main", "a.json")
	var parts []PastTicket
	for i := range tickets {
		key := fmt.Sprint(i)
		parts = append(parts, PastTicket{Key: key, Subject: "Links " + key, State: "solved", Solved: true,
			Messages: []PastMessage{past(key+"1", triage.RoleCustomer, "It does not work "+key, march), past(key+"2", triage.RoleAgent, "It does now", march)}})
	}
	if _, err := d.Import(t.Context(), d.id, parts, ImportCounts{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.EndImport(t.Context(), d.id, ImportDone); err != nil {
		t.Fatal(err)
	}
	d.o = WorkOptions{ModelReady: func(context.Context) bool { return d.ready }, Past: func(ctx context.Context, by Reading, tk *triage.Ticket) (triage.Result, error) {
		if !triage.IsBackfill(ctx) {
			t.Error("not marked as work that nobody waits for")
		}
		if by == ReadOffline {
			d.by = append(d.by, by)
		}
		switch {
		case d.fails[tk.Subject] && by == ReadOffline:
			return triage.Result{}, errors.New("no luck")
		case d.fails[tk.Subject]:
			return triage.Result{Extractor: triage.ExtractorInfo{Degraded: true}}, nil
		}
		return triage.Result{Brief: triage.Brief{Kind: triage.KindBroken, Language: "en"}, Route: triage.Route{Action: triage.Assign, Tier: "l2"}, Extractor: triage.ExtractorInfo{Name: string(by)}}, nil
	}}
	return d
}

func (d *readDesk) ask(by Reading) {
	d.t.Helper()
	if err := d.SetReading(d.t.Context(), d.id, by, "usr_1"); err != nil {
		d.t.Fatal(err)
	}
}

func (d *readDesk) read(most int) (more bool) {
	d.t.Helper()
	more, err := d.ReadImport(d.t.Context(), d.id, d.o, func(n int) bool { return n < most })
	if err != nil {
		d.t.Fatal(err)
	}
	return more
}

func (d *readDesk) want(left, failed int, reading Reading) {
	d.t.Helper()
	got, err := d.ReadingLeft(d.t.Context(), d.id)
	by, rerr := d.readingOf(d.t.Context(), d.id)
	if err != nil || rerr != nil || got.Left != left || got.Failed != failed || by != reading {
		d.t.Errorf("%+v by %q (%v, %v), want %d left, %d failed, by %q", got, by, err, rerr, left, failed, reading)
	}
}

func (d *readDesk) count(query string) (n int) {
	d.t.Helper()
	if err := d.reader.QueryRow(query).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// A reading gives every ticket its brief, and changes nothing else: no queue,
// no event, no delivery.
func TestReadImport(t *testing.T) {
	d := newReadDesk(t, 2*readBatch+5)
	d.read(1000)
	d.want(45, 0, ReadNot) // nobody has asked
	d.ask(ReadOffline)
	if !d.read(1) { // one batch, as when the process ended then
		t.Error("nothing more to do after one batch")
	}
	d.want(25, 0, ReadOffline)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.Store, err = Open(t.Context(), Options{Path: d.path, Clock: d.Store.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := d.sweepImports(t.Context()); err != nil || d.count(`SELECT count(*) FROM river_job WHERE kind = 'read'`) != 2 {
		t.Errorf("the next process has no job of its own: %v", err)
	}
	if d.read(1000) {
		t.Error("more to do")
	}
	d.want(0, 0, ReadNot)
	if len(d.by) != 45 {
		t.Errorf("read %d times", len(d.by))
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM briefs WHERE version = 1 AND covered_seq = 2`:                                                           45,
		`SELECT count(*) FROM tickets WHERE state = 'resolved' AND tier = 'l2' AND kind = 'broken' AND updated_at < 1800000000000000`: 45,
		`SELECT count(*) FROM events WHERE ticket_id <> ''`:                                                                           0,
		`SELECT count(*) FROM deliveries`:                                                                                             0,
		`SELECT count(*) FROM leases`:                                                                                                 0,
		`SELECT count(*) FROM handovers`:                                                                                              0,
	} {
		if got := d.count(query); got != want {
			t.Errorf("%d, want %d: %s", got, want, query)
		}
	}
	// A review judges such a ticket by a brief of what came before the first
	// answer, and it teaches nobody anything.
	r, err := d.StartReview(t.Context(), "usr_1", march.AddDate(0, 0, -1), march.AddDate(0, 0, 1), 1)
	if err != nil || slices.ContainsFunc(r.Marks, func(m Mark) bool { return m.Version != 0 }) {
		t.Errorf("%+v, %v", r.Marks, err)
	}
	if gone, kept, err := d.UndoImport(t.Context(), d.id); err != nil || gone != 45-ReviewSize || kept != ReviewSize {
		t.Errorf("undone: %d gone, %d kept, %v", gone, kept, err)
	}
}

// Stopping keeps what was read; what cannot be read is put off, and tried at
// once when somebody asks anew.
func TestReadImportStops(t *testing.T) {
	d := newReadDesk(t, 3)
	d.fails["Links 1"] = true
	d.ask(ReadOffline)
	d.ask(ReadNot)
	d.read(1000)
	d.want(3, 0, ReadNot)
	d.ask(ReadOffline)
	for range 2 { // the second finds nothing that is due
		d.read(1000)
		d.want(1, 1, ReadOffline)
	}
	if len(d.by) != 3 {
		t.Errorf("read %d times", len(d.by))
	}
	delete(d.fails, "Links 1")
	d.ask(ReadOffline)
	d.read(1000)
	d.want(0, 0, ReadNot)
}

// With a model nothing is made do with: without one tickets wait, and none is
// blamed for it.
func TestReadImportByModel(t *testing.T) {
	d := newReadDesk(t, 6)
	size, err := d.ReadingSize(t.Context(), d.id)
	if err != nil || size.Left != 6 || size.Messages != 12 || size.Bytes != 6*(18+11) {
		t.Errorf("%+v, %v", size, err)
	}
	d.ready = false
	d.ask(ReadModel)
	d.read(1000)
	d.want(6, 0, ReadModel)
	d.ready = true
	d.fails["Links 3"] = true
	d.read(1000)
	d.want(1, 1, ReadModel)
	if n := d.count(`SELECT count(*) FROM briefs WHERE result LIKE '%"name":"model"%'`); n != 5 {
		t.Errorf("%d briefs by a model", n)
	}
}

// What a person does meanwhile wins.
func TestReadImportGivesWay(t *testing.T) {
	d := newReadDesk(t, 2)
	d.ask(ReadOffline)
	read := d.o.Past
	d.o.Past = func(ctx context.Context, by Reading, tk *triage.Ticket) (triage.Result, error) {
		if tk.Subject == "Links 0" {
			if err := d.LookAgain(ctx, tk.ID); err != nil { // "Read it now" on its page
				t.Error(err)
			}
		}
		return read(ctx, by, tk)
	}
	err := (&readWorker{store: d.Store, o: d.o}).Work(t.Context(), &river.Job[readArgs]{Args: readArgs{Import: d.id}})
	if snooze := new(river.JobSnoozeError); !errors.As(err, &snooze) { // a ticket waits for its triage
		t.Error(err)
	}
	if n := d.count(`SELECT count(*) FROM briefs`); n != 1 {
		t.Errorf("%d briefs", n)
	}
}
