package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"readback/triage"
)

// keptAct is an act as it is stored.
type keptAct struct {
	Assignee string    `json:"assignee"`
	Until    int64     `json:"until"` // microseconds
	On       []actedOn `json:"on"`
	Failed   []failure `json:"failed"` // of the act, or of its undoing once it was undone
}

type failure struct {
	Ticket string      `json:"ticket"`
	Code   triage.Code `json:"code"`
}

func failures(all []NotActed) (out []failure) {
	for _, f := range all {
		out = append(out, failure{f.Ticket, triage.CodeOf(f.Err)})
	}
	return out
}

// keepAct stores what was done, so that it can be undone, and gives it its token.
func (s *Store) keepAct(ctx context.Context, tx *sql.Tx, by string, out *Acted, on []actedOn, now time.Time) error {
	out.Token, out.At = s.newID("act"), now
	text, err := json.Marshal(keptAct{out.Assignee, micros(out.Until), on, failures(out.Failed)})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO acts (id, at, user_id, kind, tickets) VALUES (?1, ?2, ?3, ?4, ?5)`,
		out.Token, micros(now), clean(by), out.Kind, string(text))
	return err
}

// ActOf returns an act of a person by its token, with the tickets as they were
// then. Errors: NotFound, also for somebody else's and one that is too old.
func (s *Store) ActOf(ctx context.Context, by, token string) (out Acted, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		out, _, err = s.actIn(ctx, tx, by, token)
		return err
	})
	return out, err
}

func (s *Store) actIn(ctx context.Context, tx *sql.Tx, by, token string) (out Acted, on []actedOn, err error) {
	var at, undone int64
	var text []byte
	err = tx.QueryRowContext(ctx, `SELECT id, kind, at, undone_at, tickets FROM acts WHERE id = ?1 AND user_id = ?2 AND at > ?3`,
		token, clean(by), micros(s.now().Add(-UndoLife))).Scan(&out.Token, &out.Kind, &at, &undone, &text)
	if errors.Is(err, sql.ErrNoRows) {
		err = triage.Errorf(triage.NotFound, "There is nothing of yours to undo there; it can be undone for a day.")
	}
	if err != nil {
		return out, nil, err
	}
	var kept keptAct
	if err := json.Unmarshal(text, &kept); err != nil {
		return out, nil, err
	}
	out.At, out.Undone, out.Assignee, out.Until = fromMicros(at), undone > 0, kept.Assignee, fromMicros(kept.Until)
	for _, x := range kept.On {
		out.Done = append(out.Done, x.Ticket)
	}
	for _, f := range kept.Failed {
		out.Failed = append(out.Failed, NotActed{f.Ticket, triage.Errorf(f.Code, "It was left as it was.")})
	}
	return out, kept.On, nil
}

// Undo takes an act back, all of it: each ticket gets back what the act had
// changed. One of which somebody has changed that since is left as it is and
// named in Failed. Errors: those of ActOf; Conflict when it was undone before.
func (s *Store) Undo(ctx context.Context, by, token string) (out Acted, err error) {
	var on []actedOn
	err = s.write(ctx, func(tx *sql.Tx) error {
		var acted []actedOn
		if out, acted, err = s.actIn(ctx, tx, by, token); err != nil {
			return err
		}
		if out.Undone {
			return triage.Errorf(triage.Conflict, "This was undone already.")
		}
		now := s.now()
		out.Done, out.Failed, out.Undone = nil, nil, true
		for _, act := range acted {
			x, err := deskIn(ctx, tx, act.Ticket)
			if err == nil && act.Handed != "" {
				_, err = s.undoHandOver(ctx, tx, act.Ticket, act.Handed, by)
				x.After, x.Handed = x.Before, act.Handed
			} else if err == nil {
				x.After, err = back(x.Before, act)
			}
			if code := triage.CodeOf(err); code == triage.NotFound || code == triage.Conflict {
				out.Failed = append(out.Failed, NotActed{act.Ticket, err})
				continue
			}
			if err == nil && x.After != x.Before {
				err = s.setDesk(ctx, tx, &x, by, now, token)
			}
			if err != nil {
				return err
			}
			out.Done = append(out.Done, act.Ticket)
			on = append(on, x)
		}
		text, err := json.Marshal(keptAct{out.Assignee, micros(out.Until), on, failures(out.Failed)})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE acts SET undone_at = ?2, tickets = ?3 WHERE id = ?1`, token, micros(now), string(text))
		return err
	})
	if err == nil {
		s.tellActed(on)
	}
	return out, err
}

// back returns a ticket without what an act had changed of it. Errors:
// Conflict when that is not as the act left it.
func back(now desk, act actedOn) (desk, error) {
	b, a := act.Before, act.After
	out := now
	changed := func(differs, kept bool) bool { return differs && !kept }
	if changed(b.State != a.State, now.State == a.State) || changed(b.Assignee != a.Assignee, now.Assignee == a.Assignee) ||
		changed(b.SnoozedUntil != a.SnoozedUntil, now.SnoozedUntil == a.SnoozedUntil) || changed(b.TakenBack != a.TakenBack, now.TakenBack == a.TakenBack) {
		return out, triage.Errorf(triage.Conflict, "The ticket %q has changed since.", act.Ticket)
	}
	if b.State != a.State {
		out.State = b.State
	}
	if b.Assignee != a.Assignee {
		out.Assignee = b.Assignee
	}
	if b.SnoozedUntil != a.SnoozedUntil {
		out.SnoozedUntil = b.SnoozedUntil
	}
	if b.TakenBack != a.TakenBack {
		out.TakenBack = b.TakenBack
	}
	if now.UpdatedAt == a.UpdatedAt { // it goes back to its place in lists
		out.UpdatedAt = b.UpdatedAt
	}
	return out, nil
}
