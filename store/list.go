package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// Lane is where the inbox shows a ticket. It follows from the ticket's state,
// its snooze and its route; the database computes it.
type Lane string

// The lanes; a merged ticket is in none of them.
const (
	LaneOpen     Lane = "open"      // somebody has something to do
	LaneWaiting  Lane = "waiting"   // for the customer
	LaneSnoozed  Lane = "snoozed"   // open or waiting, and comes back by itself
	LaneNoAnswer Lane = "no_answer" // open, and routed to nobody: spam, automatic mail, thanks
	LaneResolved Lane = "resolved"  //
)

// Lanes lists the lanes in the order of the inbox.
var Lanes = []Lane{LaneOpen, LaneWaiting, LaneSnoozed, LaneNoAnswer, LaneResolved}

// Filter chooses a page of tickets, the last changed first. Zero fields choose all.
type Filter struct {
	Tier        string
	State       triage.State
	Lane        Lane
	NeedsReview *bool
	Handed      bool        // handed over, and nobody of the tier has said that they have it
	Kind        triage.Kind // of the leading matter
	Language    string
	Action      triage.Action
	Procedure   string
	Assignee    *string // id of a user; "" = those that nobody has
	Incident    string  // only the tickets linked to it
	// Text chooses tickets that have all of its words somewhere: in the subject,
	// a message, a customer's name or address. Case and accents do not matter,
	// the last word may be unfinished from its third letter on, and there is no
	// syntax. What came in the last second may not be found yet. A text without any letter or digit
	// chooses all.
	Text   string
	found  found  // what Text finds; set by Tickets
	After  string // Page.Next of a page: what is older; "" for the first page
	Before string // Page.Prev of a page: what is newer; not with After
	Limit  int    // default 50, at most 200
}

// Summary is a ticket as the list shows it. Fields of the triage are zero
// before the first one.
type Summary struct {
	ID, Subject, Tier                      string
	Channel                                triage.Channel
	State                                  triage.State
	Lane                                   Lane
	Assignee                               string    // id of a user; "" = nobody
	SnoozedUntil                           time.Time // zero = not snoozed
	Customer                               triage.Customer
	Action                                 triage.Action
	Kind                                   triage.Kind
	Language, Request, Procedure, NextStep string
	NextBy                                 knowledge.Actor
	Effort                                 triage.Effort
	Urgency                                triage.Urgency
	NeedsReview, Degraded                  bool
	Incident                               string // id of the incident that it is routed by
	Waiting                                bool   // has newer messages than the last triage read
	Messages                               int
	CreatedAt, UpdatedAt                   time.Time
}

// Page is a part of the list.
type Page struct {
	Tickets []Summary
	Next    string // cursor of the page of older tickets, "" at the end
	Prev    string // cursor of the page of newer tickets, "" at the beginning
	// Partial: so much of the list was looked at and no more, with fewer hits
	// than Limit. Next goes on, as though the page were full.
	Partial bool
}

// The limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// How many tickets are looked at for one page at most, when more is asked of
// them than an index answers: in the index of a lane, which has all of it, and
// elsewhere, where each ticket is read. So the cost of a page has a bound
// however rare its hits are.
const (
	walkLane = 20_000
	walkRows = 2_000
)

// Tickets returns a page of the list, without merged tickets. A ticket that does not change while one
// reads page after page is seen exactly once; one that does moves to the front.
// Its cost depends on the page, not on how many tickets there are.
// Errors: Invalid for a cursor that is none, and for two of them.
func (s *Store) Tickets(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	f.Limit = min(f.Limit, maxLimit)
	var err error
	if f.found, err = s.find(ctx, newSearch(f.Text)); err != nil {
		return Page{}, err
	}
	q, err := newListQuery(f)
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	text, args := q.page(f.Limit + 1) // one more tells whether a page follows
	if page.Tickets, err = s.summaries(ctx, text, args...); err != nil {
		return Page{}, err
	}
	more := len(page.Tickets) > f.Limit
	page.Tickets = page.Tickets[:min(len(page.Tickets), f.Limit)]
	ahead, behind := "", "" // in the direction of reading, and against it
	if n := len(page.Tickets); more {
		ahead = cursorOf(&page.Tickets[n-1])
	} else if q.walk > 0 {
		if ahead, err = s.walkedTo(ctx, q); err != nil {
			return Page{}, err
		}
		page.Partial = ahead != ""
	}
	if f.After != "" || f.Before != "" {
		behind = f.After + f.Before
		if len(page.Tickets) > 0 {
			behind = cursorOf(&page.Tickets[0])
		}
	}
	page.Next, page.Prev = ahead, behind
	if f.Before != "" {
		slices.Reverse(page.Tickets)
		page.Next, page.Prev = behind, ahead
	}
	return page, nil
}

// Summary returns a ticket as lists show it, a merged one too. Errors: NotFound.
func (s *Store) Summary(ctx context.Context, id string) (Summary, error) {
	found, err := s.summaries(ctx, `SELECT `+summaryColumns+` FROM tickets WHERE id = ?1`, id)
	if err == nil && len(found) == 0 {
		err = notFound(id)
	}
	if err != nil {
		return Summary{}, err
	}
	return found[0], nil
}

