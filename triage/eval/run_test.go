package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"readback/triage"
)

// many tickets that say their number.
func many(t *testing.T, n int) []Ticket {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"t%d","messages":[{"n":1,"role":"customer","text":"I tried %d"}]}`+"\n", i, i)
	}
	tickets, err := ReadLines(strings.NewReader(b.String()), "many", nil)
	if err != nil {
		t.Fatal(err)
	}
	return tickets
}

// counting reads a ticket's whole text as a claim and counts its calls.
type counting struct {
	mu       sync.Mutex
	calls    int
	stopAt   int // the call that fails, 0 = none
	degraded map[string]bool
}

func (c *counting) triage(ctx context.Context, t *triage.Ticket) (triage.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if c.calls == c.stopAt {
		return triage.Result{}, context.Canceled
	}
	text := t.Messages[0].Text
	return triage.Result{Extractor: triage.ExtractorInfo{Degraded: c.degraded[t.ID]},
		Brief: triage.Brief{Claims: []triage.Claim{{State: triage.ClaimDone,
			Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, End: len(text), Quote: text}}}}}}, nil
}

func TestRunKeepsOrder(t *testing.T) {
	tickets := many(t, 200)
	var journal bytes.Buffer
	c := &counting{}
	got, err := Run(context.Background(), tickets, Reader{Name: "x", Workers: 8, Triage: c.triage}, Options{Journal: &journal})
	if err != nil || len(got) != 200 || c.calls != 200 {
		t.Fatalf("%v, %d predictions, %d calls", err, len(got), c.calls)
	}
	lines := strings.Split(strings.TrimSpace(journal.String()), "\n")
	for i := range got {
		want := fmt.Sprintf("t%d", i)
		if got[i].ID != want || got[i].Claims[0].Quote != fmt.Sprintf("I tried %d", i) || !strings.HasPrefix(lines[i], `{"id":"`+want+`","extractor":"x"`) {
			t.Fatalf("%d: %+v, line %s", i, got[i], lines[i])
		}
	}
	if strings.Contains(lines[0], ":null,\"environment\"") || !strings.Contains(lines[0], `"documents":[]`) {
		t.Errorf("a list is null: %s", lines[0])
	}
}

// A run that was killed goes on where it was: what is in the journal is not
// read again, but for degraded tickets and for what another version read.
func TestResume(t *testing.T) {
	tickets := many(t, 10)
	var journal bytes.Buffer
	first := &counting{stopAt: 7, degraded: map[string]bool{"t2": true}}
	_, err := Run(context.Background(), tickets, Reader{Name: "x", Version: "1", Triage: first.triage}, Options{Journal: &journal})
	if triage.CodeOf(err) != triage.Unavailable || !errors.Is(err, context.Canceled) || triage.MessageOf(err) != "x: interrupted after 6 of 10 tickets" {
		t.Fatalf("%v", err)
	}
	killed := journal.String() + `{"id":"t6","claims":[{"mess` // the half line
	for name, tc := range map[string]struct {
		version string
		calls   int // t2 is degraded, t6 to t9 are not there
	}{
		"the same reader": {"1", 5},
		"another version": {"2", 10},
	} {
		t.Run(name, func(t *testing.T) {
			known, err := ReadPredictions(strings.NewReader(killed))
			if err != nil {
				t.Fatal(err)
			}
			second := &counting{}
			more := bytes.NewBufferString(killed + "\n")
			r := Reader{Name: "x", Version: tc.version, Triage: second.triage}
			got, err := Run(context.Background(), tickets, r, Options{Known: known, Journal: more})
			if err != nil || second.calls != tc.calls || got[2].Degraded || got[9].ID != "t9" {
				t.Fatalf("%v, %d calls, want %d", err, second.calls, tc.calls)
			}
			if all, _ := ReadPredictions(more); len(all) < 10 {
				t.Errorf("%d predictions in the journal", len(all))
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := &counting{}
	if _, err := Run(ctx, many(t, 50), Reader{Name: "x", Workers: 3, Triage: func(ctx context.Context, tk *triage.Ticket) (triage.Result, error) {
		r, _ := c.triage(ctx, tk)
		return r, ctx.Err()
	}}, Options{}); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("%v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestJournalFull(t *testing.T) {
	c := &counting{}
	_, err := Run(context.Background(), many(t, 5), Reader{Name: "x", Triage: c.triage}, Options{Journal: full{}})
	if triage.CodeOf(err) != triage.Internal {
		t.Errorf("%v", err)
	}
}

// Progress is told of runs that take long, with the rate so far: here a
// ticket takes two seconds.
func TestProgress(t *testing.T) {
	for pace, want := range map[time.Duration]string{
		2 * time.Millisecond: "",
		2 * time.Second: "x: 3 of 20 tickets, 0.5 a second, 34s left\n" +
			"x: 6 of 20 tickets, 0.5 a second, 28s left\n" +
			"x: 9 of 20 tickets, 0.5 a second, 22s left\n",
	} {
		now := time.Unix(0, 0)
		var out bytes.Buffer
		p := &progress{name: "x", of: 20, began: now, opt: Options{Progress: &out, Now: func() time.Time { return now }}}
		for n := range 10 {
			now = now.Add(pace)
			p.done(n+1, false)
		}
		if out.String() != want {
			t.Errorf("%s: %q, want %q", pace, out.String(), want)
		}
	}
}
