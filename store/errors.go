package store

import (
	"context"
	"database/sql"
	"errors"

	"readback/triage"
)

// mapError turns whatever a query returned into a *triage.Error, by code and
// never by text. An error that is one already stays as it is.
func mapError(err error) error {
	if err == nil {
		return nil
	}
	var own *triage.Error
	if errors.As(err, &own) {
		return err
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return triage.Errorf(triage.NotFound, "There is no such record: %w", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return triage.Errorf(triage.Unavailable, "The database did not answer in time: %w", err)
	}
	switch code := engineCode(err); code {
	case triage.Unavailable:
		return triage.Errorf(code, "The database cannot take this now: %w", err)
	case triage.Conflict:
		return triage.Errorf(code, "Somebody else wrote first: %w", err)
	case triage.TooLarge:
		return triage.Errorf(code, "This is too large to store: %w", err)
	default:
		return triage.Errorf(code, "The database failed: %w", err)
	}
}
