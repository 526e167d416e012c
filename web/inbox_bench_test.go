package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // to fill a database quickly

	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/web"
)

// fill makes an inbox of 100,000 tickets and 1,000,000 messages; w1 is a word
// of every ticket, w1000 of one in a thousand.
func fill(b *testing.B, path string) {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const seq = `WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < 100000) `
	for _, query := range []string{
		seq + `INSERT INTO tickets (id, source, ticket_key, subject, channel, customer_id, customer_email, customer_name, customer_account, identity, state, created_at,
				updated_at, opened_at, last_seq, triaged_seq, version, tier, action, kind, language, request, procedure_id, next_step, next_by, effort, urgency, needs_review, words_id, indexed_seq, lane)
			SELECT printf('tkt_%016x', i * 2654435761 % 4294967296), 'mail', i, 'Links over HTTPS', 'email', '', 'ann@shop.example', 'Ann Shop', '', 'claimed',
				CASE WHEN i % 5 = 0 THEN 'open' WHEN i % 5 = 1 THEN 'waiting' ELSE 'resolved' END, i * 1000000, i * 1000000, i * 1000000, 10, 10, 1,
				CASE WHEN i % 3 = 0 THEN 'l1' WHEN i % 3 = 1 THEN 'l2' ELSE 'billing' END, 'assign', CASE WHEN i % 7 = 0 THEN 'billing' ELSE 'setup' END,
				CASE WHEN i % 11 = 0 THEN 'pl' ELSE 'en' END, 'Please switch on HTTPS for our click-tracking links, everything in the guide is done', 'https-click-tracking',
				'switch-on', 'staff', 'exhausted', 'normal', i % 50 = 0, i, 10, CASE WHEN i % 5 = 0 THEN 'open' WHEN i % 5 = 1 THEN 'waiting' ELSE 'resolved' END FROM seq`,
		`INSERT INTO raws (id, bytes, content_type, received_at) VALUES ('raw', X'', '', 0)`,
		`WITH RECURSIVE n (s) AS (SELECT 1 UNION ALL SELECT s + 1 FROM n WHERE s < 10)
			INSERT INTO messages (id, ticket_id, seq, source, role, channel, identity, text, external_id, page_url, device, attachments, sent_at, received_at, raw_id)
			SELECT t.id || '.' || s, t.id, s, 'mail', 'customer', 'email', 'claimed', 'We have done all three steps and the links are still http.', '', '', '{}', '[]', 0, 0, 'raw' FROM tickets t, n`,
		seq + `INSERT INTO ticket_words (rowid, words) SELECT i, 'w1 w' || (i % 1000 + 1000) || ' links https steps done still guide everything' FROM seq`,
	} {
		if _, err := db.Exec(query); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPages is what the server does for a page of a desk of 100,000
// tickets and 1,000,000 messages: each queue, filter and search, and a ticket.
func BenchmarkPages(b *testing.B) {
	path := filepath.Join(b.TempDir(), "readback.db")
	st, err := store.Open(context.Background(), store.Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	addStaff(b, st)
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		b.Fatal(err)
	}
	fill(b, path)
	caseZeroID := (&site{store: st}).triaged(b, caseZero(), caseZeroResult)
	w, err := web.New(web.Options{Store: st, Workspace: ws, Demo: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	w.HTTPServer("127.0.0.1:1")
	var all []time.Duration
	for _, path := range []string{"/inbox", "/inbox?assignee=me", "/inbox?assignee=none", "/inbox?review=1", "/inbox?tier=l1", "/inbox?state=waiting", "/inbox?state=resolved",
		"/inbox?state=snoozed", "/inbox?state=no-answer", "/inbox?tier=l2&state=resolved&kind=billing&language=pl", "/inbox?state=resolved&procedure=dmarc-alignment",
		"/inbox?text=w1&state=all", "/inbox?text=w1500&state=all", "/inbox?text=w1+done&state=open&tier=l1&language=pl", "/commands?q=guide",
		"/tickets/" + caseZeroID, fmt.Sprintf("/tickets/tkt_%016x", 2654435761%4294967296)} {
		b.Run(strings.TrimPrefix(path, "/"), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				r := httptest.NewRequest("GET", path, nil)
				r.Host = "127.0.0.1:1"
				rec := httptest.NewRecorder()
				start := time.Now()
				w.ServeHTTP(rec, r)
				took = append(took, time.Since(start))
				if rec.Code != http.StatusOK || rec.Body.Len() > 150_000 {
					b.Fatal(rec.Code, rec.Body.Len())
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			all = append(all, took...)
		})
	}
	slices.Sort(all)
	fmt.Printf("p95 of all pages: %v\n", all[len(all)*95/100])
}
