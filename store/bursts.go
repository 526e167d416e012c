package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

const (
	// burstReach is how many times the policy's time the search for bursts
	// looks back: a ticket may have waited for its triage. What is older is no
	// news to raise.
	burstReach = 4
	// maxReports bounds one search; the newest count.
	maxReports = 300
	// burstRest is the time between two searches, so that a flood of tickets
	// costs one search a second and not one each.
	burstRest = time.Second
)

// lookForIncidents wakes the search, which a process that works runs.
func (s *Store) lookForIncidents() {
	select {
	case s.trouble <- struct{}{}:
	default:
	}
}

// searchUntil looks for bursts when it is woken and at each interval, until
// ctx ends. It runs beside the triages, which never wait for it.
func (s *Store) searchUntil(ctx context.Context, w func() *knowledge.Workspace, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.FindIncidents(ctx, w()); err != nil && ctx.Err() == nil {
			s.log.Error("search for incidents", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(burstRest):
		}
		select {
		case <-ctx.Done():
			return
		case <-s.trouble:
		case <-tick.C:
		}
	}
}

// FindIncidents looks at the tickets of late for bursts by the workspace's
// policy, raises those that are new, adds to those that are raised, and links
// to confirmed incidents what was triaged before they were confirmed. It can
// be called at any time and as often as one likes: what is stored already
// changes nothing.
//
// Tickets that are resolved or merged away do not count, nor do those of an
// incident that was dismissed or has ended: new ones make a new burst.
func (s *Store) FindIncidents(ctx context.Context, w *knowledge.Workspace) error {
	var recent []route.Report
	var confirmed []route.Incident
	var before [][]string
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		after := micros(s.now().Add(-burstReach * w.Policy.Incidents.Within))
		recent, err = reports(ctx, tx, w, recentTickets, after, maxReports)
		if err != nil || len(recent) == 0 {
			return err
		}
		if confirmed, err = confirmedIncidents(ctx, tx, w, ""); err != nil {
			return err
		}
		before, err = termsBefore(ctx, tx, after)
		return err
	})
	if err != nil {
		return err
	}
	all := slices.Clone(recent)
	for i := range confirmed {
		all = append(all, confirmed[i].Reports...)
	}
	spikes := route.FindSpikes(all, before, w.Policy.Incidents.Tickets)
	for i := range confirmed {
		confirmed[i].Spikes = spikes
		if recent, err = s.joinConfirmed(ctx, &confirmed[i], recent); err != nil {
			return err
		}
	}
	for _, b := range route.Bursts(recent, spikes, w.Policy.Incidents) {
		if err := s.keepBurst(ctx, b, w.Policy.Incidents.Owner); err != nil {
			return err
		}
	}
	return nil
}

// recentTickets chooses the tickets that a burst may be made of.
const recentTickets = `t.kind IN ('broken', 'incident', 'other') AND t.opened_at >= ?1 AND t.state <> 'resolved' AND t.merged_into = ''
	AND NOT EXISTS (SELECT 1 FROM incident_tickets l JOIN incidents i ON i.id = l.incident_id
		WHERE l.ticket_id = t.id AND l.linked = 1 AND i.state <> 'raised')
	ORDER BY t.opened_at DESC, t.id LIMIT ?2`

const reportColumns = `SELECT t.id, t.source, t.opened_at, t.customer_id, t.customer_email, t.customer_account, b.result,
		coalesce((SELECT m.text FROM messages m WHERE m.ticket_id = t.id AND m.role = 'customer'
			ORDER BY m.received_at < t.opened_at, m.seq LIMIT 1), '')
	FROM tickets t JOIN briefs b ON b.ticket_id = t.id AND b.version = t.version WHERE `

// reports reads tickets, chosen by what follows WHERE, as the search for
// incidents sees their leading matter.
func reports(ctx context.Context, tx *sql.Tx, w *knowledge.Workspace, where string, args ...any) ([]route.Report, error) {
	rows, err := tx.QueryContext(ctx, reportColumns+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []route.Report
	for rows.Next() {
		var id, source, first string
		var c triage.Customer
		var opened int64
		var text []byte
		if err := rows.Scan(&id, &source, &opened, &c.ID, &c.Email, &c.AccountID, &text, &first); err != nil {
			return nil, err
		}
		var r triage.Result
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, err
		}
		lead := route.Leading(r.Matters, w)
		if lead < 0 {
			continue
		}
		report := route.NewReport(w, &r, &r.Matters[lead], first)
		report.Ticket, report.At, report.Customer = id, fromMicros(opened), customerKey(source, c, r.Facts.Account)
		out = append(out, report)
	}
	return out, rows.Err()
}

