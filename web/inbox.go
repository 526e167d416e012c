package web

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// inboxPage is the list of one queue.
type inboxPage struct {
	Heading string
	Queues  []queue
	Bursts  []incidentCard // what a lead has something to do with
	Paused  string         // how many checks wait for somebody to look, "" for none
	States  []tab
	Search  searchBox
	Acts    actBar
	Rows    []row
	Now     *stamp
	First   string // address of the first page, "" when this is it
	Newer   string // address of the page of newer tickets, "" at the beginning
	Next    string // address of the page of older tickets, "" at the end
	Partial bool   // the list was looked through in part only
	Empty   string // what an empty list says: the end of a code
}

// queue is one line of the navigation.
type queue struct {
	ID, Name, URL string
	Count         string // "" = none is shown
	Current, Gap  bool   // Gap: a line above sets it apart
}

type tab struct {
	Name, URL string
	Count     string
	Current   bool
}

// searchBox is the box above the list and the filters that are on.
type searchBox struct {
	Text      string
	Wrong     []string // what was typed and is no operator's value
	Operators []operatorHint
	Chips     []chip
	Fields    []filterField
}

type operatorHint struct{ Name, What, Values string }

// chip is a filter that is on; its address is the list without it.
type chip struct{ Text, URL string }

// filterField is a filter as a menu.
type filterField struct {
	Name, Label string
	Choices     []choice
}

// actBar is what can be done with chosen tickets.
type actBar struct {
	To      string // where a form leads back to
	Me      string
	People  []choice
	Snoozes []snooze
	Zone    string
	Soon    string // the first time of the field for a time of one's own
	Lane    store.Lane
	Tiers   []choice
	Whys    []choice
	Next    string // tier of "take next", "" = the person's own
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
	Assignee       string // name; "" = nobody
	Initials       string
	Mine           bool
	Back           *stamp // of a snoozed one: when it comes back
	Lane           store.Lane
	Here           []here // who has it open
}

// rowNames are what a row tells of others: incidents by id, people by id.
type rowNames struct {
	incidents map[string]string
	people    names
	me        string
	zone      *time.Location
}

func (s *Server) inbox(c echo.Context) error {
	l, me := langOf(c.Request()), s.person(c)
	users, err := s.Store.Users(ctxOf(c))
	if err != nil {
		return err
	}
	p := inboxPage{}
	if typed := c.QueryParams()["q"]; len(typed) > 0 {
		f, wrong := s.readSearch(typed[0], me, users)
		if len(wrong) == 0 {
			return c.Redirect(http.StatusSeeOther, inboxURL(f, me))
		}
		p.Search.Text, p.Search.Wrong = typed[0], wrong
	}
	f, err := s.readInbox(c.QueryParams(), me, users)
	if err != nil {
		return err
	}
	list, err := s.Store.Tickets(ctxOf(c), f)
	if err != nil {
		return err
	}
	if f.Before != "" && list.Prev == "" { // at the beginning: the first page, whole
		f.Before = ""
		return c.Redirect(http.StatusSeeOther, inboxURL(f, me))
	}
	counts, err := s.Store.Counts(ctxOf(c), me.ID, s.tierIDs())
	if err != nil {
		return err
	}
	p.Queues, p.States = s.queues(l, f, me, counts), s.stateTabs(l, f, me, counts)
	p.Now, p.Empty, p.Partial = l.stamp(s.Clock(), s.Clock()), empty(f), list.Partial
	incidents, err := s.notices(c, l, &p)
	if err != nil {
		return err
	}
	p.Heading = l.t("web.inbox.found")
	for _, q := range p.Queues {
		if q.Current {
			p.Heading = q.Name
		}
	}
	s.fillSearch(l, &p.Search, f, me, users)
	p.Acts = s.actBar(c, l, f, me, users)
	about := rowNames{incidents, namesOf(users), me.ID, zoneOf(c.Request())}
	degraded := false
	for i := range list.Tickets {
		p.Rows = append(p.Rows, s.row(l, &list.Tickets[i], about))
		degraded = degraded || list.Tickets[i].Degraded
	}
	to := f
	to.After, to.Before = "", ""
	if f.After != "" || f.Before != "" {
		p.First = inboxURL(to, me)
	}
	if to.Before = list.Prev; to.Before != "" {
		p.Newer = inboxURL(to, me)
	}
	if to.Before, to.After = "", list.Next; to.After != "" {
		p.Next = inboxURL(to, me)
	}
	out := s.page(c, p.Heading, "inbox", p)
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
	if len(s.Workspace.Changes) == 0 {
		return names, nil
	}
	read, err := s.Store.Acknowledgements(ctxOf(c))
	if err != nil {
		return nil, err
	}
	p.Queues = append(p.Queues, queue{ID: "changes", Name: l.t("web.changes"), URL: "/changes",
		Count: strconv.Itoa(unread(s.Workspace.Changes, read, s.person(c).ID)), Gap: true})
	return names, nil
}

