package web

import (
	"readback/store"
	"readback/triage"
)

// statWall is the section with the few figures that a lead looks at first.
const statWall = "wall"

// statTile is one figure of the wall.
type statTile struct {
	ID, Name   string
	Value      string // in words; a dash when nothing was counted
	Beside     string // what stands beside it
	Of         string // of how many
	Before     string // the period before, in words
	BeforeURL  string // its tickets; "" when there are none
	Change     pick   // better or worse; no text when it cannot be said
	How        string // its definition
	URL        string // its tickets; "" when there are none
	Parts      []statLine
	Chart      *chart
	Review     bool // of the blind review, which has no tickets
	ReviewNone bool // and there was none yet
}

// wallFigure is a figure of the wall: what it is of some tallies. Less of each is better.
type wallFigure struct {
	id     string
	value  func(t store.Tallies) (v float64, ok bool)
	show   func(l lang, v float64) string
	beside func(l lang, t store.Tallies) string
	of     func(l lang, t store.Tallies) string
	base   func(t store.Tallies) int64 // of how many it is
	list   store.Measure
	chart  func(t store.Tallies) (v float64, ok bool) // what bars show, where that is another figure
}

// fewFor is how many a figure must be of at least, in both periods, to be
// called better or worse than before.
const fewFor = 20

// ratio is a value of so many times part by of.
func ratio(times float64, part, of func(store.Tallies) int64) func(store.Tallies) (float64, bool) {
	return func(t store.Tallies) (float64, bool) {
		if n := of(t); n > 0 {
			return times * float64(part(t)) / float64(n), true
		}
		return 0, false
	}
}

func sumOf(m store.Measure) func(store.Tallies) int64 {
	return func(t store.Tallies) int64 { return t.Sum(m).N }
}

func guarded(t store.Tallies) int64 { return t.Of(store.MeasureAnswers, "read").N }

func showNumber(l lang, v float64) string { return l.number(v, digitsOf(v)) }

func showPercent(l lang, v float64) string { return l.number(v, digitsOf(v)) + "\u00a0%" }

// digitsOf are the digits that a figure is told with: none when it is whole or large.
func digitsOf(v float64) int {
	if v == float64(int64(v)) || v >= 100 {
		return 0
	}
	return 1
}

var wallFigures = []wallFigure{
	{id: "touches", list: store.MeasureTouches, show: showNumber,
		value: func(t store.Tallies) (float64, bool) {
			v, ok := t.Percentile(store.MeasureTouches, 50)
			return float64(v), ok
		},
		beside: func(l lang, t store.Tallies) string {
			if v, ok := t.Percentile(store.MeasureTouches, 90); ok {
				return l.t("stats.tile.touches.beside", "value", l.number(float64(v), 0))
			}
			return ""
		},
		of: func(l lang, t store.Tallies) string {
			return l.t("stats.of.resolved", "count", t.Sum(store.MeasureTouches).N)
		},
		base: sumOf(store.MeasureTouches),
		chart: func(t store.Tallies) (float64, bool) {
			v, ok := t.Percentile(store.MeasureTouches, 90)
			return float64(v), ok
		}},
	{id: "repeats", list: store.MeasureSent, show: showNumber, value: ratio(100, sumOf(store.MeasureSent), guarded),
		beside: func(l lang, t store.Tallies) string {
			if n := guarded(t); n > 0 {
				return l.t("stats.tile.repeats.beside", "value", showNumber(l, 100*float64(t.Sum(store.MeasureMended).N)/float64(n)))
			}
			return ""
		},
		base: guarded, of: func(l lang, t store.Tallies) string { return l.t("stats.of.answers", "count", guarded(t)) }},
	{id: "bounced", list: store.MeasureBounced, show: showPercent, value: ratio(100, sumOf(store.MeasureBounced), sumOf(store.MeasureTickets)),
		beside: func(l lang, t store.Tallies) string {
			return l.t("stats.tickets", "count", t.Sum(store.MeasureBounced).N)
		},
		base: sumOf(store.MeasureTickets),
		of: func(l lang, t store.Tallies) string {
			return l.t("stats.of.tickets", "count", t.Sum(store.MeasureTickets).N)
		}},
	{id: "reopened", list: store.MeasureReopened, show: showPercent, value: ratio(100, sumOf(store.MeasureReopened), sumOf(store.MeasureResolved)),
		beside: func(l lang, t store.Tallies) string {
			return l.t("stats.tickets", "count", t.Sum(store.MeasureReopened).N)
		},
		base: sumOf(store.MeasureResolved),
		of: func(l lang, t store.Tallies) string {
			return l.t("stats.of.resolved", "count", t.Sum(store.MeasureResolved).N)
		}},
	{id: "switch", list: store.MeasureSwitch, show: func(l lang, v float64) string { return l.hours(int64(v)) },
		value: func(t store.Tallies) (float64, bool) {
			return float64(t.Sum(store.MeasureSwitch).Total), t.Sum(store.MeasureTickets).N > 0
		},
		beside: func(l lang, t store.Tallies) string {
			return l.t("stats.tickets", "count", t.Sum(store.MeasureSwitch).N)
		},
		base: sumOf(store.MeasureTickets),
		of: func(l lang, t store.Tallies) string {
			return l.t("stats.of.tickets", "count", t.Sum(store.MeasureTickets).N)
		}},
}

