package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"readback/examples"
	"readback/knowledge"
	"readback/triage/extract"
	"readback/triage/extract/fake"
	"readback/triage/guard"
	"readback/web"
)

const (
	otherWords = "Kindly see to it that our host answers for your two names."
	ownWords   = "We added the CNAME records for both domains"
)

// proposes is a model's answer that finds otherWords said before, and what is not there.
func proposes(t testing.TB) string {
	t.Helper()
	repeat := func(draft, earlier string) map[string]any {
		return map[string]any{"kind": "repeats_step", "draft": draft, "page": 2, "earlier": earlier}
	}
	out, err := json.Marshal(map[string]any{"repeats": []any{repeat(strings.TrimSuffix(otherWords, "."), ownWords), repeat("Kindly", "We never wrote this"),
		repeat("Please make sure that click tracking is on", "Click tracking is switched on.")}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// withModel is a site whose drafts a model reads.
func withModel(t testing.TB, script ...fake.Behaviour) (*site, *fake.Server, string) {
	t.Helper()
	f := fake.New(t, script...)
	m := extract.NewModel(extract.ModelOptions{BaseURL: f.URL, Model: "test-model", Client: f.Client(), Timeout: 5 * time.Second})
	s := newSite(t, func(o *web.Options) {
		o.Author = extract.NewLadder([]*extract.Model{m}, nil, extract.LadderOptions{Retries: -1})
	})
	return s, f, s.triaged(t, caseZero(), caseZeroResult)
}

// A model adds to what the rules found, labelled, and takes nothing away; it is
// asked once for a text, and what it said of words that stand is told again.
func TestGuardModel(t *testing.T) {
	s, f, id := withModel(t, fake.Answer(proposes(t)), fake.Answer("I would rather not."))
	put := func(do, text string) string {
		t.Helper()
		a := s.ask(t, "/tickets/"+id+"/reply", url.Values{"text": {text}, "do": {do}})
		if a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.body)
		}
		_, body := s.get(t, strings.TrimSuffix(a.to, "#reply"))
		return body
	}
	const text = "Please make sure that click tracking is on. " + otherWords
	body := put("save", text)
	if strings.Count(body, `<article class="finding`) != 1 || !strings.Contains(body, "finding stop") || !strings.Contains(body, `value="look"`) || len(f.Requests()) != 0 {
		t.Fatal("the rules' findings are not there before the model is asked")
	}
	body = put("look", text)
	for _, want := range []string{"finding stop", "finding hint", "inferred", "“" + ownWords, "The model test-model read it too and added one remark. 2 that"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if put("look", text); len(f.Requests()) != 1 {
		t.Error("it was asked twice for one text")
	}
	if body = put("save", "Hello.\n\n"+text); !strings.Contains(body, "finding hint") || !strings.Contains(body, `value="look"`) {
		t.Error("what was said of words that stand is forgotten")
	}
	key := cut(t, cut(t, body, "finding hint", "</article>"), `value="dismiss:`, `"`)
	if body = put("dismiss:"+key, "Hello.\n\n"+text); strings.Contains(body, "finding hint") || !strings.Contains(body, "finding stop") {
		t.Error("it cannot be dismissed")
	}
	if body = put("look", "Hello, Maja.\n\n"+text); !strings.Contains(body, "The model could not look just now") || !strings.Contains(body, "finding stop") {
		t.Error("that it could not is not told")
	}
	if a := s.ask(t, "/tickets/"+id+"/reply", url.Values{"text": {otherWords}, "do": {"send_waiting"}}); a.status != http.StatusSeeOther || strings.Contains(a.to, "tried=1") {
		t.Errorf("a hint keeps an answer back: %s", a.to)
	}
}

// The API waits for a model that it is told to ask, and for no other.
func TestAPIGuardModel(t *testing.T) {
	s, f, id := withModel(t, fake.Answer(proposes(t)), fake.Status(http.StatusServiceUnavailable, "down", ""))
	call := func(s *site, id string, model bool) (r guard.Report) {
		t.Helper()
		body, _ := json.Marshal(map[string]any{"draft": "Please make sure that click tracking is on. " + otherWords, "model": model})
		status, got := s.call(t, "POST", "/api/v1/tickets/"+id+"/guard", string(body))
		if err := json.Unmarshal([]byte(got), &r); err != nil || status != http.StatusOK {
			t.Fatal(status, got)
		}
		return r
	}
	if r := call(s, id, false); len(r.Findings) != 1 || r.Model != nil || len(f.Requests()) != 0 {
		t.Errorf("%+v", r)
	}
	r := call(s, id, true)
	if len(r.Findings) != 2 || r.Stops != 1 || r.Hints != 1 || !r.Findings[1].Inferred || r.Findings[1].Level != guard.Hint || r.Model.Added != 1 || r.Model.Dropped != 2 || r.Model.Usage.PromptTokens == 0 {
		t.Errorf("%+v %+v", r, r.Model)
	}
	if r := call(s, id, true); len(r.Findings) != 1 || r.Model.Outcome != guard.ModelUnavailable || r.Model.Note == "" {
		t.Errorf("%+v %+v", r, r.Model)
	}
	for range 8 {
		r = call(s, id, true)
	}
	if r.Model.Outcome != guard.ModelLimited {
		t.Errorf("there is no end to it: %+v", r.Model)
	}
	without := newSite(t, nil)
	if r := call(without, without.triaged(t, caseZero(), caseZeroResult), true); r.Model.Outcome != guard.ModelUnavailable || len(r.Findings) != 1 {
		t.Errorf("%+v", r)
	}
}

// A newer workspace keeps what a person may have models do, and what they said.
func TestReloadKeepsModel(t *testing.T) {
	s, _, id := withModel(t, fake.Answer(proposes(t)))
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	index, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	s.web.Reload(w, index)
	for _, do := range []string{"look", "model"} {
		if a := s.ask(t, "/tickets/"+id+"/reply", url.Values{"text": {otherWords}, "do": {do}}); a.status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", do, a.status, a.body)
		}
	}
	if status, _ := s.as(t, annAdmin, "GET", "/connections"); status != http.StatusOK {
		t.Errorf("connections: %d", status)
	}
}

// In the browser the rules' findings are there at once, and the model's come
// when they come; what is typed meanwhile is not disturbed.
func TestGuardModelComes(t *testing.T) {
	ctx := chromium(t)
	release := make(chan struct{})
	answer := proposes(t)
	s, f, id := withModel(t, func(w http.ResponseWriter, r *fake.Request) { <-release; fake.Answer(answer)(w, r) })
	do(t, ctx, screen(375, 900, "dark"))
	open(t, ctx, s.URL+"/tickets/"+id)
	eval[bool](t, ctx, fmt.Sprintf(`(() => { const a = document.querySelector("#answer"); a.focus(); a.value = %q; a.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, "Please make sure that click tracking is on. "+otherWords))
	eventually(t, ctx, `!!document.querySelector(".finding.stop") && document.querySelector(".looked").textContent.includes("is looking")`)
	close(release)
	eventually(t, ctx, `document.querySelectorAll(".finding").length === 2 && document.querySelector(".finding.hint").textContent.includes("inferred")`)
	if on := eval[string](t, ctx, `document.activeElement.id`); on != "answer" || len(f.Requests()) != 1 {
		t.Errorf("the focus is on %q, %d requests", on, len(f.Requests()))
	}
	if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("%d px too wide", over)
	}
	shot(t, ctx, "inferred-375-dark")
	eval[bool](t, ctx, `scrollTo(0, 0), true`) // else the bar at the top lies over something
	axe(t, ctx, "with a hint of a model")
	do(t, ctx, chromedp.KeyEvent("d", chromedp.KeyModifiers(1))) // the stop first
	eventually(t, ctx, `!document.querySelector(".finding.stop")`)
}
