package channel

import (
	"bytes"
	"encoding/json"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/jhillyerd/enmime/v2"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"

	"readback/store"
	"readback/triage"
)

// MailOut writes the mails that answer customers.
type MailOut struct {
	From    mail.Address
	Replies ReplyAddresses
	Clock   func() time.Time
}

// outgoingMail is the body of a delivery that is a mail.
type outgoingMail struct {
	From string   `json:"from"` // return path
	To   []string `json:"to"`
	MIME []byte   `json:"mime"` // the whole mail, the same on each try
	// Chat: it says again what was answered in a chat, for a customer who has
	// left. It is not sent to one who has seen it there.
	Chat bool `json:"chat,omitempty"`
}

// SourceWidget begins the source of tickets that came by a chat widget.
const SourceWidget = "widget/"

// chatPatience is how long an answer in a chat waits to be seen there before it
// goes out as mail.
const chatPatience = 5 * time.Minute

// maxReferences bounds the References header (RFC 5322, 3.6.4): the first mail
// and the newest ones.
const maxReferences = 20

// Answer writes the mail for an agent's answer, the last message of t, to the
// customer that t names. In a chat of our own widget it waits, because they may
// still be there; other chats are their platform's to answer. There is none for
// a customer without an address.
func (o *MailOut) Answer(t *triage.Ticket, files []triage.Attachment) ([]store.Delivery, error) {
	m := &t.Messages[len(t.Messages)-1]
	to, err := mail.ParseAddress(t.Customer.Email)
	chat := m.Channel == triage.ChannelChat && strings.HasPrefix(t.Source, SourceWidget)
	if err != nil || m.Channel != triage.ChannelEmail && !chat {
		return nil, nil
	}
	to.Name = oneLine(t.Customer.Name)
	now := o.Clock()
	id := strings.TrimPrefix(m.ID, "msg_") + "@" + o.Replies.Domain
	mime, err := o.write(t, m, *to, id, files, now)
	if err != nil {
		return nil, err
	}
	out := outgoingMail{From: o.Replies.Return(m.ID), To: []string{to.Address}, MIME: mime, Chat: chat}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	d := store.Delivery{Kind: store.DeliverMail, Key: id, TicketID: t.ID, MessageID: m.ID, Body: body}
	if chat {
		d.NextAt = now.Add(chatPatience)
	}
	return []store.Delivery{d}, nil
}

// write builds the mail: plain text as the agent wrote it, the same as HTML,
// and the files. It tells mail programs which mails it answers.
func (o *MailOut) write(t *triage.Ticket, m *triage.Message, to mail.Address, id string, files []triage.Attachment, now time.Time) ([]byte, error) {
	html, err := mailHTML(m.Text)
	if err != nil {
		return nil, err
	}
	b := enmime.Builder().From(o.From.Name, o.From.Address).ToAddrs([]mail.Address{to}).
		ReplyTo(o.From.Name, o.Replies.Ticket(t.ID)).Subject(replySubject(t.Subject)).Date(now).
		Header("Message-Id", "<"+id+">").Header("X-Loop", o.From.Address).
		Text([]byte(m.Text)).HTML(html)
	if parent, references := threadOf(t); parent != "" {
		b = b.Header("In-Reply-To", parent).Header("References", references)
	}
	if m.Author == "" { // no person wrote it: RFC 3834, 5
		b = b.Header("Auto-Submitted", "auto-replied")
	}
	for _, f := range files {
		b = b.AddAttachment(f.Body, fileType(f.Type), oneLine(f.Name))
	}
	part, err := b.Build()
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "The mail cannot be written: %w", err)
	}
	var out bytes.Buffer
	if err := part.Encode(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// mailHTML is an answer's Markdown as HTML that any mail program shows. HTML in
// it is left out, and what comes out is cleaned once more.
func mailHTML(markdown string) ([]byte, error) {
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &b); err != nil {
		return nil, err
	}
	return bluemonday.UGCPolicy().SanitizeBytes(b.Bytes()), nil
}

// replySubject is the subject of an answer. A mail has one even when the chat
// had none.
func replySubject(subject string) string {
	subject = oneLine(subject)
	if subject == "" {
		return "Re:"
	}
	if len(subject) >= 3 && strings.EqualFold(subject[:3], "re:") {
		return subject
	}
	return "Re: " + subject
}

// oneLine makes text fit for a header: no control characters, single spaces.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// threadOf are the values of In-Reply-To and References for an answer to the
// mails of a ticket, "" without any.
func threadOf(t *triage.Ticket) (parent, references string) {
	var ids []string
	for i := range t.Messages {
		m := &t.Messages[i]
		if id := m.ExternalID; m.Channel == triage.ChannelEmail && messageIDFits(id) {
			ids = append(ids, "<"+id+">")
			if m.Role == triage.RoleCustomer || parent == "" {
				parent = "<" + id + ">"
			}
		}
	}
	if len(ids) > maxReferences {
		ids = append(ids[:1:1], ids[len(ids)-maxReferences+1:]...)
	}
	return parent, strings.Join(ids, " ")
}

// messageIDFits reports whether an id, as a stranger gave it, can stand in a
// header of ours.
func messageIDFits(id string) bool {
	return len(id) <= 250 && strings.Count(id, "@") == 1 && !strings.ContainsFunc(id, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == '<' || r == '>'
	})
}

// fileType is a media type that is safe to declare: what is none is bytes.
func fileType(t string) string {
	if strings.Count(t, "/") != 1 || strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == ';' }) {
		return "application/octet-stream"
	}
	return t
}
