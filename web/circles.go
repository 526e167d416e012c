package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/guard"
	"readback/triage/guard/circles"
)

// circleRuns makes reports of circles in the background, one at a time: a
// hundred thousand tickets take a minute of every core.
type circleRuns struct {
	mu   sync.Mutex
	now  *circleRun            // under way; nil = none
	done map[string]*circleRun // by period
}

// mostReports bounds the reports that are kept.
const mostReports = 8

type circleRun struct {
	period circlePeriod
	at     time.Time // when it began
	read   atomic.Int64
	of     atomic.Int64
	stop   context.CancelFunc
	report *circles.Report
	err    error
}

// circlePeriod is which tickets a report is of: those opened from the first
// day on and before the day after the last. A zero time is no bound.
type circlePeriod struct{ from, last time.Time }

func (p circlePeriod) key() string { return p.query().Encode() }

func (p circlePeriod) query() url.Values {
	q := url.Values{}
	if !p.from.IsZero() {
		q.Set("from", p.from.Format(time.DateOnly))
	}
	if !p.last.IsZero() {
		q.Set("until", p.last.Format(time.DateOnly))
	}
	return q
}

func (p circlePeriod) url(path string) string {
	if q := p.query(); len(q) > 0 {
		return path + "?" + q.Encode()
	}
	return path
}

// periodOf reads a period from a request. Errors: Invalid.
func periodOf(c echo.Context) (p circlePeriod, err error) {
	for name, to := range map[string]*time.Time{"from": &p.from, "until": &p.last} {
		text := c.FormValue(name)
		if text == "" {
			continue
		}
		if *to, err = time.Parse(time.DateOnly, text); err != nil {
			return p, triage.Errorf(triage.Invalid, "A day is written as 2026-03-31.")
		}
	}
	if !p.from.IsZero() && !p.last.IsZero() && p.last.Before(p.from) {
		return p, triage.Errorf(triage.Invalid, "The last day is before the first.")
	}
	return p, nil
}

// circled returns the report of a period and the run that is under way for it.
// Without either it begins one; again begins one anyway. What runs for another
// period is given up.
func (s *Server) circled(p circlePeriod, again bool) (done, now *circleRun) {
	r := s.circles
	r.mu.Lock()
	defer r.mu.Unlock()
	done, now = r.done[p.key()], r.now
	if now != nil && now.period == p {
		return done, now
	}
	if done != nil && !again {
		return done, nil
	}
	if now != nil {
		now.stop()
	}
	ctx, stop := context.WithCancel(context.Background())
	run := &circleRun{period: p, at: s.Clock(), stop: stop}
	r.now = run
	go s.circle(ctx, run)
	return done, run
}

// circledYet is what there is of a period, without beginning anything.
func (s *Server) circledYet(p circlePeriod) (done, now *circleRun) {
	r := s.circles
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil && r.now.period == p {
		now = r.now
	}
	return r.done[p.key()], now
}

// circle makes a report.
func (s *Server) circle(ctx context.Context, run *circleRun) {
	defer run.stop()
	report, err := s.readCircles(ctx, run)
	r := s.circles
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == run {
		r.now = nil
	}
	if ctx.Err() != nil { // somebody stopped it, or chose another period
		return
	}
	if run.report, run.err = report, err; err != nil {
		s.Logger.Error("the report of circles", "error", err)
	}
	if len(r.done) >= mostReports { // the oldest goes
		oldest := ""
		for key, d := range r.done {
			if oldest == "" || d.at.Before(r.done[oldest].at) {
				oldest = key
			}
		}
		delete(r.done, oldest)
	}
	r.done[run.period.key()] = run
}

func (s *Server) readCircles(ctx context.Context, run *circleRun) (*circles.Report, error) {
	until := run.period.last
	if !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	return ReadCircles(ctx, s.Store, run.period.from, until, circles.Options{Lean: true}, func(n, of int) {
		run.read.Store(int64(n))
		run.of.Store(int64(of))
	})
}

// ReadCircles reports on the stored tickets that were opened in a period
// (store.Threads), without what people said is no repeat. told hears how far it is.
func ReadCircles(ctx context.Context, s *store.Store, from, until time.Time, o circles.Options, told func(n, of int)) (*circles.Report, error) {
	said, err := s.NotRepeats(ctx)
	if err != nil {
		return nil, err
	}
	o.Said = verdicts(said)
	return circles.ReadEach(ctx, guard.New(nil), o, func(ctx context.Context, do func(circles.Thread) bool) error {
		return s.Threads(ctx, from, until, func(t triage.Ticket, by []store.Writer, n, of int) bool {
			told(n, of)
			return do(threadOf(t, by))
		})
	})
}

// verdicts are what people said, as the report takes it.
func verdicts(list []store.NotRepeat) *circles.Verdicts {
	out := make([]circles.Verdict, len(list))
	for i, n := range list {
		out[i] = circles.Verdict{Message: n.Message, Start: n.Start, Kind: n.Kind, Words: n.Words}
	}
	return circles.NewVerdicts(out)
}

