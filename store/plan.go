package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"readback/triage"
)

// plan is what an erasure will change, found on one snapshot.
type plan struct {
	person                *person
	mail, identity, words mask

	whole    []string       // tickets in which nobody else wrote: all of their text goes
	shared   []ticketText   // tickets that keep the words of others
	wiped    []string       // messages
	masked   []messageText  // messages of others, without the person in them
	raws     []string       //
	files    []string       // of messages of others, with the person in them
	unparsed []unparsedText //

	elsewhere []string // tickets that an address of the person stands in
}

// ticketText is what a ticket that stays shall say.
type ticketText struct {
	id, subject string
	replay      bool // its customer was the person: take the next
	elsewhere   bool // the person had no part in it: corrections go only with an address in them
}

// takesPart reports whether the person took part in a ticket.
func (p *plan) takesPart(ticketID string) bool {
	return slices.Contains(p.whole, ticketID) ||
		slices.ContainsFunc(p.shared, func(t ticketText) bool { return t.id == ticketID && !t.elsewhere })
}

// corrections returns what a correction of the ticket must hold to go; nil = all go.
func (t *ticketText) corrections(p *plan) *mask {
	if t.elsewhere {
		return &p.mail
	}
	return nil
}

type messageText struct {
	id, rawID, ticketID, text, externalID, pageURL, device, attachments, events, agent, team string
}

type unparsedText struct{ id, rawID, reason string }

// planMessage is a message of a ticket that the person took part in.
type planMessage struct {
	messageText
	source   string
	role     triage.Role
	customer triage.Customer
}

// planTicket is such a ticket.
type planTicket struct {
	id, source, subject string
	customer            triage.Customer
	messages            []planMessage
	mine                []bool // by message
}

// planErasure finds all that an erasure of key takes. With survey it also looks
// through all text and raw originals, which takes long; else it takes over what
// a survey before has found there. Errors: NotFound.
func planErasure(ctx context.Context, tx *sql.Tx, key string, survey *plan) (*plan, error) {
	who, err := findPerson(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	p := &plan{person: who}
	ids, err := p.touched(ctx, tx)
	if err != nil {
		return nil, err
	}
	tickets, texts := make([]*planTicket, 0, len(ids)), []string{}
	for _, id := range ids {
		t, err := readPlanTicket(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		texts = append(texts, t.classify(who)...)
		tickets = append(tickets, t)
	}
	p.mail, p.identity, p.words = who.masks(texts)
	for _, t := range tickets {
		p.addTicket(t)
	}
	if survey == nil {
		if p.elsewhere, err = p.findElsewhere(ctx, tx); err != nil {
			return nil, err
		}
	} else {
		p.elsewhere = survey.elsewhere
	}
	for _, id := range p.elsewhere {
		if !slices.Contains(ids, id) {
			if err := p.addElsewhere(ctx, tx, id); err != nil {
				return nil, err
			}
		}
	}
	if survey == nil {
		if err := p.findRaws(ctx, tx); err != nil {
			return nil, err
		}
		if err := p.findFiles(ctx, tx); err != nil {
			return nil, err
		}
	} else {
		p.raws, p.unparsed, p.files = append(p.raws, survey.raws...), survey.unparsed, survey.files
	}
	slices.Sort(p.raws)
	p.raws = slices.Compact(p.raws)
	if len(p.whole)+len(p.shared)+len(p.raws)+len(p.files) == 0 {
		return nil, triage.Errorf(triage.NotFound, "Nothing is stored of a customer %q.", key)
	}
	return p, nil
}

// touched returns the tickets that the person is the customer of or wrote in,
// and those that messages went to or came from: their briefs quote them.
func (p *plan) touched(ctx context.Context, tx *sql.Tx) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, source, customer_id, customer_email, customer_account FROM tickets
		UNION SELECT ticket_id, source, customer_id, customer_email, customer_account FROM messages`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id, source string
		var c triage.Customer
		if err := rows.Scan(&id, &source, &c.ID, &c.Email, &c.AccountID); err != nil {
			return nil, err
		}
		if p.person.is(source, c) {
			ids = append(ids, id)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return withMoves(ctx, tx, ids)
}

// withMoves adds the tickets that are tied to those of ids by merges and
// splits, also those undone, and returns each once.
func withMoves(ctx context.Context, tx *sql.Tx, ids []string) ([]string, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		seen[id] = true
	}
	for i := 0; i < len(ids); i++ {
		tied, err := strs(ctx, tx, `SELECT target_id FROM moves WHERE source_id = ?1 UNION SELECT source_id FROM moves WHERE target_id = ?1`, ids[i])
		if err != nil {
			return nil, err
		}
		for _, id := range tied {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// strs returns the one column of a query.
func strs(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func readPlanTicket(ctx context.Context, tx *sql.Tx, id string) (*planTicket, error) {
	t := &planTicket{id: id}
	err := tx.QueryRowContext(ctx, `SELECT source, subject, customer_id, customer_email, customer_account FROM tickets WHERE id = ?1`,
		id).Scan(&t.source, &t.subject, &t.customer.ID, &t.customer.Email, &t.customer.AccountID)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, raw_id, text, external_id, page_url, device, attachments, events, agent, team, source, role,
		customer_id, customer_email, customer_account FROM messages WHERE ticket_id = ?1 ORDER BY seq`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		m := planMessage{messageText: messageText{ticketID: id}}
		err := rows.Scan(&m.id, &m.rawID, &m.text, &m.externalID, &m.pageURL, &m.device, &m.attachments, &m.events, &m.agent, &m.team, &m.source, &m.role,
			&m.customer.ID, &m.customer.Email, &m.customer.AccountID)
		if err != nil {
			return nil, err
		}
		t.messages = append(t.messages, m)
	}
	return t, rows.Err()
}

