package channel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"readback/triage"
)

// record is a JSON value of an export.
type record struct {
	list  string // the key of the list that it stands in; "" at the top, or in a list there; restOfPage
	place string
	raw   []byte
}

// restOfPage is what a page has besides its lists, which are null there.
const restOfPage = "*"

// streamed are the keys of a page's lists whose records are read one by one; no
// record has a list under one of them. Other objects are read whole.
var streamed = map[string]bool{"tickets": true, "ticket_events": true, "users": true, "groups": true, "results": true, "audits": true, "conversations": true}

// jsonRecords reads JSON Lines, a list, objects one after the other, or a page
// with lists, without ever holding more than one record, and does something
// with each. After a fault it goes on where the next record seems to begin.
type jsonRecords struct {
	in   *bufio.Reader
	s    *sink
	file string
	do   func(record)
	line int // of the next byte
	n    int // records so far
}

func readJSON(s *sink, file string, in *bufio.Reader, do func(record)) {
	j := &jsonRecords{in: in, s: s, file: file, do: do, line: 1}
	if j.inLines() {
		j.lines()
		return
	}
	j.values("")
}

// inLines reports whether a file is JSON Lines: its first line is an object, or
// one of its next begins one.
func (j *jsonRecords) inLines() bool {
	head, _ := j.in.Peek(j.in.Size())
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	end := bytes.IndexByte(head, '\n')
	if end < 0 {
		return false
	}
	return json.Valid(head[:end]) || bytes.Contains(head, []byte("\n{"))
}

// lines reads one record a line: a bad line costs itself only.
func (j *jsonRecords) lines() {
	for j.s.err == nil {
		line, tooLong, err := readExportLine(j.in, maxRecord)
		place := fmt.Sprintf("line %d", j.line)
		j.line++
		switch trimmed := bytes.TrimSpace(line); {
		case tooLong:
			j.s.bad(j.file, place, nil, "the line is over the limit of %d MiB", maxRecord>>20)
		case len(trimmed) > 0:
			j.do(record{"", place, trimmed})
		}
		if err != nil {
			return
		}
	}
}

// readExportLine reads a line without its end; one over the limit is read past
// and not kept.
func readExportLine(in *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if len(line) > limit {
			line, tooLong = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), tooLong, err
		}
	}
}

// values reads what stands in a list, or at the top, to its end.
func (j *jsonRecords) values(list string) {
	for j.s.err == nil {
		b, err := j.next()
		switch {
		case err != nil:
			if list != "" {
				j.s.bad(j.file, j.place(), nil, "the list has no end")
			}
			return
		case b == ',' || b == ':':
			j.skip()
		case b == ']' || b == '}':
			j.skip()
			if list != "" {
				return
			}
		case b == '[' && list == "":
			j.skip() // a list at the top: its records are as good as those of no list
		case b == '{' && list == "":
			j.object()
		default:
			j.one(list)
		}
	}
}

func (j *jsonRecords) place() string { return fmt.Sprintf("record %d, line %d", j.n+1, j.line) }

// one reads a record and passes it on, or lists it and looks for the next in it.
func (j *jsonRecords) one(list string) {
	place := j.place()
	raw, fault := j.value(nil)
	j.n++
	switch {
	case fault == nil:
		j.do(record{list, place, raw})
	default:
		j.salvage(list, place, raw, fault)
	}
}

// object reads an object at the top: a record, or a page whose lists are read
// one record at a time.
func (j *jsonRecords) object() {
	place, page := j.place(), false
	j.skip()
	raw := []byte{'{'}
	give := func(fault error) {
		switch {
		case fault != nil:
			j.n++
			j.salvage("", place, raw, fault)
		case page:
			j.do(record{restOfPage, place, raw})
		default:
			j.n++
			j.do(record{"", place, raw})
		}
	}
	for j.s.err == nil {
		b, err := j.next()
		switch {
		case err != nil:
			give(errors.New("it has no end"))
			return
		case b == '}':
			j.skip()
			raw = append(raw, '}')
			give(nil)
			return
		case b == ']':
			j.skip()
			give(errors.New("a bracket in it closes nothing"))
			return
		case b == ',' || b == ':':
			j.skip()
			raw = append(raw, b)
			continue
		case b != '"':
			var fault error
			if raw, fault = j.value(raw); fault != nil {
				give(fault)
				return
			}
			continue
		}
		before := len(raw)
		var fault error
		if raw, fault = j.value(raw); fault == nil {
			key := string(bytes.Trim(raw[before:], `"`))
			if c, err := j.next(); err == nil && c == ':' && streamed[key] {
				j.skip()
				raw = append(raw, ':')
				if c, err = j.next(); err == nil && c == '[' {
					j.skip()
					page = true
					j.values(key)
					raw = append(raw, "null"...)
				}
			}
		}
		if fault != nil {
			give(fault)
			return
		}
	}
}

// next peeks at the next byte that is no white space.
func (j *jsonRecords) next() (byte, error) {
	for {
		b, err := j.in.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case b == '\n':
			j.line++
		case b != ' ' && b != '\t' && b != '\r' && b != 0:
			return b, j.in.UnreadByte()
		}
	}
}

