package channel

import (
	"bufio"
	"encoding/json"
	"path"
	"regexp"
	"strings"

	"readback/store"
	"readback/triage"
)

// zendeskPast reads what Zendesk gives out of past tickets
// (developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports
// and /tickets/ticket_comments; the account's full JSON export): tickets with
// or without their comments, comments and audits by ticket, ticket events with
// the sideload comment_events, users and groups as files or sideloads. They
// are read once for who is who, then for what was said, and then for what the
// tickets are whose comments stand elsewhere.
type zendeskPast struct {
	users     map[string]zendeskUser
	groups    map[string]string // names by id
	requester map[string]string // by ticket, where the comments stand elsewhere
	commented map[string]bool   // tickets whose comments stand elsewhere
}

// mostUsers bounds the people that are remembered; those beyond stay numbers.
const mostUsers = 1_000_000

// zendeskRecord is whatever stands in an export: a ticket, a user, a group, an
// event, or a page of them.
type zendeskRecord struct {
	ID          deskID      `json:"id"`
	Subject     string      `json:"subject"`
	RawSubject  string      `json:"raw_subject"`
	Description string      `json:"description"`
	Status      string      `json:"status"`
	RequesterID deskID      `json:"requester_id"`
	AssigneeID  deskID      `json:"assignee_id"`
	GroupID     deskID      `json:"group_id"`
	Requester   zendeskUser `json:"requester"`
	Assignee    zendeskUser `json:"assignee"`
	Submitter   zendeskUser `json:"submitter"`
	Group       struct {
		ID   deskID `json:"id"`
		Name string `json:"name"`
	} `json:"group"`
	Tags      []string     `json:"tags"`
	CreatedAt chatwootTime `json:"created_at"`
	Via       struct {
		Channel string `json:"channel"`
	} `json:"via"`
	Comments []json.RawMessage `json:"comments"`

	// Of a user or group.
	Name         string  `json:"name"`
	Email        string  `json:"email"`
	Role         string  `json:"role"`
	DefaultGroup deskID  `json:"default_group_id"`
	Deleted      *bool   `json:"deleted"`
	Active       *bool   `json:"active"`
	URL          string  `json:"url"`
	TicketID     deskID  `json:"ticket_id"` // of an event, an audit, or a page of comments
	Body         *string `json:"body"`      // of a comment

	ChildEvents []json.RawMessage `json:"child_events"` // of a ticket event
	Events      []json.RawMessage `json:"events"`       // of an audit

	// Of a page.
	Ticket       json.RawMessage   `json:"ticket"`
	Tickets      []json.RawMessage `json:"tickets"`
	TicketEvents []json.RawMessage `json:"ticket_events"`
	Audits       []json.RawMessage `json:"audits"`
	Results      []json.RawMessage `json:"results"`
	Users        []json.RawMessage `json:"users"`
	Groups       []json.RawMessage `json:"groups"`
}

// zendeskPastComment is a comment, or the event that made it.
type zendeskPastComment struct {
	zendeskComment
	Public    *bool        `json:"public"` // nil = not said: it is
	CreatedAt chatwootTime `json:"created_at"`
	Type      string       `json:"type"`
	EventType string       `json:"event_type"`
	HTML      string       `json:"html_body"`
}

// each reads a file record by record; pages are taken apart. Faults are listed
// by the pass that says so.
func (z *zendeskPast) each(s *sink, name string, in *bufio.Reader, list bool, do func(kind string, place string, raw []byte, r *zendeskRecord)) {
	s.quiet = !list
	defer func() { s.quiet = false }()
	aloud := func(kind, place string, raw []byte, r *zendeskRecord) { // what a pass finds itself is listed
		s.quiet = false
		do(kind, place, raw, r)
		s.quiet = !list
	}
	var one func(rec record)
	one = func(rec record) {
		var r zendeskRecord
		if err := decodeRecord(rec.raw, &r); err != nil {
			s.bad(name, rec.place, rec.raw, "%s", triage.MessageOf(err))
			return
		}
		kind := rec.list
		if kind == "" || kind == restOfPage {
			kind = r.kind()
		}
		inner := func(list string, raws []json.RawMessage) {
			for _, raw := range raws {
				one(record{list, rec.place, raw})
			}
		}
		switch kind {
		case "page":
			inner("tickets", r.Tickets)
			inner("ticket_events", r.TicketEvents)
			inner("audits", r.Audits)
			inner("", r.Results)
			inner("users", r.Users)
			inner("groups", r.Groups)
			if len(r.Ticket) > 2 {
				z.joined(r.Ticket, &r, func(raw []byte) { one(record{"tickets", rec.place, raw}) })
			} else if len(r.Comments) > 0 {
				aloud("comments", rec.place, rec.raw, &r)
			}
		case "":
			if rec.list == restOfPage {
				return
			}
			s.bad(name, rec.place, rec.raw, "it is neither a ticket, a comment, an event, a user nor a group of Zendesk")
		default:
			aloud(kind, rec.place, rec.raw, &r)
		}
	}
	readJSON(s, name, in, one)
}

