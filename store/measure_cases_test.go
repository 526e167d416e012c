package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/store/people"
	"readback/triage"
)

// at is an event of the ticket "t": a time after it came, its kind and its data,
// or of another ticket that was merged into it.
func at(after time.Duration, kind, data string) logged {
	return of("t", after, kind, data)
}

var came = time.Date(2026, 10, 23, 8, 0, 0, 0, time.UTC) // a Friday, 10:00 in Warsaw; clocks go back on Sunday

func of(ticket string, after time.Duration, kind, data string) logged {
	e := logged{at: came.Add(after), kind: kind, ticket: ticket}
	if err := json.Unmarshal([]byte(data), &e.data); err != nil {
		panic(err)
	}
	return e
}

// TestMeasuresOfATicket says of single histories what is counted, by the words
// of docs/measures.md.
func TestMeasuresOfATicket(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	first := []logged{at(0, "received", `{"channel":"email"}`), at(0, "triaged", `{"was_tier":"","tier":"l1","kind":"setup","topic":"https","step":"switch","next_by":"staff","effort":"exhausted","extractor":"llm","latency_ms":1100,"cost_usd":0.002}`)}
	then := func(more ...logged) []logged { return append(slices.Clone(first), more...) }
	answer := func(after time.Duration, state string) logged {
		return at(after, "replied", `{"guarded":true,"state":"`+state+`"}`)
	}
	toL2 := at(2*hour, "rerouted", `{"handover":"han_1","from":"l1","to":"l2","why":"capability"}`)
	back := at(3*hour, "rerouted", `{"handover":"han_2","from":"l2","to":"l1","why":"misrouted"}`)
	comesBack := func(after time.Duration) logged {
		return at(after, "state", `{"state":"open","was":"resolved","customer":true}`)
	}
	reading := func(after time.Duration) logged { return at(after, "triaged", `{"was_tier":"l1","tier":"l1"}`) }
	for name, tc := range map[string]struct {
		events []logged
		want   string // points beside those of readings: measure:key, = how many, / total when there is one
	}{
		"one ticket, not read yet": {first[:1], "tickets:=1"},
		"right at first":           {then(answer(hour, "resolved")), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/60 first:right=1 resolved:=1 stuck:https>switch=1 tickets:=1 touches:0=1"},
		"handed over for one switch, over the end of summer time": {then(answer(hour, "waiting"), toL2, answer(4*day, "resolved")),
			// l2 is open at all hours of Warsaw: four days of 24 h and one hour, but the answer comes after 96 h exactly.
			"answers:read=2 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/5760 first:capability=1 moved:l1>l2>capability=1 resolved:=1 stuck:https>switch=1 switch:https>switch=1/5760 tickets:=1 touches:2=1"},
		"there and back":         {then(toL2, back, answer(4*hour, "resolved")), "answers:read=1 bounced:=1 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/240 first:capability=1 moved:l1>l2>capability=1 moved:l2>l1>misrouted=1 resolved:=1 stuck:https>switch=1 switch:https>switch=1/240 tickets:=1 touches:2=1"},
		"an undone hand-over":    {then(toL2, at(3*hour, "rerouted", `{"handover":"han_1","from":"l2","to":"l1","why":"undone"}`), answer(4*hour, "resolved")), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/240 first:right=1 resolved:=1 stuck:https>switch=1 tickets:=1 touches:0=1"},
		"reopened":               {then(answer(hour, "resolved"), comesBack(7*day+hour), reading(7*day+2*hour)), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 reopened:=1 resolved:=1 stuck:https>switch=1 tickets:=1"},
		"reopened too late":      {then(answer(hour, "resolved"), comesBack(7*day+hour+time.Microsecond), reading(8*day)), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 resolved:=1 stuck:https>switch=1 tickets:=1"},
		"thanks":                 {then(answer(hour, "resolved"), comesBack(day), at(day, "state", `{"state":"resolved","was":"open","why":""}`), reading(day)), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/60 first:right=1 resolved:=1 stuck:https>switch=1 tickets:=1 touches:0=1"},
		"back, and not read yet": {then(answer(hour, "resolved"), comesBack(day)), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 resolved:=1 stuck:https>switch=1 tickets:=1"},
		"opened by a person":     {then(answer(hour, "resolved"), at(day, "state", `{"state":"open","was":"resolved","by":"usr_gone"}`), reading(day)), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 resolved:=1 stuck:https>switch=1 tickets:=1"},
		"spam":                   {then(answer(hour, "waiting"), at(2*hour, "state", `{"state":"resolved","was":"waiting","why":"spam"}`)), "left:spam=1"},
		"a duplicate":            {then(at(hour, "state", `{"state":"resolved","was":"open","why":"duplicate"}`)), "dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/60 first:right=1 resolved:=1 stuck:https>switch=1 tickets:=1"},
		"erased":                 {then(answer(hour, "resolved"), at(day, "erased", `{"briefs":1}`)), "answers:read=1 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/60 first:right=1 resolved:=1 stuck:https>switch=1 tickets:=1 touches:0=1"},
		"another merged into it": {then(of("o", hour, "received", `{"pages":["https"]}`), of("o", hour, "replied", `{"guarded":true,"found":{"shown":{"repeats_step":1,"retired":1},"mended":{"asks_known":2}},"state":"resolved"}`),
			at(2*hour, "merged", `{"source":"o","target":"t","state":"open"}`), toL2, answer(5*hour, "resolved")),
			"answers:read=2 dead_end:https>switch=1 effort:exhausted=1 ended:https>switch=1/300 first:capability=1 mended:asks_known=2 moved:l1>l2>capability=1 page:https=1 resolved:=1 sent:repeats_step=1 stuck:https>switch=1 switch:https>switch=1/300 tickets:=1 touches:2=1"},
		"an older log, and a tier that is gone": {[]logged{at(0, "received", `{}`), at(0, "triaged", `{"was_tier":"","tier":"old","extractor":"llm"}`), at(hour, "replied", `{"state":"resolved"}`)},
			"answers:unread=1 effort:=1 first:right=1 resolved:=1 tickets:=1 touches:0=1"},
		"read again with a model": {then(at(hour, "triaged", `{"was_tier":"l1","tier":"l1","redo":true,"topic":"https","step":"cname","next_by":"customer","effort":"none","kind":"setup","basis":{"seen":2}}`)),
			"basis:seen=2 effort:none=1 stuck:https>cname=1 tickets:=1"},
		"disputed": {then(at(hour, "paused", `{"pause":"pau_1","check":"dns.cname"}`), at(hour, "paused", `{"pause":"pau_2","check":"dns.cname"}`), at(2*hour, "resumed", `{"pause":"pau_1","verdict":"wrong"}`)),
			"dead_end:https>switch=1 disputed:dns.cname>open=1 disputed:dns.cname>wrong=1 effort:exhausted=1 stuck:https>switch=1 tickets:=1"},
	} {
		c := calendar(t, "Europe/Warsaw", map[string]string{"l1": "", "l2": "Mon-Sun 00:00-24:00 Europe/Warsaw"})
		m := measure("t", tc.events, "", c)
		for _, p := range []Measure{MeasureReading, MeasureLatency, MeasureCost} {
			maps.DeleteFunc(m.points, func(at point, _ tally) bool { return at.measure == p })
		}
		var got []string
		eachPoint(m.text(), func(p point, n tally) {
			text := fmt.Sprintf("%s:%s=%d", p.measure, p.key, n.n)
			if n.total != 0 {
				text += fmt.Sprintf("/%d", n.total)
			}
			got = append(got, text)
		})
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, " "), tc.want)
		}
	}
	if m := measure("t", then(answer(1, "resolved")), "other", Calendar{}); m.text() != "\nleft:merged\t1\t0\n" {
		t.Errorf("merged away: %q", m.text())
	}
}

// TestDaysOfMeasures: a day begins when clocks of the desk show midnight.
func TestDaysOfMeasures(t *testing.T) {
	c := calendar(t, "Europe/Warsaw", nil)
	for text, want := range map[string]string{"2026-10-24T21:59:59Z": "2026-10-24", "2026-10-24T22:00:00Z": "2026-10-25", "2026-10-25T22:59:59Z": "2026-10-25", "2026-10-25T23:00:00Z": "2026-10-26",
		"2026-03-28T23:00:00Z": "2026-03-29", "2026-03-29T21:59:59Z": "2026-03-29", "2026-03-29T22:00:00Z": "2026-03-30"} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(c.Day(at)).Format(time.DateOnly); got != want {
			t.Errorf("%s is of %s, want %s", text, got, want)
		}
	}
}

func TestRoundUp(t *testing.T) {
	for ms, want := range map[int64]int64{0: 1, 1: 1, 7: 8, 9: 10, 11: 12, 12: 12, 13: 15, 151: 200, 2001: 2500, 80_001: 100_000} {
		if got := roundUp(ms); got != want {
			t.Errorf("%d is rounded to %d, want %d", ms, got, want)
		}
	}
}

// readTicket stores a reading of a ticket, as a worker does.
func readTicket(t *testing.T, s *Store, id string, r triage.Result) {
	t.Helper()
	tk, err := s.Ticket(t.Context(), id)
	if err == nil {
		err = s.TakeLease(t.Context(), id, "test", time.Minute)
	}
	if err == nil {
		r.CoveredSeq = tk.LastSeq
		err = s.SaveResult(t.Context(), &tk, &r, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFiguresOfMovedAndGone goes through the store itself with a ticket that is
// split, one that is merged and taken apart, a user who leaves and a customer who is
// erased: figures are what a recount says at each step, and who is gone stays counted.
func TestFiguresOfMovedAndGone(t *testing.T) {
	now := came
	s := openTest(t, Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	ctx, c := t.Context(), calendar(t, "Europe/Warsaw", nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	figures := func() Tallies {
		t.Helper()
		must(s.Measure(ctx, c))
		wantFigures(t, s, c)
		all, err := s.Tallies(ctx, Scope{From: c.Day(came), To: c.Day(now)})
		must(err)
		return all
	}
	want := func(what string, f Tallies, m Measure, n int64) {
		t.Helper()
		if got := f.Sum(m).N; got != n {
			t.Errorf("%s: %d %s, want %d", what, got, m, n)
		}
	}
	reading := triage.Result{Brief: triage.Brief{Kind: triage.KindSetup, Language: "en"}, Effort: triage.EffortPartial, Route: triage.Route{Tier: "l1", Action: triage.Assign}, Extractor: triage.ExtractorInfo{Name: "offline"}}
	_, err := s.AddUser(ctx, Actor{}, people.User{Email: "ann@desk.example", Name: "Ann", Role: people.Admin}, "")
	must(err)
	user, err := s.AddUser(ctx, Actor{}, people.User{Email: "may@desk.example", Name: "May", Role: people.Agent}, "")
	must(err)
	receive := func(key, message string) Receipt {
		in := email(key)
		in.MessageKey = message
		got, err := s.Receive(ctx, in)
		must(err)
		return got
	}
	one := receive("a", "1")
	second := receive("a", "2")
	readTicket(t, s, one.TicketID, reading)
	other := receive("b", "3")
	readTicket(t, s, other.TicketID, reading)
	_, err = s.HandOver(ctx, Handover{TicketID: one.TicketID, To: "l2", Why: "misrouted", Person: user.ID}, "", 0)
	must(err)
	must(s.Resolve(ctx, one.TicketID, ResolvedAnswered, user.ID))
	f := figures()
	want("two tickets", f, MeasureTickets, 2)
	want("two tickets", f, MeasureMoved, 1)

	now = now.Add(24 * time.Hour)
	fresh, err := s.Split(ctx, one.TicketID, second.MessageIDs, user.ID)
	must(err)
	f = figures()
	want("split", f, MeasureTickets, 3)
	want("split", f, MeasureMoved, 1) // what happened stays with the old one
	readTicket(t, s, fresh, reading)
	figures()
	list, err := s.Counted(ctx, Scope{From: c.Day(now), To: c.Day(now), Channel: "email", Kind: "setup", Tier: "l1"}, MeasureTickets, nil, "", 0)
	if err != nil || len(list.Tickets) != 1 || list.Tickets[0].ID != fresh {
		t.Errorf("the split-off ticket came on the day of the split: %+v, %v", list, err)
	}

	must(s.Merge(ctx, other.TicketID, one.TicketID, user.ID))
	f = figures()
	want("merged", f, MeasureTickets, 2)
	want("merged", f, MeasureLeft, 1)
	want("merged", f, MeasureReading, 3)
	must(s.Unmerge(ctx, other.TicketID, user.ID))
	whole := figures()
	want("taken apart", whole, MeasureTickets, 3)

	must(s.RemoveUser(ctx, Actor{}, user.ID))
	if gone := figures(); !reflect.DeepEqual(gone, whole) {
		t.Errorf("without the user: %v, want %v", gone, whole)
	}
	_, err = s.Erase(ctx, "ann@shop.example", "")
	must(err)
	erased := figures()
	if !reflect.DeepEqual(erased, whole) {
		t.Errorf("without the customer: %v, want %v", erased, whole)
	}
	_, err = s.Recount(ctx, c, nil)
	must(err)
	if again := figures(); !reflect.DeepEqual(again, whole) {
		t.Errorf("counted anew: %v, want %v", again, whole)
	}
}

// TestEventsTellMeasures goes through the store itself: what it logs is what
// measures are made of, and figures follow.
func TestEventsTellMeasures(t *testing.T) {
	now := came
	s := openTest(t, Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	ctx := t.Context()
	in := email("a")
	in.Messages[0].Events = []triage.Event{{Kind: triage.EventOpened, Procedure: "https"}, {Kind: triage.EventOpened, Procedure: "Zoe Frost <zoe@shop.example>"}}
	got, err := s.Receive(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	tk, err := s.Ticket(ctx, got.TicketID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.TakeLease(ctx, tk.ID, "test", time.Minute); err != nil {
		t.Fatal(err)
	}
	r := triage.Result{CoveredSeq: 1, Brief: triage.Brief{Kind: triage.KindSetup, Language: "en"}, Effort: triage.EffortExhausted, Route: triage.Route{Tier: "l1", Action: triage.Assign},
		Position:  &triage.LeadingPosition{Procedure: "https", Position: triage.Position{Next: &triage.Next{Step: "switch", By: "staff"}, Steps: []triage.StepPosition{{Basis: triage.Seen}, {Basis: triage.Said}, {Basis: triage.Seen}}}},
		Facts:     triage.Facts{Device: []triage.DeviceFact{{Kind: triage.EnvBrowser, Value: "Zoe 12"}}, Checks: []triage.CheckResult{{Check: "dns.cname", Outcome: triage.Pass}, {Check: "dns.cname", Outcome: triage.Fail}}},
		Extractor: triage.ExtractorInfo{Name: "llm", Dropped: 2, LatencyMS: 900, Usage: triage.Usage{CostUSD: 0.25}}}
	if err := s.SaveResult(ctx, &tk, &r, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.HandOver(ctx, Handover{TicketID: tk.ID, To: "l2", Why: "capability", Person: "usr_a"}, "", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveDraft(ctx, tk.ID, "usr_b", "Switched on."); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NoteFindings(ctx, tk.ID, "usr_b", map[string]Noted{"x": {Kind: "repeats_step", Level: "hint"}}); err != nil {
		t.Fatal(err)
	}
	reply, err := s.Send(ctx, tk.ID, "usr_b", triage.StateResolved, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.sendHeld(ctx, reply.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Helped(ctx, "https", true); err != nil {
		t.Fatal(err)
	}
	c := calendar(t, "UTC", nil)
	if err := s.Measure(ctx, c); err != nil {
		t.Fatal(err)
	}
	m, err := func() (m measured, err error) {
		err = s.read(ctx, func(tx *sql.Tx) error { m, err = measuredIn(ctx, tx, tk.ID); return err })
		return m, err
	}()
	if err != nil || m.tier != "l2" || m.channel != "email" || m.kind != "setup" || m.topic != "https" || m.language != "en" {
		t.Errorf("%+v, %v", m, err)
	}
	want := strings.ReplaceAll("\nanswers:read 1 0\nbasis:said 1 0\nbasis:seen 2 0\nbrowser:other 1 0\ncheck:dns.cname>fail 1 0\ncost:priced 1 250000000\ndead_end:https>switch 1 0\ndropped: 2 0\n"+
		"effort:exhausted 1 0\nended:https>switch 1 0\nfirst:capability 1 0\nlatency:1000 1 900\nmoved:l1>l2>capability 1 0\npage:https 1 0\nreading:llm 1 0\nresolved: 1 0\nsent:repeats_step 1 0\nstuck:https>switch 1 0\nswitch:https>switch 1 0\ntickets: 1 0\ntouches:1 1 0\n", " ", "\t")
	if m.text() != want {
		t.Errorf("points:\n%s\nwant:\n%s", m.text(), want)
	}
	wantFigures(t, s, c)
}
