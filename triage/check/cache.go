package check

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// maxEntries bounds a cache; a customer can name any number of domains.
const maxEntries = 4096

// cache keeps values until they expire and lets one caller work for all who
// ask for the same key at the same time.
type cache[V any] struct {
	now    func() time.Time
	flight singleflight.Group
	mu     sync.Mutex
	held   map[string]held[V]
}

type held[V any] struct {
	value V
	made  time.Time // when the work on it began
	until time.Time
}

// notBefore is the key of a context's value: the time before which nothing
// that was seen counts.
type notBefore struct{}

// since lets everything that is looked up by the context be no older than after.
func since(ctx context.Context, after time.Time) context.Context {
	if after.IsZero() {
		return ctx
	}
	return context.WithValue(ctx, notBefore{}, after)
}

func newCache[V any](now func() time.Time) *cache[V] {
	return &cache[V]{now: now, held: map[string]held[V]{}}
}

// do returns the value of key, made by work when none is held, or none that is
// new enough for the context. work runs apart
// from the caller's cancellation, for limit at most, because others may wait
// for it too; it returns until when its value may be kept. The error is that of
// ctx: a caller waits no longer than its own deadline.
func (c *cache[V]) do(ctx context.Context, key string, limit time.Duration,
	work func(context.Context) (V, time.Time)) (V, error) {
	after, _ := ctx.Value(notBefore{}).(time.Time)
	if now := c.now(); after.After(now) {
		after = now // by another clock: nothing can be newer than now
	}
	for {
		if h, ok := c.get(key, after); ok {
			return h.value, nil
		}
		done := c.flight.DoChan(key, func() (any, error) {
			if h, ok := c.get(key, after); ok { // made between our look and the flight's start
				return h, nil
			}
			own, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
			defer cancel()
			h := held[V]{made: c.now()}
			h.value, h.until = work(own)
			c.put(key, h)
			return h, nil
		})
		select {
		case r := <-done:
			if h := r.Val.(held[V]); !h.made.Before(after) {
				return h.value, nil
			}
			// Somebody else's look, begun too early for us: look again.
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
}

// get returns what is held of key and was made at after or later.
func (c *cache[V]) get(key string, after time.Time) (held[V], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[key]
	return h, ok && c.now().Before(h.until) && !h.made.Before(after)
}

func (c *cache[V]) put(key string, fresh held[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if len(c.held) >= maxEntries {
		for k, h := range c.held {
			if !now.Before(h.until) {
				delete(c.held, k)
			}
		}
	}
	for k := range c.held { // all still fresh: any one makes room
		if len(c.held) < maxEntries {
			break
		}
		delete(c.held, k)
	}
	c.held[key] = fresh
}
