package channel

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

var hookTime = time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)

func TestWebhookTypes(t *testing.T) {
	for _, c := range []struct {
		name string
		h    store.Happening
		want []string
	}{
		{"first triage", store.Happening{Kind: store.EventTriaged, Data: map[string]any{"tier": "l2", "action": triage.Assign, "was_tier": "", "was_action": triage.Action("")}}, []string{TicketTriaged, TicketRouted}},
		{"same route again", store.Happening{Kind: store.EventTriaged, Data: map[string]any{"tier": "l2", "action": triage.Assign, "was_tier": "l2", "was_action": triage.Assign}}, []string{TicketTriaged}},
		{"other action", store.Happening{Kind: store.EventTriaged, Data: map[string]any{"tier": "l1", "action": triage.Ask, "was_tier": "l1", "was_action": triage.Assign}}, []string{TicketTriaged, TicketRouted}},
		{"handed over", store.Happening{Kind: store.EventRerouted}, []string{TicketRerouted}},
		{"answered", store.Happening{Kind: store.EventReplied, Data: map[string]any{"state": triage.StateWaiting, "was": triage.StateOpen}}, []string{TicketReplied}},
		{"answered and resolved", store.Happening{Kind: store.EventReplied, Data: map[string]any{"state": triage.StateResolved, "was": triage.StateOpen}}, []string{TicketReplied, TicketResolved}},
		{"resolved", store.Happening{Kind: store.EventState, Data: map[string]any{"state": triage.StateResolved, "was": triage.StateWaiting}}, []string{TicketResolved}},
		{"resolved twice", store.Happening{Kind: store.EventState, Data: map[string]any{"state": triage.StateResolved, "was": triage.StateResolved}}, nil},
		{"reopened", store.Happening{Kind: store.EventState, Data: map[string]any{"state": triage.StateOpen, "was": triage.StateResolved}}, []string{TicketReopened}},
		{"from waiting", store.Happening{Kind: store.EventState, Data: map[string]any{"state": triage.StateOpen, "was": triage.StateWaiting}}, nil},
		{"a message", store.Happening{Kind: store.EventReceived}, nil},
		{"its own end", store.Happening{Kind: store.EventDelivery}, nil},
	} {
		if got := webhookTypes(c.h); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWebhookEndpoints(t *testing.T) {
	key := Key("0123456789abcdef")
	for _, c := range []struct {
		e    Endpoint
		want string // in the error; "" = good
	}{
		{Endpoint{Name: "crm", URL: "https://crm.shop.example/hook", Key: key}, ""},
		{Endpoint{Name: "crm", URL: "http://10.0.0.7:9000/hook", Key: key, Internal: true}, ""},
		{Endpoint{Name: "crm", URL: "http://crm.shop.example/hook", Key: key}, "internal: true"},
		{Endpoint{Name: "crm", URL: "crm.shop.example", Key: key}, "webhooks.crm.url"},
		{Endpoint{Name: "crm", URL: "https://crm.shop.example"}, "webhooks.crm.secret"},
		{Endpoint{Name: "crm", URL: "https://crm.shop.example", Key: key, Types: []string{"ticket.eaten"}}, "ticket.eaten"},
	} {
		_, err := NewWebhooks([]Endpoint{c.e}, nil)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.e, err, c.want)
		}
	}
}

// TestWebhookSend: what a receiver gets can be verified, says codes only, and
// each answer is read for what it means.
func TestWebhookSend(t *testing.T) {
	var status int
	var after string
	var got http.Header
	var body []byte
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		body, _ = io.ReadAll(r.Body)
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer receiver.Close()
	key := Key("0123456789abcdef")
	hooks, err := NewWebhooks([]Endpoint{{Name: "crm", URL: receiver.URL, Key: key, Internal: true, Types: []string{TicketRouted}},
		{Name: "public", URL: strings.Replace(receiver.URL, "http:", "https:", 1), Key: key}}, func() time.Time { return hookTime })
	if err != nil {
		t.Fatal(err)
	}
	out := hooks.Outgoing(store.Happening{ID: "evt_1", Kind: store.EventTriaged, TicketID: "tkt_1", At: hookTime,
		Data: map[string]any{"tier": "l2", "action": triage.Assign, "was_tier": "", "was_action": ""}})
	if len(out) != 3 || out[0].Target != "public" || out[1].Target != "crm" {
		t.Fatalf("got %+v", out)
	}
	routed := out[1]
	for _, c := range []struct {
		status int
		after  string
		want   store.Outcome
	}{
		{200, "", store.Outcome{State: store.DeliverySent}},
		{204, "", store.Outcome{State: store.DeliverySent}},
		{410, "", store.Outcome{State: store.DeliveryFailed, Code: "http_410"}},
		{302, "", store.Outcome{State: store.DeliveryWaiting, Code: "http_302"}},
		{401, "", store.Outcome{State: store.DeliveryWaiting, Code: "http_401"}},
		{503, "120", store.Outcome{State: store.DeliveryWaiting, Code: "http_503", After: 2 * time.Minute}},
		{429, hookTime.Add(time.Hour).Format(http.TimeFormat), store.Outcome{State: store.DeliveryWaiting, Code: "http_429", After: time.Hour}},
		{500, "soon", store.Outcome{State: store.DeliveryWaiting, Code: "http_500"}},
	} {
		status, after = c.status, c.after
		if o := hooks.Sender().Send(t.Context(), routed); o != c.want {
			t.Errorf("%d: got %+v, want %+v", c.status, o, c.want)
		}
		if err := key.Verify(got, body, hookTime); err != nil {
			t.Errorf("%d: %v", c.status, err)
		}
	}
	if id := got.Get(HeaderWebhookID); id != "evt_1.ticket.routed" {
		t.Errorf("id %q", id)
	}
	var said struct {
		Type, Timestamp string
		Data            map[string]any
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Type != TicketRouted || said.Timestamp != "2026-11-27T09:30:00Z" || said.Data["ticket"] != "tkt_1" || said.Data["tier"] != "l2" {
		t.Errorf("body %s, %v", body, err)
	}
	if o := hooks.Sender().Send(t.Context(), out[0]); o != (store.Outcome{State: store.DeliveryWaiting, Code: "not_public"}) {
		t.Errorf("a loopback address that is not said to be internal: %+v", o)
	}
	receiver.Close()
	if o := hooks.Sender().Send(t.Context(), routed); o != (store.Outcome{State: store.DeliveryWaiting, Code: "connection"}) {
		t.Errorf("nobody there: %+v", o)
	}
	routed.Target = "gone"
	if o := hooks.Sender().Send(t.Context(), routed); o != (store.Outcome{State: store.DeliveryFailed, Code: "no_endpoint"}) {
		t.Errorf("no such endpoint: %+v", o)
	}
}
