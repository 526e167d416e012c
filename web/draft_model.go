package web

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store/people"
	"readback/triage"
	"readback/triage/extract/author"
	"readback/triage/guard"
	"readback/triage/route"
)

// How often one person may have a model draft an answer, and how long it may take.
const (
	draftRate  = 0.1 // a second
	draftBurst = 6
	draftTime  = 40 * time.Second
)

// modelDraft is what is shown beside an answer that a model drafted. It is kept
// in memory alone: the words are in the draft, and a person's from then on.
type modelDraft struct {
	Model   string
	Sources []string
	Dropped int // parts that rested on nothing, or that the guard would have stopped
}

func draftKey(ticket, person string) string { return ticket + " " + person }

// draftByModel has a model draft an answer and returns its words; fault is a
// code when there are none.
func (s *Server) draftByModel(c echo.Context, t *triage.Ticket, r *triage.Result) (text, fault string) {
	if s.Author == nil || r == nil {
		return "", "no_model"
	}
	me := s.person(c)
	if _, ok := s.drafters.take(me.ID, s.Clock()); !ok {
		return "", "drafts"
	}
	ctx, cancel := context.WithTimeout(ctxOf(c), draftTime)
	defer cancel()
	in, told := route.DraftAnswer(t, r, s.Workspace)
	k := author.Known{Ticket: t, Told: told, Language: in}
	if lead := r.Leading(); lead != nil {
		k.Procedure = s.Workspace.Procedure(lead.Procedure)
	}
	if k.Language == "" {
		k.Language = triage.Languages()[0]
	}
	a, err := author.Reply(ctx, s.Author, s.Workspace, k)
	if err != nil {
		s.log(c).Info("no model drafted an answer", "ticket", t.ID, "error", err)
		if triage.CodeOf(err) == triage.Invalid {
			return "", "nothing_known"
		}
		return "", "no_model"
	}
	text, dropped := s.unstopped(c, t, r, a.Text)
	if text == "" {
		return "", "no_model"
	}
	s.drafts.Add(draftKey(t.ID, me.ID), modelDraft{Model: a.Info.Model, Sources: a.Sources, Dropped: a.Info.Dropped + dropped})
	return text, ""
}

// unstopped takes out of a text what the guard would stop.
func (s *Server) unstopped(c echo.Context, t *triage.Ticket, r *triage.Result, text string) (string, int) {
	n := 0
	for ; n < 8; n++ {
		report := s.readDraft(langOf(c.Request()), t, r, &people.User{}, text, nil)
		stop := -1
		for i := range report.Findings {
			if report.Findings[i].Level == guard.Stop {
				stop = i
				break
			}
		}
		if stop < 0 {
			break
		}
		text = without(text, report.Findings[stop].Draft.Start, report.Findings[stop].Draft.End)
	}
	return strings.TrimSpace(text), n
}
