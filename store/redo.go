package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"readback/triage"
)

// Tickets that no model could read were read by lesser means, and are degraded.
// When a model can be asked again they are read once more, one at a time, while
// no newer ticket waits. Which those are is in their rows, so the jobs may be
// lost at any time: the next sweep makes them anew.

const (
	queueRedo = "redo"
	// redoBatch is how many tickets one sweep enqueues, those changed last
	// first: people look at them.
	redoBatch    = 20
	firstRedo    = time.Minute // wait after the first failure, four times as long after each
	longestRedo  = 24 * time.Hour
	redoPatience = 3 * time.Second // a ticket that waits longer than this for a worker goes first
)

// redoArgs ask for another reading of a ticket whose newest brief, that
// version, is degraded. Run is as in triageArgs.
type redoArgs struct {
	Ticket  string `json:"ticket"`
	Version int64  `json:"version"`
	Run     string `json:"run"`
}

// Kind names the job in River's table.
func (redoArgs) Kind() string { return "redo" }

// InsertOpts lets a job wait in the queue once only. It is tried once: the
// sweep decides about the next time.
func (redoArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueRedo, MaxAttempts: 1, UniqueOpts: uniqueWaiting}
}

// redoable is what makes a ticket one to read again.
const redoable = `degraded = 1 AND merged_into = '' AND state <> 'resolved' AND triaged_seq >= last_seq`

const redoQuery = `SELECT id, version FROM tickets
	WHERE ` + redoable + ` AND redo_at <= ?1 ORDER BY updated_at DESC LIMIT ?2`

// newerQuery asks for tickets that changed last at ?1 or before, that nobody
// has a lease on at ?2.
const newerQuery = `SELECT EXISTS (SELECT 1 FROM tickets WHERE triaged_seq < last_seq AND updated_at <= ?1
	AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.ticket_id = tickets.id AND leases.expires_at > ?2))`

// sweepDegraded enqueues tickets to read again and returns how many it found.
func (s *Store) sweepDegraded(ctx context.Context) (int, error) {
	rows, err := s.reader.QueryContext(ctx, redoQuery, micros(s.now()), redoBatch)
	if err != nil {
		return 0, mapError(err)
	}
	defer rows.Close()
	var jobs []river.InsertManyParams
	for rows.Next() {
		args := redoArgs{Run: s.run}
		if err := rows.Scan(&args.Ticket, &args.Version); err != nil {
			return 0, mapError(err)
		}
		jobs = append(jobs, river.InsertManyParams{Args: args})
	}
	if err := rows.Err(); err != nil || len(jobs) == 0 {
		return 0, mapError(err)
	}
	return len(jobs), s.write(ctx, func(tx *sql.Tx) error {
		_, err := s.queue.InsertManyTx(ctx, tx, jobs)
		return err
	})
}

// redoWorker runs the jobs of the redo queue.
type redoWorker struct {
	river.WorkerDefaults[redoArgs]
	store *Store
	o     WorkOptions
}

// Work reads the job's ticket again unless that is no longer wanted or nobody
// can. It lets a newer ticket go first.
func (w *redoWorker) Work(ctx context.Context, job *river.Job[redoArgs]) error {
	s, id := w.store, job.Args.Ticket
	wanted, err := stillRedoable(ctx, s.reader, id, job.Args.Version)
	if err != nil || !wanted || !w.o.ModelReady(ctx) {
		return mapError(err)
	}
	if newer, err := s.newerWaits(ctx); err != nil {
		return err
	} else if newer {
		return river.JobSnooze(busyWait)
	}
	err = s.underLease(ctx, id, w.o.Lease, func(ctx context.Context, owner string) error {
		return w.redo(ctx, id, job.Args.Version, owner)
	})
	switch code := triage.CodeOf(err); {
	case err == nil, code == triage.Conflict, code == triage.NotFound:
		return nil // somebody else has it, or it has changed: the next sweep sees what is left to do
	case ctx.Err() != nil, !w.o.ModelReady(ctx):
		return nil // not the ticket's fault
	}
	s.log.Info("a degraded ticket could not be read again", "ticket", id, "error", err)
	return s.redoFailed(ctx, id, job.Args.Version)
}

// errNoBetter says that no model read the ticket this time either.
var errNoBetter = errors.New("no better extractor read it")

// redo triages the ticket and stores the result if a model has read it.
func (w *redoWorker) redo(ctx context.Context, id string, version int64, owner string) error {
	s := w.store
	t, prev, err := s.ticketAndResult(ctx, id)
	if err != nil {
		return err
	}
	if t.Version != version || t.Triaged < t.LastSeq {
		return nil
	}
	r, err := s.call(triage.Backfill(ctx), w.o.Triage, &t, prev)
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if r.Extractor.Degraded {
		return errNoBetter
	}
	s.complete(&r, &t)
	return s.saveResult(ctx, &t, &r, owner, func(tx *sql.Tx) error {
		wanted, err := stillRedoable(ctx, tx, id, version)
		if err == nil && !wanted {
			err = triage.Errorf(triage.Conflict, "The ticket %q need not be read again any more.", id)
		}
		return err
	})
}

// queryer is what reads one row: a database or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func stillRedoable(ctx context.Context, q queryer, id string, version int64) (yes bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tickets WHERE id = ?1 AND version = ?2 AND `+redoable+`)`,
		id, version).Scan(&yes)
	return yes, err
}

// newerWaits reports whether a ticket waits for a triage that nobody does. One
// whose message came just now, or whose chat goes on, does not yet wait.
func (s *Store) newerWaits(ctx context.Context) (yes bool, err error) {
	now := s.now()
	err = s.reader.QueryRowContext(ctx, newerQuery, micros(now.Add(-redoPatience)), micros(now)).Scan(&yes)
	return yes, mapError(err)
}

// redoFailed puts the next try off, each time for longer.
func (s *Store) redoFailed(ctx context.Context, id string, version int64) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.putOff(ctx, tx, id, version) })
}

// putOff is redoFailed in a transaction.
func (s *Store) putOff(ctx context.Context, tx *sql.Tx, id string, version int64) error {
	var tries int
	err := tx.QueryRowContext(ctx, `UPDATE tickets SET redo_tries = redo_tries + 1 WHERE id = ?1 AND version = ?2 RETURNING redo_tries`,
		id, version).Scan(&tries)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it has a newer brief
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE tickets SET redo_at = ?2 WHERE id = ?1`, id, micros(s.now().Add(redoWait(tries))))
	return err
}

// redoWait is how long to wait after so many failures, from 1.
func redoWait(tries int) time.Duration {
	wait := firstRedo
	for range tries - 1 {
		wait = min(wait*4, longestRedo)
	}
	return wait
}
