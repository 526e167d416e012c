package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// No combination of filters walks over the inbox. What one index answers is
// read off it in order; what needs more walks over the index of its lane, no
// further than so far, and reads the tickets that it found.
func TestListPlans(t *testing.T) {
	s := openTest(t, Options{})
	yes, no, me, nobody := true, false, "usr_x", ""
	after := cursor(s.now(), "tkt_x")
	const lane = "COVERING INDEX tickets_by_lane"
	for _, c := range []struct {
		f     Filter
		index string
	}{
		{Filter{}, "INDEX tickets_by_update"},
		{Filter{Tier: "l2"}, "INDEX tickets_by_tier"},
		{Filter{State: triage.StateOpen}, "INDEX tickets_by_state"},
		{Filter{Tier: "l2", State: triage.StateOpen}, "INDEX tickets_by_state_tier"},
		{Filter{NeedsReview: &yes, State: triage.StateOpen}, "INDEX tickets_by_review"},
		{Filter{NeedsReview: &no, State: triage.StateOpen}, "INDEX tickets_by_review"},
		{Filter{State: triage.StateOpen, found: found{`"links"`, true}}, "INDEX tickets_by_state"},
		{Filter{Kind: triage.KindBroken}, "INDEX tickets_by_update"},
		{Filter{Lane: LaneOpen}, "INDEX tickets_by_lane"},
		{Filter{Lane: LaneOpen, Tier: "l2"}, "INDEX tickets_by_lane_tier"},
		{Filter{Lane: LaneOpen, Assignee: &me}, "INDEX tickets_by_lane_assignee"},
		{Filter{Lane: LaneOpen, Assignee: &nobody}, "INDEX tickets_by_lane_assignee"},
		{Filter{Lane: LaneOpen, NeedsReview: &yes}, "INDEX tickets_to_review"},
		{Filter{Lane: LaneOpen, Handed: true}, "INDEX tickets_handed"},
		{Filter{Lane: LaneOpen, Handed: true, Tier: "l1", NeedsReview: &yes}, "INDEX tickets_handed"},
		{Filter{Lane: LaneOpen, NeedsReview: &no}, lane},
		{Filter{Lane: LaneOpen, NeedsReview: &yes, Tier: "l1"}, lane},
		{Filter{Lane: LaneResolved, Kind: triage.KindBroken}, lane},
		{Filter{Lane: LaneResolved, found: found{`"links"`, true}}, lane},
		{Filter{Lane: LaneResolved, Kind: triage.KindBroken, Language: "pl", Action: triage.Ask, Procedure: "x", Tier: "l1", Assignee: &me, NeedsReview: &no, found: found{`"links"`, true}}, lane},
	} {
		for _, way := range []func(*Filter){func(*Filter) {}, func(f *Filter) { f.After = after }, func(f *Filter) { f.Before = after }} {
			f := c.f
			way(&f)
			q, err := newListQuery(f)
			if err != nil {
				t.Fatal(err)
			}
			text, args := q.page(50)
			plan := explain(t, s, text, args)
			if !slices.ContainsFunc([]string{" ", ";", "\n"}, func(end string) bool { return strings.Contains(plan+"\n", c.index+end) }) {
				t.Errorf("%+v: %s", f, plan)
			}
			if q.walk == 0 && strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%+v sorts: %s", f, plan)
			}
			if q.walk > 0 {
				if !strings.Contains(plan, "CO-ROUTINE seen") || strings.Contains(plan, "SCAN tickets USING") && f.Lane != "" {
					t.Errorf("%+v does not walk: %s", f, plan)
				}
				text, args = q.end()
				if plan = explain(t, s, text, args); strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "INDEX ") {
					t.Errorf("the end of %+v: %s", f, plan)
				}
			}
		}
	}
	for query, index := range map[string]string{
		`SELECT 1 FROM tickets WHERE lane = 'open' AND tier = ?1`:                                        "COVERING INDEX tickets_by_lane_tier",
		`SELECT 1 FROM tickets WHERE lane = 'open' AND assignee = ?1`:                                    "COVERING INDEX tickets_by_lane_assignee",
		`SELECT 1 FROM tickets WHERE lane = 'open' AND needs_review = 1`:                                 "INDEX tickets_to_review",
		`SELECT 1 FROM tickets WHERE lane = 'open'`:                                                      "COVERING INDEX tickets_",
		`SELECT id FROM tickets WHERE snoozed_until > 0 AND snoozed_until <= ?1 ORDER BY snoozed_until`:  "INDEX tickets_snoozed",
		`SELECT id FROM tickets WHERE lane = ?1 AND assignee = '' AND tier = ?2 ORDER BY updated_at, id`: "INDEX tickets_by_lane",
		`DELETE FROM acts WHERE at <= ?1`:                                                                "INDEX acts_by_time",
	} {
		if plan := explain(t, s, query, []any{1, 2}[:strings.Count(query, "?")]); !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: %s", query, plan)
		}
	}
	var plan string
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
