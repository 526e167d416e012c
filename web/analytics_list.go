package web

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// countedPage lists the tickets behind a figure.
type countedPage struct {
	Name, Key, Told string
	Chips           []chip
	Rows            []countedRow
	Back            string
	First, Next     string
	Total           string // how many there are, in words
	Generated       bool
}

type countedRow struct {
	URL, Title, Tier, Topic, State, Day string
	Figure                              string // what it adds to the figure, where that is not 1
}

// listed are the measures whose tickets can be listed.
var listed = []store.Measure{store.MeasureTickets, store.MeasureLeft, store.MeasureResolved, store.MeasureTouches, store.MeasureBounced, store.MeasureMoved,
	store.MeasureFirst, store.MeasureReopened, store.MeasureSwitch, store.MeasureAnswers, store.MeasureSent, store.MeasureMended, store.MeasureDismissed, store.MeasureEffort,
	store.MeasureStuck, store.MeasureDeadEnd, store.MeasureCheck, store.MeasureDisputed, store.MeasurePage, store.MeasureBasis, store.MeasureReading,
	store.MeasureDegraded, store.MeasureDropped, store.MeasureCost, store.MeasureLatency, store.MeasureBrowser}

// analyticsTickets lists the tickets behind a figure, those that came last first.
func (s *Server) analyticsTickets(c echo.Context) error {
	q := c.QueryParams()
	measure := store.Measure(q.Get("measure"))
	if !slices.Contains(listed, measure) {
		return triage.Errorf(triage.Invalid, "measure is %q, which is none that has tickets.", q.Get("measure"))
	}
	st := &stats{s: s, c: c, l: langOf(c.Request()), cal: store.CalendarOf(s.Workspace)}
	var err error
	if st.scope, st.days, err = s.scopeOf(q); err != nil {
		return err
	}
	var key *string
	more := []string{"measure", string(measure)}
	p := countedPage{Name: st.l.t("stats.measure." + string(measure)),
		Told: st.l.t("stats.told.days", "from", st.date(st.scope.From), "to", st.date(st.scope.To), "zone", st.location().String())}
	if q.Has("key") {
		k := q.Get("key")
		key, p.Key = &k, st.keyName(measure, k)
		more = append(more, "key", k)
	}
	if p.Generated, err = s.Store.HasGenerated(ctxOf(c)); err != nil {
		return err
	}
	page, err := s.Store.Counted(ctxOf(c), st.scope, measure, key, q.Get("after"), 0)
	if err != nil {
		return err
	}
	if err := st.countedOf(&p, measure, key); err != nil {
		return err
	}
	for i := range page.Tickets {
		p.Rows = append(p.Rows, st.countedRow(measure, &page.Tickets[i]))
	}
	p.Back = st.url("/analytics")
	if section := sectionOf(measure); section != statWall {
		p.Back = st.url("/analytics/" + section)
	}
	if q.Get("after") != "" {
		p.First = st.tickets(measure, key)
	}
	if page.Next != "" {
		p.Next = st.url("/analytics/tickets", append(more, "after", page.Next)...)
	}
	return s.render(c, http.StatusOK, "analytics_tickets.html", s.page(c, p.Name, "analytics", p))
}

// countedOf tells how many there are, and by what they are chosen.
func (st *stats) countedOf(p *countedPage, m store.Measure, key *string) error {
	t, err := st.tallies(st.scope, m)
	if err != nil {
		return err
	}
	n := t.Sum(m)
	if key != nil {
		n = t.Of(m, *key)
	}
	if key != nil || len(t[m]) < 2 || m == store.MeasureTouches || m == store.MeasureFirst || m == store.MeasureEffort { // no ticket has two keys of it
		p.Total = st.l.t("stats.tickets", "count", n.Tickets)
	}
	for _, name := range statNames {
		if v := st.c.QueryParam(name); v != "" {
			more := []string{name, ""}
			if key != nil && *key != "" {
				more = append(more, "key", *key)
			}
			p.Chips = append(p.Chips, chip{st.l.t("stats.filter."+name) + ": " + st.valueName(name, v), st.url("/analytics/tickets", append(more, "measure", string(m))...)})
		}
	}
	return nil
}

func (st *stats) countedRow(m store.Measure, t *store.Counted) countedRow {
	r := countedRow{URL: ticketURL(t.ID), Title: oneLine(firstNonEmpty(t.Request, t.Subject, st.l.t("stats.untitled")), 120), Tier: st.valueName("tier", t.Tier), State: st.l.named("stats.state.", string(t.State), string(t.State)), Day: st.date(t.Day)}
	if t.Procedure != "" {
		r.Topic = st.s.procedureTitle(st.l, t.Procedure)
	} else if t.Kind != "" {
		r.Topic = st.l.kind(t.Kind)
	}
	switch {
	case m == store.MeasureSwitch:
		r.Figure = st.l.hours(t.Total)
	case m == store.MeasureCost:
		r.Figure = st.usd(t.Total).Text
	case t.N > 1:
		r.Figure = "× " + strconv.FormatInt(t.N, 10)
	}
	return r
}

// sectionOf is where a figure of a measure stands.
func sectionOf(m store.Measure) string {
	switch m {
	case store.MeasureMoved, store.MeasureFirst:
		return "routing"
	case store.MeasureEffort, store.MeasureStuck, store.MeasureDeadEnd:
		return "stuck"
	case store.MeasureCheck, store.MeasureDisputed, store.MeasurePage:
		return "help"
	case store.MeasureBasis, store.MeasureReading, store.MeasureDegraded, store.MeasureDropped, store.MeasureCost, store.MeasureLatency:
		return "reading"
	case store.MeasureBrowser:
		return "groups"
	}
	return statWall
}

// analyticsExport sends a table as CSV (RFC 4180) or JSON: codes and numbers,
// as they are in every language.
func (s *Server) analyticsExport(c echo.Context) error {
	format := c.QueryParam("format")
	if format != "csv" && format != "json" {
		return triage.Errorf(triage.Invalid, "Choose a format: csv or json.")
	}
	st, err := s.readStats(c, tableSection(c.QueryParam("table")))
	if err != nil {
		return err
	}
	t, err := st.whole(c.QueryParam("table"))
	if err != nil {
		return err
	}
	from, to := dayText(st.scope.From), dayText(st.scope.To)
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+t.ID+"-"+from+"-"+to+"."+format+`"`)
	if format == "csv" {
		return sendTable(c, &t)
	}
	rows := []map[string]any{}
	for _, row := range t.Rows {
		line := map[string]any{}
		for i, cell := range row {
			line[t.Columns[i].Code] = cell.Raw
		}
		rows = append(rows, line)
	}
	chosen := map[string]string{}
	for _, name := range statNames {
		if v := c.QueryParam(name); v != "" {
			chosen[name] = v
		}
	}
	out, err := json.MarshalIndent(map[string]any{"table": t.ID, "from": from, "to": to, "time_zone": st.location().String(), "filters": chosen, "generated_at": s.Clock().UTC().Format(time.RFC3339), "rows": rows}, "", " ")
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/json", append(out, '\n'))
}

func sendTable(c echo.Context, t *statTable) error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	var head []string
	for _, column := range t.Columns {
		head = append(head, column.Code)
	}
	_ = w.Write(head) // Flush tells
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = rawText(cell.Raw)
		}
		_ = w.Write(line)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", []byte(b.String()))
}

// rawText is a value in a file of commas; "" for what is not known.
func rawText(v any) string {
	switch v := v.(type) {
	case string:
		return noFormula(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// noFormula keeps a spreadsheet from taking a text for a formula.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
