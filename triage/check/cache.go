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
	until time.Time
}

func newCache[V any](now func() time.Time) *cache[V] {
	return &cache[V]{now: now, held: map[string]held[V]{}}
}

// do returns the value of key, made by work when none is held. work runs apart
// from the caller's cancellation, for limit at most, because others may wait
// for it too; it returns until when its value may be kept. The error is that of
// ctx: a caller waits no longer than its own deadline.
func (c *cache[V]) do(ctx context.Context, key string, limit time.Duration,
	work func(context.Context) (V, time.Time)) (V, error) {
	if v, ok := c.get(key); ok {
		return v, nil
	}
	done := c.flight.DoChan(key, func() (any, error) {
		if v, ok := c.get(key); ok { // made between our look and the flight's start
			return v, nil
		}
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
		defer cancel()
		v, until := work(own)
		c.put(key, v, until)
		return v, nil
	})
	select {
	case r := <-done:
		return r.Val.(V), nil
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[key]
	if !ok || !c.now().Before(h.until) {
		var none V
		return none, false
	}
	return h.value, true
}

func (c *cache[V]) put(key string, v V, until time.Time) {
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
	c.held[key] = held[V]{v, until}
}
