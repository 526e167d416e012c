package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// answer is what a model wrote, decoded item by item: one item of a wrong
// shape does not cost the others.
type answer struct {
	Language    string
	Request     answerText
	Matters     []answerMatter
	Claims      []answerClaim
	Documents   []answerDocument
	Environment []answerValue
	Symptoms    []answerText
	Entities    []answerValue
	NeedsStaff  *bool // nil when left out
	Effort      string
	Urgency     string
	Tone        string
	Questions   []string
	Flags       []string
	Summary     string
	Confidence  float64

	dropped int    // items of a wrong shape
	text    string // as it came
}

type answerQuote struct {
	Message json.Number `json:"message"`
	Text    string      `json:"text"`
}

type answerInput struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type answerText struct {
	Text   string        `json:"text"`
	Quotes []answerQuote `json:"quotes"`
}

type answerValue struct {
	Kind   string        `json:"kind"`
	Value  string        `json:"value"`
	Quotes []answerQuote `json:"quotes"`
}

type answerDocument struct {
	URL    string        `json:"url"`
	Title  string        `json:"title"`
	Quotes []answerQuote `json:"quotes"`
}

type answerMatter struct {
	ID         string        `json:"id"` // of a known matter, "" for a new one
	Kind       string        `json:"kind"`
	Procedure  string        `json:"procedure"`
	Inputs     []answerInput `json:"inputs"`
	Asks       []string      `json:"asks"`
	Confidence float64       `json:"confidence"`
}

type answerClaim struct {
	ID     string        `json:"id"` // of a known claim, "" for a new one
	Quotes []answerQuote `json:"quotes"`
	What   string        `json:"what"`
	State  string        `json:"state"`
	Matter json.Number   `json:"matter"`
	Steps  []string      `json:"steps"`
	Inputs []answerInput `json:"inputs"`
}

// decodeAnswer reads the JSON object in a model's text. cutOff says that the
// provider stopped it for its length. matters and claims must be lists; all
// else may be missing.
func decodeAnswer(text string, cutOff bool) (*answer, *callError) {
	object, err := findObject(text, "matters", "claims")
	if err != nil {
		if cutOff && (err.code == CodeBadJSON || err.code == CodeEmpty) {
			err = failed(CodeTruncated, "the answer ends before its JSON begins")
		}
		return nil, err
	}
	a := &answer{}
	for _, name := range []string{"matters", "claims"} {
		if raw := bytes.TrimSpace(object[name]); len(raw) == 0 || raw[0] != '[' {
			return nil, failed(CodeWrongSchema, "%s is not a list", name)
		}
	}
	a.Matters = items[answerMatter](a, object["matters"])
	a.Claims = items[answerClaim](a, object["claims"])
	a.Documents = items[answerDocument](a, object["documents"])
	a.Environment = items[answerValue](a, object["environment"])
	a.Symptoms = items[answerText](a, object["symptoms"])
	a.Entities = items[answerValue](a, object["entities"])
	a.Questions = items[string](a, object["questions"])
	a.Flags = items[string](a, object["flags"])
	for name, into := range map[string]any{"language": &a.Language, "request": &a.Request, "needs_staff": &a.NeedsStaff, "effort": &a.Effort,
		"urgency": &a.Urgency, "tone": &a.Tone, "summary": &a.Summary, "confidence": &a.Confidence} {
		if raw, ok := object[name]; ok && json.Unmarshal(raw, into) != nil {
			a.dropped++
		}
	}
	return a, nil
}

// items decodes a list; what is no list counts as one item of a wrong shape.
func items[T any](a *answer, raw json.RawMessage) []T {
	if raw == nil {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		a.dropped++
		return nil
	}
	var out []T
	for _, x := range list {
		var item T
		if json.Unmarshal(x, &item) != nil {
			a.dropped++
			continue
		}
		out = append(out, item)
	}
	return out
}

// maxStarts bounds how many braces in a model's prose are tried.
const maxStarts = 16

// findObject returns the first whole JSON object with one of the expected
// names: after a thought (<think>, reasoning models), inside a code fence or
// behind a sentence. What follows it is ignored.
func findObject(text string, names ...string) (map[string]json.RawMessage, *callError) {
	text = afterThought(strings.TrimSpace(text))
	if text == "" {
		return nil, failed(CodeEmpty, "the answer is empty")
	}
	err := failed(CodeBadJSON, "it is no JSON object")
	for range maxStarts {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			break
		}
		text = text[i:]
		var object map[string]json.RawMessage
		dec := json.NewDecoder(strings.NewReader(text))
		switch e := dec.Decode(&object); {
		case e == nil && slices.ContainsFunc(names, func(n string) bool { return object[n] != nil }):
			return object, nil
		case e == nil:
			err = failed(CodeWrongSchema, "it has no %s", strings.Join(names, " and no "))
			text = text[dec.InputOffset():]
			continue
		case errors.Is(e, io.ErrUnexpectedEOF):
			// Nothing whole can follow: what is open swallows the rest.
			return nil, failed(CodeTruncated, "the JSON ends early")
		}
		text = text[1:]
	}
	return nil, err
}

// afterThought cuts a reasoning block off the front. Some chat templates eat
// its opening tag; a JSON object that only quotes the tag is left alone.
func afterThought(text string) string {
	const open, end = "<think>", "</think>"
	if strings.HasPrefix(text, "{") {
		return text
	}
	i := strings.Index(text, end)
	if i >= 0 {
		return strings.TrimSpace(text[i+len(end):])
	}
	if strings.HasPrefix(text, open) {
		return "" // still thinking when it stopped
	}
	return text
}
