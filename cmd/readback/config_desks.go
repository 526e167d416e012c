package main

import (
	"maps"
	"slices"
	"time"

	"readback/channel"
	"readback/triage"
)

// deskConfig is one desk that Readback stands beside.
type deskConfig struct {
	Kind      string `koanf:"kind"`       // zendesk or chatwoot
	URL       string `koanf:"url"`        // https://shop.zendesk.com, or where Chatwoot is
	User      string `koanf:"user"`       // Zendesk: the agent whom the token is for
	Token     string `koanf:"token"`      // of its API
	Account   string `koanf:"account"`    // Chatwoot: the number of the account
	Secret    string `koanf:"secret"`     // signs its webhooks
	URLSecret string `koanf:"url_secret"` // Chatwoot before it signed: ?key= of the webhook's address
	Mode      string `koanf:"mode"`       // off, watch, note, assist, act; default watch
	Language  string `koanf:"language"`   // of notes; default en
	Internal  bool   `koanf:"internal"`   // the URL may be private, http, or on any port
	AppKey    string `koanf:"app_key"`    // Zendesk: public key of the app
	AppSecret string `koanf:"app_secret"` // Chatwoot: stands in the app's address
}

var deskSettings = []string{"kind", "app_key", "app_secret", "url_secret", "url", "user", "token", "account", "secret", "mode", "language", "internal"}

// desks are the desks of a configuration. Errors: Invalid, naming the setting.
func (c *config) desks() (*channel.Desks, error) {
	var list []channel.Desk
	for _, name := range slices.Sorted(maps.Keys(c.Desks)) {
		d := c.Desks[name]
		list = append(list, channel.Desk{Name: name, Kind: d.Kind, URL: d.URL, User: d.User, Token: d.Token, Account: d.Account, Secret: d.Secret,
			URLSecret: d.URLSecret, Mode: channel.Mode(d.Mode), Language: d.Language, Internal: d.Internal,
			AppKey: d.AppKey, AppSecret: d.AppSecret})
	}
	if len(list) > 0 && c.BaseURL == "" {
		return nil, triage.Errorf(triage.Invalid, "base_url is missing: notes on a desk say where the ticket is, such as https://readback.shop.example")
	}
	return channel.NewDesks(list, time.Now)
}
