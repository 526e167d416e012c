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
