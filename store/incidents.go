package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// IncidentState is where an incident is in its life.
type IncidentState string

// The states of an incident. What can follow which: incidentMoves.
const (
	IncidentRaised    IncidentState = "raised"    // like tickets came; nobody has said what it is
	IncidentConfirmed IncidentState = "confirmed" // like tickets are linked and go to its owner
	IncidentDismissed IncidentState = "dismissed" // a lead said that it is none
	IncidentEnded     IncidentState = "ended"     // links nothing new
)

// incidentMoves are the steps from state to state: confirm (again: edit),
// dismiss, end, and back to take each of them back.
var incidentMoves = map[IncidentState][]IncidentState{
	IncidentRaised:    {IncidentConfirmed, IncidentDismissed},
	IncidentConfirmed: {IncidentConfirmed, IncidentEnded, IncidentRaised},
	IncidentDismissed: {IncidentRaised},
	IncidentEnded:     {IncidentConfirmed},
}

// How a ticket came to an incident.
const (
	linkFound = "found" // it is like the others
	linkHand  = "hand"  // a person said so
)

// Incident is a burst of like tickets and what a lead said of it.
type Incident struct {
	ID        string
	State     IncidentState
	Title     string   // a lead's words; "" before it was confirmed
	Area      string   // "" when it is of no one area
	Marks     []string // codes and names that most of its tickets had when it was raised
	Tier      string   // that owns it
	RaisedAt  time.Time
	ChangedAt time.Time

	// Of the linked tickets that were not merged away:
	Tickets, Open int       // Open: not resolved
	First, Last   time.Time // when the first and the last of them came
	Request       string    // what the first of them asks for
}

// Live reports whether somebody has something to do with it: it is confirmed,
// or raised with a ticket that is not resolved.
func (i *Incident) Live() bool {
	return i.State == IncidentConfirmed || i.State == IncidentRaised && i.Open > 0
}

// IncidentFilter chooses incidents. Zero fields choose all.
type IncidentFilter struct {
	ID     string
	Live   bool   // only those for which Live holds
	Ticket string // only those that this ticket is linked to
}

// maxIncidents bounds a list: nobody reads more, and the newest come first.
const maxIncidents = 100

// Incidents returns incidents, the newest first, at most 100.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]Incident, error) {
	query := `SELECT i.id, i.state, i.title, i.area, i.marks, i.tier, i.raised_at, i.changed_at,
			count(t.id), count(CASE WHEN t.state <> 'resolved' THEN 1 END), coalesce(min(l.came_at), 0), coalesce(max(l.came_at), 0),
			coalesce((SELECT f.request FROM incident_tickets fl JOIN tickets f ON f.id = fl.ticket_id AND f.merged_into = ''
				WHERE fl.incident_id = i.id AND fl.linked = 1 ORDER BY fl.came_at, f.id LIMIT 1), '')
		FROM incidents i LEFT JOIN incident_tickets l ON l.incident_id = i.id AND l.linked = 1
			LEFT JOIN tickets t ON t.id = l.ticket_id AND t.merged_into = '' WHERE `
	var args []any
	switch {
	case f.ID != "":
		query, args = query+`i.id = ?1`, []any{f.ID}
	case f.Live:
		query += `i.state IN ('raised', 'confirmed')`
	default:
		query += `i.state <> ''`
	}
	if f.Ticket != "" {
		args = append(args, f.Ticket)
		query += ` AND i.id IN (SELECT incident_id FROM incident_tickets WHERE linked = 1 AND ticket_id = ?` + strconv.Itoa(len(args)) + `)`
	}
	query += ` GROUP BY i.id`
	if f.Live {
		query += ` HAVING i.state = 'confirmed' OR count(CASE WHEN t.state <> 'resolved' THEN 1 END) > 0`
	}
	rows, err := s.reader.QueryContext(ctx, query+` ORDER BY i.raised_at DESC, i.id LIMIT `+strconv.Itoa(maxIncidents), args...)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []Incident{}
	for rows.Next() {
		var i Incident
		var raised, changed, first, last int64
		var marks []byte
		if err := rows.Scan(&i.ID, &i.State, &i.Title, &i.Area, &marks, &i.Tier, &raised, &changed, &i.Tickets, &i.Open, &first, &last, &i.Request); err != nil {
			return nil, mapError(err)
		}
		if err := json.Unmarshal(marks, &i.Marks); err != nil {
			return nil, mapError(err)
		}
		i.RaisedAt, i.ChangedAt, i.First, i.Last = fromMicros(raised), fromMicros(changed), fromMicros(first), fromMicros(last)
		out = append(out, i)
	}
	return out, mapError(rows.Err())
}

