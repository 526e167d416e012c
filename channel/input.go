package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"readback/triage"
)

// document is the triage input of the public contract. Unknown keys are
// ignored, so that a sender may know more than we do.
type document struct {
	Channel  triage.Channel    `json:"channel"`
	Subject  string            `json:"subject"`
	Customer triage.Customer   `json:"customer"`
	Identity triage.Identity   `json:"identity"`
	Device   device            `json:"device"`
	Messages []json.RawMessage `json:"messages"`
}

type device struct {
	UserAgent string            `json:"user_agent"`
	Hints     map[string]string `json:"hints"`
}

type message struct {
	Role        triage.Role    `json:"role"`
	Channel     triage.Channel `json:"channel"`
	Text        *string        `json:"text"`
	SentAt      *time.Time     `json:"sent_at"`
	ExternalID  string         `json:"external_id"`
	UserAgent   string         `json:"user_agent"`
	PageURL     string         `json:"page_url"`
	Documents   []opened       `json:"documents"`
	Attachments []attachment   `json:"attachments"`
}

// opened is a page that the writer opened before.
type opened struct {
	URL string     `json:"url"`
	At  *time.Time `json:"opened_at"`
}

type attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// ParseInput reads a triage input document (JSON, UTF-8): subject, channel
// (default api), customer, identity (default claimed), device and messages. A
// message takes the document's channel and, when the customer wrote it, the
// document's device unless it names its own; its role is customer by default.
// Errors: Invalid, naming the field and what it takes.
func ParseInput(raw []byte) (Input, error) {
	var d document
	if err := decode(raw, "", &d); err != nil {
		return Input{}, err
	}
	in := Input{Subject: clean(d.Subject), Channel: d.Channel, Customer: cleanCustomer(d.Customer), Identity: d.Identity}
	if in.Channel == "" {
		in.Channel = triage.ChannelAPI
	}
	if err := checkChannel("channel", in.Channel); err != nil {
		return Input{}, err
	}
	switch in.Identity {
	case "":
		in.Identity = triage.IdentityClaimed
	case triage.IdentityNone, triage.IdentityClaimed, triage.IdentityVerified:
	default:
		return Input{}, triage.Errorf(triage.Invalid, "identity is %q; use none, claimed or verified", in.Identity)
	}
	if len(d.Messages) == 0 {
		return Input{}, triage.Errorf(triage.Invalid, "messages is empty; give at least one message with a text")
	}
	for i, rm := range d.Messages {
		m, err := parseMessage(rm, fmt.Sprintf("messages[%d]", i), in, d.Device)
		if err != nil {
			return Input{}, err
		}
		in.Messages = append(in.Messages, m)
	}
	return in, nil
}

// ParseMessages reads what is added to an existing ticket: one message, or
// {messages: [...]} with the document's channel, identity and device. Errors
// as of ParseInput.
func ParseMessages(raw []byte) (Input, error) {
	var probe struct {
		Messages *json.RawMessage `json:"messages"`
	}
	if err := decode(raw, "", &probe); err != nil {
		return Input{}, err
	}
	if probe.Messages != nil {
		return ParseInput(raw)
	}
	in := Input{Channel: triage.ChannelAPI, Identity: triage.IdentityClaimed}
	m, err := parseMessage(raw, "", in, device{})
	if err != nil {
		return Input{}, err
	}
	in.Messages = []triage.Message{m}
	return in, nil
}

// parseMessage reads one message at the place named by path, "" for the top.
func parseMessage(raw []byte, path string, in Input, dev device) (triage.Message, error) {
	var m message
	if err := decode(raw, path, &m); err != nil {
		return triage.Message{}, err
	}
	if m.Role == "" {
		m.Role = triage.RoleCustomer
	}
	switch m.Role {
	case triage.RoleCustomer, triage.RoleAgent, triage.RoleSystem:
	default:
		return triage.Message{}, triage.Errorf(triage.Invalid, "%s is %q; use customer, agent or system", join(path, "role"), m.Role)
	}
	if m.Channel == "" {
		m.Channel = in.Channel
	}
	if err := checkChannel(join(path, "channel"), m.Channel); err != nil {
		return triage.Message{}, err
	}
	files, err := attachments(path, m.Attachments)
	if err != nil {
		return triage.Message{}, err
	}
	if m.Text == nil && len(files) == 0 {
		return triage.Message{}, triage.Errorf(triage.Invalid, "%s is missing; give the text of the message", join(path, "text"))
	}
	out := triage.Message{Role: m.Role, Channel: m.Channel, Identity: triage.IdentityNone, Attachments: files,
		ExternalID: clean(m.ExternalID), PageURL: clean(m.PageURL)}
	if m.Role == triage.RoleCustomer {
		out.Events = events(m.Documents)
	}
	if m.Text != nil {
		out.Text = clean(*m.Text)
	}
	if m.SentAt != nil {
		out.SentAt = m.SentAt.UTC()
	}
	if m.Role == triage.RoleCustomer {
		out.Identity = in.Identity
		if m.UserAgent != "" {
			dev.UserAgent = m.UserAgent
		}
		out.Device = cleanDevice(dev)
	}
	return out, nil
}

