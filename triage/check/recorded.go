package check

import (
	"context"
	"encoding/json"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// Recorded is a Checker that looks nowhere: it gives again what was seen
// before, and reads the account that it is given. What was not looked at then
// is Unknown with the code check.not_recorded.
type Recorded struct {
	seen   map[string]triage.CheckResult
	engine *Engine // for what needs no network
}

// NewRecorded returns a Recorded of results; at is the time by its clock.
func NewRecorded(results []triage.CheckResult, at time.Time) *Recorded {
	r := &Recorded{seen: map[string]triage.CheckResult{}, engine: New(Network{}, Options{Now: func() time.Time { return at }})}
	for _, k := range results {
		r.seen[recordKey(k.Check, k.Params)] = k
	}
	return r
}

var _ triage.Checker = (*Recorded)(nil)

// recordKey names a check of a target, however its parameters were written.
func recordKey(name string, params map[string]string) string {
	params, _, _ = leaves[name].clean(params, false)
	key, _ := json.Marshal(params) // maps encode in the order of their keys
	return name + string(key)
}

// Check implements triage.Checker.
func (r *Recorded) Check(ctx context.Context, run triage.CheckRun) triage.StepCheck {
	return step(run, func(call knowledge.Check) triage.CheckResult {
		params, missing := call.Bind(run.Inputs)
		if seen, ok := r.seen[recordKey(call.Name, params)]; ok && !leaves[call.Name].local {
			return seen
		}
		if leaves[call.Name].local && missing == "" {
			return r.engine.Run(ctx, call.Name, params, run.Account)
		}
		return r.engine.result(call.Name, params, finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.not_recorded"}, r.engine.opt.Now(), 0)
	})
}
