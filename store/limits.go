package store

import (
	"cmp"
	"context"
	"path/filepath"
	"sync"
	"time"

	"readback/triage"
)

const (
	defaultMaxBacklog = 50_000
	defaultMinFree    = 256 << 20
	limitsFresh       = time.Second // how long one look at the limits serves
)

// limits says when to take no more. A look serves all messages of a second,
// so the backlog can pass its limit by what one second brings.
type limits struct {
	backlog int
	free    int64
	dir     string

	mu   sync.Mutex
	at   time.Time
	last error
}

func newLimits(o Options) limits {
	return limits{
		backlog: cmp.Or(o.MaxBacklog, defaultMaxBacklog),
		free:    cmp.Or(o.MinFree, defaultMinFree),
		dir:     filepath.Dir(o.Path),
	}
}

// checkLimits returns Unavailable when a limit is reached.
func (s *Store) checkLimits(ctx context.Context) error {
	l := &s.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.now()
	if age := now.Sub(l.at); age >= 0 && age < limitsFresh {
		return l.last
	}
	err := s.lookAtLimits(ctx)
	if ctx.Err() == nil { // what one caller's context did says nothing to the next
		l.at, l.last = now, err
	}
	return err
}

func (s *Store) lookAtLimits(ctx context.Context) error {
	if err := s.CheckSpace(); err != nil {
		return err
	}
	var waiting int
	err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM
		(SELECT 1 FROM tickets WHERE triaged_seq < last_seq LIMIT ?1) AS waiting`, s.limits.backlog).Scan(&waiting)
	if err != nil {
		return mapError(err)
	}
	if waiting >= s.limits.backlog {
		return triage.Errorf(triage.Unavailable, "Too many tickets wait for triage, so no more can be taken for now.")
	}
	return nil
}

// CheckSpace returns Unavailable when the disk is nearly full.
func (s *Store) CheckSpace() error {
	free, err := freeBytes(s.limits.dir)
	if err != nil {
		return triage.Errorf(triage.Internal, "The free space of the disk cannot be read: %w", err)
	}
	if free < s.limits.free {
		return triage.Errorf(triage.Unavailable, "The disk is nearly full, so nothing more can be stored for now.")
	}
	return nil
}
