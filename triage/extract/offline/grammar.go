package offline

import "strings"

// A grammar holds what a language's clauses are read by: small tables of
// closed word classes, and functions that tell a verb by its form. Rules that
// use them are in clauses.go and are the same for every language.
type grammar struct {
	lang string

	// Who.
	first       map[string]bool // I, we
	preposition map[string]bool // what follows is an object: "pointed it at you"
	third       map[string]bool // anybody else, also the words for support
	mine        map[string]bool // my, our
	own         map[string]bool // people who count as the writer after "my": team, developer

	// The verb group.
	skip     map[string]bool // adverbs that stand inside it
	not      map[string]bool
	perfect  map[string]bool // "have" of the first person, as auxiliary
	be       map[string]bool // third-person forms that make states and passives
	future   map[string]bool // will, shall, plan: of the future
	wish     map[string]bool // want, need, should: wished, not done
	able     map[string]bool // can, able: ability shown
	offer    map[string]bool // verbs of an offer after "can": share, send
	attempt  []string        // try: prefixes of verbs of attempting
	presses  map[string]bool // present verbs of using a page, with an error behind them
	habitual map[string]bool // present verbs of a test after "when I"

	past       func(w string) bool // first-person past by form, when the subject is known
	finite     func(w string) bool // first-person past that needs no subject to be seen
	participle func(w string) bool
	gerund     func(w string) bool
	impersonal func(w string) bool // a past that names no doer, nil for none
	// notAct are prefixes of verbs that are no act towards the request: of
	// the mind, the senses, speech, and of one's history.
	notAct []string
	// background are prefixes of verbs that tell of one's history, unless what
	// they did is a step of the procedure.
	background []string
	determiner map[string]bool // the, a, my: an object follows
	undo       []string        // prefixes of verbs that take a step back, unless they are what the step is
	present    map[string]bool // forms of be that make "once it is set" a condition
	base       map[string]bool // bare verbs that learners put after "have"
	imperative map[string]bool // bare verbs that open an order: switch HTTPS on
	// complete are prefixes of participles that state a thing to be in place.
	complete   []string
	state      map[string]bool // on, active, valid
	tight      map[string]bool // states that are prepositions too: right after be, or last
	infinitive map[string]bool // to: what follows is no participle
	works      map[string]bool // works, worked
	succeeds   map[string]bool // arrives, loads, fine: a test passed when it is told of another case
	noTrouble  []string        // no problem, without issues: the same in several words
	contrast   []string        // in another browser, without, locally: another case

	// Clauses.
	cut      map[string]bool // words before which a clause may begin
	and      map[string]bool
	hyp      map[string]bool // if, unless, whether
	relative map[string]bool
	when     map[string]bool
	after    map[string]bool // after + gerund: done
	onset    map[string]bool // since: tells when the fault began
	began    []string        // prefixes of began, broke: the same of a "when" behind them
	ask      map[string]bool // a question begins with these
	unsure   []string        // not sure, do not think: what follows is no statement
	surely   []string        // definitely: asserted to be right
	hedge    map[string]bool // apparently, maybe
	pronoun  map[string]bool // it, them: an object said before

	// Outcomes, as phrases between spaces.
	failed   []string // it did not help or work
	failedBy []string // the same, speaking of what was said before
	useless  []string // did not help: of the remedy that is the subject
	yet      []string // with a denial: still to come
	open     []string // still to do: missing, yet to
	inPlace  []string // a state told without a verb: in place, behind our
	solved   []string // the fix is

	troubleshoot []string // prefixes of remedies that nobody lists once they help
	remedy       []string // prefixes of remedies that a later fault turns into failed
	looks        []string // prefixes of looking: to find nothing is no failure
	check        []string // prefixes of looking: stays done whatever came of it

	triedHeading   []string // a heading over a list of what was done
	checkedHeading []string // the same, of what was found to be right
	attemptHeading []string // the same, of attempts that did not help
	openHeading    []string // the same, of what was not tried
	nothing        []string // an outcome in a word or two: gone, nope
	fine           []string // the same: back, ok
	allSteps       []string // every step of a procedure
	except         []string
	guide          []string // a help page by its name: prefixes
	reading        []string // prefixes of reading or following one
	onlyReading    []string // those of them that follow nothing
}

var grammars = map[string]*grammar{"en": english(), "pl": polish(), "de": german(), "es": spanish(), "fr": french(), "it": italian(), "ja": japanese(), "nl": dutch(), "pt": portuguese()}

// grammarOf returns the grammar of a language, English for those without.
func grammarOf(lang string) *grammar {
	if g := grammars[lang]; g != nil {
		return g
	}
	return grammars["en"]
}

// isAct reports whether a verb is an act and not of the mind or senses.
func (g *grammar) isAct(verb string) bool { return !hasPrefix(verb, g.notAct) }

func hasPrefix(w string, prefixes []string) bool {
	for _, p := range prefixes {
		if len(p) <= len(w) && p[0] == w[0] && w[:len(p)] == p { // most differ in the first letter
			return true
		}
	}
	return false
}

// hasPhrase reports whether text, normalised and padded with spaces, holds
// one of the phrases as whole words.
func hasPhrase(text string, phrases []string) bool {
	for _, p := range phrases {
		if i := strings.Index(text, p); i > 0 && text[i-1] == ' ' && strings.HasPrefix(text[i+len(p):], " ") {
			return true
		}
	}
	return false
}

// endings tells words of at least min runes by their last letters.
func endings(minimum int, ends string) func(string) bool {
	list := strings.Fields(ends)
	return func(w string) bool {
		if len(w) < minimum {
			return false
		}
		for _, e := range list {
			if strings.HasSuffix(w, e) {
				return true
			}
		}
		return false
	}
}

func never(string) bool { return false }

// phrases splits a list at commas.
func phrases(list string) []string {
	out := strings.Split(list, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}
