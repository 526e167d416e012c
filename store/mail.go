package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"readback/triage"
)

// maxMailIDs bounds the Message-IDs that are kept of one mail. The first is
// its own; of those it answers the last tell most.
const maxMailIDs = 50

// insertMailIDs keeps by which Message-IDs a message is found.
func insertMailIDs(ctx context.Context, tx *sql.Tx, messageID string, ids []string) error {
	if len(ids) > maxMailIDs {
		ids = append(ids[:1:1], ids[len(ids)-maxMailIDs+1:]...)
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO mail_ids (mail_id, message_id) VALUES (?1, ?2)
			ON CONFLICT (mail_id, message_id) DO NOTHING`, lookupKey(id), messageID)
		if err != nil {
			return err
		}
	}
	return nil
}

// wipeMailIDs forgets the Message-IDs of a message.
func wipeMailIDs(ctx context.Context, tx *sql.Tx, messageID string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM mail_ids WHERE message_id = ?1`, messageID)
	return err
}

// wipeMailIDsIn forgets the Message-IDs that words are in, whosever they are:
// an answer names the mail that it answers.
func wipeMailIDsIn(ctx context.Context, tx *sql.Tx, words *mask) error {
	for i := range words.parts {
		ids, err := strs(ctx, tx, `SELECT DISTINCT mail_id FROM mail_ids WHERE lower(mail_id) LIKE ?1 ESCAPE '\'`, words.parts[i].pattern())
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !words.in(id) {
				continue
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM mail_ids WHERE mail_id = ?1`, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// useToken marks the one-time token of a hook as used. Those that the hook
// would refuse for their age are forgotten.
func (s *Store) useToken(ctx context.Context, tx *sql.Tx, in *Inbound, now time.Time) error {
	if in.Token == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM hook_tokens WHERE expires_at < ?1`, micros(now)); err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO hook_tokens (source, token, expires_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (source, token) DO NOTHING`, clean(in.Source), lookupKey(in.Token), micros(in.TokenEnds))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return triage.Errorf(triage.Conflict, "The token of this request was used before, for another message.")
}

// Threaded is a message that a mail may belong to.
type Threaded struct {
	MailID   string // of those asked for
	TicketID string // where the message is now
	Role     triage.Role
	Customer triage.Customer // of the ticket
	Identity triage.Identity // of the ticket
	External string          // the message's own Message-ID
}

// MailThread returns the messages that were stored with one of these
// Message-IDs, the newest first. Messages without text any more are none.
func (s *Store) MailThread(ctx context.Context, ids []string) ([]Threaded, error) {
	var out []Threaded
	for _, id := range ids[max(0, len(ids)-maxMailIDs):] {
		if id == "" {
			continue
		}
		found, err := s.threaded(ctx, id)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, found...)
	}
	return out, nil
}

// maxThreaded bounds the messages of one Message-ID: each later mail of a long
// thread names the first.
const maxThreaded = 20

func (s *Store) threaded(ctx context.Context, id string) ([]Threaded, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT t.id, m.role, m.external_id, t.customer_id, t.customer_email, t.customer_name,
			t.customer_account, t.identity
		FROM mail_ids i JOIN messages m ON m.id = i.message_id JOIN tickets t ON t.id = m.ticket_id
		WHERE i.mail_id = ?1 ORDER BY m.received_at DESC, m.id LIMIT ?2`, lookupKey(id), maxThreaded)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Threaded
	for rows.Next() {
		t := Threaded{MailID: id}
		err := rows.Scan(&t.TicketID, &t.Role, &t.External, &t.Customer.ID, &t.Customer.Email, &t.Customer.Name,
			&t.Customer.AccountID, &t.Identity)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// MailboxPosition is how far a mailbox was read (RFC 9051, 2.3.1.1).
type MailboxPosition struct {
	UIDValidity uint32
	UID         uint32    // the last that was stored; 0 = none
	At          time.Time // when that was
}

// Mailbox returns how far the mailbox of a connection was read. Errors:
// NotFound when it never was.
func (s *Store) Mailbox(ctx context.Context, name string) (MailboxPosition, error) {
	var p MailboxPosition
	var at int64
	err := s.reader.QueryRowContext(ctx, `SELECT uid_validity, uid, at FROM mailboxes WHERE name = ?1`, name).Scan(&p.UIDValidity, &p.UID, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return p, triage.Errorf(triage.NotFound, "The mailbox %q was not read yet.", name)
	}
	p.At = fromMicros(at)
	return p, mapError(err)
}

// SetMailbox keeps how far a mailbox was read.
func (s *Store) SetMailbox(ctx context.Context, name string, p MailboxPosition) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO mailboxes (name, uid_validity, uid, at) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (name) DO UPDATE SET uid_validity = excluded.uid_validity, uid = excluded.uid, at = excluded.at`,
			clean(name), p.UIDValidity, p.UID, micros(p.At))
		return err
	})
}
