package main

import (
	"context"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"

	"readback/channel"
	"readback/store"
	"readback/triage"
	"readback/web"
)

// outgoing is what leaves the desk: webhooks, what goes to other desks, and
// mail when a server for it is configured.
type outgoing struct {
	hooks *channel.Webhooks
	desks *channel.Desks
	mail  *channel.MailOut // nil: answers are stored, and mailed to nobody
	smtp  *channel.SMTP
}

// outgoing reads what of a configuration is about going out. Errors: Invalid,
// naming the setting.
func (c *config) outgoing() (o outgoing, err error) {
	if o.hooks, err = c.webhooks(); err != nil {
		return o, err
	}
	if o.desks, err = c.desks(); err != nil || c.SMTP == (smtpConfig{}) {
		return o, err
	}
	o.mail, o.smtp, err = c.SMTP.open()
	return o, err
}

// follows says what goes out when something happens.
func (o *outgoing) follows(h store.Happening) []store.Delivery {
	return append(o.hooks.Outgoing(h), o.desks.Outgoing(h)...)
}

// answer says how an answer reaches the customer: by the desk that the ticket
// came from, else as mail.
func (o *outgoing) answer(t *triage.Ticket, files []triage.Attachment) ([]store.Delivery, error) {
	if out, ok := o.desks.Answer(t, files); ok || o.mail == nil {
		return out, nil
	}
	return o.mail.Answer(t, files)
}

// work says what of it the store does.
func (o *outgoing) work(s *store.Store, w *store.WorkOptions) {
	w.Answer, w.Tell, w.Senders = o.answer, o.desks.Automatic, o.desks.Senders()
	w.Senders[channel.DeliverWebhook] = o.hooks.Sender()
	if o.mail == nil {
		return
	}
	o.smtp.Seen = func(ctx context.Context, d store.Delivery) (bool, error) {
		seen, err := s.LastSeen(ctx, d.TicketID)
		return seen.After(d.CreatedAt), err
	}
	w.Senders[store.DeliverMail] = o.smtp.Sender()
}

// ways lists them for the page of connections.
func (o *outgoing) ways() []web.Way {
	var out []web.Way
	if o.smtp != nil {
		out = append(out, web.Way{Kind: store.DeliverMail, Test: o.smtp.Test})
	}
	for _, name := range o.hooks.Names() {
		out = append(out, web.Way{Kind: channel.DeliverWebhook, Name: name, Test: func(ctx context.Context) error { return o.hooks.Test(ctx, name) }})
	}
	return out
}

// smtpConfig is the server that takes the desk's mail.
type smtpConfig struct {
	URL    string `koanf:"url"`    // smtps:// or smtp://user:password@host
	From   string `koanf:"from"`   // Sendline Support <support@sendline.example>
	Secret string `koanf:"secret"` // signs reply addresses; 16 bytes or more
}

func (c *smtpConfig) open() (*channel.MailOut, *channel.SMTP, error) {
	server, err := channel.ParseSMTP(c.URL)
	if err != nil {
		return nil, nil, err
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "smtp.from is %q; use a name and an address, such as Sendline Support <support@sendline.example>", c.From)
	}
	if len(c.Secret) < 16 {
		return nil, nil, triage.Errorf(triage.Invalid, "smtp.secret signs the addresses that answers come back to; make one with: openssl rand -hex 16")
	}
	local, domain, _ := strings.Cut(from.Address, "@")
	return &channel.MailOut{From: *from, Replies: channel.ReplyAddresses{Local: local, Domain: domain, Key: []byte(c.Secret)}, Clock: time.Now}, server, nil
}

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
