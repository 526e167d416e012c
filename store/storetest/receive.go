package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// ReceiveStores reads back every field of what was received.
func ReceiveStores(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	sent := time.Date(2026, 10, 5, 8, 59, 1, 2000, time.UTC)
	in := inbound("conv", "m1")
	in.Customer = triage.Customer{ID: "u7", Email: "Ann@shop.example", Name: "Ann Á", AccountID: "acc-1"}
	in.Messages = []triage.Message{{
		Role: triage.RoleCustomer, Channel: triage.ChannelChat, Identity: triage.IdentityVerified, Text: "hello",
		Attachments: []triage.Attachment{{Name: "a.png", Type: "image/png", Size: 12}},
		Device:      triage.Device{UserAgent: "UA", Hints: map[string]string{"Sec-CH-UA": "x"}},
		ExternalID:  "ext", PageURL: "https://shop.example/a", SentAt: sent,
	}}
	in.Raw = []byte{0, 0xff, 0xfe, 'x'}
	r := receive(t, s, in)
	got := ticket(t, s, r.TicketID)
	want := triage.Ticket{
		ID: r.TicketID, Source: "mail", SourceKey: "conv", Subject: "Links over HTTPS", Channel: triage.ChannelChat,
		Customer: in.Customer, Identity: triage.IdentityVerified, State: triage.StateOpen,
		CreatedAt: c.Now(), UpdatedAt: c.Now(), LastSeq: 1, Messages: in.Messages, Corrections: []triage.Correction{},
	}
	want.Messages[0].ID, want.Messages[0].Seq, want.Messages[0].ReceivedAt = r.MessageIDs[0], 1, c.Now()
	equal(t, "ticket", got, want)
	raw, rawType, err := s.Raw(t.Context(), r.MessageIDs[0])
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "raw", raw, in.Raw)
	equal(t, "raw type", rawType, in.RawType)

	_, err = s.Ticket(t.Context(), "tkt_none")
	wantCode(t, err, triage.NotFound)
	_, _, err = s.Raw(t.Context(), "msg_none")
	wantCode(t, err, triage.NotFound)
	_, err = s.Result(t.Context(), r.TicketID)
	wantCode(t, err, triage.NotFound)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// ReceiveDeduplicates sends one message again: in the same words, in others,
// and under another source.
func ReceiveDeduplicates(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	first := receive(t, s, inbound("conv", "m1"))
	again := inbound("another", "m1")
	again.Messages[0].Text = "changed"
	second := receive(t, s, again)
	equal(t, "second receipt", second, store.Receipt{TicketID: first.TicketID, MessageIDs: first.MessageIDs, Duplicate: true})
	equal(t, "messages", len(ticket(t, s, first.TicketID).Messages), 1)

	other := inbound("conv", "m1")
	other.Source = "chat/site"
	if r := receive(t, s, other); r.Duplicate || r.TicketID == first.TicketID {
		t.Errorf("another source's message is taken for a duplicate: %+v", r)
	}
	page, err := s.Tickets(t.Context(), store.Filter{})
	if err != nil || len(page.Tickets) != 2 {
		t.Errorf("got %d tickets (%v), want 2: a duplicate must leave nothing behind", len(page.Tickets), err)
	}
}

// ReceiveTogether sends the same message from many goroutines at once, among
// different messages of the same conversation.
func ReceiveTogether(t *testing.T, db Database) {
	const n = 100
	s := open(t, db, newClock().options())
	var wg sync.WaitGroup
	same, others := make([]store.Receipt, n), make([]store.Receipt, n)
	for i := range n {
		wg.Go(func() { same[i], _ = s.Receive(context.Background(), inbound("conv", "same")) })
		wg.Go(func() { others[i], _ = s.Receive(context.Background(), inbound("conv", fmt.Sprint("m", i))) })
	}
	wg.Wait()
	originals := 0
	for i := range n {
		if !same[i].Duplicate {
			originals++
		}
		equal(t, "ids of the same message", same[i].MessageIDs, same[0].MessageIDs)
		equal(t, "ticket of another message", others[i].TicketID, same[0].TicketID)
	}
	equal(t, "originals", originals, 1)
	got := ticket(t, s, same[0].TicketID)
	equal(t, "messages", len(got.Messages), n+1)
	for i, m := range got.Messages {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has sequence %d", i, m.Seq)
		}
	}
}

