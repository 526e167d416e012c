package eval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"readback/triage"
	"readback/triage/ground"
)

// Prediction is what one extractor made of one ticket: all that scoring
// needs, one line of a predictions file.
type Prediction struct {
	ID          string           `json:"id"`
	Extractor   string           `json:"extractor"`
	Claims      []PredictedClaim `json:"claims"`
	Documents   []Span           `json:"documents"`
	Environment []PredictedValue `json:"environment"`
	Language    *string          `json:"language"` // null when it could not be told
	NeedsStaff  bool             `json:"needs_staff"`
	Effort      triage.Effort    `json:"effort"`
	Route       PredictedRoute   `json:"route"`
	Procedure   *string          `json:"procedure"` // of the leading matter; null for none
	NextStep    *string          `json:"next_step"`
	Degraded    bool             `json:"degraded"` // read by a lesser extractor than the one named
	Failures    []string         `json:"failures"`
	Ungrounded  int              `json:"ungrounded"`
	Dropped     int              `json:"dropped"`
	MS          float64          `json:"ms"` // from ticket to route, wall clock
	Tokens      Tokens           `json:"tokens"`
	CostUSD     *float64         `json:"cost_usd"` // null when it is not wholly known
	Run         string           `json:"run"`      // hash of ticket and reader; a resumed run takes no other's lines
}

// PredictedClaim is a claim with its first quotation.
type PredictedClaim struct {
	Span
	State triage.ClaimState `json:"state"`
	Step  string            `json:"step"` // "" when none; null in JSON
	Quote string            `json:"quote"`
}

// MarshalJSON writes null where no step was matched.
func (c PredictedClaim) MarshalJSON() ([]byte, error) {
	type plain PredictedClaim
	out := struct {
		plain
		Step *string `json:"step"`
	}{plain: plain(c)}
	if c.Step != "" {
		out.Step = &c.Step
	}
	return json.Marshal(out)
}

// PredictedValue is a part of the environment and where it was said.
type PredictedValue struct {
	Kind    triage.EnvKind `json:"kind"`
	Value   string         `json:"value"`
	Message int            `json:"message"`
}

// PredictedRoute is where the ticket went.
type PredictedRoute struct {
	Action triage.Action `json:"action"`
	Tier   string        `json:"tier"`
}

// Tokens are what a model counted.
type Tokens struct {
	Prompt     int `json:"prompt"`
	Completion int `json:"completion"`
}

// predict takes from a result what is scored.
func predict(t *triage.Ticket, r *triage.Result) Prediction {
	p := Prediction{ID: t.ID, NeedsStaff: r.Brief.NeedsStaff, Effort: r.Effort,
		Route:    PredictedRoute{r.Route.Action, r.Route.Tier},
		Degraded: r.Extractor.Degraded, Failures: r.Extractor.Failures, Dropped: r.Extractor.Dropped, Ungrounded: ungrounded(t, &r.Brief),
		Tokens: Tokens{r.Extractor.Usage.PromptTokens, r.Extractor.Usage.CompletionTokens}}
	if u := r.Extractor.Usage; !u.Unpriced {
		p.CostUSD = &u.CostUSD
	}
	for _, c := range r.Brief.Claims {
		if e := quoted(c.Evidence); e != nil {
			p.Claims = append(p.Claims, PredictedClaim{Span{e.Message, e.Start, e.End}, c.State, c.Step, e.Quote})
		}
	}
	for _, d := range r.Brief.Documents {
		if e := quoted(d.Evidence); e != nil {
			p.Documents = append(p.Documents, Span{e.Message, e.Start, e.End})
		}
	}
	for _, v := range r.Brief.Environment {
		if e := quoted(v.Evidence); e != nil {
			p.Environment = append(p.Environment, PredictedValue{v.Kind, v.Value, e.Message})
		}
	}
	if r.Brief.Language != "" {
		p.Language = &r.Brief.Language
	}
	if at := r.Position; at != nil {
		p.Procedure = &at.Procedure
		if at.Next != nil {
			p.NextStep = &at.Next.Step
		}
	}
	return p
}

// quoted is the first quotation, nil without one.
func quoted(list []triage.Evidence) *triage.Evidence {
	for i := range list {
		if list[i].Kind == triage.EvidenceQuote {
			return &list[i]
		}
	}
	return nil
}

// proposed are a proposal's claims as they stand, before anybody looked for
// their quotes: those whose place is given and true.
func proposed(t *triage.Ticket, p *triage.Proposal) []PredictedClaim {
	var out []PredictedClaim
	for _, c := range p.Claims {
		for _, q := range c.Quotes {
			m, end := t.N(q.Message), q.Start+len(q.Text)
			if m != nil && q.Start >= 0 && end <= len(m.Text) && m.Text[q.Start:end] == q.Text {
				out = append(out, PredictedClaim{Span{q.Message, q.Start, end}, c.State, "", q.Text})
				break
			}
		}
	}
	return out
}

// ungrounded counts the stored items without evidence, by looking at every
// one: a quotation must stand at its place, in the customer's own words, and
// hold the value that it is said to hold.
func ungrounded(t *triage.Ticket, b *triage.Brief) int {
	g := ground.New(t)
	history := map[int][]ground.Region{}
	n := 0
	check := func(ev []triage.Evidence, value string) {
		ok := len(ev) > 0
		for _, e := range ev {
			ok = ok && standing(t, e, history)
		}
		if !ok || value != "" && !g.Value(value, ev) {
			n++
		}
	}
	for _, x := range b.Claims {
		check(x.Evidence, "")
	}
	for _, x := range b.Documents {
		check(x.Evidence, "")
	}
	for _, x := range b.Environment {
		check(x.Evidence, x.Value)
	}
	for _, x := range b.Symptoms {
		check(x.Evidence, "")
	}
	for _, x := range b.Entities {
		check(x.Evidence, x.Value)
	}
	return n
}

// standing reports whether a piece of evidence is what it says.
// history keeps the regions of each message between calls.
func standing(t *triage.Ticket, e triage.Evidence, history map[int][]ground.Region) bool {
	if e.Kind != triage.EvidenceQuote {
		return true // an event or a correction; no words to compare
	}
	m := t.N(e.Message)
	if m == nil || m.Role != triage.RoleCustomer || e.Start < 0 || e.Start >= e.End || e.End > len(m.Text) || m.Text[e.Start:e.End] != e.Quote {
		return false
	}
	regions, ok := history[e.Message]
	if !ok {
		regions = ground.Regions(m.Text)
		history[e.Message] = regions
	}
	for _, r := range regions {
		if e.Start < r.End && r.Start < e.End {
			return false
		}
	}
	return true
}

// runKey tells the lines of a predictions file that answer the same question:
// this ticket, read by this reader.
func runKey(t *triage.Ticket, r *Reader) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %q\n", r.Name, r.Version, t.ID, t.Subject)
	for i := range t.Messages {
		fmt.Fprintf(sum, "%q %q\n", t.Messages[i].Role, t.Messages[i].Text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
