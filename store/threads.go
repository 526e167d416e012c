package store

import (
	"context"
	"encoding/json"
	"time"

	"readback/triage"
)

// threadBatch is how many tickets are read at a time: no snapshot is held
// while a long report is made.
const threadBatch = 200

// Threads calls do with each ticket that was opened in a period, imported or
// live, the oldest first, with who wrote each of its messages, where it stands
// and how many there are. A zero time is no bound. Merged tickets and those
// whose text was erased are left out. It ends when do returns false. A user
// is named, with the tier if there is one; so is an agent of another desk.
func (s *Store) Threads(ctx context.Context, from, until time.Time, do func(t triage.Ticket, by []Writer, n, of int) bool) error {
	staff, err := s.writers(ctx)
	if err != nil {
		return err
	}
	last := int64(1<<63 - 1)
	if !until.IsZero() {
		last = micros(until)
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT id FROM tickets WHERE created_at >= ?1 AND created_at < ?2 AND merged_into = '' AND erased_at = 0
		ORDER BY created_at, id`, micros(from), last)
	if err != nil {
		return mapError(err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return mapError(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return mapError(err)
	}
	for at := 0; at < len(ids); at += threadBatch {
		list, err := s.threads(ctx, ids[at:min(at+threadBatch, len(ids))], staff)
		if err != nil {
			return mapError(err)
		}
		for i := range list {
			if !do(list[i].ticket, list[i].by, at+i+1, len(ids)) {
				return nil
			}
		}
	}
	return nil
}

type thread struct {
	ticket triage.Ticket
	by     []Writer
}

// threads reads some tickets in their order, as far as a report needs them.
func (s *Store) threads(ctx context.Context, ids []string, staff map[string]Writer) ([]thread, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT t.id, t.subject, t.channel, t.source, m.id, m.seq, m.role, m.channel, m.text, m.attachments,
			m.sent_at, m.received_at, m.author, m.automatic, m.agent, m.team
		FROM json_each(?1) AS chosen JOIN tickets t ON t.id = chosen.value JOIN messages m ON m.ticket_id = t.id ORDER BY chosen.key, m.seq`, string(list))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []thread
	for rows.Next() {
		var head triage.Ticket
		var m triage.Message
		var w Writer
		var attachments []byte
		var sent, received int64
		if err := rows.Scan(&head.ID, &head.Subject, &head.Channel, &head.Source, &m.ID, &m.Seq, &m.Role, &m.Channel, &m.Text, &attachments,
			&sent, &received, &m.Author, &m.Automatic, &w.Agent, &w.Team); err != nil {
			return nil, err
		}
		if m.SentAt, m.ReceivedAt = fromMicros(sent), fromMicros(received); m.SentAt.IsZero() {
			m.SentAt = m.ReceivedAt
		}
		if string(attachments) != "[]" {
			if err := json.Unmarshal(attachments, &m.Attachments); err != nil {
				return nil, err
			}
		}
		if m.Author != "" && w == (Writer{}) {
			w = staff[m.Author]
		}
		if len(out) == 0 || out[len(out)-1].ticket.ID != head.ID {
			out = append(out, thread{ticket: head})
		}
		th := &out[len(out)-1]
		th.ticket.Messages, th.ticket.LastSeq = append(th.ticket.Messages, m), m.Seq
		th.by = append(th.by, w)
	}
	return out, rows.Err()
}

// writers are the users by id: their names, and their tier when they have one.
func (s *Store) writers(ctx context.Context) (map[string]Writer, error) {
	users, err := s.Users(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Writer, len(users))
	for i := range users {
		w := Writer{Agent: users[i].Name}
		if len(users[i].Tiers) == 1 {
			w.Team = users[i].Tiers[0]
		}
		out[users[i].ID] = w
	}
	return out, nil
}

// AnyTicket reports whether there is a ticket at all.
func (s *Store) AnyTicket(ctx context.Context) (some bool, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tickets)`).Scan(&some)
	return some, mapError(err)
}
