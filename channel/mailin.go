package channel

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"blitiri.com.ar/go/spf"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"readback/store"
	"readback/triage"
)

// MailIn takes mail into the desk, whichever way it came: it tells who wrote
// it, which ticket it belongs to and whether a machine wrote it. It is safe
// for concurrent use.
type MailIn struct {
	Store *store.Store
	DNS   spf.DNSResolver // for SPF, DKIM and DMARC; nil = nobody is verified by our own look
	// Replies reads the signed addresses that answers and notices come back to;
	// nil when the desk sends no mail.
	Replies *ReplyAddresses
	Clock   func() time.Time
	Log     *slog.Logger

	once    sync.Once
	senders *lru.Cache[string, *rate.Limiter]
}

// A person writes a few mails in a row and rests; what goes on past this is a
// machine that no other sign gave away.
const (
	senderBurst = 40
	senderEvery = 3 * time.Minute // one more mail each
	maxSenders  = 10_000
)

// Arrival is one mail as a connection delivered it.
type Arrival struct {
	Source    string   // such as "mail/support"
	Own       []string // addresses and domains of the desk; mail from them is ours
	Trusted   string   // the host whose Authentication-Results header counts, "" = none
	Mail      Mail
	MIME      []byte // the mail as it was sent, nil when the provider took it apart
	Envelope  Envelope
	Passed    []Passed // what the provider found, where it is to be believed
	Raw       []byte   // what is kept: the mail, or the body of the hook when there is no more
	RawType   string
	Vouched   bool   // who posted it showed the secret, or signed it
	Token     string // one-time token of the hook
	TokenEnds time.Time
}

// Receive stores a mail with its triage job. It is stored once however often
// it arrives. A reply joins the ticket that it answers when its sender is that
// ticket's customer, as sure as the ticket is of them; a notice that our mail
// did not arrive joins the ticket of that mail. Errors as of store.Receive.
func (in *MailIn) Receive(ctx context.Context, a Arrival) (store.Receipt, error) {
	m := &a.Mail
	msg := &m.Messages[0]
	in.relayed(&a)
	token := in.addressed(&a)
	proof := authenticate(ctx, in.DNS, m, a.Envelope, a.MIME, a.Passed, a.Trusted)
	if proof.Verified && msg.Identity == triage.IdentityClaimed && !a.isOwn(m.Customer.Email) {
		m.Identity, msg.Identity = triage.IdentityVerified, triage.IdentityVerified
	}
	found, err := in.Store.MailThread(ctx, thread(m))
	if err != nil {
		return store.Receipt{}, err
	}
	in.machine(&a, found)
	ticket := joins(m, found)
	if ticket == "" && token != "" {
		if token, err = in.asGuest(ctx, token, m); err != nil {
			return store.Receipt{}, err
		}
		ticket = token
	}
	if m.Bounce != nil && ticket != "" {
		msg.Role = triage.RoleSystem
	}
	inbound := store.Inbound{
		Source: a.Source, TicketID: ticket, MessageKey: messageKey(&a), Subject: m.Subject, Customer: m.Customer, Messages: in.messages(m),
		Raw: a.Raw, RawType: a.RawType, MailIDs: append([]string{m.MessageID}, m.Answers...), Token: a.Token, TokenEnds: a.TokenEnds,
	}
	receipt, err := in.Store.Receive(ctx, inbound)
	if err != nil {
		return receipt, err
	}
	in.log().Info("mail received", "source", a.Source, "ticket", receipt.TicketID, "duplicate", receipt.Duplicate, "joined", ticket != "",
		"identity", msg.Identity, "proof", proof.By.Method+proof.Why, "automatic", msg.Automatic, "unread", m.Unread)
	if m.Bounce != nil && m.Bounce.Failed && ticket != "" && !receipt.Duplicate {
		err = in.cameBack(ctx, m.Bounce, receipt.TicketID)
	}
	return receipt, err
}

