package extract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"readback/triage"
	"readback/triage/extract/fake"
)

func same(s string) string { return s }

func TestShorten(t *testing.T) {
	long := strings.Repeat("żółć 漢字 ", 4000)
	var many []triage.Message
	for i := range 2000 {
		many = append(many, triage.Message{Role: triage.RoleCustomer, Text: fmt.Sprintf("message number %d", i+1)})
	}
	kept, cut := shortenThread(many, 10_000, same)
	if !cut || kept[0].N != 1 || kept[1].Skipped == 0 || kept[len(kept)-1].N != 2000 {
		t.Errorf("%d kept, %+v", len(kept), kept[1])
	}
	if skipped := kept[1].Skipped; skipped+len(kept) != 2000 || kept[1].N != skipped+2 {
		t.Errorf("%d skipped, %d kept, second is %d", skipped, len(kept), kept[1].N)
	}
	total := 0
	for _, m := range kept {
		total += len(m.Text) + messageOverhead
	}
	if total > 10_000 || total < 9_500 {
		t.Errorf("%d bytes of 10000", total)
	}

	many[0].Role = triage.RoleAgent
	if kept, _ = shortenThread(many, 10_000, same); kept[0].N != 2 || kept[0].Skipped != 1 || kept[1].Skipped != kept[1].N-3 {
		t.Errorf("greeting: %+v", kept[:2])
	}

	for limit := 8; limit < 60; limit++ { // no budget splits a character
		kept, cut = shortenThread([]triage.Message{{Text: long}}, limit*4, same)
		if !cut || !utf8.ValidString(kept[0].Text) || !strings.Contains(kept[0].Text, cutMark) {
			t.Fatalf("limit %d: %q", limit, kept[0].Text)
		}
	}
	secret := "SG." + strings.Repeat("aB3x", 10) + "." + strings.Repeat("x", 40)
	kept, _ = shortenThread([]triage.Message{{Text: strings.Repeat("z", 990) + " " + secret + strings.Repeat(" z", 500_000)}}, 6000, newVault("abc123").hide)
	if strings.Contains(kept[0].Text, "SG.") {
		t.Error("half a secret is left at the cut")
	}
	if kept, cut = shortenThread([]triage.Message{{Text: "a"}, {Text: "b"}}, 10_000, same); cut || len(kept) != 2 {
		t.Errorf("short: %+v", kept)
	}
	if kept, cut = shortenThread(nil, 10, same); cut || kept != nil {
		t.Errorf("nothing: %+v", kept)
	}
}

func TestClip(t *testing.T) {
	for limit, want := range []string{"", "a", "a", "aż", "aż"} {
		if got := clip("ażb", limit); limit < 4 && got != want {
			t.Errorf("%d: %q", limit, got)
		}
	}
}

// TestModelReadsHugeTickets sends a megabyte message and 2,000 messages.
func TestModelReadsHugeTickets(t *testing.T) {
	many := make([]string, 2000)
	for i := range many {
		many[i] = strings.Repeat(fmt.Sprint("line ", i, "; "), 20)
	}
	for name, texts := range map[string][]string{
		"1 MB": {strings.Repeat("The quick brown 狐 jumps; ", 1<<20/26)}, "2,000": many,
	} {
		s := fake.New(t)
		m := testModel(s, func(o *ModelOptions) { o.Timeout = 10 * time.Second })
		began := time.Now()
		p, err := m.Extract(context.Background(), modelReading(texts...))
		if err != nil || !slices.Contains(p.Flags, triage.FlagShortened) {
			t.Errorf("%s: %v, flags %v", name, err, p.Flags)
		}
		if n := len(s.Requests()[0].Last()); n > 60_000 {
			t.Errorf("%s: %d bytes sent", name, n)
		}
		t.Logf("%s: %v", name, time.Since(began))
	}
}
