package channel

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"readback/store"
	"readback/triage"
)

// mboxPast reads an mbox file: mails one after the other, each behind a line
// that begins with "From " (RFC 4155), which is escaped with ">" where it
// stands in a text. Mails that answer each other are one ticket.
type mboxPast struct {
	agents []string
	root   map[uint64]string // the thread of a mail that is an answer, by its Message-ID
}

// mostThreaded bounds the answers that are remembered; those beyond are threaded by their References alone.
const mostThreaded = 500_000

// rawMail is how much of a mail is kept as it came; of a longer one its beginning.
const rawMail = 1 << 20

func (x *mboxPast) mails(s *sink, name string, in *bufio.Reader) {
	var mail []byte
	line, begun, n := 0, 0, 0
	blank, over := true, false
	end := func() {
		if begun > 0 && len(bytes.TrimSpace(mail)) > 0 {
			n++
			place := fmt.Sprintf("mail %d, line %d", n, begun)
			if over {
				s.bad(name, place, mail, "the mail is over the limit of %d MiB", MaxMail>>20)
			} else {
				x.one(s, name, place, mail)
			}
		}
		mail, over = mail[:0], false
	}
	for s.err == nil {
		text, tooLong, err := readExportLine(in, MaxMail)
		line++
		switch {
		case blank && fromLine.Match(text) && separates(in):
			end()
			begun = line
		case begun == 0 && len(text) > 0:
			begun = line
			fallthrough
		default:
			if tooLong || len(mail)+len(text) > MaxMail {
				over = true
			}
			if !over {
				if rest := bytes.TrimLeft(text, ">"); len(rest) < len(text) && bytes.HasPrefix(rest, []byte("From ")) {
					text = text[1:]
				}
				mail = append(append(mail, text...), '\n')
			}
		}
		blank = len(text) == 0
		if err != nil {
			break
		}
	}
	end()
}

// fromLine begins a mail: a sender and mostly a time.
var fromLine = regexp.MustCompile(`^From (\S+ *$|.*\d\d:\d\d)`)

// separates reports whether a header follows: a line of a text that begins
// with "From " has other words behind it.
func separates(in *bufio.Reader) bool {
	next, _ := in.Peek(200)
	next, _, _ = bytes.Cut(next, []byte("\n"))
	name, _, found := bytes.Cut(next, []byte(":"))
	return found && len(name) > 0 && !bytes.ContainsAny(name, " \t<>()")
}

// one gives one mail.
func (x *mboxPast) one(s *sink, name, place string, raw []byte) {
	m, err := ReadMail(raw)
	switch {
	case err != nil:
		s.bad(name, place, raw, "%s", triage.MessageOf(err))
		return
	case m.Unread != "":
		s.bad(name, place, raw, "%s", m.Unread)
		return
	}
	msg := m.Messages[0]
	if msg.Text = strings.TrimSpace(msg.Text); msg.Text == "" && len(msg.Attachments) == 0 {
		s.bad(name, place, raw, "the mail has no text")
		return
	}
	id := m.MessageID
	if id == "" {
		id = contentKey(string(raw))
	}
	t := store.PastTicket{Key: x.thread(&m, id), Subject: m.Subject, Customer: m.Customer, Raw: bytes.Clone(raw[:min(len(raw), rawMail)]), RawType: "message/rfc822"}
	if labels := m.head.text("X-Gmail-Labels"); labels != "" {
		for label := range strings.SplitSeq(labels, ",") {
			t.Tags = append(t.Tags, strings.TrimSpace(label))
		}
	}
	past := store.PastMessage{Message: msg, Key: id, MailIDs: append([]string{m.MessageID}, m.Answers...)}
	if slices.ContainsFunc(m.Froms, x.isAgent) {
		past.Role, past.Agent = triage.RoleAgent, clean(first(m.Customer.Name, m.Customer.Email))
		t.Customer = triage.Customer{}
		for _, to := range m.To {
			if !x.isAgent(to) {
				t.Customer.Email = clean(to)
				break
			}
		}
	}
	t.Messages = []store.PastMessage{past}
	s.ticket(t)
}

func (x *mboxPast) isAgent(address string) bool { return isOneOf(x.agents, address) }

// isOneOf reports whether an address is in a list of addresses and domains.
func isOneOf(list []string, address string) bool {
	address = strings.ToLower(strings.TrimSpace(address))
	_, domain, _ := strings.Cut(address, "@")
	return slices.ContainsFunc(list, func(a string) bool {
		a = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(a)), "@")
		return a != "" && (a == address || a == domain)
	})
}

// thread is the key of the ticket of a mail: Gmail's own thread, the first of
// its References, the thread of the mail that it answers, or its own.
func (x *mboxPast) thread(m *Mail, id string) string {
	if thread := m.head.first("X-GM-THRID"); thread != "" {
		return "gmail/" + thread
	}
	if len(m.Answers) == 0 {
		return id
	}
	root := strings.Clone(m.Answers[0]) // the oldest that it names
	if known, ok := x.root[hashOf(root)]; ok {
		root = known
	}
	if len(x.root) < mostThreaded {
		x.root[hashOf(id)] = root
	}
	return root
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// GuessAgents finds the address that most of the first mails of an mbox went
// to, in more than a third of them: it is the desk's. "" when there is none.
func GuessAgents(f *ExportFile) (string, error) {
	in, err := f.Open()
	if err != nil {
		return "", triage.Errorf(triage.Invalid, "%s cannot be read: %v", f.Name, err)
	}
	defer in.Close()
	var broke error
	r, err := unpacked(whole{in, &broke}, &broke, false)
	if err != nil {
		return "", triage.Errorf(triage.Invalid, "%s cannot be read: %v", f.Name, err)
	}
	counts, n := map[string]int{}, 0
	var head []byte
	inHead := true
	for n < 500 {
		text, _, err := readExportLine(r, maxHeader)
		switch {
		case fromLine.Match(text) && separates(r):
			head, inHead = head[:0], true
		case inHead && len(text) == 0:
			inHead = false
			n++
			for _, to := range readHeader(head).recipients() {
				counts[strings.ToLower(to)]++
			}
		case inHead && len(head) < maxHeader:
			head = append(append(head, text...), '\n')
		}
		if err != nil {
			break
		}
	}
	best, most := "", 0
	for to, c := range counts {
		if c > most || c == most && to < best {
			best, most = to, c
		}
	}
	if most*3 <= n || n == 0 {
		return "", nil
	}
	return best, nil
}
