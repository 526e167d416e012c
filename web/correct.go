package web

import (
	"context"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
)

// correct stores a correction after a look at what it speaks of: the matter,
// step, inputs and procedure must be there. It fills in what the store cannot
// know. Errors: as AddCorrection, and Invalid for what is not there.
func (s *Server) correct(ctx context.Context, c triage.Correction) (triage.Correction, error) {
	if c.What.OfMatter() && !c.Undo {
		r, err := s.Store.Result(ctx, c.TicketID)
		if err != nil {
			return c, err
		}
		if err := s.fits(&c, r); err != nil {
			return c, err
		}
	}
	return s.Store.AddCorrection(ctx, c)
}

// fits reports whether a correction speaks of something that a result has, and
// takes over the procedure of its matter.
func (s *Server) fits(c *triage.Correction, r *triage.Result) error {
	m := r.Matter(c.Matter)
	if m == nil {
		return triage.Errorf(triage.Invalid, "The ticket has no matter %q.", c.Matter)
	}
	c.Procedure = m.Procedure
	p := s.Workspace.Procedure(m.Procedure)
	switch c.What {
	case triage.WhatProcedure:
		if c.Value != "" && s.Workspace.Procedure(c.Value) == nil {
			return triage.Errorf(triage.Invalid, "There is no procedure %q.", c.Value)
		}
	case triage.WhatState:
		if stepOf(p, c.Step) == nil {
			return triage.Errorf(triage.Invalid, "The procedure of the matter %q has no step %q.", c.Matter, c.Step)
		}
		for name, value := range c.Inputs {
			if !slices.Contains(m.Inputs[name], value) {
				return triage.Errorf(triage.Invalid, "The matter %q is not about %s %q.", c.Matter, name, value)
			}
		}
	case triage.WhatInput:
		if p == nil || p.Inputs[c.Item].Kind == "" {
			return triage.Errorf(triage.Invalid, "The procedure of the matter %q has no input %q.", c.Matter, c.Item)
		}
		return fitsInput(p.Inputs[c.Item], c)
	}
	return nil
}

// fitsInput refuses what no value of the input can be: it would have its own
// position, and checks would look for it.
func fitsInput(input knowledge.Input, c *triage.Correction) error {
	values := strings.Split(c.Value, ",")
	if !input.Many && len(values) > 1 {
		return triage.Errorf(triage.Invalid, "The input %q takes one value.", c.Item)
	}
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && input.Kind == "domain" && !check.IsDomain(v) {
			return triage.Errorf(triage.Invalid, "%q is not a domain name.", v)
		}
	}
	return nil
}

// takeBack undoes the correction with that id, if it is on the ticket. Taking
// back what is no longer in force changes nothing that is. Errors: as
// AddCorrection; NotFound without such a correction.
func (s *Server) takeBack(ctx context.Context, ticketID, id, who string, role triage.Role, why string) (triage.Correction, error) {
	t, err := s.Store.Ticket(ctx, ticketID)
	if err != nil {
		return triage.Correction{}, err
	}
	i := slices.IndexFunc(t.Corrections, func(c triage.Correction) bool { return c.ID == id })
	if i < 0 {
		return triage.Correction{}, triage.Errorf(triage.NotFound, "No correction %q is in force on the ticket.", id)
	}
	c := t.Corrections[i]
	c.Undo, c.Value, c.Who, c.Role, c.Why = true, "", who, role, why
	return s.Store.AddCorrection(ctx, c)
}
