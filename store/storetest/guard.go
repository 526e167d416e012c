package storetest

import (
	"fmt"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
	"readback/triage/guard"
)

// GuardGrowsQuiet: a kind that is dismissed more than three times in ten grows
// quiet, by enough of them, and is heard again once they are old.
func GuardGrowsQuiet(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	tell := func(n int, kind guard.Kind, outcome store.Reaction) {
		t.Helper()
		ok(t, s.RecordGuard(t.Context(), id, []store.GuardOutcome{{Finding: fmt.Sprintf("%s:%d", kind, n), Kind: kind, Outcome: outcome}}))
	}
	quiet := func() []guard.Kind {
		t.Helper()
		kinds, err := s.QuietKinds(t.Context())
		ok(t, err)
		return kinds
	}
	for n := range 19 {
		tell(n, guard.AsksKnown, store.Dismissed)
	}
	equal(t, "too few", len(quiet()), 0)
	tell(19, guard.AsksKnown, store.Shown)
	for n := range 20 {
		tell(n, guard.RepeatsStep, store.Shown)
	}
	equal(t, "dismissed", quiet(), []guard.Kind{guard.AsksKnown})

	for n := range 6 {
		tell(n, guard.RepeatsStep, store.Dismissed)
	}
	equal(t, "six of twenty are no more than 30%", quiet(), []guard.Kind{guard.AsksKnown})
	tell(5, guard.RepeatsStep, store.Shown) // shown once more: stays dismissed, counts once
	tell(6, guard.RepeatsStep, store.Dismissed)
	equal(t, "seven are", quiet(), []guard.Kind{guard.AsksKnown, guard.RepeatsStep})
	tell(6, guard.RepeatsStep, store.Mended) // thought better of it
	equal(t, "mended after all", quiet(), []guard.Kind{guard.AsksKnown})

	c.Add(91 * 24 * time.Hour)
	equal(t, "forgotten", len(quiet()), 0)

	for name, o := range map[string]store.GuardOutcome{
		"no kind":     {Finding: "x", Outcome: store.Shown},
		"no finding":  {Kind: guard.Retired, Outcome: store.Shown},
		"no outcome":  {Finding: "x", Kind: guard.Retired},
		"text reason": {Finding: "x", Kind: guard.Retired, Outcome: store.Dismissed, Reason: "Ann said so"},
	} {
		equal(t, name, triage.CodeOf(s.RecordGuard(t.Context(), id, []store.GuardOutcome{o})), triage.Invalid)
	}
	equal(t, "no ticket", triage.CodeOf(s.RecordGuard(t.Context(), "none", []store.GuardOutcome{{Finding: "x", Kind: guard.Retired, Outcome: store.Shown}})), triage.NotFound)
}
