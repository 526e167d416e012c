package guard

import (
	"slices"
	"strings"
	"unicode"

	"readback/triage/extract/offline"
)

// A clause is a piece of an agent's text that does one thing.
type clause struct {
	start, end int // bytes of the text
	words      []offline.Word
	norm       string // words between spaces, without accents
	mood       mood
	question   bool
	part       int // index of its sentence
	act        act
	pieces     []act // of the parts that "and" joins, each with the verb that it shares
	remedies   []concept
	whole      *act // with the clause that tells the other half of a remedy, else nil
}

// likeness tells how much of the clause, or of one of its parts, a deed or a
// part of it has done.
func (c *clause) likeness(d *deed, common map[concept]bool) float64 {
	most := c.act.repeats(&d.act, common)
	for i := range c.pieces {
		most = max(most, c.pieces[i].repeats(&d.act, common))
	}
	for i := range d.pieces {
		most = max(most, c.act.repeats(&d.pieces[i], common))
		for j := range c.pieces {
			most = max(most, c.pieces[j].repeats(&d.pieces[i], common))
		}
	}
	return most
}

func (c *clause) text(whole string) string { return whole[c.start:c.end] }

// A written text is an agent's message or draft, read.
type written struct {
	text      string
	lang      string
	tongue    *tongue // nil where texts of the language are not matched
	clauses   []clause
	parts     []offline.Part
	addresses [][2]int // of the links in it, in order
}

// english reports whether two everyday words of a text are English.
func english(text string) bool {
	n := 0
	for w := range strings.FieldsSeq(strings.ToLower(text)) {
		if everyday[strings.Trim(w, ".,;:!?")] {
			n++
		}
	}
	return n > 1
}

var everyday = words("the your please you and is it of with for our this that have")

// otherScript reports whether a text has letters that no language whose words
// are compared is written in.
func otherScript(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) && !isWide(r) && r != 'ー'
	})
}

// shortDraft is the length, in bytes, under which the words of a text tell too
// little of its language.
const shortDraft = 80

// read splits an agent's text into clauses and tells what each does. fallback
// is the language of a text that is too short to tell.
func read(text, fallback string) *written {
	w := &written{text: text, lang: offline.Language(text), addresses: sentAddresses(text)}
	switch {
	case len(text) < shortDraft && w.lang != "en" && english(text):
		w.lang = "en"
	case len(text) < shortDraft && tongues[w.lang] == nil && fallback != "" && !otherScript(text) || w.lang == "" && !otherScript(text):
		w.lang = fallback
	}
	if w.lang == "" && !otherScript(text) {
		w.lang = "en"
	}
	w.tongue = tongues[w.lang]
	w.parts = offline.Parts(text, w.lang)
	if w.tongue == nil {
		return w
	}
	heading := states // what the sentence over a list does
	for i := range w.parts {
		p := &w.parts[i]
		if p.Pasted || len(p.Words) == 0 {
			continue
		}
		first := len(w.clauses)
		carried := states
		if p.Item {
			carried = heading
		}
		w.sentence(i, carried)
		mine := w.clauses[first:]
		if !p.Item {
			heading = states
			if n := len(mine); n > 0 && strings.HasSuffix(strings.TrimSpace(text[p.Start:p.End]), ":") {
				heading = mine[n-1].mood
			}
		}
	}
	w.forgive()
	w.remedied()
	return w
}

// remedied names the remedies that are told or asked about, also those of
// which a sentence tells the halves: "remove it, and set it up from scratch".
func (w *written) remedied() {
	for i := range w.clauses {
		c := &w.clauses[i]
		if c.mood != tells && c.mood != asks {
			continue
		}
		if len(c.act.verbs) == 0 {
			c.act.stem = w.firstStem(c)
		}
		a := c.act
		if len(a.verbs) == 0 {
			a.verbs = map[concept]bool{"try": true} // "does it happen in another browser?"
		}
		if c.mood == asks && has(c.norm, onSome) {
			a.other = true // "does it work on a computer?"
		}
		c.remedies = a.remedied(false)
		for j := i - 1; j >= 0 && w.clauses[j].part == c.part && w.clauses[j].mood == c.mood; j-- {
			first := &w.clauses[j]
			names, whole := both(&first.act, &c.act)
			for _, r := range names {
				first.whole = &whole
				if !slices.Contains(first.remedies, r) {
					first.remedies = append(first.remedies, r)
				}
			}
		}
	}
}

