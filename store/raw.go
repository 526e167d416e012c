package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"time"
)

// KeepUnparsed stores what no channel could understand, so that it is not
// lost, and returns its id. The same bytes of a source are kept once: who is
// told that they cannot be read may send them again. reason is a code, such as
// "json".
func (s *Store) KeepUnparsed(ctx context.Context, source, contentType string, raw []byte, reason string) (string, error) {
	if err := s.checkLimits(ctx); err != nil {
		return "", err
	}
	id := unparsedID(source, raw)
	return id, s.write(ctx, func(tx *sql.Tx) error { return s.keepUnparsed(ctx, tx, id, source, contentType, raw, reason) })
}

// unparsedID names bytes of a source that cannot be read.
func unparsedID(source string, raw []byte) string {
	sum := sha256.Sum256(append([]byte(source+"\x00"), raw...))
	return "unp_" + idEncoding.EncodeToString(sum[:])[:20]
}

func (s *Store) keepUnparsed(ctx context.Context, tx *sql.Tx, id, source, contentType string, raw []byte, reason string) error {
	now := s.now()
	known, err := strs(ctx, tx, `SELECT id FROM unparsed WHERE id = ?1`, id)
	if err != nil || len(known) > 0 {
		return err
	}
	rawID, err := s.insertRaw(ctx, tx, raw, contentType, now)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO unparsed (id, source, reason, raw_id, received_at) VALUES (?1, ?2, ?3, ?4, ?5)`,
		id, clean(source), clean(reason), rawID, micros(now))
	return err
}

func (s *Store) insertRaw(ctx context.Context, tx *sql.Tx, raw []byte, contentType string, now time.Time) (string, error) {
	id := s.newID("raw")
	if raw == nil {
		raw = []byte{} // nil would be NULL
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO raws (id, bytes, content_type, received_at) VALUES (?1, ?2, ?3, ?4)`,
		id, raw, clean(contentType), micros(now))
	return id, err
}