// tiles are the figures of the wall, the blind review's last.
func (st *stats) tiles() ([]statTile, error) {
	var out []statTile
	for i := range wallFigures {
		out = append(out, st.tile(&wallFigures[i]))
	}
	review, err := st.reviewTile()
	return append(out, review), err
}

func (st *stats) tile(f *wallFigure) statTile {
	l := st.l
	t := statTile{ID: f.id, Name: l.t("stats.tile." + f.id), How: l.t("stats.tile." + f.id + ".how"), Value: noFigure, Before: noFigure, URL: st.tickets(f.list, nil)}
	now, ok := f.value(st.now)
	if ok {
		t.Value, t.Beside = f.show(l, now), f.beside(l, st.now)
	}
	t.Of = f.of(l, st.now)
	then, was := f.value(st.then)
	if was {
		t.Before = f.show(l, then)
	}
	if st.then.Sum(f.list).N > 0 {
		before := st.scope.Before()
		t.BeforeURL = st.tickets(f.list, nil, "days", "", "from", dayText(before.From), "to", dayText(before.To))
	}
	switch {
	case !ok || !was:
	case f.base(st.now) < fewFor || f.base(st.then) < fewFor:
		t.Change = pick{l.t("stats.few"), "quiet", "dash"}
	case now < then:
		t.Change = pick{l.t("stats.better"), "ok", "down"}
	case now > then:
		t.Change = pick{l.t("stats.worse"), "bad", "up"}
	default:
		t.Change = pick{l.t("stats.same"), "quiet", "dash"}
	}
	drawn := t.Name
	if f.chart != nil {
		drawn = l.t("stats.tile." + f.id + ".chart")
	}
	t.Chart = st.chartOf(drawn, f)
	if f.id == "repeats" {
		for _, m := range []store.Measure{store.MeasureMended, store.MeasureDismissed} {
			if n := st.now.Sum(m).N; n > 0 {
				t.Parts = append(t.Parts, statLine{l.t("stats.part."+string(m), "count", n), st.tickets(m, nil)})
			}
		}
		unread := "unread"
		if n := st.now.Of(store.MeasureAnswers, unread).N; n > 0 {
			t.Parts = append(t.Parts, statLine{l.t("stats.part.unread", "count", n), st.tickets(store.MeasureAnswers, &unread)})
		}
	}
	if st.now.Sum(f.list).N == 0 {
		t.URL = ""
	}
	return t
}

// reviewTile is what the latest blind review found. It is of the tickets of
// that review, whatever is chosen here.
func (st *stats) reviewTile() (statTile, error) {
	l := st.l
	t := statTile{ID: "review", Name: l.t("stats.tile.review"), How: l.t("stats.tile.review.how"), Value: noFigure, Review: true}
	r, err := st.s.Store.LatestReview(ctxOf(st.c))
	if triage.CodeOf(err) == triage.NotFound {
		t.ReviewNone = true
		return t, nil
	}
	if err != nil {
		return t, err
	}
	if r.Brief.Of > 0 {
		t.Value = showPercent(l, 100*r.Brief.Rate())
		t.Beside = l.t("stats.tile.review.beside", "low", l.number(100*r.Brief.Low, 0), "high", l.number(100*r.Brief.High, 0))
	}
	t.Of = l.t("stats.tile.review.of", "right", r.Brief.Right, "of", r.Brief.Of, "day", l.day(r.At.In(st.location())).Full)
	return t, nil
}

// barWeeks is how many weeks one bar of a chart has; 0 = a day.
func barWeeks(days int64) int {
	switch {
	case days <= 31:
		return 0
	case days <= 190:
		return 1
	}
	return 4
}
