package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"readback/triage"
	"readback/triage/extract/offline"
)

// repeats finds steps that are told or asked about although the customer has
// done them.
func (k *check) repeats() {
	if k.w.tongue == nil {
		return
	}
	changed := 0   // number of the paragraph, from 1, that told to change something that was not done
	acted := false // the writer changed something, so that a step is due again
	for i := range k.w.clauses {
		c := &k.w.clauses[i]
		if c.mood == ours && !has(c.norm, ownPapers) && (has(c.norm, k.w.tongue.acts) || contains(c.text(k.w.text), k.w.tongue.acts.wide) && k.w.lang == "ja") {
			acted = true
		}
		if acted || c.mood != tells && c.mood != asks || k.w.heads(c.part) {
			continue
		}
		paragraph := k.w.parts[c.part].Paragraph
		switch {
		case k.byProcedure(c):
			changed = 0
			continue
		case k.saidWhy(i) || c.due(k.w, changed == paragraph+1):
			continue
		case k.byDeed(c) || k.byAnswer(c):
			changed = 0
			continue
		}
		if c.mood == tells && c.act.changes() {
			changed = paragraph + 1
		}
	}
}

// due reports whether a clause tells to do once more what makes a change take
// effect, or shows whether it did: a change that was just told, or one that
// the sentence speaks of.
func (c *clause) due(w *written, changed bool) bool {
	words := w.parts[c.part].Words
	for len(words) > 0 && words[len(words)-1].Start >= c.end {
		words = words[:len(words)-1]
	}
	before, whole := normalWords(words), normalWords(w.parts[c.part].Words)
	return has(before, sinceThen) || has(before, elsewhere) || alsoThere(before) || again(before, whole, changed) || c.act.repeatable() && (changed && has(before, thereafter) || has(before, takesEffect))
}

var (
	// thereafter are words by which a sentence comes after the one before it.
	thereafter = list("then,afterwards,afterward,after that,after this,after doing,after saving,once done,once that,once this,danach,anschliessend,nachdem,dann,hinterher,potem,nastepnie,po tym,po czym,po zapisaniu,despues,luego,a continuacion,tras")
	// takesEffect are words for a change that needs a restart or a new try.
	takesEffect = list("after a restart,after a reboot,takes effect,take effect,to apply,new settings,new setting,after the change,after that change,after the update,wirksam,ubernommen,nach der anderung,nach dem neustart,zaczelo dzialac,po zmianie,po restarcie,po aktualizacji,surta efecto,surtan efecto,tras el cambio,tras reiniciar")
	// onceMore are words by which the writer knows that it was done, and reasons
	// those that say why it is due again.
	onceMore = list("one last time,a last time,ein letztes mal,ostatni raz,una ultima vez,once more,one more time,again,another time,noch einmal,nochmal,nochmals,erneut,jeszcze raz,ponownie,de nuevo,otra vez,una vez mas")
	reasons  = list("now,after,because,since,then,new,newer,nachdem,jetzt,weil,neue,neuen,po,teraz,poniewaz,nowy,nowa,nowym,tras,despues,ahora,porque,nueva,nuevo")
	// elsewhere are words for the same with another thing.
	elsewhere = list("as well,same treatment,the other one,that one too,genauso,ebenfalls bei,tak samo,rowniez na,rowniez dla,tambien en,tambien para")
	// sinceThen are words by which it is another matter than it was.
	sinceThen = list("only then,erst dann,erst danach,dopiero wtedy,dopiero potem,solo entonces,as soon as,en cuanto,sobald,gdy tylko,jak tylko,now that,this time,after our fix,since our fix,diesmal,jetzt da,jetzt wo,tym razem,teraz gdy,teraz kiedy,esta vez,ahora que")
)

// anotherToo ends a sentence on the same with another thing: "for staging too".
var anotherToo = regexp.MustCompile(` (?:for|on|at|in|with|of|fur|bei|auf|fuer|dla|na|w|u|para|en) (?:\S+ ){1,3}(?:too|auch|tez|tambien) `)

// again reports whether a sentence tells to do once more, for a reason, what its
// writer knows was done. norm is its text so far, whole all of it.
func again(norm, whole string, changed bool) bool {
	norm, whole = backAgain.Replace(norm), backAgain.Replace(whole)
	return has(norm, onceMore) && (changed || has(whole, reasons)) || has(whole, onceMore) && has(norm, reasons)
}

// backAgain takes away "again" where it only ends what was turned round.
var backAgain = strings.NewReplacer(" off again ", " off ", " on again ", " on ", " in again ", " in ", " out again ", " out ", " wieder ein ", " ein ", " wieder an ", " an ")

// alsoThere reports whether a sentence is on the same with another thing, one
// that it names.
func alsoThere(norm string) bool {
	found := anotherToo.FindString(norm)
	return found != "" && !slices.ContainsFunc(strings.Fields(found), func(w string) bool { return others[w] })
}

