package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"

	"readback/triage"
)

// What SQLite must be told to keep an acknowledged message through power loss.
func TestPragmas(t *testing.T) {
	s := openTest(t, Options{})
	for query, want := range map[string]string{
		"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA foreign_keys": "1", "PRAGMA busy_timeout": "5000",
	} {
		var got string
		if err := s.writer.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", query, got, err, want)
		}
	}
	if _, err := s.reader.Exec(`DELETE FROM tickets`); engineCode(err) != triage.Unavailable {
		t.Errorf("a reader can write: %v", err)
	}
}

func TestOpenPath(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "a b?c#d%20é.db")
	openTest(t, Options{Path: odd})
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(odd + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%q has mode %v", suffix, got)
		}
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", filepath.Join(dir, "none", "x.db"), dir, text} {
		if _, err := Open(t.Context(), Options{Path: path}); triage.CodeOf(err) != triage.Invalid {
			t.Errorf("%q: got %v", path, err)
		}
	}
}

// Two processes that start at once on a new database do not trip over each other.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "readback.db")
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			s, err := Open(context.Background(), Options{Path: path})
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestMapError(t *testing.T) {
	own := triage.Errorf(triage.TooLarge, "mine")
	for _, c := range []struct {
		err  error
		want triage.Code
	}{
		{nil, ""},
		{fmt.Errorf("wrapped: %w", own), triage.TooLarge},
		{context.Canceled, triage.Unavailable},
		{fmt.Errorf("wrapped: %w", context.DeadlineExceeded), triage.Unavailable},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, triage.Unavailable},
		{fmt.Errorf("wrapped: %w", sqlite3.Error{Code: sqlite3.ErrFull}), triage.Unavailable},
		{sqlite3.Error{Code: sqlite3.ErrTooBig}, triage.TooLarge},
		{sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintUnique}, triage.Conflict},
		{sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintNotNull}, triage.Internal},
		{sqlite3.Error{Code: sqlite3.ErrCorrupt}, triage.Internal},
		{errors.New("anything"), triage.Internal},
	} {
		if got := triage.CodeOf(mapError(c.err)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}

// Each combination of filters reads its page off an index in order: no sort,
// and no walk over the inbox.
func TestListPlans(t *testing.T) {
	s := openTest(t, Options{})
	review := true
	after := cursor(s.now(), "tkt_x")
	for _, c := range []struct {
		f     Filter
		index string
	}{
		{Filter{}, "tickets_by_update"},
		{Filter{Tier: "l2"}, "tickets_by_tier"},
		{Filter{State: triage.StateOpen}, "tickets_by_state"},
		{Filter{Tier: "l2", State: triage.StateOpen}, "tickets_by_state_tier"},
		{Filter{NeedsReview: &review, State: triage.StateOpen}, "tickets_by_review"},
		{Filter{State: triage.StateOpen, found: found{`"links"`, true}}, "tickets_by_state"},
	} {
		for _, c.f.After = range []string{"", after} {
			query, args, err := listQuery(c.f, 50)
			if err != nil {
				t.Fatal(err)
			}
			plan := explain(t, s, query, args)
			if !strings.Contains(plan, "USING INDEX "+c.index+" ") && !strings.HasSuffix(plan, "USING INDEX "+c.index) {
				t.Errorf("%+v: %s", c.f, plan)
			}
			if strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%+v sorts: %s", c.f, plan)
			}
		}
	}
	plan := explain(t, s, `SELECT tier, count(*) FROM tickets WHERE state = 'open' GROUP BY tier`, nil)
	if !strings.Contains(plan, "COVERING INDEX") {
		t.Errorf("counts: %s", plan)
	}
	for _, query := range []string{reportColumns + recentTickets, ticketsBefore} {
		if plan = explain(t, s, query, []any{1, 1}); !strings.Contains(plan, "USING INDEX tickets_by_trouble") {
			t.Errorf("search for bursts: %s", plan)
		}
	}
	for query, index := range map[string]string{sweepQuery: "tickets_waiting", redoQuery: "tickets_degraded", newerQuery: "tickets_waiting", toIndex: "tickets_to_index"} {
		plan = explain(t, s, query, []any{1, 1})
		if !strings.Contains(plan, "USING INDEX "+index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: %s", query, plan)
		}
	}
}

func explain(t *testing.T, s *Store, query string, args []any) string {
	t.Helper()
	rows, err := s.reader.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "; ")
}
