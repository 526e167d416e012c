package route

import (
	"cmp"
	"slices"

	"readback/knowledge"
	"readback/triage"
)

// Case is all that the decision on one matter looks at.
type Case struct {
	Workspace *knowledge.Workspace
	Procedure *knowledge.Procedure // nil when none fits
	Kind      triage.Kind
	KindSaid  bool // a person said so: no flag of the text stands against it
	Positions []triage.Position
	Claims    []triage.Claim // of the matter, in the order they were said
	Checks    []triage.StepCheck
	Account   *triage.Account // nil when unknown
	Brief     *triage.Brief   // its flags and symptoms
	Effort    triage.Effort   // without a procedure, from the claims
	// Missing names the input that no value is known for, "" for none.
	Missing string
	// Unlooked counts the bindings beyond the most that are looked at.
	Unlooked int
	// Failed: nothing could be extracted. Confidence is the extractor's, 0..1.
	Failed     bool
	Confidence float64
	Floor      float64 // of Confidence, below which a person reviews; 0 = the policy's
	// AskedAt lists the numbers of the messages in which an agent or we asked
	// about a step of the procedure.
	AskedAt  []int
	Area     string    // of the matter, "" when unknown
	Incident *Incident // that the matter is part of; nil for none
	// Tier has the ticket now; "" before the first triage.
	Tier string
	// Person: the customer asked to talk to a person.
	Person bool
}

// row is a line of the decision table: when it fits it says the route, else nil.
type row func(c *Case, at *point) *triage.Route

// point is the worst position, taken apart for the rows.
type point struct {
	pos  *triage.Position
	next *triage.StepPosition // of pos.Next; nil when nothing is left
	step *knowledge.Step
}

// table is the decision table of docs/routing.md, row by row; the first that
// fits decides.
var table = []row{noAnswer, personAnswers, incident, unsure, notLive, missing, staffNext, progressUnknown,
	contradicted, stepFailed, openSeen, openTold, allDone, noProcedure}

// Matter decides the route of one matter. The tier is always set.
func Matter(c Case) triage.Route {
	at := &point{}
	if i := Worst(c.Positions); i >= 0 && c.Procedure != nil {
		at.pos = &c.Positions[i]
		if n := at.pos.Next; n != nil {
			at.next, at.step = at.pos.Step(n.Step), c.Procedure.Step(n.Step)
		}
	}
	for _, fits := range table {
		if route := fits(&c, at); route != nil {
			c.person(route)
			c.notes(at, route)
			route.Confidence = c.Confidence
			return *route
		}
	}
	return c.to(triage.Assign, c.keep(), "route.no_procedure")
}

// person gives to a person what the table would ask or send, when the customer
// wants one; why it would stays in the parameters.
func (c *Case) person(r *triage.Route) {
	if !c.Person || r.Action == triage.Assign || c.Kind == triage.KindSpam {
		return
	}
	asked := triage.Reason{Code: "route.person_wanted", Params: r.Reasons[0].Params}
	r.Action, r.Reasons = triage.Assign, append([]triage.Reason{asked}, r.Reasons...)
}

// Worst returns the index of the position that holds a matter up: the one
// whose first open step comes earliest, contradicted before merely open. It is
// -1 without positions.
func Worst(positions []triage.Position) int {
	worst, rank := -1, 0
	for i := range positions {
		p := &positions[i]
		r := 4 * len(p.Steps)
		if p.Next != nil {
			at := slices.IndexFunc(p.Steps, func(s triage.StepPosition) bool { return s.ID == p.Next.Step })
			r = 4 * at
			switch {
			case p.Steps[at].State == triage.StepContradicted:
			case p.Steps[at].Claimed == triage.ClaimFailed:
				r++
			case p.Steps[at].State == triage.StepUnknown:
				r += 2
			default:
				r += 3
			}
		}
		if worst < 0 || r < rank {
			worst, rank = i, r
		}
	}
	return worst
}

