package web_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"readback/triage/extract"
	"readback/triage/extract/fake"
	"readback/web"
)

// A model's draft goes into the composer with its sources, past the guard, and
// is sent by nobody; without a model the words made from the procedure stay.
func TestDraftByModel(t *testing.T) {
	part := func(kind, text string, quotes ...map[string]any) map[string]any {
		return map[string]any{"kind": kind, "text": text, "quotes": append([]map[string]any{}, quotes...)}
	}
	known := map[string]any{"page": 2, "text": "Next"}
	answer, err := json.Marshal(map[string]any{"parts": []any{part("courtesy", "Thank you, Maja."), part("fact", "Our engineers switch HTTPS on for your account next.", known),
		part("step", "Please point the CNAME of both domains at links.sendline.example.", known), part("fact", "It takes 37 days.", known)}})
	if err != nil {
		t.Fatal(err)
	}
	f := fake.New(t, fake.Answer(string(answer)), fake.Answer("I would rather not."))
	m := extract.NewModel(extract.ModelOptions{BaseURL: f.URL, Model: "test-model", Client: f.Client(), Timeout: 5 * time.Second})
	s := newSite(t, func(o *web.Options) {
		o.Author = extract.NewLadder([]*extract.Model{m}, nil, extract.LadderOptions{Retries: -1})
	})
	id := s.triaged(t, caseZero(), caseZeroResult)
	_, body := s.get(t, "/tickets/"+id)
	if !strings.Contains(body, `value="model"`) {
		t.Fatal("there is no button")
	}
	put := func() string {
		t.Helper()
		a := s.ask(t, "/tickets/"+id+"/reply", url.Values{"text": {""}, "do": {"model"}})
		if a.status != 303 {
			t.Fatal(a.status, a.body)
		}
		_, body := s.get(t, strings.TrimSuffix(a.to, "#reply"))
		return body
	}
	body = put()
	draft := cut(t, body, `<textarea name="text"`, "</textarea>")
	if !strings.Contains(draft, "Thank you, Maja.\n\nOur engineers switch HTTPS on") || strings.Contains(draft, "CNAME") || strings.Contains(draft, "37 days") {
		t.Errorf("the draft is %s", draft)
	}
	for _, want := range []string{"Begun by the model test-model", "What is known and may be told", "parts that rested on nothing known were left out"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if tk, err := s.store.Ticket(t.Context(), id); err != nil || len(tk.Messages) != 3 {
		t.Errorf("something was sent: %v", err)
	}
	if body := put(); !strings.Contains(body, "No model could draft an answer now") {
		t.Error("a refusal is not told")
	}
	for range 5 {
		body = put()
	}
	if !strings.Contains(body, "You have had several drafts in a row") {
		t.Error("there is no end to it")
	}
	without := newSite(t, nil)
	if _, body := without.get(t, "/tickets/"+without.triaged(t, caseZero(), caseZeroResult)); strings.Contains(body, `value="model"`) || !strings.Contains(body, `value="draft"`) {
		t.Error("without a model there is a button for it, or none for the procedure's words")
	}
}
