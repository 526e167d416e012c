package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"readback/examples"
	"readback/knowledge"
)

// A newer workspace is on the next page; a fault in one is told on every page
// and at /healthz until it is mended; live streams end, to connect again.
func TestReload(t *testing.T) {
	s := newSite(t, nil)
	get := func(path string) string {
		t.Helper()
		res, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, res.StatusCode, err)
		}
		return string(body)
	}
	stream, err := http.Get(s.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	newer, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	newer.Name, newer.Hash = "Newer line", "abc"
	index, err := knowledge.NewIndex(newer)
	if err != nil {
		t.Fatal(err)
	}
	s.web.Reload(newer, index)
	if _, err := io.ReadAll(stream.Body); err != nil {
		t.Errorf("the stream: %v", err)
	}
	if page := get("/inbox"); !strings.Contains(page, "Newer line") {
		t.Error("the page shows the old workspace")
	}
	s.web.Stale("the workspace cannot be loaded: procedures/a.md:3:1: unknown field \"<script>\"\nmore")
	page := get("/inbox")
	if !strings.Contains(page, "procedures/a.md:3:1: unknown field &#34;&lt;script&gt;&#34;") || strings.Contains(page, "<script>\"") {
		t.Error("the page does not tell of the fault, or tells it as HTML")
	}
	var health struct {
		Status, Workspace string
		Fault             string `json:"workspace_fault"`
	}
	if err := json.Unmarshal([]byte(get("/healthz")), &health); err != nil || health.Status != "ok" || health.Workspace != "abc" || !strings.Contains(health.Fault, "a.md:3:1") {
		t.Errorf("%v %+v", err, health)
	}
	s.web.Reload(newer, index)
	if strings.Contains(get("/inbox"), "a.md:3:1") || strings.Contains(get("/healthz"), "fault") {
		t.Error("the fault is told after it was mended")
	}
	var wg sync.WaitGroup // requests and reloads at once: for the race detector
	for range 4 {
		wg.Go(func() { get("/inbox"); get("/help?q=https") })
		wg.Go(func() { s.web.Reload(newer, index) })
	}
	wg.Wait()
}
