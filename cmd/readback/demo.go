package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"readback/channel"
	"readback/examples"
	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/web"
)

// What the demo accepts; it listens on loopback and keeps nothing.
const (
	demoToken   = "demo"
	demoSource  = "demo"
	storyTicket = "case-zero"
	demoSecret  = "whsec_cmVhZGJhY2stZGVtby1zZWNyZXQtMDAx"
)

func (p *program) demoCommand() *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the example desk with its tickets and lab network",
		Long: `Run the example desk with its tickets and lab network.

Data, and a copy of the example workspace that can be edited at /knowledge, live in a
temporary folder and are deleted at the end (Ctrl-C). Checks look at the
workspace's lab network on loopback. Prints "ready http://ADDR" when it answers.`,
		Example: "  readback demo --addr 127.0.0.1:9000",
		Args:    cobra.NoArgs,
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "listen address")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.demo(c.Context(), addr) }
	return c
}

func (p *program) demo(ctx context.Context, addr string) error {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "readback-demo-")
	if err != nil {
		return triage.Errorf(triage.Internal, "no temporary folder can be made: %w", err)
	}
	defer os.RemoveAll(folder)
	cfg.Addr, cfg.Data, cfg.API.Token = addr, folder, demoToken
	cfg.Chat = map[string]string{demoSource: demoSecret}
	cfg.Webhooks, cfg.SMTP = nil, smtpConfig{} // the demo tells nobody anything
	p.lab = true
	example := p.workspace == "" && cfg.Desk == "" // its past is made up too
	if example {                                   // a copy, so that procedures can be edited
		p.workspace = filepath.Join(folder, "workspace")
		if err := os.CopyFS(p.workspace, examples.Sendline()); err != nil {
			return triage.Errorf(triage.Internal, "the example workspace cannot be copied: %w", err)
		}
	}
	started := seed
	if example {
		started = func(ctx context.Context, d *desk, s *store.Store) error {
			if err := s.Plant(ctx, history(d.workspace, time.Now())); err != nil {
				return err
			}
			return seed(ctx, d, s)
		}
	}
	return p.serve(ctx, cfg, serveOptions{demo: true, started: started, ready: func(url string) {
		fmt.Fprintf(p.stdout, "ready %s\n", url)
		fmt.Fprintf(p.stderr, `
The inbox:     %[1]s
The widget:    %[1]s/widget-demo
A message in:  curl -sS %[1]s/api/v1/tickets -H 'Authorization: Bearer %[2]s' -H 'Content-Type: application/json' \
                 -d '{"channel":"chat","customer":{"account_id":"acc-1005"},"messages":[{"text":"Please enable HTTPS for link.fennel.example. The CNAME is set and our CDN serves the certificate."}]}'
Chat hook:     POST %[1]s/hooks/chat/%[3]s, secret %[4]s
Ctrl-C ends it; nothing is kept.
`, url, demoToken, demoSource, demoSecret)
	}})
}

// demoWidget is the chat widget of the demo's page of another site: the same
// machine by its other name.
func demoWidget(addr net.Addr) web.Widget {
	w := web.Widget{Secret: rand.Text() + rand.Text()}
	_, port, _ := net.SplitHostPort(addr.String())
	for _, host := range []string{"localhost", "127.0.0.1"} {
		w.Origins = append(w.Origins, "http://"+net.JoinHostPort(host, port))
	}
	return w
}

// seedPeople puts the people of the workspace's people.yaml into the store.
func seedPeople(ctx context.Context, d *desk, s *store.Store) error {
	data, err := fs.ReadFile(d.files, "people.yaml")
	if errors.Is(err, fs.ErrNotExist) { // a desk of one's own, shown by the demo
		data = []byte("people: [{name: Demo admin, email: admin@desk.example, role: admin}, {name: Demo lead, email: lead@desk.example, role: lead}, {name: Demo agent, email: agent@desk.example, role: agent}]")
	} else if err != nil {
		return triage.Errorf(triage.Internal, "people.yaml cannot be read: %w", err)
	}
	var file struct {
		People []struct {
			Name, Email      string
			Role             people.Role
			Tiers, Languages []string
		}
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return triage.Errorf(triage.Invalid, "people.yaml: %s", err)
	}
	for _, p := range file.People {
		for _, tier := range p.Tiers {
			if d.workspace.Tier(tier) == nil {
				return triage.Errorf(triage.Invalid, "people.yaml: %s is in the tier %q, which the workspace does not have", p.Email, tier)
			}
		}
		u := people.User{Name: p.Name, Email: p.Email, Role: p.Role, Tiers: p.Tiers, Languages: p.Languages}
		if _, err := s.AddUser(ctx, store.Actor{ID: "demo"}, u, ""); err != nil {
			return err
		}
	}
	return nil
}

// seed puts the workspace's people and tickets into the store, as if the
// tickets had just come.
func seed(ctx context.Context, d *desk, s *store.Store) error {
	if err := seedPeople(ctx, d, s); err != nil {
		return err
	}
	names, err := fs.Glob(d.files, "tickets/*.json")
	if err != nil {
		return triage.Errorf(triage.Internal, "the tickets cannot be listed: %w", err)
	}
	// The story that the README tells comes last, and so stands first in the inbox.
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(strings.Count(a, storyTicket), strings.Count(b, storyTicket))
	})
	for _, name := range names {
		if strings.HasSuffix(name, ".expect.json") {
			continue
		}
		raw, err := fs.ReadFile(d.files, name)
		if err != nil {
			return triage.Errorf(triage.Internal, "%s cannot be read: %w", name, err)
		}
		in, err := channel.Parse(raw)
		if err != nil {
			return triage.Errorf(triage.Invalid, "%s: %w", name, err)
		}
		_, err = s.Receive(ctx, store.Inbound{Source: "example", TicketKey: name, Subject: in.Subject,
			Customer: in.Customer, Messages: in.Messages, Raw: raw, RawType: "application/json"})
		if err != nil {
			return err
		}
	}
	return nil
}
