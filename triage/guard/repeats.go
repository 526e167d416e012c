package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"readback/knowledge"
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
	before := normalWords(words)
	return has(before, sinceThen) || c.act.repeatable() && (changed && has(before, thereafter) || has(before, takesEffect))
}

var (
	// thereafter are words by which a sentence comes after the one before it.
	thereafter = list("then,afterwards,afterward,after that,after this,after doing,after saving,once done,once that,once this,danach,anschliessend,nachdem,dann,hinterher,potem,nastepnie,po tym,po czym,po zapisaniu,despues,luego,a continuacion,tras")
	// takesEffect are words for a change that needs a restart or a new try.
	takesEffect = list("after a restart,after a reboot,takes effect,take effect,to apply,new settings,new setting,after the change,after that change,after the update,wirksam,ubernommen,nach der anderung,nach dem neustart,zaczelo dzialac,po zmianie,po restarcie,po aktualizacji,surta efecto,surtan efecto,tras el cambio,tras reiniciar")
	// sinceThen are words by which it is another matter than it was.
	sinceThen = list("now that,this time,after our fix,since our fix,diesmal,jetzt da,jetzt wo,tym razem,teraz gdy,teraz kiedy,esta vez,ahora que")
)

// changes reports whether an act makes a difference to what is there.
func (a *act) changes() bool {
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

// byProcedure finds in a clause steps of the ticket's procedures that have
// passed for every input that it is about. It reports whether it found any.
func (k *check) byProcedure(c *clause) bool {
	r := k.c.Result
	if r == nil || k.g.w == nil || c.act.cycle() {
		return false
	}
	var told *Finding
	for i := range r.Matters {
		m := &r.Matters[i]
		p := k.g.w.Procedure(m.Procedure)
		if p == nil || p.Status == knowledge.Draft || len(m.Positions) == 0 {
			continue
		}
		for _, id := range k.steps(p, c) {
			f, ok := k.passed(m, p, id, c)
			switch {
			case !ok:
			case told == nil || f.Level == Stop && told.Level == Hint:
				told = &f
			case f.Level == told.Level && !slices.Contains(told.Steps, id): // one place of the draft, several steps
				told.Steps = append(told.Steps, id)
				told.Params["step"] += triage.Sentence(k.lang(), "guard.between", nil) + f.Params["step"]
				if told.Check == nil && f.Check != nil {
					told.Check, told.Code, told.Params["at"] = f.Check, f.Code, f.Params["at"]
				}
			}
		}
	}
	if told != nil {
		k.add(*told)
	}
	return told != nil
}

// steps are the customer's steps that a clause speaks of, by its own words:
// addresses and paths of screens name others.
func (k *check) steps(p *knowledge.Procedure, c *clause) []string {
	text := screenPath.ReplaceAllString(c.text(k.w.text), " ")
	for _, a := range slices.Backward(offline.Addresses(text)) {
		text = text[:a[0]] + text[a[1]:]
	}
	return k.g.reader.Steps(p, text, k.w.lang)
}

// screenPath is the way to a screen: Settings > Tracking > SSL.
var screenPath = regexp.MustCompile(`[\p{L}\p{N}*_"“”]+(?: [\p{Lu}\p{N}*_"“”][\p{L}\p{N}*_"“”]*)*(?:\s*[>›→»]\s*[\p{L}\p{N}*_"“”]+(?: [\p{Lu}\p{N}][\p{L}\p{N}*_"“”]*)*)+`)

// passed makes the finding of a step that has passed, or reports false when it
// is still to do for an input that the clause is about.
func (k *check) passed(m *triage.Matter, p *knowledge.Procedure, id string, c *clause) (Finding, bool) {
	about := k.bindings(m, c)
	if len(about) == 0 {
		return Finding{}, false
	}
	seen, replaced := true, false
	var inputs []string
	for _, pos := range about {
		s := pos.Step(id)
		if s == nil || !s.State.Passed() || s.By != knowledge.Customer {
			return Finding{}, false
		}
		seen, replaced = seen && wasSeen(p, pos, s), replaced || s.State == triage.StepSuperseded
		if b := triage.BindingText(pos.Inputs); b != "" {
			inputs = append(inputs, b)
		}
	}
	f := Finding{Kind: RepeatsStep, Level: Hint, Draft: Span{c.start, c.end}, Steps: []string{id}, Code: "guard.step_said",
		Params: map[string]string{"step": p.StepTitle(id, k.lang()), "inputs": strings.Join(inputs, ", ")}}
	f.Evidence = k.claimed(m.ID, p, id)
	if seen {
		if c.mood == tells {
			f.Level = Stop
		}
		f.Check = k.look(m.ID, id, about[0].Inputs, triage.Pass)
		switch {
		case replaced:
			f.Code = "guard.step_superseded"
		case f.Check == nil:
			f.Level = Hint // nothing to show for it
		default:
			f.Code, f.Params["at"] = "guard.step_seen", f.Check.ObservedAt.UTC().Format("15:04")
		}
	}
	if f.Evidence != nil && k.brokeSince(f.Evidence.Message) {
		if !seen {
			return Finding{}, false
		}
		f.Level = Hint
	}
	return f, true
}

// wasSeen reports whether a step's state rests on what a check saw: of itself,
// or of the step that replaced it.
func wasSeen(p *knowledge.Procedure, pos *triage.Position, s *triage.StepPosition) bool {
	if s.State == triage.StepVerified {
		return true
	}
	if s.State != triage.StepSuperseded {
		return false
	}
	for i := range p.Steps {
		if later := pos.Step(p.Steps[i].ID); later != nil && slices.Contains(p.Steps[i].Replaces, s.ID) && later.State == triage.StepVerified {
			return true
		}
	}
	return false
}

// bindings are the positions that a clause is about: those whose values it
// names, all of them when it names none, none when it names others only.
func (k *check) bindings(m *triage.Matter, c *clause) (out []*triage.Position) {
	named := false
	for h := range c.act.hosts {
		if k.platform(h) {
			continue
		}
		named = true
		for i := range m.Positions {
			for _, v := range m.Positions[i].Inputs {
				if strings.EqualFold(v, h) {
					out = append(out, &m.Positions[i])
				}
			}
		}
	}
	if !named && !c.act.other {
		for i := range m.Positions {
			out = append(out, &m.Positions[i])
		}
	}
	return out
}

func (k *check) platform(host string) bool {
	return k.g.w != nil && slices.ContainsFunc(k.g.w.Platform.Domains, func(d string) bool {
		return host == d || strings.HasSuffix(host, "."+d)
	})
}

// claimed is the customer's word that a step is done: the words that say most
// of it, of several the newest.
func (k *check) claimed(matter string, p *knowledge.Procedure, step string) *triage.Evidence {
	about := map[concept]bool{}
	if s := p.Step(step); s != nil {
		texts := append([]string{s.Title}, s.Phrases...)
		for _, tr := range p.Translations {
			texts = append(append(texts, tr.Steps[step].Title), tr.Steps[step].Phrases...)
		}
		for _, text := range texts {
			for o := range actOfText(text).objects {
				about[o] = true
			}
		}
	}
	var best *triage.Evidence
	most := -1
	for i := range k.c.Result.Brief.Claims {
		c := &k.c.Result.Brief.Claims[i]
		if c.Matter != matter || c.Step != step || !c.Said() {
			continue
		}
		for j := range c.Evidence {
			ev := &c.Evidence[j]
			if ev.Kind != triage.EvidenceQuote || ev.Message >= k.before {
				continue
			}
			shared := 0
			for o := range actOfText(ev.Quote).objects {
				if about[o] {
					shared++
				}
			}
			if shared > most || shared == most && ev.Message > best.Message {
				best, most = ev, shared
			}
		}
	}
	if best == nil {
		return nil
	}
	return clone(*best)
}

// look is what a check of a step saw with that outcome, for that binding or
// whatever the binding; nil for none.
func (k *check) look(matter, step string, inputs map[string]string, outcome triage.CheckOutcome) (out *Look) {
	for i := range k.c.Result.Facts.Checks {
		c := &k.c.Result.Facts.Checks[i]
		if c.Step != step || c.Matter != matter && c.Matter != "" || c.Outcome != outcome {
			continue
		}
		fits := true
		for name, v := range c.Inputs {
			fits = fits && (inputs[name] == "" || inputs[name] == v)
		}
		if fits {
			out = &Look{Step: step, Inputs: c.Inputs, Outcome: c.Outcome, Seen: c.Seen, ObservedAt: c.ObservedAt}
		}
	}
	return out
}

// byDeed finds what the customer said they did in the words of a clause.
func (k *check) byDeed(c *clause) bool {
	var best *deed
	most := 0.0
	named := strings.Contains(c.text(k.w.text), "/") // a page or a screen: more than "everything"
	for i := range k.h.deeds {
		d := &k.h.deeds[i]
		if d.ev.Message >= k.before || k.brokeSince(d.ev.Message) {
			continue
		}
		same := c.sameRemedy(&d.act, d.remedies)
		if !same && c.act.cycle() && !k.cycled(d.ev.Message) {
			continue
		}
		likeness := c.likeness(d, k.h.common)
		if d.reported && likeness < surely {
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

// stated finds what the customer states to be so in the words of a clause that
// has it checked: "the tap is open" for "make sure that the tap is open".
func (k *check) stated(c *clause) *deed {
	if !c.act.verbs["check"] && !that[firstWord(c.norm)] || sum(c.act.objects) < 2*ofStem-0.01 || len(c.act.objects) < 2 {
		return nil
	}
	for i := range k.h.states {
		d := &k.h.states[i]
		if d.ev.Message < k.before && !k.brokeSince(d.ev.Message) && len(d.act.objects) <= 5 && c.act.covered(&d.act, k.h.common) {
			return d
		}
	}
	return nil
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
	for _, list := range [][]deed{k.h.deeds, k.h.said} {
		for i := range list {
			d := &list[i]
			if d.ev.Message <= message || d.ev.Message >= k.before || k.brokeSince(d.ev.Message) || k.answeredBetween(message, d.ev.Message) {
				continue
			}
			if d.act.back && sum(d.act.objects) <= 1.5 || d.act.all && len(d.act.objects) == 0 || told.act.covered(&d.act, k.h.common) {
				return d
			}
		}
	}
	return nil
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
