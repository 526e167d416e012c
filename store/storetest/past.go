package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/triage"
	"readback/triage/eval"
)

// past lists what Past gives, by ticket, and its order.
func past(t *testing.T, s *store.Store, o store.PastOptions) (byID map[string]eval.Past, ids []string, count store.PastCount) {
	t.Helper()
	byID = map[string]eval.Past{}
	count, err := s.Past(t.Context(), o, func(p eval.Past, n store.PastCount) error {
		byID[p.Ticket.ID] = p
		ids = append(ids, p.Ticket.ID)
		return nil
	})
	ok(t, err)
	return byID, ids, count
}

// PastTickets come with every result and with what people said of their tier;
// erased ones are counted, and the period is that in which they came.
func PastTickets(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a := receive(t, s, inbound("a", "a1")).TicketID
	save(t, s, a, assign("l1"))
	c.Add(time.Hour)
	receive(t, s, inbound("a", "a2"))
	save(t, s, a, assign("l2"))
	handOver(t, s, a, "billing")
	c.Add(time.Hour)
	_, err := s.HandOver(t.Context(), store.Handover{TicketID: a, To: "l1", Why: "workload", Person: "usr_a"}, "", 0)
	ok(t, err)
	c.Add(24 * time.Hour)
	b := receive(t, s, inbound("b", "b1")).TicketID
	gone := receive(t, s, store.Inbound{Source: "mail", TicketKey: "c", MessageKey: "c1", Customer: triage.Customer{Email: "eve@shop.example"}, Messages: []triage.Message{message("gone")}}).TicketID
	save(t, s, gone, assign("l1"))
	_, err = s.Erase(t.Context(), "eve@shop.example", "lee")
	ok(t, err)

	_, ids, count := past(t, s, store.PastOptions{})
	equal(t, "triaged ones", ids, []string{a})
	equal(t, "counted", count, store.PastCount{Of: 1, Erased: 1})
	byID, ids, _ := past(t, s, store.PastOptions{Whole: true})
	equal(t, "all, the last changed first", ids, []string{b, a})
	got := byID[a]
	equal(t, "results", []any{len(got.Results), got.Results[0].Route.Tier, got.Results[1].CoveredSeq, got.Result.Route.Tier}, []any{2, "l1", int64(2), "l2"})
	equal(t, "handed", []any{len(got.Handed), got.Handed[0].Tier, got.Wanted()}, []any{1, "billing", "billing"})
	equal(t, "never triaged", []any{len(byID[b].Results), byID[b].Result.CoveredSeq}, []any{0, int64(0)})
	_, ids, _ = past(t, s, store.PastOptions{Whole: true, Limit: 1})
	equal(t, "one", ids, []string{b})
	_, ids, count = past(t, s, store.PastOptions{Whole: true, Until: c.Now().Add(-20 * time.Hour)})
	equal(t, "before", []any{ids, count}, []any{[]string{a}, store.PastCount{Of: 1}})
	_, ids, count = past(t, s, store.PastOptions{Whole: true, Since: c.Now().Add(-20 * time.Hour)})
	equal(t, "since", []any{ids, count}, []any{[]string{b}, store.PastCount{Of: 1, Erased: 1}})
	// What the customer says after it was handed over is new.
	c.Add(time.Minute)
	receive(t, s, inbound("a", "a3"))
	byID, _, _ = past(t, s, store.PastOptions{Whole: true})
	got = byID[a]
	equal(t, "overtaken", got.Wanted(), "")
}
