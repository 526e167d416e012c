// Package pipeline is the way of a ticket through the stages of a triage:
//
//	enrich -> retrieve -> extract -> ground -> locate and bind -> verify -> position -> route
//
// It reads top to bottom in Triage; each stage is a plain function or a small
// interface of package triage. What people say of a ticket is laid on where it
// belongs: items and matters after ground, inputs in bind, states of steps
// before verify (overlay.go).
// Replay reads a past ticket with another workspace and nothing else (replay.go).
package pipeline

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/enrich"
	"readback/triage/extract"
	"readback/triage/ground"
	"readback/triage/route"
)

// Pipeline holds what the stages need. It is safe for concurrent use.
type Pipeline struct {
	Workspace *knowledge.Workspace
	Index     *knowledge.Index
	Accounts  triage.Accounts
	Extractor triage.Extractor
	Checker   triage.Checker
	// Incidents gives what a lead has confirmed, with what is said of a ticket;
	// nil knows of none.
	Incidents func(ctx context.Context, ticketID string) ([]route.Incident, error)
	// Similar finds solved tickets like one that no procedure fits; nil finds none.
	Similar func(ctx context.Context, t *triage.Ticket, r *triage.Result) ([]triage.Similar, error)
	// Nearest ranks procedures by how near they are in meaning to a text of the
	// ticket, beside the search by words; nil = words alone.
	Nearest func(ctx context.Context, w *knowledge.Workspace, t *triage.Ticket, text string, n int) ([]knowledge.Hit, triage.RetrievalInfo)
	// Floor is where outcomes have put the confidence below which a person
	// reviews a route; base is the policy's, which nil keeps.
	Floor  func(ctx context.Context, base float64) float64
	Lab    bool             // the checks see the lab network; shown in every result
	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default
	// CheckBudget bounds all checks of a triage together; default 5 s.
	CheckBudget time.Duration
}

// candidates is how many procedures the extractor gets to choose from.
const candidates = 5

// fusedDepth is how many places of each ranking count when two are joined.
const fusedDepth = 20

// Triage reads a ticket and decides its route. It always returns a route: a
// stage that fails degrades the result and says so. The only error is that of
// a cancelled context, after which nothing must be stored. prev is the last
// result, nil for the first triage.
func (p *Pipeline) Triage(ctx context.Context, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	r := triage.Result{TicketID: t.ID, CoveredSeq: t.LastSeq, At: p.Now(), Lab: p.Lab,
		Workspace: p.Workspace.Hash, Policy: p.Workspace.PolicyHash}

	r.Facts.Device, r.Facts.Account = p.enrich(ctx, t)
	reading, retrieval := p.retrieve(ctx, t, r.Facts.Account, asRead(prev, t))
	r.Retrieval = retrieval
	proposal, failed := p.extract(ctx, reading)

	g := groundProposal(t, proposal)
	g.correctItems(t)
	r.Brief, r.Matters, r.Extractor = g.brief, g.matters, proposal.Info
	r.Extractor.Dropped += g.dropped
	g.keepIDs(&r, prev, t.Corrections)
	p.takeEvents(t, &r)
	g.correctMatters(&r, t, prev)

	runs := p.bind(&r, t)
	p.correctStates(&r, t)
	incidents := p.incidents(ctx, t, &r, runs)
	about(t, &r, runs)
	checks := p.verify(ctx, runs)

	base := p.caseOf(ctx, &r, failed, prev)
	for i := range r.Matters {
		m := &r.Matters[i]
		p.position(&r, m, checks[i])
		base.Incident, base.Area = incidents[i], route.Area(p.Workspace, &r, m)
		m.Route = p.decide(t, base, m, checks[i], g)
		for _, c := range checks[i] {
			r.Facts.Checks = append(r.Facts.Checks, c.Results...)
		}
	}
	p.finish(&r, g.effort)
	r.Similar = p.similar(ctx, t, &r)
	return r, ctx.Err()
}

// Now is the time by the pipeline's clock, in UTC.
func (p *Pipeline) Now() time.Time {
	if p.Clock == nil {
		return time.Now().UTC()
	}
	return p.Clock().UTC()
}

func (p *Pipeline) log() *slog.Logger {
	if p.Logger == nil {
		return slog.Default()
	}
	return p.Logger
}

// enrich finds the device of the newest customer message that tells one, and
// the account.
func (p *Pipeline) enrich(ctx context.Context, t *triage.Ticket) (device []triage.DeviceFact, account *triage.Account) {
	for i := len(t.Messages) - 1; i >= 0 && device == nil; i-- {
		if m := &t.Messages[i]; m.Role == triage.RoleCustomer {
			device = enrich.Device(m.Device)
		}
	}
	account = p.account(ctx, t, t.Customer)
	if account != nil && t.Customer.Email != "" && !strings.EqualFold(t.Customer.Email, account.Owner) {
		other := p.account(ctx, t, triage.Customer{Email: t.Customer.Email})
		account.Disputed = other != nil && other.ID != account.ID
	}
	return device, account
}

