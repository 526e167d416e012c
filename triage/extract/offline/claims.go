package offline

import (
	"slices"
	"strings"

	"readback/triage"
)

// A claimed is a claim in the making: one or more clauses of a sentence.
type claimed struct {
	g       *grammar
	clauses []clause
	steps   []string
	whole   bool // every step of a procedure
	state   triage.ClaimState
	fixed   bool     // the outcome was told in the same breath: later sentences do not change it
	alone   bool     // the only claim of its sentence
	tail    []clause // what the sentence adds: how it came out, why, on whose advice
}

func (c *claimed) first() *clause { return &c.clauses[0] }

// span is the byte range to quote: the act and what its sentence adds to it.
func (c *claimed) span() (start, end int) {
	start, end = c.core()
	if se := c.first().se; c.alone && end-start < fewestBytes && se.end-se.start <= maxClaim && !se.question {
		return se.start, se.end
	}
	for _, t := range c.tail {
		if t.end()-start > maxClaim {
			break
		}
		end = max(end, t.end())
	}
	return start, end
}

// core is the byte range of the act itself: without conjunctions and
// punctuation at the edges, and without a long text that it only repeats.
func (c *claimed) core() (start, end int) {
	se := c.first().se
	from := indexOf(se.words, c.first().words[0])
	last := c.clauses[len(c.clauses)-1].words
	to := indexAfter(se.words, last)
	words := se.words[from:to]
	for len(words) > 1 && (words[0].punct && !opensQuote(words[0].low) || c.g.leads(words[0].low)) {
		words = words[1:]
	}
	for len(words) > 1 && words[len(words)-1].punct && strings.Contains(",;:-–—(", words[len(words)-1].low) {
		words = words[:len(words)-1]
	}
	if words[len(words)-1].end-words[0].start > maxClaim {
		words = trimClaim(words)
	}
	return words[0].start, words[len(words)-1].end
}

// fewestBytes is the length under which a claim that stands alone in its
// sentence is quoted with all of it: "That's it" says nothing by itself.
const fewestBytes = 20

// maxClaim is the length of a quotation, in bytes, above which it is cut at
// the next comma or quotation.
const maxClaim = 160

func trimClaim(words []word) []word {
	for i, w := range words {
		if i > 0 && w.end-words[0].start > maxClaim/4 && (w.punct && strings.Contains(",;:–—“\"(", w.low)) {
			return words[:i]
		}
	}
	return words
}

func opensQuote(s string) bool { return strings.Contains("“\"„«`", s) }

var conjunctions = wordSet("and but so then however also because & i a ale oraz więc und aber y et mais e ma")

// leads reports whether a clause's quotation may begin after that word.
func (g *grammar) leads(w string) bool { return conjunctions[w] && g.cut[w] && !g.first[w] }

// claims reads every sentence of one message.
func (r *reading) claims(ss []sentence, g *grammar) []claimed {
	var out []claimed
	for i := range ss {
		if len(out) >= mostClaims {
			break // more are never kept
		}
		se := &ss[i]
		if se.pasted {
			if c, ok := r.command(se); ok {
				out = append(out, c)
			}
			continue
		}
		if tried := r.attempts(se, g); tried != nil {
			se.read = true
			out = append(out, tried...)
			continue
		}
		cs := g.clauses(se)
		if head := " " + strings.ToLower(strings.Trim(se.text, ":*_#? ")) + " "; announces(ss, i) && (hasPhrase(head, g.triedHeading) || hasPhrase(head, g.checkedHeading)) {
			continue // it announces what the lines below tell
		}
		if se.title && len(ss) > 1 {
			cs = slices.DeleteFunc(cs, func(c clause) bool { return c.voice == holds || c.when })
		}
		if r.vendorSpeech(se, cs) {
			continue
		}
		if r.listed(se, cs, g) {
			cs = cs[:1]
		}
		se.read = slices.ContainsFunc(cs, func(c clause) bool { return c.voice != silent || c.failed })
		g.remedies(cs)
		g.trials(cs)
		var next *sentence
		if i+1 < len(ss) && !ss[i+1].pasted && ss[i+1].paragraph == se.paragraph {
			next = &ss[i+1]
		}
		r.refuse(g, cs, se, next)
		mine := r.sentenceClaims(g, cs)
		out = r.outcome(out, se, cs, mine, g)
		out = append(out, mine...)
	}
	return out
}

