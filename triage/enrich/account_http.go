package enrich

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"readback/triage"
)

const (
	maxHeld    = 4096             // answers kept; customers can name any number of accounts
	maxAnswer  = 1 << 20          // bytes of one answer, decompressed
	maxConns   = 8                // to one host of the vendor, so that a burst here is none there
	noneTTL    = 15 * time.Second // "no such account" is kept this long, or the TTL when that is shorter
	sourceHTTP = "http"
)

// HTTP finds accounts by the vendor's own API. It implements triage.Accounts
// and is safe for concurrent use.
//
// The addresses come from the operator, so a private or loopback one is fine
// and nothing is looked up on their behalf: redirects are not followed and
// proxies of the environment are not used. What a customer writes reaches the
// vendor as one escaped value only.
type HTTP struct {
	lookups             []*lookup // in the order they are tried
	mapping             mapping
	header              http.Header
	timeout, ttl, stale time.Duration

	clock   func() time.Time
	log     *slog.Logger
	client  *http.Client
	held    *lru.Cache[heldKey, heldAnswer]
	flight  singleflight.Group
	breaker breaker
}

// heldKey is a look-up (account_id, email) and its value.
type heldKey struct{ by, value string }

// heldAnswer is what the vendor last said for a key.
type heldAnswer struct {
	account *triage.Account // nil: there is none; shared, never changed
	at      time.Time
}

// HTTPOptions are what HTTP takes from the program rather than from the workspace.
type HTTPOptions struct {
	Getenv func(string) string // where headers find their secrets; default os.Getenv
	Clock  func() time.Time    // default time.Now
	Logger *slog.Logger        // told when the vendor fails and when it is back; default slog.Default()
}

// NewHTTP checks the settings and makes the adapter; it asks the vendor
// nothing yet. Its errors are Invalid and name the setting, never a secret.
func NewHTTP(s HTTPSettings, o HTTPOptions) (*HTTP, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := s.defaults(); err != nil {
		return nil, err
	}
	h := &HTTP{timeout: s.Timeout, ttl: s.TTL, stale: s.Stale, clock: o.Clock, log: o.Logger}
	var err error
	if h.lookups, err = s.lookups(); err != nil {
		return nil, err
	}
	if h.mapping, err = s.Mapping.compile(); err != nil {
		return nil, err
	}
	if h.header, err = s.header(o.Getenv); err != nil {
		return nil, err
	}
	if h.held, err = lru.New[heldKey, heldAnswer](maxHeld); err != nil {
		return nil, triage.Errorf(triage.Internal, "the cache of accounts cannot be made: %w", err)
	}
	h.client = &http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: s.Timeout}).DialContext,
			ForceAttemptHTTP2:      true,
			MaxConnsPerHost:        maxConns,
			MaxIdleConnsPerHost:    maxConns,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return h, nil
}

// Close closes idle connections to the vendor.
func (h *HTTP) Close() error {
	h.client.CloseIdleConnections()
	return nil
}

// Account implements triage.Accounts: by account id first, then by the
// owner's address. Neither proves who writes. The account's Fields are shared
// with other callers and must not be changed.
//
// Errors: NotFound when the vendor has no such account, or several of that
// owner; Unavailable when it could not be asked and no recent answer is held.
func (h *HTTP) Account(ctx context.Context, who triage.Customer) (*triage.Account, error) {
	for _, l := range h.lookups {
		value := l.of(who)
		if !usable(value) {
			continue
		}
		account, err := h.find(ctx, l, value)
		if err != nil {
			return nil, err
		}
		if account != nil {
			return account, nil
		}
	}
	return nil, triage.Errorf(triage.NotFound, "no account is known for this customer")
}

