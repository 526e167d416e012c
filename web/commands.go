package web

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// place is somewhere to go: with the command palette by its words, and by the
// keys g and Key. A page that shall be found adds itself to places. What can be
// done on a page is found there by its attribute data-key.
type place struct {
	Text, URL string
	Key       string      // after g; "" for none
	role      people.Role // who may go there; "" = everybody who is signed in
	Room      string      // the part of the desk whose pages lead to each other; "" for none
	Here      bool        // it is the page that is shown; by page.Beside
}

// places lists where one can go.
func (s *Server) places(l lang, me *people.User) (out []place) {
	at := func(f store.Filter) string { return inboxURL(f, me) }
	mine, nobody, yes := me.ID, "", true
	all := []place{
		{Text: l.t("web.queue.all"), URL: "/inbox", Key: "i"},
		{Text: l.t("web.queue.mine"), URL: at(store.Filter{Lane: store.LaneOpen, Assignee: &mine}), Key: "m"},
		{Text: l.t("web.queue.unassigned"), URL: at(store.Filter{Lane: store.LaneOpen, Assignee: &nobody}), Key: "u"},
		{Text: l.t("web.queue.review"), URL: at(store.Filter{Lane: store.LaneOpen, NeedsReview: &yes}), Key: "v"},
		{Text: l.t("web.queue.handed"), URL: at(store.Filter{Lane: store.LaneOpen, Handed: true}), Key: "t"},
		{Text: l.t("web.lane.waiting"), URL: at(store.Filter{Lane: store.LaneWaiting}), Key: "w"},
		{Text: l.t("web.lane.snoozed"), URL: at(store.Filter{Lane: store.LaneSnoozed}), Key: "z"},
		{Text: l.t("web.lane.no_answer"), URL: at(store.Filter{Lane: store.LaneNoAnswer}), Key: "n"},
		{Text: l.t("web.lane.resolved"), URL: at(store.Filter{Lane: store.LaneResolved}), Key: "r"},
	}
	for i, t := range s.Workspace.Tiers {
		p := place{Text: cmp.Or(t.Name, t.ID), URL: at(store.Filter{Lane: store.LaneOpen, Tier: t.ID})}
		if i < 9 {
			p.Key = string(rune('1' + i))
		}
		all = append(all, p)
	}
	all = append(all,
		place{Text: l.t("web.changes"), URL: "/changes", Key: "c"},
		place{Text: l.t("web.pauses"), URL: "/checks", Key: "k"},
		place{Text: l.t("stats"), URL: "/analytics", Key: "f", role: people.Lead, Room: "reports"},
		place{Text: l.t("outbox"), URL: "/outbox", Key: "o", role: people.Lead},
		place{Text: l.t("confidence"), URL: "/confidence", role: people.Lead, Room: "reports"},
		place{Text: l.t("review"), URL: "/review", Key: "y", role: people.Lead, Room: "reports"},
		place{Text: l.t("circles.title"), URL: "/circles", Key: "e", role: people.Lead, Room: "reports"},
		place{Text: l.t("import"), URL: "/import", role: people.Admin, Room: "reports"},
		place{Text: l.t("web.kb"), URL: "/knowledge", Key: "b"},
		place{Text: l.t("suggest"), URL: "/suggestions", Room: "reports", role: people.Lead},
		place{Text: l.t("replay.page"), URL: "/replay", Key: "l", Room: "reports", role: people.Lead},
		place{Text: l.t("web.help"), URL: "/help", Key: "h"},
		place{Text: l.t("web.design"), URL: "/design", Key: "d"},
		place{Text: l.t("web.me"), URL: "/me", Key: "s"},
		place{Text: l.t("connections"), URL: "/connections", Key: "x", role: people.Admin},
		place{Text: l.t("web.people"), URL: "/people", Key: "p", role: people.Admin},
		place{Text: l.t("web.tokens"), URL: "/people/tokens", role: people.Admin},
		place{Text: l.t("web.audit"), URL: "/audit", Key: "a", role: people.Admin},
	)
	for _, p := range all {
		if p.role == "" || me.Role.May(p.role) {
			out = append(out, p)
		}
	}
	return out
}

// commandTickets is how many tickets the palette finds.
const commandTickets = 6

// commands is what the palette found: places whose words have all that was
// typed, and tickets by id or words.
type commands struct {
	Places  []place
	Tickets []row
	Nothing bool
}

// commands answers the palette with a part of a page.
func (s *Server) commands(c echo.Context) error {
	l, me, typed := langOf(c.Request()), s.person(c), strings.TrimSpace(c.QueryParam("q"))
	var out commands
	for _, p := range s.places(l, me) {
		if hasAll(p.Text, typed) {
			out.Places = append(out.Places, p)
		}
	}
	if typed != "" {
		found, err := s.findTickets(c, typed)
		if err != nil {
			return err
		}
		for i := range found {
			out.Tickets = append(out.Tickets, s.row(l, &found[i], rowNames{}))
		}
	}
	out.Nothing = len(out.Places)+len(out.Tickets) == 0
	return s.render(c, http.StatusOK, "commands.html", page{Lang: l, Data: out})
}

// findTickets finds by the id, its end, or words of a ticket.
func (s *Server) findTickets(c echo.Context, typed string) ([]store.Summary, error) {
	if strings.HasPrefix(typed, "tkt_") {
		t, err := s.Store.Summary(ctxOf(c), typed)
		if triage.CodeOf(err) == triage.NotFound {
			return nil, nil
		}
		return []store.Summary{t}, err
	}
	page, err := s.Store.Tickets(ctxOf(c), store.Filter{Text: typed, Limit: commandTickets})
	return page.Tickets, err
}

// hasAll reports whether a text has each of the typed words somewhere.
func hasAll(text, typed string) bool {
	text = strings.ToLower(text)
	for _, word := range strings.Fields(strings.ToLower(typed)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
