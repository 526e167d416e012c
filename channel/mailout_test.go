package channel

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"

	"readback/store"
	"readback/triage"
)

const (
	ticketID  = "tkt_abcdefghijklmnopqrst"
	messageID = "msg_234567abcdefghijklmn"
)

func mailOut() *MailOut {
	return &MailOut{From: mail.Address{Name: "Sendline Support", Address: "support@sendline.example"},
		Replies: ReplyAddresses{Local: "support", Domain: "sendline.example", Key: []byte("0123456789abcdef")},
		Clock:   func() time.Time { return hookTime }}
}

func TestReplyAddresses(t *testing.T) {
	r := mailOut().Replies
	ticket, back := r.Ticket(ticketID), r.Return(messageID)
	if local, _, _ := strings.Cut(ticket, "@"); len(local) > 64 {
		t.Errorf("%s is longer than RFC 5321 allows", local)
	}
	for _, c := range []struct{ address, ticket, message string }{
		{ticket, ticketID, ""},
		{strings.ToUpper(ticket), ticketID, ""},
		{" " + ticket, ticketID, ""},
		{back, "", messageID},
		{"support@sendline.example", "", ""},
		{strings.Replace(ticket, "+t.", "+b.", 1), "", ""},
		{strings.Replace(ticket, "abcdef", "abcdeg", 1), "", ""},
		{strings.Replace(ticket, "sendline", "sendlime", 1), "", ""},
		{ticket[:len(ticket)-len("@sendline.example")-1] + "@sendline.example", "", ""},
		{"support+t.@sendline.example", "", ""},
		{"", "", ""},
	} {
		if gotTicket, gotMessage := r.Read(c.address); gotTicket != c.ticket || gotMessage != c.message {
			t.Errorf("%q: got %q, %q", c.address, gotTicket, gotMessage)
		}
	}
	other := r
	other.Key = []byte("another key of 16 bytes")
	if id, _ := other.Read(ticket); id != "" {
		t.Error("another desk's signature is taken")
	}
	if id, _ := (&ReplyAddresses{Local: "support", Domain: "sendline.example"}).Read(ticket); id != "" {
		t.Error("without a key everything is signed")
	}
}

func answered(channel triage.Channel, text string) *triage.Ticket {
	return &triage.Ticket{ID: ticketID, Source: "widget/site", Subject: "HTTPS for\r\nBcc: all@shop.example our links", Customer: triage.Customer{Email: "ops@foxglove.example", Name: "Rowena\r\nX: y"},
		Messages: []triage.Message{
			{Role: triage.RoleCustomer, Channel: channel, ExternalID: "first@foxglove.example"},
			{Role: triage.RoleAgent, Channel: channel, ExternalID: "ours@sendline.example"},
			{Role: triage.RoleCustomer, Channel: channel, ExternalID: "second@foxglove.example"},
			{Role: triage.RoleCustomer, Channel: channel, ExternalID: "no id>\r\nBcc: x"},
			{ID: messageID, Role: triage.RoleAgent, Author: "usr_1", Channel: channel, Text: text},
		}}
}

