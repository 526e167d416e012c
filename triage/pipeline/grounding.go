package pipeline

import (
	"cmp"
	"slices"

	"readback/triage"
	"readback/triage/extract/offline"
	"readback/triage/ground"
)

// maxItems bounds each list of a brief: more is noise to the reader, and a
// model that babbles must not fill the store.
const maxItems = 200

// grounded is a proposal of which only what has true evidence is left.
type grounded struct {
	brief      triage.Brief
	matters    []triage.Matter
	confidence map[string]float64 // by matter id, 0..1
	effort     triage.Effort      // the extractor's word, "" for none
	lasting    map[string]bool    // the ids that matters and claims bring from the last result
	given      map[string]bool    // the ids in use
	dropped    int
	*ground.Grounder
}

// groundProposal finds the quotes of a proposal in the customer's own words.
// An item without one is dropped and counted.
func groundProposal(t *triage.Ticket, in triage.Proposal) *grounded {
	g := &grounded{Grounder: ground.New(t), confidence: map[string]float64{}, effort: in.Effort, lasting: map[string]bool{}, given: map[string]bool{}}
	g.brief = triage.Brief{Language: in.Language, Summary: in.Summary, Urgency: urgency(in.Urgency), Tone: tone(in.Tone),
		NeedsStaff: in.NeedsStaff, Questions: in.Questions, Flags: in.Flags}
	g.brief.Request = triage.Request{Text: in.Request.Text, Evidence: g.evidence(in.Request.Quotes)}
	for _, m := range in.Matters {
		g.lasting[m.ID] = m.ID != ""
	}
	for _, c := range in.Claims {
		g.lasting[c.ID] = c.ID != ""
	}
	for _, m := range in.Matters {
		id := g.id("m", m.ID)
		g.confidence[id] = clamp(cmp.Or(m.Confidence, in.Confidence))
		g.matters = append(g.matters, triage.Matter{ID: id, Kind: kind(m.Kind), Procedure: m.Procedure, Inputs: m.Inputs, Asks: m.Asks})
	}
	for _, c := range in.Claims {
		g.claim(c)
	}
	for _, d := range in.Documents {
		if ev := g.keep(d.Quotes); ev != nil {
			g.brief.Documents = append(g.brief.Documents, triage.Document{URL: d.URL, Title: d.Title, Topic: d.Topic, Evidence: ev})
		}
	}
	for _, e := range in.Environment {
		if ev := g.value(e); ev != nil {
			g.brief.Environment = append(g.brief.Environment, triage.EnvItem{Kind: envKind(e.Kind), Value: e.Value, Evidence: ev})
		}
	}
	for _, s := range in.Symptoms {
		if ev := g.keep(s.Quotes); ev != nil {
			g.brief.Symptoms = append(g.brief.Symptoms, triage.Symptom{Text: s.Text, Evidence: ev})
		}
	}
	for _, e := range in.Entities {
		if ev := g.value(e); ev != nil {
			g.brief.Entities = append(g.brief.Entities, triage.Entity{Kind: e.Kind, Value: e.Value, Evidence: ev})
		}
	}
	if ground.Instructed(t) && !hasFlag(&g.brief, triage.FlagInstructions) {
		g.brief.Flags = append(g.brief.Flags, triage.FlagInstructions)
	}
	if t.Automatic() && !hasFlag(&g.brief, triage.FlagAutomatic) {
		g.brief.Flags = append(g.brief.Flags, triage.FlagAutomatic)
	}
	for i := range t.Messages {
		for _, a := range t.Messages[i].Attachments {
			g.brief.Attachments = append(g.brief.Attachments, triage.AttachmentNote{Name: a.Name})
		}
	}
	if len(g.brief.Attachments) > 0 && !hasFlag(&g.brief, triage.FlagUnread) {
		g.brief.Flags = append(g.brief.Flags, triage.FlagUnread)
	}
	if ns := t.CustomerMessages(); len(ns) > 1 && offline.WorksNow(t.N(ns[len(ns)-1]).Text) {
		g.brief.Flags = append(g.brief.Flags, triage.FlagConfirms)
	}
	g.trim()
	g.order()
	return g
}

