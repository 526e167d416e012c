package store

import (
	"context"

	"readback/triage"
)

// mostRelated bounds the lists of related tickets.
const mostRelated = 20

// SameCustomer lists the other tickets of a ticket's customer, the last
// changed first, at most 20: by the source's id, by email or by account. It
// looks through all tickets. It is empty when nobody is named.
func (s *Store) SameCustomer(ctx context.Context, t *triage.Ticket) ([]Summary, error) {
	c := t.Customer
	return s.summaries(ctx, `SELECT `+summaryColumns+` FROM tickets WHERE merged_into = '' AND id <> ?1 AND (
			?2 <> '' AND lower(customer_email) = lower(?2) OR ?3 <> '' AND customer_id = ?3 AND source = ?4 OR ?5 <> '' AND customer_account = ?5)
		ORDER BY updated_at DESC, id DESC LIMIT ?6`, t.ID, c.Email, c.ID, t.Source, c.AccountID, mostRelated)
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
