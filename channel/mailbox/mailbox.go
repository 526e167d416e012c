// Package mailbox reads mail out of a mailbox by IMAP (RFC 9051, RFC 3501) and
// hands it to the desk. It only looks: the folder is opened read-only, nothing
// is marked, moved or deleted, so people may go on using it.
//
// How far it has read is kept in the store by UIDVALIDITY and UID, and moves
// on only once a mail is stored: a crash or a lost connection costs nothing.
// When the server gives the folder a new UIDVALIDITY the mails of the last days
// are read once more; those known by then are not stored twice.
package mailbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// TLS says how the connection is protected.
type TLS string

// The ways.
const (
	TLSImplicit TLS = "implicit" // from the first byte (RFC 8314)
	TLSStart    TLS = "starttls"
	TLSNone     TLS = "none" // on this machine only
)

// Options are a mailbox and what reads it.
type Options struct {
	Source   channel.MailSource
	Addr     string // host:port
	User     string
	Password string
	Folder   string // default INBOX
	TLS      TLS    // default implicit
	All      bool   // the first start reads what is there already; else only what comes from then on

	In    *channel.MailIn
	Store *store.Store
	Roots *x509.CertPool   // trusted authorities; nil = the system's
	Clock func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default

	Poll    time.Duration // how long at most without a look; default 5 min, 1 min where the server knows no IDLE
	Backoff time.Duration // the first wait after a fault, doubled up to 5 min; default 2 s
}

const (
	idlePoll   = 5 * time.Minute
	plainPoll  = time.Minute
	maxBackoff = 5 * time.Minute
	dialTime   = 15 * time.Second
	// overlap is how far back a folder with a new UIDVALIDITY is read again: a
	// look by day, in the server's time zone.
	overlap = 48 * time.Hour
	// batch is how many mails are asked for at once; each is held in memory.
	batch = 10
)

func (o *Options) defaults() {
	if o.Folder == "" {
		o.Folder = "INBOX"
	}
	if o.TLS == "" {
		o.TLS = TLSImplicit
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Backoff == 0 {
		o.Backoff = 2 * time.Second
	}
	o.Log = o.Log.With("mailbox", o.Source.Name)
}

// Run reads the mailbox until ctx ends. It connects again after every fault,
// waiting longer each time until one goes well. It returns only ctx's end.
func Run(ctx context.Context, o Options) {
	o.defaults()
	wait := o.Backoff
	for ctx.Err() == nil {
		began := o.Clock()
		err := o.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if o.Clock().Sub(began) > maxBackoff {
			wait = o.Backoff // it went well for a while
		}
		o.Log.Warn("mailbox left; it will be opened again", "error", err, "wait", wait)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait + rand.N(wait/4+1)):
		}
		wait = min(wait*2, maxBackoff)
	}
}

// errClosed says that the server ended the connection.
var errClosed = errors.New("the server closed the connection")

// session is one connection: it reads what is new, then waits for more.
func (o *Options) session(ctx context.Context) error {
	news := make(chan struct{}, 1)
	tell := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	c, err := o.connect(ctx, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				tell()
			}
		}}})
	if err != nil {
		return err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := c.Login(o.User, o.Password).Wait(); err != nil {
		return err
	}
	box, err := c.Select(o.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return err
	}
	pos, err := o.resume(ctx, c, box)
	if err != nil {
		return err
	}
	o.Log.Info("mailbox open", "folder", o.Folder, "uid", pos.UID)
	for {
		if err := o.fetchNew(ctx, c, &pos); err != nil {
			return err
		}
		if err := o.await(ctx, c, news); err != nil {
			return err
		}
	}
}

// Try signs in to a mailbox and opens its folder, read-only, and reads nothing.
func Try(ctx context.Context, o Options) error {
	o.defaults()
	c, err := o.connect(ctx, &imapclient.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := c.Login(o.User, o.Password).Wait(); err != nil {
		return err
	}
	_, err = c.Select(o.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	return err
}

func (o *Options) connect(ctx context.Context, opt *imapclient.Options) (*imapclient.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(o.Addr) //nolint:errcheck // it was dialled
	opt.TLSConfig = &tls.Config{ServerName: host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	switch o.TLS {
	case TLSStart:
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		return imapclient.NewStartTLS(conn, opt)
	case TLSNone:
		return imapclient.New(conn, opt), nil
	}
	secure := tls.Client(conn, opt.TLSConfig)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return imapclient.New(secure, opt), nil
}

// resume finds where to go on: behind the last mail that was stored.
func (o *Options) resume(ctx context.Context, c *imapclient.Client, box *imap.SelectData) (store.MailboxPosition, error) {
	pos, err := o.Store.Mailbox(ctx, o.Source.Name)
	switch {
	case triage.CodeOf(err) == triage.NotFound:
		pos = store.MailboxPosition{UIDValidity: box.UIDValidity, At: o.Clock()}
		if !o.All && box.UIDNext > 0 {
			pos.UID = uint32(box.UIDNext) - 1
		} else if !o.All {
			if pos.UID, err = lastUID(c); err != nil {
				return pos, err
			}
		}
		return pos, o.Store.SetMailbox(ctx, o.Source.Name, pos)
	case err != nil || pos.UIDValidity == box.UIDValidity:
		return pos, err
	}
	o.Log.Warn("the folder has new numbers; the mails of the last days are read again", "was", pos.UIDValidity, "is", box.UIDValidity)
	found, err := c.UIDSearch(&imap.SearchCriteria{Since: pos.At.Add(-overlap)}, nil).Wait()
	if err != nil {
		return pos, err
	}
	first := uint32(box.UIDNext)
	for _, uid := range found.AllUIDs() {
		if first == 0 || uint32(uid) < first {
			first = uint32(uid)
		}
	}
	pos.UIDValidity, pos.UID = box.UIDValidity, max(first, 1)-1
	return pos, nil
}

// lastUID is the highest UID of the folder, of a server that does not tell the
// next one.
func lastUID(c *imapclient.Client) (uint32, error) {
	found, err := c.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	if err != nil {
		return 0, err
	}
	last := uint32(0)
	for _, uid := range found.AllUIDs() {
		last = max(last, uint32(uid))
	}
	return last, nil
}

// await returns when there may be new mail: the server says so, or it was
// silent for long.
func (o *Options) await(ctx context.Context, c *imapclient.Client, news <-chan struct{}) error {
	poll := o.Poll
	idles := c.Caps().Has(imap.CapIdle) || c.Caps().Has(imap.CapIMAP4rev2)
	if poll == 0 && idles {
		poll = idlePoll
	} else if poll == 0 {
		poll = plainPoll
	}
	var idle *imapclient.IdleCommand
	if idles {
		// Some servers tell in IDLE of what comes from then on only; what came since
		// the last look they tell now.
		if err := c.Noop().Wait(); err != nil {
			return err
		}
		var err error
		if idle, err = c.Idle(); err != nil {
			return err
		}
	}
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.Closed():
		return errClosed
	case <-news:
	case <-timer.C:
	}
	if idle == nil {
		return c.Noop().Wait()
	}
	if err := idle.Close(); err != nil {
		return err
	}
	return idle.Wait()
}
