package channel

import (
	"net/mail"
	"net/textproto"
	"strings"

	"readback/triage"
)

// ParsePostmark reads what Postmark's inbound webhook posts: JSON with the
// mail's parts, and the mail itself in RawEmail where the server is set to
// include it: postmarkapp.com/developer/webhooks/inbound-webhook. Errors:
// Invalid; TooLarge as of ReadMail.
func ParsePostmark(body []byte) (Posted, error) {
	var b struct {
		From     string          `json:"From"`
		FromName string          `json:"FromName"`
		FromFull postmarkName    `json:"FromFull"`
		To       string          `json:"To"`
		Cc       string          `json:"Cc"`
		ReplyTo  string          `json:"ReplyTo"`
		Original string          `json:"OriginalRecipient"`
		Subject  string          `json:"Subject"`
		ID       string          `json:"MessageID"` // Postmark's own, not the mail's
		Date     string          `json:"Date"`
		Text     string          `json:"TextBody"`
		HTML     string          `json:"HtmlBody"`
		Raw      string          `json:"RawEmail"`
		Headers  []postmarkField `json:"Headers"`
		Files    []postmarkFile  `json:"Attachments"`
	}
	if err := decode(body, "", &b); err != nil {
		return Posted{}, err
	}
	if b.From == "" && b.Headers == nil {
		return Posted{}, triage.Errorf(triage.Invalid, "the document has neither From nor Headers; is it Postmark's inbound webhook that sends it?")
	}
	var p Posted
	if b.Raw != "" {
		var err error
		if p, err = fromMIME([]byte(b.Raw)); err != nil {
			return p, err
		}
	} else {
		h := header{}
		for _, f := range b.Headers {
			name := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(f.Name))
			h[name] = append(h[name], f.Value)
		}
		from := mail.Address{Name: b.FromFull.Name, Address: b.FromFull.Email}
		if from.Address == "" {
			from = mail.Address{Name: b.FromName, Address: b.From}
		}
		h.setAddress("From", from)
		for name, value := range map[string]string{"To": b.To, "Cc": b.Cc, "Reply-To": b.ReplyTo, "Subject": b.Subject, "Date": b.Date} {
			if h.first(name) == "" && value != "" {
				h[name] = []string{value}
			}
		}
		if h.first("Message-Id") == "" && b.ID != "" {
			h["Message-Id"] = []string{"<" + b.ID + "@inbound.postmarkapp.com>"}
		}
		var files []leaf
		for _, f := range b.Files {
			kind, params := mediaType(f.Type, "application/octet-stream")
			files = append(files, leaf{kind: kind, name: plainHeader(f.Name), params: params, aside: true, content: looseBase64([]byte(f.Content))})
		}
		p = fromParts(h, clean(b.Text), clean(b.HTML), files)
	}
	if b.Original != "" {
		p.Envelope.To = []string{clean(b.Original)}
	}
	for _, f := range b.Headers {
		if strings.EqualFold(f.Name, "Return-Path") {
			p.Envelope.envelopeFrom(f.Value)
		}
	}
	return p, nil
}

type postmarkName struct{ Email, Name string }

type postmarkField struct{ Name, Value string }

type postmarkFile struct {
	Name    string `json:"Name"`
	Type    string `json:"ContentType"`
	Content string `json:"Content"` // base64
}
