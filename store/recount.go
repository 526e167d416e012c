package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	counts := newCounter()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	batches, failed := s.measureAll(ctx, c)
	for batch := range batches {
		for i := range batch {
			counts.add(&batch[i])
		}
		tickets += len(batch)
		// In the order of the table.
		slices.SortFunc(batch, func(a, b measured) int {
			return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.ticket, b.ticket))
		})
		if err := s.counting(ctx, run, tickets, func(tx *sql.Tx) error { return insertMeasured(ctx, tx, batch) }); err != nil {
			return tickets, err
		}
		if tell != nil {
			tell(tickets)
		}
	}
	if err := <-failed; err != nil {
		return tickets, mapError(err)
	}
	tallies := counts.tallies()
	if err := s.read(ctx, func(tx *sql.Tx) error { return helpedUpTo(ctx, tx, upTo, c, tallies) }); err != nil {
		return tickets, mapError(err)
	}
	keys := slices.SortedFunc(maps.Keys(tallies), tallied.compare)
	for part := range slices.Chunk(keys, 10*countBatch) {
		if err := s.counting(ctx, run, tickets, func(tx *sql.Tx) error { return insertTallies(ctx, tx, tallies, part) }); err != nil {
			return tickets, err
		}
	}
	return tickets, s.counting(ctx, run, tickets, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE measuring SET basis = ?1, n = ?2, run = '' WHERE id = 1`, c.basis, upTo)
		return err
	})
}

// measureAll measures every ticket, a batch ahead of who takes them, and then
// tells how that ended.
func (s *Store) measureAll(ctx context.Context, c Calendar) (<-chan []measured, <-chan error) {
	batches, failed := make(chan []measured, 1), make(chan error, 1)
	go func() {
		defer close(batches)
		for after, more := "", true; more; more = after != "" {
			var batch []measured
			err := s.read(ctx, func(tx *sql.Tx) (err error) {
				batch, after, err = measureAfter(ctx, tx, after, 0, c)
				return err
			})
			if err != nil {
				failed <- err
				return
			}
			select {
			case batches <- batch:
			case <-ctx.Done():
				failed <- ctx.Err()
				return
			}
		}
		failed <- nil
	}()
	return batches, failed
}

// counter adds up the points of many tickets: points and values of filters are
// few, so each gets a number, and a sum is found by three of those.
type counter struct {
	points map[point]uint64
	values map[[2]string]uint64 // dim and value
	sums   map[uint64]*tally    // by day, value and point
}

func newCounter() *counter {
	return &counter{map[point]uint64{}, map[[2]string]uint64{}, map[uint64]*tally{}}
}

// numberOf gives what is new the next number.
func numberOf[K comparable](of map[K]uint64, key K) uint64 {
	n, ok := of[key]
	if !ok {
		n = uint64(len(of))
		of[key] = n
	}
	return n
}

// dayZero keeps the numbers of days above 0.
const dayZero = 1 << 20

func (c *counter) add(m *measured) {
	day := uint64(m.day+dayZero) << 40
	values := [...]uint64{numberOf(c.values, [2]string{"", ""}), numberOf(c.values, [2]string{"tier", m.tier}), numberOf(c.values, [2]string{"kind", m.kind}),
		numberOf(c.values, [2]string{"topic", m.topic}), numberOf(c.values, [2]string{"channel", m.channel}), numberOf(c.values, [2]string{"language", m.language})}
	for p, t := range m.points {
		n := numberOf(c.points, p)
		for _, value := range values {
			sum := c.sums[day|value<<20|n]
			if sum == nil {
				sum = new(tally)
				c.sums[day|value<<20|n] = sum
			}
			sum.add(t, 1)
		}
	}
}

// tallies are the sums by what they are of.
func (c *counter) tallies() map[tallied]tally {
	points, values := make([]point, len(c.points)), make([][2]string, len(c.values))
	for p, n := range c.points {
		points[n] = p
	}
	for v, n := range c.values {
		values[n] = v
	}
	const low = 1<<20 - 1
	out := make(map[tallied]tally, len(c.sums))
	for k, t := range c.sums {
		p, v := points[k&low], values[k>>20&low]
		out[tallied{v[0], p.measure, int64(k>>40) - dayZero, v[1], p.key}] = *t
	}
	return out
}

func (k tallied) compare(o tallied) int {
	return cmp.Or(cmp.Compare(k.dim, o.dim), cmp.Compare(k.measure, o.measure), cmp.Compare(k.day, o.day), cmp.Compare(k.value, o.value), cmp.Compare(k.key, o.key))
}

// insertTallies stores the tallies of some keys, which are none yet.
func insertTallies(ctx context.Context, tx *sql.Tx, by map[tallied]tally, keys []tallied) error {
	for rows := range slices.Chunk(keys, 100) {
		var q listQuery
		values := make([]string, len(rows))
		for i, k := range rows {
			t := by[k]
			values[i] = "(" + strings.Join([]string{q.arg(k.dim), q.arg(k.measure), q.arg(k.day), q.arg(k.value), q.arg(k.key), q.arg(t.n), q.arg(t.total), q.arg(t.tickets)}, ", ") + ")"
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tallies (dim, measure, day, value, key, n, total, tickets) VALUES `+strings.Join(values, ", "), q.args...); err != nil {
			return err
		}
	}
	return nil
}

