package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/triage/route"
)

func sendline(t *testing.T) *knowledge.Workspace {
	t.Helper()
	w, err := knowledge.Load(examples.Sendline())
	ok(t, err)
	return w
}

// broken is a result that says something about DMARC does not work.
func broken(covered int64) triage.Result {
	m := triage.Matter{ID: "m1", Kind: triage.KindBroken, Procedure: "dmarc-alignment",
		Route: triage.Route{Action: triage.Assign, Tier: "l1", Reasons: []triage.Reason{{Code: "route.step_failed"}}}}
	return triage.Result{CoveredSeq: covered, Brief: triage.Brief{Kind: m.Kind, Request: triage.Request{Text: "Mail is refused"}},
		Matters: []triage.Matter{m}, Route: m.Route}
}

// suffer stores a ticket of a customer for whom DMARC does not work.
func suffer(t *testing.T, s *store.Store, customer string) string {
	t.Helper()
	in := inbound("from "+customer, "")
	in.Customer = triage.Customer{Email: customer + "@shop.example", Name: customer}
	id := receive(t, s, in).TicketID
	r := broken(ticket(t, s, id).LastSeq)
	saveAs(t, s, id, &r)
	return id
}

func saveAs(t *testing.T, s *store.Store, id string, r *triage.Result) {
	t.Helper()
	now := ticket(t, s, id)
	lease(t, s, id)
	ok(t, s.SaveResult(t.Context(), &now, r, "case"))
}

// burst stores five such tickets, a minute apart, and raises them.
func burst(t *testing.T, s *store.Store, c *clock, w *knowledge.Workspace) (tickets []string, incident store.Incident) {
	t.Helper()
	for i := range 5 {
		tickets = append(tickets, suffer(t, s, fmt.Sprint("c", i)))
		c.Add(time.Minute)
	}
	ok(t, s.FindIncidents(t.Context(), w))
	return tickets, onlyIncident(t, s)
}

func incidents(t *testing.T, s *store.Store, f store.IncidentFilter) []store.Incident {
	t.Helper()
	list, err := s.Incidents(t.Context(), f)
	ok(t, err)
	return list
}

func onlyIncident(t *testing.T, s *store.Store) store.Incident {
	t.Helper()
	list := incidents(t, s, store.IncidentFilter{})
	if len(list) != 1 {
		t.Fatalf("%d incidents, want one: %+v", len(list), list)
	}
	return list[0]
}

func waits(t *testing.T, s *store.Store, id string) bool {
	t.Helper()
	now := ticket(t, s, id)
	return now.Triaged < now.LastSeq
}

// partOf tells how a triage of the ticket sees the only confirmed incident.
func partOf(t *testing.T, s *store.Store, w *knowledge.Workspace, id string) string {
	t.Helper()
	list, err := s.ConfirmedIncidents(t.Context(), w, id)
	ok(t, err)
	if len(list) == 0 {
		return "none"
	}
	i := list[0]
	return fmt.Sprintf("linked %v, by hand %v, unlinked %v", i.Linked, i.ByHand, i.Unlinked)
}

// BurstIsRaised once, and grows, however often it is looked for.
func BurstIsRaised(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	events, stop := s.Watch()
	defer stop()
	tickets, i := burst(t, s, c, w)
	equal(t, "event", next(t, events, store.EventIncident+string(store.IncidentRaised)).Tier, "l2")
	equal(t, "incident", []any{i.State, i.Title, i.Area, i.Tier, i.Tickets, i.Open, i.Last.Sub(i.First), i.Request},
		[]any{store.IncidentRaised, "", "sending-domains", "l2", 5, 5, 4 * time.Minute, "Mail is refused"})
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "again", onlyIncident(t, s), i)
	tickets = append(tickets, suffer(t, s, "late"))
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "grown", onlyIncident(t, s).Tickets, 6)
	page, err := s.Tickets(t.Context(), store.Filter{Incident: i.ID})
	if err != nil || len(page.Tickets) != 6 || page.Tickets[0].Incident != "" {
		t.Errorf("%d of its tickets are listed, one as part of %q, %v", len(page.Tickets), page.Tickets[0].Incident, err)
	}
	equal(t, "of a ticket", len(incidents(t, s, store.IncidentFilter{Ticket: tickets[0], Live: true})), 1)
	for _, id := range tickets {
		ok(t, s.SetState(t.Context(), id, triage.StateResolved))
	}
	equal(t, "live when all is resolved", incidents(t, s, store.IncidentFilter{Live: true}), []store.Incident{})
}