// counted is a count as it is shown.
func counted(n int) string {
	if n >= store.CountLimit {
		return strconv.Itoa(store.CountLimit-1) + "+"
	}
	return strconv.Itoa(n)
}

// stateTabs lead to the same list in each lane; where the list is of all
// tickets they tell how many there are.
func (s *Server) stateTabs(l lang, f store.Filter, me *people.User, counts store.Counts) (tabs []tab) {
	current := f.Lane
	f.After, f.Before = "", ""
	lanes := []store.Lane{store.LaneOpen, store.LaneWaiting, store.LaneSnoozed, store.LaneResolved}
	if f.Text != "" {
		lanes = append([]store.Lane{""}, lanes...)
	}
	for _, f.Lane = range lanes {
		t := tab{Name: l.t("web.lane." + cmp.Or(string(f.Lane), "all")), URL: inboxURL(f, me), Current: f.Lane == current}
		all := f
		all.Lane = store.LaneOpen
		if n := counts.Lanes[f.Lane]; n > 0 && f.Lane != store.LaneOpen && inboxURL(all, me) == "/inbox" {
			t.Count = counted(n)
		}
		tabs = append(tabs, t)
	}
	return tabs
}

// queues are all tickets, the person's, those of nobody and those to look at;
// one queue for each tier; and what nobody answers.
func (s *Server) queues(l lang, f store.Filter, me *people.User, counts store.Counts) []queue {
	mine, nobody, yes := me.ID, "", true
	at := store.Filter{Lane: cmp.Or(f.Lane, store.LaneOpen)}
	if at.Lane == store.LaneNoAnswer {
		at.Lane = store.LaneOpen
	}
	here := f
	here.After, here.Before, here.Text = "", "", ""
	line := func(id, name, count string, of store.Filter) queue {
		return queue{ID: id, Name: name, URL: inboxURL(of, me), Count: count, Current: f.Text == "" && inboxURL(of, me) == inboxURL(here, me)}
	}
	of := func(change func(*store.Filter)) store.Filter {
		out := at
		change(&out)
		return out
	}
	out := []queue{
		line("all", l.t("web.queue.all"), counted(counts.Lanes[store.LaneOpen]), at),
		line("mine", l.t("web.queue.mine"), counted(counts.Mine), of(func(f *store.Filter) { f.Assignee = &mine })),
		line("unassigned", l.t("web.queue.unassigned"), counted(counts.Unassigned), of(func(f *store.Filter) { f.Assignee = &nobody })),
		line("review", l.t("web.queue.review"), counted(counts.Review), of(func(f *store.Filter) { f.NeedsReview = &yes })),
		line("handed", l.t("web.queue.handed"), counted(counts.Handed), of(func(f *store.Filter) { f.Handed = true })),
	}
	for i, t := range s.Workspace.Tiers {
		q := line(t.ID, cmp.Or(t.Name, t.ID), counted(counts.Tiers[t.ID]), of(func(f *store.Filter) { f.Tier = t.ID }))
		q.Gap = i == 0
		out = append(out, q)
	}
	none := line("no_answer", l.t("web.lane.no_answer"), counted(counts.Lanes[store.LaneNoAnswer]), store.Filter{Lane: store.LaneNoAnswer})
	none.Gap = true
	return append(out, none)
}

