package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"readback/triage"
	"readback/triage/route"
)

// counting is a checker that counts its looks, and sees nothing.
type counting struct{ looks atomic.Int32 }

func (c *counting) Check(_ context.Context, run triage.CheckRun) triage.StepCheck {
	c.looks.Add(1)
	return triage.StepCheck{Step: run.Step.ID, Inputs: run.Inputs, Outcome: triage.Unknown}
}

// What is part of a confirmed incident goes to its owner, and nothing is
// looked at for it; what is not is triaged as ever.
func TestIncident(t *testing.T) {
	const text = "Our links stopped opening over HTTPS. We changed nothing."
	broken := proposal()
	broken.Matters[0].Kind = triage.KindBroken
	question := proposal()
	two := proposal()
	two.Matters = append(two.Matters, triage.ProposedMatter{Kind: triage.KindBroken, Procedure: "inbound-parse"})
	links := route.Incident{ID: "inc_1", Title: "Links do not open", Area: "link-branding", Tier: "billing"}
	with := func(change func(*route.Incident)) []route.Incident {
		i := links
		change(&i)
		return []route.Incident{i}
	}
	for _, tc := range []struct {
		name      string
		in        triage.Proposal
		confirmed []route.Incident
		err       error
		want      string // the tier and the first reason of each matter
		looked    bool
	}{
		{"of its area", broken, []route.Incident{links}, nil, "billing route.incident", false},
		{"a question about its area", question, []route.Incident{links}, nil, "l1 route.progress_unknown", true},
		{"none is confirmed", broken, nil, nil, "l1 route.progress_unknown", true},
		{"they cannot be read", broken, nil, errors.New("busy"), "l1 route.progress_unknown", true},
		{"a person said no", broken, with(func(i *route.Incident) { i.Unlinked = true }), nil, "l1 route.progress_unknown", true},
		{"a person said yes to a question", question, with(func(i *route.Incident) { i.Linked, i.ByHand = true, true }), nil, "billing route.incident", false},
		{"the first of two incidents", broken, append(with(func(i *route.Incident) { i.Tier = "l2" }), links), nil, "l2 route.incident", false},
		{"one matter of two", two, with(func(i *route.Incident) { i.Area = "inbound" }), nil, "l1 route.progress_unknown billing route.incident", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			looks := &counting{}
			p := newPipeline(t, saying{proposal: tc.in}, looks)
			p.Incidents = func(_ context.Context, id string) ([]route.Incident, error) {
				if id != "t" {
					t.Errorf("asked for ticket %q", id)
				}
				return tc.confirmed, tc.err
			}
			r, err := p.Triage(context.Background(), ticket(text), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i := range r.Matters {
				got += fmt.Sprintf(" %s %s", r.Matters[i].Route.Tier, r.Matters[i].Route.Reasons[0].Code)
			}
			if got != " "+tc.want {
				t.Errorf("got%s, want %s", got, tc.want)
			}
			if looked := looks.looks.Load() > 0; looked != tc.looked {
				t.Errorf("checks were run: %v", looked)
			}
			if r.Route.Reasons[0].Code != route.CodeIncident {
				return
			}
			reason := r.Route.Reasons[0]
			if reason.Params["incident"] != "inc_1" || reason.Params["title"] != links.Title || !r.Brief.NeedsStaff || len(r.Route.Reasons) != 1 {
				t.Errorf("%+v, needs staff %v", r.Route, r.Brief.NeedsStaff)
			}
			if want := `Part of the incident "Links do not open": Billing owns it and answers its tickets together.`; tc.confirmed[0].Tier == "billing" && reason.Text != want {
				t.Errorf("it reads %q", reason.Text)
			}
		})
	}
}
