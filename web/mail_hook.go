package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// MaxMailHook is the largest body of a mail hook, in bytes: the largest mail
// of any provider, twice over in base64 (Postmark sends its parts and, where
// it is set to, the whole).
const MaxMailHook = 100 << 20

// mailSource is one connection that posts mail to us.
type mailSource struct {
	channel.MailSource
	bucket *bucket
	large  chan struct{} // holds one for each large mail that is being read
}

// mailReply says which status tells a provider what. Each has its own way:
//
//	SendGrid  queues again on 5xx for three days and drops a mail on 4xx
//	Mailgun   tries again for eight hours on all but 200 and 406
//	Postmark  tries again ten times on all but 200, and stops on 403
//
// So what may yet be mended, such as a secret that we have wrong, is told by a
// status that makes them try again, and what never will be by one that stops
// them. For its sources: the comments on the parsers in package channel.
type mailReply struct {
	stored, known int // taken in now, or before
	refused       int // the secret or signature does not fit
	never         int // it will not be taken however often it comes
	early         int // it broke off
	later         int // not now
}

var mailReplies = map[string]mailReply{
	channel.ProviderRaw:      {202, 200, 401, 0, 400, 503}, // never: the status of the fault itself
	channel.ProviderSendGrid: {200, 200, 503, 0, 503, 503},
	channel.ProviderMailgun:  {200, 200, 401, 406, 400, 503},
	channel.ProviderPostmark: {200, 200, 401, 403, 400, 503},
}

// mailHook receives one mail from a mail server or a provider. It answers only
// once the mail is stored.
func (s *Server) mailHook(c echo.Context) error {
	src := s.mails[c.Param("name")]
	if src == nil || src.Provider == channel.ProviderIMAP {
		s.log(c).Warn("mail hook refused: unknown connection", "name", oneLine(c.Param("name"), 60))
		return triage.Errorf(triage.Unauthorized, "There is no such connection, or its secret does not fit.")
	}
	reply := mailReplies[src.Provider]
	if err := src.Admit(c.Request()); err != nil {
		return s.mailFault(c, src, err)
	}
	if err := src.wantType(c.Request()); err != nil {
		return s.mailFault(c, src, err)
	}
	if wait, ok := src.bucket.take(s.Clock()); !ok {
		return &problem{status: reply.later, code: string(triage.Unavailable), message: "Too many mails at once; send it again later.", retryAfter: waitSeconds(wait)}
	}
	if c.Request().ContentLength > MaxMailHook {
		return s.mailFault(c, src, triage.Errorf(triage.TooLarge, "The body is over the limit of %d bytes.", MaxMailHook))
	}
	free, err := room(src.large, c.Request().ContentLength)
	if err != nil {
		return s.mailFault(c, src, err)
	}
	defer free()
	body, err := readBody(c, MaxMailHook)
	if err != nil {
		return s.mailFault(c, src, err)
	}
	arrival, err := src.Read(c.Request().Header, body, s.Clock())
	if err != nil {
		return s.mailUnread(c, src, body, arrival.Vouched, err)
	}
	receipt, err := s.Mail.Receive(ctxOf(c), arrival)
	if code := triage.CodeOf(err); code == triage.Invalid || code == triage.TooLarge {
		return s.mailUnread(c, src, body, true, err)
	}
	if err != nil {
		return s.mailFault(c, src, err)
	}
	return c.JSON(status(reply, receipt), hookReceipt{Ticket: receipt.TicketID, Message: receipt.MessageIDs[0]})
}

func status(reply mailReply, receipt store.Receipt) int {
	if receipt.Duplicate {
		return reply.known
	}
	return reply.stored
}

// wantType refuses a body of another form than the provider's, and one that is
// compressed: none of them does that, and a small body could unfold to any size.
func (src *mailSource) wantType(r *http.Request) error {
	want := []string{echo.MIMEApplicationJSON}
	switch src.Provider {
	case channel.ProviderRaw:
		want = []string{"message/rfc822"}
	case channel.ProviderSendGrid, channel.ProviderMailgun:
		want = []string{echo.MIMEMultipartForm, echo.MIMEApplicationForm}
	}
	if coding := r.Header.Get(echo.HeaderContentEncoding); coding != "" && coding != "identity" {
		return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", message: "Send the body without Content-Encoding."}
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || !slices.Contains(want, t) {
		return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", message: "Send the body as " + want[0] + "."}
	}
	return nil
}

// mailUnread keeps a body that nobody understands, when who posted it is known.
func (s *Server) mailUnread(c echo.Context, src *mailSource, body []byte, vouched bool, cause error) error {
	switch triage.CodeOf(cause) {
	case triage.Invalid, triage.TooLarge:
	default:
		return s.mailFault(c, src, cause)
	}
	if !vouched {
		return s.mailFault(c, src, cause) // whoever sent this did not show a secret
	}
	id, err := s.Store.KeepUnparsed(ctxOf(c), src.Source(), c.Request().Header.Get(echo.HeaderContentType), body, triage.MessageOf(cause))
	if err != nil {
		return s.mailFault(c, src, err)
	}
	s.log(c).Warn("mail not understood, kept", "source", src.Source(), "id", id, "error", cause)
	p := &problem{status: http.StatusUnprocessableEntity, code: string(triage.Invalid), message: triage.MessageOf(cause), kept: id}
	if never := mailReplies[src.Provider].never; never != 0 {
		p.status = never
	}
	return p
}

// mailFault answers a fault in the words of the provider.
func (s *Server) mailFault(c echo.Context, src *mailSource, err error) error {
	reply := mailReplies[src.Provider]
	p := *problemOf(err)
	switch code := triage.CodeOf(err); {
	case code == triage.Unauthorized:
		p.status = reply.refused
		p.message = "The secret or signature of this connection does not fit."
	case code == triage.Conflict, p.status == http.StatusUnsupportedMediaType, p.status == http.StatusRequestEntityTooLarge:
		if reply.never != 0 {
			p.status = reply.never
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		p.status, p.code, p.message = http.StatusRequestTimeout, "timeout", "The body came too slowly."
		if src.Provider == channel.ProviderSendGrid {
			p.status = reply.early
		}
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.status = reply.early
	case code == triage.Unavailable:
		p.status = reply.later
	}
	if p.status == http.StatusServiceUnavailable && p.retryAfter == 0 {
		p.retryAfter = retryAfter
	}
	s.log(c).Warn("mail hook refused", "source", src.Source(), "status", p.status, "error", err)
	return &p
}

// largeBodies is how many large bodies of one connection, or of all widgets,
// are read at once: they are held in memory whole.
const largeBodies = 3

// room reserves memory for a body. Small ones need none. Errors: Unavailable
// when there is none.
func room(large chan struct{}, length int64) (free func(), err error) {
	if length >= 0 && length <= MaxHook {
		return func() {}, nil
	}
	select {
	case large <- struct{}{}:
		return func() { <-large }, nil
	default:
		return nil, triage.Errorf(triage.Unavailable, "Too many large messages come at once; send it again later.")
	}
}
