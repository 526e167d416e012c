package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"readback/store/people"
	"readback/triage"
)

// Session is a browser in which a user is signed in.
type Session struct {
	ID        string
	UserID    string
	Pending   bool // the password was right, and a code is due: it opens no page
	Address   string
	Agent     string // browser and system, such as "Firefox on Linux"
	CreatedAt time.Time
	SeenAt    time.Time // to about a minute
	EndsAt    time.Time // however much it is used
}

// How long a session lives: unused, at all, and while a code is due.
const (
	SessionIdle    = 12 * time.Hour
	SessionLife    = 7 * 24 * time.Hour
	sessionPending = 10 * time.Minute
)

// seenEvery is how exactly it is kept when something was last used.
const seenEvery = time.Minute

var stages = map[bool]string{false: "in", true: "code"}

// AddSession signs a user in; hash is people.TokenHash of the token in the
// browser. It fills in ID and times. replaces is the hash of the session that
// it takes the place of, "" for none. how is the end of a code: password,
// code, recovery, oidc, link, setup, rotate.
func (s *Store) AddSession(ctx context.Context, x Session, hash, replaces, how string) (Session, error) {
	now, life := s.now(), SessionLife
	if x.Pending {
		life = sessionPending
	}
	x.ID, x.CreatedAt, x.SeenAt, x.EndsAt = s.newID("ses"), now, now, now.Add(life)
	err := s.write(ctx, func(tx *sql.Tx) error {
		if replaces != "" {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE hash = ?1`, replaces); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE ends_at <= ?1 OR seen_at <= ?2`, micros(now), micros(now.Add(-SessionIdle))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, id, user_id, stage, address, agent, created_at, seen_at, ends_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
			hash, x.ID, x.UserID, stages[x.Pending], x.Address, clean(x.Agent), micros(now), micros(now), micros(x.EndsAt))
		if err != nil || x.Pending {
			return err
		}
		return s.audit(ctx, tx, Actor{ID: x.UserID, Address: x.Address}, "session.started", x.ID, map[string]any{"how": how})
	})
	return x, err
}

// Session returns a session that has not ended and whose user may sign in,
// and notes that it was used. Errors: NotFound.
func (s *Store) Session(ctx context.Context, hash string) (Session, people.User, error) {
	var x Session
	var stage string
	var created, seen, ends int64
	now := s.now()
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+`, x.id, x.stage, x.address, x.agent, x.created_at, x.seen_at, x.ends_at
		FROM sessions x JOIN users u ON u.id = x.user_id
		WHERE x.hash = ?1 AND x.ends_at > ?2 AND x.seen_at > ?3 AND u.disabled_at = 0 AND u.removed_at = 0`,
		hash, micros(now), micros(now.Add(-SessionIdle))), &x.ID, &stage, &x.Address, &x.Agent, &created, &seen, &ends)
	if err != nil {
		return x, u, mapError(err)
	}
	x.UserID, x.Pending = u.ID, stage == stages[true]
	x.CreatedAt, x.SeenAt, x.EndsAt = fromMicros(created), fromMicros(seen), fromMicros(ends)
	if now.Sub(x.SeenAt) >= seenEvery {
		x.SeenAt = now
		_, err = s.writer.ExecContext(ctx, `UPDATE sessions SET seen_at = ?2 WHERE hash = ?1 AND seen_at < ?2`, hash, micros(now))
	}
	return x, u, mapError(err)
}

// Sessions returns where a user is signed in, the last used first.
func (s *Store) Sessions(ctx context.Context, userID string) ([]Session, error) {
	now := s.now()
	rows, err := s.reader.QueryContext(ctx, `SELECT id, address, agent, created_at, seen_at, ends_at FROM sessions
		WHERE user_id = ?1 AND stage = ?2 AND ends_at > ?3 AND seen_at > ?4 ORDER BY seen_at DESC, id`,
		userID, stages[false], micros(now), micros(now.Add(-SessionIdle)))
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Session{}
	for rows.Next() {
		x := Session{UserID: userID}
		var created, seen, ends int64
		if err := rows.Scan(&x.ID, &x.Address, &x.Agent, &created, &seen, &ends); err != nil {
			return nil, mapError(err)
		}
		x.CreatedAt, x.SeenAt, x.EndsAt = fromMicros(created), fromMicros(seen), fromMicros(ends)
		out = append(out, x)
	}
	return out, mapError(rows.Err())
}

// EndSession ends one session of a user. Errors: NotFound, also for a session
// of somebody else.
func (s *Store) EndSession(ctx context.Context, by Actor, userID, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var ended string
		err := tx.QueryRowContext(ctx, `DELETE FROM sessions WHERE id = ?1 AND user_id = ?2 RETURNING id`, id, userID).Scan(&ended)
		if errors.Is(err, sql.ErrNoRows) {
			return triage.Errorf(triage.NotFound, "There is no session %q.", id)
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "session.ended", id, nil)
	})
}

// EndSessions ends all sessions of a user but the one with that id.
func (s *Store) EndSessions(ctx context.Context, by Actor, userID, except string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := s.endSessions(ctx, tx, userID, except); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "sessions.ended", userID, nil)
	})
}

func (s *Store) endSessions(ctx context.Context, tx *sql.Tx, userID, except string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2`, userID, except)
	return err
}

// Credentials returns the user with an address and the hash of their password,
// "" for none. Errors: NotFound.
func (s *Store) Credentials(ctx context.Context, email string) (u people.User, hash string, err error) {
	u, err = scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+`, u.password FROM users u WHERE u.email = ?1 AND u.email <> ''`, email), &hash)
	return u, hash, noUser(err, email)
}
