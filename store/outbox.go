package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// DeliverMail is the kind of deliveries that are mails. Their key is their
// Message-ID, without brackets: answers and bounces name it.
const DeliverMail = "mail"

// DeliveryState is where something that goes out is on its way.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting DeliveryState = "waiting" // to be tried, at once or later
	DeliverySending DeliveryState = "sending" // being tried
	DeliverySent    DeliveryState = "sent"    // the receiver took it
	DeliveryUnknown DeliveryState = "unknown" // it may have arrived: a person looks
	DeliveryFailed  DeliveryState = "failed"  // given up; Retry tries again
)

// Delivery is one thing that goes out: a mail, a webhook, a note on a desk.
type Delivery struct {
	ID        string        `json:"id"`
	Kind      string        `json:"kind"`    // who carries it out, see WorkOptions.Senders
	Target    string        `json:"target"`  // one of several of that kind; "" = there is one
	Key       string        `json:"key"`     // the same on each try, such as a Message-ID; (Kind, Target, Key) is enqueued once
	TicketID  string        `json:"ticket"`  //
	MessageID string        `json:"message"` // that it carries; "" for none
	Body      []byte        `json:"-"`       // in the form of its kind; empty once erased
	State     DeliveryState `json:"state"`
	Tries     int           `json:"tries"`
	NextAt    time.Time     `json:"next_at"`    // of a waiting one: not before
	Code      string        `json:"code"`       // what came of the last try; "" before the first
	Ref       string        `json:"ref"`        // the receiver's id of it, "" unknown
	CreatedAt time.Time     `json:"created_at"` //
	ChangedAt time.Time     `json:"changed_at"` //
}

const deliveryColumns = `id, kind, target, key, ticket_id, message_id, body, state, tries, next_at, code, ref, created_at, changed_at`

func scanDelivery(row interface{ Scan(...any) error }) (d Delivery, err error) {
	var next, created, changed int64
	err = row.Scan(&d.ID, &d.Kind, &d.Target, &d.Key, &d.TicketID, &d.MessageID, &d.Body, &d.State, &d.Tries, &next, &d.Code, &d.Ref, &created, &changed)
	d.NextAt, d.CreatedAt, d.ChangedAt = fromMicros(next), fromMicros(created), fromMicros(changed)
	return d, err
}

// Enqueue puts something into the outbox. What is there under its kind, target
// and key stays as it is. Errors: Invalid without kind, key or ticket.
func (s *Store) Enqueue(ctx context.Context, d Delivery) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.enqueue(ctx, tx, d) })
}

// enqueue is Enqueue in a transaction.
func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, d Delivery) error {
	if d.Kind == "" || d.Key == "" || d.TicketID == "" {
		return triage.Errorf(triage.Invalid, "A delivery needs its kind, key and ticket.")
	}
	if d.Body == nil {
		d.Body = []byte{}
	}
	now := micros(s.now())
	var id string
	err := tx.QueryRowContext(ctx, `INSERT INTO deliveries (id, kind, target, key, ticket_id, message_id, body, state, tries, next_at, run, code, ref, created_at, changed_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, '', '', '', ?10, ?10) ON CONFLICT (kind, target, key) DO NOTHING RETURNING id`,
		s.newID("del"), clean(d.Kind), clean(d.Target), clean(d.Key), d.TicketID, d.MessageID, d.Body, DeliveryWaiting,
		max(now, micros(d.NextAt)), now).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.queue.InsertTx(ctx, tx, deliveryArgs{Delivery: id, Run: s.run}, nil)
	return err
}

// DeliveryFilter chooses deliveries, the last changed first. Zero fields choose all.
type DeliveryFilter struct {
	Kind     string
	State    DeliveryState
	TicketID string
	After    string // DeliveryPage.Next of the page before
	Limit    int    // default 50, at most 200
}

// DeliveryPage is a part of the outbox, without bodies.
type DeliveryPage struct {
	Deliveries []Delivery
	Next       string // cursor of the next page, "" at the end
}

