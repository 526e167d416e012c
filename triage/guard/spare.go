package guard

import (
	"slices"
	"strings"

	"readback/triage"
)

// Spared is what an answer need not ask or send, because it is there: the same
// knowledge that findings rest on.
type Spared struct {
	Ask  []SparedFact // by topic, in the order of the constants
	Send []SparedPage // pages that they read or were sent
}

// SparedFact is something the customer gave, or that is known without them.
type SparedFact struct {
	Topic  string   // browser, os, domain ... (guard.topic.* of the catalogue)
	Values []string // at most two; none of a picture or a text
}

// SparedPage is a page and how they came to it.
type SparedPage struct {
	URL  string // without scheme and what does not matter
	Read bool   // they say that they read it; else it was sent to them
}

// Spare lists what need not be asked or sent again. r may be nil.
func (g *Guard) Spare(t *triage.Ticket, r *triage.Result) Spared {
	h := g.history(t, r)
	var out Spared
	for _, tp := range []topic{topicBrowser, topicOS, topicDevice, topicVersion, topicPlan, topicDomain, topicAccount, topicOrder, topicError, topicScreenshot} {
		if tp == topicScreenshot || tp == topicError {
			if slices.ContainsFunc(h.values, func(v value) bool { return v.topic == tp }) {
				out.Ask = append(out.Ask, SparedFact{Topic: string(tp)})
			}
			continue
		}
		values := []string{}
		for i := range h.values {
			if v := &h.values[i]; v.topic == tp && v.text != "" && !slices.Contains(values, short(v.text)) {
				values = append(values, short(v.text))
			}
		}
		if values = fullest(values); len(values) > 0 {
			out.Ask = append(out.Ask, SparedFact{Topic: string(tp), Values: values[:min(len(values), 2)]})
		}
	}
	seen := map[string]int{}
	for i := range h.links {
		l := &h.links[i]
		if l.by == triage.RoleCustomer && !l.read {
			continue // an address of theirs
		}
		if at, ok := seen[l.key]; ok {
			out.Send[at].Read = out.Send[at].Read || l.read
			continue
		}
		seen[l.key] = len(out.Send)
		out.Send = append(out.Send, SparedPage{URL: l.key, Read: l.read})
	}
	return out
}

// fullest leaves out what another value says with more: "Firefox" beside
// "Firefox 128".
func fullest(values []string) []string {
	var out []string
	for _, v := range values {
		if !slices.ContainsFunc(values, func(w string) bool { return len(w) > len(v) && strings.EqualFold(w[:len(v)], v) }) {
			out = append(out, v)
		}
	}
	return out
}
