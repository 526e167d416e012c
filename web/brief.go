package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/route"
)

// brief is the right column.
type brief struct {
	Request, Summary string // Request is "" when it is the title
	RequestRefs      string
	Chips            []pick
	Similar          []similarTicket // solved ones like it, when no procedure fits
	Changes          []changeChip    // of the product, lately, in the same area
	Fixes            []fix           // of the leading matter
	ReadAs           string          // what was read of it where a person said otherwise
	Leads            bool            // of the leading matter
	Next             next
	Grid             *grid
	Reasons          []string
	Suggested        *suggestion
	Seen             []string // what our checks saw at the step that decided
	Questions        []string
	Others           []other
	Claims           []claimView
	Documents        []item
	Facts            []item // environment, device
	Symptoms         []item
	Account          []field
	AccountNote      string
	Files            []triage.AttachmentNote
	Said             []saidView // every correction, newest first
	Reader           string     // who read it
	Lab, NeedsReview bool
	At               *stamp
	UserAgent        string
}

// suggestion is what the customer could be told.
type suggestion struct {
	Lang, Text string
	Note       string // which language it is in, and why
	Look       string // where to have the checks run again first, "" while what it rests on holds
}

type other struct {
	Kind, Title, Action, Tier string
	Reasons                   []string
	Fixes                     []fix
	ReadAs                    string
	Leads                     bool
	Grid                      *grid
}

type claimView struct {
	What, Binding, Says string
	Verdict, Disputed   pick
	Quotes              []quote
	Said                *saidView // the correction that it is
	Fix                 *fix
}

// item is a kind and value with where it comes from.
type item struct {
	Kind, Value, Note string
	URL               string // only for pages of the platform itself
	Quotes            []quote
	Fix               *fix
}

type field struct{ Name, Value string }

func (b *briefing) brief() *brief {
	r, l := b.r, b.l
	v := &brief{Request: cmp.Or(r.Brief.Request.Text, b.t.Subject, l.t("web.request.unclear")), Summary: r.Brief.Summary,
		RequestRefs: b.refs(r.Brief.Request.Evidence), Chips: b.chips(), Next: b.next(), Reasons: b.reasons(&r.Route),
		Questions: r.Brief.Questions, Files: r.Brief.Attachments, Reader: l.reader(r.Extractor), NeedsReview: r.Route.NeedsReview,
		Lab: r.Lab, At: l.stamp(r.At, b.now), UserAgent: oneLine(lastUserAgent(b.t), 300)}
	v.Suggested, v.Said, v.Changes = b.suggestion(), b.history(), b.changeChips()
	lead := b.lead()
	if lead != nil {
		v.Fixes, v.ReadAs, v.Leads = b.fixMatter(lead), b.readNote(lead), true
	}
	v.Grid, v.Seen = b.grid(lead, "d"), b.seen(lead, r.Route.Reasons)
	for i := range r.Matters {
		if m := &r.Matters[i]; m != lead {
			v.Others = append(v.Others, b.other(m, fmt.Sprintf("o%d", i+1)))
		}
	}
	for i := range r.Brief.Claims {
		v.Claims = append(v.Claims, b.claim(&r.Brief.Claims[i]))
	}
	for _, d := range r.Brief.Documents {
		v.Documents = append(v.Documents, b.document(d))
	}
	for _, e := range r.Brief.Environment {
		v.Facts = append(v.Facts, item{Kind: l.env(e.Kind), Value: e.Value, Note: l.t("web.source.customer"), Quotes: b.quotes(e.Evidence),
			Fix: b.fixItem(triage.WhatEnvironment, e.Value, e.Evidence)})
	}
	for _, d := range r.Facts.Device {
		v.Facts = append(v.Facts, item{Kind: l.env(d.Kind), Value: d.Value, Note: l.named("web.source.", d.Source, d.Source)})
	}
	for _, x := range r.Brief.Symptoms {
		v.Symptoms = append(v.Symptoms, item{Value: x.Text, Quotes: b.quotes(x.Evidence), Fix: b.fixItem(triage.WhatSymptom, "", x.Evidence)})
	}
	v.Account, v.AccountNote = b.account()
	return v
}

// lead is the matter that the ticket routes by.
func (b *briefing) lead() *triage.Matter {
	if b.r.Position != nil {
		if m := b.r.Matter(b.r.Position.Matter); m != nil {
			return m
		}
	}
	if len(b.r.Matters) > 0 {
		return &b.r.Matters[0]
	}
	return nil
}

func (b *briefing) chips() []pick {
	r, l := b.r, b.l
	var out []pick
	if r.Brief.Language != "" {
		out = append(out, pick{Text: l.language(r.Brief.Language), Icon: "globe"})
	}
	if r.Facts.Account != nil && r.Facts.Account.Plan != "" {
		out = append(out, pick{Text: l.t("web.plan", "plan", r.Facts.Account.Plan), Icon: "card"})
	}
	if r.Brief.Kind != "" {
		out = append(out, pick{Text: l.kind(r.Brief.Kind), Icon: "tag"})
	}
	switch r.Brief.Urgency {
	case triage.UrgencyHigh:
		out = append(out, pick{l.t("web.urgency.high"), "warn", "flame"})
	case triage.UrgencyCritical:
		out = append(out, pick{l.t("web.urgency.critical"), "bad", "flame"})
	}
	if w := effortWords[r.Effort]; w.Text != "" {
		out = append(out, l.say(w))
	}
	for _, f := range r.Brief.Flags {
		if text := l.named("web.flag.", string(f), ""); text != "" {
			out = append(out, pick{text, "warn", "flag"})
		}
	}
	unread := 0
	for _, a := range r.Brief.Attachments {
		if !a.Read {
			unread++
		}
	}
	if unread > 0 {
		out = append(out, pick{l.t("web.unread", "count", unread), "warn", "clip"})
	}
	return out
}

