package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"readback/triage"
)

// keepFiles stores the bytes that came with attachments and returns the
// attachments as the message's row keeps them. One with an ID is stored
// already. The result is never nil: the column holds a list.
func (s *Store) keepFiles(ctx context.Context, tx *sql.Tx, holder string, in []triage.Attachment, now time.Time) ([]triage.Attachment, error) {
	out := make([]triage.Attachment, len(in))
	for i, a := range in {
		out[i] = triage.Attachment{ID: a.ID, Name: clean(a.Name), Type: clean(a.Type), Size: a.Size}
		if a.Body == nil {
			continue
		}
		out[i].ID, out[i].Size = s.newID("fil"), int64(len(a.Body))
		if err := insertFile(ctx, tx, holder, out[i], a.Body, now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func insertFile(ctx context.Context, tx *sql.Tx, holder string, a triage.Attachment, body []byte, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO files (id, holder, name, type, bytes, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		a.ID, holder, a.Name, a.Type, body, micros(now))
	return err
}

// File returns an attachment with its bytes, and the id of the ticket it
// belongs to. What belongs to a draft is its writer's alone: person is who asks.
// Errors: NotFound, also for one that was erased, or is of another's draft.
func (s *Store) File(ctx context.Context, id, person string) (a triage.Attachment, ticketID string, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT f.id, f.name, f.type, f.bytes, coalesce(m.ticket_id, r.ticket_id, '') FROM files f
		LEFT JOIN messages m ON m.id = f.holder LEFT JOIN replies r ON r.id = f.holder WHERE f.id = ?1 AND (m.id IS NOT NULL OR r.person = ?2)`, id, clean(person)).
		Scan(&a.ID, &a.Name, &a.Type, &a.Body, &ticketID)
	a.Size = int64(len(a.Body))
	if errors.Is(err, sql.ErrNoRows) || err == nil && a.Name == "" && a.Size == 0 {
		return triage.Attachment{}, "", triage.Errorf(triage.NotFound, "There is no file %q.", id)
	}
	return a, ticketID, mapError(err)
}

// filesOf returns what a message or reply holds, with the bytes when wanted,
// in the order it came.
func filesOf(ctx context.Context, tx *sql.Tx, holder string, bytes bool) ([]triage.Attachment, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, type, length(bytes), CASE WHEN ?2 = 1 THEN bytes END FROM files
		WHERE holder = ?1 ORDER BY received_at, id`, holder, number(bytes))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []triage.Attachment
	for rows.Next() {
		var a triage.Attachment
		if err := rows.Scan(&a.ID, &a.Name, &a.Type, &a.Size, &a.Body); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// wipeFile takes the bytes and the name of a file; the row stays.
func wipeFile(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE files SET bytes = ?2, name = '', type = '' WHERE id = ?1`, id, []byte{})
	return err
}

// wipeFilesOf does so for all that a message or reply holds.
func wipeFilesOf(ctx context.Context, tx *sql.Tx, holder string) error {
	_, err := tx.ExecContext(ctx, `UPDATE files SET bytes = ?2, name = '', type = '' WHERE holder = ?1`, holder, []byte{})
	return err
}
