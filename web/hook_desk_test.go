package web_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/channel/fakedesk"
	"readback/knowledge"
	"readback/web"
)

const deskSecret = "chatwoot-webhook-secret"

// besideDesk is a site beside a fake Chatwoot.
func besideDesk(t testing.TB, mode channel.Mode) (*site, *fakedesk.Desk) {
	t.Helper()
	fake := fakedesk.Chatwoot(time.Now)
	t.Cleanup(fake.Close)
	desks, err := channel.NewDesks([]channel.Desk{{Name: "main", Kind: channel.KindChatwoot, URL: fake.URL, Token: fakedesk.ChatwootToken, Account: "1",
		Secret: deskSecret, Mode: mode, Internal: true}}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *web.Options) {
		o.Desks, o.Demo = desks, false
		if err := desks.Use(t.Context(), o.Store, func() *knowledge.Workspace { return o.Workspace }, "https://readback.shop.example", o.Logger); err != nil {
			t.Fatal(err)
		}
	})
	return s, fake
}

func (s *site) fromDesk(t testing.TB, body io.Reader, signed string, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+"/hooks/desk/main", body)
	if err != nil {
		t.Fatal(err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(deskSecret))
	m.Write([]byte(stamp + "." + signed))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Chatwoot-Timestamp", stamp)
	r.Header.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(m.Sum(nil)))
	r.Header.Set("X-Chatwoot-Delivery", "d1")
	return r
}

const deskMessage = `{"event":"message_created","id":11,"content":"Hi","message_type":"incoming","sender":{"id":7,"name":"Ana","email":"ana@shop.example"},"account":{"id":1},"conversation":{"id":5}}`

func TestDeskHookStatus(t *testing.T) {
	s, _ := besideDesk(t, channel.ModeWatch)
	for _, tc := range []struct {
		name, body, signed string
		at                 time.Time
		status             int
		has                string
	}{
		{"accepted", deskMessage, deskMessage, now, 202, `"ticket":"tkt_`},
		{"replayed", deskMessage, deskMessage, now, 200, `"ticket":"tkt_`},
		{"another's body", deskMessage, "{}", now, 401, `"unauthorized"`},
		{"old", deskMessage, deskMessage, now.Add(-301 * time.Second), 401, `"unauthorized"`},
		{"nothing for us", `{"event":"message_updated"}`, `{"event":"message_updated"}`, now, 200, `"messages":[]`},
		{"not understood", `{"event":`, `{"event":`, now, 422, `"unp_`},
	} {
		if status, _, body := send(t, s.fromDesk(t, strings.NewReader(tc.body), tc.signed, tc.at)); status != tc.status || !strings.Contains(body, tc.has) {
			t.Errorf("%s: %d %s", tc.name, status, body)
		}
	}
	if status, _, body := send(t, s.fromDesk(t, bytes.NewReader(make([]byte, 30<<20)), "", now)); status != 413 {
		t.Errorf("30 MB: %d %s", status, body)
	}
	id, err := s.store.TicketBy(t.Context(), "desk/main", "5")
	if err != nil {
		t.Fatal(err)
	}
	if tk, err := s.store.Ticket(t.Context(), id); err != nil || len(tk.Messages) != 1 {
		t.Errorf("got %d messages, %v", len(tk.Messages), err)
	}
}
