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
const childPath = "STORE_KILL_TEST_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := victim(path); err != nil {
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
