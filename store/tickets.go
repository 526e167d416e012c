package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"readback/knowledge"
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
		attachments, sent_at, received_at, events, author FROM messages WHERE ticket_id = ?1 ORDER BY seq`, id)
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
		&device, &attachments, &sent, &received, &events, &m.Author)
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

// Filter chooses a page of tickets, the last changed first. Zero fields choose all.
type Filter struct {
	Tier        string
	State       triage.State
	NeedsReview *bool
	Incident    string // only the tickets linked to it
	// Text chooses tickets that have all of its words somewhere: in the subject,
	// a message, a customer's name or address. Case and accents do not matter,
	// the last word may be unfinished from its third letter on, and there is no
	// syntax. What came in the
	// last second may not be found yet. A text without any letter or digit
	// chooses all.
	Text  string
	found found  // what Text finds; set by Tickets
	After string // Page.Next of the page before; "" for the first page
	Limit int    // default 50, at most 200
}

// Summary is a ticket as the list shows it. Fields of the triage are zero
// before the first one.
type Summary struct {
	ID, Subject, Tier                      string
	Channel                                triage.Channel
	State                                  triage.State
	Customer                               triage.Customer
	Action                                 triage.Action
	Kind                                   triage.Kind
	Language, Request, Procedure, NextStep string
	NextBy                                 knowledge.Actor
	Effort                                 triage.Effort
	Urgency                                triage.Urgency
	NeedsReview, Degraded                  bool
	Incident                               string // id of the incident that it is routed by
	Waiting                                bool   // has newer messages than the last triage read
	Messages                               int
	CreatedAt, UpdatedAt                   time.Time
}

// Page is a part of the list.
type Page struct {
	Tickets []Summary
	Next    string // cursor of the next page, "" at the end
}

// The limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// Tickets returns a page of the list, without merged tickets. A ticket that does not change while one
// reads page after page is seen exactly once; one that does moves to the front.
// Its cost depends on the page, not on how many tickets there are.
// Errors: Invalid for a cursor that is none.
func (s *Store) Tickets(ctx context.Context, f Filter) (Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	var err error
	if f.found, err = s.find(ctx, newSearch(f.Text)); err != nil {
		return Page{}, err
	}
	query, args, err := listQuery(f, limit+1) // one more tells whether a page follows
	if err != nil {
		return Page{}, err
	}
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return Page{}, mapError(err)
	}
	defer rows.Close()
	page := Page{Tickets: make([]Summary, 0, limit)}
	for rows.Next() {
		if len(page.Tickets) == limit {
			last := &page.Tickets[limit-1]
			page.Next = cursor(last.UpdatedAt, last.ID)
			break
		}
		sum, err := scanSummary(rows)
		if err != nil {
			return Page{}, mapError(err)
		}
		page.Tickets = append(page.Tickets, sum)
	}
	return page, mapError(rows.Err())
}

func listQuery(f Filter, limit int) (query string, args []any, err error) {
	where := []string{"merged_into = ''"} // a tombstone is no ticket to work on
	arg := func(v any) string {
		args = append(args, v)
		return "?" + strconv.Itoa(len(args))
	}
	if f.Tier != "" {
		where = append(where, "tier = "+arg(f.Tier))
	}
	if f.State != "" {
		where = append(where, "state = "+arg(f.State))
	}
	if f.NeedsReview != nil {
		where = append(where, "needs_review = "+arg(number(*f.NeedsReview)))
	}
	if f.Incident != "" {
		where = append(where, "id IN (SELECT ticket_id FROM incident_tickets WHERE linked = 1 AND incident_id = "+arg(f.Incident)+")")
	}
	if f.found.match != "" {
		where = append(where, f.found.clause(arg(f.found.match)))
	}
	if f.After != "" {
		at, id, err := parseCursor(f.After)
		if err != nil {
			return "", nil, err
		}
		where = append(where, "(updated_at, id) < ("+arg(at)+", "+arg(id)+")")
	}
	query = `SELECT ` + summaryColumns + ` FROM tickets`
	query += " WHERE " + strings.Join(where, " AND ")
	return query + " ORDER BY updated_at DESC, id DESC LIMIT " + arg(limit), args, nil
}

func scanSummary(rows *sql.Rows) (Summary, error) {
	var t Summary
	var created, updated int64
	err := rows.Scan(&t.ID, &t.Subject, &t.Tier, &t.Channel, &t.State, &t.Customer.ID, &t.Customer.Email, &t.Customer.Name,
		&t.Customer.AccountID, &t.Action, &t.Kind, &t.Language, &t.Request, &t.Procedure, &t.NextStep, &t.NextBy, &t.Effort,
		&t.Urgency, &t.NeedsReview, &t.Degraded, &t.Waiting, &t.Messages, &created, &updated, &t.Incident)
	t.CreatedAt, t.UpdatedAt = fromMicros(created), fromMicros(updated)
	return t, err
}

// number is how both engines store a bool.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cursor names the last row of a page: its time and id.
func cursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", micros(at), id))
}

func parseCursor(c string) (at int64, id string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(c)
	if err == nil {
		before, after, ok := strings.Cut(string(b), " ")
		if at, err = strconv.ParseInt(before, 10, 64); err == nil && ok {
			return at, after, nil
		}
	}
	return 0, "", triage.Errorf(triage.Invalid, "The cursor %q is none that a page gave.", c)
}

// TierCounts returns the number of open tickets by tier; those not triaged yet
// count under "".
func (s *Store) TierCounts(ctx context.Context) (map[string]int, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT tier, count(*) FROM tickets WHERE state = ?1 GROUP BY tier`, triage.StateOpen)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	counts := make(map[string]int)
	for rows.Next() {
		var tier string
		var n int
		if err := rows.Scan(&tier, &n); err != nil {
			return nil, mapError(err)
		}
		counts[tier] = n
	}
	return counts, mapError(rows.Err())
}

// SetState sets the state of a ticket. Errors: NotFound; Conflict for a ticket
// that was merged into another; Invalid for an unknown state.
func (s *Store) SetState(ctx context.Context, ticketID string, state triage.State) error {
	if state != triage.StateOpen && state != triage.StateWaiting && state != triage.StateResolved {
		return triage.Errorf(triage.Invalid, "The state %q is none of open, waiting, resolved.", state)
	}
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		tier = head.tier
		_, err = tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, updated_at = ?3 WHERE id = ?1`, ticketID, state, micros(now))
		if err != nil {
			return err
		}
		return s.record(ctx, tx, EventState, ticketID, now, map[string]any{"state": state, "was": head.state})
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventState, TicketID: ticketID, Tier: tier})
	}
	return err
}
