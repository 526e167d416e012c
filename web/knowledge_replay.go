package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/triage/eval"
	offlinereader "readback/triage/extract/offline"
	"readback/triage/pipeline"
)

// What a replay in the editor looks at, at most.
const (
	replayTickets = 200
	replayTime    = 20 * time.Second
	replayShown   = 50  // of each kind
	replayWhole   = 500 // articles, up to which they weigh in the search as they do on the desk
)

// replayView is what a procedure as it is in the editor would make of past tickets.
type replayView struct {
	Groups   []replayGroup
	Looked   int
	Outside  int
	Stopped  bool // the time was over before the tickets were
	Problems []problemAt
}

type replayGroup struct {
	Kind, Name, Note string
	Count, More      int // More are not listed
	Tickets          []replayTicket
}

type replayTicket struct {
	URL, Request, Next string
	Was                string // another next step or route before, "" for the same
	Why                string // what a person said, "" for nothing
	New                bool
}

var errReplayTime = errors.New("the time for a replay is over")

// replayPast reads the newest past tickets with the form's procedure, without
// a model, and tells how far it is. Nothing is written or sent.
func (s *Server) replayPast(c echo.Context, e *editing, progress func(done, of int)) (*replayView, error) {
	l := langOf(c.Request())
	v := &replayView{}
	w, _, err := e.candidate(l)
	if err != nil {
		return nil, err
	}
	if len(e.problems) > 0 || w == nil {
		v.Problems = e.problems
		return v, nil
	}
	light := *w
	if len(light.Articles) > replayWhole {
		light.Articles = nil
	}
	index, err := knowledge.NewIndex(&light)
	if err != nil {
		return nil, triage.Errorf(triage.Internal, "The search index cannot be built: %w", err)
	}
	reader := offlinereader.New(w)
	groups := map[eval.Placement]*replayGroup{}
	for _, kind := range []eval.Placement{eval.PastPlaced, eval.PastMissed, eval.PastWrong} {
		groups[kind] = &replayGroup{Kind: string(kind), Name: l.t("web.kb.replay." + string(kind)), Note: l.t("web.kb.replay." + string(kind) + ".note")}
	}
	ctx, cancel := context.WithTimeoutCause(ctxOf(c), replayTime, errReplayTime)
	defer cancel()
	_, err = s.Store.Past(ctx, store.PastOptions{Limit: replayTickets}, func(past eval.Past, n store.PastCount) error {
		t := past.Ticket
		t.Corrections = nil // what is understood without a person's help
		now, err := pipeline.Replay(w, index, reader, &past.Result).Triage(ctx, &t, nil)
		if err != nil {
			return err
		}
		v.Looked++
		progress(v.Looked, n.Of)
		judged := eval.Judge(e.id, &past, &now)
		g, ok := groups[judged.Placement]
		if !ok {
			v.Outside++
			return nil
		}
		if g.Count++; len(g.Tickets) < replayShown {
			g.Tickets = append(g.Tickets, s.replayTicket(l, w, e.id, &past, &judged))
		} else {
			g.More++
		}
		return nil
	})
	if err != nil && context.Cause(ctx) == errReplayTime {
		v.Stopped, err = true, nil
	}
	for _, kind := range []eval.Placement{eval.PastPlaced, eval.PastMissed, eval.PastWrong} {
		v.Groups = append(v.Groups, *groups[kind])
	}
	return v, err
}

func (s *Server) replayTicket(l lang, w *knowledge.Workspace, procedure string, past *eval.Past, j *eval.Replayed) replayTicket {
	out := replayTicket{URL: ticketURL(past.Ticket.ID), Request: oneLine(l.title(&past.Ticket, &past.Result), 120), New: j.New}
	out.Next = l.replayNext(w, procedure, j.Next, j.After)
	if j.Before != nil {
		if was := l.replayNext(s.Workspace, procedure, j.WasNext, j.Before); was != out.Next {
			out.Was = was
		}
	}
	switch {
	case j.Said != "":
		title := j.Said
		if p := w.Procedure(j.Said); p != nil {
			title = p.TitleIn(string(l))
		}
		out.Why = l.t("web.kb.replay.said", "procedure", title)
	case j.Tier != "":
		out.Why = l.t("web.kb.replay.handed", "tier", s.tierName(j.Tier))
	case j.Placement == eval.PastWrong:
		out.Why = l.t("web.kb.replay.said.none")
	case j.By:
		out.Why = l.t("web.kb.replay.confirmed")
	}
	return out
}

// replayNext says what comes next and where the ticket goes.
func (l lang) replayNext(w *knowledge.Workspace, procedure string, next *triage.Next, r *triage.Route) string {
	if r == nil {
		return l.t("web.kb.replay.nothing")
	}
	step := l.t("web.kb.replay.done")
	if next != nil {
		step = next.Step
		if p := w.Procedure(procedure); p != nil {
			step = p.StepTitle(next.Step, string(l))
		}
	}
	tier := r.Tier
	if t := w.Tier(r.Tier); t != nil {
		tier = cmp.Or(t.Name, t.ID)
	}
	return l.t("web.kb.replay.next", "step", step, "action", l.t(actionWords[r.Action].Text), "tier", tier)
}

// replay streams a replay to the editor's script as JSON lines: how far it is,
// and at the end what it found, with what is wrong beside the fields.
func (s *Server) replay(c echo.Context) error {
	e, _, err := s.takeForm(c)
	if err != nil {
		return err
	}
	res := c.Response()
	res.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(res)
	told := s.Clock()
	if len(e.problems) > 0 { // the file on disk is no form
		return lines.Encode(map[string]any{"errors": e.problems})
	}
	view, err := s.replayPast(c, e, func(done, of int) {
		if now := time.Now(); now.Sub(told) > 100*time.Millisecond {
			told = now
			_ = lines.Encode(map[string]int{"done": done, "of": of}) // who does not listen any more has cancelled
			res.Flush()
		}
	})
	if err != nil {
		if !res.Committed {
			return err
		}
		s.log(c).Debug("a replay was given up", "procedure", e.id, "error", err)
		return nil
	}
	html, err := s.fragment(c, "knowledge_edit.html", "replay", view)
	if err != nil {
		return err
	}
	if view.Problems == nil {
		view.Problems = []problemAt{}
	}
	return lines.Encode(map[string]any{"html": html, "errors": view.Problems})
}

// fragment renders one named part of a page.
func (s *Server) fragment(c echo.Context, page, name string, data any) (string, error) {
	var b bytes.Buffer
	err := s.views.pages[langOf(c.Request())][page].ExecuteTemplate(&b, name, data)
	return b.String(), err
}

var _ http.Flusher = (*echo.Response)(nil)
