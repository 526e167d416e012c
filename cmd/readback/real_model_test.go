package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"readback/triage/extract"
	"readback/triage/extract/offline"
)

// counting counts the calls of a client by the format that was asked for.
type counting struct {
	next http.RoundTripper
	mu   sync.Mutex
	by   map[string]int
}

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var in struct {
		Format struct{ Type string } `json:"response_format"`
	}
	_ = json.Unmarshal(body, &in)
	c.mu.Lock()
	c.by[cmp.Or(in.Format.Type, "plain")]++
	c.mu.Unlock()
	return c.next.RoundTrip(r)
}

// TestRealModel reads the workspace's tickets with the model that
// READBACK_TEST_LLM_URL names (READBACK_TEST_LLM_MODEL, READBACK_TEST_LLM_KEY
// where its server wants them; READBACK_TEST_LLM_TIMEOUT for one call, 2m).
// However weak the model is, nothing untrue is kept, every ticket has a route
// in its time, and what could not be read says so. Whether it is right is only
// counted.
func TestRealModel(t *testing.T) {
	url := os.Getenv("READBACK_TEST_LLM_URL")
	if url == "" {
		t.Skip("READBACK_TEST_LLM_URL names no OpenAI-compatible server; docs/privacy.md shows how to run one")
	}
	timeout := 2 * time.Minute
	if s := os.Getenv("READBACK_TEST_LLM_TIMEOUT"); s != "" {
		var err error
		if timeout, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	client := modelClient()
	calls := &counting{next: client.Transport, by: map[string]int{}}
	client.Transport = calls
	d, model := modelDesk(t, extract.ModelOptions{BaseURL: url, Model: cmp.Or(os.Getenv("READBACK_TEST_LLM_MODEL"), "test"),
		Key: os.Getenv("READBACK_TEST_LLM_KEY"), Client: client, Timeout: timeout})
	foot := offline.New(d.workspace)
	all := tickets(t, d)
	n := min(count(t, len(all), 5), len(all))
	degraded, dropped, claims, right := 0, 0, 0, 0
	failures, took := map[string]int{}, []time.Duration{}
	for i := range n {
		tick := all[i*len(all)/n] // spread over all kinds
		limit := timeout + timeout/2
		d.pipeline.Extractor = extract.NewLadder([]*extract.Model{model}, foot, extract.LadderOptions{Budget: limit, Logger: slog.New(slog.DiscardHandler)})
		began := time.Now()
		r, err := d.pipeline.Triage(context.Background(), &tick, nil)
		took = append(took, time.Since(began))
		if err != nil {
			t.Fatalf("%s: %v", tick.ID, err)
		}
		for _, b := range broken(d.workspace, &tick, &r) {
			t.Errorf("%s: %s", tick.ID, b)
		}
		if spent := took[i]; spent > limit+10*time.Second {
			t.Errorf("%s took %v", tick.ID, spent)
		}
		var want expectation
		readJSON(t, d.files, "tickets/"+tick.ID+".expect.json", &want)
		if r.Route.Action == want.Action && r.Route.Tier == want.Tier {
			right++
		}
		if r.Extractor.Degraded {
			degraded++
		} else {
			claims += len(r.Brief.Claims)
			dropped += r.Extractor.Dropped
		}
		for _, code := range r.Extractor.Failures {
			failures[code]++
		}
		t.Logf("%s: %s in %v, %v, %d claims, %d dropped, %d+%d tokens", tick.ID, r.Extractor.Name, took[i].Round(100*time.Millisecond), r.Extractor.Failures,
			len(r.Brief.Claims), r.Extractor.Dropped, r.Extractor.Usage.PromptTokens, r.Extractor.Usage.CompletionTokens)
	}
	slices.Sort(took)
	t.Logf("%d tickets, median %v, longest %v; calls %v; %d degraded, failures %v; the model's readings kept %d claims and had %d items dropped; %d routes as expected",
		n, took[n/2].Round(time.Second), took[n-1].Round(time.Second), sorted(calls.by), degraded, sorted(failures), claims, dropped, right)
}

func sorted(m map[string]int) (out []any) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k, m[k])
	}
	return out
}
