package guard

import (
	"slices"
	"strings"
	"testing"

	"readback/triage"
)

// A model's proposals become hints where they stand in draft and ticket, and
// nothing else: what is told already, invented, or a repeat that is right is
// left out and counted.
func TestAdd(t *testing.T) {
	thread := func(list ...string) *triage.Ticket {
		tk := &triage.Ticket{ID: "t"}
		for i, text := range list {
			role, text, _ := strings.Cut(text, ": ")
			tk.Messages = append(tk.Messages, triage.Message{Seq: int64(i + 1), Role: map[string]triage.Role{"c": triage.RoleCustomer, "a": triage.RoleAgent}[role], Text: text})
			tk.LastSeq++
		}
		return tk
	}
	const did = "c: The grill plate stays cold. I have swapped the fuse behind the flap, no change. I use the blue box at home."
	for name, tc := range map[string]struct {
		thread []string
		draft  string
		kind   Kind
		words  string // of the draft
		from   int    // message
		quote  string
		want   bool
	}{
		"in other words":          {[]string{did}, "Would you put a fresh cartridge into the holder?", RepeatsStep, "put a fresh cartridge into the holder", 1, "I have swapped the fuse behind the flap", true},
		"a question":              {[]string{did}, "Which of our models stands in your kitchen?", AsksKnown, "Which of our models stands in your kitchen?", 1, "I use the blue box", true},
		"not in the draft":        {[]string{did}, "Thank you.", RepeatsStep, "put a fresh cartridge in", 1, "I have swapped the fuse", false},
		"another kind":            {[]string{did}, "We close this now, bye.", ClosesUnconfirmed, "We close this now", 1, "no change", false},
		"an invented kind":        {[]string{did}, "Put a fresh cartridge in.", "escalate", "Put a fresh cartridge in", 1, "I have swapped the fuse", false},
		"an agent's words":        {[]string{did, "a: Please swap the fuse."}, "Put a fresh cartridge in.", RepeatsStep, "Put a fresh cartridge in", 2, "Please swap the fuse", false},
		"a guide that was sent":   {[]string{did, "a: Please read the booklet on grill plates."}, "Our little book about plates has it all.", ResendsDocument, "Our little book about plates", 2, "the booklet on grill plates", true},
		"which they ask for":      {[]string{did, "a: Please read the booklet.", "c: I lost it, please send it again."}, "Our little book has it all.", ResendsDocument, "Our little book", 2, "the booklet", false},
		"a recap":                 {[]string{did}, "You have already put a fresh cartridge in, thank you.", RepeatsStep, "put a fresh cartridge in", 1, "I have swapped the fuse", false},
		"only if not done":        {[]string{did}, "If you have not done so yet, put a fresh cartridge in.", RepeatsStep, "put a fresh cartridge in", 1, "I have swapped the fuse", false},
		"ours":                    {[]string{did}, "I will put a fresh cartridge into the spare.", RepeatsStep, "put a fresh cartridge into the spare", 1, "I have swapped the fuse", false},
		"after we changed it":     {[]string{did}, "I have reset the plate on our side. Please put a fresh cartridge in.", RepeatsStep, "put a fresh cartridge in", 1, "I have swapped the fuse", false},
		"it broke again":          {[]string{did, "a: We mended it.", "c: It worked for a week, but today it broke again."}, "Please put a fresh cartridge in.", RepeatsStep, "put a fresh cartridge in", 1, "I have swapped the fuse", false},
		"another name":            {[]string{"c: I emptied the zone of a.example."}, "Please wipe the zone of b.example.", RepeatsStep, "wipe the zone of b.example", 1, "I emptied the zone of a.example", false},
		"the same name":           {[]string{"c: I emptied the zone of a.example."}, "Kindly wipe everything at a.example.", RepeatsStep, "wipe everything at a.example", 1, "I emptied the zone of a.example", true},
		"a language without rule": {[]string{"c: Jag har bytt säkringen bakom luckan på grillen hemma i köket."}, "Var snäll och sätt i en ny propp i hållaren så att grillen blir varm igen.", RepeatsStep, "sätt i en ny propp", 1, "bytt säkringen", true},
	} {
		t.Run(name, func(t *testing.T) {
			tk, g := thread(tc.thread...), New(nil)
			c := Case{Ticket: tk, Draft: tc.draft}
			r := g.Check(c)
			had := slices.Clone(r.Findings)
			at := strings.Index(tk.N(tc.from).Text, tc.quote)
			if at < 0 {
				t.Fatal("the case is wrong")
			}
			p := Proposal{Kind: tc.kind, Draft: tc.words, Message: tc.from, Start: at, End: at + len(tc.quote)}
			g.Add(c, &r, Reading{Outcome: ModelRead, Name: "m", Proposals: []Proposal{p, p}})
			if got := r.Model.Added == 1; got != tc.want || r.Model.Added+r.Model.Dropped != 2 || len(r.Findings) != len(had)+r.Model.Added {
				t.Fatalf("added %d, dropped %d: %+v", r.Model.Added, r.Model.Dropped, r.Findings)
			}
			for i := range had {
				if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Key() == had[i].Key() && f.Level == had[i].Level && !f.Inferred }) {
					t.Errorf("%+v is gone", had[i])
				}
			}
			for _, f := range r.Findings {
				if f.Inferred && (f.Level != Hint || f.Evidence.Quote != tc.quote || tc.draft[f.Draft.Start:f.Draft.End] != tc.words || f.Text == "" || f.Fix == "" || strings.HasPrefix(f.Text, "guard.")) {
					t.Errorf("%+v", f)
				}
			}
			quiet := g.Check(c)
			c.Quiet = []string{QuietInferred(string(tc.kind))}
			if g.Add(c, &quiet, Reading{Outcome: ModelRead, Proposals: []Proposal{p}}); quiet.Model.Added != 0 {
				t.Error("a quiet kind is told")
			}
		})
	}
}

// What the rules found is told once, and stays as it was; a model that did not
// answer is told as such.
func TestAddOnce(t *testing.T) {
	tk := &triage.Ticket{Messages: []triage.Message{{Seq: 1, Role: triage.RoleCustomer, Text: "I cleared the cache of Firefox 128."}}, LastSeq: 1}
	g, c := New(nil), Case{Ticket: tk, Draft: "Please clear your cache. Which browser do you use?", Lang: "pl"}
	r := g.Check(c)
	if len(r.Findings) != 2 {
		t.Fatalf("%+v", r.Findings)
	}
	g.Add(c, &r, Reading{Outcome: ModelRead, Proposals: []Proposal{
		{RepeatsStep, "clear your cache", 1, 0, 19}, {AsksKnown, "Which browser", 1, 23, 35}, {RepeatsStep, "Please", 1, -1, 3}, {RepeatsStep, "Please", 9, 0, 3}, {RepeatsStep, "Please", 1, 5, 900}}})
	if len(r.Findings) != 2 || r.Hints != 2 || r.Model.Dropped != 5 {
		t.Errorf("%+v", r)
	}
	late := g.Check(c)
	g.Add(c, &late, Reading{Outcome: ModelLate})
	if len(late.Findings) != 2 || !strings.Contains(late.Model.Note, "nie odpowiedział na czas") {
		t.Errorf("%+v", late.Model)
	}
}
