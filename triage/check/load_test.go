package check_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
)

// The checks of 200 tickets at once, half of them over silent servers: within
// 300 MB, the lab's own share included. A machine that is busy with other things
// sees less in time, which is unknown and never fail.
func TestTwoHundredTickets(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for real time-outs")
	}
	e := start(t, worlds, check.Options{})
	step := knowledge.Step{Check: &knowledge.Check{All: []knowledge.Check{
		{Name: "dns.cname", Params: map[string]any{"name": "{d}", "target": "target.example"}},
		{Name: "tls.certificate", Params: map[string]any{"host": "{d}"}},
		{Name: "http.forwards", Params: map[string]any{"host": "{d}", "to": "target.example"}},
		{Name: "mail.spf", Params: map[string]any{"domain": "{d}", "include": "target.example"}},
		{Name: "mail.dmarc", Params: map[string]any{"domain": "{d}"}},
	}}}
	runtime.GC()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.Sys-m.HeapReleased)
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	at := time.Now()
	var wg sync.WaitGroup
	var unseen atomic.Int64
	for i := range 200 {
		wg.Go(func() {
			domain := fmt.Sprintf("t%d.wild.worlds.example", i)
			if i%2 == 1 {
				domain = fmt.Sprintf("t%d.mute.example", i)
			}
			got := e.Check(context.Background(), triage.CheckRun{Step: step, Inputs: map[string]string{"d": domain}})
			if got.Outcome == triage.Unknown {
				unseen.Add(1)
			}
			if silent := i%2 == 1; silent && got.Outcome != triage.Unknown || got.Outcome == triage.Pass || len(got.Results) != 5 {
				t.Errorf("%s: %s", domain, got.Outcome)
			}
		})
	}
	wg.Wait()
	took := time.Since(at)
	close(stop)
	most := <-peak >> 20
	t.Logf("200 tickets, 1000 checks: %s, at most %d MB, %d tickets unknown, 100 of them behind silent servers", took.Round(time.Millisecond), most, unseen.Load())
	if most > 300 {
		t.Errorf("%d MB", most)
	}
}
