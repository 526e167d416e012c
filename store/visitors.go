package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// Visitor names who uses a chat widget: a browser, or a user whom the host's
// server vouches for.
type Visitor struct {
	Source string // of the widget, as of Inbound
	ID     string // unique in the source
	// Customer is the id that the visitor's messages carry as Inbound.Customer.ID.
	Customer string
	Email    string // of a user, vouched for; "" when there is none
}

// Conversation is what a visitor may read of their tickets.
type Conversation struct {
	TicketKey string           // Inbound.TicketKey of the visitor's next message
	Ticket    *triage.Ticket   // nil before the first message; it may hold words of others
	Result    *triage.Result   // the newest of Ticket; nil before the first
	Messages  []triage.Message // the visitor's own and the answers, in the order of arrival
	Readback  string           // id of the message after which the readback was given; "" before
	Events    []triage.Event   // what they did on help pages since their last message
}

// visitorRow is a row of visitors, or what stands for one that is not there.
type visitorRow struct {
	ticketKey, readback string
	also                []string
	events              []triage.Event
	eventsText          string
}

func readVisitor(ctx context.Context, tx *sql.Tx, v Visitor) (visitorRow, error) {
	row := visitorRow{ticketKey: v.ID, eventsText: "[]"}
	var also string
	err := tx.QueryRowContext(ctx, `SELECT ticket_key, also, readback, events FROM visitors WHERE source = ?1 AND visitor = ?2`,
		v.Source, v.ID).Scan(&row.ticketKey, &also, &row.readback, &row.eventsText)
	if errors.Is(err, sql.ErrNoRows) {
		return row, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(also), &row.also)
	}
	if err == nil {
		err = json.Unmarshal([]byte(row.eventsText), &row.events)
	}
	return row, err
}

// changeVisitor makes the row of a visitor when there is none and sets what set says of
// it: column = ?4 and so on; ?1 to ?3 are source, visitor and now.
func (s *Store) changeVisitor(ctx context.Context, tx *sql.Tx, v Visitor, set string, args ...any) error {
	now := micros(s.now())
	_, err := tx.ExecContext(ctx, `INSERT INTO visitors (source, visitor, ticket_key, seen_at, updated_at) VALUES (?1, ?2, ?2, 0, ?3)
		ON CONFLICT (source, visitor) DO NOTHING`, v.Source, v.ID, now)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE visitors SET updated_at = ?3, `+set+` WHERE source = ?1 AND visitor = ?2`,
		append([]any{v.Source, v.ID, now}, args...)...)
	return err
}

// VisitorSeen records that the widget is open before the visitor's eyes.
func (s *Store) VisitorSeen(ctx context.Context, v Visitor) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.changeVisitor(ctx, tx, v, `seen_at = ?3`) })
}

// LastSeen returns when a visitor who has the ticket as their conversation, or
// a ticket that was merged into it, last had the widget open; zero for never,
// and for a ticket that came by another way. Whoever was seen a minute ago
// reads an answer there.
func (s *Store) LastSeen(ctx context.Context, ticketID string) (time.Time, error) {
	var at int64
	err := s.reader.QueryRowContext(ctx, `SELECT coalesce(max(v.seen_at), 0) FROM tickets t
		JOIN visitors v ON v.source = t.source AND v.ticket_key = t.ticket_key
		WHERE t.id = ?1 OR t.merged_into = ?1`, ticketID).Scan(&at)
	return fromMicros(at), mapError(err)
}

// NewConversation ends a visitor's conversation: their next message makes a
// new ticket.
func (s *Store) NewConversation(ctx context.Context, v Visitor) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return s.changeVisitor(ctx, tx, v, `readback = '', ticket_key = ?4`, v.ID+"/"+randomID("con"))
	})
}

// SignIn gives the conversation that a browser has to the user who signed in
// there, unless they have one: then each stays as it is. The browser begins
// anew, so whoever signs out leaves nothing behind.
func (s *Store) SignIn(ctx context.Context, browser, user Visitor) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		from, err := readVisitor(ctx, tx, browser)
		if err != nil {
			return err
		}
		to, err := readVisitor(ctx, tx, user)
		if err != nil {
			return err
		}
		var has, had bool
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tickets WHERE source = ?1 AND ticket_key = ?2),
			EXISTS (SELECT 1 FROM tickets WHERE source = ?1 AND ticket_key = ?3)`,
			user.Source, lookupKey(from.ticketKey), lookupKey(to.ticketKey)).Scan(&has, &had)
		if err != nil || !has || had {
			return err
		}
		also, err := json.Marshal(append(to.also, browser.Customer))
		if err != nil {
			return err
		}
		err = s.changeVisitor(ctx, tx, user, `ticket_key = ?4, also = ?5, readback = ?6, events = ?7`, from.ticketKey, string(also), from.readback, from.eventsText)
		if err != nil {
			return err
		}
		return s.changeVisitor(ctx, tx, browser, `readback = '', events = '[]', ticket_key = ?4`, browser.ID+"/"+randomID("con"))
	})
}

