package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"readback/knowledge"
	"readback/triage"
)

const (
	measureEvery = 5 * time.Second // between two looks for what was logged since
	measureBatch = 300             // events that are taken in at once
	countBatch   = 5000            // tickets of a count of everything that are stored at once
	countStale   = time.Minute     // after which a count that did not get on counts as broken off
)

// itoa is how numbers stand in keys of points.
func itoa(n int64) string { return fmt.Sprint(n) }

// measureUntil keeps figures up to date until ctx ends.
func (s *Store) measureUntil(ctx context.Context, workspace func() *knowledge.Workspace) {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		if err := s.Measure(ctx, CalendarOf(workspace())); err != nil && ctx.Err() == nil {
			s.log.Error("measures", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Measure brings the figures up to the log, and counts everything anew when
// that was never done, broke off, or was done by another calendar. It does
// nothing while another process counts.
func (s *Store) Measure(ctx context.Context, c Calendar) error {
	for {
		at, err := s.Measuring(ctx)
		switch {
		case err != nil:
			return err
		case at.run != "" && s.now().Sub(at.At) < countStale:
			return nil
		case at.basis != c.basis || at.run != "":
			_, err := s.Recount(ctx, c, nil)
			return err
		}
		if more, err := s.measureSome(ctx, c, at.n); err != nil || !more {
			return err
		}
	}
}

// Measuring is how far the figures are.
type Measuring struct {
	Counting bool      // everything is being counted anew, or was never counted
	Done     int       // tickets of that count so far
	At       time.Time // when what was logged was last taken in
	n        int64
	basis    string
	run      string
}

// Measuring tells how far the figures are.
func (s *Store) Measuring(ctx context.Context) (m Measuring, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		m, err = measuringIn(ctx, tx)
		return err
	})
	return m, err
}

func measuringIn(ctx context.Context, tx *sql.Tx) (m Measuring, err error) {
	var at int64
	err = tx.QueryRowContext(ctx, `SELECT basis, n, at, run, done FROM measuring WHERE id = 1`).Scan(&m.basis, &m.n, &at, &m.run, &m.Done)
	m.At, m.Counting = fromMicros(at), m.basis == ""
	return m, err
}

// changes are what a batch does to the tables.
type changes struct {
	gone, come []measured // as they are stored; as they are now
	helped     []logged
}

// measureSome takes in the events after n, a batch of them, and reports whether
// there may be more.
func (s *Store) measureSome(ctx context.Context, c Calendar, n int64) (more bool, err error) {
	var ch changes
	to := n
	err = s.read(ctx, func(tx *sql.Tx) error {
		events, err := eventsIn(ctx, tx, `SELECT n, at, kind, ticket_id, data FROM events WHERE n > ?1 ORDER BY n LIMIT ?2`, n, measureBatch)
		if err != nil || len(events) == 0 {
			return err
		}
		to, more = events[len(events)-1].n, len(events) == measureBatch
		seen := map[string]bool{"": true}
		for i := range events {
			if e := &events[i]; e.kind == EventHelped {
				ch.helped = append(ch.helped, *e)
			} else if err := ch.ticket(ctx, tx, e.ticket, c, seen); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || to == n {
		return false, mapError(err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE measuring SET n = ?2, at = ?3 WHERE id = 1 AND n = ?1 AND run = ''`, n, to, micros(s.now()))
		if err != nil {
			return err
		}
		if err := oneRow(res, errMeasured); err != nil {
			return err
		}
		return ch.store(ctx, tx, c)
	})
	if errors.Is(err, errMeasured) { // by another process
		return true, nil
	}
	return more, err
}

var errMeasured = triage.Errorf(triage.Conflict, "The figures were brought up to date meanwhile.")

// ticket measures a ticket anew, and the one that it was merged into.
func (ch *changes) ticket(ctx context.Context, tx *sql.Tx, id string, c Calendar, seen map[string]bool) error {
	for !seen[id] {
		seen[id] = true
		was, err := measuredIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if was.ticket != "" {
			ch.gone = append(ch.gone, was)
		}
		events, into, err := history(ctx, tx, id, nil, 0)
		if err != nil {
			return err
		}
		ch.come = append(ch.come, measure(id, events, into, c))
		id = into
	}
	return nil
}

// measuredIn reads the row of a ticket; zero when there is none.
func measuredIn(ctx context.Context, tx *sql.Tx, id string) (measured, error) {
	found, err := measuredOf(ctx, tx, []string{id})
	return found[id], err
}

// measuredOf reads the rows of some tickets.
func measuredOf(ctx context.Context, tx *sql.Tx, ids []string) (map[string]measured, error) {
	var q listQuery
	rows, err := tx.QueryContext(ctx, `SELECT m.day, m.ticket_id, c.tier, c.kind, c.topic, c.channel, c.language, m.points
		FROM measured m JOIN cells c ON c.id = m.cell WHERE m.ticket_id IN (`+argsOf(&q, ids)+`)`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]measured{}
	for rows.Next() {
		m := measured{points: map[point]tally{}}
		var points string
		if err := rows.Scan(&m.day, &m.ticket, &m.tier, &m.kind, &m.topic, &m.channel, &m.language, &points); err != nil {
			return nil, err
		}
		eachPoint(points, func(p point, t tally) { m.points[p] = t })
		out[m.ticket] = m
	}
	return out, rows.Err()
}

func eventsIn(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]logged, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []logged
	for rows.Next() {
		var e logged
		var at int64
		var data sql.RawBytes
		if err := rows.Scan(&e.n, &at, &e.kind, &e.ticket, &data); err != nil {
			return nil, err
		}
		if e.at = fromMicros(at); len(data) > 0 {
			if err := e.read(data); err != nil {
				return nil, fmt.Errorf("event %d: %w", e.n, err)
			}
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// history returns the events of a ticket and of those merged into it, in the
// order of the log up to n (0 = all), and the ticket that it was merged into. own are those
// of its own, nil when they are to be read.
func history(ctx context.Context, tx *sql.Tx, id string, own []logged, n int64) (events []logged, into string, err error) {
	return historyBut(ctx, tx, id, own, n, map[string]bool{})
}

// historyBut is history without the tickets in seen: a ticket is in no other twice.
func historyBut(ctx context.Context, tx *sql.Tx, id string, own []logged, n int64, seen map[string]bool) (events []logged, into string, err error) {
	seen[id] = true
	if own == nil {
		if own, err = eventsIn(ctx, tx, `SELECT n, at, kind, ticket_id, data FROM events WHERE ticket_id = ?1 ORDER BY n`, id); err != nil {
			return nil, "", err
		}
	}
	if n > 0 {
		own = slices.DeleteFunc(own, func(e logged) bool { return e.n > n })
	}
	merged := map[string]bool{}
	for i := range own {
		switch d := &own[i].data; {
		case own[i].kind == EventMerged && d.Source == id:
			into = d.Target
		case own[i].kind == EventUnmerged && d.Source == id:
			into = ""
		case own[i].kind == EventMerged:
			merged[d.Source] = true
		case own[i].kind == EventUnmerged:
			delete(merged, d.Source)
		}
	}
	if len(merged) == 0 {
		return own, into, nil
	}
	events = own
	for _, source := range slices.Sorted(maps.Keys(merged)) {
		if seen[source] {
			continue
		}
		theirs, _, err := historyBut(ctx, tx, source, nil, n, seen)
		if err != nil {
			return nil, "", err
		}
		events = append(events, theirs...)
	}
	slices.SortStableFunc(events, func(a, b logged) int { return cmp.Compare(a.n, b.n) })
	return events, into, nil
}

// store carries the changes out.
func (ch *changes) store(ctx context.Context, tx *sql.Tx, c Calendar) error {
	numbers, err := numbersIn(ctx, tx)
	if err != nil {
		return err
	}
	tallies := map[tallied]tally{}
	for i := range ch.gone {
		numbers.add(tallies, &ch.gone[i], -1)
		if _, err := tx.ExecContext(ctx, `DELETE FROM measured WHERE ticket_id = ?1`, ch.gone[i].ticket); err != nil {
			return err
		}
	}
	for i := range ch.come {
		numbers.add(tallies, &ch.come[i], 1)
	}
	for i := range ch.helped {
		numbers.addHelped(tallies, &ch.helped[i], c)
	}
	return numbers.store(ctx, tx, ch.come, tallies)
}
