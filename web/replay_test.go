package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/eval/replay"
	offlinereader "readback/triage/extract/offline"
	"readback/triage/pipeline"
	"readback/web"
)

// replaying is a desk whose past can be replayed. model stands for one: what it
// would get is told, and it reads as the offline extractor does.
func replaying(t *testing.T, demo bool) *site {
	t.Helper()
	return newSite(t, func(o *web.Options) {
		o.Files, o.Demo = examples.Sendline(), demo
		o.Replay = &web.Replayer{Models: []string{"model"}, Try: func(files fs.FS, model, prompt string) (*replay.Trial, error) {
			w, err := knowledge.Load(files)
			if err != nil {
				return nil, triage.Errorf(triage.Invalid, "%v", err)
			}
			if err := check.Prepare(w); err != nil {
				return nil, err
			}
			index, err := knowledge.NewIndex(w)
			if err != nil {
				return nil, err
			}
			trial := &replay.Trial{Subject: replay.Subject{Reader: "offline", Workspace: w.Hash, Policy: w.PolicyHash}, Workspace: w,
				Triage: func(ctx context.Context, stored *triage.Result, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
					return pipeline.Replay(w, index, offlinereader.New(w), stored).Triage(ctx, tk, prev)
				}}
			if model != "" {
				trial.Subject.Reader, trial.Subject.Model, trial.Subject.Prompt = "llm", model, prompt
				trial.Estimate = func(_ context.Context, from replay.Source) (e replay.Estimate, err error) {
					return replay.Estimate{Model: model, Host: "models.example", Tickets: 2, Requests: 2}, nil
				}
			}
			return trial, nil
		}}
	})
}

// part is a field of a multipart form; with a file name it is a file.
type part struct{ name, file, text string }

// sendParts posts a form of parts as somebody and returns the answer.
func (s *site) sendParts(t *testing.T, who, path string, parts ...part) (status int, to, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		if p.file == "" {
			_ = w.WriteField(p.name, p.text)
			continue
		}
		f, err := w.CreateFormFile(p.name, p.file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(p.text))
	}
	w.Close()
	req, err := http.NewRequest(http.MethodPost, s.URL+path, &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.AddCookie(s.session(t, who))
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), readAll(t, res.Body)
}

// ended waits until a replay is over and returns its page.
func (s *site) ended(t *testing.T, path string) string {
	t.Helper()
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		_, body := s.as(t, leoLead, "GET", path)
		if !strings.Contains(body, "<progress") {
			return body
		}
	}
	t.Fatal("the replay has no end")
	return ""
}

