package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// Inbound is what arrived in one piece: one message as a channel understood
// it (several when a whole conversation is handed in), with its raw bytes.
type Inbound struct {
	Source     string           // namespace of the two keys, such as "chat/site", "api"; required
	TicketKey  string           // the source's conversation id; a ticket is unique by (Source, TicketKey); "" makes a new ticket
	MessageKey string           // the source's message id, unique by (Source, MessageKey); "" is never a duplicate
	TicketID   string           // append to this ticket instead, or to the one it was merged into; TicketKey is not looked at then, and without a MessageKey a message whose ExternalID the ticket has is left out
	Subject    string           // kept when the ticket has none yet
	Customer   triage.Customer  //
	Messages   []triage.Message // at least one; ID, Seq and ReceivedAt are set by the store
	Raw        []byte           // exactly what arrived
	RawType    string           // its content type
	MailIDs    []string         // of a mail: its Message-ID and those that it answers, by which later mail finds it
	Token      string           // one-time token of a signed hook, unique by (Source, Token); "" = none
	TokenEnds  time.Time        // when the hook would refuse the token for its age
}

// Receipt says where an Inbound was stored.
type Receipt struct {
	TicketID   string
	MessageIDs []string // in the order of Inbound.Messages
	Duplicate  bool     // it was stored before; the ids are those of then
}

// errDuplicate ends a transaction whose message is stored already.
var errDuplicate = errors.New("duplicate message")

// Receive stores the messages, the raw original and the triage job in one
// transaction, so what it acknowledges is on the disk and will be triaged. A
// second arrival of the same message stores nothing and returns the receipt of
// the first. A customer's message makes a waiting or resolved ticket open again.
//
// Text is stored as valid UTF-8 without NUL; Raw is kept byte by byte.
//
// Errors: Invalid for an Inbound without source or messages or with an unknown
// role or channel, NotFound for a TicketID that does not exist, TooLarge past
// the engine's limit for one value, Unavailable past the backlog or disk limit,
// Conflict when Token was used for another message.
func (s *Store) Receive(ctx context.Context, in Inbound) (Receipt, error) {
	if err := in.validate(); err != nil {
		return Receipt{}, err
	}
	if err := s.checkLimits(ctx); err != nil {
		return Receipt{}, err
	}
	var got received
	err := s.writeFirst(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		got, err = s.receive(ctx, tx, &in)
		return err
	})
	if errors.Is(err, errDuplicate) && in.MessageKey == "" {
		return Receipt{TicketID: in.TicketID, MessageIDs: got.known, Duplicate: true}, nil
	}
	if errors.Is(err, errDuplicate) {
		return s.receiptOf(ctx, in.Source, lookupKey(in.MessageKey))
	}
	if err != nil {
		return Receipt{}, err
	}
	s.watch.tell(Event{Kind: EventReceived, TicketID: got.head.id, Tier: got.head.tier})
	return Receipt{TicketID: got.head.id, MessageIDs: inPlace(got.known, got.ids)}, nil
}

// received is what receive has stored.
type received struct {
	head  ticketHead
	ids   []string // of the new messages
	known []string // by place in Inbound.Messages, the ids of those stored before
}

// receive is Receive in a transaction. in loses the messages stored before.
func (s *Store) receive(ctx context.Context, tx *sql.Tx, in *Inbound) (got received, err error) {
	now := s.now()
	if in.TicketID != "" && in.MessageKey == "" {
		if got.known, err = leaveOutKnown(ctx, tx, in); err != nil {
			return got, err
		}
		if len(in.Messages) == 0 {
			return got, errDuplicate
		}
	}
	if got.head, err = s.claimSeqs(ctx, tx, in, now); err != nil {
		return got, err
	}
	if got.ids, err = s.insertMessages(ctx, tx, in, got.head, now); err != nil {
		return got, err
	}
	if err := s.useToken(ctx, tx, in, now); err != nil {
		return got, err
	}
	if err := insertMailIDs(ctx, tx, got.ids[0], in.MailIDs); err != nil {
		return got, err
	}
	state, err := s.mergeHead(ctx, tx, got.head, in)
	if err != nil {
		return got, err
	}
	data := map[string]any{"last_seq": got.head.lastSeq, "messages": len(in.Messages), "channel": in.Messages[0].Channel}
	if pages := pagesOpened(in.Messages); len(pages) > 0 {
		data["pages"] = pages
	}
	if err := s.record(ctx, tx, EventReceived, got.head.id, now, data); err != nil {
		return got, err
	}
	if state != got.head.state {
		if err := s.record(ctx, tx, EventState, got.head.id, now, map[string]any{"state": state, "was": got.head.state, "customer": true}); err != nil {
			return got, err
		}
	}
	_, err = s.queue.InsertTx(ctx, tx, s.job(got.head.id, got.head.lastSeq), optsFor(in.Messages[len(in.Messages)-1].Channel))
	return got, err
}

