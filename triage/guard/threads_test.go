package guard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"readback/triage"
	"readback/triage/extract/offline"
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

// TestThreads measures on marked threads what the guard finds in the last
// answer, and what the circles report finds in all: on those of testdata, which
// are ours, and on those of the files that GUARD_THREADS names (commas between
// them).
func TestThreads(t *testing.T) {
	guard, circles := measure(t, "testdata/threads.jsonl")
	if got := guard.rate(); got < 0.9 || guard.hintsNo+guard.stopsWrong > 1 {
		t.Error(guard.String())
	}
	if got := circles.rate(); got < 0.9 || circles.hintsNo+circles.stopsWrong > 1 {
		t.Error(circles.String())
	}
	for name := range strings.SplitSeq(os.Getenv("GUARD_THREADS"), ",") {
		if name != "" {
			measure(t, name)
		}
	}
}

// measure reads every thread of a file.
func measure(t *testing.T, name string) (guard, circles count) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	guard, circles = count{name: "guard"}, count{name: "circles"}
	g := New(nil)
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
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	t.Log(name, guard.String())
	t.Log(name, circles.String())
	return guard, circles
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

// rate is how much of what was marked was caught, 0..1.
func (c *count) rate() float64 {
	all, got := 0, 0
	for kind, n := range c.marked {
		all, got = all+n, got+c.caught[kind]
	}
	return float64(got) / float64(max(all, 1))
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

// Pairs of what one customer says and what one answer tells or asks, ours:
// "=" where it repeats that, "!" where it does not.
func TestPairs(t *testing.T) {
	g := New(nil)
	before := map[string]string{ // a text too short to tell its language is not compared
		"en": "Hello, this is not behaving as it should and we are stuck. ",
		"de": "Guten Tag, leider funktioniert das nicht mehr richtig und ich weiß nicht weiter. ",
		"pl": "Dzień dobry, niestety nic nie działa i nie wiem, co dalej robić. ",
		"es": "Hola, esto no funciona como debería y no sé qué más hacer. ",
	}
	for name, kind := range map[string]Kind{"steps.txt": RepeatsStep, "questions.txt": AsksKnown} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all, missed := 0, 0
		for line := range strings.Lines(string(data)) {
			said, told, ok := strings.Cut(strings.TrimSpace(line[2:]), " | ")
			if !ok {
				t.Fatalf("%s: no pair: %q", name, line)
			}
			said = before[offline.Language(told)] + said
			r := g.Check(Case{Ticket: &triage.Ticket{Messages: []triage.Message{{Seq: 1, Role: triage.RoleCustomer, Text: said}}, LastSeq: 1}, Draft: told})
			found := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == kind })
			switch {
			case line[0] == '!' && found:
				t.Errorf("%s: found %q", name, line)
			case line[0] == '=':
				all++
				if !found {
					missed++
					t.Logf("%s: missed %q", name, line)
				}
			}
		}
		t.Logf("%s: caught %d of %d", name, all-missed, all)
		if missed*8 > all {
			t.Errorf("%s: missed %d of %d", name, missed, all)
		}
	}
}
