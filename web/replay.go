package web

import (
	"cmp"
	"crypto/rand"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/knowledge/edit"
	"readback/prompts"
	"readback/triage"
	"readback/triage/eval/replay"
)

// Replayer makes what a replay of the page tries.
type Replayer struct {
	// Try makes a trial of the files of a workspace, read offline or, with a name,
	// by a model with a version of the prompt ("" = the newest).
	Try    func(files fs.FS, model, prompt string) (*replay.Trial, error)
	Models []string // that may be asked; none = offline only
}

// replayRows is how many tickets one section shows.
const replayRows = 50

// replaysView is the page of all replays.
type replaysView struct {
	Accuracy *accuracyView // of what is in use, by a blind review
	Runs     []replayRunView
	Form     replayForm
	Off      bool // nothing can be replayed here
	Fault    string
	Shadow   *shadowView
	Running  bool
}

// replayForm is the form as it was filled in.
type replayForm struct {
	Name, Since, Until, Limit, Model, Prompt string
	Models, Prompts, Limits                  []string
}

type replayRunView struct {
	ID, URL, Title, By, State, Figure string
	Class, Icon                       string
	At                                *stamp
	Percent                           int
	Report                            bool
}

// replayPage lists the replays and lets a lead start one.
func (s *Server) replayPage(c echo.Context) error {
	return s.showReplays(c, http.StatusOK, replayForm{Limit: "200"}, "")
}

func (s *Server) showReplays(c echo.Context, status int, f replayForm, fault string) error {
	l := langOf(c.Request())
	f.Prompts, f.Limits = prompts.Names(), []string{"50", "200", "1000", "0"}
	v := replaysView{Form: f, Fault: fault, Off: s.Replay == nil || s.Files == nil}
	if s.Replay != nil {
		v.Form.Models = s.Replay.Models
	}
	for _, run := range s.replays.all() {
		view := s.runView(l, &run)
		v.Running = v.Running || run.state == replayRunning
		v.Runs = append(v.Runs, view)
	}
	var err error
	if v.Accuracy, err = s.accuracy(c); err != nil {
		return err
	}
	if v.Shadow, err = s.shadowView(c, l); err != nil {
		return err
	}
	if v.Running {
		c.Response().Header().Set("Refresh", "3") // works without a script
	}
	return s.render(c, status, "replay.html", s.page(c, l.t("replay.page"), "replay", v))
}

func (s *Server) runView(l lang, run *replayRun) replayRunView {
	v := replayRunView{ID: run.id, URL: "/replay/" + run.id, By: run.by, At: l.stamp(run.at, s.Clock()), State: l.t("replay.state." + string(run.state)), Icon: "dash", Class: "quiet"}
	subject := &replay.Subject{Reader: offline}
	if run.trial != nil {
		subject = &run.trial.Subject
	}
	w := replay.Words{Lang: string(l), Workspace: s.Workspace}
	switch run.state {
	case replayRunning:
		v.Class, v.Icon = "busy", "seek"
		if run.of > 0 {
			v.Percent = 100 * run.done / run.of
			v.Figure = l.t("replay.count_of", "n", run.done, "of", run.of)
		}
	case replayDone:
		v.Class, v.Icon, v.Report, subject = "ok", "check", true, &run.report.Subject
		sheet := w.Sheet(run.report)
		v.Figure = sheet.Headline
	case replayFailed:
		v.Class, v.Icon, v.Figure = "bad", "differs", run.fault
	case replayAsks:
		v.Class, v.Icon = "warn", "eye"
	case replayStopped:
	}
	v.Title = cmp.Or(subject.Name, w.Subject(subject))
	return v
}

// startReplay takes the form: offline it begins at once, a model is asked once
// somebody has read what it would get.
func (s *Server) startReplay(c echo.Context) error {
	l := langOf(c.Request())
	if s.Replay == nil || s.Files == nil {
		return triage.Errorf(triage.Unavailable, "Nothing can be replayed here.")
	}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxReplayForm)
	if err := c.Request().ParseMultipartForm(maxReplayForm); err != nil {
		return triage.Errorf(triage.TooLarge, "The form is larger than %d MB, or is none.", maxReplayForm>>20)
	}
	f := replayForm{Name: oneLine(c.FormValue("name"), 80), Since: c.FormValue("since"), Until: c.FormValue("until"), Limit: c.FormValue("limit"), Model: c.FormValue("model"), Prompt: c.FormValue("prompt")}
	run, err := s.newReplay(c, &f)
	if triage.CodeOf(err) == triage.Invalid {
		return s.showReplays(c, http.StatusUnprocessableEntity, f, l.t("replay.fault", "why", triage.MessageOf(err)))
	}
	if err != nil {
		return err
	}
	s.replays.add(run)
	if run.trial.Estimate == nil {
		if err := s.beginReplay(run.id); err != nil {
			_ = s.replays.change(run.id, func(r *replayRun) error { r.state = replayStopped; return nil })
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, "/replay/"+run.id)
}

