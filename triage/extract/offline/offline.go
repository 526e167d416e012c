// Package offline reads a ticket without a model and without a network.
//
// A ticket is read from small to large, a file for each size:
//
//	words.go      a text into words, and which of them are quoted
//	sentences.go  a message into sentences, list items, headings, pasted lines
//	clauses.go    a sentence into clauses; reader.go tells who did what in one,
//	              questions.go which of them only ask
//	grammar*.go   the words and endings of each language that decide it
//	claims.go     clauses into claims; outcomes.go how each came out,
//	              refused.go which steps would not go
//	match.go      a claim to the steps of a procedure; phrases.go by its phrases
//	choose.go     the procedure; kinds.go the kind; several.go the matters
//	matter.go     the request, urgency, tone and who has to act
//	entities.go   addresses, environment, faults; documents.go help pages
//	propose.go    all of it as a proposal
//
// shapes.go makes patterns fast: one is tried only at the words of a text that
// begin like it.
package offline

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/ground"
)

// Extractor extracts without a model and without a network. It reads who did
// what (person, tense, negation, modality, attribution) clause by clause, and
// matches what was done to the steps of the procedure that fits. It is
// deterministic, and safe for concurrent use.
type Extractor struct {
	w        *knowledge.Workspace
	lexicons map[string]*lexicon // by procedure id
	df       map[string]int      // in how many procedures a term stands
}

// What one reading takes in, in bytes and messages: a longer ticket is read
// from its first and its latest messages, and flagged as shortened.
const (
	maxMessageBytes = 32 << 10
	maxTicketBytes  = 192 << 10
	firstMessages   = 10
	lastMessages    = 50
	mostItems       = 40
	mostClaims      = 2 * mostItems
)

// New prepares the words of the workspace's procedures. w may be nil:
// then no procedure is found and claims carry no steps.
func New(w *knowledge.Workspace) *Extractor {
	o := &Extractor{w: w, lexicons: map[string]*lexicon{}, df: map[string]int{}}
	if w == nil {
		return o
	}
	for i := range w.Procedures {
		lx := newLexicon(&w.Procedures[i])
		o.lexicons[lx.p.ID] = lx
		for t := range lx.aim {
			o.df[t]++
		}
		for t := range lx.said {
			if !lx.aim[t] {
				o.df[t]++
			}
		}
	}
	for _, lx := range o.lexicons {
		lx.weigh(o)
	}
	return o
}

// lexiconOf returns the words of a procedure, prepared or new.
func (o *Extractor) lexiconOf(p *knowledge.Procedure) *lexicon {
	if lx := o.lexicons[p.ID]; lx != nil {
		return lx
	}
	lx := newLexicon(p)
	lx.weigh(o)
	return lx
}

// A reading is one ticket on its way to a proposal.
type reading struct {
	o         *Extractor
	in        triage.Reading
	lang      string
	langs     map[int]string // by message
	texts     map[int]string // what is read of each message: a prefix of its text
	looked    looked         // the same, for shapes
	body      string         // the customer's own words of all messages
	sentences []sentence
	lexicon   *lexicon // of the chosen procedure, nil for none
	shortened bool
	whole     bool // reads the whole ticket, not one matter of several
	bounced   bool // a delivery report is pasted
	asked     bool // somebody asks for something
}