// walkedTo returns the cursor of the last ticket that a page looked at, "" when
// that was the end of the list.
func (s *Store) walkedTo(ctx context.Context, q *listQuery) (string, error) {
	text, args := q.end()
	var at int64
	var id string
	switch err := s.reader.QueryRowContext(ctx, text, args...).Scan(&at, &id); {
	case err == sql.ErrNoRows: //nolint:errorlint // Scan returns it as it is
		return "", nil
	case err != nil:
		return "", mapError(err)
	}
	return cursor(fromMicros(at), id), nil
}

// listQuery is the query of a page in its two parts: what an index answers in
// the order of the list, and what is looked at in each ticket of that.
type listQuery struct {
	base, rest []string // conditions
	args       []any
	order      string
	walk       int // tickets of base to look at; 0 = there is no rest
}

func (q *listQuery) arg(v any) string {
	q.args = append(q.args, v)
	return "?" + strconv.Itoa(len(q.args))
}

func newListQuery(f Filter) (*listQuery, error) {
	q := &listQuery{order: " ORDER BY updated_at DESC, id DESC"}
	type condition struct {
		asked        bool
		column       string
		value        any
		alone, state bool // it has an index of its own with the lane; with the state
	}
	deref := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	asked := []condition{
		{f.Tier != "", "tier", f.Tier, true, true},
		{f.Assignee != nil, "assignee", deref(f.Assignee), true, false},
		{f.NeedsReview != nil, "needs_review", number(f.NeedsReview != nil && *f.NeedsReview), f.NeedsReview != nil && *f.NeedsReview, true},
		{f.Kind != "", "kind", f.Kind, false, false},
		{f.Language != "", "language", f.Language, false, false},
		{f.Action != "", "action", f.Action, false, false},
		{f.Procedure != "", "procedure_id", f.Procedure, false, false},
	}
	asked = slices.DeleteFunc(asked, func(c condition) bool { return !c.asked })
	if f.Lane != "" {
		q.base = append(q.base, "lane = "+q.arg(f.Lane))
		if f.State != "" {
			q.rest = append(q.rest, "state = "+q.arg(f.State))
		}
	} else {
		q.base = append(q.base, "merged_into = ''") // a tombstone is no ticket to work on
		if f.State != "" {
			q.base = append(q.base, "state = "+q.arg(f.State))
		}
	}
	words := f.found.match != ""
	other := words && f.found.many || f.Incident != "" || f.Handed || len(q.rest) > 0
	if f.Handed { // an index of those alone
		q.base = append(q.base, "handed = 1")
	}
	for _, c := range asked {
		text := c.column + " = "
		if c.column == "needs_review" && c.alone && f.Lane != "" {
			text += "1" // said outright, for an index of those alone
		} else {
			text += q.arg(c.value)
		}
		switch {
		case words && !f.found.many: // each hit is read anyway
			q.base = append(q.base, text)
		case len(asked) == 1 && !other && (f.Lane != "" && c.alone || f.Lane == "" && c.state):
			q.base = append(q.base, text)
		default:
			q.rest = append(q.rest, text)
		}
	}
	if f.Incident != "" { // they are few
		q.base = append(q.base, "id IN (SELECT ticket_id FROM incident_tickets WHERE linked = 1 AND incident_id = "+q.arg(f.Incident)+")")
	}
	if words {
		if match := f.found.clause(q.arg(f.found.match)); f.found.many {
			q.rest = append(q.rest, match)
		} else {
			q.base = append(q.base, match)
		}
	}
	if len(q.rest) > 0 {
		q.walk = walkRows
		if f.Lane != "" {
			q.walk = walkLane
		}
	}
	return q, q.seek(f)
}

// seek begins at a cursor.
func (q *listQuery) seek(f Filter) error {
	if f.After != "" && f.Before != "" {
		return triage.Errorf(triage.Invalid, "A page is after a cursor or before one, not both.")
	}
	if f.After+f.Before == "" {
		return nil
	}
	at, id, err := parseCursor(f.After + f.Before)
	if err != nil {
		return err
	}
	than := " < "
	if f.Before != "" {
		than, q.order = " > ", " ORDER BY updated_at, id"
	}
	q.base = append(q.base, "(updated_at, id)"+than+"("+q.arg(at)+", "+q.arg(id)+")")
	return nil
}

// walked are the columns of tickets_by_lane.
const walked = "id, updated_at, state, tier, assignee, kind, language, action, procedure_id, needs_review, words_id"

