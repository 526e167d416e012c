package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// auditPage is a page of the audit log.
type auditPage struct {
	Who, What     []choice
	Object        string
	From, To      string // dates
	Rows          []auditRow
	First, Next   string
	CSV, JSON     string // addresses of the export of what is shown
	Fault         string
	Filtered, Any bool
}

type auditRow struct {
	At                          *stamp
	Who, What, Code, Object, On string
	Address, Data               string
}

// auditKinds are the beginnings of actions that can be chosen.
var auditKinds = []string{"session", "user", "password", "totp", "recovery", "code", "identity", "token", "audit", "tickets", "incidents", "checks", "pauses"}

// auditFilter reads who, what, object, from and to off an address. Days are UTC, both included.
func auditFilter(q url.Values) (f store.AuditFilter, err error) {
	f = store.AuditFilter{Actor: q.Get("who"), Action: strings.Trim(q.Get("what"), "."), Object: strings.TrimSpace(q.Get("object")), After: q.Get("after")}
	for name, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if text := q.Get(name); text != "" {
			if *at, err = time.Parse(time.DateOnly, text); err != nil {
				return f, triage.Errorf(triage.Invalid, "%q is no day; use one such as 2026-11-22.", text)
			}
		}
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	return f, nil
}

// audit shows who did what.
func (s *Server) audit(c echo.Context) error {
	f, err := auditFilter(c.QueryParams())
	if err != nil {
		return err
	}
	l := langOf(c.Request())
	list, err := s.Store.Audit(ctxOf(c), f)
	if err != nil {
		return err
	}
	names, err := s.auditNames(c)
	if err != nil {
		return err
	}
	q := c.QueryParams()
	p := auditPage{Object: f.Object, From: q.Get("from"), To: q.Get("to"), Who: []choice{{"", l.t("web.audit.anybody"), f.Actor == ""}},
		What: []choice{{"", l.t("web.audit.anything"), f.Action == ""}}, Filtered: f.Actor+f.Action+f.Object+q.Get("from")+q.Get("to") != ""}
	for id, name := range names {
		p.Who = append(p.Who, choice{id, names.of(l, id), id == f.Actor})
		_ = name
	}
	slices.SortFunc(p.Who[1:], func(a, b choice) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	for _, kind := range auditKinds {
		p.What = append(p.What, choice{kind, l.t("web.audit.kind." + kind), kind == f.Action})
	}
	if !slices.ContainsFunc(p.What, func(x choice) bool { return x.Chosen }) {
		p.What = append(p.What, choice{f.Action, f.Action, true})
	}
	for i := range list.Entries {
		p.Rows = append(p.Rows, s.auditRow(l, names, &list.Entries[i]))
	}
	to := func(path string, set ...string) string {
		next := url.Values{}
		for _, name := range []string{"who", "what", "object", "from", "to"} {
			if q.Get(name) != "" {
				next.Set(name, q.Get(name))
			}
		}
		for i := 0; i < len(set); i += 2 {
			next.Set(set[i], set[i+1])
		}
		if len(next) == 0 {
			return path
		}
		return path + "?" + next.Encode()
	}
	p.CSV, p.JSON = to("/audit/export", "format", "csv"), to("/audit/export", "format", "json")
	if f.After != "" {
		p.First = to("/audit")
	}
	if list.Next != "" {
		p.Next = to("/audit", "after", list.Next)
	}
	return s.render(c, http.StatusOK, "audit.html", s.page(c, l.t("web.audit"), "audit", p))
}

// auditNames are the names of all that can stand as who: users and tokens.
func (s *Server) auditNames(c echo.Context) (names, error) {
	out, err := s.names(c)
	if err != nil {
		return nil, err
	}
	tokens, err := s.Store.Tokens(ctxOf(c))
	if err != nil {
		return nil, err
	}
	l := langOf(c.Request())
	for _, t := range tokens {
		out[t.ID] = l.t("web.audit.token", "name", t.Name)
	}
	for _, id := range []string{configured, "cli", "setup"} {
		out[id] = l.t("web.audit.by." + strings.ReplaceAll(id, ".", "_"))
	}
	return out, nil
}

func (s *Server) auditRow(l lang, names names, e *store.Entry) auditRow {
	r := auditRow{At: l.stamp(e.At, s.Clock()), Who: l.t("web.audit.nobody"), Code: e.Action, What: l.named("web.act.", e.Action, e.Action), Address: e.Address}
	if e.Actor != "" {
		r.Who = names.of(l, e.Actor)
	}
	if name := names.of(l, e.Object); name != e.Object {
		r.On = name
	} else {
		r.Object = e.Object
	}
	var data map[string]any
	if err := json.Unmarshal(e.Data, &data); err == nil {
		var parts []string
		for name, value := range data {
			parts = append(parts, fmt.Sprintf("%s=%v", name, value))
		}
		slices.Sort(parts)
		r.Data = strings.Join(parts, " ")
	}
	return r
}

// exportPage is how many lines are read at once.
const exportPage = 1000

// auditExport sends all lines that fit, newest first, as CSV (RFC 4180) or as
// one JSON array. It is in the log itself.
func (s *Server) auditExport(c echo.Context) error {
	f, err := auditFilter(c.QueryParams())
	if err != nil {
		return err
	}
	format := c.QueryParam("format")
	if format != "csv" && format != "json" {
		return triage.Errorf(triage.Invalid, "Choose a format: csv or json.")
	}
	f.Limit = exportPage
	list, err := s.Store.Audit(ctxOf(c), f)
	if err != nil {
		return err
	}
	if err := s.Store.Record(ctxOf(c), s.actor(c), "audit.exported", "", map[string]any{"format": format}); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="audit-`+s.Clock().UTC().Format(time.DateOnly)+"."+format+`"`)
	h.Set(echo.HeaderContentType, map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format])
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(10 * time.Minute)) // the wire knows no other clock
	c.Response().WriteHeader(http.StatusOK)
	write := s.writeCSV(c)
	if format == "json" {
		write = s.writeJSON(c)
	}
	for {
		if err := write(list.Entries, list.Next == ""); err != nil || list.Next == "" {
			return err
		}
		f.After = list.Next
		if list, err = s.Store.Audit(ctxOf(c), f); err != nil {
			s.log(c).Error("the export of the audit log broke off", "error", err)
			panic(http.ErrAbortHandler) // what was sent is not whole, and must not look so
		}
	}
}

func (s *Server) writeCSV(c echo.Context) func([]store.Entry, bool) error {
	w := csv.NewWriter(c.Response())
	_ = w.Write([]string{"id", "at", "actor", "action", "object", "address", "data"}) // Flush tells
	return func(list []store.Entry, _ bool) error {
		for _, e := range list {
			row := []string{e.ID, e.At.Format(time.RFC3339Nano), e.Actor, e.Action, e.Object, e.Address, string(e.Data)}
			for i, cell := range row {
				row[i] = noFormula(cell)
			}
			_ = w.Write(row)
		}
		w.Flush()
		return w.Error()
	}
}

func (s *Server) writeJSON(c echo.Context) func([]store.Entry, bool) error {
	sep := "["
	return func(list []store.Entry, last bool) error {
		for _, e := range list {
			line, err := json.Marshal(e)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(c.Response(), "%s\n%s", sep, line); err != nil {
				return err
			}
			sep = ","
		}
		if last {
			end := "\n]\n"
			if sep == "[" {
				end = "[]\n"
			}
			_, err := fmt.Fprint(c.Response(), end)
			return err
		}
		return nil
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
