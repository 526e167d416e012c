package route_test

import (
	"fmt"
	"strings"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

func sendline(t *testing.T) *knowledge.Workspace {
	t.Helper()
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// world writes a binding's claims and checks in short: "step:claim/check",
// such as "tracking-on:done/pass certificate:/fail". A check may carry the
// state it saw: "brand-link:/fail=proxied".
func world(text string) (claims []triage.Claim, checks []triage.StepCheck) {
	for i, part := range strings.Fields(text) {
		step, rest, _ := strings.Cut(part, ":")
		claim, check, _ := strings.Cut(rest, "/")
		if claim != "" {
			claims = append(claims, triage.Claim{ID: fmt.Sprint("c", i), Step: step, State: triage.ClaimState(claim),
				Evidence: []triage.Evidence{{Message: 1, Quote: part}}})
		}
		if check != "" {
			outcome, state, _ := strings.Cut(check, "=")
			checks = append(checks, triage.StepCheck{Step: step, Outcome: triage.CheckOutcome(outcome),
				Results: []triage.CheckResult{{Step: step, Outcome: triage.CheckOutcome(outcome), State: state}}})
		}
	}
	return claims, checks
}

const allSaid = "tracking-on:done/pass brand-link:done/fail=proxied certificate:done/pass switch-on:/fail"

func TestPosition(t *testing.T) {
	w := sendline(t)
	for _, tc := range []struct{ name, world, want string }{
		{"case zero", allSaid,
			"tracking-on=verified/seen brand-link=superseded/seen certificate=verified/seen switch-on=todo/seen next=switch-on exhausted"},
		{"nothing said, all seen", "tracking-on:/pass brand-link:/fail=proxied certificate:/pass switch-on:/fail",
			"tracking-on=verified/seen brand-link=superseded/seen certificate=verified/seen switch-on=todo/seen next=switch-on exhausted"},
		{"expired certificate behind a proxy is at step 3", "tracking-on:/pass brand-link:done/fail=proxied certificate:/fail",
			"tracking-on=verified/seen brand-link=superseded/seen certificate=todo/seen switch-on=todo/silent next=certificate partial"},
		{"direct, certificate claimed", "tracking-on:done/pass brand-link:done/pass certificate:done/fail",
			"tracking-on=verified/seen brand-link=verified/seen certificate=contradicted/seen switch-on=todo/silent next=certificate partial"},
		{"doubled zone, step 3 not claimed", "tracking-on:done/pass brand-link:done/fail=wrong_target certificate:/fail",
			"tracking-on=verified/seen brand-link=contradicted/seen certificate=todo/seen switch-on=todo/silent next=brand-link partial"},
		{"doubled zone, step 3 claimed: it is begun", "tracking-on:done/pass brand-link:done/fail=wrong_target certificate:done/fail",
			"tracking-on=verified/seen brand-link=superseded/said certificate=contradicted/seen switch-on=todo/silent next=certificate partial"},
		{"nobody answers, all claimed", "tracking-on:done/pass brand-link:done/unknown certificate:done/unknown switch-on:/fail",
			"tracking-on=verified/seen brand-link=superseded/said certificate=done/said switch-on=todo/seen next=switch-on exhausted"},
		{"nobody answers, nothing said", "tracking-on:/pass brand-link:/unknown certificate:/unknown",
			"tracking-on=verified/seen brand-link=unknown/silent certificate=unknown/silent switch-on=todo/silent next=brand-link partial"},
		{"said not done, not looked", "tracking-on:not_done",
			"tracking-on=todo/said brand-link=unknown/silent certificate=unknown/silent switch-on=todo/silent next=tracking-on none"},
		{"planned is not done", "tracking-on:/pass brand-link:/pass certificate:planned/fail",
			"tracking-on=verified/seen brand-link=verified/seen certificate=todo/said switch-on=todo/silent next=certificate partial"},
		{"the later word wins", "tracking-on:done tracking-on:not_done",
			"tracking-on=todo/said brand-link=unknown/silent certificate=unknown/silent switch-on=todo/silent next=tracking-on none"},
		{"a customer's word on our step is no proof", allSaid + " switch-on:done",
			"tracking-on=verified/seen brand-link=superseded/seen certificate=verified/seen switch-on=todo/seen next=switch-on exhausted"},
		{"all on", "tracking-on:/pass brand-link:/pass certificate:/pass switch-on:/pass",
			"tracking-on=verified/seen brand-link=verified/seen certificate=verified/seen switch-on=verified/seen next=- exhausted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			claims, checks := world(tc.world)
			pos := route.Position(route.Known{Procedure: w.Procedure("https-click-tracking"), Claims: claims, Checks: checks})
			var parts []string
			for _, s := range pos.Steps {
				parts = append(parts, fmt.Sprintf("%s=%s/%s", s.ID, s.State, s.Basis))
			}
			next := "-"
			if pos.Next != nil {
				next = pos.Next.Step
			}
			if got := fmt.Sprintf("%s next=%s %s", strings.Join(parts, " "), next, pos.Effort); got != tc.want {
				t.Errorf("\n got %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestPositionWhenOptionalOneOf(t *testing.T) {
	isFree := &knowledge.Cond{Terms: []knowledge.Term{{Path: "account.plan", Op: "in", Arg: []any{"free"}}}}
	asked := &knowledge.Cond{Terms: []knowledge.Term{{Path: "matter.asks", Op: "in", Arg: []any{"extra"}}}}
	p := &knowledge.Procedure{ID: "p", Steps: []knowledge.Step{
		{ID: "upgrade", By: knowledge.Customer, When: isFree},
		{ID: "extra", By: knowledge.Staff, When: asked},
		{ID: "hint", By: knowledge.Customer, Optional: true},
		{ID: "by-file", By: knowledge.Customer, OneOf: "proof"},
		{ID: "by-dns", By: knowledge.Customer, OneOf: "proof"},
		{ID: "ours", By: knowledge.Staff, Capability: "x"},
	}}
	for _, tc := range []struct{ name, plan, world, next string }{
		{"free must upgrade", "free", "", "upgrade"},
		{"asked for", "asks", "", "extra"},
		{"pro need not", "pro", "", "by-file"},
		{"unknown plan demands nothing", "", "", "by-file"},
		{"one of a group suffices", "pro", "by-dns:done", "ours"},
		{"a failed optional step has passed", "pro", "hint:failed by-file:done", "ours"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			claims, checks := world(tc.world)
			known := route.Known{Procedure: p, Claims: claims, Checks: checks, Account: &triage.Account{Plan: tc.plan}}
			if tc.plan == "asks" {
				known.Asks = []string{"hint", "extra"}
			}
			pos := route.Position(known)
			if pos.Next == nil || pos.Next.Step != tc.next {
				t.Errorf("next is %+v, want %s", pos.Next, tc.next)
			}
		})
	}
}

func TestDecisionTable(t *testing.T) {
	w := sendline(t)
	proc := w.Procedure("https-click-tracking")
	agentBetween := func(c *route.Case) {
		c.AskedAt = []int{2}
		again := c.Claims[len(c.Claims)-1]
		again.Evidence = []triage.Evidence{{Message: 3, Quote: "again"}}
		c.Claims = append(c.Claims, again)
	}
	inIncident := func(c *route.Case) { c.Incident = &route.Incident{ID: "inc_1", Title: "Refused", Tier: "l2"} }
	plannedBefore := func(c *route.Case) { // one claim, whose first words told a plan
		c.AskedAt = []int{2}
		c.Claims[len(c.Claims)-1].Evidence = []triage.Evidence{{Message: 1, Quote: "will", Said: triage.ClaimPlanned}, {Message: 3, Quote: "did"}}
	}
	failedBefore := func(c *route.Case) {
		c.AskedAt = []int{2}
		c.Claims[1].Evidence = []triage.Evidence{{Message: 3}}
	}
	for _, tc := range []struct {
		name, world string
		with        func(c *route.Case)
		want        string // action tier first-reason, and "review" when a person looks
	}{
		{"case zero", allSaid, nil, "assign l2 route.staff_next"},
		{"unverified", "tracking-on:done/pass brand-link:done/unknown certificate:done/unknown", nil, "assign l2 route.staff_next_unverified"},
		{"neither said nor seen", "tracking-on:/pass brand-link:/unknown", nil, "ask l1 route.progress_unknown"},
		{"contradicted", "tracking-on:/pass brand-link:/pass certificate:done/fail", nil, "ask l1 route.contradicted"},
		{"announced, and done after an agent asked", "tracking-on:/pass brand-link:/pass certificate:done/fail", plannedBefore, "ask l1 route.contradicted"},
		{"said again after an agent", "tracking-on:/pass brand-link:/pass certificate:done/fail", agentBetween, "assign l2 route.said_again"},
		{"said to have failed before, then done", "tracking-on:/pass brand-link:/pass certificate:failed certificate:done/fail", failedBefore, "ask l1 route.contradicted"},
		{"the account is unknown", allSaid, func(c *route.Case) { c.Account = nil }, "ask l1 route.missing_account"},
		{"more bindings than were looked at", allSaid, func(c *route.Case) { c.Unlooked = 3 }, "assign l2 route.staff_next_unverified review"},
		{"failed, no check", "tracking-on:/pass brand-link:/pass certificate:failed/unknown", nil, "assign l2 route.step_failed"},
		{"failed early, not exhausted", "tracking-on:failed/unknown", nil, "assign l1 route.step_failed"},
		{"failed, the check differs", "tracking-on:/pass brand-link:/pass certificate:failed/fail", nil, "ask l1 route.failed_seen"},
		{"open, seen", "tracking-on:/pass brand-link:/pass certificate:/fail", nil, "ask l1 route.next_seen"},
		{"open, told", "tracking-on:/pass brand-link:/pass certificate:not_done/fail", nil, "self_service l1 route.next_told"},
		{"planned", "tracking-on:/pass brand-link:/pass certificate:planned/fail", nil, "self_service l1 route.next_told"},
		{"all on and broken", "tracking-on:/pass brand-link:/pass certificate:/pass switch-on:/pass",
			func(c *route.Case) { c.Kind = triage.KindBroken }, "assign l2 route.done_but_broken"},
		{"all on, what is wrong?", "tracking-on:/pass brand-link:/pass certificate:/pass switch-on:/pass", nil, "ask l1 route.all_done"},
		{"spam comes first", allSaid, func(c *route.Case) { c.Kind = triage.KindSpam }, "none l1 route.no_answer"},
		{"thanks only", allSaid, func(c *route.Case) { c.Brief.Flags = []triage.Flag{triage.FlagThanksOnly} }, "none l1 route.no_answer"},
		{"thanks, but a person said what it is", allSaid, func(c *route.Case) { c.Brief.Flags, c.KindSaid = []triage.Flag{triage.FlagThanksOnly}, true }, "assign l2 route.staff_next"},
		{"security is a person's", allSaid, func(c *route.Case) { c.Kind = triage.KindSecurity }, "assign security route.person_answers"},
		{"a legal threat is a person's", allSaid, func(c *route.Case) { c.Brief.Flags = []triage.Flag{triage.FlagLegal} }, "assign l2 route.person_answers"},
		{"extraction failed", allSaid, func(c *route.Case) { c.Failed = true }, "assign l1 route.extraction_failed review"},
		{"under the floor", allSaid, func(c *route.Case) { c.Confidence = 0.1 }, "assign l1 route.low_confidence review"},
		{"an incident is answered together", allSaid, inIncident, "assign l2 route.incident"},
		{"an incident of another tier", allSaid, func(c *route.Case) { c.Incident = &route.Incident{ID: "i", Tier: "billing"} }, "assign billing route.incident"},
		{"an incident of a tier that is gone", allSaid, func(c *route.Case) { c.Incident = &route.Incident{ID: "i", Tier: "night"} }, "assign l2 route.incident"},
		{"an incident is no reason to answer spam", allSaid, func(c *route.Case) { inIncident(c); c.Kind = triage.KindSpam }, "none l1 route.no_answer"},
		{"nor thanks", allSaid, func(c *route.Case) { inIncident(c); c.Brief.Flags = []triage.Flag{triage.FlagThanksOnly} }, "none l1 route.no_answer"},
		{"data rights in an incident are a person's", allSaid, func(c *route.Case) { inIncident(c); c.Kind = triage.KindPrivacy }, "assign security route.person_answers"},
		{"security in an incident is a person's", allSaid, func(c *route.Case) { inIncident(c); c.Kind = triage.KindSecurity }, "assign security route.person_answers"},
		{"a legal threat in an incident is a person's", allSaid, func(c *route.Case) { inIncident(c); c.Brief.Flags = []triage.Flag{triage.FlagLegal} }, "assign l2 route.person_answers"},
		{"an incident comes before the floor", allSaid, func(c *route.Case) { inIncident(c); c.Confidence = 0.1 }, "assign l2 route.incident review"},
		{"an incident comes before a failed reading", allSaid, func(c *route.Case) { inIncident(c); c.Failed = true }, "assign l2 route.incident review"},
		{"an incident asks for nothing", "", func(c *route.Case) { inIncident(c); c.Missing, c.Account = "link_domain", nil }, "assign l2 route.incident"},
		{"an incident comes before a contradiction", "tracking-on:/pass brand-link:/pass certificate:done/fail", inIncident, "assign l2 route.incident"},
		{"under the floor comes before a missing input", "", func(c *route.Case) { c.Missing, c.Confidence = "link_domain", 0.1 }, "assign l1 route.low_confidence review"},
		{"spam comes before security", allSaid, func(c *route.Case) { c.Kind = triage.KindSecurity; c.Brief.Flags = []triage.Flag{triage.FlagAutomatic} }, "none l1 route.no_answer"},
		{"security comes before the floor", allSaid, func(c *route.Case) { c.Kind = triage.KindSecurity; c.Confidence = 0.1 }, "assign security route.person_answers"},
		{"a missing account comes before a missing input", "", func(c *route.Case) { c.Missing, c.Account = "link_domain", nil }, "ask l1 route.missing_account"},
		{"an input that only a later step needs", "tracking-on:not_done/fail", func(c *route.Case) { c.Missing = "link_domain" }, "self_service l1 route.next_told"},
		{"input missing", "", func(c *route.Case) { c.Missing = "link_domain" }, "ask l1 route.missing_input"},
		{"an ask keeps the tier", "tracking-on:/pass brand-link:/pass certificate:done/fail", func(c *route.Case) { c.Tier = "l2" }, "ask l2 route.contradicted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := route.Case{Workspace: w, Procedure: proc, Kind: triage.KindSetup, Confidence: 0.9, Brief: &triage.Brief{}, Account: &triage.Account{ID: "a"}}
			c.Claims, c.Checks = world(tc.world)
			c.Positions = []triage.Position{route.Position(route.Known{Procedure: proc, Claims: c.Claims, Checks: c.Checks})}
			if tc.with != nil {
				tc.with(&c)
			}
			check(t, route.Matter(c), tc.want)
		})
	}
}

// A draft informs and decides nothing, whatever was said and seen.
func TestDraftDecidesNothing(t *testing.T) {
	w := sendline(t)
	w.Policy.SelfService = knowledge.SelfServiceSeen
	draft := *w.Procedure("https-click-tracking")
	draft.Status = knowledge.Draft
	for _, said := range []string{allSaid, "", "tracking-on:not_done/fail", "tracking-on:/fail", "tracking-on:failed", "tracking-on:/pass brand-link:/pass certificate:/pass switch-on:/pass"} {
		c := route.Case{Workspace: w, Procedure: &draft, Kind: triage.KindSetup, Confidence: 0.9, Brief: &triage.Brief{}, Missing: "link_domain"}
		c.Claims, c.Checks = world(said)
		c.Positions = []triage.Position{route.Position(route.Known{Procedure: &draft, Claims: c.Claims, Checks: c.Checks})}
		got := route.Matter(c)
		check(t, got, "assign l1 route.no_procedure")
		if last := got.Reasons[len(got.Reasons)-1]; len(got.Reasons) != 2 || last.Code != "route.not_live" {
			t.Errorf("%q: reasons %v", said, got.Reasons)
		}
	}
}

func TestDecisionWithoutProcedure(t *testing.T) {
	w := sendline(t)
	w.Policy.Topics = map[string]string{"inbound": "billing"}
	for _, tc := range []struct {
		name string
		c    route.Case
		want string
	}{
		{"a topic of the policy", route.Case{Kind: triage.KindSetup, Area: "inbound"}, "assign billing route.no_procedure_topic"},
		{"a topic that it does not name", route.Case{Kind: triage.KindSetup, Area: "api"}, "assign l1 route.no_procedure"},
		{"a kind comes before a topic", route.Case{Kind: triage.KindBilling, Area: "inbound"}, "assign billing route.no_procedure"},
		{"a stub leads to its topic", route.Case{Kind: triage.KindSetup, Area: "inbound", Procedure: &knowledge.Procedure{ID: "stub", Area: "inbound"}}, "assign billing route.no_procedure_topic"},
		{"a stub asks for what it collects", route.Case{Kind: triage.KindSetup, Missing: "link_domain", Procedure: &knowledge.Procedure{ID: "stub"}}, "ask l1 route.missing_input"},
		{"what was tried in vain is looked into whatever the topic", route.Case{Kind: triage.KindBroken, Area: "inbound", Effort: triage.EffortExhausted}, "assign l2 route.no_procedure_exhausted"},
		{"vague is asked about whatever the topic", route.Case{Kind: triage.KindBroken, Area: "inbound", Effort: triage.EffortNone}, "ask l1 route.no_procedure_vague"},
		{"a confirmed incident", route.Case{Kind: triage.KindIncident, Area: "inbound", Incident: &route.Incident{ID: "i", Tier: "l2"}}, "assign l2 route.incident"},
		{"privacy in an incident", route.Case{Kind: triage.KindPrivacy, Incident: &route.Incident{ID: "i", Tier: "l2"}}, "assign security route.person_answers"},
		{"billing", route.Case{Kind: triage.KindBilling}, "assign billing route.no_procedure"},
		{"privacy", route.Case{Kind: triage.KindPrivacy}, "assign security route.person_answers"},
		{"broken, vague", route.Case{Kind: triage.KindBroken, Effort: triage.EffortNone}, "ask l1 route.no_procedure_vague"},
		{"broken, with an error", route.Case{Kind: triage.KindBroken, Effort: triage.EffortNone, Brief: &triage.Brief{Symptoms: []triage.Symptom{{Text: "x"}}}}, "assign l1 route.no_procedure"},
		{"broken, exhausted", route.Case{Kind: triage.KindBroken, Effort: triage.EffortExhausted}, "assign l2 route.no_procedure_exhausted"},
		{"incident", route.Case{Kind: triage.KindIncident}, "assign l2 route.incident_unconfirmed"},
		{"the rest", route.Case{Kind: triage.KindFeedback}, "assign l1 route.no_procedure"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.c.Workspace, tc.c.Confidence = w, 0.9
			if tc.c.Brief == nil {
				tc.c.Brief = &triage.Brief{}
			}
			check(t, route.Matter(tc.c), tc.want)
		})
	}
}

func check(t *testing.T, r triage.Route, want string) {
	t.Helper()
	got := fmt.Sprintf("%s %s %s", r.Action, r.Tier, r.Reasons[0].Code)
	if r.NeedsReview {
		got += " review"
	}
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// One attempt that failed is not all that somebody can do; with what passed
// before it, it is.
func TestFailedEffort(t *testing.T) {
	proc := &knowledge.Procedure{ID: "p", Steps: []knowledge.Step{
		{ID: "look", By: knowledge.Customer}, {ID: "order", By: knowledge.Customer}, {ID: "assign", By: knowledge.Staff}}}
	only := &knowledge.Procedure{ID: "q", Steps: proc.Steps[1:]}
	for _, tc := range []struct {
		proc  *knowledge.Procedure
		world string
		want  triage.Effort
	}{
		{only, "order:failed", triage.EffortPartial},
		{only, "order:done", triage.EffortExhausted},
		{only, "order:planned", triage.EffortNone},
		{proc, "look:done order:failed", triage.EffortExhausted},
		{proc, "look:failed order:failed", triage.EffortExhausted},
		{proc, "order:failed", triage.EffortPartial},
	} {
		claims, checks := world(tc.world)
		if got := route.Position(route.Known{Procedure: tc.proc, Claims: claims, Checks: checks}).Effort; got != tc.want {
			t.Errorf("%s: %s, want %s", tc.world, got, tc.want)
		}
	}
}

// Of several bindings the one that holds the switch up decides.
func TestEffortOfClaims(t *testing.T) {
	for _, tc := range []struct {
		states    string // of claims, each with words of its own unless told =again
		documents int
		word      triage.Effort
		want      triage.Effort
	}{
		{"", 3, "", triage.EffortNone},
		{"", 0, triage.EffortExhausted, triage.EffortNone},
		{"planned not_done", 0, "", triage.EffortNone},
		{"done", 5, "", triage.EffortPartial},
		{"failed failed", 1, "", triage.EffortPartial},
		{"done done failed", 0, "", triage.EffortPartial},
		{"done done failed", 1, "", triage.EffortExhausted},
		{"done failed failed", 0, "", triage.EffortExhausted},
		{"done done done done", 0, "", triage.EffortExhausted},
		{"done=again done=again done=again failed=again", 0, "", triage.EffortPartial},
		{"done", 0, triage.EffortExhausted, triage.EffortPartial},
		{"done failed", 0, triage.EffortExhausted, triage.EffortExhausted},
		{"done done done done", 2, triage.EffortPartial, triage.EffortPartial},
		{"done done", 0, triage.EffortNone, triage.EffortNone},
		{"done failed", 0, triage.EffortNone, triage.EffortPartial},
	} {
		var claims []triage.Claim
		for i, text := range strings.Fields(tc.states) {
			state, words, same := strings.Cut(text, "=")
			if !same {
				words = fmt.Sprint(i)
			}
			claims = append(claims, triage.Claim{State: triage.ClaimState(state), Evidence: []triage.Evidence{{Message: 1, Quote: words}}})
		}
		if got := route.EffortOfClaims(claims, tc.documents, tc.word); got != tc.want {
			t.Errorf("%q, %d documents, word %q: %s, want %s", tc.states, tc.documents, tc.word, got, tc.want)
		}
	}
}

func TestWorstBinding(t *testing.T) {
	w := sendline(t)
	proc := w.Procedure("https-click-tracking")
	var c route.Case
	c.Workspace, c.Procedure, c.Kind, c.Confidence, c.Brief = w, proc, triage.KindSetup, 0.9, &triage.Brief{}
	c.Account = &triage.Account{ID: "a"}
	for domain, text := range map[string]string{
		"link.foxglove-two.example": allSaid,
		"link.ginger.example":       "tracking-on:done/pass brand-link:done/fail=proxied certificate:done/fail=wrong_name",
	} {
		claims, checks := world(text)
		c.Claims = claims
		c.Positions = append(c.Positions, route.Position(route.Known{Procedure: proc, Claims: claims, Checks: checks,
			Inputs: map[string]string{"link_domain": domain}}))
	}
	r := route.Matter(c)
	check(t, r, "ask l1 route.contradicted")
	if got := r.Reasons[0].Params["binding"]; got != "link.ginger.example" {
		t.Errorf("it is about %s", got)
	}
	route.Tell(&r, w, "en")
	for _, reason := range r.Reasons {
		if strings.Contains(reason.Text, "{") || reason.Text == reason.Code {
			t.Errorf("%s reads %q", reason.Code, reason.Text)
		}
	}
}

func TestLeading(t *testing.T) {
	w := sendline(t)
	m := func(action triage.Action, tier string) triage.Matter {
		return triage.Matter{Route: triage.Route{Action: action, Tier: tier}}
	}
	for _, tc := range []struct {
		name    string
		matters []triage.Matter
		want    int
	}{
		{"assign before ask", []triage.Matter{m(triage.Ask, "l2"), m(triage.Assign, "l1")}, 1},
		{"ask before self-service", []triage.Matter{m(triage.SelfService, "l1"), m(triage.Ask, "l1")}, 1},
		{"security before l2 before billing", []triage.Matter{m(triage.Assign, "billing"), m(triage.Assign, "l2"), m(triage.Assign, "security")}, 2},
		{"the first of equals", []triage.Matter{m(triage.Assign, "l2"), m(triage.Assign, "l2")}, 0},
		{"a tier that the policy does not order", []triage.Matter{m(triage.Assign, "night"), m(triage.Assign, "l1")}, 1},
		{"none", nil, -1},
	} {
		if got := route.Leading(tc.matters, w); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

// Who wants a person gets one, and keeps what was found.
func TestPersonWanted(t *testing.T) {
	w := sendline(t)
	for name, tc := range map[string]struct {
		c    route.Case
		want string
	}{
		"instead of a question": {route.Case{Kind: triage.KindBroken, Effort: triage.EffortNone}, "assign l1 route.person_wanted"},
		"where the ticket is":   {route.Case{Kind: triage.KindBroken, Effort: triage.EffortNone, Tier: "l2"}, "assign l2 route.person_wanted"},
		"as it would be anyway": {route.Case{Kind: triage.KindBilling}, "assign billing route.no_procedure"},
		"after thanks":          {route.Case{Kind: triage.KindOther, Brief: &triage.Brief{Flags: []triage.Flag{triage.FlagThanksOnly}}}, "assign l1 route.person_wanted"},
		"spam is spam":          {route.Case{Kind: triage.KindSpam}, "none l1 route.no_answer"},
	} {
		tc.c.Workspace, tc.c.Confidence, tc.c.Person = w, .9, true
		if tc.c.Brief == nil {
			tc.c.Brief = &triage.Brief{}
		}
		r := route.Matter(tc.c)
		if got := string(r.Action) + " " + r.Tier + " " + r.Reasons[0].Code; got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
