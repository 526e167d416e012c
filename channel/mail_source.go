package channel

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// The ways by which mail comes.
const (
	ProviderRaw      = "raw"      // the mail itself, posted by a mail server
	ProviderSendGrid = "sendgrid" // Inbound Parse
	ProviderMailgun  = "mailgun"  // a route's forward()
	ProviderPostmark = "postmark" // the inbound webhook
	ProviderIMAP     = "imap"     // a mailbox that we read
)

// Providers lists them.
var Providers = []string{ProviderRaw, ProviderSendGrid, ProviderMailgun, ProviderPostmark, ProviderIMAP}

// MailSource is one connection that brings mail.
type MailSource struct {
	Name     string           // Source of its tickets is "mail/" + Name
	Provider string           // one of Providers
	Secrets  []string         // any of them is accepted: a password, or Mailgun's signing key
	Key      *ecdsa.PublicKey // of SendGrid's signature; nil = it does not sign
	Own      []string         // addresses of the desk
	Trusted  string           // the host whose Authentication-Results header counts, "" = none
}

// Source is the namespace of its messages.
func (s *MailSource) Source() string { return "mail/" + s.Name }

// Admit checks what a request says before its body is read: the secret as the
// password of Basic authentication, as a bearer token, or as secret in the
// address. A signed source has its say once the body is there. Errors:
// Unauthorized.
func (s *MailSource) Admit(r *http.Request) error {
	if s.Provider == ProviderMailgun || s.Key != nil && len(s.Secrets) == 0 {
		return nil
	}
	given := r.URL.Query().Get("secret")
	if _, password, ok := r.BasicAuth(); ok {
		given = password
	} else if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		given = bearer
	}
	if given == "" {
		return refused("no secret is given")
	}
	got := sha256.Sum256([]byte(given))
	if !slices.ContainsFunc(s.Secrets, func(secret string) bool {
		want := sha256.Sum256([]byte(secret))
		return secret != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
	}) {
		return refused("the secret is wrong")
	}
	return nil
}

// Read verifies the body of a request and reads the mail in it. Errors:
// Unauthorized; Invalid for what is no mail of this provider's; TooLarge.
func (s *MailSource) Read(h http.Header, body []byte, now time.Time) (Arrival, error) {
	a := Arrival{Vouched: s.Provider != ProviderMailgun && s.Key == nil, Source: s.Source(), Own: s.Own, Trusted: s.Trusted, Raw: body, RawType: h.Get("Content-Type")}
	var p Posted
	var err error
	switch s.Provider {
	case ProviderSendGrid:
		if s.Key != nil {
			if err := VerifySendGrid(s.Key, h, body, now); err != nil {
				return a, err
			}
			a.Vouched = true
		}
		p, err = ParseSendGrid(a.RawType, body)
	case ProviderMailgun:
		err = s.readMailgun(&a, body, now)
		return a, err
	case ProviderPostmark:
		p, err = ParsePostmark(body)
	case ProviderRaw:
		p, err = fromMIME(body)
		p.Envelope = envelopeOf(h)
	default:
		err = triage.Errorf(triage.Invalid, "mail from %s does not come by a hook", s.Provider)
	}
	a.take(p)
	return a, err
}

// readMailgun verifies what stands in the body, by any of the keys.
func (s *MailSource) readMailgun(a *Arrival, body []byte, now time.Time) error {
	m, err := ParseMailgunForm(a.RawType, body)
	if err != nil {
		return err // nobody signed it
	}
	err = refused("there is no key")
	for _, key := range s.Secrets {
		if err = m.Verify([]byte(key), now); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	a.Vouched, a.Token, a.TokenEnds = true, m.Token, m.Ends
	err = m.Read()
	a.take(m.Posted)
	return err
}

// take sets what a hook brought. Where that is the mail itself it is kept
// instead of the form around it.
func (a *Arrival) take(p Posted) {
	a.Mail, a.MIME, a.Envelope, a.Passed = p.Mail, p.MIME, p.Envelope, p.Passed
	if p.MIME != nil {
		a.Raw, a.RawType = p.MIME, "message/rfc822"
	}
}

// The headers by which a mail server says what it knows of a mail that it
// posts raw.
const (
	HeaderEnvelopeFrom = "Readback-Envelope-From"
	HeaderEnvelopeTo   = "Readback-Envelope-To"
	HeaderClientIP     = "Readback-Client-IP"
	HeaderHelo         = "Readback-Helo"
)

func envelopeOf(h http.Header) Envelope {
	e := Envelope{Helo: clean(h.Get(HeaderHelo))}
	if _, said := h[http.CanonicalHeaderKey(HeaderEnvelopeFrom)]; said {
		e.envelopeFrom(h.Get(HeaderEnvelopeFrom))
	}
	if to := h.Get(HeaderEnvelopeTo); to != "" {
		e.To = strings.Split(clean(to), ",")
	}
	e.Client = address(h.Get(HeaderClientIP))
	return e
}