func noAnswer(c *Case, _ *point) *triage.Route {
	if c.Kind == triage.KindSpam || !c.KindSaid && (c.flagged(triage.FlagAutomatic) || c.flagged(triage.FlagThanksOnly)) {
		return c.route(triage.None, c.Workspace.Policy.DefaultTier, "route.no_answer", "kind", string(c.Kind))
	}
	return nil
}

func personAnswers(c *Case, _ *point) *triage.Route {
	never := c.Workspace.Policy.NeverAutomate
	held := slices.Contains(never, string(c.Kind)) || c.Procedure != nil && slices.Contains(never, c.Procedure.ID)
	if !held && !c.flagged(triage.FlagLegal) {
		return nil
	}
	tier, ok := c.Workspace.Policy.KindTiers[string(c.Kind)]
	if !ok && c.Procedure != nil && c.Procedure.Capability() != "" {
		tier, ok = c.Workspace.Holder(c.Procedure.Capability())
	}
	if !ok {
		tier = c.Workspace.Policy.DefaultTier
	}
	return c.route(triage.Assign, tier, "route.person_answers", "kind", string(c.Kind))
}

// incident sends what belongs to a confirmed one to its owner, who answers all
// of its tickets. A reading that is not sure is looked at there.
func incident(c *Case, _ *point) *triage.Route {
	if c.Incident == nil {
		return nil
	}
	tier := c.Incident.Tier
	if c.Workspace.Tier(tier) == nil { // the workspace has changed since
		tier = c.Workspace.Policy.Incidents.Owner
	}
	r := c.route(triage.Assign, tier, CodeIncident, "incident", c.Incident.ID, "title", c.Incident.Title)
	r.NeedsReview = c.Failed || c.Confidence < c.floor()
	return r
}

// floor is the policy's, until outcomes have moved it.
func (c *Case) floor() float64 { return cmp.Or(c.Floor, c.Workspace.Policy.Floor) }

func unsure(c *Case, _ *point) *triage.Route {
	code := "route.low_confidence"
	switch {
	case c.Failed:
		code = "route.extraction_failed"
	case c.Confidence >= c.floor():
		return nil
	}
	r := c.route(triage.Assign, c.Workspace.Policy.DefaultTier, code)
	r.NeedsReview = true
	return r
}

// notLive keeps a draft from deciding anything: its position is shown, and the
// matter goes where it would go without it.
func notLive(c *Case, at *point) *triage.Route {
	if c.Procedure == nil || c.Procedure.Status != knowledge.Draft {
		return nil
	}
	r := noProcedure(c, at)
	r.Reasons = append(r.Reasons, triage.Reason{Code: "route.not_live", Params: pairs([]string{"procedure", c.Procedure.ID})})
	at.pos, at.next, at.step = nil, nil, nil // nothing of it is told as if it held
	return r
}

// missing asks for what nothing can be told without.
func missing(c *Case, at *point) *triage.Route {
	if c.Procedure == nil {
		return nil
	}
	if c.Account == nil && c.Procedure.AccountWide() {
		return c.route(triage.Ask, c.keep(), "route.missing_account")
	}
	if c.Missing == "" || at.openWithout() {
		return nil
	}
	return c.route(triage.Ask, c.keep(), "route.missing_input", "procedure", c.Procedure.ID, "input", c.Missing)
}

// openWithout reports whether the next step is the customer's, known to be open
// and looked at without the inputs that have no value: they are needed later.
func (at *point) openWithout() bool {
	if at.next == nil || at.next.By != knowledge.Customer || at.next.Basis == triage.Silent || at.step.Check == nil {
		return false
	}
	return !slices.ContainsFunc(at.step.Check.Leaves(), func(leaf knowledge.Check) bool {
		_, missing := leaf.Bind(at.pos.Inputs)
		return missing != ""
	})
}

