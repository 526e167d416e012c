package suggest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/eval"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// past is a ticket with one result, which fits no procedure unless next is set.
func past(i int, kind triage.Kind, lang, text string) *eval.Past {
	r := triage.Result{CoveredSeq: 1, At: start, Brief: triage.Brief{Kind: kind, Language: lang, Request: triage.Request{Text: text}}, Route: triage.Route{Action: triage.Assign, Tier: "l1"}}
	return &eval.Past{Ticket: triage.Ticket{ID: fmt.Sprintf("tkt_%02d", i), CreatedAt: start.Add(time.Duration(i) * time.Hour),
		Messages: []triage.Message{{Seq: 1, Role: triage.RoleCustomer, Text: text}}}, Result: r, Results: []triage.Result{r}}
}

func workspace(t *testing.T) *knowledge.Workspace {
	t.Helper()
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Tickets that are about one thing are one cluster, whatever order they come in;
// those of another kind or language, and single ones, are not.
func TestClusters(t *testing.T) {
	var all []*eval.Past
	for i, text := range []string{
		"The template editor loses my merge tags when I paste from Word.",
		"Pasting from Word into the template editor removes all merge tags.",
		"Merge tags vanish in the template editor after pasting a text.",
		"When I paste text the editor drops merge tags from the template.",
		"How do I export the unsubscribe list as a spreadsheet?",
		"We want to export our unsubscribe list to a spreadsheet every week.",
		"Is there a way to export unsubscribes, as a spreadsheet with dates?",
		"Our invoice has the wrong address.",
		"Which regions do you have data centres in?",
		"Do you offer a discount for charities?",
	} {
		all = append(all, past(i, triage.KindSetup, "en", text))
	}
	all = append(all, past(20, triage.KindBroken, "en", "The template editor loses my merge tags when I paste from Word."),
		past(21, triage.KindSetup, "pl", "Edytor szablonów gubi znaczniki merge tags po wklejeniu z Word."))
	collect := func(list []*eval.Past) []Cluster {
		c := NewCollector(workspace(t))
		for _, p := range list {
			c.Add(p)
		}
		return c.Suggestions().Clusters
	}
	got := collect(all)
	if len(got) != 2 || len(got[0].Tickets) != 4 || len(got[1].Tickets) != 3 || got[0].Key != "tkt_00" || len(got[0].Quotes) != 3 {
		t.Fatalf("%+v", got)
	}
	t.Logf("%q %q", got[0].Name, got[1].Name)
	if got[0].Name == "" || got[1].Name == got[0].Name {
		t.Errorf("named %q and %q", got[0].Name, got[1].Name)
	}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	one, _ := json.Marshal(got)
	if two, _ := json.Marshal(collect(backwards)); string(one) != string(two) {
		t.Errorf("another order makes another thing:\n%s\n%s", one, two)
	}
}

// A step without a check is one to look at when what was said of it was wrong.
func TestChecksAndCapabilities(t *testing.T) {
	w := workspace(t)
	c := NewCollector(w)
	step := func(state triage.StepState, disputed bool) triage.Result {
		r := triage.Result{CoveredSeq: 1, At: start, Route: triage.Route{Action: triage.Ask, Tier: "l1"}}
		r.Matters = []triage.Matter{{ID: "m1", Procedure: "api-key-rotation", Positions: []triage.Position{{Steps: []triage.StepPosition{{ID: "deploy-key", By: knowledge.Customer, State: state, Disputed: disputed}}}}}}
		r.Position = &triage.LeadingPosition{Procedure: "api-key-rotation"}
		return r
	}
	for i := range 3 {
		p := past(i, triage.KindSetup, "en", "key")
		p.Results = []triage.Result{step(triage.StepDone, false), step(triage.StepTodo, false)}
		p.Result = p.Results[1]
		c.Add(p)
	}
	for i := range 2 {
		p := past(10+i, triage.KindSetup, "en", "links")
		r := &p.Results[0]
		r.Position = &triage.LeadingPosition{Procedure: "https-click-tracking", Position: triage.Position{Next: &triage.Next{Step: "switch-on", By: knowledge.Staff, Capability: "link-branding.https"}}}
		r.Route = triage.Route{Action: triage.Assign, Tier: "l2", Reasons: []triage.Reason{{Code: "route.staff_next"}}}
		p.Result = *r
		p.Ticket.Messages = append(p.Ticket.Messages, triage.Message{Seq: 2, Role: triage.RoleAgent, ReceivedAt: start.Add(150 * time.Minute)})
		c.Add(p)
	}
	got := c.Suggestions()
	if len(got.Checks) != 1 || got.Checks[0] != (Check{Procedure: "api-key-rotation", Step: "deploy-key", Said: 3, Wrong: 3}) {
		t.Errorf("%+v", got.Checks)
	}
	if len(got.Capabilities) != 1 || got.Capabilities[0] != (Capability{Capability: "link-branding.https", Tier: "l2", Tickets: 2, Waited: 2, Hours: 5}) {
		t.Errorf("%+v", got.Capabilities)
	}
	if len(got.Clusters) != 0 || got.Tickets != 5 {
		t.Errorf("%+v", got)
	}
}
