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
	countBatch   = 2000            // tickets of a count of everything that are stored at once
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
	gone  []measured // as they are stored
	come  []measured
	tally map[tallied]tally
}

// tallied is the key of a row of tallies.
type tallied struct {
	dim     string
	measure Measure
	day     int64
	value   string
	key     string
}

// dims are what tickets can be filtered by, and the column of measured of that name.
var dims = []string{"tier", "kind", "topic", "channel", "language"}

func (m *measured) dim(name string) string {
	return map[string]string{"tier": m.tier, "kind": m.kind, "topic": m.topic, "channel": m.channel, "language": m.language}[name]
}

// add adds the points of a ticket to the tallies, times times.
func addTallies(to map[tallied]tally, m *measured, times int64) {
	values := [...]string{"", m.tier, m.kind, m.topic, m.channel, m.language}
	for p, t := range m.points {
		for i, value := range values {
			k := tallied{"", p.measure, m.day, value, p.key}
			if i > 0 {
				k.dim = dims[i-1]
			}
			sum := to[k]
			sum.add(t, times)
			to[k] = sum
		}
	}
}

// measureSome takes in the events after n, a batch of them, and reports whether
// there may be more.
func (s *Store) measureSome(ctx context.Context, c Calendar, n int64) (more bool, err error) {
	ch := changes{tally: map[tallied]tally{}}
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
				countHelped(ch.tally, e, c)
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
		return ch.store(ctx, tx)
	})
	if errors.Is(err, errMeasured) { // by another process
		return true, nil
	}
	return more, err
}

var errMeasured = triage.Errorf(triage.Conflict, "The figures were brought up to date meanwhile.")

// countHelped counts a check on a help page.
func countHelped(to map[tallied]tally, e *logged, c Calendar) {
	key := e.data.Page + ">else"
	if e.data.Passed {
		key = e.data.Page + ">passed"
	}
	k := tallied{"", MeasureHelped, c.Day(e.at), "", key}
	t := to[k]
	t.n++
	to[k] = t
}

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
			addTallies(ch.tally, &was, -1)
		}
		events, into, err := history(ctx, tx, id, nil, 0)
		if err != nil {
			return err
		}
		is := measure(id, events, into, c)
		ch.come = append(ch.come, is)
		addTallies(ch.tally, &is, 1)
		id = into
	}
	return nil
}

// measuredIn reads the row of a ticket; zero when there is none.
func measuredIn(ctx context.Context, tx *sql.Tx, id string) (m measured, err error) {
	var points string
	err = tx.QueryRowContext(ctx, `SELECT day, ticket_id, tier, kind, topic, channel, language, points FROM measured WHERE ticket_id = ?1`, id).
		Scan(&m.day, &m.ticket, &m.tier, &m.kind, &m.topic, &m.channel, &m.language, &points)
	if errors.Is(err, sql.ErrNoRows) {
		return measured{}, nil
	}
	m.points = map[point]tally{}
	eachPoint(points, func(p point, t tally) { m.points[p] = t })
	return m, err
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
func (ch *changes) store(ctx context.Context, tx *sql.Tx) error {
	for i := range ch.gone {
		if _, err := tx.ExecContext(ctx, `DELETE FROM measured WHERE ticket_id = ?1`, ch.gone[i].ticket); err != nil {
			return err
		}
	}
	if err := insertMeasured(ctx, tx, ch.come); err != nil {
		return err
	}
	return addToTallies(ctx, tx, ch.tally, slices.Collect(maps.Keys(ch.tally)))
}

func insertMeasured(ctx context.Context, tx *sql.Tx, all []measured) error {
	add, err := tx.PrepareContext(ctx, `INSERT INTO measured (day, ticket_id, tier, kind, topic, channel, language, points) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`)
	if err != nil {
		return err
	}
	defer add.Close()
	for i := range all {
		m := &all[i]
		if _, err := add.ExecContext(ctx, m.day, m.ticket, m.tier, m.kind, m.topic, m.channel, m.language, m.text()); err != nil {
			return err
		}
	}
	return nil
}

// addToTallies adds to the rows of some keys. A row of nothing is none.
func addToTallies(ctx context.Context, tx *sql.Tx, by map[tallied]tally, keys []tallied) error {
	add, err := tx.PrepareContext(ctx, `INSERT INTO tallies (dim, measure, day, value, key, n, total, tickets) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
		ON CONFLICT (dim, measure, day, value, key) DO UPDATE SET n = tallies.n + excluded.n, total = tallies.total + excluded.total,
			tickets = tallies.tickets + excluded.tickets RETURNING n`)
	if err != nil {
		return err
	}
	defer add.Close()
	for _, k := range keys {
		t := by[k]
		if t == (tally{}) {
			continue
		}
		var n int64
		if err := add.QueryRowContext(ctx, k.dim, k.measure, k.day, k.value, k.key, t.n, t.total, t.tickets).Scan(&n); err != nil {
			return err
		}
		if n != 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM tallies WHERE dim = ?1 AND measure = ?2 AND day = ?3 AND value = ?4 AND key = ?5`,
			k.dim, k.measure, k.day, k.value, k.key); err != nil {
			return err
		}
	}
	return nil
}
