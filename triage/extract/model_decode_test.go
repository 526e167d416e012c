package extract

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"readback/triage"
	"readback/triage/extract/fake"
)

func TestFindObject(t *testing.T) {
	const good = `{"matters": [], "claims": []}`
	cases := []struct{ text, code string }{
		{good, ""},
		{"```json\n" + good + "\n```", ""},
		{"Here is {the} answer: " + good + " I hope it helps {", ""},
		{"<think>{\"claims\": 1}</think>" + good, ""},
		{"still thinking {</think>\n" + good, ""},
		{`{"matters": [], "claims": [{"what": "</think> {"}]}`, ""},
		{`{"error": 1} ` + good, ""},
		{"", CodeEmpty},
		{"<think>for ever", CodeEmpty},
		{"no", CodeBadJSON},
		{strings.Repeat("{", 100_000), CodeBadJSON},
		{`{"matters": [], "claims": [`, CodeTruncated},
		{`{"matters": [], "claims": "abc`, CodeTruncated},
		{`{"a": 1}`, CodeWrongSchema},
		{`[1, 2]`, CodeBadJSON},
	}
	for _, c := range cases {
		_, err := findObject(c.text)
		switch {
		case err == nil && c.code != "":
			t.Errorf("%.60q: no error, want %s", c.text, c.code)
		case err != nil && err.code != c.code:
			t.Errorf("%.60q: %v", c.text, err)
		}
	}
}

// sane checks what holds for every proposal, whatever a model wrote.
func sane(t *testing.T, in triage.Reading, p triage.Proposal) {
	t.Helper()
	quotes := func(qs []triage.Quote) {
		for _, q := range qs {
			if q.Start != -1 || q.Message != 0 && in.Ticket.N(q.Message) == nil || !utf8.ValidString(q.Text) || q.Text == "" {
				t.Errorf("quote %+v", q)
			}
		}
	}
	if len(p.Matters) == 0 || p.Confidence < 0 || p.Confidence > 1 || strings.ContainsRune(p.Summary, 0) {
		t.Errorf("proposal %+v", p)
	}
	for _, m := range p.Matters {
		if m.Procedure != "" && in.Knowledge.Procedure(m.Procedure) == nil {
			t.Errorf("procedure %q", m.Procedure)
		}
	}
	for _, c := range p.Claims {
		if c.Matter < 0 || c.Matter >= len(p.Matters) || len(c.Quotes) == 0 {
			t.Fatalf("claim %+v", c)
		}
		for _, s := range c.Steps {
			if proc := in.Knowledge.Procedure(p.Matters[c.Matter].Procedure); proc == nil || proc.Step(s) == nil {
				t.Errorf("step %q", s)
			}
		}
		quotes(c.Quotes)
	}
	quotes(p.Request.Quotes)
}

func understand(in triage.Reading, text string) (triage.Proposal, bool) {
	a, err := decodeAnswer(text, false)
	if err != nil {
		return triage.Proposal{}, false
	}
	h, _ := offer(in.Candidates)
	return (&mapper{in: in, handles: h, vault: newVault("f00dca"), said: saidIn(in)}).proposal(a), true
}

func TestRandomAnswers(t *testing.T) {
	in := modelReading()
	rng := rand.New(rand.NewPCG(7, 7))
	understood := 0
	for range 4_000 {
		if p, ok := understand(in, fake.RandomAnswer(rng, in.Ticket.Messages[0].Text)); ok {
			understood++
			sane(t, in, p)
		}
	}
	if understood < 2_000 {
		t.Errorf("only %d of 4000 were answers at all", understood)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(richAnswer)
	f.Add("<think>{</think>```json\n{\"claims\": [null], \"matters\": [[]]}\n```")
	in := modelReading()
	f.Fuzz(func(t *testing.T, text string) {
		if p, ok := understand(in, text); ok {
			sane(t, in, p)
		}
	})
}
