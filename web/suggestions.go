package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage/eval/suggest"
)

// suggestShown is how many suggestions of a kind the page has.
const suggestShown = 20

type suggestionsView struct {
	Basis    string
	At       *stamp // when it was read; nil before the first time
	Periods  []tab
	Days     int
	Running  bool
	Read, Of int64
	Progress string
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
	days := suggestDaysOf(c)
	last, now, err := s.suggested(ctxOf(c), days, false)
	if err != nil {
		return err
	}
	v := suggestionsView{ReadOnly: s.readOnly(c), Days: days}
	for _, d := range []int{SuggestDays, suggestYear} {
		v.Periods = append(v.Periods, tab{URL: suggestURL(d), Name: l.t("circles.period.days", "count", d), Current: d == days})
	}
	if now != nil {
		v.Running, v.Read, v.Of = true, now.read.Load(), max(now.of.Load(), 1)
		v.Progress = l.t("circles.progress", "count", int(now.read.Load()), "of", int(now.of.Load()))
		c.Response().Header().Set("Refresh", "2")
	}
	if last == nil {
		return s.render(c, http.StatusOK, "suggestions.html", s.page(c, l.t("suggest"), "suggestions", v))
	}
	found := &last.found
	v.Basis, v.At = l.t("suggest.basis", "count", found.Tickets, "days", days), l.stamp(last.at, s.Clock())
	asides, err := s.Store.SetAsides(ctxOf(c))
	if err != nil {
		return err
	}
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
	}{{"cluster", s.clusterRows(l, found, aside)}, {"check", s.checkRows(l, found)}, {"capability", s.capabilityRows(l, found)}} {
		group := suggestionGroup{Kind: g.kind, Title: l.t("suggest." + g.kind), Note: l.t("suggest." + g.kind + ".note"), Empty: l.t("suggest." + g.kind + ".none")}
		for _, row := range g.rows {
			row.Kind = g.kind
			if size, ok := aside[[2]string{g.kind, row.Key}]; ok && !suggest.Renewed(row.Size, size) {
				group.Aside = append(group.Aside, row)
			} else if len(group.Rows) < suggestShown {
				group.Rows = append(group.Rows, row)
			}
		}
		v.Groups = append(v.Groups, group)
	}
	return s.render(c, http.StatusOK, "suggestions.html", s.page(c, l.t("suggest"), "suggestions", v))
}

// suggestDaysOf is the time that a request chooses.
func suggestDaysOf(c echo.Context) int {
	if c.FormValue("days") == strconv.Itoa(suggestYear) {
		return suggestYear
	}
	return SuggestDays
}

func suggestURL(days int) string { return "/suggestions?days=" + strconv.Itoa(days) }

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

// asideForm sets a suggestion aside, or takes that back; or reads tickets anew.
func (s *Server) asideForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	back := suggestURL(suggestDaysOf(c))
	if form.Get("do") == "read" {
		if _, _, err := s.suggested(ctxOf(c), suggestDaysOf(c), true); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, back)
	}
	kind, key := form.Get("kind"), form.Get("key")
	if !slices.Contains([]string{"cluster", "check", "capability"}, kind) || key == "" || len(key) > 200 {
		return echo.ErrNotFound
	}
	if form.Get("do") == "back" {
		if err := s.Store.SetAsideDrop(ctxOf(c), kind, key); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, back)
	}
	size, err := strconv.Atoi(form.Get("size"))
	if err != nil || size < 1 {
		size = 1
	}
	if err := s.Store.SetAsideAdd(ctxOf(c), store.SetAside{Kind: kind, Key: key, Size: size, UserID: s.person(c).ID}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, back+"&done=aside")
}
