package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"readback/knowledge"
	"readback/store"
	"readback/triage"
)

// SourceDesk begins the source of tickets that came from another desk.
const SourceDesk = "desk/"

// Mode says how far a connection may go; each does what those before it do.
type Mode string

// The modes of a desk.
const (
	ModeOff    Mode = "off"    // nothing comes in, nothing goes out
	ModeWatch  Mode = "watch"  // record and triage
	ModeNote   Mode = "note"   // a private note and a tag
	ModeAssist Mode = "assist" // agents' answers that were written here go out there
	ModeAct    Mode = "act"    // what policy allows is answered without an agent
)

// Modes lists them from the least to the most.
var Modes = []Mode{ModeOff, ModeWatch, ModeNote, ModeAssist, ModeAct}

// Allows reports whether what a mode does may be done.
func (m Mode) Allows(what Mode) bool { return slices.Index(Modes, m) >= slices.Index(Modes, what) }

// The kinds of desks.
const (
	KindZendesk  = "zendesk"
	KindChatwoot = "chatwoot"
)

// Desk is another desk that Readback stands beside.
type Desk struct {
	Name      string
	Kind      string // KindZendesk or KindChatwoot
	URL       string // https://shop.zendesk.com, or where Chatwoot is
	User      string // Zendesk: the address of the agent whom the token is for
	Token     string // of the API
	Account   string // Chatwoot: the number of the account
	Secret    string // signs the desk's webhooks; "" = URLSecret
	URLSecret string // Chatwoot before it signed: stands in the webhook's address instead
	Mode      Mode   // as configured
	Language  string // of notes: one of triage.Languages(); "" = English
	Internal  bool   // the URL may be on a private address, http or any port

	AppKey    string // Zendesk: the public key of its app, as PEM; "" = no panel there
	AppSecret string // Chatwoot: stands in the address of its app; "" = no panel there
}

// Source is the source of its tickets.
func (d *Desk) Source() string { return SourceDesk + d.Name }

// said is one message of a desk.
type said struct {
	Ticket, ID string // the desk's own ids
	Subject    string
	Customer   triage.Customer // of the ticket
	Message    triage.Message
}

// foreign is what a kind of desk speaks. Errors of calls are *apiFault.
type foreign interface {
	// verify checks a webhook's raw body. Errors: Unauthorized.
	verify(h http.Header, query url.Values, body []byte, now time.Time) error
	// parse reads a webhook: the messages in it, and the tickets that are to be
	// read by the API instead. Errors: Invalid.
	parse(body []byte) (list []said, look []string, err error)
	// read returns what was written since the place before, a bounded part of
	// it, and where to go on; from "" it only finds out where now is.
	read(ctx context.Context, place string, now time.Time) (list []said, next string, err error)
	// thread returns what was written in a ticket since a time.
	thread(ctx context.Context, ticket string, since time.Time) ([]said, error)
	// write adds a message and returns its id there. find looks for one that was
	// written before under the same mark; "" when there is none.
	write(ctx context.Context, ticket string, w written) (id string, err error)
	find(ctx context.Context, ticket string, w written) (id string, err error)
	// tag gives a ticket the tag and takes its others that begin with tagPrefix.
	tag(ctx context.Context, ticket, tag string) error
	// whoAmI names the account that the token is for.
	whoAmI(ctx context.Context) (string, error)
}

// tagPrefix begins the tags that are ours.
const tagPrefix = "readback_"

// written is a message of ours on its way to a desk.
type written struct {
	Mark    string    // names it: the delivery's key
	Text    string    //
	Private bool      // a note
	Link    string    // stands in a note and nowhere else; "" in an answer
	Since   time.Time // not written before
}

// connected is a desk in use.
type connected struct {
	Desk
	foreign
	look chan string                // tickets to read at once; what does not fit is found later
	took *lru.Cache[string, Hooked] // what came of deliveries lately, by deliveryKey
}

// Desks are the desks that Readback stands beside. It is safe for concurrent use.
type Desks struct {
	all   map[string]*connected
	clock func() time.Time

	mu    sync.RWMutex
	modes map[string]Mode // that persons set

	// What the store and the service know, given by Use.
	store     *store.Store
	workspace func() *knowledge.Workspace
	baseURL   string
	log       *slog.Logger
}

// NewDesks checks the desks. Errors: Invalid, naming the setting.
func NewDesks(list []Desk, clock func() time.Time) (*Desks, error) {
	if clock == nil {
		clock = time.Now
	}
	ds := &Desks{all: map[string]*connected{}, modes: map[string]Mode{}, clock: clock, log: slog.Default()}
	for _, d := range list {
		if d.Mode == "" {
			d.Mode = ModeWatch
		}
		if d.Language == "" {
			d.Language = triage.Languages()[0]
		}
		if err := d.check(); err != nil {
			return nil, err
		}
		d.URL = strings.TrimRight(d.URL, "/")
		c := &connected{Desk: d, look: make(chan string, 256)}
		c.took, _ = lru.New[string, Hooked](4096) // fails only without a size
		api := newDeskAPI(&c.Desk, clock)
		if d.Kind == KindZendesk {
			c.foreign = &zendesk{desk: &c.Desk, api: api}
		} else {
			c.foreign = &chatwoot{desk: &c.Desk, api: api}
		}
		ds.all[d.Name] = c
	}
	return ds, nil
}

