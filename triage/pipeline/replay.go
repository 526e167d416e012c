package pipeline

import (
	"context"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
)

// Replay returns a pipeline that reads a past ticket with another workspace
// and sees nothing but what was stored with its last result: the account and
// what checks saw. It asks no network and no program, knows of no incident,
// and of one ticket and one reader it makes the same result each time. Give
// the ticket without corrections to learn what is understood without them.
func Replay(w *knowledge.Workspace, index *knowledge.Index, reader triage.Extractor, stored *triage.Result) *Pipeline {
	return &Pipeline{Workspace: w, Index: index, Extractor: reader, Accounts: recordedAccount{stored.Facts.Account},
		Checker: check.NewRecorded(stored.Facts.Checks, stored.At), Lab: stored.Lab, Clock: func() time.Time { return stored.At }}
}

// recordedAccount gives the account that was found then, whoever asks.
type recordedAccount struct{ stored *triage.Account }

func (a recordedAccount) Account(_ context.Context, who triage.Customer) (*triage.Account, error) {
	switch {
	case a.stored == nil:
		return nil, triage.Errorf(triage.NotFound, "No account was found then.")
	case a.stored.Disputed && who.AccountID == "" && who.ID == "" && who.Name == "":
		return &triage.Account{}, nil // the sender's address was another account's
	}
	out := *a.stored
	return &out, nil
}
