package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// planted is a data folder of a desk where people said things of tickets, with
// what of their customers must not get out.
type planted struct {
	t    *testing.T
	s    *store.Store
	d    *desk
	lena people.User
	now  time.Time
}

func plant(t *testing.T) (p *planted, data string) {
	t.Helper()
	data = t.TempDir()
	p = &planted{t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	p.s, err = store.Open(context.Background(), store.Options{Path: filepath.Join(data, "readback.db"), Clock: func() time.Time { return p.now }, Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		p.lena, err = p.s.AddUser(context.Background(), store.Actor{}, people.User{Email: "lena@desk.example", Name: "Lena Vossberg", Role: people.Lead}, "")
	}
	if err == nil {
		p.d, err = (&program{offline: true, stderr: os.Stderr}).openDesk(context.Background(), config{Resolver: "127.0.0.1:1"}, slog.New(slog.DiscardHandler))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.d.close)
	return p, data
}

// ticket receives messages, the customer's and an agent's by turns, and reads
// the first.
func (p *planted) ticket(who triage.Customer, texts ...string) string {
	p.t.Helper()
	id := ""
	for i, text := range texts {
		role := []triage.Role{triage.RoleCustomer, triage.RoleAgent}[i%2]
		p.now = p.now.Add(time.Minute)
		r, err := p.s.Receive(p.t.Context(), store.Inbound{Source: "mail", TicketKey: who.Email + texts[0], Customer: who, Raw: []byte(text),
			Messages: []triage.Message{{Role: role, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: text}}})
		if err != nil {
			p.t.Fatal(err)
		}
		if id = r.TicketID; i > 0 {
			continue
		}
		t, err := p.s.Ticket(p.t.Context(), id)
		if err != nil {
			p.t.Fatal(err)
		}
		result, err := p.d.pipeline.Triage(p.t.Context(), &t, nil)
		if err == nil {
			err = p.s.TakeLease(p.t.Context(), id, "test", time.Minute)
		}
		if err == nil {
			p.now = p.now.Add(time.Minute)
			err = p.s.SaveResult(p.t.Context(), &t, &result, "test")
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.now = p.now.Add(time.Minute)
	return id
}

func (p *planted) ok(err error) {
	p.t.Helper()
	p.now = p.now.Add(time.Minute)
	if err != nil {
		p.t.Fatal(err)
	}
}

const annText = `Hello, this is Ann Moosbach from Bergwald-Foto (acc-774411). We added the CNAME for kunden.bergwald-foto.example and I turned on click tracking yesterday.
The API key is sk_live_abcdefghij0123456789 and my card is 4111 1111 1111 1111. Call me on +48 22 123 45 67 or write to ann.moosbach@bergwald-foto.example.
See https://bergwald-foto.example/intern/ann-moosbach?token=geheim-geheim-77 from 203.0.113.24. Please switch HTTPS on for us.
Thanks
-- 
Ann Moosbach
Lindenweg 4, 8600 Bergdorf`

// What people said becomes a dataset that eval runs on, and nobody is in it.
func TestEvalExport(t *testing.T) {
	p, data := plant(t)
	ann := triage.Customer{Name: "Ann Moosbach", Email: "ann.moosbach@bergwald-foto.example", AccountID: "acc-774411"}
	given := p.ticket(ann, annText, "Hello Ann, here is Lena Vossberg. Did you set the CNAME?", "Yes. My password: Tannenzapfen99")
	_, err := p.s.HandOver(t.Context(), store.Handover{TicketID: given, To: "l2", Why: "misrouted", Person: p.lena.ID}, "", 0)
	p.ok(err)
	kim := triage.Customer{Name: "Kim Ostrander", Email: "kim@gmail.com"}
	corrected := p.ticket(kim, "I set up the MX record for parse.ostrander-mail.example. I will create the API key tomorrow. Kim", "We look into it, Lena")
	said := "I set up the MX record"
	tk, err := p.s.Ticket(t.Context(), corrected)
	p.ok(err)
	for _, c := range []triage.Correction{
		{What: triage.WhatProcedure, Matter: "m1", Value: "inbound-parse", Who: p.lena.ID, Role: triage.RoleAgent},
		{What: triage.WhatClaim, Anchor: triage.Anchor{MessageID: tk.Messages[0].ID, Start: 0, End: len(said)}, Value: triage.NotSo, Who: "kim", Role: triage.RoleCustomer},
	} {
		c.TicketID = corrected
		_, err = p.s.AddCorrection(t.Context(), c)
		p.ok(err)
	}
	reviewed := p.ticket(kim, "I created the new API key and deployed it. How do I revoke the old one?")
	p.ok(p.s.Resolve(t.Context(), reviewed, store.ResolvedAnswered, p.lena.ID))
	p.ticket(kim, "Nobody has said anything of this one.")
	erased := triage.Customer{Name: "Gone Goneson", Email: "gone@gone.example"}
	p.ok(p.s.Resolve(t.Context(), p.ticket(erased, "Where is my invoice?"), store.ResolvedAnswered, p.lena.ID))
	if _, err := p.s.Erase(t.Context(), "gone@gone.example", "test"); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Hour)
	review, err := p.s.StartReview(t.Context(), p.lena.ID, p.now.AddDate(0, 0, -1), p.now, 1)
	p.ok(err)
	for i := range review.Marks {
		for _, what := range []store.MarkWhat{store.MarkBrief, store.MarkRoute} {
			_, err = p.s.MarkReview(t.Context(), p.lena.ID, review.ID, i+1, what, store.MarkRight)
			p.ok(err)
		}
	}
	_, err = p.s.EndReview(t.Context(), p.lena.ID, review.ID)
	p.ok(err)
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}

	file := filepath.Join(t.TempDir(), "labelled.jsonl")
	expect(t, 0, "3 tickets, with labels by review 1, reroute 1, correction 1, customer 1", "eval", "export", "--data", data, file)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"Ann", "Moosbach", "moosbach", "ergwald", "Kim", "Ostrander", "ostrander", "kim@", "Lena", "Vossberg", "acc-774411", "sk_live", "4111", "123 45 67", "Tannenzapfen99", "geheim",
		"203.0.113.24", "Lindenweg", "Goneson", "gone.example", p.lena.ID} {
		if strings.Contains(string(raw), private) {
			t.Errorf("%q is told:\n%s", private, raw)
		}
	}
	byID := map[string]map[string]any{}
	for line := range strings.Lines(string(raw)) {
		var x map[string]any
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		byID[x["id"].(string)] = x
	}
	has := func(id, want string) {
		t.Helper()
		text, _ := json.Marshal(byID[id])
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	has(given, `"expect":{"action":"assign","tier":"l2"}`)
	has(given, `{"field":"expect.tier","from":"reroute"}`)
	has(given, `We added the CNAME for sub-1.domain-1.example`)
	has(corrected, `"procedure":"inbound-parse"`)
	has(corrected, `{"field":"expect.procedure","from":"correction"}`)
	has(corrected, `{"message":1,"quote":"`+said+`"}`)
	has(corrected, `{"field":"not_done_or_planned","from":"customer"}`)
	has(reviewed, `"procedure":"api-key-rotation"`)
	has(reviewed, `{"field":"done","from":"review"}`)
	has(reviewed, `"status":"done"`)
	if n := len(byID[corrected]["messages"].([]any)); n != 1 {
		t.Errorf("of the corrected ticket %d messages: only the first was read", n)
	}
	expect(t, 0, `"n":3`, "eval", "--dataset", file, "--extractor", "offline", "--json", "--workspace", "../../examples/sendline", "--offline")
	expect(t, 0, "3 tickets", "eval", "export", "--data", data, "--redact", "personal", "--since", "2026-11-02", file)
	if raw, _ = os.ReadFile(file); !strings.Contains(string(raw), "parse.ostrander-mail.example") || strings.Contains(string(raw), "Moosbach") {
		t.Errorf("personal: %s", raw)
	}
	expect(t, 2, "nothing was written", "eval", "export", "--data", data, "--since", "2027-01-01", filepath.Join(t.TempDir(), "none"))
	expect(t, 2, "use all or personal", "eval", "export", "--data", data, "--redact", "none", file)
	expect(t, 2, "write a day as", "eval", "export", "--data", data, "--since", "soon", file)
	expect(t, 0, "each label says where it comes from", "eval", "export", "--help")
}
