package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// statPeriods are the lengths of time that can be chosen by one press, in days;
// the second is the default. maxDays is the longest that can be asked for.
var statPeriods = []int{7, 28, 90, 365}

const (
	statDays = 28
	maxDays  = 731
)

// statNames are the parameters of an address that choose tickets, and what
// they are called in a scope.
var statNames = []string{"tier", "kind", "topic", "channel", "language"}

// stats is what a page of figures is made from.
type stats struct {
	s         *Server
	c         echo.Context
	l         lang
	cal       store.Calendar
	scope     store.Scope
	days      int  // chosen length; 0 = from and to
	filtered  bool // by more than days
	now, then store.Tallies
	series    []store.Span                        // of the days of now, on the wall
	byGroup   map[string]map[string]store.Tallies // of the figures of the wall, by filter; see groupTable
}

// statPage is a page of figures.
type statPage struct {
	Section   string
	Tabs      []tab
	Periods   []tab
	Filters   []filterField
	From, To  string
	Days      string // of the chosen length, to keep it; "" for dates
	Chips     []chip
	Told      string // which days, and before
	AsOf      *stamp
	Counting  string // that all is being counted anew; "" when it is not
	Generated bool   // the history is made up
	Empty     bool   // no ticket came
	Tiles     []statTile
	Tables    []statTable
	Left      []statLine
	Here      string // address without the filters of tickets
}

// statLine is a figure in a line, with its tickets.
type statLine struct{ Text, URL string }

// scopeOf reads which tickets an address asks for. Errors: Invalid.
func (s *Server) scopeOf(q url.Values) (f store.Scope, days int, err error) {
	cal := store.CalendarOf(s.Workspace)
	today := cal.Day(s.Clock())
	f = store.Scope{Tier: q.Get("tier"), Kind: q.Get("kind"), Topic: q.Get("topic"), Channel: q.Get("channel"), Language: q.Get("language")}
	if q.Get("from") == "" && q.Get("to") == "" {
		days = statDays
		if text := q.Get("days"); text != "" {
			if days, err = strconv.Atoi(text); err != nil || days < 1 || days > maxDays {
				return f, 0, triage.Errorf(triage.Invalid, "days is %q; use a number from 1 to %d.", text, maxDays)
			}
		}
		f.From, f.To = today-int64(days)+1, today
		return f, days, nil
	}
	f.To, f.From = today, today-statDays+1
	for name, day := range map[string]*int64{"from": &f.From, "to": &f.To} {
		if text := q.Get(name); text != "" {
			at, err := time.Parse(time.DateOnly, text)
			if err != nil {
				return f, 0, triage.Errorf(triage.Invalid, "%q is no day; use one such as 2026-11-22.", text)
			}
			*day = store.Calendar{}.Day(at)
		}
	}
	if f.From > f.To || f.To-f.From >= maxDays {
		return f, 0, triage.Errorf(triage.Invalid, "The days go from %s to %s; use at most %d, the first before the last.", q.Get("from"), q.Get("to"), maxDays)
	}
	return f, 0, nil
}

// readStats reads the figures that an address asks for.
func (s *Server) readStats(c echo.Context, section string) (*stats, error) {
	st := &stats{s: s, c: c, l: langOf(c.Request()), cal: store.CalendarOf(s.Workspace)}
	var err error
	if st.scope, st.days, err = s.scopeOf(c.QueryParams()); err != nil {
		return nil, err
	}
	st.filtered = st.scope.Tier+st.scope.Kind+st.scope.Topic+st.scope.Channel+st.scope.Language != ""
	_, measures := sectionTables(section)
	if section == statWall {
		st.now = store.Tallies{}
		st.series, err = s.Store.Series(ctxOf(c), st.scope, barWeeks(st.scope.To-st.scope.From+1), measures...)
		for i := range st.series {
			st.now.Add(st.series[i].Tallies)
		}
	} else {
		st.now, err = st.tallies(st.scope, measures...)
	}
	if err == nil {
		st.then, err = st.tallies(st.scope.Before(), measures...)
	}
	return st, err
}

func (st *stats) tallies(f store.Scope, measures ...store.Measure) (store.Tallies, error) {
	return st.s.Store.Tallies(ctxOf(st.c), f, measures...)
}

