package guard

import (
	"strings"
	"testing"

	"readback/triage"
)

// A draft of 2,000 words against a thread of ten messages.
func BenchmarkCheck(b *testing.B) {
	g := New(nil)
	d := drills(b, "shaping.jsonl")
	var draft strings.Builder
	for len(strings.Fields(draft.String())) < 2000 {
		for _, x := range d {
			if x.Language == "en" {
				draft.WriteString(x.Draft + "\n\n")
			}
		}
	}
	t := &triage.Ticket{}
	for i := range 5 {
		t.Messages = append(t.Messages, triage.Message{Role: triage.RoleCustomer, Text: d[i].Messages[0].Text}, triage.Message{Role: triage.RoleAgent, Text: d[i].Draft})
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Check(Case{Ticket: t, Draft: draft.String()})
	}
}

// One past ticket of three customer's and two agent's messages.
func BenchmarkPast(b *testing.B) {
	g := New(nil)
	d := drills(b, "shaping.jsonl")
	t := &triage.Ticket{}
	for i := range 3 {
		t.Messages = append(t.Messages, triage.Message{Role: triage.RoleCustomer, Text: d[i].Messages[0].Text})
		if i < 2 {
			t.Messages = append(t.Messages, triage.Message{Role: triage.RoleAgent, Text: d[i].Draft})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Past(t)
	}
}
