package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"readback/triage"
)

// What people say of a ticket by the API: kept, refused, listed, taken back.
func TestAPICorrections(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	at := "/api/v1/tickets/" + id + "/corrections"
	tk, err := s.store.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	msg := tk.Messages[0].ID
	for _, tc := range []struct {
		body   string
		status int
		has    string
	}{
		{`{"what":"state","matter":"m1","step":"certificate","inputs":{"link_domain":"link.foxglove.example"},"value":"failed","who":"lee","why":"on the phone"}`, 201, `"procedure":"https-click-tracking"`},
		{`{"what":"state","matter":"m1","step":"certificate","value":"failed","who":"u-1","role":"customer"}`, 201, `"role":"customer"`},
		{`{"what":"environment","item":"Cloudflare","anchor":{"message_id":"` + msg + `","start":0,"end":4},"value":"not_so","who":"lee"}`, 201, `"matter":null`},
		{`{"what":"procedure","matter":"m1","value":"","who":"lee"}`, 201, `"anchor":null`},
		{`{"what":"state","matter":"m1","step":"certificate","value":"sold","who":"lee"}`, 400, "takes done, failed, planned or not_done"},
		{`{"what":"state","matter":"m1","step":"reboot","value":"done","who":"lee"}`, 400, "no step"},
		{`{"what":"state","matter":"m1","step":"certificate","inputs":{"link_domain":"x.example"},"value":"done","who":"lee"}`, 400, "is not about"},
		{`{"what":"state","matter":"m9","step":"certificate","value":"done","who":"lee"}`, 400, "no matter"},
		{`{"what":"procedure","matter":"m1","value":"fly","who":"lee"}`, 400, "no procedure"},
		{`{"what":"kind","matter":"m1","value":"odd","who":"lee"}`, 400, "takes a kind"},
		{`{"what":"input","matter":"m1","item":"colour","value":"x","who":"lee"}`, 400, "no input"},
		{`{"what":"input","matter":"m1","item":"link_domain","value":"link.foxglove.example, <script>alert(1)</script>","who":"lee"}`, 400, "not a domain"},
		{`{"what":"mood","matter":"m1","value":"x","who":"lee"}`, 400, "by its words"},
		{`{"what":"symptom","anchor":{"message_id":"msg_none","start":0,"end":4},"value":"not_so","who":"lee"}`, 400, "no message"},
		{`{"what":"kind","matter":"m1","value":"setup"}`, 400, "the person"},
		{`{"what":"kind","mater":"m1","value":"setup","who":"lee"}`, 400, "openapi.json"},
		{`{"what":"kind","matter":1}`, 400, "matter is a number"},
		{`[]`, 400, "openapi.json"},
	} {
		if status, body := s.call(t, "POST", at, tc.body); status != tc.status || !strings.Contains(body, tc.has) {
			t.Errorf("%s: %d %s, want %d with %s", tc.body, status, body, tc.status, tc.has)
		}
	}
	list := func() (ids, inForce []string) {
		_, body := s.call(t, "GET", at, "")
		var out struct {
			Corrections []triage.Correction
			InForce     []string `json:"in_force"`
		}
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			t.Fatal(err)
		}
		for _, c := range out.Corrections {
			ids = append(ids, c.ID)
		}
		return ids, out.InForce
	}
	ids, inForce := list()
	if len(ids) != 4 || len(inForce) != 4 {
		t.Fatalf("%v, in force %v", ids, inForce)
	}
	if status, body := s.call(t, "POST", at+"/"+ids[0]+"/undo", `{"who":"kim"}`); status != 201 || !strings.Contains(body, `"undo":true`) {
		t.Errorf("undo: %d %s", status, body)
	}
	if status, body := s.call(t, "POST", at+"/"+ids[0]+"/undo", `{"who":"kim"}`); status != 404 {
		t.Errorf("undo again: %d %s", status, body)
	}
	ids, inForce = list()
	if len(ids) != 5 || strings.Join(inForce, " ") != strings.Join(ids[1:4], " ") {
		t.Errorf("%v, in force %v", ids, inForce)
	}
	_, body := s.call(t, "GET", "/api/v1/tickets/"+id, "")
	if strings.Count(body, `"what":"`) < 3 || !strings.Contains(body, `"triaged_seq":2`) {
		t.Errorf("the ticket does not wait with its corrections: %s", body)
	}
	if status, _ := s.call(t, "GET", "/api/v1/tickets/none/corrections", ""); status != 404 {
		t.Errorf("of no ticket: %d", status)
	}
}

// Merge, undo and split by the API; an old id leads to where the messages are.
func TestAPIMoves(t *testing.T) {
	s := newSite(t, nil)
	a := s.triaged(t, caseZero(), caseZeroResult)
	second := caseZero()
	second.TicketKey = "c1"
	b := s.triaged(t, second, caseZeroResult)
	for _, tc := range []struct {
		path, body string
		status     int
		has        string
	}{
		{b + "/merge", `{"into":"` + a + `"}`, 400, "who"},
		{b + "/merge", `{"into":"` + b + `","who":"lee"}`, 400, "itself"},
		{b + "/merge", `{"into":"none","who":"lee"}`, 404, "none"},
		{b + "/merge", `{"into":"` + a + `","who":"lee"}`, 200, a},
		{b + "/merge", `{"into":"` + a + `","who":"lee"}`, 409, a},
		{b + "/corrections", `{"what":"kind","matter":"m1","value":"setup","who":"lee"}`, 409, a},
		{b + "/split", `{"messages":["x"],"who":"lee"}`, 409, a},
	} {
		if status, body := s.call(t, "POST", "/api/v1/tickets/"+tc.path, tc.body); status != tc.status || !strings.Contains(body, tc.has) {
			t.Errorf("%s %s: %d %s, want %d with %s", tc.path, tc.body, status, body, tc.status, tc.has)
		}
	}
	r, err := http.NewRequest("GET", s.URL+"/api/v1/tickets/"+b, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if status, h, body := send(t, r); status != 200 || h.Get("Content-Location") != "/api/v1/tickets/"+a || strings.Count(body, `"n":`) != 6 {
		t.Errorf("the merged ticket: %d %v %s", status, h, body)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := client.Get(s.URL + "/tickets/" + b)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.StatusCode != 303 || page.Header.Get("Location") != "/tickets/"+a {
		t.Errorf("its page: %d to %q", page.StatusCode, page.Header.Get("Location"))
	}
	if status, body := s.call(t, "POST", "/api/v1/tickets/"+b+"/unmerge", `{"who":"lee"}`); status != 200 || !strings.Contains(body, b) {
		t.Errorf("undo: %d %s", status, body)
	}
	if status, _ := s.call(t, "POST", "/api/v1/tickets/"+b+"/unmerge", `{"who":"lee"}`); status != 409 {
		t.Errorf("undo again: %d", status)
	}
	tk, err := s.store.Ticket(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	status, body := s.call(t, "POST", "/api/v1/tickets/"+a+"/split", `{"messages":["`+tk.Messages[2].ID+`","`+tk.Messages[2].ID+`"],"who":"lee"}`)
	var moved struct{ Ticket string }
	if err := json.Unmarshal([]byte(body), &moved); err != nil || status != 201 || moved.Ticket == a {
		t.Fatalf("split: %d %s", status, body)
	}
	if _, body := s.call(t, "GET", "/api/v1/tickets/"+moved.Ticket, ""); strings.Count(body, `"n":`) != 1 {
		t.Errorf("the new ticket: %s", body)
	}
}
