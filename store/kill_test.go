//go:build unix

package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"readback/triage"
)

// childPath tells this test binary to be the process that gets killed.
const (
	childPath = "STORE_KILL_TEST_PATH"
	childRedo = "STORE_KILL_TEST_REDO" // set: the child reads degraded tickets again
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		run := victim
		if os.Getenv(childRedo) != "" {
			run = redoVictim
		}
		if err := run(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func slowTriage(ctx context.Context, t *triage.Ticket, _ *triage.Result) (triage.Result, error) {
	select {
	case <-ctx.Done():
	case <-time.After(30 * time.Millisecond):
	}
	return triage.Result{CoveredSeq: t.LastSeq, Route: triage.Route{Tier: "l1"}}, ctx.Err()
}

// victim receives and triages until it is killed, and prints the ticket of each
// message that was acknowledged.
func victim(path string) error {
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		return err
	}
	go s.Work(context.Background(), WorkOptions{Triage: slowTriage, Lease: time.Second})
	for i := 0; ; i++ {
		r, err := s.Receive(context.Background(), email(fmt.Sprint(os.Getpid(), "-", i)))
		if err != nil {
			return err
		}
		fmt.Println(r.TicketID)
	}
}

// TestKill kills a process in the middle of its work, round after round on one
// database. What it acknowledged is there, and all of it is triaged in the end.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "readback.db")
	var acknowledged []string
	for round := range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childPath+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 50+20*round && lines.Scan(); n++ {
			acknowledged = append(acknowledged, lines.Text())
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // acknowledged before it died
			if len(lines.Text()) == len("tkt_")+20 {
				acknowledged = append(acknowledged, lines.Text())
			}
		}
		child.Wait() //nolint:errcheck // it was killed
	}
	s := openTest(t, Options{Path: path})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Work(ctx, WorkOptions{Triage: slowTriage, Workers: 16, Lease: time.Second, Sweep: 200 * time.Millisecond})
	}()
	start := time.Now()
	for waiting := 1; waiting > 0; {
		if err := s.reader.QueryRow(`SELECT count(*) FROM tickets WHERE triaged_seq < last_seq`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("%d of %d tickets still wait", waiting, len(acknowledged))
		}
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, id := range acknowledged {
		if r, err := s.Result(t.Context(), id); err != nil || r.Version != 1 {
			t.Fatalf("%s: got %+v, %v: want one result", id, r, err)
		}
	}
	t.Logf("%d acknowledged in four lives, all triaged after %v", len(acknowledged), time.Since(start))
}

// degradedTriage reads with the model only what nobody waits for.
func degradedTriage(ctx context.Context, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	if !triage.IsBackfill(ctx) {
		return triage.Result{CoveredSeq: t.LastSeq, Extractor: triage.ExtractorInfo{Name: "offline", Degraded: true}}, nil
	}
	r, err := slowTriage(ctx, t, prev)
	r.Extractor.Name = "llm"
	return r, err
}

func redoing() WorkOptions {
	return WorkOptions{Triage: degradedTriage, Lease: time.Second, Sweep: 50 * time.Millisecond,
		ModelReady: func(context.Context) bool { return true }}
}

// redoVictim prints a line for each result, until it is killed.
func redoVictim(path string) error {
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		return err
	}
	events, _ := s.Watch()
	go s.Work(context.Background(), redoing())
	for e := range events {
		if e.Kind == EventTriaged {
			fmt.Println(e.TicketID)
		}
	}
	return nil
}

// TestKillRedo kills a process that reads degraded tickets again, round after
// round. In the end each was read again, and none twice.
func TestKillRedo(t *testing.T) {
	t.Parallel()
	const tickets = 40
	path := filepath.Join(t.TempDir(), "readback.db")
	s := openTest(t, Options{Path: path})
	for i := range tickets {
		if _, err := s.Receive(t.Context(), email(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childPath+"="+path, childRedo+"=1")
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		want := 8
		if round == 0 {
			want += tickets // the degraded results come first
		}
		for n := 0; n < want && lines.Scan(); n++ {
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.Wait() //nolint:errcheck // it was killed
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Work(ctx, redoing()) }()
	start := time.Now()
	for left := 1; left > 0; {
		if err := s.reader.QueryRow(`SELECT count(*) FROM tickets WHERE degraded = 1 OR triaged_seq < last_seq`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("%d tickets are still degraded", left)
		}
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	var twice int
	if err := s.reader.QueryRow(`SELECT count(*) FROM tickets WHERE version <> 2`).Scan(&twice); err != nil || twice != 0 {
		t.Errorf("%d tickets have not two versions, %v", twice, err)
	}
}
