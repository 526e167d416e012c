package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"readback/channel"
	"readback/store"
	"readback/triage"
	"readback/web"
)

// An admin sees how each connection does, tries it, and switches a desk; others
// are refused.
func TestConnections(t *testing.T) {
	s, fake := besideDesk(t, channel.ModeWatch)
	if status, _, body := send(t, s.fromDesk(t, strings.NewReader(deskMessage), deskMessage, now)); status != 202 {
		t.Fatalf("%d %s", status, body)
	}
	if status, _ := s.as(t, leoLead, "GET", "/connections"); status != 403 {
		t.Errorf("a lead gets %d", status)
	}
	status, body := s.as(t, annAdmin, "GET", "/connections")
	for _, want := range []string{"main (chatwoot)", "/hooks/desk/main", "/hooks/chat/site", "Answers are mailed to nobody", `value="watch" aria-pressed="true"`} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, no %q", status, want)
		}
	}
	for id, want := range map[string]string{"desk/main": "the token is good, for Readback", "chat/site": "is understood"} {
		if status, body := s.as(t, annAdmin, "POST", "/connections/test?id="+url.QueryEscape(id)); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, no %q", id, status, want)
		}
	}
	if status, _ := s.as(t, annAdmin, "POST", "/connections/test?id=desk/other"); status != 404 {
		t.Errorf("a desk that is none: %d", status)
	}
	fake.Before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(401); return true }
	if _, body := s.as(t, annAdmin, "POST", "/connections/test?id=desk/main"); !strings.Contains(body, "http_401") {
		t.Error("a refused token is not told")
	}
	if status, body := s.as(t, annAdmin, "POST", "/connections/mode?id=desk/main&mode=off"); status != 200 || !strings.Contains(body, `value="off" aria-pressed="true"`) {
		t.Errorf("off: %d", status)
	}
	if status, _ := s.as(t, annAdmin, "POST", "/connections/mode?id=desk/main&mode=loud"); status != 400 && status != 422 {
		t.Errorf("a mode that is none: %d", status)
	}
	kept, err := s.store.Connection(t.Context(), "desk/main")
	if err != nil || kept.Mode != "off" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if status, body := s.as(t, leoLead, "GET", "/beside/main/5"); status != 200 || !strings.Contains(body, "Ana") {
		t.Errorf("beside: %d", status)
	}
	if status, _ := s.as(t, leoLead, "GET", "/beside/main/6"); status != 404 {
		t.Errorf("beside, unknown: %d", status)
	}
}

// The ways out are tried too, and what failed is named by its code.
func TestConnectionsOut(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Ways = []web.Way{{Kind: "mail", Test: func(context.Context) error { return nil }},
			{Kind: "webhook", Name: "crm", Test: func(context.Context) error { return triage.Errorf(triage.Unavailable, "http_503") }}}
	})
	if _, body := s.as(t, annAdmin, "POST", "/connections/test?id=mail"); !strings.Contains(body, "lets us sign in") {
		t.Error("mail is not told of")
	}
	if _, body := s.as(t, annAdmin, "POST", "/connections/test?id=webhook/crm"); !strings.Contains(body, "webhook/crm did not work: http_503") {
		t.Error("the webhook's failure is not told")
	}
}

// Each way in can be tried: hooks of mail by a sample as the provider makes it,
// a mailbox by its own test, a widget by its tokens.
func TestConnectionsIn(t *testing.T) {
	tried := 0
	s := newSite(t, func(o *web.Options) {
		for _, provider := range []string{"raw", "sendgrid", "mailgun", "postmark"} {
			o.Mails = append(o.Mails, channel.MailSource{Name: provider, Provider: provider, Secrets: []string{mailSecret}})
		}
		o.Mails = append(o.Mails, channel.MailSource{Name: "signed", Provider: "sendgrid", Key: &sendGridKey.PublicKey})
		o.Boxes = []web.Way{{Kind: store.DeliverMail, Name: "inbox", Test: func(context.Context) error {
			if tried++; tried > 1 {
				return errors.New("LOGIN refused")
			}
			return nil
		}}}
		o.Widgets = map[string]web.Widget{"site": {Origins: []string{"https://www.shop.example"}, Secret: widgetSecret}}
	})
	test := func(id string) (int, string) {
		return s.as(t, annAdmin, "POST", "/connections/test?id="+url.QueryEscape(id))
	}
	for id, want := range map[string]string{"mail/raw": "is understood", "mail/sendgrid": "is understood", "mail/mailgun": "is understood", "mail/postmark": "is understood",
		"mail/inbox": "opens the folder", "widget/site": "https://www.shop.example"} {
		if status, body := test(id); status != 200 || !strings.Contains(body, want) || strings.Contains(body, "did not work") {
			t.Errorf("%s: %d, no %q", id, status, want)
		}
	}
	if _, body := test("mail/inbox"); !strings.Contains(body, "mail/inbox did not work") {
		t.Error("a mailbox that lets nobody in is not told")
	}
	if status, _ := test("mail/signed"); status != 404 {
		t.Errorf("what cannot be tried: %d", status)
	}
	if list, err := s.store.Tickets(t.Context(), store.Filter{}); err != nil || len(list.Tickets) != 0 {
		t.Errorf("a test was stored: %v", err)
	}
}
