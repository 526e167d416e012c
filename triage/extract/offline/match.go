package offline

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"readback/knowledge"
)

// A lexicon holds the words of one procedure, weighted by how well each tells
// its steps apart and how well it tells the procedure from others.
type lexicon struct {
	p        *knowledge.Procedure
	steps    []stepWords // the customer's, in order
	phrases  []wording
	requests map[string]map[string]float64 // by step: what a request that names it says
	aims
}

type stepWords struct {
	id      string
	weights map[string]float64 // by term
	verbs   map[string]bool    // stems of what is done in it
}

// Weights of the places a term may stand in; the text of a section says least.
const (
	inTitle   = 1.0
	inBody    = 0.3
	acronym   = 1.5 // CNAME, DKIM: names that customers repeat as they are
	topical   = 0.6 // a word of the procedure's own title tells little about a step
	verbShare = 0.4 // what was done to a thing tells less than the thing
)

// A match needs this much weight, and this ratio to the second best step.
const (
	matchFloor  = 0.8
	matchMargin = 1.2
)

func newLexicon(p *knowledge.Procedure) *lexicon {
	lx := &lexicon{p: p, aims: newAims(p), requests: requestWords(p)}
	topic := map[string]bool{}
	addTerms(topic, p.Title)
	sections := knowledge.Sections(p.Body)
	for _, tr := range p.Translations {
		addTerms(topic, tr.Title)
		for id, text := range knowledge.Sections(tr.Body) {
			sections[id] += "\n" + text
		}
	}
	df := map[string]float64{}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.By != knowledge.Customer {
			continue
		}
		w := map[string]float64{}
		for _, text := range wordings(p, s) {
			for _, t := range termsOf(text) {
				w[t.stem] = max(w[t.stem], inTitle*t.weight())
			}
		}
		for _, t := range termsOf(sections[s.ID]) {
			w[t.stem] = max(w[t.stem], inBody*t.weight())
		}
		for t, v := range w {
			df[t] += min(v, 1)
		}
		lx.steps = append(lx.steps, stepWords{id: s.ID, weights: w})
		lx.addWordings(len(lx.steps)-1, s, p)
	}
	for _, s := range lx.steps {
		for t := range s.weights {
			s.weights[t] *= math.Log(1 + float64(len(lx.steps))/max(df[t], 1))
			if topic[t] {
				s.weights[t] *= topical
			}
		}
	}
	return lx
}

// namedWeight is more than any word of a section's text weighs.
const namedWeight = 0.7

// A term is a stem with what its form told.
type term struct {
	stem    string
	acronym bool
	verb    bool
}

func (t term) weight() float64 {
	switch {
	case t.acronym:
		return acronym
	case t.verb:
		return verbShare
	}
	return 1
}

func addTerms(set map[string]bool, text string) {
	for _, t := range termsOf(text) {
		set[t.stem] = true
	}
}

// concepts join the words that customers use for one thing.
var concepts = map[string]string{
	"cert": "cert", "certs": "cert", "zert": "cert", "ssl": "cert", "tls": "cert", "https": "cert",
	"cdn": "cdn", "proxi": "cdn", "prox": "cdn", "cloud": "cdn", "fastl": "cdn", "akama": "cdn", "bunn": "cdn",
	"cname": "cname", "cnam": "cname", "cnames": "cname", "dns": "dns",
}

// termsOf returns the content words of a text as stems, in order, with the
// concepts they stand for.
func termsOf(text string) []term {
	var out []term
	for raw := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:!?()[]{}<>\"'“”„*`/+&|=。、！？「」『』（）・", r)
	}) {
		if strings.ContainsFunc(raw, isWide) {
			out = append(out, wideTerms(raw)...)
			continue
		}
		raw = strings.Trim(raw, ".-_")
		if strings.Count(raw, ".") > 0 {
			continue // a name; names are matched as inputs
		}
		for part := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '-' || r == '_' }) {
			low := strings.ToLower(part)
			if len(low) < 2 || isStopWord(low) {
				continue
			}
			t := term{stem: stemOf(low), acronym: len(part) >= 2 && strings.ToUpper(strings.TrimSuffix(part, "s")) == strings.TrimSuffix(part, "s") && unicode.IsLetter(rune(part[0])),
				verb: isVerbForm(low)}
			if knownAcronyms[low] {
				t.acronym = true
			}
			out = append(out, t)
			if c := concepts[t.stem]; c != "" && c != t.stem {
				out = append(out, term{stem: c})
			}
		}
	}
	return out
}

