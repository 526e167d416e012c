package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"readback/store"
	"readback/triage"
)

// statTable is a table of figures, as pages show it and files hold it.
type statTable struct {
	ID, Name, How string
	Columns       []statColumn
	Rows          [][]statCell
	Hidden        string // how many rows only the files hold, in words
	CSV, JSON     string // addresses of the files
	Empty         string // why it has no rows
}

// statColumn is a column: its code in files, its name on pages.
type statColumn struct {
	Code, Name string
	Num        bool
	File       bool // pages leave it out
}

// statCell is a figure or a name. Raw stands in files: a code, a number, or nil
// for what is not known.
type statCell struct {
	Text string
	Raw  any
	URL  string
	Says string // of a link whose text is not how many tickets it leads to: what it is
	Bar  string // 0 to 100: beside the figure; "" = none
}

// shownRows is how many rows of a table a page shows; files have all.
const shownRows = 40

// statSections are the pages behind the wall, with the tables of each.
var statSections = []struct {
	name     string
	tables   []string
	measures []store.Measure // that they are made of, beside those by groups
}{
	{statWall, []string{"days"}, append([]store.Measure{store.MeasureMended, store.MeasureDismissed, store.MeasureLeft}, wallMeasures...)},
	{"routing", []string{"moved", "first"}, []store.Measure{store.MeasureMoved, store.MeasureFirst}},
	{"stuck", []string{"effort", "stuck", "dead_ends", "switches"}, []store.Measure{store.MeasureStuck, store.MeasureDeadEnd, store.MeasureEnded, store.MeasureSwitch}},
	{"help", []string{"checks", "pages"}, []store.Measure{store.MeasureCheck, store.MeasureDisputed, store.MeasurePage, store.MeasureHelped}},
	{"reading", []string{"reading", "basis"}, []store.Measure{store.MeasureReading, store.MeasureDegraded, store.MeasureDropped, store.MeasureCost, store.MeasureLatency, store.MeasureBasis}},
	{"groups", []string{"channel", "language", "browser"}, []store.Measure{store.MeasureBrowser}},
}

// wallMeasures are what the figures of the wall are made of.
var wallMeasures = []store.Measure{store.MeasureTickets, store.MeasureResolved, store.MeasureTouches, store.MeasureAnswers, store.MeasureSent,
	store.MeasureBounced, store.MeasureReopened, store.MeasureSwitch}

func sectionNames() (out []string) {
	for _, s := range statSections {
		out = append(out, s.name)
	}
	return out
}

// sectionTables are the tables of a section, with the measures that they are
// made of; none for one that there is not.
func sectionTables(name string) ([]string, []store.Measure) {
	for _, s := range statSections {
		if s.name == name {
			return s.tables, append(s.measures, store.MeasureTickets)
		}
	}
	return nil, nil
}

// tableSection is the section that a table stands in, "" for one that there is not.
func tableSection(id string) string {
	for _, s := range statSections {
		if slices.Contains(s.tables, id) {
			return s.name
		}
	}
	return ""
}

// builders fill the tables, by id.
var builders = map[string]func(*stats, *statTable) error{
	"days": (*stats).daysTable, "moved": (*stats).movedTable, "first": (*stats).firstTable, "effort": (*stats).effortTable,
	"stuck": (*stats).stuckTable, "dead_ends": (*stats).deadEndsTable, "switches": (*stats).switchesTable, "checks": (*stats).checksTable, "pages": (*stats).pagesTable,
	"reading": (*stats).readingTable, "basis": (*stats).basisTable, "channel": (*stats).channelTable, "language": (*stats).languageTable, "browser": (*stats).browserTable,
}

// table builds a table by its id, with all of its rows but those that a page
// hides. Errors: NotFound.
func (st *stats) table(id string) (statTable, error) {
	t, err := st.whole(id)
	if n := len(t.Rows); n > shownRows {
		t.Rows, t.Hidden = t.Rows[:shownRows], st.l.t("stats.hidden", "count", n-shownRows)
	}
	return t, err
}

// whole is table with all rows.
func (st *stats) whole(id string) (statTable, error) {
	build, ok := builders[id]
	if !ok {
		return statTable{}, triage.Errorf(triage.NotFound, "There is no table %q.", id)
	}
	t := statTable{ID: id, Name: st.l.t("stats.table." + id), How: st.l.t("stats.table." + id + ".how"), Empty: st.l.t("stats.none"),
		CSV: st.url("/analytics/export", "table", id, "format", "csv"), JSON: st.url("/analytics/export", "table", id, "format", "json")}
	return t, build(st, &t)
}

