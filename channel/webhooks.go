package channel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"readback/store"
	"readback/triage"
	"readback/triage/check"
)

// DeliverWebhook is the kind of deliveries that are outgoing webhooks.
const DeliverWebhook = "webhook"

// The types of outgoing webhooks.
const (
	TicketTriaged  = "ticket.triaged"  // a new brief was stored
	TicketRouted   = "ticket.routed"   // and with it the first route, or another
	TicketRerouted = "ticket.rerouted" // a person handed the ticket to another tier
	TicketReplied  = "ticket.replied"  // an answer was sent
	TicketResolved = "ticket.resolved"
	TicketReopened = "ticket.reopened" // it was resolved, and is open again
)

// WebhookTypes lists every type.
var WebhookTypes = []string{TicketTriaged, TicketRouted, TicketRerouted, TicketReplied, TicketResolved, TicketReopened}

// Endpoint is a URL that is told what happens to tickets, by Standard Webhooks.
type Endpoint struct {
	Name  string
	URL   string
	Key   Key
	Types []string // of WebhookTypes; empty = all
	// Internal: the URL may be on a private address or another port than 80 and
	// 443, because the operator says so.
	Internal bool
}

// Webhooks tells endpoints what happens. It is safe for concurrent use.
type Webhooks struct {
	endpoints []Endpoint
	public    *http.Client
	internal  *http.Client
	clock     func() time.Time
}

const (
	webhookTimeout = 15 * time.Second
	webhookAnswer  = 64 << 10 // bytes of an answer that are read, so that the connection can be used again
)

// NewWebhooks checks the endpoints. Errors: Invalid, naming the endpoint and
// what is wrong with it.
func NewWebhooks(endpoints []Endpoint, clock func() time.Time) (*Webhooks, error) {
	for _, e := range endpoints {
		u, err := url.Parse(e.URL)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			return nil, triage.Errorf(triage.Invalid, "webhooks.%s.url is no http or https address", e.Name)
		case u.Scheme == "http" && !e.Internal:
			return nil, triage.Errorf(triage.Invalid, "webhooks.%s.url is not https; for one in your own network say webhooks.%s.internal: true", e.Name, e.Name)
		case len(e.Key) == 0:
			return nil, triage.Errorf(triage.Invalid, "webhooks.%s.secret is missing; it signs what is sent", e.Name)
		}
		for _, t := range e.Types {
			if !slices.Contains(WebhookTypes, t) {
				return nil, triage.Errorf(triage.Invalid, "webhooks.%s.events has %q; use %q", e.Name, t, WebhookTypes)
			}
		}
	}
	if clock == nil {
		clock = time.Now
	}
	return &Webhooks{endpoints: endpoints, clock: clock, public: webhookClient(check.PublicDialer(5 * time.Second)),
		internal: webhookClient(&net.Dialer{Timeout: 5 * time.Second})}, nil
}

func webhookClient(d *net.Dialer) *http.Client {
	return &http.Client{
		Timeout: webhookTimeout,
		// What is signed for one address is not sent on to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
	}
}

// webhookBody is what an endpoint gets: {type, timestamp, data}. Data has the
// ticket and what the event says: ids, codes and numbers, never words.
type webhookBody struct {
	Type      string         `json:"type"`
	Timestamp time.Time      `json:"timestamp"`
	Data      map[string]any `json:"data"`
}

// Outgoing says which webhooks follow from something that happened.
func (w *Webhooks) Outgoing(h store.Happening) []store.Delivery {
	if len(w.endpoints) == 0 {
		return nil
	}
	var out []store.Delivery
	for _, kind := range webhookTypes(h) {
		data := map[string]any{"ticket": h.TicketID}
		for k, v := range h.Data {
			data[k] = v
		}
		body, err := json.Marshal(webhookBody{Type: kind, Timestamp: h.At.UTC(), Data: data})
		if err != nil {
			continue // codes and numbers always marshal
		}
		for _, e := range w.endpoints {
			if len(e.Types) == 0 || slices.Contains(e.Types, kind) {
				out = append(out, store.Delivery{Kind: DeliverWebhook, Target: e.Name, Key: h.ID + "." + kind, TicketID: h.TicketID, Body: body})
			}
		}
	}
	return out
}

// webhookTypes are the types of what happened.
func webhookTypes(h store.Happening) []string {
	is := func(key string, want any) bool { return fmt.Sprint(h.Data[key]) == fmt.Sprint(want) }
	switch h.Kind {
	case store.EventTriaged:
		if is("tier", h.Data["was_tier"]) && is("action", h.Data["was_action"]) {
			return []string{TicketTriaged}
		}
		return []string{TicketTriaged, TicketRouted}
	case store.EventRerouted:
		return []string{TicketRerouted}
	case store.EventReplied:
		if is("state", triage.StateResolved) && !is("was", triage.StateResolved) {
			return []string{TicketReplied, TicketResolved}
		}
		return []string{TicketReplied}
	case store.EventState:
		switch resolved := is("was", triage.StateResolved); {
		case !resolved && is("state", triage.StateResolved):
			return []string{TicketResolved}
		case resolved && is("state", triage.StateOpen):
			return []string{TicketReopened}
		}
	}
	return nil
}

// Sender carries the webhooks out. The endpoint knows a second try by its
// webhook-id, so one that was cut off is made again.
func (w *Webhooks) Sender() store.Sender { return store.Sender{Send: w.send, Repeatable: true} }

func (w *Webhooks) send(ctx context.Context, d store.Delivery) store.Outcome {
	i := slices.IndexFunc(w.endpoints, func(e Endpoint) bool { return e.Name == d.Target })
	if i < 0 {
		return store.Outcome{State: store.DeliveryFailed, Code: "no_endpoint"}
	}
	e := w.endpoints[i]
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(d.Body))
	if err != nil {
		return store.Outcome{State: store.DeliveryFailed, Code: "bad_url"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Readback")
	e.Key.Sign(req.Header, d.Key, w.clock(), d.Body)
	client := w.public
	if e.Internal {
		client = w.internal
	}
	res, err := client.Do(req)
	if err != nil {
		return store.Outcome{State: store.DeliveryWaiting, Code: netCode(err)}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, webhookAnswer))
	return httpOutcome(res, w.clock())
}

// httpOutcome reads an answer as Standard Webhooks has it: 2xx took it, 410
// wants no more, everything else is tried again.
func httpOutcome(res *http.Response, now time.Time) store.Outcome {
	code := fmt.Sprintf("http_%d", res.StatusCode)
	switch {
	case res.StatusCode/100 == 2:
		return store.Outcome{State: store.DeliverySent}
	case res.StatusCode == http.StatusGone:
		return store.Outcome{State: store.DeliveryFailed, Code: code}
	}
	return store.Outcome{State: store.DeliveryWaiting, Code: code, After: retryAfter(res.Header.Get("Retry-After"), now)}
}

// retryAfter reads the header of RFC 9110, 10.2.3: seconds or a date; 0 when
// it says nothing that helps.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// netCode names why no answer came.
func netCode(err error) string {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, check.ErrNotPublic):
		return "not_public"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "connection"
}
