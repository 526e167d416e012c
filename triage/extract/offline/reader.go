package offline

import (
	"slices"
	"strings"

	"readback/triage"
)

// reader is the state of reading one piece from left to right.
type reader struct {
	g       *grammar
	c       *clause
	carried clause
	item    bool // of a list, or a sentence short enough for note style
	lead    int  // content words before the current one
	subj    subject
	sinceS  int // content words since the subject
	not     bool
	denied  bool // a denial stood before an act of anybody but a third party
	perfect bool
	be      int  // content words since a form of be, -1 for none
	present bool // the form of be is of the present
	future  bool
	wish    bool
	able    bool
	can     bool // able by "can", which also offers
	hedge   bool
	since   bool // opened by after, by, including
	order   bool // opened by a bare verb: an order, no statement
	unsure  bool
	colon   bool // "TLS: have not done that": the writer is left out
	it      bool // the subject is a pronoun for a thing
	prev    string
}

// read decides what one piece says.
func (g *grammar) read(se *sentence, words []word, carried clause) clause {
	c := clause{se: se, words: words}
	var norm strings.Builder
	norm.WriteByte(' ')
	for _, w := range words {
		if !w.quoted && !w.punct && !strings.HasPrefix(w.low, "@") {
			norm.WriteString(w.low)
			norm.WriteByte(' ')
		}
	}
	c.norm = norm.String()
	c.failed = hasPhrase(c.norm, g.failed) || hasPhrase(c.norm, g.failedBy)
	c.outcome = strings.Count(c.norm, " ") == 2 && hasPhrase(c.norm, g.nothing) // "..., nothing."
	r := reader{g: g, c: &c, carried: carried, be: -1, item: se.item || len(se.words) <= 24 || len(words) <= 9 && noteStyle(se, words)}
	r.unsure = hasPhrase(c.norm, g.unsure) ||
		carried.se != nil && !carried.said() && hasPhrase(carried.norm, g.unsure) // mam nadzieję, że ...
	for i, w := range words {
		if w.punct || strings.HasPrefix(w.low, "@") {
			if w.low == ":" {
				r.colon, r.sinceS = true, 0
			}
			continue
		}
		if w.quoted {
			r.lead++
			r.sinceS++
			continue
		}
		if r.word(w.low, next(words, i)) {
			break
		}
		r.prev = w.low
	}
	r.close()
	return c
}

// noteStyle reports whether a piece stands between commas or the like.
func noteStyle(se *sentence, words []word) bool {
	i := indexOf(se.words, words[0])
	return i > 0 && se.words[i-1].punct && strings.Contains(",:;", se.words[i-1].low)
}

func next(words []word, i int) string {
	for _, w := range words[i+1:] {
		if !w.punct {
			return w.low
		}
	}
	return ""
}

// word reads one word; true ends the piece: its statement is known.
func (r *reader) word(w, next string) bool {
	g := r.g
	if r.lead == 0 && r.opening(w, next) {
		return false
	}
	if r.lead == 0 && r.subj == nobody && g.imperative[w] && !g.not[next] {
		r.order = true
	}
	switch {
	case g.first[w]:
		r.newSubject(writer)
	case g.mine[w] && g.own[next]:
		r.newSubject(writer)
		r.sinceS = -1 // the person's name is no content
	case g.pronoun[w] && g.third[w] && g.be[next] && !g.preposition[r.prev]:
		r.newSubject(thing)
		r.it = true
	case g.third[w] && !g.preposition[r.prev] && !(g.pronoun[w] && (r.future || r.wish || r.able)):
		r.newSubject(somebody)
	case g.pronoun[w] && r.lead == 0:
		r.newSubject(thing)
	case g.not[w]:
		r.not = true
		r.denied = r.denied || r.subj != somebody
	case g.hedge[w]:
		r.hedge = true
	case g.future[w] && !(w == "plan" && !g.first[r.prev] && !g.skip[r.prev]): // "the free plan" is no intention
		r.future = true
	case g.wish[w]:
		r.wish = true
	case r.verb(w, next):
		return true
	case g.perfect[w] && (r.subj == writer || g.lang != "en" || r.lead == 0 && r.carried.about == writer || r.colon && r.subj == nobody):
		r.perfect = true
	case g.be[w]:
		r.be, r.present = 0, g.present[w]
	case g.able[w] && r.subj == writer:
		r.able, r.can = true, w != "able"
	case !g.skip[w]:
		r.lead++
		r.sinceS++
		if r.be >= 0 {
			r.be++
		}
	}
	return false
}

// opening reads the conjunctions at the head of a piece.
func (r *reader) opening(w, next string) bool {
	g := r.g
	matched := false
	if g.onset[w] && next != "then" && next != "" {
		r.c.onset, matched = true, true
	}
	if g.hyp[w] && r.subj == nobody {
		r.c.hyp, matched = true, true
	}
	if g.when[w] || g.after[w] {
		r.c.when, matched = true, true
		r.since = r.since || g.after[w]
	}
	if g.relative[w] {
		r.c.relative, matched = true, true
	}
	return matched || g.cut[w] && !g.first[w]
}

