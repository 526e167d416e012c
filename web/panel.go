package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
	"readback/triage/guard"
)

// panelPage is a ticket's brief and the guard in 320 px, for the frame of
// another desk.
type panelPage struct {
	ID      string
	State   string
	URL     string // of the ticket's own page
	Brief   *brief // nil before the first triage
	Waiting bool
	Undo    *stateForm // after a correction
	Spared  spared
	Part    part
	Guard   *panelGuard // nil where the desk's mode has no guard
	As      string      // as whom corrections are kept; "" for who is signed in here
	names   names
}

// panelGuard is the guard's part of the panel. Nothing of the draft is kept:
// it is the other desk's.
type panelGuard struct {
	URL      string
	Text     string
	Findings []guardView
	Stops    int
	Clear    bool // it was read, and nothing was found
	Mended   bool
	Known    []string // keys of findings that were shown before
	Set      []string // keys of those that the writer set aside
	Why      []string // "key:reason" of those with a reason
	Notes    []string
	Lang     string
	Look     lookView
	Aside    []asideView // set aside, with the reason that may be given
}

// panel shows a ticket's panel.
func (s *Server) panel(c echo.Context) error {
	p, err := s.panelOf(c)
	if err != nil {
		return err
	}
	return s.showPanel(c, p)
}

func (s *Server) showPanel(c echo.Context, p *panelPage) error {
	l := langOf(c.Request())
	return s.render(c, http.StatusOK, "panel.html", page{Lang: l, Title: l.t("web.panel"), Name: "panel", Me: nil, Data: p})
}

func (s *Server) panelOf(c echo.Context) (*panelPage, error) {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	l, x := langOf(c.Request()), atDesk(c)
	p := &panelPage{ID: t.ID, State: l.t("web.state." + string(t.State)), URL: ticketURL(t.ID), Waiting: t.Triaged < t.LastSeq}
	if p.names, err = s.names(c); err != nil {
		return nil, err
	}
	if x != nil {
		p.As = p.names.of(l, x.who())
	}
	b := &briefing{s: s, l: l, t: &t, r: r, marks: &marks{}, names: p.names, now: s.Clock(), at: func(rest string) string { return panelURL(c, c.Param("id"), rest) }}
	if s.panelGuards(x) {
		p.Guard = &panelGuard{URL: b.path("/guard"), Lang: b.lang()}
	}
	if r == nil {
		return p, nil
	}
	all, err := s.Store.CorrectionLog(ctxOf(c), t.ID)
	if err != nil {
		return nil, err
	}
	b.told = toldOf(all)
	p.Brief, p.Spared, p.Undo = b.brief(), b.spared(), b.saidNote(c.QueryParam("said"))
	if p.Brief.Similar, err = b.similar(ctxOf(c)); err != nil {
		return nil, err
	}
	if p.Part, err = s.part(c, l, t.ID); err != nil {
		return nil, err
	}
	p.Part.Fixed = true // incidents are for the desk's own page
	return p, nil
}

// panelGuards reports whether the guard may be used from where somebody sits.
func (s *Server) panelGuards(x *seat) bool {
	if x == nil {
		return true
	}
	d, err := s.Desks.Named(x.Desk)
	return err == nil && d.Mode.Allows(channel.ModeAssist)
}

// panelGuard reads a draft that the other desk's editor has. It answers with
// the panel, or to its script with the guard's part alone.
func (s *Server) panelGuard(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 8*guard.MaxDraft)
	if err := c.Request().ParseForm(); err != nil {
		return triage.Errorf(triage.Invalid, "The form could not be read: %w", err)
	}
	p, err := s.panelOf(c)
	if err != nil {
		return err
	}
	if p.Guard == nil {
		return allowsPanelGuard(s, c)
	}
	if err := s.readForPanel(c, p.Guard, c.Request().PostForm); err != nil {
		return err
	}
	if c.Request().Header.Get("X-Part") != "guard" {
		return s.showPanel(c, p)
	}
	var out bytes.Buffer
	if err := s.views.pages[langOf(c.Request())]["panel.html"].ExecuteTemplate(&out, "panel_guard", p.Guard); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, out.Bytes())
}

func allowsPanelGuard(s *Server, c echo.Context) error {
	d, err := s.Desks.Named(atDesk(c).Desk)
	if err != nil {
		return err
	}
	return allowsPanel(&d, channel.ModeAssist)
}

