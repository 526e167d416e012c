package extract

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode"

	"readback/knowledge"
	"readback/prompts"
	"readback/triage"
)

// Limits of an answer: far above what a ticket holds, far below what a model
// that runs wild can write. Texts in bytes.
const (
	maxAnswerItems = 200
	maxQuote       = 4000
	maxText        = 600
)

// handles maps the short names of a request back to ids.
type handles struct {
	procedures map[string]*knowledge.Procedure // by P1 ...
	steps      map[string]stepOf               // by S1 ...
}

type stepOf struct{ procedure, step string }

// offer gives the candidates their handles. Steps are numbered through all
// procedures, so that a handle names one step of one procedure.
func offer(candidates []knowledge.Procedure) (handles, []prompts.Procedure) {
	h := handles{map[string]*knowledge.Procedure{}, map[string]stepOf{}}
	var out []prompts.Procedure
	for i := range candidates[:min(len(candidates), prompts.MaxProcedures)] {
		p := &candidates[i]
		po := prompts.Procedure{Handle: handle("P", i+1), Title: p.Title, Asks: p.Asks[:min(len(p.Asks), 2)]}
		h.procedures[po.Handle] = p
		names := make([]string, 0, len(p.Inputs))
		for name := range p.Inputs {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			po.Inputs = append(po.Inputs, prompts.Input{Name: name, Kind: p.Inputs[name].Kind, Many: p.Inputs[name].Many})
		}
		for _, s := range p.Steps {
			ps := prompts.Step{Handle: handle("S", len(h.steps)+1), By: string(s.By), Title: s.Title, Optional: s.Optional}
			h.steps[ps.Handle] = stepOf{p.ID, s.ID}
			po.Steps = append(po.Steps, ps)
		}
		out = append(out, po)
	}
	return h, out
}

// mapper turns an answer into a proposal. What is out of range or of an
// unknown kind is dropped and counted.
type mapper struct {
	in      triage.Reading
	handles handles
	vault   *vault
	said    said
	dropped int
}

func (m *mapper) proposal(a *answer) triage.Proposal {
	m.dropped = a.dropped
	p := triage.Proposal{
		Language: language(a.Language), Summary: m.free(a.Summary), NeedsStaff: a.NeedsStaff,
		Urgency: triage.UrgencyNormal, Tone: "unknown", Confidence: unit(a.Confidence),
		Request: triage.ProposedText{Text: m.free(a.Request.Text), Quotes: m.quotes(a.Request.Quotes)},
	}
	if u := triage.Urgency(a.Urgency); m.known(slices.Contains([]triage.Urgency{triage.UrgencyLow,
		triage.UrgencyNormal, triage.UrgencyHigh, triage.UrgencyCritical}, u)) {
		p.Urgency = u
	}
	if m.known(slices.Contains([]string{"calm", "frustrated", "angry", "unknown"}, a.Tone)) {
		p.Tone = a.Tone
	}
	m.matters(&p, a.Matters)
	for _, c := range bounded(m, a.Claims) {
		m.claim(&p, c)
	}
	for _, d := range bounded(m, a.Documents) {
		m.document(&p, d)
	}
	for _, e := range bounded(m, a.Environment) {
		if slices.Contains(envKinds, triage.EnvKind(e.Kind)) {
			p.Environment = m.value(p.Environment, e)
		} else {
			m.dropped++
		}
	}
	for _, e := range bounded(m, a.Entities) {
		if slices.Contains(entityKinds, e.Kind) {
			p.Entities = m.value(p.Entities, e)
		} else {
			m.dropped++
		}
	}
	for _, s := range bounded(m, a.Symptoms) {
		if q := m.quotes(s.Quotes); m.known(len(q) > 0) {
			p.Symptoms = append(p.Symptoms, triage.ProposedText{Text: m.free(s.Text), Quotes: q})
		}
	}
	for _, q := range a.Questions[:min(len(a.Questions), 5)] {
		if q = m.free(q); q != "" {
			p.Questions = append(p.Questions, q)
		}
	}
	for _, f := range bounded(m, a.Flags) {
		if flag := triage.Flag(f); m.known(slices.Contains(modelFlags, flag)) && !slices.Contains(p.Flags, flag) {
			p.Flags = append(p.Flags, flag)
		}
	}
	p.Info.Dropped = m.dropped
	return p
}

var (
	envKinds = []triage.EnvKind{triage.EnvBrowser, triage.EnvOS, triage.EnvDevice, triage.EnvFramework,
		triage.EnvVersion, triage.EnvPlan, triage.EnvCDN, triage.EnvDNSProvider, triage.EnvMailProvider, triage.EnvOther}
	entityKinds = []string{"domain", "email", "url", "account", "order", "amount", "ip"}
	modelFlags  = []triage.Flag{triage.FlagInstructions, triage.FlagThanksOnly, triage.FlagAutomatic, triage.FlagLegal}
	claimStates = []triage.ClaimState{triage.ClaimDone, triage.ClaimFailed, triage.ClaimPlanned, triage.ClaimNotDone}
)

// known counts what is not ok and returns ok.
func (m *mapper) known(ok bool) bool {
	if !ok {
		m.dropped++
	}
	return ok
}

