package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"readback/channel"
	"readback/channel/mailbox"
	"readback/store"
	"readback/triage"
	"readback/web"
)

// serveHelp lists every setting; docs/models.md says more of those of models.
const serveHelp = `Run the desk: hooks, API, inbox and triage.

Settings come from readback.yaml and from the environment, which wins:

  addr       READBACK_ADDR        listen address (127.0.0.1:8080)
  data       READBACK_DATA        folder of the database (data)
  workspace  READBACK_WORKSPACE   folder of the workspace; --workspace wins
  retention_days  READBACK_RETENTION_DAYS   days after which the words of resolved tickets
                                  are erased (0 = never)
  resolver   READBACK_RESOLVER    recursive DNS server, IP:port (the system's)
  chat.NAME  READBACK_CHAT_NAME   secret of the chat source NAME, whsec_...
  webhooks.NAME.url  READBACK_WEBHOOKS_NAME_URL   told what happens to tickets; .secret (whsec_...)
                                  signs, .events names some of ticket.triaged routed rerouted replied
                                  resolved reopened (all), .internal allows a private address
  desks.NAME.kind    READBACK_DESKS_NAME_KIND     a desk that Readback stands beside: zendesk or chatwoot;
                                  .url, .token, .secret (of its webhooks), .user (zendesk), .account
                                  (chatwoot), .mode off, watch, note, assist or act (watch), .language
                                  of notes (en), .internal allows a private address, .url_secret for
                                  a Chatwoot that does not sign, .app_key (zendesk) or .app_secret
                                  (chatwoot) opens the panel there; docs/channels.md
  widget.NAME.origins  READBACK_WIDGET_NAME_ORIGINS   sites that may show the chat widget NAME,
                                  such as https://www.example.com, separated by commas
  widget.NAME.secret   READBACK_WIDGET_NAME_SECRET    signs its visitors' tokens; 32 characters or more
  widget.NAME.mode     READBACK_WIDGET_NAME_MODE      watch or note: no readback to visitors (assist)
  smtp.url, smtp.from, smtp.secret  READBACK_SMTP_URL ...   the mail server that takes answers
                                  (smtps://user:password@host), the desk's address, and what
                                  signs the addresses that answers come back to
  mail.NAME.SETTING  READBACK_MAIL_NAME_SETTING   a connection that brings mail, see below
  base_url   READBACK_BASE_URL    where people reach the desk, such as https://desk.example;
                                  with https cookies are for TLS only
  proxies    READBACK_PROXIES     addresses or networks (10.0.0.0/8), with commas, of proxies in
                                  front, whose X-Forwarded-For is believed (none)
  oidc.issuer, oidc.client_id, oidc.client_secret, oidc.name   READBACK_OIDC_...
                                  OpenID Connect issuer where invited people can sign in, the
                                  desk's client there, and the name on the button (docs/people.md)
  api.token  READBACK_API_TOKEN   token of the JSON API with every scope; an admin makes more,
                                  with less, on the page "API tokens"
  llm.url    READBACK_LLM_URL     base URL of an OpenAI-compatible server; without one the
                                  offline extractor reads
  llm.model  READBACK_LLM_MODEL   the model's name there
  llm.key    READBACK_LLM_KEY     its key

A connection that brings mail (docs/channels.md has the steps for each provider); its hook is
/hooks/email/NAME:

  provider      raw, sendgrid, mailgun, postmark or imap (NAME)
  secret        password of the hook, Mailgun's signing key, or the mailbox's password
  public_key    verifies SendGrid's signature
  addresses     the desk's own, by commas: mail from them is never answered
  trusted_host  the server whose Authentication-Results header counts (none)
  host, user, folder, tls, start   of a mailbox

More about that model; the environment has them too, as READBACK_LLM_...:

  llm.key_env            name of the environment variable that holds the key instead
  llm.azure_version      api-version of Azure's dated API; llm.model is the deployment
  llm.redact_personal    keep names, mailboxes and numbers of people from the model, not
                         only secrets (false; docs/privacy.md)
  llm.reasoning          the model thinks first (no temperature, longer answers)
  llm.timeout            of one call (20s)
  llm.calls              at once (4)
  llm.tokens_minute      prompts and answers together (no limit)
  llm.prompt_price, llm.completion_price, llm.cached_price
                         USD per million tokens; 0 = free, none = not known

About all models:

  llm.ticket_timeout     all calls for one ticket, retries and waits included (45s)
  llm.budget_usd_day     USD a day (UTC); then the offline extractor reads (no limit)
  llm.embeddings.model   finds procedures by meaning beside the words (words alone)
  llm.embeddings.url, llm.embeddings.key, llm.embeddings.key_env, llm.embeddings.azure_version
                         where it is (as llm); a key goes only to the url beside it
  llm.embeddings.timeout what a ticket waits for it (2s)
  llm.embeddings.price   USD per million tokens
  llm.embeddings.redact_personal  as above (as llm)
  llm.embeddings.query_prefix, llm.embeddings.passage_prefix
                         what its makers put before questions and texts ("query: ")
  llm.providers          a list of further models with the same settings, such as url,
                         in the file only; each is asked when those before it cannot read

A candidate that reads a share of the tickets beside the desk, in shadow: it sends nothing,
changes nothing and is shown at /replay (docs/replay.md):

  shadow.share           of tickets, such as 0.1 (none)
  shadow.prompt, shadow.model, shadow.policy, shadow.knowledge
                         what it does otherwise, as the flags of readback replay
  shadow.budget_usd_day  USD a day (UTC) for its model, apart from llm.budget_usd_day

A desk without users prints the address of a page that makes the first one, who invites the
others. readback user does the same without a browser. docs/people.md tells of roles.`

