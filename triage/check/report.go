package check

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// Report is what a check saw, in the shape of the public contract: of one
// check, or of several together with each of them in Checks.
type Report struct {
	Check      string              `json:"check"` // the check's name; mail or procedure for several
	Params     map[string]string   `json:"params"`
	Outcome    triage.CheckOutcome `json:"outcome"`
	State      string              `json:"state"`
	Expected   string              `json:"expected"`
	Seen       string              `json:"seen"`
	Code       string              `json:"code"`
	Text       string              `json:"text"` // the code's sentence
	Evidence   []string            `json:"evidence"`
	ObservedAt time.Time           `json:"observed_at"`
	TookMS     int64               `json:"took_ms"`
	Lab        bool                `json:"lab"` // the lab network was looked at, not the Internet
	Step       string              `json:"step,omitempty"`
	Checks     []Report            `json:"checks,omitempty"`
}

// MarshalJSON writes null for what was not looked for or could not be seen.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	out := struct {
		plain
		Expected *string `json:"expected"`
		Seen     *string `json:"seen"`
	}{plain: plain(r)}
	if r.Expected != "" {
		out.Expected = &r.Expected
	}
	if r.Seen != "" {
		out.Seen = &r.Seen
	}
	return json.Marshal(out)
}

// Call is one check, or one recipe.ID, by name, with its parameters.
type Call struct {
	Name   string
	Params map[string]string
}

// Report runs checks at the same time and reports them, several as the worst
// of them under that name. account may be nil. lang is of the sentences.
func (e *Engine) Report(ctx context.Context, name string, account *triage.Account, lang string, calls ...Call) Report {
	if len(calls) == 1 && strings.HasPrefix(calls[0].Name, recipePrefix) {
		return e.reportRecipe(ctx, calls[0], account, lang)
	}
	results := make([]triage.CheckResult, len(calls))
	each(len(calls), func(i int) { results[i] = e.Run(ctx, calls[i].Name, calls[i].Params, account) })
	list := e.reports(results, lang)
	if len(list) == 1 {
		return list[0]
	}
	return together(name, list)
}

// ReportProcedure runs the checks of a procedure's steps for one binding of
// its inputs. It passes when every step of the customer's that can be looked
// at holds; what a later step replaced holds, whatever its own check sees now.
// A procedure without checks is Unknown.
func (e *Engine) ReportProcedure(ctx context.Context, p *knowledge.Procedure, inputs map[string]string, account *triage.Account, lang string) Report {
	steps := slices.DeleteFunc(slices.Clone(p.Steps), func(s knowledge.Step) bool { return s.Check == nil })
	checks := make([]triage.StepCheck, len(steps))
	each(len(steps), func(i int) {
		checks[i] = e.Check(ctx, triage.CheckRun{Procedure: p.ID, Step: steps[i], Inputs: inputs, Account: account})
	})
	var results []triage.CheckResult
	for i := range checks {
		results = append(results, checks[i].Results...)
	}
	out := together("procedure", e.reports(results, lang))
	out.Params = map[string]string{"procedure": p.ID}
	maps.Copy(out.Params, inputs)
	out.Outcome = outcomeOf(route.Position(route.Known{Procedure: p, Inputs: inputs, Checks: checks, Account: account}))
	if len(results) == 0 {
		out.Outcome = triage.Unknown
	}
	return out
}

// outcomeOf says whether the customer's steps that can be looked at hold.
func outcomeOf(pos triage.Position) triage.CheckOutcome {
	outcome := triage.Pass
	for _, s := range pos.Steps {
		switch {
		case s.By != knowledge.Customer || s.Check == "" || s.State.Passed():
		case s.Check == triage.Fail:
			return triage.Fail
		default:
			outcome = triage.Unknown
		}
	}
	return outcome
}

func (e *Engine) reports(results []triage.CheckResult, lang string) []Report {
	out := make([]Report, len(results))
	for i, r := range results {
		params := maps.Clone(r.CodeParams)
		params["time"] = r.ObservedAt.Format("15:04")
		out[i] = Report{Check: r.Check, Params: r.Params, Outcome: r.Outcome, State: r.State, Expected: r.Expected, Seen: r.Seen,
			Code: r.Code, Text: triage.Sentence(lang, r.Code, params), Evidence: r.Evidence, ObservedAt: r.ObservedAt,
			TookMS: r.TookMS, Lab: e.net.Lab, Step: r.Step}
	}
	return out
}

// together reports several checks, which all have to pass, as the worst of them.
func together(name string, list []Report) Report {
	out := Report{Check: name, Params: map[string]string{}, Outcome: triage.Pass, Evidence: []string{}, Checks: list}
	badness := []triage.CheckOutcome{triage.Pass, triage.Unknown, triage.Fail}
	for i := range list {
		c := &list[i]
		if i == 0 || slices.Index(badness, c.Outcome) > slices.Index(badness, out.Outcome) {
			out.Outcome, out.State, out.Code, out.Text, out.Expected, out.Seen = c.Outcome, c.State, c.Code, c.Text, c.Expected, c.Seen
		}
		out.TookMS = max(out.TookMS, c.TookMS) // they run at the same time
		out.ObservedAt, out.Lab = c.ObservedAt, c.Lab
	}
	return out
}