// newReplay makes a run of a form. Errors: Invalid for what is wrong with it.
func (s *Server) newReplay(c echo.Context, f *replayForm) (*replayRun, error) {
	period, err := f.period()
	if err != nil {
		return nil, err
	}
	if f.Model != "" && !slices.Contains(s.Replay.Models, f.Model) {
		return nil, triage.Errorf(triage.Invalid, "The model %q is not configured.", f.Model)
	}
	files, err := candidateFiles(s.Files, c.Request().MultipartForm)
	if err != nil {
		return nil, err
	}
	trial, err := s.Replay.Try(edit.Overlay(s.Files, files), f.Model, f.Prompt)
	if err != nil {
		return nil, err
	}
	trial.Subject.Name = f.Name
	run := &replayRun{id: newRunID(), by: s.person(c).Name, at: s.Clock(), trial: trial, period: period, state: replayAsks}
	if trial.Estimate != nil {
		run.estimate, err = trial.Estimate(ctxOf(c), s.pastSource(ctxOf(c), period))
	}
	return run, err
}

// period reads the days of a form, both part of it.
func (f *replayForm) period() (p replay.Period, err error) {
	day := func(text string) (d time.Time) {
		if text != "" && err == nil {
			if d, err = time.Parse(time.DateOnly, text); err != nil {
				err = triage.Errorf(triage.Invalid, "%q is no day such as 2026-11-01.", text)
			}
		}
		return d
	}
	p.Since, p.Until = day(f.Since), day(f.Until)
	if err != nil {
		return p, err
	}
	if !p.Until.IsZero() {
		p.Until = p.Until.AddDate(0, 0, 1)
		if !p.Since.Before(p.Until) {
			return p, triage.Errorf(triage.Invalid, "The first day is after the last.")
		}
	}
	if p.Limit, err = strconv.Atoi(cmp.Or(f.Limit, "200")); err != nil || p.Limit < 0 {
		return p, triage.Errorf(triage.Invalid, "%q is no number of tickets.", f.Limit)
	}
	return p, nil
}

// bringReplay takes a replay that was saved, to compare with.
func (s *Server) bringReplay(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxReplayForm)
	file, err := c.FormFile("saved")
	if err != nil {
		return s.showReplays(c, http.StatusUnprocessableEntity, replayForm{Limit: "200"}, langOf(c.Request()).t("replay.fault", "why", langOf(c.Request()).t("replay.saved.none")))
	}
	in, err := file.Open()
	if err != nil {
		return triage.Errorf(triage.Invalid, "The file cannot be read.")
	}
	defer in.Close()
	report, err := replay.Read(in)
	if err != nil {
		return s.showReplays(c, http.StatusUnprocessableEntity, replayForm{Limit: "200"}, langOf(c.Request()).t("replay.fault", "why", file.Filename+": "+triage.MessageOf(err)))
	}
	run := &replayRun{id: newRunID(), by: s.person(c).Name, at: s.Clock(), state: replayDone, report: report}
	report.Subject.Name = oneLine(cmp.Or(report.Subject.Name, file.Filename), 80)
	s.replays.add(run)
	return c.Redirect(http.StatusSeeOther, "/replay/"+run.id)
}

// setReplay starts, stops or forgets one.
func (s *Server) setReplay(c echo.Context) error {
	id := c.Param("id")
	switch c.Param("do") {
	case "start":
		if err := s.beginReplay(id); err != nil {
			return err
		}
	case "stop":
		err := s.replays.change(id, func(run *replayRun) error {
			if run.stop != nil {
				run.stop()
			}
			if run.state == replayAsks {
				run.state = replayStopped
			}
			return nil
		})
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/replay")
	default:
		return echo.ErrNotFound
	}
	return c.Redirect(http.StatusSeeOther, "/replay/"+id)
}

func newRunID() string { return "run_" + strings.ToLower(rand.Text()[:12]) }
