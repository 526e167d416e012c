package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// fetchNew hands on every mail behind the position, the oldest first.
func (o *Options) fetchNew(ctx context.Context, c *imapclient.Client, pos *store.MailboxPosition) error {
	behind := imap.UIDSet{{Start: imap.UID(pos.UID + 1), Stop: 0}} // 0 is *
	found, err := c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{behind}}, nil).Wait()
	if err != nil {
		return err
	}
	// "n:*" names the last mail even when it is older.
	uids := slices.DeleteFunc(found.AllUIDs(), func(u imap.UID) bool { return uint32(u) <= pos.UID })
	slices.Sort(uids)
	for part := range slices.Chunk(uids, batch) {
		if err := o.fetch(ctx, c, part, pos); err != nil {
			return err
		}
	}
	return nil
}

// fetch hands on some mails. Of one that is too large only the header is
// asked for; the rest stays where it is.
func (o *Options) fetch(ctx context.Context, c *imapclient.Client, uids []imap.UID, pos *store.MailboxPosition) error {
	sizes, err := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
	if err != nil {
		return err
	}
	slices.SortFunc(sizes, func(a, b *imapclient.FetchMessageBuffer) int { return int(int64(a.UID) - int64(b.UID)) })
	for _, m := range sizes {
		section := &imap.FetchItemBodySection{Peek: true}
		if m.RFC822Size > channel.MaxMail {
			section.Specifier = imap.PartSpecifierHeader
		}
		got, err := c.Fetch(imap.UIDSetNum(m.UID), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		if err != nil {
			return err
		}
		for _, g := range got {
			if raw := g.FindBodySection(section); g.UID == m.UID && raw != nil {
				if err := o.receive(ctx, raw, m.RFC822Size); err != nil {
					return fmt.Errorf("mail %d: %w", m.UID, err)
				}
			}
		}
		// A mail that is gone by now was deleted by somebody.
		pos.UID, pos.At = uint32(m.UID), o.Clock()
		if err := o.Store.SetMailbox(ctx, o.Source.Name, *pos); err != nil {
			return err
		}
	}
	return nil
}

// receive takes one mail in. What is no mail is kept as it is.
func (o *Options) receive(ctx context.Context, raw []byte, size int64) error {
	mail, err := channel.ReadMail(raw)
	if size > channel.MaxMail && err == nil {
		mail.Unread = fmt.Sprintf("it has %d MiB, and the limit is %d; it is in the folder %s", size>>20, channel.MaxMail>>20, o.Folder)
	}
	if err == nil {
		_, err = o.In.Receive(ctx, channel.Arrival{Source: o.Source.Source(), Own: o.Source.Own, Trusted: o.Source.Trusted,
			Mail: mail, MIME: bytes.Clone(raw), Raw: raw, RawType: "message/rfc822", Vouched: true})
	}
	if code := triage.CodeOf(err); code == triage.Invalid || code == triage.TooLarge {
		var id string
		id, err = o.Store.KeepUnparsed(ctx, o.Source.Source(), "message/rfc822", raw, triage.MessageOf(err))
		o.Log.Warn("mail not understood, kept", "id", id)
	}
	return err
}
