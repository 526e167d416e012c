package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/examples"
	"readback/store"
	"readback/triage"
	"readback/triage/extract/fake"
)

// candidatePolicy is the example's, where the first line may switch links on.
func candidatePolicy(t *testing.T) string {
	t.Helper()
	policy, err := examples.Sendline().Open("workspace.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer policy.Close()
	data, err := io.ReadAll(policy)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, t.TempDir(), "candidate.yaml", strings.Replace(string(data), "    hours: Mon-Sun 06:00-22:00 UTC", "    capabilities: [link-branding.https]\n    hours: Mon-Sun 06:00-22:00 UTC", 1))
}

// What a candidate may be, and what keeps a desk from starting.
func TestShadowConfig(t *testing.T) {
	for setting, want := range map[string]string{
		"READBACK_SHADOW_SHARE=2":           "shadow.share is 2",
		"READBACK_SHADOW_SHARE=-0.1":        "shadow.share is -0.1",
		"READBACK_SHADOW_POLICY=x.yaml":     "shadow.share is missing",
		"READBACK_SHADOW_BUDGET_USD_DAY=-1": "shadow.budget_usd_day",
		"READBACK_SHADOW_COLOUR=red":        "no setting",
	} {
		if _, err := loadConfig("", []string{setting}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	model := []string{"READBACK_LLM_URL=http://127.0.0.1:1/v1", "READBACK_LLM_MODEL=m", "READBACK_SHADOW_SHARE=1", "READBACK_SHADOW_PROMPT=v1"}
	for want, env := range map[string][]string{
		"no model is configured":      {"READBACK_SHADOW_SHARE=1", "READBACK_SHADOW_PROMPT=v1"},
		`there is no prompt "v9"`:     {"READBACK_SHADOW_SHARE=1", "READBACK_SHADOW_PROMPT=v9"},
		"needs shadow.budget_usd_day": model,
		"needs prompt_price":          append(model[:len(model):len(model)], "READBACK_SHADOW_BUDGET_USD_DAY=1"),
		"the policy cannot be read":   {"READBACK_SHADOW_SHARE=1", "READBACK_SHADOW_POLICY=none.yaml"},
		"the knowledge none is not":   {"READBACK_SHADOW_SHARE=1", "READBACK_SHADOW_KNOWLEDGE=none"},
	} {
		p := &program{env: env}
		c, err := loadConfig("", env)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.newShadow(c, examples.Sendline(), func() string { return "" }, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", env, err, want)
		}
	}
}

// A share of the tickets is always the same tickets, about as many as it says.
func TestShadowShare(t *testing.T) {
	s := &shadow{config: shadowConfig{Share: 0.25}}
	n := 0
	for i := range 4000 {
		id := "tkt_" + time.Duration(i*7919).String()
		first := s.chosen(id)
		if first {
			n++
		}
		if again := s.chosen(id); again != first {
			t.Fatal("once so, once so")
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 4000", n)
	}
	s.config.Share = 1
	if !s.chosen("tkt_any") {
		t.Error("all is not all")
	}
}

// A desk that is ahead of its candidate does not wait for it.
func TestShadowHoldsNothingUp(t *testing.T) {
	s := &shadow{config: shadowConfig{Share: 1}, queue: make(chan shadowed, 2), log: slog.New(slog.DiscardHandler)}
	for range 5 {
		s.take(&triage.Ticket{ID: "tkt_a"}, nil, &triage.Result{}) // would hang
	}
	if s.missed.Load() != 3 {
		t.Errorf("%d were missed", s.missed.Load())
	}
}

// A desk with a candidate: the ticket is triaged as ever, the candidate's codes
// stand beside it, and what its model costs is no cost of the desk's.
func TestShadowReads(t *testing.T) {
	model := fake.New(t)
	env := []string{"READBACK_LLM_URL=" + model.URL, "READBACK_LLM_MODEL=test", "READBACK_LLM_PROMPT_PRICE=1", "READBACK_LLM_COMPLETION_PRICE=2"}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "readback.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	env = append(env, "READBACK_SHADOW_SHARE=1", "READBACK_SHADOW_POLICY="+candidatePolicy(t), "READBACK_SHADOW_PROMPT=v1", "READBACK_SHADOW_BUDGET_USD_DAY=5")
	p := &program{env: env, stderr: os.Stderr, lab: true}
	cfg, err := loadConfig("", env)
	if err != nil {
		t.Fatal(err)
	}
	desk := *p
	desk.offline = true // the desk itself reads by rules
	d, err := desk.openDesk(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	sh, err := p.newShadow(cfg, d.files, func() string { return d.workspace.Hash }, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Receive(ctx, store.Inbound{Source: "test", TicketKey: "a", Customer: triage.Customer{AccountID: "acc-1001"},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Text: "Please switch HTTPS on for our tracking links. Click tracking is on, the CNAMEs point at you and our CDN serves the certificates."}}})
	if err != nil {
		t.Fatal(err)
	}
	tk, err := s.Ticket(ctx, got.TicketID)
	if err != nil {
		t.Fatal(err)
	}
	live, err := d.pipeline.Triage(ctx, &tk, nil)
	if err != nil {
		t.Fatal(err)
	}
	cand, err := sh.make()
	if err != nil {
		t.Fatal(err)
	}
	sh.read(ctx, cand, &shadowed{tk, nil, live})
	all, err := s.Shadows(ctx, time.Time{}, 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	x := all[0]
	if x.TicketID != tk.ID || x.Unread != "" || x.Live.Tier != "l2" || x.Subject.Reader != "llm" || !strings.HasPrefix(x.Subject.Prompt, "v1 ") || x.CostUSD <= 0 || x.Shadow.Action == "" {
		t.Errorf("%+v", x)
	}
	if after, err := s.Ticket(ctx, tk.ID); err != nil || after.Version != 0 || !after.UpdatedAt.Equal(tk.UpdatedAt) {
		t.Errorf("the ticket has changed: %+v, %v", after, err)
	}
	own, err := s.Spent(ctx, time.Now())
	others, oerr := store.ShadowLedger{Store: s}.Spent(ctx, time.Now())
	if err != nil || oerr != nil || own != 0 || others <= 0 {
		t.Errorf("the desk spent %v, candidates %v; %v, %v", own, others, err, oerr)
	}
}
