package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// chatwoot speaks Chatwoot's webhooks ("How to use webhooks?" of its user
// guide) and its application API (developers.chatwoot.com).
type chatwoot struct {
	desk *Desk
	api  *deskAPI
}

// verify: X-Chatwoot-Signature is "sha256=" and the hex HMAC-SHA256 of
// timestamp.body, X-Chatwoot-Timestamp seconds since 1970.
func (c *chatwoot) verify(h http.Header, query url.Values, body []byte, now time.Time) error {
	signature := h.Get("X-Chatwoot-Signature")
	if signature == "" && c.desk.URLSecret != "" {
		if subtle.ConstantTimeCompare([]byte(query.Get("key")), []byte(c.desk.URLSecret)) == 1 {
			return nil
		}
		return refused("neither a signature nor the address's key")
	}
	if c.desk.Secret == "" {
		return refused("there is no secret to check the signature with")
	}
	stamp := h.Get("X-Chatwoot-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return refused("the timestamp is missing or no number of seconds")
	}
	if d := now.Unix() - seconds; d > int64(Window/time.Second) || d < -int64(Window/time.Second) {
		return refused("the timestamp is outside the window of 5 minutes")
	}
	text, _ := strings.CutPrefix(signature, "sha256=")
	got, err := hex.DecodeString(text)
	if err != nil {
		return refused("the signature is not sha256= and hex")
	}
	m := hmac.New(sha256.New, []byte(c.desk.Secret))
	m.Write([]byte(stamp + "."))
	m.Write(body)
	if !hmac.Equal(got, m.Sum(nil)) {
		return refused("the signature does not match")
	}
	return nil
}

// chatwootType is the type of a message: a word in webhooks, a number in the API.
type chatwootType string

// UnmarshalJSON takes both.
func (t *chatwootType) UnmarshalJSON(data []byte) error {
	var id deskID
	if err := id.UnmarshalJSON(data); err != nil {
		return err
	}
	words := map[deskID]chatwootType{"0": "incoming", "1": "outgoing", "2": "activity", "3": "template"}
	if *t = words[id]; *t == "" {
		*t = chatwootType(id)
	}
	return nil
}

// chatwootTime is a time: text in webhooks, seconds in the API.
type chatwootTime struct{ time.Time }

// UnmarshalJSON takes both; what is neither is no time.
func (t *chatwootTime) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if seconds > 0 && seconds < 1e11 {
			t.Time = time.Unix(int64(seconds), 0).UTC()
		}
		return nil
	}
	t.Time = pastTime(text)
	return nil
}