// columns names the columns of a table: names, then figures behind "|". Those in
// brackets stand in files only.
func (st *stats) columns(t *statTable, codes string) {
	num := false
	for _, code := range strings.Fields(codes) {
		if code == "|" {
			num = true
			continue
		}
		code, file := strings.CutPrefix(code, "(")
		code = strings.TrimSuffix(code, ")")
		t.Columns = append(t.Columns, statColumn{code, st.l.t("stats.column." + code), num, file})
	}
}

func (st *stats) named(code, name string) statCell {
	if code == "" {
		return statCell{Text: name, Raw: nil}
	}
	return statCell{Text: name, Raw: code}
}

// count is a number of tickets or of things in them, which leads to them.
func (st *stats) count(n int64, m store.Measure, key string, more ...string) statCell {
	c := statCell{Text: st.l.number(float64(n), 0), Raw: n}
	if n > 0 {
		c.URL = st.tickets(m, &key, more...)
	}
	return c
}

// earlier is count of the period before.
func (st *stats) earlier(n int64, m store.Measure, key string) statCell {
	was := st.scope.Before()
	return st.count(n, m, key, "days", "", "from", dayText(was.From), "to", dayText(was.To))
}

// behind makes a figure lead to its tickets, which are not as many as it says.
func (st *stats) behind(c statCell, column string, m store.Measure, key *string, more ...string) statCell {
	c.URL = st.tickets(m, key, more...)
	c.Says = st.l.t("stats.tickets_of", "name", st.l.t("stats.column."+column), "value", c.Text)
	return c
}

func (st *stats) plain(n int64) statCell { return statCell{Text: st.l.number(float64(n), 0), Raw: n} }

// share is a part of a whole, with a bar.
func (st *stats) share(part, of int64) statCell {
	if of == 0 {
		return statCell{Text: noFigure}
	}
	v := float64(part) / float64(of)
	return statCell{Text: st.l.percent(part, of), Raw: v, Bar: fmt.Sprintf("%.1f", 100*v)}
}

// figure is a figure of the wall, of the tickets that more chooses.
func (st *stats) figure(id, column string, t store.Tallies, more ...string) statCell {
	i := slices.IndexFunc(wallFigures, func(f wallFigure) bool { return f.id == id })
	f := &wallFigures[i]
	v, ok := f.value(t)
	if !ok {
		return statCell{Text: noFigure}
	}
	c := statCell{Text: f.show(st.l, v), Raw: v}
	if t.Sum(f.list).N > 0 {
		c = st.behind(c, column, f.list, nil, more...)
	}
	return c
}

func (st *stats) daysTable(t *statTable) error {
	st.columns(t, "from (to) | tickets touches touches_p90 repeats mended bounced reopened switch_hours")
	if st.now.Sum(store.MeasureTickets).N == 0 {
		return nil
	}
	for _, b := range slices.Backward(st.series) {
		days := []string{"days", "", "from", dayText(b.From), "to", dayText(b.To)}
		p90, mended := statCell{Text: noFigure}, statCell{Text: noFigure}
		if v, ok := b.Percentile(store.MeasureTouches, 90); ok {
			p90 = st.behind(st.plain(v), "touches_p90", store.MeasureTouches, nil, days...)
		}
		if n := guarded(b.Tallies); n > 0 {
			v := 100 * float64(b.Sum(store.MeasureMended).N) / float64(n)
			if mended = (statCell{Text: showNumber(st.l, v), Raw: v}); v > 0 {
				mended = st.behind(mended, "mended", store.MeasureMended, nil, days...)
			}
		}
		hours := st.figure("switch", "switch_hours", b.Tallies, days...)
		if minutes, ok := hours.Raw.(float64); ok {
			hours.Raw = minutes / 60
		}
		t.Rows = append(t.Rows, []statCell{{Text: st.span(b.From, b.To), Raw: dayText(b.From)}, {Text: st.short(b.To), Raw: dayText(b.To)}, st.count(b.Sum(store.MeasureTickets).N, store.MeasureTickets, "", days...),
			st.figure("touches", "touches", b.Tallies, days...), p90, st.figure("repeats", "repeats", b.Tallies, days...), mended, st.figure("bounced", "bounced", b.Tallies, days...),
			st.figure("reopened", "reopened", b.Tallies, days...), hours})
	}
	return nil
}

