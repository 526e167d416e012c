package fake

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
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

// Random answers anything, by a seed: prose, broken JSON, wild values, wrong
// shapes, true and invented quotes. It is safe for concurrent calls, which
// then share the sequence.
func Random(seed uint64) Behaviour {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 1))
	return func(w http.ResponseWriter, r *Request) {
		mu.Lock()
		text := RandomAnswer(rng, r.Last())
		mu.Unlock()
		Answer(text)(w, r)
	}
}

// RandomAnswer returns one such answer to a conversation.
func RandomAnswer(rng *rand.Rand, conversation string) string {
	g := gibberish{rng, strings.Fields(conversation)}
	answer := map[string]any{}
	for _, name := range []string{"language", "summary", "needs_staff", "urgency", "tone", "confidence"} {
		answer[name] = g.scalar()
	}
	answer["request"] = g.item()
	for _, name := range []string{"matters", "claims", "documents", "environment", "symptoms", "entities", "questions", "flags"} {
		var list []any
		for range rng.IntN(6) {
			list = append(list, g.item())
		}
		answer[name] = list
		if rng.IntN(12) == 0 {
			answer[name] = g.scalar()
		}
		if list == nil && rng.IntN(2) == 0 {
			answer[name] = []any{}
		}
	}
	text := encode(answer)
	switch rng.IntN(10) {
	case 0:
		return text[:rng.IntN(len(text))]
	case 1:
		return g.words()
	case 2:
		return "<think>{ " + g.words() + "</think>```json\n" + text + "\n```"
	}
	return text
}

// gibberish makes values that are sometimes right.
type gibberish struct {
	*rand.Rand
	vocabulary []string
}

func (g gibberish) scalar() any {
	switch g.IntN(8) {
	case 0:
		return nil
	case 1:
		return g.NormFloat64() * 1e9
	case 2:
		return g.IntN(2) == 0
	case 3:
		return []any{map[string]any{}}
	case 4:
		return g.choice("en", "normal", "calm", "S1", "P1", "setup", "done", "browser", "domain", "\x00\u202e\ufffd")
	}
	return g.words()
}

func (g gibberish) item() any {
	if g.IntN(10) == 0 {
		return g.scalar()
	}
	var quotes []any
	for range g.IntN(3) {
		quotes = append(quotes, map[string]any{"message": g.IntN(12) - 2, "text": g.words()})
	}
	return map[string]any{
		"text": g.words(), "what": g.words(), "title": g.words(), "url": g.words(), "quotes": quotes,
		"kind":      g.choice("setup", "broken", "billing", "browser", "os", "domain", "email", "nonsense"),
		"state":     g.choice("done", "failed", "planned", "not_done", "verified"),
		"procedure": g.choice("", "P1", "P1", "P2", "P9", "rm -rf"), "matter": g.IntN(5) - 1,
		"steps":  []any{g.choice("S1", "S2", "S3", "S4", "S99", "")},
		"inputs": []any{map[string]any{"name": g.choice("link_domain", "nothing"), "value": g.words()}},
		"value":  g.words(), "confidence": g.NormFloat64(),
	}
}

// words is a run of the conversation's own words, or a mix of them.
func (g gibberish) words() string {
	if len(g.vocabulary) == 0 {
		return ""
	}
	n := 1 + g.IntN(8)
	from := g.IntN(len(g.vocabulary))
	if g.IntN(2) == 0 {
		return strings.Join(g.vocabulary[from:min(from+n, len(g.vocabulary))], " ")
	}
	var mixed []string
	for range n {
		mixed = append(mixed, g.vocabulary[g.IntN(len(g.vocabulary))])
	}
	return strings.Join(mixed, " ")
}

func (g gibberish) choice(of ...string) string { return of[g.IntN(len(of))] }

func encode(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // built from strings, numbers, lists and maps
	}
	return string(body)
}