// ReceiveSeveral hands in a conversation at once and again.
func ReceiveSeveral(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	in := inbound("", "all")
	agent := message("an answer")
	agent.Role = triage.RoleAgent
	in.Messages = []triage.Message{message("one"), agent, message("three")}
	r := receive(t, s, in)
	got := ticket(t, s, r.TicketID)
	equal(t, "last sequence", got.LastSeq, int64(3))
	for i, m := range got.Messages {
		equal(t, "id", m.ID, r.MessageIDs[i])
		equal(t, "text", m.Text, in.Messages[i].Text)
	}
	again := receive(t, s, in)
	equal(t, "receipt", again, store.Receipt{TicketID: r.TicketID, MessageIDs: r.MessageIDs, Duplicate: true})
	if other := receive(t, s, inbound("", "")); other.TicketID == r.TicketID {
		t.Error("a message without a conversation did not make a new ticket")
	}
}

// ReceiveAppends adds to a ticket by its id and by the source's key.
func ReceiveAppends(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	r := receive(t, s, inbound("conv", "m1"))
	byID := inbound("ignored", "m2")
	byID.Source, byID.TicketID = "api", r.TicketID
	equal(t, "ticket", receive(t, s, byID).TicketID, r.TicketID)
	equal(t, "ticket", receive(t, s, inbound("conv", "m3")).TicketID, r.TicketID)
	got := ticket(t, s, r.TicketID)
	equal(t, "messages", len(got.Messages), 3)
	equal(t, "source", got.Source, "mail")

	none := inbound("", "m4")
	none.TicketID = "tkt_none"
	_, err := s.Receive(t.Context(), none)
	wantCode(t, err, triage.NotFound)
	none.TicketID = ""
	if receive(t, s, none).Duplicate {
		t.Error("a refused message left its key behind")
	}
}

// ReceiveAppendsOnce leaves out what the ticket has already, message by
// message, and knows nothing of other tickets' ids.
func ReceiveAppendsOnce(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	first := receive(t, s, inbound("a", "a"))
	other := receive(t, s, inbound("b", "b"))
	messages := func(ids ...string) (out []triage.Message) {
		for _, id := range ids {
			out = append(out, triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Text: id, ExternalID: id})
		}
		return out
	}
	add := func(ticketID string, ids ...string) store.Receipt {
		return receive(t, s, store.Inbound{Source: "api", TicketID: ticketID, Messages: messages(ids...), Raw: []byte("{}")})
	}
	one := add(first.TicketID, "E1", "E2")
	again := add(first.TicketID, "E2")
	equal(t, "known", again, store.Receipt{TicketID: first.TicketID, MessageIDs: one.MessageIDs[1:], Duplicate: true})
	mixed := add(first.TicketID, "E1", "E3", "E2")
	equal(t, "mixed", []string{mixed.MessageIDs[0], mixed.MessageIDs[2]}, one.MessageIDs)
	elsewhere := add(other.TicketID, "E1")
	if elsewhere.Duplicate || elsewhere.TicketID != other.TicketID {
		t.Errorf("another ticket's id was taken for its own: %+v", elsewhere)
	}
	equal(t, "messages", []int{len(ticket(t, s, first.TicketID).Messages), len(ticket(t, s, other.TicketID).Messages)}, []int{4, 2})
}

// ReceiveReopens tells a customer's word from an agent's.
func ReceiveReopens(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	r := receive(t, s, inbound("conv", "m1"))
	for i, state := range []triage.State{triage.StateWaiting, triage.StateResolved} {
		if err := s.SetState(t.Context(), r.TicketID, state); err != nil {
			t.Fatal(err)
		}
		agent := inbound("conv", fmt.Sprint("agent", i))
		agent.Messages[0].Role = triage.RoleAgent
		receive(t, s, agent)
		equal(t, "state after an agent's word", ticket(t, s, r.TicketID).State, state)
		receive(t, s, inbound("conv", fmt.Sprint("customer", i)))
		equal(t, "state after a customer's word", ticket(t, s, r.TicketID).State, triage.StateOpen)
	}
}

