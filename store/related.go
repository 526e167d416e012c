package store

import (
	"context"
	"database/sql"
	"strings"

	"readback/triage"
	"readback/triage/route"
)

// mostRelated bounds the lists of related tickets.
const mostRelated = 20

// SameCustomer lists the other tickets of a ticket's customer, the last
// changed first, at most 20: by the source's id, by email or by account. It is
// empty when nobody is named.
func (s *Store) SameCustomer(ctx context.Context, t *triage.Ticket) ([]Summary, error) {
	c := t.Customer
	// Of each kind the newest are enough: one more than asked for, since t itself is among them.
	return s.summaries(ctx, `SELECT `+summaryColumns+` FROM tickets WHERE id <> ?1 AND id IN (
			SELECT id FROM (SELECT id FROM tickets WHERE ?2 <> '' AND lower(customer_email) = lower(?2) AND merged_into = ''
				ORDER BY updated_at DESC, id DESC LIMIT ?6 + 1) AS by_email
			UNION SELECT id FROM (SELECT id FROM tickets WHERE ?3 <> '' AND customer_id = ?3 AND source = ?4 AND merged_into = ''
				ORDER BY updated_at DESC, id DESC LIMIT ?6 + 1) AS by_id
			UNION SELECT id FROM (SELECT id FROM tickets WHERE ?5 <> '' AND customer_account = ?5 AND merged_into = ''
				ORDER BY updated_at DESC, id DESC LIMIT ?6 + 1) AS by_account)
		ORDER BY updated_at DESC, id DESC LIMIT ?6`, t.ID, c.Email, c.ID, t.Source, c.AccountID, mostRelated)
}

// Join is a ticket that may be one conversation with another.
type Join struct {
	Summary
	Identity triage.Identity // how sure we are of who wrote it
}

// Joinable lists tickets that may be one conversation with t, whose newest
// result is r: of the same customer, about the same matter, changed within a
// week of it, and not said to be two. Neither another account's nor those of
// another mail domain are among them.
func (s *Store) Joinable(ctx context.Context, t *triage.Ticket, r *triage.Result) ([]Join, error) {
	candidates, err := s.SameCustomer(ctx, t)
	if err != nil {
		return nil, err
	}
	var out []Join
	for _, c := range candidates {
		if foreign(t.Customer, c.Customer) || c.UpdatedAt.Sub(t.UpdatedAt).Abs() > route.JoinWindow || t.State == triage.StateResolved && c.State == triage.StateResolved {
			continue
		}
		j := Join{Summary: c}
		ok, err := s.joinable(ctx, t.ID, &j, r)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, j)
		}
	}
	return out, nil
}

func (s *Store) joinable(ctx context.Context, id string, other *Join, r *triage.Result) (ok bool, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		var apart bool
		err := tx.QueryRowContext(ctx, `SELECT identity, EXISTS (SELECT 1 FROM apart WHERE one_id = ?2 AND other_id = ?3) FROM tickets WHERE id = ?1`,
			other.ID, min(id, other.ID), max(id, other.ID)).Scan(&other.Identity, &apart)
		if err != nil || apart {
			return err
		}
		theirs, err := newestResult(ctx, tx, other.ID)
		if triage.CodeOf(err) == triage.NotFound {
			return nil
		}
		ok = err == nil && route.SameMatter(r, theirs)
		return err
	})
	return ok, err
}

// foreign reports whether two customers are of different accounts or mail
// domains.
func foreign(a, b triage.Customer) bool {
	_, x, _ := strings.Cut(a.Email, "@")
	_, y, _ := strings.Cut(b.Email, "@")
	return x != "" && y != "" && !strings.EqualFold(x, y) || a.AccountID != "" && b.AccountID != "" && a.AccountID != b.AccountID
}

// SetApart keeps a person's word that two tickets are two: they are not
// proposed for each other again. Errors: NotFound; Invalid for one ticket.
func (s *Store) SetApart(ctx context.Context, id, other string) error {
	if id == other {
		return triage.Errorf(triage.Invalid, "A ticket is not apart from itself.")
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, ticket := range []string{id, other} {
			if _, _, err := headIn(ctx, tx, ticket); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO apart (one_id, other_id, at) VALUES (?1, ?2, ?3) ON CONFLICT (one_id, other_id) DO NOTHING`,
			min(id, other), max(id, other), micros(s.now()))
		if err != nil {
			return err
		}
		return s.record(ctx, tx, EventApart, id, s.now(), map[string]any{"other": other})
	})
}

// MergedFrom lists the tickets that were merged into a ticket itself, the last
// first, at most 20: the merges that can be undone.
func (s *Store) MergedFrom(ctx context.Context, ticketID string) ([]Summary, error) {
	return s.summaries(ctx, `SELECT `+summaryColumns+` FROM tickets WHERE id IN (
			SELECT source_id FROM moves WHERE target_id = ?1 AND kind = ?2 AND undone_at = 0)
		ORDER BY updated_at DESC, id DESC LIMIT ?3`, ticketID, moveMerge, mostRelated)
}

func (s *Store) summaries(ctx context.Context, query string, args ...any) ([]Summary, error) {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	var out []Summary
	for rows.Next() {
		t, err := scanSummary(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, t)
	}
	return out, mapError(rows.Err())
}
