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

// A desk is configured by file or environment, and a fault names the setting.
func TestConfigDesks(t *testing.T) {
	good := []string{"READBACK_BASE_URL=https://readback.shop.example", "READBACK_DESKS_MY_SHOP_KIND=chatwoot", "READBACK_DESKS_MY_SHOP_URL=https://chat.shop.example",
		"READBACK_DESKS_MY_SHOP_TOKEN=t", "READBACK_DESKS_MY_SHOP_ACCOUNT=1", "READBACK_DESKS_MY_SHOP_URL_SECRET=" + strings.Repeat("k", 24)}
	c, err := loadConfig("", good)
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.outgoing()
	if err != nil || len(o.desks.All()) != 1 || o.desks.All()[0].Mode != "watch" || o.desks.All()[0].URLSecret == "" {
		t.Errorf("got %+v, %v", o.desks.All(), err)
	}
	for _, c := range []struct{ setting, want string }{
		{"READBACK_DESKS_MY_SHOP_KIND=helpdesk", "desks.my_shop.kind"},
		{"READBACK_DESKS_MY_SHOP_KIND=zendesk", "desks.my_shop.user"},
		{"READBACK_DESKS_MY_SHOP_URL=http://chat.shop.example", "desks.my_shop.url"},
		{"READBACK_DESKS_MY_SHOP_ACCOUNT=one", "desks.my_shop.account"},
		{"READBACK_DESKS_MY_SHOP_MODE=loud", "desks.my_shop.mode"},
		{"READBACK_DESKS_MY_SHOP_LANGUAGE=xx", "desks.my_shop.language"},
		{"READBACK_DESKS_MY_SHOP_URL_SECRET=short", "desks.my_shop.url_secret"},
		{"READBACK_DESKS_MY_SHOP_COLOUR=red", "no setting"},
		{"READBACK_BASE_URL=", "base_url"},
	} {
		if _, err := loadConfig("", append(good[:len(good):len(good)], c.setting)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.setting, err)
		}
	}
}
