package store

import (
	"context"
	"database/sql"
	"errors"
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

// The groups that figures can be told by, beside the names of filters.
const (
	ByNothing = ""
	ByDay     = "day" // the group is the day's number
)

// Tallies returns the tallies of some measures, all for none named, in groups: by
// nothing (one group ""), by day, or by tier, kind, topic, channel or language.
func (s *Store) Tallies(ctx context.Context, f Scope, by string, measures ...Measure) (map[string]Tallies, error) {
	out := map[string]Tallies{}
	put := func(group string, m Measure, key string, t Tally) {
		if out[group] == nil {
			out[group] = Tallies{}
		}
		out[group].add(m, key, t)
	}
	names, values := f.asked()
	grouped := slices.Contains(dims, by)
	var err error
	switch {
	case len(names) == 0 || len(names) == 1 && (!grouped || by == names[0]):
		dim, value := "", ""
		if len(names) == 1 {
			dim, value = names[0], values[0]
		} else if grouped {
			dim = by
		}
		err = s.sumTallies(ctx, f, dim, value, len(names) == 1 || dim == "", by, measures, put)
	default:
		err = s.sumMeasured(ctx, f, by, measures, put)
	}
	return out, mapError(err)
}

// sumTallies reads the tallies of a dim, of one value of it or of each.
func (s *Store) sumTallies(ctx context.Context, f Scope, dim, value string, one bool, by string, measures []Measure, put func(string, Measure, string, Tally)) error {
	q := listQuery{}
	group := "''"
	switch {
	case by == ByDay:
		group = "CAST(day AS TEXT)"
	case by != ByNothing:
		group = "value"
	}
	where := "dim = " + q.arg(dim) + " AND day BETWEEN " + q.arg(f.From) + " AND " + q.arg(f.To)
	if len(measures) > 0 {
		where += " AND measure IN (" + q.argsOf(measures) + ")"
	}
	if one {
		where += " AND value = " + q.arg(value)
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT `+group+`, measure, key, sum(n), sum(total), sum(tickets) FROM tallies WHERE `+where+` GROUP BY 1, 2, 3`, q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var in, key string
		var m Measure
		var t Tally
		if err := rows.Scan(&in, &m, &key, &t.N, &t.Total, &t.Tickets); err != nil {
			return err
		}
		put(in, m, key, t)
	}
	return rows.Err()
}

// argsOf are the arguments of an IN.
func (q *listQuery) argsOf(measures []Measure) string {
	var out []string
	for _, m := range measures {
		out = append(out, q.arg(m))
	}
	return strings.Join(out, ", ")
}

// sumMeasured adds up the points of the tickets themselves.
func (s *Store) sumMeasured(ctx context.Context, f Scope, by string, measures []Measure, put func(string, Measure, string, Tally)) error {
	group := "''"
	switch {
	case by == ByDay:
		group = "CAST(day AS TEXT)"
	case by != ByNothing:
		group = by // one of dims
	}
	q := listQuery{}
	rows, err := s.reader.QueryContext(ctx, `SELECT `+group+`, points FROM measured WHERE `+q.scope(&f), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	wanted := map[Measure]bool{}
	for _, m := range measures {
		wanted[m] = true
	}
	for rows.Next() {
		var in string
		var points sql.RawBytes
		if err := rows.Scan(&in, &points); err != nil {
			return err
		}
		eachPoint(string(points), func(p point, t tally) {
			if len(wanted) == 0 || wanted[p.measure] {
				put(in, p.measure, p.key, Tally{t.n, t.total, t.tickets})
			}
		})
	}
	return rows.Err()
}

// scope is the condition of a scope on the rows of measured.
func (q *listQuery) scope(f *Scope) string {
	where := "day BETWEEN " + q.arg(f.From) + " AND " + q.arg(f.To)
	names, values := f.asked()
	for i, name := range names {
		where += " AND " + name + " = " + q.arg(values[i])
	}
	return where
}

// Values lists the values of a filter that tickets of some days have, the most
// frequent first; "" when there are tickets of which it is not known.
func (s *Store) Values(ctx context.Context, f Scope, dim string) (out []string, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		out, err = strs(ctx, tx, `SELECT value FROM tallies WHERE dim = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4
			GROUP BY value ORDER BY sum(n) DESC, value`, dim, MeasureTickets, f.From, f.To)
		return err
	})
	return out, err
}

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
		from, ok, err := s.daysFor(ctx, f, m, key, limit+1)
		if err != nil || !ok {
			return page, errors.Join(mapError(err), s.summarise(ctx, page.Tickets))
		}
		some := f
		some.From = from
		more, err := s.counted(ctx, some, m, key, after, limit-len(page.Tickets))
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

// daysFor is the day from which on the tallies, of one filter at most, have n
// tickets with a point, or the first day that has any; ok is false for none.
func (s *Store) daysFor(ctx context.Context, f Scope, m Measure, key *string, n int) (from int64, ok bool, err error) {
	var q listQuery
	dim, value := "", ""
	if names, values := f.asked(); len(names) > 0 {
		dim, value = names[0], values[0]
	}
	where := "dim = " + q.arg(dim) + " AND measure = " + q.arg(m) + " AND value = " + q.arg(value) + " AND day BETWEEN " + q.arg(f.From) + " AND " + q.arg(f.To)
	if key != nil {
		where += " AND key = " + q.arg(*key)
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT day, max(tickets) FROM tallies WHERE `+where+` GROUP BY day ORDER BY day DESC`, q.args...)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	for rows.Next() && n > 0 {
		var has int
		if err := rows.Scan(&from, &has); err != nil {
			return 0, false, err
		}
		n, ok = n-has, true
	}
	return from, ok, rows.Err()
}

// counted is a part of Counted, without what lists show of tickets.
func (s *Store) counted(ctx context.Context, f Scope, m Measure, key *string, after string, limit int) (CountedPage, error) {
	line := "%\n" + likeText(string(m)) + ":%"
	if key != nil {
		line = "%\n" + likeText(point{m, *key}.token()) + "%"
	}
	q := listQuery{}
	where := q.scope(&f) + " AND points LIKE " + q.arg(line) + ` ESCAPE '\'`
	if after != "" {
		at, id, err := parseCursor(after)
		if err != nil {
			return CountedPage{}, err
		}
		where += " AND (day, ticket_id) < (" + q.arg(at) + ", " + q.arg(id) + ")"
	}
	var page CountedPage
	err := s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT day, ticket_id, points FROM measured WHERE `+where+` ORDER BY day DESC, ticket_id DESC LIMIT `+q.arg(limit+1), q.args...)
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
	if err != nil {
		return CountedPage{}, mapError(err)
	}
	return page, nil
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
