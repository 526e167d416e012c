package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSend(t *testing.T) {
	c := start(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir())
	file := filepath.Join(t.TempDir(), "message.json")
	if err := os.WriteFile(file, []byte(`{"conversation_id":"c","message_id":"m","text":"The API answers 503."}`), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"text":"no ids"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	at := []string{"send", "--url", c.url, "--source", "site", "--secret", testSecret}
	for _, tc := range []struct {
		name       string
		args       []string
		exit       int
		out, error string
	}{
		{"a sample", at, exitDone, "202 stored", ""},
		{"its words", append(at, "--text", "The API answers 503", "--json"), exitDone, `"status":202`, ""},
		{"a file", append(at, file), exitDone, "202 stored", ""},
		{"a file again", append(at, "--json", file), exitDone, `"duplicate":true`, ""},
		{"a load", append(at, "--rate", "100", "--for", "200ms", "--json"), exitDone, `"stored":20`, ""},
		{"a file that is no message", append(at, bad), exitUnusable, "", "conversation_id"},
		{"file and words", append(at, "--text", "x", file), exitUnusable, "", "not both"},
		{"another secret", []string{"send", "--url", c.url, "--secret", "whsec_AAAA"}, exitUnusable, "", "status 401"},
		{"no secret", []string{"send", "--url", c.url}, exitUnusable, "", "--secret"},
		{"no address", []string{"send", "--url", "desk", "--secret", testSecret}, exitUnusable, "", "--url"},
		{"a rate of many", append(at, "--rate", "99999"), exitUnusable, "", "--rate"},
		{"nobody there", []string{"send", "--url", "http://127.0.0.1:1", "--secret", testSecret}, exitFailed, "", "is the desk running"},
	} {
		var out, stderr bytes.Buffer
		if exit := run(t.Context(), tc.args, nil, strings.NewReader(""), &out, &stderr); exit != tc.exit {
			t.Errorf("%s: exit %d, want %d: %s", tc.name, exit, tc.exit, stderr.String())
		}
		if !strings.Contains(out.String(), tc.out) || !strings.Contains(stderr.String(), tc.error) {
			t.Errorf("%s: %s %s", tc.name, out.String(), stderr.String())
		}
		if strings.Contains(strings.Join(tc.args, " "), "--json") && !json.Valid(out.Bytes()) {
			t.Errorf("%s: no JSON: %s", tc.name, out.String())
		}
	}
}

func TestLatencyOf(t *testing.T) {
	var ms []float64
	for i := range 100 {
		ms = append(ms, float64(100-i))
	}
	if got := latencyOf(ms); got != (latency{P50: 51, P95: 96, P99: 100, Max: 100}) || latencyOf(nil) != (latency{}) {
		t.Errorf("%+v", got)
	}
}
