package channel

import (
	"context"
	"encoding/json"

	"readback/store"
	"readback/triage"
)

// WebhookTest is the type of the webhook that a person has sent to see whether
// one arrives; it tells of no ticket.
const WebhookTest = "readback.test"

// Names are the endpoints' names.
func (w *Webhooks) Names() []string {
	var out []string
	for _, e := range w.endpoints {
		out = append(out, e.Name)
	}
	return out
}

// Test sends a signed sample to an endpoint. Errors: Unavailable, with the code
// of what came instead of 2xx.
func (w *Webhooks) Test(ctx context.Context, name string) error {
	now := w.clock().UTC()
	body, err := json.Marshal(webhookBody{Type: WebhookTest, Timestamp: now, Data: map[string]any{}})
	if err != nil {
		return err
	}
	return tested(w.send(ctx, store.Delivery{Target: name, Key: "test_" + now.Format("20060102T150405"), Body: body}))
}

// Test connects to the mail server, signs in and says goodbye. Errors:
// Unavailable, with the code of what went wrong.
func (s *SMTP) Test(ctx context.Context) error {
	c, end, err := s.dial(ctx)
	if err != nil {
		return tested(smtpOutcome(err, false))
	}
	defer end()
	if err := c.Noop(); err != nil {
		return tested(smtpOutcome(err, false))
	}
	_ = c.Quit() // all is known
	return nil
}

func tested(o store.Outcome) error {
	if o.State == store.DeliverySent {
		return nil
	}
	return triage.Errorf(triage.Unavailable, "%s", o.Code)
}
