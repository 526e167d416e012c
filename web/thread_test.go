package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"readback/store"
	"readback/triage"
)

// On the ticket's page each answer says how it went out: what failed is tried
// again there by a lead, and seen by an agent. What a machine wrote and what is
// passed on is called so.
func TestThreadTellsHowItWent(t *testing.T) {
	s := locked(t)
	in := caseZero()
	in.Messages = append(in.Messages,
		triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: "I am out of office.", Automatic: triage.AutomaticReply},
		triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: "See below.\n\n---------- Forwarded message ---------\nFrom: Jo <jo@shop.example>\nSubject: links\n\nThey still open as http."})
	id := s.triaged(t, in, caseZeroResult)
	leo := s.user(t, leoLead).ID
	states := []store.DeliveryState{store.DeliverySent, store.DeliveryFailed, store.DeliveryUnknown}
	events, stop := s.store.Watch()
	defer stop()
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	n := 0
	go func() {
		done <- s.store.Work(ctx, store.WorkOptions{
			Triage: func(context.Context, *triage.Ticket, *triage.Result) (triage.Result, error) {
				return triage.Result{}, triage.Errorf(triage.Unavailable, "not now")
			},
			Answer: func(tk *triage.Ticket, _ []triage.Attachment) ([]store.Delivery, error) {
				return []store.Delivery{{Kind: store.DeliverMail, Key: tk.Messages[len(tk.Messages)-1].ID}}, nil
			},
			Senders: map[string]store.Sender{store.DeliverMail: {Send: func(context.Context, store.Delivery) store.Outcome {
				n++
				return store.Outcome{State: states[(n-1)%3], Code: "smtp_550"}
			}}}})
	}()
	defer func() {
		end()
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
	for range states {
		if _, err := s.store.SaveDraft(t.Context(), id, leo, "It is on now."); err != nil {
			t.Fatal(err)
		}
		if _, err := s.store.Send(t.Context(), id, leo, triage.StateOpen, 0); err != nil {
			t.Fatal(err)
		}
		ended()
	}
	_, body := s.as(t, leoLead, "GET", "/tickets/"+id)
	for _, want := range []string{`out-sent`, `out-failed`, `out-unknown`, `>Automatic reply<`, `>Forwarded<`, `name="to" value="/tickets/` + id + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the thread lacks %s", want)
		}
	}
	retry := cut(t, body[strings.Index(body, "out-failed"):], `action="/outbox/`, `"`)
	_, agents := s.as(t, mayAgent, "GET", "/tickets/"+id)
	if !strings.Contains(agents, "out-failed") || strings.Contains(agents, `action="/outbox/`) {
		t.Error("an agent sees no failure, or may try again")
	}
	lead := with(s.session(t, leoLead))
	if a := s.ask(t, "/outbox/"+retry, url.Values{"do": {"retry"}, "to": {"/tickets/" + id}}, lead); a.status != 303 || a.to != "/tickets/"+id {
		t.Fatal(a.status, a.to)
	}
	ended()
	if a := s.ask(t, "/outbox/"+retry, url.Values{"do": {"settle"}, "to": {"//evil.example"}}, lead); a.to == "//evil.example" {
		t.Error("a form leads elsewhere")
	}
}

// A file of a draft is its writer's alone until it is sent.
func TestFilesOfDrafts(t *testing.T) {
	s := locked(t)
	id := s.triaged(t, caseZero(), nil)
	r, err := s.store.Attach(t.Context(), id, s.user(t, leoLead).ID, triage.Attachment{Name: "plan.txt", Body: []byte("secret plan")})
	if err != nil {
		t.Fatal(err)
	}
	at := "/files/" + r.Files[0].ID
	for who, want := range map[string]int{leoLead: 200, mayAgent: 404, annAdmin: 404} {
		if status, body := s.as(t, who, "GET", at); status != want || strings.Contains(body, "secret plan") != (want == 200) {
			t.Errorf("%s: %d", who, status)
		}
	}
}

// What was handed over waits in a queue of its own until somebody has it.
func TestQueueOfHandedOver(t *testing.T) {
	s := locked(t)
	id := s.triaged(t, caseZero(), caseZeroResult)
	queue := func() (int, bool) {
		_, body := s.as(t, leoLead, "GET", "/inbox?handed=1")
		_, nav := s.as(t, leoLead, "GET", "/inbox")
		return strings.Count(body, `id="t-`), strings.Contains(nav, "To take on")
	}
	if n, there := queue(); n != 0 || !there {
		t.Errorf("before: %d, %t", n, there)
	}
	may := with(s.session(t, mayAgent))
	if a := s.ask(t, "/tickets/"+id+"/handover", url.Values{"tier": {"billing"}, "why": {"capability"}}, may); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	if n, _ := queue(); n != 1 {
		t.Errorf("handed over: %d", n)
	}
	_, body := s.as(t, leoLead, "GET", "/tickets/"+id)
	take := cut(t, body, `action="/tickets/`+id+`/handovers/`, `"`)
	if a := s.ask(t, "/tickets/"+id+"/handovers/"+take, url.Values{"do": {"take"}}, with(s.session(t, leoLead))); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	if n, _ := queue(); n != 0 {
		t.Errorf("taken on: %d", n)
	}
}

// A hint that is set aside may be given a reason, once.
func TestReasonForSettingAside(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	put := func(do string) string {
		t.Helper()
		if a := s.ask(t, "/tickets/"+id+"/reply", url.Values{"text": {badAnswers[1].text}, "do": {do}}); a.status != 303 {
			t.Fatal(a.status, a.body)
		}
		_, body := s.get(t, "/tickets/"+id)
		return body
	}
	key := cut(t, put("save"), `value="dismiss:`, `"`)
	if body := put("dismiss:" + key); !strings.Contains(body, "Set aside: Already known") || !strings.Contains(body, `value="why:`+key+`:not_so"`) {
		t.Error("no reason can be given")
	}
	if body := put("why:" + key + ":wanted"); !strings.Contains(body, "They asked for it again. Noted.") || strings.Contains(body, `value="why:`) {
		t.Error("the reason is not kept")
	}
}
