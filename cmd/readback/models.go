package main

import (
	"cmp"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/extract/offline"
)

// llmConfig names the models that read tickets, in order of preference, and
// what they may cost.
type llmConfig struct {
	providerConfig `koanf:",squash"`
	Providers      []providerConfig `koanf:"providers"`      // asked after the one above, in this order
	BudgetUSDDay   float64          `koanf:"budget_usd_day"` // USD a day (UTC); 0 = no limit
	Embeddings     embeddingConfig  `koanf:"embeddings"`
	TicketTimeout  time.Duration    `koanf:"ticket_timeout"` // all calls for one ticket, waits included; default 45s, or more with a longer timeout
}

// longestReading leaves the rest of a triage its part of the time that the
// store gives it.
const longestReading = 70 * time.Second

// ticketTimeout has room for the longest call.
func (c llmConfig) ticketTimeout() time.Duration {
	if c.TicketTimeout > 0 {
		return c.TicketTimeout
	}
	d := max(45*time.Second, c.Timeout+5*time.Second)
	for _, p := range c.Providers {
		d = max(d, p.Timeout+5*time.Second)
	}
	return min(d, longestReading)
}

// providerConfig names a model at an OpenAI-compatible server.
type providerConfig struct {
	URL          string        `koanf:"url"`           // base URL, such as http://127.0.0.1:8081/v1; "" = no model
	Model        string        `koanf:"model"`         // as the server names it
	Key          string        `koanf:"key"`           // bearer key; "" sends none
	KeyEnv       string        `koanf:"key_env"`       // name of the environment variable that holds the key instead
	AzureVersion string        `koanf:"azure_version"` // api-version of Azure's dated API; "" = the plain API
	Reasoning    bool          `koanf:"reasoning"`     // the model thinks first; OpenAI's own are known
	Timeout      time.Duration `koanf:"timeout"`       // of one call; default 20s
	// RedactPersonal keeps personal data from the model, not only secrets
	// (docs/privacy.md); a further model that does not say does as the first.
	RedactPersonal *bool `koanf:"redact_personal"`
	Calls          int   `koanf:"calls"`         // at once; default 4
	TokensMinute   int   `koanf:"tokens_minute"` // 0 = no limit
	// Prices in USD for a million tokens. None = not known; 0 = free.
	PromptPrice     *float64 `koanf:"prompt_price"`
	CompletionPrice *float64 `koanf:"completion_price"`
	CachedPrice     *float64 `koanf:"cached_price"` // of prompt tokens in the provider's cache; default prompt_price
}

// all are the providers in order. Keys are filled in from the environment.
func (c llmConfig) all(environ []string) ([]providerConfig, error) {
	list := c.Providers
	if c.URL != "" { // a model without one only names itself in batch files
		list = append([]providerConfig{c.providerConfig}, list...)
	}
	out := make([]providerConfig, len(list))
	for i, p := range list {
		where := "llm"
		if n := i + 1 - (len(list) - len(c.Providers)); n > 0 {
			where = "llm.providers " + strconv.Itoa(n)
		}
		if err := p.check(where); err != nil {
			return nil, err
		}
		var err error
		if p.Key, err = p.key(where, environ); err != nil {
			return nil, err
		}
		if c.BudgetUSDDay > 0 && p.price() == nil {
			return nil, triage.Errorf(triage.Invalid, "%s: llm.budget_usd_day needs prompt_price and completion_price of %s; use 0 for what is free", where, p.Model)
		}
		p.RedactPersonal = cmp.Or(p.RedactPersonal, c.RedactPersonal, new(bool))
		out[i] = p
	}
	return out, nil
}

func (p *providerConfig) check(where string) error {
	u, err := url.Parse(p.URL)
	negative := func(price *float64) bool { return price != nil && *price < 0 }
	switch {
	case p.URL == "":
		return triage.Errorf(triage.Invalid, "%s.url is missing; it is the base URL of an OpenAI-compatible server", where)
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return triage.Errorf(triage.Invalid, "%s.url is no http or https address", where)
	case p.Model == "":
		return triage.Errorf(triage.Invalid, "%s.model is missing; name the model as its server does", where)
	case p.Key != "" && p.KeyEnv != "":
		return triage.Errorf(triage.Invalid, "%s: set key or key_env, not both", where)
	case p.Timeout < 0 || p.Calls < 0 || p.TokensMinute < 0 || negative(p.PromptPrice) || negative(p.CompletionPrice) || negative(p.CachedPrice):
		return triage.Errorf(triage.Invalid, "%s: a limit or price is below zero", where)
	case (p.PromptPrice == nil) != (p.CompletionPrice == nil) || p.CachedPrice != nil && p.PromptPrice == nil:
		return triage.Errorf(triage.Invalid, "%s: a price needs both prompt_price and completion_price", where)
	}
	return nil
}

// key is the key itself, also when only its variable is named.
func (p *providerConfig) key(where string, environ []string) (string, error) {
	if p.KeyEnv == "" {
		return p.Key, nil
	}
	key, ok := getenv(environ, p.KeyEnv)
	if !ok {
		return "", triage.Errorf(triage.Invalid, "%s: key_env names %s, which is not set in the environment", where, p.KeyEnv)
	}
	return key, nil
}

