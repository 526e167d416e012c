package store

import (
	"context"
	"database/sql"
	"time"
)

// Desk is what staff have done and written around a ticket, beside its messages.
type Desk struct {
	Tier       string     // that has it
	Resolution Resolution // of a resolved one, "" when nobody said why
	AskedAt    time.Time  // the customer was asked whether it works and has not answered; else zero
	Handed     bool       // handed over, and nobody of the tier has said that they have it
	Handovers  []Handover // newest first, at most 20
	Notes      []Note     // oldest first
	Own        *Reply     // the person's draft or held answer, nil for none
	Held       []Reply    // what else is about to be sent, by anybody
}

// Desk reads what is around a ticket, for a person. Errors: NotFound.
func (s *Store) Desk(ctx context.Context, ticketID, person string) (d Desk, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		var asked int64
		if err := tx.QueryRowContext(ctx, `SELECT tier, resolution, asked_at, handed FROM tickets WHERE id = ?1`, ticketID).
			Scan(&d.Tier, &d.Resolution, &asked, &d.Handed); err != nil {
			return notThere(err, ticketID)
		}
		d.AskedAt = fromMicros(asked)
		var err error
		if d.Handovers, err = handoversIn(ctx, tx, ticketID); err != nil {
			return err
		}
		if d.Notes, err = notesIn(ctx, tx, ticketID); err != nil {
			return err
		}
		return d.replies(ctx, tx, ticketID, clean(person))
	})
	return d, err
}

// replies reads what is being written or about to be sent.
func (d *Desk) replies(ctx context.Context, tx *sql.Tx, ticketID, person string) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+replyColumns+` FROM replies WHERE ticket_id = ?1 AND state <> ?2
		AND (state = ?3 OR person = ?4) ORDER BY changed_at, id`, ticketID, ReplySent, ReplyHeld, person)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanReply(rows)
		if err != nil {
			return err
		}
		if r.Person == person && r.Kind == ReplyAnswer {
			d.Own = &r
		} else {
			d.Held = append(d.Held, r)
		}
	}
	if err := rows.Err(); err != nil || d.Own == nil {
		return err
	}
	d.Own.Files, err = filesOf(ctx, tx, d.Own.ID, false)
	return err
}

func notThere(err error, id string) error {
	if err == sql.ErrNoRows { //nolint:errorlint // Scan returns it as it is
		return notFound(id)
	}
	return err
}