func (in *Inbound) validate() error {
	if in.Source == "" {
		return triage.Errorf(triage.Invalid, "A message needs the source it came from.")
	}
	if len(in.Messages) == 0 {
		return triage.Errorf(triage.Invalid, "There is no message in it.")
	}
	for i := range in.Messages {
		switch m := &in.Messages[i]; {
		case m.Role != triage.RoleCustomer && m.Role != triage.RoleAgent && m.Role != triage.RoleSystem:
			return triage.Errorf(triage.Invalid, "The role %q is none of customer, agent, system.", m.Role)
		case m.Channel != triage.ChannelChat && m.Channel != triage.ChannelEmail && m.Channel != triage.ChannelAPI:
			return triage.Errorf(triage.Invalid, "The channel %q is none of chat, email, api.", m.Channel)
		case identityRank(m.Identity) < 0:
			return triage.Errorf(triage.Invalid, "The identity %q is none of none, claimed, verified.", m.Identity)
		}
	}
	return nil
}

func identityRank(i triage.Identity) int {
	switch i {
	case triage.IdentityNone, "":
		return 0
	case triage.IdentityClaimed:
		return 1
	case triage.IdentityVerified:
		return 2
	}
	return -1
}

// ticketHead is what Receive reads of a ticket and may change in it.
type ticketHead struct {
	id       string
	lastSeq  int64 // with the new messages
	tier     string
	subject  string
	customer triage.Customer
	identity triage.Identity
	state    triage.State
}

const headColumns = `id, last_seq, tier, subject, customer_id, customer_email, customer_name, customer_account, identity, state`

// claimSeqs makes or finds the ticket and gives the new messages their
// sequences, the last of which is lastSeq. It locks the ticket's row.
func (s *Store) claimSeqs(ctx context.Context, tx *sql.Tx, in *Inbound, now time.Time) (h ticketHead, err error) {
	var row *sql.Row
	if in.TicketID != "" {
		row = tx.QueryRowContext(ctx, `UPDATE tickets SET last_seq = last_seq + ?2, updated_at = ?3,
				opened_at = CASE WHEN state = 'resolved' THEN ?3 ELSE opened_at END
			WHERE id = ?1 AND merged_into = '' RETURNING `+headColumns, in.TicketID, len(in.Messages), micros(now))
	} else {
		row = tx.QueryRowContext(ctx, `INSERT INTO tickets (id, source, ticket_key, subject, channel,
				customer_id, customer_email, customer_name, customer_account, identity, state,
				created_at, updated_at, opened_at, last_seq)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?12, ?13)
			ON CONFLICT (source, ticket_key) DO UPDATE
				SET last_seq = tickets.last_seq + excluded.last_seq, updated_at = excluded.updated_at,
					opened_at = CASE WHEN tickets.state = 'resolved' THEN excluded.opened_at ELSE tickets.opened_at END
				WHERE tickets.merged_into = ''
			RETURNING `+headColumns,
			s.newID("tkt"), clean(in.Source), nullable(lookupKey(in.TicketKey)), clean(in.Subject), in.Messages[0].Channel,
			clean(in.Customer.ID), clean(in.Customer.Email), clean(in.Customer.Name), clean(in.Customer.AccountID),
			in.identity(), triage.StateOpen, micros(now), len(in.Messages))
	}
	err = row.Scan(&h.id, &h.lastSeq, &h.tier, &h.subject, &h.customer.ID, &h.customer.Email, &h.customer.Name,
		&h.customer.AccountID, &h.identity, &h.state)
	if errors.Is(err, sql.ErrNoRows) {
		return s.claimMerged(ctx, tx, in, now)
	}
	return h, err
}

