package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"readback/triage"
)

// Note is what a member of staff wrote for their own people. It is no message:
// no customer and no extractor ever gets it.
type Note struct {
	ID       string    `json:"id"`
	TicketID string    `json:"ticket"` // that it was written on: a merge takes it along
	Person   string    `json:"person"` // id of the member of staff
	Text     string    `json:"text"`   // Markdown; "" once erased
	At       time.Time `json:"at"`
}

// AddNote keeps a note on a ticket. Errors: NotFound; Conflict for a merged
// ticket; Invalid for an empty one.
func (s *Store) AddNote(ctx context.Context, ticketID, person, text string) (Note, error) {
	n := Note{ID: s.newID("not"), TicketID: ticketID, Person: clean(person), Text: clean(text), At: s.now()}
	if strings.TrimSpace(text) == "" {
		return n, triage.Errorf(triage.Invalid, "The note is empty; write it first.")
	}
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		tier = head.tier
		if _, err := tx.ExecContext(ctx, `INSERT INTO notes (id, ticket_id, person, text, created_at) VALUES (?1, ?2, ?3, ?4, ?5)`,
			n.ID, n.TicketID, n.Person, n.Text, micros(n.At)); err != nil {
			return err
		}
		return s.record(ctx, tx, EventNoted, ticketID, n.At, map[string]any{"note": n.ID, "by": n.Person})
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventNoted, TicketID: ticketID, Tier: tier})
	}
	return n, err
}

// DropNote takes back a note of one's own. Errors: NotFound.
func (s *Store) DropNote(ctx context.Context, ticketID, id, person string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM notes WHERE id = ?1 AND ticket_id = ?2 AND person = ?3`, id, ticketID, clean(person))
		if err != nil {
			return err
		}
		if err := oneRow(res, triage.Errorf(triage.NotFound, "There is no such note of yours.")); err != nil {
			return err
		}
		return s.record(ctx, tx, EventNoted, ticketID, s.now(), map[string]any{"note": id, "by": clean(person), "dropped": true})
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventNoted, TicketID: ticketID})
	}
	return err
}

// notesIn lists the notes of a ticket and of those merged into it, oldest first.
func notesIn(ctx context.Context, tx *sql.Tx, ticketID string) ([]Note, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, ticket_id, person, text, created_at FROM notes WHERE ticket_id = ?1 OR ticket_id IN (
			SELECT source_id FROM moves WHERE target_id = ?1 AND kind = ?2 AND undone_at = 0) ORDER BY created_at, id`, ticketID, moveMerge)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Note
	for rows.Next() {
		var n Note
		var at int64
		if err := rows.Scan(&n.ID, &n.TicketID, &n.Person, &n.Text, &at); err != nil {
			return nil, err
		}
		n.At = fromMicros(at)
		out = append(out, n)
	}
	return out, rows.Err()
}

// wipeNotes takes the text of what staff wrote on a ticket, notes and words
// beside hand-overs. With words only what those find is masked.
func wipeNotes(ctx context.Context, tx *sql.Tx, ticketID string, words *mask) error {
	for _, table := range []string{"notes", "handovers"} {
		ids, err := strs(ctx, tx, `SELECT id FROM `+table+` WHERE ticket_id = ?1 AND text <> ''`, ticketID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			left := ""
			if words != nil {
				if err := tx.QueryRowContext(ctx, `SELECT text FROM `+table+` WHERE id = ?1`, id).Scan(&left); err != nil {
					return err
				}
				left = words.apply(left)
			}
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET text = ?2 WHERE id = ?1`, id, left); err != nil {
				return err
			}
		}
	}
	return nil
}