func staffNext(c *Case, at *point) *triage.Route {
	if at.next == nil || at.next.By != knowledge.Staff {
		return nil
	}
	code := "route.staff_next"
	for _, p := range c.Positions {
		for _, s := range p.Steps {
			if s.ID == at.next.ID {
				break
			}
			if s.By == knowledge.Customer && s.State == triage.StepDone || c.Unlooked > 0 {
				code = "route.staff_next_unverified"
			}
		}
	}
	capability := cmp.Or(at.step.Capability, c.Workspace.Policy.Debug)
	tier, _ := c.Workspace.Holder(capability)
	return c.at(triage.Assign, tier, code, at, "capability", capability)
}

func progressUnknown(c *Case, at *point) *triage.Route {
	if at.next == nil || at.next.State != triage.StepUnknown {
		return nil
	}
	return c.at(triage.Ask, c.keep(), "route.progress_unknown", at)
}

func contradicted(c *Case, at *point) *triage.Route {
	if at.next == nil || at.next.State != triage.StepContradicted {
		return nil
	}
	if c.saidAgain(at) {
		return c.at(triage.Assign, c.holder(), "route.said_again", at)
	}
	if at.next.Claimed == triage.ClaimFailed {
		return c.at(triage.Ask, c.keep(), "route.failed_seen", at)
	}
	return c.at(triage.Ask, c.keep(), "route.contradicted", at)
}

// saidAgain reports whether the customer said the step is done both before
// and after a question about it.
func (c *Case) saidAgain(at *point) bool {
	first, last := 0, 0
	for i := range c.Claims {
		cl := &c.Claims[i]
		if cl.Step != at.next.ID || cl.State != triage.ClaimDone || !Applies(cl.Inputs, at.pos.Inputs) {
			continue
		}
		for _, e := range cl.Evidence {
			if e.Message == 0 || e.Said != "" {
				continue // a correction is said in no message; other words told something else
			}
			if first == 0 || e.Message < first {
				first = e.Message
			}
			last = max(last, e.Message)
		}
	}
	return slices.ContainsFunc(c.AskedAt, func(n int) bool { return first > 0 && first < n && n < last })
}

func stepFailed(c *Case, at *point) *triage.Route {
	if at.next == nil || at.next.Claimed != triage.ClaimFailed {
		return nil
	}
	tier := c.Workspace.Policy.DefaultTier
	if at.pos.Effort == triage.EffortExhausted {
		tier, _ = c.Workspace.Holder(c.Workspace.Policy.Debug)
	}
	return c.at(triage.Assign, tier, "route.step_failed", at)
}

// selfService is the procedure's own word, else the policy's.
func (c *Case) selfService() knowledge.SelfService {
	if c.Procedure != nil && c.Procedure.SelfService != "" {
		return c.Procedure.SelfService
	}
	return c.Workspace.Policy.SelfService
}

func openSeen(c *Case, at *point) *triage.Route {
	if at.next == nil || at.next.Basis != triage.Seen {
		return nil
	}
	if c.selfService() == knowledge.SelfServiceSeen {
		return c.at(triage.SelfService, c.keep(), "route.next_seen_self_service", at)
	}
	return c.at(triage.Ask, c.keep(), "route.next_seen", at)
}

func openTold(c *Case, at *point) *triage.Route {
	if at.next == nil {
		return nil
	}
	if c.selfService() == knowledge.SelfServiceNever {
		return c.at(triage.Assign, c.Workspace.Policy.DefaultTier, "route.next_told_staff", at)
	}
	return c.at(triage.SelfService, c.keep(), "route.next_told", at)
}

func allDone(c *Case, at *point) *triage.Route {
	if at.pos == nil {
		return nil
	}
	failing := c.Kind != triage.KindSetup || len(c.Brief.Symptoms) > 0 ||
		slices.ContainsFunc(c.Claims, func(cl triage.Claim) bool { return cl.State == triage.ClaimFailed })
	if failing {
		return c.at(triage.Assign, c.holder(), "route.done_but_broken", at)
	}
	return c.at(triage.Ask, c.keep(), "route.all_done", at)
}

