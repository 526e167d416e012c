package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// An outage as customers live it: the demo's tickets raise a burst, a lead
// confirms it, its tickets and the next one go to its owner, and the one after
// its end is triaged as ever. The program is killed in between.
func TestIncident(t *testing.T) {
	data := t.TempDir()
	c := start(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data, "--offline")
	report := func(i int, text string) string {
		t.Helper()
		var made struct{ Ticket string }
		body, _ := json.Marshal(map[string]any{"channel": "email", "customer": map[string]string{"email": fmt.Sprintf("c%d@shop%d.example", i, i)},
			"messages": []map[string]string{{"text": text}}}) // strings cannot fail
		if status := c.api(t, "/api/v1/tickets", body, &made); status != http.StatusCreated {
			t.Fatalf("status %d", status)
		}
		return made.Ticket
	}
	var tickets []string
	for i, text := range []string{"Is there an outage? Your API answers 503.", "Czy jest awaria? API zwraca błąd 503.", "Gibt es eine Störung der API? Fehler 503.",
		"¿Hay una caída? La API responde 503.", "障害ですか？APIが503エラーです。"} {
		tickets = append(tickets, report(i, text))
	}
	burst := func() (id string, n int) {
		t.Helper()
		var list struct {
			Incidents []struct {
				ID      string
				Tickets int
			}
		}
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) { // another process works
			if status := c.api(t, "/api/v1/incidents?live=1", nil, &list); status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			if len(list.Incidents) == 1 && list.Incidents[0].Tickets == 5 {
				return list.Incidents[0].ID, list.Incidents[0].Tickets
			}
		}
		t.Fatalf("no burst of five was raised: %+v\n%s", list, c.stderr)
		return "", 0
	}
	id, _ := burst()
	c.kill()
	c = start(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data, "--offline")
	if again, n := burst(); again != id || n != 5 {
		t.Fatalf("after a restart the burst is %s of %d, was %s of 5", again, n, id)
	}
	if status := c.api(t, "/api/v1/incidents/"+id+"/confirm", []byte(`{"title":"The API answers 503"}`), nil); status != http.StatusOK {
		t.Fatalf("confirm: status %d", status)
	}
	reason := func(ticket string) string {
		t.Helper()
		v := waitTriaged(t, c, ticket)
		return v.Route.Tier + " " + v.Route.Reasons[0].Code
	}
	for _, ticket := range append(tickets, report(7, "Do you have an outage? We get 503 on every API call.")) {
		if got := reason(ticket); got != "l2 route.incident" {
			t.Errorf("%s: %s", ticket, got)
		}
	}
	if got := reason(report(8, "How do we verify our domain shop8.example?")); got == "l2 route.incident" {
		t.Error("a question became part of the incident")
	}
	if status := c.api(t, "/api/v1/incidents/"+id+"/end", []byte("{}"), nil); status != http.StatusOK {
		t.Fatalf("end: status %d", status)
	}
	if got := reason(report(9, "Do you have an outage? We get 503 on every API call.")); got != "l2 route.incident_unconfirmed" {
		t.Errorf("after the end: %s", got)
	}
}