// BurstNearMisses: what does not count is not counted.
func BurstNearMisses(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	five := make([]string, 5)
	for i := range five {
		five[i] = suffer(t, s, fmt.Sprint("c", i))
	}
	ok(t, s.SetState(t.Context(), five[0], triage.StateResolved))
	ok(t, s.Merge(t.Context(), five[1], five[2], "lee"))
	for i := range 9 { // a flood of one sender
		in := inbound(fmt.Sprint("flood", i), "")
		in.Customer = triage.Customer{Email: "C4@shop.example"}
		r := broken(1)
		saveAs(t, s, receive(t, s, in).TicketID, &r)
	}
	r := broken(2)
	saveAs(t, s, five[2], &r)
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "incidents of three customers", incidents(t, s, store.IncidentFilter{}), []store.Incident{})
	c.Add(3 * time.Hour) // that was long ago
	suffer(t, s, "d1")
	suffer(t, s, "d2")
	suffer(t, s, "c2") // on a ticket that is open since
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "incidents of two of late", incidents(t, s, store.IncidentFilter{}), []store.Incident{})
	for _, again := range []string{"e1", "e2", "e3"} { // resolved long ago, and opened by a new message
		old := suffer(t, s, again)
		ok(t, s.SetState(t.Context(), old, triage.StateResolved))
	}
	c.Add(24 * time.Hour)
	for _, customer := range []string{"e1", "e2", "e3", "f1", "f2"} {
		suffer(t, s, customer)
	}
	ok(t, s.FindIncidents(t.Context(), w))
	got := onlyIncident(t, s)
	equal(t, "of those opened again", []any{got.Tickets, got.First, got.Last}, []any{5, c.Now(), c.Now()})
}

// BurstOfWords: no procedure and no code, but a word that nobody used before.
func BurstOfWords(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	say := func(i int, text string) string {
		t.Helper()
		in := inbound(fmt.Sprint(text, i), "")
		in.Customer = triage.Customer{Email: fmt.Sprint("c", i, "@shop.example")}
		id := receive(t, s, in).TicketID
		r := broken(1)
		r.Matters[0].Procedure, r.Brief.Language, r.Brief.Request.Text = "", "en", text
		saveAs(t, s, id, &r)
		return id
	}
	usual := []string{"The import is broken since this morning", "Invoices do not load since today", "Webhooks stopped since this morning"}
	for i := range 60 {
		say(i, usual[i%len(usual)])
	}
	c.Add(5 * time.Hour)
	for i := range 6 {
		say(i, usual[i%len(usual)])
	}
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "what is usual", incidents(t, s, store.IncidentFilter{}), []store.Incident{})
	for i, text := range []string{"The dashboard shows a white page", "Our dashboard is empty", "No dashboard since this morning?", "dashboard!!!", "We see nothing on the dashboard"} {
		say(10+i, text)
	}
	ok(t, s.FindIncidents(t.Context(), w))
	i := onlyIncident(t, s)
	equal(t, "tickets", i.Tickets, 5)
	ok(t, s.SetIncident(t.Context(), i.ID, store.IncidentConfirmed, store.IncidentEdit{Title: "Dashboard", Tier: "l2"}, "lead"))
	late := say(20, "Is the dashboard gone?")
	say(21, usual[0])
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "and a later one", []any{onlyIncident(t, s).Tickets, partOf(t, s, w, late)}, []any{6, "linked true, by hand false, unlinked false"})
}

