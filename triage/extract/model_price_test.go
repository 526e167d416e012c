package extract

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/extract/fake"
)

func TestUsage(t *testing.T) {
	price := &Price{Prompt: 2, Cached: 0.5, Completion: 10}
	tokens := func(more map[string]any) map[string]any {
		out := map[string]any{"prompt_tokens": 1000, "completion_tokens": 100}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	for name, c := range map[string]struct {
		told  map[string]any
		price *Price
		want  triage.Usage
	}{
		"priced":              {tokens(nil), price, triage.Usage{PromptTokens: 1000, CompletionTokens: 100, CostUSD: 0.003}},
		"part of it cached":   {tokens(map[string]any{"prompt_tokens_details": map[string]any{"cached_tokens": 800}}), price, triage.Usage{PromptTokens: 1000, CachedTokens: 800, CompletionTokens: 100, CostUSD: 0.0018}},
		"absurdly cached":     {tokens(map[string]any{"prompt_tokens_details": map[string]any{"cached_tokens": 9000}}), price, triage.Usage{PromptTokens: 1000, CachedTokens: 1000, CompletionTokens: 100, CostUSD: 0.0015}},
		"no price":            {tokens(nil), nil, triage.Usage{PromptTokens: 1000, CompletionTokens: 100, Unpriced: true}},
		"free":                {tokens(nil), &Price{}, triage.Usage{PromptTokens: 1000, CompletionTokens: 100}},
		"no tokens told":      {nil, price, triage.Usage{Unpriced: true}},
		"none told, but free": {nil, &Price{}, triage.Usage{}},
	} {
		p, err := testModel(fake.New(t, fake.Usage(c.told)), func(o *ModelOptions) { slow(o); o.Price = c.price }).Extract(context.Background(), modelReading())
		got := p.Info.Usage
		if math.Abs(got.CostUSD-c.want.CostUSD) < 1e-12 {
			got.CostUSD = c.want.CostUSD
		}
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestModelAzure(t *testing.T) {
	s := fake.New(t)
	m := testModel(s, func(o *ModelOptions) {
		slow(o)
		o.BaseURL, o.AzureVersion, o.Model = strings.TrimSuffix(o.BaseURL, "/v1"), "2024-10-21", "desk-4.1:a"
	})
	if _, err := m.Extract(context.Background(), modelReading()); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	if r.URL.Path != "/openai/deployments/desk-4.1:a/chat/completions" || r.URL.Query().Get("api-version") != "2024-10-21" ||
		r.Header.Get("api-key") != "key-of-the-test" || r.Header.Get("Authorization") != "" {
		t.Errorf("%s, %v", r.URL, r.Header)
	}
}

// A parameter whose value is too large is not taken for one that the provider
// does not know.
func TestModelKeepsParametersOnBadValue(t *testing.T) {
	for code, want := range map[any]bool{400: false, "invalid_value": false, "unsupported_parameter": true, "unsupported_value": true, nil: true} {
		s := fake.New(t, fake.Problem(400, map[string]any{"message": "'max_tokens' is wrong", "type": "invalid_request_error", "param": "max_tokens", "code": code}))
		m := testModel(s, slow)
		if _, err := m.Extract(context.Background(), modelReading()); err == nil || m.reasoning.Load() != want {
			t.Errorf("code %v: %v, reasoning %v", code, err, m.reasoning.Load())
		}
	}
}

// The budget of a day is kept in the ledger; then only free models are called.
func TestLadderBudget(t *testing.T) {
	c := newClock()
	opt := c.options()
	opt.DailyUSD, opt.Ledger = 0.005, &memory{} // a reading costs 0.003
	paid, free := fake.New(t), fake.New(t)
	models := []*Model{testModel(paid, slow)}
	read := func(l *Ladder, name, failures string, ready bool) {
		t.Helper()
		p, err := l.Extract(context.Background(), modelReading())
		if i := p.Info; err != nil || i.Name != name || i.Degraded != (name == "offline") || strings.Join(i.Failures, " ") != failures {
			t.Errorf("%+v, %v; want %s %q", i, err, name, failures)
		}
		if got := l.Ready(context.Background()); got != ready {
			t.Errorf("ready %v, want %v", got, ready)
		}
	}
	l := NewLadder(models, foot{}, opt)
	read(l, "llm", "", true)
	read(l, "llm", "", false) // 0.006 is over
	read(l, "offline", "budget", false)
	read(NewLadder(models, foot{}, opt), "offline", "budget", false) // after a restart
	read(NewLadder(append(models, testModel(free, func(o *ModelOptions) { slow(o); o.Price = &Price{} })), foot{}, opt), "llm", "budget", true)
	if n := len(paid.Requests()); n != 2 {
		t.Errorf("%d calls were paid for", n)
	}
	c.now = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	read(l, "llm", "", true)
}

// A ledger that cannot be read spends nothing.
type brokenLedger struct{ memory }

func (*brokenLedger) Spent(context.Context, time.Time) (float64, error) {
	return 0, triage.Errorf(triage.Unavailable, "busy")
}

func TestLadderBudgetUnknown(t *testing.T) {
	opt := newClock().options()
	opt.DailyUSD, opt.Ledger, opt.Logger = 5, &brokenLedger{}, slog.New(slog.DiscardHandler)
	s := fake.New(t)
	p, err := NewLadder([]*Model{testModel(s, slow)}, foot{}, opt).Extract(context.Background(), modelReading())
	if err != nil || !p.Info.Degraded || len(s.Requests()) != 0 {
		t.Errorf("%+v, %v, %d calls", p.Info, err, len(s.Requests()))
	}
}

// Failed calls cost, too.
func TestLadderChargesFailures(t *testing.T) {
	opt := newClock().options()
	ledger := &memory{}
	opt.Ledger = ledger
	l := NewLadder([]*Model{testModel(fake.New(t, fake.Answer(`{"claims": [`)), slow)}, foot{}, opt)
	if p, err := l.Extract(context.Background(), modelReading()); err != nil || !p.Info.Degraded {
		t.Fatalf("%+v, %v", p.Info, err)
	}
	if spent, _ := ledger.Spent(context.Background(), opt.Now()); spent != 0.003 {
		t.Errorf("spent %v", spent)
	}
}

// Backfill can wait for a model: it gets an error instead of less.
func TestLadderBackfill(t *testing.T) {
	s := fake.New(t, fake.Refusal(), fake.Reader())
	l := NewLadder([]*Model{testModel(s, slow)}, foot{}, newClock().options())
	ctx := triage.Backfill(context.Background())
	if _, err := l.Extract(ctx, modelReading()); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("no model: %v", err)
	}
	if p, err := l.Extract(ctx, modelReading()); err != nil || p.Info.Name != "llm" {
		t.Errorf("a model: %+v, %v", p.Info, err)
	}
	if p, err := NewLadder(nil, foot{}, LadderOptions{}).Extract(ctx, modelReading()); err != nil || p.Info.Name != "offline" {
		t.Errorf("none configured: %+v, %v", p.Info, err)
	}
}

// A full provider is left for the next one, and for the foot in time.
func TestLadderBusy(t *testing.T) {
	s := fake.New(t)
	busy := func(o *ModelOptions) { slow(o); o.Limits.Tokens = 100 }
	l := NewLadder([]*Model{testModel(s, busy), testModel(s, func(o *ModelOptions) { slow(o); o.Model = "second" })}, foot{}, newClock().options())
	for i, want := range []string{"test-model", "second"} {
		p, err := l.Extract(context.Background(), modelReading())
		if err != nil || p.Info.Model != want || i == 1 && strings.Join(p.Info.Failures, " ") != CodeBusy {
			t.Errorf("%+v, %v; want %s", p.Info, err, want)
		}
	}
	l = NewLadder([]*Model{testModel(s, busy)}, foot{}, newClock().options())
	for _, want := range []string{"", CodeBusy} {
		p, err := l.Extract(context.Background(), modelReading())
		if err != nil || p.Info.Degraded != (want != "") || strings.Join(p.Info.Failures, " ") != want {
			t.Errorf("%+v, %v; want %q", p.Info, err, want)
		}
	}
	if n := len(s.Requests()); n != 3 {
		t.Errorf("%d calls", n)
	}
}

// After a 429 the provider is left alone by all, for as long as it asked.
func TestLadderRateLimitIsForAll(t *testing.T) {
	c := newClock()
	s := fake.New(t, fake.RateLimited("60"), fake.Reader())
	l := NewLadder([]*Model{testModel(s, slow)}, foot{}, c.options())
	read := func(failures string, calls int) {
		t.Helper()
		p, err := l.Extract(context.Background(), modelReading())
		if err != nil || strings.Join(p.Info.Failures, " ") != failures || len(s.Requests()) != calls {
			t.Errorf("%+v, %v, %d calls", p.Info, err, len(s.Requests()))
		}
	}
	read("rate_limited", 1)
	read("busy", 1)
	c.now = c.now.Add(time.Minute)
	read("", 2)
}
