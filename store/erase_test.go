package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/triage"
)

// planted is everything of the customer that must be gone.
var planted = []string{
	"Zoë Quiñones-Frost", "Quiñones-Frost", "zoe.frost+help@quince-farm.example", "user-zq-77", "acc-zq-9",
	"We have set the CNAME <twice> & it's “still” broken", "The second line of mine is here too",
	"quince-farm-shot.png", "quince-farm-agent/1.0", "https://quince-farm.example/settings", "extern-zq-5", "HTTPS for quince-farm",
	"link.quince-farm.example", "she said it works on the phone", "quince unparsed words", "quince-request-text",
}

// forms are the ways in which a planted string can be written.
func forms(s string) []string {
	asJSON, _ := json.Marshal(s)
	out := []string{s, strings.ToUpper(s), strings.Trim(string(asJSON), `"`)}
	var ascii strings.Builder
	for _, r := range s {
		if r < 0x80 {
			ascii.WriteRune(r)
		} else {
			fmt.Fprintf(&ascii, `\u%04x`, r)
		}
	}
	out = append(out, ascii.String())
	// In base64 at each of the three alignments, without the ends that others share.
	for shift := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + s))
		out = append(out, encoded[4:len(encoded)-2])
	}
	return out
}

// remains lists what of the customer is in a file.
func remains(t *testing.T, path string) (found []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range planted {
		for _, form := range forms(p) {
			if bytes.Contains(data, []byte(form)) {
				found = append(found, filepath.Base(path)+": "+form)
			}
		}
	}
	return found
}

var zoe = triage.Customer{ID: "user-zq-77", Email: "zoe.frost+help@quince-farm.example", Name: "Zoë Quiñones-Frost", AccountID: "acc-zq-9"}

// zoeWrites is a message with a planted string wherever one can be.
func zoeWrites(key string) Inbound {
	text := planted[5] + " on link.quince-farm.example\n\n" + planted[6] + ".\nZoë"
	raw := "From: " + zoe.Name + " <" + zoe.Email + ">\r\n\r\n" + text + base64.StdEncoding.EncodeToString([]byte(text))
	return Inbound{Source: "mail", TicketKey: "conv-" + key, MessageKey: "<" + key + "." + zoe.Email + ">", Subject: "HTTPS for quince-farm",
		Customer: zoe, Raw: []byte(raw), RawType: "message/rfc822", MailIDs: []string{"extern-zq-5", key + "." + zoe.Email},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityVerified, Text: text,
			Attachments: []triage.Attachment{{Name: "quince-farm-shot.png", Type: "image/png", Size: 3}},
			Device:      triage.Device{UserAgent: "quince-farm-agent/1.0", Hints: map[string]string{"X": zoe.Name}},
			ExternalID:  "extern-zq-5", PageURL: "https://quince-farm.example/settings"}}}
}

// triageQuoting stores a brief that quotes the first message.
func triageQuoting(t *testing.T, s *Store, id string) {
	t.Helper()
	if err := s.TakeLease(t.Context(), id, "test", time.Minute); err != nil {
		t.Fatal(err)
	}
	tk, err := s.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	m := &tk.Messages[0]
	ev := []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, MessageID: m.ID, End: len(m.Text), Quote: m.Text}}
	domain := map[string]string{"d": "link.quince-farm.example"}
	r := triage.Result{CoveredSeq: tk.LastSeq, Effort: triage.EffortExhausted,
		Brief: triage.Brief{Language: "en", Summary: "quince-request-text of " + zoe.Name, Request: triage.Request{Text: "quince-request-text", Evidence: ev},
			Claims: []triage.Claim{{ID: "c1", Matter: "m1", Step: "cname", State: triage.ClaimDone, Inputs: domain, What: planted[6], Evidence: ev}}},
		Facts:   triage.Facts{Account: &triage.Account{ID: zoe.AccountID, Owner: zoe.Email}},
		Matters: []triage.Matter{{ID: "m1", Procedure: "https", Inputs: map[string][]string{"d": {domain["d"]}}}},
		Route:   triage.Route{Tier: "l2", Reasons: []triage.Reason{{Code: "route.staff_next", Params: domain, Text: domain["d"]}}}}
	if err := s.SaveResult(t.Context(), &tk, &r, "test"); err != nil {
		t.Fatal(err)
	}
}

