package store

import (
	"context"
	"database/sql"

	"readback/triage"
)

// wakeBatch is how many snoozed tickets one sweep wakes.
const wakeBatch = 500

// wakeDue opens the tickets whose snooze is over, and forgets acts that can
// not be undone any more.
func (s *Store) wakeDue(ctx context.Context) error {
	now := s.now()
	var due []string
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		due, err = strs(ctx, tx, `SELECT id FROM tickets WHERE snoozed_until > 0 AND snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2`, micros(now), wakeBatch)
		return err
	})
	if err != nil {
		return err
	}
	var on []actedOn
	err = s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM acts WHERE at <= ?1`, micros(now.Add(-UndoLife))); err != nil {
			return err
		}
		for _, id := range due {
			x, err := deskIn(ctx, tx, id)
			if err != nil || x.Before.SnoozedUntil == 0 || x.Before.SnoozedUntil > micros(now) { // changed meanwhile
				if err != nil && triage.CodeOf(err) != triage.NotFound && triage.CodeOf(err) != triage.Conflict {
					return err
				}
				continue
			}
			if x.After, err = (Act{Kind: ActWake}).apply(x.Before, id, now); err != nil {
				return err
			}
			if x.Before.State == triage.StateResolved { // resolved by an answer meanwhile
				x.After.State, x.After.UpdatedAt = x.Before.State, x.Before.UpdatedAt
			}
			if err := s.setDesk(ctx, tx, &x, "", now, ""); err != nil {
				return err
			}
			on = append(on, x)
		}
		return nil
	})
	if err == nil {
		s.tellActed(on)
	}
	return err
}

// wakeBy ends the snooze of a ticket that a customer wrote to.
func (s *Store) wakeBy(ctx context.Context, tx *sql.Tx, id string) error {
	res, err := tx.ExecContext(ctx, `UPDATE tickets SET snoozed_until = 0 WHERE id = ?1 AND snoozed_until > 0`, id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.record(ctx, tx, EventWoke, id, s.now(), map[string]any{"by": "", "message": true})
}
