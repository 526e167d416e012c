package offline

import (
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// mostMatters bounds the problems of one ticket.
const mostMatters = 4

// Words with which a sentence turns to another problem. The clear ones say so;
// the others may as well go on with the same one.
var (
	turns = says(`first(?:ly)?|second(?:ly)?|third(?:ly)?|another (?:thing|question|issue|problem|topic|matter|request)|(?:one|two) more (?:thing|question|issue)s?|separately|unrelated|on (?:another|a different) (?:note|matter|topic)|by the way|btw|` +
		`po pierwsze|po drugie|po trzecie|(?:druga|kolejna|inna|osobna) (?:sprawa|rzecz|kwestia)|jeszcze jedn\p{L}+|przy okazji|erstens|zweitens|drittens|noch (?:eine|etwas)|(?:eine|die) (?:weitere|andere|zweite) (?:frage|sache)|nebenbei|` +
		`primero|segundo|tercero|por otr[oa] (?:lado|parte)|otra (?:cosa|pregunta|cuestión)|aparte`)
	alsoWords = says(`also|besides|additionally|in addition|furthermore|finally|and also|poza tym|ponadto|oprócz tego|außerdem|zusätzlich|además|también|otrosí|ensuite|inoltre`)
	turnsBare = []string{"また、", "もう一つ", "もう1つ", "別件", "一つ目", "二つ目", "1つ目", "2つ目", "それから", "さらに"}
)

// A section is a run of sentences that may be a problem of its own.
type section struct {
	from, to  int // of the reading's sentences
	clear     bool
	kind      triage.Kind
	procedure string
}

// split parts a ticket into the sentences of each of its problems: one unless
// several parts ask, each for something that another procedure serves.
func (r *reading) split() [][]sentence {
	var own []section
	all := r.sections()
	if len(all) < 2 {
		return [][]sentence{r.sentences}
	}
	for _, s := range all {
		if r.standsAlone(&s) {
			own = append(own, s)
		}
	}
	var matters []section // by where each begins
	for _, s := range own {
		same := slices.IndexFunc(matters, func(m section) bool {
			return m.procedure == s.procedure && (s.procedure != "" || m.kind == s.kind)
		})
		switch {
		case same >= 0:
			continue
		case len(matters) > 0 && !s.clear && (s.procedure == "" || matters[len(matters)-1].procedure == ""):
			continue // a paragraph without a guide goes on with the one above
		case len(matters) < mostMatters:
			matters = append(matters, s)
		}
	}
	if len(matters) < 2 {
		return [][]sentence{r.sentences}
	}
	out := make([][]sentence, len(matters))
	at := 0
	for i := range r.sentences {
		for n, s := range own { // a section speaks of the matter that it repeats
			if s.from == i {
				if m := slices.IndexFunc(matters, func(m section) bool {
					return m.procedure == s.procedure && (s.procedure != "" || m.kind == s.kind)
				}); m >= 0 && n > 0 {
					at = m
				}
			}
		}
		out[at] = append(out[at], r.sentences[i])
	}
	return out
}

// sections cuts the reading where a paragraph, a list item or a turn begins.
func (r *reading) sections() []section {
	var out []section
	for i := range r.sentences {
		se := &r.sentences[i]
		turn := r.turn(se)
		if turn > 1 && se.item && i > 0 && r.sentences[i-1].message == se.message && !strings.Contains(r.text(se.message)[r.sentences[i-1].end:se.start], "\n") {
			turn = 0 // the item goes on
		}
		fresh := len(out) == 0 || se.message != r.sentences[i-1].message || se.paragraph != r.sentences[i-1].paragraph
		if fresh || turn > 0 {
			out = append(out, section{from: i, clear: turn > 1})
		}
		out[len(out)-1].to = i + 1
	}
	return out
}

// turn tells how clearly a sentence turns to something else: 2, 1 or 0.
func (r *reading) turn(se *sentence) int {
	head := strings.Join(strings.Fields(cutText(se.text, 40)), " ")
	if words := strings.Fields(head); len(words) > 3 {
		head = strings.Join(words[:3], " ")
	}
	switch {
	case se.pasted:
		return 0
	case se.item && !se.ticked && !se.crossed || turns.MatchString(head) || hasPrefix(se.text, turnsBare):
		return 2
	case alsoWords.MatchString(head):
		return 1
	}
	return 0
}

// standsAlone reports whether a section asks for something that a procedure or
// a kind of its own serves, and notes which.
func (r *reading) standsAlone(s *section) bool {
	sub := r.part(r.sentences[s.from:s.to])
	request, weight := sub.request()
	text := ""
	if request != nil {
		text = request.text
	}
	if weight < 2 && !s.clear {
		return false
	}
	if s.kind = sub.kind(text, 0); weight < 2 && s.kind != triage.KindFeedback {
		return false
	}
	if lx, _ := sub.choose(text, s.kind, nil); lx != nil {
		s.procedure = lx.p.ID
		return true
	}
	switch s.kind {
	case triage.KindSetup, triage.KindBroken, triage.KindOther, triage.KindIncident:
		return false
	}
	return s.clear
}

// part is a reading of some of the sentences.
func (r *reading) part(ss []sentence) *reading {
	sub := *r
	sub.sentences, sub.whole, sub.lexicon = ss, false, nil
	return &sub
}

// asksFor are the steps that a matter's requests name: those that apply only
// when asked for, and those of our own people.
func (r *reading) asksFor() []string {
	if r.lexicon == nil {
		return nil
	}
	var out []string
	for i := range r.sentences {
		se := &r.sentences[i]
		if se.pasted {
			continue
		}
		id := r.lexicon.named(se.terms())
		if id != "" && !slices.Contains(out, id) && (se.question || pleaOf(se.text) || wanting.MatchString(se.text) || se.holds(attempted) || r.orders(se)) {
			out = append(out, id)
		}
	}
	return out
}

// orders reports whether a sentence opens with a bare verb: "Refund it."
func (r *reading) orders(se *sentence) bool {
	return !se.item && strings.HasSuffix(se.text, "!") || ordered(se)
}

// named returns the step that a request names by its title or phrases, if it
// is one to ask for.
func (lx *lexicon) named(terms []term) string {
	said := map[string]bool{}
	for _, t := range terms {
		said[t.stem] = true
	}
	best, second, id := 0.0, 0.0, ""
	for i := range lx.p.Steps {
		s := &lx.p.Steps[i]
		score := 0.0
		for t, v := range lx.requests[s.ID] {
			if said[t] {
				score += v
			}
		}
		if s.By != knowledge.Staff && !onRequest(s) {
			score *= unasked
		}
		if score > best {
			best, second, id = score, best, s.ID
		} else {
			second = max(second, score)
		}
	}
	if best < 1 || best < second*1.1 {
		return ""
	}
	if s := lx.p.Step(id); s.By != knowledge.Staff && !onRequest(s) {
		return ""
	}
	return id
}

// unasked lowers the steps that nobody asks us for: their words stand in a
// request as its object.
const unasked = 0.75

// requestWords weighs the words of every step, staff's too, by how few steps
// share them. Verbs count in full: they are what is asked for.
func requestWords(p *knowledge.Procedure) map[string]map[string]float64 {
	df := map[string]float64{}
	out := map[string]map[string]float64{}
	own := p.Own()
	for i := range own {
		s := &own[i]
		set := map[string]bool{}
		for _, text := range wordings(p, s) {
			addTerms(set, text)
		}
		out[s.ID] = map[string]float64{}
		for t := range set {
			out[s.ID][t] = 1
			df[t]++
		}
	}
	for _, words := range out {
		for t := range words {
			words[t] = 1.2 / df[t]
			if everydayStems[t] {
				words[t] *= 0.5
			}
		}
	}
	return out
}

// onRequest reports whether a step applies only when it is asked for.
func onRequest(s *knowledge.Step) bool {
	return s.When != nil && slices.ContainsFunc(s.When.Terms, func(t knowledge.Term) bool { return t.Path == "matter.asks" })
}
