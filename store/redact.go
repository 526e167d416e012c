package store

import "readback/triage"

// redact returns the part of a result that is codes and numbers, in the shape
// of a result: what counts are made of, and no word or value of a customer.
func redact(r *triage.Result) triage.Result {
	out := triage.Result{
		TicketID: r.TicketID, Version: r.Version, CoveredSeq: r.CoveredSeq, At: r.At, Lab: r.Lab,
		Workspace: r.Workspace, Policy: r.Policy, Route: redactRoute(r.Route), Effort: r.Effort, Extractor: r.Extractor, Retrieval: r.Retrieval, Similar: r.Similar,
		Brief: triage.Brief{Language: r.Brief.Language, Urgency: r.Brief.Urgency, Tone: r.Brief.Tone, Kind: r.Brief.Kind,
			NeedsStaff: r.Brief.NeedsStaff, Flags: r.Brief.Flags},
	}
	for _, c := range r.Brief.Claims {
		out.Brief.Claims = append(out.Brief.Claims, triage.Claim{ID: c.ID, Matter: c.Matter, Step: c.Step, State: c.State, Verdict: c.Verdict})
	}
	for _, m := range r.Matters {
		short := triage.Matter{ID: m.ID, Kind: m.Kind, Procedure: m.Procedure, Read: m.Read, Route: redactRoute(m.Route)}
		for _, p := range m.Positions {
			short.Positions = append(short.Positions, redactPosition(p))
		}
		out.Matters = append(out.Matters, short)
	}
	if p := r.Position; p != nil {
		out.Position = &triage.LeadingPosition{Matter: p.Matter, Procedure: p.Procedure, Position: redactPosition(p.Position)}
	}
	return out
}

func redactPosition(p triage.Position) triage.Position {
	return triage.Position{Steps: p.Steps, Next: p.Next, Effort: p.Effort}
}

func redactRoute(r triage.Route) triage.Route {
	out := triage.Route{Action: r.Action, Tier: r.Tier, Confidence: r.Confidence, NeedsReview: r.NeedsReview}
	for _, reason := range r.Reasons {
		out.Reasons = append(out.Reasons, triage.Reason{Code: reason.Code})
	}
	return out
}