// maxVisited is how many events wait for a visitor's next message; the last
// ones tell most.
const maxVisited = 20

// Visited keeps what a visitor did on a help page until they write. The same
// page opened again counts once, with its newest time.
func (s *Store) Visited(ctx context.Context, v Visitor, e triage.Event) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		row, err := readVisitor(ctx, tx, v)
		if err != nil {
			return err
		}
		events := slices.DeleteFunc(row.events, func(old triage.Event) bool { return old.Kind == e.Kind && old.URL == e.URL })
		events = append(events, cleanEvents([]triage.Event{e})...)
		text, err := json.Marshal(events[max(0, len(events)-maxVisited):])
		if err != nil {
			return err
		}
		return s.changeVisitor(ctx, tx, v, `events = ?4`, string(text))
	})
}

// TookEvents forgets the events of a conversation that a message now has. What
// came meanwhile stays.
func (s *Store) TookEvents(ctx context.Context, v Visitor, taken []triage.Event) error {
	text, err := json.Marshal(taken)
	if err != nil || len(taken) == 0 {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		return s.changeVisitor(ctx, tx, v, `events = CASE WHEN events = ?4 THEN '[]' ELSE events END`, string(text))
	})
}

// GaveReadback records after which message a visitor got the readback. The
// first one stays: it is given once.
func (s *Store) GaveReadback(ctx context.Context, v Visitor, messageID string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return s.changeVisitor(ctx, tx, v, `readback = CASE WHEN readback = '' THEN ?4 ELSE readback END`, messageID)
	})
}

