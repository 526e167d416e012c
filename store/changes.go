package store

import (
	"context"
	"database/sql"
	"time"

	"readback/triage"
)

// Acknowledgement says that a user has read a product change.
type Acknowledgement struct {
	Change string // id of the change in the workspace
	User   string // id of the user; the name that was signed in with, before there were users
	At     time.Time
}

// Acknowledge stores that a user has read a change; the first time counts.
// Errors: Invalid without both.
func (s *Store) Acknowledge(ctx context.Context, change, user string) error {
	change, user = clean(change), clean(user)
	if change == "" || user == "" {
		return triage.Errorf(triage.Invalid, "An acknowledgement needs the change and the user.")
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO acknowledgements (change_id, user_id, at) VALUES (?1, ?2, ?3)
			ON CONFLICT (change_id, user_id) DO NOTHING`, change, user, micros(s.now()))
		return err
	})
}

// Acknowledgements returns who has read what, by change and then by time.
func (s *Store) Acknowledgements(ctx context.Context) ([]Acknowledgement, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT change_id, user_id, at FROM acknowledgements ORDER BY change_id, at, user_id`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Acknowledgement{}
	for rows.Next() {
		var a Acknowledgement
		var at int64
		if err := rows.Scan(&a.Change, &a.User, &at); err != nil {
			return nil, mapError(err)
		}
		a.At = fromMicros(at)
		out = append(out, a)
	}
	return out, mapError(rows.Err())
}