// counting is a step of a count that is still this one's to make.
func (s *Store) counting(ctx context.Context, run string, tickets int, do func(tx *sql.Tx) error) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE measuring SET at = ?2, done = ?3 WHERE id = 1 AND run = ?1`, run, micros(s.now()), tickets)
		if err != nil {
			return err
		}
		if err := oneRow(res, triage.Errorf(triage.Conflict, "Another process counts everything anew.")); err != nil {
			return err
		}
		return do(tx)
	})
}

// forgetMeasured empties the tables, a day at a time: others write between.
func (s *Store) forgetMeasured(ctx context.Context, run string) error {
	for {
		var gone int64
		err := s.counting(ctx, run, 0, func(tx *sql.Tx) error {
			for _, query := range []string{`DELETE FROM measured WHERE day = (SELECT min(day) FROM measured)`,
				`DELETE FROM tallies WHERE (dim, measure) = (SELECT dim, measure FROM tallies ORDER BY dim, measure LIMIT 1)`} {
				res, err := tx.ExecContext(ctx, query)
				if err != nil {
					return err
				}
				n, err := res.RowsAffected()
				if err != nil {
					return err
				}
				gone += n
			}
			return nil
		})
		if err != nil || gone == 0 {
			return err
		}
	}
}

// measureAfter measures the tickets that follow an id, a batch of them, by the log up
// to n (0 = all of it). last is the id to go on after, "" at the end.
func measureAfter(ctx context.Context, tx *sql.Tx, after string, n int64, c Calendar) (batch []measured, last string, err error) {
	ids, err := strs(ctx, tx, `SELECT DISTINCT ticket_id FROM events WHERE ticket_id > ?1 ORDER BY ticket_id LIMIT ?2`, after, countBatch)
	if err != nil || len(ids) == 0 {
		return nil, "", err
	}
	events, err := eventsIn(ctx, tx, `SELECT n, at, kind, ticket_id, data FROM events WHERE ticket_id >= ?1 AND ticket_id <= ?2 ORDER BY ticket_id, n`, ids[0], ids[len(ids)-1])
	if err != nil {
		return nil, "", err
	}
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
			return nil, "", err
		}
		batch = append(batch, measure(id, all, into, c))
	}
	if len(ids) == countBatch {
		last = ids[len(ids)-1]
	}
	return batch, last, nil
}

func helpedUpTo(ctx context.Context, tx *sql.Tx, n int64, c Calendar, to map[tallied]tally) error {
	events, err := eventsIn(ctx, tx, `SELECT n, at, kind, ticket_id, data FROM events WHERE ticket_id = '' AND kind = ?1 AND n <= ?2`, EventHelped, n)
	for i := range events {
		countHelped(to, &events[i], c)
	}
	return err
}

// Recounted is what a second count found.
type Recounted struct {
	Tickets, Figures int
	Differ           int      // tickets and figures that are not as they are stored
	Examples         []string // some of those
}

// CheckFigures counts everything again beside what is stored, on one snapshot,
// and compares. Errors: Conflict while the figures are not whole.
func (s *Store) CheckFigures(ctx context.Context, c Calendar) (out Recounted, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		at, err := measuringIn(ctx, tx)
		if err != nil {
			return err
		}
		if at.basis != c.basis || at.run != "" {
			return triage.Errorf(triage.Conflict, "The figures are not whole: they are being counted, or were counted by other hours. Run readback analytics rebuild.")
		}
		return out.compare(ctx, tx, at.n, c)
	})
	return out, err
}

func (r *Recounted) compare(ctx context.Context, tx *sql.Tx, n int64, c Calendar) error {
	tallies := map[tallied]tally{}
	for after, more := "", true; more; more = after != "" {
		var batch []measured
		var err error
		if batch, after, err = measureAfter(ctx, tx, after, n, c); err != nil {
			return err
		}
		for i := range batch {
			m := &batch[i]
			addTallies(tallies, m, 1)
			was, err := measuredIn(ctx, tx, m.ticket)
			if err != nil {
				return err
			}
			if was.text() != m.text() || was.day != m.day || slices.ContainsFunc(dims, func(d string) bool { return was.dim(d) != m.dim(d) }) {
				r.differs("ticket " + m.ticket)
			}
		}
		r.Tickets += len(batch)
	}
	var stored int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM measured`).Scan(&stored); err != nil {
		return err
	}
	if stored != r.Tickets {
		r.differs(fmt.Sprintf("%d tickets are stored, %d are in the log", stored, r.Tickets))
	}
	if err := helpedUpTo(ctx, tx, n, c, tallies); err != nil {
		return err
	}
	r.Figures = len(tallies)
	return r.compareTallies(ctx, tx, tallies)
}

func (r *Recounted) compareTallies(ctx context.Context, tx *sql.Tx, want map[tallied]tally) error {
	rows, err := tx.QueryContext(ctx, `SELECT dim, measure, day, value, key, n, total, tickets FROM tallies`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k tallied
		var t tally
		if err := rows.Scan(&k.dim, &k.measure, &k.day, &k.value, &k.key, &t.n, &t.total, &t.tickets); err != nil {
			return err
		}
		if want[k] != t {
			r.differs(fmt.Sprintf("%v: %v is stored, %v in the log", k, t, want[k]))
		}
		delete(want, k)
	}
	for k := range want {
		r.differs(fmt.Sprintf("%v is not stored", k))
	}
	return rows.Err()
}

func (r *Recounted) differs(what string) {
	if r.Differ++; len(r.Examples) < 10 {
		r.Examples = append(r.Examples, what)
	}
}
