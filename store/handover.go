package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"readback/triage"
	"readback/triage/route"
)

// WhyHandedOver lists the codes that say why a person hands a ticket to another tier.
var WhyHandedOver = []string{"capability", "expertise", "misrouted", "workload", "escalation", "other"}

// whyReopened is the code of a ticket that stays where it was resolved.
const whyReopened = "reopened"

// Handover is a ticket's way from one tier to another by a person's word.
type Handover struct {
	ID       string    `json:"id"`
	TicketID string    `json:"ticket"`
	From     string    `json:"from"`   // tier
	To       string    `json:"to"`     // tier
	Why      string    `json:"why"`    // one of WhyHandedOver, or "reopened": a customer's word opened it again there
	Text     string    `json:"text"`   // what was written beside it, "" for nothing
	Person   string    `json:"person"` // id of the member of staff; "" when it was opened again
	At       time.Time `json:"at"`
	// Held: its tier has the ticket, whatever later triages say.
	Held           bool      `json:"held"`
	AcknowledgedBy string    `json:"acknowledged_by"` // id, "" while nobody of the tier has said that they have it
	AcknowledgedAt time.Time `json:"acknowledged_at,omitzero"`
	UndoneAt       time.Time `json:"undone_at,omitzero"`

	own    string // the tier that the route named then
	before string // id of the one that held until then
	notice string // id of the reply that tells the customer
}

const handoverColumns = `id, ticket_id, from_tier, to_tier, why, text, person, own, before, held, notice, created_at, acknowledged_by, acknowledged_at, undone_at`

func scanHandover(row interface{ Scan(...any) error }) (h Handover, err error) {
	var at, acknowledged, undone int64
	err = row.Scan(&h.ID, &h.TicketID, &h.From, &h.To, &h.Why, &h.Text, &h.Person, &h.own, &h.before, &h.Held, &h.notice, &at, &h.AcknowledgedBy, &acknowledged, &undone)
	h.At, h.AcknowledgedAt, h.UndoneAt = fromMicros(at), fromMicros(acknowledged), fromMicros(undone)
	return h, err
}

// HandOver gives a ticket to the tier h.To, for the reason h.Why, by h.Person,
// with h.Text beside it. The tier has it until the route names another owner
// than now (docs/routing.md), or somebody hands it on. notice tells the
// customer, after hold; "" tells nothing.
//
// Errors: NotFound; Conflict for a merged ticket; Invalid for the tier that has
// it, and for an unknown reason.
func (s *Store) HandOver(ctx context.Context, h Handover, notice string, hold time.Duration) (Handover, error) {
	if !slices.Contains(WhyHandedOver, h.Why) {
		return h, triage.Errorf(triage.Invalid, "The reason %q is none of those for a hand-over.", h.Why)
	}
	err := s.write(ctx, func(tx *sql.Tx) error { return s.handOver(ctx, tx, &h, notice, hold) })
	if err == nil {
		s.watch.tell(Event{Kind: EventRerouted, TicketID: h.TicketID, Tier: h.To})
		s.deal()
	}
	return h, err
}

// handOver is HandOver in a transaction.
func (s *Store) handOver(ctx context.Context, tx *sql.Tx, h *Handover, notice string, hold time.Duration) error {
	head, err := liveHead(ctx, tx, h.TicketID)
	if err != nil {
		return err
	}
	if head.tier == h.To {
		return triage.Errorf(triage.Invalid, "The tier %q has the ticket already.", h.To)
	}
	h.From = head.tier
	if r, err := newestResult(ctx, tx, h.TicketID); err == nil {
		h.own = ownerBy(&r.Route)
	} else if triage.CodeOf(err) != triage.NotFound {
		return err
	}
	if h.notice, err = s.sendNotice(ctx, tx, h.TicketID, h.Person, ReplyHanded, notice, head.state, hold); err != nil {
		return err
	}
	if err := s.insertHandover(ctx, tx, h); err != nil {
		return err
	}
	return s.record(ctx, tx, EventRerouted, h.TicketID, h.At, map[string]any{"handover": h.ID, "from": h.From, "to": h.To, "why": h.Why, "by": h.Person})
}

