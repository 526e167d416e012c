package fake

import (
	"encoding/json"
	"regexp"
	"strconv"
)

// reading is an answer with one matter and one claim.
func reading(message int, quote, procedure, step string) string {
	quotes := []any{map[string]any{"message": message, "text": quote}}
	return encode(map[string]any{
		"language": "en", "summary": "A reading by the fake model.", "needs_staff": false,
		"urgency": "normal", "tone": "calm", "confidence": 0.9,
		"request": map[string]any{"text": "A request.", "quotes": quotes},
		"matters": []any{map[string]any{"kind": "setup", "procedure": procedure, "inputs": []any{}, "confidence": 0.9}},
		"claims": []any{map[string]any{"quotes": quotes, "what": "did it", "state": "done", "matter": 1,
			"steps": []any{step}, "inputs": []any{}}},
		"documents": []any{}, "environment": []any{}, "symptoms": []any{}, "entities": []any{},
		"questions": []any{}, "flags": []any{},
	})
}

var fenced = regexp.MustCompile(`(?s)Message (\d+), written by the customer:\n<<<([^\n]+)\n(.*?)\n`)

// firstLine finds the first customer message in a rendered conversation.
func firstLine(conversation string) (n int, line string) {
	m := fenced.FindStringSubmatch(conversation)
	if m == nil {
		return 0, ""
	}
	n, _ = strconv.Atoi(m[1])
	return n, m[3]
}

func encode(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // built from strings, numbers, lists and maps
	}
	return string(body)
}
