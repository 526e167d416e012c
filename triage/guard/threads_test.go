package guard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"readback/triage"
)

// A marked thread is a ticket whose answers were read by somebody: what in
// them repeats, by message (from 0) and verbatim quotation.
type marked struct {
	ID       string `json:"id"`
	Messages []struct {
		Role triage.Role `json:"role"`
		Text string      `json:"text"`
	} `json:"messages"`
	Repeats []struct {
		Message int    `json:"message"`
		Quote   string `json:"quote"`
		Kind    string `json:"kind"` // step, link or question
	} `json:"repeats"`
}

var kindOf = map[string]Kind{"step": RepeatsStep, "link": ResendsDocument, "question": AsksKnown}

// TestThreads measures on threads of your own, marked as above, in the files
// that GUARD_THREADS names: what the guard finds in the last answer, and what
// the circles report finds in all.
func TestThreads(t *testing.T) {
	names := os.Getenv("GUARD_THREADS")
	if names == "" {
		t.Skip("GUARD_THREADS names no files of marked threads")
	}
	g := New(nil)
	for _, name := range strings.Split(names, ",") {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		guard, circles := count{name: "guard"}, count{name: "circles"}
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 32<<20)
		for sc.Scan() {
			var m marked
			if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
			ticket := (&drill{ID: m.ID, Messages: m.Messages}).ticket()
			last := len(m.Messages) - 1
			var all []Repeat
			for _, r := range g.Past(ticket).Repeats {
				r.Message-- // from 0, as the marks
				all = append(all, r)
			}
			circles.add(t, &m, all, false, last)
			ticket.Messages, ticket.LastSeq = ticket.Messages[:last], int64(last)
			all = nil
			for _, f := range g.Check(Case{Ticket: ticket, Draft: m.Messages[last].Text}).Findings {
				all = append(all, Repeat{last, f})
			}
			guard.add(t, &m, all, true, last)
		}
		t.Log(name, guard.String())
		t.Log(name, circles.String())
	}
}

// A count is what was found of what was marked.
type count struct {
	name                              string
	marked, caught                    map[string]int
	stops, stopsWrong, hints, hintsNo int
}

func (c *count) add(t *testing.T, m *marked, found []Repeat, draft bool, last int) {
	if c.marked == nil {
		c.marked, c.caught = map[string]int{}, map[string]int{}
	}
	used := make([]bool, len(found))
	for _, want := range m.Repeats {
		if draft && want.Message != last {
			continue
		}
		c.marked[want.Kind]++
		at := strings.Index(m.Messages[want.Message].Text, want.Quote)
		if at < 0 {
			t.Fatalf("%s: %q is not in message %d", m.ID, want.Quote, want.Message)
		}
		hit := false
		for i, f := range found {
			if f.Message == want.Message && f.Draft.Start < at+len(want.Quote) && at < f.Draft.End && (f.Kind == kindOf[want.Kind] || (f.Kind == RepeatsStep || f.Kind == AsksKnown) && want.Kind != "link") {
				hit, used[i] = true, true
			}
		}
		if hit {
			c.caught[want.Kind]++
		} else {
			t.Logf("%s %s: missed %s %q", c.name, m.ID, want.Kind, want.Quote)
		}
	}
	for i, f := range found {
		n, wrong := &c.hints, &c.hintsNo
		if f.Level == Stop {
			n, wrong = &c.stops, &c.stopsWrong
		}
		*n++
		if used[i] {
			continue
		}
		*wrong++
		quote := ""
		if f.Evidence != nil {
			quote = f.Evidence.Quote
		}
		t.Logf("%s %s: wrong %s %s %q by %q", c.name, m.ID, f.Level, f.Kind, m.Messages[f.Message].Text[f.Draft.Start:f.Draft.End], quote)
	}
}

func (c *count) String() string {
	var b strings.Builder
	all, got := 0, 0
	for _, k := range []string{"step", "link", "question"} {
		fmt.Fprintf(&b, "%s %d/%d ", k, c.caught[k], c.marked[k])
		all, got = all+c.marked[k], got+c.caught[k]
	}
	return fmt.Sprintf("%s: caught %d/%d (%s) stops wrong %d/%d, hints wrong %d/%d", c.name, got, all, strings.TrimSpace(b.String()), c.stopsWrong, c.stops, c.hintsNo, c.hints)
}
