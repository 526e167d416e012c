package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"readback/triage"
)

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

// readers is how many connections read at once. Readers never wait for the
// writer in WAL mode.
const readers = 4

// openSQLite opens a writer of one connection and a pool of readers. All
// pragmas are in the DSN, because one that is executed reaches one pooled
// connection only.
func openSQLite(ctx context.Context, path string) (writer, reader *sql.DB, err error) {
	if path == "" {
		return nil, nil, triage.Errorf(triage.Invalid, "The store needs the path of its database file.")
	}
	// Made here, for its mode: messages of customers are nobody else's to read.
	// The files that SQLite keeps beside it take the same mode.
	// Never opened when it exists: closing it would drop SQLite's own locks.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err == nil {
		f.Close()
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, nil, triage.Errorf(triage.Invalid, "The database file %q cannot be made: %w", path, err)
	}
	open := func(pragmas url.Values) (*sql.DB, error) {
		pragmas.Set("_busy_timeout", "5000") // ms
		pragmas.Set("_foreign_keys", "on")
		pragmas.Set("_stmt_cache_size", "64")
		u := url.URL{Path: filepath.ToSlash(path)}
		return sql.Open("sqlite3", "file:"+u.EscapedPath()+"?"+pragmas.Encode())
	}
	// FULL: each commit is on the disk before it is acknowledged. Immediate:
	// a transaction that reads first and writes then would fail under load.
	// Secure delete: what is erased or replaced is overwritten, not only freed.
	writer, err = open(url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"}, "_secure_delete": {"on"}})
	if err != nil {
		return nil, nil, mapError(err)
	}
	writer.SetMaxOpenConns(1)
	if err := writer.PingContext(ctx); err != nil {
		writer.Close()
		return nil, nil, triage.Errorf(triage.Invalid, "The file %q cannot be used as a database: %w", path, err)
	}
	reader, err = open(url.Values{"_query_only": {"on"}})
	if err != nil {
		writer.Close()
		return nil, nil, mapError(err)
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return writer, reader, nil
}

// migrationTries is more than there are steps to trip over.
const migrationTries = 20

// migrate brings the schema and River's tables up to this program's version.
// It refuses a database with a newer one before it changes anything.
func migrate(ctx context.Context, db *sql.DB) (err error) {
	// Processes that start at once on one file trip over each other: whoever
	// fails at a step that another has just taken goes on from there.
	for range migrationTries {
		if err = migrateOnce(ctx, db); err == nil || triage.CodeOf(err) == triage.Invalid || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func migrateOnce(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return newerSchema(have, want)
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	queue, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	_, err = queue.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func newerSchema(have, want int64) error {
	return triage.Errorf(triage.Invalid,
		"The database has schema version %d and this program knows versions up to %d: a newer Readback made it, so start that one.", have, want)
}

// compactTries is how often Compact waits for the readers of old snapshots,
// each time for the busy time-out.
const compactTries = 6

// Compact rewrites the database file without its free parts and empties the
// write-ahead log. Erased text is overwritten where it stood when its page is
// written, but until a checkpoint the log still has the page as it was before,
// and a database made before secure delete was on has old copies in its free
// pages. It needs the size of the database as free space on the disk. Others
// read meanwhile; who writes waits, and past the busy time-out is refused as
// Unavailable: about 10 s for each GB. Errors: Unavailable when there is no
// space, or others read an old snapshot for too long; try again.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.spaceToCompact(ctx); err != nil {
		return err
	}
	if err := s.mergeWords(ctx); err != nil {
		return err
	}
	if err := s.checkpoint(ctx); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, `VACUUM`); err != nil {
		return mapError(err)
	}
	return s.checkpoint(ctx)
}

// checkpoint writes the log into the database file and truncates it to nothing.
func (s *Store) checkpoint(ctx context.Context) error {
	for range compactTries {
		var busy, pages, done int
		if err := s.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &done); err != nil {
			return mapError(err)
		}
		if busy == 0 {
			return nil
		}
	}
	return triage.Errorf(triage.Unavailable, "Somebody reads an old state of the database, so its log cannot be emptied now.")
}

// writeWithoutOverwriting is write for what deletes rows that never held any
// text: their pages are only freed, which for a whole table takes no time.
// Nobody else gets the connection meanwhile.
func (s *Store) writeWithoutOverwriting(ctx context.Context, do func(tx *sql.Tx) error) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return mapError(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA secure_delete = OFF`); err != nil {
		return mapError(err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = ON`) //nolint:errcheck // a broken connection is replaced by one that has it on
	return inTx(ctx, conn, do)
}

func (s *Store) spaceToCompact(ctx context.Context) error {
	var pages, size int64
	err := s.reader.QueryRowContext(ctx, `SELECT page_count, page_size FROM pragma_page_count, pragma_page_size`).Scan(&pages, &size)
	if err != nil {
		return mapError(err)
	}
	free, err := freeBytes(s.limits.dir)
	if err != nil {
		return triage.Errorf(triage.Internal, "The free space of the disk cannot be read: %w", err)
	}
	if free < pages*size {
		return triage.Errorf(triage.Unavailable, "The disk has not the %d MB free that rewriting the database needs.", pages*size>>20)
	}
	return nil
}

// engineCode classifies a driver error.
func engineCode(err error) triage.Code {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return triage.Internal
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrInterrupt, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly:
		return triage.Unavailable
	case sqlite3.ErrTooBig:
		return triage.TooLarge
	case sqlite3.ErrConstraint:
		if e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey {
			return triage.Conflict
		}
	}
	return triage.Internal
}