// maxBefore is how many earlier tickets tell which words are usual.
const maxBefore = 200

const ticketsBefore = `SELECT request, language FROM tickets WHERE kind IN ('broken', 'incident', 'other')
	AND opened_at < ?1 AND request <> '' ORDER BY opened_at DESC, id LIMIT ?2`

// termsBefore reads what tickets that came before a time are about.
func termsBefore(ctx context.Context, tx *sql.Tx, before int64) ([][]string, error) {
	rows, err := tx.QueryContext(ctx, ticketsBefore, before, maxBefore)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]string
	for rows.Next() {
		var request, language string
		if err := rows.Scan(&request, &language); err != nil {
			return nil, err
		}
		out = append(out, knowledge.Terms(request, language))
	}
	return out, rows.Err()
}

// customerKey names a customer as far as one is known, so that ten tickets of
// one account, or of nobody, are no burst.
func customerKey(source string, c triage.Customer, account *triage.Account) string {
	switch {
	case account != nil:
		return "account " + account.ID
	case c.AccountID != "":
		return "account " + c.AccountID
	case c.Email != "":
		return "email " + strings.ToLower(c.Email)
	case c.ID != "":
		return "id " + source + " " + c.ID
	}
	return ""
}

// joinConfirmed links the reports that a confirmed incident takes, has them
// triaged anew, and returns the others. Those that a person took out of it stay out.
func (s *Store) joinConfirmed(ctx context.Context, inc *route.Incident, recent []route.Report) (rest []route.Report, err error) {
	for i := range recent {
		if !inc.Takes(&recent[i]) {
			rest = append(rest, recent[i])
			continue
		}
		linked := false
		err := s.write(ctx, func(tx *sql.Tx) (err error) {
			now, err := incidentIn(ctx, tx, inc.ID)
			if err != nil || now.State != IncidentConfirmed {
				return err
			}
			if linked, err = s.linkFoundTicket(ctx, tx, inc.ID, recent[i].Ticket); err != nil || !linked {
				return err
			}
			return s.retriage(ctx, tx, recent[i].Ticket, 1)
		})
		if err != nil {
			return nil, err
		}
		if linked {
			s.watch.tell(Event{Kind: EventLinked, TicketID: recent[i].Ticket})
		} else {
			rest = append(rest, recent[i])
		}
	}
	return rest, nil
}

// keepBurst adds a burst to the raised incident that has most of its tickets,
// else raises one.
func (s *Store) keepBurst(ctx context.Context, b route.Burst, owner string) error {
	raised, added := false, 0
	err := s.write(ctx, func(tx *sql.Tx) error {
		id, err := raisedWith(ctx, tx, b.Tickets)
		if err != nil {
			return err
		}
		if id == "" {
			raised, id = true, s.newID("inc")
			if err := s.insertIncident(ctx, tx, id, b, owner); err != nil {
				return err
			}
		}
		for _, ticket := range b.Tickets {
			fresh, err := s.linkFoundTicket(ctx, tx, id, ticket)
			if err != nil {
				return err
			}
			if fresh {
				added++
			}
		}
		if !raised {
			return nil
		}
		return s.recordIncident(ctx, tx, id, IncidentRaised, map[string]any{"tickets": added, "area": b.Area, "tier": owner})
	})
	if err == nil && added > 0 {
		s.watch.tell(Event{Kind: EventIncident + string(IncidentRaised), Tier: owner})
	}
	return err
}

func (s *Store) insertIncident(ctx context.Context, tx *sql.Tx, id string, b route.Burst, owner string) error {
	marks, err := json.Marshal(append([]string{}, b.Marks...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO incidents (id, state, area, marks, tier, raised_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)`,
		id, IncidentRaised, b.Area, string(marks), owner, micros(s.now()))
	return err
}

// raisedWith returns the raised incident that most of the tickets are linked
// to, "" when there is none.
func raisedWith(ctx context.Context, tx *sql.Tx, tickets []string) (string, error) {
	counts := map[string]int{}
	for _, t := range tickets {
		ids, err := strs(ctx, tx, `SELECT i.id FROM incident_tickets l JOIN incidents i ON i.id = l.incident_id
			WHERE l.ticket_id = ?1 AND l.linked = 1 AND i.state = ?2`, t, IncidentRaised)
		if err != nil {
			return "", err
		}
		for _, id := range ids {
			counts[id]++
		}
	}
	var ids []string
	for id := range counts {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	if len(ids) == 0 {
		return "", nil
	}
	return ids[0], nil
}
