package ground

import "sync"

// Recent remembers what a pure function made of the last texts: one triage
// reads the same messages in several stages. It holds those texts in memory
// until others come. It is safe for concurrent use.
type Recent[T any] struct {
	mu    sync.Mutex
	of    map[string]T
	order [64]string
	next  int
}

// Get returns what make gives for a text. Callers share it.
func (r *Recent[T]) Get(text string, make func(string) T) T {
	r.mu.Lock()
	out, known := r.of[text]
	r.mu.Unlock()
	if known {
		return out
	}
	out = make(text)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]T{}
	}
	if _, known := r.of[text]; !known {
		delete(r.of, r.order[r.next])
		r.order[r.next], r.of[text] = text, out
		r.next = (r.next + 1) % len(r.order)
	}
	return out
}