// find returns the account of one look-up, nil when there is none: a held
// answer, else the vendor's. One request serves all who ask for the same value
// at the same time, so it runs apart from any one caller's cancellation.
func (h *HTTP) find(ctx context.Context, l *lookup, value string) (*triage.Account, error) {
	key := heldKey{l.by, value}
	if a, ok := h.fresh(key); ok {
		return a.copy(), nil
	}
	done := h.flight.DoChan(l.by+" "+value, func() (any, error) {
		if a, ok := h.fresh(key); ok { // came between our look and the flight's start
			return a, nil
		}
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.timeout)
		defer cancel()
		return h.refresh(own, l, key)
	})
	select {
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(heldAnswer).copy(), nil
	case <-ctx.Done():
		return nil, triage.Errorf(triage.Unavailable, "the account was not found in time: %w", ctx.Err())
	}
}

// fresh returns the held answer that is young enough to need no request.
func (h *HTTP) fresh(key heldKey) (heldAnswer, bool) {
	a, ok := h.held.Get(key)
	if !ok {
		return a, false
	}
	life := h.ttl
	if a.account == nil {
		life = min(life, noneTTL)
	}
	return a, h.clock().Sub(a.at) < life
}

// refresh asks the vendor and keeps its answer. When the vendor fails, the
// last good answer serves until it is too old, marked as stale.
func (h *HTTP) refresh(ctx context.Context, l *lookup, key heldKey) (heldAnswer, error) {
	account, err := h.guarded(ctx, l, key.value)
	if err == nil {
		answer := heldAnswer{account, h.clock()}
		if account != nil {
			account.ObservedAt = answer.at
		}
		h.held.Add(key, answer)
		return answer, nil
	}
	old, ok := h.held.Peek(key)
	if !ok || old.account == nil {
		return heldAnswer{}, err
	}
	if h.clock().Sub(old.at) >= h.stale {
		h.held.Remove(key)
		return heldAnswer{}, err
	}
	a := *old.account
	a.Source = fmt.Sprintf("%s (stale since %s UTC)", sourceHTTP, old.at.Add(h.ttl).UTC().Format("15:04"))
	return heldAnswer{&a, old.at}, nil
}

// copy is the caller's own account; its Fields stay shared.
func (a heldAnswer) copy() *triage.Account {
	if a.account == nil {
		return nil
	}
	own := *a.account
	return &own
}

// guarded fetches unless the breaker is open. It returns nil, nil when the
// vendor has no such account; every error is Unavailable.
func (h *HTTP) guarded(ctx context.Context, l *lookup, value string) (*triage.Account, error) {
	if !h.breaker.allow(h.clock()) {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API failed %d times in a row and is left alone for a while", breakAfter)
	}
	account, err := h.fetch(ctx, l, value)
	var absent *absence
	switch {
	case errors.As(err, &absent):
		if absent.odd {
			h.log.WarnContext(ctx, "account look-up: "+absent.why, "by", l.by)
		}
		account, err = nil, nil
	case err != nil:
		h.log.WarnContext(ctx, "account look-up failed", "by", l.by, "err", err)
	}
	switch h.breaker.done(h.clock(), err == nil) {
	case opened:
		h.log.ErrorContext(ctx, "the vendor's account API is failing; held answers serve meanwhile", "pause", breakFor)
	case closed:
		h.log.InfoContext(ctx, "the vendor's account API is back")
	}
	return account, err
}

// lookup is one way to find an account.
type lookup struct {
	by   string // account_id | email; also what MatchedBy says
	url  template
	root path
}

const (
	byID    = "account_id"
	byEmail = "email"
)

// of is what a customer gives for the look-up, "" when nothing.
func (l *lookup) of(who triage.Customer) string {
	if l.by == byID {
		return strings.TrimSpace(who.AccountID)
	}
	return strings.ToLower(strings.TrimSpace(who.Email))
}

// named reports whether an answer is the account asked for. A vendor may
// understand more than an id ("me", "*"), and a customer may write it.
func (l *lookup) named(a *triage.Account, value string) bool {
	if l.by == byID {
		return strings.EqualFold(a.ID, value)
	}
	return strings.EqualFold(a.Owner, value)
}
