package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/eval"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// thread makes a past ticket of messages "role minute text".
func thread(id string, lines ...string) *eval.Past {
	p := &eval.Past{Ticket: triage.Ticket{ID: id, CreatedAt: start}}
	for i, line := range lines {
		role, rest, _ := strings.Cut(line, " ")
		minute, text, _ := strings.Cut(rest, " ")
		var m int
		_, _ = fmt.Sscan(minute, &m)
		p.Ticket.Messages = append(p.Ticket.Messages, triage.Message{ID: fmt.Sprint("m", i+1), Seq: int64(i + 1), Role: triage.Role(role),
			Channel: triage.ChannelEmail, Text: text, ReceivedAt: start.Add(time.Duration(m) * time.Minute)})
	}
	p.Ticket.LastSeq = int64(len(lines))
	return p
}

// byWord reads the last of a ticket's messages that is "action tier step", as a
// triage would understand it.
func byWord(_ context.Context, _ *triage.Result, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	r := triage.Result{TicketID: t.ID, CoveredSeq: t.LastSeq}
	r.Extractor.Name = "offline"
	if prev != nil {
		r = *prev
	}
	m := t.Messages[len(t.Messages)-1]
	if parts := strings.Fields(m.Text); m.Role == triage.RoleCustomer {
		r = resultOf(parts[0], parts[1], parts[2])
	}
	r.CoveredSeq = t.LastSeq
	return r, nil
}

func resultOf(action, tier, step string) triage.Result {
	r := triage.Result{Route: triage.Route{Action: triage.Action(action), Tier: tier, Reasons: []triage.Reason{{Code: "route.x"}}}}
	r.Extractor.Name = "offline"
	if step != "-" {
		r.Position = &triage.LeadingPosition{Procedure: "https", Position: triage.Position{Next: &triage.Next{Step: step}}}
	}
	return r
}