// elsewhereIs reports whether a clause is about "it", and that is by the
// sentences before it a domain of which the message of a deed does not speak,
// but of others; or no message of the customer, when that one names none.
func (k *check) elsewhereIs(c *clause, message int) bool {
	if len(c.act.hosts) > 0 || !has(c.norm, thatOne) {
		return false
	}
	var about map[string]bool
	for i := range k.w.clauses {
		d := &k.w.clauses[i]
		if d.start >= c.start || d.part > c.part {
			break
		}
		if d.part+2 >= c.part && len(d.act.hosts) > 0 && k.w.parts[d.part].Paragraph == k.w.parts[c.part].Paragraph {
			about = d.act.hosts
		}
	}
	if about == nil {
		return false
	}
	text := strings.ToLower(k.h.t.N(message).Text)
	if len(offline.Domains(text)) == 0 {
		var all strings.Builder
		for n := range min(k.before, maxRead) - 1 {
			if m := k.h.t.N(n + 1); m.Role == triage.RoleCustomer {
				all.WriteString(strings.ToLower(m.Text) + "\n")
			}
		}
		text = all.String()
	}
	for h := range about {
		if k.platform(h) || strings.Contains(text, h) {
			return false
		}
	}
	return len(offline.Domains(text)) > 0
}

// thatOne are words for what was spoken of last.
var thatOne = list("it,that one,this one,sie,es,diese,die,ja,ten,ta,to,ese,esa,lo,la")

// changes reports whether an act makes a difference to what is there.
func (a *act) changes() bool {
	if len(a.verbs) == 0 {
		return len(a.objects) > 0 // a verb that no list has: "loosen the screws"
	}
	for v := range a.verbs {
		if makes[v] {
			return true
		}
	}
	return false
}

// repeatable reports whether an act is done again after a change.
func (a *act) repeatable() bool {
	for v := range a.verbs {
		if shows[v] {
			return true
		}
	}
	return false
}

var (
	makes = set("set change update install reinstall uninstall remove add enable disable reset create format renew connect disconnect unpair clean")
	shows = set("restart try check run login logout open scan connect calibrate sync enable")
)

// saidWhy reports whether a clause points back ("check that record") at what
// the writer has just said is not right.
func (k *check) saidWhy(i int) bool {
	if !k.w.clauses[i].act.back || i == 0 {
		return false
	}
	before := &k.w.clauses[i-1]
	return (before.mood == states || before.mood == ours) && before.part+1 >= k.w.clauses[i].part && has(before.norm, saysWrong)
}

// ownPapers are what the writer may change without anything being different
// for the customer.
var ownPapers = list("post,ticket,case,note,notes,reply,message,answer,comment,request,zgloszenie,notatke,anfrage,nachricht,mensaje,solicitud,nota")

// byDeed finds what the customer said they did in the words of a clause.
func (k *check) byDeed(c *clause) bool {
	if c.act.head == "" && k.w.linked(c) {
		return false // "have a look at the page": by what it links, see links
	}
	var best *deed
	most := 0.0
	named := strings.Contains(c.text(k.w.text), "/") // a page or a screen: more than "everything"
	for i := range k.h.deeds {
		d := &k.h.deeds[i]
		if d.ev.Message >= k.before || k.brokeSince(d.ev.Message) || k.elsewhereIs(c, d.ev.Message) {
			continue
		}
		same := c.sameRemedy(&d.act, d.remedies)
		if !same && c.act.cycle() && !k.cycled(d.ev.Message) {
			continue
		}
		likeness := c.likeness(d, k.h.common)
		if d.named || d.reported && likeness < surely {
			likeness = 0
		}
		if same {
			likeness = max(likeness, 0.9)
		}
		if everything(d) && !named && c.act.verbs["check"] && !c.act.other && len(c.act.objects) > 0 {
			likeness = max(likeness, enough)
		}
		if d.act.firm && likeness > 0 {
			likeness += 0.1
		}
		if likeness > most {
			best, most = d, likeness
		}
	}
	if most < enough {
		best = k.stated(c)
	}
	if best == nil {
		return false
	}
	if n := len(k.findings); n > 0 && k.last != nil && k.last.part == c.part && slices.ContainsFunc(c.remedies, func(r concept) bool { return slices.Contains(k.last.remedies, r) }) {
		k.findings[n-1].Draft.End = c.end // both halves of one thing: off, and on again
		return true
	}
	k.last = c
	code := "guard.step_done"
	switch {
	case best.denied:
		code = "guard.step_ruled_out"
	case best.state == triage.ClaimFailed:
		code = "guard.step_failed"
	}
	k.add(Finding{Kind: RepeatsStep, Level: Hint, Draft: Span{c.start, c.end}, Evidence: clone(best.ev), Code: code, Params: map[string]string{"quote": short(best.ev.Quote)}})
	return true
}

// linked reports whether a link stands in a clause.
func (w *written) linked(c *clause) bool {
	return slices.ContainsFunc(w.addresses, func(a [2]int) bool { return a[0] >= c.start && a[0] < c.end })
}

