package guard

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
	"readback/triage/ground"
)

// customer takes from a customer's message what no extractor tells.
func (h *history) customer(n int, m *triage.Message, seen map[concept]int, parts *int) {
	text := m.Text
	if len(text) > MaxDraft {
		text = cutRune(text, MaxDraft)
	}
	lang := h.lang // a short message tells too little
	if len(text) > 200 {
		lang = cmp.Or(offline.Language(text), lang)
	}
	t := tongues[lang]
	regions := ground.Quoted(text)
	var links []linked
	for _, a := range addressesIn(text) {
		if slices.ContainsFunc(regions, func(r ground.Region) bool { return r.Start <= a[0] && a[0] < r.End }) {
			continue
		}
		key, fragment := pageKey(text[a[0]:a[1]])
		links = append(links, linked{key, fragment, quoteOf(h.t, n, a[0], a[1]), triage.RoleCustomer, false})
	}
	defer func() { h.links = append(h.links, links...) }()
	for _, at := range m.Attachments {
		if strings.HasPrefix(at.Type, "image/") || picture(at.Name) {
			h.values = append(h.values, value{topicScreenshot, at.Name, triage.Evidence{Kind: triage.EvidenceAttachment, Message: n, MessageID: m.ID, Quote: at.Name}})
		}
	}
	if i := strings.Index(text, "[image]"); i >= 0 {
		h.values = append(h.values, value{topicScreenshot, "", quoteOf(h.t, n, i, i+len("[image]"))})
	}
	h.inPassing(n, text, regions)
	h.solved, h.about = 0, nil
	if t == nil {
		return
	}
	broken := false
	for _, p := range offline.Parts(text, lang) {
		if !p.Pasted {
			*parts++
			broken = h.sentence(n, text, lang, &p, links, seen) || broken
		}
	}
	if broken && n > 1 {
		h.again = append(h.again, n)
	}
}

// sentence takes what one sentence of a customer's message tells, of a language
// with a tongue, and reports whether it says that it broke again.
func (h *history) sentence(n int, text, lang string, p *offline.Part, links []linked, seen map[concept]int) (broken bool) {
	t := tongues[lang]
	c := (&written{text: text, lang: lang, tongue: t, parts: []offline.Part{*p}}).clause(0, p.Words)
	for o := range c.act.objects {
		seen[o]++
	}
	norm := c.norm
	if lang == "ja" {
		norm = text[p.Start:p.End]
	}
	for i := range links {
		if l := &links[i]; p.Start <= l.ev.Start && l.ev.Start < p.End && has(norm, t.follows) && !p.Question && !negated(norm) {
			l.read = true
		}
	}
	if has(norm, t.again) {
		broken = true
	}
	if !p.Question {
		h.report(n, lang, p, t)
	}
	if len(c.act.objects) > 0 {
		h.about = &c.act
	}
	h.sends(n, p, norm)
	if !p.Question {
		h.states = append(h.states, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: c.act, denied: has(norm, notDone) || has(norm, saysWrong) || strings.Contains(norm, "n't ")})
	}
	if a := c.act; !p.Question && len(a.verbs) > 0 && len(a.objects) > 0 && len(p.Words) <= 30 && has(norm, inState) && happened(p.Words, lang, false) && !has(norm, notDone) && !has(norm, saysWrong) && !negated(norm) && !slices.ContainsFunc(p.Words, func(w offline.Word) bool { return aims[fold(w.Low)] }) {
		h.deeds = append(h.deeds, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: a, reported: true})
	}
	if n > 1 && !p.Question && !has(norm, notDone) {
		h.said = append(h.said, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: c.act})
	}
	if !p.Question && contains(norm, newWords) && newest.MatchString(norm) && !has(norm, notDone) {
		h.deed(h.t, quoteOf(h.t, n, p.Start, p.End), triage.ClaimDone)
		h.deeds[len(h.deeds)-1].act.verbs["update"] = true
	}
	if n > 1 && !p.Question && (has(norm, t.did) && !has(norm, notDone) || len(text) < 300 && has(norm, inVain) && h.t.N(n-1).Role == triage.RoleAgent) {
		a := c.act
		a.back, a.objects = true, nil
		h.deeds = append(h.deeds, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: a, vain: !has(norm, t.did)})
	}
	if end, ok := which(norm, t.denies); ok && !p.Question {
		h.denied(n, text, *p, norm[end:])
	}
	if has(norm, t.solved) && !negated(norm) && !p.Question {
		h.solved = n
		h.works = append(h.works, n)
	}
	return broken
}

// inState are words by which a sentence says how something is, so also what was
// done to it: "the file is saved as UTF-8".
var inState = list("is,are,was,were,been,it's,ist,sind,wurde,wurden,war,jest,sa,zostal,zostala,zostalo,zostaly,esta,estan,fue,fueron,sido,est,sont,ete,etait")

// newWords are what stands in whatever newest finds.
var newWords = strings.Split("latest,newest,up-to-date,up to date,najnowsz,aktualn,neuest,aktuell,ultima version,actualizad", ",")

// newest is how a sentence says that something is up to date.
var newest = regexp.MustCompile(` (?:is|are|on|have|has|running|run|lists|jest|mam|mamy|ist|habe|haben|tengo|tenemos|es|esta) (?:\S+ ){0,4}(?:latest|newest|up-to-date|up to date|najnowsz\S*|aktualn\S*|neuest\S*|aktuell\S*|ultima version|actualizad\S*) `)

// denied notes what the customer rules out as the cause.
func (h *history) denied(n int, text string, p offline.Part, rest string) {
	fields := strings.Fields(rest)
	a := act{verbs: map[concept]bool{"check": true}, objects: map[concept]float64{}, hosts: map[string]bool{}, right: true}
	for _, w := range fields[:min(len(fields), 4)] {
		a.word(w)
	}
	delete(a.objects, "error")
	if len(a.objects) == 0 {
		return
	}
	a.firm = true
	h.deeds = append(h.deeds, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: a, denied: true})
}

// inVain are words by which a short answer says that what it was told to do was
// done, and did not help.
var inVain = list("did not help,does not help,didn't help,doesn't help,no change,no changes,no difference,did not work,didn't work,same result,same problem,same error,still the same,no luck,no success,no joy,made no difference,changed nothing,nothing changed,hat nicht geholfen,hilft nicht,half nicht,ohne erfolg,keine anderung,keine besserung,brachte nichts,nichts geandert,gleiche fehler,gleiches problem,nie pomoglo,nie pomaga,bez zmian,to samo,bez skutku,nic nie dalo,nic sie nie zmienilo,no ayudo,no ha ayudado,no funciono,no ha funcionado,sigue igual,no ha servido,sin exito,mismo resultado,mismo problema,mismo error")

// notDone are words of what is still to do.
var notDone = list("not yet,have not,did not,has not,will,nie,noch nicht,nicht,no lo he,aun no,todavia no,not")

var denials = list("not,no,never,nie,nicht,kein,keine,isn't,doesn't,ne,pas,non,nao,niet,cannot,but,still")

// negated reports a denial in words between spaces.
func negated(norm string) bool {
	return has(norm, denials) || strings.Contains(norm, "n't ")
}
