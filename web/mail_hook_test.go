package web_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/internal/mailshapes"
	"readback/store"
	"readback/triage"
	"readback/web"
)

const mailSecret = "kjh3-secret-of-the-hook"

var sendGridKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)

// mailSite is a site with a connection of each provider.
func mailSite(t testing.TB) *site {
	return newSite(t, func(o *web.Options) {
		for _, provider := range []string{"raw", "sendgrid", "mailgun", "postmark"} {
			o.Mails = append(o.Mails, channel.MailSource{Name: provider, Provider: provider, Secrets: []string{"old-secret", mailSecret}, Own: []string{"help@sendline.example"}})
		}
		o.Mails = append(o.Mails, channel.MailSource{Name: "signed", Provider: "sendgrid", Key: &sendGridKey.PublicKey})
	})
}

// mail is a request to a mail hook with the secret as a password.
func (s *site) mail(t testing.TB, name, contentType string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+"/hooks/email/"+name, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if name != "mailgun" && name != "signed" {
		r.SetBasicAuth("anybody", mailSecret)
	}
	return r
}

type fields map[string]string

// mailForm writes a multipart form; a name with a slash is a file.
func mailForm(t testing.TB, values fields) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range values {
		field, file, isFile := strings.Cut(name, "/")
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, field)}}
		if isFile {
			h = textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, field, file)}, "Content-Type": {"image/png"}}
		}
		p, err := w.CreatePart(h)
		if err == nil {
			_, err = io.WriteString(p, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// mailgunSigned adds what Mailgun signs a post with.
func mailgunSigned(values fields, token string, at time.Time) fields {
	out := fields{"timestamp": strconv.FormatInt(at.Unix(), 10), "token": token}
	mac := hmac.New(sha256.New, []byte(mailSecret))
	mac.Write([]byte(out["timestamp"] + token))
	out["signature"] = hex.EncodeToString(mac.Sum(nil))
	for k, v := range values {
		out[k] = v
	}
	return out
}

const someMail = "From: Ana Kos <ana@shop.example>\r\nTo: help@sendline.example\r\nSubject: Links\r\nMessage-ID: <m1@shop.example>\r\n" +
	"Date: Fri, 20 Nov 2026 10:00:00 +0100\r\n\r\nOur links open without HTTPS.\r\n"

// The payloads are built from the providers' documentation, which the parsers
// in package channel name.
var (
	sendGridRaw   = fields{"email": someMail, "envelope": `{"to":["help@sendline.example"],"from":"ana@shop.example"}`, "SPF": "pass", "dkim": "{@shop.example : pass}", "sender_ip": "192.0.2.7", "charsets": `{"to":"UTF-8"}`, "subject": "Links"}
	sendGridParts = fields{"headers": "From: =?utf-8?Q?Zo=C3=AB?= <zoe@shop.example>\nTo: help@sendline.example\nSubject: Links\nMessage-ID: <m2@shop.example>\nDate: Fri, 20 Nov 2026 10:00:00 +0100\n",
		"from": "Zo\xeb <zoe@shop.example>", "to": "help@sendline.example", "subject": "Links \xfcber HTTPS", "text": "Gr\xf6\xdfe ge\xe4ndert", "html": "<p>x</p>", "attachments": "1",
		"attachment-info": `{"attachment1":{"filename":"shot.png","type":"image/png"}}`, "attachment1/shot.png": "\x89PNG", "charsets": `{"to":"UTF-8","subject":"iso-8859-1","from":"iso-8859-1","text":"iso-8859-1","html":"UTF-8"}`,
		"envelope": `{"to":["help@sendline.example"],"from":"zoe@shop.example"}`, "SPF": "softfail", "dkim": "none", "sender_ip": "192.0.2.7"}
	mailgunParts = fields{"recipient": "help@sendline.example", "sender": "ana@shop.example", "from": "Ana <ana@shop.example>", "subject": "Links", "body-plain": "Our links open without HTTPS.\n\n> old words", "body-html": "<p>x</p>",
		"stripped-text": "Our links", "attachment-count": "1", "attachment-1/shot.png": "\x89PNG", "message-headers": `[["From","Ana <ana@shop.example>"],["Message-Id","<m3@shop.example>"],["Date","Fri, 20 Nov 2026 10:00:00 +0100"],["X-Mailgun-Dkim-Check-Result","Pass"]]`}
	mailgunMIME   = fields{"recipient": "help@sendline.example", "sender": "ana@shop.example", "body-mime": strings.Replace(someMail, "m1@", "m4@", 1)}
	postmarkParts = `{"FromName":"Ana Kos","MessageStream":"inbound","From":"ana@shop.example","FromFull":{"Email":"ana@shop.example","Name":"Ana Kos","MailboxHash":""},"To":"help@sendline.example","ToFull":[],"Cc":"","CcFull":[],"OriginalRecipient":"451d@inbound.example","Subject":"Links","MessageID":"22c74902-a0c1-4511-804f-341342852c90","ReplyTo":"","MailboxHash":"","Date":"Fri, 20 Nov 2026 10:00:00 +0100","TextBody":"Our links open without HTTPS.","HtmlBody":"","StrippedTextReply":"","Tag":"","Headers":[{"Name":"Message-ID","Value":"<m5@shop.example>"},{"Name":"Auto-Submitted","Value":"auto-replied"}],"Attachments":[{"Name":"shot.png","Content":"iVBORw==","ContentType":"image/png","ContentLength":4,"ContentID":""}]}`
)

func TestMailProviders(t *testing.T) {
	s := mailSite(t)
	for _, tc := range []struct {
		name, provider string
		form           fields
		json           string
		status         int
		text, subject  string
		email          string
		identity       triage.Identity
		automatic      triage.Automatic
		files          int
		rawType        string
	}{
		{name: "SendGrid, raw", provider: "sendgrid", form: sendGridRaw, status: 200, text: "Our links open without HTTPS.\n", subject: "Links", email: "ana@shop.example", identity: "verified", rawType: "message/rfc822"},
		{name: "SendGrid, parts", provider: "sendgrid", form: sendGridParts, status: 200, text: "Größe geändert", subject: "Links über HTTPS", email: "zoe@shop.example", identity: "claimed", files: 1, rawType: "multipart/form-data"},
		{name: "Mailgun, parts", provider: "mailgun", form: mailgunSigned(mailgunParts, "t1", now), status: 200, text: "Our links open without HTTPS.\n\n> old words", subject: "Links", email: "ana@shop.example", identity: "claimed", files: 1, rawType: "multipart/form-data"},
		{name: "Mailgun, MIME", provider: "mailgun", form: mailgunSigned(mailgunMIME, "t2", now), status: 200, text: "Our links open without HTTPS.\n", subject: "Links", email: "ana@shop.example", identity: "claimed", rawType: "message/rfc822"},
		{name: "Postmark, parts", provider: "postmark", json: postmarkParts, status: 200, text: "Our links open without HTTPS.", subject: "Links", email: "ana@shop.example", identity: "claimed", automatic: "auto_reply", files: 1, rawType: "application/json"},
		{name: "Postmark, whole", provider: "postmark", json: strings.Replace(postmarkParts, `"FromName"`, `"RawEmail":`+strconv.Quote(strings.Replace(someMail, "m1@", "m6@", 1))+`,"FromName"`, 1), status: 200, text: "Our links open without HTTPS.\n", subject: "Links", email: "ana@shop.example", identity: "claimed", rawType: "message/rfc822"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			contentType, body := "application/json", []byte(tc.json)
			if tc.form != nil {
				contentType, body = mailForm(t, tc.form)
			}
			status, _, answer := send(t, s.mail(t, tc.provider, contentType, body))
			var receipt struct{ Ticket, Message string }
			if err := json.Unmarshal([]byte(answer), &receipt); status != tc.status || err != nil {
				t.Fatalf("%d %s", status, answer)
			}
			ticket, err := s.store.Ticket(context.Background(), receipt.Ticket)
			if err != nil {
				t.Fatal(err)
			}
			m := ticket.Messages[0]
			if m.Text != tc.text || ticket.Subject != tc.subject || ticket.Customer.Email != tc.email || m.Identity != tc.identity || m.Automatic != tc.automatic || len(m.Attachments) != tc.files {
				t.Errorf("%q %q %q %s %q %d", m.Text, ticket.Subject, ticket.Customer.Email, m.Identity, m.Automatic, len(m.Attachments))
			}
			if _, rawType, err := s.store.Raw(context.Background(), m.ID); err != nil || !strings.HasPrefix(rawType, tc.rawType) {
				t.Errorf("raw %q %v", rawType, err)
			}
			again, _, second := send(t, s.mail(t, tc.provider, contentType, body))
			if again != 200 || second != answer {
				t.Errorf("again: %d %s", again, second)
			}
		})
	}
}

// TestMailHookRefuses: each fault has the status that makes its provider do
// the right thing, and nothing is stored twice.
func TestMailHookRefuses(t *testing.T) {
	s := mailSite(t)
	rawType := "message/rfc822"
	sgType, sg := mailForm(t, sendGridRaw)
	mgType, mg := mailForm(t, mailgunSigned(mailgunMIME, "t1", now))
	oldType, old := mailForm(t, mailgunSigned(mailgunMIME, "t2", now.Add(-10*time.Hour)))
	retryType, retry := mailForm(t, mailgunSigned(mailgunMIME, "t3", now.Add(-8*time.Hour)))
	forgedType, forged := mailForm(t, mailgunSigned(fields{"body-mime": strings.Replace(someMail, "Our links", "Forged words", 1)}, "t1", now))
	halfType, half := mailForm(t, mailgunSigned(mailgunMIME, "t4", now))
	noneType, none := mailForm(t, mailgunSigned(fields{"x": "y"}, "t5", now))
	bad := func(r *http.Request) { r.SetBasicAuth("x", "wrong") }
	for _, tc := range []struct {
		name, conn, kind string
		body             []byte
		change           func(*http.Request)
		status           int
		has              string
	}{
		{"raw", "raw", rawType, []byte(someMail), nil, 202, `"ticket":"tkt_`},
		{"raw again", "raw", rawType, []byte(someMail), nil, 200, `"ticket":"tkt_`},
		{"bearer", "raw", rawType, []byte(someMail), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+mailSecret) }, 200, `"ticket"`},
		{"old secret", "raw", rawType, []byte(someMail), func(r *http.Request) { r.SetBasicAuth("x", "old-secret") }, 200, `"ticket"`},
		{"secret in the address", "raw", rawType, []byte(someMail), func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery = "secret=" + mailSecret
		}, 200, `"ticket"`},
		{"no secret", "raw", rawType, []byte(someMail), func(r *http.Request) { r.Header.Del("Authorization") }, 401, `"unauthorized"`},
		{"wrong secret", "raw", rawType, []byte(someMail), bad, 401, `"unauthorized"`},
		{"wrong secret, SendGrid drops a mail on 4xx", "sendgrid", sgType, sg, bad, 503, `"unauthorized"`},
		{"wrong secret, Postmark", "postmark", "application/json", []byte(postmarkParts), bad, 401, `"unauthorized"`},
		{"no such connection", "elsewhere", rawType, []byte(someMail), nil, 401, `"unauthorized"`},
		{"wrong type", "raw", "application/json", []byte(someMail), nil, 415, "message/rfc822"},
		{"wrong type, Mailgun", "mailgun", "application/json", mg, nil, 406, "multipart/form-data"},
		{"wrong type, Postmark", "postmark", "text/plain", []byte(postmarkParts), nil, 403, "application/json"},
		{"gzip", "raw", rawType, []byte(someMail), func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, "Content-Encoding"},
		{"not a mail", "raw", rawType, []byte("hello"), nil, 422, `"kept":"unp_`},
		{"not a mail, again", "raw", rawType, []byte("hello"), nil, 422, `"kept":"unp_`},
		{"not JSON", "postmark", "application/json", []byte(`{"From":`), nil, 403, `"kept":"unp_`},
		{"another form", "sendgrid", sgType, []byte(strings.ReplaceAll(string(sg), `name="email"`, `name="mail"`)), nil, 422, `"kept":"unp_`},
		{"half a form", "sendgrid", sgType, sg[:len(sg)/2], nil, 422, `"kept":"unp_`},
		{"Mailgun", "mailgun", mgType, mg, nil, 200, `"ticket"`},
		{"Mailgun, a retry of eight hours", "mailgun", retryType, retry, nil, 200, `"ticket"`},
		{"Mailgun, wrong signature", "mailgun", mgType, []byte(strings.Replace(string(mg), "\"signature\"\r\n\r\n", "\"signature\"\r\n\r\n00", 1)), nil, 401, `"unauthorized"`},
		{"Mailgun, old", "mailgun", oldType, old, nil, 401, `"unauthorized"`},
		{"Mailgun, token used for another mail", "mailgun", forgedType, forged, nil, 406, `"conflict"`},
		{"Mailgun, half a form", "mailgun", halfType, half[:len(half)/2], nil, 400, `"invalid"`},
		{"Mailgun, signed and no mail", "mailgun", noneType, none, nil, 406, `"kept":"unp_`},
		{"30 MB, read whole", "raw", rawType, append([]byte(strings.Replace(someMail, "m1@", "m30@", 1)), bytes.Repeat([]byte("0123456789abcdef\r\n"), 30<<20/18)...), nil, 202, `"ticket"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := s.mail(t, tc.conn, tc.kind, tc.body)
			if tc.change != nil {
				tc.change(r)
			}
			if status, _, body := send(t, r); status != tc.status || !strings.Contains(body, tc.has) {
				t.Errorf("got %d %s, want %d with %s", status, body, tc.status, tc.has)
			}
		})
	}
	page, err := s.store.Tickets(context.Background(), store.Filter{})
	if err != nil || len(page.Tickets) != 3 {
		t.Errorf("%d tickets, %v", len(page.Tickets), err)
	}
}

// TestSendGridSignature: a signed post needs no secret; another body, key or
// time is refused.
func TestSendGridSignature(t *testing.T) {
	s := mailSite(t)
	contentType, body := mailForm(t, sendGridRaw)
	sign := func(at time.Time, body []byte) *http.Request {
		r := s.mail(t, "signed", contentType, body)
		stamp := strconv.FormatInt(at.Unix(), 10)
		sum := sha256.Sum256(append([]byte(stamp), body...))
		sig, err := ecdsa.SignASN1(rand.Reader, sendGridKey, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(channel.HeaderSendGridSignature, base64.StdEncoding.EncodeToString(sig))
		r.Header.Set(channel.HeaderSendGridTimestamp, stamp)
		return r
	}
	tampered := sign(now, body)
	tampered.Body, tampered.ContentLength = io.NopCloser(strings.NewReader(string(body)+" ")), int64(len(body)+1)
	for name, tc := range map[string]struct {
		r      *http.Request
		status int
	}{
		"good": {sign(now, body), 200}, "a retry of two days": {sign(now.Add(-48*time.Hour), body), 200}, "old": {sign(now.Add(-80*time.Hour), body), 503},
		"unsigned": {s.mail(t, "signed", contentType, body), 503}, "another body": {tampered, 503},
	} {
		if status, _, answer := send(t, tc.r); status != tc.status {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
}

// TestMailShapesByHook: each shape is taken, and its original downloads byte
// for byte.
func TestMailShapesByHook(t *testing.T) {
	s := mailSite(t)
	for i, shape := range mailshapes.All() {
		if i%7 != 0 && !strings.Contains(shape.Name, "charset") && !strings.Contains(shape.Name, "line") {
			continue // package channel reads them all; here it is about the way
		}
		// Two that differ only in what servers write on the way are one mail.
		shape.Raw = strings.Replace(shape.Raw, "<1@shop.example>", fmt.Sprintf("<%d@shop.example>", i), 1)
		status, _, answer := send(t, s.mail(t, "raw", "message/rfc822", []byte(shape.Raw)))
		if shape.Invalid {
			if status != 422 {
				t.Errorf("%s: %d %s", shape.Name, status, answer)
			}
			continue
		}
		var receipt struct{ Message string }
		if err := json.Unmarshal([]byte(answer), &receipt); err != nil || status > 202 {
			t.Errorf("%s: %d %s", shape.Name, status, answer)
			continue
		}
		res, err := http.Get(s.URL + "/messages/" + url.PathEscape(receipt.Message) + "/raw")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || string(raw) != shape.Raw {
			t.Errorf("%s: the original is not what was sent (%d, %v)", shape.Name, res.StatusCode, err)
		}
	}
}

// TestMailHookSlow: a body that breaks off, or is too large to begin with,
// stores nothing.
func TestMailHookSlow(t *testing.T) {
	s := mailSite(t)
	for name, tc := range map[string]struct {
		length int
		want   []string
	}{"breaks off": {5000, []string{"HTTP/1.1 400", "HTTP/1.1 503"}}, "too large": {web.MaxMailHook + 1, []string{"HTTP/1.1 413"}}} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /hooks/email/raw?secret=%s HTTP/1.1\r\nHost: %s\r\nContent-Type: message/rfc822\r\nContent-Length: %d\r\n\r\n%s", mailSecret, conn.RemoteAddr(), tc.length, someMail)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !slices.ContainsFunc(tc.want, func(w string) bool { return strings.HasPrefix(string(answer), w) }) {
			t.Errorf("%s: %q %v", name, answer, err)
		}
	}
	page, err := s.store.Tickets(context.Background(), store.Filter{})
	if err != nil || len(page.Tickets) != 0 {
		t.Errorf("%d tickets, %v", len(page.Tickets), err)
	}
}
