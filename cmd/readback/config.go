package main

import (
	"errors"
	"io/fs"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"readback/triage"
	"readback/web"
)

// config is what readback.yaml and READBACK_... may set. Environment wins
// over the file: READBACK_LLM_URL is llm.url.
type config struct {
	Addr      string            `koanf:"addr"`           // listen address; default 127.0.0.1:8080
	Data      string            `koanf:"data"`           // folder of the database; default data
	Desk      string            `koanf:"workspace"`      // folder of the workspace; default the built-in example
	Retention int               `koanf:"retention_days"` // days after which the words of resolved tickets are erased; 0 = never
	Resolver  string            `koanf:"resolver"`       // DNS server host:port; default from the system
	BaseURL   string            `koanf:"base_url"`       // where people reach the desk; "" = not said
	Proxies   string            `koanf:"proxies"`        // addresses and networks, with commas; see proxies
	Chat      map[string]string `koanf:"chat"`           // secret (whsec_...) by chat source
	Widget    map[string]struct {
		Origins []string `koanf:"origins"` // scheme://host[:port] of the sites that may show it
		Secret  string   `koanf:"secret"`  // at least 32 characters
		Mode    string   `koanf:"mode"`    // watch, note, assist, act; default assist
	} `koanf:"widget"` // chat widgets by name
	Mail map[string]mailConfig `koanf:"mail"` // connections that bring mail, by name
	API  struct {
		Token string `koanf:"token"` // bearer token of the JSON API; "" switches it off
	} `koanf:"api"`
	OIDC struct {
		Issuer string `koanf:"issuer"`        // "" = nobody signs in elsewhere
		ID     string `koanf:"client_id"`     //
		Secret string `koanf:"client_secret"` // "" = a public client
		Name   string `koanf:"name"`          // on the button; default the issuer's host
	} `koanf:"oidc"`
	Desks    map[string]deskConfig    `koanf:"desks"`    // desks that Readback stands beside, by name
	Webhooks map[string]webhookConfig `koanf:"webhooks"` // endpoints that are told what happens, by name
	SMTP     smtpConfig               `koanf:"smtp"`     // the server that takes the desk's mail
	LLM      llmConfig                `koanf:"llm"`
	Shadow   shadowConfig             `koanf:"shadow"` // a candidate that reads beside the desk
}

const (
	envPrefix  = "READBACK_"
	testPrefix = envPrefix + "TEST_" // read by tests only
)

// settings are the keys of config; any name may stand below chat and the sections in named.
var settings = []string{"addr", "data", "workspace", "retention_days", "resolver", "base_url", "proxies", "api.token", "oidc.issuer", "oidc.client_id", "oidc.client_secret", "oidc.name", "smtp.url", "smtp.from", "smtp.secret",
	"llm.url", "llm.model", "llm.key", "llm.key_env", "llm.azure_version", "llm.reasoning", "llm.timeout", "llm.redact_personal", "llm.calls", "llm.tokens_minute",
	"llm.prompt_price", "llm.completion_price", "llm.cached_price",
	"llm.embeddings.model", "llm.embeddings.url", "llm.embeddings.key", "llm.embeddings.key_env", "llm.embeddings.azure_version", "llm.embeddings.timeout",
	"llm.embeddings.redact_personal", "llm.embeddings.price", "llm.embeddings.query_prefix", "llm.embeddings.passage_prefix",
	"llm.providers", "llm.budget_usd_day", "llm.ticket_timeout",
	"shadow.share", "shadow.prompt", "shadow.model", "shadow.policy", "shadow.knowledge", "shadow.budget_usd_day"}

func known(key string) bool {
	return slices.Contains(settings, key) || strings.HasPrefix(key, "chat.") || knownNamed(key)
}

// sections are the keys of config that hold others, the longest first; each
// underscore in one is a dot.
var sections = []string{"llm_embeddings_", "llm_", "chat_", "api_", "smtp_", "oidc_", "shadow_"}

