package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"readback/triage"
)

// Send takes a person's draft for their answer. It is held for a while, in
// which TakeBack undoes it, and then becomes a message of the ticket, whose
// state is then after.
//
// Errors: NotFound without a draft; Invalid for an empty one and for an unknown
// state; Conflict for a merged ticket.
func (s *Store) Send(ctx context.Context, ticketID, person string, after triage.State, hold time.Duration) (r Reply, err error) {
	if after != triage.StateOpen && after != triage.StateWaiting && after != triage.StateResolved {
		return r, triage.Errorf(triage.Invalid, "The state %q is none of open, waiting, resolved.", after)
	}
	var tier string
	err = s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		tier = head.tier
		if r, err = unsent(ctx, tx, ticketID, person); err != nil {
			return err
		}
		if strings.TrimSpace(r.Text) == "" && len(r.Files) == 0 {
			return triage.Errorf(triage.Invalid, "The answer is empty; write it first.")
		}
		now := s.now()
		r.State, r.After, r.ChangedAt, r.SendAt = ReplyHeld, after, now, now.Add(hold)
		_, err = tx.ExecContext(ctx, `UPDATE replies SET state = ?2, after = ?3, changed_at = ?4, send_at = ?5 WHERE id = ?1`,
			r.ID, r.State, r.After, micros(r.ChangedAt), micros(r.SendAt))
		if err != nil {
			return err
		}
		_, err = s.queue.InsertTx(ctx, tx, replyArgs{Reply: r.ID, Run: s.run}, nil)
		return err
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventHeld, TicketID: ticketID, Tier: tier})
	}
	return r, err
}

// TakeBack makes a held answer a draft again; a notice is dropped. Errors: NotFound when there is
// none; Conflict when it has been sent meanwhile.
func (s *Store) TakeBack(ctx context.Context, replyID, person string) (r Reply, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		r, err = scanReply(tx.QueryRowContext(ctx, `SELECT `+replyColumns+` FROM replies WHERE id = ?1 AND person = ?2`, replyID, clean(person)))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return triage.Errorf(triage.NotFound, "There is no such answer of yours.")
		case err != nil:
			return err
		case r.State == ReplySent:
			return triage.Errorf(triage.Conflict, "The answer is on its way and cannot be taken back.")
		}
		if r.Kind == ReplyAutomatic {
			return dropAutomatic(ctx, tx, r.ID)
		}
		if r.Kind != ReplyAnswer {
			_, err = tx.ExecContext(ctx, `DELETE FROM replies WHERE id = ?1`, r.ID)
			return err
		}
		r.State, r.ChangedAt, r.SendAt = ReplyDraft, s.now(), time.Time{}
		if _, err = tx.ExecContext(ctx, `UPDATE replies SET state = ?2, changed_at = ?3, send_at = 0 WHERE id = ?1`,
			r.ID, r.State, micros(r.ChangedAt)); err != nil {
			return err
		}
		r.Files, err = filesOf(ctx, tx, r.ID, false)
		return err
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventHeld, TicketID: r.TicketID})
	}
	return r, err
}

// sendHeld makes a held answer whose time has come a message, with what goes
// out for it. It does nothing when it was taken back or sent, and returns how
// long there is to wait.
func (s *Store) sendHeld(ctx context.Context, id string, answer AnswerFunc) (wait time.Duration, err error) {
	var got received
	var late bool
	var r Reply
	err = s.write(ctx, func(tx *sql.Tx) error {
		r, err = scanReply(tx.QueryRowContext(ctx, `SELECT `+replyColumns+` FROM replies WHERE id = ?1 AND state = ?2`, id, ReplyHeld))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if wait = r.SendAt.Sub(s.now()); wait > 0 {
			return nil
		}
		if late, err = overtaken(ctx, tx, &r); err != nil || late {
			return err
		}
		got, err = s.insertAnswer(ctx, tx, &r, answer)
		return err
	})
	if errors.Is(err, errNowhere) { // such as when a desk's mode has ended
		got, late = received{}, true
		err = s.write(ctx, func(tx *sql.Tx) error { return dropAutomatic(ctx, tx, id) })
	}
	if err == nil && len(got.ids) > 0 {
		s.watch.tell(Event{Kind: EventReplied, TicketID: got.head.id, Tier: got.head.tier})
	}
	if err == nil && late {
		s.watch.tell(Event{Kind: EventHeld, TicketID: r.TicketID})
	}
	return max(wait, 0), err
}