// account looks one up; nil when it is unknown or could not be asked for.
func (p *Pipeline) account(ctx context.Context, t *triage.Ticket, who triage.Customer) *triage.Account {
	account, err := p.Accounts.Account(ctx, who)
	if err != nil && triage.CodeOf(err) != triage.NotFound {
		p.log().WarnContext(ctx, "account look-up failed", "ticket", t.ID, "err", err)
	}
	return account
}

// retrieve finds the few procedures that the ticket may be about, by what the
// customer wrote: by its words and, where there is a model for that, by its
// meaning; info is about the latter.
func (p *Pipeline) retrieve(ctx context.Context, t *triage.Ticket, account *triage.Account, prev *triage.Result) (in triage.Reading, info *triage.RetrievalInfo) {
	t = ground.Readable(t)
	in = triage.Reading{Ticket: t, Knowledge: p.Workspace, Previous: prev}
	var text strings.Builder
	text.WriteString(t.Subject)
	for _, n := range t.CustomerMessages() {
		for _, e := range p.eventsOf(t, n) {
			text.WriteString("\n" + p.pageOf(e).URL)
		}
		message := ground.Without(t.N(n).Text)
		text.WriteString("\n" + message[:min(len(message), maxRetrieve)]) // a rune cut in two is no word
		if text.Len() > maxRetrieve {
			break
		}
	}
	hits := p.Index.Search(text.String(), fusedDepth)
	if p.Nearest != nil {
		near, told := p.Nearest(ctx, p.Workspace, t, text.String(), fusedDepth)
		hits, info = knowledge.Fuse(hits, near, candidates), &told
	}
	for _, h := range hits[:min(len(hits), candidates)] {
		in.Candidates = append(in.Candidates, *h.Procedure)
	}
	p.named(&in, text.String(), account)
	p.settle(&in)
	for i := range in.Candidates {
		for _, input := range in.Candidates[i].Inputs {
			in.Known = append(in.Known, fromAccount(account, input)...)
		}
	}
	return in, info
}

// maxRetrieve bounds the text given to the search, in bytes.
const maxRetrieve = 16 << 10

// extract lets the extractor read. failed says that nothing was understood.
func (p *Pipeline) extract(ctx context.Context, in triage.Reading) (proposal triage.Proposal, failed bool) {
	start := time.Now()
	proposal, err := p.Extractor.Extract(ctx, in)
	if err != nil {
		p.log().ErrorContext(ctx, "extraction failed", "ticket", in.Ticket.ID, "err", err)
		proposal = triage.Proposal{Info: triage.ExtractorInfo{Name: "none", Degraded: true, Failures: []string{string(triage.CodeOf(err))}}}
	}
	if proposal.Info.LatencyMS == 0 {
		proposal.Info.LatencyMS = time.Since(start).Milliseconds()
	}
	if len(proposal.Matters) == 0 {
		proposal.Matters = []triage.ProposedMatter{{Kind: triage.KindOther, Confidence: proposal.Confidence}}
	}
	return proposal, err != nil
}

// incidents finds the confirmed incident that each matter is part of, by place,
// and takes the checks of those that are: what is known to be down is not
// looked at once more for every ticket.
func (p *Pipeline) incidents(ctx context.Context, t *triage.Ticket, r *triage.Result, runs [][]triage.CheckRun) []*route.Incident {
	out := make([]*route.Incident, len(r.Matters))
	if p.Incidents == nil {
		return out
	}
	confirmed, err := p.Incidents(ctx, t.ID)
	if err != nil {
		p.log().WarnContext(ctx, "incidents cannot be read", "ticket", t.ID, "err", err)
	}
	first := ""
	if ns := t.CustomerMessages(); len(ns) > 0 {
		first = t.N(ns[0]).Text
	}
	for i := range confirmed {
		for _, at := range confirmed[i].Matters(p.Workspace, r, first) {
			if out[at] == nil {
				out[at], runs[at] = &confirmed[i], nil
			}
		}
	}
	return out
}

// similar finds the solved tickets that take the place of a procedure where
// none fits.
func (p *Pipeline) similar(ctx context.Context, t *triage.Ticket, r *triage.Result) []triage.Similar {
	if p.Similar == nil || r.Position != nil {
		return nil
	}
	out, err := p.Similar(ctx, t, r)
	if err != nil {
		p.log().WarnContext(ctx, "similar tickets cannot be searched", "ticket", t.ID, "err", err)
	}
	return out
}

