package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// deed is an event of a ticket, with the fields of its data that tell how its
// route did.
type deed struct {
	Kind string `json:"-"`
	At   int64  `json:"-"` // microseconds
	// Of a triage.
	Version    int           `json:"version"`
	Action     triage.Action `json:"action"`
	OwnTier    string        `json:"own_tier"` // that the route named
	Tier       string        `json:"tier"`     // that had the ticket then
	Reasons    []string      `json:"reasons"`
	Confidence *float64      `json:"confidence"` // nil = not known
	Review     bool          `json:"needs_review"`
	Degraded   bool          `json:"degraded"`
	Effort     triage.Effort `json:"effort"`
	Workspace  string        `json:"workspace"`
	Policy     string        `json:"policy"`
	Prompt     string        `json:"prompt"`
	Model      string        `json:"model"`
	Cost       *float64      `json:"cost_usd"`
	// Of what people did.
	By       string          `json:"by"` // id of a user
	From     string          `json:"from"`
	To       string          `json:"to"`
	Why      string          `json:"why"`
	Handover string          `json:"handover"`
	State    triage.State    `json:"state"`
	Role     triage.Role     `json:"role"`
	What     triage.What     `json:"what"`
	Matter   string          `json:"matter"`
	Leading  bool            `json:"leading"`
	Step     string          `json:"step"`
	StepBy   knowledge.Actor `json:"step_by"`
	Undo     bool            `json:"undo"`
	Answer   bool            `json:"answer"`
}

// byPerson reports whether a member of staff did it to the ticket: what was
// there before is what they found.
func (d *deed) byPerson() bool {
	switch d.Kind {
	case EventReplied, EventState:
		return d.By != ""
	case EventRerouted:
		return d.Why != whyReopened && d.Why != "owner_changed"
	case EventCorrected:
		return d.Role == triage.RoleAgent
	case EventTakenBack:
		return true
	}
	return false
}

// Whose words they are that no one person of the desk said.
const (
	voiceCustomers  = "customers"  // all of them count as one person
	voiceColleagues = "colleagues" // staff by the API, whose id is not known: as one too
)

// course is what the events of one ticket, in their order, tell of the route
// that the first person who did something to it found. docs/review.md says
// in words what its outcome is; this is the only definition in code.
type course struct {
	found   *deed // the triage that is judged
	touched bool  // a person has done something

	tier       string           // that has the ticket
	handed     map[string]*deed // hand-overs for a wrong route that were not undone
	workload   bool             // one was for lack of hands: it tells nothing of the route
	wrong      map[string]*deed // corrections of the leading matter in force
	taken      string           // who said that it needs an answer
	replied    string           // who answered last
	resolved   *deed            // the last time
	resolvedBy string           // tier
	merged     bool
	whyOf      map[string]string // hand-overs by id: why
}

// add takes the next event.
func (c *course) add(d *deed) {
	if d.byPerson() {
		c.touched = true
	}
	switch d.Kind {
	case EventTriaged:
		c.tier = d.Tier
		if !c.touched || c.found == nil {
			c.found = d
		}
	case EventRerouted:
		c.tier = d.To
		c.rerouted(d)
	case EventCorrected:
		c.corrected(d)
	case EventTakenBack:
		c.taken = ""
		if d.Answer {
			c.taken = voice(d.By)
		}
	case EventMerged:
		c.merged = true
	case EventUnmerged:
		c.merged = false
	case EventReplied:
		if d.By != "" {
			c.replied = d.By
		}
		c.came(d)
	case EventState:
		c.came(d)
	}
}

func (c *course) came(d *deed) {
	if d.State == triage.StateResolved {
		c.resolved, c.resolvedBy = d, c.tier
	}
}

func (c *course) rerouted(d *deed) {
	if c.handed == nil {
		c.handed, c.whyOf = map[string]*deed{}, map[string]string{}
	}
	switch d.Why {
	case whyReopened, "owner_changed":
	case "undone":
		delete(c.handed, d.Handover)
		c.workload = c.workload && c.whyOf[d.Handover] != "workload"
	case "workload":
		c.workload = true
		c.whyOf[d.Handover] = d.Why
	default:
		c.handed[d.Handover] = d
	}
}

// corrected counts what says that the leading matter was misread: not that a
// step of ours is done by now, nor a customer's answer about a step.
func (c *course) corrected(d *deed) {
	switch {
	case !d.Leading:
		return
	case d.What == triage.WhatState && (d.Role != triage.RoleAgent || d.StepBy == knowledge.Staff):
		return
	case !d.What.OfMatter() && d.What != triage.WhatClaim:
		return
	}
	key := string(d.What) + " " + d.Matter + " " + d.Step
	if c.wrong == nil {
		c.wrong = map[string]*deed{}
	}
	delete(c.wrong, key)
	if !d.Undo {
		c.wrong[key] = d
	}
}

// firstOf and lastOf are the earliest and the latest of some deeds, nil of none.
func firstOf(all map[string]*deed) (first *deed) {
	for _, d := range all {
		if first == nil || d.At < first.At {
			first = d
		}
	}
	return first
}

