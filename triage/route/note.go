package route

import (
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// Note is what the agents of another desk read of a ticket, in at most five
// lines: what the customer wants; what they have done, said or seen; what we saw
// and when; the next step and whose it is; where the rest is. It is for staff:
// it may tell of accounts. link is the address of the ticket, "" for none.
func Note(r *triage.Result, w *knowledge.Workspace, lang, link string) []string {
	say := func(code string, kv ...string) string { return triage.Sentence(lang, "note."+code, pairs(kv)) }
	var lines []string
	add := func(code, what string) {
		if what != "" {
			lines = append(lines, say(code, "what", what))
		}
	}
	x := noter{r: r, w: w, lang: lang, say: say}
	add("want", x.want())
	add("done", x.done())
	add("seen", x.seen())
	add("next", x.next())
	if link != "" {
		lines = append(lines, say("link", "url", link))
	}
	return lines
}

// The most of one kind in a line of a note.
const (
	noteDone  = 5
	noteSeen  = 2
	noteRunes = 280 // of a line's own words
)

type noter struct {
	r    *triage.Result
	w    *knowledge.Workspace
	lang string
	say  func(code string, kv ...string) string
}

// short puts text into one line of bounded length.
func short(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > noteRunes {
		runes = append(runes[:noteRunes-1], '…')
	}
	return string(runes)
}

func (x *noter) want() string {
	if len(x.r.Matters) == 0 {
		return short(x.r.Brief.Request.Text)
	}
	m := x.r.Leading()
	p := x.w.Procedure(m.Procedure)
	if p == nil {
		return short(x.r.Brief.Request.Text)
	}
	title := p.TitleIn(x.lang)
	var about []string
	for i := range m.Positions {
		if b := triage.BindingText(m.Positions[i].Inputs); b != "" && !slices.Contains(about, b) {
			about = append(about, b)
		}
	}
	if len(about) > 0 {
		title += " (" + strings.Join(about, "; ") + ")"
	}
	return short(title)
}

// done lists the steps that have passed, each with what that rests on; without
// a procedure, what the customer says they tried, in their words.
func (x *noter) done() string {
	var out []string
	add := func(code, what string) {
		if text := x.say(code, "what", what); what != "" && !slices.Contains(out, text) && len(out) < noteDone {
			out = append(out, text)
		}
	}
	if p := x.r.Position; p != nil {
		proc := x.w.Procedure(p.Procedure)
		for i := range p.Steps {
			if s := &p.Steps[i]; proc != nil && s.State.Passed() {
				add("done."+string(s.State), proc.StepTitle(s.ID, x.lang))
			} else if proc != nil && s.Claimed == triage.ClaimFailed {
				add("done.failed", proc.StepTitle(s.ID, x.lang))
			}
		}
		return strings.Join(out, "; ")
	}
	for i := range x.r.Brief.Claims {
		c := &x.r.Brief.Claims[i]
		if e := firstQuote(c.Evidence); e != nil && c.Said() && c.Disputes == "" {
			code := "done.done"
			if c.State == triage.ClaimFailed {
				code = "done.failed"
			}
			add(code, "“"+e.Quote+"”")
		}
	}
	return short(strings.Join(out, "; "))
}

// seen tells what our checks saw, what decided the route first.
func (x *noter) seen() string {
	if len(x.r.Matters) == 0 {
		return ""
	}
	m := x.r.Leading()
	var out []string
	tell := func(k *triage.CheckResult) {
		for _, text := range TellCheck(k, k.ObservedAt.UTC().Format("15:04"), x.lang) {
			if len(out) < noteSeen && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	for _, k := range Seen(x.r, m, x.r.Route.Reasons) {
		tell(k)
	}
	for _, outcome := range []triage.CheckOutcome{triage.Fail, triage.Pass} {
		for i := range x.r.Facts.Checks {
			if k := &x.r.Facts.Checks[i]; k.Matter == m.ID && k.Outcome == outcome {
				tell(k)
			}
		}
	}
	return strings.Join(out, " ")
}

func (x *noter) next() string {
	r := &x.r.Route
	tier := r.Tier
	if t := x.w.Tier(tier); t != nil {
		tier = t.Name
	}
	step := ""
	if p := x.r.Position; p != nil && p.Next != nil {
		if proc := x.w.Procedure(p.Procedure); proc != nil {
			step = proc.StepTitle(p.Next.Step, x.lang)
		}
	}
	why := ""
	if len(r.Reasons) > 0 {
		why = triage.Sentence(x.lang, r.Reasons[0].Code, named(r.Reasons[0].Params, x.w, x.lang))
	}
	var text string
	switch {
	case r.Action == triage.None:
		text = x.say("next.none")
	case r.Action == triage.Ask:
		text = x.say("next.ask", "tier_name", tier)
	case r.Action == triage.SelfService:
		text = x.say("next.self_service", "what", step, "tier_name", tier)
	case step != "" && x.r.Position.Next.By == knowledge.Staff:
		text = x.say("next.step", "what", step, "tier_name", tier)
	default:
		text = x.say("next.answer", "tier_name", tier)
	}
	if why != "" {
		text += " " + why
	}
	if r.NeedsReview || x.r.Extractor.Degraded {
		text += " " + x.say("review")
	}
	return short(text)
}
