package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"readback/triage/extract/fake"
)

// TestLaterMessages drives the whole service: a second message is read with
// what is known of the first, and the whole ticket again when somebody asks.
func TestLaterMessages(t *testing.T) {
	model := fake.New(t)
	c := start(t, []string{"READBACK_LLM_URL=" + model.URL, "READBACK_LLM_MODEL=test"}, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir())
	type view struct {
		Ticket struct {
			LastSeq    int64 `json:"last_seq"`
			TriagedSeq int64 `json:"triaged_seq"`
		}
		Brief struct {
			Claims []struct {
				ID       string
				Evidence []struct{ Message int }
			}
		}
		Extractor struct{ Name string }
	}
	var made struct{ Ticket string }
	if status := c.api(t, "/api/v1/tickets", []byte(`{"messages":[{"text":"We switched click tracking on.\nPlease switch HTTPS on for its links."}]}`), &made); status != 201 {
		t.Fatalf("created: %d", status)
	}
	at := "/api/v1/tickets/" + made.Ticket
	read := func(seq int64) (v view) {
		t.Helper()
		for began := time.Now(); ; {
			v = view{} // arrays of the last answer would stay
			if c.api(t, at, nil, &v); v.Ticket.TriagedSeq == seq {
				return v
			}
			if time.Since(began) > 30*time.Second {
				t.Fatalf("not triaged up to %d: %+v\n%s", seq, v, c.stderr)
			}
		}
	}
	first := read(1)
	if first.Extractor.Name != "llm" || len(first.Brief.Claims) != 1 {
		t.Fatalf("first reading: %+v", first)
	}
	if status := c.api(t, at+"/messages", []byte(`{"messages":[{"text":"The CNAME is in place now."}]}`), nil); status != 201 {
		t.Fatalf("appended: %d", status)
	}
	second := read(2)
	if len(second.Brief.Claims) != 2 || second.Brief.Claims[0].ID != first.Brief.Claims[0].ID || second.Brief.Claims[0].Evidence[0].Message != 1 ||
		second.Brief.Claims[1].Evidence[0].Message != 2 {
		t.Errorf("second reading: %+v", second)
	}
	if status := c.api(t, at+"/retriage", []byte{}, nil); status != 202 {
		t.Fatalf("retriage: %d", status)
	}
	read(2)
	var known []string
	for _, r := range model.Requests() {
		known = append(known, fmt.Sprint(strings.Contains(r.Last(), "Known already"), strings.Contains(r.Last(), "Please switch HTTPS on")))
	}
	if got := strings.Join(known, ", "); got != "false true, true false, false true" {
		t.Errorf("what each request knew and sent again: %s", got)
	}
}