// A lead tries a policy on past tickets, lays it beside the desk as it is, keeps
// it and brings it back; nothing is written.
func TestReplayPage(t *testing.T) {
	s := replaying(t, false)
	ids := exampleDesk(t, s, "case-zero.json", "gentian-cancel.json")
	before := dump(t, s)
	if _, body := s.as(t, leoLead, "GET", "/replay"); !strings.Contains(body, "Nothing was replayed yet.") || !strings.Contains(body, "No candidate reads live tickets.") {
		t.Errorf("%.2000s", body)
	}
	status, base, body := s.sendParts(t, leoLead, "/replay", part{name: "name", text: "as it is"})
	if status != 303 {
		t.Fatal(status, body)
	}
	if page := s.ended(t, base); !strings.Contains(page, "Places 1 of the 2 tickets that need an answer; see the other 1") || !strings.Contains(page, `href="/tickets/`+ids["tickets/gentian-cancel.json"]) {
		t.Errorf("%s", page)
	}
	policy, err := fs.ReadFile(examples.Sendline(), "workspace.yaml")
	if err != nil {
		t.Fatal(err)
	}
	given := strings.Replace(string(policy), "    hours: Mon-Sun 06:00-22:00 UTC", "    capabilities: [link-branding.https]\n    hours: Mon-Sun 06:00-22:00 UTC", 1)
	status, other, body := s.sendParts(t, leoLead, "/replay", part{name: "name", text: "<b>l1 switches</b>"}, part{"files", "candidate.yaml", given})
	if status != 303 {
		t.Fatal(status, body)
	}
	if page := s.ended(t, other); strings.Contains(page, "<b>l1") || !strings.Contains(page, "<s>Assign: Engineering support") {
		t.Errorf("%s", page)
	}
	if _, page := s.as(t, leoLead, "GET", other+"?against="+strings.TrimPrefix(base, "/replay/")); !strings.Contains(page, "1 of 2 tickets ends otherwise in the second") {
		t.Errorf("%s", page)
	}
	_, saved := s.as(t, leoLead, "GET", other+"/report.json")
	var report replay.Report
	if err := json.Unmarshal([]byte(saved), &report); err != nil || report.Tickets != 2 || strings.Contains(saved, "foxglove") {
		t.Errorf("%v %s", err, saved)
	}
	status, brought, body := s.sendParts(t, leoLead, "/replay/saved", part{"saved", "old.json", saved})
	if status != 303 {
		t.Fatal(status, body)
	}
	if _, page := s.as(t, leoLead, "GET", brought+"?against="+strings.TrimPrefix(other, "/replay/")); !strings.Contains(page, "0 of 2 tickets end otherwise") {
		t.Errorf("%s", page)
	}
	if after := dump(t, s); after != before {
		t.Error("a replay has written")
	}
	for why, parts := range map[string][]part{
		"unknown field &#34;tierz&#34;":    {{"files", "workspace.yaml", strings.Replace(string(policy), "tiers:", "tierz:", 1)}},
		"workspace.yaml:6:1":               {{"files", "workspace.yaml", strings.Replace(string(policy), "tiers:", "tierz:", 1)}},
		"neither a workspace.yaml, a":      {{"files", "run.exe", "x"}},
		"is no day such as":                {{name: "since", text: "soon"}},
		"The first day is after the last.": {{name: "since", text: "2026-11-03"}, {name: "until", text: "2026-11-02"}},
		"is no number of tickets":          {{name: "limit", text: "many"}},
		"other&#34; is not configured":     {{name: "model", text: "other"}},
	} {
		if status, _, body := s.sendParts(t, leoLead, "/replay", parts...); status != 422 || !strings.Contains(body, why) {
			t.Errorf("%s: %d", why, status)
		}
	}
	for _, path := range []string{"/replay/saved"} {
		if status, _, body := s.sendParts(t, leoLead, path, part{"saved", "x.json", "[]"}); status != 422 || !strings.Contains(body, "x.json: it is no replay") {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := s.as(t, leoLead, "GET", "/replay/run_none"); status != 404 {
		t.Errorf("a replay that is none: %d", status)
	}
	// No tickets in the period is said, and no fault.
	_, none, _ := s.sendParts(t, leoLead, "/replay", part{name: "until", text: "2020-01-01"})
	if page := s.ended(t, none); !strings.Contains(page, "No ticket that needs an answer in this period") {
		t.Errorf("%s", page)
	}
}

// A model gets nothing before a lead has read what it would get.
func TestReplayAsksFirst(t *testing.T) {
	s := replaying(t, false)
	exampleDesk(t, s, "case-zero.json")
	_, asks, _ := s.sendParts(t, leoLead, "/replay", part{name: "model", text: "model"}, part{name: "prompt", text: "v1"})
	if _, page := s.as(t, leoLead, "GET", asks); !strings.Contains(page, "The model model at models.example would get 2 requests about 2 tickets") || strings.Contains(page, "<dl class=\"figures\">") {
		t.Errorf("%s", page)
	}
	if status, _ := s.as(t, leoLead, "POST", asks+"/start"); status != 200 && status != 303 {
		t.Fatal(status)
	}
	if page := s.ended(t, asks); !strings.Contains(page, "Read by model with prompt v1.") || !strings.Contains(page, `<dl class="figures">`) {
		t.Errorf("%s", page)
	}
	if status, _ := s.as(t, leoLead, "POST", asks+"/start"); status != 409 {
		t.Errorf("a replay that is done begins again: %d", status)
	}
	_, not, _ := s.sendParts(t, leoLead, "/replay", part{name: "model", text: "model"})
	if _, page := s.as(t, leoLead, "POST", not+"/stop"); !strings.Contains(page, "stopped") {
		t.Errorf("%s", page)
	}
}

// What a candidate made of live tickets is shown by its newest version.
func TestShadowShown(t *testing.T) {
	s := replaying(t, false)
	ids := exampleDesk(t, s, "case-zero.json", "gentian-cancel.json")
	live := replay.Outcome{Action: triage.Assign, Tier: "l2", Procedure: "https-click-tracking", Step: "switch-on"}
	other := live
	other.Tier = "l1"
	subject := replay.Subject{Reader: "llm", Model: "small", Prompt: "v1 abc"}
	for i, x := range []store.Shadowed{
		{TicketID: ids["tickets/gentian-cancel.json"], Subject: replay.Subject{Reader: "offline"}, Live: live, Shadow: other},
		{TicketID: ids["tickets/gentian-cancel.json"], Subject: subject, Live: live, Shadow: live, CostUSD: 0.5},
		{TicketID: ids["tickets/case-zero.json"], Subject: subject, Live: live, Shadow: other, CostUSD: 0.25, Unlooked: 1},
	} {
		s.passed.Store(int64(i))
		if err := s.store.RecordShadow(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	_, body := s.as(t, leoLead, "GET", "/replay")
	for _, want := range []string{"Agrees on 1 of 2; see the other one", "Read by small with prompt v1.", "It cost $0.7500.", "<s>Assign: Engineering support", "In 1 ticket something"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if strings.Contains(body, "by another candidate") {
		t.Error("a ticket that the newest candidate has read counts twice")
	}
}

// The pages in a browser: axe, and no page wider than its window.
func TestReplayChromium(t *testing.T) {
	s := replaying(t, true)
	ids := exampleDesk(t, s, "case-zero.json", "gentian-cancel.json")
	_, base, _ := s.sendParts(t, annAdmin, "/replay", part{name: "name", text: "as it is"})
	s.ended(t, base)
	_, other, _ := s.sendParts(t, annAdmin, "/replay", part{name: "name", text: strings.Repeat("averylongname", 6)})
	s.ended(t, other)
	_, asks, _ := s.sendParts(t, annAdmin, "/replay", part{name: "model", text: "model"})
	live := replay.Outcome{Action: triage.Assign, Tier: "l2", Procedure: "https-click-tracking", Step: "switch-on"}
	if err := s.store.RecordShadow(t.Context(), store.Shadowed{TicketID: ids["tickets/case-zero.json"], Subject: replay.Subject{Reader: "offline"}, Live: live, Shadow: replay.Outcome{Action: triage.Ask, Tier: "l1"}}); err != nil {
		t.Fatal(err)
	}
	ctx := chromium(t)
	for _, path := range []string{"/replay", other, other + "?against=" + strings.TrimPrefix(base, "/replay/"), asks} {
		for _, width := range []int64{1440, 375} {
			do(t, ctx, screen(width, 900, "light"))
			open(t, ctx, s.URL+path)
			if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); int64(wide) > width {
				who := eval[string](t, ctx, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > `+strconv.FormatInt(width, 10)+`).map((e) => e.outerHTML.slice(0, 90)).join("\n")`)
				t.Errorf("%s is %d wide at %d:\n%s", path, wide, width, who)
			}
		}
		axe(t, ctx, path)
	}
}

// speaking stores tickets that speak for a procedure.
func (s *site) speaking(t *testing.T) {
	t.Helper()
	for i, text := range []string{
		"The template editor loses my merge tags when I paste from Word.",
		"Pasting from Word into the template editor removes all merge tags.",
		"Merge tags vanish in the template editor after pasting a <b>text</b>.",
		"Our invoice has the wrong address.", "Do you offer a discount for charities?",
	} {
		s.triaged(t, store.Inbound{Source: "test", TicketKey: text, Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Text: text}}},
			func(tk *triage.Ticket) triage.Result {
				s.passed.Store(int64(i))
				return triage.Result{CoveredSeq: 1, At: now, Route: triage.Route{Action: triage.Assign, Tier: "l1", Reasons: []triage.Reason{}},
					Brief: triage.Brief{Kind: triage.KindSetup, Language: "en", Request: triage.Request{Text: text}}, Matters: []triage.Matter{{ID: "m1", Kind: triage.KindSetup}}}
			})
	}
}

// In a browser: a cluster is set aside and taken back, and a procedure drafted
// from it; axe finds nothing, and no page is wider than its window.
func TestSuggestionsChromium(t *testing.T) {
	s, _ := library(t, nil)
	s.speaking(t)
	ctx := chromium(t)
	s.suggestions(t)
	fits := func(where string) {
		t.Helper()
		for _, width := range []int64{375, 1440} {
			do(t, ctx, screen(width, 900, "light"))
			if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); int64(wide) > width {
				t.Errorf("%s is %d wide at %d", where, wide, width)
			}
		}
		axe(t, ctx, where)
	}
	open(t, ctx, s.URL+"/suggestions")
	fits("suggestions")
	do(t, ctx, chromedp.Focus(chromedp.CSS(`.suggested button[aria-label^="Set aside"]`)), chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS("details.set-aside")))
	eval[bool](t, ctx, `document.querySelector("details.set-aside").open = true`)
	fits("suggestions, one set aside")
	do(t, ctx, chromedp.Focus(chromedp.CSS(`.set-aside button[value=back]`)), chromedp.KeyEvent("\r"), chromedp.WaitNotPresent(chromedp.CSS("details.set-aside")))
	do(t, ctx, chromedp.Focus(chromedp.CSS(`.suggested button.main`)), chromedp.KeyEvent("\r"))
	eventually(t, ctx, `location.pathname !== "/suggestions" && document.querySelector('[name="title"]') !== null`) // the list has such a field too
	if title := eval[string](t, ctx, `document.querySelector('[name="title"]').value`); !strings.Contains(title, "merge") {
		t.Errorf("the draft is called %q", title)
	}
}

// Suggestions rest on past tickets; a lead drafts a procedure from one, sets one
// aside and takes that back.
func TestSuggestions(t *testing.T) {
	s, _ := library(t, func(o *web.Options) { o.Demo = false })
	s.speaking(t)
	body := s.suggestions(t)
	for _, want := range []string{"3 tickets · ", "inferred", `name="title" value="editor merge`, "5 triaged tickets of the last 90 days were read.", "No step that rests on words alone", "&lt;b&gt;text"} {
		if !strings.Contains(body, want) {
			t.Fatalf("no %q in %s", want, body)
		}
	}
	_, key, _ := strings.Cut(body, `name="key" value="`)
	key, _, _ = strings.Cut(key, `"`)
	aside := func(do string) string {
		status, to, body := s.sendForm(t, leoLead, "/suggestions/aside", url.Values{"kind": {"cluster"}, "key": {key}, "size": {"3"}, "do": {do}})
		if status != 303 {
			t.Fatal(status, body)
		}
		_, page := s.as(t, leoLead, "GET", to)
		return page
	}
	if page := aside(""); !strings.Contains(page, "1 was set aside") || !strings.Contains(page, "No three tickets without a procedure") {
		t.Errorf("%s", page)
	}
	if page := aside("back"); strings.Contains(page, "set aside</summary>") || !strings.Contains(page, "Draft a procedure") {
		t.Errorf("%s", page)
	}
	if status, _, _ := s.sendForm(t, leoLead, "/suggestions/aside", url.Values{"kind": {"other"}, "key": {key}}); status != 404 {
		t.Errorf("a kind that is none: %d", status)
	}
}

// suggestions is the page once its tickets are read.
func (s *site) suggestions(t *testing.T) string {
	t.Helper()
	for range 100 { // each waits a moment for the reading
		if _, body := s.as(t, leoLead, "GET", "/suggestions"); !strings.Contains(body, "<progress") {
			return body
		}
	}
	t.Fatal("the reading does not end")
	return ""
}

// sendForm posts a form as somebody.
func (s *site) sendForm(t *testing.T, who, path string, form url.Values) (status int, to, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.AddCookie(s.session(t, who))
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), readAll(t, res.Body)
}