func replayed(t *testing.T, p *eval.Past) Row {
	t.Helper()
	row, err := Ticket(t.Context(), p, byWord)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// The touches of the story that must not happen: the customer is asked what they
// have answered, a tier has the ticket that cannot end it.
func TestWasted(t *testing.T) {
	for name, c := range map[string]struct {
		lines           []string
		wasted, settled int
		after           int
	}{
		"the first message is enough":   {[]string{"customer 0 assign l2 switch", "agent 10 hello", "agent 20 done"}, 0, 1, 2},
		"one question, answered":        {[]string{"customer 0 ask l1 cert", "agent 5 how far?", "customer 9 assign l2 switch", "agent 20 done"}, 0, 3, 1},
		"asked the same again":          {[]string{"customer 0 ask l1 cert", "agent 5 ?", "customer 9 ask l1 cert", "agent 11 ?", "customer 20 ask l1 cert"}, 2, 1, 2},
		"an agent's words ask nobody":   {[]string{"customer 0 ask l1 cert", "agent 5 ?", "agent 6 ?"}, 0, 1, 2},
		"another question is no repeat": {[]string{"customer 0 ask l1 cert", "customer 9 ask l1 dns", "customer 12 assign l2 switch"}, 0, 3, 0},
		"asked again later":             {[]string{"customer 0 ask l1 cert", "customer 9 ask l1 dns", "customer 12 ask l1 cert"}, 1, 3, 0},
		"a tier that does not end it":   {[]string{"customer 0 assign l1 x", "customer 9 assign billing x", "customer 12 assign l2 x"}, 2, 3, 0},
	} {
		row := replayed(t, thread("t1", c.lines...))
		if row.Wasted != c.wasted || row.Settled != c.settled || row.AnswersAfter != c.after {
			t.Errorf("%s: wasted %d, settled %d, %d after; want %d, %d, %d", name, row.Wasted, row.Settled, row.AnswersAfter, c.wasted, c.settled, c.after)
		}
	}
}

// People's words decide what is right: a correction of the procedure, and to
// whom the ticket was given, as it stood then.
func TestVerdict(t *testing.T) {
	said := func(from, to string) triage.Correction {
		return triage.Correction{What: triage.WhatProcedure, Matter: "m1", Procedure: from, Value: to}
	}
	lines := []string{"customer 0 assign l2 switch", "agent 10 hello", "customer 30 ask l1 cert"}
	for name, c := range map[string]struct {
		said    []triage.Correction
		handed  []eval.Handed
		matters int
		placed  bool
		want    Verdict
	}{
		"nobody said anything":                {nil, nil, 1, true, Unsaid},
		"it is this one":                      {[]triage.Correction{said("other", "https")}, nil, 1, true, Right},
		"it is another":                       {[]triage.Correction{said("https", "dns")}, nil, 1, false, Wrong},
		"none fits":                           {[]triage.Correction{said("https", "")}, nil, 1, false, Wrong},
		"another matter's":                    {[]triage.Correction{said("dns", "spf")}, nil, 2, true, Unsaid},
		"given to the tier that it names":     {nil, []eval.Handed{{At: start.Add(12 * time.Minute), Tier: "l2"}}, 1, true, Right},
		"given to another":                    {nil, []eval.Handed{{At: start.Add(12 * time.Minute), Tier: "billing"}}, 1, true, Wrong},
		"given away where it asks":            {nil, []eval.Handed{{At: start.Add(31 * time.Minute), Tier: "l2"}}, 1, true, Wrong},
		"given back: the last word counts":    {nil, []eval.Handed{{At: start.Add(11 * time.Minute), Tier: "billing"}, {At: start.Add(12 * time.Minute), Tier: "l2"}}, 1, true, Right},
		"right procedure, given to another":   {[]triage.Correction{said("dns", "https")}, []eval.Handed{{At: start.Add(12 * time.Minute), Tier: "billing"}}, 1, true, Wrong},
		"given before anything but the first": {nil, []eval.Handed{{At: start.Add(-time.Minute), Tier: "l2"}}, 1, true, Right},
	} {
		p := thread("t1", lines...)
		p.Ticket.Corrections, p.Handed, p.Result.Matters = c.said, c.handed, make([]triage.Matter, c.matters)
		if row := replayed(t, p); row.Verdict != c.want || row.Placed != c.placed || (row.Said == nil) != (c.want == Unsaid) {
			t.Errorf("%s: %q, placed %v, said %v", name, row.Verdict, row.Placed, row.Said)
		}
	}
}

// At each point a replay knows what the desk had seen by then, and no more.
func TestSeenBy(t *testing.T) {
	p := thread("t1", "customer 0 ask l1 cert", "customer 10 ask l1 cert", "customer 20 assign l2 switch")
	for i, seen := range []string{"missing", "direct", "proxied"} {
		p.Results = append(p.Results, triage.Result{CoveredSeq: int64(i + 1), At: start.Add(time.Duration(10*i+1) * time.Minute),
			Facts: triage.Facts{Account: &triage.Account{Plan: seen}, Checks: []triage.CheckResult{{Check: "dns.cname", State: seen}}}})
	}
	var got []string
	_, err := Ticket(t.Context(), p, func(ctx context.Context, stored *triage.Result, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		if len(tk.Corrections) > 0 {
			t.Error("what people said is no part of a reading")
		}
		got = append(got, fmt.Sprintf("%d %s %s %v", len(tk.Messages), stored.Facts.Account.Plan, stored.Facts.Checks[len(stored.Facts.Checks)-1].State, stored.At.Sub(start)))
		return byWord(ctx, stored, tk, prev)
	})
	if want := []string{"1 missing missing 1m0s", "2 direct direct 11m0s", "3 proxied proxied 21m0s"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	// What was never triaged has no facts, and a result of moved messages none that count.
	p.Results = []triage.Result{{CoveredSeq: 0, Facts: triage.Facts{Account: &triage.Account{}}}}
	if r := seenBy(p, 3, start); r.Facts.Account != nil || !r.At.Equal(start) {
		t.Errorf("%+v", r)
	}
}

// Messages that were stored together come when they were sent, if they say so.
func TestAsSent(t *testing.T) {
	at := func(sent ...time.Duration) []triage.Message {
		var out []triage.Message
		for _, d := range sent {
			m := triage.Message{ReceivedAt: start}
			if d != 0 {
				m.SentAt = start.Add(-d)
			}
			out = append(out, m)
		}
		return out
	}
	for name, c := range map[string]struct {
		messages []triage.Message
		changed  bool
	}{
		"an import":           {at(3*time.Hour, 2*time.Hour, time.Hour), true},
		"no times":            {at(0, 0), false},
		"one without":         {at(3*time.Hour, 0, time.Hour), false},
		"not in order":        {at(time.Hour, 2*time.Hour), false},
		"from the future":     {at(time.Hour, -time.Hour), false},
		"a message by itself": {at(time.Hour), false},
	} {
		got := asSent(c.messages)
		if changed := !got[0].ReceivedAt.Equal(start); changed != c.changed {
			t.Errorf("%s: %v", name, got[0].ReceivedAt)
		}
		if c.changed && len((triage.Patience{Quiet: triage.ChatQuiet, Longest: triage.ChatLongest}).Points(got)) != len(got) {
			t.Errorf("%s is one burst", name)
		}
	}
}

// source gives tickets as the store would.
func source(erased int, list ...*eval.Past) Source {
	return func(do func(*eval.Past, int) error) (int, error) {
		for _, p := range list {
			if err := do(p, len(list)); err != nil {
				return erased, err
			}
		}
		return erased, nil
	}
}

func run(t *testing.T, from Source, do Triage) *Report {
	t.Helper()
	r, err := Run(t.Context(), Options{Subject: Subject{Reader: "offline"}, Triage: do, Workers: 3}, from)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The counts of a report, and what it leaves out.
func TestReport(t *testing.T) {
	same := thread("b", "customer 0 assign l2 switch")
	same.Results = []triage.Result{resultOf("assign", "l2", "switch")}
	moved := thread("a", "customer 0 ask l1 cert", "customer 5 assign l2 switch")
	moved.Results = []triage.Result{resultOf("assign", "l1", "-"), resultOf("assign", "billing", "-")}
	for _, p := range []*eval.Past{same, moved} {
		for i := range p.Results {
			p.Results[i].CoveredSeq = int64(i + 1)
		}
		p.Result = p.Results[len(p.Results)-1]
	}
	imported, spam, broken := thread("c", "customer 0 assign l1 -"), thread("d", "customer 0 none l1 -"), thread("e", "customer 0 assign l1 x")
	do := func(ctx context.Context, stored *triage.Result, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		r, err := byWord(ctx, stored, tk, prev)
		if r.Extractor.Usage.CostUSD = 0.25; tk.ID == "e" {
			r.Extractor = triage.ExtractorInfo{Name: "none", Degraded: true, Failures: []string{"timeout"}}
		}
		return r, err
	}
	r := run(t, source(2, broken, spam, imported, moved, same), do)
	if r.Tickets != 4 || r.Unread != 1 || r.Erased != 2 || r.Readings != 6 || r.Placed != (Count{2, 3}) || r.PlacedThen != (Count{1, 2}) ||
		r.Changed != (Count{1, 2}) || r.By["tier"] != 1 || r.By["procedure"] != 1 || r.By["action"] != 0 || r.Wasted != 0 || r.WastedThen != 1 || r.Usage.CostUSD != 1.25 {
		t.Errorf("%+v", r)
	}
	var order []string
	for i := range r.Rows {
		order = append(order, r.Rows[i].Ticket)
	}
	if strings.Join(order, "") != "abcde" {
		t.Errorf("in the order %v", order)
	}
	first, _ := triage.JSON(r)
	if again, _ := triage.JSON(run(t, source(2, same, moved, imported, spam, broken), do)); !bytes.Equal(first, again) {
		t.Error("two replays of the same differ")
	}
	read, err := Read(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if c := Compare(read, r); c.Both != 4 || len(c.Rows) != 0 || c.OnlyA+c.OnlyB != 0 {
		t.Errorf("%+v", c)
	}
	w := Words{Lang: "en", Workspace: &knowledge.Workspace{}, Title: func(id string) string { return "<b>" + id + "\x1b[2J</b>" }}
	sheet := w.Sheet(r)
	var text, page bytes.Buffer
	if sheet.Headline != "Places 2 of the 3 tickets that need an answer; see the other 1" || sheet.WriteText(&text) != nil || w.WritePage(&page, r, nil) != nil {
		t.Error(sheet.Headline)
	}
	if strings.Contains(text.String(), "\x1b") || strings.Contains(page.String(), "<b><b>") || !strings.Contains(page.String(), "&lt;b&gt;c") {
		t.Error("a title is more than text")
	}
	for _, lang := range triage.Languages() {
		w.Lang = lang
		sheet := w.Sheet(r)
		if data, _ := json.Marshal(sheet); bytes.Contains(data, []byte("replay.")) || bytes.Contains(data, []byte(`{count}`)) {
			t.Errorf("%s: %s", lang, data)
		}
	}
}

// Two runs side by side, by ticket, and what people's words make of the change.
func TestCompare(t *testing.T) {
	one, two := thread("a", "customer 0 assign l1 x"), thread("b", "customer 0 assign l2 x")
	one.Handed, two.Handed = []eval.Handed{{At: start, Tier: "l2"}}, []eval.Handed{{At: start, Tier: "l2"}}
	a := run(t, source(0, one, two, thread("gone", "customer 0 assign l1 x")), byWord)
	swap := func(ctx context.Context, stored *triage.Result, tk *triage.Ticket, prev *triage.Result) (triage.Result, error) {
		r, err := byWord(ctx, stored, tk, prev)
		r.Route.Tier = map[string]string{"l1": "l2", "l2": "l1"}[r.Route.Tier]
		return r, err
	}
	c := Compare(a, run(t, source(0, one, two), swap))
	if c.Both != 2 || c.OnlyA != 1 || c.OnlyB != 0 || len(c.Rows) != 2 || c.Mended != 1 || c.Broken != 1 || c.By["tier"] != 2 {
		t.Errorf("%+v", c)
	}
	w := Words{Lang: "en", Workspace: &knowledge.Workspace{}, Most: 1}
	if s := w.Sides(c); len(s.Section.Rows) != 1 || s.Section.More != 1 || len(s.Notes) != 2 {
		t.Errorf("%+v", s)
	}
	data, _ := triage.JSON(c)
	if r, err := Read(bytes.NewReader(data)); err != nil || len(r.Rows) != 2 {
		t.Errorf("a comparison: %v", err)
	}
	for _, bad := range []string{"", "[]", "{}", `{"rows":[]}`, `{"subject":{"reader":"offline"},"rows":[{}]}`, "{\"rows\":"} {
		if _, err := Read(strings.NewReader(bad)); triage.CodeOf(err) != triage.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A run that is given up says so, and does not hang.
func TestGivenUp(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	_, err := Run(ctx, Options{Workers: 2, Triage: func(context.Context, *triage.Result, *triage.Ticket, *triage.Result) (triage.Result, error) {
		stop()
		return triage.Result{}, ctx.Err()
	}}, source(0, thread("a", "customer 0 x x x"), thread("b", "customer 0 x x x"), thread("c", "customer 0 x x x")))
	if triage.CodeOf(err) != triage.Unavailable {
		t.Error(err)
	}
}

// Whatever a saved run holds, it is read or refused, and can be told of.
func FuzzRead(f *testing.F) {
	r, err := Run(f.Context(), Options{Subject: Subject{Reader: "offline"}, Triage: byWord, Workers: 1}, source(0, thread("a", "customer 0 ask l1 x", "customer 9 assign l2 -")))
	if err != nil {
		f.Fatal(err)
	}
	data, _ := triage.JSON(r)
	f.Add(data)
	f.Add([]byte(`{"b":{"subject":{"reader":"llm"},"rows":[{"ticket":"x","unread":"timeout"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		w := Words{Lang: "pl", Workspace: &knowledge.Workspace{}}
		w.Sheet(r)
		w.Sides(Compare(r, r))
	})
}
