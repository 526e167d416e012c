package channel

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"

	"readback/store"
	"readback/triage"
)

// Columns say which column of a CSV file holds what: the header of each field.
type Columns map[string]string

// columnWords are the fields and the headers that they are known by, in small
// letters without punctuation; of several the first counts.
var columnWords = []struct {
	field string
	words []string
}{
	{"ticket", []string{"ticket id", "ticket number", "ticket", "conversation id", "conversation", "case id", "case number", "case", "thread id", "request id", "id", "number", "numer", "nr", "nummer"}},
	{"message", []string{"message id", "comment id", "reply id", "event id"}},
	{"text", []string{"text", "body", "message", "comment", "content", "message body", "comment body", "description", "question", "request", "treść", "wiadomość", "opis", "nachricht", "beschreibung", "texto", "mensaje", "message text"}},
	{"answer", []string{"answer", "reply", "response", "resolution", "solution", "agent reply", "odpowiedź", "rozwiązanie", "antwort", "lösung", "respuesta"}},
	{"subject", []string{"subject", "title", "summary", "temat", "tytuł", "betreff", "titel", "asunto"}},
	{"at", []string{"sent at", "created at", "created", "created date", "date", "timestamp", "time", "date created", "creation date", "data", "utworzono", "datum", "erstellt", "fecha"}},
	{"answered", []string{"answered at", "replied at", "solved at", "resolved at", "closed at", "solved", "resolved date"}},
	{"role", []string{"role", "author role", "author type", "sender type", "direction", "message type", "type of author", "rola", "rolle", "rol"}},
	{"author", []string{"author", "author name", "author email", "from", "sender", "sender name", "written by", "autor", "absender"}},
	{"email", []string{"customer email", "requester email", "contact email", "email", "e mail", "mail", "user email", "email address"}},
	{"name", []string{"customer name", "requester name", "requester", "customer", "contact name", "contact", "klient", "kunde", "cliente"}},
	{"account", []string{"account id", "account", "customer id", "konto"}},
	{"agent", []string{"agent", "agent name", "assignee", "assignee name", "assigned to", "owner", "konsultant", "bearbeiter", "agente"}},
	{"team", []string{"group", "team", "tier", "queue", "department", "grupa", "zespół", "gruppe"}},
	{"tags", []string{"tags", "labels", "tagi", "etykiety", "schlagworte"}},
	{"state", []string{"status", "state", "stan", "zustand", "estado"}},
	{"channel", []string{"channel", "via", "kanał", "kanal"}},
}

// ColumnFields are the fields that a mapping may name.
func ColumnFields() (out []string) {
	for _, c := range columnWords {
		out = append(out, c.field)
	}
	return out
}

// ParseColumns reads a mapping: text=Body,ticket=Case Number. A field with "-"
// is in no column. Errors: Invalid.
func ParseColumns(text string) (Columns, error) {
	out := Columns{}
	for part := range strings.SplitSeq(text, ",") {
		field, header, found := strings.Cut(part, "=")
		field, header = strings.TrimSpace(field), strings.TrimSpace(header)
		switch {
		case strings.TrimSpace(part) == "":
		case !found || header == "":
			return nil, triage.Errorf(triage.Invalid, "the mapping %q is no FIELD=COLUMN, such as text=Body", part)
		case !slices.Contains(ColumnFields(), field):
			return nil, triage.Errorf(triage.Invalid, "the mapping names a field %q; there are %s", field, strings.Join(ColumnFields(), ", "))
		default:
			out[field] = header
		}
	}
	return out, nil
}

// guess completes a mapping from the headers of a file: no header is used
// twice. Errors: Invalid when a named header is not there, or nothing can be
// the text.
func (m Columns) guess(headers []string) (Columns, error) {
	out := Columns{}
	used := map[string]bool{}
	for field, header := range m {
		if header == "-" {
			continue
		}
		i := slices.IndexFunc(headers, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), header) })
		if i < 0 {
			return nil, triage.Errorf(triage.Invalid, "there is no column %q; there are: %s", header, strings.Join(headers, ", "))
		}
		out[field], used[headers[i]] = headers[i], true
	}
	for _, c := range columnWords {
		if _, said := m[c.field]; said {
			continue
		}
		for _, word := range c.words {
			i := slices.IndexFunc(headers, func(h string) bool { return !used[h] && plainTitle(h) == word })
			if i >= 0 {
				out[c.field], used[headers[i]] = headers[i], true
				break
			}
		}
	}
	if out["text"] == "" && out["answer"] == "" {
		return nil, triage.Errorf(triage.Invalid, "no column looks like the text of a message; name it by the mapping text=COLUMN. There are: %s", strings.Join(headers, ", "))
	}
	return out, nil
}

// plainTitle is a header in small letters with single spaces.
func plainTitle(h string) string {
	h = strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-./:#()[]", r) {
			return ' '
		}
		return r
	}, strings.ReplaceAll(h, "\ufeff", "")))
	return strings.Join(strings.Fields(h), " ")
}

