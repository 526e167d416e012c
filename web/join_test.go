package web_test

import (
	"net/url"
	"strings"
	"testing"

	"readback/store"
	"readback/triage"
)

// TestJoins: who writes by mail about what they began in a chat is proposed to
// the agent; never another's ticket, never what was said to be another matter.
func TestJoins(t *testing.T) {
	s := newSite(t, nil)
	add := func(source, key, email, account, procedure string) string {
		channel := triage.ChannelChat
		if source == "mail" {
			channel = triage.ChannelEmail
		}
		return s.triaged(t, store.Inbound{Source: source, TicketKey: key, Customer: triage.Customer{Email: email, AccountID: account},
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: channel, Identity: triage.IdentityClaimed, Text: "Please switch on HTTPS " + key}}},
			func(*triage.Ticket) triage.Result {
				return triage.Result{Brief: triage.Brief{Kind: triage.KindSetup}, Matters: []triage.Matter{{ID: "m1", Kind: triage.KindSetup, Procedure: procedure,
					Route: triage.Route{Action: triage.Assign, Tier: "l1"}}}, Route: triage.Route{Action: triage.Assign, Tier: "l1", Reasons: []triage.Reason{{Code: "route.no_procedure"}}}}
			})
	}
	const https = "https-click-tracking"
	chat := add("chat/site", "chat", "ops@foxglove.example", "", https)
	mail := add("mail", "mail", "Ops@Foxglove.example", "acc-1001", https)
	for name, other := range map[string]string{
		"another matter":  add("mail", "other matter", "ops@foxglove.example", "", "dedicated-ip"),
		"another account": add("mail", "other account", "ops@foxglove.example", "acc-1002", https),
		"another person":  add("mail", "other person", "dev@cardamom.example", "acc-1001", https),
	} {
		if _, body := s.get(t, "/tickets/"+mail); strings.Contains(body, `name="other" value="`+other+`"`) {
			t.Errorf("%s is proposed", name)
		}
	}
	_, body := s.get(t, "/tickets/"+chat)
	if !strings.Contains(body, `action="/tickets/`+chat+`/merge"><input type="hidden" name="other" value="`+mail+`"`) || !strings.Contains(body, "only claimed") {
		t.Fatalf("the mail is not proposed: %s", body)
	}
	if status, _ := s.post(t, "/tickets/"+chat+"/apart", url.Values{"other": {mail}}, map[string]string{"Sec-Fetch-Site": "same-origin"}); status != 303 {
		t.Fatal(status)
	}
	for id, other := range map[string]string{chat: mail, mail: chat} {
		if _, body := s.get(t, "/tickets/"+id); strings.Contains(body, `name="other" value="`+other+`"`) {
			t.Error("what is another matter is proposed again")
		}
	}
	if status, _ := s.post(t, "/tickets/"+chat+"/apart", url.Values{"other": {"tkt_none"}}, map[string]string{"Sec-Fetch-Site": "same-origin"}); status != 404 {
		t.Errorf("a ticket that is none: %d", status)
	}
}
