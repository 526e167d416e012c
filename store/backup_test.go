package store

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/route"
)

// TestBackupDuringLoad copies a database while messages arrive and are triaged.
// Each copy is one moment: every ticket has the messages that it counts.
func TestBackupDuringLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, Options{Path: filepath.Join(dir, "readback.db")})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() {
		done <- s.Work(ctx, WorkOptions{Triage: func(_ context.Context, tk *triage.Ticket, _ *triage.Result) (triage.Result, error) {
			return triage.Result{CoveredSeq: tk.LastSeq, Brief: triage.Brief{Summary: strings.Repeat("text ", 1000)}}, nil
		}})
	}()
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			in := email(fmt.Sprint(i % 40))
			in.MessageKey, in.Raw = "", []byte(strings.Repeat("raw ", 2000))
			if _, err := s.Receive(context.WithoutCancel(ctx), in); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	most := 0
	for i := range 5 {
		for deadline := time.Now().Add(20 * time.Second); ; {
			var n int
			if err := s.reader.QueryRow(`SELECT count(*) FROM messages`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n >= 60*(i+1) || time.Now().After(deadline) {
				break
			}
		}
		backup := filepath.Join(dir, fmt.Sprint("backup", i))
		if err := Backup(t.Context(), filepath.Join(dir, "readback.db"), backup, false); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		most = checkRestored(t, backup, most)
	}
	cancel()
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".readback-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// checkRestored restores a backup and reads it; it has more messages than the
// one before.
func checkRestored(t *testing.T, backup string, before int) (messages int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "readback.db")
	if err := Restore(t.Context(), backup, path, false); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, Options{Path: path})
	page, err := s.Tickets(t.Context(), Filter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range page.Tickets {
		tk, err := s.Ticket(t.Context(), sum.ID)
		if err != nil || int(tk.LastSeq) != len(tk.Messages) || tk.Triaged > tk.LastSeq {
			t.Fatalf("a ticket counts %d messages, has %d, triaged %d: %v", tk.LastSeq, len(tk.Messages), tk.Triaged, err)
		}
		if r, err := s.Result(t.Context(), sum.ID); tk.Version > 0 && (err != nil || int64(r.Version) != tk.Version || r.CoveredSeq != tk.Triaged) {
			t.Fatalf("a ticket of version %d has %+v, %v", tk.Version, r, err)
		}
		messages += len(tk.Messages)
	}
	if messages <= before {
		t.Errorf("%d messages after %d", messages, before)
	}
	return messages
}

// TestRestoreRefuses what would lose something.
func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	path, backup := filepath.Join(dir, "readback.db"), filepath.Join(dir, "backup")
	s := openTest(t, Options{Path: path})
	if _, err := s.Receive(ctx, email("a")); err != nil {
		t.Fatal(err)
	}
	wantCode := func(what string, err error, want triage.Code) {
		t.Helper()
		if triage.CodeOf(err) != want {
			t.Errorf("%s: got %v, want %q", what, err, want)
		}
	}
	wantCode("backup", Backup(ctx, path, backup, false), "")
	wantCode("a backup that exists", Backup(ctx, path, backup, false), triage.Invalid)
	wantCode("overwritten", Backup(ctx, path, backup, true), "")
	wantCode("onto itself", Backup(ctx, path, path, true), triage.Invalid)
	wantCode("no such database", Backup(ctx, filepath.Join(dir, "none"), backup, true), triage.Invalid)
	wantCode("no such folder", Backup(ctx, path, filepath.Join(dir, "none", "x"), false), triage.Invalid)

	wantCode("there is one", Restore(ctx, backup, path, false), triage.Invalid)
	wantCode("in use", Restore(ctx, backup, path, true), triage.Conflict)
	if _, err := s.Receive(ctx, email("b")); err != nil {
		t.Errorf("after a refused restore: %v", err)
	}
	s.Close()
	wantCode("not in use", Restore(ctx, backup, path, true), "")
	s = openTest(t, Options{Path: path})
	if page, err := s.Tickets(ctx, Filter{}); err != nil || len(page.Tickets) != 1 {
		t.Errorf("restored %d tickets, %v", len(page.Tickets), err)
	}
	s.Close()

	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantCode("no database", Restore(ctx, text, filepath.Join(dir, "new.db"), false), triage.Invalid)
	wantCode("over what is no database", Restore(ctx, backup, text, true), "")
	damage(t, backup)
	wantCode("damaged", Restore(ctx, backup, path, true), triage.Invalid)
	openTest(t, Options{Path: path}) // still good
}

// damage writes over the middle of a database.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("damage ", 3000)), 5*4096+100); err != nil {
		t.Fatal(err)
	}
}