func (st *stats) movedTable(t *statTable) error {
	st.columns(t, "from_tier to_tier why | moves before tickets")
	for _, key := range byCount(st.now[store.MeasureMoved]) {
		n, p := st.now.Of(store.MeasureMoved, key), cut(key, 3)
		t.Rows = append(t.Rows, []statCell{st.named(p[0], st.valueName("tier", p[0])), st.named(p[1], st.valueName("tier", p[1])), st.named(p[2], st.why(p[2])),
			st.behind(st.plain(n.N), "moves", store.MeasureMoved, &key), st.plain(st.then.Of(store.MeasureMoved, key).N), st.count(n.Tickets, store.MeasureMoved, key)})
	}
	return nil
}

func (st *stats) firstTable(t *statTable) error {
	st.columns(t, "first | tickets share before")
	all, before := st.now.Sum(store.MeasureFirst).N, st.then.Sum(store.MeasureFirst).N
	keys := byCount(st.now[store.MeasureFirst])
	if i := slices.Index(keys, "right"); i > 0 {
		keys = append([]string{"right"}, slices.Delete(keys, i, i+1)...)
	}
	for _, key := range keys {
		n := st.now.Of(store.MeasureFirst, key).N
		was := st.share(st.then.Of(store.MeasureFirst, key).N, before)
		was.Bar = ""
		t.Rows = append(t.Rows, []statCell{st.named(key, st.why(key)), st.count(n, store.MeasureFirst, key), st.share(n, all), was})
	}
	return nil
}

func (st *stats) effortTable(t *statTable) error {
	st.columns(t, "topic | tickets none partial exhausted unknown share_exhausted")
	groups, err := st.s.Store.Groups(ctxOf(st.c), st.scope, []string{"topic"}, store.MeasureEffort)
	by := groups["topic"]
	for _, topic := range st.groups(by, store.MeasureEffort) {
		n := by[topic]
		all := n.Sum(store.MeasureEffort).N
		of := cmp.Or(topic, store.Unknown)
		row := []statCell{st.named(topic, st.topicName(topic)), st.behind(st.plain(all), "tickets", store.MeasureEffort, nil, "topic", of)}
		for _, effort := range []string{"none", "partial", "exhausted", ""} {
			row = append(row, st.count(n.Of(store.MeasureEffort, effort).N, store.MeasureEffort, effort, "topic", of))
		}
		known := all - n.Of(store.MeasureEffort, "").N
		t.Rows = append(t.Rows, append(row, st.share(n.Of(store.MeasureEffort, "exhausted").N, known)))
	}
	return err
}

// topicName is a procedure in words; a ticket that none fits has no topic.
func (st *stats) topicName(id string) string {
	if id == "" {
		return st.l.t("stats.topic.none")
	}
	return st.s.procedureTitle(st.l, id)
}

// groups orders the groups of some tallies by a measure.
func (st *stats) groups(by map[string]store.Tallies, m store.Measure) []string {
	return slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(by[b].Sum(m).N, by[a].Sum(m).N), cmp.Compare(a, b))
	})
}

func (st *stats) stuckTable(t *statTable) error {
	st.columns(t, "topic step | tickets share before")
	all := st.now.Sum(store.MeasureStuck).N
	for _, key := range byCount(st.now[store.MeasureStuck]) {
		n, p := st.now.Of(store.MeasureStuck, key).N, cut(key, 2)
		t.Rows = append(t.Rows, []statCell{st.named(p[0], st.topicName(p[0])), st.named(p[1], st.s.stepTitle(st.l, p[0], p[1])),
			st.count(n, store.MeasureStuck, key), st.share(n, all), st.earlier(st.then.Of(store.MeasureStuck, key).N, store.MeasureStuck, key)})
	}
	return nil
}

func (st *stats) deadEndsTable(t *statTable) error {
	return st.hoursTable(t, store.MeasureDeadEnd, store.MeasureEnded)
}

func (st *stats) switchesTable(t *statTable) error {
	return st.hoursTable(t, store.MeasureSwitch, store.MeasureSwitch)
}

