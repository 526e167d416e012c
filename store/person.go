package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"readback/triage"
)

// person is a customer as all their messages name them.
type person struct {
	key       string          // what the operator gave: an email, customer id or account id
	emails    []string        // without regard to case
	ids       map[string]bool // the source, NUL, its id
	names     []string
	addresses []string // named beside the key, with or without proof; looked for in texts, never for whose a message is
}

// sender is a customer as one or more messages named them.
type sender struct {
	source   string
	customer triage.Customer
	identity triage.Identity
}

// is reports whether a source's customer is the person.
func (p *person) is(source string, c triage.Customer) bool {
	if c.AccountID != "" && c.AccountID == p.key || c.ID != "" && (c.ID == p.key || p.ids[source+"\x00"+c.ID]) {
		return true
	}
	return p.hasEmail(c.Email)
}

func (p *person) hasEmail(email string) bool {
	return slices.ContainsFunc(p.emails, func(own string) bool { return email != "" && strings.EqualFold(own, email) })
}

// findPerson finds out under which emails and ids the customer wrote. One
// leads to the other only by a verified message: a claim proves nothing, and
// whoever claims another's address must not be erased with them. An account
// leads to nobody: several people share it.
func findPerson(ctx context.Context, tx *sql.Tx, key string) (*person, error) {
	senders, err := readSenders(ctx, tx)
	if err != nil {
		return nil, err
	}
	p := &person{key: key, emails: []string{key}, ids: make(map[string]bool)}
	for grown := true; grown; {
		grown = false
		for _, s := range senders {
			c := s.customer
			c.AccountID = ""
			if s.identity != triage.IdentityVerified || !p.is(s.source, c) {
				continue
			}
			if id := s.source + "\x00" + c.ID; c.ID != "" && !p.ids[id] {
				p.ids[id], grown = true, true
			}
			if c.Email != "" && !p.hasEmail(c.Email) {
				p.emails, grown = append(p.emails, c.Email), true
			}
		}
	}
	for _, s := range senders {
		if p.is(s.source, s.customer) {
			p.learn(s.customer)
		}
	}
	return p, nil
}

// learn takes what a customer who is the person is called.
func (p *person) learn(c triage.Customer) {
	if c.Name != "" && !slices.Contains(p.names, c.Name) {
		p.names = append(p.names, c.Name)
	}
	if c.Email != "" && !slices.Contains(p.addresses, c.Email) {
		p.addresses = append(p.addresses, c.Email)
	}
}

func readSenders(ctx context.Context, tx *sql.Tx) ([]sender, error) {
	rows, err := tx.QueryContext(ctx, `SELECT source, identity, customer_id, customer_email, customer_name, customer_account FROM messages
		UNION SELECT source, identity, customer_id, customer_email, customer_name, customer_account FROM tickets`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sender
	for rows.Next() {
		var s sender
		err := rows.Scan(&s.source, &s.identity, &s.customer.ID, &s.customer.Email, &s.customer.Name, &s.customer.AccountID)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// masks returns what to look for: the addresses, in everything that is stored;
// the addresses, ids and names, in what no channel understood; and those, the
// words of the names and the lines of the messages, in the person's tickets.
func (p *person) masks(texts []string) (mail, identity, words mask) {
	for _, email := range append(p.emails, p.addresses...) {
		if !strings.Contains(email, "@") {
			continue
		}
		for _, written := range writings(email) {
			mail.add(written, true)
			identity.add(written, true)
			words.add(written, true)
		}
	}
	for id := range p.ids {
		_, id, _ = strings.Cut(id, "\x00")
		identity.add(id, true)
		words.add(id, true)
	}
	for _, name := range p.names {
		identity.add(name, true)
		words.addName(name)
	}
	for _, text := range texts {
		words.addLines(text)
	}
	return mail, identity, words
}