func (q *listQuery) page(limit int) (text string, args []any) {
	where := " FROM tickets WHERE " + strings.Join(q.base, " AND ") + q.order
	if q.walk == 0 {
		return `SELECT ` + summaryColumns + where + " LIMIT " + q.arg(limit), q.args
	}
	columns := walked
	if !slices.ContainsFunc(q.rest, func(c string) bool { return strings.HasPrefix(c, "state ") }) {
		columns = strings.Replace(walked, "state, ", "", 1) // it is in no index of lanes
	}
	return `SELECT ` + summaryColumns + ` FROM tickets WHERE id IN (SELECT id FROM (SELECT ` + columns + where + " LIMIT " + q.arg(q.walk) + ") AS seen WHERE " +
		strings.Join(q.rest, " AND ") + " LIMIT " + q.arg(limit) + ")" + q.order, q.args
}

// end finds the last ticket that a page walks over.
func (q *listQuery) end() (text string, args []any) {
	n := len(q.args) - 2 // without the limits that page has added
	return "SELECT updated_at, id FROM (SELECT updated_at, id FROM tickets WHERE " + strings.Join(q.base, " AND ") + q.order + " LIMIT ?" + strconv.Itoa(n+1) +
		") AS seen LIMIT 1 OFFSET ?" + strconv.Itoa(n+2), append(q.args[:n:n], q.walk, q.walk-1)
}

// summaryColumns are what scanSummary reads.
const summaryColumns = `id, subject, tier, channel, state, customer_id, customer_email, customer_name, customer_account,
		action, kind, language, request, procedure_id, next_step, next_by, effort, urgency, needs_review, degraded,
		triaged_seq < last_seq, last_seq, created_at, updated_at, incident_id, lane, assignee, snoozed_until`

func scanSummary(rows *sql.Rows) (Summary, error) {
	var t Summary
	var created, updated, snoozed int64
	err := rows.Scan(&t.ID, &t.Subject, &t.Tier, &t.Channel, &t.State, &t.Customer.ID, &t.Customer.Email, &t.Customer.Name,
		&t.Customer.AccountID, &t.Action, &t.Kind, &t.Language, &t.Request, &t.Procedure, &t.NextStep, &t.NextBy, &t.Effort,
		&t.Urgency, &t.NeedsReview, &t.Degraded, &t.Waiting, &t.Messages, &created, &updated, &t.Incident, &t.Lane, &t.Assignee, &snoozed)
	t.CreatedAt, t.UpdatedAt, t.SnoozedUntil = fromMicros(created), fromMicros(updated), fromMicros(snoozed)
	return t, err
}

// number is how both engines store a bool.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cursor names a place in the list: a time and an id.
func cursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", micros(at), id))
}

func cursorOf(t *Summary) string { return cursor(t.UpdatedAt, t.ID) }

func parseCursor(c string) (at int64, id string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(c)
	if err == nil {
		before, after, ok := strings.Cut(string(b), " ")
		if at, err = strconv.ParseInt(before, 10, 64); err == nil && ok {
			return at, after, nil
		}
	}
	return 0, "", triage.Errorf(triage.Invalid, "The cursor %q is none that a page gave.", c)
}

// CountLimit is how far the tickets of a queue are counted, so that counting
// costs the same however many there are.
const CountLimit = 1000

// Counts are the numbers beside the queues, each at most CountLimit.
type Counts struct {
	Tiers      map[string]int // open tickets by tier
	Lanes      map[Lane]int
	Mine       int // open tickets of the person
	Unassigned int // open tickets that nobody has
	Review     int // open tickets that a person should look at
	Handed     int // open tickets handed over that nobody of the tier has taken on
}

// Counts counts the tickets of the inbox for a person; tiers are those to
// count, besides "", which is of tickets not triaged yet. The lane of resolved
// tickets is not counted.
func (s *Store) Counts(ctx context.Context, person string, tiers []string) (Counts, error) {
	out := Counts{Tiers: map[string]int{}, Lanes: map[Lane]int{}}
	var to []func(int)
	var q listQuery
	var parts []string
	count := func(where string, set func(int)) {
		parts = append(parts, "SELECT "+strconv.Itoa(len(to))+", count(*) FROM (SELECT 1 FROM tickets WHERE "+where+" LIMIT "+strconv.Itoa(CountLimit)+") AS some")
		to = append(to, set)
	}
	for _, lane := range Lanes {
		if lane != LaneResolved {
			count("lane = "+q.arg(lane), func(n int) { out.Lanes[lane] = n })
		}
	}
	open := "lane = " + q.arg(LaneOpen)
	for _, tier := range append([]string{""}, tiers...) {
		count(open+" AND tier = "+q.arg(tier), func(n int) { out.Tiers[tier] = n })
	}
	count(open+" AND assignee = "+q.arg(person), func(n int) { out.Mine = n })
	count(open+" AND assignee = ''", func(n int) { out.Unassigned = n })
	count(open+" AND needs_review = 1", func(n int) { out.Review = n })
	count(open+" AND handed = 1", func(n int) { out.Handed = n })
	rows, err := s.reader.QueryContext(ctx, strings.Join(parts, " UNION ALL "), q.args...)
	if err != nil {
		return out, mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var i, n int
		if err := rows.Scan(&i, &n); err != nil {
			return out, mapError(err)
		}
		to[i](n)
	}
	return out, mapError(rows.Err())
}
