package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"readback/triage"
)

// Posted is one mail as a provider's hook brought it.
type Posted struct {
	Mail     Mail
	MIME     []byte // the mail as it was sent; nil when the provider took it apart
	Envelope Envelope
	Passed   []Passed // what the provider found out about the sender
}

// form is the body of a hook that posts a form.
type form struct {
	values map[string][]string
	files  []formFile
}

type formFile struct {
	field, name, kind string
	content           []byte
}

func (f *form) first(name string) string {
	if v := f.values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// maxFields bounds the parts of a form.
const maxFields = 2000

// parseForm reads multipart/form-data or application/x-www-form-urlencoded.
// Errors: Invalid, also for a multipart body without its end.
func parseForm(contentType string, body []byte) (*form, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "the Content-Type of the form cannot be read")
	}
	f := &form{values: map[string][]string{}}
	if kind == "application/x-www-form-urlencoded" {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "the form cannot be read: %w", err)
		}
		f.values = values
		return f, nil
	}
	if params["boundary"] == "" {
		return nil, triage.Errorf(triage.Invalid, "the form has no boundary")
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) && closed(body, params["boundary"]) {
			return f, nil
		}
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "the form breaks off before its end")
		}
		if n == maxFields {
			return nil, triage.Errorf(triage.Invalid, "the form has over %d fields", maxFields)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "the form breaks off before its end")
		}
		content = decodeTransfer(content, p.Header.Get("Content-Transfer-Encoding"), false)
		if name := p.FileName(); name != "" {
			f.files = append(f.files, formFile{p.FormName(), name, p.Header.Get("Content-Type"), content})
			continue
		}
		f.values[p.FormName()] = append(f.values[p.FormName()], string(content))
	}
}

// closed reports whether a multipart body has its last delimiter.
func closed(body []byte, boundary string) bool {
	return bytes.Contains(body[max(0, len(body)-len(boundary)-512):], []byte("--"+boundary+"--"))
}

// fromMIME reads a mail that a hook brought whole.
func fromMIME(mime []byte) (Posted, error) {
	m, err := ReadMail(mime)
	return Posted{Mail: m, MIME: mime}, err
}

// fromParts makes a mail of the parts that a provider took it apart into.
func fromParts(h header, plain, rich string, files []leaf) Posted {
	m := h.mail()
	kind, _ := mediaType(h.first("Content-Type"), "text/plain")
	b := mailBody{kind: kind}
	b.text = plainText([]byte(plain), map[string]string{"charset": "utf-8"})
	if html := htmlText(clean(rich)); stub(b.text, html) {
		b.text = html
	}
	for _, l := range files {
		b.parts = append(b.parts, l)
		b.file(l)
	}
	m.Bounce = readBounce(&m, h, &b)
	msg := &m.Messages[0]
	msg.Text, msg.Attachments = shortened(&b)
	msg.Automatic = automatic(&m, h)
	return Posted{Mail: m}
}

func (f *formFile) leaf() leaf {
	kind, params := mediaType(f.kind, "application/octet-stream")
	return leaf{kind: kind, name: plainHeader(f.name), params: params, aside: true, content: f.content}
}

// envelopeFrom sets the reverse path that a provider tells.
func (e *Envelope) envelopeFrom(path string) {
	path = strings.Trim(strings.TrimSpace(path), "<>")
	e.From, e.Null = clean(path), path == ""
}

// address reads an IP address; the zero one is unknown.
func address(text string) netip.Addr {
	a, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}
	}
	return a
}

// decodeJSON reads what a form field holds as JSON; what is none reads as
// nothing.
func decodeJSON(text string, into any) bool { return json.Unmarshal([]byte(text), into) == nil }

// setAddress writes an address into a header where the mail's own is missing.
func (h header) setAddress(name string, a mail.Address) {
	if h.first(name) == "" && a.Address != "" {
		h[name] = []string{a.String()}
	}
}
