package store

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"readback/triage"
)

// OpenReadOnly opens a database to read only: the file is opened so that no
// statement can write to it, and what would write fails with Unavailable. The
// service may run meanwhile. Errors: Invalid when there is no database, or one
// of another version than this program's.
func OpenReadOnly(ctx context.Context, path string, log *slog.Logger) (*Store, error) {
	schema, err := ReadSchema(ctx, path)
	switch {
	case err != nil:
		return nil, err
	case schema.Have > schema.Want:
		return nil, newerSchema(schema.Have, schema.Want)
	case schema.Have < schema.Want:
		return nil, triage.Errorf(triage.Invalid, "The database has schema version %d and this program reads version %d: run readback migrate first.", schema.Have, schema.Want)
	}
	db, err := openFile(path, url.Values{"mode": {"ro"}, "_query_only": {"on"}, "_stmt_cache_size": {"64"}})
	if err != nil {
		return nil, mapError(err)
	}
	db.SetMaxOpenConns(readers)
	return &Store{writer: db, reader: db, now: time.Now, newID: randomID, log: log, run: randomID("run"), limits: newLimits(Options{Path: path}),
		behind: make(chan struct{}, 1), trouble: make(chan struct{}, 1), dealing: make(chan struct{}, 1)}, nil
}
