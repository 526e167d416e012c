package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"readback/triage"
)

// Unknown chooses, of a filter, the tickets of which that is not known.
const Unknown = "-"

// Scope chooses the tickets that figures are of: those that came on some days.
// Empty fields choose all.
type Scope struct {
	From, To                             int64 // days, both included; see Calendar.Day
	Tier, Kind, Topic, Channel, Language string
}

// Before is the same number of days directly before.
func (f Scope) Before() Scope {
	f.From, f.To = f.From-(f.To-f.From+1), f.From-1
	return f
}

// asked are the filters that are set, by dim.
func (f *Scope) asked() (names, values []string) {
	for i, v := range []string{f.Tier, f.Kind, f.Topic, f.Channel, f.Language} {
		if v == Unknown {
			names, values = append(names, dims[i]), append(values, "")
		} else if v != "" {
			names, values = append(names, dims[i]), append(values, v)
		}
	}
	return names, values
}

// Tally is how often something was counted.
type Tally struct {
	N       int64 // how often
	Total   int64 // minutes, nano-dollars or milliseconds, by the measure
	Tickets int64 // in how many tickets
}

// Tallies are the tallies of some tickets, by measure and key.
type Tallies map[Measure]map[string]Tally

func (f Tallies) add(m Measure, key string, t Tally) {
	if f[m] == nil {
		f[m] = map[string]Tally{}
	}
	sum := f[m][key]
	f[m][key] = Tally{sum.N + t.N, sum.Total + t.Total, sum.Tickets + t.Tickets}
}

// Add adds all of other.
func (f Tallies) Add(other Tallies) {
	for m, keys := range other {
		for key, t := range keys {
			f.add(m, key, t)
		}
	}
}

// Sum adds up the keys of a measure. Its Tickets counts one with two keys twice.
func (f Tallies) Sum(m Measure) (out Tally) {
	for _, t := range f[m] {
		out = Tally{out.N + t.N, out.Total + t.Total, out.Tickets + t.Tickets}
	}
	return out
}

// Of is the tally of one key.
func (f Tallies) Of(m Measure, key string) Tally { return f[m][key] }

