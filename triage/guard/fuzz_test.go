package guard

import (
	"testing"
	"unicode/utf8"

	"readback/triage"
)

// Whatever is written, ranges lie in the draft, quotations in the ticket, and
// what was found is told.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"shaping.jsonl", "fresh.jsonl"} {
		for _, d := range drills(f, name) {
			f.Add(d.Messages[0].Text, d.Messages[len(d.Messages)-1].Text, d.Draft)
		}
	}
	f.Add("https://a.example/b?x=%zz#", "> quoted\n\xff", "see https://a.example/b?x=%zz\n1. 2. 3.\n- do:\n- l'")
	g := New(nil)
	f.Fuzz(func(t *testing.T, first, last, draft string) {
		if !utf8.ValidString(first) || !utf8.ValidString(last) || !utf8.ValidString(draft) {
			t.Skip()
		}
		tk := &triage.Ticket{Messages: []triage.Message{{Role: triage.RoleCustomer, Text: first}, {Role: triage.RoleAgent, Text: draft}, {Role: triage.RoleCustomer, Text: last}}}
		r := g.Check(Case{Ticket: tk, Draft: draft})
		if r.Stops+r.Hints != len(r.Findings) {
			t.Errorf("%d stops, %d hints, %d findings", r.Stops, r.Hints, len(r.Findings))
		}
		for _, x := range r.Findings {
			if x.Draft.Start < 0 || x.Draft.Start >= x.Draft.End || x.Draft.End > len(draft) || !utf8.ValidString(draft[x.Draft.Start:x.Draft.End]) || x.Text == "" || x.Text == x.Code || x.Fix == x.Code+".fix" || x.Key() == "" {
				t.Errorf("%+v", x)
			}
			if ev := x.Evidence; ev != nil && ev.Message > 0 && ev.Kind == triage.EvidenceQuote && tk.N(ev.Message).Text[ev.Start:ev.End] != ev.Quote {
				t.Errorf("%+v is not where it says", ev)
			}
		}
		g.Past(tk)
	})
}
