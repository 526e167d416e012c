package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"readback/triage"
)

// ReplyState is where an answer is on its way.
type ReplyState string

// The states of a reply.
const (
	ReplyDraft ReplyState = "draft" // being written
	ReplyHeld  ReplyState = "held"  // sent by the agent, and can still be taken back
	ReplySent  ReplyState = "sent"  // a message of the ticket
)

// ReplyKind says what is told.
type ReplyKind string

// The kinds of replies. Notices are sent from the catalogue's words, beside the
// answer that somebody may be writing.
const (
	ReplyAnswer    ReplyKind = ""
	ReplyHanded    ReplyKind = "handed"    // others have the ticket now
	ReplyConfirm   ReplyKind = "confirm"   // does it work?
	ReplyAutomatic ReplyKind = "automatic" // what the desk tells by itself, see TellCustomer
)

// Reply is an agent's answer. A person has one draft, or one that is held, for
// each ticket.
type Reply struct {
	ID        string              `json:"id"`
	TicketID  string              `json:"ticket"`
	Person    string              `json:"person"` // id of the member of staff
	Kind      ReplyKind           `json:"kind"`
	State     ReplyState          `json:"state"`
	Text      string              `json:"text"`       // Markdown; "" once sent: the message has it
	After     triage.State        `json:"after"`      // of the ticket once it is sent
	Files     []triage.Attachment `json:"files"`      // without bytes
	ChangedAt time.Time           `json:"changed_at"` //
	SendAt    time.Time           `json:"send_at"`    // of a held one; else zero
	MessageID string              `json:"message"`    // of a sent one; else ""
	Guarded   bool                `json:"-"`          // the guard has read it
	// Findings are those that the guard showed of the draft, by key; see NoteFindings.
	Findings map[string]Noted `json:"-"`
}

// AnswerFunc makes what goes out for an agent's answer: the last message of t,
// with the bytes of its attachments. It runs in the transaction that stores the
// answer, so it must be quick and ask nobody; its error keeps the answer from
// being sent, and it is tried again.
type AnswerFunc func(t *triage.Ticket, files []triage.Attachment) ([]Delivery, error)

// sourceDesk is the source of messages that staff write here.
const sourceDesk = "desk"

const replyColumns = `id, ticket_id, person, kind, state, text, after, changed_at, send_at, message_id, findings, guarded`

// SaveDraft keeps what a person has written for a ticket so far.
// Errors: NotFound; Conflict for a merged ticket, and while an answer of theirs is held.
func (s *Store) SaveDraft(ctx context.Context, ticketID, person, text string) (r Reply, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if r, err = s.draftIn(ctx, tx, ticketID, person); err != nil {
			return err
		}
		r.Text, r.ChangedAt = clean(text), s.now()
		_, err := tx.ExecContext(ctx, `UPDATE replies SET text = ?2, changed_at = ?3, guarded = CASE WHEN text = ?2 THEN guarded ELSE 0 END WHERE id = ?1`, r.ID, r.Text, micros(r.ChangedAt))
		return err
	})
	return r, err
}

// draftIn finds or makes the person's draft. Errors: NotFound, Conflict.
func (s *Store) draftIn(ctx context.Context, tx *sql.Tx, ticketID, person string) (Reply, error) {
	if _, err := liveHead(ctx, tx, ticketID); err != nil {
		return Reply{}, err
	}
	r, err := unsent(ctx, tx, ticketID, person)
	switch {
	case triage.CodeOf(err) == triage.NotFound:
	case err == nil && r.State == ReplyHeld:
		return r, triage.Errorf(triage.Conflict, "An answer of yours is being sent; take it back to change it.")
	default:
		return r, err
	}
	r = Reply{ID: s.newID("rep"), TicketID: ticketID, Person: clean(person), State: ReplyDraft, After: triage.StateWaiting, ChangedAt: s.now()}
	return r, insertReply(ctx, tx, &r)
}

func insertReply(ctx context.Context, tx *sql.Tx, r *Reply) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO replies (`+replyColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', '{}', 0)`,
		r.ID, r.TicketID, r.Person, r.Kind, r.State, r.Text, r.After, micros(r.ChangedAt), micros(r.SendAt))
	return err
}

