package web

import "context"

// similarTicket is a solved ticket beside one that no procedure fits.
type similarTicket struct{ URL, Request, By, Step, Answer string }

// similar shows what solved the tickets of a list, and who.
func (b *briefing) similar(ctx context.Context) ([]similarTicket, error) {
	list, err := b.s.Store.Solutions(ctx, b.r.Similar)
	var out []similarTicket
	for i := range list {
		sim := &list[i]
		v := similarTicket{URL: ticketURL(sim.Ticket), Request: oneLine(sim.Request, 200), Answer: oneLine(sim.Answer, 300)}
		if v.Request == "" {
			v.Request = b.l.t("web.request.unclear")
		}
		switch {
		case sim.Author != "":
			v.By = b.l.t("web.similar.by", "who", b.names.of(b.l, sim.Author))
		case sim.Tier != "":
			v.By = b.l.t("web.similar.by", "who", b.s.tierName(sim.Tier))
		}
		if p := b.s.Workspace.Procedure(sim.Procedure); p != nil {
			if step := p.Step(sim.Step); step != nil {
				v.Step = step.Title
			}
		}
		out = append(out, v)
	}
	return out, err
}
