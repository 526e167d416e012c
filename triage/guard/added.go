package guard

import (
	"maps"
	"slices"
	"strings"

	"readback/triage"
)

// Proposal is a repeat that a model proposes. Its words of the draft and its
// place in the ticket were looked up before (author.Repeats).
type Proposal struct {
	Kind       Kind   // one of modelKinds
	Draft      string // words of the draft, verbatim
	Message    int    // number of the earlier message
	Start, End int    // bytes of its text
}

// Reading tells how a model did that was asked to add to a report.
type Reading struct {
	Outcome   Outcome      `json:"outcome"`
	Name      string       `json:"name"`    // of the model, "" when none answered
	Prompt    string       `json:"prompt"`  // version and hash, "" when none answered
	Added     int          `json:"added"`   // findings
	Dropped   int          `json:"dropped"` // that rested on nothing, were there already, or are repeats that are right
	Note      string       `json:"note"`    // a sentence when the outcome is not read, else ""
	Usage     triage.Usage `json:"usage"`
	LatencyMS int64        `json:"latency_ms"`

	Proposals []Proposal `json:"-"`
}

// Outcome says whether a model took part.
type Outcome string

// The outcomes. Whatever it is, the rules' findings are whole.
const (
	ModelRead        Outcome = "read"
	ModelLate        Outcome = "late"        // it did not answer in time
	ModelUnavailable Outcome = "unavailable" // none could be asked, or its answer was unusable
	ModelLimited     Outcome = "limited"     // it was asked too often in a row
)

// modelKinds are the kinds that a model may add, each with the code of its words.
var modelKinds = map[Kind]string{RepeatsStep: "guard.inferred_step", AsksKnown: "guard.inferred_known", ResendsDocument: "guard.inferred_sent"}

// QuietInferred is how Case.Quiet names a kind whose hints by a model are left out.
func QuietInferred(kind string) string { return "inferred:" + kind }

// Add adds to the report of a draft what a model proposes, as hints only: it
// changes and removes nothing that the rules found. It leaves out, and counts,
// what no longer stands in the draft or the ticket, what the report tells
// already, and repeats that are right for the reasons that the rules know.
func (g *Guard) Add(c Case, r *Report, m Reading) {
	k := &check{g: g, c: c, findings: r.Findings}
	if len(m.Proposals) > 0 {
		k.c.Draft = cutRune(c.Draft, min(len(c.Draft), MaxDraft))
		k.h = g.history(c.Ticket, c.Result)
		k.w, k.before = read(k.c.Draft, k.h.lang), len(c.Ticket.Messages)+1
	}
	for _, p := range m.Proposals {
		f, ok := k.proposed(p)
		switch {
		case !ok:
			m.Dropped++
		case !slices.Contains(c.Quiet, QuietInferred(string(p.Kind))):
			k.findings = append(k.findings, f)
			m.Added++
		}
	}
	if m.Outcome != ModelRead {
		m.Note = triage.Sentence(k.lang(), "guard.model_"+string(m.Outcome), nil)
	}
	r.Findings, r.Hints, r.Model = k.told(), r.Hints+m.Added, &m
}

// proposed makes the finding of a proposal; ok is false when it does not count.
func (k *check) proposed(p Proposal) (f Finding, ok bool) {
	code, known := modelKinds[p.Kind]
	m := k.c.Ticket.N(p.Message)
	at := strings.Index(k.c.Draft, p.Draft)
	if !known || m == nil || p.Start < 0 || p.Start >= p.End || p.End > len(m.Text) || strings.TrimSpace(p.Draft) == "" || at < 0 {
		return f, false
	}
	if m.Role != triage.RoleCustomer && !(m.Role == triage.RoleAgent && p.Kind == ResendsDocument) {
		return f, false
	}
	ev := quoteOf(k.c.Ticket, p.Message, p.Start, p.End)
	f = Finding{Kind: p.Kind, Level: Hint, Draft: Span{at, at + len(p.Draft)}, Evidence: &ev, Code: code, Inferred: true}
	return f, !k.toldAlready(&f) && !k.allowed(&f)
}

