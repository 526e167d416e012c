package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"readback/triage"
)

// StateMerged is the state of a ticket whose messages another one has now.
// It is no state to set: Merge does, and Unmerge ends it.
const StateMerged triage.State = "merged"

// The kinds of moves.
const (
	moveMerge = "merge"
	moveSplit = "split"
)

// Merge moves all messages of the source ticket into the target, in the order
// of arrival, and leaves the source as a tombstone: its state is StateMerged,
// MergedInto names the target, its briefs stay as history, and what arrives in
// its conversation goes to the target. Messages keep their ids, so evidence
// stays good; only sequences change. Customer and identity of the target
// become what they would be had all arrived there. The target is triaged anew;
// the source has nothing left to triage. by is the id of who does it.
//
// Errors: NotFound; Invalid for a ticket and itself; Conflict when one of them
// is merged already.
func (s *Store) Merge(ctx context.Context, sourceID, targetID, by string) error {
	if sourceID == targetID {
		return triage.Errorf(triage.Invalid, "A ticket cannot be merged into itself.")
	}
	var to ticketHead
	err := s.write(ctx, func(tx *sql.Tx) error {
		from, err := liveHead(ctx, tx, sourceID)
		if err != nil {
			return err
		}
		if to, err = liveHead(ctx, tx, targetID); err != nil {
			return err
		}
		moved, err := arrivals(ctx, tx, sourceID)
		if err != nil {
			return err
		}
		there, err := arrivals(ctx, tx, targetID)
		if err != nil {
			return err
		}
		if err := place(ctx, tx, layout{sourceID, nil}, layout{targetID, interleave(there, moved)}); err != nil {
			return err
		}
		state := to.state
		if from.state == triage.StateOpen {
			state = triage.StateOpen
		}
		_, err = tx.ExecContext(ctx, `UPDATE tickets SET state = ?2,
			snoozed_until = CASE WHEN ?2 = 'open' THEN 0 ELSE snoozed_until END, subject = CASE WHEN subject = '' THEN ?3 ELSE subject END WHERE id = ?1`, targetID, state, from.subject)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, merged_into = ?3, last_seq = 0, triaged_seq = 0,
			updated_at = ?4 WHERE id = ?1`, sourceID, StateMerged, targetID, micros(s.now()))
		if err != nil {
			return err
		}
		if err := voidLease(ctx, tx, sourceID); err != nil {
			return err
		}
		m := move{kind: moveMerge, source: sourceID, target: targetID, state: from.state, messages: idsOf(moved)}
		return s.recordMove(ctx, tx, EventMerged, m, by, targetID)
	})
	if err == nil {
		s.tellMoved(EventMerged, sourceID, targetID)
	}
	return err
}

// Unmerge undoes the merge of a ticket: the messages that it brought and that
// are still there go back, and it has the state it had. What arrived since
// stays with the other ticket. Both are triaged anew.
//
// Errors: NotFound; Conflict when the ticket is not merged, when the other was
// itself merged on (undo that first), or when this would leave either empty.
func (s *Store) Unmerge(ctx context.Context, sourceID, by string) error {
	var m move
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		if m, err = lastMerge(ctx, tx, sourceID); err != nil {
			return err
		}
		if _, err := liveHead(ctx, tx, m.target); err != nil {
			return err
		}
		there, err := arrivals(ctx, tx, m.target)
		if err != nil {
			return err
		}
		var back, stay []string
		for _, id := range idsOf(there) {
			if slices.Contains(m.messages, id) {
				back = append(back, id)
			} else {
				stay = append(stay, id)
			}
		}
		if len(back) == 0 || len(stay) == 0 {
			return triage.Errorf(triage.Conflict, "The merge of %q cannot be undone: one of the two tickets would have no message.", sourceID)
		}
		_, err = tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, merged_into = '' WHERE id = ?1`, sourceID, m.state)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE moves SET undone_at = ?2 WHERE id = ?1`, m.id, micros(s.now())); err != nil {
			return err
		}
		if err := place(ctx, tx, layout{sourceID, back}, layout{m.target, stay}); err != nil {
			return err
		}
		return s.afterMove(ctx, tx, EventUnmerged, m.source, m.target, by, len(back), sourceID, m.target)
	})
	if err == nil {
		s.tellMoved(EventUnmerged, sourceID, m.target)
	}
	return err
}

// Split takes messages out of a ticket into a new one, in their order, and
// returns its id. The new ticket has the subject and source of the old one and
// the customer of its messages, and is open; later messages of the
// conversation go to the old one. Both are triaged anew.
//
// Errors: NotFound; Conflict for a merged ticket; Invalid when a message is not
// in the ticket, or when either ticket would be empty.
func (s *Store) Split(ctx context.Context, ticketID string, messageIDs []string, by string) (newID string, err error) {
	newID = s.newID("tkt")
	err = s.write(ctx, func(tx *sql.Tx) error {
		from, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		there, err := arrivals(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		var out, stay []string
		for _, id := range idsOf(there) {
			if slices.Contains(messageIDs, id) {
				out = append(out, id)
			} else {
				stay = append(stay, id)
			}
		}
		for _, id := range messageIDs {
			if !slices.Contains(out, id) {
				return triage.Errorf(triage.Invalid, "The ticket %q has no message %q.", ticketID, id)
			}
		}
		if len(out) == 0 || len(stay) == 0 {
			return triage.Errorf(triage.Invalid, "A split leaves at least one message on each side.")
		}
		// updated_at, last_seq and the customer follow with the messages.
		_, err = tx.ExecContext(ctx, `INSERT INTO tickets (id, source, subject, channel, customer_id, customer_email, customer_name,
				customer_account, identity, state, created_at, updated_at, opened_at, last_seq)
			SELECT ?1, t.source, t.subject, m.channel, '', '', '', '', ?4, ?5, ?6, ?6, ?6, 0
			FROM tickets t JOIN messages m ON m.id = ?3 WHERE t.id = ?2`,
			newID, ticketID, out[0], triage.IdentityNone, triage.StateOpen, micros(s.now()))
		if err != nil {
			return err
		}
		if err := place(ctx, tx, layout{newID, out}, layout{ticketID, stay}); err != nil {
			return err
		}
		m := move{kind: moveSplit, source: ticketID, target: newID, state: from.state, messages: out}
		return s.recordMove(ctx, tx, EventSplit, m, by, ticketID, newID)
	})
	if err != nil {
		return "", err
	}
	s.tellMoved(EventSplit, ticketID, newID)
	return newID, nil
}

// MergedInto returns the id of the ticket that has the messages of a merged
// one, over several merges too; "" when the ticket is not merged.
// Errors: NotFound.
func (s *Store) MergedInto(ctx context.Context, ticketID string) (string, error) {
	var target string
	err := s.read(ctx, func(tx *sql.Tx) error {
		for id := ticketID; ; id = target {
			var into string
			err := tx.QueryRowContext(ctx, `SELECT merged_into FROM tickets WHERE id = ?1`, id).Scan(&into)
			if errors.Is(err, sql.ErrNoRows) {
				return notFound(id)
			}
			if err != nil || into == "" {
				return err
			}
			target = into
		}
	})
	return target, err
}

// liveHead reads a ticket that is not merged. Errors: NotFound, Conflict.
func liveHead(ctx context.Context, tx *sql.Tx, id string) (ticketHead, error) {
	h, into, err := headIn(ctx, tx, id)
	if err == nil && into != "" {
		err = mergedAway(id, into)
	}
	return h, err
}

func headIn(ctx context.Context, tx *sql.Tx, id string) (h ticketHead, mergedInto string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT `+headColumns+`, merged_into FROM tickets WHERE id = ?1`, id).Scan(&h.id, &h.lastSeq,
		&h.tier, &h.subject, &h.customer.ID, &h.customer.Email, &h.customer.Name, &h.customer.AccountID, &h.identity, &h.state, &mergedInto)
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(id)
	}
	return h, mergedInto, err
}

