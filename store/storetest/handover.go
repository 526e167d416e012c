package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

func assign(tier string) triage.Route {
	return triage.Route{Action: triage.Assign, Tier: tier, Reasons: []triage.Reason{{Code: "route.staff_next"}}}
}

func desk(t *testing.T, s *store.Store, id string) store.Desk {
	t.Helper()
	d, err := s.Desk(t.Context(), id, "usr_a")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func routeOf(t *testing.T, s *store.Store, id string) triage.Route {
	t.Helper()
	r, err := s.Result(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.Route
}

func handOver(t *testing.T, s *store.Store, id, to string) store.Handover {
	t.Helper()
	h, err := s.HandOver(t.Context(), store.Handover{TicketID: id, To: to, Why: "expertise", Text: "They ask for Ann", Person: "usr_a"}, "We have passed it on.", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// HandOverHolds over later triages, until the route names another owner.
func HandOverHolds(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	id := receive(t, s, inbound("a", "a")).TicketID
	save(t, s, id, assign("l1"))
	h := handOver(t, s, id, "l2")
	if d := desk(t, s, id); d.Tier != "l2" || !d.Handed || len(d.Held) != 1 || d.Held[0].Kind != store.ReplyHanded || d.Handovers[0].From != "l1" || !d.Handovers[0].Held {
		t.Errorf("after the hand-over: %+v", d)
	}
	for _, route := range []triage.Route{assign("l1"), {Action: triage.Ask, Tier: "l1"}, {Action: triage.Assign, Tier: "billing", Reasons: []triage.Reason{{Code: "route.low_confidence"}}}} {
		save(t, s, id, route)
		if r := routeOf(t, s, id); r.Tier != "l2" || r.Reasons[len(r.Reasons)-1].Code != "route.held" || desk(t, s, id).Tier != "l2" {
			t.Errorf("%+v: does not hold: %+v", route, r)
		}
	}
	if err := s.TakeOver(t.Context(), id, h.ID, "usr_b"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.TakeOver(t.Context(), id, h.ID, "usr_c"), triage.Conflict)
	if d := desk(t, s, id); d.Handed || d.Handovers[0].AcknowledgedBy != "usr_b" {
		t.Errorf("acknowledged: %+v", d)
	}
	save(t, s, id, assign("billing"))
	if r, d := routeOf(t, s, id), desk(t, s, id); r.Tier != "billing" || d.Tier != "billing" || d.Handovers[0].Held {
		t.Errorf("another owner: %+v %+v", r, d)
	}
	_, err := s.HandOver(t.Context(), store.Handover{TicketID: id, To: "billing", Why: "other"}, "", 0)
	wantCode(t, err, triage.Invalid)
	_, err = s.HandOver(t.Context(), store.Handover{TicketID: id, To: "l1", Why: "fun"}, "", 0)
	wantCode(t, err, triage.Invalid)
	_, err = s.HandOver(t.Context(), store.Handover{TicketID: "tkt_none", To: "l1", Why: "other"}, "", 0)
	wantCode(t, err, triage.NotFound)
}

// HandOverUndone gives the ticket back under the hold that it had, and the
// customer hears nothing.
func HandOverUndone(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	id := receive(t, s, inbound("a", "a")).TicketID
	save(t, s, id, assign("l1"))
	first := handOver(t, s, id, "l2")
	second := handOver(t, s, id, "billing")
	wantCode(t, s.UndoHandOver(t.Context(), id, first.ID, "usr_a"), triage.Conflict)
	if err := s.UndoHandOver(t.Context(), id, second.ID, "usr_a"); err != nil {
		t.Fatal(err)
	}
	save(t, s, id, assign("l1"))
	if d := desk(t, s, id); d.Tier != "l2" || len(d.Held) != 0 {
		t.Errorf("undone: %+v", d)
	}
	back := handOver(t, s, id, "l1") // whom the route names: nothing to hold
	if d := desk(t, s, id); d.Tier != "l1" || back.Held {
		t.Errorf("handed back: %+v", d)
	}
	save(t, s, id, assign("l2"))
	if d := desk(t, s, id); d.Tier != "l2" {
		t.Errorf("after it was handed back: %+v", d)
	}
}

// asked is a ticket whose customer was asked whether it works.
func asked(t *testing.T, s *store.Store, c *clock) string {
	t.Helper()
	id := receive(t, s, inbound("a", "a")).TicketID
	save(t, s, id, assign("l2"))
	if err := s.AskToConfirm(t.Context(), id, "", "Does it work now?", 0); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.AskToConfirm(t.Context(), id, "", "Does it work now?", 0), triage.Conflict)
	sendsHeld(t, s, store.EventReplied)
	if tk := ticket(t, s, id); tk.State != triage.StateWaiting {
		t.Fatalf("the state is %s", tk.State)
	}
	save(t, s, id, assign("l2"))
	c.Add(time.Minute)
	return id
}

// sendsHeld works until something that was held has come to its end.
func sendsHeld(t *testing.T, s *store.Store, kind string) {
	t.Helper()
	sendsHeldWith(t, s, kind, nil)
}

// sendsHeldWith is the same with what carries it out.
func sendsHeldWith(t *testing.T, s *store.Store, kind string, answer store.AnswerFunc) {
	t.Helper()
	events, done := s.Watch()
	defer done()
	defer work(t, s, store.WorkOptions{Answer: answer, Triage: func(context.Context, *triage.Ticket, *triage.Result) (triage.Result, error) {
		return triage.Result{}, triage.Errorf(triage.Unavailable, "not now")
	}})()
	next(t, events, kind)
}

// ConfirmedResolves only when they were asked; thanks and automatic mail change nothing else.
func ConfirmedResolves(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := asked(t, s, c)
	says := func(key string, route triage.Route, flags ...triage.Flag) store.Desk {
		t.Helper()
		receive(t, s, inbound("a", key))
		if tk := ticket(t, s, id); tk.State != triage.StateOpen {
			t.Fatalf("%s: the message did not open the ticket", key)
		}
		save(t, s, id, route, flags...)
		return desk(t, s, id)
	}
	none := triage.Route{Action: triage.None, Tier: "l1"}
	if d := says("away", none, triage.FlagAutomatic); d.AskedAt.IsZero() || ticket(t, s, id).State != triage.StateWaiting {
		t.Errorf("an automatic reply: %+v", d)
	}
	if d := says("yes", assign("l2"), triage.FlagConfirms); d.Resolution != store.ResolvedConfirmed || !d.AskedAt.IsZero() || ticket(t, s, id).State != triage.StateResolved {
		t.Errorf("yes: %+v", d)
	}
	if d := says("thanks", none, triage.FlagThanksOnly); d.Resolution != store.ResolvedConfirmed || ticket(t, s, id).State != triage.StateResolved {
		t.Errorf("thanks: %+v", d)
	}
	if d := says("again", assign("l1")); d.Tier != "l2" || d.Resolution != "" || d.Handed || ticket(t, s, id).State != triage.StateOpen {
		t.Errorf("a word does not open it at the same tier: %+v", d)
	}
	if d := says("works", assign("l1"), triage.FlagConfirms); ticket(t, s, id).State != triage.StateOpen || d.Resolution != "" {
		t.Errorf("it works, unasked: %+v", d)
	}
}

// SilenceCloses a ticket after they were asked once, and a word opens it again.
func SilenceCloses(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := asked(t, s, c)
	for _, tc := range []struct {
		before time.Time
		want   int
	}{{c.Now().Add(-time.Hour), 0}, {c.Now(), 1}, {c.Now(), 0}} {
		if n, err := s.CloseSilent(t.Context(), tc.before); n != tc.want || err != nil {
			t.Errorf("before %v: %d, %v", tc.before, n, err)
		}
	}
	if d := desk(t, s, id); d.Resolution != store.ResolvedNoReply || ticket(t, s, id).State != triage.StateResolved {
		t.Errorf("closed: %+v", d)
	}
	receive(t, s, inbound("a", "back"))
	save(t, s, id, assign("l2"))
	if d := desk(t, s, id); d.Resolution != "" || ticket(t, s, id).State != triage.StateOpen {
		t.Errorf("opened again: %+v", d)
	}
	for _, why := range store.Resolutions {
		if err := s.Resolve(t.Context(), id, why, "usr_a"); err != nil || desk(t, s, id).Resolution != why {
			t.Errorf("%s: %v", why, err)
		}
	}
	wantCode(t, s.Resolve(t.Context(), id, "bored", "usr_a"), triage.Invalid)
}

// ConfirmOvertaken: who has written since is not asked.
func ConfirmOvertaken(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	if err := s.AskToConfirm(t.Context(), id, "", "Does it work now?", time.Minute); err != nil {
		t.Fatal(err)
	}
	c.Add(time.Second)
	receive(t, s, inbound("a", "still broken"))
	c.Add(time.Minute)
	sendsHeld(t, s, store.EventHeld)
	if n, held := len(ticket(t, s, id).Messages), desk(t, s, id).Held; n != 2 || len(held) > 0 {
		t.Errorf("%d messages, %+v", n, held)
	}
}

// NotesStay beside the messages, and go along with a merge.
func NotesStay(t *testing.T, db Database) {
	s := open(t, db, store.Options{})
	a, b := receive(t, s, inbound("a", "a")).TicketID, receive(t, s, inbound("b", "b")).TicketID
	n, err := s.AddNote(t.Context(), a, "usr_a", "They were **promised** a call")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Merge(t.Context(), a, b, "usr_a"); err != nil {
		t.Fatal(err)
	}
	if d := desk(t, s, b); len(d.Notes) != 1 || d.Notes[0].ID != n.ID || len(ticket(t, s, b).Messages) != 2 {
		t.Errorf("after the merge: %+v", d)
	}
	_, err = s.AddNote(t.Context(), a, "usr_a", "late")
	wantCode(t, err, triage.Conflict)
	_, err = s.AddNote(t.Context(), b, "usr_a", " ")
	wantCode(t, err, triage.Invalid)
	wantCode(t, s.DropNote(t.Context(), a, n.ID, "usr_b"), triage.NotFound)
	if err := s.DropNote(t.Context(), a, n.ID, "usr_a"); err != nil || len(desk(t, s, b).Notes) != 0 {
		t.Errorf("dropped: %v", err)
	}
}

// FindingsAreCounted once each, and hints that are often dismissed grow quiet.
func FindingsAreCounted(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id := receive(t, s, inbound("a", "a")).TicketID
	_, err := s.NoteFindings(t.Context(), id, "usr_a", nil)
	wantCode(t, err, triage.NotFound)
	if _, err := s.SaveDraft(t.Context(), id, "usr_a", "Which browser?"); err != nil {
		t.Fatal(err)
	}
	hint, stop := store.Noted{Kind: "asks_known", Level: "hint"}, store.Noted{Kind: "repeats_step", Level: "stop"}
	for i := range 20 {
		key := string(rune('a' + i))
		found := map[string]store.Noted{key: hint, "s" + key: stop}
		for range 2 { // again changes nothing
			if _, err := s.NoteFindings(t.Context(), id, "usr_a", found); err != nil {
				t.Fatal(err)
			}
		}
		dismiss := []string{"s" + key}
		if i < 7 {
			dismiss = append(dismiss, key)
		}
		r, err := s.NoteFindings(t.Context(), id, "usr_a", found, dismiss...)
		if err != nil || r.Findings["s"+key].Outcome != store.OutcomeDismissed {
			t.Fatal(r.Findings, err)
		}
		if quiet, err := s.QuietKinds(t.Context()); err != nil || len(quiet) > 0 && i < 19 {
			t.Errorf("quiet after %d: %v, %v", i+1, quiet, err)
		}
	}
	wantCode(t, s.GiveReason(t.Context(), id, "usr_a", "a", "because"), triage.Invalid)
	wantCode(t, s.GiveReason(t.Context(), id, "usr_a", "t", "not_so"), triage.NotFound)
	wantCode(t, s.GiveReason(t.Context(), id, "usr_b", "a", "not_so"), triage.NotFound)
	wantCode(t, s.CountReason(t.Context(), store.Noted{Kind: "asks_known", Level: "hint", Reason: "because"}), triage.Invalid)
	if err := s.CountReason(t.Context(), store.Noted{Kind: "asks_known", Level: "inferred", Reason: "other"}); err != nil {
		t.Error(err)
	}
	if err := s.GiveReason(t.Context(), id, "usr_a", "a", "not_so"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.GiveReason(t.Context(), id, "usr_a", "a", "wanted"), triage.Conflict)
	r, err := s.NoteFindings(t.Context(), id, "usr_a", nil)
	if err != nil || r.Findings["a"].Reason != "not_so" || r.Findings["t"].Outcome != store.OutcomeMended || r.Findings["a"].Outcome != store.OutcomeDismissed {
		t.Errorf("mended: %+v, %v", r.Findings, err)
	}
	if quiet, err := s.QuietKinds(t.Context()); err != nil || len(quiet) != 1 || quiet[0] != "asks_known" {
		t.Errorf("quiet: %v, %v", quiet, err)
	}
	// What a model adds grows quiet apart from what the rules find.
	for range 20 {
		if err := s.CountFindings(t.Context(), []store.Noted{{Kind: "repeats_step", Level: "inferred", Outcome: store.OutcomeShown}, {Kind: "repeats_step", Level: "inferred", Outcome: store.OutcomeDismissed}}); err != nil {
			t.Fatal(err)
		}
	}
	if quiet, err := s.QuietKinds(t.Context()); err != nil || !slices.Equal(quiet, []string{"asks_known", "inferred:repeats_step"}) {
		t.Errorf("quiet: %v, %v", quiet, err)
	}
	c.Add(91 * 24 * time.Hour)
	if quiet, err := s.QuietKinds(t.Context()); err != nil || len(quiet) != 0 {
		t.Errorf("long after: %v, %v", quiet, err)
	}
}