// insertHandover stores h as the one that holds and moves the ticket. Back to
// whom the route names needs no hold.
func (s *Store) insertHandover(ctx context.Context, tx *sql.Tx, h *Handover) error {
	h.ID, h.At, h.Held = s.newID("han"), s.now(), h.To != h.own || h.Why == whyReopened
	h.Text, h.Person = clean(h.Text), clean(h.Person)
	last, err := heldIn(ctx, tx, h.TicketID)
	if err != nil {
		return err
	}
	h.before = last.ID
	if _, err := tx.ExecContext(ctx, `UPDATE handovers SET held = 0 WHERE ticket_id = ?1 AND held = 1`, h.TicketID); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO handovers (`+handoverColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, '', 0, 0)`,
		h.ID, h.TicketID, h.From, h.To, h.Why, h.Text, h.Person, h.own, h.before, number(h.Held), h.notice, micros(h.At))
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, `UPDATE tickets SET tier = ?2, handed = ?3, updated_at = ?4 WHERE id = ?1`, h.TicketID, h.To, number(h.Person != ""), micros(h.At)); err != nil {
		return err
	}
	return s.leaveTier(ctx, tx, h.TicketID, h.From, h.To)
}

// heldIn is the hand-over that holds; zero for none.
func heldIn(ctx context.Context, tx *sql.Tx, ticketID string) (Handover, error) {
	h, err := scanHandover(tx.QueryRowContext(ctx, `SELECT `+handoverColumns+` FROM handovers WHERE ticket_id = ?1 AND held = 1`, ticketID))
	if errors.Is(err, sql.ErrNoRows) {
		return Handover{}, nil
	}
	return h, err
}

// lastHandover is the newest one that was not undone. Errors: NotFound.
func lastHandover(ctx context.Context, tx *sql.Tx, ticketID, id string) (Handover, error) {
	h, err := scanHandover(tx.QueryRowContext(ctx, `SELECT `+handoverColumns+` FROM handovers
		WHERE ticket_id = ?1 AND undone_at = 0 AND person <> '' ORDER BY created_at DESC, id DESC LIMIT 1`, ticketID))
	if errors.Is(err, sql.ErrNoRows) {
		return h, triage.Errorf(triage.NotFound, "The ticket was not handed over.")
	}
	if err == nil && h.ID != id {
		err = triage.Errorf(triage.Conflict, "The ticket was handed on since; look at it again.")
	}
	return h, err
}

// TakeOver says that somebody of the tier has a ticket that was handed over.
// Errors: NotFound; Conflict when it was acknowledged, undone or handed on.
func (s *Store) TakeOver(ctx context.Context, ticketID, id, person string) error {
	var h Handover
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		if h, err = lastHandover(ctx, tx, ticketID, id); err != nil {
			return err
		}
		if !h.AcknowledgedAt.IsZero() {
			return triage.Errorf(triage.Conflict, "Somebody has said already that they have it.")
		}
		now := s.now()
		if _, err = tx.ExecContext(ctx, `UPDATE handovers SET acknowledged_by = ?2, acknowledged_at = ?3 WHERE id = ?1`, id, clean(person), micros(now)); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, `UPDATE tickets SET handed = 0 WHERE id = ?1`, ticketID); err != nil {
			return err
		}
		return s.record(ctx, tx, EventAcknowledged, ticketID, now, map[string]any{"handover": id, "by": clean(person)})
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventAcknowledged, TicketID: ticketID, Tier: h.To})
	}
	return err
}

// UndoHandOver gives a ticket back to the tier that had it, under the hold that
// it had, and takes back what the customer would be told if that is not sent
// yet. Errors: NotFound; Conflict when it was handed on since.
func (s *Store) UndoHandOver(ctx context.Context, ticketID, id, person string) error {
	var h Handover
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		h, err = s.undoHandOver(ctx, tx, ticketID, id, person)
		return err
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventRerouted, TicketID: ticketID, Tier: h.From})
	}
	return err
}