func (j *jsonRecords) skip() { _, _ = j.in.ReadByte() } // next has seen it

// value appends one JSON value to raw as it stands. A line that ends within a
// string ends the value: a quotation mark is missing there.
func (j *jsonRecords) value(raw []byte) ([]byte, error) {
	v := valueScan{}
	over := false
	for {
		if _, err := j.in.Peek(1); err != nil {
			if v.bare && errors.Is(err, io.EOF) {
				return raw, nil
			}
			return raw, errors.New("it has no end")
		}
		part, _ := j.in.Peek(j.in.Buffered())
		n, end, fault := v.scan(part)
		if j.line += bytes.Count(part[:n], []byte{'\n'}); !over {
			raw = append(raw, part[:n]...)
		}
		_, _ = j.in.Discard(n) // peeked
		if len(raw) > maxRecord {
			raw, over = raw[:keptFault], true
		}
		switch {
		case fault != nil:
			return raw, fault
		case end:
			return j.limited(raw, over)
		}
	}
}

// valueScan finds the end of a JSON value that comes in parts.
type valueScan struct {
	depth         int
	text, escaped bool // within a string, behind a backslash
	bare          bool // a number or word at the top has begun
}

// scan returns how many bytes belong to the value, and whether it ends there.
func (v *valueScan) scan(part []byte) (n int, end bool, fault error) {
	for i, b := range part {
		switch {
		case v.text && b == '\n':
			return i + 1, true, errors.New("a text in it has no end")
		case v.escaped:
			v.escaped = false
		case v.text:
			if v.escaped = b == '\\'; b == '"' {
				if v.text = false; v.depth == 0 {
					return i + 1, true, nil
				}
			}
		case b == '"':
			v.text = true
		case b == '{' || b == '[':
			v.depth++
		case b == '}' || b == ']':
			if v.depth--; v.depth < 0 { // of what is around a bare value
				return i, true, nil
			}
			if v.depth == 0 {
				return i + 1, true, nil
			}
		case v.depth == 0 && (b == ',' || b == ' ' || b == '\t' || b == '\r' || b == '\n'):
			return i, true, nil
		case v.depth == 0:
			v.bare = true
		}
	}
	return len(part), false, nil
}

func (j *jsonRecords) limited(raw []byte, over bool) ([]byte, error) {
	if over {
		return raw, fmt.Errorf("it is over the limit of %d MiB", maxRecord>>20)
	}
	return raw, nil
}

// between is where a record may begin in what is broken.
var between = regexp.MustCompile(`[\]}]\s*,\s*\{\s*"`)

// maxSalvaged bounds the places that are tried in one broken record.
const maxSalvaged = 2000

// salvage lists a broken record and takes those that it swallowed: with a
// quotation mark too few, the rest of a file looks like one record.
func (j *jsonRecords) salvage(list, place string, raw []byte, fault error) {
	j.s.bad(j.file, place, raw, "%v", fault)
	end := 0
	for i, at := range between.FindAllIndex(raw, maxSalvaged) {
		start := at[0] + bytes.IndexByte(raw[at[0]:at[1]], '{')
		if start < end {
			continue
		}
		var one json.RawMessage
		d := json.NewDecoder(bytes.NewReader(raw[start:]))
		if d.Decode(&one) != nil || !bytes.Contains(one, []byte(`"id"`)) {
			continue
		}
		end = start + len(one)
		j.do(record{list, fmt.Sprintf("%s, part %d", place, i+2), one})
	}
}

// embedded are the names of our own types in the path of a field.
var embedded = regexp.MustCompile(`(zendesk|chatwoot)[A-Z]\w*\.`)

// decodeRecord reads a record by type. Control characters that stand bare in
// its texts, and bytes of another encoding, are no reason to lose it.
func decodeRecord(raw []byte, into any) error {
	raw = utf8Text(raw)
	err := json.Unmarshal(raw, into)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		if mended, changed := escapeControls(raw); changed {
			err = json.Unmarshal(mended, into)
		}
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return triage.Errorf(triage.Invalid, "%s is a %s, which it cannot be", embedded.ReplaceAllString(wrong.Field, ""), wrong.Value)
	case errors.As(err, &wrong):
		return triage.Errorf(triage.Invalid, "it is a %s, and no object", wrong.Value)
	case errors.As(err, &syntax):
		return triage.Errorf(triage.Invalid, "it is no JSON object, from byte %d on", syntax.Offset)
	}
	return triage.Errorf(triage.Invalid, "it is no JSON object that can be read")
}

// escapeControls escapes the control characters inside texts.
func escapeControls(raw []byte) ([]byte, bool) {
	out := make([]byte, 0, len(raw)+64)
	text, escaped, changed := false, false, false
	for _, b := range raw {
		switch {
		case text && b < 0x20:
			out = fmt.Appendf(out, `\u%04x`, b)
			changed, escaped = true, false
			continue
		case b < 0x20 && b != '\t' && b != '\n' && b != '\r':
			changed = true
			continue
		case escaped:
			escaped = false
		case text && b == '\\':
			escaped = true
		case b == '"':
			text = !text
		}
		out = append(out, b)
	}
	return out, changed
}
