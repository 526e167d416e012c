package mailbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"readback/channel"
	"readback/channel/mailbox"
	"readback/store"
	"readback/store/storetest"
)

// world is an IMAP server on loopback with one mailbox, and a store.
type world struct {
	t     *testing.T
	store *store.Store
	user  *imapmemserver.User
	addr  string
	conns atomic.Pointer[[]net.Conn]
}

// keeping remembers the connections, so that a test can cut them.
type keeping struct {
	net.Listener
	w *world
}

func (k keeping) Accept() (net.Conn, error) {
	c, err := k.Listener.Accept()
	if err == nil {
		old := k.w.conns.Load()
		list := append(slices.Clone(*old), c)
		k.w.conns.Store(&list)
	}
	return c, err
}

func newWorld(t *testing.T) *world {
	w := &world{t: t}
	w.conns.Store(&[]net.Conn{})
	s, err := store.Open(context.Background(), store.Options{Path: storetest.File(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w.store = s
	w.fill()
	return w
}

// fill starts a server with a new, empty mailbox; a second one has the folder
// under new numbers.
func (w *world) fill() {
	w.t.Helper()
	mem := imapmemserver.New()
	w.user = imapmemserver.NewUser("support", "app-password")
	if err := w.user.Create("INBOX", nil); err != nil {
		w.t.Fatal(err)
	}
	mem.AddUser(w.user)
	srv := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIdle: {}},
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.addr = listener.Addr().String()
	go srv.Serve(keeping{listener, w}) //nolint:errcheck // it ends with the test
	w.t.Cleanup(func() { srv.Close() })
}

func (w *world) deliver(n int) {
	w.t.Helper()
	raw := fmt.Sprintf("From: ana@shop.example\r\nSubject: Mail %d\r\nMessage-ID: <%d@shop.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\n\r\nwords of mail %d\r\n", n, n, n)
	if _, err := w.user.Append("INBOX", literal{strings.NewReader(raw)}, &imap.AppendOptions{Time: time.Now()}); err != nil {
		w.t.Fatal(err)
	}
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// run reads the mailbox until the returned function is called.
func (w *world) run(change func(*mailbox.Options)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	o := mailbox.Options{Source: channel.MailSource{Name: "inbox", Provider: channel.ProviderIMAP}, Addr: w.addr, User: "support", Password: "app-password",
		TLS: mailbox.TLSNone, Store: w.store, In: &channel.MailIn{Store: w.store, Log: slog.New(slog.DiscardHandler)}, Log: slog.New(slog.DiscardHandler),
		Backoff: 5 * time.Millisecond, Poll: 5 * time.Second} // IDLE tells sooner; under load its start may miss a mail
	if change != nil {
		change(&o)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		mailbox.Run(ctx, o)
	}()
	return func() { cancel(); <-done }
}

// subjects waits until the store has so many tickets, and returns their
// subjects in order.
func (w *world) subjects(n int) []string {
	w.t.Helper()
	var out []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		page, err := w.store.Tickets(context.Background(), store.Filter{})
		if err != nil {
			w.t.Fatal(err)
		}
		out = nil
		for _, t := range page.Tickets {
			out = append(out, t.Subject)
		}
		if len(out) >= n {
			break
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) want(subjects ...string) {
	w.t.Helper()
	if got := w.subjects(len(subjects)); !slices.Equal(got, subjects) {
		w.t.Errorf("tickets %q, want %q", got, subjects)
	}
}

// opened waits until the mailbox was read for the first time.
func (w *world) opened() {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if _, err := w.store.Mailbox(context.Background(), "inbox"); err == nil {
			return
		}
	}
	w.t.Fatal("the mailbox was not opened")
}

// TestMailbox: what comes from the first start on is read, by IDLE; a stop and
// a cut connection cost nothing, and nothing is marked as read.
func TestMailbox(t *testing.T) {
	w := newWorld(t)
	w.deliver(1) // before the first start: left alone
	stop := w.run(nil)
	w.opened()
	w.deliver(2)
	w.want("Mail 2")
	for _, c := range *w.conns.Load() {
		c.Close()
	}
	w.deliver(3)
	w.want("Mail 2", "Mail 3")
	stop()
	w.deliver(4)
	w.deliver(5)
	stop = w.run(nil)
	defer stop()
	w.want("Mail 2", "Mail 3", "Mail 4", "Mail 5")
	status, err := w.user.Status("INBOX", &imap.StatusOptions{NumUnseen: true, NumMessages: true})
	if err != nil || *status.NumUnseen != 5 || *status.NumMessages != 5 {
		t.Errorf("%+v %v", status, err)
	}
}

// TestMailboxAll reads what is there already when it is asked to.
func TestMailboxAll(t *testing.T) {
	w := newWorld(t)
	for n := range 25 {
		w.deliver(100 + n)
	}
	stop := w.run(func(o *mailbox.Options) { o.All = true })
	defer stop()
	if got := w.subjects(25); len(got) != 25 {
		t.Errorf("%d tickets", len(got))
	}
}

// TestMailboxRenumbered: under a new UIDVALIDITY the last days are read again,
// and what is known is not stored twice.
func TestMailboxRenumbered(t *testing.T) {
	w := newWorld(t)
	w.deliver(1)
	stop := w.run(func(o *mailbox.Options) { o.All = true })
	w.want("Mail 1")
	stop()
	if err := w.store.SetMailbox(context.Background(), "inbox", store.MailboxPosition{UIDValidity: 99999, UID: 500, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	w.deliver(2)
	stop = w.run(nil)
	defer stop()
	w.want("Mail 1", "Mail 2")
}

// TestMailboxWrongPassword tries again, without end and without a panic.
func TestMailboxWrongPassword(t *testing.T) {
	w := newWorld(t)
	stop := w.run(func(o *mailbox.Options) { o.Password = "wrong" })
	for end := time.Now().Add(10 * time.Second); len(*w.conns.Load()) < 3 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	stop()
	if n := len(*w.conns.Load()); n < 3 {
		t.Errorf("%d connections", n)
	}
}

// A mailbox can be tried without reading it.
func TestTry(t *testing.T) {
	w := newWorld(t)
	for password, ok := range map[string]bool{"app-password": true, "wrong": false} {
		err := mailbox.Try(t.Context(), mailbox.Options{Source: channel.MailSource{Name: "inbox", Provider: channel.ProviderIMAP}, Addr: w.addr, User: "support", Password: password,
			TLS: mailbox.TLSNone, Log: slog.New(slog.DiscardHandler)})
		if (err == nil) != ok {
			t.Errorf("%s: %v", password, err)
		}
	}
}
