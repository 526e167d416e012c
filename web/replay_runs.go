package web

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"readback/store"
	"readback/triage"
	"readback/triage/eval"
	"readback/triage/eval/replay"
)

// Replays of the page run in this process and are kept in its memory: they hold
// no words, but the ids of tickets, and are soon made again.
const (
	replaysKept = 12
	replayHours = 2 * time.Hour // of one, at most
)

// replayRuns are the replays that were started or brought, newest first. One
// runs at a time.
type replayRuns struct {
	mu   sync.Mutex
	list []*replayRun
}

// replayState is how far one is.
type replayState string

const (
	replayAsks    replayState = "asks" // a model may only be asked once somebody has said so
	replayRunning replayState = "running"
	replayDone    replayState = "done"
	replayFailed  replayState = "failed"
	replayStopped replayState = "stopped"
)

// replayRun is one of them. What is below state is guarded by replayRuns.mu.
type replayRun struct {
	id, by string
	at     time.Time
	trial  *replay.Trial // nil for one that was brought
	period replay.Period

	state    replayState
	done, of int
	estimate replay.Estimate
	report   *replay.Report
	fault    string
	stop     context.CancelFunc
}

// add puts a run first, and lets go of the oldest.
func (r *replayRuns) add(run *replayRun) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = slices.Insert(r.list, 0, run)
	for len(r.list) > replaysKept {
		last := r.list[len(r.list)-1]
		if last.stop != nil {
			last.stop()
		}
		r.list = r.list[:len(r.list)-1]
	}
}

// all are copies of the runs, as they are now.
func (r *replayRuns) all() []replayRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]replayRun, len(r.list))
	for i, run := range r.list {
		out[i] = *run
	}
	return out
}

// get is a copy of one. Errors: NotFound.
func (r *replayRuns) get(id string) (replayRun, error) {
	for _, run := range r.all() {
		if run.id == id {
			return run, nil
		}
	}
	return replayRun{}, triage.Errorf(triage.NotFound, "There is no replay %q: they are kept until the desk starts again, the last %d of them.", id, replaysKept)
}

// change does something to a run that is still there.
func (r *replayRuns) change(id string, do func(run *replayRun) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range r.list {
		if run.id == id {
			return do(run)
		}
	}
	return triage.Errorf(triage.NotFound, "There is no replay %q.", id)
}

// beginReplay has a run replayed in the background. Errors: Conflict while another is.
func (s *Server) beginReplay(id string) error {
	ctx, stop := context.WithTimeout(context.Background(), replayHours)
	var trial *replay.Trial
	var period replay.Period
	s.replays.mu.Lock()
	busy := slices.ContainsFunc(s.replays.list, func(r *replayRun) bool { return r.state == replayRunning })
	s.replays.mu.Unlock()
	err := s.replays.change(id, func(run *replayRun) error {
		if busy || run.state != replayAsks {
			return triage.Errorf(triage.Conflict, "Another replay is running; stop it, or wait until it is done.")
		}
		run.state, run.stop, trial, period = replayRunning, stop, run.trial, run.period
		return nil
	})
	if err != nil {
		stop()
		return err
	}
	go func() {
		defer stop()
		report, err := replay.Run(triage.Backfill(ctx), replay.Options{Subject: trial.Subject, Period: period, Triage: trial.Triage, Workers: 1,
			Progress: func(done, of int) {
				_ = s.replays.change(id, func(run *replayRun) error { run.done, run.of = done, of; return nil })
			}}, s.pastSource(ctx, period))
		_ = s.replays.change(id, func(run *replayRun) error {
			run.state, run.report = replayDone, report
			switch {
			case errors.Is(context.Cause(ctx), context.Canceled):
				run.state = replayStopped
			case err != nil:
				run.state, run.fault = replayFailed, triage.MessageOf(err)
				s.Logger.Warn("a replay failed", "error", err)
			}
			return nil
		})
	}()
	return nil
}

// pastSource gives the tickets of a period, as they were stored.
func (s *Server) pastSource(ctx context.Context, period replay.Period) replay.Source {
	return func(do func(p *eval.Past, of int) error) (int, error) {
		count, err := s.Store.Past(ctx, store.PastOptions{Since: period.Since, Until: period.Until, Limit: period.Limit, Whole: true},
			func(p eval.Past, n store.PastCount) error { return do(&p, n.Of) })
		return count.Erased, err
	}
}

// stopAll ends what runs, before the process does.
func (r *replayRuns) stopAll() {
	for _, run := range r.all() {
		if run.stop != nil {
			run.stop()
		}
	}
}
