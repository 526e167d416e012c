package channel_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readback/channel"
	"readback/channel/fakedesk"
	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/store/storetest"
	"readback/triage"
)

const deskSecret = "desk-secret"

// beside is a store beside a fake desk of one kind.
type beside struct {
	*testing.T
	kind   string
	fake   *fakedesk.Desk
	desks  *channel.Desks
	store  *store.Store
	passed *atomic.Int64 // seconds since the start
}

var deskStart = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

func (b *beside) now() time.Time { return deskStart.Add(time.Duration(b.passed.Load()) * time.Second) }

func newBeside(t *testing.T, kind string, mode channel.Mode) *beside {
	t.Helper()
	b := &beside{T: t, kind: kind, passed: new(atomic.Int64)}
	d := channel.Desk{Name: "main", Kind: kind, Secret: deskSecret, Mode: mode, Internal: true}
	if kind == channel.KindZendesk {
		b.fake = fakedesk.Zendesk(b.now)
		d.User, d.Token = fakedesk.ZendeskUser, fakedesk.ZendeskToken
	} else {
		b.fake = fakedesk.Chatwoot(b.now)
		d.Account, d.Token = "1", fakedesk.ChatwootToken
	}
	t.Cleanup(b.fake.Close)
	d.URL = b.fake.URL
	var err error
	if b.desks, err = channel.NewDesks([]channel.Desk{d}, b.now); err != nil {
		t.Fatal(err)
	}
	b.store, err = store.Open(t.Context(), store.Options{Path: storetest.File(t), Clock: b.now, Outgoing: b.desks.Outgoing})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.store.Close() })
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.desks.Use(t.Context(), b.store, func() *knowledge.Workspace { return ws }, "https://readback.shop.example", nil); err != nil {
		t.Fatal(err)
	}
	return b
}

// hook sends the desk's webhook of a message that was written there.
func (b *beside) hook(ticket, id int64, role, text string, private bool) (channel.Hooked, error) {
	var body string
	if b.kind == channel.KindZendesk {
		body = fmt.Sprintf(`{"type":"zen:event-type:ticket.comment_added","account_id":22129848,"id":"e%d","subject":"zen:ticket:%d","time":"2026-11-22T14:00:00.1Z",
			"detail":{"id":"%d","subject":"Links","via":{"channel":"WEB"}},"event":{"comment":{"id":"%d","body":%q,"is_public":%t,"author":{"id":"1","name":"Ana","is_staff":%t}}}}`,
			id, ticket, ticket, id, text, !private, role == "agent")
	} else {
		kind, sender := "incoming", ""
		if role != "customer" {
			kind, sender = "outgoing", "user"
		}
		body = fmt.Sprintf(`{"event":"message_created","id":%d,"content":%q,"message_type":%q,"private":%t,"created_at":"2026-11-22T14:00:00.000Z",
			"sender":{"id":7,"name":"Ana","email":"ana@shop.example","type":%q},"account":{"id":1},
			"conversation":{"id":%d,"channel":"Channel::WebWidget","meta":{"sender":{"id":7,"name":"Ana","email":"ana@shop.example"}}}}`,
			id, text, kind, private, sender, ticket)
	}
	return b.desks.Hook(b.Context(), "main", signedBy(b.kind, deskSecret, b.now(), body), nil, []byte(body))
}

