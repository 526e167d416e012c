package ground_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"readback/internal/spent"
	"readback/triage"
	"readback/triage/ground"
)

func TestFind(t *testing.T) {
	for name, tc := range map[string]struct {
		body, quote string
		want        []string // body[span] of each place
	}{
		"verbatim":              {"We added the CNAME today.", "added the CNAME", []string{"added the CNAME"}},
		"case":                  {"We Added The cname", "added the CNAME", []string{"Added The cname"}},
		"white space":           {"we\n  added\u00a0the\tCNAME", "added the cname", []string{"added\u00a0the\tCNAME"}},
		"curly and straight":    {"it’s “on” – really", `it's "on" - really`, []string{"it’s “on” – really"}},
		"quote marks of a line": {"first\n> second\n> > third", "first second third", []string{"first\n> second\n> > third"}},
		"greater inside":        {"a > b", "a > b", []string{"a > b"}},
		"format characters":     {"soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth", []string{"soft\u00adhyphen zero\u200bwidth"}},
		"full width":            {"ｌｉｎｋ ok", "link ok", []string{"ｌｉｎｋ ok"}},
		"ligature":              {"the ﬁle", "the file", []string{"the ﬁle"}},
		"half a ligature":       {"the ﬁ", "the f", nil},
		"composed":              {"wła\u0328czone e\u0301", "włączone é", []string{"wła\u0328czone e\u0301"}},
		"splits accents":        {"caf\u0065\u0328\u0324", "cafe", nil},
		"superscript":           {"x² and x2", "x2", []string{"x2"}},
		"several places":        {"on, off, on", "on", []string{"on", "on"}},
		"splits a word":         {"authorised", "author", nil},
		"inner word":            {"unauthorised", "authorised", nil},
		"splits a number":       {"order 110423 and 104230", "10423", nil},
		"splits a decimal":      {"paid 10.50 or 1,050", "10", nil},
		"tail of a version":     {"version 5.0.2", "0.2", nil},
		"number at a stop":      {"order 10423.", "10423", []string{"10423"}},
		"no spaces":             {"我已经添加了记录", "添加了", []string{"添加了"}},
		"latin in Han":          {"使用Chrome浏览器", "chrome", []string{"Chrome"}},
		"emoji sequence":        {"👩\u200d💻 ok", "👩", nil},
		"final sigma":           {"ΟΔΟΣ", "οδός", nil},
		"sigma":                 {"ΟΔΟΣ", "οδος", []string{"ΟΔΟΣ"}},
		"empty":                 {"text", " \n", nil},
		"never fuzzy":           {"I did not authorise it", "I did authorise it", nil},
		"crlf":                  {"one\r\ntwo", "one two", []string{"one\r\ntwo"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range ground.Fold(tc.body).Find(tc.quote) {
				got = append(got, tc.body[s.Start:s.End])
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A quotation taken from the body, disturbed in the ways folding allows, must
// be found where it was planted.
func TestFindPlanted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("wir haben den Rekord dodaliśmy rekord CNAME on link.foxglove.example “today” 10.5 – naïve ﬁne 記録 x²")
	pick := func(n int) string {
		var out []string
		for range n {
			out = append(out, words[rng.IntN(len(words))])
		}
		return strings.Join(out, " ")
	}
	disturb := strings.NewReplacer(" ", "\n  ", "“", `"`, "”", `"`, "–", "-", "ﬁ", "FI")
	for range 500 {
		mark := fmt.Sprintf("%s q%dq %s", pick(2), rng.IntN(1e6), pick(2))
		before, after := pick(rng.IntN(30))+" ", " "+pick(rng.IntN(30))
		body := before + mark + after
		spans := ground.Fold(body).Find(disturb.Replace(mark))
		if len(spans) != 1 || spans[0].Start != len(before) || spans[0].End != len(before)+len(mark) {
			t.Fatalf("planted %q at %d, found %v in %q", mark, len(before), spans, body)
		}
	}
}

func TestRegions(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want string // what is left of the customer's own words
	}{
		"plain":         {"hello\nworld", "hello\nworld"},
		"prefixed":      {"yes\n> old\n> older\nno", "yes\nno"},
		"top posting":   {"new\n\nOn Mon, 3 May 2026 at 10:02, Support <s@sendline.example> wrote:\n\nold words", "new"},
		"inline answer": {"On 3 May 2026 Support wrote:\n> question\nanswer", "answer"},
		"wrapped":       {"new\nOn Mon, 3 May 2026 at 10:02 Support\n<s@sendline.example> wrote:\n> old", "new"},
		"Polish":        {"nowe\nW dniu 3.05.2026 o 10:02, Wsparcie pisze:\nstare", "nowe"},
		"Polish short":  {"nowe\npon., 3 maj\nW dniu 3 maj 2026 Ada napisał(a):\nstare", "nowe\npon., 3 maj"},
		"Polish day":    {"nowe\npon., 16 lis 2026 o 10:00 Wsparcie <s@sendline.example> napisał(a):\nstare", "nowe"},
		"barred":        {"new\n| I did it\n| and that", "new"},
		"table":         {"new\n| a | b |", "new\n| a | b |"},
		"German":        {"neu\nAm 3. Mai 2026 um 10:02 schrieb Ada:\nalt", "neu"},
		"French":        {"neuf\nLe 3 mai 2026 à 10:02, Ada a écrit :\nvieux", "neuf"},
		"Spanish":       {"nuevo\nEl 3 may 2026, a las 10:02, Ada escribió:\nviejo", "nuevo"},
		"Italian":       {"nuovo\nIl giorno 3 mag 2026 Ada ha scritto:\nvecchio", "nuovo"},
		"forwarded":     {"see below\n---------- Forwarded message ---------\nI did it", "see below"},
		"Outlook":       {"new\nFrom: Support\nSent: Monday\nTo: Ada\nSubject: x\n\nold", "new"},
		"one header":    {"From: here we go\nnothing else", "From: here we go\nnothing else"},
		"signature":     {"body\n-- \nAda\nACME", "body"},
		"stripped":      {"body\n--\nAda", "body"},
		"ruler":         {"a\n--\n" + strings.Repeat("b\n", 12), "a\n--\n" + strings.TrimSuffix(strings.Repeat("b\n", 12), "\n")},
		"sig and reply": {"body\n-- \nAda\n> old", "body"},
		"phone":         {"body\nSent from my phone", "body"},
		"Monday wrote":  {"On Monday your agent wrote: add it", "On Monday your agent wrote: add it"},
	} {
		t.Run(name, func(t *testing.T) {
			var own strings.Builder
			at := 0
			for _, r := range ground.Regions(tc.text) {
				own.WriteString(tc.text[at:r.Start])
				at = r.End
			}
			own.WriteString(tc.text[at:])
			var lines []string
			for _, l := range strings.Split(own.String(), "\n") {
				if strings.TrimSpace(l) != "" {
					lines = append(lines, l)
				}
			}
			if got := strings.Join(lines, "\n"); got != tc.want {
				t.Errorf("left %q, want %q", got, tc.want)
			}
		})
	}
}

func ticket(texts ...string) *triage.Ticket {
	t := &triage.Ticket{}
	for i, s := range texts {
		role := triage.RoleCustomer
		if agent, ok := strings.CutPrefix(s, "agent: "); ok {
			role, s = triage.RoleAgent, agent
		}
		t.Messages = append(t.Messages, triage.Message{ID: fmt.Sprintf("m-%d", i+1), Role: role, Text: s})
	}
	return t
}

func TestQuote(t *testing.T) {
	tick := ticket(
		"I added the record. Then I waited. I added the record.",
		"agent: Please add the certificate.",
		"> Please add the certificate.\nIt is there.\nthe RECORD is right\n-- \nAda, certificate person",
		"It is there.")
	for name, tc := range map[string]struct {
		q          triage.Quote
		ok         bool
		message    int
		start, end int
	}{
		"first without a hint":  {triage.Quote{Text: "I added the record", Start: -1}, true, 1, 0, 18},
		"nearest to the hint":   {triage.Quote{Message: 1, Text: "I added the record", Start: 30}, true, 1, 35, 53},
		"wrong message":         {triage.Quote{Message: 2, Text: "Then I waited", Start: -1}, true, 1, 20, 33},
		"hinted message first":  {triage.Quote{Message: 4, Text: "It is there", Start: -1}, true, 4, 0, 11},
		"message out of range":  {triage.Quote{Message: 99, Text: "It is there", Start: 7}, true, 3, 30, 41},
		"verbatim before near":  {triage.Quote{Message: 3, Text: "the RECORD", Start: 0}, true, 3, 43, 53},
		"agent's words only":    {triage.Quote{Message: 2, Text: "add the certificate", Start: -1}, false, 0, 0, 0},
		"signature only":        {triage.Quote{Message: 3, Text: "certificate person", Start: -1}, false, 0, 0, 0},
		"nowhere":               {triage.Quote{Text: "I removed the record", Start: -1}, false, 0, 0, 0},
		"empty":                 {triage.Quote{}, false, 0, 0, 0},
		"spliced":               {triage.Quote{Text: "I added ... I waited", Start: -1}, false, 0, 0, 0},
		"negative out of range": {triage.Quote{Message: -3, Text: "Then I waited", Start: 1 << 40}, true, 1, 20, 33},
	} {
		t.Run(name, func(t *testing.T) {
			ev, ok := ground.New(tick).Quote(tc.q)
			if ok != tc.ok || ev.Message != tc.message || ev.Start != tc.start || ev.End != tc.end {
				t.Fatalf("got %+v, %v", ev, ok)
			}
			if !ok {
				return
			}
			m := tick.N(ev.Message)
			if ev.Kind != triage.EvidenceQuote || ev.MessageID != m.ID || ev.Quote != m.Text[ev.Start:ev.End] {
				t.Errorf("evidence %+v does not point into %q", ev, m.Text)
			}
		})
	}
}

func TestValue(t *testing.T) {
	for _, tc := range []struct {
		value, quote string
		want         bool
	}{
		{"link.foxglove.example", "for Link.Foxglove.example.", true},
		{"foxglove.example", "for link.foxglove.example", false},
		{"foxglove.example", "for my-foxglove.example", false},
		{"foxglove.example", "mail ada@foxglove.example", true},
		{"10", "paid 10.50", false},
		{"10423", "order #10423, please", true},
		{"10423", "order 10422", false},
		{"Chrome", "a Chrome-based browser", true},
		{"Firefox", "in Chrome", false},
		{"", "in Chrome", false},
	} {
		g := ground.New(ticket(tc.quote))
		if got := g.Value(tc.value, []triage.Evidence{{Quote: tc.quote}}); got != tc.want {
			t.Errorf("%q in %q: %v", tc.value, tc.quote, got)
		}
	}
}

func TestNegatedOutside(t *testing.T) {
	for _, tc := range []struct {
		body, quote string
		want        bool
	}{
		{"I have not yet added the record.", "added the record", true},
		{"I haven’t added the record.", "added the record", true},
		{"I added the record.", "added the record", false},
		{"It is not on. I added the record.", "added the record", false},
		{"No, I added the record.", "added the record", false},
		{"I added the record. No luck so far", "I added the record.", false},
		{"I added the record no", "I added the record", true},
		{"Nie dodałem rekordu", "dodałem rekordu", true},
		{"Ich habe den Eintrag nicht gesetzt", "den Eintrag", true},
	} {
		g := ground.New(ticket(tc.body))
		ev, ok := g.Quote(triage.Quote{Text: tc.quote, Start: -1})
		if !ok || g.NegatedOutside(ev) != tc.want {
			t.Errorf("%q in %q: found %v, negated %v", tc.quote, tc.body, ok, !tc.want)
		}
	}
}

// Folding and searching stay linear: a megabyte takes far less than a second
// even where every position almost matches.
func TestMegabyte(t *testing.T) {
	for name, body := range map[string]string{
		"words":        strings.Repeat("added the record ", 1<<16),
		"one letter":   strings.Repeat("a", 1<<20),
		"accents":      "a" + strings.Repeat("\u0301", 1<<19),
		"line starts":  strings.Repeat(">\n", 1<<19),
		"attributions": strings.Repeat("On 1 x", 1<<17) + strings.Repeat("\nOn 1 x", 1<<17),
	} {
		t.Run(name, func(t *testing.T) {
			began := spent.Time()
			f := ground.Fold(body)
			f.Find(strings.Repeat("a", 500))
			f.Find("the record added")
			ground.Regions(body)
			if took := spent.Time() - began; took > 3*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzFind(f *testing.F) {
	f.Add("We added the CNAME “today” – x² ﬁne", 3, 12)
	f.Add("> quoted\r\n> line e\u0301\u200b\u0301", 2, 9)
	f.Add("İSTANBUL ≯ \u1e9b\u0323 가\u11a8", 0, 30)
	f.Fuzz(func(t *testing.T, body string, from, to int) {
		if !utf8.ValidString(body) || from < 0 || to > len(body) || from >= to {
			return
		}
		quote := strings.ToValidUTF8(body[from:to], "")
		for _, s := range ground.Fold(body).Find(quote) {
			got := body[s.Start:s.End]
			if !utf8.ValidString(got) {
				t.Fatalf("span %v cuts a rune of %q", s, body)
			}
			if again := ground.Fold(got).Find(quote); len(again) != 1 || again[0] != (ground.Span{Start: 0, End: len(got)}) {
				t.Fatalf("fold(%q) != fold(%q): %v", got, quote, again)
			}
		}
		end := 0
		for _, r := range ground.Regions(body) {
			if r.Start < end || r.End > len(body) || !utf8.ValidString(body[r.Start:r.End]) {
				t.Fatalf("region %v of %q", r, body)
			}
			end = r.End
		}
	})
}
