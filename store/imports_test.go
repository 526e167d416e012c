package store

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"readback/triage"
)

// past is a message of a past ticket.
func past(key string, role triage.Role, text string, at time.Time) PastMessage {
	m := PastMessage{Message: triage.Message{Role: role, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: text, SentAt: at}, Key: key}
	if role == triage.RoleAgent {
		m.Agent, m.Team = "Ola", "First line"
	}
	return m
}

var march = time.Date(2025, 3, 2, 9, 0, 0, 0, time.UTC)

// openPast opens a store whose clock stands in 2026.
func openPast(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "readback.db")
	s, err := Open(context.Background(), Options{Path: path, Clock: func() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

func startPast(t *testing.T, s *Store, source string, files ...string) string {
	t.Helper()
	id, err := s.StartImport(context.Background(), Import{Source: source, Format: "zendesk", Files: files})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestImportParts stores a ticket in parts that come in any order, twice.
func TestImportParts(t *testing.T) {
	ctx := context.Background()
	s, _ := openPast(t)
	id := startPast(t, s, "desk/main", "a.json")
	live, err := s.Receive(ctx, Inbound{Source: "desk/main", TicketKey: "8", MessageKey: "80", Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: "now"}}})
	if err != nil {
		t.Fatal(err)
	}
	parts := func() []PastTicket {
		return []PastTicket{
			{Key: "5", Messages: []PastMessage{past("52", triage.RoleAgent, "Do it", march.Add(time.Hour)), past("53", triage.RoleCustomer, "Again?", march.Add(2*time.Hour))}},
			{Key: "5", Messages: []PastMessage{past("51", triage.RoleCustomer, "I did it", march)}},
			{Key: "5", Subject: "Links", Customer: triage.Customer{Email: "ann@shop.example"}, State: "solved", Solved: true, Tags: []string{"dns"}},
			{Key: "5", Messages: []PastMessage{past("description/5", triage.RoleCustomer, "I did it ", march.Add(time.Second))}}, // the same under another key
			{Key: "6", Subject: "nothing was said"},
			{Key: "7", Messages: []PastMessage{past("71", triage.RoleCustomer, "undated", time.Time{}), past("72", triage.RoleCustomer, "in the future", time.Now().AddDate(90, 0, 0))}},
			{Key: "8", Messages: []PastMessage{past("80", triage.RoleCustomer, "now", march), past("81", triage.RoleAgent, "older", march)}}, // is live
		}
	}
	for run, want := range []ImportCounts{{Tickets: 2, Messages: 5, Known: 3, Undated: 2}, {Known: 8, Undated: 2}} {
		got, err := s.Import(ctx, id, parts(), ImportCounts{}, nil)
		if err != nil || got != want {
			t.Errorf("run %d: %+v, %v; want %+v", run, got, err, want)
		}
	}
	key, err := s.TicketBy(ctx, "desk/main", "5")
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := s.Ticket(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i, m := range ticket.Messages {
		texts = append(texts, m.Text)
		if m.Seq != int64(i+1) || !m.ReceivedAt.Equal(m.SentAt) {
			t.Errorf("message %d: %+v", i, m)
		}
	}
	if !slices.Equal(texts, []string{"I did it", "Do it", "Again?"}) || ticket.Subject != "Links" || ticket.State != triage.StateResolved || ticket.Triaged != ticket.LastSeq ||
		!ticket.CreatedAt.Equal(march) || !ticket.UpdatedAt.Equal(march.Add(2*time.Hour)) {
		t.Errorf("the ticket: %+v", ticket)
	}
	if n, err := s.sweep(ctx); err != nil || n != 1 { // the live one
		t.Errorf("%d tickets wait, %v", n, err)
	}
	if l, err := s.Ticket(ctx, live.TicketID); err != nil || len(l.Messages) != 1 {
		t.Errorf("the live ticket has %d messages, %v", len(l.Messages), err)
	}
	// A word of the customer opens it again, as any ticket of the connection.
	if _, err := s.Receive(ctx, Inbound{Source: "desk/main", TicketKey: "5", MessageKey: "54", Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: "and now"}}}); err != nil {
		t.Fatal(err)
	}
	if ticket, err = s.Ticket(ctx, key); err != nil || ticket.State != triage.StateOpen || len(ticket.Messages) != 4 {
		t.Errorf("after a new message: %+v, %v", ticket, err)
	}
	gone, kept, err := s.UndoImport(ctx, id)
	if err != nil || gone != 1 || kept != 1 {
		t.Errorf("undo: %d gone, %d kept, %v", gone, kept, err)
	}
}

// TestEraseImported: nothing of an erased customer is left, and the same export does not bring it back.
func TestEraseImported(t *testing.T) {
	ctx := context.Background()
	s, path := openPast(t)
	id := startPast(t, s, "import/zendesk", "rowena@shop.example.json")
	parts := func() []PastTicket {
		m := past("12", triage.RoleAgent, "Dear customer", march.Add(time.Hour))
		m.Agent = "for rowena@shop.example"
		return []PastTicket{{Key: "1", Subject: "Rowena writes", Customer: triage.Customer{Email: "rowena@shop.example", Name: "Rowena"}, Tags: []string{"rowena@shop.example"},
			Messages: []PastMessage{past("11", triage.RoleCustomer, "I am Rowena", march), m}, Raw: []byte("rowena@shop.example")},
			{Key: "2", Customer: triage.Customer{Email: "ann@shop.example"}, Assignee: "rowena@shop.example", Messages: []PastMessage{past("21", triage.RoleCustomer, "Hello", march)}}}
	}
	faults := []ImportFault{{File: "rowena@shop.example.json", Place: "line 3", Reason: "it is none", Raw: []byte(`{"rowena@shop.example":`)}}
	if _, err := s.Import(ctx, id, parts(), ImportCounts{Faults: 1}, faults); err != nil {
		t.Fatal(err)
	}
	ticket, err := s.TicketBy(ctx, "import/zendesk", "1")
	if err != nil {
		t.Fatal(err)
	}
	full, err := s.Ticket(ctx, ticket)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetNotRepeat(ctx, NotRepeat{Message: full.Messages[1].ID, Kind: "steps", Words: "hash"}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(ctx, "rowena@shop.example", ""); err != nil {
		t.Fatal(err)
	}
	got, err := s.Import(ctx, id, parts(), ImportCounts{}, nil)
	if err != nil || got.Erased != 3 || got.Messages != 0 {
		t.Errorf("the same export again: %+v, %v", got, err)
	}
	if list, err := s.NotRepeats(ctx); err != nil || len(list) != 0 {
		t.Errorf("what was said of it: %+v, %v", list, err)
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(bytes.ToLower(data), []byte("rowena")) {
		t.Errorf("the file still holds the customer, %v", err)
	}
}
