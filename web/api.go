package web

import (
	"context"
	_ "embed" // the API's description
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/knowledge"
	"readback/store"
	"readback/triage"
)

// MaxInput is the largest body of the JSON API, in bytes.
const MaxInput = 8 << 20

// apiSource is the namespace of external_id for what comes by the API.
const apiSource = "api"

//go:embed openapi.json
var openAPI []byte

func (s *Server) openAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, openAPI)
}

// apiReceipt says where what was sent is.
type apiReceipt struct {
	Ticket   string   `json:"ticket"`
	Messages []string `json:"messages"`
}

func (s *Server) apiCreate(c echo.Context) error {
	return s.apiReceive(c, "", channel.ParseInput)
}

func (s *Server) apiAppend(c echo.Context) error {
	return s.apiReceive(c, c.Param("id"), channel.ParseMessages)
}

// distinct reports an external_id that stands twice in one document.
func distinct(messages []triage.Message) error {
	seen := map[string]bool{}
	for i := range messages {
		id := messages[i].ExternalID
		if id != "" && seen[id] {
			return triage.Errorf(triage.Invalid, "messages[%d].external_id: %q stands twice; each message needs its own", i, id)
		}
		seen[id] = true
	}
	return nil
}

// apiReceive stores messages as a new ticket, 201, or 200 when its first
// external_id made a ticket before; or on an existing ticket, 201, or 200 when
// it has them all. What the ticket already has is not stored twice.
func (s *Server) apiReceive(c echo.Context, ticketID string, parse func([]byte) (channel.Input, error)) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, MaxInput)
	if err != nil {
		return err
	}
	in, err := parse(body)
	if err != nil {
		return err
	}
	if err := distinct(in.Messages); err != nil {
		return err
	}
	key := "" // on a ticket, each message is known by its own external_id
	if ticketID == "" {
		key = in.Messages[0].ExternalID
	}
	receipt, err := s.Store.Receive(ctxOf(c), store.Inbound{
		Source: apiSource, MessageKey: key, TicketID: ticketID, Subject: in.Subject,
		Customer: in.Customer, Messages: in.Messages, Raw: body, RawType: c.Request().Header.Get(echo.HeaderContentType),
	})
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if receipt.Duplicate {
		status = http.StatusOK
	}
	return c.JSON(status, apiReceipt{Ticket: receipt.TicketID, Messages: receipt.MessageIDs})
}

// apiSummary is one ticket of the list. What is not known yet, as before the
// first triage, is null.
type apiSummary struct {
	ID          string           `json:"id"`
	Subject     string           `json:"subject"`
	Channel     triage.Channel   `json:"channel"`
	State       triage.State     `json:"state"`
	Tier        *string          `json:"tier"`
	Action      *triage.Action   `json:"action"`
	Kind        *triage.Kind     `json:"kind"`
	Language    *string          `json:"language"`
	Request     *string          `json:"request"`
	Procedure   *string          `json:"procedure"`
	NextStep    *string          `json:"next_step"`
	NextBy      *knowledge.Actor `json:"next_by"`
	Effort      *triage.Effort   `json:"effort"`
	Urgency     *triage.Urgency  `json:"urgency"`
	NeedsReview bool             `json:"needs_review"`
	Degraded    bool             `json:"degraded"`
	Incident    *string          `json:"incident"` // id of the incident that it is routed by
	Waiting     bool             `json:"waiting"`  // newer messages than the last triage
	Messages    int              `json:"messages"`
	Lane        store.Lane       `json:"lane"`          // open, waiting, snoozed, no_answer, resolved: where the inbox shows it
	Assignee    *string          `json:"assignee"`      // id of a user
	Snoozed     *time.Time       `json:"snoozed_until"` //
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
}

func (s *Server) apiList(c echo.Context) error {
	f, err := s.filter(c)
	if err != nil {
		return err
	}
	page, err := s.Store.Tickets(ctxOf(c), f)
	if err != nil {
		return err
	}
	out := struct {
		Tickets []apiSummary `json:"tickets"`
		Next    *string      `json:"next"` // cursor for after; null at the end
		Prev    *string      `json:"prev"` // cursor for before; null at the beginning
	}{Tickets: make([]apiSummary, 0, len(page.Tickets))}
	for _, t := range page.Tickets {
		out.Tickets = append(out.Tickets, summaryOf(&t))
	}
	out.Next, out.Prev = known(page.Next), known(page.Prev)
	return c.JSON(http.StatusOK, out)
}