// IncidentConfirmed: its tickets are triaged anew, what a triage routes by it
// is linked, and once it has ended nothing is.
func IncidentConfirmed(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	tickets, i := burst(t, s, c, w)
	between := suffer(t, s, "between") // not looked at before the lead confirms
	ok(t, s.SetState(t.Context(), tickets[4], triage.StateResolved))
	wantCode(t, s.SetIncident(t.Context(), i.ID, store.IncidentConfirmed, store.IncidentEdit{}, "lead"), triage.Invalid)
	wantCode(t, s.SetIncident(t.Context(), i.ID, store.IncidentEnded, store.IncidentEdit{}, "lead"), triage.Conflict)
	wantCode(t, s.SetIncident(t.Context(), "inc_none", store.IncidentEnded, store.IncidentEdit{}, "lead"), triage.NotFound)
	edit := store.IncidentEdit{Title: "Mail is refused", Area: "sending-domains", Tier: "l2"}
	ok(t, s.SetIncident(t.Context(), i.ID, store.IncidentConfirmed, edit, "lead"))
	equal(t, "wait", []bool{waits(t, s, tickets[0]), waits(t, s, tickets[4]), waits(t, s, between)}, []bool{true, false, false})
	equal(t, "first", partOf(t, s, w, tickets[0]), "linked true, by hand false, unlinked false")
	equal(t, "before it is found", partOf(t, s, w, between), "linked false, by hand false, unlinked false")
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "found", []any{partOf(t, s, w, between), waits(t, s, between)}, []any{"linked true, by hand false, unlinked false", true})

	fresh := receive(t, s, inbound("fresh", "")).TicketID
	r := broken(1)
	r.Route.Reasons = []triage.Reason{{Code: route.CodeIncident, Params: map[string]string{"incident": i.ID}}}
	r.Matters[0].Route = r.Route
	saveAs(t, s, fresh, &r)
	equal(t, "routed by it", partOf(t, s, w, fresh), "linked true, by hand false, unlinked false")
	page, err := s.Tickets(t.Context(), store.Filter{})
	ok(t, err)
	for _, sum := range page.Tickets {
		equal(t, "routed by", sum.Incident, map[bool]string{true: i.ID}[sum.ID == fresh])
	}
	list, err := s.ConfirmedIncidents(t.Context(), w, fresh)
	ok(t, err)
	equal(t, "reports", []any{len(list[0].Reports), list[0].Reports[0].Ticket, list[0].Reports[0].Area}, []any{7, tickets[0], "sending-domains"})

	ok(t, s.SetIncident(t.Context(), i.ID, store.IncidentEnded, store.IncidentEdit{}, "lead"))
	equal(t, "ended", partOf(t, s, w, fresh), "none")
	wantCode(t, s.LinkTicket(t.Context(), i.ID, suffer(t, s, "late"), true, "lee"), triage.Conflict)
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "after the end", []any{onlyIncident(t, s).Tickets, onlyIncident(t, s).State}, []any{7, store.IncidentEnded})
}

// IncidentTakenBack: dismissed stays dismissed, five new tickets are a new
// burst, and every step of the lead has a way back.
func IncidentTakenBack(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	tickets, i := burst(t, s, c, w)
	set := func(to store.IncidentState, e store.IncidentEdit) {
		t.Helper()
		ok(t, s.SetIncident(t.Context(), i.ID, to, e, "lead"))
		ok(t, s.FindIncidents(t.Context(), w))
	}
	set(store.IncidentDismissed, store.IncidentEdit{})
	equal(t, "dismissed", onlyIncident(t, s).State, store.IncidentDismissed)
	set(store.IncidentRaised, store.IncidentEdit{})
	set(store.IncidentConfirmed, store.IncidentEdit{Title: "Refused", Tier: "billing"})
	got := onlyIncident(t, s)
	equal(t, "confirmed", []any{got.State, got.Title, got.Area, got.Tier}, []any{store.IncidentConfirmed, "Refused", "", "billing"})
	for _, id := range tickets {
		r := broken(1)
		saveAs(t, s, id, &r)
	}
	set(store.IncidentConfirmed, store.IncidentEdit{Title: "Refused by parcel.example", Area: "sending-domains", Tier: "l2"})
	equal(t, "edited", []any{onlyIncident(t, s).Title, waits(t, s, tickets[0])}, []any{"Refused by parcel.example", true})
	set(store.IncidentEnded, store.IncidentEdit{})
	set(store.IncidentConfirmed, store.IncidentEdit{})
	equal(t, "goes on", onlyIncident(t, s).Title, "Refused by parcel.example")
	for _, id := range tickets {
		r := broken(1)
		saveAs(t, s, id, &r)
	}
	set(store.IncidentRaised, store.IncidentEdit{})
	equal(t, "unconfirmed", []any{waits(t, s, tickets[0]), partOf(t, s, w, tickets[0])}, []any{true, "none"})
	set(store.IncidentDismissed, store.IncidentEdit{})
	for n := range 5 {
		suffer(t, s, fmt.Sprint("new", n))
	}
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "live", len(incidents(t, s, store.IncidentFilter{Live: true})), 1)
	equal(t, "all", len(incidents(t, s, store.IncidentFilter{})), 2)
}