// onSome are words by which a question is about another device.
var onSome = list("on a computer,on a laptop,on a phone,on a desktop,on a pc,on a tablet,on a mac,on your computer,on your laptop,on your phone,on your pc,on your tablet")

// firstStem is the stem of what stands at the head of a clause, behind
// "please".
func (w *written) firstStem(c *clause) concept {
	for word := range strings.FieldsSeq(c.norm) {
		if !w.tongue.lead[word] && !fillers[word] && len(word) > 2 {
			return concept(offline.Stem(word))
		}
	}
	return ""
}

// forgive passes what a later sentence of the paragraph makes needless: "skip
// this if you have done it already".
func (w *written) forgive() {
	if w.lang != "en" {
		return
	}
	for i := range w.clauses {
		c := &w.clauses[i]
		if !has(c.norm, skips) {
			continue
		}
		for j := range w.clauses[:i] {
			if d := &w.clauses[j]; w.parts[d.part].Paragraph == w.parts[c.part].Paragraph && (d.mood == tells || d.mood == asks) {
				d.mood = excused
			}
		}
	}
}

var skips = list("skip this,skip that,skip these,skip them,ignore this,ignore these,ignore that,disregard")

// sentence adds the clauses of one sentence.
func (w *written) sentence(part int, carried mood) {
	p := &w.parts[part]
	var pieces [][]offline.Word
	at := 0
	cut := func(to int) {
		if to > at {
			pieces = append(pieces, p.Words[at:to])
		}
		at = to
	}
	for i, word := range p.Words {
		switch {
		case word.Punct && (strings.ContainsAny(word.Low, ",;:–—()。、") || word.Low == "-"):
			cut(i + 1)
		case !word.Quoted && w.tongue.cuts[fold(word.Low)]:
			cut(i)
		case i+1 < len(p.Words) && len(word.Low) <= 2 && digits(word.Low) && p.Words[i+1].Punct && strings.ContainsAny(p.Words[i+1].Low, ".)"):
			cut(i) // "1. do this, 2. do that" on one line
		}
	}
	cut(len(p.Words))
	sorry := false // an excuse opened: what follows is for those who have not done it
	start := len(w.clauses)
	for _, ws := range pieces {
		if !slices.ContainsFunc(ws, func(w offline.Word) bool { return !w.Punct && !digits(w.Low) }) {
			continue // the number of an item
		}
		c := w.clause(part, ws)
		if n := len(w.clauses); n > start && len(c.act.objects) == 0 && len(c.act.verbs) > 0 && has(c.norm, thatThing) && !p.Question {
			c.act.takeOver(&w.clauses[n-1].act) // "delete it and create it again"
		}
		own := w.moodOf(&c, p.Question)
		if own == states && carried == asks && c.question {
			own = asks
		}
		if own == recap && carried == tells && that[strings.TrimSpace(c.norm[:1+strings.IndexByte(c.norm[1:], ' ')])] {
			own = states // "make sure that you have ..."
		}
		if own == tells && (carried == recap || carried == ours) && p.Item && !has(c.norm, w.tongue.tells) {
			own = carried // "you have: reset your password"
		}
		sorry = sorry || own == excused
		first := len(w.clauses) == start
		switch {
		case sorry && own != ours:
			c.mood = excused
		case own != states:
			c.mood, carried = own, own
		default:
			c.mood = carried
		}
		if !first {
			last := &w.clauses[len(w.clauses)-1]
			if c.mood == last.mood && (own == states && (len(c.act.verbs) == 0 || that[firstWord(c.norm)] && len(last.act.objects) == 0) || opposite(&c.act, &last.act)) {
				w.join(c) // also "off" and "on again"
				continue
			}
		}
		w.clauses = append(w.clauses, c)
	}
	if sorry { // "please turn it on, unless you have"
		for i := start; i < len(w.clauses); i++ {
			if m := w.clauses[i].mood; m == tells || m == asks {
				w.clauses[i].mood = excused
			}
		}
	}
}

