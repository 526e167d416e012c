package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// fix is a small form that corrects one thing where it stands.
type fix struct {
	URL     string
	Title   string // what is corrected
	What    triage.What
	Matter  string
	Step    string
	Item    string
	Anchor  string            // "message:start-end"
	Inputs  map[string]string // the binding
	All     bool              // offers to say it of every binding
	Choices []choice          // to pick from; without any, and with Free, a text is written
	Free    bool
	Value   string // as it is
	Bare    bool   // asks for no reason
}

// fixStep corrects the state of a step for one binding, or for all.
func (b *briefing) fixStep(m *triage.Matter, pos *triage.Position, step *triage.StepPosition, wide bool) *fix {
	f := &fix{URL: b.path("/correct"), Title: b.l.t("web.fix.state"), What: triage.WhatState, Matter: m.ID, Step: step.ID,
		Inputs: pos.Inputs, All: len(m.Positions) > 1 && !wide}
	if wide {
		f.Inputs = nil
	}
	for _, state := range []triage.ClaimState{triage.ClaimDone, triage.ClaimFailed, triage.ClaimPlanned, triage.ClaimNotDone} {
		f.Choices = append(f.Choices, choice{string(state), b.l.t("web.claim." + string(state)), state == step.Claimed})
	}
	return f
}

// fixMatter corrects what a matter is: kind, procedure, and the values of its inputs.
func (b *briefing) fixMatter(m *triage.Matter) []fix {
	form := func(what triage.What, title string) fix {
		return fix{URL: b.path("/correct"), Title: title, What: what, Matter: m.ID, Bare: true}
	}
	kind, procedure := form(triage.WhatKind, b.l.t("web.fix.kind")), form(triage.WhatProcedure, b.l.t("web.fix.procedure"))
	for _, k := range triage.Kinds {
		kind.Choices = append(kind.Choices, choice{string(k), b.l.kind(k), k == m.Kind})
	}
	w := b.s.Workspace
	for i := range w.Procedures {
		p := &w.Procedures[i]
		procedure.Choices = append(procedure.Choices, choice{p.ID, p.TitleIn(string(b.l)), p.ID == m.Procedure})
	}
	slices.SortFunc(procedure.Choices, func(x, y choice) int { return cmp.Compare(x.Name, y.Name) })
	procedure.Choices = append(procedure.Choices, choice{"", b.l.t("web.others.no_procedure"), m.Procedure == ""})
	out := []fix{procedure, kind}
	if p := w.Procedure(m.Procedure); p != nil {
		for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
			f := form(triage.WhatInput, cmp.Or(p.Question(name, string(b.l)), name))
			f.Item, f.Free, f.Value = name, true, strings.Join(m.Inputs[name], ", ")
			out = append(out, f)
		}
	}
	return out
}

// fixItem says of an item that it is not so; nil for one that rests on no words.
func (b *briefing) fixItem(what triage.What, name string, list []triage.Evidence) *fix {
	for _, e := range list {
		if e.Kind == triage.EvidenceQuote {
			return &fix{URL: b.path("/correct"), Title: b.l.t("web.fix.not_so"), What: what, Item: name, Value: triage.NotSo,
				Anchor: fmt.Sprintf("%s:%d-%d", e.MessageID, e.Start, e.End)}
		}
	}
	return nil
}

// correctForm stores what a form of the ticket's page corrects and leads back.
func (s *Server) correctForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	said := triage.Correction{TicketID: c.Param("id"), What: triage.What(form.Get("what")), Matter: form.Get("matter"), Step: form.Get("step"),
		Item: form.Get("item"), Value: form.Get("value"), Why: form.Get("why"), Who: s.person(c).ID, Role: triage.RoleAgent}
	if text := form.Get("anchor"); text != "" {
		if said.Anchor, err = parseAnchor(text); err != nil {
			return err
		}
	}
	if form.Get("all") == "" {
		said.Inputs = map[string]string{}
		for name, values := range form {
			if input, ok := strings.CutPrefix(name, "input."); ok && len(values) == 1 {
				said.Inputs[input] = values[0]
			}
		}
	}
	if said, err = s.correct(ctxOf(c), said); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, backTo(c, said.TicketID, "said", said.ID))
}

// takeBackForm takes a correction back.
func (s *Server) takeBackForm(c echo.Context) error {
	said, err := s.takeBack(ctxOf(c), c.Param("id"), c.Param("correction"), s.person(c).ID, triage.RoleAgent, "")
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, backTo(c, c.Param("id"), "said", said.ID))
}

func postForm(c echo.Context) (url.Values, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	if err := c.Request().ParseForm(); err != nil {
		return nil, triage.Errorf(triage.Invalid, "The form could not be read: %w", err)
	}
	return c.Request().PostForm, nil
}

// parseAnchor reads "message:start-end".
func parseAnchor(text string) (triage.Anchor, error) {
	id, span, ok := strings.Cut(text, ":")
	from, to, ok2 := strings.Cut(span, "-")
	start, err := strconv.Atoi(from)
	end, err2 := strconv.Atoi(to)
	if !ok || !ok2 || err != nil || err2 != nil {
		return triage.Anchor{}, triage.Errorf(triage.Invalid, "The anchor %q is not MESSAGE:START-END.", text)
	}
	return triage.Anchor{MessageID: id, Start: start, End: end}, nil
}
