package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// hereFor is how long ago somebody may have used their session last to count
// as here.
const hereFor = 15 * time.Minute

// dealBatch is how many tickets of a tier are dealt in one transaction.
const dealBatch = 100

// SetAway says that a person takes no tickets by turns for now, or takes them
// again. Errors: NotFound.
func (s *Store) SetAway(ctx context.Context, by Actor, userID string, away bool) error {
	at, action := int64(0), "user.back"
	if away {
		at, action = micros(s.now()), "user.away"
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE users SET away_at = ?2 WHERE id = ?1 AND removed_at = 0`, userID, at)
		if err == nil {
			err = oneRow(res, noUser(sql.ErrNoRows, userID))
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, action, userID, nil)
	})
	s.deal()
	return err
}

// Away reports whether a person said that they are away. Errors: NotFound.
func (s *Store) Away(ctx context.Context, userID string) (bool, error) {
	var at int64
	err := s.reader.QueryRowContext(ctx, `SELECT away_at FROM users WHERE id = ?1`, userID).Scan(&at)
	if err != nil {
		return false, noUser(err, userID)
	}
	return at > 0, nil
}

// dealer is a person whose turn it can be.
type dealer struct {
	id        string
	tiers     []string
	languages []string
	last      int64 // when it was their turn, in microseconds
}

// dealers are those who are signed in and not away.
func (s *Store) dealers(ctx context.Context, tx *sql.Tx, now time.Time) ([]dealer, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, tiers, languages, assigned_at FROM users WHERE disabled_at = 0 AND removed_at = 0 AND away_at = 0
		AND EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id AND stage = ?1 AND seen_at > ?2 AND ends_at > ?3)`,
		stages[false], micros(now.Add(-hereFor)), micros(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []dealer
	for rows.Next() {
		var d dealer
		var tiers, languages []byte
		if err := rows.Scan(&d.id, &tiers, &languages, &d.last); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(tiers, &d.tiers); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(languages, &d.languages); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// turn is whose turn it is for a ticket of a tier: among those who speak its
// language, or else among all, the one who has waited longest; nil for nobody.
func turn(all []dealer, tier, language string) *dealer {
	var best *dealer
	speaks := func(d *dealer) bool { return slices.Contains(d.languages, language) }
	for i := range all {
		d := &all[i]
		if !slices.Contains(d.tiers, tier) {
			continue
		}
		if best == nil || speaks(d) && !speaks(best) || speaks(d) == speaks(best) && (d.last < best.last || d.last == best.last && strings.Compare(d.id, best.id) < 0) {
			best = d
		}
	}
	return best
}

// Deal gives the open tickets that nobody has to the people of their tier, by
// turns: in tiers whose policy says so, in their hours, to people who are
// signed in and not away. It returns how many it gave.
func (s *Store) Deal(ctx context.Context, w *knowledge.Workspace) (n int, err error) {
	for i := range w.Tiers {
		t := &w.Tiers[i]
		if t.Assign != knowledge.RoundRobin || !opened(t, s.now()) {
			continue
		}
		dealt, err := s.dealTier(ctx, t.ID)
		if n += dealt; err != nil {
			return n, err
		}
	}
	return n, nil
}

// opened reports whether a tier is open; one whose hours nobody can read always is.
func opened(t *knowledge.Tier, at time.Time) bool {
	open, _, ok := t.OpenAt(at)
	return open || !ok
}

func (s *Store) dealTier(ctx context.Context, tier string) (int, error) {
	var on []actedOn
	err := s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		all, err := s.dealers(ctx, tx, now)
		if err != nil || turn(all, tier, "") == nil {
			return err
		}
		ids, err := strs(ctx, tx, `SELECT id FROM tickets WHERE lane = ?1 AND assignee = '' AND tier = ?2 ORDER BY updated_at, id LIMIT ?3`, LaneOpen, tier, dealBatch)
		if err != nil {
			return err
		}
		for i, id := range ids {
			var language string
			if err := tx.QueryRowContext(ctx, `SELECT language FROM tickets WHERE id = ?1`, id).Scan(&language); err != nil {
				return err
			}
			x, err := deskIn(ctx, tx, id)
			if err != nil {
				return err
			}
			to := turn(all, tier, language)
			to.last = micros(now) + int64(i)
			x.After = x.Before
			x.After.Assignee = to.id
			if err := s.setDesk(ctx, tx, &x, "", now, ""); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE users SET assigned_at = ?2 WHERE id = ?1`, to.id, to.last); err != nil {
				return err
			}
			on = append(on, x)
		}
		return nil
	})
	for _, x := range on {
		s.watch.tell(Event{Kind: EventActed, TicketID: x.Ticket, Tier: x.tier})
	}
	return len(on), err
}

// deal has tickets dealt soon, by the process that works.
func (s *Store) deal() {
	select {
	case s.dealing <- struct{}{}:
	default:
	}
}

// dealUntil deals at each interval, and soon after something changed.
func (s *Store) dealUntil(ctx context.Context, workspace func() *knowledge.Workspace, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := s.Deal(ctx, workspace()); err != nil && ctx.Err() == nil {
			s.log.Error("tickets could not be dealt", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.dealing:
		}
	}
}

// release takes the tickets that are still to do from somebody who does not
// work here any more.
func (s *Store) release(ctx context.Context, tx *sql.Tx, userID, by string) error {
	for _, lane := range []Lane{LaneOpen, LaneWaiting, LaneSnoozed, LaneNoAnswer} {
		ids, err := strs(ctx, tx, `SELECT id FROM tickets WHERE lane = ?1 AND assignee = ?2`, lane, userID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.unassign(ctx, tx, id, by); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) unassign(ctx context.Context, tx *sql.Tx, id, by string) error {
	x, err := deskIn(ctx, tx, id)
	if err != nil {
		return err
	}
	x.After = x.Before
	x.After.Assignee = ""
	return s.setDesk(ctx, tx, &x, by, s.now(), "")
}

// leaveTier takes a ticket that came into another tier from somebody who is not
// in that one.
func (s *Store) leaveTier(ctx context.Context, tx *sql.Tx, id, was, tier string) error {
	if was == tier || was == "" {
		return nil
	}
	var assignee string
	var tiers []byte
	err := tx.QueryRowContext(ctx, `SELECT t.assignee, coalesce(u.tiers, '[]') FROM tickets t LEFT JOIN users u ON u.id = t.assignee WHERE t.id = ?1`, id).Scan(&assignee, &tiers)
	if err != nil || assignee == "" {
		return err
	}
	var of []string
	if err := json.Unmarshal(tiers, &of); err != nil {
		return triage.Errorf(triage.Internal, "The tiers of %q cannot be read: %w", assignee, err)
	}
	if slices.Contains(of, tier) {
		return nil
	}
	return s.unassign(ctx, tx, id, "")
}