func threadOf(t triage.Ticket, by []store.Writer) circles.Thread {
	th := circles.Thread{Ticket: t, By: make([]circles.Writer, len(by))}
	for i, w := range by {
		th.By[i] = circles.Writer{Agent: w.Agent, Tier: w.Team}
	}
	return th
}

// circlesView is the page of the report.
type circlesView struct {
	Running   bool
	Read, Of  int64  // tickets
	Progress  string // of the run, in words
	Fault     string
	Done      string         // what a form has just done
	Report    *circlesReport // nil before the first
	Empty     bool           // there are no tickets at all
	Command   string         // that brings some
	MayImport bool
	From      string // the period, as its fields take it
	Until     string
	Periods   []tab
	Refresh   string // address of the form that reads again, or stops
	Print     string // address of the page to print
	Aside     []circleAside
}

type circlesReport struct {
	Title     string // the count of all, with its denominator
	Of        string
	Read      string
	At        *stamp
	Headlines []circles.Headline
	Worst     []circleTicket
	Pages     circleList
	Acts      circleList
	Notes     []string
}

type circleTicket struct {
	URL, Title string
	Rows       []circleRow
	More       string
}

type circleRow struct {
	circles.Row
	ID    string // for the address
	Say   string // the verdict, as its form has it
	Aside bool   // somebody has said it since
}

// circleList is a list of counts; None is said when it is empty.
type circleList struct {
	List              []circleCount
	None, From, Until string
}

type circleCount struct {
	Tickets int
	What    string
	Say     []string
	Aside   bool
}

// circleAside is what somebody said is no repeat.
type circleAside struct {
	URL, Kind, By string
	At            *stamp
	Say           string
}

// asideShown is how many of them the page lists, the newest first.
const asideShown = 20

// circlesPage shows the report of a period, and how far it is.
func (s *Server) circlesPage(c echo.Context) error {
	p, err := periodOf(c)
	if err != nil {
		return err
	}
	l, now := langOf(c.Request()), s.Clock()
	v := circlesView{From: p.query().Get("from"), Until: p.query().Get("until"), Refresh: p.url("/circles/read"), Print: p.url("/circles/page"), MayImport: s.person(c).Role.May("admin")}
	if do := c.QueryParam("done"); do == "said" || do == "taken_back" {
		v.Done = l.t("circles.done." + do)
	}
	v.Periods = circlePeriods(l, p, now)
	some, err := s.Store.AnyTicket(ctxOf(c))
	if err != nil {
		return err
	}
	if v.Empty = !some; v.Empty {
		v.Command = "readback import zendesk tickets.json users.json"
		return s.render(c, http.StatusOK, "circles.html", s.page(c, l.t("circles.title"), "circles", v))
	}
	done, run := s.circledYet(p)
	if c.QueryParam("stopped") == "" {
		done, run = s.circled(p, false)
	}
	if run != nil {
		v.Running, v.Read, v.Of = true, run.read.Load(), max(run.of.Load(), 1)
		v.Progress = l.t("circles.progress", "count", int(run.read.Load()), "of", int(run.of.Load()))
		c.Response().Header().Set("Refresh", "2")
	}
	said, err := s.Store.NotRepeats(ctxOf(c))
	if err != nil {
		return err
	}
	if v.Aside, err = s.asides(c, l, said); err != nil {
		return err
	}
	if done != nil && done.err != nil {
		v.Fault = l.t("circles.fault")
	} else if done != nil {
		v.Report = circlesReportOf(l, done, said, now)
	}
	return s.render(c, http.StatusOK, "circles.html", s.page(c, l.t("circles.title"), "circles", v))
}

// circlePeriods are the periods that one can choose by a click.
func circlePeriods(l lang, chosen circlePeriod, now time.Time) (out []tab) {
	today := now.UTC().Truncate(24 * time.Hour)
	for _, days := range []int{30, 90, 365, 0} {
		p := circlePeriod{}
		name := l.t("circles.period.all")
		if days > 0 {
			p.from = today.AddDate(0, 0, -days)
			name = l.t("circles.period.days", "count", days)
		}
		out = append(out, tab{URL: p.url("/circles"), Name: name, Current: p == chosen})
	}
	return out
}

