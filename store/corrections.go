package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"readback/triage"
)

// Correction is a person's word on an item of a brief. It is keyed by what it
// speaks of, never by a brief, so it survives every later triage: either by
// Matter, Step and Inputs (Step "" is the matter itself) or by the anchor of
// the item's evidence.
type Correction struct {
	ID       string // set by the store
	TicketID string
	Matter   string            // id of the matter; "" when keyed by Anchor
	Step     string            // id of the step
	Inputs   map[string]string // the binding; empty = every binding
	Anchor   Anchor            // zero when keyed by Matter
	What     string            // what of the item is corrected, a code such as "state"; part of the key
	Value    string            // what it is said to be; "" with Undo
	Undo     bool              // takes back what was said under this key
	Who      string            // id of the person
	Role     triage.Role       // agent or customer
	Why      string            // in their words, may be ""
	At       time.Time         // set by the store; of two on one ticket the later one is greater
}

// Anchor is a piece of a message: its bytes [Start, End). It stays good
// whatever ticket the message is in.
type Anchor struct {
	MessageID  string
	Start, End int
}

func (a Anchor) String() string {
	if a == (Anchor{}) {
		return ""
	}
	return fmt.Sprintf("%s:%d-%d", a.MessageID, a.Start, a.End)
}

// correctionText is the part of a correction that is stored as JSON.
type correctionText struct {
	Inputs map[string]string `json:"inputs,omitempty"`
	Start  int               `json:"start,omitempty"`
	End    int               `json:"end,omitempty"`
	What   string            `json:"what"`
	Value  string            `json:"value,omitempty"`
	Undo   bool              `json:"undo,omitempty"`
	Who    string            `json:"who,omitempty"`
	Why    string            `json:"why,omitempty"`
}

// AddCorrection appends c, asks for a new triage of its ticket, and returns c
// with its ID and At. Nothing is overwritten: the newest of one key wins, and
// one with Undo leaves none in force.
//
// Errors: NotFound for a ticket that does not exist; Conflict for one that was
// merged into another; Invalid for a correction without author, What or a key
// of one kind, and for an anchor that is not in the ticket.
func (s *Store) AddCorrection(ctx context.Context, c Correction) (Correction, error) {
	if err := c.validate(); err != nil {
		return Correction{}, err
	}
	c.clean()
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		head, err := liveHead(ctx, tx, c.TicketID)
		if err != nil {
			return err
		}
		tier = head.tier
		if err := checkAnchor(ctx, tx, c.TicketID, c.Anchor); err != nil {
			return err
		}
		if err := s.insertCorrection(ctx, tx, &c); err != nil {
			return err
		}
		data := map[string]any{"correction": c.ID, "what": c.What, "undo": c.Undo, "role": c.Role}
		if err := s.record(ctx, tx, EventCorrected, c.TicketID, c.At, data); err != nil {
			return err
		}
		return s.retriage(ctx, tx, c.TicketID, 1)
	})
	if err != nil {
		return Correction{}, err
	}
	s.watch.tell(Event{Kind: EventCorrected, TicketID: c.TicketID, Tier: tier})
	return c, nil
}

func (c *Correction) validate() error {
	switch {
	case c.Who == "":
		return triage.Errorf(triage.Invalid, "A correction needs the person who makes it.")
	case c.Role != triage.RoleAgent && c.Role != triage.RoleCustomer:
		return triage.Errorf(triage.Invalid, "A correction is an agent's or a customer's, not of %q.", c.Role)
	case c.What == "":
		return triage.Errorf(triage.Invalid, "A correction needs to say what it corrects.")
	case (c.Matter == "") == (c.Anchor == Anchor{}), c.Matter == "" && (c.Step != "" || len(c.Inputs) > 0):
		return triage.Errorf(triage.Invalid, "A correction speaks of a matter, with its step, or of a piece of a message.")
	}
	return nil
}

func (c *Correction) clean() {
	c.Matter, c.Step, c.What, c.Value, c.Who, c.Why = clean(c.Matter), clean(c.Step), clean(c.What), clean(c.Value), clean(c.Who), clean(c.Why)
	inputs := make(map[string]string, len(c.Inputs))
	for name, value := range c.Inputs {
		inputs[clean(name)] = clean(value)
	}
	c.Inputs = inputs
}

