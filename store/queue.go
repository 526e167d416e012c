package store

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"readback/triage"
)

// queueTriage is River's queue for triage jobs.
const queueTriage = "triage"

// maxAttempts is how often one job is tried; the sweep makes a new one after that.
const maxAttempts = 5

// triageArgs ask for a triage that covers a ticket up to a sequence. Run makes
// a job unique among those of one opening of the store only: a job that
// kill -9 left running would otherwise keep the sweep of the next one from
// making its own. Again makes it unique for itself: the job before it may be at
// its end, and has not seen what is asked for.
type triageArgs struct {
	Ticket   string `json:"ticket"`
	Sequence int64  `json:"sequence"`
	Run      string `json:"run"`
	Again    string `json:"again,omitempty"`
}

// Kind names the job in River's table.
func (triageArgs) Kind() string { return "triage" }

// InsertOpts lets a job wait in the queue once only.
func (triageArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue:       queueTriage,
		MaxAttempts: maxAttempts,
		Priority:    priorityMail,
		UniqueOpts:  uniqueWaiting,
	}
}

// River's priorities of triage jobs: who chats looks at the screen.
const (
	priorityChat = 1
	priorityMail = 2
)

// optsFor returns the options of the job for a ticket whose newest message came
// by that channel.
func optsFor(c triage.Channel) *river.InsertOpts {
	if c == triage.ChannelChat {
		return &river.InsertOpts{Priority: priorityChat}
	}
	return nil
}

// uniqueWaiting lets a job with the same arguments wait or run once only.
var uniqueWaiting = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{rivertype.JobStateAvailable,
	rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}

func (s *Store) job(ticketID string, seq int64) triageArgs {
	return triageArgs{Ticket: ticketID, Sequence: seq, Run: s.run}
}

// newQueue returns a client that only inserts; Work makes the one that works.
func newQueue(db *sql.DB) (*river.Client[*sql.Tx], error) {
	return river.NewClient(riversqlite.New(db), &river.Config{Logger: quiet})
}

// quiet drops what River logs: it logs each job's error once more than the
// worker does, and its own loops' errors when they are told to end.
var quiet = slog.New(slog.DiscardHandler)

// sweepBatch is how many tickets one sweep enqueues, those that wait longest
// first. Most of a long backlog has its jobs; what lost them is found as the
// rest is worked off.
const sweepBatch = 500

const sweepQuery = `SELECT id, last_seq, (SELECT channel FROM messages WHERE ticket_id = tickets.id AND seq = tickets.last_seq)
	FROM tickets WHERE triaged_seq < last_seq
		AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.ticket_id = tickets.id AND leases.expires_at > ?1)
	ORDER BY updated_at LIMIT ?2`

// sweep enqueues the tickets that wait for triage and have no live lease. A
// ticket whose job waits in the queue gets no second one. It returns how many
// it found.
func (s *Store) sweep(ctx context.Context) (int, error) {
	rows, err := s.reader.QueryContext(ctx, sweepQuery, micros(s.now()), sweepBatch)
	if err != nil {
		return 0, mapError(err)
	}
	defer rows.Close()
	var jobs []river.InsertManyParams
	for rows.Next() {
		var id string
		var seq int64
		var newest triage.Channel
		if err := rows.Scan(&id, &seq, &newest); err != nil {
			return 0, mapError(err)
		}
		jobs = append(jobs, river.InsertManyParams{Args: s.job(id, seq), InsertOpts: optsFor(newest)})
	}
	if err := rows.Err(); err != nil || len(jobs) == 0 {
		return 0, mapError(err)
	}
	return len(jobs), s.write(ctx, func(tx *sql.Tx) error {
		_, err := s.queue.InsertManyTx(ctx, tx, jobs)
		return err
	})
}
