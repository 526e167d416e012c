package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// widgetMessage is the part "message" of a visitor's message.
type widgetMessage struct {
	ID        string            `json:"id"` // of the browser; a message sent again is stored once
	Text      string            `json:"text"`
	SentAt    time.Time         `json:"sent_at"`
	PageURL   string            `json:"page_url"`
	Hints     map[string]string `json:"hints"` // User-Agent Client Hints by header name
	Documents []struct {
		URL      string    `json:"url"`
		OpenedAt time.Time `json:"opened_at"`
	} `json:"documents"` // pages of the host that it marks as documentation
	Person bool `json:"person"` // wants to talk to a person; then there may be no text

	files []triage.Attachment
}

var messageID = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

// widgetReceive stores what a visitor wrote: 202 once it is on the disk, 200
// when it was before.
func (s *Server) widgetReceive(c echo.Context) error {
	p, err := s.callerOf(c)
	if err != nil {
		return err
	}
	if wait, ok := s.widgets.visitors.take(p.browser.ID, s.Clock()); !ok {
		return tooFast(waitSeconds(wait))
	}
	contentType := c.Request().Header.Get(echo.HeaderContentType)
	free, err := s.widgets.bodies.take(addressOf(c), c.Request().ContentLength, maxWidgetBody)
	if err != nil {
		return err
	}
	defer free()
	body, err := readBody(c, maxWidgetBody)
	if err != nil {
		return err
	}
	m, err := readWidgetMessage(contentType, body)
	if err != nil {
		return err
	}
	v := p.visitor()
	conv, err := s.Store.Conversation(ctxOf(c), v)
	if err != nil {
		return err
	}
	events := conv.Events
	if p.user != nil { // the help pages know the browser alone
		there, err := s.Store.Conversation(ctxOf(c), p.browser)
		if err != nil {
			return err
		}
		events = append(slices.Clone(events), there.Events...)
		defer s.took(c, p.browser, there.Events)
	}
	customer, identity := p.customer(&conv)
	receipt, err := s.Store.Receive(ctxOf(c), store.Inbound{Source: v.Source, TicketKey: conv.TicketKey, MessageKey: p.browser.ID + "/" + m.ID,
		Customer: customer, Messages: []triage.Message{s.messageOf(c, m, identity, events)}, Raw: body, RawType: contentType})
	if err != nil {
		return err
	}
	s.took(c, v, conv.Events)
	s.widgets.hub.wake(v.ID)
	status := http.StatusAccepted
	if receipt.Duplicate {
		status = http.StatusOK
	}
	return c.JSON(status, map[string]string{"message": receipt.MessageIDs[0]})
}

// took forgets events that a message has now.
func (s *Server) took(c echo.Context, v store.Visitor, events []triage.Event) {
	if err := s.Store.TookEvents(ctxOf(c), v, events); err != nil {
		s.log(c).Warn("events of a visitor are kept for the next message too", "error", err)
	}
}

// messageOf is a visitor's message with what is known of their browser and of
// what they did before.
func (s *Server) messageOf(c echo.Context, m *widgetMessage, identity triage.Identity, before []triage.Event) triage.Message {
	r := c.Request()
	device := triage.Device{UserAgent: r.UserAgent(), Hints: map[string]string{}}
	for _, name := range []string{"Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform"} { // browsers send these unasked
		if value := r.Header.Get(name); value != "" {
			device.Hints[name] = value
		}
	}
	for name, value := range m.Hints {
		if len(device.Hints) < 16 && strings.HasPrefix(strings.ToLower(name), "sec-ch-ua") && len(name)+len(value) < 1024 {
			device.Hints[http.CanonicalHeaderKey(name)] = value
		}
	}
	out := triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelChat, Identity: identity, Text: m.Text, ExternalID: m.ID,
		Device: device, PageURL: webAddress(m.PageURL), Attachments: m.files, Events: before, SentAt: m.SentAt.UTC()}
	for _, d := range m.Documents[max(0, len(m.Documents)-maxVisitedPages):] {
		if u := webAddress(d.URL); u != "" {
			out.Events = append(out.Events, triage.Event{Kind: triage.EventOpened, URL: u, At: d.OpenedAt.UTC()})
		}
	}
	if m.Person {
		out.Events = append(out.Events, triage.Event{Kind: triage.EventPerson, At: s.Clock().UTC()})
	}
	return out
}

const maxVisitedPages = 20

// webAddress returns an http address of a sane length, "" for anything else.
func webAddress(u string) string {
	if len(u) > 2000 || !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
		return ""
	}
	return u
}