type chatwootPerson struct {
	ID    deskID `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Type  string `json:"type"` // user for agents, agent_bot, contact
}

type chatwootMessage struct {
	ID          deskID          `json:"id"`
	Content     string          `json:"content"`
	Type        chatwootType    `json:"message_type"`
	Private     bool            `json:"private"`
	CreatedAt   chatwootTime    `json:"created_at"`
	Sender      *chatwootPerson `json:"sender"`
	SenderType  string          `json:"sender_type"` // User, Contact, AgentBot; of the API
	Attachments []struct {
		FileType string `json:"file_type"`
		DataURL  string `json:"data_url"`
		FileSize int64  `json:"file_size"`
	} `json:"attachments"`
}

type chatwootConversation struct {
	ID           deskID       `json:"id"`
	Channel      string       `json:"channel"`
	LastActivity chatwootTime `json:"last_activity_at"`
	ContactInbox struct {
		Verified bool `json:"hmac_verified"`
	} `json:"contact_inbox"`
	Meta struct {
		Sender   chatwootPerson `json:"sender"`
		Channel  string         `json:"channel"`
		Verified bool           `json:"hmac_verified"`
	} `json:"meta"`
	Additional struct {
		Subject string `json:"mail_subject"`
	} `json:"additional_attributes"`
}

// said puts a message into our words; ok is false for what is none of the
// conversation: private notes, ours with them, and what Chatwoot tells of itself.
func (c *chatwoot) said(conv *chatwootConversation, m *chatwootMessage) (s said, ok bool) {
	customer := conv.Meta.Sender
	kind := m.SenderType
	if m.Sender != nil && kind == "" {
		kind = m.Sender.Type
	}
	var role triage.Role
	switch strings.ToLower(string(m.Type)) {
	case "incoming":
		role = triage.RoleCustomer
		if m.Sender != nil && customer.Email == "" {
			customer = *m.Sender
		}
	case "outgoing":
		role = triage.RoleAgent
		if !strings.EqualFold(kind, "user") {
			role = triage.RoleSystem // a bot, or an automation
		}
	case "template":
		role = triage.RoleSystem
	default:
		return s, false
	}
	if m.Private {
		return s, false
	}
	channel := triage.ChannelChat
	if conv.Channel == "Channel::Email" || conv.Meta.Channel == "Channel::Email" {
		channel = triage.ChannelEmail
	}
	identity := triage.IdentityNone
	if customer.Email != "" || customer.Name != "" {
		identity = triage.IdentityClaimed
	}
	if conv.ContactInbox.Verified || conv.Meta.Verified { // Chatwoot's identity validation: the site signed who it is
		identity = triage.IdentityVerified
	}
	s = said{Ticket: string(conv.ID), ID: string(m.ID), Subject: clean(conv.Additional.Subject), Customer: triage.Customer{Email: clean(customer.Email), Name: clean(customer.Name)}}
	s.Message = triage.Message{Role: role, Channel: channel, Identity: identity, Text: clean(m.Content), SentAt: m.CreatedAt.Time, ExternalID: clean(string(m.ID))}
	if role != triage.RoleCustomer {
		s.Message.Identity = triage.IdentityVerified
	}
	for _, a := range m.Attachments {
		name := a.FileType
		if u, err := url.Parse(a.DataURL); err == nil && path.Base(u.Path) != "/" && path.Base(u.Path) != "." {
			name = path.Base(u.Path)
		}
		s.Message.Attachments = append(s.Message.Attachments, triage.Attachment{Name: clean(name), Size: max(a.FileSize, 0)})
	}
	return s, true
}

func (c *chatwoot) parse(body []byte) ([]said, []string, error) {
	var b struct {
		Event string `json:"event"`
		chatwootMessage
		Conversation chatwootConversation `json:"conversation"`
		Account      struct {
			ID deskID `json:"id"`
		} `json:"account"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "The body is no webhook of Chatwoot: %w", err)
	}
	switch {
	case b.Event == "":
		return nil, nil, triage.Errorf(triage.Invalid, "The body has no event; Chatwoot's webhooks do.")
	case b.Event != "message_created":
		return nil, nil, nil
	case b.Account.ID != "" && string(b.Account.ID) != c.desk.Account:
		return nil, nil, triage.Errorf(triage.Invalid, "The message is of another account than desks.%s.account.", c.desk.Name)
	case b.ID == "" || b.Conversation.ID == "":
		return nil, nil, triage.Errorf(triage.Invalid, "The message has no id, or no conversation.")
	}
	if s, ok := c.said(&b.Conversation, &b.chatwootMessage); ok {
		return []said{s}, nil, nil
	}
	return nil, nil, nil
}

func (c *chatwoot) path(rest string) string { return "/api/v1/accounts/" + c.desk.Account + rest }

func (c *chatwoot) conversationPath(id, rest string) string {
	return c.path("/conversations/" + url.PathEscape(id) + rest)
}

// chatwootPlace is how far a Chatwoot was read: conversations come with the
// last active first, in pages. Those that become active while we turn pages
// are moved to the front, and found the next time.
type chatwootPlace struct {
	Since int64 `json:"since"`          // seconds; active after it
	Page  int   `json:"page,omitempty"` // to go on with; 0 = the first
	Top   int64 `json:"top,omitempty"`  // when the first page was read
}

const (
	deskPages   = 3                // that are read at a time
	deskOverlap = 90 * time.Second // read again: clocks differ, and what is written at once becomes visible in any order
)

func (c *chatwoot) read(ctx context.Context, place string, now time.Time) ([]said, string, error) {
	var at chatwootPlace
	if place == "" || json.Unmarshal([]byte(place), &at) != nil {
		at.Since = now.Unix()
		return nil, jsonText(at), nil
	}
	if at.Page == 0 {
		at.Page, at.Top = 1, now.Unix()
	}
	since := time.Unix(at.Since, 0).Add(-deskOverlap)
	var out []said
	for range deskPages {
		var list struct {
			Data struct {
				Payload []chatwootConversation `json:"payload"`
			} `json:"data"`
		}
		err := c.api.call(ctx, http.MethodGet, c.path("/conversations?status=all&assignee_type=all&page="+strconv.Itoa(at.Page)), nil, &list)
		if err != nil {
			return out, jsonText(at), err
		}
		done := len(list.Data.Payload) == 0
		for i := range list.Data.Payload {
			conv := &list.Data.Payload[i]
			if done = conv.LastActivity.Before(since); done {
				break
			}
			part, err := c.messages(ctx, conv, since)
			if err != nil {
				return out, jsonText(at), err
			}
			out = append(out, part...)
		}
		if done {
			return out, jsonText(chatwootPlace{Since: at.Top}), nil
		}
		at.Page++
	}
	return out, jsonText(at), nil
}

