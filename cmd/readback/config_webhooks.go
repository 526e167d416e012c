package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"readback/channel"
	"readback/triage"
)

// webhookConfig is one endpoint that is told what happens to tickets.
type webhookConfig struct {
	URL      string `koanf:"url"`
	Secret   string `koanf:"secret"`   // whsec_...; signs what is sent
	Events   string `koanf:"events"`   // types, with commas; "" = all
	Internal bool   `koanf:"internal"` // the URL may be private, http, or on any port
}

var webhookSettings = []string{"url", "secret", "events", "internal"}

// webhooks are the endpoints of a configuration. Errors: Invalid, naming the
// setting.
func (c *config) webhooks() (*channel.Webhooks, error) {
	var endpoints []channel.Endpoint
	for _, name := range slices.Sorted(maps.Keys(c.Webhooks)) {
		w := c.Webhooks[name]
		e := channel.Endpoint{Name: name, URL: w.URL, Internal: w.Internal,
			Types: strings.FieldsFunc(w.Events, func(r rune) bool { return r == ',' || r == ' ' })}
		if w.Secret != "" {
			var err error
			if e.Key, err = channel.ParseKey(w.Secret); err != nil {
				return nil, triage.Errorf(triage.Invalid, "webhooks.%s.secret cannot be used: %s", name, triage.MessageOf(err))
			}
		}
		endpoints = append(endpoints, e)
	}
	return channel.NewWebhooks(endpoints, time.Now)
}
