package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/extract/offline"
	"readback/triage/pipeline"
	"readback/triage/route"
)

// needy is a desk on which dedicated addresses need an authenticated domain.
var needy = fstest.MapFS{
	"workspace.yaml": {Data: []byte("name: X\ntiers: [{id: l1}, {id: l2, capabilities: [ip.assign, platform.debug]}]\n")},
	"procedures/dedicated-ip.md": {Data: []byte(`---
id: dedicated-ip
title: Send from an address of your own
asks: [we want a dedicated IP address]
prerequisites: [domain-authentication]
steps:
  - {id: order, title: Order the address, by: customer, phrases: [we ordered the address]}
  - {id: assign, title: Assign the address, by: staff, capability: ip.assign}
---
`)},
	"procedures/own-domain.md": {Data: []byte("---\nid: own-domain\ntitle: Own a domain\nsteps: [{id: buy, title: Buy a domain, by: customer, phrases: [we bought the domain]}]\n---\n")},
	"procedures/domain-authentication.md": {Data: []byte(`---
id: domain-authentication
title: Authenticate a sending domain
prerequisites: [own-domain]
url: https://help.x.example/domain-authentication
inputs:
  domain: {kind: domain, from: account.domains, many: true, ask: "Which domain do you send from?"}
steps:
  - {id: add, title: Add the domain, by: customer, phrases: [we added the domain]}
  - {id: verify, title: Verify the domain, by: customer, phrases: [we verified the domain], check: {account.field: {name: verified, equals: true}}}
---
## Verify the domain {#verify}
Press Verify.
`)},
}

type owner struct{ domains []any }

func (o owner) Account(context.Context, triage.Customer) (*triage.Account, error) {
	return &triage.Account{ID: "a", Plan: "pro", Fields: map[string]any{"domains": o.domains}}, nil
}

// A prerequisite that is unmet is the next step; one that cannot be looked at
// is asked about; one that is met asks for nothing.
func TestPrerequisiteIsNext(t *testing.T) {
	w, err := knowledge.Load(needy)
	if err != nil {
		t.Fatal(err)
	}
	ix, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	const verify, add = "domain-authentication/verify", "domain-authentication/add"
	for name, tc := range map[string]struct {
		text   string
		seen   triage.CheckOutcome
		nobody bool // the account has no domain
		steps  string
		route  string
	}{
		"met, as we saw":         {"We want a dedicated IP address. We ordered the address.", triage.Pass, false, "verify=verified order=done assign=todo", "assign l2 route.staff_next_unverified"},
		"unmet, as we saw":       {"We want a dedicated IP address. We bought the domain. We ordered the address. We added the domain.", triage.Fail, false, "own-domain/buy=done add=done verify=todo order=done assign=todo", "ask l1 route.next_seen route.prerequisite"},
		"could not look":         {"We want a dedicated IP address. We bought the domain. We added the domain.", triage.Unknown, false, "own-domain/buy=done add=done verify=unknown order=unknown assign=todo", "ask l1 route.progress_unknown route.prerequisite"},
		"said, could not look":   {"We want a dedicated IP address. We bought the domain. We ordered the address. We added the domain. We verified the domain.", triage.Unknown, false, "own-domain/buy=done add=done verify=done order=done assign=todo", "assign l2 route.staff_next_unverified"},
		"nobody spoke of it":     {"We want a dedicated IP address. We bought the domain.", triage.Unknown, false, "own-domain/buy=done add=unknown verify=unknown order=unknown assign=todo", "ask l1 route.progress_unknown route.prerequisite"},
		"said, and we saw not":   {"We want a dedicated IP address. We bought the domain. We added the domain. We verified the domain.", triage.Fail, false, "own-domain/buy=done add=done verify=contradicted order=unknown assign=todo", "ask l1 route.contradicted route.prerequisite"},
		"said, and not done":     {"We want a dedicated IP address. We bought the domain. We added the domain. We have not verified the domain yet.", triage.Unknown, false, "own-domain/buy=done add=done verify=todo order=unknown assign=todo", "self_service l1 route.next_told route.prerequisite"},
		"its input is not known": {"We want a dedicated IP address. We bought the domain.", triage.Unknown, true, "own-domain/buy=done add=unknown verify=unknown order=unknown assign=todo", "ask l1 route.missing_input route.prerequisite"},
	} {
		t.Run(name, func(t *testing.T) {
			account := owner{domains: []any{"mint.example"}}
			if tc.nobody {
				account.domains = nil
			}
			p := &pipeline.Pipeline{Workspace: w, Index: ix, Accounts: account, Extractor: offline.New(w),
				Checker: seeing{verify: {Outcome: tc.seen}}}
			r, err := p.Triage(context.Background(), ticket(tc.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			m := &r.Matters[0]
			if m.Procedure != "dedicated-ip" {
				t.Fatalf("read as %q", m.Procedure)
			}
			var steps []string
			for _, s := range m.Positions[0].Steps {
				steps = append(steps, fmt.Sprintf("%s=%s", strings.TrimPrefix(s.ID, "domain-authentication/"), s.State))
			}
			if got := strings.Join(steps, " "); got != tc.steps {
				t.Errorf("got %s, want %s", got, tc.steps)
			}
			got := fmt.Sprintf("%s %s", r.Route.Action, r.Route.Tier)
			for _, reason := range r.Route.Reasons {
				got += " " + reason.Code
				if strings.Contains(reason.Text, "{") {
					t.Errorf("%s reads %q", reason.Code, reason.Text)
				}
			}
			if got != tc.route {
				t.Errorf("got %s, want %s", got, tc.route)
			}
			if r.Route.Action == triage.SelfService {
				if _, text := route.Suggest(ticket(tc.text), &r, w); !strings.Contains(text, "Press Verify.") || !strings.Contains(text, "https://help.x.example/domain-authentication#verify") {
					t.Errorf("the customer is told %q", text)
				}
			}
			if len(m.Inputs["domain"]) != len(account.domains) {
				t.Errorf("bound %v", m.Inputs)
			}
		})
	}
	if w.Procedure("dedicated-ip").Step(add) == nil {
		t.Error("no step " + add)
	}
}
