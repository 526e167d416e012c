package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"

	"readback/triage"
)

// Outcome is what came of one try to deliver.
type Outcome struct {
	// State: DeliverySent; DeliveryWaiting for another try; DeliveryFailed when
	// another try is of no use; DeliveryUnknown when the receiver may have it.
	State DeliveryState
	Code  string        // why, for people and figures; "" when it was sent
	Ref   string        // the receiver's id of it
	After time.Duration // of a waiting one: the receiver's own wish; 0 = by the number of tries
}

// Sender carries out the deliveries of one kind.
type Sender struct {
	// Send makes one try and ends when ctx does.
	Send func(ctx context.Context, d Delivery) Outcome
	// Repeatable: the receiver knows a second try by its key, so one that was cut
	// off is made again. Otherwise its outcome is unknown and a person looks.
	Repeatable bool
}

const (
	queueDelivery   = "delivery" // River's queue
	deliveryWorkers = 8          // tries at once
	deliveryTime    = time.Minute
	deliveryBatch   = 200
	// deliveryPatience is how long something is tried before it is given up.
	deliveryPatience = 3 * 24 * time.Hour
)

// CodeInterrupted is the code of a delivery whose try was cut off.
const CodeInterrupted = "interrupted"

// retryAfter are the waits after the first tries; the last one repeats.
var retryAfter = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// deliveryArgs ask for a try of one delivery. Run and Again are as in triageArgs.
type deliveryArgs struct {
	Delivery string `json:"delivery"`
	Run      string `json:"run"`
	Again    string `json:"again,omitempty"`
}

// Kind names the job in River's table.
func (deliveryArgs) Kind() string { return "delivery" }

// InsertOpts lets a job wait in the queue once only. It is tried once: the
// delivery's own row says when the next try is.
func (deliveryArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueDelivery, MaxAttempts: 1, UniqueOpts: uniqueWaiting}
}

// sweepOutgoing enqueues the held answers and the deliveries whose time has
// come, and finds the tries that were cut off.
func (s *Store) sweepOutgoing(ctx context.Context, senders map[string]Sender) error {
	now := s.now()
	for kind, sender := range senders {
		if err := s.sweepCutOff(ctx, kind, sender.Repeatable, now); err != nil {
			return err
		}
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		held, err := strs(ctx, tx, `SELECT id FROM replies WHERE state = 'held' AND send_at <= ?1 ORDER BY send_at LIMIT ?2`, micros(now), deliveryBatch)
		if err != nil {
			return err
		}
		var jobs []river.InsertManyParams
		for _, id := range held {
			jobs = append(jobs, river.InsertManyParams{Args: replyArgs{Reply: id, Run: s.run}})
		}
		for kind := range senders {
			due, err := strs(ctx, tx, `SELECT id FROM deliveries WHERE state = 'waiting' AND next_at <= ?1 AND kind = ?2 ORDER BY next_at LIMIT ?3`,
				micros(now), kind, deliveryBatch)
			if err != nil {
				return err
			}
			for _, id := range due {
				jobs = append(jobs, river.InsertManyParams{Args: deliveryArgs{Delivery: id, Run: s.run}})
			}
		}
		if len(jobs) == 0 {
			return nil
		}
		_, err = s.queue.InsertManyTx(ctx, tx, jobs)
		return err
	})
}

// sweepCutOff decides about tries whose process ended, or that took too long.
// A process that still runs has ended its own by then.
func (s *Store) sweepCutOff(ctx context.Context, kind string, repeatable bool, now time.Time) error {
	o := Outcome{State: DeliveryUnknown, Code: CodeInterrupted}
	if repeatable {
		o.State = DeliveryWaiting
	}
	ids, err := s.cutOff(ctx, kind, now)
	for _, id := range ids {
		if err := s.settle(ctx, id, o); err != nil {
			return err
		}
	}
	return err
}

func (s *Store) cutOff(ctx context.Context, kind string, now time.Time) (ids []string, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		ids, err = strs(ctx, tx, `SELECT id FROM deliveries WHERE state = 'sending' AND kind = ?1
			AND (changed_at < ?2 OR run <> ?3 AND changed_at < ?4) LIMIT ?5`,
			kind, micros(now.Add(-2*deliveryTime)), s.run, micros(now.Add(-deliveryTime-10*time.Second)), deliveryBatch)
		return err
	})
	return ids, err
}