// Percentile is the p-th percentile (0 to 100) by nearest rank of a measure
// whose keys are numbers. ok is false when nothing was counted.
func (f Tallies) Percentile(m Measure, p int64) (value int64, ok bool) {
	var values []int64
	for key := range f[m] {
		if v, err := strconv.ParseInt(key, 10, 64); err == nil {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	n := f.Sum(m).N
	rank := max((p*n+99)/100, 1)
	for _, v := range values {
		if rank -= f[m][strconv.FormatInt(v, 10)].N; rank <= 0 {
			return v, true
		}
	}
	return 0, false
}

// Tallies returns the tallies of some measures, all for none named.
func (s *Store) Tallies(ctx context.Context, f Scope, measures ...Measure) (Tallies, error) {
	out := Tallies{}
	err := s.read(ctx, func(tx *sql.Tx) error {
		parts := f.parts(grainFour)
		if !f.filtered() {
			parts = f.days(grainAll)
		}
		return f.sum(ctx, tx, parts, "", measures, func(_ int64, p point, t Tally) { out.add(p.measure, p.key, t) })
	})
	return out, err
}

// Groups returns the tallies of some measures, all for none named, by each of
// some filters (tier, kind, topic, channel, language) and its values.
func (s *Store) Groups(ctx context.Context, f Scope, by []string, measures ...Measure) (map[string]map[string]Tallies, error) {
	out := map[string]map[string]Tallies{}
	for _, dim := range by {
		out[dim] = map[string]Tallies{}
	}
	err := s.read(ctx, func(tx *sql.Tx) error {
		cells, err := cellsIn(ctx, tx, &listQuery{}, "1 = 1")
		if err != nil {
			return err
		}
		return f.sum(ctx, tx, f.parts(grainFour), "cell", measures, func(cell int64, p point, t Tally) {
			values := cells[cell].values()
			for i, dim := range dims {
				if of := out[dim]; of != nil {
					if of[values[i]] == nil {
						of[values[i]] = Tallies{}
					}
					of[values[i]].add(p.measure, p.key, t)
				}
			}
		})
	})
	return out, err
}

// Span are the tallies of some days in a row.
type Span struct {
	From, To int64
	Tallies
}

// Series returns the tallies of some measures day by day, or by so many weeks from
// Monday to Sunday, the last of which has the last day. All days of the scope are in
// one span, the first and the last may be shorter.
func (s *Store) Series(ctx context.Context, f Scope, weeks int, measures ...Measure) ([]Span, error) {
	var out []Span
	for to := f.To; to >= f.From; {
		from := to
		if weeks > 0 {
			from = grainWeek.start(to) - daysOfWeek*int64(weeks-1)
		}
		out = append(out, Span{max(from, f.From), to, Tallies{}})
		to = from - 1
	}
	slices.Reverse(out)
	parts := f.parts(grainWeek)
	switch {
	case !f.filtered():
		parts = f.days(grainAll)
	case weeks == 0:
		parts = f.days(grainDay)
	}
	err := s.read(ctx, func(tx *sql.Tx) error {
		return f.sum(ctx, tx, parts, "day", measures, func(day int64, p point, t Tally) {
			i, _ := slices.BinarySearchFunc(out, day, func(s Span, day int64) int { return cmp.Compare(s.To, day) })
			out[i].add(p.measure, p.key, t)
		})
	})
	return out, err
}

// part is what of the tallies some days are made up of.
type part struct {
	grain    grain
	from, to int64
}

func (f *Scope) filtered() bool {
	names, _ := f.asked()
	return len(names) > 0
}

// days makes up a scope of single days.
func (f *Scope) days(g grain) []part { return []part{{g, f.From, f.To}} }

// parts makes up the days of a scope of what fits whole, at most as long as
// that, and of shorter ones at both ends.
func (f *Scope) parts(longest grain) (out []part) {
	shorter := map[grain]grain{grainFour: grainWeek, grainWeek: grainDay}
	var fill func(g grain, from, to int64)
	fill = func(g grain, from, to int64) {
		if from > to {
			return
		}
		first, end := g.start(from+max(int64(g), 1)-1), g.start(to+1) // of the first whole one; after the last
		if first >= end {
			fill(shorter[g], from, to)
			return
		}
		out = append(out, part{g, first, end - 1})
		fill(shorter[g], from, first-1)
		fill(shorter[g], end, to)
	}
	fill(longest, f.From, f.To)
	return out
}

// sum adds up parts of the tallies of some measures, all for none named, by a
// column: day, cell, or "".
func (f *Scope) sum(ctx context.Context, tx *sql.Tx, parts []part, group string, measures []Measure, put func(group int64, p point, t Tally)) error {
	points, err := pointsIn(ctx, tx, measures)
	if err != nil || len(points) == 0 {
		return err
	}
	for _, of := range parts {
		if err := f.sumPart(ctx, tx, of, group, points, put); err != nil {
			return err
		}
	}
	return nil
}

// sumPart walks the rows of each point in the order of the table, so adding them up sorts nothing.
func (f *Scope) sumPart(ctx context.Context, tx *sql.Tx, of part, group string, points map[int64]point, put func(int64, point, Tally)) error {
	var q listQuery
	where, columns, by := f.rows(&q, of, slices.Sorted(maps.Keys(points))), "0", "point"
	if group != "" {
		columns, by = group, "point, "+group
	}
	rows, err := tx.QueryContext(ctx, `SELECT point, `+columns+`, sum(n), sum(total), sum(tickets) FROM tallies WHERE `+where+` GROUP BY `+by, q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, in int64
		var t Tally
		if err := rows.Scan(&id, &in, &t.N, &t.Total, &t.Tickets); err != nil {
			return err
		}
		put(in, points[id], t)
	}
	return rows.Err()
}

// rows is the condition of the rows of tallies that some points have in a part.
func (f *Scope) rows(q *listQuery, of part, points []int64) string {
	where := "point IN (" + argsOf(q, points) + ") AND grain = " + q.arg(of.grain) + " AND day BETWEEN " + q.arg(of.from) + " AND " + q.arg(of.to)
	if names, values := f.asked(); len(names) > 0 {
		for i, name := range names {
			names[i] = name + " = " + q.arg(values[i])
		}
		where += " AND cell IN (SELECT id FROM cells WHERE " + strings.Join(names, " AND ") + ")"
	}
	return where
}

// Values lists, by filter, the values that tickets of the days of a scope have, the
// most frequent first; "" when there are tickets of which it is not known.
func (s *Store) Values(ctx context.Context, f Scope) (map[string][]string, error) {
	f = Scope{From: f.From, To: f.To}
	groups, err := s.Groups(ctx, f, dims, MeasureTickets)
	out := map[string][]string{}
	for dim, of := range groups {
		out[dim] = slices.SortedFunc(maps.Keys(of), func(a, b string) int {
			return cmp.Or(cmp.Compare(of[b].Sum(MeasureTickets).N, of[a].Sum(MeasureTickets).N), cmp.Compare(a, b))
		})
	}
	return out, err
}

// Helped records that a visitor had their setup checked on a help page, and
// whether all that could be looked at passed. page is the id of its procedure.
func (s *Store) Helped(ctx context.Context, page string, passed bool) error {
	if !code.MatchString(page) {
		return triage.Errorf(triage.Invalid, "%q is no page.", page)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		return s.record(ctx, tx, EventHelped, "", s.now(), map[string]any{"page": page, "passed": passed})
	})
}