// signedBy are the headers that a desk sends with a body.
func signedBy(kind, secret string, at time.Time, body string) http.Header {
	h := http.Header{}
	m := hmac.New(sha256.New, []byte(secret))
	if kind == channel.KindZendesk {
		stamp := at.UTC().Format(time.RFC3339)
		m.Write([]byte(stamp + body))
		h.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
		h.Set("X-Zendesk-Webhook-Invocation-Id", "one-id")
		h.Set("X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(m.Sum(nil)))
		return h
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	m.Write([]byte(stamp + "." + body))
	h.Set("X-Chatwoot-Timestamp", stamp)
	h.Set("X-Chatwoot-Delivery", "one-id")
	h.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(m.Sum(nil)))
	return h
}

// ticket is what came of a conversation; "" texts for none.
func (b *beside) ticket(key string) (t triage.Ticket, texts []string) {
	b.Helper()
	id, err := b.store.TicketBy(b.Context(), "desk/main", key)
	if triage.CodeOf(err) == triage.NotFound {
		return t, nil
	}
	if err == nil {
		t, err = b.store.Ticket(b.Context(), id)
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range t.Messages {
		texts = append(texts, string(m.Role)+": "+m.Text)
	}
	return t, texts
}

func (b *beside) read() {
	b.Helper()
	if err := b.desks.Read(b.Context(), "main"); err != nil {
		b.Fatal(err)
	}
}

func (b *beside) pass(seconds int64) { b.passed.Add(seconds) }

var kinds = []string{channel.KindZendesk, channel.KindChatwoot}

// A webhook is checked on its raw bytes, and its time.
func TestDeskSignature(t *testing.T) {
	for _, kind := range kinds {
		b := newBeside(t, kind, channel.ModeWatch)
		body := `{"type":"zen:event-type:ticket.tags_changed","event":"conversation_created"}`
		good := func() http.Header { return signedBy(kind, deskSecret, b.now(), body) }
		for _, tc := range []struct {
			name string
			h    http.Header
			body string
			desk string
			ok   bool
		}{
			{"good", good(), body, "main", true},
			{"another desk", good(), body, "other", false},
			{"one byte more", good(), body + " ", "main", false},
			{"other secret", signedBy(kind, "guess", b.now(), body), body, "main", false},
			{"old", signedBy(kind, deskSecret, b.now().Add(-6*time.Minute), body), body, "main", false},
			{"from the future", signedBy(kind, deskSecret, b.now().Add(6*time.Minute), body), body, "main", false},
			{"none", http.Header{}, body, "main", false},
		} {
			_, err := b.desks.Hook(t.Context(), tc.desk, tc.h, nil, []byte(tc.body))
			if tc.ok != (err == nil) || err != nil && triage.CodeOf(err) != triage.Unauthorized {
				t.Errorf("%s, %s: %v", kind, tc.name, err)
			}
		}
	}
}

// A Chatwoot that does not sign is let in by the key in its address, and only
// where that was asked for; with a signature the key does not help.
func TestDeskURLSecret(t *testing.T) {
	key := strings.Repeat("k", 24)
	d := channel.Desk{Name: "main", Kind: channel.KindChatwoot, URL: "https://chat.shop.example", Token: "t", Account: "1", URLSecret: key}
	ds, err := channel.NewDesks([]channel.Desk{d}, func() time.Time { return deskStart })
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"event":"conversation_created"}`)
	for name, tc := range map[string]struct {
		key string
		h   http.Header
		ok  bool
	}{
		"key": {key, http.Header{}, true}, "wrong key": {"x", http.Header{}, false}, "no key": {"", http.Header{}, false},
		"wrong signature beside it": {key, signedBy(channel.KindChatwoot, "guess", deskStart, string(body)), false},
	} {
		if _, err := ds.Hook(t.Context(), "main", tc.h, url.Values{"key": {tc.key}}, body); tc.ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What comes by webhook is stored once, in our words; notes and our own
// answers do not come back.
func TestDeskHook(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeWatch)
			if got, err := b.hook(5, 1, "customer", "Links are not \"HTTPS\".", false); err != nil || got.Known || len(got.Receipts) != 1 {
				t.Fatalf("got %+v, %v", got, err)
			}
			if got, err := b.hook(5, 1, "customer", "Links are not \"HTTPS\".", false); err != nil || !got.Known {
				t.Errorf("again: %+v, %v", got, err)
			}
			for _, m := range []struct {
				id      int64
				role    string
				private bool
			}{{2, "agent", true}, {3, "agent", false}} {
				if _, err := b.hook(5, m.id, m.role, "Look at DNS.", m.private); err != nil {
					t.Fatal(err)
				}
			}
			tk, texts := b.ticket("5")
			if want := []string{`customer: Links are not "HTTPS".`, "agent: Look at DNS."}; !slices.Equal(texts, want) {
				t.Errorf("got %q, want %q", texts, want)
			}
			if tk.Identity != triage.IdentityClaimed || tk.Customer.Name != "Ana" {
				t.Errorf("got %+v, %s", tk.Customer, tk.Identity)
			}
		})
	}
}

// What is not understood is to be kept; what is none of ours is taken and passed over.
func TestDeskParse(t *testing.T) {
	of := map[string]*beside{}
	for _, kind := range kinds {
		of[kind] = newBeside(t, kind, channel.ModeWatch)
	}
	for _, tc := range []struct {
		kind, body string
		kept       bool
	}{
		{channel.KindZendesk, `{"ticket_id":"35436"}`, false},
		{channel.KindZendesk, `{"ticket_id":35436}`, false},
		{channel.KindZendesk, `{"type":"zen:event-type:user.created"}`, false},
		{channel.KindZendesk, `{"ticket_id":"{{ticket.id}}"}`, true},
		{channel.KindZendesk, `{"type":"zen:event-type:ticket.comment_added","detail":{"id":"5"}}`, true},
		{channel.KindZendesk, `{"type":"zen:event-type:ticket.comment_added","detail":{"id":"../users/me"},"event":{"comment":{"id":"1"}}}`, true},
		{channel.KindZendesk, `[]`, true},
		{channel.KindChatwoot, `{"event":"conversation_updated"}`, false},
		{channel.KindChatwoot, `{"event":"message_created","message_type":"activity","id":1,"conversation":{"id":2}}`, false},
		{channel.KindChatwoot, `{"event":"message_created","id":1,"account":{"id":2},"conversation":{"id":2}}`, true},
		{channel.KindChatwoot, `{"event":"message_created"}`, true},
		{channel.KindChatwoot, `{`, true},
	} {
		b := of[tc.kind]
		got, err := b.desks.Hook(t.Context(), "main", signedBy(tc.kind, deskSecret, b.now(), tc.body), nil, []byte(tc.body))
		if got.Kept != tc.kept || tc.kept != (triage.CodeOf(err) == triage.Invalid) {
			t.Errorf("%s: %+v, %v", tc.body, got, err)
		}
	}
}

// Webhooks that were lost, doubled or late do no harm: reading finds the rest.
func TestDeskRead(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeWatch)
			b.fake.Say(4, fakedesk.Message{Role: "customer", Text: "long ago"})
			b.pass(3600)
			b.read() // it begins here
			b.pass(60)
			one := b.fake.Say(5, fakedesk.Message{Role: "customer", Text: "one"})
			b.pass(1)
			b.fake.Say(5, fakedesk.Message{Role: "agent", Text: "for us only", Private: true})
			two := b.fake.Say(5, fakedesk.Message{Role: "customer", Text: "two"})
			b.fake.Say(5, fakedesk.Message{Role: "bot", Text: "We have your message."})
			if _, err := b.hook(5, two, "customer", "two", false); err != nil { // the first was lost
				t.Fatal(err)
			}
			b.pass(180)
			b.read()
			if _, err := b.hook(5, one, "customer", "one", false); err != nil { // and comes late
				t.Fatal(err)
			}
			b.read()
			tk, texts := b.ticket("5")
			if want := []string{"customer: two", "customer: one", "system: We have your message."}; !slices.Equal(texts, want) {
				t.Errorf("got %q, want %q", texts, want)
			}
			if tk.Customer.Email != "ana@shop.example" {
				t.Errorf("the address was not filled in: %+v", tk.Customer)
			}
			if _, texts := b.ticket("4"); texts != nil {
				t.Errorf("what was before the connection came: %q", texts)
			}
		})
	}
}

// More than fits in one read is found by the next ones.
func TestDeskReadMany(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeWatch)
			b.read()
			b.pass(60)
			const many = 90
			for i := range int64(many) {
				b.fake.Say(100+i, fakedesk.Message{Role: "customer", Text: "hello"})
				if i%10 == 0 {
					b.pass(1)
				}
			}
			b.pass(120)
			b.read()
			b.pass(120)
			b.read()
			page, err := b.store.Tickets(t.Context(), store.Filter{Limit: 200})
			if err != nil || len(page.Tickets) != many {
				t.Errorf("got %d tickets of %d, %v", len(page.Tickets), many, err)
			}
		})
	}
}

// A desk that misbehaves is an error with a code, and is found again where it was left.
func TestDeskMisbehaves(t *testing.T) {
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(code) }
	}
	for _, kind := range kinds {
		b := newBeside(t, kind, channel.ModeWatch)
		b.read()
		ticket := int64(0)
		for name, fault := range map[string]func(http.ResponseWriter){
			"401": status(401), "404": status(404), "500": status(500), "503": status(503), "302": status(302),
			"429":       func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) },
			"html":      func(w http.ResponseWriter) { _, _ = w.Write([]byte("<!doctype html><title>Sign in</title>")) },
			"truncated": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"tickets":[{"id":`)) },
			"cut":       func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		} {
			b.pass(200)
			ticket++
			b.fake.Say(ticket, fakedesk.Message{Role: "customer", Text: "hello"})
			b.pass(120)
			b.fake.Before = func(w http.ResponseWriter, _ *http.Request) bool { fault(w); return true }
			if err := b.desks.Read(t.Context(), "main"); err == nil {
				t.Errorf("%s, %s: no error", kind, name)
			}
			b.fake.Lock()
			b.fake.Before, b.fake.Calls = nil, nil
			b.fake.Unlock()
			if name == "429" {
				if err := b.desks.Read(t.Context(), "main"); err == nil || len(b.fake.Calls) > 0 {
					t.Errorf("%s: it was asked again before its time: %v, %q", kind, err, b.fake.Calls)
				}
				b.pass(8)
			}
			b.read()
			if _, texts := b.ticket(strconv.FormatInt(ticket, 10)); len(texts) != 1 {
				t.Errorf("%s, %s: got %q", kind, name, texts)
			}
		}
	}
}

