package store

import (
	"context"
	"database/sql"
	"time"

	"readback/triage"
)

// NotRepeat is a person's word that what the report of circles found in an
// answer is no repeat.
type NotRepeat struct {
	Message string // id of the answer
	Ticket  string // that has the answer now; set by NotRepeats
	Start   int    // where in it the finding begins, in bytes
	Kind    string // of the finding: steps, links, reasked, restart, handover, reopened
	Words   string // SHA-256 of what stands there: the same words are judged alike
	Person  string // id of a user
	At      time.Time
}

// SetNotRepeat keeps a person's word, or takes it back. Errors: NotFound
// without the message.
func (s *Store) SetNotRepeat(ctx context.Context, n NotRepeat, said bool) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		known, err := strs(ctx, tx, `SELECT id FROM messages WHERE id = ?1`, n.Message)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return triage.Errorf(triage.NotFound, "There is no message %q.", n.Message)
		}
		if !said {
			_, err = tx.ExecContext(ctx, `DELETE FROM not_repeats WHERE message_id = ?1 AND start_at = ?2 AND kind = ?3`, n.Message, n.Start, n.Kind)
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO not_repeats (message_id, start_at, kind, words, person, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			ON CONFLICT (message_id, start_at, kind) DO NOTHING`, n.Message, n.Start, n.Kind, n.Words, n.Person, micros(s.now()))
		return err
	})
}

// NotRepeats returns all that people said, the oldest first.
func (s *Store) NotRepeats(ctx context.Context) ([]NotRepeat, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT n.message_id, m.ticket_id, n.start_at, n.kind, n.words, n.person, n.at
		FROM not_repeats n JOIN messages m ON m.id = n.message_id ORDER BY n.at, n.message_id, n.start_at`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	var out []NotRepeat
	for rows.Next() {
		var n NotRepeat
		var at int64
		if err := rows.Scan(&n.Message, &n.Ticket, &n.Start, &n.Kind, &n.Words, &n.Person, &at); err != nil {
			return nil, mapError(err)
		}
		n.At = fromMicros(at)
		out = append(out, n)
	}
	return out, mapError(rows.Err())
}