// readForPanel has the guard read the draft of a form and does what its button
// says. Outcomes are counted for the kind of finding, once for each key.
func (s *Server) readForPanel(c echo.Context, v *panelGuard, form url.Values) error {
	text := strings.ReplaceAll(form.Get("text"), "\r\n", "\n")
	if len(text) > guard.MaxDraft {
		return triage.Errorf(triage.TooLarge, "The draft has %d bytes; at most %d are read.", len(text), guard.MaxDraft)
	}
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	do, key, _ := strings.Cut(form.Get("do"), ":")
	key, reason, _ := strings.Cut(key, ":")
	if do == "look" {
		s.askModel(c, atDesk(c).or(s.person(c).ID), &t, text)
	}
	if do == "mend" {
		mended := s.mend(c, &t, r, text, key)
		v.Mended, text = mended != text, mended
	}
	quiet, err := s.Store.QuietKinds(ctxOf(c))
	if err != nil {
		return err
	}
	b := &briefing{s: s, l: langOf(c.Request()), t: &t, r: r, marks: &marks{}, now: s.Clock()}
	report := s.readDraft(b.l, &t, r, s.person(c), text, quiet)
	v.Text, v.Set, v.Known, v.Why = text, keysOf(form["set"]), keysOf(form["known"]), reasonsOf(form["why"])
	v.Look = b.looked(text, &report)
	if report.Note != "" {
		v.Notes = append(v.Notes, report.Note)
	}
	var count []store.Noted
	noted := func(f *guard.Finding, o store.FindingOutcome) {
		count = append(count, store.Noted{Kind: string(f.Kind), Level: countedAs(f), Outcome: o})
	}
	for i := range report.Findings {
		f := &report.Findings[i]
		k := findingKey(f, text)
		if !slices.Contains(v.Known, k) {
			v.Known = append(v.Known, k)
			noted(f, store.OutcomeShown)
		}
		if do == "dismiss" && k == key && !slices.Contains(v.Set, k) {
			v.Set = append(v.Set, k)
			noted(f, store.OutcomeDismissed)
		}
		if slices.Contains(v.Set, k) {
			if do == "why" && k == key && reasonOf(v.Why, k) == "" && slices.Contains(store.DismissReasons, reason) {
				if err := s.Store.CountReason(ctxOf(c), store.Noted{Kind: string(f.Kind), Level: countedAs(f), Reason: reason}); err != nil {
					return err
				}
				v.Why = append(v.Why, k+":"+reason)
			}
			v.Aside = append(v.Aside, b.aside(f, k, reasonOf(v.Why, k)))
			continue
		}
		x := b.finding(f, k, text)
		x.N = 0 // the thread is not here
		if f.Level == guard.Stop {
			v.Stops++
		}
		v.Findings = append(v.Findings, x)
	}
	slices.SortStableFunc(v.Findings, func(x, y guardView) int { return strings.Compare(y.Level, x.Level) })
	v.Clear = len(v.Findings)+len(v.Aside) == 0 && strings.TrimSpace(text) != ""
	return s.Store.CountFindings(ctxOf(c), count)
}

// keysOf are the keys of findings that a form says: no more than a draft can have.
func keysOf(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(k string) bool { return len(k) != 12 })
	return list[:min(len(list), 200)]
}

// reasonsOf are the reasons that a form says were given: "key:reason".
func reasonsOf(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(w string) bool {
		key, reason, _ := strings.Cut(w, ":")
		return len(key) != 12 || !slices.Contains(store.DismissReasons, reason)
	})
	return list[:min(len(list), 200)]
}

func reasonOf(list []string, key string) string {
	for _, w := range list {
		if reason, ok := strings.CutPrefix(w, key+":"); ok {
			return reason
		}
	}
	return ""
}

// backTo is the page that a form leads back to: the panel for its forms, else
// the ticket. key and value say what was done; "" for nothing.
func backTo(c echo.Context, id, key, value string) string {
	to := ticketURL(id)
	if strings.HasPrefix(c.Path(), "/panel/") {
		to = panelURL(c, id, "")
	}
	if key == "" {
		return to
	}
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	return to + join + key + "=" + url.QueryEscape(value)
}
