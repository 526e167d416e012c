package store

import (
	"context"
	"database/sql"
	"slices"

	"readback/triage"
)

// MarkReview marks the brief or the route of one ticket of a review; a later
// mark replaces an earlier one.
// Errors: NotFound for a review that is not by's, and for a place that it does
// not have; Conflict for one that has ended; Invalid for an unknown mark.
func (s *Store) MarkReview(ctx context.Context, by, id string, place int, what MarkWhat, is MarkIs) (Review, error) {
	if !slices.Contains([]MarkIs{MarkRight, MarkWrong, MarkUnclear}, is) || what != MarkBrief && what != MarkRoute {
		return Review{}, triage.Errorf(triage.Invalid, "A brief or a route is marked right, wrong or unclear.")
	}
	return s.changeReview(ctx, by, id, func(tx *sql.Tx, r *Review) error {
		if place < 1 || place > len(r.Marks) {
			return triage.Errorf(triage.NotFound, "The review has no ticket %d.", place)
		}
		return s.setMark(ctx, tx, r, place, what, is)
	})
}

// UndoMark takes the last mark of a review back. Errors: as MarkReview;
// Conflict when nothing is marked.
func (s *Store) UndoMark(ctx context.Context, by, id string) (Review, error) {
	return s.changeReview(ctx, by, id, func(tx *sql.Tx, r *Review) error {
		last, what := r.Last()
		if last == nil {
			return triage.Errorf(triage.Conflict, "Nothing is marked yet.")
		}
		return s.setMark(ctx, tx, r, last.Place, what, "")
	})
}

// setMark stores a mark, "" for none, later than every other.
func (s *Store) setMark(ctx context.Context, tx *sql.Tx, r *Review, place int, what MarkWhat, is MarkIs) error {
	at := int64(0)
	if is != "" {
		at = micros(s.now())
		for i := range r.Marks {
			at = max(at, micros(r.Marks[i].BriefAt)+1, micros(r.Marks[i].RouteAt)+1)
		}
	}
	query := `UPDATE review_marks SET brief_is = ?3, brief_at = ?4 WHERE review_id = ?1 AND place = ?2`
	if what == MarkRoute {
		query = `UPDATE review_marks SET route_is = ?3, route_at = ?4 WHERE review_id = ?1 AND place = ?2`
	}
	_, err := tx.ExecContext(ctx, query, r.ID, place, is, at)
	return err
}

// EndReview publishes what a review found, once everything is marked. From
// then on no mark changes. Errors: as MarkReview; Conflict while something is
// unmarked.
func (s *Store) EndReview(ctx context.Context, by, id string) (Review, error) {
	return s.changeReview(ctx, by, id, func(tx *sql.Tx, r *Review) error {
		if next := r.Next(); next > 0 {
			return triage.Errorf(triage.Conflict, "Ticket %d of the review is not marked yet.", next)
		}
		_, err := tx.ExecContext(ctx, `UPDATE reviews SET ended_at = ?2 WHERE id = ?1`, r.ID, micros(s.now()))
		return err
	})
}

// changeReview does something to a review of by's that is not finished, and
// returns what it is then.
func (s *Store) changeReview(ctx context.Context, by, id string, do func(tx *sql.Tx, r *Review) error) (r Review, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if r, err = reviewIn(ctx, tx, `id = ?1`, id); err != nil {
			return err
		}
		switch {
		case r.UserID != by:
			return triage.Errorf(triage.NotFound, "There is no such review of yours.")
		case !r.EndedAt.IsZero():
			return triage.Errorf(triage.Conflict, "The review is finished; its figure is published.")
		}
		if err := do(tx, &r); err != nil {
			return err
		}
		r, err = reviewIn(ctx, tx, `id = ?1`, id)
		return err
	})
	return r, err
}

// DropReview forgets a review that is not finished, with its marks: half a
// review is no figure. Errors: as MarkReview.
func (s *Store) DropReview(ctx context.Context, by, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := reviewIn(ctx, tx, `ended_at = 0 AND id = ?1`, id)
		if err == nil && r.UserID != by {
			err = triage.Errorf(triage.NotFound, "There is no such review of yours.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM review_marks WHERE review_id = ?1`, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM reviews WHERE id = ?1`, id)
		return err
	})
}