// reasons tells why a route was taken, in the language of the page: the text
// that the pipeline left in them is for programs.
func (b *briefing) reasons(r *triage.Route) []string {
	route.Tell(r, b.s.Workspace, string(b.l))
	var out []string
	for _, reason := range r.Reasons {
		out = append(out, reason.Text)
	}
	return out
}

// suggestion is what the customer could be told, nil when nobody asks or sends.
func (b *briefing) suggestion() *suggestion {
	in, text := route.Suggest(b.t, b.r, b.s.Workspace)
	if text == "" {
		return nil
	}
	code := "web.suggest.language"
	if in != b.r.Brief.Language && b.r.Brief.Language != "" {
		code = "web.suggest.fallback"
	}
	v := &suggestion{Lang: in, Text: text, Note: b.l.t(code, "language", b.l.language(cmp.Or(b.r.Brief.Language, in)))}
	if route.Aged(b.r, b.now) {
		v.Look = b.path("/look")
	}
	return v
}

func (b *briefing) other(m *triage.Matter, prefix string) other {
	o := other{Kind: b.l.kind(m.Kind), Title: b.l.t("web.others.no_procedure"), Action: b.l.say(actionWords[m.Route.Action]).Text,
		Tier: b.s.tierName(m.Route.Tier), Reasons: b.reasons(&m.Route), Grid: b.grid(m, prefix),
		Fixes: b.fixMatter(m), ReadAs: b.readNote(m)}
	if p := b.s.Workspace.Procedure(m.Procedure); p != nil {
		o.Title = p.TitleIn(string(b.l))
	}
	return o
}

func (b *briefing) claim(c *triage.Claim) claimView {
	v := claimView{What: c.What, Binding: triage.BindingText(c.Inputs), Says: b.l.named("web.claim.", string(c.State), ""),
		Verdict: b.l.say(verdictWords[c.Verdict]), Quotes: b.quotes(c.Evidence), Fix: b.fixItem(triage.WhatClaim, c.Step, c.Evidence)}
	if c.Corrects() {
		v.Said = b.said(c.Evidence[0].Correction)
	}
	if c.Disputes != "" {
		v.Disputed = pick{b.l.t("web.disputed"), "warn", "flag"}
	}
	return v
}

// document links a page only when it is the platform's own: an agent should
// not open whatever a stranger wrote.
func (b *briefing) document(d triage.Document) item {
	it := item{Value: cmp.Or(d.Title, d.URL, b.l.t("web.document.unnamed")), Quotes: b.quotes(d.Evidence),
		Fix: b.fixItem(triage.WhatDocument, cmp.Or(d.URL, d.Title), d.Evidence)}
	if d.Title != "" && d.URL != "" {
		it.Note = d.URL
	}
	if p := b.s.Workspace.Procedure(d.Topic); p != nil {
		it.Kind = p.TitleIn(string(b.l))
	}
	if p := b.s.Workspace.ByURL(d.URL); d.URL != "" && p != nil {
		it.URL = p.URL
	}
	return it
}

func (b *briefing) refs(list []triage.Evidence) string {
	var ids []string
	for _, e := range list {
		if id := b.marks.id(e); id != "" {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, " ")
}

func (b *briefing) account() ([]field, string) {
	a := b.r.Facts.Account
	if a == nil {
		return nil, ""
	}
	out := []field{{b.l.t("web.account.id"), a.ID}, {b.l.t("web.account.owner"), a.Owner}, {b.l.t("web.account.plan"), a.Plan}}
	out = append(out, b.l.flatten("", a.Fields)...)
	note := b.l.named("web.account.by.", a.MatchedBy, "")
	if b.t.Identity != triage.IdentityVerified {
		note += " " + b.l.t("web.account.unverified")
	}
	return slices.DeleteFunc(out, func(f field) bool { return f.Value == "" }), note
}

// flatten lists nested fields by their dotted paths.
func (l lang) flatten(prefix string, m map[string]any) []field {
	var out []field
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch v := m[k].(type) {
		case map[string]any:
			out = append(out, l.flatten(prefix+k+".", v)...)
		case []any:
			var parts []string
			for _, x := range v {
				parts = append(parts, fmt.Sprint(x))
			}
			out = append(out, field{prefix + k, strings.Join(parts, ", ")})
		case bool:
			out = append(out, field{prefix + k, l.t(map[bool]string{true: "web.on", false: "web.off"}[v])})
		default:
			out = append(out, field{prefix + k, fmt.Sprint(v)})
		}
	}
	return out
}

// kind names a kind of matter, env a part of the environment; the language of
// a customer may be any.
func (l lang) kind(k triage.Kind) string { return l.named("kind.", string(k), string(k)) }

func (l lang) env(k triage.EnvKind) string { return l.named("web.env.", string(k), string(k)) }

func (l lang) language(code string) string {
	return l.named("web.lang.", code, strings.ToUpper(code))
}

// reader says who read the ticket.
func (l lang) reader(x triage.ExtractorInfo) string {
	if x.Name == "llm" {
		return l.t("web.extractor.llm", "model", x.Model)
	}
	return l.named("web.extractor.", x.Name, x.Name)
}
