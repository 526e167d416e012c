package store

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"readback/knowledge"
	"readback/knowledge/lint"
	"readback/triage"
)

// Past calls do with the tickets that were triaged, the last changed first, n
// of them at most, each with its newest result and how many there are to come in all. Those whose text was erased are
// left out, and so are merged ones. It reads one ticket at a time, so that what
// it holds does not grow with n. It ends at the first error of do.
func (s *Store) Past(ctx context.Context, n int, do func(t triage.Ticket, r triage.Result, of int) error) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT id FROM tickets
		WHERE version > 0 AND merged_into = '' AND erased_at = 0 ORDER BY updated_at DESC, id DESC LIMIT ?1`, n)
	if err != nil {
		return mapError(err)
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			_ = rows.Close()
			return mapError(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return mapError(err)
	}
	for _, id := range ids {
		t, r, err := s.ticketAndResult(ctx, id)
		switch {
		case triage.CodeOf(err) == triage.NotFound: // gone since
			continue
		case err != nil:
			return mapError(err)
		case r == nil || r.CoveredSeq == 0: // what it rests on was moved away since
			continue
		}
		if err := do(t, *r, len(ids)); err != nil {
			return err
		}
	}
	return nil
}

// Waiting counts, of the tickets that came since, those whose next step is one
// of a procedure's: by procedure and step.
func (s *Store) Waiting(ctx context.Context, since time.Time) (map[[2]string]int, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT procedure_id, next_step, COUNT(*) FROM tickets
		WHERE procedure_id <> '' AND next_step <> '' AND merged_into = '' AND created_at >= ?1 GROUP BY procedure_id, next_step`, micros(since))
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := map[[2]string]int{}
	for rows.Next() {
		var key [2]string
		var n int
		if err := rows.Scan(&key[0], &key[1], &n); err != nil {
			return nil, mapError(err)
		}
		out[key] = n
	}
	return out, mapError(rows.Err())
}

// Consulted counts, of the tickets that came since, those whose customer had read a
// page before they wrote: they opened it, wrote from it, or named its address.
// The key is knowledge.PageKey of the address.
func (s *Store) Consulted(ctx context.Context, since time.Time) (map[string]int, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT ticket_id, page_url, events, CASE WHEN text LIKE '%http%' THEN text ELSE '' END FROM messages
		WHERE role = ?1 AND received_at >= ?2 AND (page_url <> '' OR events <> '[]' OR text LIKE '%http%') ORDER BY ticket_id`,
		string(triage.RoleCustomer), micros(since))
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out, counted, last := map[string]int{}, map[string]bool{}, ""
	for rows.Next() {
		var ticket, page, text string
		var events []byte
		if err := rows.Scan(&ticket, &page, &events, &text); err != nil {
			return nil, mapError(err)
		}
		var did []triage.Event
		if err := json.Unmarshal(events, &did); err != nil {
			return nil, mapError(err)
		}
		if ticket != last { // each ticket counts once for a page
			clear(counted)
			last = ticket
		}
		addresses := append(pageAddress.FindAllString(text, 50), page)
		for _, e := range did {
			addresses = append(addresses, e.URL)
		}
		for _, a := range addresses {
			if key := knowledge.PageKey(a); key != "" && !counted[key] {
				counted[key] = true
				out[key]++
			}
		}
	}
	return out, mapError(rows.Err())
}

// pageAddress is a web address in a customer's words.
var pageAddress = regexp.MustCompile(`https?://[^\s<>"'\])}]{1,500}`)

// Caused is what the linter ranks dead ends by: the tickets that came since.
func (s *Store) Caused(ctx context.Context, since time.Time) (*lint.Caused, error) {
	next, err := s.Waiting(ctx, since)
	if err != nil {
		return nil, err
	}
	read, err := s.Consulted(ctx, since)
	if err != nil {
		return nil, err
	}
	return &lint.Caused{Next: next, Read: read}, nil
}