// Deliveries returns a page of the outbox. Errors: Invalid for a cursor that is none.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter) (DeliveryPage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	var where []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "?" + strconv.Itoa(len(args))
	}
	if f.Kind != "" {
		where = append(where, "kind = "+arg(f.Kind))
	}
	if f.State != "" {
		where = append(where, "state = "+arg(f.State))
	}
	if f.TicketID != "" {
		where = append(where, "ticket_id = "+arg(f.TicketID))
	}
	if f.After != "" {
		at, id, err := parseCursor(f.After)
		if err != nil {
			return DeliveryPage{}, err
		}
		where = append(where, "(changed_at, id) < ("+arg(at)+", "+arg(id)+")")
	}
	query := `SELECT ` + deliveryColumns + ` FROM deliveries`
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	rows, err := s.reader.QueryContext(ctx, query+" ORDER BY changed_at DESC, id DESC LIMIT "+arg(limit+1), args...)
	if err != nil {
		return DeliveryPage{}, mapError(err)
	}
	defer rows.Close()
	page := DeliveryPage{Deliveries: []Delivery{}}
	for rows.Next() {
		if len(page.Deliveries) == limit {
			last := &page.Deliveries[limit-1]
			page.Next = cursor(last.ChangedAt, last.ID)
			break
		}
		d, err := scanDelivery(rows)
		if err != nil {
			return DeliveryPage{}, mapError(err)
		}
		d.Body = nil
		page.Deliveries = append(page.Deliveries, d)
	}
	return page, mapError(rows.Err())
}

// StuckDeliveries counts those that wait for a person: failed, or of unknown
// outcome. It counts to 100.
func (s *Store) StuckDeliveries(ctx context.Context) (n int, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM deliveries
		WHERE state IN (?1, ?2) AND code <> ?3 LIMIT 100) AS stuck`, DeliveryUnknown, DeliveryFailed, CodeErased).Scan(&n)
	return n, mapError(err)
}

// DeliveryBy finds what went out under a key, such as a mail by its Message-ID.
// Errors: NotFound.
func (s *Store) DeliveryBy(ctx context.Context, kind, target, key string) (Delivery, error) {
	d, err := scanDelivery(s.reader.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE kind = ?1 AND target = ?2 AND key = ?3`, kind, target, key))
	if errors.Is(err, sql.ErrNoRows) {
		return d, triage.Errorf(triage.NotFound, "Nothing went out under that key.")
	}
	return d, mapError(err)
}

// Retry has another try made of what failed, or of what may have arrived when
// a person has found that it did not. Errors: NotFound; Conflict in another
// state, and for what was erased.
func (s *Store) Retry(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = ?2, next_at = ?3, changed_at = ?3, tries = 0
			WHERE id = ?1 AND state IN (?4, ?5) AND code <> ?6`, id, DeliveryWaiting, micros(s.now()), DeliveryFailed, DeliveryUnknown, CodeErased)
		if err != nil {
			return err
		}
		if err := wasStuck(ctx, tx, res, id); err != nil {
			return err
		}
		// The job of the last try may be at its end still.
		_, err = s.queue.InsertTx(ctx, tx, deliveryArgs{Delivery: id, Run: s.run, Again: randomID("job")}, nil)
		return err
	})
}

// Settle ends what may have arrived, by a person's word that it did.
// Errors: NotFound; Conflict in another state.
func (s *Store) Settle(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = ?2, changed_at = ?3 WHERE id = ?1 AND state = ?4`,
			id, DeliverySent, micros(s.now()), DeliveryUnknown)
		if err != nil {
			return err
		}
		return wasStuck(ctx, tx, res, id)
	})
}

