package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// PastTicket is a ticket of an export, or a part of one: what it has is added
// to what earlier parts had.
type PastTicket struct {
	Key      string          // the source's own id; required
	Subject  string          // kept when the ticket has none yet
	Customer triage.Customer // the same
	Opened   time.Time       // zero: with its first message
	State    string          // in the source's own word; "" = not said
	Solved   bool            // that word means that it was done
	Team     string          // that had it last; "" = not said
	Assignee string          // the same
	Tags     []string        // nil = not said
	Messages []PastMessage   // in any order; ID and Seq are set by the store
	Raw      []byte          // exactly what stood in the export
	RawType  string          // its content type
}

// PastMessage is a message of it. Its SentAt is when the other desk had it.
type PastMessage struct {
	triage.Message
	Key     string // the source's own id, unique in the source; required
	Agent   string // who wrote it there, "" for customers
	Team    string
	MailIDs []string // of a mail, as in Inbound
}

// Import stores parts of past tickets in one transaction, with the import's
// own figures: after a crash the same parts again add what is missing and
// nothing twice. A part without messages only adds to a ticket that is there.
//
// Past tickets are no news: they are resolved from the start, wait for no
// triage, and nobody is told of them, neither people nor other programs. Their
// times are those of the export. A live ticket with the key of a part stays as
// it is, and so does one whose text was erased. Of a message that the ticket
// has under another key (the same words by the same side within two minutes)
// nothing is added either.
//
// Errors: Invalid for a part without key or with an unknown role or channel;
// NotFound without the import; Unavailable when the disk is nearly full.
func (s *Store) Import(ctx context.Context, id string, parts []PastTicket, add ImportCounts, faults []ImportFault) (ImportCounts, error) {
	for i := range parts {
		if err := parts[i].validate(); err != nil {
			return ImportCounts{}, err
		}
	}
	if err := s.CheckSpace(); err != nil {
		return ImportCounts{}, err
	}
	counts := add
	err := s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		t := taking{Store: s, ctx: ctx, tx: tx, now: now, counts: &counts, prepared: map[string]*sql.Stmt{}}
		defer t.close()
		im, err := importIn(ctx, tx, id)
		if err != nil {
			return err
		}
		for i := range parts {
			if err := t.take(&im, &parts[i]); err != nil {
				return err
			}
		}
		return s.noteImport(ctx, tx, im, now, counts, faults)
	})
	return counts, err
}

func (p *PastTicket) validate() error {
	if p.Key == "" {
		return triage.Errorf(triage.Invalid, "A past ticket needs the source's id of it.")
	}
	for i := range p.Messages {
		if p.Messages[i].Key == "" {
			return triage.Errorf(triage.Invalid, "A past message needs the source's id of it.")
		}
		if err := (&Inbound{Source: "import", Messages: []triage.Message{p.Messages[i].Message}}).validate(); err != nil {
			return err
		}
	}
	return nil
}

// taking is a transaction that takes past tickets in.
type taking struct {
	*Store
	ctx      context.Context
	tx       *sql.Tx
	now      time.Time
	counts   *ImportCounts
	prepared map[string]*sql.Stmt
}

// row runs a query that is run for each ticket or message.
func (t *taking) row(query string, args ...any) *sql.Row {
	stmt := t.prepared[query]
	if stmt == nil {
		var err error
		if stmt, err = t.tx.PrepareContext(t.ctx, query); err != nil {
			return t.tx.QueryRowContext(t.ctx, query, args...) // and tells the error
		}
		t.prepared[query] = stmt
	}
	return stmt.QueryRowContext(t.ctx, args...)
}

func (t *taking) close() {
	for _, stmt := range t.prepared {
		_ = stmt.Close() // the transaction's end closes it too
	}
}

