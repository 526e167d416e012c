package storetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"readback/knowledge"
	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/triage/route"
)

// learner is a desk with people and a clock that every step moves on.
type learner struct {
	t      *testing.T
	s      *store.Store
	c      *clock
	a, b   string // users
	number int
}

func learning(t *testing.T, db Database) *learner {
	c := newClock()
	s := open(t, db, c.options())
	return &learner{t: t, s: s, c: c, a: addUser(t, s, "ann@desk.example", people.Lead).ID, b: addUser(t, s, "bob@desk.example", people.Agent).ID}
}

// ticket receives one and triages it. The matter is m1, with a step of the
// customer's and one of ours; the claim of the former rests on its first word.
func (l *learner) ticket(r triage.Route) string {
	l.t.Helper()
	l.number++
	id := receive(l.t, l.s, inbound(fmt.Sprint(l.number), fmt.Sprint(l.number))).TicketID
	l.read(id, triage.Result{Route: r})
	return id
}

func (l *learner) read(id string, r triage.Result) {
	l.t.Helper()
	l.c.Add(time.Minute)
	now := ticket(l.t, l.s, id)
	r.CoveredSeq, r.Brief.Kind = now.LastSeq, triage.KindSetup
	r.Matters = []triage.Matter{{ID: "m1", Kind: triage.KindSetup, Procedure: "p", Route: r.Route, Positions: []triage.Position{{Steps: []triage.StepPosition{
		{ID: "theirs", By: knowledge.Customer}, {ID: "ours", By: knowledge.Staff}}}}}, {ID: "m2", Kind: triage.KindBilling, Route: r.Route}}
	r.Brief.Claims = []triage.Claim{{ID: "c1", Matter: "m1", Step: "theirs", Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, MessageID: now.Messages[0].ID, Start: 0, End: 4}}}}
	if err := l.s.TakeLease(l.t.Context(), id, "case", time.Minute); err != nil {
		l.t.Fatal(err)
	}
	if err := l.s.SaveResult(l.t.Context(), &now, &r, "case"); err != nil {
		l.t.Fatal(err)
	}
	l.c.Add(time.Minute)
}

func (l *learner) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	l.c.Add(time.Minute)
}

func (l *learner) hand(id, to, why, by string) string {
	l.t.Helper()
	h, err := l.s.HandOver(l.t.Context(), store.Handover{TicketID: id, To: to, Why: why, Person: by}, "", 0)
	l.must(err)
	return h.ID
}

func (l *learner) correct(id string, c triage.Correction) {
	l.t.Helper()
	c.TicketID = id
	_, err := l.s.AddCorrection(l.t.Context(), c)
	l.must(err)
}

func (l *learner) resolve(id, by string) {
	l.t.Helper()
	l.must(l.s.Resolve(l.t.Context(), id, store.ResolvedAnswered, by))
}

