package channel

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"readback/store"
	"readback/triage"
)

// ExportFormats are the kinds of exports that can be read.
var ExportFormats = []string{KindZendesk, KindChatwoot, "csv", "mbox", "jsonl"}

// ExportFile is a file of an export. It is opened once for each pass.
type ExportFile struct {
	Name string // without folders; it stands in lists of what was not understood
	Size int64  // bytes; 0 = not known
	Open func() (io.ReadCloser, error)
}

// Export is what another desk gave out of past tickets. Its files are read in
// their order and in bounded memory, whatever their size: one record (at most
// maxRecord) at a time, and besides it some bytes for each ticket and agent.
type Export struct {
	Format string       // one of ExportFormats
	Files  []ExportFile //
	Map    Columns      // of a CSV file, by Guess where nobody said; other formats have none
	Agents []string     // addresses and domains whose mail is the desk's: mbox and CSV
	// Progress is told now and then how many bytes of how many were read, over
	// all passes; nil = nobody.
	Progress func(done, of int64)

	read atomic.Int64
	of   int64
}

// Limits of one record of an export, and of what is kept of one that was not
// understood, in bytes.
const (
	maxRecord = 32 << 20
	keptFault = 64 << 10
)

// sink is where a reader of a format puts what it finds.
type sink struct {
	ctx   context.Context
	give  func(store.PastTicket) error
	fault func(store.ImportFault)
	notes func(int) // internal notes and notices that were left out
	err   error     // of give; nothing is given after it
	quiet bool      // what is read again was listed before
}

func (s *sink) ticket(t store.PastTicket) {
	if s.err == nil {
		if s.err = s.ctx.Err(); s.err == nil {
			s.err = s.give(t)
		}
	}
}

func (s *sink) bad(file, place string, raw []byte, format string, args ...any) {
	if s.quiet {
		return
	}
	s.fault(store.ImportFault{File: file, Place: place, Reason: fmt.Sprintf(format, args...), Raw: bytes.Clone(raw[:min(len(raw), keptFault)])})
}

// passes are what a format reads its files for, one after the other; each has
// its own function for a file.
func (e *Export) passes() ([]func(s *sink, name string, in *bufio.Reader), error) {
	switch e.Format {
	case KindZendesk:
		z := &zendeskPast{users: map[string]zendeskUser{}, groups: map[string]string{}, requester: map[string]string{}, commented: map[string]bool{}}
		return []func(*sink, string, *bufio.Reader){z.survey, z.tickets, z.heads}, nil
	case KindChatwoot:
		c := &chatwootPast{}
		return []func(*sink, string, *bufio.Reader){c.conversations, c.heads}, nil
	case "csv":
		c := &csvPast{columns: e.Map, agents: e.Agents, first: map[uint64]uint64{}}
		return []func(*sink, string, *bufio.Reader){c.rows}, nil
	case "mbox":
		m := &mboxPast{agents: e.Agents, root: map[uint64]string{}}
		return []func(*sink, string, *bufio.Reader){m.mails}, nil
	case "jsonl":
		return []func(*sink, string, *bufio.Reader){readPastLines}, nil
	}
	return nil, triage.Errorf(triage.Invalid, "the format %q is none of %s", e.Format, strings.Join(ExportFormats, ", "))
}

// Read calls give with each ticket, or part of one, and fault with each record
// that was not understood; notes counts what is left out on purpose. It ends
// with the first error of give. Errors: Invalid for an unknown format or a file
// that cannot be opened.
func (e *Export) Read(ctx context.Context, give func(store.PastTicket) error, fault func(store.ImportFault), notes func(int)) error {
	passes, err := e.passes()
	if err != nil {
		return err
	}
	e.read.Store(0)
	e.of = 0
	for i := range e.Files {
		e.of += e.Files[i].Size * int64(len(passes))
	}
	s := &sink{ctx: ctx, give: give, fault: fault, notes: notes}
	for n, pass := range passes {
		for i := range e.Files {
			if s.err == nil {
				s.err = e.file(s, &e.Files[i], n == 0, pass)
			}
		}
	}
	if s.err == nil && e.Progress != nil {
		e.Progress(max(e.of, e.read.Load()), max(e.of, e.read.Load()))
	}
	return s.err
}

// file reads one file once. What is wrong with the file as such is listed in
// the first pass only.
func (e *Export) file(s *sink, f *ExportFile, first bool, pass func(*sink, string, *bufio.Reader)) error {
	in, err := f.Open()
	if err != nil {
		return triage.Errorf(triage.Invalid, "%s cannot be read: %v", f.Name, err)
	}
	defer in.Close()
	var broke error // what a file breaks off with
	r, err := unpacked(whole{&counting{Reader: in, e: e, ctx: s.ctx}, &broke}, &broke, e.Format != "mbox")
	switch {
	case err != nil && first:
		s.bad(f.Name, "", nil, "%v", err)
		return nil
	case err != nil:
		return nil
	}
	if _, err := r.Peek(1); first && errors.Is(err, io.EOF) && broke == nil {
		s.bad(f.Name, "", nil, "the file is empty")
	}
	pass(s, f.Name, r)
	switch {
	case s.err != nil:
		return s.err
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case broke != nil && first:
		s.bad(f.Name, "", nil, "the file breaks off here: %v", broke)
	}
	return nil
}

// counting tells how much of a file was read.
type counting struct {
	io.Reader
	e    *Export
	ctx  context.Context
	told time.Time
}

