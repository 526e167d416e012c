package offline

import (
	"math"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// aims are the words by which a procedure is found.
type aims struct {
	asks   [][]weighed     // its title and every wording of the request, in all languages
	full   []float64       // what all words of each wording weigh
	titles map[string]bool // the words of its titles
	aim    map[string]bool // all of them together
	rights [4]bool         // what of the rights to data its wordings name
	said   map[string]bool // the words of its steps' titles and phrases
	words  []weighed       // all of these, those of the steps last
}

// A weighed word is a stem with how much it tells among the procedures.
type weighed struct {
	stem   string
	weight float64
	step   bool // of a step only
	title  bool // of the title
}

// weigh sets the weights, once every procedure's words are counted.
func (a *aims) weigh(o *Extractor) {
	a.full = make([]float64, len(a.asks))
	for i, ask := range a.asks {
		for j := range ask {
			ask[j].weight = o.idf(ask[j].stem)
			a.full[i] += ask[j].weight
		}
	}
	for t := range a.aim {
		a.words = append(a.words, weighed{stem: t, weight: o.idf(t), title: a.titles[t]})
	}
	for t := range a.said {
		if !a.aim[t] {
			a.words = append(a.words, weighed{stem: t, weight: o.idf(t), step: true})
		}
	}
}

func newAims(p *knowledge.Procedure) aims {
	a := aims{titles: map[string]bool{}, aim: map[string]bool{}, said: map[string]bool{}}
	var asked strings.Builder
	add := func(texts ...string) {
		for _, text := range texts {
			set := map[string]bool{}
			asked.WriteString(text + "\n")
			addTerms(set, text)
			addTerms(a.aim, text)
			if len(set) > 0 {
				var ask []weighed
				for t := range set {
					ask = append(ask, weighed{stem: t})
				}
				a.asks = append(a.asks, ask)
			}
		}
	}
	add(p.Title)
	addTerms(a.titles, p.Title)
	add(p.Asks...)
	for _, tr := range p.Translations {
		add(tr.Title)
		addTerms(a.titles, tr.Title)
		add(tr.Asks...)
	}
	a.rights = rightsIn(asked.String())
	own := p.Own()
	for i := range own {
		for _, text := range wordings(p, &own[i]) {
			addTerms(a.said, text)
		}
	}
	return a
}

// wordings are a step's titles and phrases in all languages.
func wordings(p *knowledge.Procedure, s *knowledge.Step) []string {
	out := append([]string{s.Title}, s.Phrases...)
	for _, tr := range p.Translations {
		out = append(append(out, tr.Steps[s.ID].Title), tr.Steps[s.ID].Phrases...)
	}
	return out
}

// The weight of a ticket's words by where they stand, and of a procedure's.
const (
	inRequest   = 1.0
	inSubject   = 0.8
	inRest      = 0.55
	inAnswer    = 0.35 // what an agent asked about
	answerBytes = 600
	beyondAsk   = 0.35 // words of other wordings than the one that fits best
	ofSteps     = 0.3  // what the customer did is evidence too
	everyday    = 0.3  // words that any ticket may hold
	perStep     = 0.9  // for each step that is said as its phrases say it
	mostSteps   = 5.0  // limit of what the steps may add
	restBytes   = 1500
	settled     = 100 // a person named it
	named       = 3.0 // the ticket names a value of an input, for as many procedures as have one
	otherKind   = 1.5 // how much clearer a procedure of another kind must fit
	aimFloor    = 4.2 // below it no procedure fits: two rare words, or several common ones
	ownFit      = 6.0 // more than a name and a word or two
	nearFloor   = 3.4 // the same for a procedure that fits far better than every other
	farBetter   = 1.4
	fewestHits  = 2
)

// everydayStems are words that say little about what a ticket wants, however
// rare they are among the procedures.
var everydayStems = stemSet(`account accounts address after again all already also app back become been before call can cannot change check
	clear company contact contacts could customer customers day days different email emails end every few find first form full gone good hand hear help hour
	know last left list longer look lost mail mails make many message messages minute month months morning move need never new newsletter next night no none now number old one
	open order other own page people person phone please problem question receive reply right same save say second see send sending sent server service set
	show since site some soon stay still stop system take team tell than thank thing thirty three time today together try twice two until update use user want way website
	week weeks what when which while whole why within without work write wrong year years yesterday template images browser firefox chrome cache login password owner former
	konto adres mail poczta wiadomość problem pytanie firma klient strona nowy stary dzień tydzień miesiąc rok czas działa chcemy proszę
	konto adresse nachricht frage problem kunde seite neu alt tag woche monat jahr zeit bitte möchten brauchen können
	cuenta dirección mensaje pregunta problema cliente página nuevo viejo día semana mes año tiempo favor queremos
	ändern ändere cambiar cambiamos cambio zmienić zmień zmiana
	アカウント メール お客 使用 方法 変更`)

func stemSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, t := range termsOf(list) {
		set[t.stem] = true
	}
	return set
}

