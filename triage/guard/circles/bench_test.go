package circles

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/guard"
)

// madeUp returns n tickets of five messages, made of the sentences that the
// guard's own drills have, in several languages, and numbers of their own.
func madeUp(tb testing.TB, n int) []Thread {
	tb.Helper()
	f, err := os.Open("../testdata/shaping.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	type drill struct {
		Language string
		Messages []struct{ Text string }
		Draft    string
	}
	byLanguage := map[string][]drill{}
	var languages []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var d drill
		if err := json.Unmarshal(sc.Bytes(), &d); err != nil {
			tb.Fatal(err)
		}
		if byLanguage[d.Language] == nil {
			languages = append(languages, d.Language)
		}
		byLanguage[d.Language] = append(byLanguage[d.Language], d)
	}
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]Thread, n)
	for i := range out {
		list := byLanguage[languages[r.IntN(len(languages))]]
		one := list[r.IntN(len(list))]
		t := Thread{Ticket: triage.Ticket{ID: fmt.Sprint("t", i)}}
		at := time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC)
		for j := range 5 {
			d := one
			if j > 1 {
				d = list[r.IntN(len(list))]
			}
			m := triage.Message{ID: fmt.Sprint("m", i, "-", j), Seq: int64(j + 1), Role: triage.RoleCustomer, Channel: triage.ChannelEmail, SentAt: at.Add(time.Duration(j) * time.Hour)}
			m.Text = d.Messages[0].Text + fmt.Sprintf(" My order is %d.", r.IntN(1e6))
			w := Writer{}
			if j%2 == 1 {
				m.Role, m.Text, w = triage.RoleAgent, d.Draft, Writer{Agent: fmt.Sprint("a", r.IntN(9)), Tier: fmt.Sprint("tier", r.IntN(3))}
			}
			t.Messages, t.By = append(t.Messages, m), append(t.By, w)
		}
		t.LastSeq = 5
		out[i] = t
	}
	return out
}

// A thousand tickets with five thousand messages, on all cores.
func BenchmarkRead(b *testing.B) {
	g, threads := guard.New(nil), madeUp(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		r, err := Read(context.Background(), g, Options{}, func() (Thread, bool) {
			if n == len(threads) {
				return Thread{}, false
			}
			n++
			return threads[n-1], true
		})
		if err != nil || r.Tickets != len(threads) {
			b.Fatal(r, err)
		}
		if name := os.Getenv("READBACK_FINDINGS"); name != "" { // to compare what two versions find
			data, _ := json.MarshalIndent(r, "", " ")
			_ = os.WriteFile(name, data, 0o600)
		}
	}
}