func (r *reader) newSubject(s subject) {
	r.subj, r.sinceS = s, 0
	if g := r.g; s == writer && g.lang != "en" && (g.perfect[r.prev] || g.future[r.prev] || g.wish[r.prev] || g.able[r.prev]) {
		return // haben wir: the verb group goes on after the subject
	}
	r.not, r.perfect, r.future, r.wish, r.able, r.be = false, false, false, false, false, -1
	r.lead++
}

// verb tries to read w as the word that decides the piece.
func (r *reader) verb(w, next string) bool {
	g := r.g
	if g.infinitive[r.prev] && w != "setup" {
		return false
	}
	sharing := r.subj == nobody && r.lead == 0 && (r.carried.about == writer || r.carried.se == nil)
	switch {
	case w == "did" && (next == "not" || g.be[next]):
		return next != "not" && r.decide(other, w) // did not add; all I did was
	case w == "used" && next == "to":
		return r.decide(other, w)
	case g.works[w] && !r.able && !(r.subj == somebody && !g.pronoun[r.prev] && strings.HasPrefix(w, "pass")) && (w != "working" || r.be >= 0 && next != "on"):
		if r.not || g.not[next] {
			r.c.failed = true
			return r.decide(other, w)
		}
		return r.decide(works, w)
	case r.able && hasPrefix(w, []string{"to"}) && len(w) <= 2:
		return false
	case r.able && !g.skip[w] && !g.able[w]:
		if r.not || r.can && (g.offer[w] || w == "open" && next == "a") {
			return r.decide(other, w)
		}
		return r.decide(works, w)
	case r.c.when && r.subj == writer && (g.habitual[w] || hasPrefix(w, g.attempt)):
		return r.decide(act, w)
	case r.since && r.lead <= 1 && r.subj != somebody && g.gerund(w):
		return r.decide(act, w)
	case g.lang != "en" && g.finite(w):
		r.subj = writer
		return r.decide(act, w)
	case r.perfect && r.be < 0 && g.participle(w) && r.subj != somebody:
		if r.sinceS > 0 && !hasPrefix(w, g.complete) && g.lang == "en" {
			return false
		}
		r.subj = writer // the auxiliary says who
		return r.decide(act, w)
	case r.subj == writer && r.sinceS == 0 && r.be < 0 && g.past(w):
		return r.decide(act, w)
	case r.perfect && r.subj == writer && r.sinceS == 0 && g.determiner[next] && (g.base[w] || hasPrefix(w, g.complete)):
		return r.decide(act, w) // a learner's perfect: I have make the record
	case r.subj == writer && r.sinceS == 0 && r.be < 0 && !r.perfect && !r.future && !r.wish && !r.not && !r.c.hyp && !r.c.when && !r.c.relative && g.presses[w] && comesToNothing(r.c.se):
		r.c.failed = true
		return r.decide(act, w) // I click Create and get an error
	case w == "following" && (sharing || r.subj == writer && r.be >= 0):
		return r.decide(act, w) // we are following the guide
	case sharing && g.finite(w):
		return r.decide(act, w)
	case r.be >= 0 && r.be <= 3 && r.subj != somebody && (g.state[w] && !(w == "on" && next != "" && !afterOn[next]) && !r.it && (!g.tight[w] || r.be == 0 && r.lead > 0 && !(w == "on" && r.subj == writer) || next == "") || hasPrefix(w, g.complete) && g.participle(w)):
		return r.decide(holds, w)
	case r.item && r.be < 0 && r.subj == nobody && r.lead > 0 && r.lead <= 5 && w != "setup" && g.participle(w) && hasPrefix(w, g.complete):
		return r.decide(holds, w) // note style: CNAME added
	case g.impersonal != nil && r.lead == 0 && r.subj == nobody && g.impersonal(w) && hasPrefix(w, g.complete):
		return r.decide(holds, w) // dodano rekord
	case r.item && !r.order && r.be < 0 && r.subj == nobody && r.lead > 0 && r.lead <= 5 && next == "" && g.state[w]:
		return r.decide(holds, w) // click tracking on
	}
	return false
}

// afterOn may stand behind "on" as a state: what else does is where or when
// somebody is ("on holiday").
var afterOn = wordSet("for since in at and but already now again everywhere too as by with so while both please all from till until because yet still though only globally")

// decide settles the piece's voice by polarity and modality.
func (r *reader) decide(v voice, verb string) bool {
	r.c.verb = verb
	switch {
	case r.hedge || r.unsure || v == act && !r.g.isAct(verb):
		v = other
	case r.c.onset && v == act && !r.perfect && !strings.Contains(r.c.norm, " already "):
		v = other
	case r.c.hyp || r.c.relative && (r.subj != writer || v != act) || r.c.when && v == holds && r.present:
		v = other
	case r.future:
		v = planned
	case r.wish:
		v = other
	case r.not && v != other:
		v = undone
	}
	r.c.voice = v
	return true
}

