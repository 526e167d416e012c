package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"readback/triage"
	"readback/triage/route"
)

// Resolution is why a ticket is resolved.
type Resolution string

// The resolutions.
const (
	ResolvedConfirmed Resolution = "confirmed" // the customer said that it works, after they were asked
	ResolvedAnswered  Resolution = "answered"  // with the answer
	ResolvedNoReply   Resolution = "no_reply"  // they were asked once and kept silent
	ResolvedDuplicate Resolution = "duplicate"
	ResolvedSpam      Resolution = "spam"
	ResolvedNotOurs   Resolution = "not_ours"
)

// Resolutions lists those that a person can give, in the order of a menu.
var Resolutions = []Resolution{ResolvedAnswered, ResolvedConfirmed, ResolvedNoReply, ResolvedDuplicate, ResolvedSpam, ResolvedNotOurs}

// Resolve ends a ticket for a reason, by a person's id. A word of the customer
// opens it again. Errors: NotFound; Conflict for a merged ticket; Invalid for
// an unknown reason.
func (s *Store) Resolve(ctx context.Context, ticketID string, why Resolution, by string) error {
	if !slices.Contains(Resolutions, why) {
		return triage.Errorf(triage.Invalid, "The reason %q is none of those for resolving a ticket.", why)
	}
	return s.setState(ctx, ticketID, triage.StateResolved, why, by)
}

// AskToConfirm asks the customer whether it works now, in words that are sent
// after hold; then the ticket waits for them. person "" is the desk itself.
// Errors: NotFound; Invalid without words; Conflict for a merged or resolved
// ticket, and for a customer who has been asked and has not answered yet.
func (s *Store) AskToConfirm(ctx context.Context, ticketID, person, text string, hold time.Duration) error {
	if text == "" {
		return triage.Errorf(triage.Invalid, "There are no words to ask the customer with.")
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		var asked bool
		if err := tx.QueryRowContext(ctx, `SELECT asked_at > 0 OR EXISTS (SELECT 1 FROM replies WHERE ticket_id = ?1 AND kind = ?2 AND state = ?3)
			FROM tickets WHERE id = ?1`, ticketID, ReplyConfirm, ReplyHeld).Scan(&asked); err != nil {
			return err
		}
		if asked || head.state == triage.StateResolved {
			return triage.Errorf(triage.Conflict, "The customer was asked already, or the ticket is resolved.")
		}
		_, err = s.sendNotice(ctx, tx, ticketID, person, ReplyConfirm, text, triage.StateWaiting, hold)
		return err
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventHeld, TicketID: ticketID})
	}
	return err
}

// life is where a ticket is between open and resolved.
type life struct {
	tier          string
	action        triage.Action
	state, before triage.State
	asked         bool
	lastSeq       int64
}

func lifeOf(ctx context.Context, tx *sql.Tx, ticketID string) (l life, err error) {
	err = tx.QueryRowContext(ctx, `SELECT tier, action, state, state_before, asked_at > 0, last_seq FROM tickets WHERE id = ?1`, ticketID).
		Scan(&l.tier, &l.action, &l.state, &l.before, &l.asked, &l.lastSeq)
	return l, err
}

// settleState decides, once a customer's message that opened a ticket again was
// read, what it does to it. "It works" after they were asked resolves it;
// thanks and automatic mail leave it as it was; any other word keeps it open,
// with the tier that resolved it.
func (s *Store) settleState(ctx context.Context, tx *sql.Tx, r *triage.Result, was life) error {
	if was.before == "" || r.CoveredSeq < was.lastSeq {
		return nil // nobody wrote, or what they wrote last is not read yet
	}
	has := func(f triage.Flag) bool { return slices.Contains(r.Brief.Flags, f) }
	now := s.now()
	set := func(state triage.State, why Resolution, asked bool) error {
		_, err := tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, resolution = CASE WHEN ?3 <> '' THEN ?3 WHEN ?2 = ?5 THEN resolution ELSE '' END,
			asked_at = CASE WHEN ?4 = 1 THEN asked_at ELSE 0 END, state_before = '',
			tier = CASE WHEN ?2 = ?6 OR ?7 = '' THEN tier ELSE ?7 END WHERE id = ?1`, // thanks move nothing
			r.TicketID, state, why, number(asked), triage.StateResolved, triage.StateOpen, was.tier)
		if err != nil || state == triage.StateOpen {
			return err
		}
		return s.record(ctx, tx, EventState, r.TicketID, now, map[string]any{"state": state, "was": was.state, "why": why})
	}
	switch {
	case was.asked && (has(triage.FlagConfirms) || has(triage.FlagThanksOnly)) && !has(triage.FlagAutomatic):
		return set(triage.StateResolved, ResolvedConfirmed, false)
	case r.Route.Action == triage.None && (has(triage.FlagThanksOnly) || has(triage.FlagAutomatic)):
		return set(was.before, "", true)
	}
	if err := set(triage.StateOpen, "", false); err != nil || was.before != triage.StateResolved {
		return err
	}
	if was.tier == "" || was.tier == r.Route.Tier || len(r.Route.Reasons) > 0 && route.OnlyHolder(r.Route.Reasons[0].Code) {
		return nil
	}
	h := Handover{TicketID: r.TicketID, From: r.Route.Tier, To: was.tier, Why: whyReopened, own: ownerBy(&r.Route)}
	if err := s.insertHandover(ctx, tx, &h); err != nil {
		return err
	}
	return s.record(ctx, tx, EventRerouted, r.TicketID, now, map[string]any{"handover": h.ID, "from": h.From, "to": h.To, "why": h.Why})
}

// closeBatch is how many tickets one transaction closes: others write between.
const closeBatch = 100

// CloseSilent resolves the tickets whose customers were asked before a time
// whether it works, and have not answered. It returns how many.
func (s *Store) CloseSilent(ctx context.Context, before time.Time) (n int, err error) {
	for {
		var ids []string
		err = s.write(ctx, func(tx *sql.Tx) error {
			if ids, err = strs(ctx, tx, `SELECT id FROM tickets WHERE asked_at > 0 AND asked_at < ?1 AND state = ?2 AND merged_into = '' ORDER BY asked_at LIMIT ?3`,
				micros(before), triage.StateWaiting, closeBatch); err != nil {
				return err
			}
			for _, id := range ids {
				head, err := liveHead(ctx, tx, id)
				if err != nil {
					return err
				}
				if err := s.putState(ctx, tx, &head, triage.StateResolved, ResolvedNoReply, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		for _, id := range ids {
			s.watch.tell(Event{Kind: EventState, TicketID: id})
		}
		if n += len(ids); len(ids) < closeBatch {
			return n, nil
		}
	}
}
