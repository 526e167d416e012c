package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/route"
)

// confidencePage shows leads what outcomes say of the confidence, where the
// review floor is, and what changed with each version.
type confidencePage struct {
	Accuracy *accuracyView
	Done     string // what a form has just done
	Fault    string
	At       *stamp // of the newest calibration; nil before the first
	Chart    *reliability
	Bins     []binRow
	Error    string // before and after
	Floor    floorView
	History  []floorRow
	Versions []changedView
}

// floorView is the review floor and its bounds, in whole percent.
type floorView struct {
	At, Base  int
	Why       string
	Rests     string // on how many outcomes of how many people
	Share     string // how much rests on one person; "" when nobody has more than a third
	Low, High string // of the form
	SetBy     string
	Own       bool // a lead has set the bounds
}

type floorRow struct {
	At             *stamp
	Floor          int
	Bounds, SetBy  string
	Outcomes, Case string
}

// binRow is a line of the data table.
type binRow struct {
	Range                   string
	N                       int
	Said, Right, Calibrated string // percent; "–" without outcomes
}

// reliability is the chart of the ten bins, drawn on the server. All is in
// units of its view box.
type reliability struct {
	Label string
	Bars  []chartBar
	Ticks []chartTick
	Base  int // y of 0
	Left  int
	Right int
	Top   int
}

type chartBar struct {
	X, Y, W, H     int
	Few            bool
	SaidX, SaidY   int // where it would be if confidence meant what it says
	NewY           int // and where the calibrated confidence is
	Name, N, Title string
	NameX          int
}

type chartTick struct {
	Y    int
	Text string
}

const (
	chartLeft, chartTop, chartWidth, chartHeight = 40, 12, 440, 220
	fewOutcomes                                  = 20 // a bin with fewer is drawn pale
)

func (s *Server) confidence(c echo.Context) error {
	l := langOf(c.Request())
	done := c.QueryParam("done")
	if done != "bounds" && done != "policy" && done != "again" {
		done = ""
	} else {
		done = l.t("confidence.done." + done)
	}
	return s.confidenceWith(c, http.StatusOK, done, "", c.QueryParam("low"), c.QueryParam("high"))
}

func (s *Server) confidenceWith(c echo.Context, status int, done, fault, low, high string) error {
	l, ctx := langOf(c.Request()), ctxOf(c)
	policy := s.Workspace.Policy
	p := confidencePage{Done: done, Fault: fault}
	var err error
	if p.Accuracy, err = s.accuracy(c); err != nil {
		return err
	}
	names, err := s.names(c)
	if err != nil {
		return err
	}
	k, err := s.Store.Calibration(ctx)
	switch {
	case triage.CodeOf(err) == triage.NotFound:
		k.Bounds = route.FloorBounds{Base: policy.Floor, Low: policy.FloorLow, High: policy.FloorHigh}
		k.Calibration = route.Fit(nil, k.Bounds)
	case err != nil:
		return err
	default:
		p.At = l.stamp(k.At, s.Clock())
	}
	if k.Outcomes > 0 {
		p.Chart, p.Bins = l.reliability(&k.Calibration), l.binRows(&k.Calibration)
		p.Error = l.t("confidence.error", "before", percent(k.Error), "after", percent(k.After))
	}
	p.Floor = floorView{At: percent(s.Store.ReviewFloor(ctx, policy.Floor)), Base: percent(policy.Floor), Why: l.t("confidence.moved." + string(k.Moved)),
		Rests: l.t("confidence.rests", "outcomes", l.t("confidence.outcomes", "count", k.Outcomes), "people", l.t("confidence.people", "count", k.People), "fewest", route.FewestOutcomes, "least", route.FewestPeople),
		Low:   low, High: high, Own: k.SetBy != ""}
	if k.Outcomes > 0 && k.Share > 1./route.FewestPeople {
		p.Floor.Share = l.t("confidence.share", "percent", percent(k.Share))
	}
	if low == "" && high == "" {
		p.Floor.Low, p.Floor.High = strconv.Itoa(percent(k.Bounds.Low)), strconv.Itoa(percent(k.Bounds.High))
	}
	if p.Floor.SetBy = l.t("confidence.by.policy"); k.SetBy != "" {
		p.Floor.SetBy = l.t("confidence.by", "name", names.of(l, k.SetBy))
	}
	history, err := s.Store.Calibrations(ctx, 20)
	if err != nil {
		return err
	}
	for i := range history {
		h := &history[i]
		row := floorRow{At: l.stamp(h.At, s.Clock()), Floor: percent(h.Floor), Bounds: l.t("confidence.bounds", "low", percent(h.Bounds.Low), "high", percent(h.Bounds.High)),
			SetBy: l.t("confidence.version.policy"), Outcomes: l.t("confidence.outcomes", "count", h.Outcomes), Case: l.t("confidence.moved." + string(h.Moved))}
		if h.SetBy != "" {
			row.SetBy = names.of(l, h.SetBy)
		}
		p.History = append(p.History, row)
	}
	for i := range k.Versions {
		p.Versions = append(p.Versions, l.version(&k.Versions[i], s.Clock()))
	}
	return s.render(c, status, "confidence.html", s.page(c, l.t("confidence"), "confidence", p))
}

