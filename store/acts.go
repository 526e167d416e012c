package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"readback/triage"
)

// ActKind is what a person does to tickets from the list.
type ActKind string

// The kinds of acts.
const (
	ActResolve ActKind = "resolve" //
	ActWait    ActKind = "wait"    // for the customer
	ActReopen  ActKind = "reopen"  //
	ActAssign  ActKind = "assign"  // to Act.Assignee
	ActNext    ActKind = "next"    // to themselves, by TakeNext
	ActSnooze  ActKind = "snooze"  // until Act.Until
	ActWake    ActKind = "wake"    // the snooze ends now
	ActReroute ActKind = "reroute" // to Act.Tier, as a hand-over for the reason Act.Why
	ActAnswer  ActKind = "answer"  // it needs an answer, though the route says none
)

// ActKinds lists what Act takes.
var ActKinds = []ActKind{ActResolve, ActWait, ActReopen, ActAssign, ActSnooze, ActWake, ActReroute, ActAnswer}

// Act is what a person does to one ticket or several.
type Act struct {
	Kind     ActKind
	Assignee string    // of ActAssign: id of a user; "" = nobody
	Until    time.Time // of ActSnooze
	Tier     string    // of ActReroute
	Why      string    // of ActReroute: one of WhyHandedOver
}

// Acted is what came of an Act, or of its undoing.
type Acted struct {
	Token    string // undoes it, for who did it
	Kind     ActKind
	At       time.Time
	Assignee string    // of ActAssign
	Until    time.Time // of ActSnooze
	Done     []string  // ids of tickets
	Failed   []NotActed
	Undone   bool
}

// NotActed is a ticket that an act left as it was.
type NotActed struct {
	Ticket string
	Err    error // *triage.Error: NotFound, Conflict
}

// MaxActs is how many tickets one act takes; what is done can be undone for UndoLife.
const (
	MaxActs  = 200
	UndoLife = 24 * time.Hour
)

// desk is what acts change of a ticket.
type desk struct {
	State        triage.State `json:"state"`
	Assignee     string       `json:"assignee"`
	SnoozedUntil int64        `json:"snoozed_until"` // microseconds; 0 = not
	TakenBack    int          `json:"taken_back"`
	UpdatedAt    int64        `json:"updated_at"`
}

// actedOn is a ticket of an act, as it is stored with it.
type actedOn struct {
	Ticket string `json:"ticket"`
	Before desk   `json:"before"`
	After  desk   `json:"after"`
	Handed string `json:"handed,omitempty"` // id of the hand-over that it is
	tier   string
}

// Act does the same to each of the tickets, in one transaction. A ticket that
// it cannot be done to is left as it is and named in Failed; one that it is
// done to already counts as done. by is the id of a user.
// Errors: Invalid for no ticket, more than MaxActs, an unknown kind, a snooze
// that ends in the past, or an assignee who is no user that may sign in.
func (s *Store) Act(ctx context.Context, by string, a Act, ids []string) (Acted, error) {
	ids = distinct(ids)
	switch {
	case len(ids) == 0:
		return Acted{}, triage.Errorf(triage.Invalid, "Choose at least one ticket.")
	case len(ids) > MaxActs:
		return Acted{}, triage.Errorf(triage.Invalid, "These are %d tickets; at most %d at once.", len(ids), MaxActs)
	case !slices.Contains(ActKinds, a.Kind):
		return Acted{}, triage.Errorf(triage.Invalid, "The act %q is unknown.", a.Kind)
	case a.Kind == ActSnooze && !a.Until.After(s.now()):
		return Acted{}, triage.Errorf(triage.Invalid, "A snooze ends in the future.")
	case a.Kind == ActReroute && (a.Tier == "" || !slices.Contains(WhyHandedOver, a.Why)):
		return Acted{}, triage.Errorf(triage.Invalid, "Say to which tier, and why: one of %v.", WhyHandedOver)
	}
	if a.Kind == ActAssign && a.Assignee != "" {
		u, err := s.User(ctx, a.Assignee)
		if err != nil || !u.Active() {
			return Acted{}, triage.Errorf(triage.Invalid, "There is no user %q who works here.", a.Assignee)
		}
	}
	out := Acted{Kind: a.Kind, Assignee: a.Assignee, Until: a.Until}
	var on []actedOn
	err := s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		for _, id := range ids {
			x, err := deskIn(ctx, tx, id)
			if err == nil {
				x.After, err = a.apply(x.Before, id, now)
			}
			if code := triage.CodeOf(err); code == triage.NotFound || code == triage.Conflict {
				out.Failed = append(out.Failed, NotActed{id, err})
				continue
			}
			if err == nil && x.After != x.Before {
				err = s.setDesk(ctx, tx, &x, by, now, "")
			}
			if err == nil && a.Kind == ActReroute && x.tier != a.Tier {
				h := Handover{TicketID: id, To: a.Tier, Why: a.Why, Person: by}
				err = s.handOver(ctx, tx, &h, "", 0)
				x.Handed = h.ID
			}
			if err != nil {
				return err
			}
			out.Done = append(out.Done, id)
			on = append(on, x)
		}
		return s.keepAct(ctx, tx, by, &out, on, now)
	})
	if err != nil {
		return Acted{}, err
	}
	s.tellActed(on)
	return out, nil
}