func mergedAway(id, into string) error {
	return triage.Errorf(triage.Conflict, "The ticket %q was merged into %q.", id, into)
}

// move is a row of the table moves.
type move struct {
	id, kind, source, target string
	state                    triage.State
	messages                 []string
}

// lastMerge reads the merge that made a ticket a tombstone.
func lastMerge(ctx context.Context, tx *sql.Tx, sourceID string) (m move, err error) {
	_, into, err := headIn(ctx, tx, sourceID)
	if err != nil {
		return m, err
	}
	if into == "" {
		return m, triage.Errorf(triage.Conflict, "The ticket %q is not merged.", sourceID)
	}
	var ids []byte
	err = tx.QueryRowContext(ctx, `SELECT id, source_id, target_id, state, messages FROM moves
		WHERE source_id = ?1 AND kind = ?2 AND undone_at = 0`, sourceID, moveMerge).Scan(&m.id, &m.source, &m.target, &m.state, &ids)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(ids, &m.messages)
}

// recordMove stores m and does what follows every move.
func (s *Store) recordMove(ctx context.Context, tx *sql.Tx, event string, m move, by string, again ...string) error {
	ids, err := json.Marshal(m.messages)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO moves (id, kind, at, source_id, target_id, state, messages) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		s.newID("mov"), m.kind, micros(s.now()), m.source, m.target, m.state, string(ids))
	if err != nil {
		return err
	}
	return s.afterMove(ctx, tx, event, m.source, m.target, by, len(m.messages), again...)
}

