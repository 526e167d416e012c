package check_test

import (
	"context"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// One name is looked at sixty times a minute at most, whoever asks; what is
// said beyond that is unknown and reaches nobody.
func TestTargetRate(t *testing.T) {
	w := watch(t)
	ctx := context.Background()
	step := knowledge.Step{ID: "s", Check: &knowledge.Check{Name: "tls.certificate", Params: map[string]any{"host": "good.worlds.example"}}}
	tooOften := saw{triage.Unknown, "could_not_check", "check.too_often"}
	for i := range 65 {
		w.turn(time.Millisecond)
		r := w.Check(ctx, triage.CheckRun{Step: step, After: w.now()}).Results[0]
		if i < 60 {
			want(t, r, sawValid)
		} else {
			want(t, r, tooOften)
		}
	}
	dials := w.dials.Load()
	w.turn(time.Second)
	want(t, w.Check(ctx, triage.CheckRun{Step: step, After: w.now()}).Results[0], tooOften)
	if w.dials.Load() != dials {
		t.Error("somebody was reached")
	}
	want(t, w.Run(ctx, "tls.certificate", map[string]string{"host": "chained.worlds.example"}, nil), sawValid) // another name
	w.turn(time.Minute)
	want(t, w.Check(ctx, triage.CheckRun{Step: step, After: w.now()}).Results[0], sawValid)
}

// A ticket that names ever more things is told no more for a while; others are.
func TestAskerRate(t *testing.T) {
	w := watch(t)
	ctx := context.Background()
	step := knowledge.Step{ID: "s", Check: &knowledge.Check{Name: "dns.resolves", Params: map[string]any{"name": "direct.worlds.example"}}}
	var last triage.CheckResult
	for range 301 {
		last = w.Check(ctx, triage.CheckRun{Step: step, Asker: "tkt_a"}).Results[0]
	}
	want(t, last, saw{triage.Unknown, "could_not_check", "check.too_often"})
	if r := w.Check(ctx, triage.CheckRun{Step: step, Asker: "tkt_b"}); r.Outcome != triage.Pass {
		t.Errorf("%+v", r)
	}
	w.turn(time.Minute)
	if r := w.Check(ctx, triage.CheckRun{Step: step, Asker: "tkt_a"}); r.Outcome != triage.Pass {
		t.Errorf("%+v", r)
	}
}
