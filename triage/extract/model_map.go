package extract

import (
	"cmp"
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
	maxParts       = 20 // quotes or inputs of one item
	maxQuestions   = 5
	maxQuote       = 4000
	maxText        = 600
)

// handles maps the short names of a request back to ids.
type handles struct {
	procedures map[string]*knowledge.Procedure // by P1 ...
	steps      map[string]stepOf               // by S1 ...
}

type stepOf struct{ procedure, step string }

// procedure is the handle of a procedure, "" when it is not on offer.
func (h handles) procedure(id string) string {
	for name, p := range h.procedures {
		if p.ID == id {
			return name
		}
	}
	return ""
}

// step is the handle of a procedure's step, nil when it is not on offer.
func (h handles) step(procedure, id string) []string {
	for name, s := range h.steps {
		if s.procedure == procedure && s.step == id {
			return []string{name}
		}
	}
	return nil
}

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
	carried *carried // what the answer carries on from, nil for a first reading
	dropped int
	places  []int // of the answer's matters among the proposal's
}

func newMapper(in triage.Reading, r *request) *mapper {
	m := &mapper{in: in, handles: r.handles, vault: r.vault, said: saidIn(in)}
	if r.covered > 0 {
		m.carried = carry(in, r.covered)
	}
	return m
}

func (m *mapper) proposal(a *answer) triage.Proposal {
	m.dropped = a.dropped
	p := triage.Proposal{Urgency: triage.UrgencyNormal, Tone: "unknown"}
	if m.carried != nil {
		p = m.carried.proposal
	}
	m.head(&p, a)
	m.matters(&p, a.Matters)
	for _, c := range bounded(m, a.Claims, maxAnswerItems) {
		m.claim(&p, c)
	}
	for _, d := range bounded(m, a.Documents, maxAnswerItems) {
		m.document(&p, d)
	}
	for _, e := range bounded(m, a.Environment, maxAnswerItems) {
		if m.known(slices.Contains(envKinds, triage.EnvKind(e.Kind))) {
			p.Environment = m.value(p.Environment, e)
		}
	}
	for _, e := range bounded(m, a.Entities, maxAnswerItems) {
		if m.known(slices.Contains(entityKinds, e.Kind)) {
			p.Entities = m.value(p.Entities, e)
		}
	}
	for _, s := range bounded(m, a.Symptoms, maxAnswerItems) {
		m.symptom(&p, s)
	}
	p.Info.Dropped = m.dropped
	return p
}

// head maps what an answer says once. What it leaves out stays as it was.
func (m *mapper) head(p *triage.Proposal, a *answer) {
	p.Language = cmp.Or(language(a.Language), p.Language)
	p.Summary = cmp.Or(m.free(a.Summary), p.Summary)
	p.Request.Text = cmp.Or(m.free(a.Request.Text), p.Request.Text)
	if quotes := m.quotes(a.Request.Quotes); len(quotes) > 0 {
		p.Request.Quotes = quotes
	}
	if a.NeedsStaff != nil {
		p.NeedsStaff = *a.NeedsStaff
	}
	if u := triage.Urgency(a.Urgency); m.given(a.Urgency, slices.Contains(urgencies, u)) {
		p.Urgency = u
	}
	if m.given(a.Tone, slices.Contains(tones, a.Tone)) {
		p.Tone = a.Tone
	}
	if e := triage.Effort(a.Effort); m.given(a.Effort, slices.Contains(efforts, e)) {
		p.Effort = e
	}
	if a.Confidence != 0 || m.carried == nil {
		p.Confidence = unit(a.Confidence)
	}
	p.Questions = nil
	for _, q := range bounded(m, a.Questions, maxQuestions) {
		if q = m.free(q); q != "" {
			p.Questions = append(p.Questions, q)
		}
	}
	for _, f := range bounded(m, a.Flags, maxAnswerItems) {
		if flag := triage.Flag(f); m.known(slices.Contains(modelFlags, flag)) && !slices.Contains(p.Flags, flag) {
			p.Flags = append(p.Flags, flag)
		}
	}
}

var (
	envKinds = []triage.EnvKind{triage.EnvBrowser, triage.EnvOS, triage.EnvDevice, triage.EnvFramework,
		triage.EnvVersion, triage.EnvPlan, triage.EnvCDN, triage.EnvDNSProvider, triage.EnvMailProvider, triage.EnvOther}
	entityKinds = []string{"domain", "email", "url", "account", "order", "amount", "ip"}
	modelFlags  = []triage.Flag{triage.FlagInstructions, triage.FlagThanksOnly, triage.FlagAutomatic, triage.FlagLegal}
	urgencies   = []triage.Urgency{triage.UrgencyLow, triage.UrgencyNormal, triage.UrgencyHigh, triage.UrgencyCritical}
	tones       = []string{"calm", "frustrated", "angry", "unknown"}
	efforts     = []triage.Effort{triage.EffortNone, triage.EffortPartial, triage.EffortExhausted}
	claimStates = []triage.ClaimState{triage.ClaimDone, triage.ClaimFailed, triage.ClaimPlanned, triage.ClaimNotDone}
)

// known counts what is not ok and returns ok.
func (m *mapper) known(ok bool) bool {
	if !ok {
		m.dropped++
	}
	return ok
}

// given is known for a word that an answer may leave out.
func (m *mapper) given(word string, ok bool) bool { return word != "" && m.known(ok) }

