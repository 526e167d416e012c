package channel

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"sync"
	"time"

	"readback/store"
	"readback/triage"
)

// deskReads is how often a desk is read for what its webhooks lost.
const deskReads = 2 * time.Minute

// Hooked is what became of a desk's webhook.
type Hooked struct {
	Receipts []store.Receipt // of the messages in it
	Known    bool            // all of them were here before, or are ours
	Kept     bool            // it was not understood: keep it
}

// Hook takes a desk's webhook: it checks the raw body and stores what is in it.
// Errors: Unauthorized for a desk that is not configured as for a wrong
// signature; Invalid with Kept set for a body that is not understood; those of
// store.Receive.
func (ds *Desks) Hook(ctx context.Context, name string, h http.Header, query url.Values, body []byte) (out Hooked, err error) {
	d := ds.all[name]
	if d == nil {
		return out, refused("there is no such desk")
	}
	if err := d.verify(h, query, body, ds.clock()); err != nil {
		return out, err
	}
	if ds.mode(name) == ModeOff {
		return out, nil
	}
	key := d.deliveryKey(h, body)
	if before, ok := d.took.Get(key); ok && key != "" {
		return before, nil
	}
	list, look, err := d.parse(body)
	if err != nil {
		return Hooked{Kept: true}, err
	}
	out.Known = len(list) > 0
	for i := range list {
		r, err := ds.take(ctx, d, &list[i], body)
		if triage.CodeOf(err) == triage.Invalid {
			return Hooked{Kept: true}, err
		}
		if err != nil {
			return out, err
		}
		if r.TicketID == "" {
			continue // ours
		}
		out.Known = out.Known && r.Duplicate
		out.Receipts = append(out.Receipts, r)
	}
	for _, ticket := range look {
		select {
		case d.look <- ticket:
		default: // the next read finds it
		}
	}
	if key != "" {
		again := Hooked{Known: true}
		for _, r := range out.Receipts {
			r.Duplicate = true
			again.Receipts = append(again.Receipts, r)
		}
		d.took.Add(key, again)
	}
	return out, nil
}

// deliveryKey names a delivery of a webhook, which a desk sends again under the
// same id when our answer did not reach it; "" for one without an id. The body
// is in it because no desk signs the id. A message is stored once whatever this
// says: by the desk's own id of it, also after a restart.
func (d *connected) deliveryKey(h http.Header, body []byte) string {
	id := cmp.Or(h.Get("X-Chatwoot-Delivery"), h.Get("X-Zendesk-Webhook-Invocation-Id"))
	if id == "" {
		return ""
	}
	sum := sha256.Sum256(body)
	return id + " " + hex.EncodeToString(sum[:])
}

// take stores one message; the receipt is empty for one that we wrote.
func (ds *Desks) take(ctx context.Context, d *connected, s *said, raw []byte) (store.Receipt, error) {
	if s.Message.Role != triage.RoleCustomer {
		ours, err := ds.wrote(ctx, d, s)
		if err != nil || ours {
			return store.Receipt{}, err
		}
	}
	if raw == nil {
		raw = []byte(jsonText(s))
	}
	return ds.store.Receive(ctx, store.Inbound{Source: d.Source(), TicketKey: s.Ticket, MessageKey: s.ID, Subject: s.Subject,
		Customer: s.Customer, Messages: []triage.Message{s.Message}, Raw: raw, RawType: "application/json"})
}

// wrote reports whether a message of the desk is an answer of ours: by the id
// that the desk gave it, or by its words while that id is not known yet.
func (ds *Desks) wrote(ctx context.Context, d *connected, s *said) (bool, error) {
	ticket, err := ds.store.TicketBy(ctx, d.Source(), s.Ticket)
	if triage.CodeOf(err) == triage.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	went, err := ds.store.WentOut(ctx, DeliverAnswer, d.Name, s.ID, ticket)
	for i := range went {
		if went[i].Ref == s.ID {
			return true, err
		}
		w := ds.written(&went[i])
		if went[i].Ref == "" && went[i].Tries > 0 && w.Text != "" && w.is(s.Message.Text) {
			return true, err
		}
	}
	return false, err
}