func circlesReportOf(l lang, run *circleRun, said []store.NotRepeat, now time.Time) *circlesReport {
	r := run.report
	aside := map[string]bool{}
	for _, n := range said {
		aside[sayOf(circles.Verdict{Message: n.Message, Start: n.Start, Kind: n.Kind, Words: n.Words})] = true
	}
	out := &circlesReport{At: l.stamp(run.at, now), Headlines: r.Headlines(string(l)), Notes: r.Notes(string(l)), Of: l.t("circles.of", "tickets", r.Tickets),
		Title: l.t("circles.any", "count", r.With.Any, "tickets", r.Tickets), Read: l.t("circles.read", "tickets", r.Tickets, "replies", r.Replies)}
	if r.With.Any == 0 {
		out.Title = l.t("circles.none")
	}
	for i := range r.Worst {
		w := &r.Worst[i]
		t := circleTicket{URL: ticketURL(w.Ticket), Title: w.Subject}
		if t.Title == "" {
			t.Title = w.Ticket
		}
		for j := range w.Items {
			if j == circles.MostRows {
				t.More = l.t("circles.more", "count", len(w.Items)-j)
				break
			}
			say := sayOf(w.Items[j].Verdict())
			t.Rows = append(t.Rows, circleRow{Row: w.Items[j].Row(string(l)), ID: "c" + strconv.Itoa(i) + "-" + strconv.Itoa(j), Say: say, Aside: aside[say]})
		}
		out.Worst = append(out.Worst, t)
	}
	counts := func(list []circles.Count) (out []circleCount) {
		for i := range list {
			x := circleCount{Tickets: list[i].Tickets, What: list[i].What}
			for _, v := range list[i].Verdicts() {
				x.Say = append(x.Say, sayOf(v))
			}
			x.Aside = !slices.ContainsFunc(x.Say, func(say string) bool { return !aside[say] })
			out = append(out, x)
		}
		return out
	}
	from, until := run.period.query().Get("from"), run.period.query().Get("until")
	out.Pages = circleList{counts(r.Pages), l.t("circles.no_pages"), from, until}
	out.Acts = circleList{counts(r.Acts), l.t("circles.no_acts"), from, until}
	return out
}

func (s *Server) asides(c echo.Context, l lang, said []store.NotRepeat) (out []circleAside, err error) {
	if len(said) == 0 {
		return nil, nil
	}
	names, err := s.names(c)
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Backward(said) {
		if len(out) == asideShown {
			break
		}
		out = append(out, circleAside{URL: ticketURL(n.Ticket), Kind: l.t("circles.kind." + n.Kind), By: names.of(l, n.Person), At: l.stamp(n.At, s.Clock()),
			Say: sayOf(circles.Verdict{Message: n.Message, Start: n.Start, Kind: n.Kind, Words: n.Words})})
	}
	return out, nil
}

// sayOf is a verdict as a form has it.
func sayOf(v circles.Verdict) string {
	return v.Message + " " + strconv.Itoa(v.Start) + " " + v.Kind + " " + v.Words
}

// verdictOf reads it again. Errors: Invalid.
func verdictOf(text string) (n store.NotRepeat, err error) {
	parts := strings.Split(text, " ")
	if len(parts) == 4 && slices.Contains(circles.Kinds, parts[2]) && len(parts[3]) == 64 {
		n = store.NotRepeat{Message: parts[0], Kind: parts[2], Words: parts[3]}
		if n.Start, err = strconv.Atoi(parts[1]); err == nil && n.Start >= 0 {
			return n, nil
		}
	}
	return n, triage.Errorf(triage.Invalid, "This names no finding of the report.")
}

// circlesRead reads a period again, or stops what is under way.
func (s *Server) circlesRead(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	p, err := periodOf(c)
	if err != nil {
		return err
	}
	if c.FormValue("do") == "stop" {
		s.circles.mu.Lock()
		if now := s.circles.now; now != nil {
			now.stop()
			s.circles.now = nil
		}
		s.circles.mu.Unlock()
		q := p.query()
		q.Set("stopped", "1")
		return c.Redirect(http.StatusSeeOther, "/circles?"+q.Encode())
	}
	s.circled(p, true)
	return c.Redirect(http.StatusSeeOther, p.url("/circles"))
}

// notRepeat keeps that a finding is no repeat, or takes that back.
func (s *Server) notRepeat(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	form, err := c.FormParams()
	if err != nil {
		return triage.Errorf(triage.Invalid, "The form cannot be read: %w", err)
	}
	p, err := periodOf(c)
	if err != nil {
		return err
	}
	undo := c.FormValue("undo") != ""
	var list []store.NotRepeat
	for _, text := range form["say"] {
		n, err := verdictOf(text)
		if err != nil {
			return err
		}
		n.Person = s.person(c).ID
		list = append(list, n)
	}
	if len(list) == 0 {
		return triage.Errorf(triage.Invalid, "This names no finding of the report.")
	}
	for _, n := range list {
		if err := s.Store.SetNotRepeat(ctxOf(c), n, !undo); err != nil {
			return err
		}
	}
	q := p.query()
	q.Set("done", map[bool]string{false: "said", true: "taken_back"}[undo])
	to := "/circles?" + q.Encode()
	if at := c.FormValue("at"); at != "" {
		to += "#" + url.PathEscape(at)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// circlesPrint gives the report as one page that needs nothing else.
func (s *Server) circlesPrint(c echo.Context) error {
	p, err := periodOf(c)
	if err != nil {
		return err
	}
	done, _ := s.circledYet(p)
	if done == nil || done.report == nil {
		return triage.Errorf(triage.NotFound, "There is no report of these days yet; open the page of circles first.")
	}
	var b bytes.Buffer
	if err := circles.WritePage(&b, done.report, string(langOf(c.Request()))); err != nil {
		return err
	}
	// A file to keep: it has a style of its own, which no page of ours may have.
	c.Response().Header().Set("Content-Disposition", `attachment; filename="circles-`+done.at.UTC().Format(time.DateOnly)+`.html"`)
	return c.HTMLBlob(http.StatusOK, b.Bytes())
}