// overtaken drops a question whether it works when the customer has written
// since: what they say comes first. What the desk tells by itself is dropped
// when anybody has.
func overtaken(ctx context.Context, tx *sql.Tx, r *Reply) (bool, error) {
	if r.Kind == ReplyAutomatic {
		var since bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM messages WHERE ticket_id = ?1 AND role <> ?2 AND received_at > ?3)
			OR EXISTS (SELECT 1 FROM tickets WHERE id = ?1 AND state IN (?4, ?5))`,
			r.TicketID, triage.RoleSystem, micros(r.ChangedAt), triage.StateResolved, StateMerged).Scan(&since)
		if err != nil || !since {
			return false, err
		}
		return true, dropAutomatic(ctx, tx, r.ID)
	}
	if r.Kind != ReplyConfirm {
		return false, nil
	}
	res, err := tx.ExecContext(ctx, `DELETE FROM replies WHERE id = ?1 AND EXISTS (SELECT 1 FROM messages
		WHERE ticket_id = ?2 AND role = ?3 AND received_at > ?4)`, r.ID, r.TicketID, triage.RoleCustomer, micros(r.ChangedAt))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// insertAnswer stores a reply as a message and what follows from it.
func (s *Store) insertAnswer(ctx context.Context, tx *sql.Tx, r *Reply, answer AnswerFunc) (got received, err error) {
	files, err := filesOf(ctx, tx, r.ID, true)
	if err != nil {
		return got, err
	}
	m := triage.Message{Role: triage.RoleAgent, Author: r.Person, Identity: triage.IdentityVerified, Text: r.Text}
	if r.Person == "" {
		m.Automatic = triage.AutomaticOwn
	}
	for _, f := range files {
		f.Body = nil // stored already
		m.Attachments = append(m.Attachments, f)
	}
	if m.Channel, err = answerChannel(ctx, tx, r.TicketID); err != nil {
		return got, err
	}
	in := Inbound{Source: sourceDesk, TicketID: r.TicketID, MessageKey: r.ID, Messages: []triage.Message{m},
		Raw: []byte(r.Text), RawType: "text/markdown; charset=utf-8"}
	if got, err = s.receive(ctx, tx, &in); err != nil {
		return got, err
	}
	now := s.now()
	if _, err = tx.ExecContext(ctx, `UPDATE replies SET state = ?2, text = '', findings = '{}', changed_at = ?3, message_id = ?4 WHERE id = ?1`,
		r.ID, ReplySent, micros(now), got.ids[0]); err != nil {
		return got, err
	}
	if _, err = tx.ExecContext(ctx, `UPDATE files SET holder = ?2 WHERE holder = ?1`, r.ID, got.ids[0]); err != nil {
		return got, err
	}
	why := Resolution("")
	if r.After == triage.StateResolved {
		why = ResolvedAnswered
	}
	if _, err = tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, resolution = ?3, state_before = '',
			asked_at = CASE WHEN ?4 = 1 THEN ?5 WHEN ?2 = ?6 THEN asked_at ELSE 0 END WHERE id = ?1`,
		got.head.id, r.After, why, number(r.Kind == ReplyConfirm), micros(now), triage.StateWaiting); err != nil {
		return got, err
	}
	data := map[string]any{"message": got.ids[0], "by": r.Person, "state": r.After, "was": got.head.state}
	if r.Kind != ReplyAnswer {
		data["kind"] = r.Kind
	}
	if r.Guarded {
		data["guarded"], data["found"] = true, foundBy(r.Findings)
	}
	if err = s.record(ctx, tx, EventReplied, got.head.id, now, data); err != nil || answer == nil {
		return got, err
	}
	t, err := ticketIn(ctx, tx, got.head.id)
	if err != nil {
		return got, err
	}
	out, err := answer(&t, files)
	if err != nil {
		return got, err
	}
	if r.Kind == ReplyAutomatic && len(out) == 0 {
		return got, errNowhere
	}
	for _, d := range out {
		d.TicketID, d.MessageID = t.ID, cmp.Or(d.MessageID, got.ids[0])
		if err := s.enqueue(ctx, tx, d); err != nil {
			return got, err
		}
		if d.Kind == DeliverMail { // answers and bounces name it
			if _, err := tx.ExecContext(ctx, `UPDATE messages SET external_id = ?2 WHERE id = ?1`, d.MessageID, clean(d.Key)); err != nil {
				return got, err
			}
			if err := insertMailIDs(ctx, tx, d.MessageID, []string{d.Key}); err != nil {
				return got, err
			}
		}
	}
	return got, nil
}

// answerChannel is the way the customer wrote last.
func answerChannel(ctx context.Context, tx *sql.Tx, ticketID string) (c triage.Channel, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT channel FROM messages WHERE ticket_id = t.id AND role = ?2 ORDER BY seq DESC LIMIT 1), t.channel)
		FROM tickets t WHERE t.id = ?1`, ticketID, triage.RoleCustomer).Scan(&c)
	return c, err
}

// queueReply is River's queue for answers that are held.
const queueReply = "reply"

// replyArgs ask for a held answer to be sent when its time has come.
type replyArgs struct {
	Reply string `json:"reply"`
	Run   string `json:"run"`
}

// Kind names the job in River's table.
func (replyArgs) Kind() string { return "reply" }

// InsertOpts lets a job wait in the queue once only; the sweep makes a new one
// of what was tried in vain.
func (replyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueReply, MaxAttempts: maxAttempts, UniqueOpts: uniqueWaiting}
}

type replyWorker struct {
	river.WorkerDefaults[replyArgs]
	store  *Store
	answer AnswerFunc
}

// NextRetry comes soon.
func (w *replyWorker) NextRetry(job *river.Job[replyArgs]) time.Time {
	return time.Now().Add(min(time.Duration(job.Attempt)*time.Second, maxSnooze))
}

// Work sends the job's answer, or goes back into the queue until it is time.
func (w *replyWorker) Work(ctx context.Context, job *river.Job[replyArgs]) error {
	wait, err := w.store.sendHeld(ctx, job.Args.Reply, w.answer)
	if err != nil {
		w.store.log.Warn("an answer could not be sent", "reply", job.Args.Reply, "attempt", job.Attempt, "error", err)
		return errors.New(string(triage.CodeOf(err)))
	}
	if wait > 0 {
		return river.JobSnooze(min(wait, maxSnooze))
	}
	return nil
}
