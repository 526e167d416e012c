package main

import (
	"strings"
	"testing"
)

// What goes out is configured by file or environment, and a fault names the setting.
func TestConfigOutgoing(t *testing.T) {
	good := []string{"READBACK_WEBHOOKS_MY_CRM_URL=https://crm.shop.example/hook", "READBACK_WEBHOOKS_MY_CRM_SECRET=whsec_bXktc2VjcmV0LXNlY3JldA==",
		"READBACK_WEBHOOKS_MY_CRM_EVENTS=ticket.routed, ticket.resolved",
		"READBACK_SMTP_URL=smtps://desk:pass@mail.shop.example", "READBACK_SMTP_FROM=Shop <support@shop.example>", "READBACK_SMTP_SECRET=0123456789abcdef"}
	c, err := loadConfig("", good)
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Webhooks["my_crm"]; w.URL != "https://crm.shop.example/hook" || w.Events != "ticket.routed, ticket.resolved" {
		t.Errorf("got %+v", c.Webhooks)
	}
	o, err := c.outgoing()
	if err != nil || o.mail.Replies.Local != "support" || o.mail.Replies.Domain != "shop.example" || o.mail.From.Name != "Shop" {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, c := range []struct{ setting, want string }{
		{"READBACK_WEBHOOKS_MY_CRM_SECRET=short!", "webhooks.my_crm.secret"},
		{"READBACK_WEBHOOKS_MY_CRM_EVENTS=ticket.eaten", "webhooks.my_crm.events"},
		{"READBACK_WEBHOOKS_MY_CRM_COLOUR=red", "no setting"},
		{"READBACK_SMTP_FROM=nobody", "smtp.from"},
		{"READBACK_SMTP_SECRET=short", "smtp.secret"},
		{"READBACK_SMTP_URL=mail.shop.example", "smtp.url"},
	} {
		if _, err := loadConfig("", append(good[:len(good):len(good)], c.setting)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.setting, err)
		}
	}
}