// claim keeps a claim once for each step and binding that its words are about.
func (g *grounded) claim(c triage.ProposedClaim) {
	if c.Matter < 0 || c.Matter >= len(g.matters) || !knownState(c.State) {
		g.dropped++
		return
	}
	ev := g.evidence(c.Quotes)
	if c.State == triage.ClaimDone {
		// "did authorise" out of "did not authorise" is no evidence of having done it.
		ev = slices.DeleteFunc(ev, func(e triage.Evidence) bool { return e.Said == "" && g.NegatedOutside(e) })
	}
	if !slices.ContainsFunc(ev, func(e triage.Evidence) bool { return e.Said == "" }) {
		g.dropped++
		return
	}
	steps := c.Steps
	if len(steps) == 0 {
		steps = []string{""}
	}
	for _, step := range steps {
		for _, inputs := range spread(c.Inputs) {
			g.brief.Claims = append(g.brief.Claims, triage.Claim{ID: c.ID,
				Matter: g.matters[c.Matter].ID, Step: step, Inputs: inputs, What: c.What, State: c.State, Evidence: slices.Clone(ev)})
		}
	}
}

// spread turns what a claim says of inputs into one binding for each value;
// none stays one empty binding, which is about all of them.
func spread(inputs map[string][]string) []map[string]string {
	named := map[string][]string{}
	for name, values := range inputs {
		for _, v := range values {
			named[name] = append(named[name], asName(v))
		}
	}
	return bindings(named)
}

func (g *grounded) evidence(quotes []triage.Quote) []triage.Evidence {
	var out []triage.Evidence
	for _, q := range quotes {
		if ev, ok := g.Quote(q); ok {
			ev.Said = q.Said
			out = append(out, ev)
		}
	}
	return out
}

// keep is evidence for an item that is dropped without any.
func (g *grounded) keep(quotes []triage.Quote) []triage.Evidence {
	ev := g.evidence(quotes)
	if ev == nil {
		g.dropped++
	}
	return ev
}

// value keeps a value only if it occurs inside its own quote.
func (g *grounded) value(v triage.ProposedValue) []triage.Evidence {
	ev := g.evidence(v.Quotes)
	if ev == nil || !g.Value(v.Value, ev) {
		g.dropped++
		return nil
	}
	return ev
}

func (g *grounded) trim() {
	b := &g.brief
	cut := func(n int) int {
		g.dropped += max(0, n-maxItems)
		return min(n, maxItems)
	}
	b.Claims = b.Claims[:cut(len(b.Claims))]
	b.Documents = b.Documents[:cut(len(b.Documents))]
	b.Environment = b.Environment[:cut(len(b.Environment))]
	b.Symptoms = b.Symptoms[:cut(len(b.Symptoms))]
	b.Entities = b.Entities[:cut(len(b.Entities))]
}

// order puts the claims in the order they were said, so that the last word on
// a step is the last in the list.
func (g *grounded) order() {
	slices.SortStableFunc(g.brief.Claims, func(a, b triage.Claim) int {
		x, y := a.Evidence[len(a.Evidence)-1], b.Evidence[len(b.Evidence)-1]
		return cmp.Or(cmp.Compare(x.Message, y.Message), cmp.Compare(x.Start, y.Start))
	})
	for i := range g.brief.Claims {
		g.brief.Claims[i].ID = g.id("c", g.brief.Claims[i].ID)
	}
}

func claimsOf(b *triage.Brief, matter string) []triage.Claim {
	var out []triage.Claim
	for _, c := range b.Claims {
		if c.Matter == matter {
			out = append(out, c)
		}
	}
	return out
}

func hasFlag(b *triage.Brief, f triage.Flag) bool { return slices.Contains(b.Flags, f) }

func clamp(x float64) float64 { return min(max(x, 0), 1) }

func knownState(s triage.ClaimState) bool {
	switch s {
	case triage.ClaimDone, triage.ClaimFailed, triage.ClaimPlanned, triage.ClaimNotDone:
		return true
	}
	return false
}

func kind(k triage.Kind) triage.Kind {
	if slices.Contains(triage.Kinds, k) {
		return k
	}
	return triage.KindOther
}

func urgency(u triage.Urgency) triage.Urgency {
	switch u {
	case triage.UrgencyLow, triage.UrgencyHigh, triage.UrgencyCritical:
		return u
	}
	return triage.UrgencyNormal
}

func tone(s string) string {
	switch s {
	case "calm", "frustrated", "angry":
		return s
	}
	return "unknown"
}

func envKind(k string) triage.EnvKind {
	switch kind := triage.EnvKind(k); kind {
	case triage.EnvBrowser, triage.EnvOS, triage.EnvDevice, triage.EnvFramework, triage.EnvVersion,
		triage.EnvPlan, triage.EnvCDN, triage.EnvDNSProvider, triage.EnvMailProvider:
		return kind
	}
	return triage.EnvOther
}
