package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"readback/knowledge"
	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// user adds a member of staff and returns the id.
func user(t *testing.T, s *store.Store, email string, role people.Role, tiers ...string) string {
	t.Helper()
	u, err := s.AddUser(t.Context(), store.Actor{}, people.User{Email: email, Role: role, Tiers: tiers}, "")
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

// signIn gives a user a session.
func signIn(t *testing.T, s *store.Store, id string) {
	t.Helper()
	if _, err := s.AddSession(t.Context(), store.Session{UserID: id}, people.TokenHash(people.NewToken("")), "", "test"); err != nil {
		t.Fatal(err)
	}
}

// act does something to tickets that must all let it.
func act(t *testing.T, s *store.Store, by string, a store.Act, ids ...string) store.Acted {
	t.Helper()
	out, err := s.Act(t.Context(), by, a, ids)
	if err != nil || len(out.Failed) > 0 || !slices.Equal(out.Done, ids) || out.Token == "" {
		t.Fatalf("%s: %+v, %v", a.Kind, out, err)
	}
	return out
}

// in lists the ids of a lane.
func in(t *testing.T, s *store.Store, lane store.Lane) []string {
	t.Helper()
	return all(t, s, store.Filter{Lane: lane}, func() {})
}

// summary is the ticket as lists show it.
func summary(t *testing.T, s *store.Store, id string) store.Summary {
	t.Helper()
	page, err := s.Tickets(t.Context(), store.Filter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(page.Tickets, func(x store.Summary) bool { return x.ID == id })
	if i < 0 {
		t.Fatalf("%s is in no list", id)
	}
	return page.Tickets[i]
}

// ListLanes combines what can be asked of a ticket.
func ListLanes(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	me := user(t, s, "me@desk.example", people.Agent, "l1")
	ids := map[string]string{}
	for _, x := range []struct {
		name, tier, procedure, language string
		action                          triage.Action
		kind                            triage.Kind
	}{
		{"a", "l1", "https", "en", triage.Assign, triage.KindSetup}, {"b", "l2", "https", "pl", triage.Ask, triage.KindBroken},
		{"spam", "l1", "", "en", triage.None, triage.KindSpam}, {"c", "l1", "dmarc", "pl", triage.Assign, triage.KindBroken},
	} {
		c.Add(time.Second)
		ids[x.name] = receive(t, s, inbound(x.name, "")).TicketID
		now := ticket(t, s, ids[x.name])
		r := triage.Result{CoveredSeq: 1, Route: triage.Route{Action: x.action, Tier: x.tier, NeedsReview: x.name == "c"}, Brief: triage.Brief{Language: x.language, Kind: x.kind}}
		if x.procedure != "" {
			r.Position = &triage.LeadingPosition{Procedure: x.procedure}
		}
		if err := s.TakeLease(t.Context(), now.ID, "case", time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveResult(t.Context(), &now, &r, "case"); err != nil {
			t.Fatal(err)
		}
	}
	act(t, s, me, store.Act{Kind: store.ActAssign, Assignee: me}, ids["c"])
	yes, no, nobody := true, false, ""
	for name, x := range map[string]struct {
		f    store.Filter
		want []string
	}{
		"open":                    {store.Filter{}, []string{"c", "b", "a"}},
		"tier":                    {store.Filter{Tier: "l1"}, []string{"c", "a"}},
		"mine":                    {store.Filter{Assignee: &me}, []string{"c"}},
		"nobody's":                {store.Filter{Assignee: &nobody}, []string{"b", "a"}},
		"nobody's in a tier":      {store.Filter{Assignee: &nobody, Tier: "l1"}, []string{"a"}},
		"review":                  {store.Filter{NeedsReview: &yes}, []string{"c"}},
		"no review in a language": {store.Filter{NeedsReview: &no, Language: "pl"}, []string{"b"}},
		"kind":                    {store.Filter{Kind: triage.KindBroken}, []string{"c", "b"}},
		"action":                  {store.Filter{Action: triage.Ask}, []string{"b"}},
		"procedure":               {store.Filter{Procedure: "https"}, []string{"b", "a"}},
		"procedure and language":  {store.Filter{Procedure: "https", Language: "en"}, []string{"a"}},
		"no answer":               {store.Filter{Lane: store.LaneNoAnswer}, []string{"spam"}},
		"state and lane":          {store.Filter{State: triage.StateOpen, Lane: store.LaneNoAnswer}, []string{"spam"}},
		"another state":           {store.Filter{State: triage.StateWaiting, Lane: store.LaneNoAnswer}, nil},
		"nothing":                 {store.Filter{Kind: triage.KindBilling, Tier: "l1", Language: "de"}, nil},
	} {
		if x.f.Lane == "" {
			x.f.Lane = store.LaneOpen
		}
		var want []string
		for _, n := range x.want {
			want = append(want, ids[n])
		}
		equal(t, name, all(t, s, x.f, func() {}), want)
	}
	// The state of the API takes all of it in.
	equal(t, "state", len(all(t, s, store.Filter{State: triage.StateOpen}, func() {})), 4)
}

// ListBothWays reads a list to its end and back again.
func ListBothWays(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	for i := range 11 {
		c.Add(time.Duration(i%2) * time.Second)
		receive(t, s, inbound(fmt.Sprint(i), ""))
	}
	f := store.Filter{Lane: store.LaneOpen, Limit: 4}
	var there [][]store.Summary
	page, err := s.Tickets(t.Context(), f)
	for {
		if err != nil {
			t.Fatal(err)
		}
		there = append(there, page.Tickets)
		if page.Next == "" {
			break
		}
		f.After = page.Next
		page, err = s.Tickets(t.Context(), f)
	}
	equal(t, "pages", len(there), 3)
	f.After = ""
	for i := len(there) - 2; i >= 0; i-- {
		if f.Before = page.Prev; f.Before == "" {
			t.Fatalf("no way back from page %d", i+1)
		}
		if page, err = s.Tickets(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint("page ", i), page.Tickets, there[i])
	}
	equal(t, "before the first", page.Prev, "")
	_, err = s.Tickets(t.Context(), store.Filter{After: page.Next, Before: page.Next})
	wantCode(t, err, triage.Invalid)
}

// ListWalksSoFar: a filter with few hits looks at a part of the list for each
// page, and goes on from there until all was seen.
func ListWalksSoFar(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	// 5,000 tickets without a language, and one in Polish before them all.
	receive(t, s, inbound("first", ""))
	err := db.Exec(`UPDATE tickets SET language = 'pl', updated_at = 1`)
	if err == nil {
		err = db.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
			INSERT INTO tickets (id, source, subject, channel, customer_id, customer_email, customer_name, customer_account, identity, state, created_at, updated_at, last_seq)
			SELECT 'tkt_' || i, 'x', '', 'email', '', '', '', '', 'none', 'open', i, i + 1, 0 FROM n`)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, pages, found := store.Filter{Language: "pl", State: triage.StateOpen}, 0, 0
	for {
		page, err := s.Tickets(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		pages, found = pages+1, found+len(page.Tickets)
		if page.Partial != (page.Next != "") {
			t.Errorf("page %d: partial is %v, next %q", pages, page.Partial, page.Next)
		}
		if f.After = page.Next; f.After == "" {
			break
		}
	}
	equal(t, "pages", pages, 3)
	equal(t, "found", found, 1)
	page, err := s.Tickets(t.Context(), store.Filter{Language: "pl", Lane: store.LaneOpen})
	if err != nil || len(page.Tickets) != 1 || page.Partial {
		t.Errorf("the index of a lane is looked through at once: %+v, %v", page, err)
	}
}

// ActsAndUndo does each act and takes it back: then all is as it was, its
// place in the list too.
func ActsAndUndo(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	me, other := user(t, s, "me@desk.example", people.Agent, "l1"), user(t, s, "other@desk.example", people.Agent)
	a, b := receive(t, s, inbound("a", "")).TicketID, receive(t, s, inbound("b", "")).TicketID
	until := c.Now().Add(time.Hour)
	for _, x := range []struct {
		act  store.Act
		lane store.Lane
	}{
		{store.Act{Kind: store.ActResolve}, store.LaneResolved},
		{store.Act{Kind: store.ActWait}, store.LaneWaiting},
		{store.Act{Kind: store.ActSnooze, Until: until}, store.LaneSnoozed},
		{store.Act{Kind: store.ActAssign, Assignee: other}, store.LaneOpen},
		{store.Act{Kind: store.ActReopen}, store.LaneOpen},
	} {
		c.Add(time.Second)
		was := summary(t, s, a)
		done := act(t, s, me, x.act, a, b)
		if got := summary(t, s, a); got.Lane != x.lane || x.act.Kind == store.ActAssign && got.Assignee != other || x.act.Kind == store.ActSnooze && !got.SnoozedUntil.Equal(until) {
			t.Errorf("%s: %+v", x.act.Kind, got)
		}
		kept, err := s.ActOf(t.Context(), me, done.Token)
		equal(t, "kept", kept, done)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Undo(t.Context(), other, done.Token)
		wantCode(t, err, triage.NotFound) // it is not theirs
		undone, err := s.Undo(t.Context(), me, done.Token)
		if err != nil || !undone.Undone || len(undone.Done) != 2 || len(undone.Failed) > 0 {
			t.Errorf("undo of %s: %+v, %v", x.act.Kind, undone, err)
		}
		equal(t, "after undo of "+string(x.act.Kind), summary(t, s, a), was)
		_, err = s.Undo(t.Context(), me, done.Token)
		wantCode(t, err, triage.Conflict)
	}
	for _, x := range []store.Act{{Kind: "dance"}, {}, {Kind: store.ActSnooze, Until: c.Now()}, {Kind: store.ActAssign, Assignee: "nobody"}} {
		_, err := s.Act(t.Context(), me, x, []string{a})
		wantCode(t, err, triage.Invalid)
	}
	_, err := s.Act(t.Context(), me, store.Act{Kind: store.ActResolve}, nil)
	wantCode(t, err, triage.Invalid)
	_, err = s.Act(t.Context(), me, store.Act{Kind: store.ActResolve}, many(store.MaxActs+1))
	wantCode(t, err, triage.Invalid)
	last := act(t, s, me, store.Act{Kind: store.ActResolve}, a)
	c.Add(store.UndoLife)
	_, err = s.Undo(t.Context(), me, last.Token)
	wantCode(t, err, triage.NotFound)
}

func many(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(i))
	}
	return out
}

// ActReroutes hands several tickets over at once, and undo gives them back.
func ActReroutes(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	me := user(t, s, "me@desk.example", people.Agent)
	a, b := receive(t, s, inbound("a", "")).TicketID, receive(t, s, inbound("b", "")).TicketID
	save(t, s, a, triage.Route{Action: triage.Assign, Tier: "l1"})
	save(t, s, b, triage.Route{Action: triage.Assign, Tier: "l2"})
	done := act(t, s, me, store.Act{Kind: store.ActReroute, Tier: "l2", Why: "expertise"}, a, b)
	equal(t, "tiers", []string{summary(t, s, a).Tier, summary(t, s, b).Tier}, []string{"l2", "l2"})
	undone, err := s.Undo(t.Context(), me, done.Token)
	if err != nil || len(undone.Done) != 2 {
		t.Errorf("undo: %+v, %v", undone, err)
	}
	equal(t, "tiers", []string{summary(t, s, a).Tier, summary(t, s, b).Tier}, []string{"l1", "l2"})
	_, err = s.Act(t.Context(), me, store.Act{Kind: store.ActReroute, Tier: "l2", Why: "mood"}, []string{a})
	wantCode(t, err, triage.Invalid)
}

// ActsInPart: what cannot be done is told, the rest is done; undo leaves alone
// what somebody has changed since.
func ActsInPart(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	me := user(t, s, "me@desk.example", people.Agent)
	a, b, merged := receive(t, s, inbound("a", "")).TicketID, receive(t, s, inbound("b", "")).TicketID, receive(t, s, inbound("c", "")).TicketID
	if err := s.Merge(t.Context(), merged, b, "lee"); err != nil {
		t.Fatal(err)
	}
	out, err := s.Act(t.Context(), me, store.Act{Kind: store.ActResolve}, []string{a, "none", merged, b, a})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "done", out.Done, []string{a, b})
	if len(out.Failed) != 2 || triage.CodeOf(out.Failed[0].Err) != triage.NotFound || triage.CodeOf(out.Failed[1].Err) != triage.Conflict {
		t.Errorf("failed: %+v", out.Failed)
	}
	only, err := s.Act(t.Context(), me, store.Act{Kind: store.ActSnooze, Until: c.Now().Add(time.Hour)}, []string{a})
	if err != nil || len(only.Failed) != 1 || len(only.Done) != 0 {
		t.Errorf("a resolved ticket sleeps: %+v, %v", only, err)
	}
	kept, err := s.ActOf(t.Context(), me, out.Token)
	if err != nil || len(kept.Failed) != 2 || triage.CodeOf(kept.Failed[1].Err) != triage.Conflict {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	receive(t, s, inbound("b", "again")) // it is open again
	undone, err := s.Undo(t.Context(), me, out.Token)
	if err != nil || len(undone.Failed) != 1 || undone.Failed[0].Ticket != b || !slices.Equal(undone.Done, []string{a}) {
		t.Errorf("undo: %+v, %v", undone, err)
	}
}

// SnoozeEnds: by its time, by a customer's word, and by being merged into.
func SnoozeEnds(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	me := user(t, s, "me@desk.example", people.Agent)
	var ids []string
	for i := range 4 {
		c.Add(time.Second)
		ids = append(ids, receive(t, s, inbound(fmt.Sprint(i), "")).TicketID)
	}
	act(t, s, me, store.Act{Kind: store.ActWait}, ids[0])
	act(t, s, me, store.Act{Kind: store.ActSnooze, Until: c.Now().Add(time.Hour)}, ids[0], ids[1], ids[2])
	equal(t, "open", in(t, s, store.LaneOpen), []string{ids[3]})
	in1 := inbound("1", "more")
	receive(t, s, in1)
	if err := s.Merge(t.Context(), ids[3], ids[2], "lee"); err != nil {
		t.Fatal(err)
	}
	equal(t, "asleep", in(t, s, store.LaneSnoozed), []string{ids[0]})
	agent := inbound("0", "ours")
	agent.Messages[0].Role = triage.RoleAgent
	receive(t, s, agent)
	equal(t, "after a word of ours", in(t, s, store.LaneSnoozed), []string{ids[0]})
	c.Add(time.Hour)
	events, stopWatch := s.Watch()
	defer stopWatch()
	work(t, s, store.WorkOptions{Triage: covering})
	equal(t, "woken", next(t, events, store.EventActed).TicketID, ids[0])
	got := summary(t, s, ids[0])
	if got.State != triage.StateOpen || !got.SnoozedUntil.IsZero() || !got.UpdatedAt.Equal(c.Now()) {
		t.Errorf("awake: %+v", got)
	}
}

// NoAnswerTakenBack: a person's word that a ticket needs an answer holds
// through later triages, until it is resolved.
func NoAnswerTakenBack(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	me := user(t, s, "me@desk.example", people.Agent)
	id := receive(t, s, inbound("a", "")).TicketID
	none := triage.Route{Action: triage.None, Tier: "l1"}
	save(t, s, id, none)
	equal(t, "at first", in(t, s, store.LaneNoAnswer), []string{id})
	done := act(t, s, me, store.Act{Kind: store.ActAnswer}, id)
	save(t, s, id, none)
	equal(t, "taken back", in(t, s, store.LaneOpen), []string{id})
	if _, err := s.Undo(t.Context(), me, done.Token); err != nil {
		t.Fatal(err)
	}
	equal(t, "undone", in(t, s, store.LaneNoAnswer), []string{id})
	act(t, s, me, store.Act{Kind: store.ActAnswer}, id)
	act(t, s, me, store.Act{Kind: store.ActResolve}, id)
	receive(t, s, inbound("a", "thanks"))
	save(t, s, id, none)
	equal(t, "thanks", in(t, s, store.LaneNoAnswer), []string{id})
}

// TakeNextOnce: many who ask at once get different tickets, the most pressing
// and the oldest first.
func TakeNextOnce(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	const n = 12
	var staff []string
	for i := range n {
		staff = append(staff, user(t, s, fmt.Sprintf("p%d@desk.example", i), people.Agent, "l1"))
	}
	urgent := ""
	for i := range n - 1 {
		c.Add(time.Second)
		id := receive(t, s, inbound(fmt.Sprint(i), "")).TicketID
		now := ticket(t, s, id)
		r := triage.Result{CoveredSeq: 1, Route: triage.Route{Action: triage.Assign, Tier: "l1"}}
		if i == 7 {
			r.Brief.Urgency, urgent = triage.UrgencyCritical, id
		}
		if err := s.TakeLease(t.Context(), id, "case", time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveResult(t.Context(), &now, &r, "case"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.TakeNext(t.Context(), staff[0], []string{"l2"})
	wantCode(t, err, triage.NotFound)
	first, err := s.TakeNext(t.Context(), staff[0], []string{"l2", "l1"})
	if err != nil || !slices.Equal(first.Done, []string{urgent}) || summary(t, s, urgent).Assignee != staff[0] {
		t.Errorf("first: %+v, %v", first, err)
	}
	if _, err := s.Undo(t.Context(), staff[0], first.Token); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for _, p := range staff {
		wg.Go(func() {
			out, err := s.TakeNext(t.Context(), p, []string{"l1"})
			mu.Lock()
			defer mu.Unlock()
			if triage.CodeOf(err) == triage.NotFound {
				got["none"]++
			} else if err != nil {
				t.Error(err)
			} else {
				got[out.Done[0]]++
			}
		})
	}
	wg.Wait()
	if len(got) != n {
		t.Errorf("%d got %d different answers: %v", n, len(got), got)
	}
}

// DealByTurns gives tickets to who is here, in turn, in the hours of the tier.
func DealByTurns(t *testing.T, db Database) {
	c := newClock() // a Monday, 9:00 UTC
	s := open(t, db, c.options())
	w := &knowledge.Workspace{Tiers: []knowledge.Tier{{ID: "l1", Assign: knowledge.RoundRobin, Hours: "Mon-Fri 08:00-18:00 UTC"}, {ID: "l2", Assign: knowledge.ByHand}}}
	a, b := user(t, s, "a@desk.example", people.Agent, "l1"), user(t, s, "b@desk.example", people.Agent, "l1", "l2")
	away, out, elsewhere := user(t, s, "away@desk.example", people.Agent, "l1"), user(t, s, "out@desk.example", people.Agent, "l1"), user(t, s, "else@desk.example", people.Agent, "l2")
	_ = out // not signed in
	for _, id := range []string{a, b, away, elsewhere} {
		signIn(t, s, id)
	}
	if err := s.SetAway(t.Context(), store.Actor{ID: away}, away, true); err != nil {
		t.Fatal(err)
	}
	var ids []string
	add := func(tier string) {
		c.Add(time.Second)
		id := receive(t, s, inbound(fmt.Sprint(len(ids)), "")).TicketID
		save(t, s, id, triage.Route{Action: triage.Assign, Tier: tier})
		ids = append(ids, id)
	}
	for range 4 {
		add("l1")
	}
	add("l2")
	deal := func(want int) {
		t.Helper()
		if n, err := s.Deal(t.Context(), w); err != nil || n != want {
			t.Errorf("dealt %d (%v), want %d", n, err, want)
		}
	}
	deal(4)
	given := map[string]int{}
	for _, id := range ids {
		given[summary(t, s, id).Assignee]++
	}
	equal(t, "given", given, map[string]int{a: 2, b: 2, "": 1})
	if err := s.SetAway(t.Context(), store.Actor{ID: b}, b, true); err != nil {
		t.Fatal(err)
	}
	add("l1")
	deal(1)
	equal(t, "the other is away", summary(t, s, ids[5]).Assignee, a)
	c.Add(10 * time.Hour) // closed, and nobody was seen
	add("l1")
	signIn(t, s, a)
	deal(0)
	c.Add(14 * time.Hour) // open again, and nobody is here
	deal(0)
	signIn(t, s, a)
	deal(1)
}

// AssigneeLeaves: a ticket is nobody's when it comes into a tier that its
// assignee is not in, and when they stop working here.
func AssigneeLeaves(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	boss := user(t, s, "boss@desk.example", people.Admin)
	me, both := user(t, s, "me@desk.example", people.Agent, "l1"), user(t, s, "both@desk.example", people.Agent, "l1", "l2")
	a, b := receive(t, s, inbound("a", "")).TicketID, receive(t, s, inbound("b", "")).TicketID
	for _, id := range []string{a, b} {
		save(t, s, id, triage.Route{Action: triage.Assign, Tier: "l1"})
	}
	act(t, s, boss, store.Act{Kind: store.ActAssign, Assignee: me}, a)
	act(t, s, boss, store.Act{Kind: store.ActAssign, Assignee: both}, b)
	for _, id := range []string{a, b} {
		save(t, s, id, triage.Route{Action: triage.Assign, Tier: "l2"})
	}
	equal(t, "left behind", summary(t, s, a).Assignee, "")
	equal(t, "in both", summary(t, s, b).Assignee, both)
	if err := s.DisableUser(t.Context(), store.Actor{ID: boss}, both, true); err != nil {
		t.Fatal(err)
	}
	equal(t, "left the desk", summary(t, s, b).Assignee, "")
	_, err := s.Act(t.Context(), boss, store.Act{Kind: store.ActAssign, Assignee: both}, []string{b})
	wantCode(t, err, triage.Invalid)
}
