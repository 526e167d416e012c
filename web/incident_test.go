package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/store"
	"readback/triage"
)

// suffering stores five tickets that say the same, has the burst raised, and
// returns their ids and the incident's.
func (s *site) suffering(t testing.TB) (tickets []string, incident string) {
	t.Helper()
	for i := range 5 {
		tickets = append(tickets, s.sufferer(t, i))
	}
	s.find(t)
	list, err := s.store.Incidents(t.Context(), store.IncidentFilter{Live: true})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d incidents, %v", len(list), err)
	}
	return tickets, list[0].ID
}

// sufferer stores a ticket of customer i.
func (s *site) sufferer(t testing.TB, i int) string {
	t.Helper()
	text := fmt.Sprintf("Mail of customer %d is refused <b>since noon</b>", i)
	return s.triaged(t, store.Inbound{Source: "api", Customer: triage.Customer{Email: fmt.Sprintf("c%d@shop.example", i)}, Raw: []byte(text),
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: text}}}, refused)
}

// find looks for bursts, as a desk at work does by itself.
func (s *site) find(t testing.TB) {
	t.Helper()
	if err := s.store.FindIncidents(t.Context(), s.web.Workspace); err != nil {
		t.Fatal(err)
	}
}

func refused(t *triage.Ticket) triage.Result {
	m := triage.Matter{ID: "m1", Kind: triage.KindBroken, Procedure: "domain-authentication", Route: triage.Route{Action: triage.Assign, Tier: "l1",
		Reasons: []triage.Reason{{Code: "route.step_failed", Params: map[string]string{"tier": "l1"}, Text: "It did not work."}}}}
	return triage.Result{Brief: triage.Brief{Language: "en", Kind: m.Kind, Request: triage.Request{Text: t.Messages[0].Text}}, Matters: []triage.Matter{m}, Route: m.Route}
}

type incidentBody struct {
	ID, State   string
	Title, Area *string
	Tier        string
	Tickets     int
	Open        int
	FirstAt     *string `json:"first_at"`
}

func TestIncidentAPI(t *testing.T) {
	s := newSite(t, nil)
	tickets, id := s.suffering(t)
	at := "/api/v1/incidents/" + id
	other := s.triaged(t, caseZero(), caseZeroResult)
	for _, step := range []struct {
		method, path, body string
		status             int
		want               string // state, title, area, tier, tickets
	}{
		{"GET", at, "", 200, "raised - sending-domains l2 5"},
		{"POST", at + "/end", "", 409, ""},
		{"POST", at + "/undo", "", 409, ""},
		{"POST", at + "/dismiss", "", 200, "dismissed - sending-domains l2 5"},
		{"POST", at + "/undo", "", 200, "raised - sending-domains l2 5"},
		{"DELETE", at + "/tickets/" + tickets[4], "", 200, "raised - sending-domains l2 4"},
		{"PUT", at + "/tickets/" + other, "", 200, "raised - sending-domains l2 5"},
		{"POST", at + "/confirm", `{"tier":"l9"}`, 400, ""},
		{"POST", at + "/confirm", `{"area":"moon"}`, 400, ""},
		{"POST", at + "/confirm", `[`, 400, ""},
		{"POST", at + "/confirm", `{"titel":"Mail is refused"}`, 400, ""},
		{"POST", at + "/confirm", "", 200, "confirmed Trouble with sending domains sending-domains l2 5"},
		{"POST", at + "/confirm", `{"title":" Mail is\nrefused ","area":"","tier":"l1"}`, 200, "confirmed Mail is refused - l1 5"},
		{"POST", at + "/confirm", `{"tier":"l2"}`, 200, "confirmed Mail is refused - l2 5"},
		{"POST", at + "/dismiss", "", 409, ""},
		{"POST", at + "/end", "", 200, "ended Mail is refused - l2 5"},
		{"PUT", at + "/tickets/" + tickets[4], "", 409, ""},
		{"POST", at + "/undo", "", 200, "confirmed Mail is refused - l2 5"},
		{"POST", at + "/undo", "", 200, "raised Mail is refused - l2 5"},
		{"PUT", at + "/tickets/tkt_none", "", 404, ""},
		{"PUT", "/api/v1/incidents/inc_none/tickets/" + other, "", 404, ""},
		{"POST", "/api/v1/incidents/inc_none/confirm", "", 404, ""},
		{"GET", "/api/v1/incidents/inc_none", "", 404, ""},
	} {
		status, body := s.call(t, step.method, step.path, step.body)
		if status != step.status {
			t.Fatalf("%s %s: %d %s, want %d", step.method, step.path, status, body, step.status)
		}
		if step.want == "" {
			continue
		}
		var got incidentBody
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		or := func(v *string) string {
			if v == nil {
				return "-"
			}
			return *v
		}
		if text := fmt.Sprint(got.State, " ", or(got.Title), " ", or(got.Area), " ", got.Tier, " ", got.Tickets); text != step.want || got.FirstAt == nil {
			t.Errorf("%s %s: %s, want %s", step.method, step.path, text, step.want)
		}
	}
	if status, body := s.call(t, "GET", "/api/v1/incidents?live=1", ""); status != 200 || strings.Count(body, id) != 1 {
		t.Errorf("list: %d %s", status, body)
	}
	if status, body := s.call(t, "GET", "/api/v1/tickets?incident="+id, ""); status != 200 || strings.Count(body, `"id":`) != 5 || !strings.Contains(body, other) {
		t.Errorf("tickets: %d %s", status, body)
	}
}

