package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"readback/triage"
)

// sourceGenerated is the source of tickets that were made up, so that nobody
// takes them, or figures of them, for what happened.
const sourceGenerated = "generated"

// Generated is a made-up ticket of the past with what happened to it. It is
// planted as it stands: nobody is told, nothing goes out, no triage is asked for,
// and its words are in no index.
type Generated struct {
	Subject  string
	Customer triage.Customer
	State    triage.State
	Messages []triage.Message // with SentAt: when they came
	Result   triage.Result    // of its only brief
	Events   []Happening      // in order; ID and TicketID are set by the store
}

// Plant stores made-up tickets of the past, all or none.
func (s *Store) Plant(ctx context.Context, all []Generated) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var events []Happening
		for i := range all {
			id, err := s.plant(ctx, tx, &all[i])
			if err != nil {
				return err
			}
			for _, e := range all[i].Events {
				e.TicketID = id
				if e.Kind == EventHelped {
					e.TicketID = ""
				}
				events = append(events, e)
			}
		}
		slices.SortStableFunc(events, func(a, b Happening) int { return a.At.Compare(b.At) })
		var n int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM events`).Scan(&n); err != nil {
			return err
		}
		add, err := tx.PrepareContext(ctx, `INSERT INTO events (id, at, kind, ticket_id, data, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`)
		if err != nil {
			return err
		}
		defer add.Close()
		for i := range events {
			e := &events[i]
			data, err := json.Marshal(e.Data)
			if err != nil {
				return err
			}
			n++
			if _, err := add.ExecContext(ctx, s.newID("evt"), micros(e.At), e.Kind, e.TicketID, string(data), n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) plant(ctx context.Context, tx *sql.Tx, g *Generated) (id string, err error) {
	if len(g.Messages) == 0 || len(g.Events) == 0 {
		return "", triage.Errorf(triage.Invalid, "A made-up ticket needs messages and events.")
	}
	id = s.newID("tkt")
	first, last := g.Events[0].At, g.Events[len(g.Events)-1].At
	r := &g.Result
	r.TicketID, r.Version, r.CoveredSeq = id, 1, int64(len(g.Messages))
	var topic, step, by string
	if p := r.Position; p != nil {
		topic = p.Procedure
		if p.Next != nil {
			step, by = p.Next.Step, string(p.Next.By)
		}
	}
	resolution := Resolution("")
	if g.State == triage.StateResolved {
		resolution = ResolvedAnswered
	}
	if _, err = tx.ExecContext(ctx, `INSERT INTO tickets (id, source, subject, channel, customer_id, customer_email, customer_name, customer_account, identity, state,
			created_at, updated_at, opened_at, last_seq, triaged_seq, version, tier, action, kind, language, request, procedure_id, next_step, next_by, effort, urgency, resolution, indexed_seq)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?11, ?13, ?13, 1, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?13)`,
		id, sourceGenerated, g.Subject, g.Messages[0].Channel, g.Customer.ID, g.Customer.Email, g.Customer.Name, g.Customer.AccountID, triage.IdentityClaimed, g.State,
		micros(first), micros(last), len(g.Messages), r.Route.Tier, r.Route.Action, r.Brief.Kind, r.Brief.Language, r.Brief.Request.Text, topic, step, by, r.Effort,
		cmp.Or(r.Brief.Urgency, triage.UrgencyNormal), resolution); err != nil {
		return "", err
	}
	for i := range g.Messages {
		m := &g.Messages[i]
		in := Inbound{Source: sourceGenerated, Customer: g.Customer, Messages: []triage.Message{*m}, Raw: []byte(m.Text), RawType: "text/plain; charset=utf-8"}
		if m.Role == triage.RoleAgent {
			in.Customer = triage.Customer{}
		}
		if _, err = s.insertMessages(ctx, tx, &in, ticketHead{id: id, lastSeq: int64(i + 1)}, m.SentAt); err != nil {
			return "", err
		}
	}
	text, err := triage.JSON(r)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO briefs (ticket_id, version, covered_seq, at, result) VALUES (?1, 1, ?2, ?3, ?4)`, id, r.CoveredSeq, micros(r.At), string(text))
	return id, err
}

// HasGenerated reports whether there are made-up tickets.
func (s *Store) HasGenerated(ctx context.Context) (yes bool, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tickets WHERE source = ?1)`, sourceGenerated).Scan(&yes)
	return yes, mapError(err)
}