// knownAcronyms are recognised in lower case too.
var knownAcronyms = wordSet("cname cnames dns cdn ssl tls https spf dkim dmarc mx api txt 2fa mfa ip")

// vagueWords are common words that tell no step from another.
var vagueWords = wordSet("your yours our ours us their its thing things one two three both all any some only than side end what which who where why will would could should may get got put used using page guide help step steps same didn't don't an at by as so up out yet new own " +
	"nasz nasza nasze naszej naszym naszą oba obie obu obydwie wszystkie wszystko wszystkich krok kroki kroków państwo państwa wasz strona stronie tym ten ta tego naszego naszych " +
	"unser unsere unserer unseren unserem unseres ihre ihren ihrem euch euer jetzt schon bereits dann beide alle alles einen einer einem wurde wurden sind hat hatte werden " +
	"nuestro nuestra nuestros nuestras ha han sus ustedes todavía aún también este esta esto ese esa son fue muy más dos")

func isStopWord(w string) bool {
	return vagueWords[w] || languagesOf[w]&usual != 0
}

// usual are the languages, by their place in languages, whose stop words are
// left out of every match: en, pl, de, es, fr, it.
const usual = 1<<6 - 1

func isVerbForm(w string) bool {
	en, pl := grammars["en"], grammars["pl"]
	return en.past(w) || en.state[w] || hasPrefix(w, en.complete) && en.participle(w) || pl.finite(w) || pl.state[w] || hasPrefix(w, pl.complete)
}

// stemOf cuts a word to what its inflected forms share: no accents, five
// letters, no vowels at the end.
func stemOf(w string) string {
	if !isASCII(w) {
		w = bare(w)
	}
	if len(w) <= 4 {
		return strings.TrimSuffix(w, "s")
	}
	for _, end := range []string{"ings", "ing", "ed", "es", "s"} {
		if cut, ok := strings.CutSuffix(w, end); ok && len(cut) >= 4 {
			w = cut
			break
		}
	}
	if len(w) > 5 {
		w = strings.ToValidUTF8(w[:5], "")
	}
	if cut := strings.TrimRight(w, "aeiouy"); len(cut) >= 3 {
		w = cut
	}
	return w
}

// bare is a word without accents.
func bare(w string) string {
	var plain []byte
	for i, r := range w {
		if int(r) >= len(bareLetters) {
			return bareOf(w)
		}
		if r >= utf8.RuneSelf && plain == nil {
			plain = append(make([]byte, 0, len(w)), w[:i]...)
		}
		if plain != nil {
			plain = append(plain, bareLetters[r]...)
		}
	}
	if plain == nil {
		return w
	}
	return string(plain)
}

// bareLetters are the letters of Latin scripts without accents: as none of
// them joins with the one before, a word of them is bare letter by letter.
var bareLetters = func() (out [0x250]string) {
	for r := range out {
		out[r] = bareOf(string(rune(r)))
	}
	return out
}()

// bareOf is bare for any word.
func bareOf(w string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsMark(r):
			return -1
		case r == 'ł':
			return 'l'
		}
		return r
	}, norm.NFD.String(w))
}

// match returns the customer steps that a clause speaks of: one, or several
// when its parts joined by "and" each name another one.
func (lx *lexicon) match(g *grammar, text string) []string {
	if lx == nil || len(lx.steps) == 0 {
		return nil
	}
	var out []string
	add := func(i int) {
		if i >= 0 && !slices.Contains(out, lx.steps[i].id) {
			out = append(out, lx.steps[i].id)
		}
	}
	parts, terms := partsOf(g, text)
	whole, _ := lx.best(terms)
	if len(parts) > 1 {
		for _, p := range parts {
			i, _ := lx.best(p)
			add(i)
		}
	}
	if len(out) < 2 {
		out = nil
		add(whole)
	}
	if len(out) == 0 {
		add(lx.byPronoun(g, text))
	}
	return out
}

// partsOf returns the terms of each part of a text, divided at commas and
// "and", and those of all of it.
func partsOf(g *grammar, text string) (parts [][]term, whole []term) {
	from := 0 // of the part in whole
	part := func() {
		parts, from = append(parts, whole[from:]), len(whole)
	}
	for w := range strings.FieldsSeq(text) {
		bare := strings.Trim(strings.ToLower(w), ",;")
		if g.and[bare] || w == "+" || w == "&" {
			part()
			whole = append(whole, termsOf(w)...)
			from = len(whole)
			continue
		}
		whole = append(whole, termsOf(w)...)
		if strings.HasSuffix(w, ",") {
			part()
		}
	}
	part()
	return parts, whole
}