// command reads a pasted shell prompt: who pastes "$ dig ..." has run it.
func (r *reading) command(se *sentence) (claimed, bool) {
	rest, ok := strings.CutPrefix(se.text, "$ ")
	if !ok || rest == "" {
		return claimed{}, false
	}
	w := []word{{start: se.start, end: se.end, low: se.text, quoted: true}}
	se.words = w
	return claimed{g: grammars["en"], clauses: []clause{{se: se, words: w, voice: act, verb: "$"}}, state: triage.ClaimDone, fixed: true}, true
}

// vendorSpeech reports whether a sentence is a pasted announcement of a
// vendor to its customer rather than the customer's own words.
func (r *reading) vendorSpeech(se *sentence, cs []clause) bool {
	low := strings.ToLower(se.text)
	return strings.Contains(low, "your account") && len(cs) > 0 && !strings.Contains(low, " my ") && !strings.Contains(low, " our ")
}

// sentenceClaims joins the clauses of one sentence into claims.
func (r *reading) sentenceClaims(g *grammar, cs []clause) []claimed {
	var out []claimed
	for i := range cs {
		c := r.byPhrase(cs[i])
		switch {
		case c.said(), c.voice == planned, c.voice == undone:
			next := r.newClaim(g, c)
			r.takesBack(&next, out)
			if next.state != triage.ClaimDone && next.state != triage.ClaimFailed && len(next.steps) == 0 {
				continue // plans and denials matter where a step is open
			}
			if len(next.steps) == 0 && c.voice == act && g.presses[c.verb] && c.failed {
				continue // the fault as it shows
			}
			if len(next.steps) == 0 && (c.voice == act && (hasPrefix(c.verb, g.background) && !c.listed || g.onlyReads(&c)) || c.voice == holds && (g.aboutTheirs(&c) || greets(c))) {
				continue
			}
			if c.voice == act && c.when && i > 0 && cs[i-1].voice == other && g.tellsOnset(&cs[i-1]) || c.voice == works && c.verb == "worked" && g.onceWorked(&c, cs[:i]) {
				continue
			}
			if n := len(out); n > 0 && i > 0 && r.belongs(&out[n-1], &next, cs[i-1]) {
				out[n-1].join(next)
				continue
			}
			if c.when && i > 0 && cs[i-1].voice == other && !cs[i-1].hyp && short(cs[i-1], c) {
				next.clauses = []clause{cs[i-1], c}
				next.failed(cs[i-1].failed)
			}
			out = append(out, next)
		case len(out) > 0 && c.voice == other && i > 0:
			last := &out[len(out)-1]
			end := last.clauses[len(last.clauses)-1]
			switch {
			case (end.when || hasPrefix(last.first().verb, contactVerbs)) && short(last.clauses[0], c) && end.end() <= c.start():
				last.clauses = append(last.clauses, c)
			case !c.hyp && !c.wish && !c.asks:
				last.tail = append(last.tail, c)
			}
			last.failed(c.failed && r.tells(last, c))
		}
	}
	if len(out) == 1 {
		out[0].alone = true
	}
	if n := len(cs); n > 0 && cs[n-1].outcome {
		for i := range out {
			out[i].failed(true)
		}
	}
	return out
}

func short(a, b clause) bool { return b.end()-a.start() <= maxClaim }

func (r *reading) newClaim(g *grammar, c clause) claimed {
	out := claimed{g: g, clauses: []clause{c}, state: c.state(), fixed: c.voice == works}
	text := r.textOf(c)
	lx := r.lexicon
	if lx == nil {
		return r.defaultState(g, out)
	}
	switch numbered := lx.numbered(text); {
	case c.refused:
		out.steps, out.state, out.fixed = lx.refused(g, text), triage.ClaimFailed, true
		return out
	case len(numbered) > 0:
		out.steps = numbered
	case r.wholeProcedure(g, c):
		out.steps, out.whole = lx.all(), true
	default:
		out.steps = lx.match(g, text)
	}
	if out.whole || len(out.steps) > 0 {
		if c.voice != act || !hasPrefix(c.verb, g.attempt) && !g.presses[c.verb] {
			if out.state == triage.ClaimFailed && !strings.Contains(c.norm, " fail") && !hasPhrase(c.norm, refused) {
				out.state = triage.ClaimDone // "still" and its like speak of the aim, not of this step
			}
			return out
		}
	}
	return r.defaultState(g, out)
}

// takesBack turns a claim of having undone something into one that its steps
// are not done; without steps of its own it speaks of those said before it.
func (r *reading) takesBack(c *claimed, before []claimed) {
	verb := c.first().verb
	if f := c.first(); f.words[0].low == "that" || len(f.words) > 1 && f.words[1].low == "that" {
		return // "... and that we deleted the list" is what something else says
	}
	if r.lexicon == nil || c.first().voice != act || !hasPrefix(verb, c.g.undo) || r.lexicon.does(verb) {
		return
	}
	if len(c.steps) == 0 {
		for _, b := range before {
			c.steps = append(c.steps, b.steps...)
		}
	}
	if len(c.steps) > 0 {
		c.state, c.fixed = triage.ClaimNotDone, true
	}
}

