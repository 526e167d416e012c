package check

import (
	"sync"
	"time"
)

// Rates. What we look at belongs to others, and a ticket can name any number
// of things; looks that are answered from the cache reach nobody.
const (
	rateWindow    = time.Minute
	looksAtTarget = 60  // a window at one name or address, whoever asks
	looksForAsker = 300 // a window for one ticket, cached ones too
)

// meter counts what happens to each of many keys in a window of time.
type meter struct {
	now  func() time.Time
	most int // in a window, of one key
	mu   sync.Mutex
	seen map[string]*window
}

type window struct {
	begun time.Time
	n     int
}

func newMeter(now func() time.Time, most int) *meter {
	return &meter{now: now, most: most, seen: map[string]*window{}}
}

// take reports whether key may happen once more now.
func (m *meter) take(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	over := func(w *window) bool { return now.Sub(w.begun) >= rateWindow || now.Before(w.begun) }
	if len(m.seen) >= maxEntries {
		for k, w := range m.seen {
			if over(w) {
				delete(m.seen, k)
			}
		}
	}
	w := m.seen[key]
	if w == nil || over(w) {
		if w == nil && len(m.seen) >= maxEntries {
			return false // that many at once is no desk's day
		}
		w = &window{begun: now}
		m.seen[key] = w
	}
	w.n++
	return w.n <= m.most
}