func (d *Desk) check() error {
	fault := func(setting, what string) error {
		return triage.Errorf(triage.Invalid, "desks.%s.%s %s", d.Name, setting, what)
	}
	u, err := url.Parse(d.URL)
	switch {
	case d.Kind != KindZendesk && d.Kind != KindChatwoot:
		return fault("kind", fmt.Sprintf("is %q; use zendesk or chatwoot", d.Kind))
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil:
		return fault("url", "is no address, such as https://shop.zendesk.com")
	case u.Scheme == "http" && !d.Internal:
		return fault("url", "is not https; for a desk in your own network say internal: true")
	case !slices.Contains(Modes, d.Mode):
		return fault("mode", fmt.Sprintf("is %q; use off, watch, note, assist or act", d.Mode))
	case !slices.Contains(triage.Languages(), d.Language):
		return fault("language", fmt.Sprintf("is %q; use one of %q", d.Language, triage.Languages()))
	case d.Token == "":
		return fault("token", "is missing; it reads what webhooks lost, and writes notes")
	case d.Kind == KindZendesk && d.User == "":
		return fault("user", "is missing; it is the address of the agent whom the token is for")
	case d.Kind == KindZendesk && d.Secret == "":
		return fault("secret", "is missing; Zendesk shows it as the webhook's signing secret")
	case d.Kind == KindZendesk && d.URLSecret != "":
		return fault("url_secret", "is for Chatwoot; Zendesk signs what it sends")
	case d.Kind == KindChatwoot && !allDigits(d.Account):
		return fault("account", "is the number in Chatwoot's addresses, such as 1 in /app/accounts/1")
	case d.Kind == KindChatwoot && d.Secret == "" && d.URLSecret == "":
		return fault("secret", "is missing; Chatwoot shows it beside the webhook. Before it signed, use url_secret")
	case d.Kind == KindChatwoot && d.AppKey != "":
		return fault("app_key", "is for Zendesk; Chatwoot's app takes app_secret")
	case d.Kind == KindZendesk && d.AppSecret != "":
		return fault("app_secret", "is for Chatwoot; Zendesk signs what opens its app, see app_key")
	case d.AppSecret != "" && len(d.AppSecret) < 24:
		return fault("app_secret", "is too short; make one with: openssl rand -hex 24")
	case d.URLSecret != "" && len(d.URLSecret) < 24:
		return fault("url_secret", "is too short to stand for a signature; make one with: openssl rand -hex 24")
	}
	if d.AppKey != "" {
		if _, err := d.appKey(); err != nil {
			return fault("app_key", "is no public key of RSA in PEM, such as /api/v2/apps/NUMBER/public_key.pem of your Zendesk shows")
		}
	}
	return nil
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Use gives the desks the store, what they write notes from, and where the
// desk's pages are ("" = not said). It reads the modes that persons set.
func (ds *Desks) Use(ctx context.Context, s *store.Store, workspace func() *knowledge.Workspace, baseURL string, log *slog.Logger) error {
	ds.store, ds.workspace, ds.baseURL = s, workspace, baseURL
	if log != nil {
		ds.log = log
	}
	kept, err := s.Connections(ctx)
	if err != nil {
		return err
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for name, d := range ds.all {
		if m := Mode(kept[d.Source()].Mode); slices.Contains(Modes, m) {
			ds.modes[name] = m
		}
	}
	return nil
}

// All returns the desks by name, each in the mode that it is in.
func (ds *Desks) All() []Desk {
	var out []Desk
	for _, name := range slices.Sorted(maps.Keys(ds.all)) {
		d := ds.all[name].Desk
		d.Mode = ds.mode(name)
		out = append(out, d)
	}
	return out
}

// mode is the mode that a desk is in; off for one that is not configured.
func (ds *Desks) mode(name string) Mode {
	ds.mu.RLock()
	defer ds.mu.RUnlock()
	if m, ok := ds.modes[name]; ok {
		return m
	}
	if d := ds.all[name]; d != nil {
		return d.Desk.Mode
	}
	return ModeOff
}

// SetMode puts a desk into a mode at once and keeps it. Errors: NotFound, Invalid.
func (ds *Desks) SetMode(ctx context.Context, by store.Actor, name string, m Mode) error {
	d := ds.all[name]
	if d == nil {
		return triage.Errorf(triage.NotFound, "There is no desk %q.", name)
	}
	if !slices.Contains(Modes, m) {
		return triage.Errorf(triage.Invalid, "The mode %q is none of off, watch, note, assist, act.", m)
	}
	if err := ds.store.SetMode(ctx, by, d.Source(), string(m)); err != nil {
		return err
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.modes[name] = m
	return nil
}

// WhoAmI asks a desk for the account that our token is for. Errors: NotFound;
// Unavailable, with the code of what came instead.
func (ds *Desks) WhoAmI(ctx context.Context, name string) (string, error) {
	d := ds.all[name]
	if d == nil {
		return "", triage.Errorf(triage.NotFound, "There is no desk %q.", name)
	}
	who, err := d.whoAmI(ctx)
	if err != nil {
		return "", triage.Errorf(triage.Unavailable, "%s", codeOf(err))
	}
	return who, nil
}

// deskID is an id in JSON: a number, or a string of one.
type deskID string

// UnmarshalJSON takes both, and null for none.
func (id *deskID) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*id = ""
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		var s string
		err := json.Unmarshal(data, &s)
		*id = deskID(s)
		return err
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	*id = deskID(n)
	return nil
}