// setConfidence takes a lead's bounds from a form, gives the policy's back, or
// has it all worked out again.
func (s *Server) setConfidence(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	do := c.FormValue("do")
	var bounds *store.Bounds
	switch do {
	case "again":
	case "policy":
		bounds = &store.Bounds{}
	case "bounds":
		low, err1 := strconv.ParseFloat(strings.TrimSpace(c.FormValue("low")), 64)
		high, err2 := strconv.ParseFloat(strings.TrimSpace(c.FormValue("high")), 64)
		if low, high = low/100, high/100; err1 != nil || err2 != nil {
			low = -1 // refused as out of reach
		}
		bounds = &store.Bounds{Low: &low, High: &high}
	default:
		return triage.Errorf(triage.Invalid, "What is to be done: bounds, policy or again?")
	}
	_, err := s.Store.Calibrate(ctxOf(c), s.actor(c), &s.Workspace.Policy, bounds)
	if triage.CodeOf(err) == triage.Invalid {
		return s.confidenceWith(c, http.StatusUnprocessableEntity, "", langOf(c.Request()).t("confidence.fault"), c.FormValue("low"), c.FormValue("high"))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/confidence?done="+do)
}

func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return strconv.Itoa(percent(float64(n)/float64(of))) + "%"
}

func (l lang) binRows(k *route.Calibration) (out []binRow) {
	for i, b := range k.Bins {
		r := binRow{Range: l.binName(i, len(k.Bins)), N: b.N, Said: "–", Right: share(b.Right, b.N), Calibrated: "–"}
		if b.N > 0 {
			r.Said, r.Calibrated = fmt.Sprintf("%d%%", percent(b.Confidence)), fmt.Sprintf("%d%%", percent(b.Calibrated))
		}
		out = append(out, r)
	}
	return out
}

func (l lang) binName(i, n int) string {
	return l.t("confidence.range", "from", i*100/n, "to", (i+1)*100/n)
}

func (l lang) reliability(k *route.Calibration) *reliability {
	c := &reliability{Base: chartTop + chartHeight, Left: chartLeft, Right: chartLeft + chartWidth, Top: chartTop,
		Label: l.t("confidence.chart", "before", percent(k.Error), "after", percent(k.After))}
	y := func(share float64) int { return chartTop + int(float64(chartHeight)*(1-share)) }
	for _, v := range []int{0, 25, 50, 75, 100} {
		c.Ticks = append(c.Ticks, chartTick{y(float64(v) / 100), strconv.Itoa(v) + "%"})
	}
	w := chartWidth / len(k.Bins)
	for i, b := range k.Bins {
		x := chartLeft + i*w
		bar := chartBar{X: x + 5, W: w - 10, Y: c.Base, NameX: x + w/2, Name: strconv.Itoa(i * 100 / len(k.Bins)), N: strconv.Itoa(b.N), Few: b.N < fewOutcomes}
		if b.N > 0 {
			right := float64(b.Right) / float64(b.N)
			bar.Y = y(right)
			bar.H = c.Base - bar.Y
			bar.SaidX, bar.SaidY, bar.NewY = x+w/2, y(b.Confidence), y(b.Calibrated)
			bar.Title = l.t("confidence.bin", "range", l.binName(i, len(k.Bins)), "right", percent(right), "said", percent(b.Confidence), "count", b.N)
		}
		c.Bars = append(c.Bars, bar)
	}
	return c
}

// changedView is a change of the desk with figures before and after.
type changedView struct {
	What, Was, Is string
	At            *stamp
	Inferred      string // why the figures only suggest something; "" when they tell
	Before, After int
	Rows          []versionRow
}

type versionRow struct{ Name, Before, After string }

func (l lang) version(v *store.Versioned, now time.Time) changedView {
	b, a := v.Before, v.After
	out := changedView{What: l.t("confidence.version." + string(v.Kind)), Was: v.Was, Is: v.Is, At: l.stamp(v.At, now), Before: b.Tickets, After: a.Tickets}
	for _, x := range []struct {
		code string
		of   func(f *store.Figures) int
	}{
		{"rerouted", func(f *store.Figures) int { return f.Rerouted }}, {"asked", func(f *store.Figures) int { return f.Asked }},
		{"exhausted", func(f *store.Figures) int { return f.Exhausted }}, {"review", func(f *store.Figures) int { return f.Review }},
	} {
		out.Rows = append(out.Rows, versionRow{l.t("confidence.figure." + x.code), share(x.of(&b), b.Tickets), share(x.of(&a), a.Tickets)})
	}
	out.Rows = append(out.Rows, versionRow{l.t("confidence.figure.cost"), cost(&b), cost(&a)})
	switch {
	case v.Mixed:
		out.Inferred = l.t("confidence.inferred.mixed")
	case v.Inferred():
		out.Inferred = l.t("confidence.inferred.few")
	}
	return out
}

// cost is what reading a ticket cost in the mean, where that is known.
func cost(f *store.Figures) string {
	switch {
	case f.Priced == 0:
		return "–"
	case f.Cost == 0:
		return "$0"
	}
	return fmt.Sprintf("$%.4f", f.Cost/float64(f.Priced))
}