// Extract reads the ticket. It never fails and needs no deadline: its cost is
// linear and bounded.
func (o *Extractor) Extract(_ context.Context, in triage.Reading) (triage.Proposal, error) {
	if in.Knowledge == nil {
		in.Knowledge = o.w
	}
	r := &reading{o: o, in: in, langs: map[int]string{}, texts: map[int]string{}, whole: true}
	r.open(ground.Regions)
	request, weight := r.request()
	r.asked = weight > 0 && !referral.MatchString(request.text)
	p := triage.Proposal{Language: r.lang, Urgency: r.urgency(), Tone: r.tone(), Info: triage.ExtractorInfo{Name: "offline"}}
	if request != nil {
		text := cutText(request.text, 400)
		p.Request = triage.ProposedText{Text: strings.Join(strings.Fields(text), " "),
			Quotes: []triage.Quote{{Message: request.message, Text: text, Start: request.start}}}
	}
	p.Documents = r.documents()
	p.Symptoms = r.symptoms()
	contacted := false
	form := r.formKind()
	parts := [][]sentence{r.sentences}
	if form == "" {
		parts = r.split()
	}
	for i, part := range parts {
		sub := r
		if len(parts) > 1 {
			sub = r.part(part)
		}
		text, symptoms := p.Request.Text, len(p.Symptoms)
		if len(parts) > 1 {
			text, symptoms = "", len(sub.symptoms())
			if request, _ := sub.request(); request != nil {
				text = cutText(request.text, 400)
			}
		}
		m, found := sub.readMatter(text, p.Documents, cmp.Or(form, sub.kind(text, symptoms)))
		m.Confidence *= sub.understood()
		p.Matters = append(p.Matters, m)
		for _, c := range sub.proposed(found) {
			c.Matter = i
			p.Claims = append(p.Claims, c)
		}
		if i == 0 {
			r.lexicon = sub.lexicon
		}
		contacted = contacted || contactedOthers(found)
	}
	p.Environment = r.environmentItems()
	p.Entities = r.entities()
	p.Flags = r.flags()
	if slices.Contains(p.Flags, triage.FlagThanksOnly) && len(r.in.Ticket.CustomerMessages()) == 1 {
		p.Claims = nil // that it works now is nothing they have done
	}
	p.NeedsStaff = r.needsStaff(p.Claims, contacted)
	p.Confidence = p.Matters[0].Confidence
	p.Summary = r.summary(p)
	return p, nil
}

// open reads the customer's messages into sentences, within the limits and
// without the regions that are no words of theirs.
func (r *reading) open(without func(text string) []ground.Region) {
	ns := r.in.Ticket.CustomerMessages()
	if len(ns) > firstMessages+lastMessages {
		ns = append(ns[:firstMessages:firstMessages], ns[len(ns)-lastMessages:]...)
		r.shortened = true
	}
	budget := maxTicketBytes
	var body strings.Builder
	own, regions := map[int]string{}, map[int][]ground.Region{}
	for _, n := range ns {
		text := r.in.Ticket.N(n).Text
		if limit := min(maxMessageBytes, budget); len(text) > limit {
			for limit > 0 && !utf8.RuneStart(text[limit]) {
				limit--
			}
			text, r.shortened = text[:limit], true
		}
		budget -= len(text)
		r.texts[n] = text
		regions[n] = without(text)
		own[n] = ground.Own(text, regions[n])
		body.WriteString(own[n])
		body.WriteString("\n\n")
	}
	r.body = body.String()
	r.looked = lookAt(r.body)
	r.lang = language(r.body)
	for _, n := range ns {
		lang := r.lang
		if len(ns) > 1 && len(r.texts[n]) > 40 {
			lang = cmp.Or(language(own[n]), lang)
		}
		r.langs[n] = lang
		r.sentences = append(r.sentences, sentences(n, r.texts[n], lang, regions[n])...)
	}
	for i := range r.sentences {
		r.bounced = r.bounced || r.sentences[i].pasted && isBounce(r.sentences[i].text)
	}
}

func (r *reading) text(message int) string { return r.texts[message] }

func (r *reading) languageOf(message int) string { return r.langs[message] }

func (r *reading) platform() []string {
	if r.in.Knowledge == nil {
		return nil
	}
	return r.in.Knowledge.Platform.Domains
}

// allClaims reads the messages one by one, each in its own language.
func (r *reading) allClaims() []claimed {
	var out []claimed
	for from := 0; from < len(r.sentences); {
		to := from
		for to < len(r.sentences) && r.sentences[to].message == r.sentences[from].message {
			to++
		}
		out = append(out, r.claims(r.sentences[from:to], grammarOf(r.languageOf(r.sentences[from].message)))...)
		from = to
	}
	return out[:min(len(out), mostClaims)]
}