// sendNotice has a notice sent after hold, and returns its id; "" for no words.
// After it the ticket is in the state after.
func (s *Store) sendNotice(ctx context.Context, tx *sql.Tx, ticketID, person string, kind ReplyKind, text string, after triage.State, hold time.Duration) (string, error) {
	if text == "" {
		return "", nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM replies WHERE ticket_id = ?1 AND person = ?2 AND kind = ?3 AND state = ?4`,
		ticketID, clean(person), kind, ReplyHeld); err != nil {
		return "", err
	}
	now := s.now()
	r := Reply{ID: s.newID("rep"), TicketID: ticketID, Person: clean(person), Kind: kind, State: ReplyHeld, Text: clean(text), After: after, ChangedAt: now, SendAt: now.Add(hold)}
	if err := insertReply(ctx, tx, &r); err != nil {
		return "", err
	}
	_, err := s.queue.InsertTx(ctx, tx, replyArgs{Reply: r.ID, Run: s.run}, nil)
	return r.ID, err
}

// unsent reads the draft or held answer of a person. Errors: NotFound.
func unsent(ctx context.Context, tx *sql.Tx, ticketID, person string) (Reply, error) {
	r, err := scanReply(tx.QueryRowContext(ctx, `SELECT `+replyColumns+` FROM replies
		WHERE ticket_id = ?1 AND person = ?2 AND kind = '' AND state <> ?3`, ticketID, clean(person), ReplySent))
	if errors.Is(err, sql.ErrNoRows) {
		return r, triage.Errorf(triage.NotFound, "There is no draft of yours for this ticket.")
	}
	if err == nil {
		r.Files, err = filesOf(ctx, tx, r.ID, false)
	}
	return r, err
}

func scanReply(row interface{ Scan(...any) error }) (r Reply, err error) {
	var changed, send int64
	var findings []byte
	if err = row.Scan(&r.ID, &r.TicketID, &r.Person, &r.Kind, &r.State, &r.Text, &r.After, &changed, &send, &r.MessageID, &findings, &r.Guarded); err != nil {
		return r, err
	}
	r.ChangedAt, r.SendAt = fromMicros(changed), fromMicros(send)
	return r, json.Unmarshal(findings, &r.Findings)
}

// Unsent returns the draft or held answer of a person for a ticket.
// Errors: NotFound.
func (s *Store) Unsent(ctx context.Context, ticketID, person string) (r Reply, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		r, err = unsent(ctx, tx, ticketID, person)
		return err
	})
	return r, err
}

// Attach adds a file to a person's draft, which it makes when there is none.
// Errors: those of SaveDraft; Invalid without a name.
func (s *Store) Attach(ctx context.Context, ticketID, person string, file triage.Attachment) (r Reply, err error) {
	if strings.TrimSpace(file.Name) == "" {
		return r, triage.Errorf(triage.Invalid, "A file needs a name.")
	}
	if file.Body == nil {
		file.Body = []byte{}
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		if r, err = s.draftIn(ctx, tx, ticketID, person); err != nil {
			return err
		}
		if _, err = s.keepFiles(ctx, tx, r.ID, []triage.Attachment{file}, s.now()); err != nil {
			return err
		}
		r.Files, err = filesOf(ctx, tx, r.ID, false)
		return err
	})
	return r, err
}

// Detach takes a file out of a person's draft. Errors: NotFound, Conflict.
func (s *Store) Detach(ctx context.Context, ticketID, person, fileID string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := unsent(ctx, tx, ticketID, person)
		if err != nil {
			return err
		}
		if r.State == ReplyHeld {
			return triage.Errorf(triage.Conflict, "The answer is being sent; take it back to change it.")
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM files WHERE id = ?1 AND holder = ?2`, fileID, r.ID)
		if err != nil {
			return err
		}
		return oneRow(res, triage.Errorf(triage.NotFound, "The draft has no such file."))
	})
}

// DropDraft forgets a person's draft with its files. Errors: NotFound; Conflict
// while it is being sent.
func (s *Store) DropDraft(ctx context.Context, ticketID, person string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := unsent(ctx, tx, ticketID, person)
		if err != nil {
			return err
		}
		if r.State == ReplyHeld {
			return triage.Errorf(triage.Conflict, "The answer is being sent; take it back to drop it.")
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM files WHERE holder = ?1`, r.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM replies WHERE id = ?1`, r.ID)
		return err
	})
}