// counts are the figures that an erasure must not change.
func counts(t *testing.T, s *Store) string {
	t.Helper()
	var out []string
	for _, query := range []string{`SELECT count(*) FROM tickets`, `SELECT count(*) FROM messages`, `SELECT count(*) FROM raws`,
		`SELECT count(*) FROM briefs`, `SELECT count(*) FROM corrections`, `SELECT count(*) FROM unparsed`,
		`SELECT count(*) FROM events WHERE kind <> 'erased'`, `SELECT group_concat(kind || ticket_id || data, ';') FROM
			(SELECT * FROM events WHERE kind <> 'erased' ORDER BY at, id)`,
		`SELECT group_concat(n) FROM (SELECT tier || state || count(*) AS n FROM tickets GROUP BY tier, state)`} {
		var n string
		if err := s.reader.QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return strings.Join(out, "\n")
}

// TestEraseLeavesNoByte plants a customer everywhere, erases and looks for
// them in the database's files and in a backup.
func TestEraseLeavesNoByte(t *testing.T) {
	for _, key := range []string{zoe.Email, "ZOE.frost+HELP@quince-farm.example", zoe.ID, zoe.AccountID} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "readback.db")
			s := openTest(t, Options{Path: path})
			s2 := openTest(t, Options{Path: path}) // the service goes on while the command erases
			if _, err := s2.Counts(t.Context(), "", nil); err != nil {
				t.Fatal(err)
			}
			plant(t, s)
			before := counts(t, s)
			if n := len(remains(t, path)) + len(remains(t, path+"-wal")); n < 2*len(planted) {
				t.Fatalf("only %d strings are planted", n)
			}
			dry, err := s.CountErasure(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if counts(t, s) != before || len(remains(t, path)) == 0 && len(remains(t, path+"-wal")) == 0 {
				t.Error("the dry run changed something")
			}
			e, err := s.Erase(t.Context(), key, "lee")
			if err != nil {
				t.Fatal(err)
			}
			if e != dry {
				t.Errorf("took %+v, announced %+v", e, dry)
			}
			if after := counts(t, s); after != before {
				t.Errorf("counts: got %s, want %s", after, before)
			}
			backup := filepath.Join(dir, "backup.db")
			if err := Backup(t.Context(), path, backup, false); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{path, path + "-wal", path + "-shm", backup} {
				for _, found := range remains(t, file) {
					t.Errorf("still there: %s", found)
				}
			}
			if _, err := s.Erase(t.Context(), key, "lee"); triage.CodeOf(err) != triage.NotFound {
				t.Errorf("a second erasure: %v", err)
			}
		})
	}
}

