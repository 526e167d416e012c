package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"readback/triage/guard"
)

// The guard by the API: the customer's own words beside what the answer
// repeats, and nothing about an answer that goes on from there.
func TestAPIGuard(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	path := "/api/v1/tickets/" + id + "/guard"
	draft := "Please make sure that click tracking is on. Which browser do you use? See https://docs.sendline.example/ssl-for-links?utm_source=mail"
	body, err := json.Marshal(map[string]string{"draft": draft, "tier": "l1"})
	if err != nil {
		t.Fatal(err)
	}
	status, got := s.call(t, "POST", path, string(body))
	var report guard.Report
	if err := json.Unmarshal([]byte(got), &report); err != nil || status != 200 {
		t.Fatal(status, got)
	}
	if len(report.Findings) != 3 || report.Stops != 2 || report.Hints != 1 {
		t.Fatalf("%s", got)
	}
	step, browser, page := report.Findings[0], report.Findings[1], report.Findings[2]
	if step.Kind != guard.RepeatsStep || step.Level != guard.Stop || step.Evidence == nil || step.Evidence.Quote != "Click tracking is switched on." || draft[step.Draft.Start:step.Draft.End] != "Please make sure that click tracking is on" {
		t.Errorf("step: %+v", step)
	}
	if browser.Kind != guard.AsksKnown || browser.Level != guard.Hint || browser.Evidence == nil || browser.Evidence.Quote != "Firefox" {
		t.Errorf("browser: %+v", browser)
	}
	if page.Kind != guard.ResendsDocument || page.Level != guard.Stop || !strings.HasPrefix(draft[page.Draft.Start:], "https://docs") {
		t.Errorf("page: %+v", page)
	}
	if _, got := s.call(t, "POST", path, `{"draft":"Thank you, Maja. We saw your three steps at both domains. Engineering support switches the account over within the hour."}`); !strings.Contains(got, `"findings":[]`) || !strings.Contains(got, `"matching":"full"`) {
		t.Errorf("a good answer: %s", got)
	}
	for _, tc := range []struct {
		path, body string
		status     int
	}{
		{path, `{"draft":" "}`, 400},
		{path, `{"text":"x"}`, 400},
		{path, `{"draft":"x","tier":"l9"}`, 400},
		{path, `{"draft":"` + strings.Repeat("a", guard.MaxDraft+1) + `"}`, 413},
		{path + "x", `{"draft":"x"}`, 404},
		{"/api/v1/tickets/none/guard", `{"draft":"x"}`, 404},
	} {
		if status, got := s.call(t, "POST", tc.path, tc.body); status != tc.status {
			t.Errorf("%.40s: %d %.200s", tc.body, status, got)
		}
	}
}