// Run reads every desk that is not off at once and then every two minutes, and
// those tickets at once that a webhook only named, until ctx ends.
func (ds *Desks) Run(ctx context.Context) {
	var wait sync.WaitGroup
	for _, d := range ds.all {
		wait.Go(func() { ds.runOne(ctx, d) })
	}
	wait.Wait()
}

func (ds *Desks) runOne(ctx context.Context, d *connected) {
	tick := time.NewTicker(deskReads)
	defer tick.Stop()
	for {
		ds.note(ctx, d, ds.Read(ctx, d.Name))
		for again := false; !again; {
			select {
			case <-ctx.Done():
				return
			case ticket := <-d.look:
				ds.note(ctx, d, ds.readTicket(ctx, d, ticket))
			case <-tick.C:
				again = true
			}
		}
	}
}

// note keeps that a desk could not be read, for the page of connections.
func (ds *Desks) note(ctx context.Context, d *connected, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	ds.log.Warn("a desk could not be read", "desk", d.Name, "code", codeOf(err), "error", err)
	if err := ds.store.NoteConnection(ctx, d.Source(), ds.clock(), codeOf(err)); err != nil {
		ds.log.Warn("the failure of a desk is not kept", "desk", d.Name, "error", err)
	}
}

// readsAtOnce bounds how many parts of a desk that lies behind are read in a row.
const readsAtOnce = 5

// Read takes what was written on a desk since it was last read. The place is
// kept once all before it is stored. Errors: what came instead of an answer;
// those of store.Receive.
func (ds *Desks) Read(ctx context.Context, name string) error {
	d := ds.all[name]
	if d == nil || ds.mode(name) == ModeOff {
		return nil
	}
	for range readsAtOnce {
		c, err := ds.store.Connection(ctx, d.Source())
		if err != nil {
			return err
		}
		list, next, failed := d.read(ctx, c.Place, ds.clock())
		news, err := ds.takeAll(ctx, d, list)
		if err != nil {
			return err
		}
		if next != c.Place {
			if err := ds.store.SetPlace(ctx, d.Source(), next); err != nil {
				return err
			}
		}
		if failed != nil || !news {
			return failed
		}
	}
	return nil
}

// readTicket takes one ticket of a desk: what was written since the connection began.
func (ds *Desks) readTicket(ctx context.Context, d *connected, ticket string) error {
	if ds.mode(d.Name) == ModeOff {
		return nil
	}
	list, err := d.thread(ctx, ticket, ds.clock().Add(-lookBack))
	if err != nil {
		return err
	}
	_, err = ds.takeAll(ctx, d, list)
	return err
}

// lookBack is how old a message may be that is read because a webhook named its
// ticket: webhooks are tried again for some time.
const lookBack = 24 * time.Hour

// takeAll stores messages and reports whether one of them is new.
func (ds *Desks) takeAll(ctx context.Context, d *connected, list []said) (news bool, err error) {
	for i := range list {
		s := &list[i]
		r, err := ds.take(ctx, d, s, nil)
		switch {
		case triage.CodeOf(err) == triage.Invalid || triage.CodeOf(err) == triage.TooLarge:
			ds.log.Warn("a message of a desk cannot be stored", "desk", d.Name, "ticket", s.Ticket, "message", s.ID, "error", err)
			continue
		case err != nil:
			return news, err
		}
		if r.TicketID != "" && !r.Duplicate {
			news = true
			if err := ds.store.NoteConnection(ctx, d.Source(), ds.clock(), ""); err != nil {
				return news, err
			}
		}
		if r.Duplicate && s.Customer.Email != "" {
			if err := ds.nameCustomer(ctx, d, s, r.TicketID); err != nil {
				return news, err
			}
		}
	}
	return news, nil
}

// nameCustomer adds the address that a webhook did not tell, and has the ticket
// triaged with it: an account may hang on it.
func (ds *Desks) nameCustomer(ctx context.Context, d *connected, s *said, ticket string) error {
	changed, err := ds.store.NameCustomer(ctx, d.Source(), s.Ticket, s.Customer)
	if err != nil || !changed {
		return err
	}
	if err := ds.store.LookAgain(ctx, ticket); err != nil && triage.CodeOf(err) != triage.Conflict && triage.CodeOf(err) != triage.NotFound {
		return err
	}
	return nil
}