// A desk that hangs is left when the context ends.
func TestDeskHangs(t *testing.T) {
	b := newBeside(t, channel.KindChatwoot, channel.ModeWatch)
	b.read()
	gone := make(chan struct{})
	defer close(gone)
	ctx, cancel := context.WithCancel(t.Context())
	b.fake.Before = func(http.ResponseWriter, *http.Request) bool { cancel(); <-gone; return true }
	if err := b.desks.Read(ctx, "main"); err == nil {
		t.Error("no error")
	}
}

// tell stores a result of a ticket, as a triage does.
func (b *beside) triaged(key string, action triage.Action, tier string) string {
	b.Helper()
	t, _ := b.ticket(key)
	r := &triage.Result{CoveredSeq: t.LastSeq, At: b.now()}
	r.Brief.Kind, r.Brief.Request.Text, r.Brief.Language = triage.KindSetup, "HTTPS on links.shop.example", "en"
	r.Route = triage.Route{Action: action, Tier: tier, Confidence: 0.9, Reasons: []triage.Reason{{Code: "route.no_procedure", Params: map[string]string{"tier": tier}}}}
	if err := b.store.TakeLease(b.Context(), t.ID, "test", time.Minute); err != nil {
		b.Fatal(err)
	}
	if err := b.store.SaveResult(b.Context(), &t, r, "test"); err != nil {
		b.Fatal(err)
	}
	return t.ID
}

