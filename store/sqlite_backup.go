package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"readback/triage"
)

// sidecars are what SQLite keeps beside a database file.
var sidecars = []string{"-wal", "-shm", "-journal"}

// backupPages is how many pages are copied between two looks at the context.
const backupPages = 1024

// Backup copies the database at from into the new file to while others write
// to it: the copy is the state of one moment. It is one file, readable by its
// owner only, and was checked when Backup returns. A file that is there is
// replaced only with overwrite, and only once the copy is good.
//
// Errors: Invalid when from is no database of Readback, or to exists or cannot
// be made; Unavailable when the disk is full or the database is locked.
func Backup(ctx context.Context, from, to string, overwrite bool) error {
	if !overwrite {
		if _, err := os.Lstat(to); err == nil {
			return triage.Errorf(triage.Invalid, "The file %q exists already.", to)
		}
	}
	if same(from, to) {
		return triage.Errorf(triage.Invalid, "The backup would replace the database itself.")
	}
	if _, err := ReadSchema(ctx, from); err != nil {
		return err
	}
	copied, err := copyDatabase(ctx, from, filepath.Dir(to))
	if err != nil {
		return err
	}
	if err := moveInto(copied, to); err != nil {
		os.Remove(copied)
		return err
	}
	return nil
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// copyDatabase makes a checked copy of a database in a new file in dir.
func copyDatabase(ctx context.Context, from, dir string) (path string, err error) {
	f, err := os.CreateTemp(dir, ".readback-*.db") // mode 0600
	if err != nil {
		return "", triage.Errorf(triage.Invalid, "The folder %q cannot be written: %w", dir, err)
	}
	path = f.Name()
	f.Close()
	defer func() {
		if err != nil {
			for _, suffix := range append([]string{""}, sidecars...) {
				os.Remove(path + suffix)
			}
		}
	}()
	source, err := openFile(from, url.Values{"mode": {"rw"}, "_query_only": {"on"}})
	if err != nil {
		return "", mapError(err)
	}
	defer source.Close()
	target, err := openFile(path, nil)
	if err != nil {
		return "", mapError(err)
	}
	defer target.Close()
	if err := copyPages(ctx, source, target); err != nil {
		return "", mapError(err)
	}
	// The copy says that it has a write-ahead log, like its source. Alone, it
	// is one whole file.
	if _, err := target.ExecContext(ctx, `PRAGMA journal_mode = DELETE`); err != nil {
		return "", mapError(err)
	}
	if err := checkIntegrity(ctx, target); err != nil {
		return "", err
	}
	return path, mapError(target.Close())
}

// openFile opens a database by one connection, without the store's pragmas.
func openFile(path string, params url.Values) (*sql.DB, error) {
	if params == nil {
		params = url.Values{}
	}
	if !params.Has("_busy_timeout") {
		params.Set("_busy_timeout", "5000") // ms
	}
	u := url.URL{Path: filepath.ToSlash(path)}
	db, err := sql.Open("sqlite3", "file:"+u.EscapedPath()+"?"+params.Encode())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// copyPages holds one snapshot of the source while it copies, so that no write
// makes the copy start anew.
func copyPages(ctx context.Context, source, target *sql.DB) error {
	from, err := source.Conn(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := from.ExecContext(ctx, `BEGIN`); err != nil {
		return err
	}
	defer from.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) //nolint:errcheck // the connection closes next
	var n int
	if err := from.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&n); err != nil {
		return err
	}
	to, err := target.Conn(ctx)
	if err != nil {
		return err
	}
	defer to.Close()
	return to.Raw(func(t any) error {
		return from.Raw(func(s any) error {
			b, err := t.(*sqlite3.SQLiteConn).Backup("main", s.(*sqlite3.SQLiteConn), "main")
			if err != nil {
				return err
			}
			for done := false; !done && err == nil && ctx.Err() == nil; {
				done, err = b.Step(backupPages)
			}
			return errors.Join(err, b.Finish(), ctx.Err())
		})
	})
}

// checkIntegrity reads the whole database. Errors: Invalid when it is damaged.
func checkIntegrity(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return triage.Errorf(triage.Invalid, "The database is damaged: %w", err)
	}
	if said != "ok" {
		return triage.Errorf(triage.Invalid, "The database is damaged: %s", said)
	}
	rows, err := db.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return mapError(err)
	}
	defer rows.Close()
	if rows.Next() {
		return triage.Errorf(triage.Invalid, "The database is damaged: rows are missing that others name.")
	}
	return mapError(rows.Err())
}

