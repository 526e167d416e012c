package fake

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// Random answers anything, by a seed: prose, broken JSON, wild values, wrong
// shapes; and answers of the right shape whose quotes are true, cut out of
// their sentence, spliced, altered, made up, or taken from an agent, from
// quoted history or from the tickets it read before. It is safe for concurrent
// calls, which then share the sequence.
func Random(seed uint64) Behaviour {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 1))
	var before []string
	return func(w http.ResponseWriter, r *Request) {
		mu.Lock()
		g := newGibberish(rng, r.Last())
		g.before = before
		text := g.answer()
		if before = append(before, g.customer...); len(before) > 50 {
			before = append([]string(nil), before[len(before)-50:]...)
		}
		mu.Unlock()
		Answer(text)(w, r)
	}
}

// RandomAnswer returns one such answer to a conversation.
func RandomAnswer(rng *rand.Rand, conversation string) string {
	return newGibberish(rng, conversation).answer()
}

// gibberish makes values that are sometimes right.
type gibberish struct {
	*rand.Rand
	vocabulary []string // of the whole conversation
	customer   []string // what the customer wrote, by message
	agent      []string // what the others wrote
	history    []string // lines that somebody quoted
	before     []string // what other customers wrote
}

var writtenBy = regexp.MustCompile(`written by the (\w+)[^\n]*:\n<<<([^\n]+)\n`)

func newGibberish(rng *rand.Rand, conversation string) *gibberish {
	g := &gibberish{Rand: rng, vocabulary: strings.Fields(conversation)}
	for _, m := range writtenBy.FindAllStringSubmatchIndex(conversation, -1) {
		text, _, _ := strings.Cut(conversation[m[1]:], "\n"+conversation[m[4]:m[5]]+">>>")
		if conversation[m[2]:m[3]] == "customer" {
			g.customer = append(g.customer, text)
		} else {
			g.agent = append(g.agent, text)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, ">") {
				g.history = append(g.history, strings.Trim(line, "> \n"))
			}
		}
	}
	return g
}

// lists are the lists of an answer.
var lists = []string{"matters", "claims", "documents", "environment", "symptoms", "entities", "questions", "flags"}

func (g *gibberish) answer() string {
	answer := map[string]any{}
	wild := g.IntN(3) == 0
	for _, name := range []string{"language", "summary", "needs_staff", "urgency", "tone", "confidence"} {
		if answer[name] = g.scalar(); !wild {
			answer[name] = g.field(name)
		}
	}
	answer["request"] = g.item()
	for _, name := range lists {
		var list []any
		for range g.IntN(6) {
			switch {
			case name == "flags" && !wild:
				list = append(list, g.choice("instructions_in_text", "thanks_only", "automatic", "legal_threat"))
			case name == "questions" && !wild:
				list = append(list, g.quote())
			default:
				list = append(list, g.item())
			}
		}
		answer[name] = list
		if wild && g.IntN(12) == 0 {
			answer[name] = g.scalar()
		}
		if list == nil && (!wild || g.IntN(2) == 0) {
			answer[name] = []any{}
		}
	}
	text := encode(answer)
	switch g.IntN(14) {
	case 0:
		return text[:g.IntN(len(text))]
	case 1:
		return g.words()
	case 2:
		return "<think>{ " + g.words() + "</think>```json\n" + text + "\n```"
	}
	return text
}

// field is a value that fits its name.
func (g *gibberish) field(name string) any {
	switch name {
	case "language":
		return g.choice("en", "pl", "de", "ja")
	case "needs_staff":
		return g.IntN(2) == 0
	case "urgency":
		return g.choice("low", "normal", "high", "critical")
	case "tone":
		return g.choice("calm", "frustrated", "angry", "unknown")
	case "confidence":
		return g.Float64()
	}
	return g.choice(g.quote(), "See https://collect.attacker.example/"+g.words(), "Write to eve@attacker.example about it.", "The account key is KEY0123456789abcdef012345.")
}

func (g *gibberish) scalar() any {
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

func (g *gibberish) item() any {
	if g.IntN(10) == 0 {
		return g.scalar()
	}
	var quotes []any
	for range g.IntN(3) {
		quotes = append(quotes, map[string]any{"message": g.IntN(12) - 2, "text": g.quote()})
	}
	value := g.words()
	if len(quotes) > 0 && g.IntN(2) == 0 {
		value = run(g.Rand, strings.Fields(quotes[0].(map[string]any)["text"].(string)), 1)
	}
	return map[string]any{
		"text": g.quote(), "what": g.words(), "title": g.words(), "url": g.choice("", "https://collect.attacker.example/", g.words()), "quotes": quotes,
		"kind":      g.choice("setup", "broken", "billing", "browser", "os", "domain", "email", "url", "nonsense"),
		"state":     g.choice("done", "done", "failed", "planned", "not_done", "verified"),
		"procedure": g.choice("", "P1", "P1", "P2", "P3", "P9", "rm -rf"), "matter": g.IntN(5) - 1,
		"steps":  []any{g.choice("S1", "S2", "S3", "S4", "S99", "")},
		"asks":   []any{g.choice("S1", "S2", "S5")},
		"inputs": []any{map[string]any{"name": g.choice("link_domain", "domain", "nothing"), "value": value}},
		"value":  value, "confidence": g.NormFloat64(),
	}
}

// negators are words whose sentence says the opposite without them.
var negators = regexp.MustCompile(`(?i)\b(?:not|never|n't|nie|nicht|kein\w*|no)\s+`)

// quote is a quotation as a bad model may give it.
func (g *gibberish) quote() string {
	from := func(texts []string) string {
		if len(texts) == 0 {
			return g.words()
		}
		return run(g.Rand, strings.Fields(texts[g.IntN(len(texts))]), 1+g.IntN(12))
	}
	switch g.IntN(12) {
	case 0, 1, 2, 3:
		return from(g.customer)
	case 4:
		return from(g.agent)
	case 5:
		return from(g.history)
	case 6:
		return from(g.before)
	case 7:
		return from(g.customer) + g.choice(" ", " ... ", " and ", "\n") + from(g.customer)
	case 8:
		for _, text := range g.customer {
			if at := negators.FindAllStringIndex(text, -1); at != nil {
				return run(g.Rand, strings.Fields(text[at[g.IntN(len(at))][1]:]), -3)
			}
		}
	case 9:
		b := []byte(from(g.customer))
		if len(b) > 0 {
			b[g.IntN(len(b))] = "0123456789abcxyz"[g.IntN(16)]
		}
		return strings.ToValidUTF8(string(b), "")
	case 10:
		return g.choice("I have done every single step.", "We added the record and verified it.", "It is all set up on our side.", "", " ", ".")
	}
	return g.words()
}

// run is n words in a row from anywhere, for n < 0 the first -n.
func run(r *rand.Rand, words []string, n int) string {
	if len(words) == 0 {
		return ""
	}
	if n < 0 {
		return strings.Join(words[:min(-n, len(words))], " ")
	}
	from := r.IntN(len(words))
	return strings.Join(words[from:min(from+n, len(words))], " ")
}

// words is a run of the conversation's own words, or a mix of them.
func (g *gibberish) words() string {
	if len(g.vocabulary) == 0 {
		return ""
	}
	n := 1 + g.IntN(8)
	if g.IntN(2) == 0 {
		return run(g.Rand, g.vocabulary, n)
	}
	var mixed []string
	for range n {
		mixed = append(mixed, g.vocabulary[g.IntN(len(g.vocabulary))])
	}
	return strings.Join(mixed, " ")
}

func (g *gibberish) choice(of ...string) string { return of[g.IntN(len(of))] }
