package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// zendesk speaks Zendesk's webhooks (developer.zendesk.com/documentation/webhooks/verifying,
// /api-reference/webhooks/event-types/ticket-events) and its ticketing API
// (/api-reference/ticketing: incremental exports, ticket comments, tags).
type zendesk struct {
	desk *Desk
	api  *deskAPI
}

// verify: X-Zendesk-Webhook-Signature is base64 of the HMAC-SHA256 of the
// timestamp, as it stands in its header, and the body.
func (z *zendesk) verify(h http.Header, _ url.Values, body []byte, now time.Time) error {
	stamp := h.Get("X-Zendesk-Webhook-Signature-Timestamp")
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return refused("the timestamp is missing or no time")
	}
	if d := now.Sub(at); d > Window || d < -Window {
		return refused("the timestamp is outside the window of 5 minutes")
	}
	got, err := base64.StdEncoding.DecodeString(h.Get("X-Zendesk-Webhook-Signature"))
	if err != nil {
		return refused("the signature is not base64")
	}
	m := hmac.New(sha256.New, []byte(z.desk.Secret))
	m.Write([]byte(stamp))
	m.Write(body)
	if !hmac.Equal(got, m.Sum(nil)) {
		return refused("the signature does not match")
	}
	return nil
}

// The events that are read; others are taken and passed over.
const (
	zendeskCommented = "zen:event-type:ticket.comment_added"
	zendeskCreated   = "zen:event-type:ticket.created"
)

// parse reads an event, or the body of a trigger: {"ticket_id": "{{ticket.id}}"}.
// A trigger's placeholders are put into JSON as they are, quotation marks and
// all, so the words are not asked for there but read by the API.
func (z *zendesk) parse(body []byte) ([]said, []string, error) {
	var head struct {
		Type     string `json:"type"`
		TicketID deskID `json:"ticket_id"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "The body is no webhook of Zendesk: %w", err)
	}
	switch {
	case head.Type == "" && allDigits(string(head.TicketID)):
		return nil, []string{string(head.TicketID)}, nil
	case head.Type == "":
		return nil, nil, triage.Errorf(triage.Invalid, "The body has neither the type of an event nor ticket_id, the number of a ticket.")
	case head.Type != zendeskCommented && head.Type != zendeskCreated:
		return nil, nil, nil
	}
	return z.parseEvent(head.Type, body)
}

// parseEvent reads one of those events.
func (z *zendesk) parseEvent(kind string, body []byte) ([]said, []string, error) {
	var b struct {
		Detail struct {
			ID          deskID `json:"id"`
			Subject     string `json:"subject"`
			Description string `json:"description"`
			Via         struct {
				Channel string `json:"channel"`
			} `json:"via"`
		} `json:"detail"`
		Event struct {
			Comment *struct {
				ID     deskID `json:"id"`
				Body   string `json:"body"`
				Public bool   `json:"is_public"`
				Author struct {
					ID    deskID `json:"id"`
					Name  string `json:"name"`
					Staff bool   `json:"is_staff"`
				} `json:"author"`
			} `json:"comment"`
		} `json:"event"`
		Time time.Time `json:"time"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "The body is no webhook of Zendesk: %w", err)
	}
	switch {
	case !allDigits(string(b.Detail.ID)):
		return nil, nil, triage.Errorf(triage.Invalid, "The event has no ticket: detail.id is missing.")
	case kind == zendeskCreated:
		// Its first comment has no id here; it comes as a comment too.
		return nil, []string{string(b.Detail.ID)}, nil
	}
	c := b.Event.Comment
	if c == nil || c.ID == "" {
		return nil, nil, triage.Errorf(triage.Invalid, "The event has no comment: event.comment.id is missing.")
	}
	if !c.Public {
		return nil, nil, nil // a note of theirs, or ours
	}
	s := said{Ticket: string(b.Detail.ID), ID: string(c.ID), Subject: clean(b.Detail.Subject)}
	s.Message = z.message(string(c.ID), c.Body, zendeskChannel(b.Detail.Via.Channel), b.Time)
	switch {
	case c.Author.Staff:
		s.Message.Role, s.Message.Identity = triage.RoleAgent, triage.IdentityVerified
		return []said{s}, nil, nil
	case c.Author.ID == "-1": // developer.zendesk.com: the system user
		s.Message.Role, s.Message.Identity = triage.RoleSystem, triage.IdentityVerified
		return []said{s}, nil, nil
	}
	s.Customer.Name = clean(c.Author.Name)
	// Their address is not in it: read it.
	return []said{s}, []string{s.Ticket}, nil
}

