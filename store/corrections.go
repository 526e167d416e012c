package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"readback/triage"
)

// correctionText is the part of a correction that is stored as JSON.
type correctionText struct {
	Inputs map[string]string `json:"inputs,omitempty"`
	Start  int               `json:"start,omitempty"`
	End    int               `json:"end,omitempty"`
	What   triage.What       `json:"what"`
	Item   string            `json:"item,omitempty"`
	Value  string            `json:"value,omitempty"`
	Undo   bool              `json:"undo,omitempty"`
	// Procedure is an id of the workspace.
	Procedure string `json:"procedure,omitempty"`
	Who       string `json:"who,omitempty"`
	Why       string `json:"why,omitempty"`
}

// AddCorrection appends c, asks for a new triage of its ticket, and returns c
// with its ID and At. Nothing is overwritten: the newest of one key wins, and
// one with Undo leaves none in force.
//
// Errors: NotFound for a ticket that does not exist; Conflict for one that was
// merged into another; Invalid for what Correction.Check refuses, and for an
// anchor that is not in the ticket.
func (s *Store) AddCorrection(ctx context.Context, c triage.Correction) (triage.Correction, error) {
	c = cleanCorrection(c)
	if err := c.Check(); err != nil {
		return triage.Correction{}, err
	}
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
		data, err := correctedData(ctx, tx, &c)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, EventCorrected, c.TicketID, c.At, data); err != nil {
			return err
		}
		return s.retriage(ctx, tx, c.TicketID, 1)
	})
	if err != nil {
		return triage.Correction{}, err
	}
	s.watch.tell(Event{Kind: EventCorrected, TicketID: c.TicketID, Tier: tier})
	return c, nil
}

// correctedData is what the event of a correction keeps: whose word it is, on
// which matter and step of the newest brief, and whether the ticket routes by
// that matter. Only ids that the brief has are kept: others are text.
func correctedData(ctx context.Context, tx *sql.Tx, c *triage.Correction) (map[string]any, error) {
	data := map[string]any{"correction": c.ID, "what": c.What, "undo": c.Undo, "role": c.Role}
	if c.Role == triage.RoleAgent { // by the API anything may stand there
		ids, err := strs(ctx, tx, `SELECT id FROM users WHERE id = ?1`, c.Who)
		if err != nil {
			return nil, err
		}
		data["by"] = strings.Join(ids, "")
	}
	r, err := newestResult(ctx, tx, c.TicketID)
	if triage.CodeOf(err) == triage.NotFound {
		return data, nil
	}
	if err != nil {
		return nil, err
	}
	about := c.Matter
	for i := range r.Brief.Claims {
		if cl := &r.Brief.Claims[i]; c.What == triage.WhatClaim && slices.ContainsFunc(cl.Evidence, c.Anchor.Covers) {
			about = cl.Matter
		}
	}
	m := r.Matter(about)
	if m == nil {
		return data, nil
	}
	data["matter"], data["leading"] = m.ID, m == r.Leading()
	for i := range m.Positions {
		if step := m.Positions[i].Step(c.Step); step != nil {
			data["step"], data["step_by"] = step.ID, step.By
		}
	}
	return data, nil
}

func cleanCorrection(c triage.Correction) triage.Correction {
	for _, text := range []*string{&c.Matter, &c.Step, &c.Item, &c.Value, &c.Procedure, &c.Who, &c.Why} {
		*text = clean(*text)
	}
	inputs := make(map[string]string, len(c.Inputs))
	for name, value := range c.Inputs {
		inputs[clean(name)] = clean(value)
	}
	c.Inputs = inputs
	return c
}

func checkAnchor(ctx context.Context, tx *sql.Tx, ticketID string, a triage.Anchor) error {
	if a == (triage.Anchor{}) {
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

func (s *Store) insertCorrection(ctx context.Context, tx *sql.Tx, c *triage.Correction) error {
	var last int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM corrections WHERE ticket_id = ?1`, c.TicketID).Scan(&last)
	if err != nil {
		return err
	}
	// The newest wins, so no two have one time, whatever the clock says.
	at := max(micros(s.now()), last+1)
	c.ID, c.At = s.newID("cor"), fromMicros(at)
	text, err := json.Marshal(correctionText{Inputs: c.Inputs, Start: c.Anchor.Start, End: c.Anchor.End,
		What: c.What, Item: c.Item, Value: c.Value, Undo: c.Undo, Procedure: c.Procedure, Who: c.Who, Why: c.Why})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO corrections (id, ticket_id, matter, step, anchor, message_id, author_role, at, correction)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		c.ID, c.TicketID, c.Matter, c.Step, anchorText(c.Anchor), c.Anchor.MessageID, c.Role, at, string(text))
	return err
}

// anchorText is how the table keeps an anchor, "" for none.
func anchorText(a triage.Anchor) string {
	if a == (triage.Anchor{}) {
		return ""
	}
	return fmt.Sprintf("%s:%d-%d", a.MessageID, a.Start, a.End)
}

// Corrections returns what is in force on a ticket: the newest of each key
// that nobody took back, oldest first. One with an anchor belongs to the
// ticket that has its message now, one by matter to its own ticket and, while
// that is merged, to the one it was merged into. A ticket without corrections,
// or that does not exist, has none. Ticket returns them too.
func (s *Store) Corrections(ctx context.Context, ticketID string) ([]triage.Correction, error) {
	all, err := s.CorrectionLog(ctx, ticketID)
	return triage.InForce(all), err
}

// CorrectionLog returns every correction of a ticket, oldest first, with those
// that others have replaced or taken back.
func (s *Store) CorrectionLog(ctx context.Context, ticketID string) (all []triage.Correction, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		all, err = correctionsIn(ctx, tx, ticketID)
		return err
	})
	return all, err
}

func correctionsIn(ctx context.Context, tx *sql.Tx, ticketID string) ([]triage.Correction, error) {
	rows, err := tx.QueryContext(ctx, `WITH RECURSIVE here (id) AS (
			SELECT id FROM tickets WHERE id = ?1
			UNION SELECT m.source_id FROM moves m JOIN here h ON m.target_id = h.id WHERE m.kind = ?2 AND m.undone_at = 0)
		SELECT c.id, c.ticket_id, c.matter, c.step, c.message_id, c.author_role, c.at, c.correction
			FROM here h JOIN corrections c ON c.ticket_id = h.id WHERE c.message_id = ''
		UNION ALL SELECT c.id, c.ticket_id, c.matter, c.step, c.message_id, c.author_role, c.at, c.correction
			FROM messages m JOIN corrections c ON c.message_id = m.id AND c.message_id <> '' WHERE m.ticket_id = ?1`, ticketID, moveMerge)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []triage.Correction{}
	for rows.Next() {
		var c triage.Correction
		var at int64
		var text []byte
		var x correctionText
		if err := rows.Scan(&c.ID, &c.TicketID, &c.Matter, &c.Step, &c.Anchor.MessageID, &c.Role, &at, &text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &x); err != nil {
			return nil, err
		}
		c.At, c.Inputs, c.Anchor.Start, c.Anchor.End = fromMicros(at), x.Inputs, x.Start, x.End
		c.What, c.Item, c.Value, c.Undo, c.Procedure, c.Who, c.Why = x.What, x.Item, x.Value, x.Undo, x.Procedure, x.Who, x.Why
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b triage.Correction) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out, rows.Err()
}
