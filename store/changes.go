package store

import (
	"context"
	"database/sql"
	"time"

	"readback/triage"
)

// Acknowledgement says that a person has read a product change.
type Acknowledgement struct {
	Change string // id of the change in the workspace
	Person string // id of the person
	At     time.Time
}

// Acknowledge stores that a person has read a change; the first time counts.
// Errors: Invalid without both.
func (s *Store) Acknowledge(ctx context.Context, change, person string) error {
	change, person = clean(change), clean(person)
	if change == "" || person == "" {
		return triage.Errorf(triage.Invalid, "An acknowledgement needs the change and the person.")
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO acknowledgements (change_id, person, at) VALUES (?1, ?2, ?3)
			ON CONFLICT (change_id, person) DO NOTHING`, change, person, micros(s.now()))
		return err
	})
}

// Acknowledgements returns who has read what, by change and then by time.
func (s *Store) Acknowledgements(ctx context.Context) ([]Acknowledgement, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT change_id, person, at FROM acknowledgements ORDER BY change_id, at, person`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Acknowledgement{}
	for rows.Next() {
		var a Acknowledgement
		var at int64
		if err := rows.Scan(&a.Change, &a.Person, &at); err != nil {
			return nil, mapError(err)
		}
		a.At = fromMicros(at)
		out = append(out, a)
	}
	return out, mapError(rows.Err())
}
