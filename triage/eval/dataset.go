// Package eval measures extractors on labelled tickets: it reads datasets,
// runs tickets through a triage, and scores what the product would store.
// docs/eval.md defines format and metrics.
package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"readback/triage"
)

// maxLine bounds one line of a dataset, in bytes.
const maxLine = 32 << 20

// Ticket is one ticket of a dataset with what is known of it. What nobody
// labelled is not scored.
type Ticket struct {
	ID     string
	Where  string // file and line, for people
	Ticket triage.Ticket

	Claims      bool   // Done is labelled whole, and NotDone; else only that NotDone is not done
	Done        []Done // what the customer says they carried out
	NotDone     []Span // what looks like it and is not
	Docs        bool   // Documents is labelled
	Documents   []Span
	Env         bool // Environment is labelled
	Environment []Value
	Language    *string // ISO 639-1
	NeedsStaff  *bool
	Effort      *triage.Effort
	Expect      Expect
}

// Span is a half-open range of bytes in a message, numbered from 1.
type Span struct {
	Message int `json:"message"`
	Start   int `json:"start"`
	End     int `json:"end"`
}

// Done is one labelled claim.
type Done struct {
	Span
	State triage.ClaimState // done or failed
}

// Value is a part of the customer's environment.
type Value struct{ Kind, Value string }

// Expect is where a ticket of a workspace should end. A nil pointer is not
// scored; a pointer to "" expects none.
type Expect struct {
	Action    triage.Action // "" = not scored
	Tier      string        // "" = not scored
	Procedure *string
	NextStep  *string
}

// ParseInput makes a ticket of a triage input document.
type ParseInput func(raw []byte) (triage.Ticket, error)

// ReadLines reads a dataset of JSON Lines: on each line labelled messages, or
// an input of `readback triage` with what is expected. name is told in
// errors, which are Invalid and give the line.
func ReadLines(r io.Reader, name string, parse ParseInput) ([]Ticket, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	var out []Ticket
	seen := map[string]int{}
	n := 0
	for sc.Scan() {
		n++
		raw := sc.Bytes()
		if n == 1 {
			raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		where := fmt.Sprintf("%s:%d", name, n)
		t, err := parseLine(raw, parse)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s: %s", where, triage.MessageOf(err))
		}
		if t.ID == "" {
			t.ID = fmt.Sprintf("line-%d", n)
		}
		if first, ok := seen[t.ID]; ok {
			return nil, triage.Errorf(triage.Invalid, "%s: the id %q was used on line %d already", where, t.ID, first)
		}
		seen[t.ID] = n
		t.Where, t.Ticket.ID = where, t.ID
		out = append(out, t)
	}
	switch err := sc.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, triage.Errorf(triage.Invalid, "%s:%d: the line is over the limit of %d MiB", name, n+1, maxLine>>20)
	case err != nil:
		return nil, triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, err)
	case len(out) == 0:
		return nil, triage.Errorf(triage.Invalid, "%s holds no ticket", name)
	}
	return out, nil
}

// line is a dataset line as written.
type line struct {
	ID       string          `json:"id"`
	Channel  string          `json:"channel"`
	Messages []lineMessage   `json:"messages"`
	Input    json.RawMessage `json:"input"`
	Done     *[]lineDone     `json:"done"`
	NotDone  []linePlace     `json:"not_done_or_planned"`
	Docs     *[]linePlace    `json:"docs_consulted"`
	Env      *[]lineValue    `json:"environment"`
	Errors   []linePlace     `json:"errors"`
	Language string          `json:"language"`
	Staff    *bool           `json:"asks_staff_action"`
	Effort   string          `json:"diligence"`
	Expect   *expectation    `json:"expect"`
}

type lineMessage struct {
	N    int         `json:"n"`
	Role triage.Role `json:"role"`
	Text *string     `json:"text"`
}

type linePlace struct {
	Quote   string `json:"quote"`
	Message int    `json:"message"`
}

type lineDone struct {
	linePlace
	Status string `json:"status"`
}

type lineValue struct {
	linePlace
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

func parseLine(raw []byte, parse ParseInput) (Ticket, error) {
	var l line
	if err := decode(raw, &l); err != nil {
		return Ticket{}, err
	}
	t := Ticket{ID: l.ID, NeedsStaff: l.Staff}
	var err error
	switch input := len(l.Input) > 0 && string(l.Input) != "null"; {
	case input && l.Messages != nil:
		err = triage.Errorf(triage.Invalid, "it has both messages and input; give one of them")
	case input:
		t.Ticket, err = parse(l.Input)
		if err != nil {
			err = triage.Errorf(triage.Invalid, "input: %s", triage.MessageOf(err))
		}
	default:
		t.Ticket, err = thread(l.Channel, l.Messages)
	}
	if err != nil {
		return Ticket{}, err
	}
	if l.Language != "" {
		t.Language = &l.Language
	}
	if l.Effort != "" {
		effort, ok := efforts[l.Effort]
		if !ok {
			return Ticket{}, triage.Errorf(triage.Invalid, "diligence is %q; use exhausted, partial or not_tried", l.Effort)
		}
		t.Effort = &effort
	}
	if l.Expect != nil {
		if err := l.Expect.apply(&t); err != nil {
			return Ticket{}, err
		}
	}
	return t, t.label(&l)
}

// decode reads one JSON object of valid UTF-8; its error names the field.
func decode(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return triage.Errorf(triage.Invalid, "it is not valid UTF-8")
	}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return triage.Errorf(triage.Invalid, "it is not a JSON object")
	}
	err := json.Unmarshal(raw, into)
	if err == nil {
		return nil
	}
	var te *json.UnmarshalTypeError
	if errors.As(err, &te) {
		return triage.Errorf(triage.Invalid, "%s is of the wrong type (%s)", te.Field, te.Value)
	}
	var se *json.SyntaxError
	if errors.As(err, &se) {
		return triage.Errorf(triage.Invalid, "it is not valid JSON: %s at byte %d", se.Error(), se.Offset)
	}
	return triage.Errorf(triage.Invalid, "it cannot be read: %s", err.Error())
}

