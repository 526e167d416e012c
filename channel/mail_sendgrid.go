package channel

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// The headers by which SendGrid signs an Inbound Parse request when a security
// policy asks for it: twilio.com/docs/sendgrid/for-developers/parsing-email/
// securing-your-parse-webhooks.
const (
	HeaderSendGridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	HeaderSendGridTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// sendGridRetries is how long SendGrid tries to deliver one mail: three days.
// An older signature is no retry.
const sendGridRetries = 3*24*time.Hour + time.Hour

// ParseSendGridKey reads the public key of a security policy, base64 of a
// SubjectPublicKeyInfo. Errors: Invalid.
func ParseSendGridKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err == nil {
		if key, err := x509.ParsePKIXPublicKey(der); err == nil {
			if key, ok := key.(*ecdsa.PublicKey); ok {
				return key, nil
			}
		}
	}
	return nil, triage.Errorf(triage.Invalid, "a SendGrid public key is base64 that begins with MFkw")
}

// VerifySendGrid checks the signature over timestamp and raw body. Errors:
// Unauthorized.
func VerifySendGrid(key *ecdsa.PublicKey, h http.Header, body []byte, now time.Time) error {
	stamp := h.Get(HeaderSendGridTimestamp)
	sig, err := base64.StdEncoding.DecodeString(h.Get(HeaderSendGridSignature))
	if err != nil || len(sig) == 0 || stamp == "" {
		return refused("a header is missing")
	}
	sum := sha256.New()
	sum.Write([]byte(stamp))
	sum.Write(body)
	if !ecdsa.VerifyASN1(key, sum.Sum(nil), sig) {
		return refused("no signature matches")
	}
	return fresh(stamp, now, sendGridRetries)
}

// fresh refuses a signed time that is too old, or more than five minutes ahead.
func fresh(stamp string, now time.Time, oldest time.Duration) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return refused("the timestamp is not a number of seconds")
	}
	if d := now.Unix() - seconds; d > int64(oldest/time.Second) || d < -int64(Window/time.Second) {
		return refused("the timestamp is outside the window of " + oldest.String())
	}
	return nil
}

// ParseSendGrid reads what SendGrid's Inbound Parse posts: with "send raw" the
// mail in the field email, else its parts in headers, text, html and files,
// each in the character set that charsets names. Both bring envelope, SPF,
// dkim and sender_ip: twilio.com/docs/sendgrid/for-developers/parsing-email/
// setting-up-the-inbound-parse-webhook, "Default parameters" and "Raw
// parameters". Errors: Invalid; TooLarge as of ReadMail.
func ParseSendGrid(contentType string, body []byte) (Posted, error) {
	f, err := parseForm(contentType, body)
	if err != nil {
		return Posted{}, err
	}
	var p Posted
	switch {
	case f.first("email") != "":
		if p, err = fromMIME([]byte(f.first("email"))); err != nil {
			return p, err
		}
	case f.values["headers"] == nil && f.values["from"] == nil:
		return p, triage.Errorf(triage.Invalid, "the form has neither email nor headers; is it SendGrid's Inbound Parse that sends it?")
	default:
		p = f.sendGridParts()
	}
	f.sendGridEnvelope(&p)
	return p, nil
}

func (f *form) sendGridParts() Posted {
	sets := map[string]string{}
	decodeJSON(f.first("charsets"), &sets) // without it all is UTF-8
	text := func(field string) string { return clean(decodeCharset([]byte(f.first(field)), sets[field])) }
	h := readHeader([]byte(f.first("headers") + "\n\n"))
	for field, name := range map[string]string{"from": "From", "to": "To", "cc": "Cc", "subject": "Subject"} {
		if h.first(name) == "" && f.first(field) != "" {
			h[name] = []string{text(field)}
		}
	}
	var files []leaf
	for i := range f.files {
		files = append(files, f.files[i].leaf())
	}
	p := fromParts(h, text("text"), text("html"), files)
	if subject := text("subject"); subject != "" {
		p.Mail.Subject = subject
	}
	return p
}

var sendGridDKIM = regexp.MustCompile(`@([^\s:,{}]+)\s*:\s*pass`)

// sendGridEnvelope reads what SendGrid knows of the delivery, and what it
// found out about the sender: SPF is a result's name, dkim such as
// {@shop.example : pass}.
func (f *form) sendGridEnvelope(p *Posted) {
	var envelope struct {
		From string   `json:"from"`
		To   []string `json:"to"`
	}
	if decodeJSON(f.first("envelope"), &envelope) {
		p.Envelope.envelopeFrom(envelope.From)
		p.Envelope.To = envelope.To
	}
	p.Envelope.Client = address(f.first("sender_ip"))
	if strings.EqualFold(strings.TrimSpace(f.first("SPF")), "pass") {
		if domain := domainOf(p.Envelope.From); domain != "" {
			p.Passed = append(p.Passed, Passed{"spf", domain})
		}
	}
	for _, m := range sendGridDKIM.FindAllStringSubmatch(f.first("dkim"), maxDKIM) {
		p.Passed = append(p.Passed, Passed{"dkim", m[1]})
	}
}
