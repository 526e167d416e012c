package channel

import (
	"strings"
	"time"

	"readback/triage"
)

// Mail is one email with what decides where it goes: who sent it, what it
// answers, and whether a person wrote it.
type Mail struct {
	Input            // one message, by the customer
	MessageID string // without its brackets; "" when it has none
	Answers   []string
	Froms     []string // addresses of all From headers; more than one is no proof of anything
	ReplyTo   string   // where an answer goes; "" = to the sender
	To        []string // addresses of To, Cc, Delivered-To and the like
	Results   []string // Authentication-Results headers, the newest first
	Bounce    *Bounce  // what it tells of another mail; nil when it is no bounce
	Unread    string   // why its body was left unread, as a sentence; "" when it was read
	head      header
}

// ParseMail reads one RFC 5322 message as triage input. Errors as of ReadMail;
// and Invalid for a mail whose body cannot be read.
func ParseMail(raw []byte) (Input, error) {
	m, err := ReadMail(raw)
	if err == nil && m.Unread != "" {
		err = triage.Errorf(triage.Invalid, "%s", m.Unread)
	}
	return m.Input, err
}

// ReadMail reads one RFC 5322 message: its text in plain words, attachments
// with their content, sender and thread. The From header is a claimed
// identity. A mail that is built to stall a parser, or that the parser gives
// up on, is read as far as its header: Unread says why.
//
// Errors: TooLarge above MaxMail; Invalid when it is no message.
func ReadMail(raw []byte) (Mail, error) {
	if len(raw) > MaxMail {
		return Mail{}, triage.Errorf(triage.TooLarge, "the message has %d bytes; the limit is %d", len(raw), MaxMail)
	}
	text := asLines(raw)
	h := readHeader(text)
	if h["From"] == nil && h.first("Date") == "" && h.first("Message-ID") == "" {
		return Mail{}, triage.Errorf(triage.Invalid, "this is neither a JSON object nor an email message: it has no From, Date or Message-ID header")
	}
	m := h.mail()
	body, err := readBody(text, h)
	if err != nil {
		m.Unread = triage.MessageOf(err)
		body = mailBody{files: []triage.Attachment{{Name: "message.eml", Type: "message/rfc822", Size: int64(len(raw))}}}
	}
	m.Bounce = readBounce(&m, h, &body)
	msg := &m.Messages[0]
	msg.Text, msg.Attachments = shortened(&body)
	msg.Automatic = automatic(&m, h)
	return m, nil
}

// maxText is how much of a mail's text is shown and read, in bytes; the whole
// of a longer one is an attachment.
const maxText = 1 << 20

func shortened(b *mailBody) (string, []triage.Attachment) {
	if len(b.text) <= maxText {
		return b.text, b.files
	}
	whole := []byte(b.text)
	cut := strings.ToValidUTF8(b.text[:maxText], "") // a rune cut in two goes
	return cut, append(b.files, triage.Attachment{Name: "message.txt", Type: "text/plain; charset=utf-8", Size: int64(len(whole)), Body: whole})
}

// mail is what the header of a message tells.
func (h header) mail() Mail {
	m := Mail{MessageID: bareID(h.first("Message-ID")), Answers: h.answers(), To: h.recipients(), Results: h["Authentication-Results"], head: h}
	m.Subject, m.Channel, m.Identity = h.text("Subject"), triage.ChannelEmail, triage.IdentityNone
	msg := triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityNone,
		ExternalID: m.MessageID, SentAt: h.date()}
	from := h.addresses("From")
	for _, a := range from {
		m.Froms = append(m.Froms, a.Address)
	}
	if reply := h.addresses("Reply-To"); len(reply) > 0 && (len(from) == 0 || !strings.EqualFold(reply[0].Address, from[0].Address)) {
		m.ReplyTo = reply[0].Address
	}
	if len(from) == 0 {
		from = h.addresses("Sender")
	}
	if len(from) == 0 {
		from = h.addresses("Reply-To")
	}
	if len(from) > 0 {
		m.Customer = triage.Customer{Email: from[0].Address, Name: from[0].Name}
		m.Identity, msg.Identity = triage.IdentityClaimed, triage.IdentityClaimed
	} else if name := h.text("From"); name != "" {
		m.Customer.Name = name
	}
	m.Messages = []triage.Message{msg}
	return m
}

// dateForms are those that mail programs write beside RFC 5322's.
var dateForms = []string{time.RFC1123Z, time.RFC1123, time.RFC850, time.ANSIC, time.RFC3339, "2006-01-02 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05 -0700 MST", "Mon, 2 Jan 2006 15:04 -0700", "2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04:05", "Mon 2 Jan 2006 15:04:05 -0700"}
