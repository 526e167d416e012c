package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"readback/internal/spent"
	"readback/store"
	"readback/triage"
)

// get reads a page as a signed-in person.
func (s *site) get(t testing.TB, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, h, body := send(t, r)
	if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self';") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s: Content-Security-Policy %q", path, csp)
	}
	return status, body
}

func TestTicketPage(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	status, body := s.get(t, "/tickets/"+id)
	if status != 200 {
		t.Fatal(status, body)
	}
	for _, want := range []string{
		`<h2>Next: <bdi>Switch the account to HTTPS links</bdi></h2>`, `by Engineering support</p>`,
		`data-cell="d-1-2"`, `superseded`, `said, seen`, `14:02`, `colspan="2"`,
		`We added the CNAME records for both domains</mark>`,
		`Engineering support can do`, `Unread attachment`, `Tickets are read by <b>the offline extractor</b>`, `<b>lab network</b>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(strings.ToLower(body), "missing") {
		t.Error("something is said to be missing")
	}
	if len(body) > 150_000 {
		t.Errorf("the page weighs %d bytes", len(body))
	}
}

func TestTicketBeforeTriage(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), nil)
	if _, body := s.get(t, "/tickets/"+id); !strings.Contains(body, "Being read") {
		t.Error("the page does not say that the ticket waits")
	}
	if _, body := s.get(t, "/inbox"); !strings.Contains(body, "Being read") {
		t.Error("the list does not say that the ticket waits")
	}
}

func TestInboxPage(t *testing.T) {
	s := newSite(t, nil)
	if _, body := s.get(t, "/inbox"); !strings.Contains(body, "Nothing waits here") {
		t.Error("an empty inbox does not say so")
	}
	id := s.triaged(t, caseZero(), caseZeroResult)
	for path, shown := range map[string]bool{"/inbox": true, "/inbox?tier=l2": true, "/inbox?tier=l1": false, "/inbox?state=resolved": false, "/inbox?review=1": false} {
		_, body := s.get(t, path)
		if strings.Contains(body, "/tickets/"+id) != shown {
			t.Errorf("%s: shown is %v", path, !shown)
		}
	}
	if status, _ := s.get(t, "/tickets/nope"); status != 404 {
		t.Errorf("an unknown ticket: %d", status)
	}
	if status, body := s.get(t, "/inbox?state=odd"); status != 400 || !strings.Contains(body, "<h1>") {
		t.Errorf("a wrong filter: %d", status)
	}
}

// Overlapping, touching and nested evidence gives every quotation its own
// anchor and loses no byte of the text.
func TestMarksOverlap(t *testing.T) {
	s := newSite(t, nil)
	const text = "zażółć gęślą jaźń & done <all> three"
	in := store.Inbound{Source: "api", Raw: []byte("x"), RawType: "text/plain", Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Text: text}}}
	quotes := []string{"zażółć gęślą", "gęślą jaźń & done", "jaźń", "done <all> three", text}
	id := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
		var r triage.Result
		for i, q := range quotes {
			r.Brief.Claims = append(r.Brief.Claims, triage.Claim{ID: fmt.Sprint(i), State: triage.ClaimDone, Evidence: evidence(tk, 1, q)})
		}
		bad := evidence(tk, 1, "zażółć")
		bad[0].End-- // inside a letter: never marked
		bad[0].Quote = text[bad[0].Start:bad[0].End]
		r.Brief.Claims = append(r.Brief.Claims, triage.Claim{Evidence: bad})
		return r
	})
	_, body := s.get(t, "/tickets/"+id)
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	marked, anchors, whole := map[string]string{}, map[string]bool{}, ""
	for n := range doc.Descendants() {
		if v := attr(n, "id"); strings.HasPrefix(v, "q") {
			anchors[v] = true
		}
		if attr(n, "class") == "text" {
			whole = textOf(n)
		}
		if n.Data == "mark" {
			for _, q := range strings.Fields(attr(n, "data-q")) {
				marked[q] += textOf(n)
			}
		}
	}
	if whole != text {
		t.Errorf("the text reads %q", whole)
	}
	if len(anchors) != len(quotes)+0 {
		t.Errorf("anchors %v, want %d", anchors, len(quotes))
	}
	for i, q := range quotes {
		if got := marked[fmt.Sprintf("q%d", i+1)]; got != q {
			t.Errorf("q%d marks %q, want %q", i+1, got, q)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// Long threads and huge messages stay quick and small on the page; evidence
// far down is shown all the same.
func TestLargeTickets(t *testing.T) {
	s := newSite(t, nil)
	thread := store.Inbound{Source: "api", Raw: []byte("x"), RawType: "text/plain"}
	for i := range 2000 {
		thread.Messages = append(thread.Messages, triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Text: fmt.Sprintf("message %d: done the thing", i+1)})
	}
	claims := func(n int, quote string) func(*triage.Ticket) triage.Result {
		return func(tk *triage.Ticket) triage.Result {
			return triage.Result{Brief: triage.Brief{Claims: []triage.Claim{{ID: "c1", State: triage.ClaimDone, Evidence: evidence(tk, n, quote)}}}}
		}
	}
	huge := store.Inbound{Source: "api", Raw: []byte("x"), RawType: "text/plain", Messages: []triage.Message{
		{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Text: strings.Repeat("żółw <b> ", 60_000) + "I DID IT " + strings.Repeat("x", 400_000)}}}
	s.get(t, "/tickets/"+s.triaged(t, caseZero(), caseZeroResult)) // what the first page of a process prepares
	for name, tc := range map[string]struct{ id, has string }{
		"2,000 messages": {s.triaged(t, thread, claims(1000, "message 1000")), `>message 1000</mark>`},
		"1 MB":           {s.triaged(t, huge, claims(1, "I DID IT")), `>I DID IT</mark>`},
	} {
		t.Run(name, func(t *testing.T) {
			begin := spent.Time()
			_, body := s.get(t, "/tickets/"+tc.id)
			took := spent.Time() - begin
			if took > time.Second {
				t.Errorf("took %v", took)
			}
			if len(body) > 150_000 {
				t.Errorf("weighs %d bytes", len(body))
			}
			if !strings.Contains(body, tc.has) {
				t.Errorf("lacks %s", tc.has)
			}
			t.Logf("%d bytes in %v", len(body), took)
		})
	}
}

func TestEventsEndOnShutdown(t *testing.T) {
	s := newSite(t, nil)
	res, err := http.Get(s.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := s.Config.Shutdown(ctx); err != nil {
		t.Errorf("a live stream holds the server up: %v", err)
	}
}
