package circles

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// The kinds of items beside those of bounces.
const (
	steps   = "steps"
	links   = "links"
	reasked = "reasked"
)

// Kinds are all kinds of items.
var Kinds = []string{steps, links, reasked, restart, handover, reopened}

// Kind is what an item is: steps, links, reasked, restart, handover or reopened.
func (it *Item) Kind() string {
	switch {
	case it.Reason == restart || it.Reason == handover || it.Reason == reopened:
		return it.Reason
	case strings.HasPrefix(it.Reason, "guard.link"), it.Reason == "guard.inferred_sent":
		return links
	case strings.HasPrefix(it.Reason, "guard.known"), it.Reason == "guard.inferred_known":
		return reasked
	}
	return steps
}

// Verdict is a person's word that an item is no repeat.
type Verdict struct {
	Message string // id of the answer
	Start   int    // where in it the item's reply begins, in bytes
	Kind    string // of the item
	Words   string // SHA-256 of what is repeated there
}

// Verdict names an item, so that a person can say it.
func (it *Item) Verdict() Verdict {
	return Verdict{Message: it.answer, Start: it.Reply.Start, Kind: it.Kind(), Words: it.words()}
}

// words stand for what an item repeats: the page, or the words of the answer
// without case and spaces.
func (it *Item) words() string {
	text := it.About
	if it.Kind() != links {
		text = strings.ToLower(strings.Join(strings.Fields(it.Reply.Quote), " "))
	}
	sum := sha256.Sum256([]byte(it.Kind() + "\x00" + text))
	return hex.EncodeToString(sum[:])
}

// alike is in how many answers the same words must be said to be no repeat
// before they are none anywhere: a page that stands in every footer, a
// sentence that only sounds like an instruction. One word is about one answer.
const alike = 2

// Verdicts are all that people said. A nil one sets nothing aside.
type Verdicts struct {
	exact map[Verdict]bool
	words map[string]bool
}

// NewVerdicts learns from what people said.
func NewVerdicts(list []Verdict) *Verdicts {
	v := &Verdicts{exact: map[Verdict]bool{}, words: map[string]bool{}}
	answers := map[string]map[string]bool{}
	for _, x := range list {
		if answers[x.Words] == nil {
			answers[x.Words] = map[string]bool{}
		}
		answers[x.Words][x.Message] = true
		v.words[x.Words] = len(answers[x.Words]) >= alike
		x.Words = ""
		v.exact[x] = true
	}
	return v
}

// setAside reports whether an item is left out, and counts it.
func (v *Verdicts) setAside(it *Item, n *int) bool {
	if v == nil || len(v.exact) == 0 {
		return false
	}
	x := Verdict{Message: it.answer, Start: it.Reply.Start, Kind: it.Kind()}
	if !v.exact[x] && !v.words[it.words()] {
		return false
	}
	*n++
	return true
}
