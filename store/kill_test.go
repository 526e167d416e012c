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
	childPast = "STORE_KILL_TEST_PAST" // set: the child imports tickets and reads them
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		run := victim
		if os.Getenv(childRedo) != "" {
			run = redoVictim
		}
		if os.Getenv(childPast) != "" {
			run = importVictim
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

const killedImport = 200 // tickets

// importPast imports tickets unless that is done, and has them read; told hears
// of each transaction.
func importPast(ctx context.Context, s *Store, told func()) error {
	list, err := s.Imports(ctx, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].State != ImportDone {
		id, err := s.StartImport(ctx, Import{Source: "desk/main", Format: "zendesk", Files: []string{"a.json"}})
		if err != nil {
			return err
		}
		for from := 0; from < killedImport; from += 10 {
			var parts []PastTicket
			for i := from; i < from+10; i++ {
				key := fmt.Sprint(i)
				parts = append(parts, PastTicket{Key: key, Messages: []PastMessage{past(key+"/1", triage.RoleCustomer, "It does not work "+key, march), past(key+"/2", triage.RoleAgent, "It does now", march)}})
			}
			if _, err := s.Import(ctx, id, parts, ImportCounts{}, nil); err != nil {
				return err
			}
			told()
		}
		if err := s.EndImport(ctx, id, ImportDone); err != nil {
			return err
		}
		if err := s.SetReading(ctx, id, ReadOffline, ""); err != nil {
			return err
		}
		list = []Import{{ID: id}}
	}
	o := WorkOptions{Past: func(ctx context.Context, _ Reading, t *triage.Ticket) (triage.Result, error) {
		return slowTriage(ctx, t, nil)
	}}
	_, err = s.ReadImport(ctx, list[0].ID, o, func(int) bool { told(); return true })
	return err
}

// importVictim prints a line for each transaction, until it is killed.
func importVictim(path string) error {
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		return err
	}
	return importPast(context.Background(), s, func() { fmt.Println("stored") })
}

// TestKillImport kills a process that imports and reads, in each. In the end
// everything is there and read, and nothing twice.
func TestKillImport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "readback.db")
	for _, lines := range []int{7, killedImport/10 + 2, 3} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childPath+"="+path, childPast+"=1")
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		told := bufio.NewScanner(out)
		for n := 0; n < lines && told.Scan(); n++ {
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.Wait() //nolint:errcheck // it was killed
	}
	s := openTest(t, Options{Path: path})
	n := 0
	if err := importPast(t.Context(), s, func() { n++ }); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{`SELECT count(*) FROM imports WHERE reading = ''`: 1, `SELECT count(*) FROM tickets WHERE version = 1`: killedImport,
		`SELECT count(*) FROM tickets`: killedImport, `SELECT count(*) FROM messages`: 2 * killedImport, `SELECT count(*) FROM briefs`: killedImport} {
		var got int
		if err := s.reader.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%d, %v, want %d: %s", got, err, want, query)
		}
	}
	list, err := s.Imports(t.Context(), 1)
	if err != nil || list[0].Counts.Tickets != killedImport || list[0].Counts.Messages != 2*killedImport || n == 0 || n >= killedImport/readBatch {
		t.Errorf("%+v, %v; %d readings were left to the last process", list, err, n)
	}
}