func (c *counting) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.Reader.Read(p)
	done := c.e.read.Add(int64(n))
	if now := time.Now(); c.e.Progress != nil && now.Sub(c.told) > 200*time.Millisecond {
		c.told = now
		c.e.Progress(done, max(done, c.e.of))
	}
	return n, err
}

// whole hides the error that a file breaks off with: what was read before it counts.
type whole struct {
	io.Reader
	broke *error
}

func (w whole) Read(p []byte) (int, error) {
	if *w.broke != nil {
		return 0, io.EOF
	}
	n, err := w.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		*w.broke, err = err, io.EOF
	}
	return n, err
}

// unpacked reads a file unpacked and, where text is asked for, as UTF-8: by
// its byte order mark, or by the zero bytes that UTF-16 has without one.
func unpacked(in io.Reader, broke *error, text bool) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(in, 256<<10)
	if magic, _ := r.Peek(4); bytes.HasPrefix(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("it is no whole gzip file: %w", err)
		}
		r = bufio.NewReaderSize(whole{z, broke}, 256<<10)
	} else if bytes.HasPrefix(magic, []byte("PK\x03\x04")) {
		return nil, errors.New("it is a ZIP archive; unpack it first")
	}
	if !text {
		return r, nil
	}
	head, _ := r.Peek(4096)
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return bufio.NewReaderSize(transform.NewReader(r, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewDecoder()), 256<<10), nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}), zeros(head, 1):
		return bufio.NewReaderSize(transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), 256<<10), nil
	case zeros(head, 0):
		return bufio.NewReaderSize(transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()), 256<<10), nil
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = r.Discard(3) // peeked
	}
	return r, nil
}

// zeros reports whether nearly every second byte is zero, from the given one on.
func zeros(head []byte, from int) bool {
	n := 0
	for i := from; i < len(head); i += 2 {
		if head[i] == 0 {
			n++
		}
	}
	return len(head) >= 8 && n*5 >= len(head)/2*4
}

// utf8Text repairs bytes that are no UTF-8: each that is none is taken for
// Windows-1252, the usual stray.
func utf8Text(raw []byte) []byte {
	if utf8.Valid(raw) {
		return raw
	}
	return []byte(mixedUTF8(raw))
}

// exportText is the text of a message of an export: HTML becomes words.
func exportText(text string) string {
	text = clean(text)
	if looksLikeHTML(text) {
		if words := htmlText(text[:min(len(text), maxText)]); words != "" {
			return words
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// looksLikeHTML reports whether a text is a page rather than words about one.
func looksLikeHTML(text string) bool {
	head := strings.ToLower(text[:min(len(text), 64<<10)])
	if !strings.HasPrefix(strings.TrimSpace(head), "<") {
		return strings.Contains(head, "<br>") || strings.Contains(head, "<br/>") || strings.Contains(head, "<br />") || strings.Contains(head, "</p>")
	}
	return slices.ContainsFunc([]string{"</div>", "</p>", "<br", "</span>", "</html>", "</body>", "</table>", "<!--"}, func(tag string) bool { return strings.Contains(head, tag) })
}

// pastForms are times as exports write them.
var pastForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05.999999", "2006-01-02 15:04",
	time.RFC1123Z, time.RFC1123, "02.01.2006 15:04:05", "02.01.2006 15:04", "2006/01/02 15:04:05", "2006/01/02 15:04", "Jan 2, 2006 3:04 PM", "2 Jan 2006 15:04", time.DateOnly, "02.01.2006", "2006/01/02"}

// pastTime reads a time; zero when it is none. Days before months, as in
// 03/04/2026, cannot be told from the American order, so such dates are none.
func pastTime(text string) time.Time {
	text = strings.TrimSpace(text)
	if allDigits(text) && len(text) >= 9 && len(text) <= 13 {
		var n int64
		_, _ = fmt.Sscan(text, &n)
		if len(text) >= 12 {
			return time.UnixMilli(n).UTC()
		}
		return time.Unix(n, 0).UTC()
	}
	for _, form := range pastForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// pastRoles are what exports call the writers.
var pastRoles = map[string]triage.Role{"customer": triage.RoleCustomer, "user": triage.RoleCustomer, "end-user": triage.RoleCustomer, "end user": triage.RoleCustomer, "requester": triage.RoleCustomer,
	"contact": triage.RoleCustomer, "client": triage.RoleCustomer, "incoming": triage.RoleCustomer, "inbound": triage.RoleCustomer, "in": triage.RoleCustomer, "visitor": triage.RoleCustomer, "lead": triage.RoleCustomer,
	"agent": triage.RoleAgent, "admin": triage.RoleAgent, "staff": triage.RoleAgent, "support": triage.RoleAgent, "operator": triage.RoleAgent, "outgoing": triage.RoleAgent, "outbound": triage.RoleAgent, "out": triage.RoleAgent,
	"teammate": triage.RoleAgent, "system": triage.RoleSystem, "bot": triage.RoleSystem, "automation": triage.RoleSystem, "trigger": triage.RoleSystem}

// solvedWords are the words of desks for a ticket that is done.
var solvedWords = []string{"solved", "closed", "resolved", "done", "completed", "complete", "answered", "rozwiązane", "zamknięte", "gelöst", "geschlossen"}

func isSolved(state string) bool {
	return slices.Contains(solvedWords, strings.ToLower(strings.TrimSpace(state)))
}