// close fills in what was left open when the piece ended without a verb.
func (r *reader) close() {
	if r.c.verb == "" && r.subj != somebody && (r.be >= 0 || r.item && r.subj == nobody) && hasPhrase(r.c.norm, r.g.inPlace) {
		r.decide(holds, "in place")
	}
	if r.c.verb == "" && !r.c.hyp && !r.not && !r.wish && !r.future && !r.unsure && r.subj != somebody && hasPhrase(r.c.norm, r.g.surely) {
		r.c.verb, r.c.voice = "is", holds
	}
	if r.contrasts() {
		r.c.verb = "works"
		r.c.voice = works
	}
	r.c.about = r.subj
	if r.subj == nobody && r.lead > 0 && r.c.voice == holds {
		r.c.about = thing
	}
	if r.subj == nobody && r.c.voice != silent && r.c.voice != holds {
		r.c.about, r.c.joined = r.carried.about, r.carried.se != nil
		if r.carried.se == nil {
			r.c.about = writer
		}
	}
	if r.c.joined && r.carried.hedged {
		r.c.voice = other
	}
	r.c.it = r.it
	r.c.hedged, r.c.not, r.c.wish = r.hedge, r.not, r.wish || r.future || r.order
	r.c.plain = r.subj != somebody && !r.c.hyp && !r.hedge && !r.unsure && !r.future && !r.wish && (!r.order || r.perfect) && !(r.carried.hyp && r.subj == nobody)
	if r.carried.se != nil && r.carried.hyp && r.subj == nobody && r.c.said() {
		r.c.voice = other
	}
	if r.c.voice == silent && (r.subj != nobody || r.be >= 0 || r.able || r.future || r.wish) {
		r.c.voice = other
		if r.future && (r.subj == writer || r.g.lang == "pl" && r.subj == nobody) {
			r.c.voice = planned
		}
		if r.subj != somebody && !r.hedge && r.isOpen() {
			r.c.voice = undone
		}
	}
	if r.c.voice == silent && !r.hedge && r.isOpen() {
		r.c.voice = undone
	}
	if r.notYet() || r.butNot() {
		r.c.voice = undone
	}
	if hasPhrase(r.c.norm, r.g.solved) && !r.not {
		r.c.voice, r.c.failed = works, false
	}
}

// comesToNothing reports whether a sentence tells what came of an act, and
// that was a fault.
func comesToNothing(se *sentence) bool { return se.holds(came) && (faulty(se) || se.holds(wentWrong)) }

var (
	came      = says(`(?:and|but|then|it|i|we) (?:then |only |just |always |all i )?(?:gets?|sees?|says?|shows?|answers?|returns?|gives?|fails?|nothing happens)`)
	wentWrong = says(`went wrong|an? error|nothing (?:happens|changes)|failed|50\d|40\d`)
)

// isOpen reports whether a piece says that something is missing, which trouble
// may be too: "there are no errors".
func (r *reader) isOpen() bool {
	return hasPhrase(r.c.norm, r.g.open) && !hasPhrase(r.c.norm, r.g.noTrouble)
}

// notYet reports whether a piece denies in any tense what is still to come: "our
// code does not check it yet".
func (r *reader) notYet() bool {
	return r.denied && (r.c.voice == other || r.c.voice == silent) && !r.hedge && !r.unsure && !r.future && !r.wish && !r.able && !r.c.hyp && !r.c.relative &&
		hasPhrase(r.c.norm, r.g.yet)
}

// butNot reports whether a piece without a verb takes something out of what was
// done: "..., but not the DKIM records".
func (r *reader) butNot() bool {
	if r.c.voice != silent || !r.not || !r.carried.said() && r.carried.about != writer {
		return false
	}
	f := strings.Fields(r.c.norm)
	if len(f) < 3 || !butWords[f[0]] {
		return false
	}
	f = slices.DeleteFunc(f[1:], func(w string) bool { return r.g.skip[w] })
	return len(f) > 1 && r.g.not[f[0]]
}

var butWords = wordSet("but ale aber pero mais ma")

// contrasts reports whether a piece without an act tells of a case in which
// there is no fault: "mails to all other recipients arrive".
func (r *reader) contrasts() bool {
	clear := hasPhrase(r.c.norm, r.g.noTrouble)
	if r.c.verb != "" || r.c.failed || r.not && !clear || r.hedge || r.unsure || r.future || r.wish || r.c.hyp || r.c.relative || r.order || r.carried.se != nil && r.carried.hyp {
		return false
	}
	if clear {
		return r.lead > 0
	}
	return r.g.tellsSuccess(r.c) && hasPhrase(r.c.norm, r.g.contrast)
}

// state is the claim's state that a clause stands for by itself.
func (c *clause) state() triage.ClaimState {
	switch c.voice {
	case planned:
		return triage.ClaimPlanned
	case undone:
		return triage.ClaimNotDone
	}
	if c.failed {
		return triage.ClaimFailed
	}
	return triage.ClaimDone
}
