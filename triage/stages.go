package triage

import (
	"context"

	"readback/knowledge"
)

// Extractor reads a ticket and proposes what it says. An error means that
// nothing was understood; the caller steps down its ladder.
type Extractor interface {
	Extract(ctx context.Context, in Reading) (Proposal, error)
}

// Accounts finds the account a customer speaks of; the caller may change what
// it gets. It returns a NotFound error when there is none and Unavailable when
// it could not look.
type Accounts interface {
	Account(ctx context.Context, who Customer) (*Account, error)
}

// Checker runs the check expression of one step for one binding. It never
// fails: what it could not see is Unknown, with the reason as its code.
type Checker interface {
	Check(ctx context.Context, run CheckRun) StepCheck
}

// CheckRun is one step to look at.
type CheckRun struct {
	Matter    string
	Procedure string
	Step      knowledge.Step
	Inputs    map[string]string
	Account   *Account // nil when unknown
}