// classify says which messages are the person's, and returns their texts. A
// message that names nobody else is of the ticket's customer. What an agent
// wrote is theirs when nobody else was there to write to.
func (t *planTicket) classify(who *person) (texts []string) {
	theirs, alone := who.is(t.source, t.customer), true
	t.mine = make([]bool, len(t.messages))
	for i := range t.messages {
		m := &t.messages[i]
		t.mine[i] = who.is(m.source, m.customer) || theirs && !contradict(m.customer, t.customer)
		alone = alone && (t.mine[i] || m.role != triage.RoleCustomer)
	}
	for i := range t.messages {
		m := &t.messages[i]
		t.mine[i] = t.mine[i] && m.role == triage.RoleCustomer || alone
		if t.mine[i] && m.role == triage.RoleCustomer {
			texts = append(texts, m.text)
		}
	}
	return texts
}

// addTicket plans for a ticket that the person took part in.
func (p *plan) addTicket(t *planTicket) {
	theirs := p.person.is(t.source, t.customer)
	if !slices.Contains(t.mine, false) && (theirs || len(t.messages) > 0) {
		p.whole = append(p.whole, t.id)
	} else {
		subject := p.words.apply(t.subject)
		if theirs || len(t.mine) > 0 && t.mine[0] {
			subject = ""
		}
		p.shared = append(p.shared, ticketText{id: t.id, subject: subject, replay: theirs})
	}
	for i := range t.messages {
		m := t.messages[i].messageText
		if t.mine[i] {
			p.wiped = append(p.wiped, m.id)
			p.raws = append(p.raws, m.rawID)
		} else if p.addMasked(m, &p.words) {
			p.raws = append(p.raws, m.rawID)
		}
	}
}

// addMasked plans to mask a message, if there is anything in it.
func (p *plan) addMasked(m messageText, by *mask) bool {
	was := m
	for _, field := range []*string{&m.text, &m.externalID, &m.pageURL, &m.device, &m.attachments, &m.events, &m.agent, &m.team} {
		*field = by.apply(*field)
	}
	if m == was {
		return false
	}
	p.masked = append(p.masked, m)
	return true
}

