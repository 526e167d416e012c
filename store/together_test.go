package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"readback/triage"
)

// held keeps the only writer busy until the returned function is called.
func held(t *testing.T, s *Store) (release func()) {
	t.Helper()
	tx, err := s.writer.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback() } //nolint:errcheck // it has written nothing
}

// lineUp starts f and returns once it has put its work in the line.
func lineUp(s *Store, done *sync.WaitGroup, f func()) {
	length := func() int {
		s.arrivals.mu.Lock()
		defer s.arrivals.mu.Unlock()
		return len(s.arrivals.waiting)
	}
	want := length() + 1
	done.Go(f)
	for length() < want {
		runtime.Gosched()
	}
}

// Arrivals that wait at the same time share a commit, and each has an end of
// its own: stored, stored before, refused, broken.
func TestTogether(t *testing.T) {
	s := openTest(t, Options{})
	release := held(t, s)
	var done sync.WaitGroup
	type answer struct {
		receipt Receipt
		err     error
	}
	answers := make([]answer, 8)
	for i := range answers {
		lineUp(s, &done, func() {
			in := email(fmt.Sprint(i))
			switch i {
			case 3: // the same mail as that before it, which is not committed yet
				in = email("2")
			case 5:
				in.TicketID, in.TicketKey = "tkt_none", ""
			}
			answers[i].receipt, answers[i].err = s.Receive(t.Context(), in)
		})
	}
	var panicked error
	lineUp(s, &done, func() {
		panicked = s.writeFirst(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM tickets`); err != nil {
				return err
			}
			panic("a fault")
		})
	})
	release()
	done.Wait()
	for i, a := range answers {
		switch {
		case i == 5:
			if triage.CodeOf(a.err) != triage.NotFound {
				t.Errorf("%d: got %v", i, a.err)
			}
		case a.err != nil:
			t.Errorf("%d: %v", i, a.err)
		case a.receipt.Duplicate != (i == 3):
			t.Errorf("%d: duplicate is %v", i, a.receipt.Duplicate)
		}
	}
	if answers[3].receipt.TicketID != answers[2].receipt.TicketID {
		t.Error("the second of two same mails has a ticket of its own")
	}
	if triage.CodeOf(panicked) != triage.Internal {
		t.Errorf("a panic: got %v", panicked)
	}
	var tickets, jobs int
	if err := s.reader.QueryRow(`SELECT (SELECT count(*) FROM tickets), (SELECT count(*) FROM river_job)`).Scan(&tickets, &jobs); err != nil {
		t.Fatal(err)
	}
	if tickets != 6 || jobs != 6 {
		t.Errorf("%d tickets and %d jobs, want 6 of each", tickets, jobs)
	}
}

// Who stops waiting before the work has begun leaves nothing, and the others go on.
func TestTogetherTakenBack(t *testing.T) {
	s := openTest(t, Options{})
	release := held(t, s)
	var done sync.WaitGroup
	var first, second error
	lineUp(s, &done, func() { _, first = s.Receive(t.Context(), email("1")) })
	gone, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	lineUp(s, &done, func() {
		_, second = s.Receive(gone, email("2"))
		close(left)
	})
	leave()
	<-left
	release()
	done.Wait()
	if first != nil || triage.CodeOf(second) != triage.Unavailable {
		t.Errorf("got %v and %v", first, second)
	}
	if n := ticketsIn(t, s); n != 1 {
		t.Errorf("%d tickets, want 1", n)
	}
}

// A commit that fails is told to all who shared it.
func TestTogetherLost(t *testing.T) {
	s := openTest(t, Options{})
	release := held(t, s)
	var done sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		lineUp(s, &done, func() {
			errs[i] = s.writeFirst(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if i == 1 { // ends the transaction of all, as a full disk does
					tx.ExecContext(ctx, `ROLLBACK`) //nolint:errcheck // told by what follows
				}
				return nil
			})
		})
	}
	release()
	done.Wait()
	for i, err := range errs {
		if err == nil {
			t.Errorf("%d was told that it is stored", i)
		}
	}
	if _, err := s.Receive(t.Context(), email("after")); err != nil {
		t.Errorf("the next arrival: %v", err)
	}
}

func ticketsIn(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.reader.QueryRow(`SELECT count(*) FROM tickets`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
