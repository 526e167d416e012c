package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// Actor is who does something, for the audit log.
type Actor struct {
	ID      string // of a user or an API token; "cli" on the command line, "" = nobody known
	Address string // where from: an IP address; "" on the command line
}

// Record adds to the audit log that somebody did something to what object is
// the id of. data holds ids, codes and numbers only, never text of a person.
func (s *Store) Record(ctx context.Context, by Actor, action, object string, data map[string]any) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.audit(ctx, tx, by, action, object, data) })
}

// audit adds to the log in the transaction of what it tells of.
func (s *Store) audit(ctx context.Context, tx *sql.Tx, by Actor, action, object string, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return triage.Errorf(triage.Internal, "The audit log cannot hold this: %w", err)
	}
	// The log is read in the order of its times, so no two lines have the same.
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (id, at, actor, action, object, address, data)
		VALUES (?1, COALESCE((SELECT MAX(at) + 1 FROM audit WHERE at >= ?2), ?2), ?3, ?4, ?5, ?6, ?7)`,
		s.newID("aud"), micros(s.now()), by.ID, action, clean(object), by.Address, string(text))
	return err
}

// Entry is one line of the audit log.
type Entry struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`  // id of a user or token, "" = nobody known
	Action  string          `json:"action"` // a code
	Object  string          `json:"object"` // an id, "" = none
	Address string          `json:"address"`
	Data    json.RawMessage `json:"data"`
}

// AuditFilter says which lines of the audit log: all that is set must fit.
type AuditFilter struct {
	Actor  string    // id
	Object string    // id
	Action string    // a code, or the words that it begins with: "user" finds user.added
	From   time.Time // this or later
	To     time.Time // before this
	After  string    // cursor of AuditList.Next
	Limit  int       // default 100, at most 1000
}

// AuditList is a page of the log, newest first.
type AuditList struct {
	Entries []Entry
	Next    string // cursor of the next page, "" at the end
}

// Audit returns a page of the audit log. Errors: Invalid for a cursor that is none.
func (s *Store) Audit(ctx context.Context, f AuditFilter) (AuditList, error) {
	out := AuditList{Entries: []Entry{}}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, 1000)
	to, before := int64(1)<<62, ""
	if !f.To.IsZero() {
		to = micros(f.To)
	}
	if f.After != "" {
		at, id, ok := strings.Cut(f.After, "-")
		us, err := strconv.ParseInt(at, 10, 64)
		if !ok || err != nil {
			return out, triage.Errorf(triage.Invalid, "This is no place in the audit log.")
		}
		before = id
		to = min(to, us)
	}
	// A cursor's own time is in reach for the ids before its own.
	rows, err := s.reader.QueryContext(ctx, `SELECT id, at, actor, action, object, address, data FROM audit
		WHERE at >= ?1 AND (at < ?2 OR at = ?2 AND id < ?3)
			AND (?4 = '' OR actor = ?4) AND (?5 = '' OR object = ?5) AND (?6 = '' OR action = ?6 OR substr(action, 1, ?7) = ?6 || '.')
		ORDER BY at DESC, id DESC LIMIT ?8`,
		micros(f.From), to, before, f.Actor, f.Object, f.Action, len(f.Action)+1, limit+1)
	if err != nil {
		return out, mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var at int64
		var data string
		if err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Object, &e.Address, &data); err != nil {
			return out, mapError(err)
		}
		e.At, e.Data = fromMicros(at), json.RawMessage(data)
		out.Entries = append(out.Entries, e)
	}
	if len(out.Entries) > limit {
		out.Entries = out.Entries[:limit]
		last := out.Entries[limit-1]
		out.Next = strconv.FormatInt(micros(last.At), 10) + "-" + last.ID
	}
	return out, mapError(rows.Err())
}
