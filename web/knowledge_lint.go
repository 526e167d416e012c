package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/knowledge/lint"
	"readback/triage/check"
)

// lintRuns lints in the background: a large base takes half a minute.
type lintRuns struct {
	mu   sync.Mutex
	now  *lintRun // the newest, maybe under way
	done *lintRun // the newest that is done
}

type lintRun struct {
	key   string // of the files and the day
	at    time.Time
	ready chan struct{}
	found []lint.Finding
	err   error
}

// How long a result holds while the files stay as they are: reviews become due
// and tickets come in; and how long a page waits for a run.
const (
	lintHolds = 15 * time.Minute
	lintWait  = 1500 * time.Millisecond
)

// linted returns the findings on the files as they are, waiting a little for a
// run that it starts if need be. fresh is false while that is under way: then
// they are the last ones known, or nil.
func (s *Server) linted(wait time.Duration) (found []lint.Finding, fresh bool, err error) {
	if s.Files == nil {
		return []lint.Finding{}, true, nil
	}
	now := s.Clock()
	key := s.Workspace.Hash + s.fault() + now.UTC().Format(time.DateOnly)
	s.lints.mu.Lock()
	run := s.lints.now
	if run == nil || run.key != key || now.Sub(run.at) > lintHolds {
		run = &lintRun{key: key, at: now, ready: make(chan struct{})}
		s.lints.now = run
		go s.lint(run)
	}
	done := s.lints.done
	s.lints.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-run.ready:
		return run.found, true, run.err
	case <-timer.C:
	}
	if done != nil {
		return done.found, false, nil
	}
	return nil, false, nil
}

func (s *Server) lint(run *lintRun) {
	defer close(run.ready)
	w, err := knowledge.Read(s.Files)
	var faults knowledge.Faults
	if err != nil && !errors.As(err, &faults) {
		run.err = err
		return
	}
	o := lint.Options{Now: s.Clock(), Checks: check.Required()}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if o.Caused, err = s.Store.Caused(ctx, o.Now.AddDate(0, 0, -lint.CausedDays)); err != nil {
		s.Logger.Warn("dead ends are not ranked", "error", err)
	}
	run.found = lint.Run(w, faults, o)
	s.lints.mu.Lock()
	s.lints.done = run
	s.lints.mu.Unlock()
}

// lintKnown are the findings if they are there at once, and how many each file has.
func (s *Server) lintKnown() (found []lint.Finding, byFile map[string]int) {
	found, _, _ = s.linted(100 * time.Millisecond) // what fails is told on the page of the linter
	byFile = map[string]int{}
	for i := range found {
		byFile[found[i].File]++
	}
	return found, byFile
}

// lintCount says how much there is to mend, with the class of the worst.
func (l lang) lintCount(found []lint.Finding) (text, class string) {
	if len(found) == 0 {
		return l.t("web.kb.lint.clean"), "ok"
	}
	for _, f := range found {
		if f.Severity == lint.Error {
			return l.t("web.kb.lint.count", "count", len(found)), "bad"
		}
	}
	return l.t("web.kb.lint.count", "count", len(found)), "warn"
}

// lintView is the page of the linter.
type lintView struct {
	Running    bool // a run is under way
	Known      bool // there are findings, maybe of the last run
	Severities []tab
	Rules      []choice
	Query      string
	Severity   string
	DeadEnds   []findingView // by the tickets they caused
	Findings   []findingView
	Total      string
	Next       string // address of the next page, "" at the end
}

type findingView struct {
	Severity pick
	Rule     string // its code
	Name     string
	Place    string
	URL      string // where it is mended
	Message  string
	Fix      string
	Tickets  string // that it caused, "" while it is not known
	Related  []relatedPlace
}

type relatedPlace struct{ Place, URL, Message string }

// lintPage is how many findings stand on a page.
const lintPage = 100

