package store

import (
	"context"
	"database/sql"
	"time"

	"readback/triage"
	"readback/triage/eval"
)

// worded selects the tickets that came since ?1, have their text, and that
// people said something of.
const worded = `SELECT id FROM tickets AS t WHERE created_at >= ?1 AND version > 0 AND merged_into = '' AND erased_at = 0
	AND (state = 'resolved' AND EXISTS (SELECT 1 FROM events AS e WHERE e.ticket_id = t.id AND e.kind = 'triaged')
		OR EXISTS (SELECT 1 FROM events AS e WHERE e.ticket_id = t.id AND e.kind IN ('corrected', 'rerouted'))
		OR EXISTS (SELECT 1 FROM review_marks AS m WHERE m.ticket_id = t.id)) ORDER BY created_at, id`

// Labelled calls do with each ticket that came since then and of which people
// said something, the oldest first: reroutes, corrections, how it was resolved,
// what a published review says. Erased tickets are left out. It reads one
// ticket at a time, and ends at the first error of do.
func (s *Store) Labelled(ctx context.Context, since time.Time, do func(w *eval.Words) error) error {
	var ids []string
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		ids, err = strs(ctx, tx, worded, micros(since))
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		w, err := s.words(ctx, id)
		if triage.CodeOf(err) == triage.NotFound { // gone since
			continue
		}
		if err != nil {
			return err
		}
		if err := do(w); err != nil {
			return err
		}
	}
	return nil
}

// words reads one.
func (s *Store) words(ctx context.Context, id string) (*eval.Words, error) {
	w := &eval.Words{}
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		if w.Ticket, err = ticketIn(ctx, tx, id); err != nil {
			return err
		}
		c, err := courseOf(ctx, tx, id)
		if err != nil {
			return err
		}
		version, err := foundVersion(ctx, tx, id)
		if err != nil {
			return err
		}
		if w.Found, err = versionIn(ctx, tx, id, version); err != nil {
			return err
		}
		if h := lastOf(c.handed); h != nil {
			w.HandedTo, w.HandedAt = h.To, fromMicros(h.At)
		}
		is, _ := c.right()
		w.Right = is == RightYes
		w.Spam = c.resolved != nil && c.resolved.By != "" && c.resolved.Why == string(ResolvedSpam)
		w.Brief, w.Route, err = reviewedIn(ctx, tx, id, version)
		return err
	})
	return w, err
}

// reviewedIn says what the newest published review found right of a version.
func reviewedIn(ctx context.Context, tx *sql.Tx, id string, version int) (brief, routed bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT m.brief_is, m.route_is FROM review_marks AS m JOIN reviews AS r ON r.id = m.review_id
		WHERE m.ticket_id = ?1 AND m.brief = ?2 AND r.ended_at > 0 ORDER BY r.ended_at DESC LIMIT 1`, id, version)
	if err != nil {
		return false, false, err
	}
	defer rows.Close()
	var b, r MarkIs
	for rows.Next() {
		if err := rows.Scan(&b, &r); err != nil {
			return false, false, err
		}
	}
	return b == MarkRight, r == MarkRight, rows.Err()
}