// message is a customer's until somebody says otherwise. Whom Zendesk knows by
// an address has not proved it with this message: a From header can be forged.
func (z *zendesk) message(id, text string, channel triage.Channel, at time.Time) triage.Message {
	return triage.Message{Role: triage.RoleCustomer, Identity: triage.IdentityClaimed, Channel: channel, Text: clean(text), SentAt: at.UTC(), ExternalID: clean(id)}
}

func zendeskChannel(via string) triage.Channel {
	switch strings.ToLower(via) {
	case "chat", "messaging", "native_messaging", "chat_transcript", "web_messaging", "mobile_sdk", "whatsapp":
		return triage.ChannelChat
	}
	return triage.ChannelEmail
}

// zendeskPlace is how far a Zendesk was read.
type zendeskPlace struct {
	From   int64  `json:"from"`             // seconds; when the connection began: nothing older is taken
	Since  int64  `json:"since"`            // when it was last read to the end
	Cursor string `json:"cursor,omitempty"` // of the incremental export
}

type zendeskTicket struct {
	ID          deskID `json:"id"`
	Subject     string `json:"subject"`
	RequesterID deskID `json:"requester_id"`
	Status      string `json:"status"`
	Via         struct {
		Channel string `json:"channel"`
	} `json:"via"`
}

// zendeskExport is how many tickets are read at a time: each costs a call for
// its comments, and Zendesk allows some hundreds of calls a minute.
const zendeskExport = "40"

// read by the incremental export, which leaves out the last minute itself.
func (z *zendesk) read(ctx context.Context, place string, now time.Time) ([]said, string, error) {
	var at zendeskPlace
	if place == "" || json.Unmarshal([]byte(place), &at) != nil {
		at.From, at.Since = now.Unix(), now.Unix()
		return nil, jsonText(at), nil
	}
	query := url.Values{"per_page": {zendeskExport}, "exclude_deleted": {"true"}}
	if at.Cursor != "" {
		query.Set("cursor", at.Cursor)
	} else {
		// It begins a minute ago at the latest.
		query.Set("start_time", jsonText(min(at.From, now.Add(-2*time.Minute).Unix())))
	}
	var page struct {
		Tickets []zendeskTicket `json:"tickets"`
		After   string          `json:"after_cursor"`
		End     bool            `json:"end_of_stream"`
	}
	if err := z.api.call(ctx, http.MethodGet, "/api/v2/incremental/tickets/cursor.json?"+query.Encode(), nil, &page); err != nil {
		return nil, place, err
	}
	since := max(at.From-int64(deskOverlap/time.Second), 0)
	var out []said
	for i := range page.Tickets {
		if page.Tickets[i].Status == "deleted" {
			continue
		}
		part, err := z.comments(ctx, &page.Tickets[i], time.Unix(since, 0))
		if err != nil {
			return out, place, err // what was read is known the next time
		}
		out = append(out, part...)
	}
	if page.After != "" {
		at.Cursor = page.After
	}
	if page.End {
		at.Since = now.Unix()
	}
	return out, jsonText(at), nil
}

func (z *zendesk) thread(ctx context.Context, ticket string, since time.Time) ([]said, error) {
	var b struct {
		Ticket zendeskTicket `json:"ticket"`
	}
	if err := z.api.call(ctx, http.MethodGet, z.ticketPath(ticket, ".json"), nil, &b); err != nil {
		return nil, err
	}
	return z.comments(ctx, &b.Ticket, since)
}

func (z *zendesk) ticketPath(id, rest string) string {
	return "/api/v2/tickets/" + url.PathEscape(id) + rest
}

type zendeskComment struct {
	ID        deskID    `json:"id"`
	Author    deskID    `json:"author_id"`
	Body      string    `json:"body"`
	Plain     string    `json:"plain_body"`
	Public    bool      `json:"public"`
	CreatedAt time.Time `json:"created_at"`
	Via       struct {
		Channel string `json:"channel"`
	} `json:"via"`
	Metadata struct {
		Custom struct {
			Readback string `json:"readback"`
		} `json:"custom"`
	} `json:"metadata"`
	Attachments []struct {
		Name string `json:"file_name"`
		Type string `json:"content_type"`
		Size int64  `json:"size"`
	} `json:"attachments"`
}

type zendeskUser struct {
	ID    deskID `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"` // end-user, agent, admin
	Group deskID `json:"default_group_id"`
}

