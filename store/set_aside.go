package store

import (
	"context"
	"database/sql"
)

// SetAside is a suggestion that a lead does not want to see, until as many
// tickets again speak for it.
type SetAside struct {
	Kind   string // of a suggestion: cluster, check, capability
	Key    string // id of a ticket, procedure and step, or a capability
	Size   int    // tickets that spoke for it
	UserID string
}

// SetAsideAdd keeps that a suggestion was set aside.
func (s *Store) SetAsideAdd(ctx context.Context, a SetAside) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO set_aside (kind, key, size, user_id, at) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (kind, key) DO UPDATE SET size = excluded.size, user_id = excluded.user_id, at = excluded.at`,
			clean(a.Kind), clean(a.Key), a.Size, a.UserID, micros(s.now()))
		return err
	})
}

// SetAsideDrop takes that back; one that was not set aside stays so.
func (s *Store) SetAsideDrop(ctx context.Context, kind, key string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM set_aside WHERE kind = ?1 AND key = ?2`, kind, key)
		return err
	})
}

// SetAsides lists what was set aside.
func (s *Store) SetAsides(ctx context.Context) (out []SetAside, err error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT kind, key, size, user_id FROM set_aside ORDER BY kind, key`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a SetAside
		if err := rows.Scan(&a.Kind, &a.Key, &a.Size, &a.UserID); err != nil {
			return nil, mapError(err)
		}
		out = append(out, a)
	}
	return out, mapError(rows.Err())
}