// join adds a piece that says nothing by itself to the clause before it.
func (w *written) join(c clause) {
	last := &w.clauses[len(w.clauses)-1]
	last.end = c.end
	last.words = append(last.words[:len(last.words):len(last.words)], c.words...)
	last.norm += c.norm[1:]
	if last.pieces == nil {
		last.pieces = []act{last.act}
	}
	piece := c.act
	if len(piece.verbs) == 0 {
		piece.verbs, piece.head = last.pieces[0].verbs, last.pieces[0].head
	}
	if piece.head != "" || sum(piece.objects) >= ofConcept { // "or the lease" is nothing to check
		last.pieces = append(last.pieces, piece)
	}
	last.act = actOf(w.text[last.start:last.end], last.words)
}

func (w *written) clause(part int, ws []offline.Word) clause {
	c := clause{words: ws, part: part, question: w.parts[part].Question}
	first, last := 0, len(ws)-1
	for first < last && ws[first].Punct {
		first++
	}
	for last > first && (ws[last].Punct || digits(ws[last].Low) && ws[last-1].Punct || w.tongue.cuts[fold(ws[last].Low)]) {
		last-- // the number of the next item, the word that joins it
	}
	c.start, c.end = ws[first].Start, ws[last].End
	var norm strings.Builder
	norm.WriteByte(' ')
	for _, word := range ws {
		if !word.Punct && !word.Quoted {
			norm.WriteString(fold(word.Low))
			norm.WriteByte(' ')
		}
	}
	c.norm = norm.String()
	c.act = actOf(w.text[c.start:c.end], ws)
	return c
}

// that are words by which what is to be made sure of begins.
var that = words("that dass ze czy que che ob whether")

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// moodOf tells what a clause does by its own words.
func (w *written) moodOf(c *clause, question bool) mood {
	t := w.tongue
	if w.lang == "ja" {
		return w.wideMood(c)
	}
	head := strings.Fields(c.norm)
	for len(head) > 0 && (t.lead[head[0]] || digits(head[0]) || w.lang == "en" && len(head) > 1 && len(head[0]) > 4 && strings.HasSuffix(head[0], "ly")) {
		head = head[1:] // "temporarily disable"
	}
	if len(head) == 0 {
		if has(c.norm, t.tells) {
			return tells // "Please," what follows is to be done
		}
		return states
	}
	led := " " + strings.Join(head, " ") + " "
	switch {
	case has(c.norm, t.excuse):
		return excused
	case has(c.norm, t.free):
		return states
	case has(c.norm, t.recap) && !(question && has(c.norm, t.asks)):
		return recap
	case question && (askWhich[head[0]] || otherAsks[head[0]]):
		return states // asks for a value, not for a deed
	case question && has(c.norm, t.asks):
		return asks
	case t.orders[head[0]] && (t.order == nil || w.lang == "de" || t.order(head)), t.order != nil && t.order(head):
		return tells
	case has(led, t.ours) && !has(c.norm, advice):
		return ours
	case has(c.norm, t.tells):
		return tells
	}
	return states
}

// otherAsks are words that open a question for something, beside askWhich.
var otherAsks = words("where when why how who whose gdzie kiedy dlaczego jak kto skad wo wann warum wie wer wohin donde cuando como quien ou quand pourquoi comment dove quando perche come z")

// advice are words by which "I" tells the reader what to do.
var advice = list("recommend,suggest,advise,would start,would check,would try,need you,would like you,ask you,empfehle,empfehlen,schlage,schlagen,rate,polecam,polecamy,sugeruje,sugerujemy,zalecam,zalecamy,proponuje,prosze,prosimy,recomiendo,recomendamos,sugiero,sugerimos,conseille,recommande,invite,consiglio,suggerisco")

// wideMood is moodOf for Japanese, whose verbs stand last.
func (w *written) wideMood(c *clause) mood {
	t, s := w.tongue, w.text[c.start:c.end]
	switch {
	case contains(s, t.excuse.wide):
		return excused
	case contains(s, t.free.wide):
		return states
	case contains(s, t.recap.wide):
		return recap
	case contains(s, t.tells.wide):
		return tells
	case contains(s, t.asks.wide):
		return asks
	case contains(s, t.ours.wide):
		return ours
	}
	return states
}

func contains(s string, any []string) bool {
	for _, p := range any {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// heads reports whether a sentence stands over a list: what it tells to do
// stands in the items.
func (w *written) heads(part int) bool {
	return w.parts[part].Heading && part+1 < len(w.parts) && w.parts[part+1].Item
}
