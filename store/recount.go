package store

import (
	"context"
	"database/sql"
	"slices"

	"readback/triage"
)

// Recount counts everything anew from the log, and returns how many tickets it
// counted. Meanwhile the figures are not whole, and Measuring says so. tell, if
// set, is told how many tickets were counted so far.
// Errors: Conflict when another process began to count since.
func (s *Store) Recount(ctx context.Context, c Calendar, tell func(tickets int)) (tickets int, err error) {
	run := s.newID("run")
	var upTo int64
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM events`).Scan(&upTo); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE measuring SET basis = '', n = 0, at = ?1, run = ?2, done = 0 WHERE id = 1`, micros(s.now()), run)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := s.forgetMeasured(ctx, run); err != nil {
		return 0, err
	}
	var counts *numbers
	if err := s.read(ctx, func(tx *sql.Tx) (err error) { counts, err = numbersIn(ctx, tx); return err }); err != nil {
		return 0, err
	}
	tallies := map[tallied]tally{}
	// store stores what was counted, and the tallies too when they are many, or the last.
	store := func(batch []measured, last bool) error {
		add := tallies
		if len(add) < talliesKept && !last {
			add = nil
		}
		err := s.counting(ctx, run, tickets, func(tx *sql.Tx) error { return counts.store(ctx, tx, batch, add) })
		if add != nil {
			clear(tallies)
		}
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	batches, failed := s.measureAll(ctx, c)
	for batch := range batches {
		for i := range batch {
			counts.add(tallies, &batch[i], 1)
		}
		tickets += len(batch)
		if err := store(batch, false); err != nil {
			return tickets, err
		}
		if tell != nil {
			tell(tickets)
		}
	}
	if err := <-failed; err != nil {
		return tickets, mapError(err)
	}
	if err := s.read(ctx, func(tx *sql.Tx) error { return counts.helpedUpTo(ctx, tx, upTo, c, tallies) }); err != nil {
		return tickets, mapError(err)
	}
	if err := store(nil, true); err != nil {
		return tickets, err
	}
	return tickets, s.counting(ctx, run, tickets, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `CREATE UNIQUE INDEX IF NOT EXISTS measured_by_ticket ON measured (ticket_id)`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE measuring SET basis = ?1, n = ?2, run = '' WHERE id = 1`, c.basis, upTo)
		return err
	})
}

// talliesKept is how many rows of tallies are added up before they are stored: a week's, of a large desk.
const talliesKept = 200_000

// measureAll measures every ticket, a batch ahead of who takes them, and then
// tells how that ended.
func (s *Store) measureAll(ctx context.Context, c Calendar) (<-chan []measured, <-chan error) {
	batches, failed := make(chan []measured, 1), make(chan error, 1)
	go func() {
		defer close(batches)
		failed <- func() error {
			var ids []string
			if err := s.read(ctx, func(tx *sql.Tx) (err error) { ids, err = countedIDs(ctx, tx); return err }); err != nil {
				return err
			}
			for some := range slices.Chunk(ids, countBatch) {
				var batch []measured
				if err := s.read(ctx, func(tx *sql.Tx) (err error) { batch, err = measureThese(ctx, tx, some, 0, c); return err }); err != nil {
					return err
				}
				select {
				case batches <- batch:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		}()
	}()
	return batches, failed
}

// countedIDs are the tickets of the log as they came: those of a day follow
// each other, so little of the tallies is touched at a time.
func countedIDs(ctx context.Context, tx *sql.Tx) ([]string, error) {
	return strs(ctx, tx, `SELECT ticket_id FROM events WHERE ticket_id <> '' GROUP BY ticket_id ORDER BY min(at), ticket_id`)
}

// counting is a step of a count that is still this one's to make.
func (s *Store) counting(ctx context.Context, run string, tickets int, do func(tx *sql.Tx) error) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := s.stillCounting(ctx, tx, run, tickets); err != nil {
			return err
		}
		return do(tx)
	})
}

// stillCounting tells how far a count came. Conflict when another one has begun.
func (s *Store) stillCounting(ctx context.Context, tx *sql.Tx, run string, tickets int) error {
	res, err := tx.ExecContext(ctx, `UPDATE measuring SET at = ?2, done = ?3 WHERE id = 1 AND run = ?1`, run, micros(s.now()), tickets)
	if err != nil {
		return err
	}
	return oneRow(res, triage.Errorf(triage.Conflict, "Another process counts everything anew."))
}

// forgetMeasured empties the tables. The index by ticket goes too: tickets come
// by day, and an index that is made of all of them at the end costs a tenth of
// one that is kept in order. A count that breaks off is begun anew by the next
// one, so it comes back.
func (s *Store) forgetMeasured(ctx context.Context, run string) error {
	return s.writeWithoutOverwriting(ctx, func(tx *sql.Tx) error {
		if err := s.stillCounting(ctx, tx, run, 0); err != nil {
			return err
		}
		for _, query := range []string{`DROP INDEX IF EXISTS measured_by_ticket`, `DELETE FROM measured`, `DELETE FROM tallies`} {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
}

// measureThese measures some tickets by the log up to n (0 = all of it).
func measureThese(ctx context.Context, tx *sql.Tx, ids []string, n int64, c Calendar) ([]measured, error) {
	var q listQuery
	events, err := eventsIn(ctx, tx, `SELECT n, at, kind, ticket_id, data FROM events WHERE ticket_id IN (`+argsOf(&q, ids)+`) ORDER BY ticket_id, n`, q.args...)
	if err != nil {
		return nil, err
	}
	batch := make([]measured, 0, len(ids))
	for len(events) > 0 {
		id := events[0].ticket
		end := slices.IndexFunc(events, func(e logged) bool { return e.ticket != id })
		if end < 0 {
			end = len(events)
		}
		own := events[:end:end]
		events = events[end:]
		if n > 0 && own[0].n > n {
			continue
		}
		all, into, err := history(ctx, tx, id, own, n)
		if err != nil {
			return nil, err
		}
		batch = append(batch, measure(id, all, into, c))
	}
	return batch, nil
}

func (n *numbers) helpedUpTo(ctx context.Context, tx *sql.Tx, place int64, c Calendar, to map[tallied]tally) error {
	events, err := eventsIn(ctx, tx, `SELECT n, at, kind, ticket_id, data FROM events WHERE ticket_id = '' AND kind = ?1 AND n <= ?2`, EventHelped, place)
	for i := range events {
		n.addHelped(to, &events[i], c)
	}
	return err
}
