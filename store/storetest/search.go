package storetest

import (
	"fmt"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// index brings the index of words up to date.
func index(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.IndexWords(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// SearchFinds looks for tickets by words, in several scripts, with and without
// other filters.
func SearchFinds(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	say := func(ticket, text string) string {
		c.Add(time.Second)
		in := inbound(ticket, "")
		in.Subject, in.Customer = "Ticket "+ticket, triage.Customer{Email: ticket + "@shop.example", Name: "Zoë Żak"}
		in.Messages[0].Text = text
		return receive(t, s, in).TicketID
	}
	cert := say("a", "The certificate of links.shop.example has expired: ERR_CERT_DATE_INVALID")
	bill := say("b", "請求書を再発行してください")
	both := say("c", "Invoice 10423 is wrong")
	index(t, s)
	say("c", "and the certificate too") // words of several messages
	if got := all(t, s, store.Filter{Text: "certificate"}, func() {}); len(got) != 1 {
		t.Errorf("found before it is indexed: %v", got)
	}
	index(t, s)
	for text, want := range map[string][]string{
		"CERTIFICATE":            {both, cert},
		"certif":                 {both, cert},
		"certificate invoice":    {both},
		"certif invoice":         nil, // only the last word may be unfinished
		"err_cert_date":          {cert},
		"links.shop.example":     {cert},
		"10423":                  {both},
		"0423":                   nil,
		"請求書":                    {bill},
		"再発行":                    {bill},
		"行":                      {bill},
		"求再":                     nil,
		"zoe zak":                {both, bill, cert},
		"b@shop.example":         {bill},
		"links ticket":           {cert},
		"":                       {both, bill, cert},
		`"*"`:                    {both, bill, cert}, // nothing to look for
		`certificate" OR "wrong`: nil,
		"certificate NOT wrong":  nil,
	} {
		equal(t, fmt.Sprintf("%q", text), all(t, s, store.Filter{Text: text, Limit: 1}, func() {}), want)
	}
	save(t, s, both, triage.Route{Tier: "l2"})
	equal(t, "with a tier", all(t, s, store.Filter{Text: "certificate", Tier: "l2"}, func() {}), []string{both})
	equal(t, "with another", all(t, s, store.Filter{Text: "certificate", Tier: "l3"}, func() {}), []string(nil))
}

// SearchFollows: the words go where the messages go, and with them.
func SearchFollows(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	find := func(text string) []string {
		t.Helper()
		index(t, s)
		return all(t, s, store.Filter{Text: text}, func() {})
	}
	say := func(ticket, text string) store.Receipt {
		c.Add(time.Second)
		in := inbound(ticket, "")
		in.Customer = triage.Customer{Email: ticket + "@shop.example"}
		in.Messages[0].Text = text
		return receive(t, s, in)
	}
	ann, bob := say("ann", "alpha").TicketID, say("bob", "beta").TicketID
	equal(t, "alpha", find("alpha"), []string{ann})
	if err := s.Merge(t.Context(), ann, bob, "lee"); err != nil {
		t.Fatal(err)
	}
	if got := all(t, s, store.Filter{Text: "alpha"}, func() {}); len(got) > 0 {
		t.Errorf("a merged ticket is found by what it had: %v", got)
	}
	equal(t, "alpha after the merge", find("alpha beta"), []string{bob})
	if err := s.Unmerge(t.Context(), ann, "lee"); err != nil {
		t.Fatal(err)
	}
	equal(t, "alpha taken back", find("alpha"), []string{ann})
	equal(t, "both", find("alpha beta"), []string(nil))
	third := say("bob", "gamma")
	equal(t, "gamma", find("gamma"), []string{bob})
	split, err := s.Split(t.Context(), bob, third.MessageIDs, "lee")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "gamma after the split", find("gamma"), []string{split})
	equal(t, "beta after it", find("beta"), []string{bob})

	if _, err := s.Erase(t.Context(), "bob@shop.example", "lee"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"beta", "gamma", "bob"} {
		if got := all(t, s, store.Filter{Text: text}, func() {}); len(got) > 0 {
			t.Errorf("%q is found after the erasure: %v", text, got)
		}
		equal(t, text, find(text), []string(nil))
	}
	equal(t, "the other's", find("alpha"), []string{ann})
	if err := s.SetState(t.Context(), ann, triage.StateResolved); err != nil {
		t.Fatal(err)
	}
	c.Add(time.Hour)
	if _, err := s.Retain(t.Context(), c.Now()); err != nil {
		t.Fatal(err)
	}
	equal(t, "alpha past its time", find("alpha"), []string(nil))
}

// SimilarFinds: solved tickets of the same kind that share telling words, in
// the forms of their language, and codes across languages; with what solved
// them, as long as that is stored.
func SimilarFinds(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	solved := func(key, who, text, answer string, kind triage.Kind) string {
		t.Helper()
		c.Add(time.Minute)
		in := inbound(key, "")
		in.Subject, in.Customer, in.Messages[0].Text = "", triage.Customer{Email: who}, text
		id := receive(t, s, in).TicketID
		if answer != "" {
			reply := inbound(key, "")
			reply.Messages[0].Role, reply.Messages[0].Text = triage.RoleAgent, answer
			receive(t, s, reply)
		}
		saveAs(t, s, id, &triage.Result{CoveredSeq: ticket(t, s, id).LastSeq, Route: triage.Route{Action: triage.Assign, Tier: "l2"},
			Brief: triage.Brief{Kind: kind, Request: triage.Request{Text: "wants: " + key}}})
		ok(t, s.SetState(t.Context(), id, triage.StateResolved))
		return id
	}
	for i := range 20 { // what everybody writes
		solved(fmt.Sprint("other", i), "x@other.example", fmt.Sprint("Hello, the page number ", i, " is slow and our newsletter waits"), "Please wait.", triage.KindBroken)
	}
	exports := solved("exports", "ann@shop.example", "Exporting our segments ends with error E4711 since Monday", "We rebuilt the segment index, exports run again.", triage.KindBroken)
	code := solved("code", "jo@shop.example", "Der Abruf endet mit E4711", "Der Index war defekt.", triage.KindBroken)
	solved("setup", "ann@shop.example", "How do I export segments, E4711?", "Like this.", triage.KindSetup)
	unsolved := inbound("unsolved", "")
	unsolved.Customer = triage.Customer{Email: "kim@shop.example"}
	unsolved.Messages[0].Text = "The export of a segment stops with E4711"
	asking := receive(t, s, unsolved).TicketID
	index(t, s)
	now := ticket(t, s, asking)
	r := triage.Result{Brief: triage.Brief{Kind: triage.KindBroken, Language: "en", Request: triage.Request{Text: "The export of a segment stops"},
		Symptoms: []triage.Symptom{{Text: "E4711"}}}, Matters: []triage.Matter{{ID: "m1", Kind: triage.KindBroken}}}
	find := func() (ids []string) {
		t.Helper()
		list, err := s.Similar(t.Context(), &now, &r)
		ok(t, err)
		for _, sim := range list {
			if sim.Score <= 0 || sim.Score > 1 || sim.Answer != "" || sim.Request != "" {
				t.Errorf("to be stored: %+v", sim)
			}
			ids = append(ids, sim.Ticket)
		}
		return ids
	}
	equal(t, "similar", find(), []string{exports, code})
	told, err := s.Solutions(t.Context(), []triage.Similar{{Ticket: exports, Score: 0.9}, {Ticket: asking}, {Ticket: "tkt_none"}})
	ok(t, err)
	if len(told) != 1 || told[0].Answer != "We rebuilt the segment index, exports run again." || told[0].Request != "wants: exports" || told[0].Tier != "l2" || told[0].Message == "" {
		t.Errorf("what solved it: %+v", told)
	}
	if _, err := s.Erase(t.Context(), "ann@shop.example", "lee"); err != nil {
		t.Fatal(err)
	}
	index(t, s)
	equal(t, "similar after an erasure", find(), []string{code})
	told, err = s.Solutions(t.Context(), []triage.Similar{{Ticket: exports}})
	ok(t, err)
	if len(told) == 1 && (told[0].Answer != "" || told[0].Request != "") {
		t.Errorf("erased words are told: %+v", told)
	}
	r.Matters[0].Procedure = "https"
	equal(t, "with a procedure", find(), []string(nil))
}