// best returns the index of the step the terms speak of, -1 for none.
func (lx *lexicon) best(terms []term) (step int, weight float64) {
	seen := map[string]bool{}
	scores := make([]float64, len(lx.steps))
	named := make([]bool, len(lx.steps)) // by a word of its title or phrases, not of its text alone
	for _, t := range terms {
		if seen[t.stem] {
			continue
		}
		seen[t.stem] = true
		for i, s := range lx.steps {
			v := s.weights[t.stem]
			if t.verb {
				v *= verbShare
			}
			scores[i] += v
			named[i] = named[i] || v >= namedWeight
		}
	}
	step, second := -1, 0.0
	for i, v := range scores {
		if v > weight {
			step, weight, second = i, v, weight
		} else if v > second {
			second = v
		}
	}
	if step < 0 || !named[step] || weight < matchFloor || weight < second*matchMargin {
		if i := lx.phrased(terms); i >= 0 {
			return i, weight
		}
		return lx.byVerb(terms, scores), weight
	}
	return step, weight
}

// byPronoun returns the step whose verb says what was done to "it", -1 when
// none or several have that verb.
func (lx *lexicon) byPronoun(g *grammar, text string) int {
	words := strings.Fields(strings.ToLower(text))
	object := slices.IndexFunc(words, func(w string) bool { return g.pronoun[strings.Trim(w, ".,;!")] })
	if object < 1 {
		return -1
	}
	stem, step := stemOf(words[object-1]), -1
	for i, s := range lx.steps {
		if s.verbs[stem] && step >= 0 {
			return -1
		} else if s.verbs[stem] {
			step = i
		}
	}
	return step
}

var (
	stepNumbers  = newShape("", `(?:steps?|krok\p{L}*|schritte?n?|pasos?|étapes?|passagg\p{L}*|punkt\p{L}*)\s*(?:nr|no\.?|#)?\s*(\d)(?:\s*(-|–|to|through|do|bis|a|à|al|and|i|und|y|et|e|,|&)\s*(\d))?(?:\s*(?:and|i|und|y|et|e|,|&)\s*(\d))?`, "")
	countedSteps = newShape("", `(?:first|pierwsz\p{L}+|ersten|primeros|premières|primi)\s+(two|three|dwa|trzy|zwei|drei|dos|tres|deux|trois|due|tre|2|3)\b`, "")
	stepWord     = says(`steps?|kroki|kroków|schritte|pasos|étapes|passaggi|passi`)
)

// numbered returns the customer steps that a text names by number: "steps 1
// to 3", "the first two steps".
func (lx *lexicon) numbered(text string) []string {
	if lx == nil {
		return nil
	}
	var ns []int
	l := lookAt(text)
	if m := l.first(stepNumbers); m != nil {
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[3])
		ns = append(ns, a)
		if b > 0 {
			if isRange := !strings.Contains(" and i und y et e , & ", " "+strings.ToLower(m[2])+" "); isRange {
				for n := a + 1; n < b; n++ {
					ns = append(ns, n)
				}
			}
			ns = append(ns, b)
		}
		if c, _ := strconv.Atoi(m[4]); c > 0 {
			ns = append(ns, c)
		}
	} else if m := l.first(countedSteps); m != nil && l.holds(stepWord) {
		ns = []int{1, 2}
		if strings.Contains("three trzy drei tres trois tre 3", strings.ToLower(m[1])) {
			ns = append(ns, 3)
		}
	}
	var out []string
	for _, n := range ns {
		if own := lx.p.Own(); n >= 1 && n <= len(own) && own[n-1].By == knowledge.Customer {
			out = append(out, own[n-1].ID)
		}
	}
	return out
}

// does reports whether a verb is what one of the steps is: removing an entry
// undoes nothing where the step is to remove it.
func (lx *lexicon) does(verb string) bool {
	stem := stemOf(verb)
	return slices.ContainsFunc(lx.steps, func(s stepWords) bool { return s.weights[stem] >= inTitle*verbShare/2 })
}

// all returns every customer step of the procedure's own: who did all that a
// page says need not speak of what it takes for granted.
func (lx *lexicon) all() []string {
	var out []string
	for _, s := range lx.steps {
		if lx.p.Step(s.id).Prerequisite == "" {
			out = append(out, s.id)
		}
	}
	return out
}