// price is nil when it is not known.
func (p *providerConfig) price() *extract.Price {
	if p.PromptPrice == nil || p.CompletionPrice == nil {
		return nil
	}
	return &extract.Price{Prompt: *p.PromptPrice, Completion: *p.CompletionPrice, Cached: *cmp.Or(p.CachedPrice, p.PromptPrice)}
}

// embeddingConfig names the model by which procedures are searched beside their
// words. What it leaves out of url, key, azure_version and redact_personal is
// that of llm; a key goes to no other address than the one it stands beside.
type embeddingConfig struct {
	Model          string        `koanf:"model"` // "" = words alone
	URL            string        `koanf:"url"`
	Key            string        `koanf:"key"`
	KeyEnv         string        `koanf:"key_env"`
	AzureVersion   string        `koanf:"azure_version"`
	Timeout        time.Duration `koanf:"timeout"` // what a ticket waits for it at most; default 2s
	RedactPersonal *bool         `koanf:"redact_personal"`
	Price          *float64      `koanf:"price"`          // USD for a million tokens; none = not known, 0 = free
	QueryPrefix    string        `koanf:"query_prefix"`   // before a ticket's text, for models trained with one ("query: ")
	PassagePrefix  string        `koanf:"passage_prefix"` // before a procedure's text ("passage: ")
}

// longestNearest keeps the search in the time of a triage.
const longestNearest = 10 * time.Second

// embeddings is the configuration with what it leaves out. Its Model is "" when
// there is none.
func (c llmConfig) embeddings(environ []string) (embeddingConfig, error) {
	e := c.Embeddings
	if e.Model == "" {
		if e != (embeddingConfig{}) {
			return e, triage.Errorf(triage.Invalid, "llm.embeddings.model is missing; name the embedding model as its server does")
		}
		return e, nil
	}
	if e.URL == "" {
		e.URL, e.AzureVersion = c.URL, cmp.Or(e.AzureVersion, c.AzureVersion)
		if e.Key == "" && e.KeyEnv == "" {
			e.Key, e.KeyEnv = c.Key, c.KeyEnv
		}
	}
	e.RedactPersonal = cmp.Or(e.RedactPersonal, c.RedactPersonal, new(bool))
	if e.Timeout < 0 || e.Timeout > longestNearest {
		return e, triage.Errorf(triage.Invalid, "llm.embeddings.timeout is not between 0 and %s", longestNearest)
	}
	if c.BudgetUSDDay > 0 && e.Price == nil {
		return e, triage.Errorf(triage.Invalid, "llm.budget_usd_day needs llm.embeddings.price; use 0 for what is free")
	}
	as := providerConfig{URL: e.URL, Model: e.Model, Key: e.Key, KeyEnv: e.KeyEnv, PromptPrice: e.Price, CompletionPrice: e.Price}
	if err := as.check("llm.embeddings"); err != nil {
		return e, err
	}
	var err error
	e.Key, err = as.key("llm.embeddings", environ)
	return e, err
}

// embedder searches with the configured embedding model; nil = there is none.
func (p *program) embedder(c config, ledger extract.Ledger, log *slog.Logger) (*extract.Embedder, error) {
	e, err := c.LLM.embeddings(p.env)
	if err != nil || e.Model == "" || p.offline {
		return nil, err
	}
	var price *extract.Price
	if e.Price != nil {
		price = &extract.Price{Prompt: *e.Price, Cached: *e.Price}
	}
	return extract.NewEmbedder(extract.EmbedderOptions{BaseURL: e.URL, Model: e.Model, Key: e.Key, AzureVersion: e.AzureVersion, Client: modelClient(),
		Timeout: e.Timeout, RedactPersonal: *e.RedactPersonal, QueryPrefix: e.QueryPrefix, PassagePrefix: e.PassagePrefix, Price: price,
		DailyUSD: c.LLM.BudgetUSDDay, Ledger: ledger, Logger: log}), nil
}

func getenv(environ []string, name string) (string, bool) {
	for _, e := range environ {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value, value != ""
		}
	}
	return "", false
}

// ladder reads with the configured models, then with the offline extractor.
// What they cost is kept in ledger; nil = in memory.
func (p *program) ladder(c config, w *knowledge.Workspace, ledger extract.Ledger, log *slog.Logger) (*extract.Ladder, error) {
	providers, err := c.LLM.all(p.env)
	if err != nil {
		return nil, err
	}
	var models []*extract.Model
	for _, m := range providers {
		if p.offline {
			break
		}
		models = append(models, extract.NewModel(extract.ModelOptions{BaseURL: m.URL, Model: m.Model, Key: m.Key, AzureVersion: m.AzureVersion,
			Client: modelClient(), Reasoning: m.Reasoning, RedactPersonal: *m.RedactPersonal, Timeout: m.Timeout, Price: m.price(),
			Limits: extract.Limits{Calls: m.Calls, Tokens: m.TokensMinute}}))
	}
	return extract.NewLadder(models, offline.New(w), extract.LadderOptions{Budget: c.LLM.ticketTimeout(),
		DailyUSD: c.LLM.BudgetUSDDay, Ledger: ledger, Logger: log}), nil
}
