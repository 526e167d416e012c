package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"readback/triage"
)

// No more than these are told to the customer of one ticket by itself in a
// day: two machines that answer each other come to an end.
const (
	automaticMost = 3
	automaticTime = 24 * time.Hour
)

// errNowhere keeps a text that the desk would send by itself from becoming a
// message when nothing carries it out.
var errNowhere = errors.New("store: nothing carries an automatic answer out")

// TellCustomer has the desk tell a customer something by itself, after hold:
// what follows from the words up to seq. It is done once for these words, also
// when somebody took it back. Errors: NotFound; Invalid without words; Conflict
// when they were told already, have been told enough today, have written since,
// or the ticket is merged or resolved.
func (s *Store) TellCustomer(ctx context.Context, ticketID string, seq int64, text string, after triage.State, hold time.Duration) error {
	if text == "" {
		return triage.Errorf(triage.Invalid, "There are no words to tell the customer.")
	}
	now := s.now()
	r := Reply{ID: fmt.Sprintf("rep_auto_%s_%d", ticketID, seq), TicketID: ticketID, Kind: ReplyAutomatic, State: ReplyHeld, Text: clean(text), After: after, ChangedAt: now, SendAt: now.Add(hold)}
	err := s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		var told, today int
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(CASE WHEN id = ?2 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN changed_at > ?3 THEN 1 ELSE 0 END), 0)
			FROM replies WHERE ticket_id = ?1 AND kind = ?4`, ticketID, r.ID, micros(now.Add(-automaticTime)), ReplyAutomatic).Scan(&told, &today); err != nil {
			return err
		}
		if told > 0 || today >= automaticMost || head.lastSeq != seq || head.state == triage.StateResolved {
			return triage.Errorf(triage.Conflict, "The customer was told already, or something else came first.")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE replies SET state = ?3, text = '' WHERE ticket_id = ?1 AND kind = ?2 AND state = ?4`,
			ticketID, ReplyAutomatic, ReplySent, ReplyHeld); err != nil {
			return err // the one before was overtaken
		}
		if err := insertReply(ctx, tx, &r); err != nil {
			return err
		}
		_, err = s.queue.InsertTx(ctx, tx, replyArgs{Reply: r.ID, Run: s.run}, nil)
		return err
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventHeld, TicketID: ticketID})
	}
	return err
}

// dropAutomatic keeps that a text was made and is not sent.
func dropAutomatic(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE replies SET state = ?2, text = '' WHERE id = ?1`, id, ReplySent)
	return err
}
