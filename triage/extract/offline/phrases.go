package offline

import (
	"maps"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// A wording is one phrase of a step as a set of stems.
type wording struct {
	step  int // index into lexicon.steps
	stems []string
}

// fewestStems is how many words a phrase must have to be told by them alone.
const fewestStems = 2

// addWordings notes the phrases and verbs of a step.
func (lx *lexicon) addWordings(step int, s *knowledge.Step, p *knowledge.Procedure) {
	w := &lx.steps[step]
	w.verbs = map[string]bool{}
	if first := termsOf(s.Title); len(first) > 0 {
		w.verbs[first[0].stem] = true // titles are orders: Create the record
	}
	for _, text := range wordings(p, s) {
		stems := map[string]bool{}
		telling, verbal := false, false
		for _, t := range termsOf(text) {
			stems[t.stem] = true
			telling = telling || !everydayStems[t.stem]
			verbal = verbal || t.verb
			if t.verb {
				w.verbs[t.stem] = true
			}
		}
		if len(stems) >= fewestStems && telling && (verbal || len(stems) > fewestStems) {
			lx.phrases = append(lx.phrases, wording{step, slices.Collect(maps.Keys(stems))})
		}
	}
}

// phrased returns the step whose phrase a text repeats with all its words, the
// longest if there are several, -1 for none.
func (lx *lexicon) phrased(terms []term) int {
	said := map[string]bool{}
	for _, t := range terms {
		said[t.stem] = true
	}
	step, most := -1, 0
	for _, ph := range lx.phrases {
		if len(ph.stems) < most || step == ph.step && len(ph.stems) == most {
			continue
		}
		if all(ph.stems, said) {
			if len(ph.stems) == most {
				step = -1 // two steps are said alike
				continue
			}
			step, most = ph.step, len(ph.stems)
		}
	}
	return step
}

// spoken counts the steps of which a phrase is said word by word.
func (lx *lexicon) spoken(said map[string]float64) int {
	steps := map[int]bool{}
	for _, ph := range lx.phrases {
		if steps[ph.step] {
			continue
		}
		whole := true
		for _, s := range ph.stems {
			whole = whole && said[s] > 0
		}
		if whole {
			steps[ph.step] = true
		}
	}
	return len(steps)
}

func all(stems []string, said map[string]bool) bool {
	for _, s := range stems {
		if !said[s] {
			return false
		}
	}
	return true
}

// byVerb settles a tie of objects by what was done to them: creating or
// revoking a key. scores are those of the steps by objects.
func (lx *lexicon) byVerb(terms []term, scores []float64) int {
	top := slices.Max(scores)
	if top <= 0 {
		return -1
	}
	best, most, tie := -1, 0, false
	for i, s := range lx.steps {
		n := 0
		for _, t := range terms {
			if t.verb && s.verbs[t.stem] {
				n++
			}
		}
		switch {
		case n == 0 || scores[i] < top*verbTie:
		case n > most:
			best, most, tie = i, n, false
		case n == most:
			tie = true
		}
	}
	if tie {
		return -1
	}
	return best
}

// verbTie is how near a step's objects must come to the best for its verb to
// decide.
const verbTie = 0.5

// byPhrase turns a clause that no form of verb tells into a statement when it
// repeats how customers say that a step is done.
func (r *reading) byPhrase(c clause) clause {
	if r.lexicon == nil || c.voice != other && c.voice != silent || !c.plain || c.not && c.verb == "" {
		return c
	}
	if pleaOf(c.norm) || r.lexicon.orders(&c) {
		return c
	}
	if r.lexicon.phrased(termsOf(c.norm)) < 0 && !r.lexicon.doing(&c) {
		return c
	}
	switch {
	case c.not:
		c.voice = undone
	case c.about == writer:
		c.voice = act
	default:
		c.voice = holds
	}
	return c
}

// doing reports whether a clause says in the present that the writer does what
// a step is: "we check it in our handler".
func (lx *lexicon) doing(c *clause) bool {
	if c.about != writer || c.not || c.when || c.relative || c.asks || c.verb != "" {
		return false
	}
	fs := strings.Fields(c.norm)
	g := grammars["en"]
	for i, w := range fs {
		if !g.first[w] {
			continue
		}
		for _, next := range fs[i+1:] {
			if g.skip[next] {
				continue
			}
			stem := stemOf(next)
			return slices.ContainsFunc(lx.steps, func(s stepWords) bool { return s.verbs[stem] }) && len(lx.match(g, c.norm)) > 0
		}
	}
	return false
}

// orders reports whether a clause opens with the bare verb of a step: "Enable
// click tracking" asks for it.
func (lx *lexicon) orders(c *clause) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(c.norm), " ")
	terms := termsOf(first)
	return len(terms) > 0 && !terms[0].verb && slices.ContainsFunc(lx.steps, func(s stepWords) bool { return s.verbs[terms[0].stem] })
}

// denials are what a customer leaves undone altogether: nothing yet.
var denials = says(`(?:not|haven['’]?t|hasn['’]?t|didn['’]?t|don['’]?t) (?:\p{L}+ )?(?:\p{L}+ )?(?:anything|any of (?:it|this|that)) (?:else )?(?:so far|yet)|nothing (?:else )?(?:is |has been )?(?:\p{L}+ ){0,3}(?:so far|yet)|(?:jeszcze nic|nic (?:innego )?(?:też )?jeszcze) nie|noch (?:gar )?nichts|todavía no (?:he|hemos) \p{L}+ nada|aún no (?:he|hemos) \p{L}+ nada`)

var nothingAtAll = wordSet("nothing none nichts nic nada")

// undoneAll adds the steps that "nothing yet" leaves open: those not spoken of.
func (r *reading) undoneAll(found []claimed) []claimed {
	if r.lexicon == nil {
		return found
	}
	said := map[string]bool{}
	for _, c := range found {
		for _, s := range c.steps {
			said[s] = true
		}
	}
	var open []string
	for _, s := range r.lexicon.all() {
		if !said[s] {
			open = append(open, s)
		}
	}
	for i := range r.sentences {
		se := &r.sentences[i]
		if se.pasted || se.question || len(open) == 0 || len(se.words) == 0 || !se.holds(denials) {
			continue
		}
		g := grammarOf(r.languageOf(se.message))
		for _, c := range g.clauses(se) {
			if text := r.textOf(c); !c.hyp && denials.MatchString(text) {
				taken := slices.IndexFunc(found, func(f claimed) bool { return f.first().start() == c.start() && f.first().se.message == se.message })
				if taken >= 0 && nothingAtAll[firstWord(&c)] && found[taken].state == triage.ClaimNotDone {
					found[taken].steps = append(found[taken].steps, open...) // "nothing is set up so far" names no step
					return found
				}
				if taken >= 0 {
					continue
				}
				return append(found, claimed{g: g, clauses: []clause{c}, steps: open, state: triage.ClaimNotDone, fixed: true})
			}
		}
	}
	return found
}

// aboutTheirs reports whether a clause tells of the vendor's own things.
func (g *grammar) aboutTheirs(c *clause) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(c.norm), " ")
	return yours[first]
}

var yours = wordSet("your yours euer eure ihr ihre vuestro vuestra su sus wasz wasza wasze państwa votre vos vostro vostra")
