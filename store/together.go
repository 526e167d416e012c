package store

import (
	"context"
	"database/sql"
	"runtime/debug"
	"slices"
	"sync"

	"readback/triage"
)

// maxTogether is how many arrivals one transaction takes at most: some 60 ms
// of work, so that what waits behind them is not kept for long.
const maxTogether = 64

// together commits what waits for the writer at the same time at once: the
// flush to the disk costs as much for one as for many, and at 200 messages a
// second it is half of the work.
type together struct {
	store   *Store
	mu      sync.Mutex
	waiting []*sharer
	leading bool // somebody commits, and will take those who wait
}

// sharer is one piece of work in a common transaction.
type sharer struct {
	do   func(ctx context.Context, tx *sql.Tx) error
	err  error         // set when done is closed
	done chan struct{} // closed once it is committed or has failed
}

// run does the work in a transaction that others may share, and returns once
// it is committed. What fails leaves nothing and does not touch the others. The
// end of ctx takes it back as long as it has not begun: past that it is
// finished, for a statement cut short would undo the work of all.
func (t *together) run(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	a := &sharer{do: do, done: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, a)
	if !t.leading {
		t.leading = true
		go t.lead(context.WithoutCancel(ctx))
	}
	t.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
	}
	t.mu.Lock()
	place := slices.Index(t.waiting, a)
	if place >= 0 {
		t.waiting = slices.Delete(t.waiting, place, place+1)
	}
	t.mu.Unlock()
	if place >= 0 {
		return mapError(ctx.Err())
	}
	<-a.done
	return a.err
}

// lead commits until nobody waits.
func (t *together) lead(ctx context.Context) {
	for {
		var taken []*sharer
		err := inTx(ctx, t.store.writer, func(tx *sql.Tx) error {
			if taken = t.take(); len(taken) == 1 { // the usual case needs no savepoint
				return t.attempt(ctx, tx, taken[0])
			}
			for _, a := range taken {
				if err := t.attemptBeside(ctx, tx, a); err != nil {
					return err
				}
			}
			return nil
		})
		if taken == nil { // the transaction did not begin
			taken = t.take()
		}
		for _, a := range taken {
			if err != nil { // also who found itself a duplicate: the first may be lost with it
				a.err = err
			}
			close(a.done)
		}
		t.mu.Lock()
		if len(t.waiting) == 0 {
			t.leading = false
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
	}
}

// take takes those who wait, the longest waiting first.
func (t *together) take() []*sharer {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.waiting), maxTogether)
	taken := slices.Clone(t.waiting[:n])
	t.waiting = slices.Delete(t.waiting, 0, n)
	return taken
}

// attemptBeside does the work of one among others: what fails is undone alone.
// An error means that the whole transaction is lost.
func (t *together) attemptBeside(ctx context.Context, tx *sql.Tx, a *sharer) error {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT arrival`); err != nil {
		return err
	}
	if a.err = t.attempt(ctx, tx, a); a.err != nil {
		if _, err := tx.ExecContext(ctx, `ROLLBACK TO arrival`); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `RELEASE arrival`)
	return err
}

// attempt does the work of one. A fault of the program in it is its own alone.
func (t *together) attempt(ctx context.Context, tx *sql.Tx, a *sharer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.store.log.Error("an arrival panicked", "panic", p, "stack", string(debug.Stack()))
			err = triage.Errorf(triage.Internal, "The message cannot be stored: %v", p)
		}
	}()
	return mapError(a.do(ctx, tx))
}
