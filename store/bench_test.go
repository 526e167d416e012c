package store

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"readback/triage"
)

// BenchmarkReceive takes messages from one sender after the other, then from
// many at once; each commit is on the disk.
func BenchmarkReceive(b *testing.B) {
	for _, senders := range []int{1, 16} {
		b.Run(fmt.Sprint("senders=", senders), func(b *testing.B) {
			s := openTest(b, Options{MaxBacklog: 1 << 40})
			took := make([]time.Duration, b.N)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range senders {
				wg.Go(func() {
					for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
						start := time.Now()
						if _, err := s.Receive(b.Context(), email(fmt.Sprint(i))); err != nil {
							b.Error(err)
							return
						}
						took[i] = time.Since(start)
					}
				})
			}
			wg.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
		})
	}
}

// BenchmarkTickets reads pages of an inbox of 100,000 tickets.
func BenchmarkTickets(b *testing.B) {
	const n = 100_000
	s := openTest(b, Options{})
	_, err := s.writer.Exec(`WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < ?1)
		INSERT INTO tickets (id, source, ticket_key, subject, channel, customer_id, customer_email, customer_name,
			customer_account, identity, state, created_at, updated_at, last_seq, triaged_seq, tier, needs_review, request)
		SELECT printf('tkt_%016x', i * 2654435761 % 4294967296), 'mail', i, 'Links over HTTPS', 'email', '', 'ann@shop.example', 'Ann',
			'', 'claimed', CASE WHEN i % 10 = 0 THEN 'open' ELSE 'resolved' END, i, i * 1000, 1, 1,
			'l' || (i % 3), i % 50 = 0, 'Serve click-tracking links over HTTPS' FROM seq`, n)
	if err != nil {
		b.Fatal(err)
	}
	review := true
	deep := cursor(time.UnixMicro(n/2*1000), "tkt_")
	for name, f := range map[string]Filter{
		"all":             {},
		"all, half way":   {After: deep},
		"tier":            {Tier: "l1"},
		"open tier":       {Tier: "l1", State: triage.StateOpen},
		"open tier, deep": {Tier: "l1", State: triage.StateOpen, After: deep},
		"open review":     {NeedsReview: &review, State: triage.StateOpen},
		"lane":            {Lane: LaneResolved},
		"lane tier":       {Lane: LaneOpen, Tier: "l1"},
		"lane nobody's":   {Lane: LaneOpen, Assignee: new(string)},
		"lane to review":  {Lane: LaneOpen, NeedsReview: &review, After: deep},
		"two filters":     {Lane: LaneOpen, Tier: "l1", NeedsReview: &review},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page, err := s.Tickets(b.Context(), f)
				if err != nil || len(page.Tickets) != defaultLimit {
					b.Fatal(len(page.Tickets), err)
				}
			}
		})
	}
	b.Run("nothing found", func(b *testing.B) { // the longest walk
		for b.Loop() {
			page, err := s.Tickets(b.Context(), Filter{Lane: LaneResolved, Language: "xx", Kind: triage.KindBroken})
			if err != nil || len(page.Tickets) > 0 || !page.Partial {
				b.Fatal(page, err)
			}
		}
	})
	b.Run("nothing found by state", func(b *testing.B) {
		for b.Loop() {
			page, err := s.Tickets(b.Context(), Filter{State: triage.StateResolved, Language: "xx", Kind: triage.KindBroken})
			if err != nil || len(page.Tickets) > 0 || !page.Partial {
				b.Fatal(page, err)
			}
		}
	})
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Counts(b.Context(), "usr_x", []string{"l0", "l1", "l2"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSearch looks for words in 100,000 tickets of 1,000,000 messages:
// for those that are everywhere and those that are rare, whole ones and
// unfinished ones, one and several, with the other filters.
func BenchmarkSearch(b *testing.B) {
	s := bigInbox(b, 100_000)
	words := newZipf(b.Name())
	var took []time.Duration
	for _, n := range []int{0, 3, 30, 300, 3000, 30_000, 150_000} {
		w := words.word(n)
		for _, f := range []Filter{
			{Text: w}, {Text: w[:min(3, len(w))]}, {Text: words.word(n/2+7) + " " + w},
			{Text: w, Tier: "l1", State: triage.StateOpen}, {Text: words.word(1) + " " + words.word(2) + " " + w},
		} {
			b.Run(fmt.Sprintf("%d/%s/%s", n, f.Text, f.Tier), func(b *testing.B) {
				began := cpuTime(b)
				for b.Loop() {
					start := cpuTime(b)
					if _, err := s.Tickets(b.Context(), f); err != nil {
						b.Fatal(err)
					}
					took = append(took, cpuTime(b)-start)
				}
				b.ReportMetric(float64((cpuTime(b)-began).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
	slices.Sort(took)
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-cpu-µs")
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-cpu-µs")
	})
}

// cpuTime is what the process has used of the processor: another's load does
// not change it.
func cpuTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkSimilar looks for tickets like one, in 100,000.
func BenchmarkSimilar(b *testing.B) {
	s := bigInbox(b, 100_000)
	var ids []string
	page, err := s.Tickets(b.Context(), Filter{Limit: 20})
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range page.Tickets {
		ids = append(ids, t.ID)
	}
	began, n := cpuTime(b), 0
	for b.Loop() {
		t, err := s.Ticket(b.Context(), ids[n%len(ids)])
		if err != nil {
			b.Fatal(err)
		}
		r := triage.Result{Brief: triage.Brief{Kind: triage.KindBroken, Language: "en"}}
		if _, err := s.Similar(b.Context(), &t, &r); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64((cpuTime(b)-began).Microseconds())/float64(n), "cpu-µs/op")
}

// BenchmarkReceiveLogged takes the same messages without the event log, with
// it, and with figures kept up to date beside it, by turns: what logging costs.
func BenchmarkReceiveLogged(b *testing.B) {
	names := []string{"without", "logged", "measured"}
	stores := map[string]*Store{}
	for _, name := range names {
		stores[name] = openTest(b, Options{MaxBacklog: 1 << 40})
	}
	if _, err := stores["without"].writer.Exec(`CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END`); err != nil {
		b.Fatal(err)
	}
	go func() {
		for b.Context().Err() == nil {
			_ = stores["measured"].Measure(b.Context(), Calendar{basis: "bench"})
			time.Sleep(100 * time.Millisecond) // fifty times as often as the service does
		}
	}()
	took := map[string][]time.Duration{}
	n := 0
	for b.Loop() {
		n++
		for i := range names {
			name := names[(i+n)%len(names)]
			start := time.Now()
			if _, err := stores[name].Receive(b.Context(), email(fmt.Sprint(n))); err != nil {
				b.Fatal(err)
			}
			took[name] = append(took[name], time.Since(start))
		}
	}
	for _, name := range names {
		slices.Sort(took[name])
		b.ReportMetric(float64(took[name][n/2].Nanoseconds())/1000, name+"-median-µs")
	}
}
