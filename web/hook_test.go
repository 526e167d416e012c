package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/store"
	"readback/web"
)

// signed is a hook request as a chat platform sends it.
func (s *site) signed(t testing.TB, source, body string, change func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+"/hooks/chat/"+source, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	key, err := channel.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	key.Sign(r.Header, "msg_1", now, []byte(body))
	if change != nil {
		change(r)
	}
	return r
}

// send returns status, headers and body of the answer.
func send(t testing.TB, r *http.Request) (int, http.Header, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

const chatBody = `{"conversation_id":"c1","message_id":"m1","text":"Hi","customer":{"email":"ops@foxglove.example"},"new_field":{"x":1}}`

func TestChatHook(t *testing.T) {
	s := newSite(t, nil)
	var first string
	for _, tc := range []struct {
		name, source, body string
		change             func(*http.Request)
		status             int
		has                string
	}{
		{"accepted", "site", chatBody, nil, 202, `"ticket":"tkt_`},
		{"duplicate", "site", chatBody, nil, 200, `"ticket":"tkt_`},
		{"unknown source", "other", chatBody, nil, 401, `"unauthorized"`},
		{"no signature", "site", chatBody, func(r *http.Request) { r.Header.Del("webhook-signature") }, 401, `"unauthorized"`},
		{"wrong signature", "site", chatBody, func(r *http.Request) { r.Header.Set("webhook-signature", "v1,aGVsbG8=") }, 401, `"unauthorized"`},
		{"old", "site", chatBody, func(r *http.Request) {
			key, _ := channel.ParseKey(secret)
			key.Sign(r.Header, "msg_1", now.Add(-6*time.Minute), []byte(chatBody))
		}, 401, `"unauthorized"`},
		{"rotated secrets", "site", strings.Replace(chatBody, "m1", "m2", 1), func(r *http.Request) {
			r.Header.Set("webhook-signature", "v1,aGVsbG8= "+r.Header.Get("webhook-signature"))
		}, 202, `"message":"msg_`},
		{"not JSON by type", "site", chatBody, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "application/json"},
		{"no type", "site", chatBody, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "application/json"},
		{"charset", "site", chatBody, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, 200, `"ticket"`},
		{"too large", "site", strings.Repeat("x", web.MaxHook+1), nil, 413, `"too_large"`},
		{"not JSON", "site", `{"conversation_id":`, nil, 422, `"kept":"`},
		{"a field missing", "site", `{"conversation_id":"c","message_id":"m","customer":{}}`, nil, 422, "text is missing"},
		{"a wrong type", "site", `{"conversation_id":"c","message_id":["m"],"text":""}`, nil, 422, "message_id is a array"},
		{"lone surrogate and NUL", "site", `{"conversation_id":"c2","message_id":"m3","text":"\ud800 \u0000"}`, nil, 202, `"ticket"`},
		{"invalid UTF-8", "site", "{\"conversation_id\":\"c2\",\"message_id\":\"m4\",\"text\":\"\xff\xfe\"}", nil, 202, `"ticket"`},
		{"1 MB", "site", `{"conversation_id":"c2","message_id":"m5","text":"` + strings.Repeat("a b ", 1<<18) + `"}`, nil, 202, `"ticket"`},
		{"long keys", "site", `{"conversation_id":"` + strings.Repeat("k", 100_000) + `","message_id":"` + strings.Repeat("m", 100_000) + `","text":"x"}`, nil, 202, `"ticket"`},
		{"GET", "site", "", func(r *http.Request) { r.Method = "GET" }, 405, "method"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, _, body := send(t, s.signed(t, tc.source, tc.body, tc.change))
			if status != tc.status || !strings.Contains(body, tc.has) {
				t.Errorf("got %d %s, want %d with %s", status, body, tc.status, tc.has)
			}
			if !json.Valid([]byte(body)) {
				t.Errorf("not JSON: %s", body)
			}
			switch tc.name {
			case "accepted":
				first = body
			case "duplicate":
				if body != first {
					t.Errorf("a duplicate answers %s, the first %s", body, first)
				}
			}
		})
	}
}

func TestChatHookLimit(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.HookRate, o.HookBurst = 0.5, 2 })
	for i, want := range []int{202, 200, 429} {
		status, h, _ := send(t, s.signed(t, "site", chatBody, nil))
		if status != want {
			t.Fatalf("request %d: %d, want %d", i, status, want)
		}
		if status == 429 && h.Get("Retry-After") != "2" {
			t.Errorf("Retry-After %q", h.Get("Retry-After"))
		}
	}
	// Who cannot sign cannot use up a source's allowance, nor learns of it.
	status, _, _ := send(t, s.signed(t, "site", chatBody, func(r *http.Request) { r.Header.Del("webhook-signature") }))
	if status != 401 {
		t.Errorf("unsigned: %d", status)
	}
}

func TestChatHookUnavailable(t *testing.T) {
	full, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "full.db"), MinFree: 1 << 60, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { full.Close() })
	s := newSite(t, func(o *web.Options) { o.Store = full })
	status, h, body := send(t, s.signed(t, "site", chatBody, nil))
	if status != 503 || h.Get("Retry-After") == "" || !strings.Contains(body, `"unavailable"`) {
		t.Errorf("%d, Retry-After %q, %s", status, h.Get("Retry-After"), body)
	}
}

// What nobody could parse is kept byte by byte, and so is what was parsed.
func TestRawIsKept(t *testing.T) {
	s := newSite(t, nil)
	_, _, body := send(t, s.signed(t, "site", chatBody, nil))
	var receipt struct{ Ticket, Message string }
	if err := json.Unmarshal([]byte(body), &receipt); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(s.URL + "/messages/" + receipt.Message + "/raw")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, []byte(chatBody)) {
		t.Errorf("raw %s", got)
	}
	h := res.Header
	if h.Get("Content-Type") != "text/plain; charset=utf-8" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") {
		t.Errorf("headers %v", h)
	}
}
