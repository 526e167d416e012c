package web_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// Assignment, snooze, acts on several and undo by the API; who does it is a user.
func TestAPIActs(t *testing.T) {
	s := newSite(t, nil)
	ids := s.several(t, 2)
	type acted struct {
		Done   []string
		Failed []struct{ Ticket, Code, Message string }
		Undo   *string
	}
	call := func(path, body string, want int) (out acted) {
		t.Helper()
		status, text := s.call(t, "POST", "/api/v1/tickets/"+path, body)
		if status != want {
			t.Fatalf("%s %s: %d %s", path, body, status, text)
		}
		if want == 200 {
			if err := json.Unmarshal([]byte(text), &out); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	may := s.user(t, mayAgent).ID
	call(ids[0]+"/assign", `{"assignee":"`+mayAgent+`","who":"`+leoLead+`"}`, 200)
	if x := s.lane(t, ids[0]); x.Assignee != may {
		t.Errorf("assigned to %q", x.Assignee)
	}
	call(ids[0]+"/snooze", `{"until":"2026-11-23T09:00:00Z","who":"`+may+`"}`, 200)
	if x := s.lane(t, ids[0]); x.Lane != "snoozed" {
		t.Errorf("in %s", x.Lane)
	}
	for query, want := range map[string]int{"lane=snoozed": 1, "lane=open": 1, "state=open": 2, "assignee=" + mayAgent: 1, "assignee=none": 1, "lane=open&kind=setup&language=en": 1, "kind=billing": 0} {
		status, text := s.call(t, "GET", "/api/v1/tickets?"+query, "")
		var page struct {
			Tickets []struct{ Lane, Assignee string }
		}
		if err := json.Unmarshal([]byte(text), &page); status != 200 || err != nil || len(page.Tickets) != want {
			t.Errorf("%s: %d, %d tickets, want %d", query, status, len(page.Tickets), want)
		}
	}
	call(ids[0]+"/snooze", `{"who":"`+may+`"}`, 200)
	done := call("act", fmt.Sprintf(`{"do":"resolve","tickets":["%s","none","%s"],"who":"%s"}`, ids[0], ids[1], may), 200)
	if !slices.Equal(done.Done, ids) || len(done.Failed) != 1 || done.Failed[0].Code != "not_found" || done.Undo == nil {
		t.Errorf("act: %+v", done)
	}
	call("undo/"+*done.Undo, `{"who":"`+leoLead+`"}`, 404) // not his
	if undone := call("undo/"+*done.Undo, `{"who":"`+may+`"}`, 200); !slices.Equal(undone.Done, ids) || undone.Undo != nil {
		t.Errorf("undo: %+v", undone)
	}
	call("undo/"+*done.Undo, `{"who":"`+may+`"}`, 409)
	if next := call("next", `{"who":"`+may+`"}`, 200); !slices.Equal(next.Done, ids[1:]) {
		t.Errorf("next: %+v", next)
	}
	call("next", `{"who":"`+may+`","tier":"l2"}`, 404)
	for path, body := range map[string]string{"act": `{"do":"resolve","tickets":["x"],"who":"nobody"}`, ids[0] + "/assign": `{"assignee":"nobody","who":"` + may + `"}`, "next": `{"who":"` + may + `","tier":"l9"}`} {
		call(path, body, 400)
	}
	call("none/assign", `{"assignee":"`+may+`","who":"`+may+`"}`, 404)
	for _, query := range []string{"lane=odd", "assignee=nobody", "after=x&before=y"} {
		if status, _ := s.call(t, "GET", "/api/v1/tickets?"+query, ""); status != 400 {
			t.Errorf("%s: %d", query, status)
		}
	}
}
