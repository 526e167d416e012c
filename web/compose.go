package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/store"
	"readback/store/people"
	"readback/triage"
	"readback/triage/guard"
	"readback/triage/route"
)

// composer is where an answer is written, with what the guard found in it.
type composer struct {
	URL      string // where the form is sent
	Ticket   string // id
	Text     string
	Saved    *stamp // when the draft was kept; nil for none
	Preview  template.HTML
	Files    []file
	Findings []guardView
	Stops    int          // that keep it from being sent
	Aside    []asideView  // findings that the writer dismissed, with the reason that may be given
	Tried    bool         // it was to be sent
	Notes    []string     // what the guard could not or does not look at
	Steps    []choice     // of the procedure, to be put in
	Drafted  *draftedView // an answer to begin with; nil for none
	Model    bool         // a model can draft one
	Look     lookView     // a model that reads it too
	ByModel  *modelDraft  // what a model drafted of it lately; nil when none did
	Held     []heldView   // what is about to be sent
	Lang     string       // that the customer writes
	Fault    string       // why a file was not taken; "" = none
	After    []replyAct   // the ways to send
}

type replyAct struct{ Do, Text string }

// guardView is one thing to mend: their words left, what to do right.
type guardView struct {
	Key, Kind, Level string
	Draft            string // the words of the draft
	Theirs, By       string // the words of the ticket, and whose they are; "" for none
	N                int    // number of the message that has them
	Seen             string // what a check saw
	Text, Fix        string
	Inferred         bool // by a model
}

// asideView is a finding that the writer set aside.
type asideView struct {
	Key, What string
	Reason    string   // that was given; "" = none yet
	Reasons   []choice // to choose from; nil once one was given
}

// draftedView is an answer that was made from what is known, with its sources.
type draftedView struct {
	Text    string
	Lang    string
	Sources []draftSource
}

type draftSource struct{ Text, URL string }

// heldView is an answer or a notice on its way, which can be taken back.
type heldView struct {
	ID, What string
	Own      bool
	HTML     template.HTML
	Undo     string
	SendAt   string // RFC 3339
	Left     int    // seconds
}

// compose makes the composer of a ticket for a person.
func (b *briefing) compose(me *people.User, d *store.Desk, quiet []string) *composer {
	v := &composer{URL: ticketURL(b.t.ID) + "/reply", Ticket: b.t.ID, Lang: b.lang()}
	for i := range d.Held {
		v.Held = append(v.Held, b.held(&d.Held[i], false))
	}
	if own := d.Own; own != nil {
		if own.State == store.ReplyHeld {
			v.Held = append(v.Held, b.held(own, true))
			return v
		}
		v.Text, v.Saved = own.Text, b.l.stamp(own.ChangedAt, b.now)
		for _, f := range own.Files {
			v.Files = append(v.Files, file{URL: f.ID, Name: f.Name, Type: f.Type, Size: size(f.Size)})
		}
		report := b.s.readDraft(b.l, b.t, b.r, me, own.Text, quiet)
		b.guarded(v, own, report)
		v.Look = b.looked(own.Text, &report)
		v.Preview = rendered(own.Text)
	}
	if len(quiet) > 0 {
		v.Notes = append(v.Notes, b.l.t("web.guard.quiet", "kinds", strings.Join(b.l.findingKinds(quiet), ", ")))
	}
	v.Steps, v.Drafted = b.inserts(), b.drafted()
	v.After = []replyAct{{"send_waiting", b.l.t("web.reply.send_waiting")}, {"send_resolved", b.l.t("web.reply.send_resolved")}, {"send_open", b.l.t("web.reply.send_open")}}
	return v
}

// lang is the language that the customer writes, as far as it is known.
func (b *briefing) lang() string {
	if b.r == nil {
		return ""
	}
	return b.r.Brief.Language
}

// readDraft has the guard read an answer that a person writes.
func (s *Server) readDraft(l lang, t *triage.Ticket, r *triage.Result, me *people.User, text string, quiet []string) guard.Report {
	if strings.TrimSpace(text) == "" {
		return guard.Report{Matching: guard.MatchFull}
	}
	c := guard.Case{Ticket: t, Result: r, Draft: text, Lang: string(l), Quiet: quiet}
	if r != nil && len(me.Tiers) > 0 && !slices.Contains(me.Tiers, r.Route.Tier) {
		c.Tier = me.Tiers[0] // a promise is kept by whom it comes from
	}
	report := s.guard().Check(c)
	s.addInferred(c, &report)
	report.Findings = slices.DeleteFunc(report.Findings, s.ownWords(t, r, text))
	return report
}