// asGuest is for whoever answers to the signed address of a ticket: they join
// it, and where they are not its customer their proof of who they are is none
// of being that customer. The ticket stays whose it is. It returns "" when the
// ticket is gone.
func (in *MailIn) asGuest(ctx context.Context, ticketID string, m *Mail) (string, error) {
	t, err := in.Store.Ticket(ctx, ticketID)
	if triage.CodeOf(err) == triage.NotFound {
		return "", nil
	}
	if err == nil && !strings.EqualFold(t.Customer.Email, m.Customer.Email) && t.Identity != triage.IdentityVerified {
		m.Identity, m.Messages[0].Identity = t.Identity, t.Identity
	}
	return ticketID, err
}

// addressed reads the signed addresses that a mail came to. It returns the
// ticket that an answer belongs to, "" for none; a notice that came to the
// return path of one of our mails is about that one.
func (in *MailIn) addressed(a *Arrival) (ticketID string) {
	if in.Replies == nil {
		return ""
	}
	m := &a.Mail
	for _, to := range slices.Concat(a.Envelope.To, m.To) {
		ticket, message := in.Replies.Read(to)
		ticketID = cmp.Or(ticketID, ticket)
		if message == "" {
			continue
		}
		if m.Bounce == nil {
			m.Bounce = &Bounce{} // people write to no return path
			m.Bounce.guess(m.Messages[0].Text)
			m.Messages[0].Automatic = triage.AutomaticBounce
		}
		m.Bounce.Original = strings.TrimPrefix(message, "msg_") + "@" + in.Replies.Domain
	}
	if m.Bounce != nil {
		return "" // only by the mail it is about
	}
	return ticketID
}

// cameBack marks a mail of ours as failed, and makes its ticket ours to act on:
// the answer did not arrive.
func (in *MailIn) cameBack(ctx context.Context, b *Bounce, ticketID string) error {
	d, err := in.Store.DeliveryBy(ctx, store.DeliverMail, "", b.Original)
	if err == nil {
		err = in.Store.Bounced(ctx, d.ID, cmp.Or(b.Status, "bounced"))
	}
	if code := triage.CodeOf(err); err != nil && code != triage.NotFound && code != triage.Conflict {
		return err
	}
	return in.reopen(ctx, ticketID)
}

// reopen makes a ticket ours to act on.
func (in *MailIn) reopen(ctx context.Context, ticketID string) error {
	t, err := in.Store.Ticket(ctx, ticketID)
	if err != nil || t.State == triage.StateOpen {
		return err
	}
	return in.Store.SetState(ctx, ticketID, triage.StateOpen)
}

func (in *MailIn) log() *slog.Logger {
	if in.Log == nil {
		return slog.Default()
	}
	return in.Log
}

func (in *MailIn) now() time.Time {
	if in.Clock == nil {
		return time.Now()
	}
	return in.Clock()
}

// messages are the mail's own and, where its body was left unread, a notice of
// why.
func (in *MailIn) messages(m *Mail) []triage.Message {
	if m.Unread == "" {
		return m.Messages
	}
	return append(m.Messages, triage.Message{Role: triage.RoleSystem, Channel: triage.ChannelEmail, Identity: triage.IdentityNone,
		Text: "This mail was not read: " + m.Unread + ". Its original is kept whole."})
}

// isOwn reports whether an address is one of the desk's.
func (a *Arrival) isOwn(address string) bool {
	address = strings.ToLower(address)
	local, domain, _ := strings.Cut(address, "@")
	base, _, _ := strings.Cut(local, "+")
	return slices.ContainsFunc(a.Own, func(own string) bool {
		own = strings.ToLower(own)
		return own == address || own == base+"@"+domain || own == domain || own == "@"+domain
	})
}

// relayed makes the visitor of a contact form the sender: such forms write
// from the desk's own address and name the visitor in Reply-To. That stays a
// claim.
func (in *MailIn) relayed(a *Arrival) {
	m := &a.Mail
	if reply := m.head.addresses("Reply-To"); a.isOwn(m.Customer.Email) && len(reply) > 0 && !a.isOwn(reply[0].Address) {
		m.Customer = triage.Customer{Email: reply[0].Address, Name: reply[0].Name}
		m.Froms = nil // who the relay is proves nothing of the visitor
	}
}

