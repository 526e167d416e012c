package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// mailOf is a mail with its own Message-ID and those that it answers.
func mailOf(key string, ids ...string) store.Inbound {
	in := inbound("", key)
	in.MailIDs = ids
	in.Messages[0].ExternalID = ids[0]
	return in
}

// MailFindsThread finds the messages of a thread where they are now.
func MailFindsThread(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	first := receive(t, s, mailOf("m1", "a@shop.example", "", "old@shop.example", "a@shop.example"))
	other := receive(t, s, mailOf("m2", "b@shop.example"))
	find := func(ids ...string) (tickets []string) {
		t.Helper()
		found, err := s.MailThread(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			tickets = append(tickets, f.TicketID)
		}
		return tickets
	}
	equal(t, "own id", find("a@shop.example"), []string{first.TicketID})
	equal(t, "what it answers", find("", "none@x", "old@shop.example"), []string{first.TicketID})
	equal(t, "both", find("b@shop.example", "a@shop.example"), []string{other.TicketID, first.TicketID})
	if err := s.Merge(t.Context(), first.TicketID, other.TicketID, "u1"); err != nil {
		t.Fatal(err)
	}
	equal(t, "after a merge", find("a@shop.example"), []string{other.TicketID})
	if _, err := s.Erase(t.Context(), "ann@shop.example", "u1"); err != nil {
		t.Fatal(err)
	}
	equal(t, "after an erasure", find("a@shop.example", "old@shop.example", "b@shop.example"), []string(nil))
}

// MailJoins appends a mail to a ticket once, whatever its Message-ID.
func MailJoins(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	first := receive(t, s, mailOf("m1", "a@shop.example"))
	reply := mailOf("m2", "a@shop.example") // a program that uses its ids twice
	reply.TicketID = first.TicketID
	joined := receive(t, s, reply)
	equal(t, "ticket", joined.TicketID, first.TicketID)
	equal(t, "duplicate", joined.Duplicate, false)
	again := receive(t, s, reply)
	equal(t, "again", []any{again.Duplicate, again.MessageIDs}, []any{true, joined.MessageIDs})
	equal(t, "messages", len(ticket(t, s, first.TicketID).Messages), 2)
}

// MailOfMachines opens no ticket again and changes nobody's name.
func MailOfMachines(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	first := receive(t, s, inbound("conv", "m1"))
	if err := s.SetState(t.Context(), first.TicketID, triage.StateResolved); err != nil {
		t.Fatal(err)
	}
	away := inbound("conv", "m2")
	away.Customer.Name = "Machine"
	away.Messages[0].Automatic, away.Messages[0].Identity = triage.AutomaticReply, triage.IdentityVerified
	receive(t, s, away)
	got := ticket(t, s, first.TicketID)
	equal(t, "state", got.State, triage.StateResolved)
	equal(t, "identity", got.Identity, triage.IdentityClaimed)
	equal(t, "automatic", got.Messages[1].Automatic, triage.AutomaticReply)
	equal(t, "the customer's messages", got.CustomerMessages(), []int{1})
	equal(t, "a machine's ticket", got.Automatic(), false)
	only := inbound("other", "m3")
	only.Messages[0].Automatic = triage.AutomaticBounce
	got = ticket(t, s, receive(t, s, only).TicketID)
	equal(t, "only a machine", []any{got.Automatic(), got.CustomerMessages()}, []any{true, []int{1}})
}

// TokenOnce takes the token of a hook for one message.
func TokenOnce(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	in := inbound("", "m1")
	in.Token, in.TokenEnds = "t1", c.Now().Add(time.Hour)
	first := receive(t, s, in)
	equal(t, "the same again", receive(t, s, in).MessageIDs, first.MessageIDs)
	in.MessageKey = "m2"
	_, err := s.Receive(t.Context(), in)
	wantCode(t, err, triage.Conflict)
	equal(t, "nothing of it is stored", len(ticket(t, s, first.TicketID).Messages), 1)
	in.Source = "another"
	receive(t, s, in)
	c.Add(2 * time.Hour)
	in.Source, in.MessageKey, in.TokenEnds = "mail", "m3", c.Now().Add(time.Hour)
	receive(t, s, in) // the hook itself refuses it by then
}

// MailboxPositionKept remembers how far a mailbox was read.
func MailboxPositionKept(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	_, err := s.Mailbox(t.Context(), "box")
	wantCode(t, err, triage.NotFound)
	for uid := range uint32(3) {
		want := store.MailboxPosition{UIDValidity: 7, UID: uid, At: c.Now()}
		if err := s.SetMailbox(t.Context(), "box", want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Mailbox(t.Context(), "box")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "position", got, want)
	}
}

// KeepUnparsedOnce keeps the same bytes of a source once.
func KeepUnparsedOnce(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	keep := func(source, raw string) string {
		t.Helper()
		id, err := s.KeepUnparsed(t.Context(), source, "text/plain", []byte(raw), "json")
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := keep("mail/a", "x")
	equal(t, "again", keep("mail/a", "x"), first)
	if keep("mail/b", "x") == first || keep("mail/a", "y") == first {
		t.Error("two arrivals have one id")
	}
}
