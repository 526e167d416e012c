package extract

import (
	"context"
	"slices"
	"strings"
	"testing"

	"readback/triage"
)

func TestKeyword(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"a sentence with a word":  {"Hello. I updated the record. It fails!", []string{"I updated the record."}},
		"no negation, no tense":   {"I have not installed it", []string{"I have not installed it"}},
		"a line is a sentence":    {"- cleared the cache\n- nothing else\n", []string{"- cleared the cache"}},
		"two words, one sentence": {"I checked and changed it", []string{"I checked and changed it"}},
		"set up in two words":     {"We set up mail. We setup SPF? The set-up.", []string{"We set up mail.", "We setup SPF?"}},
		"whole words, any case":   {"ADDED it. readded it.", []string{"ADDED it."}},
		"a name is no end":        {"I added a.example to b.example.", []string{"I added a.example to b.example."}},
		"beside other alphabets":  {"Żółć — tried it…  ok", []string{"Żółć — tried it…  ok"}},
		"nothing":                 {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			tk := &triage.Ticket{Messages: []triage.Message{{Role: triage.RoleAgent, Text: tc.text}}}
			p, err := Keyword{}.Extract(context.Background(), triage.Reading{Ticket: tk})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range p.Claims {
				q := c.Quotes[0]
				if tc.text[q.Start:q.Start+len(q.Text)] != q.Text || q.Message != 1 || c.State != triage.ClaimDone {
					t.Errorf("%+v does not stand there", c)
				}
				got = append(got, q.Text)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A message of nothing but trigger words costs a bounded number of claims.
func TestKeywordIsBounded(t *testing.T) {
	tk := &triage.Ticket{Messages: []triage.Message{{Text: strings.Repeat("I tried it.\n", 5000)}}}
	p, _ := Keyword{}.Extract(context.Background(), triage.Reading{Ticket: tk})
	if len(p.Claims) != maxAnswerItems {
		t.Errorf("%d claims", len(p.Claims))
	}
}