func noProcedure(c *Case, _ *point) *triage.Route {
	debug, _ := c.Workspace.Holder(c.Workspace.Policy.Debug)
	if tier, ok := c.Workspace.Policy.KindTiers[string(c.Kind)]; ok {
		return c.route(triage.Assign, tier, "route.no_procedure", "kind", string(c.Kind))
	}
	switch {
	case c.Kind == triage.KindIncident:
		return c.route(triage.Assign, debug, "route.incident_unconfirmed")
	case c.Kind == triage.KindBroken && c.Effort == triage.EffortExhausted:
		return c.route(triage.Assign, debug, "route.no_procedure_exhausted")
	case c.Kind == triage.KindBroken && c.Effort == triage.EffortNone && len(c.Brief.Symptoms) == 0:
		return c.route(triage.Ask, c.keep(), "route.no_procedure_vague")
	}
	if tier, ok := c.Workspace.Policy.Topics[c.Area]; ok {
		return c.route(triage.Assign, tier, "route.no_procedure_topic", "area", c.Area)
	}
	return c.route(triage.Assign, c.Workspace.Policy.DefaultTier, "route.no_procedure", "kind", string(c.Kind))
}

func (c *Case) flagged(f triage.Flag) bool { return slices.Contains(c.Brief.Flags, f) }

// keep is the tier of an ask or a self-service: the one that has the ticket.
func (c *Case) keep() string {
	if c.Tier != "" && c.Workspace.Tier(c.Tier) != nil {
		return c.Tier
	}
	return c.Workspace.Policy.DefaultTier
}

// holder is the lowest tier with the procedure's capability, or with the
// debugging one.
func (c *Case) holder() string {
	tier, _ := c.Workspace.Holder(cmp.Or(c.Procedure.Capability(), c.Workspace.Policy.Debug))
	return tier
}

func (c *Case) route(action triage.Action, tier, code string, kv ...string) *triage.Route {
	r := c.to(action, tier, code, kv...)
	return &r
}

func (c *Case) to(action triage.Action, tier, code string, kv ...string) triage.Route {
	kv = append(kv, "tier", tier)
	return triage.Route{Action: action, Tier: tier, Reasons: []triage.Reason{{Code: code, Params: pairs(kv)}}}
}

// at is a route about the next step of the worst position.
func (c *Case) at(action triage.Action, tier, code string, at *point, kv ...string) *triage.Route {
	kv = append(kv, "procedure", c.Procedure.ID)
	if at.next != nil {
		kv = append(kv, "step", at.next.ID)
		if at.next.SaidBy == triage.RoleAgent {
			kv = append(kv, "said_by", string(triage.RoleAgent))
		}
	}
	if b := triage.BindingText(at.pos.Inputs); b != "" {
		kv = append(kv, "binding", b)
	}
	return c.route(action, tier, code, kv...)
}

// Leading returns the index of the matter a ticket routes by: assign before
// ask before self_service before none; then by the policy's order of tiers,
// then by urgency (the same for all matters of a ticket), then as written.
func Leading(matters []triage.Matter, w *knowledge.Workspace) int {
	actions := []triage.Action{triage.Assign, triage.Ask, triage.SelfService, triage.None}
	rank := func(m *triage.Matter) int {
		tier := slices.Index(w.Policy.Precedence, m.Route.Tier)
		if tier < 0 {
			tier = len(w.Policy.Precedence) // a tier that the policy does not order comes last
		}
		return slices.Index(actions, m.Route.Action)*(len(w.Policy.Precedence)+1) + tier
	}
	lead := -1
	for i := range matters {
		if lead < 0 || rank(&matters[i]) < rank(&matters[lead]) {
			lead = i
		}
	}
	return lead
}
