package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Counted is a ticket behind a figure.
type Counted struct {
	Summary
	Day int64 // on which it counts
	Tally
}

// CountedPage is a part of the tickets behind a figure.
type CountedPage struct {
	Tickets []Counted
	Next    string // cursor of the page that follows, "" at the end
}

// Counted lists the tickets of a scope that have a point of a measure, of the
// key alone unless that is nil, those that came last first. after is Next of
// the page before. Tallies of several keys are added up.
// Errors: Invalid for a cursor that is none.
func (s *Store) Counted(ctx context.Context, f Scope, m Measure, key *string, after string, limit int) (CountedPage, error) {
	if limit <= 0 || limit > maxLimit {
		limit = defaultLimit
	}
	if after != "" {
		day, _, err := parseCursor(after)
		if err != nil {
			return CountedPage{}, err
		}
		f.To = min(f.To, day)
	}
	var page CountedPage
	for {
		// Days without any are not walked over: those that the tallies name for as many as fill the page.
		from, ok, err := s.daysFor(ctx, &f, m, key, limit+1-len(page.Tickets))
		if err != nil || !ok {
			return page, errors.Join(err, s.summarise(ctx, page.Tickets))
		}
		some := f
		some.From = from
		more, err := s.counted(ctx, &some, m, key, after, limit-len(page.Tickets))
		if err != nil {
			return CountedPage{}, err
		}
		page.Tickets, page.Next = append(page.Tickets, more.Tickets...), more.Next
		if f.To = from - 1; page.Next != "" || f.To < f.From {
			return page, s.summarise(ctx, page.Tickets)
		}
		if len(page.Tickets) == limit { // another may follow
			last := &page.Tickets[limit-1]
			page.Next = cursor(fromMicros(last.Day), last.ID)
			return page, s.summarise(ctx, page.Tickets)
		}
	}
}

// pointsOf are the numbers of a measure's points, of one key alone unless that is nil.
func pointsOf(ctx context.Context, tx *sql.Tx, m Measure, key *string) ([]int64, error) {
	points, err := pointsIn(ctx, tx, []Measure{m})
	maps.DeleteFunc(points, func(_ int64, p point) bool { return key != nil && p.key != *key })
	return slices.Sorted(maps.Keys(points)), err
}

// The days that lists look through at first, and how many times as many they do next.
const (
	firstDays  = 7
	daysFactor = 6
)

// daysFor is the day from which on at least n tickets have a point, by the
// tallies, or the first day that has any; ok is false for none. It looks
// through the last days first.
func (s *Store) daysFor(ctx context.Context, f *Scope, m Measure, key *string, n int) (from int64, ok bool, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		points, err := pointsOf(ctx, tx, m, key)
		if err != nil || len(points) == 0 {
			return err
		}
		size := int64(firstDays)
		for to := f.To; to >= f.From && n > 0; size *= daysFactor {
			first := max(to-size+1, f.From)
			day, has, err := daysWithin(ctx, tx, f, part{grainDay, first, to}, points, n)
			if err != nil {
				return err
			}
			if has > 0 {
				from, ok, n = day, true, n-has
			}
			to = first - 1
		}
		return nil
	})
	return from, ok, err
}

// daysWithin is daysFor within some days, with how many tickets there are at least.
func daysWithin(ctx context.Context, tx *sql.Tx, f *Scope, days part, points []int64, n int) (from int64, has int, err error) {
	var q listQuery
	// A ticket may have several of the points, so of each cell the most frequent counts.
	rows, err := tx.QueryContext(ctx, `SELECT day, sum(most) FROM (SELECT day, cell, max(tickets) AS most FROM tallies
		WHERE `+f.rows(&q, days, points)+` GROUP BY day, cell) AS of_cells GROUP BY day ORDER BY day DESC`, q.args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for has < n && rows.Next() {
		var more int
		if err := rows.Scan(&from, &more); err != nil {
			return 0, 0, err
		}
		has += more
	}
	return from, has, rows.Err()
}

// counted is a part of Counted, without what lists show of tickets. It looks at
// the tickets of days and cells in which the tallies have the point.
func (s *Store) counted(ctx context.Context, f *Scope, m Measure, key *string, after string, limit int) (CountedPage, error) {
	line := "%\n" + likeText(string(m)) + ":%"
	if key != nil {
		line = "%\n" + likeText(point{m, *key}.token()) + "%"
	}
	var page CountedPage
	err := s.read(ctx, func(tx *sql.Tx) error {
		points, err := pointsOf(ctx, tx, m, key)
		if err != nil || len(points) == 0 {
			return err
		}
		var q listQuery
		from := `(SELECT DISTINCT day, cell FROM tallies WHERE ` + f.rows(&q, part{grainDay, f.From, f.To}, points) + `) AS has CROSS JOIN measured`
		where := `measured.day = has.day AND measured.cell = has.cell AND points LIKE ` + q.arg(line) + ` ESCAPE '\'`
		if after != "" {
			at, id, err := parseCursor(after)
			if err != nil {
				return err
			}
			where += " AND (measured.day, ticket_id) < (" + q.arg(at) + ", " + q.arg(id) + ")"
		}
		rows, err := tx.QueryContext(ctx, `SELECT measured.day, ticket_id, points FROM `+from+` WHERE `+where+` ORDER BY measured.day DESC, ticket_id DESC LIMIT `+q.arg(limit+1), q.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var x Counted
			var points string
			if err := rows.Scan(&x.Day, &x.ID, &points); err != nil {
				return err
			}
			if len(page.Tickets) == limit {
				last := &page.Tickets[limit-1]
				page.Next = cursor(fromMicros(last.Day), last.ID)
				break
			}
			eachPoint(points, func(p point, t tally) {
				if p.measure == m && (key == nil || p.key == *key) {
					x.N, x.Total, x.Tickets = x.N+t.n, x.Total+t.total, 1
				}
			})
			page.Tickets = append(page.Tickets, x)
		}
		return rows.Err()
	})
	return page, err
}

// likeText is a text that LIKE takes as it stands, with ESCAPE '\'.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// summarise fills in what lists show of tickets.
func (s *Store) summarise(ctx context.Context, all []Counted) error {
	var q listQuery
	var ids []string
	for i := range all {
		ids = append(ids, q.arg(all[i].ID))
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := s.summaries(ctx, `SELECT `+summaryColumns+` FROM tickets WHERE id IN (`+strings.Join(ids, ", ")+`)`, q.args...)
	if err != nil {
		return err
	}
	for i := range all {
		if at := slices.IndexFunc(found, func(t Summary) bool { return t.ID == all[i].ID }); at >= 0 {
			all[i].Summary = found[at]
		}
	}
	return nil
}