// joined makes one ticket of {"ticket": {...}, "comments": [...]}.
func (z *zendeskPast) joined(ticket json.RawMessage, page *zendeskRecord, do func([]byte)) {
	if len(page.Comments) == 0 {
		do(ticket)
		return
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(ticket, &all) != nil || all == nil {
		do(ticket)
		return
	}
	if comments, err := json.Marshal(page.Comments); err == nil {
		all["comments"] = comments
	}
	if raw, err := json.Marshal(all); err == nil {
		do(raw)
	}
}

// kind says what an object at the top is; "" for none that we know.
func (r *zendeskRecord) kind() string {
	switch {
	case r.Tickets != nil || r.TicketEvents != nil || r.Audits != nil || r.Users != nil && r.ID == "" || r.Groups != nil && r.ID == "" || r.Results != nil || len(r.Ticket) > 2 || r.Comments != nil && r.ID == "":
		return "page"
	case r.ChildEvents != nil:
		return "ticket_events"
	case r.Events != nil && r.TicketID != "":
		return "audits"
	case r.ID == "":
		return ""
	case r.Body != nil && r.TicketID != "":
		return "comment"
	case r.Subject != "" || r.RawSubject != "" || r.Description != "" || r.Comments != nil || r.Status != "" || r.RequesterID != "" || r.Requester.ID != "":
		return "tickets"
	case r.Role != "":
		return "users"
	case r.Name != "" && r.Deleted != nil:
		return "groups"
	}
	return ""
}

// survey remembers who is who and where the comments stand, and lists what
// cannot be read.
func (z *zendeskPast) survey(s *sink, name string, in *bufio.Reader) {
	z.each(s, name, in, true, func(kind, place string, raw []byte, r *zendeskRecord) {
		switch kind {
		case "users":
			z.user(zendeskUser{ID: r.ID, Name: r.Name, Email: r.Email, Role: r.Role, Group: r.DefaultGroup})
		case "groups":
			z.groups[string(r.ID)] = r.Name
		case "tickets":
			if r.ID == "" {
				s.bad(name, place, raw, "the ticket has no id")
				return
			}
			for _, u := range []zendeskUser{r.Requester, r.Assignee, r.Submitter} {
				z.user(u)
			}
			if r.Comments == nil {
				z.requester[string(r.ID)] = string(cmpID(r.RequesterID, r.Requester.ID))
			}
		case "ticket_events", "audits", "comments", "comment":
			if id := r.ticketOf(name); id != "" {
				z.commented[id] = true
			} else {
				s.bad(name, place, raw, "the comments name no ticket: neither in ticket_id nor by a number in the file's name")
			}
		}
	})
}

func cmpID(a, b deskID) deskID {
	if a != "" {
		return a
	}
	return b
}

// user remembers a person; what is known already stays.
func (z *zendeskPast) user(u zendeskUser) {
	if u.ID == "" || u.ID == "-1" {
		return
	}
	was, known := z.users[string(u.ID)]
	if !known && len(z.users) >= mostUsers {
		return
	}
	was.ID = u.ID
	for _, x := range []struct {
		to   *string
		from string
	}{{&was.Name, u.Name}, {&was.Email, u.Email}, {&was.Role, u.Role}} {
		if *x.to == "" {
			*x.to = strings.Clone(x.from)
		}
	}
	was.Group = cmpID(was.Group, u.Group)
	z.users[string(u.ID)] = was
}

// fileNumber is the number of a ticket in the name of a file such as
// ticket_4711_comments.json.
var fileNumber = regexp.MustCompile(`\d+`)

// ticketOf is the ticket that events or comments are of; "" when nothing tells.
func (r *zendeskRecord) ticketOf(file string) string {
	if r.TicketID != "" {
		return string(r.TicketID)
	}
	for _, raw := range r.Comments {
		var c struct {
			TicketID deskID `json:"ticket_id"`
		}
		if json.Unmarshal(raw, &c) == nil && c.TicketID != "" {
			return string(c.TicketID)
		}
	}
	if n := fileNumber.FindAllString(path.Base(file), 2); len(n) == 1 {
		return n[0]
	}
	return ""
}

// tickets gives what was said.
func (z *zendeskPast) tickets(s *sink, name string, in *bufio.Reader) {
	z.each(s, name, in, false, func(kind, place string, raw []byte, r *zendeskRecord) {
		var t store.PastTicket
		switch kind {
		case "tickets":
			if r.ID == "" || r.Comments == nil && z.commented[string(r.ID)] || r.Status == "deleted" {
				return
			}
			t = z.head(r)
			z.say(s, name, place, &t, r, r.Comments)
			if len(r.Comments) == 0 {
				z.describe(&t, r)
			}
		case "comments", "comment", "ticket_events", "audits":
			if t.Key = r.ticketOf(name); t.Key == "" {
				return
			}
			comments := r.Comments
			switch kind {
			case "comment":
				comments = []json.RawMessage{raw}
			case "ticket_events":
				comments = r.ChildEvents
			case "audits":
				comments = r.Events
			}
			r.RequesterID = deskID(z.requester[t.Key])
			z.say(s, name, place, &t, r, comments)
		default:
			return
		}
		if t.Raw, t.RawType = raw, "application/json"; len(t.Messages) > 0 {
			s.ticket(t)
		}
	})
}

// heads gives what the tickets are whose comments stood elsewhere.
func (z *zendeskPast) heads(s *sink, name string, in *bufio.Reader) {
	if len(z.commented) == 0 || len(z.requester) == 0 {
		return
	}
	z.each(s, name, in, false, func(kind, _ string, _ []byte, r *zendeskRecord) {
		if kind == "tickets" && r.Comments == nil && z.commented[string(r.ID)] && r.Status != "deleted" {
			s.ticket(z.head(r))
		}
	})
}

// head is a ticket without its messages.
func (z *zendeskPast) head(r *zendeskRecord) store.PastTicket {
	requester, assignee := z.users[string(cmpID(r.RequesterID, r.Requester.ID))], z.users[string(cmpID(r.AssigneeID, r.Assignee.ID))]
	t := store.PastTicket{Key: string(r.ID), Subject: clean(r.Subject), Opened: r.CreatedAt.Time, State: clean(r.Status), Solved: isSolved(r.Status),
		Customer: triage.Customer{Email: clean(requester.Email), Name: clean(requester.Name)}, Team: clean(r.Group.Name), Assignee: clean(assignee.Name), Tags: r.Tags}
	if t.Subject == "" {
		t.Subject = clean(r.RawSubject)
	}
	if t.Team == "" {
		t.Team = clean(z.groups[string(cmpID(r.GroupID, r.Group.ID))])
	}
	if t.Assignee == "" && r.AssigneeID != "" {
		t.Assignee = clean(string(r.AssigneeID))
	}
	return t
}

// describe makes the first message of a ticket without comments.
func (z *zendeskPast) describe(t *store.PastTicket, r *zendeskRecord) {
	if text := exportText(r.Description); text != "" {
		m := (&zendesk{}).message("", text, zendeskChannel(r.Via.Channel), r.CreatedAt.Time)
		t.Messages = append(t.Messages, store.PastMessage{Message: m, Key: "description/" + t.Key})
	}
}

// say adds the public comments to a ticket. Other events are passed over.
func (z *zendeskPast) say(s *sink, name, place string, t *store.PastTicket, r *zendeskRecord, comments []json.RawMessage) {
	requester := string(cmpID(r.RequesterID, r.Requester.ID))
	for _, raw := range comments {
		var c zendeskPastComment
		if err := decodeRecord(raw, &c); err != nil {
			s.bad(name, place, raw, "a comment of ticket %s: %s", idForPlace(t.Key), triage.MessageOf(err))
			continue
		}
		switch kind := c.Type + c.EventType; {
		case kind != "" && !strings.HasSuffix(kind, "Comment"), c.ID == "" && c.Body == "" && c.HTML == "":
			continue // a change of the ticket
		case c.ID == "":
			s.bad(name, place, raw, "a comment of ticket %s has no id", idForPlace(t.Key))
			continue
		case c.Public != nil && !*c.Public:
			s.notes(1)
			continue
		}
		text := c.Plain
		if text == "" {
			text = c.Body
		}
		if text == "" {
			text = c.HTML
		}
		at := c.CreatedAt.Time
		if at.IsZero() {
			at = r.CreatedAt.Time
		}
		m := store.PastMessage{Message: (&zendesk{}).message(string(c.ID), exportText(text), zendeskChannel(first(c.Via.Channel, r.Via.Channel)), at), Key: string(c.ID)}
		for _, a := range c.Attachments {
			m.Attachments = append(m.Attachments, triage.Attachment{Name: clean(a.Name), Type: clean(a.Type), Size: max(a.Size, 0)})
		}
		if m.Text == "" && len(m.Attachments) == 0 {
			continue
		}
		if requester == "" && len(t.Messages) == 0 {
			requester = string(c.Author) // who began it, where nothing else tells
		}
		z.writer(&m, string(c.Author), requester)
		t.Messages = append(t.Messages, m)
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// writer says who wrote a message: the requester, another end user, the system,
// or else the desk.
func (z *zendeskPast) writer(m *store.PastMessage, author, requester string) {
	u := z.users[author]
	switch {
	case author == "-1":
		m.Role, m.Identity = triage.RoleSystem, triage.IdentityVerified
	case author == requester || author == "" || u.Role == "end-user":
	default:
		m.Role, m.Identity = triage.RoleAgent, triage.IdentityVerified
		m.Agent, m.Team = clean(first(u.Name, author)), clean(z.groups[string(u.Group)])
	}
}

// idForPlace is an id for people: a number, or nothing of a text.
func idForPlace(id string) string {
	if allDigits(id) {
		return id
	}
	return "?"
}
