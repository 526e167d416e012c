package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"readback/triage"
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
	for i := range t.Messages {
		for _, a := range t.Messages[i].Attachments {
			g.brief.Attachments = append(g.brief.Attachments, triage.AttachmentNote{Name: a.Name})
		}
	}
	if len(g.brief.Attachments) > 0 && !hasFlag(&g.brief, triage.FlagUnread) {
		g.brief.Flags = append(g.brief.Flags, triage.FlagUnread)
	}
	g.trim()
	g.order()
	return g
}

// id gives an item the id it had in the last result, else the first number
// that no other has.
func (g *grounded) id(prefix, last string) string {
	for n := 1; last == "" || g.given[last]; n++ {
		if id := fmt.Sprintf("%s%d", prefix, n); !g.lasting[id] {
			last = id
		}
	}
	g.given[last] = true
	return last
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

// spread turns values by input into one binding for each value; none stays
// one empty binding, which is about all of them.
func spread(inputs map[string][]string) []map[string]string {
	out := []map[string]string{{}}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		values := inputs[name]
		var next []map[string]string
		for _, b := range out {
			for _, v := range values {
				if len(next) == maxBindings {
					break
				}
				c := map[string]string{name: strings.ToLower(strings.TrimSuffix(v, "."))}
				for k, old := range b {
					c[k] = old
				}
				next = append(next, c)
			}
		}
		if len(next) > 0 {
			out = next
		}
	}
	return out
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

// keepIDs gives matters and claims that the last result already had the ids
// they had there. said are the corrections in force. confidence follows the
// matters' new ids.
func (g *grounded) keepIDs(r *triage.Result, prev *triage.Result, said []triage.Correction) {
	if prev == nil {
		return
	}
	renamed, taken := g.pinned(len(r.Matters), func(i int) string { return r.Matters[i].ID })
	sameMatters(r.Matters, prev.Matters, said, renamed, taken)
	used := []string{}
	for i := range prev.Matters {
		used = append(used, prev.Matters[i].ID)
	}
	for i := range said {
		used = append(used, said[i].Matter) // never another's, even when it is gone for now
	}
	rename(len(r.Matters), lastNumber("m", used), "m", renamed, taken, func(i int) *string { return &r.Matters[i].ID })
	for i := range r.Brief.Claims {
		if id, ok := renamed[r.Brief.Claims[i].Matter]; ok {
			r.Brief.Claims[i].Matter = id
		}
	}
	confidence := map[string]float64{}
	for was, is := range renamed {
		confidence[is] = g.confidence[was]
	}
	g.confidence = confidence
	renamed, taken = g.pinned(len(r.Brief.Claims), func(i int) string { return r.Brief.Claims[i].ID })
	used = used[:0]
	for i := range prev.Brief.Claims {
		used = append(used, prev.Brief.Claims[i].ID)
	}
	for i := range r.Brief.Claims {
		c := &r.Brief.Claims[i]
		if renamed[c.ID] != "" {
			continue
		}
		for _, old := range prev.Brief.Claims {
			if old.Step == c.Step && sameAnchor(&old, c) && !taken[old.ID] {
				renamed[c.ID], taken[old.ID] = old.ID, true
				break
			}
		}
	}
	rename(len(r.Brief.Claims), lastNumber("c", used), "c", renamed, taken, func(i int) *string { return &r.Brief.Claims[i].ID })
}

// pinned are the items whose ids the extractor brought from the last result.
func (g *grounded) pinned(n int, id func(int) string) (renamed map[string]string, taken map[string]bool) {
	renamed, taken = map[string]string{}, map[string]bool{}
	for i := range n {
		if last := id(i); g.lasting[last] {
			renamed[last], taken[last] = last, true
		}
	}
	return renamed, taken
}

// rename gives each item its old id, or a new one that was never used.
func rename(n, used int, prefix string, renamed map[string]string, taken map[string]bool, id func(int) *string) {
	next := used + 1
	for i := range n {
		at := id(i)
		if old, ok := renamed[*at]; ok {
			*at = old
			continue
		}
		for taken[fmt.Sprintf("%s%d", prefix, next)] {
			next++
		}
		renamed[*at] = fmt.Sprintf("%s%d", prefix, next)
		*at = renamed[*at]
		next++
	}
}

func sameAnchor(a, b *triage.Claim) bool {
	if len(a.Evidence) == 0 {
		return false // erased since
	}
	x, y := a.Evidence[0], b.Evidence[0]
	return x.MessageID == y.MessageID && x.Start < y.End && y.Start < x.End && fmt.Sprint(a.Inputs) == fmt.Sprint(b.Inputs)
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
