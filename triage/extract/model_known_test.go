package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"readback/triage"
	"readback/triage/extract/fake"
)

// laterReading is modelReading with a last result that covers the first two
// messages; the third is new.
func laterReading(m *Model) triage.Reading {
	in := modelReading("I will set the CNAME of link.larch.example on Monday, token: hunter2hunter2 and all.",
		"What does your DNS say now?", "It is set now. We use Brasswork.")
	quote := func(text string) []triage.Evidence {
		at := strings.Index(in.Ticket.Messages[0].Text, text)
		return []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, Start: at, End: at + len(text), Quote: text}}
	}
	for i := range in.Ticket.Messages {
		in.Ticket.Messages[i].Seq = int64(i + 1)
	}
	in.Ticket.LastSeq, in.Ticket.Triaged = 3, 2
	in.Knowledge.Hash = "w1"
	in.Previous = &triage.Result{CoveredSeq: 2, Workspace: "w1", Effort: triage.EffortPartial,
		Extractor: triage.ExtractorInfo{Name: "llm", Model: m.opt.Model, Prompt: m.prompt.ID()},
		Route:     triage.Route{Confidence: 0.8},
		Matters: []triage.Matter{{ID: "m1", Kind: triage.KindSetup, Procedure: "secure-links", Route: triage.Route{Confidence: 0.7},
			Inputs: map[string][]string{"link_domain": {"link.larch.example", "track.link.larch.example", "only-in-the-account.example"}}},
			{ID: "m3", Kind: triage.KindBilling}},
		Brief: triage.Brief{Language: "en", Summary: "They want secure links.", Urgency: triage.UrgencyHigh, Tone: "angry", NeedsStaff: true,
			Request: triage.Request{Text: "Secure links", Evidence: quote("set the CNAME")},
			Claims: []triage.Claim{
				{ID: "c2", Matter: "m1", Step: "record", What: "set the record", State: triage.ClaimPlanned, Inputs: map[string]string{"link_domain": "link.larch.example"},
					Evidence: quote("I will set the CNAME of link.larch.example on Monday")},
				{ID: "c4", Matter: "m1", What: "used a token", State: triage.ClaimDone, Evidence: quote("hunter2hunter2 and all")},
				{ID: "c5", Matter: "m1", What: "said so by hand", State: triage.ClaimDone, Evidence: []triage.Evidence{{Kind: triage.EvidenceCorrection}}}},
			Documents:   []triage.Document{{Title: "A guide", Evidence: quote("CNAME")}},
			Environment: []triage.EnvItem{{Kind: triage.EnvCDN, Value: "larch", Evidence: quote("link.larch.example")}},
			Symptoms:    []triage.Symptom{{Text: "it fails", Evidence: quote("on Monday")}},
			Entities:    []triage.Entity{{Kind: "domain", Value: "link.larch.example", Evidence: quote("link.larch.example")}},
			Questions:   []string{"Which zone?"}, Flags: []triage.Flag{triage.FlagLegal, triage.FlagThanksOnly, triage.FlagInstructions}}}
	return in
}

// TestLaterRequest compares the conversation of a later request with its golden file.
func TestLaterRequest(t *testing.T) {
	s := fake.New(t)
	m := testModel(s, nil)
	if _, err := m.Extract(context.Background(), laterReading(m)); err != nil {
		t.Fatal(err)
	}
	got := s.Requests()[0].Last()
	golden := filepath.Join("testdata", "later-request.golden.txt")
	if *updateModel {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the request differs from %s; run with -update-model and read the difference:\n%s", golden, got)
	}
	for _, secret := range []string{"hunter2", "only-in-the-account", "track.link"} {
		if bytes.Contains(s.Requests()[0].Body, []byte(secret)) {
			t.Errorf("%q left the machine", secret)
		}
	}
}

// TestWhenAllIsRead: what makes a reading start anew instead of carrying on.
func TestWhenAllIsRead(t *testing.T) {
	m := testModel(fake.New(t), nil)
	if got := m.render(laterReading(m)).covered; got != 2 {
		t.Fatalf("carries on from %d messages, want 2", got)
	}
	for _, tc := range []struct {
		name   string
		change func(in *triage.Reading)
	}{
		{"first reading", func(in *triage.Reading) { in.Previous = nil }},
		{"asked for", func(in *triage.Reading) { in.Ticket.Triaged = 0 }},
		{"nothing is new", func(in *triage.Reading) { in.Ticket.Triaged, in.Previous.CoveredSeq = 3, 3 }},
		{"another workspace", func(in *triage.Reading) { in.Knowledge.Hash = "w2" }},
		{"no workspace", func(in *triage.Reading) { in.Knowledge = nil }},
		{"another prompt", func(in *triage.Reading) { in.Previous.Extractor.Prompt = "v0 000000000000" }},
		{"another model", func(in *triage.Reading) { in.Previous.Extractor.Model = "other" }},
		{"read offline", func(in *triage.Reading) {
			in.Previous.Extractor = triage.ExtractorInfo{Name: "offline", Degraded: true}
		}},
		{"degraded", func(in *triage.Reading) { in.Previous.Extractor.Degraded = true }},
		{"nothing understood", func(in *triage.Reading) { in.Previous.Matters = nil }},
		{"a procedure that is no longer offered", func(in *triage.Reading) { in.Candidates = in.Candidates[1:] }},
		{"a brief that grew too long", func(in *triage.Reading) {
			c := in.Previous.Brief.Claims[0]
			for range 400 {
				c.What = strings.Repeat("w", 200)
				in.Previous.Brief.Claims = append(in.Previous.Brief.Claims, c)
			}
		}},
	} {
		in := laterReading(m)
		tc.change(&in)
		r := m.render(in)
		if c := r.conversation; r.covered != 0 || c.Known != nil || len(c.Messages) != 3 || c.Messages[0].N != 1 {
			t.Errorf("%s: carries on from %d with %d messages", tc.name, r.covered, len(c.Messages))
		}
	}
	// A newest message that is read again, as after a correction.
	in := laterReading(m)
	in.Previous.CoveredSeq = 3
	if r := m.render(in); r.covered != 2 || len(r.conversation.Messages) != 2 || r.conversation.Messages[1].N != 3 {
		t.Errorf("the newest message again: %d, %+v", r.covered, r.conversation.Messages)
	}
}

// answerOf decodes an answer that a test writes by hand.
func answerOf(t testing.TB, text string) *answer {
	t.Helper()
	if !json.Valid([]byte(text)) {
		t.Fatalf("no JSON: %s", text)
	}
	a, err := decodeAnswer(text, false)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A long brief is told in shorter notes before all is read anew.
func TestKnownShrinks(t *testing.T) {
	m := testModel(fake.New(t), nil)
	in := laterReading(m)
	c := in.Previous.Brief.Claims[0]
	c.What = strings.Repeat("w", 200)
	var sizes []int
	for _, claims := range []int{20, 80, 130} {
		for len(in.Previous.Brief.Claims) < claims {
			in.Previous.Brief.Claims = append(in.Previous.Brief.Claims, c)
		}
		k := m.render(in).conversation.Known
		if k == nil || len(k.Claims) != claims-1 { // one of them is a correction
			t.Fatalf("%d claims: known %+v", claims, k)
		}
		sizes = append(sizes, len(k.Claims[claims-2].What))
	}
	if !slices.Equal(sizes, knownTexts) {
		t.Errorf("notes of %v bytes", sizes)
	}
}
