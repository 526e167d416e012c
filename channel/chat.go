package channel

import (
	"time"

	"readback/triage"
)

// Chat is one message of a chat hook with the source's own two ids.
type Chat struct {
	ConversationID string // the source's conversation; one ticket
	MessageID      string // the source's message; received once
	Input          Input  // exactly one message, by the customer
}

// ParseChat reads the body of the chat hook: {conversation_id, message_id,
// text, sent_at, customer, device, page_url, documents, attachments}. The identity is
// claimed when the body says anything of the customer, none otherwise: the
// platform signs that it passed the words on, not who wrote them.
// Errors: Invalid, naming the field and what it takes.
func ParseChat(raw []byte) (Chat, error) {
	var b struct {
		ConversationID string          `json:"conversation_id"`
		MessageID      string          `json:"message_id"`
		Text           *string         `json:"text"`
		SentAt         *time.Time      `json:"sent_at"`
		Customer       triage.Customer `json:"customer"`
		Device         device          `json:"device"`
		PageURL        string          `json:"page_url"`
		Documents      []opened        `json:"documents"`
		Attachments    []attachment    `json:"attachments"`
	}
	if err := decode(raw, "", &b); err != nil {
		return Chat{}, err
	}
	switch {
	case b.ConversationID == "":
		return Chat{}, triage.Errorf(triage.Invalid, "conversation_id is missing; it tells which ticket the message belongs to")
	case b.MessageID == "":
		return Chat{}, triage.Errorf(triage.Invalid, "message_id is missing; it lets a message be sent again without harm")
	}
	files, err := attachments("", b.Attachments)
	if err != nil {
		return Chat{}, err
	}
	if b.Text == nil && len(files) == 0 {
		return Chat{}, triage.Errorf(triage.Invalid, "text is missing; give the text of the message")
	}
	m := triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelChat, Identity: triage.IdentityNone,
		Attachments: files, Device: cleanDevice(b.Device), ExternalID: b.MessageID, PageURL: clean(b.PageURL), Events: events(b.Documents)}
	customer := cleanCustomer(b.Customer)
	if customer != (triage.Customer{}) {
		m.Identity = triage.IdentityClaimed
	}
	if b.Text != nil {
		m.Text = clean(*b.Text)
	}
	if b.SentAt != nil {
		m.SentAt = b.SentAt.UTC()
	}
	// The ids stay as they came: cleaning could make one of two.
	return Chat{ConversationID: b.ConversationID, MessageID: b.MessageID,
		Input: Input{Channel: triage.ChannelChat, Customer: customer, Identity: m.Identity, Messages: []triage.Message{m}}}, nil
}