func TestMailOutAnswer(t *testing.T) {
	files := []triage.Attachment{{Name: "how\nto.pdf", Type: "application/pdf; x\r\nBcc: y", Body: []byte("%PDF")}}
	out, err := mailOut().Answer(answered(triage.ChannelEmail, "Done: **both** are on.\n\n<script>alert(1)</script>\n\n- zażółć"), files)
	if err != nil || len(out) != 1 {
		t.Fatal(out, err)
	}
	d := out[0]
	var m outgoingMail
	if err := json.Unmarshal(d.Body, &m); err != nil {
		t.Fatal(err)
	}
	if d.Kind != store.DeliverMail || d.Key != "234567abcdefghijklmn@sendline.example" || !d.NextAt.IsZero() || m.Chat ||
		m.From != mailOut().Replies.Return(messageID) || len(m.To) != 1 || m.To[0] != "ops@foxglove.example" {
		t.Errorf("got %+v, from %q to %q", d, m.From, m.To)
	}
	again, _ := mailOut().Answer(answered(triage.ChannelEmail, "x"), nil)
	if again[0].Key != d.Key {
		t.Error("one answer has two Message-IDs")
	}
	e, err := enmime.ReadEnvelope(bytes.NewReader(m.MIME))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Subject": "Re: HTTPS for Bcc: all@shop.example our links", "Message-Id": "<" + d.Key + ">",
		"In-Reply-To": "<second@foxglove.example>",
		"References":  "<first@foxglove.example> <ours@sendline.example> <second@foxglove.example>",
		"Bcc":         "", "X": "", "Auto-Submitted": "", "Date": hookTime.Format(time.RFC1123Z),
		"From": `"Sendline Support" <support@sendline.example>`, "To": `"Rowena X: y" <ops@foxglove.example>`,
		"Reply-To": `"Sendline Support" <` + mailOut().Replies.Ticket(ticketID) + ">",
	} {
		if got := e.GetHeader(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(e.Text, "Done: **both** are on.") || !strings.Contains(e.Text, "zażółć") {
		t.Errorf("text %q", e.Text)
	}
	if !strings.Contains(e.HTML, "<strong>both</strong>") || strings.Contains(e.HTML, "script") {
		t.Errorf("HTML %q", e.HTML)
	}
	if len(e.Attachments) != 1 || e.Attachments[0].FileName != "how to.pdf" || e.Attachments[0].ContentType != "application/octet-stream" || string(e.Attachments[0].Content) != "%PDF" {
		t.Errorf("attachments %+v", e.Attachments)
	}

	chat, err := mailOut().Answer(answered(triage.ChannelChat, "x"), nil)
	if err != nil || len(chat) != 1 || !chat[0].NextAt.Equal(hookTime.Add(chatPatience)) {
		t.Errorf("in a chat: %+v, %v", chat, err)
	}
	api, elsewhere := answered(triage.ChannelAPI, "x"), answered(triage.ChannelChat, "x")
	elsewhere.Source = "chat/site"
	nobody := answered(triage.ChannelEmail, "x")
	nobody.Customer.Email = "not an address"
	for _, tk := range []*triage.Ticket{api, elsewhere, nobody} {
		if out, err := mailOut().Answer(tk, nil); len(out) != 0 || err != nil {
			t.Errorf("got %+v, %v", out, err)
		}
	}
	machine := answered(triage.ChannelEmail, "x")
	machine.Messages[4].Author = ""
	out, _ = mailOut().Answer(machine, nil)
	_ = json.Unmarshal(out[0].Body, &m)
	if !bytes.Contains(m.MIME, []byte("Auto-Submitted: auto-replied")) {
		t.Error("what no person wrote does not say so")
	}
}

func TestParseSMTP(t *testing.T) {
	for _, c := range []struct{ url, addr, fault string }{
		{"smtps://me:secret@mail.shop.example", "mail.shop.example:465", ""},
		{"smtp://mail.shop.example", "mail.shop.example:587", ""},
		{"smtp://127.0.0.1:2525?tls=none", "127.0.0.1:2525", ""},
		{"smtp://mail.shop.example?tls=none", "", "not on this machine"},
		{"https://me:secret@mail.shop.example", "", "no address of a mail server"},
		{"smtp://me:se cret@%zz", "", "no address of a mail server"},
	} {
		s, err := ParseSMTP(c.url)
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "cret") {
				t.Errorf("%s: %v", c.url, err)
			}
		case err != nil || s.addr != c.addr:
			t.Errorf("%s: %+v, %v", c.url, s, err)
		}
	}
}

// smtpServer is a mail server on loopback that answers as it is told.
type smtpServer struct {
	mu         sync.Mutex
	reply      map[string]*smtp.SMTPError // by stage: mail, rcpt, data
	cut        bool                       // ends the connection instead of answering to the whole mail
	from, user string
	to         []string
	data       []byte
	tls        bool
	addr       string
	roots      *x509.CertPool
}

type smtpSession struct {
	s    *smtpServer
	conn *smtp.Conn
}

func (s *smtpServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	s.mu.Lock()
	s.tls = secure
	s.mu.Unlock()
	return &smtpSession{s, c}, nil
}

func (x *smtpSession) stage(name string) error {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	if e := x.s.reply[name]; e != nil {
		return e
	}
	return nil
}

func (x *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (x *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		x.s.user = user
		return nil
	}), nil
}
func (x *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	x.s.from = from
	return x.stage("mail")
}
func (x *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.s.to = append(x.s.to, to)
	return x.stage("rcpt")
}
func (x *smtpSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	x.s.data = b
	if x.s.cut {
		x.conn.Conn().Close()
		return err
	}
	return x.stage("data")
}
func (x *smtpSession) Reset()        {}
func (x *smtpSession) Logout() error { return nil }