// String is the mapping as it can be said: text=Body,ticket=Id.
func (m Columns) String() string {
	var out []string
	for _, field := range ColumnFields() {
		if m[field] != "" {
			out = append(out, field+"="+m[field])
		}
	}
	return strings.Join(out, ",")
}

// GuessColumns reads the headers of a CSV file and completes the mapping said.
// Errors: Invalid, naming the headers.
func GuessColumns(f *ExportFile, said Columns) (Columns, error) {
	in, err := f.Open()
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s cannot be read: %v", f.Name, err)
	}
	defer in.Close()
	var broke error
	r, err := unpacked(whole{in, &broke}, &broke, true)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s cannot be read: %v", f.Name, err)
	}
	t := newTable(r)
	headers, _, err := t.next(0)
	if err != nil || len(headers) == 0 {
		return nil, triage.Errorf(triage.Invalid, "%s has no row of headers", f.Name)
	}
	m, err := said.guess(headers)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s: %s", f.Name, triage.MessageOf(err))
	}
	return m, nil
}

// csvPast reads tables: a row for each message, or for each ticket with its
// answer beside it.
type csvPast struct {
	columns Columns
	agents  []string
	first   map[uint64]uint64 // who wrote first in a ticket, while there is no role
}

// A table gives the rows of a CSV file: RFC 4180, with the delimiter that its
// first lines tell. A quotation mark too many costs its own line, not the rest
// of the file.
type table struct {
	in      *bufio.Reader
	comma   rune
	line    int      // of the next row
	waiting [][]byte // lines that were read and not used
}

// mostRowLines bounds how far the end of a quoted field is looked for.
const mostRowLines = 5000

func newTable(in *bufio.Reader) *table {
	head, _ := in.Peek(32 << 10)
	counts := map[rune]int{}
	quoted, lines := false, 0
	for _, b := range head {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n':
			lines++
		case lines == 0 && strings.ContainsRune(",;\t|", rune(b)):
			counts[rune(b)]++
		}
	}
	comma := ','
	for _, c := range ";\t|" {
		if counts[c] > counts[comma] {
			comma = c
		}
	}
	return &table{in: in, comma: comma, line: 1}
}

func (t *table) read() ([]byte, error) {
	if len(t.waiting) > 0 {
		line := t.waiting[0]
		t.waiting = t.waiting[1:]
		return line, nil
	}
	line, tooLong, err := readExportLine(t.in, maxRecord)
	if tooLong {
		return nil, errTooLong
	}
	if err != nil && len(line) == 0 {
		return nil, err
	}
	return bytes.Clone(line), nil
}

var (
	errTooLong = fmt.Errorf("the row is over the limit of %d MiB", maxRecord>>20)
	errBadRow  = fmt.Errorf("the row has not as many fields as the first one, or a quotation mark that has no end")
)

// next returns a row of so many fields (0 = any number), and what stood there.
// Errors: errTooLong and errBadRow for a row that can be passed over; io.EOF.
func (t *table) next(fields int) (row []string, raw []byte, err error) {
	first, err := t.read()
	t.line++
	if err != nil {
		return nil, nil, err
	}
	if len(bytes.TrimSpace(first)) == 0 {
		return nil, nil, nil
	}
	raw = first
	var more [][]byte
	size := len(first)
	for bytes.Count(raw, []byte{'"'})%2 == 1 && len(more) < mostRowLines && size < maxRecord/4 {
		line, err := t.read()
		if err != nil {
			break
		}
		more, size = append(more, line), size+len(line)
		if bytes.Count(line, []byte{'"'})%2 == 1 {
			raw = bytes.Join(append([][]byte{first}, more...), []byte{'\n'})
		}
	}
	row, err = t.fields(raw, len(more) > 0)
	if err == nil && (fields == 0 || len(row) == fields) && bytes.Count(raw, []byte{'"'})%2 == 0 {
		t.line += len(more)
		return row, raw, nil
	}
	t.waiting = append(more, t.waiting...) // the first line alone is bad, or not even that
	if row, err = t.fields(bytes.ReplaceAll(first, []byte{'"'}, nil), false); err == nil && len(row) == fields && fields > 1 {
		return row, first, nil
	}
	return nil, first, errBadRow
}

// fields cuts a row; where it has several lines its quotation marks must be right.
func (t *table) fields(raw []byte, strict bool) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(utf8Text(raw)))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = t.comma, !strict, -1
	return r.Read()
}

