package channel

import (
	"bytes"
	"net/mail"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"readback/triage"
)

// Limits of one mail. enmime reads every byte once for each level of multipart
// nesting, and past some 13 levels that no delimiter ends its time doubles
// with each (measured on v2.3.0: 50 KB at depth 24 take 22 s). Ordinary mail
// has two or three levels.
const (
	MaxMail      = 25 << 20  // bytes
	maxMailWork  = 128 << 20 // bytes times declared boundaries
	maxBoundary  = 200       // bytes; RFC 2046 allows 70
	maxDeclared  = 12        // boundary parameters
	maxPartLines = 2000      // lines that begin with --
	maxHeader    = 1 << 20   // bytes of the first header block
)

var mailParser = enmime.NewParser(
	enmime.DisableTextConversion(true), // htmlText is linear, and ours to choose
	enmime.MaxStoredPartErrors(20),
	enmime.SetReadPartErrorPolicy(enmime.AllowCorruptTextPartErrorPolicy),
)

// ParseMail reads one RFC 5322 message: the plain text part, or else its HTML
// as text; attachments by name, media type and size. The From header is a
// claimed identity. Errors: TooLarge above MaxMail; Invalid when it is not a
// message or is built to stall a parser.
func ParseMail(raw []byte) (Input, error) {
	if err := scanMail(raw); err != nil {
		return Input{}, err
	}
	env, err := mailParser.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		return Input{}, triage.Errorf(triage.Invalid, "this is neither a JSON object nor an email message (RFC 5322) that can be read")
	}
	if env.GetHeader("From") == "" && env.GetHeader("Date") == "" && env.GetHeader("Message-ID") == "" {
		return Input{}, triage.Errorf(triage.Invalid, "this is neither a JSON object nor an email message: it has no From, Date or Message-ID header")
	}
	text := env.Text
	if strings.TrimSpace(text) == "" && env.HTML != "" {
		text = htmlText(env.HTML)
	}
	m := triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityNone,
		Text: clean(strings.ReplaceAll(text, "\r\n", "\n")), ExternalID: clean(strings.Trim(env.GetHeader("Message-ID"), "<> \t"))}
	in := Input{Subject: clean(env.GetHeader("Subject")), Channel: triage.ChannelEmail, Identity: triage.IdentityNone}
	if from := sender(env); from != nil {
		in.Customer = triage.Customer{Email: clean(from.Address), Name: clean(from.Name)}
		in.Identity, m.Identity = triage.IdentityClaimed, triage.IdentityClaimed
	}
	if at, err := env.Date(); err == nil {
		m.SentAt = at.UTC()
	}
	for _, list := range [][]*enmime.Part{env.Attachments, env.Inlines, env.OtherParts} {
		for _, p := range list {
			m.Attachments = append(m.Attachments, triage.Attachment{Name: clean(p.FileName), Type: clean(p.ContentType), Size: int64(len(p.Content))})
		}
	}
	in.Messages = []triage.Message{m}
	return in, nil
}

func sender(env *enmime.Envelope) *mail.Address {
	list, err := env.AddressList("From")
	if err != nil || len(list) == 0 || list[0].Address == "" {
		return nil
	}
	return list[0]
}

// scanMail refuses, in one linear pass, what would make the parser slow.
func scanMail(raw []byte) error {
	if len(raw) > MaxMail {
		return triage.Errorf(triage.TooLarge, "the message has %d bytes; the limit is %d", len(raw), MaxMail)
	}
	if headerEnd(raw) > maxHeader {
		return triage.Errorf(triage.Invalid, "the header of the message is over %d bytes", maxHeader)
	}
	declared, parts, at := 0, 0, 0 // at: offset of the line
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(line, []byte("--")) {
			parts++
			at += len(line)
			continue
		}
		for rest := line; ; {
			i := indexFold(rest, "boundary")
			if i < 0 {
				break
			}
			rest = rest[i+len("boundary"):]
			// White space may stand before the sign, a line break included, and
			// RFC 2231 marks after the name: boundary*0*=.
			value := bytes.TrimLeft(raw[at+len(line)-len(rest):], "*0123456789 \t\r\n")
			if len(value) == 0 || value[0] != '=' {
				continue
			}
			declared++
			value = bytes.TrimLeft(value[1:], " \t\r\n")
			if len(value) > maxBoundary && !bytes.ContainsAny(value[:maxBoundary], "; \t\r\n\"") {
				return triage.Errorf(triage.Invalid, "the message has a MIME boundary over %d bytes", maxBoundary)
			}
		}
		at += len(line)
	}
	if declared > maxDeclared || parts > maxPartLines || len(raw)*(declared+1) > maxMailWork {
		return triage.Errorf(triage.Invalid, "the message nests too many MIME parts (%d boundaries, %d delimiters)", declared, parts)
	}
	return nil
}

// headerEnd returns the offset of the empty line after the header block, or
// the length when there is none.
func headerEnd(raw []byte) int {
	end := len(raw)
	for _, sep := range []string{"\n\n", "\n\r\n"} {
		if i := bytes.Index(raw[:end], []byte(sep)); i >= 0 {
			end = i
		}
	}
	return end
}

// indexFold finds the lower-case ASCII word in s whatever the case of s.
func indexFold(s []byte, word string) int {
	for from := 0; ; {
		i := bytes.IndexAny(s[from:], "bB")
		if i < 0 {
			return -1
		}
		if from += i; len(s)-from >= len(word) && strings.EqualFold(string(s[from:from+len(word)]), word) {
			return from
		}
		from++
	}
}
