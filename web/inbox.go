package web

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"readback/people"
	"readback/store"
	"readback/triage"
)

// inboxPage is the list of one queue.
type inboxPage struct {
	Heading string
	Queues  []queue
	Bursts  []incidentCard // what a lead has something to do with
	Paused  string         // how many checks wait for somebody to look, "" for none
	States  []tab
	Rows    []row
	Now     *stamp
	First   string // address of the first page, "" when this is it
	Next    string // address of the next page, "" at the end
	Empty   string // what an empty list says
}

// queue is one line of the navigation.
type queue struct {
	ID, Name, URL string
	Count         int
	Current, Gap  bool // Gap: a line above sets it apart
}

type tab struct {
	Name, URL string
	Current   bool
}

// row is one ticket of the list.
type row struct {
	ID, URL        string
	Request        string
	Who            string
	Subject        string
	Channel        triage.Channel
	Language       string
	Next           next
	Effort         pick
	Urgency        triage.Urgency
	NeedsReview    bool
	Degraded       bool
	Waiting, Fresh bool // Fresh: not read yet
	Messages       int
	Updated        *stamp
}

func (s *Server) inbox(c echo.Context) error {
	f, err := s.filter(c)
	if err != nil {
		return err
	}
	f.State = cmp.Or(f.State, triage.StateOpen)
	l := langOf(c.Request())
	list, err := s.Store.Tickets(ctxOf(c), f)
	if err != nil {
		return err
	}
	tiers := make([]string, len(s.Workspace.Tiers))
	for i, t := range s.Workspace.Tiers {
		tiers[i] = t.ID
	}
	counts, err := s.Store.Counts(ctxOf(c), s.person(c).ID, tiers)
	if err != nil {
		return err
	}
	p := inboxPage{Queues: s.queues(l, f, counts.Tiers), States: stateTabs(l, f), Now: l.stamp(s.Clock(), s.Clock()), Empty: l.t("web.empty." + empty(f))}
	names, err := s.notices(c, l, &p)
	if err != nil {
		return err
	}
	for _, q := range p.Queues {
		if q.Current {
			p.Heading = q.Name
		}
	}
	degraded := false
	for i := range list.Tickets {
		p.Rows = append(p.Rows, s.row(l, &list.Tickets[i], names))
		degraded = degraded || list.Tickets[i].Degraded
	}
	if f.After != "" {
		to := f
		to.After = ""
		p.First = inboxURL(to)
	}
	if list.Next != "" {
		to := f
		to.After = list.Next
		p.Next = inboxURL(to)
	}
	out := s.page(c, cmp.Or(p.Heading, l.t("web.inbox")), "inbox", p)
	if degraded {
		out.Banner.Degraded = l.t("web.banner.degraded.list")
	}
	return s.render(c, http.StatusOK, "inbox.html", out)
}

// notices adds what a lead should see above the list: bursts, paused checks,
// changes not read. It returns the names of the incidents by id.
func (s *Server) notices(c echo.Context, l lang, p *inboxPage) (names map[string]string, err error) {
	incidents, err := s.Store.Incidents(ctxOf(c), store.IncidentFilter{})
	if err != nil {
		return nil, err
	}
	names = map[string]string{}
	for i := range incidents {
		card := s.incidentCard(l, &incidents[i])
		names[card.ID] = card.Name
		if incidents[i].Live() {
			p.Bursts = append(p.Bursts, card)
		}
	}
	pauses, err := s.Store.Pauses(ctxOf(c), false)
	if err != nil {
		return nil, err
	}
	if len(pauses) > 0 {
		p.Paused = l.t("web.pauses.waiting", "count", len(pauses))
	}
	p.Queues = append(p.Queues, queue{ID: "knowledge", Name: l.t("web.kb"), URL: "/knowledge", Count: -1, Gap: true})
	if s.person(c).Role.May(people.Lead) {
		stuck, err := s.Store.StuckDeliveries(ctxOf(c))
		if err != nil {
			return nil, err
		}
		p.Queues = append(p.Queues, queue{ID: "outbox", Name: l.t("outbox"), URL: "/outbox", Count: stuck})
	}
	if len(s.Workspace.Changes) == 0 {
		return names, nil
	}
	read, err := s.Store.Acknowledgements(ctxOf(c))
	if err != nil {
		return nil, err
	}
	p.Queues = append(p.Queues, queue{ID: "changes", Name: l.t("web.changes"), URL: "/changes",
		Count: unread(s.Workspace.Changes, read, s.person(c).ID)})
	return names, nil
}