// undoHandOver is UndoHandOver in a transaction.
func (s *Store) undoHandOver(ctx context.Context, tx *sql.Tx, ticketID, id, person string) (h Handover, err error) {
	if _, err = liveHead(ctx, tx, ticketID); err != nil {
		return h, err
	}
	if h, err = lastHandover(ctx, tx, ticketID, id); err != nil {
		return h, err
	}
	now := s.now()
	if _, err = tx.ExecContext(ctx, `UPDATE handovers SET held = 0, undone_at = ?2 WHERE id = ?1`, id, micros(now)); err != nil {
		return h, err
	}
	if _, err = tx.ExecContext(ctx, `UPDATE handovers SET held = 1 WHERE id = ?1 AND undone_at = 0`, h.before); err != nil {
		return h, err
	}
	if _, err = tx.ExecContext(ctx, `DELETE FROM replies WHERE id = ?1 AND state = ?2`, h.notice, ReplyHeld); err != nil {
		return h, err
	}
	if _, err = tx.ExecContext(ctx, `UPDATE tickets SET tier = ?2, handed = 0, updated_at = ?3 WHERE id = ?1`, ticketID, h.From, micros(now)); err != nil {
		return h, err
	}
	if err = s.leaveTier(ctx, tx, ticketID, h.To, h.From); err != nil {
		return h, err
	}
	return h, s.record(ctx, tx, EventRerouted, ticketID, now, map[string]any{"handover": id, "from": h.To, "to": h.From, "why": "undone", "by": clean(person)})
}

// handoversIn lists the hand-overs of a ticket, newest first, at most 20.
func handoversIn(ctx context.Context, tx *sql.Tx, ticketID string) ([]Handover, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+handoverColumns+` FROM handovers WHERE ticket_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 20`, ticketID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Handover
	for rows.Next() {
		h, err := scanHandover(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

// ownerBy is the tier that a route gives the next act to; "" when it gives it
// to nobody of ours, or is not sure.
func ownerBy(r *triage.Route) string {
	if r.Action != triage.Assign || len(r.Reasons) > 0 && route.Unsure(r.Reasons[0].Code) {
		return ""
	}
	return r.Tier
}

// lay puts a hold over what a route says.
func (h *Handover) lay(r *triage.Route) {
	if h.ID == "" {
		return
	}
	r.Reasons = append(slices.Clone(r.Reasons), triage.Reason{Code: route.CodeHeld, Params: map[string]string{"tier": h.To, "from": r.Tier, "why": h.Why}})
	r.Tier = h.To
}

// keepHold lays the hold of a ticket over a new result, or ends it when the
// route now names another owner: when it named one before, or when only that
// one may answer.
func (s *Store) keepHold(ctx context.Context, tx *sql.Tx, r *triage.Result) error {
	h, err := heldIn(ctx, tx, r.TicketID)
	if err != nil || h.ID == "" {
		return err
	}
	own := ownerBy(&r.Route)
	only := len(r.Route.Reasons) > 0 && route.OnlyHolder(r.Route.Reasons[0].Code)
	if own == "" || own == h.To || own == h.own || h.own == "" && !only {
		if h.own == "" && own != "" {
			if _, err := tx.ExecContext(ctx, `UPDATE handovers SET own = ?2 WHERE id = ?1`, h.ID, own); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE tickets SET tier = ?2 WHERE id = ?1`, r.TicketID, h.To)
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE handovers SET held = 0 WHERE id = ?1`, h.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE tickets SET handed = 0 WHERE id = ?1`, r.TicketID); err != nil {
		return err
	}
	return s.record(ctx, tx, EventRerouted, r.TicketID, s.now(), map[string]any{"handover": h.ID, "from": h.To, "to": r.Route.Tier, "why": "owner_changed"})
}