var efforts = map[string]triage.Effort{"exhausted": triage.EffortExhausted, "partial": triage.EffortPartial,
	"not_tried": triage.EffortNone, "none": triage.EffortNone}

// thread builds the ticket of labelled messages. Their texts stay as they
// are, byte for byte, but for NUL, which is stored as a space everywhere.
func thread(channel string, messages []lineMessage) (triage.Ticket, error) {
	t := triage.Ticket{Source: "dataset", Channel: triage.ChannelAPI, Identity: triage.IdentityClaimed, State: triage.StateOpen}
	if c := triage.Channel(channel); c == triage.ChannelChat || c == triage.ChannelEmail {
		t.Channel = c
	}
	if len(messages) == 0 {
		return t, triage.Errorf(triage.Invalid, "it has neither messages nor an input")
	}
	for i, m := range messages {
		switch {
		case m.N != i+1:
			return t, triage.Errorf(triage.Invalid, "messages[%d].n is %d; messages are numbered from 1", i, m.N)
		case m.Role != triage.RoleCustomer && m.Role != triage.RoleAgent && m.Role != triage.RoleSystem:
			return t, triage.Errorf(triage.Invalid, "messages[%d].role is %q; use customer or agent", i, m.Role)
		case m.Text == nil:
			return t, triage.Errorf(triage.Invalid, "messages[%d].text is missing", i)
		}
		t.Messages = append(t.Messages, triage.Message{ID: fmt.Sprintf("message-%d", i+1), Seq: int64(i + 1), Role: m.Role,
			Channel: t.Channel, Identity: triage.IdentityClaimed, Text: strings.ReplaceAll(*m.Text, "\x00", " ")})
	}
	t.LastSeq = int64(len(t.Messages))
	return t, nil
}

// label finds the labelled quotes in the ticket's messages.
func (t *Ticket) label(l *line) error {
	t.Claims, t.Docs, t.Env = l.Done != nil, l.Docs != nil, l.Env != nil
	if l.Done != nil {
		for i, d := range *l.Done {
			state, ok := map[string]triage.ClaimState{"done": triage.ClaimDone, "claimed_working": triage.ClaimDone,
				"tried_failed": triage.ClaimFailed}[d.Status]
			if !ok {
				return triage.Errorf(triage.Invalid, "done[%d].status is %q; use done, tried_failed or claimed_working", i, d.Status)
			}
			s, err := t.find(d.linePlace, "done", i)
			if err != nil {
				return err
			}
			t.Done = append(t.Done, Done{s, state})
		}
	}
	for i, p := range l.NotDone {
		s, err := t.find(p, "not_done_or_planned", i)
		if err != nil {
			return err
		}
		t.NotDone = append(t.NotDone, s)
	}
	if l.Docs != nil {
		for i, p := range *l.Docs {
			s, err := t.find(p, "docs_consulted", i)
			if err != nil {
				return err
			}
			t.Documents = append(t.Documents, s)
		}
	}
	if l.Env != nil {
		for i, v := range *l.Env {
			if v.Kind == "" || strings.TrimSpace(v.Value) == "" {
				return triage.Errorf(triage.Invalid, "environment[%d] needs a kind and a value", i)
			}
			if _, err := t.find(v.linePlace, "environment", i); err != nil {
				return err
			}
			t.Environment = append(t.Environment, Value{v.Kind, v.Value})
		}
	}
	for i, p := range l.Errors {
		if _, err := t.find(p, "errors", i); err != nil {
			return err
		}
	}
	return nil
}

// find is the first occurrence of a labelled quote in its message.
func (t *Ticket) find(p linePlace, list string, i int) (Span, error) {
	m := t.Ticket.N(p.Message)
	switch {
	case m == nil:
		return Span{}, triage.Errorf(triage.Invalid, "%s[%d].message is %d; the ticket has messages 1 to %d", list, i, p.Message, len(t.Ticket.Messages))
	case p.Quote == "":
		return Span{}, triage.Errorf(triage.Invalid, "%s[%d].quote is empty", list, i)
	}
	at := strings.Index(m.Text, strings.ReplaceAll(p.Quote, "\x00", " "))
	if at < 0 {
		return Span{}, triage.Errorf(triage.Invalid, "%s[%d].quote is not in message %d", list, i, p.Message)
	}
	return Span{p.Message, at, at + len(p.Quote)}, nil
}