// hoursTable has the tickets of a measure by topic and step, and the hours of another.
func (st *stats) hoursTable(t *statTable, m, hours store.Measure) error {
	st.columns(t, "topic step | tickets before hours hours_each")
	for _, key := range byCount(st.now[m]) {
		n, p, ended := st.now.Of(m, key).N, cut(key, 2), st.now.Of(hours, key)
		each := statCell{Text: noFigure}
		if ended.N > 0 {
			each = statCell{Text: st.l.hours(ended.Total / ended.N), Raw: float64(ended.Total) / float64(ended.N) / 60}
		}
		t.Rows = append(t.Rows, []statCell{st.named(p[0], st.topicName(p[0])), st.named(p[1], st.s.stepTitle(st.l, p[0], p[1])), st.count(n, m, key),
			st.earlier(st.then.Of(m, key).N, m, key), {Text: st.l.hours(ended.Total), Raw: float64(ended.Total) / 60}, each})
	}
	return nil
}

func (st *stats) checksTable(t *statTable) error {
	st.columns(t, "check | fail unknown_outcome pass share_fail right wrong open")
	names := map[string]store.Tally{}
	for _, m := range []store.Measure{store.MeasureCheck, store.MeasureDisputed} {
		for key, n := range st.now[m] {
			name := cut(key, 2)[0]
			if sum := names[name]; strings.HasSuffix(key, ">fail") || m == store.MeasureDisputed {
				names[name] = store.Tally{N: sum.N + n.N}
			} else {
				names[name] = sum
			}
		}
	}
	for _, name := range byCount(names) {
		row := []statCell{{Text: name, Raw: name}}
		all := int64(0)
		for _, outcome := range []string{"fail", "unknown", "pass"} {
			n := st.now.Of(store.MeasureCheck, name+">"+outcome).N
			all += n
			row = append(row, st.count(n, store.MeasureCheck, name+">"+outcome))
		}
		row = append(row, st.share(st.now.Of(store.MeasureCheck, name+">fail").N, all))
		for _, verdict := range []string{"right", "wrong", "open"} {
			row = append(row, st.count(st.now.Of(store.MeasureDisputed, name+">"+verdict).N, store.MeasureDisputed, name+">"+verdict))
		}
		t.Rows = append(t.Rows, row)
	}
	return nil
}

func (st *stats) pagesTable(t *statTable) error {
	st.columns(t, "page | tickets before passed not_passed")
	pages := map[string]store.Tally{}
	for key, n := range st.now[store.MeasurePage] {
		pages[key] = n
	}
	for key := range st.now[store.MeasureHelped] {
		if page := cut(key, 2)[0]; pages[page].N == 0 {
			pages[page] = store.Tally{}
		}
	}
	for _, page := range byCount(pages) {
		passed, not := st.plain(st.now.Of(store.MeasureHelped, page+">passed").N), st.plain(st.now.Of(store.MeasureHelped, page+">else").N)
		if st.filtered { // who ran a check is not known
			passed, not = statCell{Text: noFigure}, statCell{Text: noFigure}
		}
		t.Rows = append(t.Rows, []statCell{st.named(page, st.topicName(page)), st.count(pages[page].N, store.MeasurePage, page),
			st.earlier(st.then.Of(store.MeasurePage, page).N, store.MeasurePage, page), passed, not})
	}
	return nil
}

// usd is an amount of nano-dollars.
func (st *stats) usd(nano int64) statCell {
	v := float64(nano) / 1e9
	return statCell{Text: "$" + st.l.number(v, map[bool]int{true: 2, false: 4}[v >= 1 || v == 0]), Raw: v}
}

