package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"readback/triage"
)

// The command counts, finds what somebody changed behind its back, and mends it.
func TestAnalyticsCommand(t *testing.T) {
	p, data := plant(t)
	run := func(code int, says, sub string, more ...string) {
		t.Helper()
		got, stdout, stderr := runProgram(t, nil, "", append([]string{"analytics", sub, "--data", data}, more...)...)
		if got != code || !strings.Contains(stdout+stderr, says) {
			t.Errorf("analytics %s: exit %d, want %d with %q:\n%s%s", sub, got, code, says, stdout, stderr)
		}
	}
	run(exitUnknown, "Nothing was counted yet: run readback analytics rebuild.", "check")
	run(exitDone, `{"tickets":0}`, "rebuild", "--json")
	run(exitDone, "0 tickets, 0 figures, 0 differ", "check")

	one := p.ticket(triage.Customer{Email: "ops@foxglove.example"}, "Please switch our links to HTTPS, all three steps are done.", "Done.")
	two := p.ticket(triage.Customer{Email: "dev@cardamom.example"}, "How do I change my plan?")
	run(exitDone, `{"tickets":2}`, "rebuild", "--json")
	run(exitDone, "2 tickets, ", "check")
	run(exitDone, `"tickets":2,`, "check", "--json")

	db, err := sql.Open("sqlite3", "file:"+filepath.Join(data, "readback.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	spoil := func(query string, args ...any) {
		t.Helper()
		if res, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		} else if n, err := res.RowsAffected(); err != nil || n != 1 {
			t.Fatalf("%s: %d rows, %v", query, n, err)
		}
	}
	for what, tc := range map[string]struct {
		query string
		args  []any
		says  string
	}{
		"a figure": {`UPDATE tallies SET n = n + 1, tickets = tickets + 1 WHERE grain = 0 AND point = (SELECT id FROM points WHERE measure = 'tickets')`, nil,
			"differs: tickets on 2026-11-02, all tickets: n 3, total 0, tickets 3 is stored, n 2, total 0, tickets 2 in the log\n2 tickets, "},
		"a figure of a filter is gone": {`DELETE FROM tallies WHERE grain = 7 AND point = (SELECT id FROM points WHERE measure = 'tickets') AND cell = (SELECT cell FROM measured WHERE ticket_id = ?1)`, []any{one},
			"differs: tickets in the 7 days from 2026-11-02, tier "},
		"a ticket's point": {`UPDATE measured SET points = replace(points, 'tickets:	1', 'tickets:	2') WHERE ticket_id = ?1`, []any{two},
			fmt.Sprintf("differs: ticket %s: tickets: n 2, total 0, tickets 1 is stored, n 1, total 0, tickets 1 in the log\n2 tickets, ", two)},
		"a ticket is gone":          {`DELETE FROM measured WHERE ticket_id = ?1`, []any{two}, fmt.Sprintf("differs: ticket %s is in the log and not stored\n2 tickets, ", two)},
		"a ticket that never was":   {`INSERT INTO measured (day, cell, ticket_id, points) VALUES (20000, 1, 'tkt_x', '')`, nil, "differs: ticket tkt_x is stored and not in the log"},
		"a figure of no day at all": {`INSERT INTO tallies (point, grain, day, cell, n, total, tickets) VALUES (1, 0, 20000, 0, 5, 0, 5)`, nil, " on 2024-10-04, all tickets: n 5, total 0, tickets 5 is stored, n 0, total 0, tickets 0 in the log"},
	} {
		spoil(tc.query, tc.args...)
		run(exitFailed, tc.says, "check")
		run(exitFailed, " 1 differ", "check")
		run(exitDone, "", "rebuild")
		run(exitDone, " 0 differ", "check")
		if t.Failed() {
			t.Fatal(what)
		}
	}
	spoil(`UPDATE measuring SET run = 'run_x', done = 7`)
	run(exitUnknown, "being counted anew, 7 tickets so far", "check")
	run(exitDone, "", "rebuild")
	spoil(`UPDATE measuring SET basis = 'other'`)
	run(exitUnknown, "by another time zone or other hours", "check")
	if got, _, stderr := runProgram(t, nil, "", "analytics", "check", "--data", filepath.Join(data, "none")); got != exitUnusable || !strings.Contains(stderr, "none") {
		t.Errorf("no database: exit %d, %s", got, stderr)
	}
}