// url is an address of the pages of figures with the chosen tickets, and more.
func (st *stats) url(path string, more ...string) string {
	q := url.Values{}
	from := st.c.QueryParams()
	for _, name := range append([]string{"days", "from", "to"}, statNames...) {
		if v := from.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	for i := 0; i < len(more); i += 2 {
		if q.Del(more[i]); more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// tickets is the address of the list behind a figure; key nil = all keys.
func (st *stats) tickets(m store.Measure, key *string, more ...string) string {
	more = append(more, "measure", string(m))
	if key != nil {
		more = append(more, "key", *key)
		if *key == "" { // "" is a key too
			return st.url("/analytics/tickets", more...) + "&key="
		}
	}
	return st.url("/analytics/tickets", more...)
}

// statPage is what all pages of figures have.
func (st *stats) page(section string) (*statPage, error) {
	path := "/analytics"
	if section != statWall {
		path += "/" + section
	}
	p := &statPage{Section: section, Here: path, From: dayText(st.scope.From), To: dayText(st.scope.To)}
	for _, name := range sectionNames() {
		to := "/analytics"
		if name != statWall {
			to += "/" + name
		}
		p.Tabs = append(p.Tabs, tab{Name: st.l.t("stats.section." + name), URL: st.url(to), Current: name == section})
	}
	for _, days := range statPeriods {
		p.Periods = append(p.Periods, tab{Name: st.l.t("stats.days", "count", days), URL: st.url(path, "days", itoa(days), "from", "", "to", ""), Current: days == st.days})
	}
	if st.days > 0 {
		p.Days = itoa(st.days)
	}
	var err error
	if p.Generated, err = st.s.Store.HasGenerated(ctxOf(st.c)); err != nil {
		return nil, err
	}
	before := st.scope.Before()
	p.Told = st.l.t("stats.told", "from", st.date(st.scope.From), "to", st.date(st.scope.To), "zone", st.location().String(),
		"before_from", st.date(before.From), "before_to", st.date(before.To))
	if err := st.filters(p, path); err != nil {
		return nil, err
	}
	at, err := st.s.Store.Measuring(ctxOf(st.c))
	if err != nil {
		return nil, err
	}
	if p.AsOf = st.l.stamp(at.At, st.s.Clock()); at.Counting {
		p.Counting = st.l.t("stats.counting", "count", at.Done)
	}
	p.Empty = st.now.Sum(store.MeasureTickets).N == 0
	return p, nil
}

func dayText(day int64) string { return store.DateOf(day).Format(time.DateOnly) }

// date is a day in words.
func (st *stats) date(day int64) string { return st.l.day(store.DateOf(day)).Full }

// filters fills the menus with what tickets of the days have.
func (st *stats) filters(p *statPage, path string) error {
	chosen := map[string]string{"tier": st.scope.Tier, "kind": st.scope.Kind, "topic": st.scope.Topic, "channel": st.scope.Channel, "language": st.scope.Language}
	have, err := st.s.Store.Values(ctxOf(st.c), st.scope)
	if err != nil {
		return err
	}
	for _, name := range statNames {
		values := have[name]
		if i := slices.Index(values, ""); i >= 0 {
			values[i] = store.Unknown
		}
		if v := chosen[name]; v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
		f := filterField{Name: name, Label: st.l.t("stats.filter." + name), Choices: []choice{{"", st.l.t("stats.all"), chosen[name] == ""}}}
		for _, v := range values {
			f.Choices = append(f.Choices, choice{v, st.valueName(name, v), v == chosen[name]})
		}
		p.Filters = append(p.Filters, f)
		if v := chosen[name]; v != "" {
			p.Chips = append(p.Chips, chip{f.Label + ": " + st.valueName(name, v), st.url(path, name, "")})
		}
	}
	return nil
}

// valueName is a value of a filter in words.
func (st *stats) valueName(name, value string) string {
	if value == "" || value == store.Unknown {
		return st.l.t("stats.unknown")
	}
	switch name {
	case "tier":
		return st.s.tierName(value)
	case "kind":
		return st.l.kind(triage.Kind(value))
	case "topic":
		return st.s.procedureTitle(st.l, value)
	case "channel":
		return st.l.named("web.channel.", value, value)
	}
	return st.l.named("web.lang.", value, value)
}

// analytics shows the wall.
func (s *Server) analytics(c echo.Context) error {
	st, err := s.readStats(c, statWall)
	if err != nil {
		return err
	}
	p, err := st.page(statWall)
	if err != nil {
		return err
	}
	if p.Tiles, err = st.tiles(); err != nil {
		return err
	}
	days, err := st.table("days")
	if err != nil {
		return err
	}
	p.Tables = []statTable{days}
	for _, key := range []string{"merged", "spam"} {
		if n := st.now.Of(store.MeasureLeft, key).N; n > 0 {
			p.Left = append(p.Left, statLine{st.l.t("stats.left."+key, "count", n), st.tickets(store.MeasureLeft, &key)})
		}
	}
	return s.render(c, http.StatusOK, "analytics.html", s.page(c, st.l.t("stats"), "analytics", p))
}

// analyticsSection shows the tables of one section behind the wall.
func (s *Server) analyticsSection(c echo.Context) error {
	section := c.Param("section")
	tables, _ := sectionTables(section)
	if len(tables) == 0 || section == statWall {
		return echo.ErrNotFound
	}
	st, err := s.readStats(c, section)
	if err != nil {
		return err
	}
	p, err := st.page(section)
	if err != nil {
		return err
	}
	for _, id := range tables {
		t, err := st.table(id)
		if err != nil {
			return err
		}
		p.Tables = append(p.Tables, t)
	}
	return s.render(c, http.StatusOK, "analytics.html", s.page(c, st.l.t("stats")+" · "+st.l.t("stats.section."+section), "analytics", p))
}

// number writes a number as a language does, with so many digits behind the point.
func (l lang) number(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	whole, part, _ := strings.Cut(text, ".")
	var groups []string
	for sign := strings.HasPrefix(whole, "-"); len(whole) > 3 && !(sign && len(whole) == 4); {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	text = strings.Join(append([]string{whole}, groups...), "\u202f")
	if part != "" {
		text += l.t("stats.point") + part
	}
	return text
}

// percent is a share in words; a dash for a share of nothing.
func (l lang) percent(part, of int64) string {
	if of == 0 {
		return noFigure
	}
	digits := 0
	if share := float64(part) / float64(of); share > 0 && share < 0.1 {
		digits = 1
	}
	return l.number(100*float64(part)/float64(of), digits) + "\u00a0%"
}

// noFigure stands where nothing was counted.
const noFigure = "–"

// hours are minutes in words.
func (l lang) hours(minutes int64) string {
	if minutes < 10*60 {
		return l.number(float64(minutes)/60, 1) + "\u00a0h"
	}
	return l.number(float64(minutes)/60, 0) + "\u00a0h"
}

// byCount orders keys by how often they were counted, the most frequent first.
func byCount(of map[string]store.Tally) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(of[b].N, of[a].N), cmp.Compare(a, b)) })
	return keys
}

