package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"readback/triage"
	"readback/triage/eval/replay"
)

// Shadowed is what a candidate made of a ticket beside the desk, which has
// triaged it: codes and numbers only. The ticket knows nothing of it.
type Shadowed struct {
	TicketID  string         `json:"-"`
	At        time.Time      `json:"-"` // set by RecordShadow
	Version   int            `json:"version"`
	Subject   replay.Subject `json:"subject"`
	Live      replay.Outcome `json:"live"`
	Shadow    replay.Outcome `json:"shadow"`
	Unlooked  int            `json:"unlooked"` // steps it would have looked at and the desk did not
	Unread    string         `json:"unread"`   // code of why it could not read it; "" when it did
	CostUSD   float64        `json:"cost_usd"` // as far as it is known
	LatencyMS int64          `json:"took_ms"`
}

// RecordShadow keeps what a candidate made of a ticket, as an event of it.
func (s *Store) RecordShadow(ctx context.Context, x Shadowed) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		data, err := json.Marshal(x)
		if err != nil {
			return err
		}
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			return err
		}
		return s.record(ctx, tx, EventShadow, x.TicketID, s.now(), fields)
	})
}

// Shadows returns the newest of each ticket since then, newest first, n at most.
func (s *Store) Shadows(ctx context.Context, since time.Time, n int) (out []Shadowed, err error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT ticket_id, at, data FROM events WHERE kind = 'shadow' AND at >= ?1 ORDER BY at DESC, n DESC`, micros(since))
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	seen := map[string]bool{}
	for rows.Next() && len(out) < n {
		var x Shadowed
		var at int64
		var data []byte
		if err := rows.Scan(&x.TicketID, &at, &data); err != nil {
			return nil, mapError(err)
		}
		if seen[x.TicketID] {
			continue
		}
		seen[x.TicketID] = true
		if err := json.Unmarshal(data, &x); err != nil {
			return nil, mapError(err)
		}
		x.At = fromMicros(at)
		out = append(out, x)
	}
	return out, mapError(rows.Err())
}

// shadowRows is how the rows of candidates begin in the table of spending: what
// they cost is not what the desk costs, and uses up no budget of its.
const shadowRows = "shadow "

// ShadowLedger keeps what candidates cost, apart from what the desk does.
type ShadowLedger struct{ Store *Store }

// Spent returns what candidates charged on the UTC day of at, in USD.
func (l ShadowLedger) Spent(ctx context.Context, at time.Time) (float64, error) {
	return l.Store.spent(ctx, at, true)
}

// Charge adds what one reading of a candidate cost.
func (l ShadowLedger) Charge(ctx context.Context, at time.Time, model string, u triage.Usage) error {
	return l.Store.Charge(ctx, at, shadowRows+model, u)
}

// spent sums up one of the two.
func (s *Store) spent(ctx context.Context, at time.Time, shadow bool) (float64, error) {
	var nano int64
	err := s.reader.QueryRowContext(ctx, `SELECT coalesce(sum(nano_usd), 0) FROM spending WHERE day = ?1 AND (substr(model, 1, ?2) = ?3) = ?4`,
		day(at), len(shadowRows), shadowRows, shadow).Scan(&nano)
	return float64(nano) / 1e9, mapError(err)
}
