package circles

import (
	"strings"
	"time"

	"readback/triage"
	"readback/triage/guard"
)

// The reasons of a bounce.
const (
	restart  = "restart"  // began anew after the channel or the agent changed
	handover = "handover" // one act of another tier ended what others could not
	reopened = "reopened" // ended, and the customer came back within a week
)

// soon is how long after its end a ticket that comes back counts.
const soon = 7 * 24 * time.Hour

// bounces finds how a ticket went from hand to hand.
func bounces(t *Thread, order int, past *guard.Past) (out []Item) {
	if it, ok := restarted(t, order, past); ok {
		out = append(out, it)
	}
	if it, ok := handedOver(t, order, past); ok {
		out = append(out, it)
	}
	return append(out, cameBack(t, order, past)...)
}

// restarted finds the first answer that begins anew after the channel or the
// agent changed: it repeats two things or more, or asks what the matter is.
func restarted(t *Thread, order int, past *guard.Past) (Item, bool) {
	last := -1
	for i := range t.Messages {
		m := &t.Messages[i]
		if m.Role != triage.RoleAgent {
			continue
		}
		changed := last >= 0 && (m.Channel != t.Messages[last].Channel || t.By[i].Agent != "" && t.By[last].Agent != "" && t.By[i].Agent != t.By[last].Agent)
		last = i
		if !changed {
			continue
		}
		var repeats []*guard.Repeat
		for j := range past.Repeats {
			if past.Repeats[j].Message == i+1 {
				repeats = append(repeats, &past.Repeats[j])
			}
		}
		if len(repeats) >= 2 {
			it := item(t, order, repeats[0])
			it.Reason, it.About = restart, ""
			return it, true
		}
		if ev, ok := past.Anew[i+1]; ok {
			return Item{Ticket: t.ID, order: order, answer: m.ID, Reply: place(t, i+1, ev.Start, ev.End), Earlier: opening(t), By: string(triage.RoleCustomer), Reason: restart}, true
		}
	}
	return Item{}, false
}

// opening is the first line of what the customer wrote first.
func opening(t *Thread) Place {
	for i := range t.Messages {
		m := &t.Messages[i]
		if m.Role != triage.RoleCustomer {
			continue
		}
		text := strings.TrimLeft(m.Text, " \t\r\n")
		start := len(m.Text) - len(text)
		end := len(m.Text)
		if n := strings.IndexByte(text, '\n'); n > 0 {
			end = start + n
		}
		return place(t, i+1, start, end)
	}
	return Place{}
}

// handedOver finds a ticket that another tier (or agent) than all before ended
// with one answer that says what it did.
func handedOver(t *Thread, order int, past *guard.Past) (Item, bool) {
	last, first := -1, -1
	for i := range t.Messages {
		if t.Messages[i].Role == triage.RoleAgent {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if last < 0 || first == last || t.By[last].name() == "" {
		return Item{}, false
	}
	before := 0
	for i := range t.Messages[:last] {
		if t.Messages[i].Role != triage.RoleAgent {
			continue
		}
		if by := t.By[i].name(); by == "" || by == t.By[last].name() {
			return Item{}, false // they had it before, or nobody knows
		}
		before++
	}
	ev, ok := past.Acts[last+1]
	if !ok || before < 2 || complains(t, last+1, past) {
		return Item{}, false
	}
	reply := t.Messages[first].Text
	end := len(reply)
	if n := strings.IndexByte(reply, '\n'); n > 0 {
		end = n
	}
	return Item{Ticket: t.ID, order: order, answer: t.Messages[last].ID, Reply: place(t, last+1, ev.Start, ev.End), Earlier: place(t, first+1, 0, end), By: string(triage.RoleAgent), Reason: handover,
		About: t.By[last].name() + ": " + strings.Join(strings.Fields(strings.Clone(ev.Quote)), " ")}, true
}

// complains reports whether the customer writes after a message without saying
// that it works.
func complains(t *Thread, after int, past *guard.Past) bool {
	for i := after; i < len(t.Messages); i++ {
		if t.Messages[i].Role != triage.RoleCustomer {
			continue
		}
		solved := false
		for _, n := range past.Solved {
			solved = solved || n == i+1
		}
		if !solved && len(t.Messages[i].Text) > 60 {
			return true
		}
	}
	return false
}

// cameBack finds ends that the customer answered within a week with anything
// but that it works.
func cameBack(t *Thread, order int, past *guard.Past) (out []Item) {
	for i := range t.Messages {
		ev, ended := past.Ends[i+1]
		if !ended || i+1 >= len(t.Messages) || t.Messages[i+1].Role != triage.RoleCustomer {
			continue
		}
		end, back := t.Messages[i].SentAt, t.Messages[i+1].SentAt
		if end.IsZero() || back.IsZero() || back.Sub(end) > soon || !complains(t, i+1, past) {
			continue
		}
		text := t.Messages[i+1].Text
		stop := len(text)
		if n := strings.IndexByte(text, '\n'); n > 0 {
			stop = n
		}
		out = append(out, Item{Ticket: t.ID, order: order, answer: t.Messages[i].ID, Reply: place(t, i+1, ev.Start, ev.End), Earlier: place(t, i+2, 0, stop), By: string(triage.RoleCustomer), Reason: reopened})
	}
	return out
}