// OutcomesAreTold: each way in which a route turns out right, wrong or unknown,
// and whose word that is.
func OutcomesAreTold(t *testing.T, db Database) {
	l := learning(t, db)
	state := func(step string, role triage.Role, who string) triage.Correction {
		return triage.Correction{What: triage.WhatState, Matter: "m1", Step: step, Value: "done", Who: who, Role: role}
	}
	kind := func(matter, who string, undo bool) triage.Correction {
		c := triage.Correction{What: triage.WhatKind, Matter: matter, Value: "broken", Who: who, Role: triage.RoleAgent, Undo: undo}
		if undo {
			c.Value = ""
		}
		return c
	}
	sure := triage.Route{Action: triage.Assign, Tier: "l1", Confidence: 0.5, Reasons: []triage.Reason{{Code: "route.staff_next"}}}
	for _, x := range []struct {
		name  string
		route triage.Route
		do    func(id string)
		want  string // right or wrong and whose word, "" = left out
	}{
		{"resolved by its tier", sure, func(id string) { l.resolve(id, l.a) }, "right " + l.a},
		{"nobody's word", sure, func(id string) { l.resolve(id, "") }, ""},
		{"open", sure, func(string) {}, ""},
		{"given to another tier", sure, func(id string) { l.hand(id, "l2", "misrouted", l.b); l.resolve(id, l.a) }, "wrong " + l.b},
		{"for lack of hands", sure, func(id string) { l.hand(id, "l2", "workload", l.b); l.resolve(id, l.a) }, ""},
		{"and that undone", sure, func(id string) {
			h := l.hand(id, "l2", "misrouted", l.b)
			l.must(l.s.UndoHandOver(t.Context(), id, h, l.b))
			l.resolve(id, l.a)
		}, "right " + l.a},
		{"its matter corrected", sure, func(id string) { l.correct(id, kind("m1", l.b, false)); l.resolve(id, l.a) }, "wrong " + l.b},
		{"by the API", sure, func(id string) { l.correct(id, kind("m1", "whoever", false)); l.resolve(id, l.a) }, "wrong colleagues"},
		{"taken back", sure, func(id string) {
			l.correct(id, kind("m1", l.b, false))
			l.correct(id, kind("m1", l.b, true))
			l.resolve(id, l.a)
		}, "right " + l.a},
		{"another matter corrected", sure, func(id string) { l.correct(id, kind("m2", l.b, false)); l.resolve(id, l.a) }, "right " + l.a},
		{"our step is done", sure, func(id string) { l.correct(id, state("ours", triage.RoleAgent, l.b)); l.resolve(id, l.a) }, "right " + l.a},
		{"their step was misread", sure, func(id string) { l.correct(id, state("theirs", triage.RoleAgent, l.b)); l.resolve(id, l.a) }, "wrong " + l.b},
		{"they have done it", sure, func(id string) { l.correct(id, state("theirs", triage.RoleCustomer, "ann")); l.resolve(id, l.a) }, "right " + l.a},
		{"they never said so", sure, func(id string) {
			m := ticket(t, l.s, id).Messages[0].ID
			l.correct(id, triage.Correction{What: triage.WhatClaim, Anchor: triage.Anchor{MessageID: m, Start: 0, End: 4}, Value: triage.NotSo, Who: "ann", Role: triage.RoleCustomer})
			l.resolve(id, l.a)
		}, "wrong customers"},
		{"moved by a later reading", sure, func(id string) {
			l.read(id, triage.Result{Route: assign("l1")}) // nobody has done anything: this is the one
			l.must(l.s.SetState(t.Context(), id, triage.StateOpen))
			l.correct(id, state("ours", triage.RoleAgent, l.b))
			l.read(id, triage.Result{Route: assign("l2")})
			l.resolve(id, l.a)
		}, "wrong " + l.a},
		{"a question moves on", triage.Route{Action: triage.Ask, Tier: "l1", Confidence: 0.5}, func(id string) {
			l.correct(id, state("ours", triage.RoleAgent, l.b))
			l.read(id, triage.Result{Route: assign("l2")})
			l.resolve(id, l.a)
		}, "right " + l.a},
		{"not sure", triage.Route{Action: triage.Assign, Tier: "l1", Confidence: 0.1, Reasons: []triage.Reason{{Code: "route.low_confidence"}}}, func(id string) { l.resolve(id, l.a) }, ""},
		{"a duplicate", sure, func(id string) { l.must(l.s.Resolve(t.Context(), id, store.ResolvedDuplicate, l.a)) }, ""},
		{"needs an answer after all", triage.Route{Action: triage.None, Tier: "l1", Confidence: 0.5}, func(id string) {
			_, err := l.s.Act(t.Context(), l.b, store.Act{Kind: store.ActAnswer}, []string{id})
			l.must(err)
			l.hand(id, "l2", "workload", l.a)
			l.resolve(id, l.a)
		}, "wrong " + l.b},
	} {
		since := l.c.Now()
		id := l.ticket(x.route)
		x.do(id)
		got, err := l.s.Outcomes(t.Context(), since, 100)
		if err != nil {
			t.Fatal(err)
		}
		is := ""
		for _, o := range got {
			is = map[bool]string{true: "right ", false: "wrong "}[o.Right] + o.Voice
		}
		if is != x.want || len(got) > 1 {
			t.Errorf("%s: got %q of %d, want %q", x.name, is, len(got), x.want)
		}
	}
}

