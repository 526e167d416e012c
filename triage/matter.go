package triage

import (
	"maps"
	"slices"
	"strings"

	"readback/knowledge"
)

// Kind is what sort of problem a matter is.
type Kind string

// The kinds of matter.
const (
	KindSetup    Kind = "setup"    // enable, change or use a thing
	KindBroken   Kind = "broken"   // it should work and does not
	KindIncident Kind = "incident" // many at once
	KindBilling  Kind = "billing"  // money and contracts, also sales
	KindAccess   Kind = "access"   // login and factors
	KindSecurity Kind = "security" // compromise, ownership in doubt
	KindAbuse    Kind = "abuse"    // sent or suffered, also suspension
	KindPrivacy  Kind = "privacy"  // data rights
	KindCancel   Kind = "cancel"
	KindFeedback Kind = "feedback"
	KindSpam     Kind = "spam" // also automatic mail
	KindOther    Kind = "other"
)

// Kinds lists every kind, in the order of the constants.
var Kinds = []Kind{KindSetup, KindBroken, KindIncident, KindBilling, KindAccess, KindSecurity,
	KindAbuse, KindPrivacy, KindCancel, KindFeedback, KindSpam, KindOther}

// Matter is one problem in a ticket: a kind, at most one procedure, and one
// position for each binding of the procedure's inputs.
type Matter struct {
	ID        string              `json:"id"` // m1, m2 ... stable over later triages of the ticket
	Kind      Kind                `json:"kind"`
	Procedure string              `json:"procedure"` // id; "" when none fits
	Read      *MatterRead         `json:"read"`      // what was read where a person said otherwise; nil = they agree
	Inputs    map[string][]string `json:"inputs"`    // every bound value by input
	Asks      []string            `json:"asks"`      // ids of the steps that the customer asks for; steps may apply only then
	Positions []Position          `json:"positions"`
	Route     Route               `json:"route"`
}

// MatterRead is what the extractor takes a matter for.
type MatterRead struct {
	Kind      Kind   `json:"kind"`
	Procedure string `json:"procedure"` // "" when none fits
}

// AsRead returns what the extractor takes the matter for, whatever people said.
func (m *Matter) AsRead() MatterRead {
	if m.Read != nil {
		return *m.Read
	}
	return MatterRead{m.Kind, m.Procedure}
}

// Position is how far one binding of a matter is in its procedure.
type Position struct {
	Inputs map[string]string `json:"inputs"` // empty when the procedure takes none
	Steps  []StepPosition    `json:"steps"`  // the applicable steps, in order
	Next   *Next             `json:"next"`   // the first open step; nil when all are done
	Effort Effort            `json:"effort"`
}

// Step returns the position of that step, or nil when it does not apply.
func (p *Position) Step(id string) *StepPosition {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	return nil
}

// BindingText names one binding by its values, in the order of the inputs'
// names; "" when the procedure takes none.
func BindingText(inputs map[string]string) string {
	var values []string
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		values = append(values, inputs[name])
	}
	return strings.Join(values, ", ")
}

// StepState is what is known of a step.
type StepState string

// The states of a step.
const (
	StepTodo         StepState = "todo"         // open: nobody did it, or they say not
	StepDone         StepState = "done"         // the customer says so, nothing speaks against it
	StepVerified     StepState = "verified"     // our check passed
	StepContradicted StepState = "contradicted" // our check saw otherwise than the customer says
	StepSuperseded   StepState = "superseded"   // a later step replaced what it set
	StepUnknown      StepState = "unknown"      // neither said nor seen
)

// Passed reports whether nothing is left to do at a step in that state.
func (s StepState) Passed() bool {
	return s == StepDone || s == StepVerified || s == StepSuperseded
}

// Basis says what a step's state rests on.
type Basis string

// The bases.
const (
	Said   Basis = "said"   // words: the customer's, or an agent's who corrected them
	Seen   Basis = "seen"   // our check
	Silent Basis = "silent" // nobody spoke of it and no check looked
)

// StepPosition is one step of a position.
type StepPosition struct {
	ID    string          `json:"id"`
	By    knowledge.Actor `json:"by"`
	State StepState       `json:"state"`
	Basis Basis           `json:"basis"`
	// Claimed is the latest word on it, "" for none; SaidBy is whose it is.
	Claimed ClaimState `json:"claimed"`
	SaidBy  Role       `json:"said_by"`
	// Disputed: the customer's latest words contradict a correction.
	Disputed bool `json:"disputed"`
	// Check is the outcome of the step's whole check, "" when it has none or was not run.
	Check CheckOutcome `json:"check"`
}

// Next is the step to do next and whose it is.
type Next struct {
	Step       string          `json:"step"`
	By         knowledge.Actor `json:"by"`
	Capability string          `json:"capability"` // "" when it is the customer's
}

// Effort says whether this person has done all that a customer can.
type Effort string

// The efforts.
const (
	EffortNone      Effort = "none"
	EffortPartial   Effort = "partial"
	EffortExhausted Effort = "exhausted"
)

// LeadingPosition is the worst position of the matter that a ticket routes by.
type LeadingPosition struct {
	Matter    string `json:"matter"`
	Procedure string `json:"procedure"`
	Position
}
