package enrich

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"readback/triage"
)

// absence is a sound answer that there is no such account.
type absence struct {
	why string
	odd bool // may be a fault of the settings; worth a line in the log
}

func (a *absence) Error() string { return a.why }

// fetch asks the vendor. It returns an *absence when there is no such
// account; every other error is Unavailable. No error holds the address asked
// for, which names the customer.
func (h *HTTP) fetch(ctx context.Context, l *lookup, value string) (*triage.Account, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url.fill(value), nil)
	if err != nil {
		return nil, &absence{"the value fits no URL", true}
	}
	req.Header = h.header.Clone()
	res, err := h.client.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API could not be reached: %w", err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, &absence{"no such account", false}
	case http.StatusBadRequest, http.StatusRequestURITooLong, http.StatusUnprocessableEntity:
		// The value is the customer's, so this must not count against the vendor.
		return nil, &absence{fmt.Sprintf("the vendor refuses the value with status %d", res.StatusCode), true}
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API refuses our credentials with status %d", res.StatusCode)
	default:
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API answered with status %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API broke off its answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API answered with more than %d bytes", maxAnswer)
	}
	return h.read(l, value, body)
}

// read takes the account out of an answer.
func (h *HTTP) read(l *lookup, value string, body []byte) (*triage.Account, error) {
	var doc any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API did not answer with JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's account API answered with more than one JSON value")
	}
	at, ok := l.root.get(doc)
	if !ok {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's answer has no account where the settings look for it")
	}
	if list, ok := at.([]any); ok {
		switch len(list) {
		case 0:
			return nil, &absence{"no such account", false}
		case 1:
			at = list[0]
		default:
			return nil, &absence{"the vendor found several accounts", true}
		}
	}
	a, err := h.mapping.account(at)
	if err != nil {
		return nil, triage.Errorf(triage.Unavailable, "the vendor's answer cannot be used: %w", err)
	}
	if !l.named(a, value) {
		return nil, &absence{"the vendor answered with another account than asked for", true}
	}
	a.MatchedBy = l.by
	return a, nil
}

const (
	breakAfter = 5                // failures in a row
	breakFor   = 30 * time.Second // without requests, then one tries
)

// breaker stops requests to a vendor that keeps failing. Its zero value is closed.
type breaker struct {
	mu       sync.Mutex
	failures int // in a row
	until    time.Time
	trying   bool // one request finds out whether the vendor is back
}

// allow reports whether a request may go out; done must follow one that does.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true
	}
	if b.trying || now.Before(b.until) {
		return false
	}
	b.trying = true
	return true
}

// turn is what a request changed of the breaker.
type turn int

const (
	same turn = iota
	opened
	closed
)

// done notes how a request ended.
func (b *breaker) done(now time.Time, ok bool) turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	wasOpen := b.failures >= breakAfter
	b.trying = false
	if ok {
		b.failures = 0
		if wasOpen {
			return closed
		}
		return same
	}
	b.failures++
	b.until = now.Add(breakFor)
	if !wasOpen && b.failures >= breakAfter {
		return opened
	}
	return same
}