// CalibrationFollows outcomes as the log of events tells them, stays over
// erasure, and keeps a lead's bounds.
func CalibrationFollows(t *testing.T, db Database) {
	l := learning(t, db)
	p := &knowledge.Policy{Floor: 0.35, FloorLow: 0.2, FloorHigh: 0.6}
	_, err := l.s.Calibration(t.Context())
	wantCode(t, err, triage.NotFound)
	equal(t, "the floor before", l.s.ReviewFloor(t.Context(), 0.35), 0.35)
	c, err := l.s.Calibrate(t.Context(), store.Actor{}, p, nil)
	l.must(err)
	if c.Version != 1 || c.Moved != route.MovedFew || c.Floor != 0.35 {
		t.Errorf("without outcomes: %+v", c)
	}
	for i := range 6 {
		id := l.ticket(triage.Route{Action: triage.Assign, Tier: "l1", Confidence: 0.4})
		if i%2 == 0 {
			l.hand(id, "l2", "misrouted", l.b)
		}
		l.resolve(id, l.a)
	}
	low, high := 0.4, 0.5
	c, err = l.s.Calibrate(t.Context(), store.Actor{ID: l.a}, p, &store.Bounds{Low: &low, High: &high})
	l.must(err)
	if c.Outcomes != 6 || c.People != 2 || c.Bins[4].N != 6 || c.Bins[4].Right != 3 || c.Floor != 0.4 || c.SetBy != l.a {
		t.Errorf("with bounds: %+v", c)
	}
	equal(t, "the floor", l.s.ReviewFloor(t.Context(), 0.35), 0.4)
	equal(t, "the floor under another policy", l.s.ReviewFloor(t.Context(), 0.3), 0.3)
	wrong := 0.01
	_, err = l.s.Calibrate(t.Context(), store.Actor{ID: l.a}, p, &store.Bounds{Low: &wrong, High: &high})
	wantCode(t, err, triage.Invalid)
	_, err = l.s.Calibrate(t.Context(), store.Actor{ID: l.a}, p, &store.Bounds{Low: &high, High: &low})
	wantCode(t, err, triage.Invalid)
	if _, err := l.s.Erase(t.Context(), "ann@shop.example", "case"); err != nil {
		t.Fatal(err)
	}
	again, err := l.s.Calibrate(t.Context(), store.Actor{}, p, nil)
	l.must(err)
	was := c.Calibration
	equal(t, "made again after an erasure", again.Calibration, was)
	equal(t, "a lead's bounds stay", again.Bounds, c.Bounds)
	c, err = l.s.Calibrate(t.Context(), store.Actor{ID: l.b}, p, &store.Bounds{})
	l.must(err)
	if c.SetBy != "" || c.Bounds.Low != 0.2 || c.Version != 4 {
		t.Errorf("the policy's bounds again: %+v", c)
	}
	list, err := l.s.Calibrations(t.Context(), 10)
	l.must(err)
	if len(list) != 3 || list[0].Version != 4 || list[1].Version != 2 {
		t.Errorf("versions that changed something: %+v", list)
	}
	audit, err := l.s.Audit(t.Context(), store.AuditFilter{Action: "floor.set"})
	l.must(err)
	equal(t, "audited", len(audit.Entries), 2)
}

