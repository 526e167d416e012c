package main

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"readback/channel"
	"readback/channel/mailbox"
	"readback/triage"
)

// mailConfig is one connection that brings mail; docs/channels.md has the
// steps for each provider.
type mailConfig struct {
	Provider  string   `koanf:"provider"`     // raw, sendgrid, mailgun, postmark or imap; default the connection's name
	Secret    string   `koanf:"secret"`       // password of the hook, Mailgun's signing key, or the mailbox's password; of a hook several, by spaces
	PublicKey string   `koanf:"public_key"`   // SendGrid: verifies its signature
	Addresses []string `koanf:"addresses"`    // the desk's own, such as support@shop.example
	Trusted   string   `koanf:"trusted_host"` // whose Authentication-Results header counts; default none
	Host      string   `koanf:"host"`         // IMAP: server, with its port unless that is 993 (143 with tls starttls)
	User      string   `koanf:"user"`         // IMAP
	Folder    string   `koanf:"folder"`       // IMAP; default INBOX
	TLS       string   `koanf:"tls"`          // IMAP: implicit (default), starttls, or none on this machine only
	Start     string   `koanf:"start"`        // IMAP: now (default) reads what comes from the first start on, all the whole folder
}

// mailSettings are the keys of mailConfig; one that ends in another stands first.
var mailSettings = []string{"provider", "secret", "public_key", "addresses", "trusted_host", "host", "user", "folder", "tls", "start"}

// mails are the connections of a configuration, by name. Errors: Invalid,
// naming the setting and what it takes.
func (c *config) mails() (hooks []channel.MailSource, boxes []mailbox.Options, err error) {
	for _, name := range slices.Sorted(maps.Keys(c.Mail)) {
		m := c.Mail[name]
		fail := func(format string, args ...any) error {
			return triage.Errorf(triage.Invalid, "mail.%s.%s", name, fmt.Sprintf(format, args...))
		}
		if m.Provider == "" {
			m.Provider = name
		}
		src := channel.MailSource{Name: name, Provider: m.Provider, Secrets: strings.Fields(m.Secret), Trusted: m.Trusted}
		for _, list := range m.Addresses {
			src.Own = append(src.Own, strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })...)
		}
		switch {
		case !slices.Contains(channel.Providers, m.Provider):
			return nil, nil, fail("provider is %q; use %s", m.Provider, strings.Join(channel.Providers, ", "))
		case m.PublicKey != "" && m.Provider != channel.ProviderSendGrid:
			return nil, nil, fail("public_key is only for sendgrid")
		case m.PublicKey != "":
			if src.Key, err = channel.ParseSendGridKey(m.PublicKey); err != nil {
				return nil, nil, fail("public_key cannot be used: %s", triage.MessageOf(err))
			}
		case m.Secret == "":
			return nil, nil, fail("secret is missing; without one anybody could send tickets")
		}
		if m.Provider != channel.ProviderIMAP {
			hooks = append(hooks, src)
			continue
		}
		box, err := m.mailbox(src)
		if err != nil {
			return nil, nil, fail("%s", triage.MessageOf(err))
		}
		boxes = append(boxes, box)
	}
	return hooks, boxes, nil
}

// mailbox are the settings of a mailbox that is read by IMAP.
func (m *mailConfig) mailbox(src channel.MailSource) (mailbox.Options, error) {
	o := mailbox.Options{Source: src, User: m.User, Password: m.Secret, Folder: m.Folder, TLS: mailbox.TLS(m.TLS), All: m.Start == "all"}
	port := "993"
	switch o.TLS {
	case "":
		o.TLS = mailbox.TLSImplicit
	case mailbox.TLSImplicit:
	case mailbox.TLSStart, mailbox.TLSNone:
		port = "143"
	default:
		return o, triage.Errorf(triage.Invalid, "tls is %q; use implicit, starttls or none", m.TLS)
	}
	if m.Host == "" || m.User == "" {
		return o, triage.Errorf(triage.Invalid, "host or user is missing; an imap connection needs both")
	}
	if m.Start != "" && m.Start != "now" && m.Start != "all" {
		return o, triage.Errorf(triage.Invalid, "start is %q; use now or all", m.Start)
	}
	o.Addr = m.Host
	if _, _, err := net.SplitHostPort(m.Host); err != nil {
		o.Addr = net.JoinHostPort(m.Host, port)
	}
	host, _, _ := net.SplitHostPort(o.Addr) //nolint:errcheck // it was made so, or is
	if ip := net.ParseIP(host); o.TLS == mailbox.TLSNone && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return o, triage.Errorf(triage.Invalid, "tls is none and the server is not on this machine; its password would be read by anybody on the way")
	}
	return o, nil
}
