package web

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"readback/knowledge"
	"readback/store"
	"readback/triage/eval"
	"readback/triage/eval/suggest"
)

// What suggestions rest on: the tickets that came in so many days, and of
// those so many that changed last.
const (
	SuggestDays    = 90
	SuggestTickets = 2000
)

// suggestYear is the longer time that can be chosen: what a desk has imported is
// mostly older.
const suggestYear = 365

const (
	suggestRest  = time.Minute            // between two readings while tickets change
	suggestFirst = 300 * time.Millisecond // that a page waits for a reading before it tells how far it is
)

// suggestRuns read past tickets in the background, one reading at a time, and
// keep the last: it holds until tickets change.
type suggestRuns struct {
	mu   sync.Mutex
	now  *suggestRun         // under way; nil = none
	last map[int]*suggestRun // by days
}

type suggestRun struct {
	days      int
	workspace string
	mark      store.PastMark
	at        time.Time // when it began
	read, of  atomic.Int64
	ended     chan struct{}
	found     suggest.Suggestions
	err       error
}

// suggested returns the last reading and the one under way. It begins one when
// there is none, somebody asks for it, or tickets have changed since.
func (s *Server) suggested(ctx context.Context, days int, again bool) (last, now *suggestRun, err error) {
	since := s.Clock().AddDate(0, 0, -days)
	mark, err := s.Store.PastMark(ctx, since)
	if err != nil {
		return nil, nil, err
	}
	r := s.suggests
	r.mu.Lock()
	if last = r.last[days]; last != nil && last.mark.Erased != mark.Erased {
		delete(r.last, days) // it may quote what was erased
		last = nil
	}
	changed := last == nil || last.mark != mark || last.workspace != s.Workspace.Hash
	if r.now == nil && (again || last == nil || changed && s.Clock().Sub(last.at) >= suggestRest) {
		r.now = &suggestRun{days: days, workspace: s.Workspace.Hash, mark: mark, at: s.Clock(), ended: make(chan struct{})}
		go s.suggest(r.now, since)
	}
	now = r.now
	r.mu.Unlock()
	if now == nil {
		return last, nil, nil
	}
	select {
	case <-now.ended:
		if now.days == days {
			return now, nil, now.err
		}
	case <-time.After(suggestFirst):
	case <-ctx.Done():
	}
	return last, now, nil
}

// suggest reads, and keeps what it found.
func (s *Server) suggest(run *suggestRun, since time.Time) {
	run.found, run.err = ReadSuggestions(context.Background(), s.Store, s.Workspace, since, SuggestTickets, func(n, of int) {
		run.read.Store(int64(n))
		run.of.Store(int64(of))
	})
	r := s.suggests
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now = nil; run.err == nil {
		r.last[run.days] = run
	} else {
		s.Logger.Error("suggestions", "error", run.err)
	}
	close(run.ended)
}

// ReadSuggestions infers suggestions from the past tickets that came since, the
// last changed first, limit of them at most. told hears how far it is.
func ReadSuggestions(ctx context.Context, st *store.Store, w *knowledge.Workspace, since time.Time, limit int, told func(n, of int)) (suggest.Suggestions, error) {
	c, n := suggest.NewCollector(w), 0
	_, err := st.Past(ctx, store.PastOptions{Since: since, Limit: limit, Whole: true}, func(p eval.Past, count store.PastCount) error {
		c.Add(&p)
		n++
		told(n, count.Of)
		return ctx.Err()
	})
	if err != nil {
		return suggest.Suggestions{}, err
	}
	return c.Suggestions(), nil
}
