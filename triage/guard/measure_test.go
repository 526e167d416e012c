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

// A drill is one draft with what should be found in it; what is not named
// should not be found.
type drill struct {
	ID       string `json:"id"`
	Language string `json:"language"`
	Messages []struct {
		Role triage.Role `json:"role"`
		Text string      `json:"text"`
	} `json:"messages"`
	Draft  string `json:"draft"`
	Expect []struct {
		Kind     Kind   `json:"kind"`
		Draft    string `json:"draft"`    // in the finding's range, or around it
		Evidence string `json:"evidence"` // in the quotation
	} `json:"expect"`
}

func (d *drill) ticket() *triage.Ticket {
	t := &triage.Ticket{ID: d.ID}
	for i, m := range d.Messages {
		t.Messages = append(t.Messages, triage.Message{ID: fmt.Sprint("m", i+1), Seq: int64(i + 1), Role: m.Role, Text: m.Text})
	}
	t.LastSeq = int64(len(t.Messages))
	return t
}

func drills(t testing.TB, name string) (out []drill) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var d drill
		if err := json.Unmarshal(sc.Bytes(), &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, d)
	}
	return out
}

// tally counts what was found of what should be.
type tally struct{ expected, caught, found, right, stops, stopsWrong int }

func (d *drill) measure(t testing.TB, g *Guard, sum *tally) {
	r := g.Check(Case{Ticket: d.ticket(), Draft: d.Draft})
	used := make([]bool, len(r.Findings))
	for _, want := range d.Expect {
		sum.expected++
		at := strings.Index(d.Draft, want.Draft)
		if at < 0 {
			t.Fatalf("%s: %q is not in the draft", d.ID, want.Draft)
		}
		hit := false
		for i, f := range r.Findings {
			if f.Kind == want.Kind && f.Draft.Start < at+len(want.Draft) && at < f.Draft.End && f.Evidence != nil && strings.Contains(f.Evidence.Quote, want.Evidence) {
				hit, used[i] = true, true
			}
		}
		if hit {
			sum.caught++
		} else {
			t.Logf("%s: missed %s %q", d.ID, want.Kind, want.Draft)
		}
	}
	for i, f := range r.Findings {
		sum.found++
		if f.Level == Stop {
			sum.stops++
		}
		if used[i] {
			sum.right++
			continue
		}
		if f.Level == Stop {
			sum.stopsWrong++
		}
		quote := ""
		if f.Evidence != nil {
			quote = f.Evidence.Quote
		}
		t.Logf("%s: wrong %s %q by %q", d.ID, f.Kind, d.Draft[f.Draft.Start:f.Draft.End], quote)
	}
}

// Drafts and threads of ours. A smoke figure: both sides are written here, and
// the words of the rules were shaped on these.
func TestDrills(t *testing.T) {
	g := New(nil)
	for name, floor := range map[string]struct{ caught, right float64 }{"shaping.jsonl": {0.9, 0.9}, "fresh.jsonl": {0.9, 0.9}, "unseen.jsonl": {0.5, 0.7}} {
		var sum tally
		for _, d := range drills(t, name) {
			d.measure(t, g, &sum)
		}
		caught, right := float64(sum.caught)/float64(sum.expected), float64(sum.right)/float64(sum.found)
		t.Logf("%s: caught %d of %d, right %d of %d, stops wrong %d of %d", name, sum.caught, sum.expected, sum.right, sum.found, sum.stopsWrong, sum.stops)
		if caught < floor.caught || right < floor.right {
			t.Errorf("%s: caught %.2f, right %.2f", name, caught, right)
		}
	}
}
