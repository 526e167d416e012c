package extract

import (
	"math/rand/v2"
	"strings"
	"testing"

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
		_, err := findObject(c.text, "matters", "claims")
		switch {
		case err == nil && c.code != "":
			t.Errorf("%.60q: no error, want %s", c.text, c.code)
		case err != nil && err.code != c.code:
			t.Errorf("%.60q: %v", c.text, err)
		}
	}
}

func TestRandomAnswers(t *testing.T) {
	model := testModel(fake.New(t), nil)
	readings := []triage.Reading{modelReading(), laterReading(model)}
	requests := []*request{model.render(readings[0]), model.render(readings[1])}
	rng := rand.New(rand.NewPCG(7, 7))
	understood := 0
	for i := range 4_000 {
		in, r := readings[i%2], requests[i%2]
		a, failure := decodeAnswer(fake.RandomAnswer(rng, r.conversation.Messages[0].Text+" C2 M1 It is set now."), false)
		if failure == nil {
			understood++
			p := newMapper(in, r).proposal(a)
			sane(t, in, p)
		}
	}
	if understood < 2_000 {
		t.Errorf("only %d of 4000 were answers at all", understood)
	}
}