// stateTabs lead to the same list in each state.
func stateTabs(l lang, f store.Filter) (tabs []tab) {
	current := f.State
	f.After = ""
	for _, f.State = range []triage.State{triage.StateOpen, triage.StateWaiting, triage.StateResolved} {
		tabs = append(tabs, tab{Name: l.t("web.state." + string(f.State)), URL: inboxURL(f), Current: f.State == current})
	}
	return tabs
}

// queues are all tickets, one queue for each tier, and what a person must look at.
func (s *Server) queues(l lang, f store.Filter, counts map[string]int) []queue {
	total := 0
	for _, n := range counts {
		total += n
	}
	review := f.NeedsReview != nil && *f.NeedsReview
	at := func(tier string) string { return inboxURL(store.Filter{Tier: tier, State: f.State, Limit: f.Limit}) }
	out := []queue{{ID: "all", Name: l.t("web.queue.all"), URL: at(""), Count: total, Current: f.Tier == "" && !review}}
	for i, t := range s.Workspace.Tiers {
		out = append(out, queue{ID: t.ID, Name: cmp.Or(t.Name, t.ID), URL: at(t.ID), Count: counts[t.ID], Current: f.Tier == t.ID && !review, Gap: i == 0})
	}
	yes := true
	to := store.Filter{Tier: f.Tier, State: f.State, Limit: f.Limit, NeedsReview: &yes}
	return append(out, queue{ID: "review", Name: l.t("web.queue.review"), URL: inboxURL(to), Count: -1, Current: review, Gap: true})
}

func inboxURL(f store.Filter) string {
	q := url.Values{}
	if f.Tier != "" {
		q.Set("tier", f.Tier)
	}
	if f.State != "" && f.State != triage.StateOpen {
		q.Set("state", string(f.State))
	}
	if f.NeedsReview != nil && *f.NeedsReview {
		q.Set("review", "1")
	}
	if f.After != "" {
		q.Set("after", f.After)
	}
	if len(q) == 0 {
		return "/inbox"
	}
	return "/inbox?" + q.Encode()
}

// empty says why a list is empty: the end of a code.
func empty(f store.Filter) string {
	switch {
	case f.After != "":
		return "page"
	case f.NeedsReview != nil && *f.NeedsReview:
		return "review"
	case f.State == triage.StateWaiting:
		return "waiting"
	case f.State == triage.StateResolved:
		return "resolved"
	}
	return "open"
}

// row shows a ticket; incidents names those that tickets are routed by.
func (s *Server) row(l lang, t *store.Summary, incidents map[string]string) row {
	next := s.nextWords(l, t.Action, t.Tier, t.Procedure, t.NextStep, t.NextBy)
	if t.Incident != "" {
		next = s.incidentNext(l, incidents[t.Incident], t.Tier)
	}
	return row{ID: t.ID, URL: ticketURL(t.ID), Next: next,
		Request: oneLine(cmp.Or(t.Request, t.Subject, l.t("web.inbox.unnamed")), 160),
		Who:     oneLine(l.who(t.Customer), 60), Subject: oneLine(t.Subject, 80), Channel: t.Channel, Language: t.Language,
		Effort:  l.say(effortWords[t.Effort]),
		Urgency: t.Urgency, NeedsReview: t.NeedsReview, Degraded: t.Degraded, Waiting: t.Waiting, Fresh: t.Action == "",
		Messages: t.Messages, Updated: l.stamp(t.UpdatedAt, s.Clock())}
}

// who names a customer by the best that is known.
func (l lang) who(c triage.Customer) string {
	return cmp.Or(c.Name, c.Email, c.AccountID, c.ID, l.t("web.customer.unknown"))
}
