package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/route"
)

// grid is one matter's procedure: steps down, bindings across.
type grid struct {
	Matter    string
	Procedure string     // title
	URL       string     // of the procedure's public page
	Columns   [][]string // the name of each binding, cut at its dots, where a narrow column may break it
	Rows      []gridRow
	Details   []detail // one for each cell, in the order of the cells
}

type gridRow struct {
	Number int
	Title  string
	By     string // "by the customer", or by the tier that holds the capability
	Staff  bool
	Cells  []cell
}

// cell is what is known of one step for one binding.
type cell struct {
	pick
	Time   *stamp // when our check looked; nil when it did not
	Detail string // id of the detail
	Refs   string // ids of the evidence in the thread
	Label  string // for a screen reader
	Span   int    // columns it covers
	Next   bool
	None   bool // the step does not apply to this binding
}

// detail is what stands behind a cell.
type detail struct {
	ID, Title, Binding string
	pick
	Sentence string
	Refs     string // ids of the evidence in the thread
	Quotes   []quote
	Said     []saidView // corrections
	Checks   []checkView
	Fix      *fix
}

// quote is a piece of evidence outside the thread.
type quote struct {
	Ref  string // id of the mark, "" when the thread does not show it
	Href string // of the mark, or of its message
	N    int
	Text string
	Kind string // what else than words they wrote; "" for a quotation
	Sent *stamp
}

type checkView struct {
	Name           string
	Outcome        pick
	Sentence       string
	Expected, Seen string
	Lines          []string
	At             *stamp
	Target, Wrong  string // what it looks at, and where to say that it is wrong; "" when it cannot be said
	Paused         bool
}

// briefing builds the models of one ticket page.
type briefing struct {
	s     *Server
	l     lang
	t     *triage.Ticket
	r     *triage.Result
	marks *marks
	told  told
	names names
	now   time.Time
	at    func(rest string) string // address of a part of the ticket's panel; nil on its page
}

// path is the address of a part of the ticket, of the page or the panel that is made.
func (b *briefing) path(rest string) string {
	if b.at != nil {
		return b.at(rest)
	}
	return ticketURL(b.t.ID) + rest
}

