package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readback/triage"
)

func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "readback.db")
	}
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func email(key string) Inbound {
	return Inbound{Source: "mail", TicketKey: key, MessageKey: key, Subject: "links", Raw: []byte("raw " + key), RawType: "message/rfc822",
		Customer: triage.Customer{Email: "ann@shop.example"},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: "text " + key}}}
}

// A sweep makes no second job for a ticket whose job waits, a job of this
// opening for those that wait since another, and none for a live lease.
func TestSweepEnqueuesOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "readback.db")
	first := openTest(t, Options{Path: path})
	var ids []string
	for _, key := range []string{"a", "b"} {
		r, err := first.Receive(t.Context(), email(key))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.TicketID)
	}
	jobs := func(s *Store) (n int) {
		if err := s.reader.QueryRow(`SELECT count(*) FROM river_job`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 3 {
		if n, err := first.sweep(t.Context()); n != 2 || err != nil {
			t.Fatalf("swept %d, %v", n, err)
		}
	}
	if n := jobs(first); n != 2 {
		t.Errorf("%d jobs for two messages", n)
	}
	second := openTest(t, Options{Path: path})
	if err := second.TakeLease(t.Context(), ids[0], "x", time.Minute); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := second.sweep(t.Context()); n != 1 || err != nil {
			t.Fatalf("swept %d, %v", n, err)
		}
	}
	if n := jobs(second); n != 3 {
		t.Errorf("%d jobs, want one more for the ticket without a lease", n)
	}
}

// What River keeps of a failure names no words of a customer.
func TestFailureKeepsNoText(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	if _, err := s.Receive(t.Context(), email("a")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var tries atomic.Int32
	err := s.Work(ctx, WorkOptions{Triage: func(_ context.Context, tk *triage.Ticket, _ *triage.Result) (triage.Result, error) {
		switch tries.Add(1) {
		case 1:
			return triage.Result{}, triage.Errorf(triage.Unavailable, "no model for %s", tk.Messages[0].Text)
		case 2:
			cancel()
			panic(tk.Messages[0].Text)
		}
		return triage.Result{}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var kept string
	if err := s.reader.QueryRow(`SELECT group_concat(CAST(errors AS TEXT)) FROM river_job`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(kept, "unavailable") || !strings.Contains(kept, "internal") || strings.Contains(kept, "text a") {
		t.Errorf("River keeps %s", kept)
	}
}

// Work ends in time although a triage hangs, and leaves no lease behind.
func TestWorkEndsThoughTriageHangs(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	r, err := s.Receive(t.Context(), email("a"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var cancelled atomic.Bool
	done := make(chan error, 1)
	go func() {
		done <- s.Work(ctx, WorkOptions{Triage: func(job context.Context, _ *triage.Ticket, _ *triage.Result) (triage.Result, error) {
			cancel()
			<-job.Done()
			cancelled.Store(true)
			return triage.Result{}, job.Err()
		}})
	}()
	select {
	case err := <-done:
		if err != nil || !cancelled.Load() {
			t.Errorf("ended with %v, triage cancelled: %v", err, cancelled.Load())
		}
	case <-time.After(2*drainTime + time.Second):
		t.Fatal("Work did not end")
	}
	if err := s.TakeLease(t.Context(), r.TicketID, "next", time.Minute); err != nil {
		t.Error(err)
	}
}