func (st *stats) readingTable(t *statTable) error {
	st.columns(t, "figure | value before tickets")
	row := func(code, name string, of func(t store.Tallies) statCell, tickets statCell) {
		t.Rows = append(t.Rows, []statCell{{Text: name, Raw: code}, of(st.now), of(st.then), tickets})
	}
	if st.now.Sum(store.MeasureReading).N == 0 {
		return nil
	}
	for _, key := range byCount(st.now[store.MeasureReading]) {
		row("readings."+key, st.l.t("stats.reading.by", "name", st.keyName(store.MeasureReading, key)), func(t store.Tallies) statCell { return st.plain(t.Of(store.MeasureReading, key).N) },
			st.count(st.now.Of(store.MeasureReading, key).Tickets, store.MeasureReading, key))
	}
	row("degraded_share", st.l.t("stats.reading.degraded"), func(t store.Tallies) statCell {
		c := st.share(t.Sum(store.MeasureDegraded).N, t.Sum(store.MeasureReading).N)
		c.Bar = ""
		return c
	}, st.count(st.now.Sum(store.MeasureDegraded).Tickets, store.MeasureDegraded, ""))
	row("dropped", st.l.t("stats.reading.dropped"), func(t store.Tallies) statCell { return st.plain(t.Sum(store.MeasureDropped).N) },
		st.count(st.now.Sum(store.MeasureDropped).Tickets, store.MeasureDropped, ""))
	row("cost_usd", st.l.t("stats.reading.cost"), func(t store.Tallies) statCell { return st.usd(t.Of(store.MeasureCost, "priced").Total) },
		st.count(st.now.Of(store.MeasureCost, "priced").Tickets, store.MeasureCost, "priced"))
	row("unpriced", st.l.t("stats.reading.unpriced"), func(t store.Tallies) statCell { return st.plain(t.Of(store.MeasureCost, "unpriced").N) },
		st.count(st.now.Of(store.MeasureCost, "unpriced").Tickets, store.MeasureCost, "unpriced"))
	for _, p := range []int64{50, 95} {
		slow := statCell{}
		if v, ok := st.now.Percentile(store.MeasureLatency, p); ok {
			slow = st.count(st.now.Of(store.MeasureLatency, fmt.Sprint(v)).Tickets, store.MeasureLatency, fmt.Sprint(v))
		}
		row(fmt.Sprintf("latency_ms_p%d", p), st.l.t("stats.reading.latency", "percent", p), func(t store.Tallies) statCell {
			v, ok := t.Percentile(store.MeasureLatency, p)
			if !ok {
				return statCell{Text: noFigure}
			}
			return statCell{Text: "≤ " + st.latency(fmt.Sprint(v)), Raw: v}
		}, slow)
	}
	return nil
}

func (st *stats) basisTable(t *statTable) error {
	st.columns(t, "basis | steps share before tickets")
	all, before := st.now.Sum(store.MeasureBasis).N, st.then.Sum(store.MeasureBasis).N
	for _, key := range []string{"seen", "said", "silent"} {
		n := st.now.Of(store.MeasureBasis, key)
		if all == 0 {
			continue
		}
		was := st.share(st.then.Of(store.MeasureBasis, key).N, before)
		was.Bar = ""
		t.Rows = append(t.Rows, []statCell{{Text: st.keyName(store.MeasureBasis, key), Raw: key}, st.plain(n.N), st.share(n.N, all), was, st.count(n.Tickets, store.MeasureBasis, key)})
	}
	return nil
}

func (st *stats) channelTable(t *statTable) error  { return st.groupTable(t, "channel") }
func (st *stats) languageTable(t *statTable) error { return st.groupTable(t, "language") }

// groupTable has the figures of the wall for each value of a filter.
func (st *stats) groupTable(t *statTable, dim string) error {
	st.columns(t, dim+" | tickets touches repeats bounced reopened right_at_first")
	if st.byGroup == nil { // for all of these tables at once
		var err error
		if st.byGroup, err = st.s.Store.Groups(ctxOf(st.c), st.scope, []string{"channel", "language"}, append([]store.Measure{store.MeasureFirst}, wallMeasures...)...); err != nil {
			return err
		}
	}
	by := st.byGroup[dim]
	for _, value := range st.groups(by, store.MeasureTickets) {
		of := by[value]
		n := of.Sum(store.MeasureTickets).N
		if n == 0 {
			continue
		}
		these, held := []string{dim, cmp.Or(value, store.Unknown)}, "right"
		right := st.share(of.Of(store.MeasureFirst, held).N, of.Sum(store.MeasureFirst).N)
		if of.Of(store.MeasureFirst, held).N > 0 {
			right = st.behind(right, "right_at_first", store.MeasureFirst, &held, these...)
		}
		t.Rows = append(t.Rows, []statCell{st.named(value, st.valueName(dim, value)), st.count(n, store.MeasureTickets, "", these...),
			st.figure("touches", "touches", of, these...), st.figure("repeats", "repeats", of, these...), st.figure("bounced", "bounced", of, these...), st.figure("reopened", "reopened", of, these...), right})
	}
	return nil
}

func (st *stats) browserTable(t *statTable) error {
	st.columns(t, "browser | tickets share before")
	all := st.now.Sum(store.MeasureTickets).N
	for _, key := range byCount(st.now[store.MeasureBrowser]) {
		n := st.now.Of(store.MeasureBrowser, key).N
		t.Rows = append(t.Rows, []statCell{{Text: st.keyName(store.MeasureBrowser, key), Raw: key}, st.count(n, store.MeasureBrowser, key), st.share(n, all), st.earlier(st.then.Of(store.MeasureBrowser, key).N, store.MeasureBrowser, key)})
	}
	return nil
}