// matters always leaves at least one, so that claims have something to belong
// to. A matter keeps its place even when half of it is wrong: claims count by it.
func (m *mapper) matters(p *triage.Proposal, list []answerMatter) {
	for _, am := range bounded(m, list) {
		pm := triage.ProposedMatter{Kind: triage.Kind(am.Kind), Confidence: unit(am.Confidence)}
		if !m.known(slices.Contains(triage.Kinds, pm.Kind)) {
			pm.Kind = triage.KindOther
		}
		if am.Procedure != "" {
			if proc := m.handles.procedures[am.Procedure]; m.known(proc != nil) {
				pm.Procedure = proc.ID
				pm.Inputs = m.inputs(proc, am.Inputs)
				pm.Asks = m.steps(proc.ID, am.Asks)
			}
		}
		p.Matters = append(p.Matters, pm)
	}
	if len(p.Matters) == 0 {
		p.Matters = []triage.ProposedMatter{{Kind: triage.KindOther}}
	}
}

func (m *mapper) claim(p *triage.Proposal, c answerClaim) {
	quotes := m.quotes(c.Quotes)
	state := triage.ClaimState(c.State)
	if !m.known(len(quotes) > 0 && slices.Contains(claimStates, state)) {
		return
	}
	pc := triage.ProposedClaim{What: m.free(c.What), State: state, Quotes: quotes}
	if n := whole(c.Matter); m.known(n >= 1 && n <= len(p.Matters)) {
		pc.Matter = n - 1
	}
	of := p.Matters[pc.Matter].Procedure
	pc.Steps = m.steps(of, c.Steps)
	for _, proc := range m.handles.procedures {
		if proc.ID == of {
			pc.Inputs = m.inputs(proc, c.Inputs)
		}
	}
	p.Claims = append(p.Claims, pc)
}

// steps turns handles into ids of that procedure's steps, each once.
func (m *mapper) steps(procedure string, handles []string) (ids []string) {
	for _, h := range handles {
		s, ok := m.handles.steps[h]
		if m.known(ok && s.procedure == procedure) && !slices.Contains(ids, s.step) {
			ids = append(ids, s.step)
		}
	}
	return ids
}

func (m *mapper) document(p *triage.Proposal, d answerDocument) {
	pd := triage.ProposedDocument{URL: m.exact(d.URL), Title: m.free(d.Title), Quotes: m.quotes(d.Quotes)}
	if !m.known(pd.URL == "" || isAddress(pd.URL) && m.said.has(pd.URL)) {
		pd.URL = "" // no address, or one that nobody wrote
	}
	if !m.known(len(pd.Quotes) > 0 && pd.URL+pd.Title != "") {
		return
	}
	if pd.URL != "" && m.in.Knowledge != nil {
		if proc := m.in.Knowledge.ByURL(pd.URL); proc != nil {
			pd.Topic = proc.ID
		}
	}
	p.Documents = append(p.Documents, pd)
}

func (m *mapper) value(list []triage.ProposedValue, v answerValue) []triage.ProposedValue {
	pv := triage.ProposedValue{Kind: v.Kind, Value: m.exact(v.Value), Quotes: m.quotes(v.Quotes)}
	if !m.known(pv.Value != "" && len(pv.Quotes) > 0) {
		return list
	}
	return append(list, pv)
}

// inputs keeps values of inputs that the procedure has and that stand
// somewhere in the ticket: a model must not make up a domain.
func (m *mapper) inputs(p *knowledge.Procedure, list []answerInput) map[string][]string {
	var out map[string][]string
	for _, in := range bounded(m, list) {
		value := m.exact(in.Value)
		_, ok := p.Inputs[in.Name]
		if !m.known(ok && value != "" && m.said.has(value)) {
			continue
		}
		if out == nil {
			out = map[string][]string{}
		}
		if !slices.Contains(out[in.Name], value) {
			out[in.Name] = append(out[in.Name], value)
		}
	}
	return out
}

func (m *mapper) quotes(list []answerQuote) []triage.Quote {
	var out []triage.Quote
	for _, q := range bounded(m, list) {
		text := clip(strings.ToValidUTF8(m.vault.restore(q.Text), ""), maxQuote)
		if !m.known(strings.TrimSpace(text) != "") {
			continue
		}
		n := whole(q.Message)
		if m.in.Ticket.N(n) == nil {
			n = 0 // a hint only; grounding searches every message
		}
		out = append(out, triage.Quote{Message: n, Text: text, Start: -1})
	}
	return out
}

// free cleans a text in the model's own words: one line, no secrets, nothing
// to follow that the ticket does not hold.
func (m *mapper) free(s string) string { return clip(m.clean(oneLine(m.vault.mask(s))), maxText) }

// exact cleans a value that must stand in the ticket.
func (m *mapper) exact(s string) string { return clip(oneLine(m.vault.restore(s)), maxText) }

// oneLine turns control and white-space characters into single spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// bounded cuts a list at maxAnswerItems and counts the rest.
func bounded[T any](m *mapper, list []T) []T {
	if len(list) > maxAnswerItems {
		m.dropped += len(list) - maxAnswerItems
		list = list[:maxAnswerItems]
	}
	return list
}

// whole reads a number that models write as 2, 2.0 or "2"; 0 when it is none.
func whole(n json.Number) int {
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1e6 {
		return 0
	}
	return int(f)
}

func unit(f float64) float64 { return min(max(f, 0), 1) }

// language returns an ISO 639-1 code from "de", "de-AT" or "DE"; else "".
func language(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), "-")
	if len(s) != 2 || s[0] < 'a' || s[0] > 'z' || s[1] < 'a' || s[1] > 'z' {
		return ""
	}
	return s
}
