package fakedesk

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// ChatwootToken is the token that the fake Chatwoot takes, for account 1.
const ChatwootToken = "chatwoot-token"

// chatwootPage is how many conversations are on a page.
const chatwootPage = 25

// Chatwoot is a Chatwoot with one account. Close it.
func Chatwoot(clock func() time.Time) *Desk {
	return open(clock, func(d *Desk) http.Handler {
		mux := http.NewServeMux()
		on := func(pattern string, do func(w http.ResponseWriter, r *http.Request)) {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("api_access_token") != ChatwootToken {
					http.Error(w, `{"error":"Invalid Access Token"}`, http.StatusUnauthorized)
					return
				}
				d.Lock()
				defer d.Unlock()
				do(w, r)
			})
		}
		const conversation = "/api/v1/accounts/1/conversations/{id}"
		on("GET /api/v1/profile", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, map[string]any{"id": 9, "name": "Readback", "email": "readback@shop.example"})
		})
		on("GET /api/v1/accounts/1/conversations", func(w http.ResponseWriter, r *http.Request) {
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			list := []any{}
			for i, t := range d.byChange() {
				if i/chatwootPage == page-1 {
					list = append(list, chatwootConversation(t))
				}
			}
			answer(w, map[string]any{"data": map[string]any{"payload": list}})
		})
		on("GET "+conversation, func(w http.ResponseWriter, r *http.Request) {
			if t := d.ticket(w, r); t != nil {
				answer(w, chatwootConversation(t))
			}
		})
		on("GET "+conversation+"/messages", func(w http.ResponseWriter, r *http.Request) {
			t := d.ticket(w, r)
			if t == nil {
				return
			}
			before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
			list := slices.DeleteFunc(slices.Clone(t.Messages), func(m Message) bool { return before > 0 && m.ID >= before })
			list = list[max(0, len(list)-20):]
			out := []any{}
			for _, m := range list {
				out = append(out, chatwootMessage(m))
			}
			answer(w, map[string]any{"payload": out})
		})
		on("POST "+conversation+"/messages", func(w http.ResponseWriter, r *http.Request) {
			t := d.ticket(w, r)
			var in struct {
				Content string `json:"content"`
				Private bool   `json:"private"`
			}
			if t == nil || !read(r, &in) {
				return
			}
			d.say(t.ID, Message{Role: "agent", Text: in.Content, Private: in.Private})
			d.cut()
			answer(w, chatwootMessage(t.Messages[len(t.Messages)-1]))
		})
		on("GET "+conversation+"/labels", func(w http.ResponseWriter, r *http.Request) {
			if t := d.ticket(w, r); t != nil {
				answer(w, map[string]any{"payload": t.Tags})
			}
		})
		on("POST "+conversation+"/labels", func(w http.ResponseWriter, r *http.Request) {
			t := d.ticket(w, r)
			var in struct {
				Labels []string `json:"labels"`
			}
			if t != nil && read(r, &in) {
				t.Tags = in.Labels
				answer(w, map[string]any{"payload": t.Tags})
			}
		})
		return mux
	})
}

func chatwootConversation(t *Ticket) map[string]any {
	return map[string]any{"id": t.ID, "last_activity_at": t.Changed.Unix(), "meta": map[string]any{
		"sender": map[string]any{"id": 7, "name": t.Name, "email": t.Email}, "channel": "Channel::WebWidget", "hmac_verified": t.Verified}}
}

func chatwootMessage(m Message) map[string]any {
	kind, sender, of := 1, "user", "User"
	switch m.Role {
	case "customer":
		kind, sender, of = 0, "contact", "Contact"
	case "bot":
		sender, of = "agent_bot", "AgentBot"
	}
	return map[string]any{"id": m.ID, "content": m.Text, "message_type": kind, "private": m.Private, "created_at": m.At.Unix(),
		"sender": map[string]any{"id": 7, "name": "Ana", "type": sender}, "sender_type": of}
}
