package web

import (
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
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