// stated finds what the customer states to be so in the words of a clause that
// has it checked: "the tap is open" for "make sure that the tap is open".
func (k *check) stated(c *clause) *deed {
	asked := c.mood == asks && c.question
	if !c.act.verbs["check"] && !that[firstWord(c.norm)] && !asked || sum(c.act.objects) < ofStem-0.01 {
		return nil
	}
	alone := len(c.act.objects) < 2 // one thing tells too little: what it does must be said too
	for i := range k.h.states {
		d := &k.h.states[i]
		if d.denied && !asked {
			continue // that something is not so answers a question only
		}
		if d.ev.Message < k.before && !k.brokeSince(d.ev.Message) && len(d.act.objects) <= 5 && (!alone || c.act.doesSame(&d.act)) && c.act.covered(&d.act, k.h.common, asked) {
			return d
		}
	}
	return nil
}

// doesSame reports whether two acts have a verb in common that says what is
// done.
func (a *act) doesSame(b *act) bool {
	for v := range a.verbs {
		if b.verbs[v] && v != "check" && v != "try" && v != "use" {
			return true
		}
	}
	return false
}

func firstWord(norm string) string {
	w, _, _ := strings.Cut(strings.TrimLeft(norm, " "), " ")
	return w
}

// surely is how alike an act must be to one that only the form of a sentence
// makes a deed.
const surely = 0.65

// cycled reports whether a message tells of both halves of off and on again.
func (k *check) cycled(message int) bool {
	all := act{verbs: map[concept]bool{}}
	for i := range k.h.deeds {
		if d := &k.h.deeds[i]; d.ev.Message == message {
			for v := range d.act.verbs {
				all.verbs[v] = true
			}
		}
	}
	return all.cycle() || all.verbs["reinstall"] || all.verbs["restart"]
}

// everything reports whether a deed was to look at everything.
func everything(d *deed) bool { return d.act.all && d.act.verbs["check"] }

// brokeSince reports whether something broke again or changed after a message.
func (k *check) brokeSince(message int) bool {
	return slices.ContainsFunc(k.h.again, func(n int) bool { return n > message && n < k.before })
}

// How much of an instruction must stand in an earlier one, and of that one in
// it, for both to be one.
const (
	alike     = 0.6
	alikeBack = 0.4
)

// byAnswer finds an instruction of an earlier answer that the customer has
// answered: they did that, or it did not help.
func (k *check) byAnswer(c *clause) bool {
	for i := len(k.h.answers) - 1; i >= 0; i-- {
		a := &k.h.answers[i]
		if a.message >= k.before {
			continue
		}
		for j := range a.w.clauses {
			p := &a.w.clauses[j]
			if p.mood != tells && p.mood != asks || !c.sameRemedy(&p.act, p.remedies) &&
				(c.act.repeats(&p.act, k.h.common) < alike || p.act.repeats(&c.act, k.h.common) < alikeBack) {
				continue
			}
			if d := k.reply(a.message, c); d != nil {
				k.add(Finding{Kind: RepeatsStep, Level: Hint, Draft: Span{c.start, c.end}, Evidence: clone(d.ev), Code: "guard.step_answered",
					Params: map[string]string{"quote": short(d.ev.Quote), "told": short(p.text(a.w.text))}})
				return true
			}
		}
	}
	return false
}

// reply is what the customer answers to an instruction: "did all that", or the
// same in their own words; nil when they did not.
func (k *check) reply(message int, told *clause) *deed {
	var vain *deed
	for _, list := range [][]deed{k.h.deeds, k.h.said} {
		for i := range list {
			d := &list[i]
			if d.ev.Message <= message || d.ev.Message >= k.before || k.brokeSince(d.ev.Message-1) || k.answeredBetween(message, d.ev.Message) {
				continue
			}
			switch {
			case d.vain:
				vain = d
			case d.act.back && sum(d.act.objects) <= 1.5 || d.act.all && len(d.act.objects) == 0 || told.act.covered(&d.act, k.h.common, false):
				return d
			}
		}
	}
	return vain
}

// answeredBetween reports whether another answer that tells something stands
// between two messages: then "that" is about it.
func (k *check) answeredBetween(from, to int) bool {
	for i := range k.h.answers {
		if a := &k.h.answers[i]; a.message > from && a.message < to && slices.ContainsFunc(a.w.clauses, func(c clause) bool { return c.mood == tells }) {
			return true
		}
	}
	return false
}

func sum(objects map[concept]float64) (all float64) {
	for _, w := range objects {
		all += w
	}
	return all
}

// shortest is how much of a quotation stands in a sentence, in runes.
const shortest = 90

// short is a quotation on one line for a sentence.
func short(quote string) string {
	s := strings.Join(strings.Fields(quote), " ")
	if utf8.RuneCountInString(s) <= shortest {
		return s
	}
	return string([]rune(s)[:shortest]) + "…"
}