// defaultState: remedies that nobody lists once they have helped have failed.
func (r *reading) defaultState(g *grammar, c claimed) claimed {
	f := c.first()
	if c.state == triage.ClaimFailed && f.voice == act && hasPrefix(f.verb, g.looks) {
		c.state, c.fixed = triage.ClaimDone, true // looked, and found nothing
	}
	if c.state == triage.ClaimDone && f.voice == act && (hasPrefix(f.verb, g.troubleshoot) || hasPrefix(f.verb, g.attempt)) {
		c.state = triage.ClaimFailed
	}
	return c
}

// wholeProcedure reports whether a clause claims every step at once.
func (r *reading) wholeProcedure(g *grammar, c clause) bool {
	if hasPhrase(c.norm, g.allSteps) || g.lang == "ja" && containsAny(c.norm, wholeJA) {
		return true
	}
	if c.voice != act || g.lang != "en" || !hasPrefix(c.verb, []string{"follow", "complet", "implement"}) {
		return false
	}
	for _, w := range c.words {
		if hasPrefix(w.low, g.guide) && !w.quoted || strings.HasPrefix(w.low, "step") || r.isItsPage(w.low) {
			return true
		}
	}
	return false
}

// isItsPage reports whether a word is the address of the procedure's page.
func (r *reading) isItsPage(w string) bool {
	return strings.HasPrefix(w, "http") && r.in.Knowledge != nil && r.in.Knowledge.ByURL(w) == r.in.Knowledge.Procedure(r.lexicon.p.ID)
}

// textOf is what a clause says, with short quotations.
func (r *reading) textOf(c clause) string {
	text := r.text(c.se.message)[c.start():c.end()]
	if len(text) > 2*maxClaim {
		text = strings.ToValidUTF8(text[:2*maxClaim], "")
	}
	return text
}

// belongs reports whether b only continues a: the same act told in two verbs,
// or its outcome.
func (r *reading) belongs(a, b *claimed, before clause) bool {
	last := a.clauses[len(a.clauses)-1]
	if last.end() > b.first().start() || before.voice == other && before.start() != last.start() {
		return false
	}
	if a.state != b.state && !(a.state == triage.ClaimFailed && b.state == triage.ClaimDone) {
		return false
	}
	if len(a.steps) > 0 && len(b.steps) > 0 && !slices.Equal(a.steps, b.steps) {
		return false
	}
	f := b.first()
	first := strings.Fields(f.norm)
	if len(first) == 0 {
		return false
	}
	g := a.g
	if f.voice == holds && f.about == thing && (!g.state[f.verb] || g.and[first[0]]) && len(a.steps) == 0 && len(b.steps) == 0 && a.first().voice == act && hasPrefix(a.first().verb, g.check) {
		return true // what was found by looking
	}
	if f.voice == works && len(b.steps) == 0 {
		return g.and[first[0]] && len(first) > 1 && (g.pronoun[first[1]] || g.works[first[1]] || g.skip[first[1]]) // "... and it works"
	}
	if f.voice != act || !f.joined && !(g.and[first[0]] && len(first) > 1 && g.pronoun[first[1]]) {
		return false
	}
	for _, w := range first {
		if separate[w] {
			return false
		}
	}
	aStart, aEnd := a.span()
	object := slices.IndexFunc(first, func(w string) bool { return g.pronoun[w] })
	if len(f.words) > 4 && hasPrefix(f.verb, g.attempt) {
		return false // "es in Firefox versucht" is an attempt of its own
	}
	if object >= 0 && (first[object] != "that" || object == len(first)-1) || len(last.words) <= 3 {
		return true
	}
	conj := f.words[0].low
	return g.and[conj] && min(f.end()-f.start(), aEnd-aStart) < minConjunct
}

// minConjunct is the length in bytes from which "did this and did that" are
// two claims.
const minConjunct = 28

// separate are the words that announce one more act.
var separate = wordSet("even also then later afterwards finally additionally także również potem następnie dodatkowo auch además aussi anche")

func (c *claimed) join(b claimed) {
	c.clauses = append(c.clauses, b.clauses...)
	if len(c.steps) == 0 {
		c.steps, c.whole = b.steps, b.whole
	}
	if b.first().voice == works {
		c.state, c.fixed = triage.ClaimDone, true
	}
	if b.state == triage.ClaimFailed {
		c.state = triage.ClaimFailed
	}
}
