package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/web"
)

// manyTickets is how many tickets the pages are measured with; they came over a year.
const manyTickets = 1_000_000

// plantMany writes the tickets and about five events of each.
func plantMany(b *testing.B, path string, n int) {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_synchronous=OFF&_cache_size=-200000")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	start, step := now.AddDate(-1, 0, 0).UnixMicro(), int64(365*24*time.Hour/time.Microsecond)/int64(n)
	const seq = `WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < ?1), `
	// What a ticket is like follows from its number: h and g spread it over some thousand cells, as uneven as those of a desk.
	const like = `t AS (SELECT i, printf('tkt_%08x%08x', i * 2654435761 % 4294967296, i) AS id, ?2 + i * ?3 AS at, i * 40503 % 65536 AS h, i * 2654435761 % 4294967296 / 65536 AS g FROM seq),
		v AS (SELECT *, CASE WHEN h % 100 < 22 THEN 'https-click-tracking' WHEN h % 100 < 40 THEN 'domain-authentication' WHEN h % 100 < 50 THEN 'dmarc-alignment'
				WHEN h % 100 < 58 THEN 'dedicated-ip' WHEN h % 100 < 66 THEN 'plan-and-invoice' WHEN h % 100 < 71 THEN 'suppression-removal' WHEN h % 100 < 75 THEN 'inbound-parse'
				WHEN h % 100 < 78 THEN 'webhook-signatures' WHEN h % 100 < 81 THEN 'api-key-rotation' WHEN h % 100 < 83 THEN 'lost-second-factor' WHEN h % 100 < 84 THEN 'data-deletion' ELSE '' END AS topic,
			CASE WHEN g % 100 < 62 THEN 'en' WHEN g % 100 < 74 THEN 'pl' WHEN g % 100 < 82 THEN 'de' WHEN g % 100 < 87 THEN 'ja' WHEN g % 100 < 91 THEN 'fr' WHEN g % 100 < 95 THEN 'es' WHEN g % 100 < 97 THEN 'it' ELSE 'nl' END AS lang,
			CASE WHEN g / 100 % 10 < 6 THEN 'email' WHEN g / 100 % 10 < 9 THEN 'chat' ELSE 'api' END AS channel FROM t),
		u AS (SELECT *, CASE WHEN topic = '' THEN substr('other   broken  feedbackincidentbilling access  abuse   cancel  ', 1 + h / 100 % 8 * 8, 8) WHEN h / 100 % 10 < 5 THEN 'setup' WHEN h / 100 % 10 < 8 THEN 'broken' WHEN h % 3 THEN 'access' ELSE 'incident' END AS kind,
			CASE WHEN g % 29 = 1 THEN 'security' WHEN h % 100 < 22 OR h % 100 BETWEEN 50 AND 57 THEN 'l2' WHEN h % 100 BETWEEN 58 AND 66 THEN 'billing' ELSE 'l1' END AS tier FROM v) `
	triaged := func(k int, was string) string {
		return `INSERT INTO events (id, at, kind, ticket_id, data, n) ` + seq + like + fmt.Sprintf(`SELECT printf('evt_%%d_%d', i), at + %d, 'triaged', id,
			printf('{"was_tier":"%%s","tier":"%%s","kind":"%%s","topic":"%%s","language":"%%s","step":"%%s","next_by":"%%s","effort":"%%s","extractor":"llm","degraded":%%s,"dropped":%%d,"latency_ms":%%d,"cost_usd":%%.6f,"covered_seq":1,"basis":{"said":2,"seen":%%d},"checks":{"dns.cname":"%%s"},"browser":"Firefox"}',
				%s, CASE WHEN h %% 13 = 0 AND %d < 3 THEN 'l1' ELSE tier END, trim(kind), topic, lang, CASE WHEN topic = '' THEN '' ELSE 'step-' || (h %% 4) END,
				CASE WHEN h %% 2 THEN 'staff' ELSE 'customer' END, CASE h %% 3 WHEN 0 THEN 'none' WHEN 1 THEN 'partial' ELSE 'exhausted' END, CASE WHEN h %% 50 = 0 THEN 'true' ELSE 'false' END, h %% 5 = 0, 300 + h %% 4000, (h %% 900) / 1e6, h %% 4, CASE WHEN h %% 3 = 0 THEN 'fail' ELSE 'pass' END), i * 8 + %d
			FROM u`, k, k*1_000_000, was, k, k)
	}
	for _, query := range []string{
		`INSERT INTO tickets (id, source, subject, channel, customer_id, customer_email, customer_name, customer_account, identity, state, created_at, updated_at, opened_at, last_seq, triaged_seq, version, tier, kind, language, request, procedure_id, indexed_seq) ` +
			seq + like + `SELECT id, 'bench', 'Links over HTTPS', channel, '', 'team@shop.example', '', '', 'claimed', 'resolved', at, at, at, 2, 2, 1, tier, 'setup', lang, 'Please switch our links to HTTPS', topic, 2 FROM u`,
		`INSERT INTO events (id, at, kind, ticket_id, data, n) ` + seq + like + `SELECT printf('evt_%d_1', i), at, 'received', id, printf('{"channel":"%s","messages":1,"last_seq":1,"pages":["%s"]}', channel, topic), i * 8 + 1 FROM u`,
		triaged(2, "''"),
		`INSERT INTO events (id, at, kind, ticket_id, data, n) ` + seq + like + `SELECT printf('evt_%d_3', i), at + 3600000000, 'replied', id, '{"state":"waiting","was":"open","guarded":true,"found":{"shown":{"repeats_step":1}}}', i * 8 + 3 FROM u WHERE h % 3 = 0`,
		`INSERT INTO events (id, at, kind, ticket_id, data, n) ` + seq + like + `SELECT printf('evt_%d_4', i), at + 7200000000, 'rerouted', id, printf('{"handover":"han_%d","from":"l1","to":"%s","why":"capability"}', i, tier), i * 8 + 4 FROM u WHERE h % 13 = 0 AND tier <> 'l1'`,
		triaged(5, "tier") + " WHERE h % 2",
		`INSERT INTO events (id, at, kind, ticket_id, data, n) ` + seq + like + `SELECT printf('evt_%d_6', i), at + 20000000000, 'replied', id, '{"state":"resolved","was":"open","guarded":true,"found":{}}', i * 8 + 6 FROM u`,
		`INSERT INTO events (id, at, kind, ticket_id, data, n) ` + seq + like + `SELECT printf('evt_%d_7', i), at + 90000000000, 'state', id, '{"state":"open","was":"resolved","customer":true}', i * 8 + 7 FROM u WHERE i % 400 = 0`,
	} {
		if _, err := db.Exec(query, n, start, step); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnalytics asks for the pages of figures of 1,000,000 tickets, as the
// server answers them, after it has counted all of them anew.
func BenchmarkAnalytics(b *testing.B) {
	dir, kept := os.Getenv("READBACK_BENCH_DIR"), true // where the tickets stay, for the next run
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, "readback.db")
	if _, err := os.Stat(path); err != nil {
		kept = false
	}
	st, err := store.Open(context.Background(), store.Options{Path: path, Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	if !kept {
		plantMany(b, path, manyTickets)
		addStaff(b, st)
	}
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		b.Fatal(err)
	}
	if err := st.Measure(b.Context(), store.CalendarOf(ws)); err != nil {
		b.Fatal(err)
	}
	b.Run("rebuild", func(b *testing.B) {
		began := processorTime(b)
		for b.Loop() {
			if n, err := st.Recount(b.Context(), store.CalendarOf(ws), nil); err != nil || n != manyTickets {
				b.Fatal(n, err)
			}
		}
		b.ReportMetric((processorTime(b)-began).Seconds()/float64(b.N), "cpu-s/op")
	})
	b.Run("check", func(b *testing.B) {
		began := processorTime(b)
		for b.Loop() {
			if r, err := st.CheckFigures(b.Context(), store.CalendarOf(ws)); err != nil || r.Differ > 0 {
				b.Fatal(r, err)
			}
		}
		b.ReportMetric((processorTime(b)-began).Seconds()/float64(b.N), "cpu-s/op")
	})
	w, err := web.New(web.Options{Store: st, Workspace: ws, Token: token, Demo: true, Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	const pl, wide = "language=pl&tier=l2", "language=en&channel=email"
	for _, page := range []string{"/analytics", "/analytics?days=365", "/analytics?language=pl", "/analytics?" + pl, "/analytics?days=365&" + pl, "/analytics?days=365&" + wide,
		"/analytics?days=365&kind=setup&topic=https-click-tracking&" + pl, "/analytics/routing", "/analytics/routing?days=365&" + wide, "/analytics/stuck", "/analytics/stuck?days=365&" + wide, "/analytics/help", "/analytics/help?days=365&" + wide,
		"/analytics/reading", "/analytics/reading?days=365&" + wide, "/analytics/groups?days=365", "/analytics/groups?days=365&" + wide,
		"/analytics/tickets?measure=tickets&days=365", "/analytics/tickets?measure=reopened&days=365", "/analytics/tickets?measure=moved&key=l1>billing>capability&days=365",
		"/analytics/tickets?measure=bounced&days=365&" + pl, "/analytics/tickets?measure=reopened&days=365&" + pl, "/analytics/tickets?measure=tickets&days=365&" + wide, "/analytics/tickets?measure=left&days=365",
		"/analytics/export?table=days&format=csv&days=365", "/analytics/export?table=stuck&format=json&days=365&" + wide} {
		b.Run(page, func(b *testing.B) {
			var took []time.Duration
			began := processorTime(b)
			for b.Loop() {
				start := time.Now()
				r := httptest.NewRequest("GET", page, nil)
				r.Host, r.RemoteAddr = "127.0.0.1", "127.0.0.1:1234"
				out := httptest.NewRecorder()
				w.ServeHTTP(out, r)
				if out.Code != http.StatusOK {
					b.Fatal(out.Code, out.Body.String()[:min(300, out.Body.Len())])
				}
				took = append(took, time.Since(start))
			}
			b.ReportMetric(float64((processorTime(b)-began).Milliseconds())/float64(len(took)), "cpu-ms/op")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Milliseconds()), "p95-ms")
		})
	}
}

// processorTime is what this process has used of the processors: what a page
// costs, however busy the machine is.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
