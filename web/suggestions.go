package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage/eval"
	"readback/triage/eval/suggest"
)

// What suggestions rest on, and how long a reading of it holds.
const (
	suggestDays    = 90
	suggestTickets = 2000
	suggestHolds   = 5 * time.Minute
	suggestShown   = 20 // of a kind
)

// suggestRuns keep the last reading: it takes a second or two.
type suggestRuns struct {
	mu   sync.Mutex
	key  string // of the workspace
	at   time.Time
	last suggest.Suggestions
}

type suggestionsView struct {
	Basis    string
	Groups   []suggestionGroup
	ReadOnly string
	Toast    string
}

type suggestionGroup struct {
	Kind, Title, Note, Empty string
	Rows                     []suggestionRow
	Aside                    []suggestionRow // set aside, to be taken back
}

type suggestionRow struct {
	Kind, Key, Title, Sub, URL string
	Size                       int
	Quotes                     []quotedTicket
	Draft                      string // title of a procedure to draft, "" for none
}

type quotedTicket struct{ URL, Text string }

// suggestions shows what past tickets speak for.
func (s *Server) suggestions(c echo.Context) error {
	l := langOf(c.Request())
	found, err := s.suggested(c)
	if err != nil {
		return err
	}
	asides, err := s.Store.SetAsides(ctxOf(c))
	if err != nil {
		return err
	}
	v := suggestionsView{Basis: l.t("suggest.basis", "count", found.Tickets, "days", suggestDays), ReadOnly: s.readOnly(c)}
	if c.QueryParam("done") == "aside" {
		v.Toast = l.t("suggest.aside.done")
	}
	aside := map[[2]string]int{}
	for _, a := range asides {
		aside[[2]string{a.Kind, a.Key}] = a.Size
	}
	for _, g := range []struct {
		kind string
		rows []suggestionRow
	}{{"cluster", s.clusterRows(l, &found, aside)}, {"check", s.checkRows(l, &found)}, {"capability", s.capabilityRows(l, &found)}} {
		group := suggestionGroup{Kind: g.kind, Title: l.t("suggest." + g.kind), Note: l.t("suggest." + g.kind + ".note"), Empty: l.t("suggest." + g.kind + ".none")}
		for _, row := range g.rows {
			row.Kind = g.kind
			if size, ok := aside[[2]string{g.kind, row.Key}]; ok && row.Size < 2*size {
				group.Aside = append(group.Aside, row)
			} else if len(group.Rows) < suggestShown {
				group.Rows = append(group.Rows, row)
			}
		}
		v.Groups = append(v.Groups, group)
	}
	return s.render(c, http.StatusOK, "suggestions.html", s.page(c, l.t("suggest"), "suggestions", v))
}

// suggested reads the newest past tickets, unless that was done just now.
func (s *Server) suggested(c echo.Context) (suggest.Suggestions, error) {
	s.suggests.mu.Lock()
	defer s.suggests.mu.Unlock()
	now := s.Clock()
	if s.suggests.key == s.Workspace.Hash && now.Sub(s.suggests.at) < suggestHolds {
		return s.suggests.last, nil
	}
	collector := suggest.NewCollector(s.Workspace)
	_, err := s.Store.Past(ctxOf(c), store.PastOptions{Since: now.AddDate(0, 0, -suggestDays), Limit: suggestTickets, Whole: true},
		func(p eval.Past, _ store.PastCount) error {
			collector.Add(&p)
			return nil
		})
	if err != nil {
		return suggest.Suggestions{}, err
	}
	s.suggests.key, s.suggests.at, s.suggests.last = s.Workspace.Hash, now, collector.Suggestions()
	return s.suggests.last, nil
}

// clusterRows name a cluster that was set aside by the ticket it had then: its
// oldest may have gone since.
func (s *Server) clusterRows(l lang, found *suggest.Suggestions, aside map[[2]string]int) (out []suggestionRow) {
	for i := range found.Clusters {
		k := &found.Clusters[i]
		row := suggestionRow{Key: k.Key, Title: k.Name, Size: len(k.Tickets), Draft: k.Name,
			Sub: l.t("suggest.cluster.size", "count", len(k.Tickets), "kind", l.kind(k.Kind))}
		for _, id := range k.Tickets {
			if _, ok := aside[[2]string{"cluster", id}]; ok {
				row.Key = id
			}
		}
		for _, q := range k.Quotes {
			row.Quotes = append(row.Quotes, quotedTicket{ticketURL(q.Ticket), q.Text})
		}
		out = append(out, row)
	}
	return out
}

func (s *Server) checkRows(l lang, found *suggest.Suggestions) (out []suggestionRow) {
	for i := range found.Checks {
		k := &found.Checks[i]
		row := suggestionRow{Key: k.Key(), Title: k.Step, Size: k.Wrong + k.Asked, URL: editURLOf(k.Procedure),
			Sub: l.t("suggest.check.counts", "count", k.Said, "wrong", k.Wrong, "asked", k.Asked)}
		if p := s.Workspace.Procedure(k.Procedure); p != nil {
			row.Title = p.TitleIn(string(l)) + " › " + p.StepTitle(k.Step, string(l))
		}
		out = append(out, row)
	}
	return out
}

func editURLOf(procedure string) string { return "/knowledge/" + procedure + "/edit" }

func (s *Server) capabilityRows(l lang, found *suggest.Suggestions) (out []suggestionRow) {
	first := s.Workspace.Tiers[0].ID
	for i := range found.Capabilities {
		k := &found.Capabilities[i]
		row := suggestionRow{Key: k.Capability, Title: k.Capability, Size: k.Tickets,
			Sub: l.t("suggest.capability.counts", "count", k.Tickets, "tier", s.tierName(k.Tier), "first", s.tierName(first))}
		if k.Waited > 0 {
			row.Sub += " " + l.t("suggest.capability.hours", "count", k.Waited, "hours", strconv.Itoa(int(math.Round(k.Hours))))
		}
		out = append(out, row)
	}
	return out
}

// asideForm sets a suggestion aside, or takes that back.
func (s *Server) asideForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	kind, key := form.Get("kind"), form.Get("key")
	if !slices.Contains([]string{"cluster", "check", "capability"}, kind) || key == "" || len(key) > 200 {
		return echo.ErrNotFound
	}
	if form.Get("do") == "back" {
		if err := s.Store.SetAsideDrop(ctxOf(c), kind, key); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/suggestions")
	}
	size, err := strconv.Atoi(form.Get("size"))
	if err != nil || size < 1 {
		size = 1
	}
	if err := s.Store.SetAsideAdd(ctxOf(c), store.SetAside{Kind: kind, Key: key, Size: size, UserID: s.person(c).ID}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/suggestions?done=aside")
}