// fillSearch shows what the list is filtered by.
func (s *Server) fillSearch(l lang, b *searchBox, f store.Filter, me *people.User, users []people.User) {
	if len(b.Wrong) == 0 {
		b.Text = searchText(&f, me)
	}
	f.After, f.Before = "", ""
	named := namesOf(users)
	for _, op := range operators {
		name := op.names[0]
		b.Operators = append(b.Operators, operatorHint{name + ":", l.t("web.filter." + name), op.values})
		v := op.get(&f, me)
		if v == "" || name == "state" {
			continue
		}
		without := f
		switch name {
		case "tier":
			without.Tier, v = "", s.tierName(v)
		case "assignee":
			without.Assignee = nil
			v = l.named("web.filter.assignee.", v, named.of(l, v))
		case "review":
			without.NeedsReview = nil
			v = l.t("web.filter.review." + v)
		case "handed":
			without.Handed, v = false, l.t("web.filter.review.1")
		case "kind":
			without.Kind, v = "", l.named("kind.", v, v)
		case "language":
			without.Language = ""
		case "action":
			without.Action, v = "", l.t(actionWords[f.Action].Text)
		case "procedure":
			without.Procedure, v = "", s.procedureTitle(l, v)
		}
		b.Chips = append(b.Chips, chip{l.t("web.filter."+name) + ": " + v, inboxURL(without, me)})
	}
	if f.Text != "" {
		without := f
		without.Text = ""
		b.Chips = append(b.Chips, chip{"“" + f.Text + "”", inboxURL(without, me)})
	}
}

// actBar offers what can be done with the tickets of a list.
func (s *Server) actBar(c echo.Context, l lang, f store.Filter, me *people.User, users []people.User) actBar {
	now := s.Clock().In(zoneOf(c.Request()))
	bar := actBar{To: withDone(c.Request().URL.RequestURI(), ""), Me: me.ID, Snoozes: l.snoozes(now), Lane: f.Lane, Next: f.Tier,
		Zone: now.Format("MST"), Soon: now.Add(time.Hour).Truncate(time.Hour).Format(customTime)}
	for _, u := range colleagues(users, me) {
		bar.People = append(bar.People, choice{Value: u.ID, Name: u.Name})
	}
	for _, t := range s.Workspace.Tiers {
		bar.Tiers = append(bar.Tiers, choice{Value: t.ID, Name: s.tierName(t.ID)})
	}
	for _, why := range store.WhyHandedOver {
		bar.Whys = append(bar.Whys, choice{Value: why, Name: l.t("web.act.why." + why)})
	}
	return bar
}

// empty says why a list is empty: the end of a code.
func empty(f store.Filter) string {
	switch {
	case f.After != "":
		return "page"
	case f.Text != "":
		return "text"
	case f.Kind != "" || f.Language != "" || f.Action != "" || f.Procedure != "":
		return "filter"
	case f.NeedsReview != nil && *f.NeedsReview:
		return "review"
	case f.Handed:
		return "handed"
	case f.Lane != store.LaneOpen && f.Lane != "":
		return string(f.Lane)
	case f.Assignee != nil && *f.Assignee == "":
		return "unassigned"
	case f.Assignee != nil:
		return "mine"
	}
	return "open"
}

// row shows a ticket.
func (s *Server) row(l lang, t *store.Summary, about rowNames) row {
	next := s.nextWords(l, t.Action, t.Tier, t.Procedure, t.NextStep, t.NextBy)
	if t.Incident != "" {
		next = s.incidentNext(l, about.incidents[t.Incident], t.Tier)
	}
	out := row{ID: t.ID, URL: ticketURL(t.ID), Next: next,
		Request: oneLine(cmp.Or(t.Request, t.Subject, l.t("web.inbox.unnamed")), 160),
		Who:     oneLine(l.who(t.Customer), 60), Subject: oneLine(t.Subject, 80), Channel: t.Channel, Language: t.Language,
		Effort:  l.say(effortWords[t.Effort]),
		Urgency: t.Urgency, NeedsReview: t.NeedsReview, Degraded: t.Degraded, Waiting: t.Waiting, Fresh: t.Action == "",
		Messages: t.Messages, Updated: l.stamp(t.UpdatedAt, s.Clock()), Lane: t.Lane, Here: s.presence.of(t.ID, about.me, s.Clock())}
	if t.Assignee != "" {
		out.Assignee = about.people.of(l, t.Assignee)
		out.Initials, out.Mine = initials(out.Assignee), t.Assignee == about.me
	}
	if !t.SnoozedUntil.IsZero() && about.zone != nil {
		at := t.SnoozedUntil.In(about.zone)
		out.Back = &stamp{ISO: at.Format(time.RFC3339), Full: at.Format(time.RFC1123), Short: l.weekday(at) + " " + at.Format("15:04")}
	}
	return out
}

// who names a customer by the best that is known.
func (l lang) who(c triage.Customer) string {
	return cmp.Or(c.Name, c.Email, c.AccountID, c.ID, l.t("web.customer.unknown"))
}