func (p *program) serveCommand() *cobra.Command {
	var addr, data string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the desk: hooks, API, inbox and triage",
		Long:  serveHelp,
		Example: `  READBACK_CHAT_SITE=whsec_bXktc2VjcmV0LXNlY3JldA== readback serve --workspace ./desk
  readback serve --addr 127.0.0.1:9000 --data /var/lib/readback`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&addr, "addr", "", "listen address (default 127.0.0.1:8080)")
	c.Flags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := loadConfig(p.config, p.env)
		if err != nil {
			return err
		}
		if addr != "" {
			cfg.Addr = addr
		}
		if data != "" {
			cfg.Data = data
		}
		return p.serve(c.Context(), cfg, serveOptions{})
	}
	return c
}

// serveOptions are what the demo does otherwise.
type serveOptions struct {
	demo    bool
	started func(ctx context.Context, d *desk, s *store.Store) error // after the store is open, before the server answers
	ready   func(url string)                                         // when it answers
}

// widgets are the configured chat widgets, and the demo's own at the address
// where it listens.
func (c *config) widgets(demo bool, at net.Addr) map[string]web.Widget {
	out := map[string]web.Widget{}
	for name, w := range c.Widget {
		out[name] = web.Widget{Origins: w.Origins, Secret: w.Secret, Mode: w.Mode}
	}
	if demo {
		out[web.DemoWidget] = demoWidget(at)
	}
	return out
}

// shutdownTime is what requests and triages under way get when the server ends.
const shutdownTime = 4 * time.Second

