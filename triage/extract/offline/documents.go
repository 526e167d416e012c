package offline

import (
	"regexp"
	"strings"

	"readback/triage"
)

var docHost = regexp.MustCompile(`(?i)://(?:[\w.-]*\.)?(?:docs?|help|support|learn|kb|wiki|knowledge|developers?|gist)\.|/(?:docs?|help|guides?|kb|articles?|how-?to|knowledge|setup|tutorials?|wiki|answers?)(?:[/-]|$)`)

// documents lists the help pages that the customer links, when the address
// looks like one or the words beside it call it a guide, and those they say
// they read or followed without a link.
func (r *reading) documents() []triage.ProposedDocument {
	var out []triage.ProposedDocument
	seen := map[string]bool{}
	named := -2 // index of the last sentence that speaks of a guide
	for i := range r.sentences {
		se := &r.sentences[i]
		g := grammarOf(r.languageOf(se.message))
		if se.pasted {
			continue
		}
		guide := r.namesGuide(se, g)
		linked := false
		for _, m := range urlShape.FindAllStringIndex(se.text, -1) {
			u := trimURL(se.text[m[0]:m[1]])
			topic := ""
			if r.in.Knowledge != nil {
				if p := r.in.Knowledge.ByURL(u); p != nil {
					topic = p.ID
				}
			}
			if seen[u] || topic == "" && !guide && named != i-1 && !docHost.MatchString(u) {
				continue
			}
			seen[u], linked = true, true
			out = append(out, triage.ProposedDocument{URL: u, Topic: topic,
				Quotes: []triage.Quote{{Message: se.message, Text: u, Start: se.start + m[0]}}})
		}
		if guide && !linked && !nextIsURL(r.sentences, i) && len(out) < mostItems {
			if d, ok := r.readGuide(se, g); ok {
				out = append(out, d)
			}
		}
		if guide {
			named = i
		}
	}
	return out
}

func nextIsURL(ss []sentence, i int) bool {
	return i+1 < len(ss) && strings.HasPrefix(ss[i+1].text, "http")
}

// namesGuide reports whether a sentence names a help page in its own words.
func (r *reading) namesGuide(se *sentence, g *grammar) bool {
	for _, w := range se.words {
		if !w.quoted && !w.punct && hasPrefix(w.low, g.guide) && w.low != "help" && w.low != "helps" && w.low != "helped" {
			return true
		}
	}
	return false
}

// readGuide is the document of a sentence that says it was read or followed:
// the clause that does.
func (r *reading) readGuide(se *sentence, g *grammar) (triage.ProposedDocument, bool) {
	for _, c := range g.clauses(se) {
		read, guide := false, ""
		for _, w := range c.words {
			read = read || hasPrefix(w.low, g.reading)
			if hasPrefix(w.low, g.guide) && w.low != "help" {
				guide = w.low
			}
		}
		if !read || guide == "" || c.hyp || c.voice == undone || c.voice == planned || se.question {
			continue
		}
		one := claimed{g: g, clauses: []clause{c}}
		start, end := one.span()
		return triage.ProposedDocument{Title: guide,
			Quotes: []triage.Quote{{Message: se.message, Text: r.text(se.message)[start:end], Start: start}}}, true
	}
	return triage.ProposedDocument{}, false
}
