package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"readback/triage"
)

// Imported tickets are read for the first time when somebody asks for it: so
// that similar tickets, replay and suggestions know them. It is work that
// nobody waits for, in the queue of those that are read again, one import at a
// time. Which tickets are left is in their rows, so it goes on wherever it was
// cut off.

// Reading says by whom imported tickets are read.
type Reading string

// The readings.
const (
	ReadNot     Reading = "" // not asked for, or stopped
	ReadOffline Reading = "offline"
	ReadModel   Reading = "model" // by the models that are configured alone: nothing is made do with
)

// PastFunc reads an imported ticket: by what its messages say, without a look
// at anything else. It must end when ctx does, and never changes the ticket.
type PastFunc func(ctx context.Context, by Reading, t *triage.Ticket) (triage.Result, error)

// ReadingLeft says how far the reading of an import is.
type ReadingLeft struct {
	Left     int   // tickets that nobody has read
	Failed   int   // of them, that could not be read when it was tried last
	Messages int   // of those that are left; of ReadingSize alone
	Bytes    int64 // of their text; the same
}

const unread = ` FROM imported i JOIN tickets t ON t.id = i.ticket_id
	WHERE i.import_id = ?1 AND t.version = 0 AND t.merged_into = '' AND t.erased_at = 0 AND t.last_seq > 0`

// ReadingLeft counts the tickets of an import that nobody has read yet.
// Errors: NotFound.
func (s *Store) ReadingLeft(ctx context.Context, importID string) (left ReadingLeft, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		if _, err := importIn(ctx, tx, importID); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(CASE WHEN t.redo_tries > 0 THEN 1 ELSE 0 END), 0)`+unread, importID).Scan(&left.Left, &left.Failed)
	})
	return left, err
}

// ReadingSize is ReadingLeft with what a model would get of them.
func (s *Store) ReadingSize(ctx context.Context, importID string) (left ReadingLeft, err error) {
	if left, err = s.ReadingLeft(ctx, importID); err != nil {
		return left, err
	}
	err = s.reader.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(CAST(m.text AS BLOB))), 0) FROM messages m
		WHERE m.ticket_id IN (SELECT i.ticket_id`+unread+`)`, importID).Scan(&left.Messages, &left.Bytes)
	return left, mapError(err)
}

