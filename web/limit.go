package web

import (
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"readback/triage"
)

// bucket is a token bucket: so many at once, refilled at a rate.
type bucket struct {
	mu     sync.Mutex
	rate   float64 // tokens a second
	burst  float64
	tokens float64
	at     time.Time
}

func newBucket(rate float64, burst int, now time.Time) *bucket {
	return &bucket{rate: rate, burst: float64(burst), tokens: float64(burst), at: now}
}

// take takes one token. Without one it returns how long until there is.
func (b *bucket) take(now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.burst, b.tokens+passed.Seconds()*b.rate)
		b.at = now
	}
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / b.rate * float64(time.Second)), false
	}
	b.tokens--
	return 0, true
}

// waitSeconds is a wait as Retry-After puts it: whole seconds, at least one.
func waitSeconds(wait time.Duration) int { return max(1, int(math.Ceil(wait.Seconds()))) }

// buckets are one bucket for each key, such as an address: the maxBuckets used
// last are kept, so that strangers cannot fill the memory with keys.
type buckets struct {
	rate  float64 // tokens a second
	burst int
	keys  *lru.Cache[string, *bucket]
}

const maxBuckets = 10_000

func newBuckets(rate float64, burst int) *buckets {
	keys, _ := lru.New[string, *bucket](maxBuckets) // fails only without a size
	return &buckets{rate: rate, burst: burst, keys: keys}
}

// take takes a token of that key.
func (b *buckets) take(key string, now time.Time) (wait time.Duration, ok bool) {
	fresh := newBucket(b.rate, b.burst, now)
	if have, known, _ := b.keys.PeekOrAdd(key, fresh); known {
		fresh = have
		b.keys.Get(key) // used now
	}
	return fresh.take(now)
}

// reserve bounds how many bytes of bodies are in memory at once: for one key,
// such as an address, and for all.
type reserve struct {
	mu       sync.Mutex
	one, all int64
	taken    int64
	of       map[string]int64
}

func newReserve(one, all int64) *reserve { return &reserve{one: one, all: all, of: map[string]int64{}} }

// take takes so many bytes until free is called; most is what a body of unknown
// length counts as. Errors: Unavailable.
func (r *reserve) take(key string, length, most int64) (free func(), err error) {
	if length < 0 || length > most {
		length = most
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of[key]+length > r.one || r.taken+length > r.all {
		return nil, triage.Errorf(triage.Unavailable, "Too many messages come at once; send it again later.")
	}
	r.of[key] += length
	r.taken += length
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.taken -= length
		if r.of[key] -= length; r.of[key] <= 0 {
			delete(r.of, key)
		}
	}, nil
}