func checkAnchor(ctx context.Context, tx *sql.Tx, ticketID string, a Anchor) error {
	if a == (Anchor{}) {
		return nil
	}
	var text string
	err := tx.QueryRowContext(ctx, `SELECT text FROM messages WHERE id = ?1 AND ticket_id = ?2`, a.MessageID, ticketID).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return triage.Errorf(triage.Invalid, "The ticket %q has no message %q.", ticketID, a.MessageID)
	}
	if err == nil && (a.Start < 0 || a.Start >= a.End || a.End > len(text)) {
		return triage.Errorf(triage.Invalid, "The message %q has no bytes %d to %d.", a.MessageID, a.Start, a.End)
	}
	return err
}

func (s *Store) insertCorrection(ctx context.Context, tx *sql.Tx, c *Correction) error {
	var last int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM corrections WHERE ticket_id = ?1`, c.TicketID).Scan(&last)
	if err != nil {
		return err
	}
	// The newest wins, so no two have one time, whatever the clock says.
	at := max(micros(s.now()), last+1)
	c.ID, c.At = s.newID("cor"), fromMicros(at)
	text, err := json.Marshal(correctionText{Inputs: c.Inputs, Start: c.Anchor.Start, End: c.Anchor.End,
		What: c.What, Value: c.Value, Undo: c.Undo, Who: c.Who, Why: c.Why})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO corrections (id, ticket_id, matter, step, anchor, message_id, author_role, at, correction)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		c.ID, c.TicketID, c.Matter, c.Step, c.Anchor.String(), c.Anchor.MessageID, c.Role, at, string(text))
	return err
}

// Corrections returns what is in force on a ticket: the newest of each key
// that nobody took back, oldest first. One with an anchor belongs to the
// ticket that has its message now. A ticket without corrections, or that does
// not exist, has none.
func (s *Store) Corrections(ctx context.Context, ticketID string) ([]Correction, error) {
	all, err := s.CorrectionLog(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	type key struct{ matter, step, inputs, anchor, what string }
	newest := make(map[key]int, len(all))
	for i, c := range all {
		newest[key{c.Matter, c.Step, canonical(c.Inputs), c.Anchor.String(), c.What}] = i
	}
	places := slices.Sorted(maps.Values(newest))
	out := make([]Correction, 0, len(places))
	for _, i := range places {
		if !all[i].Undo {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// canonical writes a binding in one way only.
func canonical(inputs map[string]string) string {
	b, _ := json.Marshal(inputs) // sorts; strings cannot fail
	return string(b)
}

// CorrectionLog returns every correction of a ticket, oldest first, with those
// that others have replaced or taken back.
func (s *Store) CorrectionLog(ctx context.Context, ticketID string) ([]Correction, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, ticket_id, matter, step, message_id, author_role, at, correction
			FROM corrections WHERE ticket_id = ?1 AND message_id = ''
		UNION ALL SELECT c.id, c.ticket_id, c.matter, c.step, c.message_id, c.author_role, c.at, c.correction
			FROM messages m JOIN corrections c ON c.message_id = m.id AND c.message_id <> '' WHERE m.ticket_id = ?1`, ticketID)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Correction{}
	for rows.Next() {
		var c Correction
		var at int64
		var text []byte
		var x correctionText
		if err := rows.Scan(&c.ID, &c.TicketID, &c.Matter, &c.Step, &c.Anchor.MessageID, &c.Role, &at, &text); err != nil {
			return nil, mapError(err)
		}
		if err := json.Unmarshal(text, &x); err != nil {
			return nil, mapError(err)
		}
		c.At, c.Inputs, c.Anchor.Start, c.Anchor.End = fromMicros(at), x.Inputs, x.Start, x.End
		c.What, c.Value, c.Undo, c.Who, c.Why = x.What, x.Value, x.Undo, x.Who, x.Why
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Correction) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out, mapError(rows.Err())
}