// contactedOthers reports whether the customer has asked somebody who could
// not help.
func contactedOthers(cs []claimed) bool {
	for _, c := range cs {
		if c.state == triage.ClaimFailed && hasPrefix(c.first().verb, contactVerbs) {
			return true
		}
	}
	return false
}

var contactVerbs = strings.Fields("contact call ask phone email request dzwoni zadzwoni pyta zapyta kontakt skontakt kontaktiert gefragt llamad contactad preguntad appelé contacté chiamat contattat")

// readMatter reads the problem that the sentences are about, by its request,
// with the domains it names.
func (r *reading) readMatter(text string, docs []triage.ProposedDocument, kind triage.Kind) (triage.ProposedMatter, []claimed) {
	lx, sure := r.choose(text, kind, docs)
	r.lexicon = lx
	found := r.undoneAll(r.allClaims())
	r.stillBroken(found)
	if lx == nil && (kind == triage.KindOther || kind == triage.KindSetup) && failures(found) > 1 {
		kind = triage.KindBroken
	}
	return r.matter(kind, sure), found
}

// understood is how far the rules could read the sentences, to scale a
// confidence by: least in a language without a grammar, less the fewer
// sentences have a clause that says something to them.
func (r *reading) understood() float64 {
	if r.lang != "" && grammars[r.lang] == nil {
		return unknownLanguage
	}
	read, of := 0, 0
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted {
			of++
			if se.read || se.question || se.plea > 1 {
				read++
			}
		}
	}
	if of == 0 {
		return 1
	}
	return leastRead + (1-leastRead)*float64(read)/float64(of)
}

const (
	unknownLanguage = 0.6
	leastRead       = 0.75
)

// stillBroken marks the remedies that are told after a fault as failed: nobody
// who was helped by them would write. What was looked at stays done.
func (r *reading) stillBroken(cs []claimed) {
	broken := -1
	for i := range r.sentences {
		if se := &r.sentences[i]; faulty(se) {
			broken = i
			break
		}
	}
	if broken < 0 {
		return
	}
	first := &r.sentences[broken]
	for i := range cs {
		c := &cs[i]
		f := c.first()
		after := f.se.message > first.message || f.se.message == first.message && f.se.start > first.start
		if after && c.state == triage.ClaimDone && !c.fixed && len(c.steps) == 0 && f.voice == act && hasPrefix(f.verb, c.g.remedy) {
			c.state = triage.ClaimFailed
		}
	}
}

// failures counts what was tried without success.
func failures(cs []claimed) (n int) {
	for _, c := range cs {
		if c.state == triage.ClaimFailed {
			n++
		}
	}
	return n
}

// matter is the problem itself.
func (r *reading) matter(kind triage.Kind, sure float64) triage.ProposedMatter {
	m := triage.ProposedMatter{Kind: kind, Confidence: 0.5}
	if len(r.sentences) == 0 {
		m.Confidence = 0
	}
	if r.lexicon == nil {
		return m
	}
	m.Procedure, m.Confidence, m.Asks = r.lexicon.p.ID, sure, r.asksFor()
	switch m.Kind { // a procedure tells its kind, but not that nothing is wrong
	case triage.KindPrivacy, triage.KindSecurity, triage.KindAbuse, triage.KindBroken, triage.KindIncident, triage.KindSpam:
	default:
		m.Kind = triage.Kind(r.lexicon.p.Kind)
	}
	if input := r.domainInput(); input != "" {
		var ds []string
		seen := map[string]bool{}
		for i := range r.sentences {
			if r.sentences[i].pasted {
				continue
			}
			for _, d := range r.ownDomains(r.sentences[i].text) {
				if low := strings.ToLower(d); !seen[low] {
					seen[low] = true
					ds = append(ds, d)
				}
			}
		}
		if len(ds) > 0 {
			m.Inputs = map[string][]string{input: ds}
		}
	}
	return m
}