// ownWords tells the findings about steps in lines that are, word for word, of
// the answer that we drafted: a recap of what was seen, or a question about it.
func (s *Server) ownWords(t *triage.Ticket, r *triage.Result, text string) func(guard.Finding) bool {
	drafted := ""
	if r != nil {
		_, drafted = route.DraftAnswer(t, r, s.Workspace)
	}
	lines := strings.Split(drafted, "\n")
	return func(f guard.Finding) bool {
		if f.Kind != guard.RepeatsStep || drafted == "" || f.Draft.Start < 0 || f.Draft.End > len(text) {
			return false
		}
		from := strings.LastIndexByte(text[:f.Draft.Start], '\n') + 1
		to := len(text)
		if i := strings.IndexByte(text[f.Draft.End:], '\n'); i >= 0 {
			to = f.Draft.End + i
		}
		return slices.Contains(lines, text[from:to])
	}
}

// findingKey names a finding as long as the words that it is about stay.
func findingKey(f *guard.Finding, draft string) string {
	parts := []string{string(f.Kind), f.Topic, strings.ToLower(strings.Join(strings.Fields(draftOf(f, draft)), " "))}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

func draftOf(f *guard.Finding, draft string) string {
	if f.Draft.Start < 0 || f.Draft.End > len(draft) || f.Draft.Start >= f.Draft.End {
		return ""
	}
	return draft[f.Draft.Start:f.Draft.End]
}

// noted are the findings of a report as the store keeps them.
func noted(report *guard.Report, draft string) map[string]store.Noted {
	out := map[string]store.Noted{}
	for i := range report.Findings {
		f := &report.Findings[i]
		out[findingKey(f, draft)] = store.Noted{Kind: string(f.Kind), Level: countedAs(f)}
	}
	return out
}

// countedAs is the level by which what becomes of a finding is counted.
func countedAs(f *guard.Finding) string {
	if f.Inferred {
		return "inferred"
	}
	return string(f.Level)
}

// guarded puts the findings that still stand into the composer, stops first.
func (b *briefing) guarded(v *composer, own *store.Reply, report guard.Report) {
	if report.Note != "" {
		v.Notes = append(v.Notes, report.Note)
	}
	for i := range report.Findings {
		f := &report.Findings[i]
		key := findingKey(f, own.Text)
		if own.Findings[key].Outcome == store.OutcomeDismissed {
			v.Aside = append(v.Aside, b.aside(f, key, own.Findings[key].Reason))
			continue
		}
		if f.Level == guard.Stop {
			v.Stops++
		}
		v.Findings = append(v.Findings, b.finding(f, key, own.Text))
	}
	slices.SortStableFunc(v.Findings, func(x, y guardView) int { return cmp.Compare(y.Level, x.Level) })
}

// aside is a finding that was set aside, and why, when that was said.
func (b *briefing) aside(f *guard.Finding, key, reason string) asideView {
	x := asideView{Key: key, What: b.l.t("web.guard.reason.given", "kind", b.l.t("web.guard.kind."+string(f.Kind)))}
	if reason != "" {
		x.Reason = b.l.t("web.guard.reason.thanks", "reason", b.l.t("web.guard.reason."+reason))
		return x
	}
	for _, code := range store.DismissReasons {
		x.Reasons = append(x.Reasons, choice{Value: code, Name: b.l.t("web.guard.reason." + code)})
	}
	return x
}

func (b *briefing) finding(f *guard.Finding, key, draft string) guardView {
	x := guardView{Key: key, Kind: b.l.t("web.guard.kind." + string(f.Kind)), Level: string(f.Level), Draft: oneLine(draftOf(f, draft), 240), Text: f.Text, Fix: f.Fix, Inferred: f.Inferred}
	if e := f.Evidence; e != nil && e.Quote != "" {
		x.Theirs, x.N, x.By = oneLine(e.Quote, 300), e.Message, b.l.t("web.guard.theirs")
		if e.By == triage.RoleAgent {
			x.By = b.l.t("web.guard.ours")
		}
	}
	if k := f.Check; k != nil {
		if at := b.l.stamp(k.ObservedAt, b.now); at != nil {
			x.Seen = b.l.t("web.guard.seen", "at", at.At, "what", cmp.Or(b.stepName(k.Step), k.Seen))
		}
	}
	return x
}

// stepName is the title of a step of the leading matter.
func (b *briefing) stepName(step string) string {
	if lead := b.lead(); lead != nil && lead.Procedure != "" {
		return b.s.stepTitle(b.l, lead.Procedure, step)
	}
	return ""
}

func (l lang) findingKinds(kinds []string) []string {
	var out []string
	for _, k := range kinds {
		kind, inferred := strings.CutPrefix(k, guard.QuietInferred(""))
		name := l.t("web.guard.kind." + kind)
		if inferred {
			name = l.t("web.guard.quiet.inferred", "kind", name)
		}
		out = append(out, name)
	}
	return out
}

// inserts are the steps that the customer may still have to do, open ones first.
func (b *briefing) inserts() []choice {
	if b.r == nil {
		return nil
	}
	lead := b.lead()
	if lead == nil || b.s.Workspace.Procedure(lead.Procedure) == nil {
		return nil
	}
	p := b.s.Workspace.Procedure(lead.Procedure)
	var open, done []choice
	for _, id := range stepOrder(p, lead) {
		def := p.Step(id)
		if def == nil || def.By == knowledge.Staff {
			continue
		}
		c := choice{Value: id, Name: p.StepTitle(id, string(b.l))}
		if slices.ContainsFunc(lead.Positions, func(pos triage.Position) bool {
			st := pos.Step(id)
			return st != nil && (st.State == triage.StepVerified || st.State == triage.StepSuperseded || st.State == triage.StepDone)
		}) {
			c.Name += " · " + b.l.t("web.reply.step_done")
			done = append(done, c)
			continue
		}
		open = append(open, c)
	}
	return append(open, done...)
}

// stepInsert is a step as the customer reads it, in their language.
func (s *Server) stepInsert(r *triage.Result, id string) string {
	if r == nil {
		return ""
	}
	for i := range r.Matters {
		p, step := s.Workspace.Home(r.Matters[i].Procedure, id)
		if p == nil || p.Step(step) == nil {
			continue
		}
		text := "**" + p.StepTitle(step, r.Brief.Language) + "**\n\n" + p.StepText(step, r.Brief.Language)
		return strings.TrimSpace(text)
	}
	return ""
}

// drafted makes an answer from what is known; nil when nothing is.
func (b *briefing) drafted() *draftedView {
	if b.r == nil {
		return nil
	}
	in, text := route.DraftAnswer(b.t, b.r, b.s.Workspace)
	if text == "" {
		return nil
	}
	for range 8 { // what they read or were sent is not sent again
		report := b.s.readDraft(b.l, b.t, b.r, &people.User{}, text, nil)
		i := slices.IndexFunc(report.Findings, func(f guard.Finding) bool { return f.Level == guard.Stop })
		if i < 0 {
			break
		}
		text = without(text, report.Findings[i].Draft.Start, report.Findings[i].Draft.End)
	}
	if text == "" {
		return nil
	}
	v := &draftedView{Text: text, Lang: in}
	lead := b.lead()
	if p := b.s.Workspace.Procedure(lead.Procedure); p != nil {
		v.Sources = append(v.Sources, draftSource{b.l.t("web.draft.procedure", "title", p.TitleIn(string(b.l))), p.URL})
	}
	for i := range b.r.Facts.Checks {
		k := &b.r.Facts.Checks[i]
		if k.Matter == lead.ID && k.Outcome != triage.Unknown && len(v.Sources) < 6 {
			if at := b.l.stamp(k.ObservedAt, b.now); at != nil {
				v.Sources = append(v.Sources, draftSource{Text: b.l.t("web.draft.check", "check", k.Check, "name", triage.BindingText(k.Inputs), "at", at.At)})
			}
		}
	}
	return v
}

// held is something on its way.
func (b *briefing) held(r *store.Reply, own bool) heldView {
	v := heldView{ID: r.ID, Own: own, What: b.l.t("web.held." + cmp.Or(string(r.Kind), "answer") + "." + string(r.After)), HTML: rendered(r.Text),
		SendAt: r.SendAt.UTC().Format(time.RFC3339), Left: max(0, int(r.SendAt.Sub(b.now).Round(time.Second).Seconds()))}
	if r.Kind != store.ReplyAnswer {
		v.What = b.l.t("web.held." + string(r.Kind))
	}
	if own || r.Person == "" {
		v.Undo = ticketURL(b.t.ID) + "/replies/" + r.ID + "/undo"
	}
	return v
}

// rendered is an agent's Markdown as the customer will read it.
func rendered(text string) template.HTML {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(text), &out); err != nil {
		return ""
	}
	return template.HTML(cleaner.SanitizeBytes(out.Bytes()))
}

