package extract

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"readback/internal/spent"
	"readback/triage"
	"readback/triage/extract/fake"
)

// FuzzAnswer: whatever a model answers to a first or a later request, what is
// made of it is bounded and valid, names only what was on offer, and a later
// one loses nothing that was known.
func FuzzAnswer(f *testing.F) {
	f.Add(richAnswer)
	f.Add("<think>{</think>```json\n{\"claims\": [null], \"matters\": [[]]}\n```")
	f.Add(`{"claims":[{"id":"C2","quotes":[{"message":3e0,"text":"It is set now."}],"state":"done","matter":1,"steps":["S1"]}],"matters":[{"id":"m1"}]}`)
	f.Add(`<think>{"claims":[]}</think>{"matters":{},"claims":[]}`)
	f.Add(`{"matters":[null,1,"x",[],{"inputs":7}],"claims":[{"quotes":"no"},{"matter":1e999}],"request":[],"confidence":"high","needs_staff":"yes"}`)
	f.Add("{\"claims\":[],\"matters\":[],\"summary\":\"\\u0000\\ud800\u202e\"}")
	rng := rand.New(rand.NewPCG(3, 4))
	model := testModel(fake.New(f), nil)
	readings := []triage.Reading{modelReading("I added the CNAME for link.larch.example", "Did you?", "It is set now."), laterReading(model)}
	for range 20 {
		f.Add(fake.RandomAnswer(rng, "I added the CNAME for link.larch.example. It is set now. C2 C4 M1 P1 S1"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, failure := decodeAnswer(text, false)
		if failure != nil {
			return
		}
		for _, in := range readings {
			r := model.render(in)
			p := newMapper(in, r).proposal(a)
			sane(t, in, p)
			for _, id := range []string{"c2", "c4"} {
				if r.covered > 0 && !slices.ContainsFunc(p.Claims, func(c triage.ProposedClaim) bool { return c.ID == id }) {
					t.Errorf("%s is lost", id)
				}
			}
		}
	})
}

// sane demands what the pipeline relies on.
func sane(t *testing.T, in triage.Reading, p triage.Proposal) {
	t.Helper()
	most := maxAnswerItems + 10 // and what was carried
	if len(p.Matters) == 0 || max(len(p.Matters), len(p.Claims), len(p.Documents), len(p.Environment), len(p.Symptoms), len(p.Entities), len(p.Flags)) > most {
		t.Errorf("%d matters, %d claims", len(p.Matters), len(p.Claims))
	}
	if p.Confidence < 0 || p.Confidence > 1 || p.Info.Dropped < 0 {
		t.Errorf("confidence %v, dropped %d", p.Confidence, p.Info.Dropped)
	}
	steps := func(procedure string, ids []string) {
		for _, id := range ids {
			if proc := in.Knowledge.Procedure(procedure); proc == nil || proc.Step(id) == nil {
				t.Errorf("step %q of procedure %q", id, procedure)
			}
		}
	}
	ids := map[string]bool{}
	for _, m := range p.Matters {
		if !slices.Contains(triage.Kinds, m.Kind) || m.Procedure != "" && in.Knowledge.Procedure(m.Procedure) == nil || m.ID != "" && ids[m.ID] {
			t.Errorf("matter %+v", m)
		}
		ids[m.ID] = true
		steps(m.Procedure, m.Asks)
	}
	for _, c := range p.Claims {
		if c.Matter < 0 || c.Matter >= len(p.Matters) || !slices.Contains(claimStates, c.State) || c.ID != "" && ids[c.ID] {
			t.Fatalf("claim %+v", c)
		}
		ids[c.ID] = true
		if c.ID == "" {
			steps(p.Matters[c.Matter].Procedure, c.Steps)
		}
		quotesAreSane(t, in, c.Quotes)
	}
	for _, v := range slices.Concat(p.Environment, p.Entities) {
		quotesAreSane(t, in, v.Quotes)
	}
	for _, text := range append([]string{p.Summary, p.Request.Text, p.Language}, p.Questions...) {
		if len(text) > maxText || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\n") {
			t.Errorf("text %q", text)
		}
	}
}

func quotesAreSane(t *testing.T, in triage.Reading, quotes []triage.Quote) {
	t.Helper()
	if len(quotes) == 0 {
		t.Error("an item without a quote")
	}
	for _, q := range quotes {
		if len(q.Text) > maxQuote || !utf8.ValidString(q.Text) || q.Message != 0 && in.Ticket.N(q.Message) == nil {
			t.Errorf("quote %+v", q)
		}
	}
}

// TestHostileAnswers: sizes that a model which runs wild can reach cost no more
// than a moment, and are cut.
func TestHostileAnswers(t *testing.T) {
	repeat := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	quote := `{"message":3,"text":"It is set now."}`
	claim := `{"id":"C2","quotes":` + repeat(50, quote) + `,"what":"x","state":"done","matter":1,"steps":["S1"],"inputs":[]}`
	long, _ := json.Marshal(strings.Repeat("It is set now. ", 100_000))
	many := `{"message":3,"text":` + string(long) + `}`
	for name, text := range map[string]string{
		"10,000 claims":       fmt.Sprintf(`{"matters":[],"claims":%s}`, repeat(10_000, strings.Replace(claim, repeat(50, quote), "["+quote+"]", 1))),
		"10,000 matters":      fmt.Sprintf(`{"claims":[],"matters":%s}`, repeat(10_000, `{"id":"M1","kind":"broken","procedure":"P1"}`)),
		"50 quotes a claim":   fmt.Sprintf(`{"matters":[],"claims":%s}`, repeat(500, claim)),
		"10,000 inputs":       fmt.Sprintf(`{"claims":[],"matters":[{"procedure":"P1","inputs":%s}]}`, repeat(10_000, `{"name":"account","value":"set"}`)),
		"10,000 steps":        fmt.Sprintf(`{"matters":[],"claims":[{"quotes":[%s],"state":"done","matter":1,"steps":%s}]}`, quote, repeat(10_000, `"S1"`)),
		"a quote of 1.5 MB":   fmt.Sprintf(`{"matters":[],"claims":[{"quotes":[%s],"state":"done","matter":1}]}`, many),
		"a summary of 1.5 MB": fmt.Sprintf(`{"matters":[],"claims":[],"summary":%s,"questions":[%s,%s]}`, long, long, long),
		"10,000 questions":    fmt.Sprintf(`{"matters":[],"claims":[],"questions":%s,"flags":%s}`, repeat(10_000, `"?"`), repeat(10_000, `"automatic"`)),
	} {
		t.Run(name, func(t *testing.T) {
			model := testModel(fake.New(t), nil)
			began := spent.Time()
			for _, in := range []triage.Reading{modelReading("I added it", "Did you?", "It is set now."), laterReading(model)} {
				p := newMapper(in, model.render(in)).proposal(answerOf(t, text))
				sane(t, in, p)
			}
			if took := spent.Time() - began; took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