// newest returns the last 100 comments of a ticket, the newest first.
func (z *zendesk) newest(ctx context.Context, ticket string) ([]zendeskComment, []zendeskUser, error) {
	var page struct {
		Comments []zendeskComment `json:"comments"`
		Users    []zendeskUser    `json:"users"`
	}
	err := z.api.call(ctx, http.MethodGet, z.ticketPath(ticket, "/comments.json?include=users&sort=-created_at&page%5Bsize%5D=100"), nil, &page)
	slices.SortStableFunc(page.Comments, func(a, b zendeskComment) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return page.Comments, page.Users, err
}

func (z *zendesk) comments(ctx context.Context, t *zendeskTicket, since time.Time) ([]said, error) {
	list, users, err := z.newest(ctx, string(t.ID))
	if err != nil {
		return nil, err
	}
	user := func(id deskID) zendeskUser {
		if i := slices.IndexFunc(users, func(u zendeskUser) bool { return u.ID == id }); i >= 0 {
			return users[i]
		}
		return zendeskUser{}
	}
	requester := user(t.RequesterID)
	var out []said
	for _, c := range slices.Backward(list) {
		if !c.Public || c.CreatedAt.Before(since) {
			continue
		}
		text := c.Plain
		if text == "" {
			text = c.Body
		}
		author := user(c.Author)
		s := said{Ticket: string(t.ID), ID: string(c.ID), Subject: clean(t.Subject),
			Customer: triage.Customer{Email: clean(requester.Email), Name: clean(requester.Name)}}
		s.Message = z.message(string(c.ID), text, zendeskChannel(t.Via.Channel), c.CreatedAt)
		switch {
		case author.Role == "agent" || author.Role == "admin":
			s.Message.Role, s.Message.Identity = triage.RoleAgent, triage.IdentityVerified
		case c.Author == "-1":
			s.Message.Role, s.Message.Identity = triage.RoleSystem, triage.IdentityVerified
		}
		for _, a := range c.Attachments {
			s.Message.Attachments = append(s.Message.Attachments, triage.Attachment{Name: clean(a.Name), Type: clean(a.Type), Size: max(a.Size, 0)})
		}
		out = append(out, s)
	}
	return out, nil
}

// write adds a comment. The audit's own metadata keep our mark, which find
// knows it by.
func (z *zendesk) write(ctx context.Context, ticket string, w written) (string, error) {
	in := map[string]any{"ticket": map[string]any{
		"comment":  map[string]any{"body": w.Text, "public": !w.Private},
		"metadata": map[string]any{"readback": w.Mark},
	}}
	var out struct {
		Audit struct {
			Events []struct {
				ID   deskID `json:"id"`
				Type string `json:"type"`
			} `json:"events"`
		} `json:"audit"`
	}
	if err := z.api.call(ctx, http.MethodPut, z.ticketPath(ticket, ".json"), in, &out); err != nil {
		return "", err
	}
	for _, e := range out.Audit.Events {
		if e.Type == "Comment" {
			return string(e.ID), nil
		}
	}
	return "", nil
}

func (z *zendesk) find(ctx context.Context, ticket string, w written) (string, error) {
	list, _, err := z.newest(ctx, ticket)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if c.Public == w.Private || c.CreatedAt.Before(w.Since) {
			continue
		}
		if c.Metadata.Custom.Readback == w.Mark || w.is(c.Body) || c.Plain != "" && w.is(c.Plain) {
			return string(c.ID), nil
		}
	}
	return "", nil
}

func (z *zendesk) tag(ctx context.Context, ticket, tag string) error {
	var has struct {
		Tags []string `json:"tags"`
	}
	if err := z.api.call(ctx, http.MethodGet, z.ticketPath(ticket, "/tags.json"), nil, &has); err != nil {
		return err
	}
	old := slices.DeleteFunc(slices.Clone(has.Tags), func(t string) bool { return !strings.HasPrefix(t, tagPrefix) || t == tag })
	if !slices.Contains(has.Tags, tag) {
		if err := z.api.call(ctx, http.MethodPut, z.ticketPath(ticket, "/tags.json"), map[string]any{"tags": []string{tag}}, nil); err != nil {
			return err
		}
	}
	if len(old) == 0 {
		return nil
	}
	return z.api.call(ctx, http.MethodDelete, z.ticketPath(ticket, "/tags.json"), map[string]any{"tags": old}, nil)
}

func (z *zendesk) whoAmI(ctx context.Context) (string, error) {
	var me struct {
		User zendeskUser `json:"user"`
	}
	if err := z.api.call(ctx, http.MethodGet, "/api/v2/users/me.json", nil, &me); err != nil {
		return "", err
	}
	// Without signing in Zendesk answers too, as nobody.
	if me.User.Role != "agent" && me.User.Role != "admin" {
		return "", &apiFault{code: "no_agent"}
	}
	return strings.TrimSpace(me.User.Name + " " + me.User.Email), nil
}
