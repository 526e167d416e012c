package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

func pauseIn(ticket string) store.Pause {
	return store.Pause{Check: "dns.cname", Target: "link.shop.example", TicketID: ticket, Role: triage.RoleAgent, Who: "lee",
		Seen: triage.CheckResult{Check: "dns.cname", Outcome: triage.Fail, State: "missing", Code: "check.dns.missing", Evidence: []string{"ns1: NXDOMAIN"}}}
}

func paused(t *testing.T, s *store.Store, check, target string) bool {
	t.Helper()
	yes, err := s.CheckPaused(t.Context(), check, target)
	ok(t, err)
	return yes
}

// PauseOnce: a check is paused for one target until somebody looked, said
// again it counts, and what it saw is kept.
func PauseOnce(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	id, other := receive(t, s, inbound("conv", "m1")).TicketID, receive(t, s, inbound("conv2", "m2")).TicketID
	first, err := s.PauseCheck(t.Context(), pauseIn(id))
	ok(t, err)
	equal(t, "paused", paused(t, s, "dns.cname", "link.shop.example"), true)
	equal(t, "other check", paused(t, s, "tls.certificate", "link.shop.example"), false)
	equal(t, "other target", paused(t, s, "dns.cname", "www.shop.example"), false)
	c.Add(time.Minute)
	again, err := s.PauseCheck(t.Context(), pauseIn(other))
	ok(t, err)
	want := first
	want.Times = 2
	equal(t, "said again", again, want)
	equal(t, "evidence", again.Seen.Evidence, []string{"ns1: NXDOMAIN"})
	list, err := s.Pauses(t.Context(), false)
	ok(t, err)
	equal(t, "list", list, []store.Pause{again})

	ok(t, s.ResumeCheck(t.Context(), first.ID, "kim", store.CheckWrong))
	equal(t, "resumed", paused(t, s, "dns.cname", "link.shop.example"), false)
	equal(t, "twice", triage.CodeOf(s.ResumeCheck(t.Context(), first.ID, "kim", store.CheckRight)), triage.Conflict)
	third, err := s.PauseCheck(t.Context(), pauseIn(id))
	ok(t, err)
	equal(t, "anew", third.ID != first.ID && third.Times == 1, true)
	list, err = s.Pauses(t.Context(), true)
	ok(t, err)
	want.ResumedAt, want.ResumedBy, want.Verdict = c.Now(), "kim", store.CheckWrong
	equal(t, "all", len(list), 2)
	for _, p := range list {
		if p.ID == first.ID {
			equal(t, "ended", p, want)
		}
	}
}

// PauseRefuses: what is not whole, and what does not exist.
func PauseRefuses(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	for _, p := range []store.Pause{
		{Check: "dns.cname", Target: "a.example", TicketID: id, Role: triage.RoleAgent},
		{Check: "dns.cname", TicketID: id, Role: triage.RoleAgent, Who: "lee"},
		{Target: "a.example", TicketID: id, Role: triage.RoleAgent, Who: "lee"},
		{Check: "dns.cname", Target: "a.example", TicketID: id, Role: triage.RoleSystem, Who: "lee"},
	} {
		_, err := s.PauseCheck(t.Context(), p)
		equal(t, "code", triage.CodeOf(err), triage.Invalid)
	}
	_, err := s.PauseCheck(t.Context(), pauseIn("tkt_none"))
	equal(t, "no ticket", triage.CodeOf(err), triage.NotFound)
	equal(t, "no pause", triage.CodeOf(s.ResumeCheck(t.Context(), "pau_none", "lee", store.CheckRight)), triage.NotFound)
	equal(t, "no verdict", triage.CodeOf(s.ResumeCheck(t.Context(), "pau_none", "lee", "")), triage.Invalid)
	equal(t, "paused", paused(t, s, "dns.cname", "a.example"), false)
}

// PauseErased: with the customer goes what was looked at and seen; that it was
// said still counts.
func PauseErased(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	id := receive(t, s, inbound("conv", "m1")).TicketID
	p, err := s.PauseCheck(t.Context(), pauseIn(id))
	ok(t, err)
	_, err = s.Erase(t.Context(), ticket(t, s, id).Customer.Email, "dpo")
	ok(t, err)
	equal(t, "paused", paused(t, s, "dns.cname", "link.shop.example"), false)
	got, err := s.Pause(t.Context(), p.ID)
	ok(t, err)
	equal(t, "target", got.Target+got.Who+got.Seen.Code, "")
	equal(t, "times", got.Times, 1)
}
