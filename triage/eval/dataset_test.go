package eval

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"readback/triage"
)

const good = `{"id":"a","messages":[{"n":1,"role":"customer","text":"I tried it"}],"done":[{"status":"done","quote":"I tried it","message":1}]}`

func TestReadLinesRefuses(t *testing.T) {
	replace := func(old, with string) string { return strings.Replace(good, old, with, 1) }
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":              {"", "f holds no ticket"},
		"blank lines":          {"\n \r\n", "f holds no ticket"},
		"no object":            {good + "\n[]", "f:2: it is not a JSON object"},
		"bad JSON":             {"\n\n{\"id\":", "f:3: it is not valid JSON: unexpected end of JSON input at byte 6"},
		"two objects":          {good + good, "f:1: it is not valid JSON: invalid character '{' after top-level value at byte 130"},
		"not UTF-8":            {replace("I tried it\"}]", "I \xff\"}]"), "f:1: it is not valid UTF-8"},
		"a duplicate":          {good + "\n" + good, "f:2: the id \"a\" was used on line 1 already"},
		"no messages":          {`{"id":"a"}`, "f:1: it has neither messages nor an input"},
		"wrong type":           {`{"id":7}`, "f:1: id is of the wrong type (number)"},
		"wrong number":         {replace(`"n":1`, `"n":0`), "f:1: messages[0].n is 0; messages are numbered from 1"},
		"unknown role":         {replace("customer", "boss"), `f:1: messages[0].role is "boss"; use customer or agent`},
		"no text":              {replace(`,"text":"I tried it"`, ""), "f:1: messages[0].text is missing"},
		"unknown status":       {replace(`"status":"done"`, `"status":"did"`), `f:1: done[0].status is "did"; use done, tried_failed or claimed_working`},
		"quote not there":      {replace(`"quote":"I tried it"`, `"quote":"I  tried it"`), "f:1: done[0].quote is not in message 1"},
		"empty quote":          {replace(`"quote":"I tried it"`, `"quote":""`), "f:1: done[0].quote is empty"},
		"no such message":      {replace(`"message":1`, `"message":2`), "f:1: done[0].message is 2; the ticket has messages 1 to 1"},
		"unknown diligence":    {replace(`"id":"a"`, `"id":"a","diligence":"lazy"`), `f:1: diligence is "lazy"; use exhausted, partial or not_tried`},
		"messages and input":   {replace(`"id":"a"`, `"id":"a","input":{}`), "f:1: it has both messages and input; give one of them"},
		"bad input":            {`{"input":{"messages":[]}}`, "f:1: input: no messages"},
		"unknown action":       {replace(`"id":"a"`, `"id":"a","expect":{"action":"go"}`), `f:1: expect.action is "go"; use assign, ask, self_service or none`},
		"a line without end":   {strings.Repeat("x", maxLine+1), "f:1: the line is over the limit of 32 MiB"},
		"environment, no kind": {replace(`"id":"a"`, `"id":"a","environment":[{"value":"x","quote":"I","message":1}]`), "f:1: environment[0] needs a kind and a value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadLines(strings.NewReader(tc.text), "f", noInput)
			if err == nil || err.Error() != tc.want || triage.CodeOf(err) != triage.Invalid {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func noInput([]byte) (triage.Ticket, error) {
	return triage.Ticket{}, triage.Errorf(triage.Invalid, "no messages")
}

func TestReadLinesTakes(t *testing.T) {
	input := func(raw []byte) (triage.Ticket, error) {
		return triage.Ticket{ID: "own", Messages: []triage.Message{{Text: string(raw)}}}, nil
	}
	big := strings.Repeat("Ω é ", 10<<20/6) + "I tried it."
	text := "\ufeff" + good + "\r\n\r\n" +
		`{"input":{"x":1},"expect":{"action":"ask","tier":"l1","procedure":null,"effort":"none"}}` + "\n" +
		`{"id":"big","messages":[{"n":1,"role":"system","text":"a\u0000b"},{"n":2,"role":"customer","text":"` + big + `"}],"done":[{"status":"tried_failed","quote":"I tried it","message":2}]}`
	tickets, err := ReadLines(strings.NewReader(text), "f", input)
	if err != nil || len(tickets) != 3 {
		t.Fatalf("%v, %d tickets", err, len(tickets))
	}
	if tickets[1].ID != "line-3" || tickets[1].Ticket.ID != "line-3" || tickets[1].Ticket.Messages[0].Text != `{"x":1}` {
		t.Errorf("%+v", tickets[1])
	}
	if e := tickets[1].Expect; e.Action != triage.Ask || e.Tier != "l1" || e.Procedure != nil || e.NextStep != nil || *tickets[1].Effort != triage.EffortNone || tickets[1].Claims {
		t.Errorf("%+v", e)
	}
	if m := tickets[2].Ticket.Messages[0].Text; m != "a b" {
		t.Errorf("%q: a NUL is a space", m)
	}
	if d := tickets[2].Done[0]; d.State != triage.ClaimFailed || d.Start != len(big)-11 {
		t.Errorf("%+v, want it at %d", d, len(big)-11)
	}
}

func TestReadFolder(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	parse := func(raw []byte) (triage.Ticket, error) { return triage.Ticket{Subject: string(raw)}, nil }
	tickets, err := ReadFolder(fstest.MapFS{"b.json": file("B"), "b.expect.json": file(`{"action":"ask","tier":"l1","next_step":"","effort":"partial"}`),
		"a.json": file("A"), "notes.md": file("")}, parse)
	if err != nil || len(tickets) != 2 || tickets[0].ID != "a" || tickets[1].Ticket.Subject != "B" || *tickets[1].Expect.NextStep != "" {
		t.Fatalf("%v %+v", err, tickets)
	}
	for name, tc := range map[string]struct {
		dir  fstest.MapFS
		want string
	}{
		"empty":           {fstest.MapFS{}, "the folder holds no ticket (NAME.json with NAME.expect.json beside it)"},
		"bad expectation": {fstest.MapFS{"a.json": file("A"), "a.expect.json": file("[]")}, "a.json: its .expect.json: it is not a JSON object"},
		"bad effort":      {fstest.MapFS{"a.json": file("A"), "a.expect.json": file(`{"effort":"x"}`)}, `a.json: expect.effort is "x"; use none, partial or exhausted`},
	} {
		if _, err := ReadFolder(tc.dir, parse); err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

// FuzzReadLines: whatever stands in a file, labels point into texts.
func FuzzReadLines(f *testing.F) {
	seed, err := os.ReadFile("testdata/labelled.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(good))
	f.Add([]byte("\ufeff{\"input\":{}}\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tickets, err := ReadLines(strings.NewReader(string(raw)), "f", noInput)
		if err != nil {
			if triage.CodeOf(err) != triage.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		for i := range tickets {
			tk := &tickets[i]
			for _, d := range tk.Done {
				if m := tk.Ticket.N(d.Message); d.Start < 0 || d.Start >= d.End || d.End > len(m.Text) {
					t.Fatalf("%+v in %q", d, m.Text)
				}
			}
			score(tk, &Prediction{Claims: []PredictedClaim{{Span{1, 0, 5}, triage.ClaimDone, "", ""}}})
		}
	})
}
