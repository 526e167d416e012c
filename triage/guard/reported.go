package guard

import (
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
)

// undone are words by which a piece of a sentence tells of no deed: it is
// denied, wished, planned, asked for, a condition, or somebody else's.
var undone = words(`not never will would should could cannot might may want wanted plan planning going if whether unless until please need needs told asked advised suggested suggests recommended when before instead
nie nigdy bede bedzie bedziemy chce chcialbym chcialabym czy jesli jezeli gdyby zamierzam sprobuje powinienem prosze zanim
nicht nie werde werden wurde soll sollte sollten will mochte mochten kann konnte wenn falls ob bitte muss bevor
nunca voy quiero quisiera debo si puedo cuando antes`)

// pastWords are English words of the past that do not end in -ed.
var pastWords = words(`did done made set put ran run took pulled went sent read got gave kept left reset bought brought cut held gone written taken swapped split shut let rebuilt built`)

// report notes what a sentence of the customer tells that they did, piece by
// piece, when its words are those of a known remedy.
func (h *history) report(n int, lang string, p *offline.Part, t *tongue) {
	told := act{verbs: map[concept]bool{}, objects: map[concept]float64{}, hosts: map[string]bool{}}
	at, any := 0, false
	text := h.t.N(n).Text
	take := func(to int) {
		if piece := p.Words[at:to]; len(piece) > 0 && happened(piece, lang, any) {
			any = true
			told.add(actOf(text[piece[0].Start:piece[len(piece)-1].End], piece))
		}
		at = to
	}
	for i, w := range p.Words {
		if w.Punct && strings.ContainsAny(w.Low, ",;:–—()") || !w.Quoted && t.cuts[fold(w.Low)] {
			take(i)
		}
	}
	take(len(p.Words))
	if !any || len(told.verbs) == 0 {
		return
	}
	if r := told.remedied(told.many); len(r) > 0 {
		h.deeds = append(h.deeds, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: told, remedies: r, reported: true})
	}
}

// add takes what another act holds.
func (a *act) add(b act) {
	for v := range b.verbs {
		a.verbs[v] = true
	}
	for o, w := range b.objects {
		a.objects[o] = max(a.objects[o], w)
	}
	for o := range b.hosts {
		a.hosts[o] = true
	}
	a.right, a.other, a.all, a.back = a.right || b.right, a.other || b.other, a.all || b.all, a.back || b.back
	a.many, a.nothing, a.sides = a.many || b.many, a.nothing || b.nothing, append(a.sides, b.sides...)
}

// happened reports whether a piece of a sentence tells of something in the
// past. after says that a piece before it did.
func happened(piece []offline.Word, lang string, after bool) bool {
	past := false
	for i := range piece {
		w := piece[i].Low
		low := fold(w)
		if undone[low] || strings.HasSuffix(low, "n't") {
			return false
		}
		switch lang {
		case "pl":
			past = past || len(low) > 4 && slices.ContainsFunc([]string{"lem", "lam", "lismy", "lysmy", "ione", "iony"}, func(end string) bool { return strings.HasSuffix(low, end) })
		case "de":
			past = past || len(low) > 5 && (strings.Contains(low, "ge") && (strings.HasSuffix(low, "t") || strings.HasSuffix(low, "en")) || strings.HasSuffix(low, "iert"))
		case "es":
			past = past || len(low) > 4 && (strings.HasSuffix(w, "é") || strings.HasSuffix(w, "í") || strings.HasSuffix(low, "ado") || strings.HasSuffix(low, "ido") || strings.HasSuffix(low, "amos") || strings.HasSuffix(low, "imos"))
		default:
			past = past || pastWords[low] || len(low) > 4 && strings.HasSuffix(low, "ed")
		}
	}
	return past || after && len(piece) <= 6 // "signed out and in again"
}
