package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// mailgunRetries is how long Mailgun tries to deliver one mail, eight hours,
// with room for the last try: documentation.mailgun.com/docs/mailgun/
// user-manual/receive-forward-store/receive-http. The signature covers time
// and token only, so a token serves one mail, and an older one none.
const mailgunRetries = 9 * time.Hour

// Mailgun is a posted mail of Mailgun's and what it is signed with.
type Mailgun struct {
	Posted
	Token string
	Ends  time.Time // when the token would be refused for its age
	form  *form
}

// ParseMailgunForm reads what a route's forward() posts, as far as it can be
// verified. Errors: Invalid for a body that is no form.
func ParseMailgunForm(contentType string, body []byte) (*Mailgun, error) {
	f, err := parseForm(contentType, body)
	if err != nil {
		return nil, err
	}
	return &Mailgun{form: f, Token: f.first("token")}, nil
}

// Verify checks signature = hex(HMAC-SHA256(key, timestamp + token)), in
// constant time, and the age: documentation.mailgun.com/docs/mailgun/
// user-manual/webhooks/securing-webhooks. Errors: Unauthorized.
func (m *Mailgun) Verify(key []byte, now time.Time) error {
	stamp := m.form.first("timestamp")
	got, err := hex.DecodeString(m.form.first("signature"))
	if err != nil || stamp == "" || m.Token == "" {
		return refused("timestamp, token or signature is missing")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(stamp + m.Token))
	if !hmac.Equal(got, mac.Sum(nil)) {
		return refused("no signature matches")
	}
	if err := fresh(stamp, now, mailgunRetries); err != nil {
		return err
	}
	seconds, _ := strconv.ParseInt(stamp, 10, 64) //nolint:errcheck // fresh has read it
	m.Ends = time.Unix(seconds, 0).Add(mailgunRetries)
	return nil
}

// Read reads the mail: body-mime where the route's address ends in mime, else
// the parts in message-headers, body-plain, body-html and attachment-N.
// Mailgun's word on SPF and DKIM stands among the mail's own headers, where a
// sender can write it too, so it counts for nothing. Errors: Invalid; TooLarge
// as of ReadMail.
func (m *Mailgun) Read() (err error) {
	f := m.form
	switch {
	case f.first("body-mime") != "":
		m.Posted, err = fromMIME([]byte(f.first("body-mime")))
	case f.values["message-headers"] == nil && f.values["body-plain"] == nil:
		return triage.Errorf(triage.Invalid, "the form has neither body-mime nor body-plain; is it a Mailgun route that sends it?")
	default:
		m.Posted = f.mailgunParts()
	}
	if f.values["sender"] != nil {
		m.Envelope.envelopeFrom(f.first("sender"))
	}
	if to := f.first("recipient"); to != "" {
		m.Envelope.To = strings.Split(to, ",")
	}
	return err
}

func (f *form) mailgunParts() Posted {
	h := header{}
	var pairs [][2]string
	if json.Unmarshal([]byte(f.first("message-headers")), &pairs) == nil {
		for _, p := range pairs {
			name := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(p[0]))
			h[name] = append(h[name], p[1])
		}
	}
	for field, name := range map[string]string{"from": "From", "subject": "Subject", "To": "To", "Message-Id": "Message-Id", "Date": "Date"} {
		if h.first(name) == "" && f.first(field) != "" {
			h[name] = []string{f.first(field)}
		}
	}
	var files []leaf
	for i := range f.files {
		if strings.HasPrefix(f.files[i].field, "attachment") {
			files = append(files, f.files[i].leaf())
		}
	}
	return fromParts(h, clean(f.first("body-plain")), clean(f.first("body-html")), files)
}
