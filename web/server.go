// Package web serves Readback over HTTP: the inbox and the ticket page, the
// chat hooks and the JSON API. It turns requests into calls of the store and
// what the store knows into pages; it decides nothing.
//
// Pages are rendered on the server and work without JavaScript. One small
// hand-written script adds live updates, marking and keys: the pages need
// three behaviours, each a dozen lines, and htmx would be ten times the size
// of all of them.
//
// routes.go lists every address. What a file holds is in its name:
//
//	inbox, ticket, move, incident, pauses, outbox, changes, design
//	                                    a page each, with the templates of that name
//	brief, thread, marks, grid, next, said, similar, join
//	                                    parts of the ticket page
//	compose, reply, guard*, handover, files
//	                                    the answer: composer, what is sent, its check by rules and by a model, another tier, attachments
//	state, fix, correct                 forms on the ticket page and what they do
//	query, acts, presence, commands     the inbox: its address and search, what is done to tickets, who is there, the palette
//	review, confidence                  blind reviews and the accuracy that they give; what outcomes make of the confidence
//	knowledge*                          procedures and articles: list, editor, replay, linter
//	suggestions                         what past tickets speak for
//	replay*                             past tickets replayed, side by side; the candidate in shadow
//	help*                               the help pages, their check and their form
//	signin, session, oidc, me           signing in, and what people set about themselves
//	circles, imports*                   what past answers repeated; past tickets of other desks
//	analytics*                          figures of the desk, their tickets and files
//	staff, audit, access                people and API tokens, the audit log, who may use a route
//	words, language, views, names       sentences, languages, templates, people's names
//	api*, hook*, mail_hook, events      for programs: JSON API; hooks of chats, desks and mail; live updates
//	connections_seen                    whether connections work
//	widget*                             the chat widget; its script is in the folder widget
//	security, limit, errors, reload     around every request
package web

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/extract/author"
	"readback/triage/guard"
)

// offline is the name of the extractor that needs no model.
const offline = "offline"

// Options configure a Server. Store and Workspace are required.
type Options struct {
	Store         *store.Store
	Workspace     *knowledge.Workspace
	Checker       *check.Engine                           // looks for the API; nil: it does not look
	Accounts      triage.Accounts                         // for checks of the account's state
	Files         fs.FS                                   // of the workspace; nil: it cannot be edited or linted here
	Folder        *edit.Folder                            // where procedures are saved; nil: nowhere, as in the built-in example
	Refresh       func()                                  // reads the files again now; nil: they are read when they are
	Replay        *Replayer                               // makes what the page of replays tries; nil: it only compares
	Author        author.Model                            // drafts procedures from articles; nil: the outline only
	Find          Find                                    // searches the help pages; default: an index of the workspace, made in New
	Secrets       map[string]string                       // chat source -> "whsec_..."; a source without one is refused
	Widgets       map[string]Widget                       // chat widgets by name
	Desks         *channel.Desks                          // that Readback stands beside; nil: none
	Uploads       string                                  // folder where files of imports wait; "" = the page of imports takes none
	Costs         func(channel.ExportSizes) []ReadingCost // of reading an export by the models that are configured; nil = none is
	Boxes         []Way                                   // mailboxes that are read by IMAP, which can be tried: Kind "mail"
	Ways          []Way                                   // out: the mail server, webhooks; the page of connections lists them
	Token         string                                  // bearer of the API with every scope, and good for setting the desk up; "" for none
	BaseURL       string                                  // where people reach the desk, such as https://desk.example; "" = not said, and no TLS
	OIDC          *OIDC                                   // where else people can sign in; nil = nowhere. Needs BaseURL
	Proxies       []netip.Prefix                          // whose word on a client's address (X-Forwarded-For) counts; nil = nobody's
	Lab           bool                                    // the checks see the lab network
	ExtractorName string                                  // shown in the banner: "offline" or the model's name; "" shows none
	Demo          bool                                    // one is signed in, on this machine only: other hosts in a request are refused
	HookRate      float64                                 // messages a second for each chat source; default 500
	HookBurst     int                                     // messages at once for each chat source; default 1000
	Clock         func() time.Time                        // default time.Now
	Logger        *slog.Logger                            // default slog.Default()

	Mails []channel.MailSource // connections that bring mail; those read by IMAP answer no hook
	Mail  *channel.MailIn      // takes mail in; default: one on Store that asks no DNS
}

// Find searches the knowledge for words that a person types: Find of a
// knowledge.Index.
type Find func(text string, n int) knowledge.Found