// loadConfig reads the file at path, or readback.yaml in the working folder
// when path is "" and there is one, then the environment. Errors are Invalid.
func loadConfig(path string, environ []string) (config, error) {
	c := config{Addr: "127.0.0.1:8080", Data: "data"}
	k := koanf.New(".")
	name := path
	if name == "" {
		name = "readback.yaml"
	}
	if err := k.Load(file.Provider(name), yaml.Parser()); err != nil && (path != "" || !errors.Is(err, fs.ErrNotExist)) {
		return c, triage.Errorf(triage.Invalid, "%s cannot be read: %w", name, err)
	}
	err := k.Load(env.Provider(".", env.Opt{Prefix: envPrefix, EnvironFunc: func() []string { return environ },
		TransformFunc: func(key, value string) (string, any) {
			if strings.HasPrefix(key, testPrefix) {
				return "", nil
			}
			key = strings.ToLower(strings.TrimPrefix(key, envPrefix))
			if name, ok := namedKey(key); ok {
				return name, value
			}
			for _, s := range sections {
				if rest, ok := strings.CutPrefix(key, s); ok {
					return strings.ReplaceAll(s, "_", ".") + rest, value
				}
			}
			return key, value
		}}), nil)
	if err != nil {
		return c, triage.Errorf(triage.Invalid, "the environment cannot be read: %w", err)
	}
	keys := k.Keys()
	for _, provider := range k.Slices("llm.providers") {
		for _, key := range provider.Keys() {
			keys = append(keys, "llm."+key) // as those of the one model
		}
	}
	for _, key := range keys {
		if !known(key) {
			return c, triage.Errorf(triage.Invalid, "there is no setting %s; readback serve --help lists them", key)
		}
	}
	if err := k.Unmarshal("", &c); err != nil {
		return c, triage.Errorf(triage.Invalid, "the configuration does not fit: %w", err)
	}
	if c.Retention < 0 {
		return c, triage.Errorf(triage.Invalid, "retention_days is %d; use 0 to keep everything", c.Retention)
	}
	if c.BaseURL = strings.TrimSuffix(c.BaseURL, "/"); c.BaseURL != "" {
		if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
			return c, triage.Errorf(triage.Invalid, "base_url is %q; use an address without a path, such as https://desk.example", c.BaseURL)
		}
	}
	if _, err := c.proxies(); err != nil {
		return c, err
	}
	if o := c.OIDC; o.Issuer != "" && (o.ID == "" || c.BaseURL == "") {
		return c, triage.Errorf(triage.Invalid, "oidc.issuer needs oidc.client_id, and base_url, where the issuer sends people back to")
	}
	if _, err := c.outgoing(); err != nil {
		return c, err
	}
	if c.LLM.BudgetUSDDay < 0 || c.LLM.TicketTimeout < 0 || c.LLM.TicketTimeout > longestReading {
		return c, triage.Errorf(triage.Invalid, "llm.budget_usd_day is below zero, or llm.ticket_timeout is not between 0 and %s", longestReading)
	}
	if _, err := c.LLM.all(environ); err != nil {
		return c, err
	}
	if err := c.Shadow.check(); err != nil {
		return c, err
	}
	if _, _, err := c.mails(); err != nil {
		return c, err
	}
	_, err = c.LLM.embeddings(environ)
	return c, err
}

// proxies are the networks whose X-Forwarded-For is believed.
func (c *config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range strings.FieldsFunc(c.Proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := netip.ParsePrefix(text)
		if addr, aerr := netip.ParseAddr(text); aerr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil || prefix.Bits() == 0 {
			return nil, triage.Errorf(triage.Invalid, "proxies: %q is no address or network of a proxy, such as 10.0.0.7 or 10.0.0.0/8", text)
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

// oidc is where else people sign in; nil for nowhere.
func (c *config) oidc() *web.OIDC {
	if c.OIDC.Issuer == "" {
		return nil
	}
	return &web.OIDC{Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ID, ClientSecret: c.OIDC.Secret, Name: c.OIDC.Name, Client: modelClient()}
}
