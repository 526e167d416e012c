package offline

import (
	"slices"
	"strings"
	"unicode"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/ground"
)

// What else reads texts of support takes these parts from here, so that a
// sentence, a word and a step are the same thing everywhere.

// Part is one sentence, list item, heading or pasted line of a text.
type Part struct {
	Start, End int // bytes of the text
	Words      []Word
	Paragraph  int  // counts blank lines
	Item       bool // a list item
	Heading    bool // ends in a colon, or is a heading by its mark-up
	Pasted     bool // log, code, setting or machine text
	Question   bool
}

// Word is one word or mark of punctuation. A contraction makes two words of
// one byte range.
type Word struct {
	Start, End int    // bytes of the text
	Low        string // lower case, straight apostrophe
	Quoted     bool   // stands inside quotation marks or code: named, not said
	Punct      bool
}

// Parts splits a text in a language (ISO 639-1) without its quoted history
// and signature. Cost is linear in the text.
func Parts(text, lang string) []Part {
	ss := sentences(1, text, lang, ground.Quoted(text))
	out := make([]Part, len(ss))
	for i := range ss {
		s := &ss[i]
		out[i] = Part{Start: s.start, End: s.end, Paragraph: s.paragraph, Item: s.item, Heading: s.heading, Pasted: s.pasted, Question: s.question,
			Words: make([]Word, len(s.words))}
		for j, w := range s.words {
			out[i].Words[j] = Word{w.start, w.end, w.low, w.quoted, w.punct}
		}
	}
	return out
}

// Words splits a piece of a text into words and punctuation, without telling
// its sentences and what in it is quoted: for quotations and phrases.
func Words(text, lang string) []Word {
	ws := splitWords(text, 0, len(text), nil, lang)
	out := make([]Word, len(ws))
	for i, w := range ws {
		out[i] = Word{w.start, w.end, w.low, w.quoted, w.punct}
	}
	return out
}

// Language tells the language of a text, ISO 639-1; "" when there is too
// little to tell.
func Language(text string) string { return language(text) }

// Reads reports whether there is a grammar of that language.
func Reads(lang string) bool { return grammars[lang] != nil }

// Stem cuts a word to what its inflected forms share.
func Stem(word string) string { return stemOf(word) }

// StopWord reports whether a word is too common to tell anything.
func StopWord(word string) bool { return isStopWord(word) }

// Bare is a word without accents.
func Bare(word string) string { return bare(word) }

// Addresses finds the http and https addresses of a text: their byte ranges,
// without the punctuation behind them.
func Addresses(text string) [][2]int {
	var out [][2]int
	for _, m := range find(urlShape, text, "://") {
		out = append(out, [2]int{m[0], m[0] + len(trimURL(text[m[0]:m[1]]))})
	}
	return out
}

// Domains finds the names of hosts outside of addresses, as byte ranges.
func Domains(text string) (out [][2]int) {
	for _, m := range domainsIn(text) {
		out = append(out, [2]int{m[0], m[1]})
	}
	return out
}

// HelpPage reports whether an address looks like one of a help page.
func HelpPage(url string) bool { return docHost.MatchString(url) }

// Steps returns the customer's steps of a procedure that a text in a language
// speaks of: by number, all of them ("the three steps"), or by their words.
func (o *Extractor) Steps(p *knowledge.Procedure, text, lang string) []string {
	lx := o.lexiconOf(p)
	if ids := lx.numbered(text); len(ids) > 0 {
		return ids
	}
	g := grammarOf(lang)
	if ids := lx.match(g, text); len(ids) > 0 {
		return ids
	}
	if hasPhrase(" "+normal(text)+" ", g.allSteps) || lang == "ja" && containsAny(text, wholeJA) {
		return slices.Clone(lx.all())
	}
	return nil
}

// Said reads only what a customer says they did, read, use, saw and name: no
// procedure, kind or request, which is most of the work. Nobody acts on it,
// so attempts to instruct the software are not looked for.
func (o *Extractor) Said(t *triage.Ticket) triage.Proposal {
	r := &reading{o: o, in: triage.Reading{Ticket: t}, langs: map[int]string{}, texts: map[int]string{}, whole: true}
	r.open(ground.Quoted)
	found := r.undoneAll(r.allClaims())
	r.stillBroken(found)
	return triage.Proposal{Language: r.lang, Claims: r.proposed(found), Documents: r.documents(), Symptoms: r.symptoms(),
		Environment: r.environmentItems(), Entities: r.entities(), Info: triage.ExtractorInfo{Name: "offline"}}
}

// normal is a text as lower-case words with single spaces between.
func normal(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(openers+closers, r)
	}), " ")
}