// IncidentByHand: what a person says of a ticket stays, whatever is found.
func IncidentByHand(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	tickets, i := burst(t, s, c, w)
	ok(t, s.LinkTicket(t.Context(), i.ID, tickets[0], false, "lee"))
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "without one", onlyIncident(t, s).Tickets, 4)
	ok(t, s.SetIncident(t.Context(), i.ID, store.IncidentConfirmed, store.IncidentEdit{Title: "Refused", Area: "sending-domains", Tier: "l2"}, "lead"))
	ok(t, s.FindIncidents(t.Context(), w))
	equal(t, "stays out", []any{partOf(t, s, w, tickets[0]), waits(t, s, tickets[0])}, []any{"linked false, by hand false, unlinked true", false})

	other := receive(t, s, inbound("other", "")).TicketID
	save(t, s, other, triage.Route{Tier: "l1"})
	events, stop := s.Watch()
	defer stop()
	ok(t, s.LinkTicket(t.Context(), i.ID, other, true, "lee"))
	equal(t, "event", next(t, events, store.EventLinked).TicketID, other)
	equal(t, "by hand", []any{partOf(t, s, w, other), waits(t, s, other)}, []any{"linked true, by hand true, unlinked false", true})
	save(t, s, other, triage.Route{Tier: "l2"})
	ok(t, s.LinkTicket(t.Context(), i.ID, other, false, "lee"))
	equal(t, "taken out", []any{partOf(t, s, w, other), waits(t, s, other)}, []any{"linked false, by hand false, unlinked true", true})
	wantCode(t, s.LinkTicket(t.Context(), i.ID, "tkt_none", true, "lee"), triage.NotFound)
	wantCode(t, s.LinkTicket(t.Context(), "inc_none", other, true, "lee"), triage.NotFound)
}

// IncidentsOfTwoProcesses that look at once: one burst is raised once.
func IncidentsOfTwoProcesses(t *testing.T, db Database) {
	c := newClock()
	s, other := open(t, db, c.options()), open(t, db, c.options())
	w := sendline(t)
	for i := range 5 {
		suffer(t, s, fmt.Sprint("c", i))
	}
	var wg sync.WaitGroup
	for _, st := range []*store.Store{s, other, s, other} {
		wg.Go(func() {
			if err := st.FindIncidents(context.Background(), w); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "tickets", onlyIncident(t, s).Tickets, 5)
}

// EraseMasksIncident: a title may hold a customer's name; counts stay.
func EraseMasksIncident(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	w := sendline(t)
	_, i := burst(t, s, c, w)
	ok(t, s.SetIncident(t.Context(), i.ID, store.IncidentConfirmed, store.IncidentEdit{Title: "As c3 <C3@shop.example> says", Tier: "l2"}, "lead"))
	_, err := s.Erase(t.Context(), "c3@shop.example", "dpo")
	ok(t, err)
	got := onlyIncident(t, s)
	equal(t, "incident", []any{got.Title, got.Tickets}, []any{"As ** <***************> says", 5})
}

// WorkFindsBurst that an earlier process had no time to see, and tells of it.
func WorkFindsBurst(t *testing.T, db Database) {
	c := newClock()
	before := open(t, db, c.options())
	for i := range 5 {
		suffer(t, before, fmt.Sprint("c", i))
	}
	ok(t, before.Close())
	s := open(t, db, c.options())
	events, stop := s.Watch()
	defer stop()
	w := sendline(t)
	work(t, s, store.WorkOptions{Workspace: func() *knowledge.Workspace { return w }, Sweep: time.Hour, Triage: func(ctx context.Context, tk *triage.Ticket, _ *triage.Result) (triage.Result, error) {
		return broken(tk.LastSeq), nil
	}})
	raised := store.EventIncident + string(store.IncidentRaised)
	next(t, events, raised)
	in := inbound("late", "")
	in.Customer = triage.Customer{Email: "late@shop.example"}
	receive(t, s, in)
	next(t, events, raised) // it has grown, without a sweep
	equal(t, "tickets", onlyIncident(t, s).Tickets, 6)
}