// composing reads what the composer of a ticket needs.
func (s *Server) composing(c echo.Context, t *triage.Ticket, r *triage.Result) (*composer, *store.Desk, error) {
	me := s.person(c)
	d, err := s.Store.Desk(ctxOf(c), t.ID, me.ID)
	if err != nil {
		return nil, nil, err
	}
	quiet, err := s.Store.QuietKinds(ctxOf(c))
	if err != nil {
		return nil, nil, err
	}
	b := &briefing{s: s, l: langOf(c.Request()), t: t, r: r, now: s.Clock()}
	v := b.compose(me, &d, quiet)
	v.Model = s.Author != nil && r != nil
	if made, ok := s.drafts.Get(draftKey(t.ID, me.ID)); ok && strings.TrimSpace(v.Text) != "" {
		v.ByModel = &made
	}
	v.Tried = c.QueryParam("tried") == "1" && v.Stops > 0
	if code := c.QueryParam("fault"); slices.Contains(composerFaults, code) {
		v.Fault = v.fault(b.l, code)
	}
	return v, &d, nil
}

// composerFaults are why something was not done with an answer.
var composerFaults = []string{"large", "many", "empty", "no_model", "drafts", "nothing_known"}

func (v *composer) fault(l lang, code string) string {
	return l.t("web.reply.fault."+code, "size", size(maxFile), "count", maxFiles)
}
