package web

import (
	"slices"

	"readback/triage"
)

// saidView is one correction as a person reads it.
type saidView struct {
	What, Who, Why string
	At             *stamp
	Past           string     // why it is no longer in force; "" when it is
	Undo           *stateForm // nil when there is nothing to take back
}

// told are the corrections of the ticket by id, with those that no longer hold.
type told struct {
	all     []triage.Correction
	inForce map[string]bool
}

func (x *told) find(id string) *triage.Correction {
	for i := range x.all {
		if x.all[i].ID == id {
			return &x.all[i]
		}
	}
	return nil
}

func toldOf(all []triage.Correction) told {
	x := told{all: all, inForce: map[string]bool{}}
	for _, c := range triage.InForce(all) {
		x.inForce[c.ID] = true
	}
	return x
}

// said tells a correction by its id, nil when it is not of this ticket.
func (b *briefing) said(id string) *saidView {
	c := b.told.find(id)
	if c == nil {
		return nil
	}
	v := &saidView{What: b.saidWhat(c), Who: b.l.t("web.said.by."+string(c.Role), "who", b.names.of(b.l, c.Who)), Why: c.Why, At: b.l.stamp(c.At, b.now)}
	switch {
	case c.Undo:
		v.Past = b.l.t("web.said.undo")
	case b.told.inForce[c.ID]:
		v.Undo = b.takeBack(c.ID, "")
	default:
		v.Past = b.l.t("web.said.past")
	}
	return v
}

// takeBack is the button that takes a correction back.
func (b *briefing) takeBack(id, note string) *stateForm {
	return &stateForm{Note: note, URL: b.path("/corrections/" + id + "/undo"), Acts: []stateAct{{Do: "undo", Text: b.l.t("web.do.undo")}}}
}

// saidNote tells that something was just corrected or taken back; nil when the
// id names nothing of this ticket.
func (b *briefing) saidNote(id string) *stateForm {
	switch c := b.told.find(id); {
	case c == nil:
		return nil
	case c.Undo:
		return &stateForm{Note: b.l.t("web.said.note.undone", "what", b.saidWhat(c))}
	default:
		note := b.takeBack(c.ID, b.l.t("web.said.note", "what", b.saidWhat(c)))
		if !b.told.inForce[c.ID] {
			note.Acts = nil
		}
		return note
	}
}

// saidWhat says what a correction speaks of and what it is said to be.
func (b *briefing) saidWhat(c *triage.Correction) string {
	if c.What == "erased" { // by an erasure of the customer
		return b.l.t("web.said.erased")
	}
	value := c.Value
	switch c.What {
	case triage.WhatState:
		about := b.s.stepTitle(b.l, c.Procedure, c.Step)
		if name := triage.BindingText(c.Inputs); name != "" {
			about += " · " + name
		}
		return b.l.t("web.said.state", "about", about, "value", b.l.named("web.claim.", value, "…"))
	case triage.WhatKind:
		return b.l.t("web.said.kind", "value", b.l.named("kind.", value, "…"))
	case triage.WhatProcedure:
		title := b.l.t("web.others.no_procedure")
		if p := b.s.Workspace.Procedure(value); p != nil {
			title = p.TitleIn(string(b.l))
		}
		if c.Undo {
			title = "…"
		}
		return b.l.t("web.said.procedure", "value", title)
	case triage.WhatInput:
		if value == "" {
			value = "…"
		}
		return b.l.t("web.said.input", "about", c.Item, "value", value)
	}
	about := c.Item
	if c.What == triage.WhatClaim || about == "" {
		about = "…"
		if i := slices.IndexFunc(b.t.Messages, func(m triage.Message) bool { return m.ID == c.Anchor.MessageID }); i >= 0 {
			if text := b.t.Messages[i].Text; c.Anchor.Start >= 0 && c.Anchor.Start < c.Anchor.End && c.Anchor.End <= len(text) {
				about = oneLine(text[c.Anchor.Start:c.Anchor.End], 120)
			}
		}
	}
	return b.l.t("web.said.item", "about", about)
}

// history lists every correction, newest first.
func (b *briefing) history() []saidView {
	var out []saidView
	for i := len(b.told.all) - 1; i >= 0; i-- {
		out = append(out, *b.said(b.told.all[i].ID))
	}
	return out
}

// readNote tells what was read of a matter that a person corrected.
func (b *briefing) readNote(m *triage.Matter) string {
	if m.Read == nil {
		return ""
	}
	title := b.l.t("web.others.no_procedure")
	if p := b.s.Workspace.Procedure(m.Read.Procedure); p != nil {
		title = p.TitleIn(string(b.l))
	}
	return b.l.t("web.matter.read", "kind", b.l.kind(m.Read.Kind), "procedure", title)
}