// grid lays a matter out. prefix keeps the ids of several grids apart. It
// returns nil for a matter without a procedure or positions.
func (b *briefing) grid(m *triage.Matter, prefix string) *grid {
	if m == nil || m.Procedure == "" || len(m.Positions) == 0 {
		return nil
	}
	p := b.s.Workspace.Procedure(m.Procedure)
	g := &grid{Matter: m.ID, Procedure: m.Procedure}
	if p != nil {
		g.Procedure, g.URL = p.TitleIn(string(b.l)), p.URL
	}
	columns := b.columns(m)
	for _, i := range columns {
		var parts []string
		if name := triage.BindingText(m.Positions[i].Inputs); name != "" {
			parts = strings.Split(name, ".")
		}
		g.Columns = append(g.Columns, parts)
	}
	for n, id := range stepOrder(p, m) {
		r := gridRow{Number: n + 1, Title: b.s.stepTitle(b.l, m.Procedure, id), By: b.l.t("web.grid.by_customer")}
		def := stepOf(p, id)
		if def != nil && def.By == knowledge.Staff {
			tier, _ := b.s.Workspace.Holder(def.Capability)
			r.Staff, r.By = true, b.l.t("web.grid.by_tier", "tier", b.s.tierName(tier))
		}
		if def != nil && def.Prerequisite != "" {
			r.By += " · " + b.l.t("web.grid.first", "procedure", b.s.procedureTitle(b.l, def.Prerequisite))
		}
		wide := def != nil && def.Scope == knowledge.ScopeAccount && len(m.Positions) > 1
		for _, i := range columns {
			c, d := b.cell(m, p, i, id)
			c.Detail, c.Span = fmt.Sprintf("%s-%d-%d", prefix, i+1, n+1), 1
			d.ID = c.Detail
			if wide {
				c.Span, d.Binding = len(m.Positions), b.l.t("web.grid.whole_account")
				c.Next = nextOfAll(m, id)
			}
			if st := m.Positions[i].Step(id); st != nil {
				d.Fix = b.fixStep(m, &m.Positions[i], st, wide)
			}
			c.Label = fmt.Sprintf("%s, %s: %s", r.Title, cmp.Or(d.Binding, b.l.t("web.grid.this_account")), d.Sentence)
			r.Cells = append(r.Cells, c)
			if !c.None {
				g.Details = append(g.Details, d)
			}
			if wide {
				break
			}
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

// columns is the order of the bindings: as the matter has them, but of many
// the one that the ticket routes by comes first, where it needs no scrolling.
func (b *briefing) columns(m *triage.Matter) []int {
	order := make([]int, len(m.Positions))
	for i := range order {
		order[i] = i
	}
	lead := b.r.Position
	if lead == nil || lead.Matter != m.ID || len(order) <= 3 {
		return order
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return rank(maps.Equal(m.Positions[x].Inputs, lead.Inputs)) - rank(maps.Equal(m.Positions[y].Inputs, lead.Inputs))
	})
	return order
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

func nextOfAll(m *triage.Matter, id string) bool {
	for i := range m.Positions {
		if n := m.Positions[i].Next; n == nil || n.Step != id {
			return false
		}
	}
	return true
}

// stepOrder lists the steps that apply to any position, in the procedure's order.
func stepOrder(p *knowledge.Procedure, m *triage.Matter) []string {
	var ids []string
	for i := range m.Positions {
		for _, st := range m.Positions[i].Steps {
			if !slices.Contains(ids, st.ID) {
				ids = append(ids, st.ID)
			}
		}
	}
	if p == nil {
		return ids
	}
	place := func(id string) int {
		return slices.IndexFunc(p.Steps, func(s knowledge.Step) bool { return s.ID == id })
	}
	slices.SortStableFunc(ids, func(a, b string) int { return place(a) - place(b) })
	return ids
}

func stepOf(p *knowledge.Procedure, id string) *knowledge.Step {
	if p == nil {
		return nil
	}
	return p.Step(id)
}

// cell says what is known of one step for the binding at position i.
func (b *briefing) cell(m *triage.Matter, p *knowledge.Procedure, i int, id string) (cell, detail) {
	pos := &m.Positions[i]
	st := pos.Step(id)
	if st == nil {
		return cell{None: true}, detail{}
	}
	d := detail{Title: b.s.stepTitle(b.l, m.Procedure, id), Binding: triage.BindingText(pos.Inputs)}
	seenAt := time.Time{}
	for j := range b.r.Facts.Checks {
		k := &b.r.Facts.Checks[j]
		if k.Matter == m.ID && k.Step == id && route.Applies(k.Inputs, pos.Inputs) {
			d.Checks = append(d.Checks, b.check(k))
			if k.ObservedAt.After(seenAt) {
				seenAt = k.ObservedAt
			}
		}
	}
	c := cell{Next: pos.Next != nil && pos.Next.Step == id}
	if len(d.Checks) > 0 && st.Check != "" && st.State != triage.StepSuperseded {
		c.Time = b.l.stamp(seenAt, b.now)
	}
	var refs []string
	for j := range b.r.Brief.Claims {
		claim := &b.r.Brief.Claims[j]
		if claim.Matter != m.ID || claim.Step != id || !route.Applies(claim.Inputs, pos.Inputs) {
			continue
		}
		if claim.Corrects() {
			if v := b.said(claim.Evidence[0].Correction); v != nil {
				v.What = b.l.named("web.claim.", string(claim.State), "")
				d.Said = append(d.Said, *v)
			}
			continue
		}
		for _, q := range b.quotes(claim.Evidence) {
			d.Quotes = append(d.Quotes, q)
			if q.Ref != "" && !slices.Contains(refs, q.Ref) {
				refs = append(refs, q.Ref)
			}
		}
	}
	c.Refs = strings.Join(refs, " ")
	c.pick, d.Sentence = b.l.stepWords(st, b.replacer(m.Procedure, p, id), c.Time)
	d.pick, d.Refs = c.pick, c.Refs
	return c, d
}

// replacer returns the title of the step that replaces id, "" for none.
func (b *briefing) replacer(procedure string, p *knowledge.Procedure, id string) string {
	if p != nil {
		for i := range p.Steps {
			if slices.Contains(p.Steps[i].Replaces, id) {
				return b.s.stepTitle(b.l, procedure, p.Steps[i].ID)
			}
		}
	}
	return ""
}

// stepWords says what a step's state rests on: in a cell in a word or two, in
// the detail in a sentence. We never say that somebody has not done a thing,
// only what we saw.
func (l lang) stepWords(st *triage.StepPosition, replacedBy string, seen *stamp) (pick, string) {
	word, class, icon := stepWord(st)
	if word == "superseded" && replacedBy == "" {
		word = "superseded_later"
	}
	at := ""
	if seen != nil {
		at = seen.At
	}
	if st.SaidBy == triage.RoleAgent {
		if by := l.named("web.step.agent.", word, ""); by != "" {
			word = "agent." + word
		}
	}
	code := "web.step." + word
	text, told := l.t(code), l.t(code+".told", "at", at, "title", replacedBy)
	if st.Disputed {
		return pick{text, class, "flag"}, told + " " + l.t("web.disputed.told")
	}
	return pick{text, class, icon}, told
}

// stepWord returns the end of a code of the catalogue, and its style.
func stepWord(st *triage.StepPosition) (word, class, icon string) {
	switch st.State {
	case triage.StepVerified:
		switch st.Claimed {
		case triage.ClaimDone, triage.ClaimFailed:
			return "said_seen", "ok", "check"
		case "":
			return "seen", "ok", "eye"
		}
		return "seen_denied", "ok", "eye"
	case triage.StepContradicted:
		return "differs", "differs", "differs"
	case triage.StepSuperseded:
		return "superseded", "past", "replaced"
	case triage.StepDone:
		if st.Check == triage.Unknown {
			return "said_unseen", "said", "said"
		}
		return "said", "said", "said"
	case triage.StepTodo:
		return todoWord(st)
	}
	if st.Check == triage.Unknown {
		return "unseen", "unsure", "eye-off"
	}
	return "unknown", "quiet", "dash"
}

func todoWord(st *triage.StepPosition) (word, class, icon string) {
	switch {
	case st.By == knowledge.Staff && st.SaidBy != triage.RoleAgent:
		return "ours", "open", "ring"
	case st.Claimed == triage.ClaimPlanned:
		return "planned", "open", "ring"
	case st.Claimed == triage.ClaimNotDone:
		return "not_yet", "open", "ring"
	case st.Claimed == triage.ClaimFailed:
		return "failed", "differs", "differs"
	case st.Basis == triage.Seen || st.Check == triage.Fail:
		return "seen_open", "open", "ring"
	}
	return "silent", "quiet", "dash"
}

func (b *briefing) check(k *triage.CheckResult) checkView {
	v := checkView{Name: k.Check, Outcome: b.l.say(outcomeWords[k.Outcome]), Expected: k.Expected, Seen: k.Seen,
		Lines: k.Evidence, At: b.l.stamp(k.ObservedAt, b.now), Paused: k.Code == "check.paused"}
	if v.Target = check.Target(k.Check, k.Params); v.Target != "" && !v.Paused {
		v.Wrong = b.path("/checks/wrong")
	}
	v.Sentence = strings.Join(b.checkSentences(k), " ")
	return v
}

// thread is where the messages are: on this page, or on the ticket's own.
func (b *briefing) thread() string {
	if b.at != nil {
		return ticketURL(b.t.ID) + "#"
	}
	return "#"
}

// quotes turns evidence into what stands outside the thread.
func (b *briefing) quotes(list []triage.Evidence) []quote {
	var out []quote
	for _, e := range list {
		q := quote{Ref: b.marks.id(e), N: e.Message, Text: oneLine(e.Quote, 400)}
		q.Href = b.thread() + cmp.Or(q.Ref, fmt.Sprintf("m%d", q.N))
		if e.Kind != triage.EvidenceQuote {
			q.Kind = b.l.named("web.evidence.", string(e.Kind), string(e.Kind))
		}
		if msg := b.t.N(e.Message); msg != nil {
			q.Sent = b.l.stamp(msg.SentAt, b.now)
			if q.Sent == nil {
				q.Sent = b.l.stamp(msg.ReceivedAt, b.now)
			}
		}
		out = append(out, q)
	}
	return out
}