func lastOf(all map[string]*deed) (last *deed) {
	for _, d := range all {
		if last == nil || d.At > last.At {
			last = d
		}
	}
	return last
}

func voice(by string) string {
	if by == "" {
		return voiceColleagues
	}
	return by
}

// Right says what became of a route.
type Right string

// The outcomes of a route.
const (
	RightYes       Right = "right"
	RightRerouted  Right = "rerouted"   // a person gave the ticket to another tier, and not for lack of hands
	RightCorrected Right = "corrected"  // a person corrected the matter that it rested on
	RightTakenBack Right = "taken_back" // it said that no answer was needed
	RightMoved     Right = "moved"      // another tier than the one it assigned resolved it
	RightUnknown   Right = ""           // not resolved, no person's word, or handed on for lack of hands
)

// right says how the route did, and by whose word.
func (c *course) right() (Right, string) {
	if c.found == nil || c.resolved == nil || c.merged || c.resolved.Why == string(ResolvedDuplicate) {
		return RightUnknown, ""
	}
	if d := firstOf(c.handed); d != nil {
		return RightRerouted, voice(d.By)
	}
	if d := firstOf(c.wrong); d != nil {
		if d.Role == triage.RoleCustomer {
			return RightCorrected, voiceCustomers
		}
		return RightCorrected, voice(d.By)
	}
	if c.taken != "" {
		return RightTakenBack, c.taken
	}
	who := c.resolved.By
	if who == "" {
		who = c.replied
	}
	if who == "" && c.resolved.Why == string(ResolvedConfirmed) {
		who = voiceCustomers
	}
	switch {
	case who == "" || c.workload:
		return RightUnknown, ""
	case c.found.Action == triage.Assign && c.resolvedBy != c.found.ownTier():
		return RightMoved, who
	}
	return RightYes, who
}

// ownTier is the tier that the route named; events of older releases kept one.
func (d *deed) ownTier() string {
	if d.OwnTier != "" {
		return d.OwnTier
	}
	return d.Tier
}

// unsure reports whether the table had too little to go by: such a route tells
// nothing of the confidence that was too low for another.
func (d *deed) unsure() bool {
	for _, code := range d.Reasons {
		if route.Unsure(code) {
			return true
		}
	}
	return false
}

// judgedKinds are the events that a course takes.
const judgedKinds = `('triaged', 'rerouted', 'corrected', 'taken_back', 'merged', 'unmerged', 'replied', 'state')`

// courses calls do with the course of each ticket that which selects: a query
// of ids, with args. In order of the ids.
func (s *Store) courses(ctx context.Context, which string, args []any, do func(ticketID string, c *course) error) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT ticket_id, kind, at, data FROM events
		WHERE ticket_id IN (`+which+`) AND kind IN `+judgedKinds+` ORDER BY ticket_id, at, n`, args...)
	if err != nil {
		return mapError(err)
	}
	defer rows.Close()
	last, c := "", &course{}
	for rows.Next() {
		var id string
		d := new(deed)
		var data []byte
		if err := rows.Scan(&id, &d.Kind, &d.At, &data); err != nil {
			return mapError(err)
		}
		if err := json.Unmarshal(data, d); err != nil {
			return mapError(err)
		}
		if id != last && last != "" {
			if err := do(last, c); err != nil {
				return err
			}
			c = &course{}
		}
		last = id
		c.add(d)
	}
	if err := rows.Err(); err != nil || last == "" {
		return mapError(err)
	}
	return do(last, c)
}

// courseOf is the course of one ticket.
func courseOf(ctx context.Context, tx *sql.Tx, ticketID string) (*course, error) {
	rows, err := tx.QueryContext(ctx, `SELECT kind, at, data FROM events WHERE ticket_id = ?1 AND kind IN `+judgedKinds+` ORDER BY at, n`, ticketID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	c := &course{}
	for rows.Next() {
		d := new(deed)
		var data []byte
		if err := rows.Scan(&d.Kind, &d.At, &data); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, d); err != nil {
			return nil, err
		}
		c.add(d)
	}
	return c, rows.Err()
}

// resolvedSince selects the tickets that were resolved last, ?2 at most, since ?1.
const resolvedSince = `SELECT ticket_id FROM (SELECT ticket_id FROM events
	WHERE at >= ?1 AND kind IN ('state', 'replied') AND data LIKE '%"state":"resolved"%' ORDER BY at DESC LIMIT ?2) AS latest`

// Outcomes returns what became of the routes of tickets that were resolved
// since then, the newest n of them at most, in the order in which they were
// resolved. Routes that were not sure, those whose confidence is not known, and
// those of which no person's word is known, are left out.
func (s *Store) Outcomes(ctx context.Context, since time.Time, n int) ([]route.Outcome, error) {
	out := []route.Outcome{}
	err := s.courses(ctx, resolvedSince, []any{micros(since), n}, func(id string, c *course) error {
		if is, who := c.right(); is != RightUnknown && c.found.Confidence != nil && !c.found.unsure() {
			out = append(out, route.Outcome{At: fromMicros(c.resolved.At), Confidence: *c.found.Confidence, Right: is == RightYes, Voice: who})
		}
		return nil
	})
	route.ByTime(out)
	return out, err
}
