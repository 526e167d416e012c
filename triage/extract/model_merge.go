package extract

import (
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/ground"
)

// carried is what an answer carries on from: the last reading as a proposal, to
// be grounded again like any, and what of the ticket is new. Its methods work
// on nil, which is a first reading: nothing is known then, and every quote may
// be looked for.
//
// The answer adds to it and changes it and takes nothing away. It may quote the
// new messages only: a model that repeats, forgets or makes up what was
// known can neither change nor double it.
type carried struct {
	proposal triage.Proposal
	covered  int   // messages that the last reading covers
	fresh    []int // the numbers of the customer's messages that came since
	grounder *ground.Grounder
	told     []bool // of the matters carried, those that the answer named
}

// carry makes a proposal of the last result again. Items without a quotation
// are not the extractor's and stay out; so do flags of the newest message.
func carry(in triage.Reading, covered int) *carried {
	r := in.Previous
	b := &r.Brief
	p := triage.Proposal{Language: b.Language, Summary: b.Summary, Urgency: b.Urgency, Tone: b.Tone,
		Request:    triage.ProposedText{Text: b.Request.Text, Quotes: quotesOf(b.Request.Evidence)},
		NeedsStaff: b.NeedsStaff, Effort: r.Effort, Questions: slices.Clone(b.Questions), Confidence: r.Route.Confidence}
	for _, f := range b.Flags {
		if f == triage.FlagInstructions || f == triage.FlagLegal || f == triage.FlagShortened {
			p.Flags = append(p.Flags, f)
		}
	}
	text := saidIn(triage.Reading{Ticket: in.Ticket}).text
	place := map[string]int{}
	for i := range r.Matters {
		m := &r.Matters[i]
		place[m.ID] = i
		p.Matters = append(p.Matters, triage.ProposedMatter{ID: m.ID, Kind: m.Kind, Procedure: m.Procedure,
			Inputs: namedIn(text, m.Inputs, true), Asks: slices.Clone(m.Asks), Confidence: m.Route.Confidence})
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		quotes := quotesOf(c.Evidence)
		at, ok := place[c.Matter]
		if len(quotes) == 0 || !ok {
			continue
		}
		pc := triage.ProposedClaim{ID: c.ID, Matter: at, What: c.What, State: c.State, Quotes: quotes}
		if c.Step != "" {
			pc.Steps = []string{c.Step}
		}
		for name, v := range c.Inputs {
			pc.Inputs = withInput(pc.Inputs, name, v)
		}
		p.Claims = append(p.Claims, pc)
	}
	for _, d := range b.Documents {
		if q := quotesOf(d.Evidence); q != nil {
			p.Documents = append(p.Documents, triage.ProposedDocument{URL: d.URL, Title: d.Title, Topic: d.Topic, Quotes: q})
		}
	}
	for _, e := range b.Environment {
		if q := quotesOf(e.Evidence); q != nil {
			p.Environment = append(p.Environment, triage.ProposedValue{Kind: string(e.Kind), Value: e.Value, Quotes: q})
		}
	}
	for _, s := range b.Symptoms {
		if q := quotesOf(s.Evidence); q != nil {
			p.Symptoms = append(p.Symptoms, triage.ProposedText{Text: s.Text, Quotes: q})
		}
	}
	for _, e := range b.Entities {
		if q := quotesOf(e.Evidence); q != nil {
			p.Entities = append(p.Entities, triage.ProposedValue{Kind: e.Kind, Value: e.Value, Quotes: q})
		}
	}
	fresh := slices.DeleteFunc(in.Ticket.CustomerMessages(), func(n int) bool { return n <= covered })
	return &carried{proposal: p, covered: covered, fresh: fresh, grounder: ground.New(in.Ticket), told: make([]bool, len(p.Matters))}
}

func quotesOf(list []triage.Evidence) []triage.Quote {
	var out []triage.Quote
	for _, e := range list {
		if e.Kind == triage.EvidenceQuote {
			out = append(out, triage.Quote{Message: e.Message, Text: e.Quote, Start: e.Start, Said: e.Said})
		}
	}
	return out
}

// stands reports whether a quote stands in the new messages, and says where.
func (c *carried) stands(q *triage.Quote) bool {
	if c == nil {
		return true
	}
	for _, n := range append([]int{q.Message}, c.fresh...) {
		// The message that is named is searched first: each is named in turn.
		ev, ok := c.grounder.Quote(triage.Quote{Message: n, Text: q.Text, Start: q.Start})
		if ok && ev.Message > c.covered {
			*q = triage.Quote{Message: ev.Message, Text: ev.Quote, Start: ev.Start}
			return true
		}
	}
	return false
}

// matter finds the matter carried that one of an answer repeats: by its id, or
// without one the first untold of the same procedure, of the same kind if it
// has none. -1 when it is new.
func (c *carried) matter(matters []triage.ProposedMatter, am answerMatter, h handles) int {
	if c == nil {
		return -1
	}
	procedure := ""
	if p := h.procedures[am.Procedure]; p != nil {
		procedure = p.ID
	}
	at := slices.IndexFunc(matters[:len(c.told)], func(m triage.ProposedMatter) bool { return strings.EqualFold(m.ID, am.ID) })
	for i := range c.told {
		m := &matters[i]
		if at < 0 && !c.told[i] && m.Procedure == procedure && (procedure != "" || string(m.Kind) == am.Kind) {
			at = i
		}
	}
	if at >= 0 {
		c.told[at] = true
	}
	return at
}

// claim finds the claim carried that one of an answer is about: by its id, or
// without one by the same words. nil when it is new.
func (c *carried) claim(claims []triage.ProposedClaim, id string, quotes []triage.Quote) *triage.ProposedClaim {
	if c == nil {
		return nil
	}
	known := claims[:len(c.proposal.Claims)]
	for i := range known {
		if id != "" && strings.EqualFold(known[i].ID, id) {
			return &known[i]
		}
	}
	for i := range known {
		if slices.ContainsFunc(quotes, func(q triage.Quote) bool { return quoted(&known[i], q) }) {
			return &known[i]
		}
	}
	return nil
}

// quoted reports whether a claim rests on the same words: half of the shorter
// quotation is in both.
func quoted(c *triage.ProposedClaim, q triage.Quote) bool {
	return slices.ContainsFunc(c.Quotes, func(old triage.Quote) bool {
		common := min(old.Start+len(old.Text), q.Start+len(q.Text)) - max(old.Start, q.Start)
		return old.Message == q.Message && common > 0 && 2*common >= min(len(old.Text), len(q.Text))
	})
}

// retell brings a known claim up to date with what new words tell of it. Its
// evidence stays, marked with what it told when that is no longer so.
func retell(c *triage.ProposedClaim, now triage.ProposedClaim) {
	if now.State != c.State {
		for i := range c.Quotes {
			switch q := &c.Quotes[i]; q.Said {
			case "":
				q.Said = c.State
			case now.State:
				q.Said = ""
			}
		}
		c.State = now.State
		if now.What != "" {
			c.What = now.What
		}
	}
	for _, q := range now.Quotes {
		if !quoted(c, q) {
			c.Quotes = append(c.Quotes, q)
		}
	}
	if len(now.Steps) > 0 && (now.Matter != c.Matter || len(c.Steps) == 0 || !slices.Contains(now.Steps, c.Steps[0])) {
		c.Steps = now.Steps
	}
	if now.Inputs != nil {
		c.Inputs = now.Inputs
	}
	c.Matter = now.Matter
}