// claimMerged goes on at the ticket that has the messages of a merged one.
// Errors: NotFound when there is no such ticket at all.
func (s *Store) claimMerged(ctx context.Context, tx *sql.Tx, in *Inbound, now time.Time) (ticketHead, error) {
	there := *in
	err := tx.QueryRowContext(ctx, `SELECT merged_into FROM tickets
		WHERE id = ?1 OR (?1 = '' AND source = ?2 AND ticket_key = ?3)`,
		in.TicketID, clean(in.Source), lookupKey(in.TicketKey)).Scan(&there.TicketID)
	if errors.Is(err, sql.ErrNoRows) {
		return ticketHead{}, notFound(in.TicketID)
	}
	if err != nil {
		return ticketHead{}, err
	}
	return s.claimSeqs(ctx, tx, &there, now)
}

// identity is the highest level of the customer's messages.
func (in *Inbound) identity() triage.Identity {
	best := triage.IdentityNone
	for i := range in.Messages {
		if m := &in.Messages[i]; m.Role == triage.RoleCustomer && identityRank(m.Identity) > identityRank(best) {
			best = m.Identity
		}
	}
	return best
}

func (s *Store) insertMessages(ctx context.Context, tx *sql.Tx, in *Inbound, h ticketHead, now time.Time) ([]string, error) {
	rawID, err := s.insertRaw(ctx, tx, in.Raw, in.RawType, now)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Messages))
	seq := h.lastSeq - int64(len(in.Messages))
	key := nullable(lookupKey(in.MessageKey)) // of the first message; raw_id ties the others to it
	for i := range in.Messages {
		m := &in.Messages[i]
		device, err := json.Marshal(cleanDevice(m.Device))
		if err != nil {
			return nil, err
		}
		id := s.newID("msg")
		files, err := s.keepFiles(ctx, tx, id, m.Attachments, now)
		if err != nil {
			return nil, err
		}
		attachments, err := json.Marshal(files)
		if err != nil {
			return nil, err
		}
		events, err := json.Marshal(cleanEvents(m.Events))
		if err != nil {
			return nil, err
		}
		seq++
		err = tx.QueryRowContext(ctx, `INSERT INTO messages (id, ticket_id, seq, source, message_key, role, channel, identity,
				text, external_id, page_url, device, attachments, sent_at, received_at, raw_id,
				customer_id, customer_email, customer_name, customer_account, events, author, automatic)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)
			ON CONFLICT (source, message_key) DO NOTHING RETURNING id`,
			id, h.id, seq, clean(in.Source), key, m.Role, m.Channel, orNone(m.Identity),
			clean(m.Text), clean(m.ExternalID), clean(m.PageURL), string(device), string(attachments),
			micros(m.SentAt), micros(now), rawID,
			clean(in.Customer.ID), clean(in.Customer.Email), clean(in.Customer.Name), clean(in.Customer.AccountID), string(events), clean(m.Author), m.Automatic).Scan(&ids[i])
		if errors.Is(err, sql.ErrNoRows) {
			return nil, errDuplicate
		}
		if err != nil {
			return nil, err
		}
		key = sql.NullString{}
	}
	return ids, nil
}

func cleanDevice(d triage.Device) triage.Device {
	out := triage.Device{UserAgent: clean(d.UserAgent)}
	for name, value := range d.Hints {
		if out.Hints == nil {
			out.Hints = make(map[string]string, len(d.Hints))
		}
		out.Hints[clean(name)] = clean(value)
	}
	return out
}

// cleanEvents never returns nil: the column holds a list.
func cleanEvents(in []triage.Event) []triage.Event {
	out := make([]triage.Event, len(in))
	for i, e := range in {
		out[i] = triage.Event{Kind: e.Kind, URL: clean(e.URL), Procedure: clean(e.Procedure), At: e.At.UTC()}
		if len(e.Inputs) > 0 {
			out[i].Inputs = make(map[string]string, len(e.Inputs))
		}
		for name, value := range e.Inputs {
			out[i].Inputs[clean(name)] = clean(value)
		}
		if len(e.Outcomes) > 0 {
			out[i].Outcomes = make(map[string]triage.CheckOutcome, len(e.Outcomes))
		}
		for step, outcome := range e.Outcomes {
			out[i].Outcomes[clean(step)] = triage.CheckOutcome(clean(string(outcome)))
		}
	}
	return out
}

