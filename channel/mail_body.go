package channel

import (
	"bytes"
	"mime"
	"path"
	"regexp"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"readback/triage"
)

// mailBody is what a mail says and brings.
type mailBody struct {
	text  string
	files []triage.Attachment
	parts []leaf // as they stand in the mail
	kind  string // media type of the whole
}

// leaf is a part that holds no other parts.
type leaf struct {
	kind    string // media type, lower case
	name    string
	params  map[string]string
	aside   bool // said to be an attachment
	content []byte
}

// The structure is enmime's to find, behind scanMail; encodings and character
// sets are undone here, because nothing that is broken may be lost.
var mailParser = enmime.NewParser(
	enmime.RawContent(true),
	enmime.SkipMalformedParts(true),
	enmime.MultipartWOBoundaryAsSinglePart(true),
	enmime.MaxStoredPartErrors(20),
)

// maxFiles bounds the attachments of one mail that are told apart.
const maxFiles = 200

// readBody finds text and attachments. Errors: Invalid for what would stall
// the parser.
func readBody(raw []byte, h header) (mailBody, error) {
	kind, params := mediaType(h.first("Content-Type"), "text/plain")
	b := mailBody{kind: kind}
	if err := scanMail(raw, !strings.HasPrefix(kind, "text/")); err != nil {
		return b, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		content := afterHeader(raw)
		l := leafOf(kind, params, h.first("Content-Disposition"), h.first("Content-Transfer-Encoding"), content)
		b.add(l, false)
		return b, nil
	}
	root, err := mailParser.ReadParts(bytes.NewReader(raw))
	if err != nil || root.FirstChild == nil {
		b.add(leafOf("text/plain", params, "", "", afterHeader(raw)), false)
		return b, nil
	}
	b.walk(root)
	if strings.TrimSpace(b.text) == "" && len(b.files) == 0 {
		b.text = plainText(afterHeader(raw), nil) // all of it stands outside the parts
	}
	return b, nil
}

func afterHeader(raw []byte) []byte {
	rest := raw[headerEnd(raw):]
	for range 2 { // the end of the last line and the empty one
		rest = bytes.TrimPrefix(rest, []byte("\r"))
		rest = bytes.TrimPrefix(rest, []byte("\n"))
	}
	return rest
}

// walk takes the parts below p in order.
func (b *mailBody) walk(p *enmime.Part) {
	kind := strings.ToLower(p.ContentType)
	if p.FirstChild == nil {
		b.add(partLeaf(p), b.text != "")
		return
	}
	switch kind {
	case "multipart/alternative":
		b.alternative(p)
		return
	case "multipart/related":
		b.related(p)
		return
	}
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		b.walk(c)
	}
}

func partLeaf(p *enmime.Part) leaf {
	l := leafOf(strings.ToLower(p.ContentType), p.ContentTypeParams, "", p.Header.Get("Content-Transfer-Encoding"), nil)
	kind, params := mediaType(p.Header.Get("Content-Type"), "text/plain")
	if l.kind == "" {
		l.kind = kind
	}
	l.params, l.aside = params, strings.EqualFold(p.Disposition, "attachment")
	l.name = plainHeader(p.FileName)
	l.content = decodeTransfer(p.Content, p.Header.Get("Content-Transfer-Encoding"), strings.HasPrefix(l.kind, "text/"))
	return l
}

func leafOf(kind string, params map[string]string, disposition, encoding string, content []byte) leaf {
	l := leaf{kind: kind, params: params, name: params["name"], content: decodeTransfer(content, encoding, strings.HasPrefix(kind, "text/"))}
	if how, more, err := mime.ParseMediaType(disposition); err == nil || how != "" {
		l.aside = how == "attachment"
		if name := more["filename"]; name != "" {
			l.name = name
		}
	}
	l.name = plainHeader(l.name)
	return l
}

// mediaType reads a Content-Type as far as it can be read.
func mediaType(value, otherwise string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(value)
	if kind == "" || err != nil || strings.Contains(kind, " ") {
		kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(value)), ";")
		kind, _, _ = strings.Cut(strings.TrimSpace(kind), " ")
		params = looseParams(value)
	}
	if !strings.Contains(kind, "/") {
		if kind == "text" {
			return "text/plain", params
		}
		return otherwise, params
	}
	return kind, params
}

var looseParam = regexp.MustCompile(`(?i)[;\s](charset|name|format|delsp|boundary|report-type|smime-type)\s*=\s*("[^"]*"|[^;\s]+)`)

func looseParams(value string) map[string]string {
	out := map[string]string{}
	for _, m := range looseParam.FindAllStringSubmatch(value, 20) {
		out[strings.ToLower(m[1])] = strings.Trim(m[2], `"`)
	}
	return out
}

// isBody reports whether a part is text to be read, not a file.
func (l *leaf) isBody() bool {
	return !l.aside && l.name == "" && (l.kind == "text/plain" || l.kind == "text/html")
}

