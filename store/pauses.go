package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"readback/triage"
)

// Pause is a check of one target that somebody said is wrong. Nobody runs it
// until somebody has looked.
type Pause struct {
	ID       string // set by the store
	Check    string // such as "dns.cname"
	Target   string // what it looks at: a name or an address; "" once erased
	TicketID string // where it was said first
	Role     triage.Role
	Who      string             // id of the person
	Seen     triage.CheckResult // what it had seen; zero once erased
	At       time.Time          // set by the store
	Times    int                // that it was said; set by the store

	ResumedAt time.Time // zero while it is paused
	ResumedBy string    // id of the person
	Verdict   Verdict   // what the look came to
}

// Verdict is what a person who looked says of a paused check.
type Verdict string

// The verdicts on a check.
const (
	CheckRight Verdict = "right" // it saw what was there
	CheckWrong Verdict = "wrong" // it did not, and has been mended
)

// pauseText is the part of a pause that is stored as JSON.
type pauseText struct {
	Who       string             `json:"who,omitempty"`
	Seen      triage.CheckResult `json:"seen"`
	ResumedBy string             `json:"resumed_by,omitempty"`
}

// PauseCheck pauses p.Check for p.Target and asks for a new triage of its
// ticket. One that is paused already is counted once more. It returns the pause
// as it is now.
//
// Errors: NotFound for a ticket that does not exist; Conflict for one that was
// merged into another; Invalid without check, target or person.
func (s *Store) PauseCheck(ctx context.Context, p Pause) (Pause, error) {
	p.Check, p.Target, p.Who = clean(p.Check), clean(p.Target), clean(p.Who)
	if p.Check == "" || p.Target == "" || p.Who == "" || p.Role != triage.RoleAgent && p.Role != triage.RoleCustomer {
		return Pause{}, triage.Errorf(triage.Invalid, "To pause a check takes the check, what it looks at, and the agent or customer who says that it is wrong.")
	}
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, p.TicketID)
		if err != nil {
			return err
		}
		tier = head.tier
		text, err := json.Marshal(pauseText{Who: p.Who, Seen: p.Seen})
		if err != nil {
			return err
		}
		now := s.now()
		err = tx.QueryRowContext(ctx, `INSERT INTO check_pauses (id, check_name, target, ticket_id, role, times, at, pause)
			VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7)
			ON CONFLICT (check_name, target) WHERE resumed_at = 0 DO UPDATE SET times = check_pauses.times + 1
			RETURNING id`, s.newID("pau"), p.Check, p.Target, p.TicketID, p.Role, micros(now), string(text)).Scan(&p.ID)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, EventPaused, p.TicketID, now, map[string]any{"pause": p.ID, "check": p.Check, "role": p.Role}); err != nil {
			return err
		}
		return s.retriage(ctx, tx, p.TicketID, 1)
	})
	if err != nil {
		return Pause{}, err
	}
	s.watch.tell(Event{Kind: EventPaused, TicketID: p.TicketID, Tier: tier})
	return s.Pause(ctx, p.ID)
}

// ResumeCheck ends a pause, by the id of who looked, with what they found, and
// asks for a new triage of its ticket.
//
// Errors: NotFound; Conflict for one that has ended; Invalid for another verdict.
func (s *Store) ResumeCheck(ctx context.Context, id, by string, verdict Verdict) error {
	if verdict != CheckRight && verdict != CheckWrong {
		return triage.Errorf(triage.Invalid, "Say whether the check was right or wrong.")
	}
	p, err := s.Pause(ctx, id)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		text, err := json.Marshal(pauseText{Who: p.Who, Seen: p.Seen, ResumedBy: clean(by)})
		if err != nil {
			return err
		}
		now := s.now()
		var ticketID string
		err = tx.QueryRowContext(ctx, `UPDATE check_pauses SET resumed_at = ?2, verdict = ?3, pause = ?4
			WHERE id = ?1 AND resumed_at = 0 RETURNING ticket_id`, id, micros(now), verdict, string(text)).Scan(&ticketID)
		if errors.Is(err, sql.ErrNoRows) {
			return triage.Errorf(triage.Conflict, "The check %q runs again already.", p.Check)
		}
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, EventResumed, ticketID, now, map[string]any{"pause": id, "check": p.Check, "verdict": verdict, "by": clean(by)}); err != nil {
			return err
		}
		if _, err := liveHead(ctx, tx, ticketID); triage.CodeOf(err) == triage.Conflict {
			return nil // merged away: there is nothing to triage in it
		} else if err != nil {
			return err
		}
		return s.retriage(ctx, tx, ticketID, 1)
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventResumed, TicketID: p.TicketID})
	}
	return err
}

// CheckPaused reports whether nobody is to run that check of that target.
func (s *Store) CheckPaused(ctx context.Context, check, target string) (bool, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM check_pauses WHERE check_name = ?1 AND target = ?2 AND resumed_at = 0`,
		check, target).Scan(&n)
	return n > 0, mapError(err)
}

// maxPauses bounds a list: the newest come first.
const maxPauses = 200

// Pauses lists the checks that are paused, or with ended all that ever were,
// the newest first, at most 200.
func (s *Store) Pauses(ctx context.Context, ended bool) ([]Pause, error) {
	return s.pauses(ctx, `WHERE (?1 = 1 OR resumed_at = 0) AND target <> '' ORDER BY at DESC, id LIMIT ?2`, ended, maxPauses)
}

// Pause returns one pause. Errors: NotFound.
func (s *Store) Pause(ctx context.Context, id string) (Pause, error) {
	list, err := s.pauses(ctx, `WHERE id = ?1`, id)
	if err == nil && len(list) == 0 {
		err = triage.Errorf(triage.NotFound, "There is no pause %q.", id)
	}
	if err != nil {
		return Pause{}, err
	}
	return list[0], nil
}

func (s *Store) pauses(ctx context.Context, where string, args ...any) ([]Pause, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, check_name, target, ticket_id, role, times, at, resumed_at, verdict, pause
		FROM check_pauses `+where, args...)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Pause{}
	for rows.Next() {
		var p Pause
		var at, resumed int64
		var data []byte
		if err := rows.Scan(&p.ID, &p.Check, &p.Target, &p.TicketID, &p.Role, &p.Times, &at, &resumed, &p.Verdict, &data); err != nil {
			return nil, mapError(err)
		}
		var text pauseText
		if err := json.Unmarshal(data, &text); err != nil {
			return nil, mapError(err)
		}
		p.Who, p.Seen, p.ResumedBy, p.At = text.Who, text.Seen, text.ResumedBy, fromMicros(at)
		if resumed != 0 {
			p.ResumedAt = fromMicros(resumed)
		}
		out = append(out, p)
	}
	return out, mapError(rows.Err())
}

// wipePauses leaves of the pauses of a ticket, or of those that words are in,
// which check and when. What nobody can look at any more is not paused.
func wipePauses(ctx context.Context, tx *sql.Tx, ticketID string, words *mask, now time.Time) (int, error) {
	ids, err := strs(ctx, tx, `SELECT id FROM check_pauses WHERE ticket_id = ?1`, ticketID)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT target || ' ' || pause FROM check_pauses WHERE id = ?1`, id).Scan(&text); err != nil {
			return 0, err
		}
		if words != nil && !words.inRaw([]byte(text)) {
			continue
		}
		n++
		_, err := tx.ExecContext(ctx, `UPDATE check_pauses SET target = '', pause = '{}',
			resumed_at = CASE WHEN resumed_at = 0 THEN ?2 ELSE resumed_at END WHERE id = ?1`, id, micros(now))
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}