func orNone(i triage.Identity) triage.Identity {
	if i == "" {
		return triage.IdentityNone
	}
	return i
}

// mergeHead takes over what the new messages tell of the ticket, and returns
// its state.
func (s *Store) mergeHead(ctx context.Context, tx *sql.Tx, h ticketHead, in *Inbound) (triage.State, error) {
	was := h
	if h.subject == "" {
		h.subject = clean(in.Subject)
	}
	fromCustomer := func(m triage.Message) bool { return m.Role == triage.RoleCustomer && m.Automatic == "" }
	if slices.ContainsFunc(in.Messages, fromCustomer) {
		if err := s.wakeBy(ctx, tx, h.id); err != nil {
			return h.state, err
		}
		h.state = triage.StateOpen
		h.customer, h.identity = mergeCustomer(h, in)
	}
	if h == was {
		return h.state, nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE tickets SET subject = ?2, customer_id = ?3, customer_email = ?4,
		customer_name = ?5, customer_account = ?6, identity = ?7, state = ?8,
		state_before = CASE WHEN state <> ?8 AND state_before = '' THEN state ELSE state_before END WHERE id = ?1`,
		h.id, h.subject, h.customer.ID, h.customer.Email, h.customer.Name, h.customer.AccountID, h.identity, h.state)
	return h.state, err
}

// mergeCustomer decides whose ticket it is after a customer's message. More
// proof replaces what was only said, keys and all: an account number that
// anybody can claim must not end up beside a verified name. The same proof
// fills gaps, unless it speaks of somebody else. Less proof changes nothing.
func mergeCustomer(h ticketHead, in *Inbound) (triage.Customer, triage.Identity) {
	said := triage.Customer{ID: clean(in.Customer.ID), Email: clean(in.Customer.Email),
		Name: clean(in.Customer.Name), AccountID: clean(in.Customer.AccountID)}
	level := in.identity()
	switch rank := identityRank(level) - identityRank(h.identity); {
	case rank > 0:
		said.Name = cmp.Or(said.Name, h.customer.Name)
		return said, level
	case rank == 0 && !contradict(said, h.customer):
		return triage.Customer{
			ID:        cmp.Or(h.customer.ID, said.ID),
			Email:     cmp.Or(h.customer.Email, said.Email),
			Name:      cmp.Or(h.customer.Name, said.Name),
			AccountID: cmp.Or(h.customer.AccountID, said.AccountID),
		}, h.identity
	}
	return h.customer, h.identity
}

// contradict reports whether a and b name different customers.
func contradict(a, b triage.Customer) bool {
	differ := func(x, y string) bool { return x != "" && y != "" && !strings.EqualFold(x, y) }
	return differ(a.ID, b.ID) || differ(a.Email, b.Email) || differ(a.AccountID, b.AccountID)
}

// receiptOf returns the receipt of the message stored under a key.
func (s *Store) receiptOf(ctx context.Context, source, key string) (Receipt, error) {
	r := Receipt{Duplicate: true}
	rows, err := s.reader.QueryContext(ctx, `SELECT k.ticket_id, m.id FROM messages k JOIN messages m ON m.raw_id = k.raw_id
		WHERE k.source = ?1 AND k.message_key = ?2 ORDER BY m.ticket_id <> k.ticket_id, m.seq`, clean(source), key)
	if err != nil {
		return Receipt{}, mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&r.TicketID, &id); err != nil {
			return Receipt{}, mapError(err)
		}
		r.MessageIDs = append(r.MessageIDs, id)
	}
	return r, mapError(rows.Err())
}

// maxKey is the longest key that is stored as it is. Longer ones would not fit
// an index entry of PostgreSQL.
const maxKey = 512

// lookupKey returns the key under which a source's id is stored: the id
// itself, or its hash when it is long or cleaning would change it, so that two
// ids never become one.
func lookupKey(id string) string {
	if len(id) <= maxKey && id == clean(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// nullable stores "" as NULL, which no unique index compares.
func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