// matters always leaves at least one, so that claims have something to belong
// to. A matter keeps its place even when half of it is wrong: claims count by it.
func (m *mapper) matters(p *triage.Proposal, list []answerMatter) {
	if len(list) == 0 {
		for i := range p.Matters {
			m.places = append(m.places, i)
		}
	}
	for _, am := range bounded(m, list, maxAnswerItems) {
		at := m.carried.matter(p.Matters, am, m.handles)
		if at < 0 {
			at = len(p.Matters)
			p.Matters = append(p.Matters, triage.ProposedMatter{Kind: triage.KindOther})
		}
		m.places = append(m.places, at)
		pm := &p.Matters[at]
		if k := triage.Kind(am.Kind); m.known(slices.Contains(triage.Kinds, k)) {
			pm.Kind = k
		}
		pm.Confidence = cmp.Or(unit(am.Confidence), pm.Confidence)
		proc := m.handles.procedures[am.Procedure]
		switch {
		case am.Procedure == "":
			pm.Procedure, pm.Inputs, pm.Asks = "", nil, nil
		case m.known(proc != nil):
			if pm.Procedure != proc.ID {
				pm.Procedure, pm.Inputs, pm.Asks = proc.ID, nil, nil
			}
			for name, values := range m.inputs(proc, am.Inputs) {
				for _, v := range values {
					pm.Inputs = withInput(pm.Inputs, name, v)
				}
			}
			for _, id := range m.steps(proc.ID, am.Asks) {
				if !slices.Contains(pm.Asks, id) {
					pm.Asks = append(pm.Asks, id)
				}
			}
		}
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
	again := m.carried.claim(p.Claims, c.ID, quotes)
	if again != nil {
		pc.Matter = again.Matter
	}
	if n := whole(c.Matter); m.known(n >= 1 && n <= len(m.places)) {
		pc.Matter = m.places[n-1]
	}
	of := p.Matters[pc.Matter].Procedure
	pc.Steps = m.steps(of, c.Steps)
	for _, proc := range m.handles.procedures {
		if proc.ID == of {
			pc.Inputs = m.inputs(proc, c.Inputs)
		}
	}
	if again != nil {
		retell(again, pc)
		return
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
	if !m.known(len(pd.Quotes) > 0 && pd.URL+pd.Title != "") || slices.ContainsFunc(p.Documents, func(old triage.ProposedDocument) bool {
		return old.URL == pd.URL && strings.EqualFold(old.Title, pd.Title)
	}) {
		return
	}
	if pd.URL != "" && m.in.Knowledge != nil {
		if proc := m.in.Knowledge.ByURL(pd.URL); proc != nil {
			pd.Topic = proc.ID
		}
	}
	p.Documents = append(p.Documents, pd)
}

func (m *mapper) symptom(p *triage.Proposal, s answerText) {
	quotes, text := m.quotes(s.Quotes), m.free(s.Text)
	if m.known(len(quotes) > 0) && !slices.ContainsFunc(p.Symptoms, func(old triage.ProposedText) bool { return strings.EqualFold(old.Text, text) }) {
		p.Symptoms = append(p.Symptoms, triage.ProposedText{Text: text, Quotes: quotes})
	}
}

func (m *mapper) value(list []triage.ProposedValue, v answerValue) []triage.ProposedValue {
	pv := triage.ProposedValue{Kind: v.Kind, Value: m.exact(v.Value), Quotes: m.quotes(v.Quotes)}
	if !m.known(pv.Value != "" && len(pv.Quotes) > 0) || slices.ContainsFunc(list, func(old triage.ProposedValue) bool {
		return old.Kind == pv.Kind && strings.EqualFold(old.Value, pv.Value)
	}) {
		return list
	}
	return append(list, pv)
}

// inputs keeps values of inputs that the procedure has and that stand
// somewhere in the ticket: a model must not make up a domain.
func (m *mapper) inputs(p *knowledge.Procedure, list []answerInput) map[string][]string {
	var out map[string][]string
	for _, in := range bounded(m, list, maxParts) {
		value := m.exact(in.Value)
		_, ok := p.Inputs[in.Name]
		if m.known(ok && value != "" && m.said.has(value)) {
			out = withInput(out, in.Name, value)
		}
	}
	return out
}

func withInput(inputs map[string][]string, name, value string) map[string][]string {
	if inputs == nil {
		inputs = map[string][]string{}
	}
	if !slices.ContainsFunc(inputs[name], func(v string) bool { return strings.EqualFold(v, value) }) {
		inputs[name] = append(inputs[name], value)
	}
	return inputs
}

func (m *mapper) quotes(list []answerQuote) []triage.Quote {
	var out []triage.Quote
	for _, q := range bounded(m, list, maxParts) {
		text := clip(strings.ToValidUTF8(m.vault.restore(clip(q.Text, 2*maxQuote)), ""), maxQuote)
		if !m.known(strings.TrimSpace(text) != "") {
			continue
		}
		n := whole(q.Message)
		if m.in.Ticket.N(n) == nil {
			n = 0 // a hint only; grounding searches every message
		}
		q := triage.Quote{Message: n, Text: text, Start: -1}
		if m.known(m.carried.stands(&q)) {
			out = append(out, q)
		}
	}
	return out
}

// free cleans a text in the model's own words: one line, no secrets, nothing
// to follow that the ticket does not hold.
func (m *mapper) free(s string) string {
	return clip(m.clean(oneLine(m.vault.mask(clip(s, 4*maxText)))), maxText)
}

// exact cleans a value that must stand in the ticket.
func (m *mapper) exact(s string) string {
	return clip(oneLine(m.vault.restore(clip(s, 4*maxText))), maxText)
}

// oneLine turns control and white-space characters into single spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// bounded cuts a list and counts the rest.
func bounded[T any](m *mapper, list []T, most int) []T {
	if len(list) > most {
		m.dropped += len(list) - most
		list = list[:most]
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
