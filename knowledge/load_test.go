package knowledge_test

import (
	"fmt"
	"testing"

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
