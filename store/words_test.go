package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/triage"
)

func TestCutTerms(t *testing.T) {
	for _, c := range []struct {
		text          string
		index, search string // "" = as the index
	}{
		{"Zoë's CERTIFICATE, again", "zoe s certificate again", ""},
		{"ERR_CERT_AUTHORITY (0x80072F8F)", "err cert authority 0x80072f8f", ""},
		{"ann@shop.example", "ann shop example", ""},
		{"Żółć łódź straße", "zolc lodz strasse", ""},
		{"請求書を再発行", "請求 求書 書を を再 再発 発行 行", "請求 求書 書を を再 再発 発行"},
		{"請", "請", ""},
		{"2通のメール", "2 通の のメ メー ール ル", "2 通の のメ メー ール"},
		{"ｆｕｌｌ　ｗｉｄｔｈ", "full width", ""},
		{"비밀번호", "비밀 밀번 번호 호", "비밀 밀번 번호"},
		{`" OR * NEAR(a b) ^x -y col:z`, "or near a b x y col z", ""},
		{"a\x00b\xff", "a b", ""},
		{"! ... \u0301", "", ""},
		{strings.Repeat("é", 100), strings.Repeat("e", maxTerm), ""},
	} {
		cut := func(asked bool) string {
			var out []string
			cutTerms(c.text, asked, func(term string) { out = append(out, term) })
			return strings.Join(out, " ")
		}
		if c.search == "" {
			c.search = c.index
		}
		if got := cut(false); got != c.index {
			t.Errorf("%q: index %q, want %q", c.text, got, c.index)
		}
		if got := cut(true); got != c.search {
			t.Errorf("%q: search %q, want %q", c.text, got, c.search)
		}
	}
}

// FuzzSearch: a ticket is found by its whole text, whatever that is, and no
// engine takes a word of it for its own.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{`a" OR words:*`, "NEAR(x y, 3)", "請求書", "'; DROP TABLE tickets; --", "\x00", "x AND (y", "ﬃ İ ǅ", "a\u0301\u0302"} {
		f.Add(seed)
	}
	s := openTest(f, Options{})
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			return
		}
		in := email("")
		in.Messages[0].Text = text
		r, err := s.Receive(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.IndexWords(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, err := s.Tickets(t.Context(), Filter{Text: text, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(page.Tickets, func(x Summary) bool { return x.ID == r.TicketID }) {
			t.Errorf("%q does not find itself: %q", text, newSearch(text))
		}
	})
}

// TestEraseTakesWords: words that only an erased ticket had are not in the file
// any more, though others keep the index in use.
func TestEraseTakesWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "readback.db")
	s := openTest(t, Options{Path: path})
	has := func() bool {
		t.Helper()
		for _, name := range []string{path, path + "-wal"} {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(bytes.ToLower(data), []byte("quincelarder")) {
				return true
			}
		}
		return false
	}
	for i := range 50 {
		in := email(fmt.Sprint(i))
		if i == 25 {
			in.Customer = zoe
			in.Messages[0].Text = "The Quincelarder is shut"
			in.Raw = nil
		}
		if _, err := s.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if err := s.IndexWords(t.Context()); err != nil { // each a part of the index of its own
			t.Fatal(err)
		}
	}
	if !has() {
		t.Fatal("nothing is planted")
	}
	if _, err := s.Erase(t.Context(), zoe.Email, "lee"); err != nil {
		t.Fatal(err)
	}
	if has() {
		t.Error("the word is still in the file")
	}
	if page, err := s.Tickets(t.Context(), Filter{Text: "text"}); err != nil || len(page.Tickets) != 49 {
		t.Errorf("%d others are found, %v", len(page.Tickets), err)
	}
}

// bigInbox is an inbox of n tickets of ten messages each, whose words are as
// frequent as those of a language are, indexed. It takes a while: it is made
// once for each benchmark.
func bigInbox(b *testing.B, n int) *Store {
	b.Helper()
	path := os.Getenv("READBACK_TEST_INBOX") // kept there for the next run
	_, missing := os.Stat(path)
	s := openTest(b, Options{Path: path})
	if path != "" && missing == nil {
		return s
	}
	tx, err := s.writer.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	exec := func(query string, args ...any) {
		if _, err := tx.Exec(query, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec(`INSERT INTO raws (id, bytes, content_type, received_at) VALUES ('raw', X'', '', 0)`)
	exec(`WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < ?1)
		INSERT INTO tickets (id, source, ticket_key, subject, channel, customer_id, customer_email, customer_name,
			customer_account, identity, state, created_at, updated_at, last_seq, triaged_seq, tier, request, kind, language)
		SELECT printf('tkt_%016x', i * 2654435761 % 4294967296), 'mail', i, 'Links over HTTPS', 'email', '', 'ann' || i || '@shop.example', 'Ann',
			'', 'claimed', CASE WHEN i % 10 = 0 THEN 'open' ELSE 'resolved' END, i, i * 1000, 10, 10,
			'l' || (i % 3), 'Serve click-tracking links over HTTPS', 'broken', 'en' FROM seq`, n)
	put, err := tx.Prepare(`INSERT INTO messages (id, ticket_id, seq, source, role, channel, identity, text, external_id, page_url, device, attachments,
			sent_at, received_at, raw_id) VALUES ('msg' || ?1 || '.' || ?2, printf('tkt_%016x', ?1 * 2654435761 % 4294967296), ?2, 'mail', ?4,
			'email', 'claimed', ?3, '', '', '{}', '[]', 0, 0, 'raw')`)
	if err != nil {
		b.Fatal(err)
	}
	words := newZipf(b.Name())
	for i := 1; i <= n; i++ {
		for seq := 1; seq <= 10; seq++ {
			role := triage.RoleCustomer
			if seq%2 == 0 {
				role = triage.RoleAgent
			}
			if _, err := put.Exec(i, seq, words.text(60), role); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for {
		did, err := s.indexSome(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if did < indexBatch {
			break
		}
	}
	b.Logf("%d tickets are indexed in %v", n, time.Since(start).Round(time.Millisecond))
	return s
}
