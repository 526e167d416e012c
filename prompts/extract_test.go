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
			Steps:  []Step{{"S1", "customer", "Order it", false}, {"S2", "staff", "Assign it", true}}, Settled: true}},
		Changes: []Change{{"2026-10-03", "Warm-up is gone", "It runs by itself now.", []string{"Warm up", "Pace"}}, {Date: "2026-10-01", Title: "New prices"}},
		Known: &Known{Covered: 8, Request: "Start", Summary: "So far.", Matters: []KnownMatter{{"M1", "setup", "P1", []string{"domain=a.example", "domain=b.example"}}, {ID: "M2", Kind: "other"}},
			Claims:    []KnownClaim{{"C1", "M1", "done", []string{"S1", "S2"}, 3, "a quote", "ordered it"}, {ID: "C2", Matter: "M2", State: "planned", Message: 5, Quote: "will", What: "do"}},
			Documents: []string{"a page", "another"}, Symptoms: []string{"502"}},
		Subject:  "{{.Fence}} <b>subject</b>",
		Messages: []Message{{1, "customer", "Good day\n```json\n{}\n```", 0, 2}, {9, "agent", "Ciao \u202eabc", 7, 0}},
	}
	for _, e := range versions() {
		t.Run(e.Version, func(t *testing.T) { request(t, e, c) })
	}
}

func request(t *testing.T, e *Extract, c Conversation) {
	turns, err := e.Turns(c, true)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, turn := range turns {
		fmt.Fprintf(&b, "======== %s\n%s\n", turn.Role, turn.Text)
	}
	golden := filepath.Join("testdata", "extract-"+e.Version+".golden.txt")
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

func newest(t *testing.T) *Extract {
	t.Helper()
	e, err := Version("")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestVersion(t *testing.T) {
	if e, err := Version("v1"); err != nil || e.Version != "v1" {
		t.Errorf("%v, %v", e, err)
	}
	if _, err := Version("v0"); err == nil || !strings.Contains(err.Error(), "v1, v2") {
		t.Errorf("v0: %v", err)
	}
}

func TestStaticPartComesFirst(t *testing.T) {
	a, _ := newest(t).Turns(Conversation{Fence: "a"}, false)
	b, _ := newest(t).Turns(Conversation{Fence: "b", Changes: []Change{{Title: "x"}}, Messages: []Message{{N: 1, Role: "customer", Text: "x"}}}, false)
	if last := len(a) - 1; !slices.Equal(a[:last], b[:last]) || a[last] == b[last] {
		t.Error("only the last turn may depend on the conversation")
	}
	later, _ := newest(t).Turns(Conversation{Fence: "c", Known: &Known{Covered: 1}}, false)
	if last := len(a) - 1; !slices.Equal(a[:last], later[:last]) || len(later) <= len(a) {
		t.Error("a later request begins as a first one does, and shows how to answer it")
	}
	if strings.Contains(a[0].Text, "additionalProperties") {
		t.Error("the schema is in the words although it was not asked for")
	}
}

func TestSamplesAreRight(t *testing.T) {
	e := newest(t)
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

// released holds the hash of each released version: such files never change
// (see the package comment).
var released = map[string]string{"v1": "249d0ae3d4bc", "v2": "8e3390dde369"}

func TestReleasedVersionsNeverChange(t *testing.T) {
	dirs, err := files.ReadDir("extract")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		e, err := load(dir.Name())
		if err != nil {
			t.Fatal(err)
		}
		if e.Hash != released[e.Version] {
			t.Errorf("%s has the hash %s, released was %q: make a new version instead", e.Version, e.Hash, released[e.Version])
		}
		delete(released, e.Version)
	}
	for version := range released {
		t.Errorf("%s is gone", version)
	}
}

// TestStaticPartIsShort bounds what every request pays for, by the rule of
// thumb of four bytes a token.
func TestStaticPartIsShort(t *testing.T) {
	turns, err := newest(t).Turns(Conversation{}, false)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, turn := range turns[:len(turns)-1] { // the last is the conversation's
		size += len(turn.Text)
	}
	t.Logf("static part: %d bytes, about %d tokens; schema: %d bytes", size, size/4, len(newest(t).Schema))
	if size > 4*3700 {
		t.Errorf("the static part has %d bytes", size)
	}
}

// TestSchemaIsStrict checks that every strict mode takes the schema. OpenAI
// wants every property required and nothing additional, and its tightest limits
// (those of older and fine-tuned models, and of Azure) are 100 properties, 500
// enum values, 15,000 bytes of names and values and five levels; it knows no
// bounds on length or number there. The grammars of llama.cpp and Ollama write
// properties in the order of the schema and know no more keywords reliably than
// these; neither shows the schema to the model, so the words explain each field.
func TestSchemaIsStrict(t *testing.T) {
	known := []string{"type", "properties", "required", "additionalProperties", "items", "enum"}
	enums, properties, names := 0, 0, 0
	var check func(s map[string]any, at string, depth int)
	check = func(s map[string]any, at string, depth int) {
		if depth > 5 {
			t.Errorf("%s: too deep", at)
		}
		for k := range s {
			if !slices.Contains(known, k) {
				t.Errorf("%s: keyword %s", at, k)
			}
		}
		if list, ok := s["enum"].([]any); ok {
			enums += len(list)
			for _, value := range list {
				names += len(value.(string))
			}
		}
		if items, ok := s["items"].(map[string]any); ok {
			check(items, at+"[]", depth)
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
			properties++
			names += len(name)
			if !strings.Contains(newest(t).system, "`"+name+"`") && !strings.Contains(string(newest(t).Samples[0].Answer), `"`+name+`":`) {
				t.Errorf("%s.%s: neither explained nor shown", at, name)
			}
			check(p.(map[string]any), at+"."+name, depth+1)
		}
	}
	check(decode(t, newest(t).Schema).(map[string]any), "", 1)
	if properties > 100 || enums > 500 || names > 15_000 {
		t.Errorf("%d properties, %d enum values, %d bytes of names", properties, enums, names)
	}
}

// TestSchemaOrder: a model that a grammar holds writes the properties in the
// schema's order, so the samples show that one, quotes come before what is made
// of them, and the judgements last.
func TestSchemaOrder(t *testing.T) {
	e := newest(t)
	for i, s := range e.Samples {
		if got, want := keys(t, s.Answer), keys(t, schemaPart(t, e.Schema, "properties")); !slices.Equal(got, want) {
			t.Errorf("example %d: %v, the schema says %v", i+1, got, want)
		}
	}
	claim := keys(t, schemaPart(t, e.Schema, "properties", "claims", "items", "properties"))
	if slices.Index(claim, "quotes") > slices.Index(claim, "state") {
		t.Errorf("claims are judged before they are quoted: %v", claim)
	}
	var sample struct{ Claims []json.RawMessage }
	if err := json.Unmarshal(e.Samples[0].Answer, &sample); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, sample.Claims[0]); !slices.Equal(got, claim) {
		t.Errorf("a claim is %v, the schema says %v", got, claim)
	}
}

func schemaPart(t *testing.T, data json.RawMessage, path ...string) json.RawMessage {
	t.Helper()
	for _, name := range path {
		var part map[string]json.RawMessage
		if err := json.Unmarshal(data, &part); err != nil {
			t.Fatal(err)
		}
		data = part[name]
	}
	return data
}

// keys returns the names of a JSON object in their order.
func keys(t *testing.T, object json.RawMessage) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(object)))
	var out []string
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestIDAndRepair(t *testing.T) {
	e := newest(t)
	if len(e.Hash) != 12 || e.ID() != Newest+" "+e.Hash {
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
