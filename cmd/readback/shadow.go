package main

import (
	"context"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"readback/store"
	"readback/triage"
	"readback/triage/eval/replay"
	"readback/triage/pipeline"
	"readback/triage/route"
)

// shadowConfig names a candidate that reads a share of the live tickets beside
// the desk. Nothing of a ticket changes by it, and nobody is told anything.
type shadowConfig struct {
	candidateConfig `koanf:",squash"`
	Share           float64 `koanf:"share"`          // of tickets, 0 to 1; 0 = none
	BudgetUSDDay    float64 `koanf:"budget_usd_day"` // USD a day (UTC) for its model; needed unless that is free
}

// check reports what of the configuration cannot be.
func (c *shadowConfig) check() error {
	switch {
	case math.IsNaN(c.Share) || c.Share < 0 || c.Share > 1:
		return triage.Errorf(triage.Invalid, "shadow.share is %v; use 0 for no ticket, up to 1 for all", c.Share)
	case c.BudgetUSDDay < 0:
		return triage.Errorf(triage.Invalid, "shadow.budget_usd_day is below zero")
	case c.Share == 0 && (c.asks() || c.Policy != "" || c.Knowledge != ""):
		return triage.Errorf(triage.Invalid, "shadow.share is missing: how many of the tickets the candidate reads, such as 0.1")
	}
	return nil
}

// shadowQueue is how many tickets may wait for the candidate; more are not read.
const shadowQueue = 64

// shadow reads live tickets with a candidate, one at a time, after the desk has.
type shadow struct {
	config  shadowConfig
	make    func() (*candidate, error) // of the files as they are
	version func() string              // of the desk's workspace
	store   *store.Store
	log     *slog.Logger
	queue   chan shadowed
	missed  atomic.Int64 // tickets for which there was no room
}

// shadowed is a ticket as the desk has just read it.
type shadowed struct {
	ticket triage.Ticket
	prev   *triage.Result
	live   triage.Result
}

// newShadow is nil where none is configured. A candidate that cannot be made is
// Invalid, at the start.
func (p *program) newShadow(c config, files fs.FS, version func() string, s *store.Store, log *slog.Logger) (*shadow, error) {
	if c.Shadow.Share == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	if p.offline && c.Shadow.asks() {
		log.Info("no candidate in shadow: --offline asks no model")
		return nil, nil //nolint:nilnil // as above
	}
	sh := &shadow{config: c.Shadow, version: version, store: s, log: log, queue: make(chan shadowed, shadowQueue)}
	sh.make = func() (*candidate, error) {
		cand, err := p.candidate(files, c.Shadow.candidateConfig)
		if err != nil || !c.Shadow.asks() {
			return cand, err
		}
		err = p.useModel(cand, c, c.Shadow.candidateConfig, modelUse{dailyUSD: c.Shadow.BudgetUSDDay, ledger: store.ShadowLedger{Store: s}, log: log})
		if err == nil && c.Shadow.BudgetUSDDay == 0 && !free(&cand.provider) {
			err = triage.Errorf(triage.Invalid, "its model %s costs something, so it needs shadow.budget_usd_day", cand.subject.Model)
		}
		if err == nil && cand.provider.price() == nil {
			err = triage.Errorf(triage.Invalid, "its budget needs prompt_price and completion_price of %s; use 0 for what is free", cand.subject.Model)
		}
		return cand, err
	}
	cand, err := sh.make()
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "shadow: %s", triage.MessageOf(err))
	}
	told := []any{"share", c.Shadow.Share, "reader", cand.subject.Reader, "policy", cand.subject.Policy, "knowledge", cand.subject.Workspace}
	if cand.model != nil {
		told = append(told, "model", cand.subject.Model, "prompt", cand.subject.Prompt, "gets", "what customers wrote", "at", cand.provider.URL, "budget_usd_day", c.Shadow.BudgetUSDDay)
	}
	log.Info("a candidate reads in shadow", told...)
	return sh, nil
}

// free reports whether a model is known to cost nothing.
func free(m *providerConfig) bool {
	p := m.price()
	return p != nil && p.Prompt == 0 && p.Completion == 0 && p.Cached == 0
}

// chosen reports whether a ticket is in the share: always the same ones.
func (s *shadow) chosen(ticket string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(ticket)) // never fails
	return float64(h.Sum32()) < s.config.Share*(1<<32)
}

// take is store.WorkOptions.Shadow: it returns at once.
func (s *shadow) take(t *triage.Ticket, prev, r *triage.Result) {
	if !s.chosen(t.ID) {
		return
	}
	select {
	case s.queue <- shadowed{*t, prev, *r}:
	default:
		if n := s.missed.Add(1); n == 1 || n%100 == 0 {
			s.log.Warn("the candidate in shadow is behind: tickets were not given to it", "tickets", n)
		}
	}
}

// run reads until ctx ends, one ticket at a time and after everything else.
func (s *shadow) run(ctx context.Context) {
	ctx = triage.Backfill(ctx)
	var cand *candidate
	made := ""
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-s.queue:
			if now := s.version(); cand == nil || made != now { // the desk's files have changed
				next, err := s.make()
				made = now
				if err != nil {
					s.log.Error("the candidate in shadow cannot be made of the files as they are", "fault", triage.MessageOf(err))
				}
				if next != nil && err == nil {
					cand = next
				}
			}
			if cand != nil {
				s.read(ctx, cand, &w)
			}
		}
	}
}

// read has a ticket read by the candidate as the desk saw it, and keeps codes of
// what came of it. It reads the whole ticket: of what it made of it before
// nothing is kept. The tier that had the ticket is the desk's.
func (s *shadow) read(ctx context.Context, cand *candidate, w *shadowed) {
	defer func() {
		if p := recover(); p != nil { // the desk goes on
			s.log.Error("the candidate in shadow panicked", "ticket", w.ticket.ID, "panic", p)
		}
	}()
	stored := &triage.Result{At: w.live.At, Lab: w.live.Lab, Facts: w.live.Facts}
	pl := pipeline.Replay(cand.workspace, cand.index, cand.reader, stored)
	pl.Floor, pl.Logger = s.store.ReviewFloor, s.log
	pl.Incidents = func(ctx context.Context, id string) ([]route.Incident, error) {
		return s.store.ConfirmedIncidents(ctx, cand.workspace, id)
	}
	var prev *triage.Result
	if w.prev != nil {
		prev = &triage.Result{Route: triage.Route{Tier: w.prev.Route.Tier}}
	}
	began := time.Now()
	r, err := pl.Triage(ctx, &w.ticket, prev)
	if err != nil {
		return // the desk stops
	}
	x := store.Shadowed{TicketID: w.ticket.ID, Version: w.live.Version, Subject: cand.subject, Live: replay.OutcomeOf(&w.live), Shadow: replay.OutcomeOf(&r),
		Unlooked: replay.Unlooked(&r), Unread: replay.Unread(&r), CostUSD: r.Extractor.Usage.CostUSD, LatencyMS: time.Since(began).Milliseconds()}
	if err := s.store.RecordShadow(context.WithoutCancel(ctx), x); err != nil {
		s.log.Warn("what a candidate made of a ticket cannot be kept", "ticket", w.ticket.ID, "error", err)
	}
}
