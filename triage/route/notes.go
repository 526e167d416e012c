package route

import (
	"slices"
	"strconv"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// notes adds what the reader should know besides the deciding row.
func (c *Case) notes(at *point, r *triage.Route) {
	note := func(code string, kv ...string) {
		r.Reasons = append(r.Reasons, triage.Reason{Code: code, Params: pairs(kv)})
	}
	for _, id := range disputed(c.Positions) {
		r.NeedsReview = true
		note("route.correction_disputed", "step", id, "procedure", c.Procedure.ID)
	}
	// Of an incident's ticket nothing was looked at.
	if at.pos == nil || r.Action == triage.None || c.Incident != nil && r.Reasons[0].Code == CodeIncident {
		return
	}
	if at.step != nil && at.step.Prerequisite != "" {
		note("route.prerequisite", "procedure", c.Procedure.ID, "prerequisite", at.step.Prerequisite)
	}
	if at.next != nil && at.next.By == knowledge.Customer {
		if len(c.Positions) > 1 && c.Procedure.AccountWide() {
			note("route.other_binding", "binding", triage.BindingText(at.pos.Inputs))
		}
		for i := len(at.pos.Steps) - 1; i >= 0; i-- {
			if s := at.pos.Steps[i]; s.ID == at.next.ID {
				break
			} else if s.By == knowledge.Staff && s.State == triage.StepVerified {
				note("route.later_on", "step", s.ID, "open", at.next.ID, "procedure", c.Procedure.ID)
				break
			}
		}
	}
	if c.Account != nil && c.Account.Disputed {
		r.NeedsReview = true
		note("route.account_disputed", "account", c.Account.ID)
	}
	for _, p := range c.Positions {
		if c.foreign(p.Inputs) {
			r.NeedsReview = true
			note("route.foreign_binding", "binding", triage.BindingText(p.Inputs))
		}
	}
	if c.Unlooked > 0 {
		r.NeedsReview = true
		note("route.not_all_looked_at", "count", strconv.Itoa(c.Unlooked))
	}
	told := map[string]bool{}
	for i := range c.Checks {
		for _, res := range c.Checks[i].Results {
			if s := res.CodeParams["stale_seconds"]; s != "" && !told[triage.BindingText(res.Inputs)] {
				told[triage.BindingText(res.Inputs)] = true
				note("route.stale_resolver", "binding", triage.BindingText(res.Inputs), "seconds", s)
			}
		}
	}
}

// disputed lists the steps on which the customer's latest words contradict a
// correction.
func disputed(positions []triage.Position) []string {
	var ids []string
	for i := range positions {
		for _, s := range positions[i].Steps {
			if s.Disputed && !slices.Contains(ids, s.ID) {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

// foreign reports whether a binding names what the account does not have.
func (c *Case) foreign(binding map[string]string) bool {
	for name, value := range binding {
		path, ok := strings.CutPrefix(c.Procedure.Inputs[name].From, "account.")
		if has := c.Account.Strings(path); ok && len(has) > 0 && !slices.Contains(has, value) {
			return true
		}
	}
	return false
}

func pairs(kv []string) map[string]string {
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}
