package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// TriageFunc reads a ticket and returns the result; prev is the newest result,
// nil for the first. It must end when ctx does. A result with CoveredSeq 0 is
// taken to cover all of t's messages.
type TriageFunc func(ctx context.Context, t *triage.Ticket, prev *triage.Result) (triage.Result, error)

// WorkOptions configure Work. Zero values have defaults.
type WorkOptions struct {
	Triage      TriageFunc
	Workers     int           // triages at once; default 4
	ChatWait    time.Duration // quiet after a chat message before it is triaged; default 3 s, negative = none
	ChatWaitMax time.Duration // the longest that a chat message waits for quiet; default 15 s
	Lease       time.Duration // after a crash a ticket is locked this long; prolonged while the work lasts; default 20 s
	Sweep       time.Duration // between two sweeps; default 30 s
	Timeout     time.Duration // of one triage; default 90 s
	// ModelReady reports whether a model can be asked now. Then tickets with a
	// degraded result are triaged again, with a context marked by
	// triage.Backfill. nil = never.
	ModelReady func(ctx context.Context) bool
	// Past reads imported tickets when that is asked for; nil = they stay unread.
	Past      PastFunc
	Workspace func() *knowledge.Workspace // as it is now: by its policy bursts of like tickets are looked for; nil looks for none
	Retention time.Duration               // after it a resolved ticket loses its text, see Retain; 0 keeps all
	// Ask makes the words that ask a customer whether it works now, when a new
	// result says that it should; "" for none. nil = nobody is asked by the desk.
	Ask func(t *triage.Ticket, prev, r *triage.Result) string
	// Tell makes what the desk tells a customer by itself of a new result, and the
	// state of the ticket after it; "" for nothing. nil = it tells nobody.
	Tell func(t *triage.Ticket, r *triage.Result) (text string, after triage.State)
	// Shadow gets each ticket with its new result, once that is stored, and must
	// return at once; nil = nobody.
	Shadow  func(t *triage.Ticket, prev, r *triage.Result)
	Answer  AnswerFunc        // makes an answer's deliveries; nil = none: it is only stored
	Senders map[string]Sender // by kind of delivery; those of other kinds wait
}

func (o WorkOptions) withDefaults() WorkOptions {
	o.Workers = cmp.Or(o.Workers, 4)
	o.ChatWait = cmp.Or(o.ChatWait, triage.ChatQuiet)
	o.ChatWaitMax = cmp.Or(o.ChatWaitMax, triage.ChatLongest)
	o.Lease = cmp.Or(o.Lease, 20*time.Second)
	o.Sweep = cmp.Or(o.Sweep, 30*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 90*time.Second)
	return o
}

const (
	pollInterval = 100 * time.Millisecond // between two looks for jobs: SQLite cannot notify
	pollCooldown = 5 * time.Millisecond   // the same while jobs wait for a free worker
	drainTime    = 2 * time.Second        // that triages under way get when the work ends, and again to notice it
	busyWait     = time.Second            // before looking again at a ticket that another owner has

	// River makes a job that waits longer than 5 s "scheduled", and only an
	// elected leader makes it available again. So nothing waits that long at a
	// time: a process that starts after a crash is no leader for a while.
	maxSnooze = 4 * time.Second
)

