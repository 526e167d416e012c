package store

import (
	"context"
	"database/sql"
	"encoding/json"

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
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (id, at, actor, action, object, address, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		s.newID("aud"), micros(s.now()), by.ID, action, clean(object), by.Address, string(text))
	return err
}