// plant stores the customer in tickets of their own, in another's words, in
// briefs, corrections and what no channel understood.
func plant(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	receive := func(in Inbound) string {
		t.Helper()
		r, err := s.Receive(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return r.TicketID
	}
	first := receive(zoeWrites("a"))
	agent := email("agent")
	agent.TicketID, agent.Customer, agent.Messages[0].Role = first, triage.Customer{}, triage.RoleAgent
	agent.Messages[0].Text = "Dear " + zoe.Name + ", we looked at link.quince-farm.example"
	agent.Raw = []byte(agent.Messages[0].Text)
	receive(agent)
	triageQuoting(t, s, first)
	receive(zoeWrites("a"))
	triageQuoting(t, s, first)
	for _, c := range []triage.Correction{
		{TicketID: first, Matter: "m1", Step: "cname", Inputs: map[string]string{"d": "link.quince-farm.example"}, What: "state", Value: "done",
			Who: "lee", Role: triage.RoleAgent, Why: "she said it works on the phone"},
		{TicketID: first, Matter: "m1", What: "kind", Value: "setup", Who: zoe.Email, Role: triage.RoleCustomer}} {
		if _, err := s.AddCorrection(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.AddNote(ctx, first, "lee", zoe.Name+" says that link.quince-farm.example is theirs"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.HandOver(ctx, Handover{TicketID: first, To: "billing", Why: "other", Text: "for " + zoe.Email, Person: "lee"}, "Dear "+zoe.Name, time.Hour); err != nil {
		t.Fatal(err)
	}
	merged := receive(zoeWrites("b"))
	for _, to := range []string{first, merged} { // a file alone, and with words
		if _, err := s.Attach(ctx, to, "lee", triage.Attachment{Name: "quince-farm-shot.png", Type: "image/png", Body: []byte("link.quince-farm.example")}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SaveDraft(ctx, merged, "lee", "Dear "+zoe.Name+", link.quince-farm.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(ctx, merged, "lee", triage.StateWaiting, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.Enqueue(ctx, Delivery{Kind: DeliverMail, Key: "k1", TicketID: merged, Body: []byte("To: " + zoe.Email)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Merge(ctx, merged, first, "lee"); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{`{"mail":"` + zoe.Email + `","text":"quince unparsed words`, "From: x\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte("quince unparsed words of "+zoe.ID+", "+zoe.Email+", account "+zoe.AccountID))} {
		if _, err := s.KeepUnparsed(ctx, "mail", "message/rfc822", []byte(raw), "mime: "+zoe.Email); err != nil {
			t.Fatal(err)
		}
	}
	other := email("other")
	other.Messages[0].Text = "My colleague <" + strings.ToUpper(zoe.Email) + "> wrote to you too"
	other.Raw = []byte(other.Messages[0].Text)
	id := receive(other)
	triageQuoting(t, s, id)
	if _, err := s.AddNote(ctx, id, "lee", "ask "+zoe.Email); err != nil {
		t.Fatal(err)
	}
	drafted := receive(email("drafted")) // only an answer to another names them
	if _, err := s.SaveDraft(ctx, drafted, "lee", "Please ask "+strings.ToUpper(zoe.Email)); err != nil {
		t.Fatal(err)
	}
	answers := email("answers") // to a mail of theirs
	answers.MailIDs = []string{"own@shop.example", "b." + zoe.Email}
	receive(answers)
	if err := s.Enqueue(ctx, Delivery{Kind: "webhook", Target: "crm", Key: "k2", TicketID: drafted, Body: []byte(`{"cc":"` + zoe.Email + `"}`)}); err != nil {
		t.Fatal(err)
	}
}

// TestEraseSpares: in a ticket of two only the one's words go; byte ranges of
// the other's stay good.
func TestEraseSpares(t *testing.T) {
	s := openTest(t, Options{})
	ctx := t.Context()
	r, err := s.Receive(ctx, zoeWrites("a"))
	if err != nil {
		t.Fatal(err)
	}
	ann := email("ann")
	ann.TicketID = r.TicketID
	ann.Messages[0].Text = "I am Ann. Zoë wrote:\n> We have set the CNAME <twice> & it's\n> “still” broken on link.quince-farm.example\nThat is true, zoe.frost+help@quince-farm.example can tell."
	ann.Raw = []byte("raw of Ann, with no word of hers")
	own := email("own")
	own.TicketID = r.TicketID
	agent := email("agent")
	agent.TicketID, agent.Customer, agent.Messages[0].Role = r.TicketID, triage.Customer{}, triage.RoleAgent
	agent.Messages[0].Text = "Dear Zoë, dear Ann, Zoëller is no Zoë."
	agent.Raw = []byte("Dear Zo=C3=AB,=20dear Ann")
	for _, in := range []*Inbound{&ann, &own, &agent} {
		if _, err := s.Receive(ctx, *in); err != nil {
			t.Fatal(err)
		}
	}
	triageQuoting(t, s, r.TicketID)
	if err := s.TakeLease(ctx, r.TicketID, "worker", time.Minute); err != nil {
		t.Fatal(err)
	}
	read, err := s.Ticket(ctx, r.TicketID)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Erase(ctx, zoe.ID, "lee")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Erasure{Shared: 1, Messages: 1, Masked: 2, Raws: 3, Briefs: 1}); e != want {
		t.Errorf("got %+v, want %+v", e, want)
	}
	tk, err := s.Ticket(ctx, r.TicketID)
	if err != nil {
		t.Fatal(err)
	}
	if tk.Customer != ann.Customer || tk.Subject != "" || tk.Triaged != 0 {
		t.Errorf("the ticket is %+v", tk)
	}
	m := tk.Messages
	stars := func(s string) string { return strings.Repeat("*", len(s)) }
	wantAnn := "I am Ann. " + stars("Zoë") + " wrote:\n> " +
		stars("We have set the CNAME <twice> & it's") + "\n" + stars("> “still” broken on link.quince-farm.example") + "\nThat is true, " + stars(zoe.Email) + " can tell."
	if m[0].Text != "" || m[1].Text != wantAnn || m[2].Text != "text own" || m[3].Text != "Dear "+stars("Zoë")+", dear Ann, Zoëller is no "+stars("Zoë")+"." {
		t.Errorf("the messages are %q, %q, %q, %q", m[0].Text, m[1].Text, m[2].Text, m[3].Text)
	}
	if raw, _, err := s.Raw(ctx, m[2].ID); err != nil || string(raw) != "raw own" {
		t.Errorf("the other's raw is %q, %v", raw, err)
	}
	if raw, _, err := s.Raw(ctx, m[3].ID); err != nil || len(raw) != 0 {
		t.Errorf("the agent's raw is %q, %v", raw, err)
	}
	// A triage that read the old text stores nothing.
	err = s.SaveResult(ctx, &read, &triage.Result{CoveredSeq: read.LastSeq}, "worker")
	if triage.CodeOf(err) != triage.Conflict {
		t.Errorf("a triage of the old text: %v", err)
	}
}

// TestEraseClaims: who claims another's address is not erased with them, and
// a verified message ties an id to its address.
func TestEraseClaims(t *testing.T) {
	s := openTest(t, Options{})
	ctx := t.Context()
	say := func(key string, level triage.Identity, c triage.Customer) string {
		t.Helper()
		in := email(key)
		in.Customer, in.Messages[0].Identity = c, level
		r, err := s.Receive(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return r.TicketID
	}
	verified := say("1", triage.IdentityVerified, triage.Customer{ID: "u7", Email: "ann@shop.example"})
	byMail := say("2", triage.IdentityClaimed, triage.Customer{Email: "Ann@Shop.example"})
	liar := say("3", triage.IdentityClaimed, triage.Customer{ID: "eve", Email: "ann@shop.example"})
	eve := say("4", triage.IdentityVerified, triage.Customer{ID: "eve", Email: "eve@bad.example"})
	namesake := say("5", triage.IdentityVerified, triage.Customer{ID: "u70", Email: "joann@shop.example"})
	if _, err := s.Erase(ctx, "u7", "lee"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{verified: true, byMail: true, liar: true, eve: false, namesake: false} {
		tk, err := s.Ticket(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := tk.Messages[0].Text == ""; got != want {
			t.Errorf("%s is erased: %v, want %v", tk.Customer, got, want)
		}
	}
	for _, key := range []string{"", "nobody@shop.example"} {
		if _, err := s.Erase(ctx, key, "lee"); err == nil {
			t.Errorf("%q was erased", key)
		}
	}
}

// TestEraseInCorrectionsOfOthers: an address in what was said on another's
// ticket goes, and what holds there stays: no older word comes back.
func TestEraseInCorrectionsOfOthers(t *testing.T) {
	s := openTest(t, Options{})
	ctx := t.Context()
	who := triage.Customer{ID: "u9", Email: "r&d@quince-farm.example"}
	in := email("his")
	in.Customer = who
	if _, err := s.Receive(ctx, in); err != nil {
		t.Fatal(err)
	}
	other, err := s.Receive(ctx, email("other"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []triage.Correction{{Value: "billing", Why: "first"}, {Value: "access", Why: "so says " + who.Email}} {
		c.TicketID, c.Matter, c.What, c.Who, c.Role = other.TicketID, "m1", triage.WhatKind, "lee", triage.RoleAgent
		if _, err := s.AddCorrection(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	e, err := s.Erase(ctx, who.ID, "lee")
	if err != nil || e.Corrections != 1 || e.Shared != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	said, err := s.Corrections(ctx, other.TicketID)
	if err != nil || len(said) != 1 || said[0].Value != "access" || said[0].Why != "so says "+strings.Repeat("*", len(who.Email)) {
		t.Errorf("in force: %+v, %v", said, err)
	}
}
