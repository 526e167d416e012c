package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"readback/store"
	"readback/store/storetest"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/extract/fake"
)

// Limits of what many tickets may leave behind.
const (
	mostGrowth = 200 << 20 // bytes of memory
	mostExtra  = 10        // goroutines and files: those of idle connections
)

// Many tickets go the whole way, from the hook's transaction over the queue
// and a model on a socket to the stored brief: memory does not grow, and no
// goroutine or file is left. READBACK_TEST_TICKETS=10000 is the long run.
func TestManyTicketsLeaveNothingBehind(t *testing.T) {
	n := count(t, 500, 200)
	model := httptest.NewServer(fake.Handler(fake.Random(5)))
	defer model.Close()
	client := modelClient()
	d, _ := modelDesk(t, extract.ModelOptions{BaseURL: model.URL + "/v1", Client: client})
	all := tickets(t, d)
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	s, err := store.Open(t.Context(), store.Options{Path: storetest.File(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var triaged atomic.Int64
	var warm runtime.MemStats
	done := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	worked := make(chan error, 1)
	go func() {
		worked <- s.Work(ctx, store.WorkOptions{ChatWait: -1, Triage: func(ctx context.Context, tick *triage.Ticket, prev *triage.Result) (triage.Result, error) {
			r, err := d.pipeline.Triage(ctx, tick, prev)
			if err != nil {
				return r, err
			}
			for _, b := range broken(d.workspace, tick, &r) {
				t.Errorf("%s: %s", tick.ID, b)
			}
			switch triaged.Add(1) {
			case int64(n / 10):
				runtime.GC()
				runtime.ReadMemStats(&warm)
			case int64(n):
				close(done)
			}
			return r, nil
		}})
	}()
	began := time.Now()
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range n {
		tick := shuffled(rng, all)
		in := store.Inbound{Source: "endurance", TicketKey: fmt.Sprint(i), MessageKey: fmt.Sprint(i), Subject: tick.Subject, Customer: tick.Customer,
			Messages: tick.Messages, Raw: []byte("{}"), RawType: "application/json"}
		for j := range in.Messages {
			in.Messages[j].Channel = triage.ChannelEmail
		}
		if _, err := s.Receive(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-done:
	case err := <-worked:
		t.Fatalf("the work ended: %v", err)
	case <-time.After(30 * time.Minute):
		t.Fatalf("%d of %d triaged in half an hour", triaged.Load(), n)
	}
	took := time.Since(began)
	stop()
	if err := <-worked; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	client.CloseIdleConnections()
	model.CloseClientConnections()
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc) - int64(warm.HeapAlloc)
	extraGoroutines, extraFiles := settle(t, goroutines, files)
	t.Logf("%d tickets in %v (%.0f a second): the heap grew by %d KiB after the first tenth, %d MiB are the system's; %+d goroutines, %+d files",
		n, took.Round(time.Millisecond), float64(n)/took.Seconds(), grown>>10, after.Sys>>20, extraGoroutines, extraFiles)
	if grown > mostGrowth || extraGoroutines > mostExtra || extraFiles > mostExtra {
		t.Errorf("something stays behind")
	}
}

// settle waits a little for goroutines to notice their end and counts those
// and the files that are there beyond the numbers of before.
func settle(t *testing.T, goroutines, files int) (extraGoroutines, extraFiles int) {
	t.Helper()
	for range 100 {
		extraGoroutines, extraFiles = runtime.NumGoroutine()-goroutines, openFiles(t)-files
		if extraGoroutines <= 0 && extraFiles <= 0 {
			break
		}
		time.Sleep(20 * time.Millisecond) // nothing tells when a closed connection's goroutine is gone
	}
	return extraGoroutines, extraFiles
}

// openFiles counts the process's open files; 0 where the system does not tell.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
