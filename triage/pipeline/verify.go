package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// checkRuns lists the checks of every step for every binding; a check that
// uses no input runs once.
func checkRuns(proc *knowledge.Procedure, m *triage.Matter, account *triage.Account) []triage.CheckRun {
	var runs []triage.CheckRun
	for i := range proc.Steps {
		s := proc.Steps[i]
		if s.Check == nil {
			continue
		}
		run := triage.CheckRun{Matter: m.ID, Procedure: proc.ID, Step: s, Account: account}
		if !usesInput(s.Check) {
			run.Inputs = map[string]string{}
			runs = append(runs, run)
			continue
		}
		for _, pos := range m.Positions {
			run.Inputs = pos.Inputs
			runs = append(runs, run)
		}
	}
	return runs
}

func usesInput(c *knowledge.Check) bool {
	return slices.ContainsFunc(c.Leaves(), func(leaf knowledge.Check) bool {
		_, missing := leaf.Bind(nil)
		return missing != ""
	})
}

// verify runs all checks at once under one budget.
func (p *Pipeline) verify(ctx context.Context, runs [][]triage.CheckRun) [][]triage.StepCheck {
	budget := p.CheckBudget
	if budget == 0 {
		budget = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	out := make([][]triage.StepCheck, len(runs))
	var wg sync.WaitGroup
	for i := range runs {
		out[i] = make([]triage.StepCheck, len(runs[i]))
		for j := range runs[i] {
			wg.Go(func() { out[i][j] = p.Checker.Check(ctx, runs[i][j]) })
		}
	}
	wg.Wait()
	return out
}

// about says for whom the checks are, and makes what was seen of a matter stale
// once the customer says that something of it is done, or failed: they may have
// changed it since.
func about(t *triage.Ticket, r *triage.Result, runs [][]triage.CheckRun) {
	for i := range runs {
		var said time.Time
		for _, c := range claimsOf(&r.Brief, r.Matters[i].ID) {
			if c.State != triage.ClaimDone && c.State != triage.ClaimFailed {
				continue
			}
			for _, e := range c.Evidence {
				if m := t.N(e.Message); m != nil && m.ReceivedAt.After(said) {
					said = m.ReceivedAt
				}
			}
		}
		for j := range runs[i] {
			runs[i][j].Asker, runs[i][j].After = t.ID, said
		}
	}
}
