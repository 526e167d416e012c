package replay

import (
	"context"
	"strconv"

	"readback/knowledge"
)

// Trial is what is tried, ready to read tickets.
type Trial struct {
	Subject   Subject
	Workspace *knowledge.Workspace
	Triage    Triage
	// Estimate says what leaves the machine when the tickets of a source are read
	// by a model; it asks nobody. nil when no model is asked.
	Estimate func(ctx context.Context, from Source) (Estimate, error)
}

// Estimate is what a model would get, and about what that costs.
type Estimate struct {
	Model        string   `json:"model"`
	Host         string   `json:"host"`     // where it is
	Personal     bool     `json:"personal"` // personal data is kept from it too, not only secrets
	Tickets      int      `json:"tickets"`
	Requests     int      `json:"requests"`
	Bytes        int      `json:"bytes"`         // of all requests
	Tokens       int      `json:"tokens"`        // of them, about
	AnswerTokens int      `json:"answer_tokens"` // as many are taken for granted
	CostUSD      *float64 `json:"cost_usd"`      // nil when prices are not configured
}

// Estimate tells what would leave the machine.
func (w *Words) Estimate(e *Estimate) string {
	cost := w.say("estimate.unpriced")
	if e.CostUSD != nil {
		cost = w.say("estimate.cost", "usd", strconv.FormatFloat(*e.CostUSD, 'f', 2, 64))
	}
	hidden := "estimate.secrets"
	if e.Personal {
		hidden = "estimate.personal"
	}
	return w.say("estimate", "model", e.Model, "host", e.Host, "requests", strconv.Itoa(e.Requests), "count", strconv.Itoa(e.Tickets),
		"hidden", w.say(hidden), "mb", strconv.FormatFloat(float64(e.Bytes)/1e6, 'f', 1, 64),
		"tokens", strconv.Itoa((e.Tokens+999)/1000), "answers", strconv.Itoa((e.AnswerTokens+999)/1000), "cost", cost)
}
