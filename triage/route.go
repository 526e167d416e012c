package triage

// Action is what happens to a ticket next.
type Action string

// The actions, most pressing first.
const (
	Assign      Action = "assign"       // a person of the tier acts
	Ask         Action = "ask"          // the customer is asked one thing
	SelfService Action = "self_service" // the customer gets the exact step
	None        Action = "none"         // no answer needed; can be taken back
)

// Route says who has a ticket and why.
type Route struct {
	Action      Action   `json:"action"`
	Tier        string   `json:"tier"` // always set
	Reasons     []Reason `json:"reasons"`
	Confidence  float64  `json:"confidence"` // 0..1
	NeedsReview bool     `json:"needs_review"`
}

// Reason is a code with parameters; Text is rendered from the catalogue and
// never stored as the truth. Codes are listed in docs/routing.md.
type Reason struct {
	Code   string            `json:"code"`
	Params map[string]string `json:"params"`
	Text   string            `json:"text"`
}