// ReceiveIdentity: more proof replaces what was said of the customer, the same
// proof fills gaps, less changes nothing; two customers are never mixed.
func ReceiveIdentity(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	for i, c := range []struct {
		identity     triage.Identity
		says         triage.Customer
		wantIdentity triage.Identity
		want         triage.Customer
	}{
		{triage.IdentityNone, triage.Customer{Name: "Guest"}, triage.IdentityNone, triage.Customer{Name: "Guest"}},
		{triage.IdentityClaimed, triage.Customer{Email: "eve@bad.example", AccountID: "acc-1"},
			triage.IdentityClaimed, triage.Customer{Email: "eve@bad.example", AccountID: "acc-1", Name: "Guest"}},
		{triage.IdentityVerified, triage.Customer{ID: "u7", Email: "ann@shop.example"},
			triage.IdentityVerified, triage.Customer{ID: "u7", Email: "ann@shop.example", Name: "Guest"}},
		{triage.IdentityClaimed, triage.Customer{ID: "u7", AccountID: "acc-1"},
			triage.IdentityVerified, triage.Customer{ID: "u7", Email: "ann@shop.example", Name: "Guest"}},
		{triage.IdentityVerified, triage.Customer{ID: "u9", AccountID: "acc-9"},
			triage.IdentityVerified, triage.Customer{ID: "u7", Email: "ann@shop.example", Name: "Guest"}},
		{triage.IdentityVerified, triage.Customer{ID: "u7", Email: "Ann@shop.example", AccountID: "acc-7"},
			triage.IdentityVerified, triage.Customer{ID: "u7", Email: "ann@shop.example", Name: "Guest", AccountID: "acc-7"}},
	} {
		in := inbound("conv", fmt.Sprint("m", i))
		in.Messages[0].Identity, in.Customer = c.identity, c.says
		got := ticket(t, s, receive(t, s, in).TicketID)
		equal(t, fmt.Sprintf("customer after message %d", i), got.Customer, c.want)
		equal(t, fmt.Sprintf("identity after message %d", i), got.Identity, c.wantIdentity)
	}
}

// ReceiveRefuses what has no source, no message, or unknown words.
func ReceiveRefuses(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	for name, spoil := range map[string]func(*store.Inbound){
		"source":   func(in *store.Inbound) { in.Source = "" },
		"messages": func(in *store.Inbound) { in.Messages = nil },
		"role":     func(in *store.Inbound) { in.Messages[0].Role = "bot" },
		"channel":  func(in *store.Inbound) { in.Messages[0].Channel = "fax" },
		"identity": func(in *store.Inbound) { in.Messages[0].Identity = "sure" },
	} {
		in := inbound("conv", name)
		spoil(&in)
		_, err := s.Receive(t.Context(), in)
		wantCode(t, err, triage.Invalid)
	}
}

// ReceiveBacklog refuses past the limit and takes again below it; the same for
// the disk.
func ReceiveBacklog(t *testing.T, db Database) {
	c := newClock()
	o := c.options()
	o.MaxBacklog = 2
	s := open(t, db, o)
	ids := []string{receive(t, s, inbound("a", "a")).TicketID, receive(t, s, inbound("b", "b")).TicketID}
	c.Add(2 * time.Second)
	_, err := s.Receive(t.Context(), inbound("c", "c"))
	wantCode(t, err, triage.Unavailable)
	save(t, s, ids[0], triage.Route{Tier: "l1"})
	c.Add(2 * time.Second)
	receive(t, s, inbound("c", "c"))
	s.Close()

	o.MaxBacklog, o.MinFree = 0, 1<<62
	_, err = open(t, db, o).Receive(t.Context(), inbound("d", "d"))
	wantCode(t, err, triage.Unavailable)
}

// KeepUnparsedStores any bytes.
func KeepUnparsedStores(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	a, err := s.KeepUnparsed(t.Context(), "chat/site", "application/json", []byte("{\x00\xff"), "json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.KeepUnparsed(t.Context(), "chat/site", "", nil, "empty")
	if err != nil {
		t.Fatal(err)
	}
	if a == b || a == "" {
		t.Errorf("got ids %q and %q", a, b)
	}
}

// KeysStayApart: ids that become one by cleaning or shortening stay two.
func KeysStayApart(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	long := string(make([]byte, 100_000))
	seen := make(map[string]string)
	for _, key := range []string{"a b", "a\x00b", "a\xffb", "a\uFFFDb", long, long + "x"} {
		r := receive(t, s, inbound(key, key))
		if r.Duplicate || seen[r.TicketID] != "" {
			t.Errorf("the key %.20q met that of %.20q", key, seen[r.TicketID])
		}
		seen[r.TicketID] = key
		if !receive(t, s, inbound(key, key)).Duplicate {
			t.Errorf("the key %.20q is not found again", key)
		}
	}
}

// DeadContext: a caller that went away gets Unavailable and leaves nothing.
func DeadContext(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Receive(ctx, inbound("conv", "m1"))
	wantCode(t, err, triage.Unavailable)
	if receive(t, s, inbound("conv", "m1")).Duplicate {
		t.Error("the abandoned message was stored")
	}
}
