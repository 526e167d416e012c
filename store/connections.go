package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"readback/triage"
)

// Connection is how a way in or out does, as far as it is kept: chat sources,
// widgets, desks. Its id is the source of its messages, such as "desk/main".
type Connection struct {
	ID        string
	Mode      string    // of a desk, as a person set it; "" = as configured
	Place     string    // how far a desk was read: its own cursor; "" = not yet
	ArrivedAt time.Time // something last came; zero = never
	FailedAt  time.Time // it last failed; zero = never
	Fault     string    // code of that
}

const connectionColumns = `id, mode, place, arrived_at, failed_at, fault`

func scanConnection(row interface{ Scan(...any) error }) (c Connection, err error) {
	var arrived, failed int64
	err = row.Scan(&c.ID, &c.Mode, &c.Place, &arrived, &failed, &c.Fault)
	c.ArrivedAt, c.FailedAt = fromMicros(arrived), fromMicros(failed)
	return c, err
}

// Connections returns what is kept of all of them, by id.
func (s *Store) Connections(ctx context.Context) (map[string]Connection, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+connectionColumns+` FROM connections`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := map[string]Connection{}
	for rows.Next() {
		c, err := scanConnection(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out[c.ID] = c
	}
	return out, mapError(rows.Err())
}

// Connection returns what is kept of one; of one that is not known, its id alone.
func (s *Store) Connection(ctx context.Context, id string) (Connection, error) {
	c, err := scanConnection(s.reader.QueryRowContext(ctx, `SELECT `+connectionColumns+` FROM connections WHERE id = ?1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Connection{ID: id}, nil
	}
	return c, mapError(err)
}

// SetMode keeps the mode that a person set for a desk; "" goes back to the
// configured one. The audit log tells of it.
func (s *Store) SetMode(ctx context.Context, by Actor, id, mode string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO connections (id, mode) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET mode = excluded.mode`, id, mode)
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "connection.mode", id, map[string]any{"mode": mode})
	})
}

// SetPlace keeps how far a desk was read.
func (s *Store) SetPlace(ctx context.Context, id, place string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO connections (id, place) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET place = excluded.place`, id, clean(place))
		return err
	})
}

// NoteConnection keeps that something came by a connection, fault "", or that
// it failed, fault being a code.
func (s *Store) NoteConnection(ctx context.Context, id string, at time.Time, fault string) error {
	return s.write(ctx, func(tx *sql.Tx) (err error) {
		if fault == "" {
			_, err = tx.ExecContext(ctx, `INSERT INTO connections (id, arrived_at) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET arrived_at = excluded.arrived_at`, id, micros(at))
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO connections (id, failed_at, fault) VALUES (?1, ?2, ?3)
			ON CONFLICT (id) DO UPDATE SET failed_at = excluded.failed_at, fault = excluded.fault`, id, micros(at), clean(fault))
		return err
	})
}

// Backlog is how many deliveries to one target wait, and how many wait for a person.
type Backlog struct{ Waiting, Stuck int }

// Backlogs returns what is in the outbox by kind and target, "" for those kinds
// that have one target. What was sent is not in it.
func (s *Store) Backlogs(ctx context.Context) (map[[2]string]Backlog, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT kind, target, state, count(*) FROM deliveries
		WHERE state IN ('waiting', 'sending', 'unknown', 'failed') AND code <> ?1 GROUP BY kind, target, state`, CodeErased)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := map[[2]string]Backlog{}
	for rows.Next() {
		var key [2]string
		var state DeliveryState
		var n int
		if err := rows.Scan(&key[0], &key[1], &state, &n); err != nil {
			return nil, mapError(err)
		}
		b := out[key]
		if state == DeliveryUnknown || state == DeliveryFailed {
			b.Stuck += n
		} else {
			b.Waiting += n
		}
		out[key] = b
	}
	return out, mapError(rows.Err())
}

// TicketBy returns the id of the ticket that a source's conversation is, or the
// one it was merged into. Errors: NotFound.
func (s *Store) TicketBy(ctx context.Context, source, key string) (id string, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT CASE WHEN merged_into <> '' THEN merged_into ELSE id END FROM tickets
		WHERE source = ?1 AND ticket_key = ?2`, clean(source), lookupKey(key)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", triage.Errorf(triage.NotFound, "Nothing has come from that conversation yet.")
	}
	return id, mapError(err)
}

// WentOut returns what went out to a target and came to be ref there, and what
// of the same kind went out, or is on its way, for a ticket; the newest first.
func (s *Store) WentOut(ctx context.Context, kind, target, ref, ticketID string) ([]Delivery, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE kind = ?1 AND target = ?2 AND ref = ?3 AND ref <> ''
		UNION SELECT `+deliveryColumns+` FROM deliveries WHERE kind = ?1 AND target = ?2 AND ticket_id = ?4 ORDER BY 13 DESC, 1 DESC LIMIT 50`, kind, target, ref, ticketID)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	var out []Delivery
	for rows.Next() {
		d, err := scanDelivery(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, d)
	}
	return out, mapError(rows.Err())
}

// NameCustomer fills in what a desk told of a ticket's customer after their
// first message: only what nobody said, and never for erased tickets. It
// reports whether that changed anything.
func (s *Store) NameCustomer(ctx context.Context, source, key string, c triage.Customer) (changed bool, err error) {
	if c.Email == "" {
		return false, nil
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE tickets SET customer_email = ?3, customer_name = CASE WHEN customer_name = '' THEN ?4 ELSE customer_name END,
			identity = CASE WHEN identity = 'none' THEN 'claimed' ELSE identity END
			WHERE source = ?1 AND ticket_key = ?2 AND customer_email = '' AND erased_at = 0 AND merged_into = '' AND identity <> 'verified'`,
			clean(source), lookupKey(key), clean(c.Email), clean(c.Name))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if changed = n > 0; err != nil || !changed {
			return err
		}
		// Where messages are split off or merged, whose they are follows from them.
		_, err = tx.ExecContext(ctx, `UPDATE messages SET customer_email = ?3 WHERE customer_email = '' AND role = 'customer'
			AND ticket_id = (SELECT id FROM tickets WHERE source = ?1 AND ticket_key = ?2)`, clean(source), lookupKey(key), clean(c.Email))
		return err
	})
	return changed, err
}
