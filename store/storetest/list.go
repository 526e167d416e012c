package storetest

import (
	"fmt"
	"testing"
	"time"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// all reads the list page by page and calls between after each.
func all(t *testing.T, s *store.Store, f store.Filter, between func()) []string {
	t.Helper()
	var ids []string
	for {
		page, err := s.Tickets(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, sum := range page.Tickets {
			ids = append(ids, sum.ID)
		}
		if page.Next == "" {
			return ids
		}
		f.After = page.Next
		between()
	}
}

// ListPages reads tickets that changed at one moment and at several, whole
// pages and broken ones.
func ListPages(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	var want []string
	for i := range 12 {
		if i%3 == 0 {
			c.Add(time.Second)
		}
		want = append(want, receive(t, s, inbound(fmt.Sprint(i), "")).TicketID)
	}
	for _, limit := range []int{1, 3, 4, 5, 11, 12, 0, 1000} {
		got := all(t, s, store.Filter{Limit: limit}, func() {})
		seen := make(map[string]bool)
		for _, id := range got {
			seen[id] = true
		}
		if len(got) != len(want) || len(seen) != len(want) {
			t.Errorf("limit %d: got %d tickets, %d different, want %d", limit, len(got), len(seen), len(want))
		}
	}
	page, err := s.Tickets(t.Context(), store.Filter{Limit: 12})
	if err != nil || page.Next != "" {
		t.Errorf("a page that ends the list has a next one: %q, %v", page.Next, err)
	}
	for i := 1; i < len(page.Tickets); i++ {
		if page.Tickets[i].UpdatedAt.After(page.Tickets[i-1].UpdatedAt) {
			t.Errorf("row %d is newer than the one before", i)
		}
	}
}

// ListUnderChange: what does not change while one reads is seen exactly once.
func ListUnderChange(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	var ids []string
	for i := range 20 {
		c.Add(time.Second)
		ids = append(ids, receive(t, s, inbound(fmt.Sprint(i), "")).TicketID)
	}
	moved := 0
	got := all(t, s, store.Filter{Limit: 3}, func() {
		c.Add(time.Second)
		receive(t, s, inbound(fmt.Sprint("new", moved), ""))
		receive(t, s, inbound(fmt.Sprint(moved), "")) // the oldest moves to the front
		moved++
	})
	count := make(map[string]int)
	for _, id := range got {
		count[id]++
	}
	for i := moved; i < len(ids); i++ {
		if count[ids[i]] != 1 {
			t.Errorf("ticket %d was seen %d times", i, count[ids[i]])
		}
	}
}

// ListFilters combines the filters and reads the columns of a summary.
func ListFilters(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a := receive(t, s, inbound("a", "a")).TicketID
	b := receive(t, s, inbound("b", "b")).TicketID
	waiting := receive(t, s, inbound("c", "c")).TicketID
	c.Add(time.Second)
	save(t, s, a, triage.Route{Action: triage.Assign, Tier: "l2", NeedsReview: true})
	save(t, s, b, triage.Route{Action: triage.Ask, Tier: "l1"})
	if err := s.SetState(t.Context(), b, triage.StateWaiting); err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for _, c := range []struct {
		name string
		f    store.Filter
		want []string
	}{
		{"tier", store.Filter{Tier: "l2"}, []string{a}},
		{"state", store.Filter{State: triage.StateWaiting}, []string{b}},
		{"tier and state", store.Filter{Tier: "l1", State: triage.StateOpen}, nil},
		{"review", store.Filter{NeedsReview: &yes}, []string{a}},
		{"no review, open", store.Filter{NeedsReview: &no, State: triage.StateOpen}, []string{waiting}},
	} {
		equal(t, c.name, all(t, s, c.f, func() {}), c.want)
	}
	page, err := s.Tickets(t.Context(), store.Filter{Tier: "l2"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "summary", page.Tickets[0], store.Summary{ID: a, Subject: "Links over HTTPS", Tier: "l2", Channel: triage.ChannelEmail,
		State: triage.StateOpen, Lane: store.LaneOpen, Customer: triage.Customer{Email: "ann@shop.example"}, Action: triage.Assign, NeedsReview: true,
		Messages: 1, CreatedAt: c.Now().Add(-time.Second), UpdatedAt: c.Now()})
	page, err = s.Tickets(t.Context(), store.Filter{NeedsReview: &no, State: triage.StateOpen})
	if err != nil || !page.Tickets[0].Waiting {
		t.Errorf("an untriaged ticket does not wait: %+v, %v", page, err)
	}
}

// ListCounts counts each queue of the inbox.
func ListCounts(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	me := user(t, s, "me@desk.example", people.Agent, "l1")
	var ids []string
	for i, tier := range []string{"l1", "l1", "l2", "", "l2", "l1"} {
		id := receive(t, s, inbound(fmt.Sprint(i), "")).TicketID
		if tier != "" {
			save(t, s, id, triage.Route{Action: triage.Assign, Tier: tier, NeedsReview: i == 0})
		}
		ids = append(ids, id)
	}
	act(t, s, me, store.Act{Kind: store.ActResolve}, ids[4])
	act(t, s, me, store.Act{Kind: store.ActWait}, ids[5])
	act(t, s, me, store.Act{Kind: store.ActAssign, Assignee: me}, ids[1], ids[5])
	got, err := s.Counts(t.Context(), me, []string{"l1", "l2", "l3"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "counts", got, store.Counts{Tiers: map[string]int{"l1": 2, "l2": 1, "l3": 0, "": 1}, Mine: 1, Unassigned: 3, Review: 1,
		Lanes: map[store.Lane]int{store.LaneOpen: 4, store.LaneWaiting: 1, store.LaneSnoozed: 0, store.LaneNoAnswer: 0}})
}

// ListRefusesCursor refuses what no page gave.
func ListRefusesCursor(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	for _, cursor := range []string{"x", "!!", "eCB5", "MTIz"} {
		_, err := s.Tickets(t.Context(), store.Filter{After: cursor})
		wantCode(t, err, triage.Invalid)
	}
}
