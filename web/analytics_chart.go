package web

import (
	"fmt"
	"strings"
	"time"

	"readback/store"
)

// chart is a row of bars, drawn on the server. The same figures stand in a
// table of the page.
type chart struct {
	Label string // in words what the bars show
	Width int
	Bars  []bar
	First string // what the first and last bar are of
	Last  string
	Top   string // the highest
}

// bar is one bar of a chart, in its units; the height of a chart is barsHeight.
type bar struct {
	X, Y, W, H string
	None       bool   // nothing was counted
	Title      string // day and figure
}

const (
	barsWidth  = 280
	barsHeight = 48
)

// chartOf draws a figure of the wall over the period; nil when there is nothing to draw.
func (st *stats) chartOf(name string, f *wallFigure) *chart {
	series, value := st.series, f.value
	if f.chart != nil {
		value = f.chart
	}
	highest, any := 0.0, 0
	for _, b := range series {
		if v, ok := value(b.Tallies); ok {
			highest, any = max(highest, v), any+1
		}
	}
	if any < 2 {
		return nil
	}
	c := &chart{Width: barsWidth, First: st.short(series[0].From), Last: st.short(series[len(series)-1].To), Top: f.show(st.l, highest)}
	step := float64(barsWidth) / float64(len(series))
	gap := min(step/5, 4)
	var told []string
	for i, b := range series {
		v, ok := value(b.Tallies)
		shown := noFigure
		if ok {
			shown = f.show(st.l, v)
		}
		height := 1.5
		if ok && highest > 0 {
			height = max(1.5, v/highest*(barsHeight-2))
		}
		c.Bars = append(c.Bars, bar{X: fmt.Sprintf("%.1f", float64(i)*step+gap/2), W: fmt.Sprintf("%.1f", step-gap), Y: fmt.Sprintf("%.1f", barsHeight-height), H: fmt.Sprintf("%.1f", height),
			None: !ok, Title: st.span(b.From, b.To) + ": " + shown})
		told = append(told, shown)
	}
	c.Label = st.l.t("stats.chart", "name", name, "from", st.short(series[0].From), "to", c.Last, "values", strings.Join(told, "; "))
	return c
}

func (st *stats) location() *time.Location {
	if st.cal.Zone == nil {
		return time.UTC
	}
	return st.cal.Zone
}

// short is a day without its year.
func (st *stats) short(day int64) string {
	at := store.DateOf(day)
	return st.l.t("stats.day", "day", at.Day(), "month", st.l.t(fmt.Sprintf("web.month.%d", at.Month())))
}

func (st *stats) span(from, to int64) string {
	if from == to {
		return st.short(from)
	}
	return st.short(from) + " – " + st.short(to)
}
