package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"readback/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func (s *site) call(t testing.TB, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	status, _, answer := send(t, r)
	return status, answer
}

func TestAPI(t *testing.T) {
	s := newSite(t, nil)
	const input = `{"channel":"chat","subject":"s","customer":{"email":"ops@foxglove.example"},"messages":[{"text":"one","external_id":"e1"},{"text":"two"}]}`
	status, body := s.call(t, "POST", "/api/v1/tickets", input)
	var made struct {
		Ticket   string
		Messages []string
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != 201 || len(made.Messages) != 2 {
		t.Fatalf("%d %s", status, body)
	}
	if status, again := s.call(t, "POST", "/api/v1/tickets", input); status != 200 || again != body {
		t.Errorf("sent again: %d %s, first %s", status, again, body)
	}
	at := "/api/v1/tickets/" + made.Ticket
	if status, body := s.call(t, "POST", at+"/messages", `{"text":"three","role":"agent","external_id":"e3"}`); status != 201 || !strings.Contains(body, made.Ticket) {
		t.Errorf("append: %d %s", status, body)
	}
	if status, _ := s.call(t, "POST", at+"/messages", `{"text":"three","role":"agent","external_id":"e3"}`); status != 200 {
		t.Errorf("append again: %d", status)
	}
	status, body = s.call(t, "GET", at, "")
	if status != 200 || strings.Count(body, `"n":`) != 3 || !strings.Contains(body, `"position":null`) || strings.Contains(body, `"matters":null`) {
		t.Errorf("ticket: %d %s", status, body)
	}
	for _, tc := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/api/v1/tickets", "", 200, `"next":null`},
		{"GET", "/api/v1/tickets?state=resolved", "", 200, `"tickets":[]`},
		{"GET", "/api/v1/tickets?state=odd", "", 400, "use open, waiting or resolved"},
		{"GET", "/api/v1/tickets?limit=0", "", 400, "from 1 to 200"},
		{"GET", "/api/v1/tickets?after=zzz", "", 400, "cursor"},
		{"GET", "/api/v1/tickets/tkt_none", "", 404, "not_found"},
		{"POST", "/api/v1/tickets/tkt_none/messages", `{"text":"x"}`, 404, "not_found"},
		{"POST", "/api/v1/tickets", `{"messages":[{"text":1}]}`, 400, "messages[0].text is a number"},
		{"POST", at + "/retriage", "", 202, `{"ticket":"` + made.Ticket + `"}`},
		{"GET", at, "", 200, `"triaged_seq":0`},
		{"POST", "/api/v1/tickets/tkt_none/retriage", "", 404, "not_found"},
		{"DELETE", "/api/v1/tickets", "", 405, "method_not_allowed"},
		{"GET", "/api/v1/nothing", "", 404, "not_found"},
	} {
		status, body := s.call(t, tc.method, tc.path, tc.body)
		if status != tc.status || !strings.Contains(body, tc.has) {
			t.Errorf("%s %s: %d %s, want %d with %s", tc.method, tc.path, status, body, tc.status, tc.has)
		}
	}
}

func TestAPINeedsToken(t *testing.T) {
	for name, tc := range map[string]struct{ token, header string }{
		"none":             {token, ""},
		"wrong":            {token, "Bearer nope"},
		"scheme":           {token, "Basic " + token},
		"no token set":     {"", "Bearer "},
		"no token, header": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Token, o.Demo = tc.token, false })
			for _, path := range []string{"/api/v1/tickets", "/inbox", "/events", "/tickets/x", "/messages/x/raw"} {
				r, err := http.NewRequest("GET", s.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				if tc.header != "" {
					r.Header.Set("Authorization", tc.header)
				}
				if status, h, _ := send(t, r); status != 401 || strings.HasPrefix(path, "/api/") != (h.Get("WWW-Authenticate") != "") {
					t.Errorf("%s: %d", path, status)
				}
			}
		})
	}
}

func TestAPIListPages(t *testing.T) {
	s := newSite(t, nil)
	for range 5 {
		s.call(t, "POST", "/api/v1/tickets", `{"messages":[{"text":"x"}]}`)
	}
	seen, after := map[string]bool{}, ""
	for pages := 0; ; pages++ {
		_, body := s.call(t, "GET", "/api/v1/tickets?limit=2&after="+after, "")
		var page struct {
			Tickets []struct{ ID string }
			Next    *string
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil || pages > 3 {
			t.Fatalf("page %d: %v %s", pages, err, body)
		}
		for _, tk := range page.Tickets {
			seen[tk.ID] = true
		}
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	if len(seen) != 5 {
		t.Errorf("saw %d tickets of 5", len(seen))
	}
}

var ids = regexp.MustCompile(`(tkt|msg)_[a-z2-7]{20}`)

// The contract's JSON does not change by accident.
func TestContractGolden(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	_, body := s.call(t, "GET", "/api/v1/tickets/"+id, "")
	names := map[string]string{}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(body), "", "  "); err != nil {
		t.Fatal(err)
	}
	got := ids.ReplaceAllFunc(pretty.Bytes(), func(id []byte) []byte {
		if names[string(id)] == "" {
			names[string(id)] = string(id[:4]) + string(rune('a'+len(names)))
		}
		return []byte(names[string(id)])
	})
	const golden = "testdata/case-zero.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the contract's JSON changed; look at it, then run with -update\n%s", got)
	}
}

// TestOpenAPI: what the API has, its description describes and docs/api.md lists.
func TestOpenAPI(t *testing.T) {
	s := newSite(t, nil)
	page, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	status, body := s.call(t, "GET", "/api/v1/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	described := 0
	for _, item := range doc.Paths {
		for key := range item {
			if key != "parameters" {
				described++
			}
		}
	}
	routes := 0
	for _, r := range s.web.Routes() {
		if !strings.HasPrefix(r.Path, "/api/") || r.Method == echo.RouteNotFound {
			continue
		}
		routes++
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}")
		if doc.Paths[path][strings.ToLower(r.Method)] == nil {
			t.Errorf("%s %s is not described", r.Method, path)
		}
		if !regexp.MustCompile(regexp.QuoteMeta(path) + "[`?]").Match(page) {
			t.Errorf("%s is not in docs/api.md", path)
		}
	}
	if routes == 0 || routes != described {
		t.Errorf("%d routes, %d described", routes, described)
	}
	for _, ref := range regexp.MustCompile(`#/components/(\w+)/(\w+)`).FindAllStringSubmatch(body, -1) {
		var all struct {
			Components map[string]map[string]any
		}
		if err := json.Unmarshal([]byte(body), &all); err != nil || all.Components[ref[1]][ref[2]] == nil {
			t.Errorf("%s leads nowhere", ref[0])
		}
	}
}