// words is a text part in plain words.
func (l *leaf) words() string {
	if l.kind == "text/html" {
		return htmlText(decodeHTML(l.content, l.params["charset"]))
	}
	return plainText(l.content, l.params)
}

// plainText decodes a text and gives it single line breaks.
func plainText(content []byte, params map[string]string) string {
	text := clean(strings.TrimPrefix(decodeCharset(content, params["charset"]), "\ufeff"))
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if strings.EqualFold(params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
	}
	return text
}

// add takes a part: text is put under the text before it, all else is a file.
func (b *mailBody) add(l leaf, under bool) {
	b.parts = append(b.parts, l)
	if l.isBody() {
		b.append(l.words(), under)
		return
	}
	b.file(l)
}

func (b *mailBody) append(text string, under bool) {
	if strings.TrimSpace(text) == "" {
		return
	}
	if under && !strings.HasSuffix(b.text, "\n") {
		b.text += "\n"
	}
	b.text += text
}

func (b *mailBody) file(l leaf) {
	if len(b.files) == maxFiles || len(l.content) == 0 && l.name == "" {
		return
	}
	b.files = append(b.files, triage.Attachment{Name: fileName(&l, len(b.files)+1), Type: l.kind, Size: int64(len(l.content)), Body: l.content})
}

// names that parts get which have none.
var names = map[string]string{"message/rfc822": "message.eml", "message/delivery-status": "delivery-status.txt", "text/rfc822-headers": "headers.txt",
	"text/calendar": "invitation.ics", "application/pkcs7-signature": "smime.p7s", "application/x-pkcs7-signature": "smime.p7s",
	"application/pgp-signature": "signature.asc", "application/pkcs7-mime": "smime.p7m", "application/x-pkcs7-mime": "smime.p7m",
	"application/ms-tnef": "winmail.dat", "text/html": "part.html", "text/plain": "part.txt"}

func fileName(l *leaf, n int) string {
	name := path.Base(strings.ReplaceAll(l.name, `\`, "/"))
	if l.name != "" && name != "." && name != "/" {
		return name
	}
	if l.kind == "message/rfc822" {
		if subject := readHeader(l.content).text("Subject"); subject != "" {
			return strings.Map(noSlash, subject[:min(len(subject), 100)]) + ".eml"
		}
	}
	if name := names[l.kind]; name != "" {
		return name
	}
	if ends, err := mime.ExtensionsByType(l.kind); err == nil && len(ends) > 0 {
		return "part-" + string(rune('0'+n%10)) + ends[0]
	}
	return "part-" + string(rune('0'+n%10))
}

func noSlash(r rune) rune {
	if r == '/' || r == '\\' || r < ' ' {
		return '-'
	}
	return r
}

// alternative takes of several forms of one text the one that says it best:
// the plain one, or the HTML where the plain one is empty or a stub.
func (b *mailBody) alternative(p *enmime.Part) {
	var plain, rich mailBody
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		sub := mailBody{}
		sub.walk(c)
		isPlain := c.FirstChild == nil && strings.HasPrefix(strings.ToLower(c.ContentType), "text/plain") || c.ContentType == ""
		into := &rich
		if isPlain {
			into = &plain
		}
		if into.text == "" {
			into.text = sub.text
		}
		b.parts = append(b.parts, sub.parts...)
		for _, f := range sub.files {
			if len(b.files) < maxFiles {
				b.files = append(b.files, f)
			}
		}
	}
	text := plain.text
	if stub(plain.text, rich.text) {
		text = rich.text
	}
	b.append(text, b.text != "")
}

// stub reports whether a plain text only stands in for the HTML: it is empty
// or has a small part of its words.
func stub(plain, rich string) bool {
	a, b := len(strings.Fields(plain)), len(strings.Fields(rich))
	return a == 0 || a < 30 && b > 3*a+20
}

// related takes a text with the pictures that stand in it.
func (b *mailBody) related(p *enmime.Part) {
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		b.walk(c)
	}
}

// unflow joins the soft line breaks of format=flowed (RFC 3676).
func unflow(text string, delSp bool) string {
	var out strings.Builder
	open, depth := false, 0 // a line that goes on, and how deep it is quoted
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		rest := strings.TrimLeft(line, ">")
		quoted := len(line) - len(rest)
		rest = strings.TrimPrefix(rest, " ") // stuffing
		soft := strings.HasSuffix(rest, " ") && rest != "-- "
		if open && quoted != depth {
			out.WriteByte('\n')
			open = false
		}
		if !open {
			out.WriteString(strings.Repeat(">", quoted))
			if quoted > 0 && rest != "" {
				out.WriteByte(' ')
			}
		}
		if soft && delSp {
			rest = strings.TrimSuffix(rest, " ")
		}
		out.WriteString(rest)
		if open, depth = soft, quoted; !soft {
			out.WriteByte('\n')
		}
	}
	if open {
		out.WriteByte('\n')
	}
	return out.String()
}