// maxOpened bounds the pages of one message: the last ones tell most.
const maxOpened = 50

// events are the pages that a platform says a writer opened.
func events(pages []opened) []triage.Event {
	var out []triage.Event
	for _, page := range pages[max(0, len(pages)-maxOpened):] {
		if page.URL == "" {
			continue
		}
		e := triage.Event{Kind: triage.EventOpened, URL: clean(page.URL)}
		if page.At != nil {
			e.At = page.At.UTC()
		}
		out = append(out, e)
	}
	return out
}

func cleanDevice(d device) triage.Device {
	out := triage.Device{UserAgent: clean(d.UserAgent)}
	for k, v := range d.Hints {
		if out.Hints == nil {
			out.Hints = map[string]string{}
		}
		out.Hints[clean(k)] = clean(v)
	}
	return out
}

func attachments(path string, list []attachment) ([]triage.Attachment, error) {
	var out []triage.Attachment
	for i, a := range list {
		if a.Size < 0 {
			return nil, triage.Errorf(triage.Invalid, "%s is negative; give the size in bytes", join(path, fmt.Sprintf("attachments[%d].size", i)))
		}
		out = append(out, triage.Attachment{Name: clean(a.Name), Type: clean(a.Type), Size: a.Size})
	}
	return out, nil
}

func checkChannel(field string, c triage.Channel) error {
	switch c {
	case triage.ChannelChat, triage.ChannelEmail, triage.ChannelAPI:
		return nil
	}
	return triage.Errorf(triage.Invalid, "%s is %q; use chat, email or api", field, c)
}

// decode reads one JSON object strictly by type. Its error names the field
// and its type, or the place of the syntax fault.
func decode(raw []byte, path string, into any) error {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if len(raw) == 0 {
		return triage.Errorf(triage.Invalid, "the body is empty; send one JSON object")
	}
	if raw[0] != '{' {
		return triage.Errorf(triage.Invalid, "%s is not a JSON object", orDocument(path))
	}
	err := json.Unmarshal(raw, into)
	if err == nil {
		return nil
	}
	var te *json.UnmarshalTypeError
	if errors.As(err, &te) {
		return triage.Errorf(triage.Invalid, "%s is a %s; it takes %s", join(path, te.Field), te.Value, typeName(te.Type.String()))
	}
	var pe *time.ParseError
	if errors.As(err, &pe) {
		return triage.Errorf(triage.Invalid, "%s is not a time; write it as 2026-11-22T14:02:00Z (RFC 3339)", join(path, "sent_at"))
	}
	var se *json.SyntaxError
	if errors.As(err, &se) {
		return triage.Errorf(triage.Invalid, "%s is not valid JSON: %s at byte %d", orDocument(path), se.Error(), se.Offset)
	}
	// Whatever else a field's own decoder refuses is a value of the wrong form.
	return triage.Errorf(triage.Invalid, "%s cannot be read: %s", orDocument(path), err.Error())
}

func typeName(goType string) string {
	switch goType {
	case "string", "triage.Role", "triage.Channel", "triage.Identity":
		return "a string"
	case "int64":
		return "a whole number"
	case "map[string]string":
		return "an object of strings"
	case "[]json.RawMessage", "[]channel.attachment", "[]channel.opened":
		return "a list"
	}
	return "an object"
}

func join(path, field string) string {
	switch {
	case path == "":
		return field
	case field == "":
		return path
	}
	return path + "." + field
}

func orDocument(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}
