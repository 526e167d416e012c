package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"readback/store"
	"readback/triage"
)

// SMTP hands mail to a server (RFC 5321).
type SMTP struct {
	addr, host     string
	implicit       bool // TLS from the start (RFC 8314); else STARTTLS
	plain          bool // no TLS at all; on this machine only
	user, password string
	roots          *tls.Config // of tests; nil = the system's
	// Seen reports whether the customer has seen an answer in the chat; nil = never.
	Seen func(ctx context.Context, d store.Delivery) (bool, error)
}

// ParseSMTP reads smtps://user:password@host:465 (TLS from the start, the
// default port 465) or smtp://user:password@host:587 (STARTTLS is demanded). On
// loopback smtp://...?tls=none goes without. Errors: Invalid; the sentence has
// no password in it.
func ParseSMTP(text string) (*SMTP, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, triage.Errorf(triage.Invalid, "smtp.url is no address of a mail server; use smtps://user:password@host or smtp://user:password@host")
	}
	s := &SMTP{host: u.Hostname(), implicit: u.Scheme == "smtps", plain: u.Query().Get("tls") == "none", user: u.User.Username()}
	s.password, _ = u.User.Password()
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "465", false: "587"}[s.implicit]
	}
	s.addr = net.JoinHostPort(s.host, port)
	if ip := net.ParseIP(s.host); s.plain && s.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, triage.Errorf(triage.Invalid, "smtp.url has tls=none and the server is not on this machine; anybody on the way would read the mails")
	}
	return s, nil
}

// Sender carries mails out. A second try could reach the customer twice, so
// one that was cut off is unknown.
func (s *SMTP) Sender() store.Sender { return store.Sender{Send: s.send} }

func (s *SMTP) send(ctx context.Context, d store.Delivery) store.Outcome {
	var m outgoingMail
	if err := json.Unmarshal(d.Body, &m); err != nil || len(m.To) == 0 {
		return store.Outcome{State: store.DeliveryFailed, Code: "bad_body"}
	}
	if m.Chat && s.Seen != nil {
		seen, err := s.Seen(ctx, d)
		if err != nil {
			return store.Outcome{State: store.DeliveryWaiting, Code: string(triage.CodeOf(err))}
		}
		if seen {
			return store.Outcome{State: store.DeliverySent, Code: "seen_in_chat"}
		}
	}
	err := s.hand(ctx, &m)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	if err != nil {
		var late *lateError
		return smtpOutcome(err, errors.As(err, &late))
	}
	return store.Outcome{State: store.DeliverySent}
}

// lateError is one after the whole mail went out: the server may have it.
type lateError struct{ error }

func (e *lateError) Unwrap() error { return e.error }

// hand gives a mail to the server.
func (s *SMTP) hand(ctx context.Context, m *outgoingMail) error {
	c, end, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer end()
	if err := c.Mail(m.From, nil); err != nil {
		return err
	}
	for _, to := range m.To {
		if err := c.Rcpt(to, nil); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := bytes.NewReader(m.MIME).WriteTo(w); err != nil {
		return err // without the final dot nobody delivers it
	}
	if err := w.Close(); err != nil {
		return &lateError{err}
	}
	_ = c.Quit() // the mail is theirs already
	return nil
}

// dial connects, with TLS and signed in. end closes the connection, as does the
// end of ctx: the client's own deadlines know nothing of it.
func (s *SMTP) dial(ctx context.Context) (c *smtp.Client, end func(), err error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, nil, err
	}
	forget := context.AfterFunc(ctx, func() { conn.Close() })
	end = func() {
		forget()
		conn.Close()
	}
	if c, err = s.greet(conn); err != nil {
		end()
	}
	return c, end, err
}

// greet is TLS and signing in.
func (s *SMTP) greet(conn net.Conn) (c *smtp.Client, err error) {
	conf := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if s.roots != nil {
		conf.RootCAs = s.roots.RootCAs
	}
	switch {
	case s.plain:
		c = smtp.NewClient(conn)
	case s.implicit:
		c = smtp.NewClient(tls.Client(conn, conf))
	default:
		if c, err = smtp.NewClientStartTLS(conn, conf); err != nil {
			return nil, err
		}
	}
	c.CommandTimeout, c.SubmissionTimeout = 20*time.Second, 40*time.Second
	if s.user == "" {
		return c, nil
	}
	return c, c.Auth(sasl.NewPlainClient("", s.user, s.password))
}

// smtpOutcome reads an error by its class (RFC 5321, 4.2.1): 4yz is tried
// again, 5yz is not, and no answer to the whole mail is unknown. That we cannot
// sign in (RFC 4954) is tried again too: the operator mends it.
func smtpOutcome(err error, late bool) store.Outcome {
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		code := fmt.Sprintf("smtp_%d", reply.Code)
		if reply.EnhancedCode != (smtp.EnhancedCode{}) && reply.EnhancedCode != smtp.EnhancedCodeNotSet && reply.EnhancedCode != smtp.NoEnhancedCode {
			code += fmt.Sprintf("_%d.%d.%d", reply.EnhancedCode[0], reply.EnhancedCode[1], reply.EnhancedCode[2])
		}
		if reply.Code/100 == 5 && reply.Code != 530 && reply.Code != 534 && reply.Code != 535 && reply.Code != 538 {
			return store.Outcome{State: store.DeliveryFailed, Code: code}
		}
		return store.Outcome{State: store.DeliveryWaiting, Code: code}
	}
	if late {
		return store.Outcome{State: store.DeliveryUnknown, Code: netCode(err)}
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return store.Outcome{State: store.DeliveryWaiting, Code: "tls"}
	}
	return store.Outcome{State: store.DeliveryWaiting, Code: netCode(err)}
}
