package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"readback/store/people"
	"readback/triage"
)

// Token is what a program shows to the JSON API. What it is itself nobody keeps.
type Token struct {
	ID        string
	Name      string // what it is for
	Scope     people.Scope
	UserID    string // who made it
	CreatedAt time.Time
	EndsAt    time.Time // zero = never
	UsedAt    time.Time // to about a minute; zero = never
	RevokedAt time.Time // zero = it is good
}

// AddToken stores a new token; hash is people.TokenHash of it. It fills in ID
// and CreatedAt. Errors: Invalid without a name, with no scope, or with an end
// that has passed.
func (s *Store) AddToken(ctx context.Context, by Actor, t Token, hash string) (Token, error) {
	t.Name = strings.Join(strings.Fields(clean(t.Name)), " ")
	now := s.now()
	switch {
	case t.Name == "" || len(t.Name) > 100:
		return t, triage.Errorf(triage.Invalid, "A token has a name of at most 100 bytes: what it is for.")
	case !t.Scope.May(people.ReadScope):
		return t, triage.Errorf(triage.Invalid, "The scope %q is none; use read, write or admin.", t.Scope)
	case !t.EndsAt.IsZero() && !t.EndsAt.After(now):
		return t, triage.Errorf(triage.Invalid, "The end of the token has passed already.")
	}
	t.ID, t.CreatedAt = s.newID("tok"), fromMicros(micros(now))
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO api_tokens (hash, id, name, scope, user_id, created_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
			hash, t.ID, t.Name, t.Scope, t.UserID, micros(now), micros(t.EndsAt))
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "token.made", t.ID, map[string]any{"scope": t.Scope})
	})
	return t, err
}

const tokenColumns = `id, name, scope, user_id, created_at, ends_at, used_at, revoked_at`

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var created, ends, used, revoked int64
	err := row.Scan(&t.ID, &t.Name, &t.Scope, &t.UserID, &created, &ends, &used, &revoked)
	t.CreatedAt, t.EndsAt, t.UsedAt, t.RevokedAt = fromMicros(created), fromMicros(ends), fromMicros(used), fromMicros(revoked)
	return t, err
}

// Token returns the token with that hash and notes that it was used.
// Errors: NotFound when it was revoked, has ended or never was.
func (s *Store) Token(ctx context.Context, hash string) (Token, error) {
	now := s.now()
	t, err := scanToken(s.reader.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM api_tokens
		WHERE hash = ?1 AND revoked_at = 0 AND (ends_at = 0 OR ends_at > ?2)`, hash, micros(now)))
	if errors.Is(err, sql.ErrNoRows) {
		return t, triage.Errorf(triage.NotFound, "There is no such token.")
	}
	if err == nil && now.Sub(t.UsedAt) >= seenEvery {
		t.UsedAt = now
		_, err = s.writer.ExecContext(ctx, `UPDATE api_tokens SET used_at = ?2 WHERE hash = ?1 AND used_at < ?2`, hash, micros(now))
	}
	return t, mapError(err)
}

// Tokens returns all tokens, also those that are no good any more, newest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+tokenColumns+` FROM api_tokens ORDER BY created_at DESC, id`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Token{}
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, t)
	}
	return out, mapError(rows.Err())
}

// RevokeToken makes a token void for good. Errors: NotFound, also for one that was revoked.
func (s *Store) RevokeToken(ctx context.Context, by Actor, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var revoked string
		err := tx.QueryRowContext(ctx, `UPDATE api_tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at = 0 RETURNING id`, id, micros(s.now())).Scan(&revoked)
		if errors.Is(err, sql.ErrNoRows) {
			return triage.Errorf(triage.NotFound, "There is no token %q that could be revoked.", id)
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "token.revoked", id, nil)
	})
}
