package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// Recounted is what a second count found.
type Recounted struct {
	Tickets, Figures int
	Differ           int      // tickets and figures that are not as they are stored
	Examples         []string // some of those
}

// CheckFigures counts everything again beside what is stored, on one snapshot,
// and compares. Errors: Conflict while the figures are not whole.
func (s *Store) CheckFigures(ctx context.Context, c Calendar) (Recounted, error) {
	var r recheck
	err := s.read(ctx, func(tx *sql.Tx) error {
		at, err := measuringIn(ctx, tx)
		if err != nil {
			return err
		}
		switch {
		case at.run != "":
			return triage.Errorf(triage.Conflict, "The figures are being counted anew, %d tickets so far: check again later, or run readback analytics rebuild if that broke off.", at.Done)
		case at.basis == "":
			return triage.Errorf(triage.Conflict, "Nothing was counted yet: run readback analytics rebuild.")
		case at.basis != c.basis:
			return triage.Errorf(triage.Conflict, "The figures were counted by another time zone or other hours of tiers: run readback analytics rebuild.")
		}
		if r.numbers, err = numbersIn(ctx, tx); err != nil {
			return err
		}
		r.off = map[tallied]tally{}
		if err := r.tickets(ctx, tx, at.n, c); err != nil {
			return err
		}
		if err := r.numbers.helpedUpTo(ctx, tx, at.n, c, r.off); err != nil {
			return err
		}
		return r.figures(ctx, tx)
	})
	return r.Recounted, err
}

// recheck is a second count under way.
type recheck struct {
	Recounted
	numbers *numbers
	off     map[tallied]tally // what the log has beyond the rows of tickets
}

// tickets compares the row of each ticket with the log up to n.
func (r *recheck) tickets(ctx context.Context, tx *sql.Tx, n int64, c Calendar) error {
	ids, err := countedIDs(ctx, tx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, countBatch) {
		batch, err := measureThese(ctx, tx, some, n, c)
		if err != nil {
			return err
		}
		stored, err := measuredOf(ctx, tx, some)
		if err != nil {
			return err
		}
		for i := range batch {
			is := &batch[i]
			was := stored[is.ticket]
			delete(stored, is.ticket)
			if was.day != is.day || was.cell != is.cell || !maps.Equal(was.points, is.points) {
				r.differs(ticketDiffers(&was, is))
				r.numbers.add(r.off, &was, -1)
				r.numbers.add(r.off, is, 1)
			}
		}
		for _, was := range stored { // came later than n, which no count can have seen
			r.notInLog(&was)
		}
		r.Tickets += len(batch)
	}
	unknown, err := strs(ctx, tx, `SELECT ticket_id FROM measured WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.ticket_id = measured.ticket_id) ORDER BY ticket_id`)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(unknown, countBatch) {
		stored, err := measuredOf(ctx, tx, some)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(stored)) {
			was := stored[id]
			r.notInLog(&was)
		}
	}
	return nil
}

func (r *recheck) notInLog(was *measured) {
	r.differs("ticket " + was.ticket + " is stored and not in the log")
	r.numbers.add(r.off, was, -1)
}

// ticketDiffers tells in which point a ticket is not as it is stored, or else in what.
func ticketDiffers(was, is *measured) string {
	what := "ticket " + is.ticket
	switch {
	case was.ticket == "":
		return what + " is in the log and not stored"
	case was.day != is.day:
		return fmt.Sprintf("%s: %s is stored, %s in the log", what, dateText(was.day), dateText(is.day))
	case was.cell != is.cell:
		return fmt.Sprintf("%s: %q is stored, %q in the log", what, was.values(), is.values())
	}
	for _, p := range slices.SortedFunc(maps.Keys(union(was.points, is.points)), point.compare) {
		if was.points[p] != is.points[p] {
			return fmt.Sprintf("%s: %s: %s is stored, %s in the log", what, p, was.points[p], is.points[p])
		}
	}
	return what
}

