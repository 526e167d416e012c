package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"readback/triage"
	"readback/triage/route"
)

// Result returns the newest result of a ticket. Its evidence carries the number
// that each message has in the ticket now, 0 for one that was moved away since,
// and its route the tier that a person chose, if one did (HandOver).
// Errors: NotFound when there is no such ticket or it was not triaged yet.
func (s *Store) Result(ctx context.Context, ticketID string) (r *triage.Result, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		if r, err = newestResult(ctx, tx, ticketID); err != nil {
			return err
		}
		there, err := arrivals(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		renumber(r, idsOf(there))
		held, err := heldIn(ctx, tx, ticketID)
		held.lay(&r.Route)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// renumber sets the numbers of evidence by the lasting ids of its messages, and
// reports whether all of them are there.
func renumber(r *triage.Result, messageIDs []string) (whole bool) {
	numbers := make(map[string]int, len(messageIDs))
	for i, id := range messageIDs {
		numbers[id] = i + 1
	}
	whole = true
	set := func(list []triage.Evidence) {
		for i := range list {
			if e := &list[i]; e.MessageID != "" {
				e.Message = numbers[e.MessageID]
				whole = whole && e.Message > 0
			}
		}
	}
	b := &r.Brief
	set(b.Request.Evidence)
	for i := range b.Claims {
		set(b.Claims[i].Evidence)
	}
	for i := range b.Documents {
		set(b.Documents[i].Evidence)
	}
	for i := range b.Environment {
		set(b.Environment[i].Evidence)
	}
	for i := range b.Symptoms {
		set(b.Symptoms[i].Evidence)
	}
	for i := range b.Entities {
		set(b.Entities[i].Evidence)
	}
	return whole
}

func newestResult(ctx context.Context, tx *sql.Tx, ticketID string) (*triage.Result, error) {
	return resultBy(ctx, tx, ticketID, `SELECT result FROM briefs WHERE ticket_id = ?1 ORDER BY version DESC LIMIT 1`)
}

// resultBy reads a ticket's result by a query that has the ticket as ?1.
func resultBy(ctx context.Context, tx *sql.Tx, ticketID, query string, args ...any) (*triage.Result, error) {
	var text []byte
	err := tx.QueryRowContext(ctx, query, append([]any{ticketID}, args...)...).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, triage.Errorf(triage.NotFound, "The ticket %q has no such brief yet.", ticketID)
	}
	if err != nil {
		return nil, err
	}
	r := new(triage.Result)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, err
	}
	return r, nil
}

// SaveResult stores r as the version after t.Version, which was read with the
// ticket, and ends owner's lease in the same transaction. It sets r.TicketID
// and r.Version. Messages that came after t was read do not matter: the ticket
// goes on waiting for them.
//
// Errors: Conflict when another result was stored since t was read, owner does
// not hold the lease, or messages were moved or erased under it; Invalid when r covers fewer messages than an earlier
// result or more than t has.
func (s *Store) SaveResult(ctx context.Context, t *triage.Ticket, r *triage.Result, owner string) error {
	return s.saveResult(ctx, t, r, owner, nil)
}

// saveResult is SaveResult. redo, if set, marks another reading of messages
// that were read before: it must agree, in the transaction, and the ticket
// keeps its place in lists, for nothing new was said.
func (s *Store) saveResult(ctx context.Context, t *triage.Ticket, r *triage.Result, owner string, redo func(tx *sql.Tx) error) error {
	if r.CoveredSeq < t.Triaged || r.CoveredSeq > t.LastSeq {
		return triage.Errorf(triage.Invalid, "The result covers message %d of a ticket triaged up to %d of %d.",
			r.CoveredSeq, t.Triaged, t.LastSeq)
	}
	r.TicketID, r.Version = t.ID, int(t.Version)+1
	var tier string // that has the ticket now: a person may have given it to another than the route
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := endLease(ctx, tx, t.ID, owner); err != nil {
			return err
		}
		updated := sql.NullInt64{Int64: micros(s.now()), Valid: redo == nil}
		if redo != nil {
			if err := redo(tx); err != nil {
				return err
			}
		}
		was, err := lifeOf(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if err := updateFromResult(ctx, tx, t, r, updated); err != nil {
			return err
		}
		if err := s.keepHold(ctx, tx, r); err != nil {
			return err
		}
		if err := s.settleState(ctx, tx, r, was); err != nil {
			return err
		}
		is, err := lifeOf(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		tier = is.tier
		if err := s.leaveTier(ctx, tx, t.ID, was.tier, tier); err != nil {
			return err
		}
		if err := insertBrief(ctx, tx, r); err != nil {
			return err
		}
		if err := s.linkRouted(ctx, tx, r); err != nil {
			return err
		}
		data := triagedData(r)
		data["redo"], data["was_tier"], data["was_action"], data["tier"], data["own_tier"] = redo != nil, was.tier, was.action, is.tier, r.Route.Tier
		data["source"] = t.Source // a desk gets a note of it
		return s.record(ctx, tx, EventTriaged, t.ID, s.now(), data)
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventTriaged, TicketID: t.ID, Tier: tier})
		s.deal()
		if k := r.Brief.Kind; k == triage.KindBroken || k == triage.KindIncident || k == triage.KindOther {
			s.lookForIncidents()
		}
	}
	return err
}

