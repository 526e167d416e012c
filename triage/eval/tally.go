package eval

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// counts are what precision and recall are made of.
type counts struct{ Matched, Predicted, Gold int }

func (c *counts) sum(d counts) {
	c.Matched += d.Matched
	c.Predicted += d.Predicted
	c.Gold += d.Gold
}

// precision is 0 when nothing was predicted; all three are nil without gold.
func (c counts) precision() *float64 { return c.ratio(c.Matched, c.Predicted) }
func (c counts) recall() *float64    { return c.ratio(c.Matched, c.Gold) }
func (c counts) f1() *float64        { return c.ratio(2*c.Matched, c.Predicted+c.Gold) }

func (c counts) ratio(a, b int) *float64 {
	if c.Gold == 0 {
		return nil
	}
	x := 0.0
	if b > 0 {
		x = float64(a) / float64(b)
	}
	return &x
}

// rate is how many of how many.
type rate struct{ Right, Of int }

func (r *rate) add(right bool) {
	r.Of++
	if right {
		r.Right++
	}
}

func (r *rate) sum(s rate) {
	r.Right += s.Right
	r.Of += s.Of
}

// value is nil without gold.
func (r rate) value() *float64 {
	if r.Of == 0 {
		return nil
	}
	x := float64(r.Right) / float64(r.Of)
	return &x
}

// tally is everything that is counted, of one ticket or of many pooled.
type tally struct {
	Claims, Documents, Environment   counts
	State, FalseCustomer, FalseAgent rate
	Language, NeedsStaff, Effort     rate
	Route, Procedure, NextStep       rate
	Ungrounded, Dropped, Degraded    int
	Unpriced                         int // tickets whose cost is not wholly known
	PromptTokens, CompletionTokens   int
	CostUSD                          float64
}

func (a *tally) sum(b *tally) {
	a.Claims.sum(b.Claims)
	a.Documents.sum(b.Documents)
	a.Environment.sum(b.Environment)
	a.State.sum(b.State)
	a.FalseCustomer.sum(b.FalseCustomer)
	a.FalseAgent.sum(b.FalseAgent)
	a.Language.sum(b.Language)
	a.NeedsStaff.sum(b.NeedsStaff)
	a.Effort.sum(b.Effort)
	a.Route.sum(b.Route)
	a.Procedure.sum(b.Procedure)
	a.NextStep.sum(b.NextStep)
	a.Ungrounded += b.Ungrounded
	a.Dropped += b.Dropped
	a.Degraded += b.Degraded
	a.PromptTokens += b.PromptTokens
	a.CompletionTokens += b.CompletionTokens
	a.CostUSD += b.CostUSD
	a.Unpriced += b.Unpriced
}

// measures are the figures that get an interval.
var measures = []struct {
	name  string
	value func(*tally) *float64
}{
	{"claims", func(t *tally) *float64 { return t.Claims.f1() }},
	{"state_accuracy", func(t *tally) *float64 { return t.State.value() }},
	{"false_done_customer", func(t *tally) *float64 { return t.FalseCustomer.value() }},
	{"false_done_agent", func(t *tally) *float64 { return t.FalseAgent.value() }},
	{"documents", func(t *tally) *float64 { return t.Documents.f1() }},
	{"environment", func(t *tally) *float64 { return t.Environment.f1() }},
	{"language", func(t *tally) *float64 { return t.Language.value() }},
	{"needs_staff", func(t *tally) *float64 { return t.NeedsStaff.value() }},
	{"effort", func(t *tally) *float64 { return t.Effort.value() }},
	{"route", func(t *tally) *float64 { return t.Route.value() }},
	{"procedure", func(t *tally) *float64 { return t.Procedure.value() }},
	{"next_step", func(t *tally) *float64 { return t.NextStep.value() }},
}

// resamples is how many times the bootstrap draws as many tickets as there are.
const resamples = 2000

// Interval is the middle 95% of a figure over the bootstrap's draws.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// bootstrap draws tickets with replacement and returns the interval of each
// measure that any draw has gold for; the same for the same tallies.
func bootstrap(tickets []tally) map[string]Interval {
	rng := rand.New(rand.NewPCG(1, 2))
	draws := make([][]float64, len(measures))
	for range resamples {
		var sum tally
		for range tickets {
			sum.sum(&tickets[rng.IntN(len(tickets))])
		}
		for i, m := range measures {
			if x := m.value(&sum); x != nil {
				draws[i] = append(draws[i], *x)
			}
		}
	}
	out := map[string]Interval{}
	for i, m := range measures {
		if len(draws[i]) > 0 {
			slices.Sort(draws[i])
			last := float64(len(draws[i]) - 1)
			out[m.name] = Interval{draws[i][int(math.Floor(0.025*last))], draws[i][int(math.Ceil(0.975*last))]}
		}
	}
	return out
}

// majority is the share of the most frequent value, nil without any.
func majority[T cmp.Ordered](tickets []Ticket, value func(*Ticket) *T) *float64 {
	seen, of, most := map[T]int{}, 0, 0
	for i := range tickets {
		if v := value(&tickets[i]); v != nil {
			seen[*v]++
			of++
			most = max(most, seen[*v])
		}
	}
	return rate{most, of}.value()
}
