package pipeline

import (
	"fmt"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
)

func TestAskedAt(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"Invoice attached.":                                             false,
		"Have a nice day!":                                              false,
		"Is there anything else?":                                       false,
		"Is the certificate valid?":                                     true,
		"Czy certyfikat jest ważny?":                                    true,
		"I could not confirm your CNAME record.":                        true,
		"Please see https://help.sendline.example/https-click-tracking": true,
	} {
		for _, role := range []triage.Role{triage.RoleAgent, triage.RoleSystem, triage.RoleCustomer} {
			ticket := &triage.Ticket{Messages: []triage.Message{{Role: role, Text: text}}}
			if got := len(askedAt(ticket, w.Procedure("https-click-tracking"))) > 0; got != (want && role != triage.RoleCustomer) {
				t.Errorf("%s, %q: %v", role, text, got)
			}
		}
	}
}

// What was done on another domain was not done on this one.
func TestClaimsOfOtherDomains(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	proc := w.Procedure("https-click-tracking")
	m := &triage.Matter{ID: "m1", Inputs: map[string][]string{"link_domain": {"link.mine.example", "link.too.example"}}}
	for domain, want := range map[string]string{
		"link.mine.example":  "certificate map[link_domain:link.mine.example]",
		"mine.example":       "certificate map[link_domain:link.mine.example]",
		"www.mine.example":   "certificate map[]",
		"link.stage.example": " map[link_domain:link.stage.example]",
	} {
		claims := []triage.Claim{{Matter: "m1", Step: "certificate", Inputs: map[string]string{"link_domain": domain}}}
		bindClaims(claims, proc, m)
		if got := fmt.Sprint(claims[0].Step, " ", claims[0].Inputs); got != want {
			t.Errorf("%s: %s, want %s", domain, got, want)
		}
	}
}

// Whatever a customer lists, the account's own domains are looked at, and the
// rest is counted.
func TestManyBindings(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	account := &triage.Account{ID: "a", Fields: map[string]any{"link_domains": []any{"link.mine.example"}}}
	var named []string
	for i := range 200 {
		named = append(named, fmt.Sprintf("link%d.mine.example", i))
	}
	p := &Pipeline{Workspace: w}
	r := &triage.Result{Facts: triage.Facts{Account: account}, Matters: []triage.Matter{{ID: "m1", Procedure: "https-click-tracking",
		Inputs: map[string][]string{"link_domain": named}}}}
	p.bind(r, &triage.Ticket{})
	m := &r.Matters[0]
	if m.Positions[0].Inputs["link_domain"] != "link.mine.example" || len(m.Positions) != maxBindings || unlooked(m) != 201-maxBindings {
		t.Errorf("first %v, %d positions, %d not looked at", m.Positions[0].Inputs, len(m.Positions), unlooked(m))
	}
}
