package store

import (
	"context"
	"database/sql"

	"readback/triage"
)

// arrival is a message in the order of a ticket.
type arrival struct {
	id string
	at int64
}

// arrivals returns the messages of a ticket by sequence.
func arrivals(ctx context.Context, tx *sql.Tx, ticketID string) ([]arrival, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, received_at FROM messages WHERE ticket_id = ?1 ORDER BY seq`, ticketID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []arrival
	for rows.Next() {
		var a arrival
		if err := rows.Scan(&a.id, &a.at); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

func idsOf(list []arrival) []string {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.id
	}
	return ids
}

// interleave merges two threads by the time of arrival. Each keeps its own
// order even when the clock was set back; a tie goes to a.
func interleave(a, b []arrival) []string {
	ids := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].at < a[0].at {
			ids, b = append(ids, b[0].id), b[1:]
		} else {
			ids, a = append(ids, a[0].id), a[1:]
		}
	}
	return append(append(ids, idsOf(a)...), idsOf(b)...)
}

// layout says which messages a ticket shall have, in order.
type layout struct {
	ticketID string
	messages []string
}

// place gives the messages of both tickets their ticket and sequence; the words
// of both are to be indexed anew.
func place(ctx context.Context, tx *sql.Tx, a, b layout) error {
	for _, l := range []layout{a, b} {
		if err := forgetWords(ctx, tx, l.ticketID); err != nil {
			return err
		}
	}
	// Out of the way first: a sequence is unique in its ticket at every moment.
	_, err := tx.ExecContext(ctx, `UPDATE messages SET seq = -seq WHERE ticket_id = ?1 OR ticket_id = ?2`, a.ticketID, b.ticketID)
	if err != nil {
		return err
	}
	set, err := tx.PrepareContext(ctx, `UPDATE messages SET ticket_id = ?2, seq = ?3 WHERE id = ?1`)
	if err != nil {
		return err
	}
	defer set.Close()
	for _, l := range []layout{a, b} {
		for i, id := range l.messages {
			if _, err := set.ExecContext(ctx, id, l.ticketID, i+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayHead sets what a ticket's row says of its messages to what it would be
// had they arrived there one after the other. What names nobody, as erased
// messages do, says nothing of the customer.
func replayHead(ctx context.Context, tx *sql.Tx, ticketID string, now int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT role, identity, customer_id, customer_email, customer_name, customer_account, automatic
		FROM messages WHERE ticket_id = ?1 ORDER BY seq`, ticketID)
	if err != nil {
		return err
	}
	defer rows.Close()
	h := ticketHead{identity: triage.IdentityNone}
	n := 0
	for ; rows.Next(); n++ {
		var c triage.Customer
		var m triage.Message
		if err := rows.Scan(&m.Role, &m.Identity, &c.ID, &c.Email, &c.Name, &c.AccountID, &m.Automatic); err != nil {
			return err
		}
		in := Inbound{Customer: c, Messages: []triage.Message{m}}
		if c == (triage.Customer{}) {
			continue
		}
		if h.customer == (triage.Customer{}) {
			h.customer, h.identity = c, in.identity()
		} else if m.Role == triage.RoleCustomer && m.Automatic == "" {
			h.customer, h.identity = mergeCustomer(h, &in)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE tickets SET last_seq = ?2, updated_at = ?3, customer_id = ?4, customer_email = ?5,
		customer_name = ?6, customer_account = ?7, identity = ?8 WHERE id = ?1`,
		ticketID, n, now, h.customer.ID, h.customer.Email, h.customer.Name, h.customer.AccountID, h.identity)
	return err
}
