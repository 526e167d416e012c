package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"readback/store"
)

// File returns the path of an empty database of the test's own, with today's
// schema. It is a copy of one that is made once in a process: making the schema
// takes longer than most tests.
func File(t testing.TB) string {
	t.Helper()
	data, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "readback.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "readback-schema-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "readback.db")
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which writes the log into the file
		return nil, err
	}
	return os.ReadFile(path)
})
