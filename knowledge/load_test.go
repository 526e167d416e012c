package knowledge_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"readback/examples"
	"readback/knowledge"
)

func TestLoadSendline(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	p := w.Procedure("https-click-tracking")
	if p == nil {
		t.Fatal("no https-click-tracking")
	}
	var ids []string
	for _, s := range p.Steps {
		ids = append(ids, s.ID+":"+string(s.By))
	}
	want := "[tracking-on:customer brand-link:customer certificate:customer switch-on:staff]"
	if got := fmt.Sprint(ids); got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
	if p.StepTitle("brand-link", "pl") == p.StepTitle("brand-link", "en") {
		t.Error("the Polish title of brand-link is missing")
	}
	if tier, ok := w.Holder("link-branding.https"); !ok || tier != "l2" {
		t.Errorf("holder of link-branding.https is %s, %v", tier, ok)
	}
	if got := w.ByURL("http://docs.sendline.example/ssl-for-links/?utm=x#top"); got != p {
		t.Errorf("an older page's address leads to %v", got)
	}
	leaves := p.Step("certificate").Check.Leaves()
	if len(leaves) != 2 || leaves[0].Name != "tls.certificate" || leaves[1].Name != "http.forwards" {
		t.Errorf("leaves of certificate: %+v", leaves)
	}
}

// What a letter says of a step is the page's text without its marks.
func TestStepText(t *testing.T) {
	p := knowledge.Procedure{Body: "Intro.\n\n## One {#one}\nOpen **A > B** and\nwrite `b`.\n\n    code.   CNAME   x\n\n1. First\n   *of* all.\n2. See [this](https://help.example/x).\n\n## Two {#two}\nLater.\n\n## Common mistakes\nMany.\n",
		Translations: map[string]knowledge.Translation{"pl": {Body: "## Raz {#one}\nOtwórz.\n"}}}
	for _, tc := range []struct{ step, lang, want string }{
		{"one", "en", "Open A > B and write b.\n\n    code.   CNAME   x\n\n1. First of all.\n2. See this (https://help.example/x)."},
		{"one", "pl", "Otwórz."}, {"two", "pl", "Later."}, {"three", "pl", ""}, {"", "en", ""},
	} {
		if got := p.StepText(tc.step, tc.lang); got != tc.want {
			t.Errorf("%s in %s: %q, want %q", tc.step, tc.lang, got, tc.want)
		}
	}
}

// The policy on incidents and topics has defaults, and its faults are told.
func TestLoadIncidentPolicy(t *testing.T) {
	const procedure = "---\nid: a\ntitle: A\narea: inbound\n---\n"
	for name, tc := range map[string]struct{ policy, want string }{
		"defaults":        {"{}", "l1 5 30m0s"},
		"holder of debug": {"{debug: dig}", "l2 5 30m0s"},
		"all set":         {"{incidents: {owner: l2, tickets: 8, within: 1h}, topics: {inbound: l2}}", "l2 8 1h0m0s"},
		"no tier":         {"{incidents: {owner: l9}}", `workspace.yaml:3:29: policy.incidents.owner "l9" is not a tier`},
		"one ticket":      {"{incidents: {tickets: 1}}", "workspace.yaml:3:31: policy.incidents.tickets is 1; a burst has at least 2"},
		"no time":         {"{incidents: {within: 5s}}", "workspace.yaml:3:30: policy.incidents.within is 5s; use a minute or more"},
		"misspelt":        {"{incidents: {ticket: 8}}", `workspace.yaml:3:22: unknown field "ticket"`},
		"no duration":     {"{incidents: {within: soon}}", `workspace.yaml:3:30: time: invalid duration "soon"`},
		"topic of no one": {"{topics: {inbound: l9}}", `workspace.yaml:3:28: policy.topics.inbound: "l9" is not a tier`},
		"unknown topic":   {"{topics: {inbuond: l2}}", "workspace.yaml:3:28: policy.topics.inbuond: no procedure has that area"},
	} {
		w, err := knowledge.Load(fstest.MapFS{
			"workspace.yaml":  {Data: []byte("name: X\ntiers: [{id: l1}, {id: l2, capabilities: [dig]}]\npolicy: " + tc.policy + "\n")},
			"procedures/a.md": {Data: []byte(procedure)},
		})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			i := w.Policy.Incidents
			got = fmt.Sprint(i.Owner, " ", i.Tickets, " ", i.Within)
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestTerms(t *testing.T) {
	for _, tc := range []struct{ lang, text, want string }{
		{"en", "Our emails ARE stuck; the e-mail of shop@dill.example is stuck, see https://x.example/y", "[e email mail see stuck]"},
		{"ja", "メールが届かない", "[かな が届 ない メー ルが ール 届か]"},
		{"xx", "Ligger ni nere?", "[ligger nere ni]"},
		{"", "", "[]"},
	} {
		if got := fmt.Sprint(knowledge.Terms(tc.text, tc.lang)); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.text, got, tc.want)
		}
	}
}

// A change tells what is renamed, what else it touches and who must know; what
// it names must be there.
func TestChange(t *testing.T) {
	files := func(front string) fstest.MapFS {
		return fstest.MapFS{"workspace.yaml": {Data: []byte("tiers: [{id: l1}, {id: l2}]\n")},
			"procedures/a.md": {Data: []byte("---\ntitle: A\narea: mail\n---\n")},
			"changes/x.md":    {Data: []byte("---\ndate: 2026-11-02\ntitle: X\n" + front + "---\n")}}
	}
	w, err := knowledge.Load(files("area: links\nlabels: [Gone]\nrenamed: {Old: New}\ntopics: [mail, a]\nfor: [l2]\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := &w.Changes[0]
	if strings.Join(c.Labels, " ") != "Gone Old" || c.Renamed["Old"] != "New" {
		t.Errorf("%+v", c)
	}
	for _, tc := range []struct {
		area, procedure string
		want            bool
	}{{"links", "", true}, {"mail", "b", true}, {"", "a", true}, {"other", "b", false}, {"", "", false}} {
		if got := c.Touches(tc.area, tc.procedure); got != tc.want {
			t.Errorf("touches %q %q: %v", tc.area, tc.procedure, got)
		}
	}
	if !c.Concerns([]string{"l1", "l2"}) || c.Concerns([]string{"l1"}) || !c.Concerns(nil) {
		t.Error("who must know")
	}
	for front, want := range map[string]string{
		"topics: [mail, none]\n": `changes/x.md:4:16: "none" is neither an area nor a procedure`,
		"for: [l9]\n":            `changes/x.md:4:7: "l9" is not a tier`,
	} {
		if _, err := knowledge.Load(files(front)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", front, err)
		}
	}
}