// messages reads a conversation backwards, 20 messages a page, up to a time.
func (c *chatwoot) messages(ctx context.Context, conv *chatwootConversation, since time.Time) ([]said, error) {
	var out []said
	before := ""
	for range 10 {
		var page struct {
			Payload []chatwootMessage `json:"payload"`
		}
		if err := c.api.call(ctx, http.MethodGet, c.conversationPath(string(conv.ID), "/messages"+before), nil, &page); err != nil {
			return nil, err
		}
		var part []said
		for i := range page.Payload {
			m := &page.Payload[i]
			if s, ok := c.said(conv, m); ok && !m.CreatedAt.Before(since) {
				part = append(part, s)
			}
		}
		out = append(part, out...)
		if len(page.Payload) == 0 || page.Payload[0].CreatedAt.Before(since) {
			break
		}
		before = "?before=" + url.QueryEscape(string(page.Payload[0].ID))
	}
	return out, nil
}

func (c *chatwoot) thread(ctx context.Context, ticket string, since time.Time) ([]said, error) {
	var conv chatwootConversation
	if err := c.api.call(ctx, http.MethodGet, c.conversationPath(ticket, ""), nil, &conv); err != nil {
		return nil, err
	}
	return c.messages(ctx, &conv, since)
}

func (c *chatwoot) write(ctx context.Context, ticket string, w written) (string, error) {
	var m chatwootMessage
	err := c.api.call(ctx, http.MethodPost, c.conversationPath(ticket, "/messages"),
		map[string]any{"content": w.Text, "message_type": "outgoing", "private": w.Private}, &m)
	return string(m.ID), err
}

// find: Chatwoot keeps no id of ours, so it is known by its words: a note by
// its link, an answer by all of them.
func (c *chatwoot) find(ctx context.Context, ticket string, w written) (string, error) {
	var page struct {
		Payload []chatwootMessage `json:"payload"`
	}
	if err := c.api.call(ctx, http.MethodGet, c.conversationPath(ticket, "/messages"), nil, &page); err != nil {
		return "", err
	}
	for _, m := range slices.Backward(page.Payload) {
		if m.Type == "outgoing" && m.Private == w.Private && !m.CreatedAt.Before(w.Since) && w.is(m.Content) {
			return string(m.ID), nil
		}
	}
	return "", nil
}

// is reports whether a text of the desk is this one.
func (w *written) is(text string) bool {
	if w.Link != "" {
		return strings.Contains(text, w.Link)
	}
	return strings.Join(strings.Fields(text), " ") == strings.Join(strings.Fields(w.Text), " ")
}

func (c *chatwoot) tag(ctx context.Context, ticket, tag string) error {
	var has struct {
		Payload []string `json:"payload"`
	}
	if err := c.api.call(ctx, http.MethodGet, c.conversationPath(ticket, "/labels"), nil, &has); err != nil {
		return err
	}
	// What is sent replaces all labels.
	labels := slices.DeleteFunc(slices.Clone(has.Payload), func(l string) bool { return strings.HasPrefix(l, tagPrefix) })
	labels = append(labels, tag)
	if slices.Equal(labels, has.Payload) {
		return nil
	}
	return c.api.call(ctx, http.MethodPost, c.conversationPath(ticket, "/labels"), map[string]any{"labels": labels}, nil)
}

func (c *chatwoot) whoAmI(ctx context.Context) (string, error) {
	var me struct {
		Name, Email string
	}
	if err := c.api.call(ctx, http.MethodGet, "/api/v1/profile", nil, &me); err != nil {
		return "", err
	}
	// The account has to be ours too.
	if err := c.api.call(ctx, http.MethodGet, c.path("/conversations?status=all&assignee_type=all&page=1"), nil, nil); err != nil {
		return "", err
	}
	return strings.TrimSpace(me.Name + " " + me.Email), nil
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // numbers and strings always marshal
	}
	return string(b)
}