// deliveryWorker runs the jobs of the delivery queue.
type deliveryWorker struct {
	river.WorkerDefaults[deliveryArgs]
	store   *Store
	senders map[string]Sender
}

// Timeout bounds one try.
func (w *deliveryWorker) Timeout(*river.Job[deliveryArgs]) time.Duration { return deliveryTime }

// Work makes one try of the job's delivery if it is due.
func (w *deliveryWorker) Work(ctx context.Context, job *river.Job[deliveryArgs]) error {
	s := w.store
	d, wait, err := s.claim(ctx, job.Args.Delivery, w.senders)
	if err != nil || d.ID == "" {
		if wait > 0 && wait <= time.Minute {
			return river.JobSnooze(min(wait, maxSnooze)) // the sweep finds those that wait longer
		}
		return err
	}
	o := s.try(ctx, w.senders[d.Kind], d)
	// Also when ctx has ended: what came of it must not be lost.
	if err := s.settle(context.WithoutCancel(ctx), d.ID, o); err != nil {
		return err
	}
	if o.State == DeliveryWaiting && backoff(d.Tries, o.After) <= time.Minute {
		return river.JobSnooze(time.Second)
	}
	return nil
}

// claim takes a delivery that is due; its ID is "" when there is nothing to
// do now, and wait says when there may be.
func (s *Store) claim(ctx context.Context, id string, senders map[string]Sender) (d Delivery, wait time.Duration, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		d, err = scanDelivery(tx.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = ?1 AND state = ?2`, id, DeliveryWaiting))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		_, known := senders[d.Kind]
		if wait = d.NextAt.Sub(s.now()); wait > 0 || !known {
			d = Delivery{}
			return nil
		}
		d.State, d.Tries = DeliverySending, d.Tries+1
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = ?2, tries = ?3, run = ?4, changed_at = ?5 WHERE id = ?1`,
			id, d.State, d.Tries, s.run, micros(s.now()))
		return err
	})
	return d, wait, err
}

// try turns a panic of a sender into an unknown outcome.
func (s *Store) try(ctx context.Context, sender Sender, d Delivery) (o Outcome) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a delivery panicked", "delivery", d.ID, "kind", d.Kind, "panic", p, "stack", string(debug.Stack()))
			o = Outcome{State: DeliveryUnknown, Code: string(triage.Internal)}
		}
	}()
	return sender.Send(ctx, d)
}

// settle stores what came of a try. One that was erased meanwhile stays so.
func (s *Store) settle(ctx context.Context, id string, o Outcome) error {
	var d Delivery
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		d, err = scanDelivery(tx.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = ?1 AND state = ?2`, id, DeliverySending))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		now := s.now()
		d.State, d.Code, d.Ref, d.NextAt = o.State, clean(o.Code), clean(o.Ref), time.Time{}
		if d.State == DeliveryWaiting {
			d.NextAt = now.Add(backoff(d.Tries, o.After))
			if d.NextAt.Sub(d.CreatedAt) > deliveryPatience {
				d.State, d.NextAt = DeliveryFailed, time.Time{}
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE deliveries SET state = ?2, code = ?3, ref = ?4, next_at = ?5, changed_at = ?6, run = '' WHERE id = ?1`,
			id, d.State, d.Code, d.Ref, micros(d.NextAt), micros(now))
		if err != nil || d.State == DeliveryWaiting {
			return err
		}
		return s.record(ctx, tx, EventDelivery, d.TicketID, now, deliveryData(&d))
	})
	if err != nil {
		return err
	}
	if d.State != DeliverySent && d.ID != "" {
		s.log.Warn("a delivery did not arrive", "delivery", d.ID, "kind", d.Kind, "target", d.Target, "state", d.State, "code", d.Code, "tries", d.Tries)
	}
	if d.ID != "" && d.State != DeliveryWaiting {
		s.watch.tell(Event{Kind: EventDelivery, TicketID: d.TicketID})
	}
	return nil
}

// backoff is the wait before the try after the tries-th: the receiver's wish,
// a day at most, else longer each time, with a fifth of it by chance, so that
// what failed together does not come back together.
func backoff(tries int, wish time.Duration) time.Duration {
	if wish > 0 {
		return min(wish, 24*time.Hour)
	}
	d := retryAfter[min(max(tries, 1), len(retryAfter))-1]
	return d + rand.N(d/5)
}
