package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readback/channel"
	"readback/store"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/extract/fake"
	"readback/triage/extract/offline"
)

func configFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "readback.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestModelSettings(t *testing.T) {
	const list = `
llm:
  url: https://api.example/v1
  model: large
  timeout: 30s
  budget_usd_day: 2.5
  prompt_price: 2
  completion_price: 8
  cached_price: 0.5
  providers:
    - {url: "https://azure.example", model: desk, key_env: AZURE_KEY, azure_version: "2024-10-21", prompt_price: 1, completion_price: 4, calls: 2, tokens_minute: 60000}
    - {url: "http://127.0.0.1:8080/v1", model: local, prompt_price: 0, completion_price: 0, reasoning: true}
`
	c, err := loadConfig(configFile(t, list), []string{"READBACK_LLM_KEY=one", "AZURE_KEY=two", "READBACK_LLM_TICKET_TIMEOUT=1m"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.LLM.all([]string{"AZURE_KEY=two"})
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if a, b, local := got[0], got[1], got[2]; a.Model != "large" || a.Key != "one" || a.Timeout != 30*time.Second || *a.price() != (extract.Price{Prompt: 2, Cached: 0.5, Completion: 8}) ||
		b.Key != "two" || b.AzureVersion != "2024-10-21" || b.Calls != 2 || b.TokensMinute != 60000 || *b.price() != (extract.Price{Prompt: 1, Cached: 1, Completion: 4}) ||
		local.Key != "" || !local.Reasoning || *local.price() != (extract.Price{}) {
		t.Errorf("%+v", got)
	}
	if a, b, d := (llmConfig{}), (llmConfig{Providers: []providerConfig{{Timeout: time.Minute}}}), (llmConfig{providerConfig: providerConfig{Timeout: time.Hour}}); a.ticketTimeout() != 45*time.Second ||
		b.ticketTimeout() != 65*time.Second || d.ticketTimeout() != longestReading {
		t.Errorf("time for a ticket: %v, %v, %v", a.ticketTimeout(), b.ticketTimeout(), d.ticketTimeout())
	}
	if c.LLM.BudgetUSDDay != 2.5 || c.LLM.TicketTimeout != time.Minute {
		t.Errorf("%+v", c.LLM)
	}
	// The simple form, all in the environment.
	c, err = loadConfig(configFile(t, ""), []string{"READBACK_LLM_URL=http://127.0.0.1:1/v1", "READBACK_LLM_MODEL=m", "READBACK_LLM_PROMPT_PRICE=0.5", "READBACK_LLM_COMPLETION_PRICE=1"})
	if got, _ := c.LLM.all(nil); err != nil || len(got) != 1 || got[0].Model != "m" || got[0].price().Prompt != 0.5 {
		t.Errorf("%+v, %v", got, err)
	}
	// What is kept from the first model is kept from all that do not say otherwise.
	c, err = loadConfig(configFile(t, "llm: {providers: [{url: 'http://127.0.0.1:1/v1', model: b}, {url: 'http://127.0.0.1:1/v1', model: c, redact_personal: false}]}"),
		[]string{"READBACK_LLM_URL=http://127.0.0.1:1/v1", "READBACK_LLM_MODEL=a", "READBACK_LLM_REDACT_PERSONAL=true"})
	if got, _ := c.LLM.all(nil); err != nil || len(got) != 3 || !*got[0].RedactPersonal || !*got[1].RedactPersonal || *got[2].RedactPersonal {
		t.Errorf("%+v, %v", got, err)
	}
	// Only the list.
	c, err = loadConfig(configFile(t, "llm: {providers: [{url: 'http://127.0.0.1:1/v1', model: a}, {url: 'http://127.0.0.1:1/v1', model: b}]}"), nil)
	if got, _ := c.LLM.all(nil); err != nil || len(got) != 2 || got[0].Model != "a" || got[0].price() != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestModelSettingsRefused(t *testing.T) {
	const u = "url: 'http://127.0.0.1:1/v1', model: a"
	for text, want := range map[string]string{
		"llm: {providers: [{" + u + ", tokne: x}]}":                                                         "llm.tokne",
		"llm: {providers: [{model: a}]}":                                                                    "llm.providers 1.url",
		"llm: {" + u + ", providers: [{" + u + "}, {url: 'http://127.0.0.1'}]}":                             "llm.providers 2.model",
		"llm: {url: 'ftp://x', model: a}":                                                                   "llm.url",
		"llm: {" + u + ", key: a, key_env: B}":                                                              "key_env",
		"llm: {" + u + ", key_env: NOT_SET_ANYWHERE}":                                                       "NOT_SET_ANYWHERE",
		"llm: {" + u + ", calls: -1}":                                                                       "below zero",
		"llm: {" + u + ", calls: many}":                                                                     "does not fit",
		"llm: {" + u + ", prompt_price: 1}":                                                                 "completion_price",
		"llm: {" + u + ", budget_usd_day: 1}":                                                               "prompt_price",
		"llm: {" + u + ", budget_usd_day: -1}":                                                              "budget_usd_day",
		"llm: {" + u + ", ticket_timeout: 10m}":                                                             "ticket_timeout",
		"llm: {budget_usd: 1}":                                                                              "llm.budget_usd",
		"llm: {embeddings: {model: e}}":                                                                     "llm.embeddings.url",
		"llm: {" + u + ", embeddings: {price: 1}}":                                                          "llm.embeddings.model",
		"llm: {" + u + ", embeddings: {model: e, timeout: 11s}}":                                            "llm.embeddings.timeout",
		"llm: {" + u + ", embeddings: {model: e, price: -1}}":                                               "below zero",
		"llm: {" + u + ", embeddings: {model: e, key_env: NOT_SET}}":                                        "NOT_SET",
		"llm: {" + u + ", embeddings: {model: e, colour: red}}":                                             "llm.embeddings.colour",
		"llm: {" + u + ", prompt_price: 0, completion_price: 0, budget_usd_day: 1, embeddings: {model: e}}": "llm.embeddings.price",
		"llm: {providers: {url: 'http://127.0.0.1', model: a}}":                                             "llm.providers.",
	} {
		_, err := loadConfig(configFile(t, text), nil)
		if triage.CodeOf(err) != triage.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to name %s", text, err, want)
		}
	}
}

// A key goes to the address that it stands beside and to no other.
func TestEmbeddingSettings(t *testing.T) {
	const own = "llm: {url: 'http://127.0.0.1:1/v1', model: a, key: chat, redact_personal: true, embeddings: "
	for text, want := range map[string]embeddingConfig{
		own + "{model: e, price: 0.02}}":                                {Model: "e", URL: "http://127.0.0.1:1/v1", Key: "chat"},
		own + "{model: e, url: 'http://127.0.0.1:2/v1'}}":               {Model: "e", URL: "http://127.0.0.1:2/v1"},
		own + "{model: e, url: 'http://127.0.0.1:2/v1', key_env: EMB}}": {Model: "e", URL: "http://127.0.0.1:2/v1", Key: "two"},
		"llm: {embeddings: {model: e, url: 'http://127.0.0.1:2/v1'}}":   {Model: "e", URL: "http://127.0.0.1:2/v1"},
	} {
		env := []string{"EMB=two", "READBACK_LLM_EMBEDDINGS_TIMEOUT=3s"}
		c, err := loadConfig(configFile(t, text), env)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := c.LLM.embeddings(env)
		if err != nil || got.Model != want.Model || got.URL != want.URL || got.Key != want.Key || got.Timeout != 3*time.Second ||
			*got.RedactPersonal != strings.Contains(text, "redact") {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// An embedding model takes part in the search; without it the ticket has the
// same route and a note. No failure of it is a failure of the triage.
func TestTriageWithEmbeddings(t *testing.T) {
	server := fake.NewEmbeddings(t)
	view := func() (v triage.View) {
		t.Helper()
		file := configFile(t, "llm: {embeddings: {model: letters, url: '"+server.URL+"'}}")
		code, out, errs := runProgram(t, nil, "", "triage", "--config", file, "--json", "--lab", caseZeroFile)
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
			t.Fatalf("exit %d, %v: %s", code, err, errs)
		}
		return v
	}
	noted := func(v triage.View) bool {
		return slices.ContainsFunc(v.Route.Reasons, func(r triage.Reason) bool { return r.Code == "route.words_only" })
	}
	if v := view(); v.Retrieval == nil || v.Retrieval.Model != "letters" || v.Retrieval.Failure != "" || noted(v) || v.Route.Tier != "l2" {
		t.Errorf("with it: %+v, %+v", v.Retrieval, v.Route)
	}
	server.Script(func(w http.ResponseWriter, _ *http.Request, _ []string, _ <-chan struct{}) {
		w.WriteHeader(http.StatusBadGateway)
	})
	if v := view(); v.Retrieval.Failure != extract.CodeWarming || !noted(v) || v.Route.Tier != "l2" || v.Extractor.Degraded {
		t.Errorf("without it: %+v, %+v", v.Retrieval, v.Route)
	}
}

// The help lists what can be set.
func TestServeHelpListsSettings(t *testing.T) {
	_, out, _ := runProgram(t, nil, "", "serve", "--help")
	for _, name := range settings {
		if !strings.Contains(out, "  "+name) && !strings.Contains(out, ", "+name) {
			t.Errorf("%s is not listed", name)
		}
	}
}

// The second provider reads what the first cannot; both are told.
func TestProvidersInOrder(t *testing.T) {
	first, second := fake.New(t, fake.Status(401, "bad key", "")), fake.New(t)
	file := configFile(t, "llm: {providers: [{url: '"+first.URL+"', model: first}, {url: '"+second.URL+"', model: second, key_env: SECOND_KEY, prompt_price: 2, completion_price: 10}]}")
	code, out, errs := runProgram(t, []string{"SECOND_KEY=from-the-environment"}, "", "triage", "--config", file, "--json", "--lab", caseZeroFile)
	var v triage.View
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, errs)
	}
	if x := v.Extractor; x.Model != "second" || x.Degraded || strings.Join(x.Failures, " ") != "unauthorized" || x.Usage.CostUSD != 0.003 || x.Usage.Unpriced {
		t.Errorf("%+v", x)
	}
	_, out, _ = runProgram(t, []string{"SECOND_KEY=from-the-environment"}, "", "triage", "--config", file, "--lab", caseZeroFile)
	if !strings.Contains(out, "Read by llm second (1100 tokens, $0.0030)") {
		t.Errorf("the cost is not told:\n%s", out)
	}
	if got := second.Requests()[0].Header.Get("Authorization"); got != "Bearer from-the-environment" {
		t.Errorf("Authorization %q", got)
	}
}

// deskClock is a clock that waiting moves.
type deskClock struct{ us atomic.Int64 }

func (c *deskClock) Now() time.Time { return time.UnixMicro(c.us.Load()).UTC() }
func (c *deskClock) Wait(ctx context.Context, d time.Duration) error {
	c.us.Add(d.Microseconds())
	return ctx.Err()
}

// TestModelComesBack: while the model is down case zero is read offline and
// marked so; when it is back it is read again by the model, at a cost that is
// kept; and past the budget of the day the next ticket is read offline.
func TestModelComesBack(t *testing.T) {
	server := fake.New(t, fake.Status(503, "down", ""))
	p := &program{stderr: &logged{}, lab: true}
	cfg := config{Addr: "127.0.0.1:0", Data: t.TempDir()}
	log := slog.New(slog.DiscardHandler)
	d, err := p.openDesk(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(cfg.Data, "readback.db"), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	clock := &deskClock{}
	clock.us.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixMicro())
	model := extract.NewModel(extract.ModelOptions{BaseURL: server.URL, Model: "test", Price: &extract.Price{Prompt: 2, Cached: 2, Completion: 10}})
	ladder := extract.NewLadder([]*extract.Model{model}, offline.New(d.workspace),
		extract.LadderOptions{Now: clock.Now, Wait: clock.Wait, DailyUSD: 0.003, Ledger: s, Logger: log})
	d.pipeline.Extractor = ladder
	events, stopWatch := s.Watch()
	defer stopWatch()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Work(ctx, store.WorkOptions{Triage: d.pipeline.Triage, ModelReady: ladder.Ready, ChatWait: -1, Sweep: 20 * time.Millisecond})
	}()
	triaged := func() *triage.Result {
		t.Helper()
		timeout := time.After(20 * time.Second)
		for {
			select {
			case e := <-events:
				if e.Kind == store.EventTriaged {
					r, err := s.Result(t.Context(), e.TicketID)
					if err != nil {
						t.Fatal(err)
					}
					return r
				}
			case <-timeout:
				t.Fatal("no triage")
			}
		}
	}
	receive := func(key string) {
		t.Helper()
		data, err := os.ReadFile(caseZeroFile)
		if err != nil {
			t.Fatal(err)
		}
		in, err := channel.ParseInput(data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Receive(t.Context(), store.Inbound{Source: "test", TicketKey: key, Subject: in.Subject, Customer: in.Customer,
			Messages: in.Messages, Raw: data, RawType: "application/json"}); err != nil {
			t.Fatal(err)
		}
	}
	receive("a")
	if r := triaged(); r.Extractor.Name != "offline" || !r.Extractor.Degraded || r.Route.Tier != "l2" {
		t.Errorf("while it is down: %+v, %+v", r.Extractor, r.Route)
	}
	server.Script(fake.Reader())
	clock.us.Add(time.Minute.Microseconds()) // the breaker lets one try
	again := triaged()
	if i := again.Extractor; i.Name != "llm" || i.Degraded || again.Version != 2 || i.Usage.CostUSD != 0.003 || i.Usage.Unpriced {
		t.Errorf("when it is back: version %d, %+v", again.Version, again.Extractor)
	}
	receive("b")
	if r := triaged(); r.Extractor.Name != "offline" || !r.Extractor.Degraded || strings.Join(r.Extractor.Failures, " ") != "budget" {
		t.Errorf("over the budget: %+v", r.Extractor)
	} else if data, err := json.Marshal(r.Route.Reasons); err != nil || !strings.Contains(string(data), "route.over_budget") {
		t.Errorf("not told: %s, %v", data, err)
	}
	clock.us.Add((12 * time.Hour).Microseconds()) // the next day
	if r := triaged(); r.Extractor.Name != "llm" || r.Version != 2 {
		t.Errorf("the next day: version %d, %+v", r.Version, r.Extractor)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
