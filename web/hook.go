package web

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// MaxHook is the largest body of a chat hook, in bytes.
const MaxHook = 4 << 20

// source is one chat platform that may send to us.
type source struct {
	name   string
	key    channel.Key
	bucket *bucket
}

// hookReceipt is what a hook answers: where the message is.
type hookReceipt struct {
	Ticket  string `json:"ticket"`
	Message string `json:"message"`
}

// chatHook receives one chat message, signed by Standard Webhooks. It answers
// only once the message is stored: 202, or 200 when it was stored before.
func (s *Server) chatHook(c echo.Context) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, MaxHook)
	if err != nil {
		return err
	}
	src, err := s.verified(c, body)
	if err != nil {
		return err
	}
	if wait, ok := src.bucket.take(s.Clock()); !ok {
		return &problem{status: http.StatusTooManyRequests, code: "too_many_requests",
			message: "Too many messages at once; send it again later.", retryAfter: waitSeconds(wait)}
	}
	contentType := c.Request().Header.Get(echo.HeaderContentType)
	chat, err := channel.ParseChat(body)
	if err != nil {
		return s.keepUnparsed(c, "chat/"+src.name, contentType, body, err)
	}
	receipt, err := s.Store.Receive(ctxOf(c), store.Inbound{
		Source: "chat/" + src.name, TicketKey: chat.ConversationID, MessageKey: chat.MessageID,
		Customer: chat.Input.Customer, Messages: chat.Input.Messages, Raw: body, RawType: contentType,
	})
	if triage.CodeOf(err) == triage.Invalid {
		return s.keepUnparsed(c, "chat/"+src.name, contentType, body, err)
	}
	if err != nil {
		return err
	}
	s.saw("chat/"+src.name, "")
	status := http.StatusAccepted
	if receipt.Duplicate {
		status = http.StatusOK
	}
	return c.JSON(status, hookReceipt{Ticket: receipt.TicketID, Message: receipt.MessageIDs[0]})
}

// verified finds the source and checks the signature. A source that does not
// exist is refused in the same words as a wrong signature.
func (s *Server) verified(c echo.Context, body []byte) (*source, error) {
	src := s.sources[c.Param("source")]
	key := channel.Key("no such source")
	if src != nil {
		key = src.key
	}
	err := key.Verify(c.Request().Header, body, s.Clock())
	if src == nil {
		s.log(c).Warn("chat hook refused: unknown source", "source", oneLine(c.Param("source"), 60))
		return nil, cmp.Or(err, triage.Errorf(triage.Unauthorized, "No such source."))
	}
	if err != nil {
		s.log(c).Warn("chat hook refused", "source", src.name, "error", err)
		s.saw("chat/"+src.name, "signature")
		return nil, err
	}
	return src, nil
}

// keepUnparsed keeps a signed body that nobody understands, so that nothing a
// customer wrote is lost, and says what is wrong with it.
func (s *Server) keepUnparsed(c echo.Context, source, contentType string, body []byte, cause error) error {
	id, err := s.Store.KeepUnparsed(ctxOf(c), source, contentType, body, triage.MessageOf(cause))
	if err != nil {
		return err
	}
	s.log(c).Warn("chat message not understood, kept", "id", id, "error", cause)
	return &problem{status: http.StatusUnprocessableEntity, code: string(triage.Invalid), message: triage.MessageOf(cause), kept: id}
}

// wantJSON refuses a body that does not say it is JSON.
func wantJSON(r *http.Request) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || t != echo.MIMEApplicationJSON {
		return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", message: "Send the body as application/json."}
	}
	return nil
}

// readBody reads at most limit bytes. Errors: TooLarge, Invalid when the
// client ended early.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, triage.Errorf(triage.TooLarge, "The body is over the limit of %d bytes.", limit)
	case err != nil:
		return nil, triage.Errorf(triage.Invalid, "The body could not be read whole: %w", err)
	}
	return body, nil
}