// ReviewIsBlindAndWhole: the same draw by the same seed, marks and their undo,
// one at a time, and a figure only at the end.
func ReviewIsBlindAndWhole(t *testing.T, db Database) {
	l := learning(t, db)
	from := l.c.Now()
	_, err := l.s.StartReview(t.Context(), l.a, from, from.Add(24*time.Hour), 7)
	wantCode(t, err, triage.NotFound)
	_, err = l.s.LatestReview(t.Context())
	wantCode(t, err, triage.NotFound)
	for range 25 {
		id := l.ticket(assign("l1"))
		l.hand(id, "l2", "expertise", l.b)
		l.read(id, triage.Result{Route: assign("l2")}) // what the person made of it is not judged
		l.resolve(id, l.a)
	}
	l.ticket(assign("l1")) // not resolved
	review, err := l.s.StartReview(t.Context(), l.a, from, l.c.Now(), 7)
	l.must(err)
	if len(review.Marks) != store.ReviewSize || review.Pool != 25 || review.Next() != 1 || review.Marks[3].Version != 1 {
		t.Fatalf("the draw: %+v", review)
	}
	_, err = l.s.StartReview(t.Context(), l.a, from, l.c.Now(), 8)
	wantCode(t, err, triage.Conflict)
	same, err := l.s.StartReview(t.Context(), l.b, from, l.c.Now(), 7)
	l.must(err)
	equal(t, "drawn again", same.Marks, review.Marks)
	l.must(l.s.DropReview(t.Context(), l.b, same.ID))
	wantCode(t, l.s.DropReview(t.Context(), l.b, review.ID), triage.NotFound)
	_, err = l.s.MarkReview(t.Context(), l.b, review.ID, 1, store.MarkBrief, store.MarkRight)
	wantCode(t, err, triage.NotFound)
	_, err = l.s.MarkReview(t.Context(), l.a, review.ID, 21, store.MarkBrief, store.MarkRight)
	wantCode(t, err, triage.NotFound)
	_, err = l.s.MarkReview(t.Context(), l.a, review.ID, 1, store.MarkBrief, "great")
	wantCode(t, err, triage.Invalid)
	_, err = l.s.UndoMark(t.Context(), l.a, review.ID)
	wantCode(t, err, triage.Conflict)
	for i := range review.Marks { // the clock stands still: undo knows the order all the same
		brief, routes := store.MarkRight, store.MarkRight
		if i < 4 {
			brief = store.MarkWrong
		}
		if i < 10 {
			routes = store.MarkUnclear
		}
		_, err = l.s.MarkReview(t.Context(), l.a, review.ID, i+1, store.MarkBrief, brief)
		if err == nil {
			_, err = l.s.MarkReview(t.Context(), l.a, review.ID, i+1, store.MarkRoute, routes)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.s.UndoMark(t.Context(), l.a, review.ID)
	l.must(err)
	if m := got.Marks[19]; m.Route != "" || m.Brief != store.MarkRight || got.Next() != 20 {
		t.Errorf("after undo: %+v", m)
	}
	_, err = l.s.EndReview(t.Context(), l.a, review.ID)
	wantCode(t, err, triage.Conflict)
	_, err = l.s.MarkReview(t.Context(), l.a, review.ID, 20, store.MarkRoute, store.MarkWrong)
	l.must(err)
	_, err = l.s.LatestReview(t.Context())
	wantCode(t, err, triage.NotFound)
	if open, err := l.s.OpenReview(t.Context(), l.a); err != nil || open.ID != review.ID {
		t.Errorf("to go on with: %+v %v", open, err)
	}
	ended := l.c.Now()
	_, err = l.s.EndReview(t.Context(), l.a, review.ID)
	l.must(err)
	_, err = l.s.UndoMark(t.Context(), l.a, review.ID)
	wantCode(t, err, triage.Conflict)
	wantCode(t, l.s.DropReview(t.Context(), l.a, review.ID), triage.NotFound)
	if _, err := l.s.Erase(t.Context(), "ann@shop.example", "case"); err != nil {
		t.Fatal(err)
	}
	a, err := l.s.LatestReview(t.Context())
	l.must(err)
	if a.Brief.Right != 16 || a.Brief.Of != 20 || a.Route.Right != 9 || a.Route.Of != 10 || a.Route.Unclear != 10 || !a.At.Equal(ended) || a.Tickets != 20 {
		t.Errorf("the figure, after an erasure too: %+v", a)
	}
	if math.Abs(a.Brief.Low-0.584) > 0.001 || math.Abs(a.Brief.High-0.919) > 0.001 { // Wilson, 16 of 20
		t.Errorf("the interval: %.4f to %.4f", a.Brief.Low, a.Brief.High)
	}
	_, err = l.s.StartReview(t.Context(), l.a, from, l.c.Now(), 9)
	wantCode(t, err, triage.NotFound) // what was erased cannot be reviewed
}

// VersionsAreCompared: figures of both sides of each change.
func VersionsAreCompared(t *testing.T, db Database) {
	l := learning(t, db)
	read := func(workspace, policy, prompt string, n int, do func(id string)) {
		for range n {
			l.number++
			id := receive(t, l.s, inbound(fmt.Sprint(l.number), fmt.Sprint(l.number))).TicketID
			l.read(id, triage.Result{Workspace: workspace, Policy: policy, Effort: triage.EffortExhausted, Route: triage.Route{Action: triage.Ask, Tier: "l1"},
				Extractor: triage.ExtractorInfo{Name: "llm", Model: "m", Prompt: prompt, Usage: triage.Usage{CostUSD: 0.5}}})
			do(id)
		}
	}
	nothing := func(string) {}
	read("w1", "p1", "v1", 3, func(id string) { l.hand(id, "l2", "expertise", l.a) })
	read("w1", "p1", "v2", 2, nothing)
	l.c.Add(40 * 24 * time.Hour)
	read("w2", "p2", "v2", 2, nothing)
	read("w3", "p2", "v2", 1, nothing)
	c, err := l.s.Calibrate(t.Context(), store.Actor{}, &knowledge.Policy{Floor: 0.35, FloorLow: 0.2, FloorHigh: 0.6}, nil)
	l.must(err)
	if got, err := l.s.Calibration(t.Context()); err != nil || len(got.Versions) != 3 {
		t.Errorf("kept: %+v %v", got.Versions, err)
	}
	got := c.Versions
	var names []string
	for _, v := range got {
		names = append(names, fmt.Sprintf("%s %s-%s %d %d %v", v.Kind, v.Was, v.Is, v.Before.Tickets, v.After.Tickets, v.Mixed))
	}
	equal(t, "changes", names, []string{"knowledge w2-w3 2 1 true", "policy p1-p2 0 3 true", "prompt v1-v2 3 2 false"})
	if last := got[2]; last.Before.Rerouted != 3 || last.After.Rerouted != 0 || last.Before.Asked != 3 || last.After.Exhausted != 2 || last.Before.Cost != 1.5 || !last.Inferred() {
		t.Errorf("figures: %+v", last)
	}
}