// Work triages tickets until ctx ends, then lets the triages under way finish
// for a few seconds, cancels the rest, and returns nil. What was cancelled is
// triaged after the next start. It returns Invalid without a Triage function.
func (s *Store) Work(ctx context.Context, o WorkOptions) error {
	if o.Triage == nil {
		return triage.Errorf(triage.Invalid, "There is no triage to work with.")
	}
	o = o.withDefaults()
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{store: s, o: o})
	queues := map[string]river.QueueConfig{queueTriage: {MaxWorkers: o.Workers}}
	if o.ModelReady != nil {
		river.AddWorker(workers, &redoWorker{store: s, o: o})
		queues[queueRedo] = river.QueueConfig{MaxWorkers: 1}
	}
	if o.Past != nil {
		river.AddWorker(workers, &readWorker{store: s, o: o})
		queues[queueRedo] = river.QueueConfig{MaxWorkers: 1}
	}
	river.AddWorker(workers, &replyWorker{store: s, answer: o.Answer})
	queues[queueReply] = river.QueueConfig{MaxWorkers: 1}
	if len(o.Senders) > 0 {
		river.AddWorker(workers, &deliveryWorker{store: s, senders: o.Senders})
		queues[queueDelivery] = river.QueueConfig{MaxWorkers: deliveryWorkers}
	}
	client, err := river.NewClient(riversqlite.New(s.writer), &river.Config{
		Queues:                      queues,
		Workers:                     workers,
		Logger:                      quiet,
		FetchCooldown:               pollCooldown,
		FetchPollInterval:           pollInterval,
		JobTimeout:                  o.Timeout,
		RescueStuckJobsAfter:        o.Timeout + time.Minute,
		CompletedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return mapError(err)
	}
	// River starts with a context of its own: the end of ctx drains first.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return mapError(err)
	}
	var search sync.WaitGroup // what is found in tickets beside the triages
	if o.Workspace != nil {
		search.Go(func() { s.searchUntil(ctx, o.Workspace, o.Sweep) })
	}
	if o.Workspace != nil {
		search.Go(func() { s.dealUntil(ctx, o.Workspace, o.Sweep) })
		search.Go(func() { s.measureUntil(ctx, o.Workspace) })
	}
	search.Go(func() { s.indexUntil(ctx) })
	s.sweepUntil(ctx, o)
	search.Wait()
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := client.Stop(drain); err == nil {
		return nil
	}
	abort, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	return mapError(client.StopAndCancel(abort))
}

