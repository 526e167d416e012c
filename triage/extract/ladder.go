package extract

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// LadderOptions configures a Ladder.
type LadderOptions struct {
	// Budget bounds the time spent with models for one ticket, retries and
	// waits included; default 45 s. A sooner deadline of the context bounds it too.
	Budget  time.Duration
	Retries int // further calls to one provider after a passing failure; default 2, negative = none
	// DailyUSD is what may be spent on a day (UTC); 0 = no limit. Once it is
	// spent only models that cost nothing are called. Readings that are under
	// way then end, so it can be passed by what those cost.
	DailyUSD float64
	Ledger   Ledger       // where spending is kept; default: in memory
	Logger   *slog.Logger // default slog.Default
	// Tests set these: the clock, a wait that ends early with ctx's error, and
	// a number in [0,1) that spreads the waits.
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
	Rand func() float64
}

// Ladder reads a ticket with the first provider that can, else with the last
// extractor, which needs none. It is safe for concurrent use.
type Ladder struct {
	rungs []*rung
	last  triage.Extractor
	seats chan struct{} // readings by last at once
	opt   LadderOptions
}

type rung struct {
	model   *Model
	breaker breaker
	gate    *gate
}

// NewLadder returns a ladder over the models in order of preference and the
// extractor at its foot. Without models that one reads alone and the result
// is not degraded; without a foot (nil) the ladder fails when the models do.
func NewLadder(models []*Model, last triage.Extractor, opt LadderOptions) *Ladder {
	if opt.Budget == 0 {
		opt.Budget = 45 * time.Second
	}
	if opt.Retries == 0 {
		opt.Retries = 2
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Wait == nil {
		opt.Wait = wait
	}
	if opt.Rand == nil {
		opt.Rand = rand.Float64
	}
	if opt.Ledger == nil {
		opt.Ledger = &memory{}
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	l := &Ladder{last: last, opt: opt, seats: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
	for _, m := range models {
		l.rungs = append(l.rungs, &rung{model: m, gate: newGate(m.opt.Limits, opt.Now, opt.Wait)})
	}
	return l
}

// Best is the name of the model that is asked first, "" without one.
func (l *Ladder) Best() string {
	if len(l.rungs) == 0 {
		return ""
	}
	return l.rungs[0].model.Name()
}

// Ready reports whether a model may be asked now: the breaker of one of the
// providers lets a call through, be it the one that tries whether it is back,
// and the budget allows it. It asks nobody.
func (l *Ladder) Ready(ctx context.Context) bool {
	return slices.ContainsFunc(l.rungs, func(r *rung) bool {
		return !r.breaker.open(l.opt.Now()) && l.affordable(ctx, r)
	})
}

// Extract reads a ticket. Info says by whom: after a fall to the foot it is
// degraded, and Failures lists the code of each failed call. It fails only
// when the caller gave up, the foot fails, or the models do and it is backfill
// (triage.Backfill), which can wait for them.
func (l *Ladder) Extract(ctx context.Context, in triage.Reading) (triage.Proposal, error) {
	began := l.opt.Now()
	var p triage.Proposal
	failures, usage, ok := l.models(ctx, work{classOf(ctx, in), in.Ticket.ID, func(ctx context.Context, m *Model) (triage.ExtractorInfo, error) {
		var err error
		p, err = m.Extract(ctx, in)
		return p.Info, err
	}}, began)
	if err := ctx.Err(); err != nil && !ok && errors.Is(err, context.Canceled) {
		return triage.Proposal{}, triage.Errorf(triage.Unavailable, "the triage was given up: %w", err)
	}
	if !ok {
		if l.last == nil || len(l.rungs) > 0 && triage.IsBackfill(ctx) {
			return triage.Proposal{}, triage.Errorf(triage.Unavailable, "no model could read the ticket (%s)", strings.Join(failures, ", "))
		}
		var err error
		// The foot takes milliseconds. It reads even when the models used up
		// the time that the caller had.
		if p, err = l.foot(context.WithoutCancel(ctx), in); err != nil {
			return triage.Proposal{}, err
		}
		p.Info.Degraded = len(l.rungs) > 0
	}
	p.Info.Failures = failures
	p.Info.Usage = usage
	p.Info.LatencyMS = l.opt.Now().Sub(began).Milliseconds()
	return p, nil
}

// foot reads with the last extractor. It needs nothing but the processor, and
// one core is left to those who wait for an answer.
func (l *Ladder) foot(ctx context.Context, in triage.Reading) (triage.Proposal, error) {
	l.seats <- struct{}{}
	defer func() { <-l.seats }()
	return l.last.Extract(ctx, in)
}

// work is what models are asked for.
type work struct {
	class class
	about string // id of the ticket or name of the task, for the log
	do    func(ctx context.Context, m *Model) (triage.ExtractorInfo, error)
}

// models tries the providers in turn. ok is false when none could do it.
func (l *Ladder) models(ctx context.Context, w work, began time.Time) (failures []string, usage triage.Usage, ok bool) {
	if len(l.rungs) == 0 {
		return nil, usage, false
	}
	budget := l.opt.Budget
	if deadline, has := ctx.Deadline(); has {
		left := time.Until(deadline)
		// Something is left for the foot and for what comes after it.
		budget = min(budget, left-min(left/5, time.Second))
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	until := began.Add(budget)
	for i, r := range l.rungs {
		if ctx.Err() != nil {
			failures = append(failures, CodeTimeout)
			break
		}
		if l.try(ctx, r, w, until, i == len(l.rungs)-1, &failures, &usage) {
			return failures, usage, true
		}
	}
	return failures, usage, false
}

// Waits between calls to one provider.
const (
	firstWait = 500 * time.Millisecond // doubled each time, spread by half
	// impatience is the longest wait while another provider could be asked.
	impatience = 2 * time.Second
	// moment is for those who came at the same time to step through the gate.
	moment = 50 * time.Millisecond
)

// try asks one provider, and again after failures that pass.
func (l *Ladder) try(ctx context.Context, r *rung, w work, until time.Time, final bool, failures *[]string, usage *triage.Usage) bool {
	pause := firstWait
	for attempt := 0; ; attempt++ {
		info, f := l.once(ctx, r, w, until, final)
		add(usage, failures, info, f)
		if f == nil {
			return true
		}
		d := max(f.RetryAfter, time.Duration(float64(pause)*(0.5+l.opt.Rand())))
		pause *= 2
		switch {
		case !passes(f.Code()) || attempt >= l.opt.Retries:
			return false
		case l.opt.Now().Add(d).After(until) || !final && d > impatience:
			return false
		case l.opt.Wait(ctx, d) != nil:
			return false
		}
	}
}

// once asks a provider if breaker, budget and limits let it.
func (l *Ladder) once(ctx context.Context, r *rung, w work, until time.Time, final bool) (triage.ExtractorInfo, *Failure) {
	switch {
	case r.breaker.open(l.opt.Now()):
		return triage.ExtractorInfo{}, notCalled(CodeCircuitOpen)
	case !l.affordable(ctx, r):
		return triage.ExtractorInfo{}, notCalled(CodeBudget)
	}
	reserved, err := l.turn(ctx, r, w.class, until, final)
	if err != nil {
		return triage.ExtractorInfo{}, notCalled(CodeBusy)
	}
	if !r.breaker.allow(l.opt.Now()) { // it opened meanwhile
		r.gate.leave(reserved, 0)
		return triage.ExtractorInfo{}, notCalled(CodeCircuitOpen)
	}
	deadline, has := ctx.Deadline()
	hurried := has && time.Until(deadline) < r.model.opt.Timeout/2
	back := false
	defer func() {
		if !back { // a panic must not cost the others their turn
			r.gate.leave(reserved, 0)
			r.breaker.unused()
		}
	}()
	info, err := w.do(ctx, r.model)
	back = true
	var f *Failure
	if err != nil && !errors.As(err, &f) {
		f = &Failure{Codes: []string{CodeRejected}, Err: err}
	}
	u := info.Usage
	if f != nil {
		u = f.Usage
	}
	r.gate.leave(reserved, u.PromptTokens+u.CompletionTokens)
	charge(ctx, l.opt.Ledger, l.opt.Now(), r.model.Name(), u, l.opt.Logger)
	if f == nil {
		r.breaker.succeeded()
		return info, nil
	}
	l.opt.Logger.WarnContext(ctx, "a model could not read", "model", r.model.Name(), "ticket", w.about, "codes", f.Codes, "error", f.Err)
	r.gate.shutFor(f.RetryAfter)
	if hurried && f.Code() == CodeTimeout {
		r.breaker.unused() // the time was gone before it was asked
	} else {
		r.breaker.failed(f, context.Cause(ctx), l.opt.Now())
	}
	return info, f
}

// turn waits at the provider's gate as long as the time for a call is left
// after it, and not for long while another provider could be asked.
func (l *Ladder) turn(ctx context.Context, r *rung, c class, until time.Time, final bool) (float64, error) {
	now := l.opt.Now()
	patience := max(0, until.Sub(now)-min(r.model.opt.Timeout, l.opt.Budget/2))
	if !final {
		patience = min(patience, impatience)
	}
	waiting, cancel := context.WithTimeout(ctx, patience+moment)
	defer cancel()
	return r.gate.enter(waiting, c, now.Add(patience))
}

func notCalled(code string) *Failure {
	return &Failure{Codes: []string{code}, Err: triage.Errorf(triage.Unavailable, "the model was not called: %s", code)}
}

// passes reports whether the same call may succeed a moment later. A timeout
// has used its time up already.
func passes(code string) bool {
	return code == CodeRateLimited || code == CodeServerError || code == CodeConnection
}

// add sums up what one attempt cost and what went wrong in it.
func add(sum *triage.Usage, failures *[]string, i triage.ExtractorInfo, f *Failure) {
	if f != nil {
		i.Usage, i.Failures = f.Usage, f.Codes
	}
	sum.Add(i.Usage)
	*failures = append(*failures, i.Failures...)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
