package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"readback/store"
	"readback/triage"
)

// suffering stores five tickets that say the same, has the burst raised, and
// returns their ids and the incident's.
func (s *site) suffering(t testing.TB) (tickets []string, incident string) {
	t.Helper()
	for i := range 5 {
		text := fmt.Sprintf("Mail of customer %d is refused <b>since noon</b>", i)
		in := store.Inbound{Source: "api", Customer: triage.Customer{Email: fmt.Sprintf("c%d@shop.example", i)}, Raw: []byte(text),
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: text}}}
		tickets = append(tickets, s.triaged(t, in, refused))
	}
	if err := s.store.FindIncidents(t.Context(), s.web.Workspace); err != nil {
		t.Fatal(err)
	}
	list, err := s.store.Incidents(t.Context(), store.IncidentFilter{Live: true})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d incidents, %v", len(list), err)
	}
	return tickets, list[0].ID
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
