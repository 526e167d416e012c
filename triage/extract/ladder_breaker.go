package extract

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How a circuit breaker judges its provider.
const (
	breakAfter = 3                // failures in a row that open it
	breakFor   = 30 * time.Second // how long it stays open before one call may try
)

// breaker keeps calls away from a provider that fails, so that tickets do not
// each wait for it. The zero value is closed.
type breaker struct {
	mu        sync.Mutex
	failures  int // in a row
	openUntil time.Time
	trial     bool // one call is out while half open
}

// allow reports whether a call may go out now. While the breaker is half open
// only one may, until its outcome is told.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openUntil.IsZero() {
		return true
	}
	if now.Before(b.openUntil) || b.trial {
		return false
	}
	b.trial = true
	return true
}

// open reports whether calls are kept away now. It lets none through itself.
func (b *breaker) open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Before(b.openUntil) || b.trial
}

// unused takes an allowed call back that was not made.
func (b *breaker) unused() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.openUntil, b.trial = 0, time.Time{}, false
}

// failed tells of a failure. gaveUp is the caller's reason for ending, if it
// did: that, and a refusal of one text or of its length, say nothing against the provider.
func (b *breaker) failed(f *Failure, gaveUp error, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	if errors.Is(gaveUp, context.Canceled) || f.Code() == CodeRefused || f.Code() == CodeTooLong {
		return
	}
	if b.failures++; b.failures >= breakAfter {
		b.openUntil = now.Add(max(breakFor, f.RetryAfter))
	}
}
