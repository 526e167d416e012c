package eval

import (
	"testing"
	"time"

	"readback/triage"
)

// What people said decides: what they corrected, and to whom they gave it last.
func TestJudge(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	result := func(procedure, tier string) triage.Result {
		return triage.Result{CoveredSeq: 1, Matters: []triage.Matter{{ID: "m1", Procedure: procedure, Route: triage.Route{Action: triage.Assign, Tier: tier}}}}
	}
	said := func(from, to string) []triage.Correction {
		return []triage.Correction{{What: triage.WhatProcedure, Procedure: from, Value: to}}
	}
	for name, c := range map[string]struct {
		was, now    triage.Result
		said        []triage.Correction
		handed      []Handed
		customerAt  time.Time
		want        Placement
		tier        string
		by, isFresh bool
	}{
		"as before":                     {was: result("p", "l2"), now: result("p", "l2"), want: PastPlaced},
		"new":                           {was: result("", "l1"), now: result("p", "l2"), want: PastPlaced, isFresh: true},
		"lost":                          {was: result("p", "l2"), now: result("", "l1"), want: PastMissed},
		"another, by a person":          {was: result("q", "l2"), now: result("p", "l2"), said: said("p", "q"), want: PastWrong, by: true},
		"handed to another tier":        {was: result("p", "l2"), now: result("p", "l2"), handed: []Handed{{at, "billing"}}, want: PastWrong, tier: "billing", by: true},
		"handed to the tier it names":   {was: result("p", "l1"), now: result("p", "l2"), handed: []Handed{{at, "l2"}}, want: PastPlaced},
		"handed over, then new words":   {was: result("p", "l2"), now: result("p", "l2"), handed: []Handed{{at, "billing"}}, customerAt: at.Add(time.Hour), want: PastPlaced},
		"handed on: the last one holds": {was: result("p", "l2"), now: result("p", "l2"), handed: []Handed{{at, "billing"}, {at, "l2"}}, want: PastPlaced},
		"outside":                       {was: result("", "l1"), now: result("", "l1"), handed: []Handed{{at, "billing"}}, want: PastOutside},
	} {
		when := c.customerAt
		if when.IsZero() {
			when = at.Add(-time.Hour)
		}
		p := Past{Ticket: triage.Ticket{Corrections: c.said, Messages: []triage.Message{{Role: triage.RoleCustomer, ReceivedAt: when}}}, Result: c.was, Handed: c.handed}
		if got := Judge("p", &p, &c.now); got.Placement != c.want || got.Tier != c.tier || got.By != c.by || got.New != c.isFresh {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
