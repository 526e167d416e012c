package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"readback/triage"
)

// Erasure counts what an erasure took.
type Erasure struct {
	Tickets     int `json:"tickets"`     // without any text now
	Shared      int `json:"shared"`      // that keep the words of others; they are triaged anew
	Messages    int `json:"messages"`    // without text now
	Masked      int `json:"masked"`      // of others, with "*" where the customer stood
	Raws        int `json:"raws"`        // raw originals without bytes now
	Briefs      int `json:"briefs"`      // versions reduced to codes and numbers
	Corrections int `json:"corrections"` // without text now
	Unparsed    int `json:"unparsed"`    // arrivals that no channel understood
}

// errDryRun ends a transaction that was only to count.
var errDryRun = errors.New("dry run")

// Erase takes every byte of a customer's text, name and address out of the
// database, for good: customer is an email, a customer id or an account id, by
// the id of who does it. Rows, ids, codes, times and events stay, so counts
// stay right.
//
// A ticket in which nobody else wrote loses all its text. Another keeps the
// words of the others, with "*" over each byte of the customer's name, address
// and lines in them, and is triaged anew. Addresses are masked wherever they
// stand. Raw originals of others go whole when the customer is in them.
//
// It ends when the file itself is clean (see compact). Should that fail, all
// is erased and old copies may remain in free parts of the file: the error is
// Unavailable and Compact does the rest.
//
// Errors: NotFound when nothing of the customer is stored; Invalid without one.
func (s *Store) Erase(ctx context.Context, customer, by string) (Erasure, error) {
	e, err := s.erase(ctx, customer, by, false)
	if err != nil {
		return Erasure{}, err
	}
	return e, s.Compact(ctx)
}

// CountErasure returns what Erase would take, and changes nothing.
func (s *Store) CountErasure(ctx context.Context, customer string) (Erasure, error) {
	return s.erase(ctx, customer, "", true)
}