// release unpacks a database that an older schema's program made. v1: three
// tickets, one triaged twice, one resolved, one that waits. v2: five, with
// their briefs, a correction, a merge, one resolved, one that waits.
func release(t *testing.T, version string) string {
	t.Helper()
	packed, err := os.Open("testdata/" + version + ".db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "readback.db")
	if err := os.WriteFile(path, data, fs.FileMode(0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMigrateVersion1: the database of an older release is read, worked with
// and erased from as one of today.
func TestMigrateVersion1(t *testing.T) {
	path := release(t, "v1")
	ctx := t.Context()
	if got, err := ReadSchema(ctx, path); err != nil || got.Have != 1 || got.Want < 2 {
		t.Errorf("before: %+v, %v", got, err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if err := Backup(ctx, path, backup, false); err != nil { // before the migration, as one should
		t.Fatal(err)
	}
	s := openTest(t, Options{Path: path})
	if got, err := ReadSchema(ctx, path); err != nil || got.Have != got.Want {
		t.Errorf("after: %+v, %v", got, err)
	}
	page, err := s.Tickets(ctx, Filter{})
	if err != nil || len(page.Tickets) != 3 {
		t.Fatalf("%d tickets, %v", len(page.Tickets), err)
	}
	ids := make(map[string]string)
	for _, sum := range page.Tickets {
		ids[sum.Customer.Email] = sum.ID
	}
	ann, bo := ids["ann@shop.example"], ids["bo@mill.example"]
	tk, err := s.Ticket(ctx, ann)
	if err != nil || len(tk.Messages) != 3 || tk.Version != 2 || tk.Messages[0].Text != "I have done all three steps for link.foxglove.example." {
		t.Errorf("%+v, %v", tk, err)
	}
	if r, err := s.Result(ctx, ann); err != nil || r.Version != 2 || r.Brief.Request.Evidence[0].Quote != "I have d" {
		t.Errorf("%+v, %v", r, err)
	}
	if err := s.Merge(ctx, bo, ann, "lee"); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Erase(ctx, "bo@mill.example", "lee"); err != nil || e.Messages != 1 || e.Shared != 1 || e.Tickets != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	if tk, err := s.Ticket(ctx, ann); err != nil || len(tk.Messages) != 4 || tk.Messages[2].Text == "" || tk.Customer.Email != "ann@shop.example" {
		t.Errorf("%+v, %v", tk, err)
	}
	s.Close()
	if err := Restore(ctx, backup, path, true); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSchema(ctx, path); err != nil || got.Have != 1 {
		t.Errorf("restored: %+v, %v", got, err)
	}
}

// TestMigrateVersion2: what schema 2 held is there, and takes part in what
// schema 3 added.
func TestMigrateVersion2(t *testing.T) {
	path := release(t, "v2")
	ctx := t.Context()
	if got, err := ReadSchema(ctx, path); err != nil || got.Have != 2 || got.Want < 3 {
		t.Errorf("before: %+v, %v", got, err)
	}
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	s := openTest(t, Options{Path: path, Clock: func() time.Time { return now }})
	if got, err := ReadSchema(ctx, path); err != nil || got.Have != got.Want {
		t.Errorf("after: %+v, %v", got, err)
	}
	page, err := s.Tickets(ctx, Filter{})
	if err != nil || len(page.Tickets) != 4 {
		t.Fatalf("%d tickets, %v", len(page.Tickets), err)
	}
	ids := make(map[string]string)
	for _, sum := range page.Tickets {
		ids[sum.Subject] = sum.ID
	}
	ann, bo := ids["Mail is late"], ids["Mail"]
	if tk, err := s.Ticket(ctx, ann); err != nil || len(tk.Messages) != 3 || tk.Version != 3 || tk.Customer.Email != "ann@shop.example" {
		t.Errorf("%+v, %v", tk, err)
	}
	if list, err := s.Corrections(ctx, bo); err != nil || len(list) != 1 || list[0].Value != "incident" {
		t.Errorf("%+v, %v", list, err)
	}
	err = s.keepBurst(ctx, route.Burst{Tickets: []string{ann, bo}}, "l2")
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Incidents(ctx, IncidentFilter{Ticket: ann})
	if err != nil || len(list) != 1 || list[0].Tickets != 2 || list[0].Request != "Our mail to parcel.example is late since nine." {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := s.SetIncident(ctx, list[0].ID, IncidentConfirmed, IncidentEdit{Title: "Late mail", Tier: "l2"}, "lee"); err != nil {
		t.Error(err)
	}
	if e, err := s.Erase(ctx, "bo@mill.example", "lee"); err != nil || e.Tickets != 2 {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestRestoreNewer: the backup of a newer program is refused before anything
// is replaced.
func TestRestoreNewer(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "readback.db")
	s := openTest(t, Options{Path: path})
	if _, err := s.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	s.Close()
	err := Restore(t.Context(), path, filepath.Join(dir, "new.db"), false)
	if triage.CodeOf(err) != triage.Invalid || !strings.Contains(triage.MessageOf(err), "9999") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "new.db")); err == nil {
		t.Error("it was restored")
	}
}
