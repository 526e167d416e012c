package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// dims are what tickets can be filtered by, and the columns of cells of that name.
var dims = []string{"tier", "kind", "topic", "channel", "language"}

// cell is a combination of what tickets can be filtered by. "" = not known.
type cell struct{ tier, kind, topic, channel, language string }

// values are in the order of dims.
func (c cell) values() []string {
	return []string{c.tier, c.kind, c.topic, c.channel, c.language}
}

// grain is of which tickets, and how many days, a row of tallies is.
type grain int64

const (
	grainAll  grain = 0  // all of a day
	grainDay  grain = 1  // those of a cell, of a day
	grainWeek grain = 7  // those of a cell, of the week from a Monday on
	grainFour grain = 28 // those of a cell, of four weeks
)

const daysOfWeek = int64(grainWeek)

// start is the first day of the row that a day is in.
func (g grain) start(day int64) int64 {
	if g <= grainDay {
		return day
	}
	since := (day - 4) % int64(g) // 1970-01-05 was a Monday
	if since < 0 {
		since += int64(g)
	}
	return day - since
}

// tallied is the key of a row of tallies.
type tallied struct {
	point int64
	grain grain
	day   int64
	cell  int64 // 0 with grainAll
}

// keysOf are the rows that a ticket's point counts in.
func keysOf(point, day, cell int64) [4]tallied {
	return [...]tallied{{point, grainAll, day, 0}, {point, grainDay, day, cell}, {point, grainWeek, grainWeek.start(day), cell}, {point, grainFour, grainFour.start(day), cell}}
}

// numbers are those that cells and points have in the tables.
type numbers struct {
	cells     map[cell]int64
	points    map[point]int64
	newCells  []cell // that have no row yet
	newPoints []point
}

func numbersIn(ctx context.Context, tx *sql.Tx) (*numbers, error) {
	n := &numbers{cells: map[cell]int64{}, points: map[point]int64{}}
	cells, err := cellsIn(ctx, tx, &listQuery{}, "1 = 1")
	if err != nil {
		return nil, err
	}
	for id, c := range cells {
		n.cells[c] = id
	}
	points, err := pointsIn(ctx, tx, nil)
	for id, p := range points {
		n.points[p] = id
	}
	return n, err
}

func cellsIn(ctx context.Context, tx *sql.Tx, q *listQuery, where string) (map[int64]cell, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, tier, kind, topic, channel, language FROM cells WHERE `+where, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]cell{}
	for rows.Next() {
		var id int64
		var c cell
		if err := rows.Scan(&id, &c.tier, &c.kind, &c.topic, &c.channel, &c.language); err != nil {
			return nil, err
		}
		out[id] = c
	}
	return out, rows.Err()
}

// pointsIn are the points of some measures by number, those of all for none named.
func pointsIn(ctx context.Context, tx *sql.Tx, measures []Measure) (map[int64]point, error) {
	var q listQuery
	where := ""
	if len(measures) > 0 {
		where = ` WHERE measure IN (` + argsOf(&q, measures) + `)`
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, measure, key FROM points`+where, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]point{}
	for rows.Next() {
		var id int64
		var p point
		if err := rows.Scan(&id, &p.measure, &p.key); err != nil {
			return nil, err
		}
		out[id] = p
	}
	return out, rows.Err()
}

// argsOf are the arguments of an IN.
func argsOf[T any](q *listQuery, values []T) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = q.arg(v)
	}
	return strings.Join(out, ", ")
}

func (n *numbers) cell(c cell) int64 {
	id, ok := n.cells[c]
	if !ok {
		id = int64(len(n.cells)) + 1
		n.cells[c], n.newCells = id, append(n.newCells, c)
	}
	return id
}

func (n *numbers) point(p point) int64 {
	id, ok := n.points[p]
	if !ok {
		id = int64(len(n.points)) + 1
		n.points[p], n.newPoints = id, append(n.newPoints, p)
	}
	return id
}

