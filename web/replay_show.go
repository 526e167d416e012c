package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/triage"
	"readback/triage/eval/replay"
)

// oneReplay is the page of one replay, or of two side by side.
type oneReplay struct {
	Run      replayRunView
	Estimate string // what a model would get, while nobody has said that it may
	Refresh  bool
	Headline string
	Sheets   []replay.Sheet
	Notes    []string
	Sections []replaySection
	Others   []replayRunView // that it can be compared with
	Against  string          // id of the one that it is
	Sides    bool
}

type replaySection struct {
	replay.Section
	Tickets []replayTicketView
}

type replayTicketView struct {
	replay.SheetRow
	URL string
}

// replayRunPage shows a replay, or how far it is.
func (s *Server) replayRunPage(c echo.Context) error {
	l := langOf(c.Request())
	run, err := s.replays.get(c.Param("id"))
	if err != nil {
		return err
	}
	v := oneReplay{Run: s.runView(l, &run), Against: c.QueryParam("against")}
	w := s.replayWords(c, l, &run)
	switch run.state {
	case replayAsks:
		if run.trial.Estimate != nil {
			v.Estimate = w.Estimate(&run.estimate)
		}
	case replayRunning:
		v.Refresh = true
		c.Response().Header().Set("Refresh", "2") // works without a script
	case replayDone:
		if err := s.showReport(&v, w, &run); err != nil {
			return err
		}
		for _, other := range s.replays.all() {
			if other.id != run.id && other.state == replayDone {
				v.Others = append(v.Others, s.runView(l, &other))
			}
		}
	case replayFailed, replayStopped:
	}
	return s.render(c, http.StatusOK, "replay_run.html", s.page(c, v.Run.Title, "replay", v))
}

// replayWords tell of a run with the titles of tickets as they are stored now.
func (s *Server) replayWords(c echo.Context, l lang, run *replayRun) *replay.Words {
	w := &replay.Words{Lang: string(l), Workspace: s.Workspace, Most: replayRows, Title: func(id string) string {
		t, err := s.Store.Summary(ctxOf(c), id)
		if err != nil {
			return "" // gone, or its words are erased
		}
		if t.Request != "" {
			return oneLine(t.Request, 120)
		}
		return oneLine(t.Subject, 120)
	}}
	if run.trial != nil {
		w.Workspace = run.trial.Workspace
	}
	return w
}

// showReport tells a report or, against another, both.
func (s *Server) showReport(v *oneReplay, w *replay.Words, run *replayRun) error {
	if v.Against != "" {
		before, err := s.replays.get(v.Against)
		if err != nil {
			return err
		}
		if before.report == nil {
			return triage.Errorf(triage.Invalid, "The replay %q has no report to compare with.", v.Against)
		}
		sides := w.Sides(replay.Compare(before.report, run.report))
		v.Sides, v.Headline, v.Notes, v.Sheets = true, sides.Headline, sides.Notes, []replay.Sheet{sides.A, sides.B}
		v.Sections = []replaySection{shownSection(sides.Section)}
		return nil
	}
	sheet := w.Sheet(run.report)
	v.Headline, v.Notes, v.Sheets = sheet.Headline, sheet.Notes, []replay.Sheet{sheet}
	for _, section := range sheet.Sections {
		v.Sections = append(v.Sections, shownSection(section))
	}
	return nil
}

func shownSection(s replay.Section) replaySection {
	out := replaySection{Section: s}
	for _, row := range s.Rows {
		out.Tickets = append(out.Tickets, replayTicketView{row, ticketURL(row.Ticket)})
	}
	return out
}

// replayJSON gives a report to keep, and to compare with later.
func (s *Server) replayJSON(c echo.Context) error {
	run, err := s.replays.get(c.Param("id"))
	if err != nil {
		return err
	}
	if run.report == nil {
		return triage.Errorf(triage.NotFound, "The replay %q has no report.", run.id)
	}
	data, err := triage.JSON(run.report)
	if err != nil {
		return err
	}
	name := "replay-" + run.at.UTC().Format("20060102-150405") + ".json"
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, "application/json", data)
}

// What of a candidate in shadow is shown.
const (
	shadowTickets = 1000
	shadowDays    = 30
)

// shadowView is what the newest candidate made of live tickets.
type shadowView struct {
	Headline, Subject, Cost string
	Others                  int // tickets that an earlier candidate read
	Rows                    []replayTicketView
	More                    int
	Notes                   []string
}

// shadowView is nil when no candidate has read anything.
func (s *Server) shadowView(c echo.Context, l lang) (*shadowView, error) {
	all, err := s.Store.Shadows(ctxOf(c), s.Clock().Add(-shadowDays*24*time.Hour), shadowTickets)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	w := s.replayWords(c, l, &replayRun{})
	newest := all[0].Subject
	v := &shadowView{Subject: w.Subject(&newest)}
	agree, of, unread, unlooked := 0, 0, 0, 0
	var usage triage.Usage
	for i := range all {
		x := &all[i]
		if x.Subject != newest {
			v.Others++
			continue
		}
		usage.CostUSD += x.CostUSD
		if x.Unread != "" {
			unread++
			continue
		}
		of++
		if x.Unlooked > 0 {
			unlooked++
		}
		if len(replay.Changes(x.Live, x.Shadow)) == 0 {
			agree++
			continue
		}
		if len(v.Rows) == replayRows {
			v.More++
			continue
		}
		v.Rows = append(v.Rows, replayTicketView{replay.SheetRow{Ticket: x.TicketID, Title: w.Title(x.TicketID), Was: w.Outcome(x.Live), Now: w.Outcome(x.Shadow)}, ticketURL(x.TicketID)})
	}
	v.Headline = l.t("replay.shadow.agrees", "agrees", agree, "of", of, "count", of-agree)
	if agree == of {
		v.Headline = l.t("replay.shadow.all", "count", of)
	}
	if newest.Reader != offline {
		v.Cost = replay.Money(usage)
	}
	for _, n := range []struct {
		code string
		n    int
	}{{"note.unread", unread}, {"note.unlooked", unlooked}, {"shadow.others", v.Others}} {
		if n.n > 0 {
			v.Notes = append(v.Notes, l.t("replay."+n.code, "count", n.n))
		}
	}
	return v, nil
}
