package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/examples"
	"readback/store"
	"readback/triage"
	"readback/triage/eval"
	"readback/triage/eval/replay"
	"readback/triage/extract/fake"
)

// fillPast makes a data folder with past tickets of the example desk, triaged on
// its lab network message by message, a minute between two of them. more are
// copies of each.
func fillPast(t testing.TB, more int, pattern string) (data string) {
	t.Helper()
	p := &program{env: nil, stderr: new(bytes.Buffer), lab: true, offline: true}
	d, err := p.openDesk(context.Background(), config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	data = t.TempDir()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(data, "readback.db"), Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	names, err := fs.Glob(examples.Sendline(), pattern)
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	for i := range len(names) * (more + 1) {
		name := names[i%len(names)]
		raw, err := fs.ReadFile(examples.Sendline(), name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".expect.json") {
			continue
		}
		in, err := channel.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		id := ""
		for j := range in.Messages {
			now = now.Add(time.Minute)
			got, err := s.Receive(context.Background(), store.Inbound{Source: "example", TicketKey: fmt.Sprint(name, i), TicketID: id,
				Subject: in.Subject, Customer: in.Customer, Messages: in.Messages[j : j+1], Raw: raw, RawType: "application/json"})
			if err != nil {
				t.Fatal(err)
			}
			id = got.TicketID
		}
		tk, err := s.Ticket(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.pipeline.Triage(context.Background(), &tk, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.TakeLease(context.Background(), id, "test", time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveResult(context.Background(), &tk, &r, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A replay by command: the same twice to the byte, another policy shows what it
// changes, and nothing is written.
func TestReplayCommand(t *testing.T) {
	data, dir := fillPast(t, 0, "tickets/case-zero*.json"), t.TempDir()
	database := filepath.Join(data, "readback.db")
	before, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	one := []string{"replay", "--data", data, "--json"}
	code, first, stderr := runProgram(t, nil, "", one...)
	_, second, _ := runProgram(t, nil, "", one...)
	var r replay.Report
	if err := json.Unmarshal([]byte(first), &r); code != 0 || err != nil || first != second {
		t.Fatalf("exit %d, %v, the same twice: %v\n%s", code, err, first == second, stderr)
	}
	if r.Tickets < 2 || r.Readings <= r.Tickets || r.Placed.Count != r.Tickets || r.Changed.Count != 0 {
		t.Errorf("%+v", r)
	}
	saved := write(t, dir, "now.json", first)

	policy, err := fs.ReadFile(examples.Sendline(), "workspace.yaml")
	if err != nil {
		t.Fatal(err)
	}
	given := bytes.Replace(policy, []byte("    hours: Mon-Sun 06:00-22:00 UTC"), []byte("    capabilities: [link-branding.https]\n    hours: Mon-Sun 06:00-22:00 UTC"), 1)
	candidate := write(t, dir, "candidate.yaml", string(given))
	page := filepath.Join(dir, "page.html")
	code, out, stderr := runProgram(t, nil, "", "replay", "--data", data, "--policy", candidate, "--against", saved, "--json", "--html", page, "--name", "l1 switches")
	var c replay.Comparison
	if err := json.Unmarshal([]byte(out), &c); code != 0 || err != nil || len(c.Rows) == 0 || c.Rows[0].B.Now.Tier != "l1" || c.Rows[0].A.Now.Tier != "l2" || c.B.Subject.Name != "l1 switches" {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, stderr)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("<s>Assign: Engineering support")) {
		t.Errorf("%v %.300s", err, html)
	}
	_, text, _ := runProgram(t, nil, "", "replay", "--data", data, "--policy", candidate, "--lang", "pl")
	if !strings.Contains(text, "Zmienione: ") || !strings.Contains(text, "    - Przydziel: Engineering support") {
		t.Error(text)
	}
	if after, err := os.ReadFile(database); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database has changed: %v", err)
	}

	typo := write(t, dir, "typo.yaml", strings.Replace(string(policy), "tiers:", "tierz:", 1))
	broken := filepath.Join(dir, "desk")
	if err := os.MkdirAll(filepath.Join(broken, "procedures"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, broken, "procedures/a.md", "---\ntitle: A\nsteps: 3\n---\n")
	old := write(t, dir, "old.json", `{"rows": 1}`)
	for says, args := range map[string][]string{
		typo + `:6:1: unknown field "tierz"`:                             {"--policy", typo},
		"none.yaml":                                                      {"--policy", filepath.Join(dir, "none.yaml")},
		filepath.Join(broken, "procedures/a.md") + ":3:8":                {"--knowledge", broken},
		"has no procedures/*.md":                                         {"--knowledge", dir},
		"is not a folder":                                                {"--knowledge", filepath.Join(dir, "none")},
		`there is no prompt "v99"; there are v1`:                         {"--prompt", "v99"},
		"no model is configured":                                         {"--prompt", "v1"},
		"--offline asks no model":                                        {"--prompt", "v1", "--offline"},
		"--record keeps the answers of a model":                          {"--record", filepath.Join(dir, "x")},
		"--since 2026-11-03 is after --until 2026-11-02":                 {"--since", "2026-11-03", "--until", "2026-11-02"},
		`--since is "soon"`:                                              {"--since", "soon"},
		"there is no ticket to replay since 2026-12-01; 0 were left out": {"--since", "2026-12-01"},
		"--limit is -1":                                                  {"--limit", "-1"},
		"old.json: it is no replay":                                      {"--against", old},
		"There is no database":                                           {"--data", dir},
	} {
		expect(t, 2, says, append([]string{"replay", "--data", data}, args...)...)
	}
}

// The command's store cannot be written to, whoever tries.
func TestReplayReadsOnly(t *testing.T) {
	data := fill(t)
	s, err := store.OpenReadOnly(t.Context(), filepath.Join(data, "readback.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var id string
	count, err := s.Past(t.Context(), store.PastOptions{Whole: true}, func(p eval.Past, _ store.PastCount) error {
		id = p.Ticket.ID
		return nil
	})
	if err != nil || count.Of != 2 {
		t.Fatalf("%+v, %v", count, err)
	}
	if err := s.SetState(t.Context(), id, triage.StateResolved); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("a state was set: %v", err)
	}
	if err := s.Charge(t.Context(), time.Now(), "m", triage.Usage{PromptTokens: 1}); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("something was charged: %v", err)
	}
}

// A model reads only after it was said what it gets; its answers are kept, and
// read again they make the same without it.
func TestReplayWithModel(t *testing.T) {
	data, dir := fillPast(t, 0, "tickets/case-zero.json"), t.TempDir()
	model := fake.New(t)
	env := []string{"READBACK_LLM_URL=" + model.URL, "READBACK_LLM_MODEL=test", "READBACK_LLM_PROMPT_PRICE=1", "READBACK_LLM_COMPLETION_PRICE=2"}
	args := []string{"replay", "--data", data, "--prompt", "v1", "--json"}
	code, _, stderr := runProgram(t, env, "", args...)
	if code != 2 || len(model.Requests()) != 0 || !strings.Contains(stderr, "The model test at 127.0.0.1:") || !strings.Contains(stderr, "about 1 ticket,") || !strings.Contains(stderr, "about $0.0") {
		t.Fatalf("exit %d, %d requests, %s", code, len(model.Requests()), stderr)
	}
	answers := filepath.Join(dir, "answers.jsonl")
	code, asked, stderr := runProgram(t, env, "", append(args, "--yes", "--record", answers)...)
	n := len(model.Requests())
	var r, again replay.Report
	if err := json.Unmarshal([]byte(asked), &r); code != 0 || err != nil || n == 0 || r.Subject.Reader != "llm" || !strings.HasPrefix(r.Subject.Prompt, "v1 ") || r.Usage.PromptTokens == 0 || r.Unread != 0 {
		t.Fatalf("exit %d, %v, %d requests, %s%s", code, err, n, asked, stderr)
	}
	code, recorded, stderr := runProgram(t, env, "", append(args, "--answers", answers)...)
	if err := json.Unmarshal([]byte(recorded), &again); code != 0 || err != nil || len(model.Requests()) != n || again.Subject.Reader != "recorded" || again.Unread != 0 {
		t.Fatalf("exit %d, %v, %s", code, err, stderr)
	}
	if c := replay.Compare(&r, &again); c.Both != 1 || len(c.Rows) != 0 || again.Usage.CostUSD != r.Usage.CostUSD {
		t.Errorf("%+v", c)
	}
	// Another prompt has no recorded answers: nothing is made up instead.
	code, other, _ := runProgram(t, env, "", "replay", "--data", data, "--prompt", "v2", "--json", "--answers", answers)
	if err := json.Unmarshal([]byte(other), &again); code != 0 || err != nil || again.Unread != 1 || again.Rows[0].Unread != "no_answer" {
		t.Errorf("exit %d, %v, %s", code, err, other)
	}
}

// BenchmarkReplay replays a thousand tickets offline, those of the example desk.
func BenchmarkReplay(b *testing.B) {
	data := fillPast(b, 13, "tickets/*.json")
	p := &program{}
	cand, err := p.candidate(examples.Sendline(), candidateConfig{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.OpenReadOnly(b.Context(), filepath.Join(data, "readback.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		past := &pastTickets{ctx: b.Context(), store: s, period: replay.Period{Limit: 1000}, titles: map[string]string{}}
		r, err := replay.Run(b.Context(), replay.Options{Triage: cand.triage, Workers: 2}, past.source)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Tickets), "tickets")
		b.ReportMetric(float64(r.Readings), "readings")
	}
}
