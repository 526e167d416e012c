package prompts

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRequest compares a whole rendered request with its golden file.
func TestRequest(t *testing.T) {
	c := Conversation{
		Platform: "Postcove", OwnNames: []string{"postcove.example", "pcv.example"}, Fence: "f00dcafe",
		Procedures: []Procedure{{Handle: "P1", Title: "Warm up an address", Asks: []string{"first", "second"},
			Inputs: []Input{{"address", "ip", false}, {"domain", "domain", true}},
			Steps:  []Step{{"S1", "customer", "Order it", false}, {"S2", "staff", "Assign it", true}}}},
		Subject:  "{{.Fence}} <b>subject</b>",
		Messages: []Message{{1, "customer", "Good day\n```json\n{}\n```", 0, 2}, {9, "agent", "Ciao \u202eabc", 7, 0}},
	}
	turns, err := ExtractV1().Turns(c, true)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, turn := range turns {
		fmt.Fprintf(&b, "======== %s\n%s\n", turn.Role, turn.Text)
	}
	golden := filepath.Join("testdata", "extract-v1.golden.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the rendered request differs from %s; run with -update and read the difference", golden)
	}
}

func TestStaticPartComesFirst(t *testing.T) {
	a, _ := ExtractV1().Turns(Conversation{Fence: "a"}, false)
	b, _ := ExtractV1().Turns(Conversation{Fence: "b", Messages: []Message{{N: 1, Role: "customer", Text: "x"}}}, false)
	if last := len(a) - 1; !slices.Equal(a[:last], b[:last]) || a[last] == b[last] {
		t.Error("only the last turn may depend on the conversation")
	}
	if strings.Contains(a[0].Text, "additionalProperties") {
		t.Error("the schema is in the words although it was not asked for")
	}
}

func TestSamplesAreRight(t *testing.T) {
	e := ExtractV1()
	if len(e.Samples) < 2 {
		t.Fatalf("%d examples", len(e.Samples))
	}
	schema := decode(t, e.Schema).(map[string]any)
	for i, s := range e.Samples {
		answer := decode(t, s.Answer)
		if err := fits(answer, schema, "answer"); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
		texts := map[float64]Message{}
		for _, m := range s.Conversation.Messages {
			texts[float64(m.N)] = m
		}
		walk(answer, func(item map[string]any) {
			quotes, ok := item["quotes"].([]any)
			if !ok {
				return
			}
			if len(quotes) == 0 {
				t.Errorf("example %d: an item without a quote: %v", i+1, item)
			}
			value, _ := item["value"].(string)
			for _, q := range quotes {
				q := q.(map[string]any)
				text := q["text"].(string)
				m := texts[q["message"].(float64)]
				if text == "" || !strings.Contains(m.Text, text) || m.Role != "customer" {
					t.Errorf("example %d: %q is not verbatim in a customer's message", i+1, text)
				}
				if !strings.Contains(text, value) {
					t.Errorf("example %d: value %q is not in its quote %q", i+1, value, text)
				}
			}
		})
		checkHandles(t, s)
	}
}

// checkHandles demands that every claim names steps of its own matter's procedure.
func checkHandles(t *testing.T, s Sample) {
	var a struct {
		Matters []struct{ Procedure string }
		Claims  []struct {
			Matter int
			Steps  []string
		}
	}
	if err := json.Unmarshal(s.Answer, &a); err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Claims {
		of := a.Matters[c.Matter-1].Procedure
		for _, handle := range c.Steps {
			if !slices.ContainsFunc(s.Conversation.Procedures, func(p Procedure) bool {
				return p.Handle == of && slices.ContainsFunc(p.Steps, func(st Step) bool { return st.Handle == handle })
			}) {
				t.Errorf("step %s is not of procedure %q", handle, of)
			}
		}
	}
}

// TestSchemaIsStrict checks the rules of the OpenAI strict subset: every
// property required, nothing additional, known keywords only, at most 1,000
// enum values and ten levels.
func TestSchemaIsStrict(t *testing.T) {
	known := []string{"type", "properties", "required", "additionalProperties", "items", "enum"}
	enums := 0
	var check func(s map[string]any, at string, depth int)
	check = func(s map[string]any, at string, depth int) {
		if depth > 10 {
			t.Errorf("%s: too deep", at)
		}
		for k := range s {
			if !slices.Contains(known, k) {
				t.Errorf("%s: keyword %s", at, k)
			}
		}
		if list, ok := s["enum"].([]any); ok {
			enums += len(list)
		}
		if items, ok := s["items"].(map[string]any); ok {
			check(items, at+"[]", depth+1)
		}
		if s["type"] != "object" {
			return
		}
		props := s["properties"].(map[string]any)
		if s["additionalProperties"] != false || len(s["required"].([]any)) != len(props) {
			t.Errorf("%s: not strict", at)
		}
		for _, name := range s["required"].([]any) {
			if props[name.(string)] == nil {
				t.Errorf("%s: %s is required and unknown", at, name)
			}
		}
		for name, p := range props {
			check(p.(map[string]any), at+"."+name, depth+1)
		}
	}
	check(decode(t, ExtractV1().Schema).(map[string]any), "", 0)
	if enums > 1000 {
		t.Errorf("%d enum values", enums)
	}
}

func TestIDAndRepair(t *testing.T) {
	e := ExtractV1()
	if len(e.Hash) != 12 || e.ID() != "v1 "+e.Hash {
		t.Errorf("id %q", e.ID())
	}
	if s, err := e.Repair("it is no JSON object"); err != nil || !strings.Contains(s, "it is no JSON object") {
		t.Errorf("repair %q, %v", s, err)
	}
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, x := range v {
			walk(x, visit)
		}
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	}
}

// fits checks a value against the few schema keywords in use.
func fits(v any, s map[string]any, at string) error {
	if list, ok := s["enum"].([]any); ok && !slices.Contains(list, v) {
		return fmt.Errorf("%s: %v is not in the list", at, v)
	}
	ok := true
	switch s["type"] {
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "number", "integer":
		_, ok = v.(float64)
	case "array":
		list, isList := v.([]any)
		for _, x := range list {
			if err := fits(x, s["items"].(map[string]any), at+"[]"); err != nil {
				return err
			}
		}
		ok = isList
	case "object":
		m, isMap := v.(map[string]any)
		if !isMap || len(m) != len(s["required"].([]any)) {
			return fmt.Errorf("%s: %d properties", at, len(m))
		}
		for name, p := range s["properties"].(map[string]any) {
			if err := fits(m[name], p.(map[string]any), at+"."+name); err != nil {
				return err
			}
		}
	}
	if !ok {
		return fmt.Errorf("%s: %v is no %v", at, v, s["type"])
	}
	return nil
}