func insertBrief(ctx context.Context, tx *sql.Tx, r *triage.Result) error {
	text, err := triage.JSON(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO briefs (ticket_id, version, covered_seq, at, result)
		VALUES (?1, ?2, ?3, ?4, ?5)`, r.TicketID, r.Version, r.CoveredSeq, micros(r.At), string(text))
	return err
}

// endLease also proves that owner still holds it.
func endLease(ctx context.Context, tx *sql.Tx, ticketID, owner string) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM leases WHERE ticket_id = ?1 AND owner = ?2 AND void = 0`, ticketID, owner)
	if err != nil {
		return err
	}
	return oneRow(res, errLeaseHeld)
}

// oneRow returns otherwise when res changed nothing.
func oneRow(res sql.Result, otherwise error) error {
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return otherwise
	}
	return err
}

// updateFromResult moves the ticket to r's version and copies what lists show.
// updated is its new time of change, NULL to keep the one it has.
func updateFromResult(ctx context.Context, tx *sql.Tx, t *triage.Ticket, r *triage.Result, updated sql.NullInt64) error {
	var procedure, nextStep, nextBy, incident string
	if p := r.Position; p != nil {
		procedure = p.Procedure
		if p.Next != nil {
			nextStep, nextBy = p.Next.Step, string(p.Next.By)
		}
	}
	if len(r.Route.Reasons) > 0 && r.Route.Reasons[0].Code == route.CodeIncident {
		incident = r.Route.Reasons[0].Params["incident"]
	}
	res, err := tx.ExecContext(ctx, `UPDATE tickets SET version = ?3, triaged_seq = ?4, updated_at = coalesce(?5, updated_at), tier = ?6, action = ?7,
			kind = ?8, language = ?9, request = ?10, procedure_id = ?11, next_step = ?12, next_by = ?13, effort = ?14,
			urgency = ?15, needs_review = ?16, degraded = ?17, incident_id = ?18,
			redo_tries = 0, redo_at = 0
		WHERE id = ?1 AND version = ?2`,
		t.ID, t.Version, r.Version, r.CoveredSeq, updated, r.Route.Tier, r.Route.Action,
		r.Brief.Kind, clean(r.Brief.Language), clean(r.Brief.Request.Text), procedure, nextStep, nextBy, r.Effort,
		r.Brief.Urgency, number(r.Route.NeedsReview), number(r.Extractor.Degraded), incident)
	if err != nil {
		return err
	}
	return oneRow(res, triage.Errorf(triage.Conflict, "The ticket %q has a newer result.", t.ID))
}

// triagedData is what the event of a triage keeps: codes and numbers.
func triagedData(r *triage.Result) map[string]any {
	reasons := make([]string, len(r.Route.Reasons))
	for i := range r.Route.Reasons {
		reasons[i] = r.Route.Reasons[i].Code
	}
	leading := ""
	if m := r.Leading(); m != nil {
		leading = m.ID
	}
	data := map[string]any{
		"version": r.Version, "covered_seq": r.CoveredSeq, "matter": leading, "effort": r.Effort,
		"workspace": r.Workspace, "policy": r.Policy, "prompt": r.Extractor.Prompt, "model": r.Extractor.Model,
		"action": r.Route.Action, "tier": r.Route.Tier, "reasons": reasons,
		"confidence": r.Route.Confidence, "needs_review": r.Route.NeedsReview,
		"extractor": r.Extractor.Name, "degraded": r.Extractor.Degraded, "dropped": r.Extractor.Dropped,
		"latency_ms": r.Extractor.LatencyMS, "cost_usd": r.Extractor.Usage.CostUSD,
		"unpriced": r.Extractor.Usage.Unpriced,
	}
	understood(data, r)
	return data
}
