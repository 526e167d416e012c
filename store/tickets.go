package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"readback/triage"
)

// Ticket returns a ticket with all its messages by sequence and the corrections
// in force, as of one moment.
// One that was merged into another has the state StateMerged and no messages.
// Errors: NotFound.
func (s *Store) Ticket(ctx context.Context, id string) (triage.Ticket, error) {
	var t triage.Ticket
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		t, err = ticketIn(ctx, tx, id)
		return err
	})
	return t, err
}

func ticketIn(ctx context.Context, tx *sql.Tx, id string) (triage.Ticket, error) {
	t := triage.Ticket{ID: id}
	var key sql.NullString
	var created, updated int64
	err := tx.QueryRowContext(ctx, `SELECT source, ticket_key, subject, channel, customer_id, customer_email, customer_name,
			customer_account, identity, state, created_at, updated_at, version, last_seq, triaged_seq
		FROM tickets WHERE id = ?1`, id).Scan(&t.Source, &key, &t.Subject, &t.Channel, &t.Customer.ID, &t.Customer.Email,
		&t.Customer.Name, &t.Customer.AccountID, &t.Identity, &t.State, &created, &updated, &t.Version, &t.LastSeq, &t.Triaged)
	if errors.Is(err, sql.ErrNoRows) {
		return triage.Ticket{}, notFound(id)
	}
	if err != nil {
		return triage.Ticket{}, err
	}
	t.SourceKey, t.CreatedAt, t.UpdatedAt = key.String, fromMicros(created), fromMicros(updated)
	t.Messages = make([]triage.Message, 0, t.LastSeq)
	rows, err := tx.QueryContext(ctx, `SELECT id, seq, role, channel, identity, text, external_id, page_url, device,
		attachments, sent_at, received_at, events, author, automatic FROM messages WHERE ticket_id = ?1 ORDER BY seq`, id)
	if err != nil {
		return triage.Ticket{}, err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return triage.Ticket{}, err
		}
		t.Messages = append(t.Messages, m)
	}
	if err := rows.Err(); err != nil {
		return triage.Ticket{}, err
	}
	said, err := correctionsIn(ctx, tx, id)
	t.Corrections = triage.InForce(said)
	return t, err
}

func scanMessage(rows *sql.Rows) (triage.Message, error) {
	var m triage.Message
	var device, attachments, events []byte
	var sent, received int64
	err := rows.Scan(&m.ID, &m.Seq, &m.Role, &m.Channel, &m.Identity, &m.Text, &m.ExternalID, &m.PageURL,
		&device, &attachments, &sent, &received, &events, &m.Author, &m.Automatic)
	if err != nil {
		return m, err
	}
	m.SentAt, m.ReceivedAt = fromMicros(sent), fromMicros(received)
	if err := json.Unmarshal(device, &m.Device); err != nil {
		return m, err
	}
	if err := json.Unmarshal(attachments, &m.Attachments); err != nil || string(events) == "[]" {
		return m, err
	}
	return m, json.Unmarshal(events, &m.Events)
}

// Raw returns exactly the bytes a message came in, and their content type.
// Messages that came together share them. Errors: NotFound.
func (s *Store) Raw(ctx context.Context, messageID string) (raw []byte, contentType string, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT r.bytes, r.content_type FROM messages m JOIN raws r ON r.id = m.raw_id
		WHERE m.id = ?1`, messageID).Scan(&raw, &contentType)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", triage.Errorf(triage.NotFound, "There is no message %q.", messageID)
	}
	return raw, contentType, mapError(err)
}

// SetState sets the state of a ticket. Errors: NotFound; Conflict for a ticket
// that was merged into another; Invalid for an unknown state.
func (s *Store) SetState(ctx context.Context, ticketID string, state triage.State) error {
	if state != triage.StateOpen && state != triage.StateWaiting && state != triage.StateResolved {
		return triage.Errorf(triage.Invalid, "The state %q is none of open, waiting, resolved.", state)
	}
	why := Resolution("")
	if state == triage.StateResolved {
		why = ResolvedAnswered
	}
	return s.setState(ctx, ticketID, state, why, "")
}

// setState is SetState with why it is resolved, and by whom.
func (s *Store) setState(ctx context.Context, ticketID string, state triage.State, why Resolution, by string) error {
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		tier = head.tier
		return s.putState(ctx, tx, &head, state, why, by)
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventState, TicketID: ticketID, Tier: tier})
	}
	return err
}

// putState is setState in a transaction. Nobody waits for an answer any more
// once a person has said where the ticket is, unless it goes on waiting.
func (s *Store) putState(ctx context.Context, tx *sql.Tx, head *ticketHead, state triage.State, why Resolution, by string) error {
	now := s.now()
	_, err := tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, updated_at = ?3, resolution = ?4, state_before = '', snoozed_until = 0,
			taken_back = CASE WHEN ?2 = 'resolved' THEN 0 ELSE taken_back END,
			asked_at = CASE WHEN ?2 = ?5 THEN asked_at ELSE 0 END WHERE id = ?1`, head.id, state, micros(now), why, triage.StateWaiting)
	if err != nil {
		return err
	}
	data := map[string]any{"state": state, "was": head.state}
	if why != "" {
		data["why"] = why
	}
	if by != "" {
		data["by"] = by
	}
	return s.record(ctx, tx, EventState, head.id, now, data)
}
