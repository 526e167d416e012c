package channel

import (
	"bufio"
	"encoding/json"
	"maps"
	"slices"

	"readback/store"
	"readback/triage"
)

// chatwootPast reads what Chatwoot's application API gives out of conversations
// (developers.chatwoot.com): lists and single conversations with the messages
// that stand in them, and pages of messages. What only tells of a conversation
// is added to what was said in it, in a second pass.
type chatwootPast struct{}

// chatwootPastConversation is a conversation with what the desk knows of it.
type chatwootPastConversation struct {
	chatwootConversation
	Status string   `json:"status"`
	Labels []string `json:"labels"`
	Meta   struct {
		Sender   chatwootPerson `json:"sender"`
		Channel  string         `json:"channel"`
		Verified bool           `json:"hmac_verified"`
		Assignee chatwootPerson `json:"assignee"`
		Contact  chatwootPerson `json:"contact"` // of a page of messages
		Labels   []string       `json:"labels"`
		Team     struct {
			Name string `json:"name"`
		} `json:"team"`
	} `json:"meta"`
	CreatedAt chatwootTime      `json:"created_at"`
	Messages  []json.RawMessage `json:"messages"`
	InboxID   deskID            `json:"inbox_id"`
}

// chatwootPage is what an answer of the API may be.
type chatwootPage struct {
	chatwootPastConversation
	Data struct {
		Payload []json.RawMessage `json:"payload"`
	} `json:"data"`
	Payload       json.RawMessage   `json:"payload"`
	Conversation  json.RawMessage   `json:"conversation"`
	Conversations []json.RawMessage `json:"conversations"`
	Type          *chatwootType     `json:"message_type"` // of a message that stands alone
	Of            deskID            `json:"conversation_id"`
}

// each takes a file apart into conversations and messages of conversations.
func (c *chatwootPast) each(s *sink, name string, in *bufio.Reader, list bool, do func(place string, conv *chatwootPastConversation, messages []json.RawMessage, raw []byte)) {
	s.quiet = !list
	defer func() { s.quiet = false }()
	var one func(rec record)
	one = func(rec record) {
		var p chatwootPage
		if err := decodeRecord(rec.raw, &p); err != nil {
			s.bad(name, rec.place, rec.raw, "%s", triage.MessageOf(err))
			return
		}
		all := slices.Concat(p.Data.Payload, p.Conversations)
		var payload []json.RawMessage
		if json.Unmarshal(p.Payload, &payload) != nil && len(p.Payload) > 2 { // the one that was asked for
			payload = []json.RawMessage{p.Payload}
		}
		switch {
		case p.Type != nil && p.Of != "":
			p.ID = p.Of
			do(rec.place, &p.chatwootPastConversation, []json.RawMessage{rec.raw}, rec.raw)
		case len(p.Conversation) > 2:
			var conv chatwootPastConversation
			if err := decodeRecord(p.Conversation, &conv); err != nil {
				s.bad(name, rec.place, rec.raw, "%s", triage.MessageOf(err))
				return
			}
			do(rec.place, &conv, slices.Concat(conv.Messages, p.Messages, payload), rec.raw)
		case p.ID != "":
			do(rec.place, &p.chatwootPastConversation, slices.Concat(p.Messages, payload), rec.raw)
		case p.Data.Payload != nil || p.Conversations != nil:
			for _, raw := range all {
				one(record{"", rec.place, raw})
			}
		case p.Payload != nil:
			c.page(s, name, rec.place, &p, payload, one, do)
		case rec.list != restOfPage:
			s.bad(name, rec.place, rec.raw, "it is neither a conversation nor a message of Chatwoot")
		}
	}
	readJSON(s, name, in, one)
}

// page takes a page apart: of conversations, or of the messages of some.
func (c *chatwootPast) page(s *sink, name, place string, p *chatwootPage, payload []json.RawMessage, one func(record),
	do func(string, *chatwootPastConversation, []json.RawMessage, []byte)) {
	byConversation := map[deskID][]json.RawMessage{}
	for _, raw := range payload {
		var m struct {
			Type *chatwootType `json:"message_type"`
			Of   deskID        `json:"conversation_id"`
		}
		switch err := decodeRecord(raw, &m); {
		case err != nil:
			s.bad(name, place, raw, "%s", triage.MessageOf(err))
		case m.Type == nil:
			one(record{"", place, raw})
		case m.Of == "":
			s.bad(name, place, raw, "the message names no conversation")
		default:
			byConversation[m.Of] = append(byConversation[m.Of], raw)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byConversation)) {
		conv := p.chatwootPastConversation
		conv.ID, conv.Meta.Sender = id, p.Meta.Contact
		conv.Labels = slices.Concat(conv.Labels, conv.Meta.Labels)
		raw, err := json.Marshal(byConversation[id])
		if err != nil {
			continue
		}
		do(place, &conv, byConversation[id], raw)
	}
}

func (c *chatwootPast) conversations(s *sink, name string, in *bufio.Reader) {
	c.each(s, name, in, true, func(place string, conv *chatwootPastConversation, messages []json.RawMessage, raw []byte) {
		t := c.head(conv)
		own := conv.chatwootConversation
		own.Meta.Sender, own.Meta.Channel, own.Meta.Verified = conv.Meta.Sender, conv.Meta.Channel, conv.Meta.Verified
		for _, rawMessage := range messages {
			var m chatwootMessage
			if err := decodeRecord(rawMessage, &m); err != nil {
				s.bad(name, place, rawMessage, "a message of conversation %s: %s", idForPlace(t.Key), triage.MessageOf(err))
				continue
			}
			said, ok := (&chatwoot{}).said(&own, &m)
			switch {
			case !ok:
				s.notes(1)
				continue
			case m.ID == "":
				s.bad(name, place, rawMessage, "a message of conversation %s has no id", idForPlace(t.Key))
				continue
			}
			past := store.PastMessage{Message: said.Message, Key: said.ID}
			if past.Text = exportText(m.Content); past.Text == "" && len(past.Attachments) == 0 {
				continue
			}
			if past.Role == triage.RoleAgent && m.Sender != nil {
				past.Agent = clean(first(m.Sender.Name, string(m.Sender.ID)))
			}
			if t.Customer.Email == "" && past.Role == triage.RoleCustomer {
				t.Customer = said.Customer
			}
			t.Messages = append(t.Messages, past)
		}
		if t.Raw, t.RawType = raw, "application/json"; len(t.Messages) > 0 {
			s.ticket(t)
		}
	})
}

// heads gives what conversations are whose messages stand elsewhere.
func (c *chatwootPast) heads(s *sink, name string, in *bufio.Reader) {
	c.each(s, name, in, false, func(_ string, conv *chatwootPastConversation, _ []json.RawMessage, _ []byte) {
		if conv.Status != "" {
			s.ticket(c.head(conv))
		}
	})
}

func (c *chatwootPast) head(conv *chatwootPastConversation) store.PastTicket {
	return store.PastTicket{Key: string(conv.ID), Subject: clean(conv.Additional.Subject), Opened: conv.CreatedAt.Time, State: clean(conv.Status), Solved: isSolved(conv.Status),
		Customer: triage.Customer{Email: clean(conv.Meta.Sender.Email), Name: clean(conv.Meta.Sender.Name)},
		Team:     clean(conv.Meta.Team.Name), Assignee: clean(conv.Meta.Assignee.Name), Tags: conv.Labels}
}