// queued are the kinds of what waits for the desk, the oldest first.
func (b *beside) queued(id string) (out []store.Delivery) {
	b.Helper()
	for _, kind := range []string{channel.DeliverNote, channel.DeliverTag, channel.DeliverAnswer} {
		list, err := b.store.WentOut(b.Context(), kind, "main", "", id)
		if err != nil {
			b.Fatal(err)
		}
		slices.Reverse(list)
		out = append(out, list...)
	}
	return out
}

// A note tells whose turn it is, once; the tag follows the tier; what the mode
// does not allow does not go out.
func TestDeskNote(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeWatch)
			one := b.fake.Say(5, fakedesk.Message{Role: "customer", Text: "HTTPS on links.shop.example please"})
			if _, err := b.hook(5, one, "customer", "HTTPS on links.shop.example please", false); err != nil {
				t.Fatal(err)
			}
			id := b.triaged("5", triage.Assign, "l1")
			if q := b.queued(id); len(q) > 0 {
				t.Fatalf("in watch there waits %+v", q)
			}
			if err := b.desks.SetMode(t.Context(), store.Actor{}, "main", channel.ModeNote); err != nil {
				t.Fatal(err)
			}
			b.fake.Lock()
			b.fake.Tickets[5].Tags = []string{"vip", "readback_l1"}
			b.fake.Unlock()
			send := b.desks.Senders()
			sent := map[string]bool{}
			for _, step := range []struct {
				action triage.Action
				tier   string
				notes  int
			}{{triage.Assign, "l2", 1}, {triage.Assign, "l2", 1}, {triage.Ask, "l2", 2}, {triage.Assign, "l2", 3}} {
				b.pass(10)
				b.triaged("5", step.action, step.tier)
				for _, d := range b.queued(id) {
					if sent[d.ID] {
						continue
					}
					sent[d.ID] = true
					if o := send[d.Kind].Send(t.Context(), d); o.State != store.DeliverySent || d.Kind == channel.DeliverNote && o.Ref == "" {
						t.Fatalf("%s: %+v", d.Kind, o)
					}
				}
				if notes := b.fake.Texts(5); len(notes) != step.notes {
					t.Errorf("after %+v: %q", step, notes)
				}
			}
			note := b.fake.Texts(5)[0]
			for _, want := range []string{"note: ", "HTTPS on links.shop.example", "https://readback.shop.example/tickets/" + id} {
				if !strings.Contains(note, want) || strings.Count(note, "\n") > 4 {
					t.Errorf("the note has no %q: %s", want, note)
				}
			}
			if tags := b.fake.TagsOf(5); !slices.Equal(tags, []string{"vip", "readback_l2"}) {
				t.Errorf("tags %q", tags)
			}
			if err := b.desks.SetMode(t.Context(), store.Actor{}, "main", channel.ModeOff); err != nil {
				t.Fatal(err)
			}
			for _, d := range b.queued(id) {
				if o := send[d.Kind].Send(t.Context(), d); o.State != store.DeliveryFailed {
					t.Errorf("off: %s went out", d.Kind)
				}
			}
			if _, err := b.hook(5, 99, "customer", "more", false); err != nil {
				t.Fatal(err)
			}
			if _, texts := b.ticket("5"); len(texts) != 1 {
				t.Errorf("off: %q came in", texts)
			}
		})
	}
}