// SetVisitorEmail keeps the address at which a visitor wants to be answered, on
// their messages and, unless it has one, on the ticket. It is claimed, not
// proven. Errors: NotFound before their first message; Conflict for a ticket
// with a verified customer, who has an address of their own.
func (s *Store) SetVisitorEmail(ctx context.Context, v Visitor, email string) error {
	email = clean(email)
	var id string
	err := s.write(ctx, func(tx *sql.Tx) error {
		row, err := readVisitor(ctx, tx, v)
		if err != nil {
			return err
		}
		if id, err = ticketOfKey(ctx, tx, v.Source, row.ticketKey); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE tickets SET customer_email = ?2, identity = ?3, indexed_seq = -1 WHERE id = ?1 AND identity <> ?4`,
			id, email, triage.IdentityClaimed, triage.IdentityVerified)
		if err != nil {
			return err
		}
		changed := 0
		if err := count(res, &changed); err != nil {
			return err
		}
		if changed == 0 {
			return triage.Errorf(triage.Conflict, "The ticket has a verified customer.")
		}
		_, err = tx.ExecContext(ctx, `UPDATE messages SET customer_email = ?4, identity = ?5
			WHERE ticket_id = ?1 AND source = ?2 AND customer_id = ?3 AND identity <> ?6`,
			id, v.Source, v.Customer, email, triage.IdentityClaimed, triage.IdentityVerified)
		if err != nil {
			return err
		}
		return s.retriage(ctx, tx, id, 1) // the address may lead to an account
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventReceived, TicketID: id})
	}
	return err
}

// ticketOfKey finds the ticket that has the messages of a conversation now.
// Errors: NotFound.
func ticketOfKey(ctx context.Context, tx *sql.Tx, source, key string) (string, error) {
	var id string
	err := tx.QueryRowContext(ctx, `WITH RECURSIVE way (id, merged_into) AS (
			SELECT id, merged_into FROM tickets WHERE source = ?1 AND ticket_key = ?2
			UNION SELECT t.id, t.merged_into FROM tickets t JOIN way w ON t.id = w.merged_into)
		SELECT id FROM way WHERE merged_into = ''`, source, lookupKey(key)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", triage.Errorf(triage.NotFound, "The visitor has no conversation yet.")
	}
	return id, err
}

// Conversation returns a visitor's conversation: their own messages and the
// answers to them, also those that were split off into another ticket. Words of
// others, with whom a ticket was merged, are never among them.
func (s *Store) Conversation(ctx context.Context, v Visitor) (Conversation, error) {
	var c Conversation
	err := s.read(ctx, func(tx *sql.Tx) error {
		row, err := readVisitor(ctx, tx, v)
		if err != nil {
			return err
		}
		c = Conversation{TicketKey: row.ticketKey, Readback: row.readback, Events: row.events, Messages: []triage.Message{}}
		id, err := ticketOfKey(ctx, tx, v.Source, row.ticketKey)
		if triage.CodeOf(err) == triage.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		t, err := ticketIn(ctx, tx, id)
		if err != nil {
			return err
		}
		c.Ticket = &t
		if t.Version > 0 {
			if c.Result, err = newestResult(ctx, tx, id); err != nil {
				return err
			}
		}
		c.Messages, err = mayRead(ctx, tx, v, row, id)
		return err
	})
	return c, err
}

// mayRead lists what a visitor may read of a ticket and those split off it.
func mayRead(ctx context.Context, tx *sql.Tx, v Visitor, row visitorRow, ticketID string) ([]triage.Message, error) {
	ids, err := strs(ctx, tx, `WITH RECURSIVE parts (id) AS (
			SELECT ?1 UNION SELECT m.target_id FROM moves m JOIN parts p ON m.source_id = p.id WHERE m.kind = ?2 AND m.undone_at = 0)
		SELECT id FROM parts`, ticketID, moveSplit)
	if err != nil {
		return nil, err
	}
	out := []triage.Message{}
	for _, id := range ids {
		part, err := mayReadOf(ctx, tx, v, row, id)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	slices.SortStableFunc(out, func(a, b triage.Message) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return out, nil
}

// mayReadOf lists what a visitor may read of one ticket: what they wrote, and
// what agents wrote there since. An answer that another conversation brought
// along, by a merge, was to somebody else.
func mayReadOf(ctx context.Context, tx *sql.Tx, v Visitor, row visitorRow, ticketID string) ([]triage.Message, error) {
	t, err := ticketIn(ctx, tx, ticketID)
	if err != nil {
		return nil, err
	}
	own, err := ownMessages(ctx, tx, v, row, ticketID)
	if err != nil {
		return nil, err
	}
	ours, foreign, since, err := broughtAlong(ctx, tx, v.Source, row.ticketKey, ticketID)
	if err != nil {
		return nil, err
	}
	var out []triage.Message
	var first time.Time
	for i := range t.Messages {
		m := &t.Messages[i]
		switch {
		case own[m.ID]:
			if first.IsZero() {
				first = m.ReceivedAt
			}
			out = append(out, *m)
		case m.Role == triage.RoleAgent && !first.IsZero() && (ours[m.ID] || !foreign[m.ID] && m.ReceivedAt.After(since)):
			out = append(out, *m)
		}
	}
	return out, nil
}

// ownMessages are what the visitor wrote: by the widget, under one of their
// names, and by verified mail from the address that the host vouches for.
func ownMessages(ctx context.Context, tx *sql.Tx, v Visitor, row visitorRow, ticketID string) (map[string]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, source, channel, identity, customer_id, customer_email FROM messages
		WHERE ticket_id = ?1 AND role = ?2`, ticketID, triage.RoleCustomer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	own := map[string]bool{}
	for rows.Next() {
		var id, source string
		var channel triage.Channel
		var identity triage.Identity
		var c triage.Customer
		if err := rows.Scan(&id, &source, &channel, &identity, &c.ID, &c.Email); err != nil {
			return nil, err
		}
		byWidget := source == v.Source && (c.ID == v.Customer || c.ID != "" && slices.Contains(row.also, c.ID))
		byMail := channel == triage.ChannelEmail && identity == triage.IdentityVerified && v.Email != "" && strings.EqualFold(c.Email, v.Email)
		own[id] = byWidget || byMail
	}
	return own, rows.Err()
}

// broughtAlong tells of merges which messages the conversation of the key
// brought to where it is now, which another one brought into the ticket, and
// since when the ticket is the conversation's: all that it gets is from then on.
func broughtAlong(ctx context.Context, tx *sql.Tx, source, key, ticketID string) (ours, foreign map[string]bool, since time.Time, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT m.messages, m.at, t.source = ?2 AND coalesce(t.ticket_key, '') = ?3
		FROM moves m JOIN tickets t ON t.id = m.source_id
		WHERE m.kind = ?4 AND m.undone_at = 0 AND (m.target_id = ?1 OR t.source = ?2 AND t.ticket_key = ?3)`,
		ticketID, source, lookupKey(key), moveMerge)
	if err != nil {
		return nil, nil, since, err
	}
	defer rows.Close()
	ours, foreign = map[string]bool{}, map[string]bool{}
	for rows.Next() {
		var text []byte
		var at int64
		var mine bool
		var ids []string
		if err := rows.Scan(&text, &at, &mine); err != nil {
			return nil, nil, since, err
		}
		if err := json.Unmarshal(text, &ids); err != nil {
			return nil, nil, since, err
		}
		into := foreign
		if mine {
			into, since = ours, fromMicros(at)
		}
		for _, id := range ids {
			into[id] = true
		}
	}
	return ours, foreign, since, rows.Err()
}

// visitorLife is how long a visitor without a ticket is remembered.
const visitorLife = 30 * 24 * time.Hour

// forgetVisitors deletes those who never wrote, or whose ticket lost its text,
// and were not there for visitorLife.
func (s *Store) forgetVisitors(ctx context.Context) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM visitors WHERE updated_at < ?1 AND NOT EXISTS (
			SELECT 1 FROM tickets t WHERE t.source = visitors.source AND t.ticket_key = visitors.ticket_key AND t.erased_at = 0)`,
			micros(s.now().Add(-visitorLife)))
		return err
	})
}

// eraseVisitors deletes the visitors of the tickets that an erasure takes whole
// and those with the person in what is kept of them. Who comes again is a new one.
func eraseVisitors(ctx context.Context, tx *sql.Tx, p *plan) error {
	for _, id := range p.whole {
		_, err := tx.ExecContext(ctx, `DELETE FROM visitors WHERE EXISTS (SELECT 1 FROM tickets t
			WHERE t.id = ?1 AND t.source = visitors.source AND t.ticket_key = visitors.ticket_key)`, id)
		if err != nil {
			return err
		}
	}
	rows, err := tx.QueryContext(ctx, `SELECT source, visitor, also, events FROM visitors`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var theirs []Visitor
	for rows.Next() {
		var v Visitor
		var also, events string
		if err := rows.Scan(&v.Source, &v.ID, &also, &events); err != nil {
			return err
		}
		if p.identity.in(v.ID) || p.identity.in(also) || p.identity.in(events) {
			theirs = append(theirs, v)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, v := range theirs {
		if _, err := tx.ExecContext(ctx, `DELETE FROM visitors WHERE source = ?1 AND visitor = ?2`, v.Source, v.ID); err != nil {
			return err
		}
	}
	return nil
}
