package web

import (
	"cmp"
	"slices"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// next is the large line: what happens now and whose turn it is.
type next struct {
	Lead string // the act: "Next:", "Look into:", "Ask the customer:" ...
	What string // what of; "" when Lead says it all
	By   string // who acts, or keeps the ticket; "" when nobody must
	Note string // whose step it is when somebody else acts, or what follows
	pick        // the style of the action; its text is not shown beside Lead
}

// nextWords says in words what happens now. step is "" when no procedure
// tells; by is the owner of the step. The list and the ticket's page say it alike.
func (s *Server) nextWords(l lang, action triage.Action, tier, procedure, step string, by knowledge.Actor) next {
	n := next{pick: actionWords[action]}
	title, name := "", s.tierName(tier)
	if step != "" {
		title = s.stepTitle(l, procedure, step)
	}
	switch action {
	case triage.Assign:
		n.Lead, n.What, n.By = l.t("web.next.assign"), title, l.t("web.next.by", "tier", name)
		if title == "" {
			n.What = l.t("web.next.answer")
		} else if note := s.ownerNote(l, procedure, step, by, tier); note != "" {
			n.Lead, n.Note = l.t("web.next.look"), note
		}
	case triage.Ask:
		n.Lead, n.What = l.t("web.next.ask"), l.t("web.next.what_missing")
		if title != "" {
			n.What = l.t("web.next.about", "title", title)
		}
		n.By, n.Note = l.t("web.next.keeps", "tier", name), l.t("web.next.then_waits")
	case triage.SelfService:
		n.Lead, n.What, n.By = l.t("web.next.self_service"), title, l.t("web.next.keeps", "tier", name)
		if title == "" {
			n.What = l.t("web.next.exact_step")
		}
	case triage.None:
		n.Lead = l.t("web.next.none")
	default:
		n.Lead = l.t("web.next.reading")
	}
	return n
}

// incidentNext says that a ticket is answered with the others of its incident.
func (s *Server) incidentNext(l lang, name, tier string) next {
	n := next{Lead: l.t("web.incident.next"), What: name, By: l.t("web.next.by", "tier", s.tierName(tier)), pick: actionWords[triage.Assign]}
	if name == "" { // long over
		n.Lead = l.t("web.incident")
	}
	return n
}

// ownerNote says whose step it is when somebody else than tier must act: the
// customer's, or the tier's that can do it; "" when that is not known.
func (s *Server) ownerNote(l lang, procedure, step string, by knowledge.Actor, tier string) string {
	if by == knowledge.Customer {
		return l.t("web.next.owner_customer")
	}
	if def := stepOf(s.Workspace.Procedure(procedure), step); def != nil {
		if holder, ok := s.Workspace.Holder(def.Capability); ok && holder != tier {
			return l.t("web.next.owner_tier", "tier", s.tierName(holder))
		}
	}
	return ""
}

func (b *briefing) next() next {
	route := &b.r.Route
	if b.incident() {
		return b.s.incidentNext(b.l, route.Reasons[0].Params["title"], route.Tier)
	}
	if p := b.r.Position; p != nil && p.Next != nil {
		return b.s.nextWords(b.l, route.Action, route.Tier, p.Procedure, p.Next.Step, p.Next.By)
	}
	n := b.s.nextWords(b.l, route.Action, route.Tier, "", "", "")
	if route.Action == triage.Ask && len(route.Reasons) > 0 {
		params := route.Reasons[0].Params
		if p := b.s.Workspace.Procedure(params["procedure"]); p != nil {
			n.What = cmp.Or(p.Question(params["input"], string(b.l)), n.What)
		}
	}
	return n
}

// incident reports whether the ticket is routed by one: then nothing was
// looked at, and how far the customer is does not matter.
func (b *briefing) incident() bool {
	return len(b.r.Route.Reasons) > 0 && b.r.Route.Reasons[0].Code == route.CodeIncident
}

// seen tells what our checks saw at the step that decided the route.
func (b *briefing) seen(m *triage.Matter, reasons []triage.Reason) []string {
	var out []string
	for _, k := range route.Seen(b.r, m, reasons) {
		for _, text := range b.checkSentences(k) {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

func (b *briefing) checkSentences(k *triage.CheckResult) []string {
	return route.TellCheck(k, k.ObservedAt.UTC().Format("15:04"), string(b.l))
}
