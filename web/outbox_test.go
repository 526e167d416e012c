package web_test

import (
	"context"
	"strings"
	"testing"

	"readback/store"
	"readback/triage"
	"readback/web"
)

// TestOutbox: a lead sees what could not be delivered and has it tried again;
// an agent does not get there.
func TestOutbox(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = false })
	got, err := s.store.Receive(t.Context(), store.Inbound{Source: "chat/site", Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelChat, Text: "Switch it on"}}})
	if err != nil {
		t.Fatal(err)
	}
	id := got.TicketID
	if err := s.store.Enqueue(t.Context(), store.Delivery{Kind: "webhook", Target: "crm<b>", Key: "k1", TicketID: id}); err != nil {
		t.Fatal(err)
	}
	events, stop := s.store.Watch()
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	tried := 0
	go func() {
		done <- s.store.Work(ctx, store.WorkOptions{
			Triage: func(context.Context, *triage.Ticket, *triage.Result) (triage.Result, error) {
				return triage.Result{}, nil
			},
			Senders: map[string]store.Sender{"webhook": {Send: func(context.Context, store.Delivery) store.Outcome {
				tried++
				if tried == 1 {
					return store.Outcome{State: store.DeliveryFailed, Code: "http_410"}
				}
				return store.Outcome{State: store.DeliveryUnknown, Code: "cut"}
			}}}})
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	ended := func() {
		for e := range events {
			if e.Kind == store.EventDelivery {
				return
			}
		}
	}
	ended()
	if status, _ := s.as(t, mayAgent, "GET", "/outbox"); status != 403 {
		t.Errorf("an agent gets %d", status)
	}
	status, body := s.as(t, leoLead, "GET", "/outbox?state=failed")
	if status != 200 || !strings.Contains(body, "http_410") || !strings.Contains(body, "Try again") || !strings.Contains(body, "crm&lt;b&gt;") {
		t.Fatalf("%d %s", status, body)
	}
	if _, inbox := s.as(t, leoLead, "GET", "/inbox"); !strings.Contains(inbox, `href="/outbox"`) {
		t.Error("the inbox does not lead a lead there")
	}
	d, err := s.store.DeliveryBy(t.Context(), "webhook", "crm<b>", "k1")
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := s.as(t, leoLead, "POST", "/outbox/"+d.ID+"?do=settle"); status != 409 {
		t.Errorf("what failed cannot have arrived: %d", status)
	}
	if status, _ := s.as(t, leoLead, "POST", "/outbox/"+d.ID+"?do=retry"); status != 200 {
		t.Errorf("retry: %d", status)
	}
	ended()
	if status, body := s.call(t, "GET", "/api/v1/deliveries?state=unknown&ticket="+id, ""); status != 200 || !strings.Contains(body, `"code":"cut"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := s.call(t, "POST", "/api/v1/deliveries/"+d.ID+"/settle", ""); status != 204 {
		t.Errorf("%d %s", status, body)
	}
	if status, body := s.call(t, "POST", "/api/v1/deliveries/"+d.ID+"/settle", ""); status != 409 {
		t.Errorf("twice: %d %s", status, body)
	}
	if _, body := s.as(t, leoLead, "GET", "/outbox?done=retry&state=failed"); !strings.Contains(body, "Nothing here") {
		t.Error("no empty state")
	}
}