// position computes where each binding of a matter is, and what that makes of
// the claims.
func (p *Pipeline) position(r *triage.Result, m *triage.Matter, checks []triage.StepCheck) {
	proc := p.Workspace.Procedure(m.Procedure)
	claims := claimsOf(&r.Brief, m.ID)
	for i := range m.Positions { // none without a procedure: nothing can be looked at
		m.Positions[i] = route.Position(route.Known{Procedure: proc, Inputs: m.Positions[i].Inputs, Asks: m.Asks,
			Claims: claims, Checks: checks, Account: r.Facts.Account})
	}
	for i := range r.Brief.Claims {
		if c := &r.Brief.Claims[i]; c.Matter == m.ID {
			c.Verdict = route.Verdict(c, m.Positions)
		}
	}
}

// caseOf is what the decisions on all matters of a ticket share.
func (p *Pipeline) caseOf(ctx context.Context, r *triage.Result, failed bool, prev *triage.Result) route.Case {
	c := route.Case{Workspace: p.Workspace, Account: r.Facts.Account, Brief: &r.Brief, Failed: failed}
	if prev != nil {
		c.Tier = prev.Route.Tier
	}
	if p.Floor != nil {
		c.Floor = p.Floor(ctx, p.Workspace.Policy.Floor)
	}
	return c
}

// decide sends one matter through the decision table.
func (p *Pipeline) decide(t *triage.Ticket, c route.Case, m *triage.Matter, checks []triage.StepCheck, g *grounded) triage.Route {
	c.Procedure, c.Kind, c.Positions = p.Workspace.Procedure(m.Procedure), m.Kind, m.Positions
	c.KindSaid, c.Person = kindSaid(t, m), t.WantsPerson()
	c.Claims, c.Checks, c.Confidence = claimsOf(c.Brief, m.ID), checks, g.confidence[m.ID]
	c.Effort = effortOfClaims(c.Brief, m.ID, g.effort)
	if c.Procedure != nil {
		c.Missing = missing(c.Procedure, m)
		c.AskedAt = askedAt(t, c.Procedure)
		c.Unlooked = unlooked(m)
	}
	return route.Matter(c)
}

// effortOfClaims is the effort of a matter that no procedure fits; word is the
// extractor's.
func effortOfClaims(b *triage.Brief, matter string, word triage.Effort) triage.Effort {
	return route.EffortOfClaims(claimsOf(b, matter), len(b.Documents), word)
}

// missing returns the first input, by name, that has no value; "" when there
// is none or it has no question to ask for it.
func missing(proc *knowledge.Procedure, m *triage.Matter) string {
	for _, name := range slices.Sorted(maps.Keys(proc.Inputs)) {
		if len(m.Inputs[name]) > 0 {
			continue
		}
		if proc.Inputs[name].Ask == "" {
			return ""
		}
		return name
	}
	return ""
}

// finish picks the matter that the ticket routes by and tells the reasons, in
// the language of the desk.
func (p *Pipeline) finish(r *triage.Result, effort triage.Effort) {
	const lang = "en"
	lead := &r.Matters[route.Leading(r.Matters, p.Workspace)]
	r.Brief.Kind = lead.Kind
	r.Effort = effortOfClaims(&r.Brief, lead.ID, effort)
	if i := route.Worst(lead.Positions); i >= 0 {
		r.Effort = lead.Positions[i].Effort
		r.Position = &triage.LeadingPosition{Matter: lead.ID, Procedure: lead.Procedure, Position: lead.Positions[i]}
		if n := lead.Positions[i].Next; n != nil {
			r.Brief.NeedsStaff = n.By == knowledge.Staff
		}
	}
	r.Brief.NeedsStaff = r.Brief.NeedsStaff || lead.Route.Reasons[0].Code == route.CodeIncident
	for _, reason := range lead.Route.Reasons {
		if reason.Code == "route.later_on" && r.Brief.Urgency.Rank() < triage.UrgencyHigh.Rank() {
			r.Brief.Urgency = triage.UrgencyHigh
		}
	}
	r.Route = lead.Route
	r.Route.Reasons = append([]triage.Reason{}, lead.Route.Reasons...)
	for _, note := range []struct {
		code string
		when bool
	}{
		{"route.degraded", r.Extractor.Degraded},
		{"route.over_budget", r.Extractor.Degraded && slices.Contains(r.Extractor.Failures, extract.CodeBudget)},
		{"route.words_only", r.Retrieval != nil && r.Retrieval.Failure != ""},
		{"route.instructions", hasFlag(&r.Brief, triage.FlagInstructions)},
		{"route.shortened", hasFlag(&r.Brief, triage.FlagShortened)},
	} {
		if note.when {
			r.Route.Reasons = append(r.Route.Reasons, triage.Reason{Code: note.code, Params: map[string]string{}})
		}
	}
	route.Tell(&r.Route, p.Workspace, lang)
	for i := range r.Matters {
		route.Tell(&r.Matters[i].Route, p.Workspace, lang)
	}
}
