package route

import (
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// Readback tells a customer what we understood, once: what they want, what they
// have done, what we saw and when, and whose turn it is. It asks for nothing;
// each item may be corrected.
type Readback struct {
	Lang string // of its sentences: the customer's, or English
	Want []ReadbackItem
	Done []ReadbackItem // claims of the customer
	Seen []string       // what our checks saw
	Next string         // "" when nothing is known to come
	Said []ReadbackItem // what the customer has already corrected; Key is the correction's id
}

// ReadbackItem is one line of a readback.
type ReadbackItem struct {
	Key  string             // names the item as long as its ticket lasts
	Text string             //
	Fix  *triage.Correction // what "not quite" says of it, without author; nil when it cannot be corrected
}

// The most lines of one kind; a longer readback is not read.
const (
	maxDone  = 6
	maxSeen  = 5
	maxQuote = 160 // runes of the customer's own words
)

// ReadBack makes the readback of a result; nil when there is none to give:
// nothing was claimed, checked or corrected, no answer is needed, nothing could
// be extracted, or the ticket is part of a confirmed incident. What an account
// told, and domains that the customer did not name, are for verified senders only.
func ReadBack(t *triage.Ticket, r *triage.Result, w *knowledge.Workspace) *Readback {
	if len(r.Matters) == 0 || len(r.Route.Reasons) == 0 || r.Route.Action == triage.None {
		return nil
	}
	if code := r.Route.Reasons[0].Code; code == CodeIncident || code == "route.extraction_failed" {
		return nil
	}
	b := &Readback{Lang: spoken(r.Brief.Language)}
	tell := teller{t: t, r: r, w: w, lang: b.Lang}
	lead := r.Leading()
	b.Done, b.Seen, b.Said = tell.done(), tell.seen(lead), tell.said()
	if len(b.Done)+len(b.Seen)+len(b.Said) == 0 {
		return nil
	}
	b.Want, b.Next = tell.want(lead), tell.next(lead)
	return b
}

// Text is the readback as plain text, a line for each item.
func (b *Readback) Text() string {
	var lines []string
	for _, list := range [][]ReadbackItem{b.Want, b.Done} {
		for _, item := range list {
			lines = append(lines, item.Text)
		}
	}
	lines = append(lines, b.Seen...)
	if b.Next != "" {
		lines = append(lines, b.Next)
	}
	return strings.Join(lines, "\n")
}

// Item returns the item with that key that can be corrected, or nil.
func (b *Readback) Item(key string) *ReadbackItem {
	for _, list := range [][]ReadbackItem{b.Want, b.Done} {
		for i := range list {
			if list[i].Key == key && list[i].Fix != nil {
				return &list[i]
			}
		}
	}
	return nil
}

// spoken is a language that customers are spoken to in, for the one they write.
func spoken(lang string) string {
	if !slices.Contains(triage.CustomerLanguages(), lang) {
		return triage.CustomerLanguages()[0]
	}
	return lang
}

// teller makes the sentences of one readback.
type teller struct {
	t    *triage.Ticket
	r    *triage.Result
	w    *knowledge.Workspace
	lang string
}

func (x *teller) say(code string, kv ...string) string {
	return triage.Sentence(x.lang, "readback."+code, pairs(kv))
}

// want tells what the customer wants: the procedure's title, or their own words.
func (x *teller) want(lead *triage.Matter) []ReadbackItem {
	var out []ReadbackItem
	if what := x.titleOf(lead); what != "" {
		item := ReadbackItem{Key: "want", Text: x.say("want", "what", what)}
		if lead.Procedure != "" {
			item.Fix = &triage.Correction{What: triage.WhatProcedure, Matter: lead.ID, Procedure: lead.Procedure}
		}
		out = append(out, item)
	}
	for i := range x.r.Matters {
		if m := &x.r.Matters[i]; m != lead && m.Procedure != "" {
			out = append(out, ReadbackItem{Key: "want " + m.ID, Text: x.say("also", "what", x.titleOf(m)),
				Fix: &triage.Correction{What: triage.WhatProcedure, Matter: m.ID, Procedure: m.Procedure}})
		}
	}
	return out
}

func (x *teller) titleOf(m *triage.Matter) string {
	p := x.w.Procedure(m.Procedure)
	if p == nil {
		return x.quoteOf(x.r.Brief.Request.Evidence)
	}
	title := p.TitleIn(x.lang)
	var about []string
	for i := range m.Positions {
		if b := triage.BindingText(m.Positions[i].Inputs); b != "" && mayHear(x.t, b) && !slices.Contains(about, b) {
			about = append(about, b)
		}
	}
	if len(about) > 0 {
		title += ", " + x.say("about", "binding", strings.Join(about, ", "))
	}
	return title
}

// quoteOf is the first of the customer's own words in a list of evidence.
func (x *teller) quoteOf(evidence []triage.Evidence) string {
	for _, e := range evidence {
		if e.Kind != triage.EvidenceQuote {
			continue
		}
		quote := []rune(strings.Join(strings.Fields(e.Quote), " "))
		if len(quote) > maxQuote {
			quote = append(quote[:maxQuote-1], '…')
		}
		return "“" + string(quote) + "”"
	}
	return ""
}

// done tells what the customer says they did; their latest word on each step.
func (x *teller) done() []ReadbackItem {
	var out []ReadbackItem
	for i := range x.r.Brief.Claims {
		c := &x.r.Brief.Claims[i]
		m := x.r.Matter(c.Matter)
		if m == nil || !c.Said() || c.By() != triage.RoleCustomer || c.Disputes != "" || len(out) == maxDone {
			continue
		}
		what, fix := x.quoteOf(c.Evidence), (*triage.Correction)(nil)
		if p := x.w.Procedure(m.Procedure); p != nil && c.Step != "" {
			what = p.StepTitle(c.Step, x.lang)
			fix = &triage.Correction{What: triage.WhatState, Matter: m.ID, Step: c.Step, Inputs: c.Inputs, Value: string(triage.ClaimNotDone), Procedure: m.Procedure}
		} else if e := firstQuote(c.Evidence); e != nil {
			fix = &triage.Correction{What: triage.WhatClaim, Anchor: triage.Anchor{MessageID: e.MessageID, Start: e.Start, End: e.End}, Value: triage.NotSo}
		}
		if what == "" {
			continue
		}
		if b := triage.BindingText(c.Inputs); b != "" && mayHear(x.t, b) {
			what += ", " + x.say("about", "binding", b)
		}
		code := "done"
		if c.State == triage.ClaimFailed {
			code = "failed"
		}
		text := x.say(code, "what", what)
		if !slices.ContainsFunc(out, func(have ReadbackItem) bool { return have.Text == text }) {
			out = append(out, ReadbackItem{Key: c.ID, Text: text, Fix: fix})
		}
	}
	return out
}

func firstQuote(list []triage.Evidence) *triage.Evidence {
	i := slices.IndexFunc(list, func(e triage.Evidence) bool { return e.Kind == triage.EvidenceQuote })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// seen tells what our checks saw of the leading matter, what differs first. What
// a later step replaced says nothing any more, and what we could not see neither.
func (x *teller) seen(m *triage.Matter) []string {
	var out []string
	for _, outcome := range []triage.CheckOutcome{triage.Fail, triage.Pass} {
		for i := range x.r.Facts.Checks {
			k := &x.r.Facts.Checks[i]
			if k.Matter != m.ID || k.Outcome != outcome || !mayKnow(x.t, k) || x.pointless(m, k) {
				continue
			}
			for _, text := range x.checkText(m, k) {
				if len(out) < maxSeen && !slices.Contains(out, text) {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// pointless reports whether a check tells the customer nothing: its step is
// replaced, or is ours and still to do.
func (x *teller) pointless(m *triage.Matter, k *triage.CheckResult) bool {
	for i := range m.Positions {
		p := &m.Positions[i]
		if s := p.Step(k.Step); s != nil && Applies(k.Inputs, p.Inputs) {
			return s.State == triage.StepSuperseded || s.By == knowledge.Staff && k.Outcome != triage.Pass
		}
	}
	return true
}

// checkText tells a check in the customer's language, in general words when
// that language has none for what was seen, or when the words name a field of
// the account, which is the vendor's name for it.
func (x *teller) checkText(m *triage.Matter, k *triage.CheckResult) []string {
	at, name := TimeFor(k.ObservedAt, x.lang), k.CodeParams["name"]
	if k.Check == "account.field" {
		if name = ""; x.w.Procedure(m.Procedure) != nil {
			name = "“" + x.w.Procedure(m.Procedure).StepTitle(k.Step, x.lang) + "”"
		}
	} else if triage.Says(x.lang, k.Code) {
		return TellCheck(k, at, x.lang)
	}
	if name == "" {
		return nil
	}
	return []string{x.say("seen."+string(k.Outcome), "time", at, "name", name)}
}

// next tells what comes next and whose turn it is.
func (x *teller) next(lead *triage.Matter) string {
	first := x.r.Route.Reasons[0]
	params := named(first.Params, x.w, x.lang)
	tier := x.w.Tier(x.r.Route.Tier)
	if tier == nil {
		return ""
	}
	switch first.Code {
	case "route.missing_account":
		return x.say("next.account")
	case "route.missing_input":
		return x.say("next.question", "question", params["question"])
	case "route.all_done":
		return x.say("next.differs")
	}
	p := x.r.Position
	if p == nil || p.Next == nil || p.Matter != lead.ID {
		if x.r.Route.Action == triage.Assign {
			return x.say("next.answer", "tier_name", tier.Name)
		}
		return ""
	}
	proc := x.w.Procedure(p.Procedure)
	if proc == nil {
		return ""
	}
	what := proc.StepTitle(p.Next.Step, x.lang)
	if b := triage.BindingText(p.Inputs); len(lead.Positions) > 1 && p.Next.By == knowledge.Customer && b != "" && mayHear(x.t, b) {
		what += ", " + x.say("about", "binding", b)
	}
	switch {
	case x.r.Route.Action == triage.Assign && p.Next.By == knowledge.Customer:
		return x.say("next.answer", "tier_name", tier.Name) // a person looks first
	case p.Next.By == knowledge.Staff:
		return x.say("next.us", "what", what, "tier_name", tier.Name)
	case first.Code == "route.progress_unknown", x.onlyAccountTells(lead, p):
		return x.say("next.progress", "what", what)
	}
	return x.say("next.you", "what", what)
}

// onlyAccountTells reports whether nothing but an account, of which this sender
// may not hear, says that the next step is open.
func (x *teller) onlyAccountTells(m *triage.Matter, p *triage.LeadingPosition) bool {
	s := p.Step(p.Next.Step)
	if s == nil || s.Basis != triage.Seen || s.Claimed != "" {
		return false
	}
	return !slices.ContainsFunc(x.r.Facts.Checks, func(k triage.CheckResult) bool {
		return k.Matter == m.ID && k.Step == s.ID && k.Outcome == triage.Fail && Applies(k.Inputs, p.Inputs) && mayKnow(x.t, &k)
	})
}

// said lists what the customer has corrected, so that they can take it back.
func (x *teller) said() []ReadbackItem {
	var out []ReadbackItem
	for i := range x.t.Corrections {
		c := &x.t.Corrections[i]
		if c.Role != triage.RoleCustomer {
			continue
		}
		item := ReadbackItem{Key: c.ID}
		switch c.What {
		case triage.WhatState:
			p := x.w.Procedure(c.Procedure)
			if p == nil || c.Value != string(triage.ClaimNotDone) {
				continue
			}
			item.Text = x.say("said.state", "what", p.StepTitle(c.Step, x.lang))
		case triage.WhatProcedure:
			item.Text = x.say("said.procedure")
		case triage.WhatClaim:
			item.Text = x.say("said.claim", "what", x.wordsAt(c.Anchor))
		default:
			continue
		}
		out = append(out, item)
	}
	return out
}

// wordsAt are the words of a message that an anchor names.
func (x *teller) wordsAt(a triage.Anchor) string {
	for i := range x.t.Messages {
		if m := &x.t.Messages[i]; m.ID == a.MessageID && a.Start >= 0 && a.Start < a.End && a.End <= len(m.Text) {
			return x.quoteOf([]triage.Evidence{{Kind: triage.EvidenceQuote, Quote: m.Text[a.Start:a.End]}})
		}
	}
	return "…"
}