// moveInto puts a finished file in its place, on the disk for good.
func moveInto(path, to string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(path, to)
	}
	if err != nil {
		return triage.Errorf(triage.Invalid, "The file %q cannot be made: %w", to, err)
	}
	if d, err := os.Open(filepath.Dir(to)); err == nil {
		_ = d.Sync() // some systems cannot sync a folder
		d.Close()
	}
	return nil
}

// Restore puts a copy of the backup from into the place of the database at to,
// which nobody may use. The copy was checked before anything is replaced. A
// database that is there is replaced only with overwrite.
//
// Errors: Invalid when from is damaged, no database of Readback or of a newer
// one, or when to exists; Conflict when a program has the database open.
func Restore(ctx context.Context, from, to string, overwrite bool) error {
	schema, err := ReadSchema(ctx, from)
	if err != nil {
		return err
	}
	if schema.Have > schema.Want {
		return newerSchema(schema.Have, schema.Want)
	}
	if same(from, to) {
		return triage.Errorf(triage.Invalid, "The backup is the database itself.")
	}
	exists := false
	for _, suffix := range append([]string{""}, sidecars...) {
		if _, err := os.Lstat(to + suffix); err == nil {
			exists = true
		}
	}
	if exists && !overwrite {
		return triage.Errorf(triage.Invalid, "There is a database at %q already.", to)
	}
	// Locked until the new file is in its place.
	release, err := lockUnused(ctx, to)
	if err != nil {
		return err
	}
	defer release()
	copied, err := copyDatabase(ctx, from, filepath.Dir(to))
	if err != nil {
		return err
	}
	for _, suffix := range sidecars {
		if err := os.Remove(to + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			os.Remove(copied)
			return triage.Errorf(triage.Invalid, "The file %q cannot be removed: %w", to+suffix, err)
		}
	}
	if err := moveInto(copied, to); err != nil {
		os.Remove(copied)
		return err
	}
	return nil
}

// lockUnused takes the sole right to a database file, if there is one, and
// refuses when anybody has it open: in WAL mode each connection holds a shared
// lock for as long as it lives. It also folds the log into the file, so that
// closing it later touches nothing beside it. What is damaged or no database
// is nobody's.
func lockUnused(ctx context.Context, path string) (release func(), err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil
	}
	db, err := openFile(path, url.Values{"mode": {"rw"}, "_locking": {"EXCLUSIVE"}, "_busy_timeout": {"200"}})
	if err != nil {
		return nil, mapError(err)
	}
	for _, statement := range []string{`BEGIN EXCLUSIVE`, `COMMIT`, `PRAGMA journal_mode = DELETE`, `BEGIN EXCLUSIVE`} {
		if _, err = db.ExecContext(ctx, statement); err != nil {
			break
		}
	}
	if engineCode(err) == triage.Unavailable {
		db.Close()
		return nil, triage.Errorf(triage.Conflict, "A program has the database %q open; end it first.", path)
	}
	return func() { db.Close() }, nil
}

// Schema says which version a database has and which one this program makes.
type Schema struct {
	Have int64 `json:"have"`
	Want int64 `json:"want"`
}

// ReadSchema reads the version of the database at path and changes nothing.
// Errors: Invalid when there is no such file or it is no database of Readback.
func ReadSchema(ctx context.Context, path string) (s Schema, err error) {
	if s.Want, err = newestVersion(); err != nil {
		return s, mapError(err)
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return s, triage.Errorf(triage.Invalid, "There is no database at %q.", path)
	}
	db, err := openFile(path, url.Values{"mode": {"rw"}, "_query_only": {"on"}})
	if err != nil {
		return s, mapError(err)
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&s.Have)
	if err != nil && engineCode(err) != triage.Unavailable {
		return s, triage.Errorf(triage.Invalid, "The file %q is no database of Readback: %w", path, err)
	}
	return s, mapError(err)
}

// newestVersion is the number of the last migration.
func newestVersion() (newest int64, err error) {
	names, err := fs.Glob(sqliteMigrations, "migrations/sqlite/*.sql")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		n, err := goose.NumericComponent(name[strings.LastIndexByte(name, '/')+1:])
		if err != nil {
			return 0, err
		}
		newest = max(newest, n)
	}
	return newest, nil
}