// readWidgetMessage reads multipart/form-data with a part "message" and up to
// five parts "file". Errors: Invalid and TooLarge, for the visitor to read.
func readWidgetMessage(contentType string, body []byte) (*widgetMessage, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != echo.MIMEMultipartForm || params["boundary"] == "" {
		return nil, &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", message: "Send multipart/form-data with a part named message."}
	}
	m := (*widgetMessage)(nil)
	for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var data []byte
		if err == nil {
			data, err = io.ReadAll(part)
		}
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "The body ends in the middle or is no multipart/form-data: %w", err)
		}
		switch name := part.FormName(); {
		case name == "message" && m == nil:
			m = &widgetMessage{}
			if err := json.Unmarshal(data, m); err != nil {
				return nil, triage.Errorf(triage.Invalid, "The part message is not a JSON object of a message: %w", err)
			}
		case name == "file" && m != nil && len(m.files) < maxWidgetFiles:
			if len(data) > maxWidgetFile {
				return nil, triage.Errorf(triage.TooLarge, "A file is over the limit of %d bytes.", maxWidgetFile)
			}
			m.files = append(m.files, attachmentOf(part.FileName(), data))
		case name == "file" && m != nil:
			return nil, triage.Errorf(triage.TooLarge, "There are more than %d files.", maxWidgetFiles)
		default:
			return nil, triage.Errorf(triage.Invalid, "The part %q is not known here, or not in its place: one message, then files.", oneLine(name, 40))
		}
	}
	return m, m.check()
}

// check says what of a message cannot be.
func (m *widgetMessage) check() error {
	switch {
	case m == nil:
		return triage.Errorf(triage.Invalid, "There is no part named message.")
	case !messageID.MatchString(m.ID):
		return triage.Errorf(triage.Invalid, "id is missing or not 8 to 64 letters, digits and hyphens; it lets a message be sent again without harm.")
	case utf8.RuneCountInString(m.Text) > maxWidgetText:
		return &problem{status: http.StatusRequestEntityTooLarge, code: "too_long", message: "The text is too long; send it in parts."}
	case strings.TrimSpace(m.Text) == "" && len(m.files) == 0 && !m.Person:
		return triage.Errorf(triage.Invalid, "The message has neither text nor file.")
	}
	return nil
}

// attachmentOf is a file whose type is what its bytes are: what a browser calls
// it is a guess by its name.
func attachmentOf(name string, data []byte) triage.Attachment {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		name = ""
	}
	return triage.Attachment{Name: oneLine(name, 200), Type: http.DetectContentType(data), Size: int64(len(data)), Body: data}
}

// widgetEmail keeps the address at which a visitor wants to be answered when
// they are gone.
func (s *Server) widgetEmail(c echo.Context) error {
	var in struct {
		Email string `json:"email"`
	}
	return s.widgetDo(c, &in, func(v store.Visitor, _ *store.Conversation) error {
		a, err := mail.ParseAddress(strings.TrimSpace(in.Email))
		if err != nil || a.Name != "" || len(a.Address) > 254 || !strings.Contains(a.Address[strings.LastIndexByte(a.Address, '@'):], ".") {
			return &problem{status: http.StatusUnprocessableEntity, code: "email", message: "This is no email address that we can write to."}
		}
		return s.Store.SetVisitorEmail(ctxOf(c), v, a.Address)
	})
}

// widgetNew ends the conversation: the next message begins another.
func (s *Server) widgetNew(c echo.Context) error {
	var in struct{}
	return s.widgetDo(c, &in, func(v store.Visitor, conv *store.Conversation) error {
		if len(conv.Messages) == 0 {
			return nil
		}
		return s.Store.NewConversation(ctxOf(c), v)
	})
}

// widgetSeen records that the widget is open before the visitor's eyes.
func (s *Server) widgetSeen(c echo.Context) error {
	var in struct{}
	return s.widgetDo(c, &in, func(v store.Visitor, conv *store.Conversation) error {
		if conv.Ticket == nil {
			return nil // nobody waits for them
		}
		return s.Store.VisitorSeen(ctxOf(c), v)
	})
}

// widgetDo does one small thing that a visitor asks for.
func (s *Server) widgetDo(c echo.Context, in any, do func(v store.Visitor, conv *store.Conversation) error) error {
	p, err := s.callerOf(c)
	if err != nil {
		return err
	}
	if err := readJSON(c, in); err != nil {
		return err
	}
	v := p.visitor()
	conv, err := s.Store.Conversation(ctxOf(c), v)
	if err != nil {
		return err
	}
	if err := do(v, &conv); err != nil {
		return err
	}
	s.widgets.hub.wake(v.ID)
	return c.JSON(http.StatusOK, map[string]bool{"done": true})
}