// Incident returns one incident. Errors: NotFound.
func (s *Store) Incident(ctx context.Context, id string) (Incident, error) {
	list, err := s.Incidents(ctx, IncidentFilter{ID: id})
	if err == nil && (id == "" || len(list) == 0) {
		err = noIncident(id)
	}
	if err != nil {
		return Incident{}, err
	}
	return list[0], nil
}

func noIncident(id string) error {
	return triage.Errorf(triage.NotFound, "There is no incident %q.", id)
}

// IncidentEdit is what a lead says of an incident: all of it, or with an empty
// Title nothing.
type IncidentEdit struct {
	Title string
	Area  string // "" = of no one area
	Tier  string // that owns it
}

// SetIncident moves an incident to a state, by the id of who does it. To
// confirm takes e and has every linked ticket that is not resolved triaged
// anew, so that it goes to the owner; so does taking that back. An incident
// that is confirmed already can be confirmed again, to edit it.
//
// Errors: NotFound; Conflict when the state cannot follow the one it has;
// Invalid for a confirmed incident without title or tier.
func (s *Store) SetIncident(ctx context.Context, id string, to IncidentState, e IncidentEdit, by string) error {
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		was, err := incidentIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(incidentMoves[was.State], to) {
			return triage.Errorf(triage.Conflict, "The incident is %s and cannot become %s.", was.State, to)
		}
		now := was
		if to == IncidentConfirmed && e.Title != "" {
			now.Title, now.Area, now.Tier = clean(e.Title), clean(e.Area), clean(e.Tier)
		}
		if to == IncidentConfirmed && (now.Title == "" || now.Tier == "") {
			return triage.Errorf(triage.Invalid, "A confirmed incident needs a title and the tier that owns it.")
		}
		tier = now.Tier
		_, err = tx.ExecContext(ctx, `UPDATE incidents SET state = ?2, title = ?3, area = ?4, tier = ?5, changed_at = ?6 WHERE id = ?1`,
			id, to, now.Title, now.Area, now.Tier, micros(s.now()))
		if err != nil {
			return err
		}
		again := 0
		if to == IncidentConfirmed || was.State == IncidentConfirmed && to == IncidentRaised {
			if again, err = s.retriageLinked(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.recordIncident(ctx, tx, id, to, map[string]any{"was": was.State, "area": now.Area, "tier": now.Tier, "triaged_again": again, "by": clean(by)})
	})
	if err == nil {
		s.watch.tell(Event{Kind: EventIncident + string(to), Tier: tier})
		s.lookForIncidents() // what came while it was raised may be part of it
	}
	return err
}