// rows gives the tickets of a table; rows of one ticket that follow each other go together.
func (c *csvPast) rows(s *sink, name string, in *bufio.Reader) {
	t := newTable(in)
	headers, raw, err := t.next(0)
	if err != nil {
		if in.Buffered() > 0 || len(raw) > 0 {
			s.bad(name, "line 1", raw, "%v", err)
		}
		return
	}
	columns, err := c.columns.guess(headers)
	if err != nil {
		s.bad(name, "line 1", nil, "%s", triage.MessageOf(err))
		return
	}
	index := map[string]int{}
	for field, header := range columns {
		index[field] = slices.Index(headers, header)
	}
	var open *store.PastTicket
	give := func() {
		if open != nil {
			s.ticket(*open)
			open = nil
		}
	}
	for s.err == nil {
		place := fmt.Sprintf("line %d", t.line)
		row, raw, err := t.next(len(headers))
		switch {
		case err == nil && row == nil:
			continue
		case err == errTooLong || err == errBadRow:
			s.bad(name, place, raw, "%v", err)
			continue
		case err != nil:
			give()
			return
		}
		part, err := c.row(row, index, raw)
		if err != nil {
			s.bad(name, place, raw, "%s", triage.MessageOf(err))
			continue
		}
		if open != nil && open.Key == part.Key && len(open.Messages) < 500 {
			open.Messages, open.Raw = append(open.Messages, part.Messages...), append(append(open.Raw, '\n'), part.Raw...)
			continue
		}
		give()
		open = &part
	}
	give()
}

// row is the part of a ticket that a row holds.
func (c *csvPast) row(row []string, index map[string]int, raw []byte) (t store.PastTicket, err error) {
	field := func(name string) string {
		if i, ok := index[name]; ok {
			return strings.TrimSpace(clean(row[i]))
		}
		return ""
	}
	text, answer := exportText(field("text")), exportText(field("answer"))
	if text == "" && answer == "" {
		return t, triage.Errorf(triage.Invalid, "there is no text in it")
	}
	t = store.PastTicket{Key: field("ticket"), Subject: field("subject"), Customer: triage.Customer{Email: field("email"), Name: field("name"), AccountID: field("account")},
		State: field("state"), Solved: isSolved(field("state")), Team: field("team"), Assignee: field("agent"), Raw: bytes.Clone(raw), RawType: "text/csv"}
	if t.Key == "" {
		t.Key = contentKey(field("at"), field("email"), t.Subject, text)
	}
	if tags := field("tags"); tags != "" {
		t.Tags = strings.FieldsFunc(tags, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '|' })
	}
	channel := triage.ChannelEmail
	if via := strings.ToLower(field("channel")); strings.Contains(via, "chat") || zendeskChannel(via) == triage.ChannelChat {
		channel = triage.ChannelChat
	}
	add := func(text, key string, role triage.Role, at string) {
		m := store.PastMessage{Message: triage.Message{Role: role, Channel: channel, Identity: triage.IdentityClaimed, Text: text, SentAt: pastTime(at)}, Key: key}
		if role == triage.RoleAgent {
			m.Agent, m.Team = first(agentOf(field("author"), &t.Customer), field("agent")), field("team")
		}
		t.Messages = append(t.Messages, m)
	}
	if text != "" {
		role, err := c.role(t.Key, field, index)
		if err != nil {
			return t, err
		}
		key := field("message")
		if key == "" {
			key = contentKey(t.Key, field("at"), field("author"), text)
		}
		add(text, key, role, field("at"))
	}
	if answer != "" {
		add(answer, contentKey(t.Key, "answer", answer), triage.RoleAgent, first(field("answered"), field("at")))
	}
	return t, nil
}

// agentOf is the author of an answer, unless that is the customer.
func agentOf(author string, c *triage.Customer) string {
	if strings.EqualFold(author, c.Email) || strings.EqualFold(author, c.Name) {
		return ""
	}
	return author
}

// role says who wrote a row: by its role, by its author's address or name, or
// else by who wrote first in the ticket.
func (c *csvPast) role(ticket string, field func(string) string, index map[string]int) (triage.Role, error) {
	author := field("author")
	if word := strings.ToLower(field("role")); word != "" {
		if role, ok := pastRoles[word]; ok {
			return role, nil
		}
		return "", triage.Errorf(triage.Invalid, "the role is none that is known; there are %s", strings.Join(slices.Sorted(maps.Keys(pastRoles)), ", "))
	}
	_, hasAuthor := index["author"]
	switch {
	case !hasAuthor || author == "", strings.EqualFold(author, field("email")), strings.EqualFold(author, field("name")):
		return triage.RoleCustomer, nil
	case isOneOf(c.agents, author), strings.EqualFold(author, field("agent")):
		return triage.RoleAgent, nil
	case len(c.agents) > 0 && strings.Contains(author, "@"):
		return triage.RoleCustomer, nil
	}
	who, known := c.first[hashOf(ticket)]
	if !known {
		if len(c.first) < mostThreaded {
			c.first[hashOf(ticket)] = hashOf(strings.ToLower(author))
		}
		return triage.RoleCustomer, nil
	}
	if who == hashOf(strings.ToLower(author)) {
		return triage.RoleCustomer, nil
	}
	return triage.RoleAgent, nil
}
