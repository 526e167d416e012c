package web

import (
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
func (s *Server) nextWords(action triage.Action, tier, procedure, step string, by knowledge.Actor) next {
	n := next{pick: actionWords[action]}
	title, name := "", s.tierName(tier)
	if step != "" {
		title = s.stepTitle(procedure, step)
	}
	switch action {
	case triage.Assign:
		n.Lead, n.What, n.By = "Next:", title, "by "+name
		if title == "" {
			n.What = "Read and answer"
		} else if owner := s.owner(procedure, step, by); owner != "" && owner != name {
			n.Lead, n.Note = "Look into:", "The step itself is "+owner+"'s."
		}
	case triage.Ask:
		n.Lead, n.What = "Ask the customer:", "what is missing"
		if title != "" {
			n.What = "about “" + title + "”"
		}
		n.By, n.Note = name+" keeps the ticket", "Then it waits for the customer's answer."
	case triage.SelfService:
		n.Lead, n.What, n.By = "Send the customer:", title, name+" keeps the ticket"
		if title == "" {
			n.What = "the exact step"
		}
	case triage.None:
		n.Lead = "No answer needed"
	default:
		n.Lead = "Being read"
	}
	return n
}

// owner names whose step it is: the customer, or the tier that can do it; ""
// when that is not known.
func (s *Server) owner(procedure, step string, by knowledge.Actor) string {
	if by == knowledge.Customer {
		return "the customer"
	}
	if def := stepOf(s.Workspace.Procedure(procedure), step); def != nil {
		if tier, ok := s.Workspace.Holder(def.Capability); ok {
			return s.tierName(tier)
		}
	}
	return ""
}

func (b *briefing) next() next {
	route := &b.r.Route
	if p := b.r.Position; p != nil && p.Next != nil {
		return b.s.nextWords(route.Action, route.Tier, p.Procedure, p.Next.Step, p.Next.By)
	}
	n := b.s.nextWords(route.Action, route.Tier, "", "", "")
	if route.Action == triage.Ask && len(route.Reasons) > 0 {
		if question := route.Reasons[0].Params["question"]; question != "" {
			n.What = question
		}
	}
	return n
}

// seen tells what our checks saw at the step that decided a route, as far as
// it did not pass: the facts that the reason speaks of.
func (b *briefing) seen(m *triage.Matter, reasons []triage.Reason) []string {
	if m == nil || len(reasons) == 0 {
		return nil
	}
	step, binding := reasons[0].Params["step"], reasons[0].Params["binding"]
	var out []string
	for i := range m.Positions {
		inputs := m.Positions[i].Inputs
		if binding != "" && bindingName(inputs) != binding {
			continue
		}
		for j := range b.r.Facts.Checks {
			k := &b.r.Facts.Checks[j]
			if k.Matter != m.ID || k.Step != step || k.Outcome == triage.Pass || !route.Applies(k.Inputs, inputs) {
				continue
			}
			for _, text := range checkSentences(k) {
				if !slices.Contains(out, text) {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// checkSentences says what a check saw, and for how long others may still see
// something older. It is empty for a code that has no sentence.
func checkSentences(k *triage.CheckResult) []string {
	params := map[string]string{"time": k.ObservedAt.UTC().Format("15:04")}
	for name, value := range k.CodeParams {
		params[name] = value
	}
	var out []string
	if text := triage.Sentence("en", k.Code, params); text != k.Code {
		out = append(out, text)
	}
	if params["stale_seconds"] != "" {
		out = append(out, triage.Sentence("en", "check.dns.stale_note", params))
	}
	return out
}
