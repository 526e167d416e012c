package offline

import (
	"slices"
	"strings"

	"readback/triage"
)

// announces reports whether a sentence is a heading, by its mark-up or because
// it is short and a list follows.
func announces(ss []sentence, i int) bool {
	return ss[i].heading && len(ss[i].words) <= 9 || len(ss[i].words) <= 6 && i+1 < len(ss) && ss[i+1].item && !strings.ContainsAny(ss[i].text, ".!?")
}

// listed makes an item under a heading such as "what we tried" an act, even
// when it is a gerund or a noun. It reports whether it did.
func (r *reading) listed(se *sentence, cs []clause, g *grammar) bool {
	if len(cs) > 0 && (se.ticked || se.crossed) && !cs[0].said() {
		if cs[0].voice = holds; se.crossed {
			cs[0].voice = undone
		}
		return true
	}
	if len(cs) == 0 || se.question {
		return false
	}
	head := " " + strings.Trim(se.under, ":*_#? ") + " "
	if se.item && !se.goesOn && se.under != "" && hasPhrase(head, g.checkedHeading) {
		if cs[0].voice != act {
			cs[0].voice, cs[0].failed = holds, false
			cs[0].words = se.words[indexOf(se.words, cs[0].words[0]):]
			return true
		}
		return false
	}
	if cs[0].voice == undone || cs[0].voice == planned {
		return false
	}
	came, told := g.arrow(se)
	if !told && (!se.item || se.goesOn || se.under == "" || !hasPhrase(head, g.triedHeading)) {
		return false
	}
	if hasPhrase(head, g.openHeading) {
		cs[0].voice = undone
		return true
	}
	tried := told || hasPhrase(head, g.attemptHeading)
	cs[0].listed = true
	if cs[0].said() && !told {
		cs[0].failed = cs[0].failed || tried && !saysWorks(cs) && !hasPrefix(cs[0].verb, g.check)
		return false
	}
	w := cs[0].words[0].low
	if !tried && !g.gerund(w) && !g.past(w) {
		return false
	}
	cs[0].voice, cs[0].verb, cs[0].about = act, w, writer
	for _, c := range cs[1:] {
		cs[0].failed = cs[0].failed || c.failed
	}
	switch {
	case came == works:
		cs[0].voice, cs[0].failed = works, false
	case tried && !saysWorks(cs) && !hasPrefix(w, g.check):
		cs[0].failed = true
	}
	cs[0].words = se.words[indexOf(se.words, cs[0].words[0]):]
	return true
}

