package web

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/extract/author"
	"readback/triage/guard"
)

// How often one person may have a model read drafts, and how long it may take.
const (
	lookRate  = 0.2 // a second
	lookBurst = 8
	lookTime  = 15 * time.Second
)

// ticketLook is how a model read drafts of one ticket lately: the newest 8. It
// is kept in memory alone, and for as long as no message comes: a draft is read
// at each pause, and what was proposed of words that still stand in it is told again.
type ticketLook struct {
	Seq      int64 // of the newest message then
	Readings []textReading
}

// textReading is how the reading of one text went.
type textReading struct {
	text [sha256.Size]byte
	guard.Reading
}

// lookView is what the composer and the panel say of the model that reads along.
type lookView struct {
	Can  bool // it can be asked for this text
	Auto bool // and is, by the page's script
	Note string
}

// lookOf is what a model proposed for drafts of a ticket as it is.
func (s *Server) lookOf(t *triage.Ticket) (ticketLook, bool) {
	l, ok := s.looks.Get(t.ID)
	return l, ok && l.Seq == t.LastSeq
}

// addInferred adds to a report what a model proposed before, as far as it
// stands. Its Model is that of this very text, nil when none has read it.
func (s *Server) addInferred(c guard.Case, r *guard.Report) {
	l, ok := s.lookOf(c.Ticket)
	if !ok {
		return
	}
	sum := sha256.Sum256([]byte(c.Draft))
	var before guard.Reading
	for i := range l.Readings {
		if l.Readings[i].text == sum {
			s.guard().Add(c, r, l.Readings[i].Reading)
		} else {
			before.Proposals = append(before.Proposals, l.Readings[i].Proposals...)
		}
	}
	if len(before.Proposals) > 0 {
		of := r.Model
		before.Outcome = guard.ModelRead
		s.guard().Add(c, r, before)
		r.Model = of
	}
}

// askModel has a model read a draft, for at most lookTime, and keeps what it
// proposes. who is counted for it.
func (s *Server) askModel(c echo.Context, who string, t *triage.Ticket, draft string) {
	if s.Author == nil || strings.TrimSpace(draft) == "" {
		return
	}
	sum := sha256.Sum256([]byte(draft))
	was, ok := s.lookOf(t)
	if ok && slices.ContainsFunc(was.Readings, func(r textReading) bool { return r.text == sum && r.Outcome == guard.ModelRead }) {
		return // told already
	}
	reading := guard.Reading{Outcome: guard.ModelLimited}
	if _, ok := s.lookers.take(who, s.Clock()); ok {
		reading = s.readByModel(ctxOf(c), t, draft)
		s.log(c).Info("a model read a draft", "ticket", t.ID, "outcome", reading.Outcome, "model", reading.Name, "proposed", len(reading.Proposals), "dropped", reading.Dropped, "ms", reading.LatencyMS)
	}
	if ctxOf(c).Err() != nil {
		return // they write on, or are gone
	}
	now, ok := s.lookOf(t) // others may have asked meanwhile
	if !ok {
		now = ticketLook{Seq: t.LastSeq}
	}
	readings := slices.DeleteFunc(slices.Clone(now.Readings), func(r textReading) bool { return r.text == sum })
	readings = append(readings, textReading{sum, reading})
	now.Readings = readings[max(0, len(readings)-8):]
	s.looks.Add(t.ID, now)
}

// readByModel has a model read a draft without keeping what it proposes.
func (s *Server) readByModel(ctx context.Context, t *triage.Ticket, draft string) guard.Reading {
	return author.Look(ctx, s.Author, s.Workspace.Platform.Name, t, draft, lookTime)
}

// looked is what the page says of the model beside a draft.
func (b *briefing) looked(draft string, report *guard.Report) lookView {
	m := report.Model
	if b.s.Author == nil || strings.TrimSpace(draft) == "" {
		return lookView{}
	}
	if m == nil {
		return lookView{Can: true, Auto: true}
	}
	if m.Outcome != guard.ModelRead {
		return lookView{Can: true, Note: m.Note}
	}
	v := lookView{Note: b.l.t("web.guard.looked.none", "model", m.Name)}
	if m.Added > 0 {
		v.Note = b.l.t("web.guard.looked", "model", m.Name, "count", m.Added)
	}
	if m.Dropped > 0 {
		v.Note += " " + b.l.t("web.guard.looked.dropped", "count", m.Dropped)
	}
	return v
}

// lookForm has a model read the draft of the composer. A script has just kept
// the draft and may keep a newer one meanwhile, so that it is kept here for a
// browser's form alone; what is shown and counted is of the draft as it is then.
func (s *Server) lookForm(c echo.Context, id, text string, script bool) error {
	t, r, err := s.load(c, id)
	if err != nil {
		return err
	}
	me := s.person(c).ID
	if !script {
		if _, err := s.Store.SaveDraft(ctxOf(c), t.ID, me, text); err != nil {
			return err
		}
	}
	s.askModel(c, me, &t, text)
	own, err := s.Store.Unsent(ctxOf(c), t.ID, me)
	if triage.CodeOf(err) == triage.NotFound || err == nil && own.State != store.ReplyDraft {
		return nil // it was sent or dropped meanwhile
	}
	if err != nil {
		return err
	}
	_, err = s.note(c, &t, r, own.Text, nil)
	return err
}