// Server is the whole HTTP surface. It is safe for concurrent use.
type Server struct {
	Options
	echo      *echo.Echo
	views     views
	sources   map[string]*source
	mails     map[string]*mailSource
	widgets   *widgets
	guard     func() *guard.Guard              // reads answers before they are sent; prepared for the first
	checks    *bucket                          // looks by the API
	drafters  *buckets                         // answers by a model, for a person
	drafts    *lru.Cache[string, modelDraft]   // that a model made lately, by draftKey
	lookers   *buckets                         // drafts that a model reads too, for a person
	looks     *lru.Cache[string, ticketLook]   // what it proposed lately, by ticket
	sightings *sightings                       // of the connections
	pastIndex func() (*knowledge.Index, error) // of the workspace, made when it is first asked for
	helpPages *lru.Cache[string, helpCache]
	helpRates helpRates
	helpKey   []byte // signs what a check on a help page saw; of this process only
	tokenHash [sha256.Size]byte
	addr      string // where it listens, by HTTPServer

	setupToken string       // makes the first user; of this process only
	settled    *atomic.Bool // there are users

	presence  *presence     // who has which ticket open
	closing   chan struct{} // closed when live streams must end
	closeOnce sync.Once
	reload    *reload // of the first server and all that took its place
	lints     *lintRuns
	circles   *circleRuns
	replays   *replayRuns
	imports   *imports
	suggests  *suggestRuns
}

// New builds a server. It returns Invalid for a secret that is none.
func New(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.HookRate <= 0 {
		o.HookRate = 500
	}
	if o.HookBurst <= 0 {
		o.HookBurst = 1000
	}
	if o.Mail == nil {
		o.Mail = &channel.MailIn{Store: o.Store, Clock: o.Clock, Log: o.Logger}
	}
	if o.Desks == nil {
		o.Desks, _ = channel.NewDesks(nil, o.Clock) // none is no fault
	}
	s := &Server{Options: o, sources: map[string]*source{}, mails: map[string]*mailSource{}, closing: make(chan struct{}), tokenHash: sha256.Sum256([]byte(o.Token)),
		checks: newBucket(checkRate, checkBurst, o.Clock()), setupToken: people.NewToken(""), settled: new(atomic.Bool), presence: newPresence()}
	for name, secret := range o.Secrets {
		key, err := channel.ParseKey(secret)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "The secret of chat source %q cannot be used: %s.", name, triage.MessageOf(err))
		}
		s.sources[name] = &source{name: name, key: key, bucket: newBucket(o.HookRate, o.HookBurst, o.Clock())}
	}
	for _, src := range o.Mails {
		s.mails[src.Name] = &mailSource{MailSource: src, bucket: newBucket(o.HookRate, o.HookBurst, o.Clock()), large: make(chan struct{}, largeBodies)}
	}
	s.drafters = newBuckets(draftRate, draftBurst)
	s.drafts, _ = lru.New[string, modelDraft](500) // fails only without a size
	s.lookers = newBuckets(lookRate, lookBurst)
	s.looks, _ = lru.New[string, ticketLook](500)
	s.sightings = &sightings{all: map[string]*sighting{}}
	var err error
	if s.views, err = loadViews(); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	if err := s.prepareHelp(); err != nil {
		return nil, err
	}
	if s.widgets, err = newWidgets(o.Widgets); err != nil {
		return nil, err
	}
	if len(o.Widgets) > 0 {
		events, _ := s.Store.Watch() // as long as the store
		go s.widgets.hub.listen(events)
	}
	s.reload, s.lints, s.circles, s.imports = &reload{}, &lintRuns{}, &circleRuns{done: map[string]*circleRun{}}, &imports{}
	s.replays, s.suggests = &replayRuns{}, &suggestRuns{last: map[int]*suggestRun{}}
	s.reload.current.Store(s)
	s.open()
	return s, nil
}

// open makes the routes, which serve this server's workspace.
func (s *Server) open() {
	s.pastIndex = sync.OnceValues(func() (*knowledge.Index, error) { return knowledge.NewIndex(s.Workspace) })
	s.guard = sync.OnceValue(func() *guard.Guard { return guard.New(s.Workspace) })
	s.echo = echo.New()
	s.echo.HTTPErrorHandler = s.fail
	s.echo.IPExtractor = clientAddress(s.Proxies)
	s.echo.Use(s.secure, s.ownHost, s.chooseLang)
	s.routes(s.echo)
}

// ServeHTTP implements http.Handler. A request is served whole by the
// workspace that is there when it comes.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.reload.current.Load().echo.ServeHTTP(w, r)
}

// HTTPServer returns a server for this handler with timeouts that a slow or
// hostile client cannot stretch. Its Shutdown ends the live streams at once.
//
// addr is host:port as the server is configured; the demo answers requests to
// that host and to loopback. Call it before the first request.
func (s *Server) HTTPServer(addr string) *http.Server {
	s.addr = addr
	srv := &http.Server{
		Addr:              addr,
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second, // live streams lift it for themselves
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug),
	}
	srv.RegisterOnShutdown(func() { s.reload.current.Load().endStreams(); s.replays.stopAll() })
	return srv
}

func (s *Server) endStreams() { s.closeOnce.Do(func() { close(s.closing) }) }

// log returns the logger with what identifies a request.
func (s *Server) log(c echo.Context) *slog.Logger {
	return s.Logger.With("method", c.Request().Method, "path", c.Request().URL.Path)
}

func ctxOf(c echo.Context) context.Context { return c.Request().Context() }
