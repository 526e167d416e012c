package channel

import (
	"strings"
	"testing"
	"unicode/utf8"

	"readback/internal/mailshapes"
	"readback/triage/ground"
)

// storable fails for text that the store would change.
func storable(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			t.Errorf("cannot be stored: %q", s)
		}
	}
}

func checkMail(t *testing.T, m *Mail) {
	t.Helper()
	storable(t, m.Subject, m.Customer.Email, m.Customer.Name, m.MessageID, m.Messages[0].Text, m.ReplyTo)
	storable(t, m.Answers...)
	storable(t, m.To...)
	for _, a := range m.Messages[0].Attachments {
		storable(t, a.Name, a.Type)
		if a.Body != nil && a.Size != int64(len(a.Body)) {
			t.Errorf("%s: %d bytes, size %d", a.Name, len(a.Body), a.Size)
		}
	}
	if m.Bounce != nil {
		storable(t, m.Bounce.Original, m.Bounce.Recipient, m.Bounce.Status, m.Bounce.Reason)
	}
}

func FuzzReadMail(f *testing.F) {
	for i, s := range mailshapes.All() {
		if len(s.Raw) < 4000 && i%3 == 0 {
			f.Add([]byte(s.Raw))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, err := ReadMail(raw); err == nil {
			checkMail(t, &m)
		}
	})
}

func FuzzProviders(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"headers\"\r\n\r\nFrom: a@b.example\n\r\n--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"charsets\"\r\n\r\n{\"text\":\"koi8-r\"}\r\n--b--\r\n"))
	f.Add("application/x-www-form-urlencoded", []byte("body-plain=x&from=a%40b.example&message-headers=%5B%5B%22From%22%2C%22a%40b.example%22%5D%5D&timestamp=1&token=t&signature=00"))
	f.Add("application/json", []byte(`{"From":"a@b.example","TextBody":"x","Headers":[{"Name":"Date","Value":"x"}],"Attachments":[{"Name":"a","Content":"eA==","ContentType":"text/plain"}]}`))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		if p, err := ParseSendGrid(contentType, body); err == nil {
			checkMail(t, &p.Mail)
		}
		if m, err := ParseMailgunForm(contentType, body); err == nil && m.Read() == nil {
			checkMail(t, &m.Mail)
		}
		if p, err := ParsePostmark(body); err == nil {
			checkMail(t, &p.Mail)
		}
	})
}

func FuzzMailDecoders(f *testing.F) {
	f.Add([]byte("=?utf-8?B?xbvDs8WCxIc=?= =?x?Q?=41?="), "utf-7")
	f.Add([]byte("begin 644 x\n#86)C\n`\nend\n"), "iso-2022-kr")
	f.Add([]byte("<p style='display:none'>a</p><table><tr><td>b<td>c</table>"), "gb18030")
	f.Add([]byte("> a \n> b \n-- \nc"), "utf-16")
	f.Fuzz(func(t *testing.T, b []byte, label string) {
		s := string(b)
		text := clean(decodeCharset(b, label))
		storable(t, text, plainHeader(s), htmlText(text), unflow(text, true), plainText(b, map[string]string{"charset": label, "format": "flowed"}))
		for _, encoding := range []string{"base64", "quoted-printable", "x-uuencode"} {
			for _, isText := range []bool{true, false} {
				if out := decodeTransfer(b, encoding, isText); len(out) > len(b)+3 {
					t.Errorf("%s: %d bytes of %d", encoding, len(out), len(b))
				}
			}
		}
		addressesIn(s)
		resultsOf([]string{s}, label)
		at := 0
		for _, r := range ground.Quoted(text) {
			if r.Start < at || r.End <= r.Start || r.End > len(text) {
				t.Fatalf("region %+v after %d of %d", r, at, len(text))
			}
			at = r.End
		}
	})
}
