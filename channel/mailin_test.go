package channel_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"

	"readback/channel"
	"readback/store"
	"readback/store/storetest"
	"readback/triage"
	"readback/triage/check"
)

// inbox takes mail into a store of its own.
type inbox struct {
	*channel.MailIn
	t *testing.T
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newInbox(t *testing.T) *inbox {
	s, err := store.Open(context.Background(), store.Options{Path: storetest.File(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &inbox{&channel.MailIn{Store: s, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return noon }}, t}
}

// arrive takes a mail with these header lines; the provider has passed the
// domains.
func (in *inbox) arrive(lines, text string, passed ...string) (triage.Ticket, store.Receipt) {
	in.t.Helper()
	return in.take(channel.Arrival{Raw: []byte(strings.ReplaceAll(lines+"\n\n"+text, "\n", "\r\n"))}, passed...)
}

func (in *inbox) take(a channel.Arrival, passed ...string) (triage.Ticket, store.Receipt) {
	in.t.Helper()
	var err error
	if a.Mail, err = channel.ReadMail(a.Raw); err != nil {
		in.t.Fatal(err)
	}
	a.Source, a.MIME, a.RawType, a.Own = "mail/support", a.Raw, "message/rfc822", []string{"help@sendline.example"}
	for _, domain := range passed {
		a.Passed = append(a.Passed, channel.Passed{Method: "dkim", Domain: domain})
	}
	r, err := in.Receive(context.Background(), a)
	if err != nil {
		in.t.Fatal(err)
	}
	t, err := in.Store.Ticket(context.Background(), r.TicketID)
	if err != nil {
		in.t.Fatal(err)
	}
	return t, r
}

// TestMailJoins: a reply joins its ticket when its sender is that ticket's
// customer, as sure as the ticket is of them; nobody else does.
func TestMailJoins(t *testing.T) {
	const ana = "From: Ana <ana@shop.example>\nSubject: Links\n"
	in := newInbox(t)
	first, _ := in.arrive(ana+"Message-ID: <a1@shop.example>", "one", "shop.example")
	if first.Identity != triage.IdentityVerified {
		t.Fatalf("identity %s", first.Identity)
	}
	claimed, _ := in.arrive("From: bob@farm.example\nSubject: x\nMessage-ID: <b1@farm.example>", "one")
	for _, tc := range []struct {
		name, lines string
		passed      []string
		want        string // "" = a ticket of its own
	}{
		{"her reply", ana + "Message-ID: <a2@shop.example>\nIn-Reply-To: <a1@shop.example>", []string{"shop.example"}, first.ID},
		{"by an older reference", ana + "Message-ID: <a3@shop.example>\nReferences: <a1@shop.example> <gone@x.example>", []string{"shop.example"}, first.ID},
		{"another case of the address", "From: ANA@Shop.example\nMessage-ID: <a4@shop.example>\nIn-Reply-To: <a2@shop.example>", []string{"shop.example"}, first.ID},
		{"a forged sender", ana + "Message-ID: <f1@evil.example>\nIn-Reply-To: <a1@shop.example>", nil, ""},
		{"a forged sender, signed by another", ana + "Message-ID: <f2@evil.example>\nIn-Reply-To: <a1@shop.example>", []string{"evil.example"}, ""},
		{"two Froms", ana + "From: ana@shop.example\nMessage-ID: <f3@shop.example>\nIn-Reply-To: <a1@shop.example>", []string{"shop.example"}, ""},
		{"a colleague", "From: eve@shop.example\nMessage-ID: <e1@shop.example>\nIn-Reply-To: <a1@shop.example>", []string{"shop.example"}, ""},
		{"a claim on a claimed ticket", "From: bob@farm.example\nMessage-ID: <b2@farm.example>\nIn-Reply-To: <b1@farm.example>", nil, claimed.ID},
		{"another customer", "From: carl@mill.example\nMessage-ID: <c1@mill.example>\nIn-Reply-To: <b1@farm.example>", nil, ""},
		{"a thread of strangers", ana + "Message-ID: <a5@shop.example>\nIn-Reply-To: <never@seen.example>", []string{"shop.example"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in.t = t
			got, _ := in.arrive(tc.lines, "words of "+tc.name, tc.passed...)
			if joined := got.ID == first.ID || got.ID == claimed.ID; tc.want != "" && got.ID != tc.want || tc.want == "" && joined {
				t.Errorf("ticket %s", got.ID)
			}
		})
	}
}

// TestMailOnce stores a mail once, also when it comes another way; another mail
// under the same id is stored.
func TestMailOnce(t *testing.T) {
	in := newInbox(t)
	const lines = "From: ana@shop.example\nSubject: Links\nMessage-ID: <a1@shop.example>"
	first, r := in.arrive("Received: from a by b\n"+lines, "one")
	_, again := in.arrive("Received: from c by d\n"+lines, "one")
	if !again.Duplicate || again.MessageIDs[0] != r.MessageIDs[0] {
		t.Errorf("%+v", again)
	}
	other, r := in.arrive(lines, "other words")
	if r.Duplicate || other.ID != first.ID || len(other.Messages) != 2 {
		t.Errorf("%+v, %d messages", r, len(other.Messages))
	}
}

// TestMailMachines: what only the desk knows of automatic mail.
func TestMailMachines(t *testing.T) {
	in := newInbox(t)
	automatic := func(lines string) triage.Automatic {
		t.Helper()
		got, _ := in.arrive(lines, "x "+lines)
		return got.Messages[len(got.Messages)-1].Automatic
	}
	for name, tc := range map[string]struct {
		lines string
		want  triage.Automatic
	}{
		"ourselves":              {"From: help@sendline.example\nMessage-ID: <1@x>", triage.AutomaticLoop},
		"ourselves, sub-address": {"From: help+t.x@sendline.example\nMessage-ID: <2@x>", triage.AutomaticLoop},
		"X-Loop of ours":         {"From: ana@shop.example\nX-Loop: help@sendline.example\nMessage-ID: <3@x>", triage.AutomaticLoop},
		"X-Loop of others":       {"From: ana@shop.example\nX-Loop: bot@shop.example\nMessage-ID: <4@x>", ""},
		"a list of ours":         {"From: ana@shop.example\nList-Id: <help.sendline.example>\nPrecedence: list\nMessage-ID: <5@x>", ""},
		"a list of others":       {"From: ana@shop.example\nList-Id: <users.lists.example>\nMessage-ID: <6@x>", triage.AutomaticList},
	} {
		if got := automatic(tc.lines); got != tc.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	form, _ := in.arrive("From: help@sendline.example\nReply-To: Vera <vera@mill.example>\nMessage-ID: <7@x>", "from the contact form", "sendline.example")
	if form.Customer.Email != "vera@mill.example" || form.Identity != triage.IdentityClaimed || form.Messages[0].Automatic != "" {
		t.Errorf("contact form: %+v %s", form.Customer, form.Identity)
	}
	flood := 0
	for i := range 60 {
		if automatic(fmt.Sprintf("From: loud@mill.example\nMessage-ID: <l%d@x>", i)) == triage.AutomaticFlood {
			flood++
		}
	}
	if flood != 20 {
		t.Errorf("%d of 60 mails were a flood", flood)
	}
}

// TestMailBounce: a notice about our answer joins its ticket, marks the
// delivery and opens the ticket again; one about an unknown mail does not.
func TestMailBounce(t *testing.T) {
	in := newInbox(t)
	in.Replies = &channel.ReplyAddresses{Local: "help", Domain: "sendline.example", Key: []byte("0123456789abcdef")}
	first, _ := in.arrive("From: Ana <ana@shop.example>\nSubject: Links\nMessage-ID: <a1@shop.example>", "one", "shop.example")
	const key = "out1@sendline.example"
	_, err := in.Store.Receive(context.Background(), store.Inbound{Source: "agent", TicketID: first.ID, MailIDs: []string{key},
		Messages: []triage.Message{{Role: triage.RoleAgent, Channel: triage.ChannelEmail, Text: "our answer", ExternalID: key}}})
	if err == nil {
		err = in.Store.SetState(context.Background(), first.ID, triage.StateResolved)
	}
	if err != nil {
		t.Fatal(err)
	}
	report := func(id string) string {
		return "From: MAILER-DAEMON@mx.shop.example\nSubject: Undelivered\nMessage-ID: <" + id + "@mx.shop.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
			"--b\nContent-Type: text/plain\n\nnot delivered " + id + "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ana@shop.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n" +
			"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s>\nSubject: Re: Links\n\n--b--\n"
	}
	unknown, _ := in.arrive(fmt.Sprintf(report("n1"), "never@sendline.example"), "")
	if unknown.ID == first.ID || !unknown.Automatic() {
		t.Errorf("a notice about an unknown mail is in %s", unknown.ID)
	}
	hers, _ := in.arrive(fmt.Sprintf(report("n2"), "a1@shop.example"), "")
	if hers.ID == first.ID {
		t.Error("a notice about a customer's own mail joined their ticket")
	}
	got, _ := in.arrive(fmt.Sprintf(report("n3"), key), "")
	last := got.Messages[len(got.Messages)-1]
	if got.ID != first.ID || last.Role != triage.RoleSystem || last.Automatic != triage.AutomaticBounce || got.State != triage.StateOpen || got.Customer != first.Customer {
		t.Errorf("%s %+v %s", got.ID, last, got.State)
	}
	m, err := channel.ReadMail([]byte(fmt.Sprintf(report("n4"), key)))
	if err != nil || m.Bounce == nil || *m.Bounce != (channel.Bounce{Original: key, Recipient: "ana@shop.example", Status: "5.1.1", Failed: true, Reason: "550 no such user"}) {
		t.Errorf("%+v %v", m.Bounce, err)
	}
	// A reply from another address of hers comes to the signed address.
	other, _ := in.arrive("From: ana@home.example\nTo: "+in.Replies.Ticket(first.ID)+"\nMessage-ID: <h1@home.example>", "from home")
	if other.ID != first.ID || other.Customer.Email != "ana@shop.example" {
		t.Errorf("by reply address: %s %+v", other.ID, other.Customer)
	}
	// A colleague who was sent the mail answers, with proof: it is her ticket all the same.
	claimed, _ := in.arrive("From: bob@farm.example\nMessage-ID: <b1@farm.example>", "mine")
	guest, _ := in.arrive("From: eve@mill.example\nTo: "+in.Replies.Ticket(claimed.ID)+"\nMessage-ID: <e1@mill.example>", "I was told", "mill.example")
	if guest.ID != claimed.ID || guest.Customer != claimed.Customer || guest.Identity != triage.IdentityClaimed ||
		guest.Messages[1].Identity != triage.IdentityClaimed {
		t.Errorf("a colleague by reply address: %s %+v %s", guest.ID, guest.Customer, guest.Identity)
	}
	gone, _ := in.arrive("From: eve@mill.example\nTo: "+in.Replies.Ticket("tkt_none")+"\nMessage-ID: <e2@mill.example>", "to nobody")
	if gone.ID == "" || len(gone.Messages) != 1 {
		t.Errorf("to the address of a ticket that is gone: %+v", gone)
	}
	forged, _ := in.arrive("From: ana@home.example\nTo: help+t."+strings.TrimPrefix(first.ID, "tkt_")+".aaaaaaaaaaaaaaaa@sendline.example\nMessage-ID: <h2@home.example>", "forged address")
	if forged.ID == first.ID {
		t.Error("a forged reply address joined")
	}
}

// zone is a DNS server on loopback.
func zone(t *testing.T, txt map[string]string, silent ...string) string {
	t.Helper()
	h := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		name := strings.ToLower(q.Question[0].Name)
		for _, s := range silent {
			if strings.HasSuffix(name, s+".") {
				return
			}
		}
		m := new(dns.Msg)
		m.SetReply(q)
		if value, ok := txt[strings.TrimSuffix(name, ".")]; ok && q.Question[0].Qtype == dns.TypeTXT {
			m.Answer = append(m.Answer, &dns.TXT{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60}, Txt: []string{value}})
		} else if !ok {
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: pc, Handler: h}
	go srv.ActivateAndServe() //nolint:errcheck // it ends with the test
	t.Cleanup(func() { _ = srv.Shutdown() })
	return pc.LocalAddr().String()
}

// TestMailAuthentication looks by real DNS on loopback: SPF, DKIM and DMARC
// alignment make a sender verified, and nothing else does.
func TestMailAuthentication(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	at := zone(t, map[string]string{
		"s1._domainkey.shop.example": key, "s1._domainkey.news.shop.example": key, "s1._domainkey.evil.example": key, "s1._domainkey.news.farm.example": key, "s1._domainkey.mail.slow.example": key,
		"shop.example": "v=spf1 ip4:192.0.2.7 -all", "news.farm.example": "v=spf1 ip4:192.0.2.7 -all",
		"_dmarc.shop.example": "v=DMARC1; p=reject", "_dmarc.farm.example": "v=DMARC1; p=reject; adkim=s; aspf=s", "farm.example": "none",
	}, "_dmarc.slow.example")
	network, err := check.Loopback(at)
	if err != nil {
		t.Fatal(err)
	}
	in := newInbox(t)
	in.DNS = check.New(network, check.Options{QueryTimeout: 300 * time.Millisecond}).MailDNS()
	n := 0
	write := func(from, extra string) []byte {
		n++
		return []byte(fmt.Sprintf("%sFrom: %s\r\nTo: help@sendline.example\r\nSubject: Links\r\nMessage-ID: <%d@x.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\n\r\nwords %d\r\n", extra, from, n, n))
	}
	signed := func(from, domain string) []byte {
		t.Helper()
		var out bytes.Buffer
		err := dkim.Sign(&out, bytes.NewReader(write(from, "")), &dkim.SignOptions{Domain: domain, Selector: "s1", Signer: private,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed})
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	client := netip.MustParseAddr("192.0.2.7")
	results := func(text string) string { return "Authentication-Results: " + text + "\r\n" }
	for _, tc := range []struct {
		name string
		a    channel.Arrival
		want triage.Identity
	}{
		{"nothing", channel.Arrival{Raw: write("ana@shop.example", "")}, "claimed"},
		{"DKIM of the domain", channel.Arrival{Raw: signed("ana@shop.example", "shop.example")}, "verified"},
		{"DKIM, line breaks lost on the way", channel.Arrival{Raw: bytes.ReplaceAll(signed("ana@shop.example", "shop.example"), []byte("\r\n"), []byte("\n"))}, "verified"},
		{"DKIM of a part of the organisation", channel.Arrival{Raw: signed("ana@shop.example", "news.shop.example")}, "verified"},
		{"DKIM of a part, where the policy is strict", channel.Arrival{Raw: signed("ana@farm.example", "news.farm.example")}, "claimed"},
		{"DKIM of somebody else", channel.Arrival{Raw: signed("ana@shop.example", "evil.example")}, "claimed"},
		{"DKIM, words changed", channel.Arrival{Raw: bytes.Replace(signed("ana@shop.example", "shop.example"), []byte("words"), []byte("other"), 1)}, "claimed"},
		{"DKIM, another From on top", channel.Arrival{Raw: append([]byte("From: ceo@shop.example\r\n"), signed("ana@shop.example", "shop.example")...)}, "claimed"},
		{"DKIM, the policy cannot be asked for", channel.Arrival{Raw: signed("ana@slow.example", "mail.slow.example")}, "claimed"},
		{"SPF", channel.Arrival{Raw: write("ana@shop.example", ""), Envelope: channel.Envelope{From: "ana@shop.example", Client: client}}, "verified"},
		{"SPF from elsewhere", channel.Arrival{Raw: write("ana@shop.example", ""), Envelope: channel.Envelope{From: "ana@shop.example", Client: netip.MustParseAddr("192.0.2.8")}}, "claimed"},
		{"SPF of another path", channel.Arrival{Raw: write("ana@shop.example", ""), Envelope: channel.Envelope{From: "x@news.farm.example", Client: client}}, "claimed"},
		{"SPF of a part, where the policy is strict", channel.Arrival{Raw: write("ana@farm.example", ""), Envelope: channel.Envelope{From: "x@news.farm.example", Client: client}}, "claimed"},
		{"results of the trusted host", channel.Arrival{Trusted: "mx.sendline.example", Raw: write("ana@mill.example", results("mx.sendline.example; dkim=pass header.d=mill.example"))}, "verified"},
		{"results of DMARC", channel.Arrival{Trusted: "mx.sendline.example", Raw: write("ana@mill.example", results("mx.sendline.example; dmarc=pass (p=NONE) header.from=mill.example"))}, "verified"},
		{"results of another host", channel.Arrival{Trusted: "mx.sendline.example", Raw: write("ana@mill.example", results("mx.evil.example; dkim=pass header.d=mill.example"))}, "claimed"},
		{"results, none trusted", channel.Arrival{Raw: write("ana@mill.example", results("mx.sendline.example; dkim=pass header.d=mill.example"))}, "claimed"},
		{"results below those of another", channel.Arrival{Trusted: "mx.sendline.example", Raw: write("ana@mill.example", results("mx.evil.example; none")+results("mx.sendline.example; dkim=pass header.d=mill.example"))}, "claimed"},
		{"results, written into an address", channel.Arrival{Trusted: "mx.sendline.example", Raw: write("ana@mill.example", results(`mx.sendline.example; spf=pass (domain of "x; dmarc=pass header.from=mill.example"@evil.example) smtp.mailfrom="x; dmarc=pass header.from=mill.example "@evil.example`))}, "claimed"},
		{"ARC results", channel.Arrival{Trusted: "mx.sendline.example", Raw: write("ana@mill.example", "ARC-Authentication-Results: i=1; mx.sendline.example; dkim=pass header.d=mill.example\r\n")}, "claimed"},
		{"no From", channel.Arrival{Raw: []byte("Date: Fri, 20 Nov 2026 10:00:00 +0100\r\nSubject: none\r\n\r\nwords"), Envelope: channel.Envelope{From: "ana@shop.example", Client: client}}, "none"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in.t = t
			got, _ := in.take(tc.a)
			if got.Messages[0].Identity != tc.want {
				t.Errorf("%s, want %s", got.Messages[0].Identity, tc.want)
			}
		})
	}
}