// An answer whose try was cut off after it was written is found, not written
// again; and it does not come back as another's message.
func TestDeskAnswerOnce(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			b := newBeside(t, kind, channel.ModeAssist)
			b.read()
			one := b.fake.Say(5, fakedesk.Message{Role: "customer", Text: "hello"})
			if _, err := b.hook(5, one, "customer", "hello", false); err != nil {
				t.Fatal(err)
			}
			tk, _ := b.ticket("5")
			tk.Messages = append(tk.Messages, triage.Message{ID: "msg_answer", Role: triage.RoleAgent, Author: "usr_1", Text: "It is **on** now."})
			out, ok := b.desks.Answer(&tk, nil)
			if !ok || len(out) != 1 {
				t.Fatalf("got %+v, %t", out, ok)
			}
			if err := b.store.Enqueue(t.Context(), out[0]); err != nil {
				t.Fatal(err)
			}
			d := b.queued(tk.ID)[0]
			b.fake.Cut = true
			d.Tries = 1
			send := b.desks.Senders()[channel.DeliverAnswer].Send
			if o := send(t.Context(), d); o.State != store.DeliveryWaiting || o.Ref != "" {
				t.Fatalf("the first try: %+v", o)
			}
			d.Tries = 2
			o := send(t.Context(), d)
			if o.State != store.DeliverySent || o.Ref == "" || len(b.fake.Texts(5)) != 1 {
				t.Fatalf("the second: %+v, %q", o, b.fake.Texts(5))
			}
			tk.Messages[1].Author = "" // no person wrote it: in act only
			if out, ok := b.desks.Answer(&tk, nil); !ok || len(out) > 0 {
				t.Errorf("an automatic answer in assist: %+v", out)
			}
		})
	}
}

// What a desk refuses is not tried again; all else is, when it wishes.
func TestDeskOutcome(t *testing.T) {
	b := newBeside(t, channel.KindChatwoot, channel.ModeNote)
	one := b.fake.Say(5, fakedesk.Message{Role: "customer", Text: "hello"})
	if _, err := b.hook(5, one, "customer", "hello", false); err != nil {
		t.Fatal(err)
	}
	id := b.triaged("5", triage.Assign, "l1")
	d := b.queued(id)[1]
	for status, want := range map[int]store.DeliveryState{401: store.DeliveryWaiting, 403: store.DeliveryWaiting, 404: store.DeliveryFailed,
		422: store.DeliveryFailed, 429: store.DeliveryWaiting, 500: store.DeliveryWaiting} {
		b.pass(100)
		b.fake.Before = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "33")
			w.WriteHeader(status)
			return true
		}
		o := b.desks.Senders()[d.Kind].Send(t.Context(), d)
		if o.State != want || o.Code != fmt.Sprintf("http_%d", status) || want == store.DeliveryWaiting && o.After != 33*time.Second {
			t.Errorf("%d: %+v", status, o)
		}
	}
}

// FuzzDeskHook: whatever a desk signs, nothing breaks and ids stay numbers.
func FuzzDeskHook(f *testing.F) {
	for _, s := range []string{`{"ticket_id":"1"}`, `{"event":"message_created","id":1,"conversation":{"id":2},"message_type":0}`,
		`{"type":"zen:event-type:ticket.comment_added","detail":{"id":"5"},"event":{"comment":{"id":1,"is_public":true}}}`} {
		f.Add(s)
	}
	var list []channel.Desk
	for _, kind := range kinds {
		list = append(list, channel.Desk{Name: kind, Kind: kind, URL: "https://desk.shop.example", User: "u", Token: "t", Account: "1", Secret: deskSecret})
	}
	ds, err := channel.NewDesks(list, func() time.Time { return deskStart })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, kind := range kinds {
			channel.ParseDesk(ds, kind, []byte(body))
		}
	})
}