// attempts reads a list in running text: "What I have tried so far: another
// browser; another network; a new template."
func (r *reading) attempts(se *sentence, g *grammar) []claimed {
	colon := slices.IndexFunc(se.words, func(w word) bool { return w.punct && w.low == ":" })
	if colon < 1 || colon > 10 || se.question {
		return nil
	}
	var head []string
	for _, w := range se.words[:colon] {
		head = append(head, w.low)
	}
	text := " " + strings.Join(head, " ") + " "
	if !hasPhrase(text, g.attemptHeading) || hasPhrase(text, g.openHeading) {
		return nil
	}
	rest, mark := se.words[colon+1:], ","
	if slices.ContainsFunc(rest, func(w word) bool { return w.punct && w.low == ";" }) {
		mark = ";"
	}
	var out []claimed
	for len(rest) > 0 {
		end := slices.IndexFunc(rest, func(w word) bool { return w.punct && w.low == mark })
		part := rest
		if end >= 0 {
			part, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		if slices.ContainsFunc(part, func(w word) bool { return !w.punct }) {
			c := clause{se: se, words: part, norm: " " + strings.ToLower(strings.Join(strings.Fields(r.text(se.message)[part[0].start:part[len(part)-1].end]), " ")) + " ",
				voice: act, verb: part[0].low, about: writer, listed: true, failed: true}
			next := r.newClaim(g, c)
			next.fixed = true
			out = append(out, next)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// remedies reads a sentence whose subject is what was tried: "removing the
// extension did not help", "a reset made no difference".
func (g *grammar) remedies(cs []clause) {
	if len(cs) == 0 || cs[0].said() || cs[0].hyp || cs[0].asks || cs[0].wish && !g.gerund(firstWord(&cs[0])) {
		return
	}
	for i := range cs {
		helped := hasPhrase(cs[i].norm, g.solved)
		if cs[i].asks || cs[i].hyp || !helped && !hasPhrase(cs[i].norm, g.useless) {
			if i > 0 && cs[i].said() {
				return
			}
			continue
		}
		first := firstWord(&cs[0])
		if first == "" || g.pronoun[first] || g.first[first] || g.third[first] || g.not[first] || g.when[first] || g.cut[first] || i == 0 && len(cs[0].words) < 4 {
			return
		}
		cs[0].voice, cs[0].verb, cs[0].about, cs[0].failed = act, first, writer, !helped
		if helped {
			cs[0].voice = works
		}
		for j := 1; j <= i; j++ {
			cs[j].voice = other
		}
		return
	}
}

// trials reads "if I pause the proxy, the site loads" as a test: it was done,
// for its outcome is told in the present and as a fact.
func (g *grammar) trials(cs []clause) {
	for i := range cs {
		if !cs[i].hyp || cs[i].about != writer || cs[i].wish || cs[i].asks || len(cs) < 2 {
			continue
		}
		first, main := i, i+1
		if main == len(cs) {
			first, main = i-1, i-1
		}
		if m := &cs[main]; !m.hyp && !m.wish && !m.asks && !m.failed && !m.hedged && (m.voice == works || g.tellsSuccess(m)) {
			cs[i].hyp, cs[i].voice, m.voice = false, other, other
			cs[first].voice, cs[first].verb = works, "works"
			return
		}
	}
}

func (g *grammar) tellsSuccess(c *clause) bool {
	return slices.ContainsFunc(c.words, func(w word) bool { return !w.quoted && (g.succeeds[w.low] || g.works[w.low]) })
}

func firstWord(c *clause) string {
	first, _, _ := strings.Cut(strings.TrimSpace(c.norm), " ")
	return first
}

func saysWorks(cs []clause) bool {
	return slices.ContainsFunc(cs, func(c clause) bool { return c.voice == works })
}

// arrow reads "Factory reset -> no change": what was done, and what came of
// it. A path through menus has arrows too, and no outcome behind the last.
func (g *grammar) arrow(se *sentence) (came voice, ok bool) {
	low := strings.ToLower(se.text)
	at := -1
	for _, mark := range []string{"->", "→", "=>"} {
		if i := strings.LastIndex(low, mark); i > 0 {
			at = max(at, i+len(mark))
		}
	}
	if at < 0 || len(se.text) > maxClaim {
		return other, false
	}
	after := " " + strings.Join(strings.FieldsFunc(low[at:], func(r rune) bool { return r == ' ' || strings.ContainsRune(".,;!()", r) }), " ") + " "
	switch {
	case hasPhrase(after, g.failed) || hasPhrase(after, g.nothing):
		return act, true
	case hasPhrase(after, g.fine):
		return works, true
	}
	return other, false
}

// onlyReads reports whether a clause says that a help page was read, which is a
// document and no step.
func (g *grammar) onlyReads(c *clause) bool {
	return c.verb == "read" || hasPrefix(c.verb, g.onlyReading) && slices.ContainsFunc(c.words, func(w word) bool { return hasPrefix(w.low, g.guide) && w.low != "help" })
}

// tellsOnset reports whether a clause says that a fault began, so that the
// "when" behind it is no attempt: "it broke when I imported the list".
func (g *grammar) tellsOnset(c *clause) bool {
	return slices.ContainsFunc(c.words, func(w word) bool { return hasPrefix(w.low, g.began) })
}

// onceWorked reports whether "it worked" tells of the time before the fault: of
// nothing that was done in the same breath, nor of another case.
func (g *grammar) onceWorked(c *clause, before []clause) bool {
	return !slices.ContainsFunc(before, func(b clause) bool { return b.voice == act }) && !hasPhrase(c.norm, g.contrast)
}

// failed notes an outcome told in the claim's own sentence.
func (c *claimed) failed(yes bool) {
	if yes && c.state == triage.ClaimDone && !c.whole && c.first().voice != works {
		c.state, c.fixed = triage.ClaimFailed, true
	}
}

// tells reports whether a clause about a fault speaks of the claim: always
// for a remedy, and for a step of a procedure only when it names nothing else.
func (r *reading) tells(c *claimed, fault clause) bool {
	if len(c.steps) == 0 {
		return true
	}
	f := strings.Fields(fault.norm)
	return fault.about == thing && !fault.it || hasPhrase(fault.norm, refused) && slices.ContainsFunc(f[:min(2, len(f))], func(w string) bool { return c.g.pronoun[w] })
}

// refused are the faults of a step itself, unlike "still", which speaks of the aim.
var refused = phrases("none of,is refused,are refused,fails,failed,does not work,did not work,never works,never matches,is rejected,was rejected,gives an error,without success,nie działa,nie działało,funktioniert nicht,schlägt fehl,no funciona,falla")

// outcome lets a sentence that tells of a fault speak of the remedies before
// it: of its paragraph, or of the whole message when it says "none of this".
func (r *reading) outcome(before []claimed, se *sentence, cs []clause, mine []claimed, g *grammar) []claimed {
	fault, all := false, false
	for _, c := range cs {
		if c.failed && !c.hyp && len(mine) == 0 {
			fault = true
		}
		all = all || fault && hasPhrase(c.norm, g.failedBy)
	}
	if !fault || se.question {
		return before
	}
	for i := range before {
		c := &before[i]
		f := c.first()
		if c.fixed || c.state != triage.ClaimDone || len(c.steps) > 0 || f.se.message != se.message ||
			f.voice != act || hasPrefix(f.verb, g.check) {
			continue
		}
		near := f.se.paragraph == se.paragraph || f.se.item
		if near && (all || hasPrefix(f.verb, g.remedy)) {
			c.state = triage.ClaimFailed
		}
	}
	return before
}