func startSMTP(t *testing.T, implicit bool) *smtpServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, _ := x509.ParseCertificate(der)
	s := &smtpServer{reply: map[string]*smtp.SMTPError{}, roots: x509.NewCertPool()}
	s.roots.AddCert(parsed)
	server := smtp.NewServer(s)
	server.Domain, server.TLSConfig = "mail.sendline.example", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	go server.Serve(l) //nolint:errcheck // ends with Close
	t.Cleanup(func() { server.Close() })
	return s
}

func deliveryOf(t *testing.T) store.Delivery {
	t.Helper()
	out, err := mailOut().Answer(answered(triage.ChannelEmail, "It is on.\n.\nA line with a dot"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// TestSMTPSend: a mail arrives whole, over TLS and signed in, and every answer
// of a server is read for what it means.
func TestSMTPSend(t *testing.T) {
	for _, implicit := range []bool{true, false} {
		server := startSMTP(t, implicit)
		s, err := ParseSMTP(map[bool]string{true: "smtps", false: "smtp"}[implicit] + "://me:secret@" + server.addr)
		if err != nil {
			t.Fatal(err)
		}
		if o := s.Sender().Send(t.Context(), deliveryOf(t)); o != (store.Outcome{State: store.DeliveryWaiting, Code: "tls"}) {
			t.Errorf("a certificate that nobody vouches for: %+v", o)
		}
		s.roots = &tls.Config{RootCAs: server.roots}
		if o := s.Sender().Send(t.Context(), deliveryOf(t)); o != (store.Outcome{State: store.DeliverySent}) {
			t.Fatalf("got %+v", o)
		}
		if !server.tls || server.user != "me" || server.from != mailOut().Replies.Return(messageID) || len(server.to) != 1 || server.to[0] != "ops@foxglove.example" {
			t.Errorf("got %+v", server)
		}
		if e, err := enmime.ReadEnvelope(bytes.NewReader(server.data)); err != nil || !strings.Contains(e.Text, "\r\n.\r\nA line with a dot") {
			t.Errorf("the mail arrived as %q, %v", server.data, err)
		}
	}
	server := startSMTP(t, false)
	s, err := ParseSMTP("smtp://" + server.addr + "?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stage string
		reply *smtp.SMTPError
		want  store.Outcome
	}{
		{"mail", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}, store.Outcome{State: store.DeliveryWaiting, Code: "smtp_451_4.3.0"}},
		{"rcpt", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody"}, store.Outcome{State: store.DeliveryFailed, Code: "smtp_550_5.1.1"}},
		{"rcpt", &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "greylisted"}, store.Outcome{State: store.DeliveryWaiting, Code: "smtp_450_4.2.0"}},
		{"mail", &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "sign in"}, store.Outcome{State: store.DeliveryWaiting, Code: "smtp_530_5.7.0"}},
		{"data", &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "spam"}, store.Outcome{State: store.DeliveryFailed, Code: "smtp_554_5.6.0"}},
	} {
		server.mu.Lock()
		server.reply = map[string]*smtp.SMTPError{c.stage: c.reply}
		server.mu.Unlock()
		if o := s.Sender().Send(t.Context(), deliveryOf(t)); o != c.want {
			t.Errorf("%s %d: got %+v, want %+v", c.stage, c.reply.Code, o, c.want)
		}
	}
	server.reply, server.cut = nil, true
	if o := s.Sender().Send(t.Context(), deliveryOf(t)); o.State != store.DeliveryUnknown {
		t.Errorf("cut off after the whole mail: %+v", o)
	}
	if o := s.Sender().Send(t.Context(), store.Delivery{Body: []byte("{")}); o.State != store.DeliveryFailed {
		t.Errorf("a body that is none: %+v", o)
	}

	out, err := mailOut().Answer(answered(triage.ChannelChat, "x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Seen = func(context.Context, store.Delivery) (bool, error) { return true, nil }
	if o := s.Sender().Send(t.Context(), out[0]); o != (store.Outcome{State: store.DeliverySent, Code: "seen_in_chat"}) {
		t.Errorf("seen in the chat: %+v", o)
	}
}

// TestSMTPSilent: a server that never answers costs a try and no more.
func TestSMTPSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := ParseSMTP("smtp://" + l.Addr().String() + "?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if o := s.Sender().Send(ctx, deliveryOf(t)); o != (store.Outcome{State: store.DeliveryWaiting, Code: "timeout"}) {
		t.Errorf("got %+v", o)
	}
}
