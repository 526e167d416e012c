package circles

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"readback/triage"
)

// maxLine bounds one ticket, in bytes.
const maxLine = 32 << 20

// A Reader gives the tickets of files one by one: JSON Lines, one JSON
// document, or a JSON list. A ticket is a triage input or a line of a dataset
// (docs/circles.md). What cannot be read is skipped and listed.
type Reader struct {
	skipped []Skipped
	count   int
	seen    map[string]bool
}

// NewReader returns a reader that knows no ticket yet: an id that comes twice
// is skipped.
func NewReader() *Reader { return &Reader{seen: map[string]bool{}} }

// Skipped are the first of what could not be read, and how many there were.
func (r *Reader) Skipped() ([]Skipped, int) { return r.skipped, r.count }

func (r *Reader) skip(where, format string, args ...any) {
	r.count++
	if len(r.skipped) < MaxSkipped {
		r.skipped = append(r.skipped, Skipped{where, fmt.Sprintf(format, args...)})
	}
}

// Read calls give with each ticket of one file until it returns false. name
// stands in messages. The error is that of reading the file itself.
func (r *Reader) Read(in io.Reader, name string, give func(Thread) bool) error {
	br := bufio.NewReaderSize(in, 1<<20)
	if bom, _ := br.Peek(3); string(bom) == "\ufeff" {
		_, _ = br.Discard(3) // peeked
	}
	first, err := firstByte(br)
	switch {
	case errors.Is(err, io.EOF):
		r.skip(name, "the file is empty")
		return nil
	case err != nil:
		return err
	case first == '[':
		return r.list(br, name, give)
	}
	return r.lines(br, name, give)
}

// firstByte is the first byte that is no white space, which stays unread.
func firstByte(br *bufio.Reader) (byte, error) {
	for {
		b, err := br.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, br.UnreadByte()
		}
	}
}

// list reads a JSON list. After a fault nothing behind it can be found.
func (r *Reader) list(br *bufio.Reader, name string, give func(Thread) bool) error {
	d := json.NewDecoder(br)
	if _, err := d.Token(); err != nil {
		return err
	}
	for n := 1; d.More(); n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			r.skip(fmt.Sprintf("%s[%d]", name, n), "the list breaks off here: %v", err)
			return nil
		}
		if !r.one(raw, fmt.Sprintf("%s[%d]", name, n), give) {
			return nil
		}
	}
	if _, err := d.Token(); err != nil {
		r.skip(name, "the list has no end")
	}
	return nil
}

// lines reads JSON Lines, or one document over several lines.
func (r *Reader) lines(br *bufio.Reader, name string, give func(Thread) bool) error {
	for n := 1; ; n++ {
		line, tooLong, err := readLine(br)
		where := fmt.Sprintf("%s:%d", name, n)
		switch {
		case tooLong:
			r.skip(where, "the line is over the limit of %d MiB", maxLine>>20)
		case len(bytes.TrimSpace(line)) == 0:
		case n == 1 && !json.Valid(line) && err == nil && spread(line):
			rest, err := io.ReadAll(io.LimitReader(br, maxLine))
			if err != nil {
				return err
			}
			r.one(append(append(line, '\n'), rest...), name, give)
			return nil
		default:
			if !r.one(line, where, give) {
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// spread reports whether a line opens a document of several lines.
func spread(line []byte) bool {
	s := bytes.TrimSpace(line)
	return len(s) > 0 && (s[len(s)-1] == '{' || s[len(s)-1] == ',' || s[len(s)-1] == '[')
}

// readLine reads a line without its end; one over maxLine is read past and not
// kept.
func readLine(br *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if len(line) > maxLine {
			line, tooLong = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), tooLong, err
		}
	}
}

// document is a ticket as written.
type document struct {
	ID        any             `json:"id"`
	Subject   string          `json:"subject"`
	Channel   string          `json:"channel"`
	Customer  triage.Customer `json:"customer"`
	AccountID string          `json:"account_id"`
	Messages  []message       `json:"messages"`
	Input     *document       `json:"input"`
}

type message struct {
	Role        string              `json:"role"`
	Text        *string             `json:"text"`
	Channel     string              `json:"channel"`
	SentAt      string              `json:"sent_at"`
	Agent       string              `json:"agent"`
	Tier        string              `json:"tier"`
	Group       string              `json:"group"`
	Attachments []triage.Attachment `json:"attachments"`
}

// roles are what exports call the writers.
var roles = map[string]triage.Role{"": triage.RoleCustomer, "customer": triage.RoleCustomer, "user": triage.RoleCustomer, "end-user": triage.RoleCustomer, "requester": triage.RoleCustomer, "contact": triage.RoleCustomer,
	"agent": triage.RoleAgent, "admin": triage.RoleAgent, "staff": triage.RoleAgent, "support": triage.RoleAgent, "operator": triage.RoleAgent,
	"system": triage.RoleSystem, "bot": triage.RoleSystem, "automation": triage.RoleSystem}

// one reads a ticket and gives it on; false ends the reading.
func (r *Reader) one(raw []byte, where string, give func(Thread) bool) bool {
	t, err := parse(raw)
	if err != nil {
		r.skip(where, "%s", triage.MessageOf(err))
		return true
	}
	t.Where = where
	if t.ID == "" {
		t.ID = where
	}
	if r.seen[t.ID] {
		r.skip(where, "the ticket %q was read before", cut(t.ID, 80))
		return true
	}
	r.seen[t.ID] = true
	return give(t)
}

// parse makes a thread of a document.
func parse(raw []byte) (Thread, error) {
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return Thread{}, triage.Errorf(triage.Invalid, "%s is a %s, which it cannot be", wrong.Field, wrong.Value)
		}
		return Thread{}, triage.Errorf(triage.Invalid, "it is not one JSON object: %v", err)
	}
	id := d.ID
	if d.Input != nil {
		d = *d.Input
	}
	if len(d.Messages) == 0 {
		return Thread{}, triage.Errorf(triage.Invalid, "it has no messages")
	}
	t := Thread{Ticket: triage.Ticket{Subject: d.Subject, Customer: d.Customer, Channel: triage.Channel(d.Channel)}}
	switch id := id.(type) {
	case string:
		t.ID = clean(id)
	case float64:
		t.ID = fmt.Sprintf("%.0f", id)
	}
	for i, m := range d.Messages {
		role, ok := roles[strings.ToLower(m.Role)]
		switch {
		case !ok:
			return Thread{}, triage.Errorf(triage.Invalid, "messages[%d].role is %q; use customer, agent or system", i, cut(m.Role, 40))
		case m.Text == nil && len(m.Attachments) == 0:
			return Thread{}, triage.Errorf(triage.Invalid, "messages[%d].text is missing", i)
		}
		out := triage.Message{ID: fmt.Sprintf("m%d", i+1), Seq: int64(i + 1), Role: role, Channel: triage.Channel(or(m.Channel, d.Channel)), Attachments: m.Attachments}
		if m.Text != nil {
			out.Text = clean(*m.Text)
		}
		if m.SentAt != "" {
			if at, err := time.Parse(time.RFC3339, m.SentAt); err == nil {
				out.SentAt = at
			}
		}
		t.Messages = append(t.Messages, out)
		t.By = append(t.By, Writer{Agent: clean(m.Agent), Tier: clean(or(m.Tier, m.Group))})
	}
	t.LastSeq = int64(len(t.Messages))
	return t, nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// clean is a text without NUL, in valid UTF-8.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", " "), "\uFFFD")
}

// cut shortens a text for a message to at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
