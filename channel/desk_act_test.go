package channel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/channel/fakedesk"
	"readback/store"
	"readback/triage"
)

// In act a desk's customer is asked what the route asks, once, with the words
// that no person wrote it; in assist, and once the mode ends while it is held,
// they are not.
func TestDeskActs(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeAssist)
			b.read()
			ask := func(_ context.Context, tk *triage.Ticket, _ *triage.Result) (triage.Result, error) {
				r := triage.Result{CoveredSeq: tk.LastSeq, At: b.now()}
				r.Brief.Kind, r.Brief.Request.Text, r.Brief.Language = triage.KindBroken, "It does not work", "pl"
				r.Route = triage.Route{Action: triage.Ask, Tier: "l1", Confidence: 0.9, Reasons: []triage.Reason{{Code: "route.no_procedure_vague"}}}
				return r, nil
			}
			events, stop := b.store.Watch()
			defer stop()
			ctx, end := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				done <- b.store.Work(ctx, store.WorkOptions{Triage: ask, ChatWait: -1, Answer: func(tk *triage.Ticket, files []triage.Attachment) ([]store.Delivery, error) {
					out, _ := b.desks.Answer(tk, files)
					return out, nil
				}, Tell: b.desks.Automatic, Senders: b.desks.Senders()})
			}()
			defer func() {
				end()
				if err := <-done; err != nil {
					t.Error(err)
				}
			}()
			until := func(kind string) {
				t.Helper()
				for {
					select {
					case e := <-events:
						if e.Kind == kind {
							return
						}
					case <-time.After(20 * time.Second):
						t.Fatalf("no event %s", kind)
					}
				}
			}
			says := func(text string) {
				t.Helper()
				id := b.fake.Say(5, fakedesk.Message{Role: "customer", Text: text})
				if _, err := b.hook(5, id, "customer", text, false); err != nil {
					t.Fatal(err)
				}
				until(store.EventTriaged)
			}
			mode := func(m channel.Mode) {
				t.Helper()
				if err := b.desks.SetMode(t.Context(), store.Actor{}, "main", m); err != nil {
					t.Fatal(err)
				}
			}
			answers := func() (out []string) {
				for _, text := range b.fake.Texts(5) {
					if !strings.HasPrefix(text, "note: ") {
						out = append(out, text)
					}
				}
				return out
			}
			says("it does not work")
			if tk, texts := b.ticket("5"); len(texts) != 1 || len(answers()) != 0 {
				t.Fatalf("in assist: %q %q, %s", texts, answers(), tk.State)
			}
			mode(channel.ModeAct)
			b.pass(5)
			says("it still does not work")
			until(store.EventHeld)
			b.pass(31)
			until(store.EventReplied)
			until(store.EventDelivery)
			mark := triage.Sentence("pl", "customer.automatic", nil)
			if got := answers(); len(got) != 1 || !strings.HasSuffix(got[0], "\n\n"+mark) || len(got[0]) < len(mark)+30 {
				t.Fatalf("in act the customer reads %q", got)
			}
			if tk, texts := b.ticket("5"); tk.State != triage.StateWaiting || len(texts) != 3 {
				t.Errorf("after it the ticket is %s, with %d messages", tk.State, len(texts))
			}
			b.read() // what we wrote does not come back as somebody's
			if _, texts := b.ticket("5"); len(texts) != 3 {
				t.Errorf("our own answer came back: %q", texts)
			}
			b.pass(5)
			says("and now?")
			until(store.EventHeld)
			mode(channel.ModeNote) // the switch, while it is held
			b.pass(31)
			until(store.EventHeld)
			if tk, texts := b.ticket("5"); len(answers()) != 1 || len(texts) != 4 || tk.State != triage.StateOpen {
				t.Errorf("after the switch: %q, %d messages, %s", answers(), len(texts), tk.State)
			}
		})
	}
}

// A delivery that comes again under its id is answered as before and read once;
// another body under that id is read.
func TestDeskDeliveryOnce(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeWatch)
			first, err := b.hook(5, 11, "customer", "hello", false)
			if err != nil || len(first.Receipts) != 1 || first.Known {
				t.Fatalf("%+v, %v", first, err)
			}
			again, err := b.hook(5, 11, "customer", "hello", false)
			if err != nil || !again.Known || len(again.Receipts) != 1 || !again.Receipts[0].Duplicate || again.Receipts[0].TicketID != first.Receipts[0].TicketID {
				t.Errorf("%+v, %v", again, err)
			}
			if _, err := b.hook(5, 12, "customer", "more", false); err != nil {
				t.Fatal(err)
			}
			if _, texts := b.ticket("5"); len(texts) != 2 {
				t.Errorf("stored: %q", texts)
			}
		})
	}
}