// Bounced marks as failed what the receiver took and then sent back; code says
// why. Errors: NotFound; Conflict when it was never sent.
func (s *Store) Bounced(ctx context.Context, id, code string) error {
	var d Delivery
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		d, err = scanDelivery(tx.QueryRowContext(ctx, `UPDATE deliveries SET state = ?2, code = ?3, changed_at = ?4
			WHERE id = ?1 AND state IN (?5, ?6) RETURNING `+deliveryColumns,
			id, DeliveryFailed, clean(code), micros(s.now()), DeliverySent, DeliveryUnknown))
		if errors.Is(err, sql.ErrNoRows) {
			return notStuck(ctx, tx, id)
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, EventDelivery, d.TicketID, s.now(), deliveryData(&d))
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventDelivery, TicketID: d.TicketID})
	}
	return err
}

// wasStuck returns why res changed nothing, nil when it did.
func wasStuck(ctx context.Context, tx *sql.Tx, res sql.Result, id string) error {
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return notStuck(ctx, tx, id)
}

func notStuck(ctx context.Context, tx *sql.Tx, id string) error {
	var state DeliveryState
	err := tx.QueryRowContext(ctx, `SELECT state FROM deliveries WHERE id = ?1`, id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return triage.Errorf(triage.NotFound, "There is no delivery %q.", id)
	}
	if err != nil {
		return err
	}
	return triage.Errorf(triage.Conflict, "The delivery %q is %s: there is nothing to do by hand.", id, state)
}

// deliveryData is what an event keeps of a delivery.
func deliveryData(d *Delivery) map[string]any {
	return map[string]any{"delivery": d.ID, "of": d.Kind, "target": d.Target, "state": d.State, "code": d.Code, "tries": d.Tries, "message": d.MessageID}
}

// CodeErased is the code of deliveries whose customer was erased.
const CodeErased = "erased"

// wipeOutgoing takes the text of a ticket's unsent answers and deliveries; what
// still waited is not sent. With words only what they are in goes.
func wipeOutgoing(ctx context.Context, tx *sql.Tx, ticketID string, words *mask, now time.Time) error {
	if err := wipeReplies(ctx, tx, ticketID, words, now); err != nil {
		return err
	}
	out, err := strs(ctx, tx, `SELECT id FROM deliveries WHERE ticket_id = ?1`, ticketID)
	if err != nil {
		return err
	}
	for _, id := range out {
		var body []byte
		if err := tx.QueryRowContext(ctx, `SELECT body FROM deliveries WHERE id = ?1`, id).Scan(&body); err != nil {
			return err
		}
		if words != nil && !words.inRaw(body) {
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET body = ?2, ref = '', changed_at = ?3,
			code = CASE WHEN state IN (?4, ?5) THEN ?6 ELSE code END, state = CASE WHEN state IN (?4, ?5) THEN ?7 ELSE state END WHERE id = ?1`,
			id, []byte{}, micros(now), DeliveryWaiting, DeliverySending, CodeErased, DeliveryFailed)
		if err != nil {
			return err
		}
	}
	return nil
}

// wipeReplies takes the text and the files of a ticket's unsent answers. One
// that is held becomes a draft again, so that nobody gets what is left of it;
// a notice goes whole.
func wipeReplies(ctx context.Context, tx *sql.Tx, ticketID string, words *mask, now time.Time) error {
	unsent, err := strs(ctx, tx, `SELECT id FROM replies WHERE ticket_id = ?1 AND state <> ?2`, ticketID, ReplySent)
	if err != nil {
		return err
	}
	for _, id := range unsent {
		left := ""
		if words != nil {
			var text string
			if err := tx.QueryRowContext(ctx, `SELECT text FROM replies WHERE id = ?1`, id).Scan(&text); err != nil {
				return err
			}
			if left = words.apply(text); left == text {
				continue
			}
		} else if err := wipeFilesOf(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE replies SET text = ?2, findings = '{}', state = ?3, send_at = 0, changed_at = ?4 WHERE id = ?1`,
			id, left, ReplyDraft, micros(now)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM replies WHERE id = ?1 AND kind <> ?2`, id, ReplyAnswer); err != nil {
			return err
		}
	}
	return nil
}