// figures compares the tallies with the rows of tickets and what they are off, four weeks at a time.
func (r *recheck) figures(ctx context.Context, tx *sql.Tx) error {
	parts := map[int64]map[tallied]tally{}
	for k, t := range r.off {
		first := grainFour.start(k.day)
		if parts[first] == nil {
			parts[first] = map[tallied]tally{}
		}
		parts[first][k] = t
	}
	for _, query := range []string{`SELECT DISTINCT day FROM measured`, `SELECT DISTINCT day FROM tallies`} {
		days, err := strs(ctx, tx, query)
		if err != nil {
			return err
		}
		for _, text := range days {
			var day int64
			if _, err := fmt.Sscan(text, &day); err != nil {
				return err
			}
			if first := grainFour.start(day); parts[first] == nil {
				parts[first] = map[tallied]tally{}
			}
		}
	}
	named := r.names()
	for _, first := range slices.Sorted(maps.Keys(parts)) {
		want := parts[first]
		if err := r.addWeeks(ctx, tx, first, want); err != nil {
			return err
		}
		stored, err := storedWeeks(ctx, tx, first)
		if err != nil {
			return err
		}
		for _, k := range slices.SortedFunc(maps.Keys(union(want, stored)), tallied.compare) {
			if want[k] != stored[k] {
				r.differs(fmt.Sprintf("%s: %s is stored, %s in the log", named(k), stored[k], want[k]))
			}
			if want[k] != (tally{}) {
				r.Figures++
			}
		}
		delete(parts, first)
	}
	return nil
}

// addWeeks adds up the rows of the tickets of four weeks.
func (r *recheck) addWeeks(ctx context.Context, tx *sql.Tx, first int64, to map[tallied]tally) error {
	rows, err := tx.QueryContext(ctx, `SELECT day, cell, points FROM measured WHERE day BETWEEN ?1 AND ?2`, first, first+int64(grainFour)-1)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var day, cell int64
		var points sql.RawBytes
		if err := rows.Scan(&day, &cell, &points); err != nil {
			return err
		}
		eachPoint(string(points), func(p point, t tally) {
			for _, k := range keysOf(r.numbers.point(p), day, cell) {
				sum := to[k]
				sum.add(t, 1)
				to[k] = sum
			}
		})
	}
	return rows.Err()
}

func storedWeeks(ctx context.Context, tx *sql.Tx, first int64) (map[tallied]tally, error) {
	rows, err := tx.QueryContext(ctx, `SELECT point, grain, day, cell, n, total, tickets FROM tallies
		WHERE point IN (SELECT id FROM points) AND grain IN (?1, ?2, ?3, ?4) AND day BETWEEN ?5 AND ?6`, grainAll, grainDay, grainWeek, grainFour, first, first+int64(grainFour)-1)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[tallied]tally{}
	for rows.Next() {
		var k tallied
		var t tally
		if err := rows.Scan(&k.point, &k.grain, &k.day, &k.cell, &t.n, &t.total, &t.tickets); err != nil {
			return nil, err
		}
		out[k] = t
	}
	return out, rows.Err()
}

// names tells what a row of tallies is of.
func (r *recheck) names() func(tallied) string {
	points, cells := map[int64]point{}, map[int64]cell{}
	for p, id := range r.numbers.points {
		points[id] = p
	}
	for c, id := range r.numbers.cells {
		cells[id] = c
	}
	return func(k tallied) string {
		text := fmt.Sprintf("%s on %s", points[k.point], dateText(k.day))
		switch k.grain {
		case grainAll:
			return text + ", all tickets"
		case grainWeek, grainFour:
			text = fmt.Sprintf("%s in the %d days from %s", points[k.point], k.grain, dateText(k.day))
		}
		for i, v := range cells[k.cell].values() {
			if v != "" {
				text += ", " + dims[i] + " " + v
			}
		}
		return text
	}
}

func dateText(day int64) string { return DateOf(day).Format(time.DateOnly) }

// union are the keys that one of two maps has.
func union[K comparable, V any](a, b map[K]V) map[K]bool {
	out := make(map[K]bool, len(a))
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// String is a point in words of programs: measure and key.
func (p point) String() string {
	return strings.TrimSpace(string(p.measure) + " " + p.key)
}

// String is the numbers as the table names them.
func (t tally) String() string {
	return fmt.Sprintf("n %d, total %d, tickets %d", t.n, t.total, t.tickets)
}

func (r *recheck) differs(what string) {
	if r.Differ++; len(r.Examples) < 10 {
		r.Examples = append(r.Examples, what)
	}
}
