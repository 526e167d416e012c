package route_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/route"
)

// Whatever the table asks or sends, there are words for the customer in every
// language, and none of them accuses.
func TestEveryAskHasWords(t *testing.T) {
	source, err := os.ReadFile("decide.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`triage\.(?:Ask|SelfService), [^"]*"route\.(\w+)"`).FindAllSubmatch(source, -1)
	if len(codes) < 10 {
		t.Fatalf("found %d codes", len(codes))
	}
	accuses := regexp.MustCompile(`(?i)you (have|did|do|are) ?n[o']t|you failed|you forgot|your (mistake|error|fault)|nie (zrobili|wykonali|ustawili|dodali)(ście|śmy)?|nie (zrobił|wykonał|ustawił|dodał)|błędnie`)
	for _, found := range codes {
		code := "customer." + string(found[1])
		for _, lang := range triage.Languages() {
			text := triage.Sentence(lang, code, nil)
			if text == code || lang != "en" && text == triage.Sentence("en", code, nil) {
				t.Errorf("%s: no words for %s", lang, code)
			}
			if accuses.MatchString(text) {
				t.Errorf("%s: %s accuses: %s", lang, code, text)
			}
		}
	}
}

func TestSuggest(t *testing.T) {
	w := sendline(t)
	proc := w.Procedure("https-click-tracking")
	inputs := map[string]string{"link_domain": "link.ginger.example"}
	at := time.Date(2026, 11, 22, 14, 2, 0, 0, time.UTC)
	params := func(step string) map[string]string {
		return map[string]string{"procedure": proc.ID, "step": step, "binding": "link.ginger.example", "tier": "l1"}
	}
	check := func(name, step, code string, more map[string]string) triage.CheckResult {
		return triage.CheckResult{Check: name, Matter: "m1", Step: step, Inputs: inputs, Outcome: triage.Fail, ObservedAt: at, Code: code, CodeParams: more}
	}
	checks := []triage.CheckResult{
		check("dns.cname", "brand-link", "check.dns.wrong_target", map[string]string{"name": "link.ginger.example", "seen": "cdn.example", "expected": "links.sendline.example"}),
		check("account.field", "tracking-on", "check.account.different", map[string]string{"name": "features.click_tracking", "seen": "false", "expected": "true"}),
	}
	with := func(p map[string]string, binding string) map[string]string {
		p["binding"] = binding
		return p
	}
	told := func(p map[string]string) map[string]string {
		p["said_by"] = "agent"
		return p
	}
	secret := map[string]string{"link_domain": "link.secret.example"}
	hidden := check("dns.cname", "brand-link", "check.dns.wrong_target", map[string]string{"name": "link.secret.example", "seen": "cdn.example", "expected": "links.sendline.example"})
	hidden.Inputs = secret
	checks = append(checks, hidden)
	for name, tc := range map[string]struct {
		lang, want string
		identity   triage.Identity
		action     triage.Action
		reason     triage.Reason
		has        []string
		lacks      []string
	}{
		"what we saw": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.contradicted", Params: params("brand-link")},
			[]string{"“Point the link domain at Sendline”", "- At 14:02 UTC on 2026-11-22 link.ginger.example led to cdn.example", "https://help.sendline.example/https-click-tracking#brand-link"}, []string{"Settings"}},
		"a colleague said so": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.contradicted", Params: told(params("brand-link"))},
			[]string{"the next step seems to be “Point the link domain at Sendline”", "led to cdn.example"}, []string{"Thank you"}},
		"a colleague said so, and it is a secret": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.contradicted", Params: told(params("tracking-on"))},
			[]string{"How far have you got"}, []string{"Thank you", "We looked"}},
		"in Polish": {"pl", "pl", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.contradicted", Params: params("brand-link")},
			[]string{"„Skieruj domenę linków na Sendline”", "- O 14:02 UTC dnia 2026-11-22 nazwa link.ginger.example", "Chodzi o: link.ginger.example."}, []string{"What we saw"}},
		"the account is a secret": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.next_seen", Params: params("tracking-on")},
			[]string{"How far have you got with the step “Turn on click tracking”"}, []string{"What we saw", "We looked", "false"}},
		"nor is it told in other words": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.contradicted", Params: params("tracking-on")},
			[]string{"the account's owner"}, []string{"match", "false", "https://"}},
		"a check the other way round": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.next_seen", Params: params("certificate")},
			[]string{"How far have you got"}, []string{"We looked"}},
		"a domain they did not name": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.next_seen", Params: with(params("brand-link"), "link.secret.example")},
			[]string{"How far have you got with the step “Point the link domain at Sendline”"}, []string{"secret", "led to", "We looked"}},
		"a domain of their own": {"en", "en", triage.IdentityVerified, triage.Ask, triage.Reason{Code: "route.next_seen", Params: with(params("brand-link"), "link.secret.example")},
			[]string{"This is about link.secret.example.", "link.secret.example led to cdn.example"}, nil},
		"the account is theirs": {"en", "en", triage.IdentityVerified, triage.Ask, triage.Reason{Code: "route.next_seen", Params: params("tracking-on")},
			[]string{"- At 14:02 UTC on 2026-11-22 features.click_tracking was false"}, nil},
		"the exact step": {"pl", "pl", triage.IdentityClaimed, triage.SelfService, triage.Reason{Code: "route.next_told", Params: params("tracking-on")},
			[]string{"Oto jak go wykonać:\n\nOtwórz", "Otwórz Settings > Tracking i włącz Click tracking. Ustawienie dotyczy całego konta.", "Cały opis: https://help"}, []string{"Open"}},
		"no step before we looked": {"en", "en", triage.IdentityClaimed, triage.Ask, triage.Reason{Code: "route.progress_unknown", Params: params("certificate")},
			[]string{"How far have you got"}, []string{"https://", "CDN. This"}},
		"a question in their language": {"pl", "pl", triage.IdentityNone, triage.Ask, triage.Reason{Code: "route.missing_input", Params: map[string]string{"procedure": proc.ID, "input": "link_domain"}},
			[]string{"O którą domenę linków chodzi"}, nil},
		"no words in German": {"de", "en", triage.IdentityNone, triage.Ask, triage.Reason{Code: "route.no_procedure_vague"}, []string{"what exactly does not work"}, nil},
		"a person acts":      {"en", "", triage.IdentityNone, triage.Assign, triage.Reason{Code: "route.staff_next", Params: params("switch-on")}, nil, nil},
		"a code of another":  {"en", "", triage.IdentityNone, triage.Ask, triage.Reason{Code: "route.no_such"}, nil, nil},
	} {
		m := triage.Matter{ID: "m1", Procedure: proc.ID, Positions: []triage.Position{{Inputs: inputs}, {Inputs: secret}}}
		r := triage.Result{Matters: []triage.Matter{m}, Brief: triage.Brief{Language: tc.lang}, Facts: triage.Facts{Checks: checks},
			Route: triage.Route{Action: tc.action, Reasons: []triage.Reason{tc.reason}}}
		lang, text := route.Suggest(&triage.Ticket{Identity: tc.identity, Messages: []triage.Message{{Role: triage.RoleCustomer, Text: "HTTPS for Link.Ginger.example"}, {Role: triage.RoleAgent, Text: "link.secret.example"}}}, &r, w)
		if lang != tc.want || (text == "") != (lang == "") {
			t.Errorf("%s: in %q: %q", name, lang, text)
		}
		for _, part := range tc.has {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q lacks %q", name, text, part)
			}
		}
		for _, part := range append(tc.lacks, "{", "}") {
			if strings.Contains(text, part) {
				t.Errorf("%s: %q has %q", name, text, part)
			}
		}
	}
}
