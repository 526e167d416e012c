package fakedesk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The agent and token that the fake Zendesk takes.
const (
	ZendeskUser  = "readback@shop.example"
	ZendeskToken = "zendesk-token"
)

// Zendesk is a Zendesk. Its cursors are places in the order of changes. Close it.
func Zendesk(clock func() time.Time) *Desk {
	return open(clock, func(d *Desk) http.Handler {
		mux := http.NewServeMux()
		on := func(pattern string, do func(w http.ResponseWriter, r *http.Request)) {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				user, token, _ := r.BasicAuth()
				if user != ZendeskUser+"/token" || token != ZendeskToken {
					http.Error(w, `{"error":"Couldn't authenticate you"}`, http.StatusUnauthorized)
					return
				}
				d.Lock()
				defer d.Unlock()
				do(w, r)
			})
		}
		on("GET /api/v2/users/me.json", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, map[string]any{"user": map[string]any{"id": 2, "name": "Readback", "email": ZendeskUser, "role": "agent"}})
		})
		on("GET /api/v2/users/{id}", func(w http.ResponseWriter, r *http.Request) {
			id, _ := strconv.ParseInt(strings.TrimSuffix(r.PathValue("id"), ".json"), 10, 64)
			u, ok := d.Agents[id]
			if !ok {
				http.Error(w, `{"error":"RecordNotFound"}`, http.StatusNotFound)
				return
			}
			answer(w, map[string]any{"user": map[string]any{"id": id, "name": u[0], "email": u[1], "role": u[2]}})
		})
		on("GET /api/v2/incremental/tickets/cursor.json", func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			from, _ := strconv.ParseInt(q.Get("start_time"), 10, 64)
			if c := q.Get("cursor"); c != "" {
				from, _ = strconv.ParseInt(c, 10, 64)
			}
			size, _ := strconv.Atoi(q.Get("per_page"))
			list, after := []any{}, from
			changed := d.byChange()
			end := true
			for _, t := range slices.Backward(changed) {
				if t.Changed.UnixMicro() <= from && q.Get("cursor") != "" || t.Changed.Unix() < from && q.Get("cursor") == "" {
					continue
				}
				if end = len(list) < size; !end {
					break
				}
				list, after = append(list, zendeskTicket(t)), t.Changed.UnixMicro()
			}
			answer(w, map[string]any{"tickets": list, "after_cursor": strconv.FormatInt(after, 10), "end_of_stream": end})
		})
		on("GET /api/v2/tickets/{id}", func(w http.ResponseWriter, r *http.Request) {
			if t := d.ticket(w, r); t != nil {
				answer(w, map[string]any{"ticket": zendeskTicket(t)})
			}
		})
		on("GET /api/v2/tickets/{id}/comments.json", func(w http.ResponseWriter, r *http.Request) {
			t := d.ticket(w, r)
			if t == nil {
				return
			}
			list := []any{}
			for _, m := range slices.Backward(t.Messages) {
				list = append(list, zendeskComment(m))
			}
			answer(w, map[string]any{"comments": list, "users": []any{
				map[string]any{"id": 1, "name": t.Name, "email": t.Email, "role": "end-user"},
				map[string]any{"id": 2, "name": "Readback", "email": ZendeskUser, "role": "agent"}}})
		})
		on("PUT /api/v2/tickets/{id}", func(w http.ResponseWriter, r *http.Request) {
			t := d.ticket(w, r)
			var in struct {
				Ticket struct {
					Comment struct {
						Body   string
						Public bool
					}
					Metadata struct{ Readback string }
				}
			}
			if t == nil || !read(r, &in) {
				return
			}
			id := d.say(t.ID, Message{Role: "agent", Text: in.Ticket.Comment.Body, Private: !in.Ticket.Comment.Public, Mark: in.Ticket.Metadata.Readback})
			d.cut()
			answer(w, map[string]any{"ticket": zendeskTicket(t), "audit": map[string]any{"id": 1, "events": []any{
				map[string]any{"id": 5, "type": "Notification"}, map[string]any{"id": id, "type": "Comment"}}}})
		})
		tags := func(change func(t *Ticket, tags []string)) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, r *http.Request) {
				t := d.ticket(w, r)
				var in struct{ Tags []string }
				if t == nil {
					return
				}
				if r.Method == http.MethodGet || read(r, &in) {
					change(t, in.Tags)
					answer(w, map[string]any{"tags": t.Tags})
				}
			}
		}
		on("GET /api/v2/tickets/{id}/tags.json", tags(func(*Ticket, []string) {}))
		on("PUT /api/v2/tickets/{id}/tags.json", tags(func(t *Ticket, add []string) { t.Tags = append(t.Tags, add...) }))
		on("DELETE /api/v2/tickets/{id}/tags.json", tags(func(t *Ticket, drop []string) {
			t.Tags = slices.DeleteFunc(t.Tags, func(s string) bool { return slices.Contains(drop, s) })
		}))
		return mux
	})
}

func zendeskTicket(t *Ticket) map[string]any {
	return map[string]any{"id": t.ID, "subject": t.Subject, "requester_id": 1, "status": "open", "via": map[string]any{"channel": "email"}}
}

func zendeskComment(m Message) map[string]any {
	author := map[string]int{"customer": 1, "agent": 2, "bot": -1}[m.Role]
	custom := map[string]any{}
	if m.Mark != "" {
		custom["readback"] = m.Mark
	}
	return map[string]any{"id": m.ID, "author_id": author, "body": m.Text, "plain_body": m.Text, "public": !m.Private, "created_at": m.At.UTC().Format(time.RFC3339),
		"metadata": map[string]any{"custom": custom}}
}