func (s *Server) lintPage(c echo.Context) error {
	l := langOf(c.Request())
	found, fresh, err := s.linted(lintWait)
	if err != nil {
		return err
	}
	v := lintView{Running: !fresh, Known: found != nil, Query: strings.TrimSpace(c.QueryParam("q")), Severity: c.QueryParam("severity")}
	rule := c.QueryParam("rule")
	address := func(severity, rule string, from int) string {
		q := url.Values{}
		for key, value := range map[string]string{"severity": severity, "rule": rule, "q": v.Query} {
			if value != "" {
				q.Set(key, value)
			}
		}
		if from > 0 {
			q.Set("from", strconv.Itoa(from))
		}
		return "/knowledge/lint?" + q.Encode()
	}
	bySeverity, byRule := map[string]int{}, map[string]int{}
	for i := range found {
		bySeverity[string(found[i].Severity)]++
		byRule[found[i].Rule]++
	}
	bySeverity[""] = len(found)
	for _, severity := range []string{"", "error", "warning", "note"} {
		v.Severities = append(v.Severities, tab{URL: address(severity, rule, 0), Current: severity == v.Severity,
			Name: l.t("web.kb.lint.severity."+cmp.Or(severity, "all"), "n", bySeverity[severity])})
	}
	for name, n := range byRule {
		v.Rules = append(v.Rules, choice{name, l.named("web.kb.lint.rule.", name, name) + " (" + strconv.Itoa(n) + ")", name == rule})
	}
	slices.SortFunc(v.Rules, func(a, b choice) int { return cmp.Compare(a.Name, b.Name) })
	if v.Severity == "" && rule == "" && v.Query == "" {
		ends := lint.DeadEnds(found)
		for i := range ends[:min(len(ends), 10)] {
			if ends[i].Tickets != nil && *ends[i].Tickets > 0 {
				v.DeadEnds = append(v.DeadEnds, s.findingView(l, &ends[i]))
			}
		}
	}
	var chosen []*lint.Finding
	for i := range found {
		f := &found[i]
		words := strings.ToLower(f.File + " " + f.Message)
		if (v.Severity == "" || string(f.Severity) == v.Severity) && (rule == "" || f.Rule == rule) && strings.Contains(words, strings.ToLower(v.Query)) {
			chosen = append(chosen, f)
		}
	}
	v.Total = l.t("web.kb.lint.shown", "count", len(chosen))
	from := min(max(0, placeOf(c.QueryParam("from"))), len(chosen))
	for _, f := range chosen[from:min(from+lintPage, len(chosen))] {
		v.Findings = append(v.Findings, s.findingView(l, f))
	}
	if from+lintPage < len(chosen) {
		v.Next = address(v.Severity, rule, from+lintPage)
	}
	if v.Running {
		c.Response().Header().Set("Refresh", "3")
	}
	return s.render(c, http.StatusOK, "knowledge_lint.html", s.page(c, l.t("web.kb.lint"), "knowledge", v))
}

func (s *Server) findingView(l lang, f *lint.Finding) findingView {
	class := map[lint.Severity]pick{lint.Error: {Class: "bad", Icon: "differs"}, lint.Warning: {Class: "warn", Icon: "flag"}, lint.Note: {Class: "quiet", Icon: "said"}}[f.Severity]
	class.Text = l.t("web.kb.lint." + string(f.Severity))
	v := findingView{Severity: class, Rule: f.Rule, Name: l.named("web.kb.lint.rule.", f.Rule, f.Rule), Place: placeText(f.File, f.Line, f.Column),
		URL: s.mendURL(f.File, f.Line, f.Column), Message: f.Message, Fix: f.Fix}
	if f.Tickets != nil {
		v.Tickets = l.t("web.kb.lint.tickets", "count", *f.Tickets)
	}
	for _, r := range f.Related {
		v.Related = append(v.Related, relatedPlace{placeText(r.File, r.Line, r.Column), s.mendURL(r.File, r.Line, r.Column), r.Message})
	}
	return v
}

func placeText(file string, line, column int) string {
	return file + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column)
}

// mendURL leads to where a place can be changed, "" when that is not here.
func (s *Server) mendURL(file string, line, column int) string {
	base := strings.TrimSuffix(path.Base(file), ".md")
	switch path.Dir(file) {
	case "procedures":
		id, _, translation := strings.Cut(base, ".")
		to := "/knowledge/" + url.PathEscape(id) + "/edit"
		if p := s.Workspace.Procedure(id); p != nil && !translation {
			if old, err := edit.Read(p.File, []byte(p.Source)); err == nil {
				e := &editing{now: old}
				if field := e.field(knowledge.PathAt(p.Source, line, column)); field != "" {
					return to + "#" + url.PathEscape(field)
				}
			}
		}
		return to
	case "articles":
		return articleURL(base)
	case "changes":
		return "/changes#" + url.PathEscape(base)
	}
	return ""
}
