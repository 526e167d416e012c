package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"readback/triage"
)

// TakeLease gives owner the sole right to triage a ticket for the duration d
// from now, or prolongs it when owner holds it. A lease that ran out is
// anybody's; one that a change of the ticket made void can only be released.
// Errors: Conflict when another owner holds it or it is void.
func (s *Store) TakeLease(ctx context.Context, ticketID, owner string, d time.Duration) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		var holder string
		err := tx.QueryRowContext(ctx, `INSERT INTO leases (ticket_id, owner, expires_at) VALUES (?1, ?2, ?3)
			ON CONFLICT (ticket_id) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at, void = 0
				WHERE CASE WHEN leases.owner = excluded.owner THEN leases.void = 0 ELSE leases.expires_at <= ?4 END
			RETURNING owner`, ticketID, owner, micros(now.Add(d)), micros(now)).Scan(&holder)
		if errors.Is(err, sql.ErrNoRows) {
			return errLeaseHeld
		}
		return err
	})
}

// ReleaseLease ends owner's lease. It does nothing when owner holds none.
func (s *Store) ReleaseLease(ctx context.Context, ticketID, owner string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM leases WHERE ticket_id = ?1 AND owner = ?2`, ticketID, owner)
		return err
	})
}

// voidLease makes what the ticket's triage under way finds worth nothing,
// because the messages it has read were moved or erased.
func voidLease(ctx context.Context, tx *sql.Tx, ticketID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE leases SET void = 1 WHERE ticket_id = ?1`, ticketID)
	return err
}

var errLeaseHeld = triage.Errorf(triage.Conflict, "Somebody else is at work on this ticket.")
