package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"readback/store"
)

func TestBackupAndRestore(t *testing.T) {
	data, other := fill(t), filepath.Join(t.TempDir(), "new", "data")
	backup := filepath.Join(t.TempDir(), "backup.db")
	expect(t, 2, "There is no database", "backup", backup, "--data", other)
	expect(t, 0, "backed up", "backup", backup, "--data", data)
	expect(t, 2, "exists already", "backup", backup, "--data", data)
	expect(t, 0, "backed up", "backup", backup, "--data", data, "--force")
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	expect(t, 0, "restored", "restore", backup, "--data", other)
	expect(t, 2, "already", "restore", backup, "--data", other)
	expect(t, 0, "restored", "restore", backup, "--data", other, "--force")
	expect(t, 2, "There is no database", "restore", backup+"-none", "--data", data, "--force")

	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(other, "readback.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	page, err := s.Tickets(context.Background(), store.Filter{})
	if err != nil || len(page.Tickets) != 2 {
		t.Errorf("%d tickets, %v", len(page.Tickets), err)
	}
	expect(t, 1, "end it first", "restore", backup, "--data", other, "--force")
	// While it is open: backups go, and so does an erasure.
	expect(t, 0, "backed up", "backup", backup, "--data", other, "--force")
	expect(t, 0, "erased", "erase", "bo@shop.example", "--data", other, "--yes")
}

func TestMigrate(t *testing.T) {
	data := fill(t)
	expect(t, 0, "it is up to date", "migrate", "--status", "--data", data)
	expect(t, 0, "it is up to date", "migrate", "--data", data)
	expect(t, 2, "There is no database", "migrate", "--data", filepath.Join(data, "none"))
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(data, "readback.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	expect(t, 0, `{"have":9999,`, "migrate", "--status", "--json", "--data", data)
	expect(t, 2, "a newer Readback made it, so start that one", "migrate", "--data", data)
	expect(t, 2, "a newer Readback made it, so start that one", "erase", "ann@shop.example", "--yes", "--data", data)
}

// Each command's help has examples and says what its exit codes mean.
func TestDataCommandsHelp(t *testing.T) {
	for _, command := range []string{"erase", "backup", "restore", "migrate"} {
		code, help, _ := runProgram(t, nil, "", command, "--help")
		if code != 0 || !strings.Contains(help, "Examples:\n  readback "+command) || !strings.Contains(help, "Exit codes: 0 ") {
			t.Errorf("%s --help: exit %d, %s", command, code, help)
		}
	}
}
