package check_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// What a customer says is done is looked at anew, once, names and all, however
// fresh the last look is; older words change nothing.
func TestClaimMakesStale(t *testing.T) {
	w := watch(t)
	ctx := context.Background()
	step := knowledge.Step{ID: "s", Check: &knowledge.Check{Name: "dns.cname", Params: map[string]any{"name": "direct.worlds.example", "target": "target.example"}}}
	look := func(after time.Time) triage.CheckResult {
		return w.Check(ctx, triage.CheckRun{Step: step, After: after}).Results[0]
	}
	begun := w.now()
	first := look(time.Time{})
	dials := w.dials.Load()
	if r := look(begun.Add(-time.Hour)); w.dials.Load() != dials || !r.ObservedAt.Equal(first.ObservedAt) {
		t.Error("words from before the look made it stale")
	}
	w.turn(5 * time.Second) // names are held for 10 s
	said := w.now()
	w.turn(time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if r := look(said); r.ObservedAt.Before(said) {
				t.Errorf("seen at %s, said at %s", r.ObservedAt, said)
			}
		})
	}
	wg.Wait()
	if got := w.dials.Load() - dials; got != dials {
		t.Errorf("%d connections for twenty looks after the claim, %d for the first look", got, dials)
	}
	dials = w.dials.Load()
	if look(said); w.dials.Load() != dials {
		t.Error("looked again although nobody said anything new")
	}
	if r := look(w.now().Add(time.Hour)); r.Outcome != triage.Pass { // a clock that is ahead
		t.Error(r)
	}
}