// idf is how much a word tells: between about 0.3 and 3.
func (o *Extractor) idf(t string) float64 {
	v := math.Log(1 + float64(len(o.lexicons)+5)/float64(max(o.df[t], 1)))
	v = min(v, 3)
	if everydayStems[t] {
		v *= everyday
	}
	return v
}

// terms are a sentence's, found once.
func (se *sentence) terms() []term {
	if se.found == nil {
		se.found = termsOf(se.text)
	}
	return se.found
}

// wanted weighs the ticket's words: the request says most, then the subject.
func (r *reading) wanted(request string) map[string]float64 {
	said := map[string]float64{}
	add := func(text string, weight float64) {
		for _, t := range termsOf(text) {
			said[t.stem] = max(said[t.stem], weight)
		}
	}
	if r.whole {
		for i := range r.in.Ticket.Messages {
			if m := &r.in.Ticket.Messages[i]; m.Role == triage.RoleAgent {
				add(cutText(m.Text, answerBytes), inAnswer)
			}
		}
	}
	add(request, inRequest)
	if r.whole {
		add(r.in.Ticket.Subject, inSubject)
	}
	budget := restBytes
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted && budget > 0 {
			budget -= len(se.text)
			weight := inRest
			if se.pleads() > 0 {
				weight = inRequest
			}
			for _, t := range se.terms() {
				said[t.stem] = max(said[t.stem], weight)
			}
		}
	}
	return said
}

// fit is how well a procedure fits what is said: by the wording of the request
// that covers most of it, with a little for the other wordings and the steps.
// titled says that a telling word of its title is among them.
func (lx *lexicon) fit(said map[string]float64, fewest int) (score float64, titled bool) {
	best, all, hits, named := 0.0, 0.0, 0, false
	for i, ask := range lx.asks {
		got := 0.0
		for _, t := range ask {
			got += t.weight * said[t.stem]
		}
		if full := lx.full[i]; full > 0 {
			best = max(best, got*(0.5+0.5*math.Sqrt(got/full)))
		}
	}
	steps := 0.0
	for _, t := range lx.words {
		w := said[t.stem]
		switch {
		case w == 0:
		case !t.step:
			hits++
			named = named || t.title
			titled = titled || t.title && !everydayStems[t.stem]
			all += w * t.weight
		default:
			steps += w * t.weight
			if !everydayStems[t.stem] {
				hits++
			}
		}
	}
	steps += perStep * float64(lx.spoken(said)) / ofSteps
	if hits < fewest || fewest == 0 && !named {
		return 0, false
	}
	return best + beyondAsk*max(0, all-best) + min(mostSteps, ofSteps*steps), titled
}