// distinct are the ids without those that stand there again, in their order.
func distinct(ids []string) []string {
	var out []string
	for _, id := range ids {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// apply returns what the act makes of a ticket. Errors: Conflict when it
// cannot be done to one like that.
func (a Act) apply(d desk, id string, now time.Time) (desk, error) {
	was := d
	switch a.Kind {
	case ActResolve:
		d.State, d.SnoozedUntil, d.TakenBack = triage.StateResolved, 0, 0
	case ActWait:
		d.State, d.SnoozedUntil = triage.StateWaiting, 0
	case ActReopen, ActWake:
		d.State, d.SnoozedUntil = triage.StateOpen, 0
	case ActAssign, ActNext:
		d.Assignee = a.Assignee
		return d, nil // it keeps its place in lists
	case ActSnooze:
		if d.State == triage.StateResolved {
			return d, triage.Errorf(triage.Conflict, "The ticket %q is resolved; there is nothing to come back to.", id)
		}
		d.SnoozedUntil = micros(a.Until)
		return d, nil
	case ActAnswer:
		if d.State == triage.StateResolved {
			d.State = triage.StateOpen
		}
		d.TakenBack = 1
	}
	if d != was {
		d.UpdatedAt = micros(now)
	}
	return d, nil
}

// deskIn reads a ticket that is not merged. Errors: NotFound, Conflict.
func deskIn(ctx context.Context, tx *sql.Tx, id string) (x actedOn, err error) {
	x.Ticket = id
	var into string
	d := &x.Before
	err = tx.QueryRowContext(ctx, `SELECT state, assignee, snoozed_until, taken_back, updated_at, tier, merged_into FROM tickets WHERE id = ?1`, id).
		Scan(&d.State, &d.Assignee, &d.SnoozedUntil, &d.TakenBack, &d.UpdatedAt, &x.tier, &into)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = notFound(id)
	case err == nil && into != "":
		err = mergedAway(id, into)
	}
	return x, err
}

// setDesk stores x.After and an event for each thing that changed. undoes is
// the act that this takes back, "" for none; by is "" for what nobody did.
func (s *Store) setDesk(ctx context.Context, tx *sql.Tx, x *actedOn, by string, now time.Time, undoes string) error {
	d, was := x.After, x.Before
	_, err := tx.ExecContext(ctx, `UPDATE tickets SET state = ?2, assignee = ?3, snoozed_until = ?4, taken_back = ?5, updated_at = ?6, state_before = '',
			resolution = CASE WHEN ?2 = state THEN resolution WHEN ?2 = 'resolved' THEN 'answered' ELSE '' END,
			asked_at = CASE WHEN ?2 = state OR ?2 = 'waiting' THEN asked_at ELSE 0 END WHERE id = ?1`,
		x.Ticket, d.State, d.Assignee, d.SnoozedUntil, d.TakenBack, d.UpdatedAt)
	if err != nil {
		return err
	}
	record := func(changed bool, kind string, data map[string]any) {
		if err == nil && changed {
			data["by"] = clean(by)
			if undoes != "" {
				data["undo"] = true
			}
			err = s.record(ctx, tx, kind, x.Ticket, now, data)
		}
	}
	record(d.State != was.State, EventState, map[string]any{"state": d.State, "was": was.State})
	record(d.Assignee != was.Assignee, EventAssigned, map[string]any{"assignee": d.Assignee, "was": was.Assignee})
	record(d.SnoozedUntil != was.SnoozedUntil && d.SnoozedUntil > 0, EventSnoozed, map[string]any{"until": d.SnoozedUntil})
	record(d.SnoozedUntil != was.SnoozedUntil && d.SnoozedUntil == 0, EventWoke, map[string]any{"until": was.SnoozedUntil})
	record(d.TakenBack != was.TakenBack, EventTakenBack, map[string]any{"answer": d.TakenBack == 1})
	return err
}

// tellActed tells watchers of tickets that changed.
func (s *Store) tellActed(on []actedOn) {
	for _, x := range on {
		if x.After != x.Before || x.Handed != "" {
			s.watch.tell(Event{Kind: EventActed, TicketID: x.Ticket, Tier: x.tier})
		}
	}
	s.deal()
}

// nextWindow is among how many of the longest waiting tickets TakeNext chooses.
const nextWindow = 100

// takeNext finds the most pressing of the tickets that nobody has and that
// wait longest; ?1 is a list of tiers as JSON.
const takeNext = `SELECT id FROM (SELECT id, urgency, updated_at FROM tickets WHERE lane = 'open' AND assignee = ''
		AND tier IN (SELECT value FROM json_each(?1)) ORDER BY updated_at, id LIMIT ?2) AS longest
	ORDER BY CASE urgency WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'low' THEN 3 ELSE 2 END, updated_at, id LIMIT 1`

// TakeNext gives a person the next ticket of some tiers: of those that nobody
// has and that wait longest the most pressing one. Two who ask at once get
// different tickets. Errors: NotFound when there is none.
func (s *Store) TakeNext(ctx context.Context, by string, tiers []string) (Acted, error) {
	out := Acted{Kind: ActNext, Assignee: by}
	var on []actedOn
	err := s.write(ctx, func(tx *sql.Tx) error {
		ids, err := strs(ctx, tx, takeNext, list(tiers), nextWindow)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return triage.Errorf(triage.NotFound, "Nothing waits in your queues that nobody has.")
		}
		now := s.now()
		x, err := deskIn(ctx, tx, ids[0])
		if err != nil {
			return err
		}
		x.After = x.Before
		x.After.Assignee = by
		if err := s.setDesk(ctx, tx, &x, by, now, ""); err != nil {
			return err
		}
		on, out.Done = []actedOn{x}, ids
		return s.keepAct(ctx, tx, by, &out, on, now)
	})
	if err != nil {
		return Acted{}, err
	}
	s.tellActed(on)
	return out, nil
}