// afterMove records the event on both tickets, and brings those of again, that
// have messages, up to them and into the queue.
func (s *Store) afterMove(ctx context.Context, tx *sql.Tx, event, source, target, by string, messages int, again ...string) error {
	now := s.now()
	for _, id := range []string{source, target} {
		data := map[string]any{"source": source, "target": target, "messages": messages, "by": clean(by)}
		var state, channel string
		if err := tx.QueryRowContext(ctx, `SELECT state, channel FROM tickets WHERE id = ?1`, id).Scan(&state, &channel); err != nil {
			return err
		}
		data["state"], data["channel"] = state, channel
		if err := s.record(ctx, tx, event, id, now, data); err != nil {
			return err
		}
	}
	for _, id := range again {
		if err := replayHead(ctx, tx, id, micros(now)); err != nil {
			return err
		}
		if err := s.retriage(ctx, tx, id, -1); err != nil {
			return err
		}
	}
	return nil
}

// retriage makes a ticket wait for a triage of its newest messages, -1 for all
// of them, and puts the job into the queue. A triage under way loses its
// lease: it has read what is no longer so.
func (s *Store) retriage(ctx context.Context, tx *sql.Tx, id string, newest int64) error {
	if err := voidLease(ctx, tx, id); err != nil {
		return err
	}
	var lastSeq int64
	err := tx.QueryRowContext(ctx, `UPDATE tickets SET triaged_seq = CASE WHEN ?2 < 0 OR last_seq < ?2 THEN 0
			WHEN triaged_seq > last_seq - ?2 THEN last_seq - ?2 ELSE triaged_seq END
		WHERE id = ?1 RETURNING last_seq`, id, newest).Scan(&lastSeq)
	if err != nil {
		return err
	}
	job := s.job(id, lastSeq)
	job.Again = randomID("job")
	_, err = s.queue.InsertTx(ctx, tx, job, nil)
	return err
}

func (s *Store) tellMoved(event, source, target string) {
	s.watch.tell(Event{Kind: event, TicketID: source})
	s.watch.tell(Event{Kind: event, TicketID: target})
}
