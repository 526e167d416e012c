package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

func correct(t *testing.T, s *store.Store, c triage.Correction) triage.Correction {
	t.Helper()
	got, err := s.AddCorrection(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// values reads the corrections in force, in short.
func values(t *testing.T, s *store.Store, id string) []string {
	t.Helper()
	list, err := s.Corrections(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, c := range list {
		out = append(out, c.Matter+c.Step+c.Anchor.MessageID+" "+string(c.What)+" "+c.Value)
	}
	return out
}

// CorrectionsNewestWins: of one key the newest is in force, until one takes it
// back; keys that differ in anything stand beside each other; all stay on record.
func CorrectionsNewestWins(t *testing.T, db Database) {
	s := open(t, db, newClock().options()) // the clock stands still: the order is that of the calls
	id := receive(t, s, inbound("conv", "m1")).TicketID
	c := triage.Correction{TicketID: id, Matter: "m1", Step: "brand-link", Inputs: map[string]string{"d": "a.example", "e": "1"},
		What: "state", Value: "done", Who: "lee", Role: triage.RoleAgent, Why: "they \x00 told me on the phone"}
	first := correct(t, s, c)
	equal(t, "values", values(t, s, id), []string{"m1brand-link state done"})
	got, err := s.Corrections(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	c.ID, c.At, c.Why = first.ID, first.At, "they   told me on the phone"
	equal(t, "correction", got[0], c)

	other := c
	other.Inputs = map[string]string{"d": "b.example"}
	correct(t, s, other)
	matter := triage.Correction{TicketID: id, Matter: "m1", What: "procedure", Value: "https", Who: "u7", Role: triage.RoleCustomer}
	correct(t, s, matter)
	c.Value = "not_done"
	correct(t, s, c)
	equal(t, "values", values(t, s, id), []string{"m1brand-link state done", "m1 procedure https", "m1brand-link state not_done"})
	c.Value, c.Undo = "", true
	correct(t, s, c)
	equal(t, "values", values(t, s, id), []string{"m1brand-link state done", "m1 procedure https"})
	log, err := s.CorrectionLog(t.Context(), id)
	if err != nil || len(log) != 5 {
		t.Errorf("%d on record, %v", len(log), err)
	}
}

// CorrectionsRefused: what has no author, no key, two keys, or no such message.
func CorrectionsRefused(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	r, other := receive(t, s, inbound("conv", "m1")), receive(t, s, inbound("other", "m2"))
	good := triage.Correction{TicketID: r.TicketID, Anchor: triage.Anchor{MessageID: r.MessageIDs[0], Start: 0, End: 4},
		What: triage.WhatClaim, Item: "brand-link", Value: triage.NotSo, Who: "lee", Role: triage.RoleAgent}
	for name, spoil := range map[string]func(*triage.Correction){
		"who":       func(c *triage.Correction) { c.Who = "" },
		"role":      func(c *triage.Correction) { c.Role = triage.RoleSystem },
		"what":      func(c *triage.Correction) { c.What = "" },
		"no key":    func(c *triage.Correction) { c.Anchor = triage.Anchor{} },
		"two keys":  func(c *triage.Correction) { c.Matter = "m1" },
		"only step": func(c *triage.Correction) { c.Step = "x" },
		"message":   func(c *triage.Correction) { c.Anchor.MessageID = other.MessageIDs[0] },
		"empty":     func(c *triage.Correction) { c.Anchor.End = 0 },
		"value":     func(c *triage.Correction) { c.Value = "done" },
		"too long":  func(c *triage.Correction) { c.Anchor.End = 1000 },
	} {
		c := good
		spoil(&c)
		if _, err := s.AddCorrection(t.Context(), c); triage.CodeOf(err) != triage.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	correct(t, s, good)
	good.TicketID = "tkt_none"
	_, err := s.AddCorrection(t.Context(), good)
	wantCode(t, err, triage.NotFound)
}

// CorrectionsFollow: a ticket comes with the corrections in force; one by
// matter is good on the ticket that its own was merged into, and only
// meanwhile; two of one matter id are not one key there.
func CorrectionsFollow(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	a, b, ids := threads(t, s, c)
	said := triage.Correction{TicketID: b, What: triage.WhatState, Matter: "m1", Step: "cname", Value: "done", Procedure: "p", Who: "lee", Role: triage.RoleAgent}
	correct(t, s, said)
	c.Add(time.Second)
	said.TicketID, said.Value = a, "failed"
	correct(t, s, said)
	c.Add(time.Second)
	correct(t, s, triage.Correction{TicketID: b, What: triage.WhatEnvironment, Item: "Firefox", Anchor: triage.Anchor{MessageID: ids["b1"], End: 4},
		Value: triage.NotSo, Who: "u1", Role: triage.RoleCustomer})
	ok(t, s.Merge(t.Context(), b, a, "lee"))
	equal(t, "merged", values(t, s, a), []string{"m1cname state done", "m1cname state failed", ids["b1"] + " environment not_so"})
	got := ticket(t, s, a).Corrections
	equal(t, "with the ticket", []any{len(got), got[0].TicketID, got[0].Procedure, got[2].Item}, []any{3, b, "p", "Firefox"})
	equal(t, "tombstone", values(t, s, b), []string{"m1cname state done"})
	ok(t, s.Unmerge(t.Context(), b, "lee"))
	equal(t, "again its own", values(t, s, a), []string{"m1cname state failed"})
	equal(t, "again its own", values(t, s, b), []string{"m1cname state done", ids["b1"] + " environment not_so"})
	_, err := s.Erase(t.Context(), "b@shop.example", "lee")
	ok(t, err)
	equal(t, "erased", values(t, s, b), []string{})
}

// CorrectionTriages: a correction makes a triaged ticket wait, and what a
// triage under way would store is refused, because it has not read it.
func CorrectionTriages(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	save(t, s, id, triage.Route{Tier: "l1"})
	lease(t, s, id)
	underWay := ticket(t, s, id)
	correct(t, s, triage.Correction{TicketID: id, Matter: "m1", What: "kind", Value: "billing", Who: "lee", Role: triage.RoleAgent})
	now := ticket(t, s, id)
	equal(t, "waits", []int64{now.Triaged, now.LastSeq}, []int64{0, 1})
	wantCode(t, s.SaveResult(t.Context(), &underWay, &triage.Result{CoveredSeq: 1}, "case"), triage.Conflict)
	wantCode(t, s.TakeLease(t.Context(), id, "case", 1), triage.Conflict)
	if err := s.ReleaseLease(t.Context(), id, "case"); err != nil {
		t.Fatal(err)
	}
	save(t, s, id, triage.Route{Tier: "billing"})
}