func incidentIn(ctx context.Context, tx *sql.Tx, id string) (i Incident, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id, state, title, area, tier FROM incidents WHERE id = ?1`, id).Scan(&i.ID, &i.State, &i.Title, &i.Area, &i.Tier)
	if errors.Is(err, sql.ErrNoRows) {
		err = noIncident(id)
	}
	return i, err
}

// retriageLinked returns how many tickets it made wait.
func (s *Store) retriageLinked(ctx context.Context, tx *sql.Tx, id string) (int, error) {
	tickets, err := strs(ctx, tx, `SELECT t.id FROM incident_tickets l JOIN tickets t ON t.id = l.ticket_id
		WHERE l.incident_id = ?1 AND l.linked = 1 AND t.merged_into = '' AND t.state <> ?2`, id, triage.StateResolved)
	if err != nil {
		return 0, err
	}
	for _, t := range tickets {
		if err := s.retriage(ctx, tx, t, 1); err != nil {
			return 0, err
		}
	}
	return len(tickets), nil
}

// recordIncident records what happened to an incident: codes, numbers and ids.
func (s *Store) recordIncident(ctx context.Context, tx *sql.Tx, id string, to IncidentState, data map[string]any) error {
	data["incident"] = id
	return s.record(ctx, tx, EventIncident+string(to), "", s.now(), data)
}

// LinkTicket says that a ticket is part of an incident, or, with part false,
// that it is not; by is the id of who says so. It stays so whatever later
// triages find. With a confirmed incident the ticket is triaged anew.
//
// Errors: NotFound; Conflict for a ticket that was merged into another and for
// an incident that was dismissed or has ended.
func (s *Store) LinkTicket(ctx context.Context, incidentID, ticketID string, part bool, by string) error {
	kind := map[bool]string{true: EventLinked, false: EventUnlinked}[part]
	var tier string
	err := s.write(ctx, func(tx *sql.Tx) error {
		i, err := incidentIn(ctx, tx, incidentID)
		if err != nil {
			return err
		}
		if i.State != IncidentRaised && i.State != IncidentConfirmed {
			return triage.Errorf(triage.Conflict, "The incident is %s: its tickets stay as they are.", i.State)
		}
		head, err := liveHead(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		tier = head.tier
		_, err = tx.ExecContext(ctx, `INSERT INTO incident_tickets (incident_id, ticket_id, linked, how, at, came_at)
			SELECT ?1, t.id, ?3, ?4, ?5, t.opened_at FROM tickets t WHERE t.id = ?2
			ON CONFLICT (incident_id, ticket_id) DO UPDATE SET linked = excluded.linked, how = excluded.how, at = excluded.at`,
			incidentID, ticketID, number(part), linkHand, micros(s.now()))
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, kind, ticketID, s.now(), map[string]any{"incident": incidentID, "how": linkHand, "by": clean(by)}); err != nil {
			return err
		}
		if i.State != IncidentConfirmed {
			return nil
		}
		return s.retriage(ctx, tx, ticketID, 1)
	})
	if err == nil {
		s.watch.tell(Event{Kind: kind, TicketID: ticketID, Tier: tier})
	}
	return err
}

// linkFoundTicket links a ticket that is like the others, unless a person has
// spoken. It reports whether that is new.
func (s *Store) linkFoundTicket(ctx context.Context, tx *sql.Tx, incidentID, ticketID string) (bool, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO incident_tickets (incident_id, ticket_id, linked, how, at, came_at)
		SELECT i.id, t.id, 1, ?3, ?4, t.opened_at FROM incidents i JOIN tickets t ON t.id = ?2 WHERE i.id = ?1
		ON CONFLICT (incident_id, ticket_id) DO NOTHING`, incidentID, ticketID, linkFound, micros(s.now()))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.record(ctx, tx, EventLinked, ticketID, s.now(), map[string]any{"incident": incidentID, "how": linkFound})
}

// linkRouted links the ticket of a result to the incidents it was routed by.
func (s *Store) linkRouted(ctx context.Context, tx *sql.Tx, r *triage.Result) error {
	for i := range r.Matters {
		for _, reason := range r.Matters[i].Route.Reasons {
			if reason.Code != route.CodeIncident {
				continue
			}
			if _, err := s.linkFoundTicket(ctx, tx, reason.Params["incident"], r.TicketID); err != nil {
				return err
			}
		}
	}
	return nil
}

// memberReports is how many tickets of an incident a new one is held against.
const memberReports = 8

// ConfirmedIncidents returns the confirmed incidents as the triage of a ticket
// needs them: those that a person linked it to first, then the oldest.
func (s *Store) ConfirmedIncidents(ctx context.Context, w *knowledge.Workspace, ticketID string) ([]route.Incident, error) {
	var out []route.Incident
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		out, err = confirmedIncidents(ctx, tx, w, ticketID)
		return err
	})
	return out, err
}

func confirmedIncidents(ctx context.Context, tx *sql.Tx, w *knowledge.Workspace, ticketID string) ([]route.Incident, error) {
	rows, err := tx.QueryContext(ctx, `SELECT i.id, i.title, i.area, i.tier, coalesce(l.linked, -1), coalesce(l.how, '')
		FROM incidents i LEFT JOIN incident_tickets l ON l.incident_id = i.id AND l.ticket_id = ?1
		WHERE i.state = 'confirmed' ORDER BY l.how = 'hand' DESC, i.raised_at, i.id`, ticketID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []route.Incident
	for rows.Next() {
		var i route.Incident
		var linked int
		var how string
		if err := rows.Scan(&i.ID, &i.Title, &i.Area, &i.Tier, &linked, &how); err != nil {
			return nil, err
		}
		i.Linked, i.ByHand, i.Unlinked = linked == 1, linked == 1 && how == linkHand, linked == 0
		out = append(out, i)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Reports, err = reports(ctx, tx, w, `t.id IN (SELECT ticket_id FROM incident_tickets WHERE incident_id = ?1 AND linked = 1)
			ORDER BY t.opened_at, t.id LIMIT ?2`, out[i].ID, memberReports)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