// sweepUntil sweeps at once and then at each interval, until ctx ends. Once a
// day it erases what is past its time and forgets visitors who never wrote.
func (s *Store) sweepUntil(ctx context.Context, o WorkOptions) {
	tick := time.NewTicker(o.Sweep)
	defer tick.Stop()
	var retained, forgot time.Time
	for {
		if now := s.now(); now.Sub(forgot) >= retainEvery {
			forgot = now
			if err := s.forgetVisitors(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("visitors", "error", err)
			}
		}
		if now := s.now(); o.Retention > 0 && now.Sub(retained) >= retainEvery {
			retained = now
			if e, err := s.Retain(ctx, now.Add(-o.Retention)); err != nil && ctx.Err() == nil {
				s.log.Error("retention", "error", err)
			} else if e.Tickets > 0 {
				s.log.Info("retention", "tickets", e.Tickets, "messages", e.Messages)
			}
		}
		if _, err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sweep", "error", err)
		}
		if o.ModelReady != nil && o.ModelReady(ctx) {
			if _, err := s.sweepDegraded(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("sweep of degraded tickets", "error", err)
			}
		}
		if o.Past != nil {
			if err := s.sweepImports(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("sweep of imports", "error", err)
			}
		}
		if err := s.wakeDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("snoozed tickets", "error", err)
		}
		if o.Workspace != nil {
			if days := o.Workspace().Policy.Confirm.CloseAfterDays; days > 0 {
				if _, err := s.CloseSilent(ctx, s.now().AddDate(0, 0, -days)); err != nil && ctx.Err() == nil {
					s.log.Error("closing after silence", "error", err)
				}
			}
		}
		if o.Workspace != nil {
			if err := s.calibrateDue(ctx, &o.Workspace().Policy); err != nil && ctx.Err() == nil {
				s.log.Error("calibration", "error", err)
			}
		}
		if err := s.sweepOutgoing(ctx, o.Senders); err != nil && ctx.Err() == nil {
			s.log.Error("sweep of the outbox", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// worker runs the jobs of the triage queue.
type worker struct {
	river.WorkerDefaults[triageArgs]
	store *Store
	o     WorkOptions
}

// NextRetry comes soon: 1, 2, 3, 4 seconds after the failure.
func (w *worker) NextRetry(job *river.Job[triageArgs]) time.Time {
	return time.Now().Add(min(time.Duration(job.Attempt)*time.Second, maxSnooze))
}

// Work triages the job's ticket unless that is done, is another job's to do, or
// has to wait. No worker sleeps: a job that waits goes back into the queue.
func (w *worker) Work(ctx context.Context, job *river.Job[triageArgs]) error {
	id, seq := job.Args.Ticket, job.Args.Sequence
	p, err := w.store.progressOf(ctx, id)
	if triage.CodeOf(err) == triage.NotFound {
		return nil // merged into another
	}
	if err != nil {
		return err
	}
	// The newest message has its own job, so an older one has nothing to do. A
	// split can leave fewer messages than the job asks for.
	if p.triagedSeq >= min(seq, p.lastSeq) || p.lastSeq > seq {
		return nil
	}
	patience := triage.Patience{Quiet: w.o.ChatWait, Longest: w.o.ChatWaitMax}
	if wait := patience.Wait(p.channel, w.store.now(), p.newest, p.oldest); wait > 0 {
		return river.JobSnooze(min(wait, maxSnooze))
	}
	err = w.triage(ctx, id, seq)
	if triage.CodeOf(err) == triage.Conflict {
		return river.JobSnooze(busyWait)
	}
	if err != nil {
		w.store.log.Warn("triage failed", "ticket", id, "sequence", seq, "attempt", job.Attempt, "error", err)
		return errors.New(string(triage.CodeOf(err))) // River stores it: no words of a customer
	}
	return nil
}

// triage reads the ticket and stores the result.
func (w *worker) triage(ctx context.Context, id string, seq int64) error {
	s := w.store
	return s.underLease(ctx, id, w.o.Lease, func(ctx context.Context, owner string) error {
		t, prev, err := s.ticketAndResult(ctx, id)
		if err != nil {
			return err
		}
		if t.Triaged >= min(seq, t.LastSeq) {
			return nil
		}
		r, err := s.call(ctx, w.o.Triage, &t, prev)
		if err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		s.complete(&r, &t)
		if err := s.SaveResult(ctx, &t, &r, owner); err != nil {
			return err
		}
		if w.o.Shadow != nil {
			w.o.Shadow(&t, prev, &r)
		}
		if !w.ask(ctx, &t, prev, &r) {
			w.tell(ctx, &t, &r)
		}
		return nil
	})
}

// noticeHold is how long what the desk sends by itself can be taken back.
const noticeHold = 30 * time.Second

// ask has the customer asked whether it works now, and reports whether that is due.
func (w *worker) ask(ctx context.Context, t *triage.Ticket, prev, r *triage.Result) bool {
	if w.o.Ask == nil || !route.AsksToConfirm(prev, r) {
		return false
	}
	text := w.o.Ask(t, prev, r)
	if text == "" {
		return false
	}
	err := w.store.AskToConfirm(ctx, t.ID, "", text, noticeHold)
	if err != nil && triage.CodeOf(err) != triage.Conflict {
		w.store.log.Warn("the customer could not be asked to confirm", "ticket", t.ID, "error", err)
	}
	return true
}

// tell has the customer told what may be told without a person.
func (w *worker) tell(ctx context.Context, t *triage.Ticket, r *triage.Result) {
	if w.o.Tell == nil {
		return
	}
	text, after := w.o.Tell(t, r)
	if text == "" {
		return
	}
	err := w.store.TellCustomer(ctx, t.ID, r.CoveredSeq, text, after, noticeHold)
	if err != nil && triage.CodeOf(err) != triage.Conflict {
		w.store.log.Warn("the customer could not be told", "ticket", t.ID, "error", err)
	}
}

// underLease does work on a ticket as its only owner; the work's context ends
// when the lease is lost. Errors: Conflict when another owner is at it, and
// those of the work.
func (s *Store) underLease(ctx context.Context, id string, d time.Duration, work func(ctx context.Context, owner string) error) error {
	owner := randomID("own")
	if err := s.TakeLease(ctx, id, owner, d); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer func() {
		stop(nil)
		// Also when ctx was cancelled: nobody should wait for a lease to run out.
		if err := s.ReleaseLease(context.WithoutCancel(ctx), id, owner); err != nil {
			s.log.Warn("lease not released", "ticket", id, "error", err)
		}
	}()
	go s.keepLease(ctx, stop, id, owner, d)
	return work(ctx, owner)
}

// complete fills in what a triage may leave open.
func (s *Store) complete(r *triage.Result, t *triage.Ticket) {
	r.CoveredSeq = cmp.Or(r.CoveredSeq, t.LastSeq)
	if r.At.IsZero() {
		r.At = s.now()
	}
}

// Reread asks for a triage of a whole ticket, as though nothing of it had been
// read: a model then gets every message again, not only the new ones. Ids of
// claims and matters stay.
//
// Errors: NotFound; Conflict for a ticket that was merged into another; Invalid
// for one without messages.
func (s *Store) Reread(ctx context.Context, id string) error { return s.again(ctx, id, -1) }

// LookAgain asks for a triage of a ticket's newest message, and with it for
// checks anew where their results have expired. Errors: those of Reread.
func (s *Store) LookAgain(ctx context.Context, id string) error { return s.again(ctx, id, 1) }

// again asks for a triage of the newest messages of a ticket, -1 = all.
func (s *Store) again(ctx context.Context, id string, newest int64) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, id)
		if err == nil && head.lastSeq == 0 {
			err = triage.Errorf(triage.Invalid, "The ticket %q has no messages to read.", id)
		}
		if err != nil {
			return err
		}
		return s.retriage(ctx, tx, id, newest)
	})
}