// serve runs store, triage and web until ctx ends.
func (p *program) serve(ctx context.Context, cfg config, o serveOptions) error {
	log := p.logger(slog.LevelInfo)
	d, err := p.openDesk(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer d.close()
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return triage.Errorf(triage.Invalid, "the data folder %s cannot be made: %w", cfg.Data, err)
	}
	out, err := cfg.outgoing()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(cfg.Data, "readback.db"), Logger: log, Outgoing: out.follows})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := p.useStore(d, s, cfg, log); err != nil {
		return err
	}
	if o.started != nil {
		if err := o.started(ctx, d, s); err != nil {
			return err
		}
	}
	proxies, err := cfg.proxies()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return triage.Errorf(triage.Invalid, "cannot listen on %s; choose another address with --addr: %w", cfg.Addr, err)
	}
	defer listener.Close() // the server closes it first
	mail := &channel.MailIn{Store: s, DNS: d.checker.MailDNS(), Log: log}
	if out.mail != nil {
		mail.Replies = &out.mail.Replies
	}
	posts, boxes, err := cfg.mails()
	if err != nil {
		return err
	}
	live := p.newReloader(cfg, d, s, log)
	if err := out.desks.Use(ctx, s, live.workspace, cfg.BaseURL, log); err != nil {
		return err
	}
	candidate, err := p.newShadow(cfg, d.files, func() string { return live.workspace().Hash }, s, log)
	if err != nil {
		return err
	}
	var handler *web.Server
	handler, err = web.New(web.Options{Replay: p.replayer(cfg, s, log), Files: d.files, Author: d.author(), Folder: d.editable(cfg), Refresh: func() { live.look(handler) },
		Mails: posts, Mail: mail, Widgets: cfg.widgets(o.demo, listener.Addr()), Desks: out.desks, Ways: out.ways(), Boxes: waysOf(boxes),
		Uploads: filepath.Join(cfg.Data, "imports"), Costs: func(z channel.ExportSizes) []web.ReadingCost { return p.costs(&cfg, z) },
		Store: s, Workspace: d.workspace, Checker: d.checker, Accounts: d.pipeline.Accounts, Find: d.index.Find, Secrets: cfg.Chat, Token: cfg.API.Token,
		BaseURL: cfg.BaseURL, Proxies: proxies, OIDC: cfg.oidc(),
		Lab: p.lab, ExtractorName: d.reader, Demo: o.demo, Logger: log})
	if err != nil {
		return err
	}
	if err := p.tellSetup(ctx, handler, cmp.Or(cfg.BaseURL, "http://"+listener.Addr().String())); err != nil {
		return err
	}
	return p.runServer(ctx, listener, handler.HTTPServer(cfg.Addr), o, func(ctx context.Context) error {
		go live.watch(ctx, handler)
		go out.desks.Run(ctx)
		work := store.WorkOptions{Ask: live.ask, Triage: live.triage, Workspace: live.workspace, ModelReady: live.modelReady, Past: live.past, Retention: time.Duration(cfg.Retention) * 24 * time.Hour}
		out.work(s, &work)
		if candidate != nil {
			work.Shadow = candidate.take
			go candidate.run(ctx)
		}
		var reading sync.WaitGroup
		defer reading.Wait()
		for _, box := range boxes {
			box.In, box.Store, box.Log = mail, s, log
			reading.Go(func() { mailbox.Run(ctx, box) })
		}
		return s.Work(ctx, work)
	})
}

// waysOf are the mailboxes as the page of connections tries them.
func waysOf(boxes []mailbox.Options) (out []web.Way) {
	for _, box := range boxes {
		out = append(out, web.Way{Kind: store.DeliverMail, Name: box.Source.Name, Test: func(ctx context.Context) error { return mailbox.Try(ctx, box) }})
	}
	return out
}

// tellSetup tells the operator, and nobody else, where the first user is made.
func (p *program) tellSetup(ctx context.Context, handler *web.Server, base string) error {
	path, err := handler.SetupPath(ctx)
	if err != nil || path == "" {
		return err
	}
	_, err = fmt.Fprintf(p.stderr, "This desk has no users yet. Whoever opens this address first becomes its admin; keep it to yourself:\n\n  %s%s\n\n", base, path)
	return err
}

// runServer serves and works until ctx ends or one of the two fails, then
// lets both finish.
func (p *program) runServer(ctx context.Context, l net.Listener, server *http.Server, o serveOptions, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 2)
	go func() { done <- work(ctx) }()
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			done <- err
			return
		}
		done <- nil
	}()
	url := "http://" + l.Addr().String()
	if o.ready != nil {
		o.ready(url)
	} else {
		fmt.Fprintf(p.stdout, "ready %s\n", url)
	}
	var errs []error
	select {
	case <-ctx.Done():
	case err := <-done:
		errs = append(errs, err)
		done <- nil
	}
	cancel()
	stopping, stop := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer stop()
	if err := server.Shutdown(stopping); err != nil {
		_ = server.Close()
	}
	for range 2 {
		errs = append(errs, <-done)
	}
	if err := errors.Join(errs...); err != nil {
		return triage.Errorf(triage.Internal, "the desk stopped: %w", err)
	}
	return nil
}