// thread are the Message-IDs by which a mail finds its ticket, the nearest last.
func thread(m *Mail) []string {
	ids := append(m.Answers[:len(m.Answers):len(m.Answers)], m.MessageID)
	if m.Bounce != nil {
		ids = append(ids, m.Bounce.Original)
	}
	return ids
}

// machine marks mail that no person wrote, by what only the desk knows.
func (in *MailIn) machine(a *Arrival, found []store.Threaded) {
	m := &a.Mail
	msg := &m.Messages[0]
	ours := slices.ContainsFunc(found, func(t store.Threaded) bool {
		return m.MessageID != "" && t.External == m.MessageID && t.Role == triage.RoleAgent
	})
	looped := slices.ContainsFunc(m.head["X-Loop"], func(v string) bool { return a.isOwn(firstAddress(v)) })
	switch {
	case ours, looped, a.isOwn(m.Customer.Email):
		msg.Automatic = triage.AutomaticLoop
	case msg.Automatic == triage.AutomaticList && groupOf(m.head, a.isOwn):
		msg.Automatic = ""
	case msg.Automatic == "" && a.Envelope.Null:
		msg.Automatic = triage.AutomaticReply
	}
	if msg.Automatic == "" && !in.allow(m.Customer.Email) {
		msg.Automatic = triage.AutomaticFlood
	}
}

// allow counts the mails of a sender.
func (in *MailIn) allow(sender string) bool {
	if sender == "" {
		return true
	}
	in.once.Do(func() { in.senders, _ = lru.New[string, *rate.Limiter](maxSenders) }) // fails only without a size
	fresh := rate.NewLimiter(rate.Every(senderEvery), senderBurst)
	sender = strings.ToLower(sender)
	if have, known, _ := in.senders.PeekOrAdd(sender, fresh); known {
		in.senders.Get(sender) // used now
		fresh = have
	}
	return fresh.AllowN(in.now(), 1)
}

// joins returns the ticket that a mail belongs to, "" for a new one. Whoever
// writes joins only a ticket of their own: the same address, and verified
// where the ticket is.
func joins(m *Mail, found []store.Threaded) string {
	if m.Bounce != nil {
		for _, t := range found {
			if t.MailID == m.Bounce.Original && t.External == t.MailID && t.Role == triage.RoleAgent {
				return t.TicketID
			}
		}
		return ""
	}
	for _, t := range slices.Backward(found) {
		same := m.Customer.Email != "" && strings.EqualFold(t.Customer.Email, m.Customer.Email)
		sure := m.Identity == triage.IdentityVerified || t.Identity == triage.IdentityClaimed && m.Identity == triage.IdentityClaimed
		if same && sure {
			return t.TicketID
		}
	}
	return ""
}

// messageKey is what makes a mail the same when it comes again. Its own id is
// not enough: programs use one twice, and others may copy it. What servers on
// the way write into the header does not count.
func messageKey(a *Arrival) string {
	m := &a.Mail
	msg := &m.Messages[0]
	sum := sha256.New()
	say := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(sum, "%d:%s", len(p), p)
		}
	}
	named := m.MessageID != "" || !msg.SentAt.IsZero()
	switch {
	case a.MIME != nil && named:
		for _, name := range slices.Sorted(maps.Keys(m.head)) {
			if !onTheWay(name) {
				say(name)
				say(m.head[name]...)
			}
		}
		sum.Write(afterHeader(asLines(a.MIME)))
	case a.MIME != nil:
		sum.Write(a.MIME)
	case !named:
		sum.Write(a.Raw)
	default:
		say(m.MessageID, strings.ToLower(m.Customer.Email), m.Subject, msg.Text, msg.SentAt.Format(time.RFC3339))
		for _, f := range msg.Attachments {
			say(f.Name, strconv.FormatInt(f.Size, 10))
		}
	}
	return "mail:" + hex.EncodeToString(sum.Sum(nil))
}

// onTheWay reports whether servers write a header field while a mail is under
// way: two copies of one mail differ in it.
func onTheWay(name string) bool {
	for _, head := range []string{"X-", "Received", "Arc-", "Authentication-Results", "Return-Path", "Delivered-To", "Envelope-", "Dkim-", "Status"} {
		if strings.HasPrefix(name, head) {
			return true
		}
	}
	return false
}