// SetReading has the tickets of an import read, or stops that; what was read
// stays. person is the id of a user, "" for the command line. It is recorded as
// an event of no ticket. Errors: NotFound; Conflict for an import that was undone.
func (s *Store) SetReading(ctx context.Context, importID string, by Reading, person string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		im, err := importIn(ctx, tx, importID)
		if err != nil {
			return err
		}
		if im.State == ImportUndone && by != ReadNot {
			return triage.Errorf(triage.Conflict, "The import %q was undone.", importID)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE imports SET reading = ?2 WHERE id = ?1`, importID, by); err != nil {
			return err
		}
		// What could not be read is tried at once when somebody asks anew.
		if _, err := tx.ExecContext(ctx, `UPDATE tickets SET redo_at = 0, redo_tries = 0 WHERE version = 0 AND redo_tries > 0
			AND id IN (SELECT ticket_id FROM imported WHERE import_id = ?1)`, importID); err != nil {
			return err
		}
		if err := s.record(ctx, tx, EventImported, "", s.now(), map[string]any{"import": importID, "reading": by, "by": clean(person)}); err != nil || by == ReadNot {
			return err
		}
		_, err = s.queue.InsertTx(ctx, tx, readArgs{Import: importID, Run: s.run}, nil)
		return err
	})
}

// readArgs ask for the tickets of an import to be read. Run is as in triageArgs.
type readArgs struct {
	Import string `json:"import"`
	Run    string `json:"run"`
}

// Kind names the job in River's table.
func (readArgs) Kind() string { return "read" }

// InsertOpts lets a job wait in the queue once only, behind those that are read
// again.
func (readArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueRedo, MaxAttempts: 1, Priority: priorityMail, UniqueOpts: uniqueWaiting}
}

// sweepImports enqueues the imports that are to be read and have tickets left
// that can be tried.
func (s *Store) sweepImports(ctx context.Context) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT id FROM imports WHERE reading <> '' ORDER BY started_at`)
	if err != nil {
		return mapError(err)
	}
	ids, err := scanIDs(rows)
	if err != nil {
		return mapError(err)
	}
	for _, id := range ids {
		next, err := s.nextUnread(ctx, id, "", 1)
		if err != nil {
			return err
		}
		if len(next) == 0 {
			continue
		}
		if err := s.write(ctx, func(tx *sql.Tx) error {
			_, err := s.queue.InsertTx(ctx, tx, readArgs{Import: id, Run: s.run}, nil)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// nextUnread are ids of tickets of an import that can be read now, after one.
func (s *Store) nextUnread(ctx context.Context, importID, after string, n int) ([]string, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT i.ticket_id`+unread+` AND i.ticket_id > ?2 AND t.redo_at <= ?3 ORDER BY i.ticket_id LIMIT ?4`,
		importID, after, micros(s.now()), n)
	if err != nil {
		return nil, mapError(err)
	}
	ids, err := scanIDs(rows)
	return ids, mapError(err)
}

// readWorker runs the jobs that read imports.
type readWorker struct {
	river.WorkerDefaults[readArgs]
	store *Store
	o     WorkOptions
}

// readTurn is how long one job reads before others of its queue have a turn,
// and modelReaders how many tickets are with a model at once.
const (
	readTurn     = 20 * time.Second
	modelReaders = 4
)

// Work reads for a while, and comes again when there is more.
func (w *readWorker) Work(ctx context.Context, job *river.Job[readArgs]) error {
	began := w.store.now()
	more, err := w.store.ReadImport(ctx, job.Args.Import, w.o, func(int) bool { return w.store.now().Sub(began) < readTurn })
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // the next sweep sees what is left to do
	case err != nil:
		w.store.log.Error("imported tickets could not be read", "import", job.Args.Import, "error", err)
		return errors.New(string(triage.CodeOf(err)))
	case more:
		return river.JobSnooze(busyWait) // others of the queue have a turn
	}
	return nil
}

// ReadImport reads the tickets of an import while its reading is asked for, go
// on (told how many were read) says so, and no newer ticket waits. It returns
// whether there may be more to do now. Several processes may do so at once: a
// ticket is stored once.
//
// What it stores is a brief and nothing else: nobody is told, no event counts
// it, and the ticket stays where it was. Errors: NotFound.
func (s *Store) ReadImport(ctx context.Context, importID string, o WorkOptions, goOn func(read int) bool) (more bool, err error) {
	read, after := 0, ""
	for {
		by, err := s.readingOf(ctx, importID)
		if err != nil || by == ReadNot || o.Past == nil {
			return false, err
		}
		if by == ReadModel && (o.ModelReady == nil || !o.ModelReady(ctx)) {
			return false, nil // the next sweep asks again
		}
		if newer, err := s.newerWaits(ctx); err != nil || newer {
			return newer, err
		}
		n := readBatch
		if by == ReadModel {
			n = modelReaders
		}
		ids, err := s.nextUnread(ctx, importID, after, n)
		if err != nil {
			return false, err
		}
		if len(ids) == 0 {
			return false, s.endReading(ctx, importID)
		}
		after = ids[len(ids)-1]
		did, err := s.readSome(ctx, by, ids, o)
		if read += did; err != nil {
			return true, err
		}
		if !goOn(read) {
			return true, nil
		}
	}
}

// endReading notes that an import has no ticket left to read. While it brings
// more, and while some wait to be tried again, it goes on.
func (s *Store) endReading(ctx context.Context, importID string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE imports SET reading = '' WHERE id = ?1 AND state <> ?2 AND NOT EXISTS (SELECT 1`+unread+`)`, importID, ImportRunning)
		return err
	})
}

// readBatch is how many tickets are read offline between two looks at what
// waits, and stored together.
const readBatch = 20

func (s *Store) readingOf(ctx context.Context, importID string) (by Reading, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT reading FROM imports WHERE id = ?1`, importID).Scan(&by)
	return by, mapError(err)
}

// pastRead is a ticket with what was read in it.
type pastRead struct {
	t   triage.Ticket
	r   triage.Result
	err error // it could not be read
}

// readSome reads a few tickets, offline one after another, and stores them.
func (s *Store) readSome(ctx context.Context, by Reading, ids []string, o WorkOptions) (stored int, err error) {
	list := make([]pastRead, len(ids))
	read := func(p *pastRead, id string) {
		if p.t, p.err = s.Ticket(ctx, id); p.err == nil {
			p.r, p.err = s.call(triage.Backfill(ctx), func(ctx context.Context, t *triage.Ticket, _ *triage.Result) (triage.Result, error) {
				return o.Past(ctx, by, t)
			}, &p.t, nil)
		}
		if p.err == nil && p.r.Extractor.Degraded {
			p.err = errNoBetter
		}
		s.complete(&p.r, &p.t)
	}
	var models sync.WaitGroup
	for i, id := range ids {
		if by == ReadModel {
			models.Go(func() { read(&list[i], id) })
		} else if ctx.Err() == nil {
			read(&list[i], id)
		}
	}
	models.Wait()
	if err := ctx.Err(); err != nil {
		return 0, context.Cause(ctx)
	}
	modelGone := by == ReadModel && !o.ModelReady(ctx)
	err = s.write(ctx, func(tx *sql.Tx) error {
		stored = 0
		for i := range list {
			switch p := &list[i]; {
			case p.err == nil:
				saved, err := savePast(ctx, tx, &p.t, &p.r)
				if err != nil {
					return err
				}
				stored += number(saved)
			case modelGone: // not the ticket's fault
			default:
				s.log.Info("an imported ticket could not be read", "ticket", ids[i], "error", p.err)
				if err := s.putOff(ctx, tx, ids[i], 0); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return stored, err
}

// savePast stores the first brief of an imported ticket that nobody has read,
// written to, or begun to read meanwhile; else it reports false.
func savePast(ctx context.Context, tx *sql.Tx, t *triage.Ticket, r *triage.Result) (bool, error) {
	var still bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tickets WHERE id = ?1 AND version = 0 AND last_seq = ?2 AND triaged_seq = ?2
		AND state = ?3 AND merged_into = '' AND erased_at = 0 AND NOT EXISTS (SELECT 1 FROM leases WHERE ticket_id = ?1))`, t.ID, t.LastSeq, triage.StateResolved).Scan(&still)
	if err != nil || !still {
		return false, err
	}
	r.TicketID, r.Version = t.ID, 1
	if err := updateFromResult(ctx, tx, t, r, sql.NullInt64{}); err != nil {
		return false, err
	}
	return true, insertBrief(ctx, tx, r)
}