func (s *Store) erase(ctx context.Context, customer, by string, dryRun bool) (e Erasure, err error) {
	if customer == "" {
		return e, triage.Errorf(triage.Invalid, "An erasure needs the customer: an email, a customer id or an account id.")
	}
	// All text is looked through on a snapshot, so that nobody waits for it to
	// write. What arrives meanwhile in the customer's tickets goes too.
	var survey *plan
	err = s.read(ctx, func(tx *sql.Tx) error {
		survey, err = planErasure(ctx, tx, clean(customer), nil)
		return err
	})
	if err != nil {
		return e, err
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		p, err := planErasure(ctx, tx, clean(customer), survey)
		if err != nil {
			return err
		}
		if e, err = s.carryOut(ctx, tx, p, by); err == nil && dryRun {
			err = errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return e, err
}

// carryOut does what p says.
func (s *Store) carryOut(ctx context.Context, tx *sql.Tx, p *plan, by string) (e Erasure, err error) {
	e = Erasure{Tickets: len(p.whole), Shared: len(p.shared), Messages: len(p.wiped), Masked: len(p.masked),
		Raws: len(p.raws), Unparsed: len(p.unparsed)}
	now := s.now()
	for _, id := range p.wiped {
		if err := wipeMessage(ctx, tx, id, &p.words); err != nil {
			return e, err
		}
	}
	for _, m := range p.masked {
		_, err := tx.ExecContext(ctx, `UPDATE messages SET text = ?2, external_id = ?3, page_url = ?4, device = ?5, attachments = ?6, events = ?7, agent = ?8, team = ?9 WHERE id = ?1`,
			m.id, m.text, m.externalID, m.pageURL, m.device, m.attachments, m.events, m.agent, m.team)
		if err != nil {
			return e, err
		}
	}
	if err := wipeMailIDsIn(ctx, tx, &p.mail); err != nil {
		return e, err
	}
	for _, id := range p.raws {
		if err := wipeRaw(ctx, tx, id); err != nil {
			return e, err
		}
	}
	for _, id := range p.files {
		if err := wipeFile(ctx, tx, id); err != nil {
			return e, err
		}
	}
	for _, u := range p.unparsed {
		if _, err := tx.ExecContext(ctx, `UPDATE unparsed SET reason = ?2 WHERE id = ?1`, u.id, u.reason); err != nil {
			return e, err
		}
	}
	if err := maskIncidents(ctx, tx, p); err != nil {
		return e, err
	}
	if err := maskImports(ctx, tx, p); err != nil {
		return e, err
	}
	if err := eraseVisitors(ctx, tx, p); err != nil {
		return e, err
	}
	for _, id := range p.whole {
		if err := s.wipeTicket(ctx, tx, id, &p.words, now, by, &e); err != nil {
			return e, err
		}
	}
	for _, t := range p.shared {
		if err := s.reduceTicket(ctx, tx, t, p, now, by, &e); err != nil {
			return e, err
		}
	}
	return e, nil
}

// maskIncidents takes the person out of what leads called incidents: by name
// where a ticket of theirs is part of one, by address everywhere.
func maskIncidents(ctx context.Context, tx *sql.Tx, p *plan) error {
	ids, err := strs(ctx, tx, `SELECT id FROM incidents WHERE title <> ''`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		by := &p.mail
		tickets, err := strs(ctx, tx, `SELECT ticket_id FROM incident_tickets WHERE incident_id = ?1`, id)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(tickets, p.takesPart) {
			by = &p.identity
		}
		var title string
		if err := tx.QueryRowContext(ctx, `SELECT title FROM incidents WHERE id = ?1`, id).Scan(&title); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE incidents SET title = ?2 WHERE id = ?1`, id, by.apply(title)); err != nil {
			return err
		}
	}
	return nil
}

// wipeMessage takes the text of a message. Its key stays, so that a second
// arrival is still known, unless the customer is in it.
func wipeMessage(ctx context.Context, tx *sql.Tx, id string, words *mask) error {
	var key sql.NullString
	err := tx.QueryRowContext(ctx, `UPDATE messages SET text = '', external_id = '', page_url = '', device = '{}', attachments = '[]', events = '[]', agent = '', team = '',
			customer_id = '', customer_email = '', customer_name = '', customer_account = ''
		WHERE id = ?1 RETURNING message_key`, id).Scan(&key)
	if err == nil {
		err = wipeFilesOf(ctx, tx, id)
	}
	if err != nil {
		return err
	}
	if err := wipeMailIDs(ctx, tx, id); err != nil {
		return err
	}
	if !words.in(key.String) {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE messages SET message_key = NULL WHERE id = ?1`, id)
	return err
}

func wipeRaw(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE raws SET bytes = ?2, content_type = '' WHERE id = ?1`, id, []byte{})
	return err
}

// wipeTicket takes what a ticket says beside its messages. Nothing is left to
// triage in it.
func (s *Store) wipeTicket(ctx context.Context, tx *sql.Tx, id string, words *mask, now time.Time, by string, e *Erasure) error {
	var key sql.NullString
	err := tx.QueryRowContext(ctx, `UPDATE tickets SET subject = '', request = '', customer_id = '', customer_email = '',
			customer_name = '', customer_account = '', erased_at = ?2, triaged_seq = last_seq, degraded = 0
		WHERE id = ?1 RETURNING ticket_key`, id, micros(now)).Scan(&key)
	if err != nil {
		return err
	}
	if words.in(key.String) {
		if _, err := tx.ExecContext(ctx, `UPDATE tickets SET ticket_key = NULL WHERE id = ?1`, id); err != nil {
			return err
		}
	}
	if err := voidLease(ctx, tx, id); err != nil {
		return err
	}
	return s.wipeDerived(ctx, tx, id, nil, now, by, e)
}

// reduceTicket takes the customer out of a ticket that stays.
func (s *Store) reduceTicket(ctx context.Context, tx *sql.Tx, t ticketText, p *plan, now time.Time, by string, e *Erasure) error {
	var key sql.NullString
	var messages int
	err := tx.QueryRowContext(ctx, `UPDATE tickets SET subject = ?2, request = '', erased_at = ?3 WHERE id = ?1 RETURNING ticket_key, last_seq`,
		t.id, t.subject, micros(now)).Scan(&key, &messages)
	if err != nil {
		return err
	}
	if p.identity.in(key.String) {
		if _, err := tx.ExecContext(ctx, `UPDATE tickets SET ticket_key = NULL WHERE id = ?1`, t.id); err != nil {
			return err
		}
	}
	if t.replay {
		if err := replayHead(ctx, tx, t.id, micros(now)); err != nil {
			return err
		}
	}
	if err := s.wipeDerived(ctx, tx, t.id, t.corrections(p), now, by, e); err != nil {
		return err
	}
	if messages == 0 { // a tombstone
		return voidLease(ctx, tx, t.id)
	}
	return s.retriage(ctx, tx, t.id, -1)
}

// wipeDerived takes the text of a ticket's briefs, corrections and pauses, and
// its words out of the index, and records the erasure. With words only the corrections go that they are in.
func (s *Store) wipeDerived(ctx context.Context, tx *sql.Tx, id string, words *mask, now time.Time, by string, e *Erasure) error {
	briefs, err := wipeBriefs(ctx, tx, id)
	if err != nil {
		return err
	}
	corrections, err := wipeCorrections(ctx, tx, id, words)
	if err != nil {
		return err
	}
	pauses, err := wipePauses(ctx, tx, id, words, now)
	if err != nil {
		return err
	}
	if err := forgetWords(ctx, tx, id); err != nil {
		return err
	}
	if err := wipeOutgoing(ctx, tx, id, words, now); err != nil {
		return err
	}
	if err := wipeNotes(ctx, tx, id, words); err != nil {
		return err
	}
	if err := wipeImported(ctx, tx, id, words); err != nil {
		return err
	}
	e.Briefs += briefs
	e.Corrections += corrections
	return s.record(ctx, tx, EventErased, id, now, map[string]any{"briefs": briefs, "corrections": corrections, "pauses": pauses, "by": clean(by)})
}

// wipeBriefs reduces every version of a ticket's briefs to codes and numbers.
func wipeBriefs(ctx context.Context, tx *sql.Tx, ticketID string) (int, error) {
	results, err := strs(ctx, tx, `SELECT result FROM briefs WHERE ticket_id = ?1`, ticketID)
	if err != nil {
		return 0, err
	}
	for _, text := range results {
		var r triage.Result
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return 0, err
		}
		short := redact(&r)
		data, err := triage.JSON(&short)
		if err != nil {
			return 0, err
		}
		_, err = tx.ExecContext(ctx, `UPDATE briefs SET result = ?3 WHERE ticket_id = ?1 AND version = ?2`, ticketID, r.Version, string(data))
		if err != nil {
			return 0, err
		}
	}
	return len(results), nil
}

// wipeCorrections leaves of a ticket's corrections when and on which item
// somebody spoke. One without a value says nothing any more, so each is an
// undo. With words all stay in force and only what words find is masked: were
// the newest of a key to go, an older one would hold again.
func wipeCorrections(ctx context.Context, tx *sql.Tx, ticketID string, words *mask) (int, error) {
	ids, err := strs(ctx, tx, `SELECT id FROM corrections WHERE ticket_id = ?1
		UNION SELECT c.id FROM messages m JOIN corrections c ON c.message_id = m.id AND c.message_id <> '' WHERE m.ticket_id = ?1`, ticketID)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT correction FROM corrections WHERE id = ?1`, id).Scan(&text); err != nil {
			return 0, err
		}
		left := `{"what":"erased","undo":true}`
		if words != nil {
			if left, err = maskCorrection(text, words); err != nil {
				return 0, err
			}
			if left == text {
				continue
			}
		}
		n++
		if _, err := tx.ExecContext(ctx, `UPDATE corrections SET correction = ?2 WHERE id = ?1`, id, left); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// maskCorrection masks what people wrote in a correction as it is stored.
func maskCorrection(text string, words *mask) (string, error) {
	var x correctionText
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return "", err
	}
	for _, field := range []*string{&x.Item, &x.Value, &x.Who, &x.Why} {
		*field = words.apply(*field)
	}
	for name, value := range x.Inputs {
		x.Inputs[name] = words.apply(value)
	}
	masked, err := json.Marshal(x)
	return string(masked), err
}