// findElsewhere returns the tickets whose text, subject, briefs, corrections,
// notes, drafts or deliveries name an address of the person.
func (p *plan) findElsewhere(ctx context.Context, tx *sql.Tx) ([]string, error) {
	var found []string
	for _, part := range p.mail.parts {
		pattern := part.pattern()
		ids, err := strs(ctx, tx, `SELECT id FROM tickets WHERE lower(subject) LIKE ?1 ESCAPE '\' OR lower(request) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM messages WHERE lower(text) LIKE ?1 ESCAPE '\' OR lower(page_url) LIKE ?1 ESCAPE '\'
				OR lower(external_id) LIKE ?1 ESCAPE '\' OR lower(attachments) LIKE ?1 ESCAPE '\'
				OR lower(events) LIKE ?1 ESCAPE '\' OR lower(agent) LIKE ?1 ESCAPE '\' OR lower(team) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM imported WHERE lower(team || assignee || tags) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM briefs WHERE lower(result) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM notes WHERE lower(text) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM replies WHERE lower(text) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM handovers WHERE lower(text) LIKE ?1 ESCAPE '\'
			UNION SELECT ticket_id FROM corrections WHERE lower(correction) LIKE ?1 ESCAPE '\'`, pattern)
		if err != nil {
			return nil, err
		}
		found = append(found, ids...)
	}
	out, err := p.findDeliveries(ctx, tx)
	if err != nil {
		return nil, err
	}
	found = append(found, out...)
	slices.Sort(found)
	return slices.Compact(found), nil
}

// pattern is what LIKE finds the part by, in small letters.
func (p *maskPart) pattern() string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(p.first) + "%"
}

// findDeliveries returns the tickets from which an address of the person goes out.
func (p *plan) findDeliveries(ctx context.Context, tx *sql.Tx) (tickets []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT ticket_id, body FROM deliveries`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		if p.mail.inRaw(body) {
			tickets = append(tickets, id)
		}
	}
	return tickets, rows.Err()
}

// addElsewhere plans for a ticket that the person had no part in.
func (p *plan) addElsewhere(ctx context.Context, tx *sql.Tx, id string) error {
	t, err := readPlanTicket(ctx, tx, id)
	if err != nil {
		return err
	}
	for i := range t.messages {
		if p.addMasked(t.messages[i].messageText, &p.mail) {
			p.raws = append(p.raws, t.messages[i].rawID)
		}
	}
	p.shared = append(p.shared, ticketText{id: id, subject: p.mail.apply(t.subject), elsewhere: true})
	return nil
}

// findRaws reads every raw original: whatever its message says, an address can
// be in a header, and what no channel understood has no message.
func (p *plan) findRaws(ctx context.Context, tx *sql.Tx) error {
	inShared := p.inShared()
	rows, err := tx.QueryContext(ctx, `SELECT r.id, r.bytes, coalesce(u.id, ''), coalesce(u.reason, ''),
			coalesce((SELECT min(m.ticket_id) FROM messages m WHERE m.raw_id = r.id), '')
		FROM raws r LEFT JOIN unparsed u ON u.raw_id = r.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, unparsed, reason, ticketID string
		var raw sql.RawBytes
		if err := rows.Scan(&id, &raw, &unparsed, &reason, &ticketID); err != nil {
			return err
		}
		by := &p.mail
		switch {
		case unparsed != "":
			by = &p.identity
		case inShared[ticketID]:
			by = &p.words
		}
		if !by.inRaw(raw) && !by.in(reason) {
			continue
		}
		p.raws = append(p.raws, id)
		if unparsed != "" {
			p.unparsed = append(p.unparsed, unparsedText{unparsed, id, by.apply(reason)})
		}
	}
	return rows.Err()
}

func (p *plan) inShared() map[string]bool {
	in := make(map[string]bool, len(p.shared))
	for _, t := range p.shared {
		in[t.id] = true
	}
	return in
}

// findFiles reads every attachment for the person, as findRaws the originals.
func (p *plan) findFiles(ctx context.Context, tx *sql.Tx) error {
	inShared := p.inShared()
	rows, err := tx.QueryContext(ctx, `SELECT f.id, f.name, f.bytes, coalesce(m.ticket_id, r.ticket_id, '') FROM files f
		LEFT JOIN messages m ON m.id = f.holder LEFT JOIN replies r ON r.id = f.holder`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, name, ticketID string
		var body sql.RawBytes
		if err := rows.Scan(&id, &name, &body, &ticketID); err != nil {
			return err
		}
		by := &p.mail
		if inShared[ticketID] {
			by = &p.words
		}
		if by.inRaw(body) || by.in(name) {
			p.files = append(p.files, id)
		}
	}
	return rows.Err()
}
