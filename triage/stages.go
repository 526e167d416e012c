package triage

import (
	"context"
	"time"

	"readback/knowledge"
)

// Extractor reads a ticket and proposes what it says. An error means that
// nothing was understood; the caller steps down its ladder.
type Extractor interface {
	Extract(ctx context.Context, in Reading) (Proposal, error)
}

// Backfill marks work that nobody waits for: old tickets, and those read again
// because no model was there the first time. It goes after everything else,
// and an extractor that cannot read it with a model fails instead of making do
// with less.
func Backfill(ctx context.Context) context.Context { return context.WithValue(ctx, backfill{}, true) }

// IsBackfill reports whether ctx is marked by Backfill.
func IsBackfill(ctx context.Context) bool { return ctx.Value(backfill{}) != nil }

type backfill struct{}

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
	Asker     string   // id of the ticket, for whose looks there is a rate; "" = a person's own
	// After makes what was seen before then stale: a customer has said since
	// that something is done. Zero: a result holds until it expires.
	After time.Time
}