func TestIncidentPages(t *testing.T) {
	s := newSite(t, nil)
	tickets, id := s.suffering(t)
	page := func(path, accept string) string {
		t.Helper()
		status, _, body := s.getIn(t, path, accept, "")
		if status != 200 {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		return body
	}
	has := func(what, body string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", what, want)
			}
		}
	}
	at := "/incidents/" + id
	has("the inbox", page("/inbox", "en"), "5 tickets in a minute say the same about sending domains", "Mail of customer 0 is refused &lt;b&gt;since noon", `href="`+at+`"`)
	has("the inbox in Polish", page("/inbox?state=waiting", "pl"), "5 zgłoszeń w ciągu minuty mówi to samo: sending domains")
	has("the incident", page(at, "en"), "Is it an incident?", "5 tickets, 5 open", `value="Trouble with sending domains"`, `<option value="sending-domains" selected>sending domains</option>`,
		`<option value="l2" selected>Engineering support</option>`, `formaction="`+at+`/dismiss"`, "Not part of it")
	has("a ticket", page("/tickets/"+tickets[0], "en"), "Among tickets that say the same:", "Not part of it")

	send := func(path string, fields url.Values, want int) string {
		t.Helper()
		status, h := s.submit(t, path, fields, sameOrigin)
		if status != want {
			t.Fatalf("%s: %d, want %d", path, status, want)
		}
		return h.Get("Location")
	}
	if status, _ := s.submit(t, at+"/dismiss", nil, map[string]string{"Sec-Fetch-Site": "cross-site"}); status != 403 {
		t.Errorf("a form of another site: %d", status)
	}
	send(at+"/explode", nil, 404)
	send("/incidents/inc_none/dismiss", nil, 404)
	send(at+"/confirm", url.Values{"title": {"x"}, "tier": {"l9"}}, 400)
	send(at+"/end", nil, 409)
	if to := send(at+"/confirm", url.Values{"title": {"<script>x</script>"}, "area": {"sending-domains"}, "tier": {"l2"}}, 303); to != at {
		t.Errorf("confirmed, and on to %s", to)
	}
	has("confirmed", page(at, "en"), "&lt;script&gt;x&lt;/script&gt;", "Confirmed", "Take the confirmation back", "End it")
	has("in the inbox", page("/inbox", "en"), "Incident: <b><bdi dir=\"auto\">&lt;script&gt;")
	if to := send("/tickets/"+tickets[0]+"/incident/out?back=1", url.Values{"incident": {id}}, 303); to != at+"?out="+tickets[0] {
		t.Errorf("taken out, and on to %s", to)
	}
	has("taken out", page(at+"?out="+tickets[0], "en"), "Taken out of the incident", "4 tickets, 4 open", "/tickets/"+tickets[0]+"/incident/in?back=1")
	has("the ticket that was taken out", page("/tickets/"+tickets[0], "en"), "Part of an incident?", `<option value="`+id+`">`)
	if to := send("/tickets/"+tickets[0]+"/incident/in", url.Values{"incident": {id}}, 303); to != "/tickets/"+tickets[0] {
		t.Errorf("put in, and on to %s", to)
	}
	send(at+"/end", nil, 303)
	has("ended", page(at, "pl"), "Zakończony", "Prowadź dalej")
	body := page("/tickets/"+tickets[0], "en")
	has("a ticket of an ended incident", body, "Part of the incident")
	if strings.Contains(body, "Not part of it") || strings.Contains(page(at, "en"), "Not part of it") || strings.Contains(page("/inbox", "en"), at) {
		t.Error("an ended incident still offers to be changed")
	}
}

// The banner comes by itself; what a lead types stays while tickets come.
func TestIncidentIsLive(t *testing.T) {
	s := newSite(t, nil)
	ctx := chromium(t)
	do(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(s.URL+"/inbox"), chromedp.WaitReady(chromedp.CSS("body[data-live=on]")))
	_, id := s.suffering(t)
	eventually(t, ctx, `document.querySelector("#bursts")?.textContent.includes("5 tickets")`)
	do(t, ctx, chromedp.Click(chromedp.CSS(".burst")), chromedp.WaitReady(chromedp.CSS("body.page-incident[data-live=on]")))
	do(t, ctx, chromedp.Click(chromedp.CSS("input[name=title]")), chromedp.KeyEvent("!"))
	typed := eval[string](t, ctx, `document.querySelector("input[name=title]").value`)
	s.sufferer(t, 5)
	s.find(t)
	eventually(t, ctx, `document.querySelectorAll("#members li").length === 6 && document.querySelector("#head").textContent.includes("6 tickets")`)
	if got := eval[string](t, ctx, `document.querySelector("input[name=title]").value`); got != typed || !strings.Contains(got, "!") || strings.Count(got, "Trouble") != 1 {
		t.Errorf("typed %q, after a ticket came %q", typed, got)
	}
	do(t, ctx, chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS("main[data-state=confirmed]")))
	i, err := s.store.Incident(t.Context(), id)
	if err != nil || i.State != store.IncidentConfirmed || i.Title != typed {
		t.Errorf("%+v, %v", i, err)
	}
}