// cut is a key in its parts: at most n, the rest "".
func cut(key string, n int) []string {
	parts := strings.SplitN(key, ">", n)
	for len(parts) < n {
		parts = append(parts, "")
	}
	return parts
}

// keyName is the key of a measure in words.
func (st *stats) keyName(m store.Measure, key string) string {
	l, s := st.l, st.s
	switch m {
	case store.MeasureMoved:
		p := cut(key, 3)
		return fmt.Sprintf("%s → %s: %s", st.valueName("tier", p[0]), st.valueName("tier", p[1]), st.why(p[2]))
	case store.MeasureFirst:
		return st.why(key)
	case store.MeasureStuck, store.MeasureDeadEnd, store.MeasureEnded, store.MeasureSwitch:
		p := cut(key, 2)
		return s.procedureTitle(l, p[0]) + ": " + s.stepTitle(l, p[0], p[1])
	case store.MeasurePage:
		return s.procedureTitle(l, key)
	case store.MeasureEffort:
		return st.effort(key)
	case store.MeasureCheck, store.MeasureDisputed:
		p := cut(key, 2)
		return p[0] + ": " + l.named("stats.outcome.", p[1], p[1])
	case store.MeasureReading, store.MeasureBasis, store.MeasureCost, store.MeasureAnswers, store.MeasureLeft, store.MeasureSent, store.MeasureMended, store.MeasureDismissed:
		return l.named("stats.key.", key, key)
	case store.MeasureLatency:
		return "≤ " + st.latency(key)
	case store.MeasureTouches:
		n, _ := strconv.Atoi(key)
		return l.t("stats.touches", "count", n)
	case store.MeasureBrowser:
		return l.named("stats.browser.", key, key)
	}
	return key
}

func (st *stats) why(code string) string {
	switch code {
	case "right", "reading":
		return st.l.t("stats.why." + code)
	}
	if text := st.l.t("web.handover.why." + code); text != "web.handover.why."+code {
		return text
	}
	return st.l.named("handover.why.", code, code)
}

func (st *stats) effort(code string) string {
	if w, ok := effortWords[triage.Effort(code)]; ok {
		return st.l.t(w.Text)
	}
	return st.l.t("stats.unknown")
}

func (st *stats) latency(ms string) string {
	n, _ := strconv.ParseFloat(ms, 64)
	if n < 1000 {
		return st.l.number(n, 0) + "\u00a0ms"
	}
	return st.l.number(n/1000, 1) + "\u00a0s"
}