// add adds the points of a ticket to the tallies, times times.
func (n *numbers) add(to map[tallied]tally, m *measured, times int64) {
	if len(m.points) == 0 {
		return
	}
	c := n.cell(m.cell)
	for p, t := range m.points {
		for _, k := range keysOf(n.point(p), m.day, c) {
			sum := to[k]
			sum.add(t, times)
			to[k] = sum
		}
	}
}

// addHelped adds a check on a help page, which is of no ticket.
func (n *numbers) addHelped(to map[tallied]tally, e *logged, c Calendar) {
	key := e.data.Page + ">else"
	if e.data.Passed {
		key = e.data.Page + ">passed"
	}
	k := tallied{n.point(point{MeasureHelped, key}), grainAll, c.Day(e.at), 0}
	t := to[k]
	t.n++
	to[k] = t
}

// insert stores the new ones.
func (n *numbers) insert(ctx context.Context, tx *sql.Tx) error {
	for _, c := range n.newCells {
		if _, err := tx.ExecContext(ctx, `INSERT INTO cells (id, tier, kind, topic, channel, language) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
			n.cells[c], c.tier, c.kind, c.topic, c.channel, c.language); err != nil {
			return err
		}
	}
	for _, p := range n.newPoints {
		if _, err := tx.ExecContext(ctx, `INSERT INTO points (id, measure, key) VALUES (?1, ?2, ?3)`, n.points[p], p.measure, p.key); err != nil {
			return err
		}
	}
	n.newCells, n.newPoints = nil, nil
	return nil
}

// store stores some tickets, and adds to the tallies. A row of nothing is none.
func (n *numbers) store(ctx context.Context, tx *sql.Tx, all []measured, tallies map[tallied]tally) error {
	cells := make([]int64, len(all))
	for i := range all {
		cells[i] = n.cell(all[i].cell)
	}
	if err := n.insert(ctx, tx); err != nil {
		return err
	}
	add, err := tx.PrepareContext(ctx, `INSERT INTO measured (day, cell, ticket_id, points) VALUES (?1, ?2, ?3, ?4)`)
	if err != nil {
		return err
	}
	defer add.Close()
	for i := range all {
		if _, err := add.ExecContext(ctx, all[i].day, cells[i], all[i].ticket, all[i].text()); err != nil {
			return err
		}
	}
	return addToTallies(ctx, tx, tallies)
}

func (k tallied) compare(o tallied) int {
	return cmp.Or(cmp.Compare(k.point, o.point), cmp.Compare(k.grain, o.grain), cmp.Compare(k.day, o.day), cmp.Compare(k.cell, o.cell))
}

// talliesAtOnce is how many rows of tallies one statement adds to.
const talliesAtOnce = 100

func addToTallies(ctx context.Context, tx *sql.Tx, by map[tallied]tally) error {
	keys := make([]tallied, 0, len(by))
	for k, t := range by {
		if t != (tally{}) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, tallied.compare) // in the order of the table
	for rows := range slices.Chunk(keys, talliesAtOnce) {
		var q listQuery
		values := make([]string, len(rows))
		for i, k := range rows {
			t := by[k]
			values[i] = "(" + argsOf(&q, []int64{k.point, int64(k.grain), k.day, k.cell, t.n, t.total, t.tickets}) + ")"
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tallies (point, grain, day, cell, n, total, tickets) VALUES `+strings.Join(values, ", ")+`
			ON CONFLICT (point, grain, day, cell) DO UPDATE SET n = tallies.n + excluded.n, total = tallies.total + excluded.total, tickets = tallies.tickets + excluded.tickets`, q.args...); err != nil {
			return err
		}
	}
	for _, k := range keys {
		if by[k].n >= 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM tallies WHERE point = ?1 AND grain = ?2 AND day = ?3 AND cell = ?4 AND n = 0`, k.point, k.grain, k.day, k.cell); err != nil {
			return err
		}
	}
	return nil
}
