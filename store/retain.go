package store

import (
	"context"
	"database/sql"
	"time"

	"readback/triage"
)

// retainEvery is the time between two looks for tickets whose time is over.
const retainEvery = 24 * time.Hour

// retainBatch is how many tickets one transaction erases: others write between.
const retainBatch = 100

// Retain takes all text of the tickets that were resolved and did not change
// since before, with the tickets merged into them, and of arrivals that no
// channel understood and that are as old. What Erase leaves stays here too. A
// word that reopens such a ticket starts its time anew. It returns the number
// of tickets and what they had.
func (s *Store) Retain(ctx context.Context, before time.Time) (total Erasure, err error) {
	for {
		var n int
		err := s.write(ctx, func(tx *sql.Tx) error {
			ids, err := strs(ctx, tx, `SELECT id FROM tickets WHERE state = ?1 AND updated_at < ?2 AND erased_at <= updated_at
				ORDER BY updated_at LIMIT ?3`, triage.StateResolved, micros(before), retainBatch)
			n = len(ids)
			for i := 0; i < len(ids) && err == nil; i++ {
				var merged []string
				merged, err = strs(ctx, tx, `SELECT source_id FROM moves WHERE target_id = ?1 AND kind = ?2 AND undone_at = 0`, ids[i], moveMerge)
				ids = append(ids, merged...)
				if err == nil {
					err = s.retainTicket(ctx, tx, ids[i], &total)
				}
			}
			return err
		})
		if err != nil {
			return total, err
		}
		if n < retainBatch {
			break
		}
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE raws SET bytes = ?2, content_type = '' WHERE bytes <> ?2
			AND id IN (SELECT raw_id FROM unparsed WHERE received_at < ?1)`, micros(before), []byte{})
		if err != nil {
			return err
		}
		return count(res, &total.Unparsed)
	})
	if err != nil || total == (Erasure{}) {
		return total, err
	}
	if err := s.mergeWords(ctx); err != nil {
		return total, err
	}
	return total, s.checkpoint(ctx)
}

// retainTicket erases one ticket.
func (s *Store) retainTicket(ctx context.Context, tx *sql.Tx, id string, total *Erasure) error {
	head, _, err := headIn(ctx, tx, id)
	if err != nil {
		return err
	}
	p := person{emails: []string{head.customer.Email}, names: []string{head.customer.Name}}
	_, identity, _ := p.masks(nil)
	// A split can leave one original to two tickets; it goes with the last.
	res, err := tx.ExecContext(ctx, `UPDATE raws SET bytes = ?2, content_type = '' WHERE bytes <> ?2
		AND id IN (SELECT raw_id FROM messages WHERE ticket_id = ?1) AND id NOT IN (SELECT o.raw_id FROM messages m
			JOIN messages o ON o.raw_id = m.raw_id AND o.ticket_id <> m.ticket_id AND o.text <> '' WHERE m.ticket_id = ?1)`, id, []byte{})
	if err == nil {
		err = count(res, &total.Raws)
	}
	if err != nil {
		return err
	}
	messages, err := strs(ctx, tx, `SELECT id FROM messages WHERE ticket_id = ?1`, id)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := wipeMessage(ctx, tx, m, &identity); err != nil {
			return err
		}
	}
	total.Tickets++
	total.Messages += len(messages)
	return s.wipeTicket(ctx, tx, id, &identity, s.now(), "retention", total)
}

// count adds the rows that res changed to n.
func count(res sql.Result, n *int) error {
	rows, err := res.RowsAffected()
	*n += int(rows)
	return err
}
