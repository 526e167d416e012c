package channel_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/internal/spent"
	"readback/triage"
)

const plainMail = "From: =?utf-8?q?J=C3=B3zef?= <ops@foxglove.example>\r\nTo: support@sendline.example\r\n" +
	"Subject: =?utf-8?q?Linki_po_HTTPS?=\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMessage-ID: <a1@foxglove.example>\r\n" +
	"Content-Type: text/plain; charset=iso-8859-2\r\n\r\nProsz\xea w\xb3\xb1czy\xe6.\r\nDzi\xeakuj\xea\r\n"

func TestParseMail(t *testing.T) {
	in, err := channel.Parse([]byte(plainMail))
	if err != nil {
		t.Fatal(err)
	}
	m := in.Messages[0]
	if in.Subject != "Linki po HTTPS" || in.Customer.Name != "Józef" || in.Customer.Email != "ops@foxglove.example" || in.Identity != triage.IdentityClaimed {
		t.Errorf("%+v", in)
	}
	if m.Text != "Proszę włączyć.\nDziękuję\n" || m.ExternalID != "a1@foxglove.example" || m.Channel != triage.ChannelEmail {
		t.Errorf("%+v", m)
	}
	if !m.SentAt.Equal(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("sent at %v", m.SentAt)
	}
}

func TestParseMailParts(t *testing.T) {
	const body = "From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n" +
		"--q\nContent-Type: text/html; charset=utf-8\n\n<html><head><title>t</title><style>p{}</style></head><body><p>We did <b>all</b>\n three:</p>" +
		"<ul><li>one<li>two &amp; a half</ul><p>see <a href=\"https://help.sendline.example/x\">the page</a></p><script>alert(1)</script></body></html>\n" +
		"--q\nContent-Type: image/png; name=\"shot.png\"\nContent-Disposition: attachment; filename=\"shot.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--q--\n"
	in, err := channel.ParseMail([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	m := in.Messages[0]
	if want := "We did all three:\n- one\n- two & a half\nsee the page [https://help.sendline.example/x]"; m.Text != want {
		t.Errorf("got  %q\nwant %q", m.Text, want)
	}
	if len(m.Attachments) != 1 || !reflect.DeepEqual(m.Attachments[0], triage.Attachment{Name: "shot.png", Type: "image/png", Size: 8, Body: []byte("\x89PNG\r\n\x1a\n")}) {
		t.Errorf("attachments %+v", m.Attachments)
	}
}

func TestParseMailRefusals(t *testing.T) {
	var nested strings.Builder
	nested.WriteString("From: a@b.example\n")
	for i := range 5000 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	var spaced strings.Builder // white space before the sign, on the same line or the next
	spaced.WriteString("From: a@b.example\n")
	for i := range 30 {
		fmt.Fprintf(&spaced, "Content-Type: multipart/mixed; boundary%s=b%d\n\n--b%d\n", []string{strings.Repeat(" ", 40), "\n "}[i%2], i, i)
	}
	for name, tc := range map[string]struct {
		raw  string
		code triage.Code
	}{
		"not a mail":     {"hello there", triage.Invalid},
		"empty":          {"", triage.Invalid},
		"nested":         {nested.String(), triage.Invalid},
		"spaced nested":  {spaced.String(), triage.Invalid},
		"many parts":     {"From: a@b.example\nContent-Type: multipart/mixed; boundary=q\n\n" + strings.Repeat("--q\n\nx\n", 3000), triage.Invalid},
		"long boundary":  {"From: a@b.example\nContent-Type: multipart/mixed; boundary=" + strings.Repeat("q", 5000) + "\n\nx", triage.Invalid},
		"endless header": {"From: a@b.example\n" + strings.Repeat("X-A: b\n", 200_000), triage.Invalid},
		"too large":      {"From: a@b.example\n\n" + strings.Repeat("x", channel.MaxMail), triage.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			begin := spent.Time()
			_, err := channel.ParseMail([]byte(tc.raw))
			if triage.CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
			if took := spent.Time() - begin; took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// The worst mail that passes the scan still ends soon.
func TestParseMailWorstAllowed(t *testing.T) {
	var b strings.Builder
	b.WriteString("From: a@b.example\n")
	for i := range 12 {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%s%d\n\n--%s%d\n", strings.Repeat("b", 60), i, strings.Repeat("b", 60), i)
	}
	b.WriteString("Content-Type: text/plain\n\n" + strings.Repeat("\n-", 150_000))
	begin := spent.Time()
	if _, err := channel.ParseMail([]byte(b.String())); err != nil {
		t.Error(err)
	}
	if took := spent.Time() - begin; took > 20*time.Second { // 0.1 s; one level more than the limit doubles it
		t.Errorf("took %v", took)
	}
}

func FuzzParseMail(f *testing.F) {
	f.Add([]byte(plainMail))
	f.Add([]byte("From: a@b.example\nContent-Type: multipart/alternative; boundary=\"q\"\n\n--q\nContent-Type: text/html\n\n<a href=http://x>y</a>\n--q--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := channel.ParseMail(raw)
		if err != nil {
			return
		}
		checkInput(t, in)
	})
}
