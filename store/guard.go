package store

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"time"

	"readback/triage"
	"readback/triage/guard"
)

// GuardOutcome is what became of one finding of the guard. It says nothing of
// who wrote the draft: findings are never counted by agent.
type GuardOutcome struct {
	Finding string // Key of the finding
	Kind    guard.Kind
	Outcome Reaction
	Reason  string // code of why it was dismissed, "" for none
}

// Reaction is what an agent did about a finding.
type Reaction string

// The reactions. What was shown and is neither mended nor dismissed stays shown.
const (
	Shown     Reaction = "shown"
	Mended    Reaction = "mended"    // the draft was changed there
	Dismissed Reaction = "dismissed" // the agent said that it is no fault
)

// The measure of when a kind grows quiet.
const (
	quietWindow = 90 * 24 * time.Hour // what is older is forgotten, so that a quiet kind is heard again
	quietLeast  = 20                  // findings of a kind before it can grow quiet
	quietPct    = 30                  // per cent of them dismissed, and it does above
)

var reasonCode = regexp.MustCompile(`^[a-z_]{0,40}$`)

// RecordGuard notes what became of findings in a ticket. The same finding is
// counted once: what was mended or dismissed is not merely shown again.
//
// Errors: NotFound for a ticket that does not exist; Invalid for another kind,
// outcome or reason.
func (s *Store) RecordGuard(ctx context.Context, ticketID string, outcomes []GuardOutcome) error {
	for _, o := range outcomes {
		if o.Finding == "" || len(o.Finding) > 512 || !slices.Contains(guard.Kinds, o.Kind) || o.Outcome != Shown && o.Outcome != Mended && o.Outcome != Dismissed || !reasonCode.MatchString(o.Reason) {
			return triage.Errorf(triage.Invalid, "The outcome of a finding takes its key, its kind, and shown, mended or dismissed.")
		}
	}
	if len(outcomes) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var one int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM tickets WHERE id = ?1`, ticketID).Scan(&one)
		if err == sql.ErrNoRows {
			return triage.Errorf(triage.NotFound, "There is no ticket %q.", ticketID)
		}
		if err != nil {
			return err
		}
		now := micros(s.now())
		for _, o := range outcomes {
			_, err := tx.ExecContext(ctx, `INSERT INTO guard_outcomes (ticket_id, finding, kind, outcome, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
				ON CONFLICT (ticket_id, finding) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, at = excluded.at WHERE excluded.outcome <> 'shown'`,
				ticketID, clean(o.Finding), o.Kind, o.Outcome, o.Reason, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// QuietKinds lists the kinds whose hints nobody wants to see: of at least 20
// findings in the last 90 days more than 30% were dismissed.
func (s *Store) QuietKinds(ctx context.Context) (quiet []guard.Kind, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT kind, COUNT(*), SUM(CASE WHEN outcome = 'dismissed' THEN 1 ELSE 0 END)
			FROM guard_outcomes WHERE at >= ?1 GROUP BY kind ORDER BY kind`, micros(s.now().Add(-quietWindow)))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind guard.Kind
			var all, dismissed int
			if err := rows.Scan(&kind, &all, &dismissed); err != nil {
				return err
			}
			if all >= quietLeast && dismissed*100 > all*quietPct {
				quiet = append(quiet, kind)
			}
		}
		return rows.Err()
	})
	return quiet, err
}