func summaryOf(t *store.Summary) apiSummary {
	return apiSummary{ID: t.ID, Subject: t.Subject, Channel: t.Channel, State: t.State, Tier: known(t.Tier), Action: known(t.Action),
		Kind: known(t.Kind), Language: known(t.Language), Request: known(t.Request), Procedure: known(t.Procedure),
		NextStep: known(t.NextStep), NextBy: known(t.NextBy), Effort: known(t.Effort), Urgency: known(t.Urgency),
		NeedsReview: t.NeedsReview, Degraded: t.Degraded, Incident: known(t.Incident), Waiting: t.Waiting, Messages: t.Messages,
		Lane: t.Lane, Assignee: known(t.Assignee), Snoozed: timeOrNull(t.SnoozedUntil), CreatedAt: t.CreatedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC()}
}

// timeOrNull returns nil for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// known returns nil for an empty value.
func known[T ~string](v T) *T {
	if v == "" {
		return nil
	}
	return &v
}

// filter reads what the list of the API is asked for.
func (s *Server) filter(c echo.Context) (store.Filter, error) {
	f := store.Filter{Tier: c.QueryParam("tier"), State: triage.State(c.QueryParam("state")), Incident: c.QueryParam("incident"),
		Text: c.QueryParam("text"), After: c.QueryParam("after"), Before: c.QueryParam("before"), Lane: store.Lane(c.QueryParam("lane")),
		Kind: triage.Kind(c.QueryParam("kind")), Language: c.QueryParam("language"), Action: triage.Action(c.QueryParam("action")), Procedure: c.QueryParam("procedure")}
	if f.Lane != "" && !slices.Contains(store.Lanes, f.Lane) {
		return f, triage.Errorf(triage.Invalid, "lane is %q; use one of %v.", f.Lane, store.Lanes)
	}
	switch who := c.QueryParam("assignee"); who {
	case "":
	case assigneeNone:
		f.Assignee = new(string)
	default:
		id, err := s.staffID(c, "assignee", who)
		if err != nil {
			return f, err
		}
		f.Assignee = &id
	}
	switch f.State {
	case "", triage.StateOpen, triage.StateWaiting, triage.StateResolved:
	default:
		return f, triage.Errorf(triage.Invalid, "state is %q; use open, waiting or resolved.", f.State)
	}
	if c.QueryParam("review") != "" {
		review := c.QueryParam("review") == "1"
		f.NeedsReview = &review
	}
	var err error
	f.Limit, err = limitOf(c)
	return f, err
}

// limitOf reads how many rows of a list are wanted; 0 = not said.
func limitOf(c echo.Context) (int, error) {
	text := c.QueryParam("limit")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 200 {
		return 0, triage.Errorf(triage.Invalid, "limit is %q; use a number from 1 to 200.", text)
	}
	return n, nil
}

func (s *Server) apiTicket(c echo.Context) error {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	if t.ID != c.Param("id") { // it was merged into this one
		c.Response().Header().Set("Content-Location", "/api/v1/tickets/"+url.PathEscape(t.ID))
	}
	view := triage.NewView(&t, r)
	if view.Similar, err = s.Store.Solutions(ctxOf(c), view.Similar); err != nil {
		return err
	}
	return answer(c, http.StatusOK, &view)
}

// live reads a ticket, or the one that has its messages when it was merged.
func (s *Server) live(ctx context.Context, id string) (triage.Ticket, error) {
	t, err := s.Store.Ticket(ctx, id)
	if err != nil || t.State != store.StateMerged {
		return t, err
	}
	into, err := s.Store.MergedInto(ctx, id)
	if err != nil {
		return t, err
	}
	if into == "" { // taken back in this moment
		into = id
	}
	return s.Store.Ticket(ctx, into)
}

// apiRetriage has a whole ticket read again.
func (s *Server) apiRetriage(c echo.Context) error {
	id := c.Param("id")
	if err := s.Store.Reread(ctxOf(c), id); err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]string{"ticket": id})
}

// load reads a ticket and its newest result, nil when it waits for the first.
// Of a merged ticket it is the one that has its messages now.
func (s *Server) load(c echo.Context, id string) (triage.Ticket, *triage.Result, error) {
	t, err := s.live(ctxOf(c), id)
	if err != nil {
		return t, nil, err
	}
	r, err := s.Store.Result(ctxOf(c), t.ID)
	if triage.CodeOf(err) == triage.NotFound {
		return t, nil, nil
	}
	return t, r, err
}