// call turns a panic of the triage into an error.
func (s *Store) call(ctx context.Context, f TriageFunc, t *triage.Ticket, prev *triage.Result) (r triage.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("triage panicked", "ticket", t.ID, "panic", p, "stack", string(debug.Stack()))
			err = triage.Errorf(triage.Internal, "The triage of %q panicked.", t.ID)
		}
	}()
	return f(ctx, t, prev)
}

// keepLease prolongs the lease until ctx ends, and ends it when the lease is lost.
func (s *Store) keepLease(ctx context.Context, stop context.CancelCauseFunc, id, owner string, d time.Duration) {
	tick := time.NewTicker(d / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.TakeLease(ctx, id, owner, d); triage.CodeOf(err) == triage.Conflict {
			stop(err)
			return
		}
	}
}

// ticketAndResult reads both from one snapshot; prev is nil before the first
// triage. When what it rests on was moved away or erased since, only its codes
// are left, and it covers nothing: they tell the matters' ids.
func (s *Store) ticketAndResult(ctx context.Context, id string) (t triage.Ticket, prev *triage.Result, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		if t, err = ticketIn(ctx, tx, id); err != nil || t.Version == 0 {
			return err
		}
		if prev, err = newestResult(ctx, tx, id); err != nil {
			return err
		}
		ids := make([]string, len(t.Messages))
		for i := range t.Messages {
			ids[i] = t.Messages[i].ID
		}
		var erased int64
		err = tx.QueryRowContext(ctx, `SELECT erased_at FROM tickets WHERE id = ?1`, id).Scan(&erased)
		if !renumber(prev, ids) || erased >= micros(prev.At) {
			short := redact(prev)
			short.CoveredSeq = 0
			prev = &short
		}
		return err
	})
	return t, prev, err
}

// progress is how far the triage of a ticket is.
type progress struct {
	lastSeq, triagedSeq int64
	channel             triage.Channel // of the newest message
	newest, oldest      time.Time      // arrival of the newest message and of the oldest not triaged
}

// progressOf errors: NotFound.
func (s *Store) progressOf(ctx context.Context, id string) (progress, error) {
	var p progress
	var newest, oldest int64
	err := s.reader.QueryRowContext(ctx, `SELECT t.last_seq, t.triaged_seq, n.channel, n.received_at, o.received_at
		FROM tickets t
			JOIN messages n ON n.ticket_id = t.id AND n.seq = t.last_seq
			JOIN messages o ON o.ticket_id = t.id
				AND o.seq = CASE WHEN t.triaged_seq < t.last_seq THEN t.triaged_seq + 1 ELSE t.last_seq END
		WHERE t.id = ?1`, id).Scan(&p.lastSeq, &p.triagedSeq, &p.channel, &newest, &oldest)
	p.newest, p.oldest = fromMicros(newest), fromMicros(oldest)
	return p, mapError(err)
}