// take stores one part.
func (t *taking) take(im *Import, p *PastTicket) error {
	t.date(p)
	var id, merged string
	var version, lastSeq int64
	var erased int64
	var past bool
	err := t.row(`SELECT id, version, last_seq, merged_into, erased_at, EXISTS (SELECT 1 FROM imported i WHERE i.ticket_id = tickets.id)
		FROM tickets WHERE source = ?1 AND ticket_key = ?2`, clean(im.Source), lookupKey(p.Key)).Scan(&id, &version, &lastSeq, &merged, &erased, &past)
	switch {
	case errors.Is(err, sql.ErrNoRows) && len(p.Messages) == 0:
		return nil // nothing was ever said in it, or nothing that we take
	case errors.Is(err, sql.ErrNoRows):
		return t.begin(im, p)
	case err != nil:
		return err
	case erased > 0:
		t.counts.Erased += len(p.Messages)
		return nil
	case !past || merged != "":
		t.counts.Known += len(p.Messages)
		return nil
	}
	return t.goOn(im, p, id, version, lastSeq)
}

// date gives each message a time that is possible, and puts them in order.
func (t *taking) date(p *PastTicket) {
	possible := func(at time.Time) bool { return at.Unix() > 0 && !at.After(t.now) }
	if !possible(p.Opened) {
		p.Opened = time.Time{}
	}
	last := p.Opened
	for i := range p.Messages {
		m := &p.Messages[i]
		if !possible(m.SentAt) {
			t.counts.Undated++
			m.SentAt = time.Time{}
		}
		if m.ReceivedAt = m.SentAt; m.ReceivedAt.IsZero() { // with the one before it
			m.ReceivedAt = last
		}
		last = m.ReceivedAt
	}
	for i := range p.Messages {
		if m := &p.Messages[i]; m.ReceivedAt.IsZero() {
			m.ReceivedAt = t.now
		}
	}
	slices.SortStableFunc(p.Messages, func(a, b PastMessage) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	if n := len(p.Messages); n > 0 && (p.Opened.IsZero() || p.Messages[0].ReceivedAt.Before(p.Opened)) {
		p.Opened = p.Messages[0].ReceivedAt
	}
}

// begin makes the ticket of a part.
func (t *taking) begin(im *Import, p *PastTicket) error {
	known := 0
	p.Messages = slices.DeleteFunc(p.Messages, func(m PastMessage) bool {
		var one int
		has := t.row(`SELECT 1 FROM messages WHERE source = ?1 AND message_key = ?2`, clean(im.Source), lookupKey(m.Key)).Scan(&one) == nil
		if has {
			known++
		}
		return has
	})
	t.counts.Known += known
	if len(p.Messages) == 0 {
		return nil // another ticket has them now
	}
	id := t.newID("tkt")
	customer := triage.Customer{ID: clean(p.Customer.ID), Email: clean(p.Customer.Email), Name: clean(p.Customer.Name), AccountID: clean(p.Customer.AccountID)}
	last := p.Messages[len(p.Messages)-1].ReceivedAt
	var got string
	err := t.row(`INSERT INTO tickets (id, source, ticket_key, subject, channel, customer_id, customer_email, customer_name, customer_account,
			identity, state, created_at, updated_at, opened_at, last_seq, triaged_seq)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?12, ?14, ?14) RETURNING id`,
		id, clean(im.Source), lookupKey(p.Key), clean(p.Subject), p.Messages[0].Channel, customer.ID, customer.Email, customer.Name, customer.AccountID,
		p.identity(), triage.StateResolved, micros(p.Opened), micros(last), len(p.Messages)).Scan(&got)
	if err != nil {
		return err
	}
	tags, err := json.Marshal(cleanAll(p.Tags))
	if err != nil {
		return err
	}
	err = t.row(`INSERT INTO imported (ticket_id, import_id, state, solved, team, assignee, tags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING ticket_id`,
		id, im.ID, clean(p.State), number(p.Solved), clean(p.Team), clean(p.Assignee), string(tags)).Scan(&got)
	if err != nil {
		return err
	}
	t.counts.Tickets++
	return t.insert(im, p, id, customer, 0)
}

func (p *PastTicket) identity() triage.Identity {
	list := make([]triage.Message, len(p.Messages))
	for i := range p.Messages {
		list[i] = p.Messages[i].Message
	}
	return (&Inbound{Messages: list}).identity()
}

// insert stores the messages of a part behind those that the ticket has.
func (t *taking) insert(im *Import, p *PastTicket, id string, customer triage.Customer, seq int64) error {
	rawID := t.newID("raw")
	raw := p.Raw
	if raw == nil {
		raw = []byte{}
	}
	var got string
	if err := t.row(`INSERT INTO raws (id, bytes, content_type, received_at) VALUES (?1, ?2, ?3, ?4) RETURNING id`,
		rawID, raw, clean(p.RawType), micros(t.now)).Scan(&got); err != nil {
		return err
	}
	for i := range p.Messages {
		m := &p.Messages[i]
		files := make([]triage.Attachment, len(m.Attachments))
		for j, a := range m.Attachments { // names only: the bytes stayed at the other desk
			files[j] = triage.Attachment{Name: clean(a.Name), Type: clean(a.Type), Size: a.Size}
		}
		attachments, err := json.Marshal(files)
		if err != nil {
			return err
		}
		device, err := json.Marshal(cleanDevice(m.Device))
		if err != nil {
			return err
		}
		events, err := json.Marshal(cleanEvents(m.Events))
		if err != nil {
			return err
		}
		seq++
		messageID := t.newID("msg")
		err = t.row(`INSERT INTO messages (id, ticket_id, seq, source, message_key, role, channel, identity, text, external_id, page_url, device,
				attachments, sent_at, received_at, raw_id, customer_id, customer_email, customer_name, customer_account, events, automatic, agent, team)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) RETURNING id`,
			messageID, id, seq, clean(im.Source), lookupKey(m.Key), m.Role, m.Channel, orNone(m.Identity), clean(m.Text), clean(m.ExternalID), clean(m.PageURL),
			string(device), string(attachments), micros(m.SentAt), micros(m.ReceivedAt), rawID,
			customer.ID, customer.Email, customer.Name, customer.AccountID, string(events), m.Automatic, clean(m.Agent), clean(m.Team)).Scan(&got)
		if err != nil {
			return err
		}
		if err := insertMailIDs(t.ctx, t.tx, messageID, m.MailIDs); err != nil {
			return err
		}
	}
	t.counts.Messages += len(p.Messages)
	return nil
}

// had is a message that a past ticket has already.
type had struct {
	key, text string
	role      triage.Role
	at        time.Time
}

// goOn adds a part to a past ticket that is there.
func (t *taking) goOn(im *Import, p *PastTicket, id string, version, lastSeq int64) error {
	if err := t.head(p, id); err != nil || len(p.Messages) == 0 {
		return err
	}
	there, err := t.had(im.Source, id)
	if err != nil {
		return err
	}
	all := len(p.Messages)
	p.Messages = slices.DeleteFunc(p.Messages, func(m PastMessage) bool {
		return slices.ContainsFunc(there, func(h had) bool {
			return h.key == lookupKey(m.Key) || h.role == m.Role && m.ReceivedAt.Sub(h.at).Abs() <= 2*time.Minute && strings.TrimSpace(h.text) == strings.TrimSpace(clean(m.Text))
		})
	})
	t.counts.Known += all - len(p.Messages)
	if len(p.Messages) == 0 {
		return nil
	}
	var c triage.Customer
	var state triage.State
	if err := t.row(`UPDATE tickets SET last_seq = last_seq + ?2, triaged_seq = CASE WHEN triaged_seq = last_seq THEN last_seq + ?2 ELSE triaged_seq END,
			created_at = CASE WHEN ?3 < created_at THEN ?3 ELSE created_at END, opened_at = CASE WHEN ?3 < opened_at THEN ?3 ELSE opened_at END,
			updated_at = CASE WHEN ?4 > updated_at THEN ?4 ELSE updated_at END
		WHERE id = ?1 RETURNING customer_id, customer_email, customer_name, customer_account, state`,
		id, len(p.Messages), micros(p.Opened), micros(p.Messages[len(p.Messages)-1].ReceivedAt)).Scan(&c.ID, &c.Email, &c.Name, &c.AccountID, &state); err != nil {
		return err
	}
	if err := t.insert(im, p, id, c, lastSeq); err != nil {
		return err
	}
	if last := there[len(there)-1].at; version == 0 && p.Messages[0].ReceivedAt.Before(last) {
		return t.reorder(id)
	}
	return nil
}

// head adds what a part says of the ticket itself.
func (t *taking) head(p *PastTicket, id string) error {
	var got string
	if p.Subject != "" || p.Customer != (triage.Customer{}) {
		err := t.row(`UPDATE tickets SET subject = CASE WHEN subject = '' THEN ?2 ELSE subject END,
				customer_email = CASE WHEN customer_email = '' THEN ?3 ELSE customer_email END, customer_name = CASE WHEN customer_name = '' THEN ?4 ELSE customer_name END
			WHERE id = ?1 RETURNING id`, id, clean(p.Subject), clean(p.Customer.Email), clean(p.Customer.Name)).Scan(&got)
		if err != nil {
			return err
		}
	}
	if p.State == "" && p.Team == "" && p.Assignee == "" && p.Tags == nil {
		return nil
	}
	tags := ""
	if p.Tags != nil {
		data, err := json.Marshal(cleanAll(p.Tags))
		if err != nil {
			return err
		}
		tags = string(data)
	}
	return t.row(`UPDATE imported SET state = CASE WHEN ?2 = '' THEN state ELSE ?2 END, solved = CASE WHEN ?2 = '' THEN solved ELSE ?3 END,
			team = CASE WHEN ?4 = '' THEN team ELSE ?4 END, assignee = CASE WHEN ?5 = '' THEN assignee ELSE ?5 END, tags = CASE WHEN ?6 = '' THEN tags ELSE ?6 END
		WHERE ticket_id = ?1 RETURNING ticket_id`, id, clean(p.State), number(p.Solved), clean(p.Team), clean(p.Assignee), tags).Scan(&got)
}

func (t *taking) had(source, id string) ([]had, error) {
	rows, err := t.tx.QueryContext(t.ctx, `SELECT CASE WHEN source = ?2 THEN coalesce(message_key, '') ELSE '' END, role, received_at, text
		FROM messages WHERE ticket_id = ?1 ORDER BY seq`, id, clean(source))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []had
	for rows.Next() {
		var h had
		var at int64
		if err := rows.Scan(&h.key, &h.role, &at, &h.text); err != nil {
			return nil, err
		}
		h.at = fromMicros(at)
		out = append(out, h)
	}
	return out, rows.Err()
}

// reorder gives the messages of a ticket that nobody has read yet the order of their times.
func (t *taking) reorder(id string) error {
	list, err := arrivals(t.ctx, t.tx, id)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	if _, err := t.tx.ExecContext(t.ctx, `UPDATE messages SET seq = -seq WHERE ticket_id = ?1`, id); err != nil {
		return err
	}
	for i, m := range list {
		if _, err := t.tx.ExecContext(t.ctx, `UPDATE messages SET seq = ?2 WHERE id = ?1`, m.id, i+1); err != nil {
			return err
		}
	}
	_, err = t.tx.ExecContext(t.ctx, `UPDATE tickets SET channel = (SELECT channel FROM messages WHERE ticket_id = ?1 AND seq = 1) WHERE id = ?1`, id)
	return err
}

// cleanAll is clean of each; never nil: the columns hold lists.
func cleanAll(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = clean(text)
	}
	return out
}
