package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"regexp"
	"time"

	"readback/knowledge"
	"readback/knowledge/lint"
	"readback/triage"
	"readback/triage/eval"
)

// PastOptions say which past tickets are read. Zero is all that were triaged.
type PastOptions struct {
	Since, Until time.Time // by when they came, Until left out; zero = open
	Limit        int       // of those, the last changed; 0 = all
	// Whole reads those that were never triaged too, and of each every result.
	Whole bool
}

// PastCount says what there is of what was asked for.
type PastCount struct {
	Of     int // to be read
	Erased int // left out: text of theirs was erased
}

// Past calls do with past tickets, the last changed first, and with how many
// there are. Those of which text was erased are left out, and so are merged
// ones. It reads one ticket at a time, so that what it holds does not grow with
// their number. It ends at the first error of do.
func (s *Store) Past(ctx context.Context, o PastOptions, do func(p eval.Past, n PastCount) error) (count PastCount, err error) {
	least := 1
	if o.Whole {
		least = 0
	}
	until := o.Until
	if until.IsZero() {
		until = latest
	}
	const chosen = ` FROM tickets WHERE version >= ?1 AND last_seq > 0 AND merged_into = '' AND created_at >= ?2 AND created_at < ?3 AND `
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*)`+chosen+`erased_at > 0`, least, micros(o.Since), micros(until)).Scan(&count.Erased); err != nil {
		return count, mapError(err)
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT id`+chosen+`erased_at = 0 ORDER BY updated_at DESC, id DESC LIMIT ?4`,
		least, micros(o.Since), micros(until), cmp.Or(o.Limit, math.MaxInt32))
	if err != nil {
		return count, mapError(err)
	}
	ids, err := scanIDs(rows)
	if err != nil {
		return count, mapError(err)
	}
	count.Of = len(ids)
	for _, id := range ids {
		past, err := s.pastTicket(ctx, id, o.Whole)
		switch {
		case triage.CodeOf(err) == triage.NotFound: // gone since
			continue
		case err != nil:
			return count, mapError(err)
		case past.Result.CoveredSeq == 0 && !o.Whole: // what it rests on was moved away since
			continue
		}
		if err := do(past, count); err != nil {
			return count, err
		}
	}
	return count, nil
}

// latest is a time that no ticket came at.
var latest = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func scanIDs(rows *sql.Rows) (ids []string, err error) {
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// PastMark tells whether past tickets have changed: two that are the same were
// made of the same tickets.
type PastMark struct{ Tickets, Versions, Updated, Erased int64 }

// PastMark looks at the triaged tickets that came since.
func (s *Store) PastMark(ctx context.Context, since time.Time) (m PastMark, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(version), 0), coalesce(max(updated_at), 0), coalesce(sum(CASE WHEN erased_at > 0 THEN 1 ELSE 0 END), 0)
		FROM tickets WHERE version > 0 AND merged_into = '' AND created_at >= ?1`, micros(since)).Scan(&m.Tickets, &m.Versions, &m.Updated, &m.Erased)
	return m, mapError(err)
}

// pastTicket reads a ticket with its newest result or, whole, with all of them.
// A result that rests on messages that were moved away since covers nothing.
func (s *Store) pastTicket(ctx context.Context, id string, whole bool) (p eval.Past, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		if p.Ticket, err = ticketIn(ctx, tx, id); err != nil {
			return err
		}
		numbers := make([]string, len(p.Ticket.Messages))
		for i := range p.Ticket.Messages {
			numbers[i] = p.Ticket.Messages[i].ID
		}
		first := p.Ticket.Version
		if whole {
			first = 1
		}
		rows, err := tx.QueryContext(ctx, `SELECT result FROM briefs WHERE ticket_id = ?1 AND version >= ?2 ORDER BY version`, id, first)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text []byte
			var r triage.Result
			if err := rows.Scan(&text); err != nil {
				return err
			}
			if err := json.Unmarshal(text, &r); err != nil {
				return err
			}
			if !renumber(&r, numbers) {
				r = redact(&r)
				r.CoveredSeq = 0
			}
			p.Results = append(p.Results, r)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if n := len(p.Results); n > 0 {
			p.Result = p.Results[n-1]
		}
		p.Handed, err = handedByPerson(ctx, tx, id)
		return err
	})
	return p, err
}

// handedByPerson lists the hand-overs by which people said whose a ticket is,
// oldest first: those that were not undone. A workload says nothing of that.
func handedByPerson(ctx context.Context, tx *sql.Tx, id string) (out []eval.Handed, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT created_at, to_tier FROM handovers
		WHERE ticket_id = ?1 AND undone_at = 0 AND person <> '' AND why <> 'workload' ORDER BY created_at, id`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h eval.Handed
		var at int64
		if err := rows.Scan(&at, &h.Tier); err != nil {
			return nil, err
		}
		h.At = fromMicros(at)
		out = append(out, h)
	}
	return out, rows.Err()
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
