package store

import (
	"regexp"
	"slices"
	"strings"

	"readback/triage"
)

// This file adds to events what measures are made of: codes, ids and numbers.
// What comes from outside is kept only when it is a code of ours.

// code is what may stand in an event where a program that is not ours chose it.
var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$`)

// browsers are the names that an event may have; any other is "other".
var browsers = []string{"Firefox", "Chrome", "Safari", "Edge", "Opera", "Samsung Internet", "Brave", "Vivaldi"}

// pagesOpened lists our help pages that the customer opened before they wrote.
func pagesOpened(messages []triage.Message) []string {
	var out []string
	for i := range messages {
		for _, e := range messages[i].Events {
			if e.Kind == triage.EventOpened && code.MatchString(e.Procedure) && !slices.Contains(out, e.Procedure) {
				out = append(out, e.Procedure)
			}
		}
	}
	return out
}

// understood adds what a reading understood to the data of its event.
func understood(data map[string]any, r *triage.Result) {
	data["kind"] = r.Brief.Kind
	if code.MatchString(r.Brief.Language) {
		data["language"] = r.Brief.Language
	}
	if p := r.Position; p != nil {
		data["topic"] = p.Procedure
		if p.Next != nil {
			data["step"], data["next_by"] = p.Next.Step, p.Next.By
		}
		basis := map[triage.Basis]int{}
		for i := range p.Steps {
			basis[p.Steps[i].Basis]++
		}
		data["basis"] = basis
	}
	if worst := worstOutcomes(r.Facts.Checks); len(worst) > 0 {
		data["checks"] = worst
	}
	for _, f := range r.Facts.Device {
		if f.Kind == triage.EnvBrowser {
			data["browser"] = browserName(f.Value)
		}
	}
}

// worstOutcomes are the outcomes of checks by name: of one that ran on several
// targets the worst, fail before unknown before pass.
func worstOutcomes(checks []triage.CheckResult) map[string]triage.CheckOutcome {
	rank := []triage.CheckOutcome{triage.Pass, triage.Unknown, triage.Fail}
	out := map[string]triage.CheckOutcome{}
	for i := range checks {
		c := &checks[i]
		if slices.Index(rank, c.Outcome) > slices.Index(rank, out[c.Check]) {
			out[c.Check] = c.Outcome
		}
	}
	return out
}

// browserName is the name of a browser without its version.
func browserName(value string) string {
	for _, name := range browsers {
		if value == name || strings.HasPrefix(value, name+" ") {
			return name
		}
	}
	return "other"
}
