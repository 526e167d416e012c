package route

import (
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// JoinWindow is how far apart the last words of two tickets may be for them to
// be one conversation.
const JoinWindow = 7 * 24 * time.Hour

// SameMatter reports whether two tickets of one customer may be one
// conversation: someone who began in the chat and goes on by mail. Both are
// about one procedure, and not about different inputs of it; or, where no
// procedure fits, of one kind and with a value or enough words in common. It is
// a proposal to a person, never more.
func SameMatter(a, b *triage.Result) bool {
	for i := range a.Matters {
		for j := range b.Matters {
			if sameMatter(a, &a.Matters[i], b, &b.Matters[j]) {
				return true
			}
		}
	}
	return false
}

func sameMatter(ra *triage.Result, a *triage.Matter, rb *triage.Result, b *triage.Matter) bool {
	if a.Kind == triage.KindSpam || b.Kind == triage.KindSpam || a.Procedure != b.Procedure {
		return false
	}
	if a.Procedure != "" {
		return !differ(a.Inputs, b.Inputs)
	}
	return a.Kind == b.Kind && (shareValue(&ra.Brief, &rb.Brief) || shareWords(&ra.Brief, &rb.Brief))
}

// differ reports whether an input of both has values, and none in common.
func differ(a, b map[string][]string) bool {
	for name, values := range a {
		if len(values) > 0 && len(b[name]) > 0 && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(b[name], v) }) {
			return true
		}
	}
	return false
}

// shareValue reports whether both name the same thing: a domain, an order. An
// address says who they are, and not what it is about.
func shareValue(a, b *triage.Brief) bool {
	return slices.ContainsFunc(a.Entities, func(x triage.Entity) bool {
		return x.Kind != "email" && slices.ContainsFunc(b.Entities, func(y triage.Entity) bool { return x.Kind == y.Kind && strings.EqualFold(x.Value, y.Value) })
	})
}

// leastShared is the share of the words of the shorter text that the other has
// too, and leastWords how many there must be.
const (
	leastShared = 0.5
	leastWords  = 3
)

// shareWords compares what they want and what they see, as the search index
// cuts it. Texts in two languages share few words.
func shareWords(a, b *triage.Brief) bool {
	x, y := words(a), words(b)
	common := 0
	for _, w := range x {
		if _, ok := slices.BinarySearch(y, w); ok {
			common++
		}
	}
	return common >= leastWords && float64(common) >= leastShared*float64(min(len(x), len(y)))
}

// words are the distinct terms of a brief, sorted.
func words(b *triage.Brief) []string {
	text := b.Request.Text
	for _, s := range b.Symptoms {
		text += "\n" + s.Text
	}
	terms := knowledge.Terms(text, b.Language)
	slices.Sort(terms)
	return slices.Compact(terms)
}