// choose picks the procedure that fits the request. confidence is 0..1; lx is
// nil when none fits.
func (r *reading) choose(request string, kind triage.Kind, docs []triage.ProposedDocument) (lx *lexicon, confidence float64) {
	said := r.wanted(request)
	floor, fewest := r.o.floor(said)
	var best, second scored
	for i := range r.in.Candidates {
		c := r.score(r.o.lexiconOf(&r.in.Candidates[i]), said, fewest, kind, docs)
		if c.score > best.score {
			best, second = c, best
		} else if c.score > second.score {
			second = c
		}
	}
	lx = best.lx
	switch alone, next := best.score-best.shared, second.score-second.shared; {
	case floor < aimFloor && best.score < second.score*clearBy:
		return nil, 0
	case best.titled && alone >= next*farBetter:
		floor = min(floor, nearFloor)
	}
	if best.score < floor || unguided[kind] && triage.Kind(lx.p.Kind) != kind && !r.own(kind, lx, best.score) {
		return nil, 0
	}
	margin := 1 - second.score/best.score
	if best.score < aimFloor {
		return lx, 0.4 + 0.3*margin
	}
	return lx, min(0.95, 0.35+0.1*(best.score-aimFloor)/aimFloor+0.4*math.Min(1, best.score/(3*aimFloor))+0.2*margin)
}

// scored is how well a procedure fits; shared is the part that others have too.
type scored struct {
	lx            *lexicon
	score, shared float64
	titled        bool
}

// score weighs all that speaks for a procedure.
func (r *reading) score(lx *lexicon, said map[string]float64, fewest int, kind triage.Kind, docs []triage.ProposedDocument) scored {
	c := scored{lx: lx}
	c.score, c.titled = lx.fit(said, fewest)
	if triage.Kind(lx.p.Kind) == triage.KindPrivacy && r.otherRight(lx) {
		return scored{}
	}
	if slices.ContainsFunc(docs, func(d triage.ProposedDocument) bool { return d.Topic == lx.p.ID }) {
		c.score += aimFloor
	}
	if n := len(r.in.Named); c.score > 0 && slices.Contains(r.in.Named, lx.p.ID) {
		c.score += named / float64(n)
		if n > 1 {
			c.shared = named / float64(n)
		}
	}
	if r.whole && slices.Contains(r.in.Settled, lx.p.ID) {
		c.score += settled
	}
	if !suits(kind, triage.Kind(lx.p.Kind)) {
		c.score /= otherKind
	}
	return c
}

// own reports whether what is taken for an incident is a customer's own trouble:
// it names their value of what a procedure is about, and that one fits well.
func (r *reading) own(kind triage.Kind, lx *lexicon, fit float64) bool {
	return kind == triage.KindIncident && slices.Contains(r.in.Named, lx.p.ID) && fit >= ownFit
}

// floor is what a procedure must reach to fit, and the words it must share:
// less for a short request, which must then be about little else. Where one
// word tells all, it must be of the title (fewest is 0).
func (o *Extractor) floor(said map[string]float64) (floor float64, fewest int) {
	telling, most := 0, 0.0
	for t, w := range said {
		most += w * o.idf(t)
		if !everydayStems[t] {
			telling++
		}
	}
	if telling == 0 || telling > shortRequest {
		return aimFloor, fewestHits
	}
	if telling > 1 {
		fewest = fewestHits - 1
	}
	return min(aimFloor, max(rareWord, most*coverage)), fewest
}

// A request is short up to so many telling words. It must be covered to that
// part by its procedure, which must fit so much better than the next.
const (
	shortRequest = 3
	coverage     = 0.6
	rareWord     = 1.0
	clearBy      = 1.3
)

// unguided are the kinds for which only a procedure made for them is of use.
var unguided = map[triage.Kind]bool{triage.KindFeedback: true, triage.KindSpam: true, triage.KindCancel: true, triage.KindIncident: true}

// suits reports whether a matter of one kind is usually served by a procedure
// of another.
func suits(matter, procedure triage.Kind) bool {
	if matter == procedure || procedure == "" {
		return true
	}
	switch matter {
	case triage.KindSetup, triage.KindBroken, triage.KindOther:
		return true
	case triage.KindSecurity:
		return procedure == triage.KindAccess || procedure == triage.KindSetup
	}
	return false
}