// toldAlready reports whether a finding is about words of the draft that
// another is about, or about the same words of the ticket in the same way.
func (k *check) toldAlready(f *Finding) bool {
	return slices.ContainsFunc(k.findings, func(o Finding) bool {
		if o.Draft.Start < f.Draft.End && f.Draft.Start < o.Draft.End {
			return true
		}
		return o.Kind == f.Kind && o.Evidence != nil && o.Evidence.Message == f.Evidence.Message && o.Evidence.Start < f.Evidence.End && f.Evidence.Start < o.Evidence.End
	})
}

// allowed reports whether a repeat is right: the reasons are those of the rules.
func (k *check) allowed(f *Finding) bool {
	if k.excusedAt(f.Draft.Start) || f.Kind == ResendsDocument && k.asked(k.before-1) {
		return true
	}
	if f.Kind == RepeatsStep && (k.brokeSince(f.Evidence.Message) || k.notDone(f.Evidence)) {
		return true
	}
	if k.w.tongue == nil {
		return k.elsewhere(f, actOfText(k.c.Draft[f.Draft.Start:f.Draft.End]))
	}
	mine := 0 // clauses that do something which may be a repeat
	acted, changed := false, 0
	for i := range k.w.clauses {
		c := &k.w.clauses[i]
		acted = acted || c.mood == ours && has(c.norm, k.w.tongue.acts) && !has(c.norm, ownPapers)
		paragraph := k.w.parts[c.part].Paragraph + 1
		if c.start < f.Draft.End && f.Draft.Start < c.end {
			free := c.mood == ours && f.Kind != ResendsDocument || c.mood == recap || c.mood == excused || has(c.norm, k.w.tongue.free)
			due := f.Kind == RepeatsStep && (acted || k.saidWhy(i) || c.due(k.w, changed == paragraph))
			if !free && !due && !k.elsewhere(f, c.act) {
				mine++
			}
		} else if c.mood == tells && c.act.changes() {
			changed = paragraph
		}
	}
	return mine == 0
}

// notDone reports whether the brief says of a passage that they only plan it, or did not do it.
func (k *check) notDone(ev *triage.Evidence) bool {
	if k.c.Result == nil {
		return false
	}
	return slices.ContainsFunc(k.c.Result.Brief.Claims, func(c triage.Claim) bool {
		return !c.Said() && slices.ContainsFunc(c.Evidence, func(e triage.Evidence) bool {
			return e.Message == ev.Message && e.Start < ev.End && ev.Start < e.End
		})
	})
}

// elsewhere reports whether an act is about another thing than the passage
// that it is said to repeat: a name that stands nowhere in it while others do,
// one that the customer never wrote, the other one, the other side.
func (k *check) elsewhere(f *Finding, a act) bool {
	if f.Kind == ResendsDocument {
		return false
	}
	b := actOfText(f.Evidence.Quote)
	theirs := slices.ContainsFunc(slices.Collect(maps.Keys(b.hosts)), func(h string) bool { return !k.platform(h) })
	for h := range a.hosts {
		if k.platform(h) || b.hosts[h] {
			continue
		}
		if theirs || !k.wrote(h) {
			return true
		}
	}
	another := a.other && !b.other && (a.objects["domain"] > 0 || a.objects["account"] > 0)
	return f.Kind == RepeatsStep && (another || a.otherSide(&b))
}

// wrote reports whether a customer's message names a host.
func (k *check) wrote(host string) bool {
	return slices.ContainsFunc(k.c.Ticket.Messages, func(m triage.Message) bool {
		return m.Role == triage.RoleCustomer && strings.Contains(strings.ToLower(m.Text), host)
	})
}
