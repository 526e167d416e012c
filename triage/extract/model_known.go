package extract

import (
	"slices"
	"strings"

	"readback/prompts"
	"readback/triage"
)

// A later reading carries on from the last: it is shown what that understood,
// in few words, and the messages that came since. Its cost grows with what is
// new.

const (
	// maxKnown bounds what is shown of the last reading, in bytes, about 3,000
	// tokens. A brief that outgrew it is made anew from the whole ticket, which
	// also joins what was noted twice.
	maxKnown = 12_000
	// contextText bounds the message that the first new one answers, in bytes.
	contextText = 1500
)

// knownTexts are the bounds of one quote or note, in bytes: the first with
// which all of them keep within maxKnown and half the room there is.
var knownTexts = []int{80, 40, 16}

// covered returns how many messages of a ticket the last reading covers if this
// one may carry on from it, else 0: then all is read. It may if the same model
// read it by the same prompt and workspace, what it chose is still on offer, and
// something is new. A ticket that nothing was read of (Triaged is 0) is one
// that somebody wants read anew.
func (m *Model) covered(in triage.Reading, offered handles) int {
	p := in.Previous
	if p == nil || in.Knowledge == nil || len(p.Matters) == 0 || p.Workspace != in.Knowledge.Hash ||
		p.Extractor.Degraded || p.Extractor.Model != m.opt.Model || p.Extractor.Prompt != m.prompt.ID() {
		return 0
	}
	for i := range p.Matters {
		if id := p.Matters[i].Procedure; id != "" && offered.procedure(id) == "" {
			return 0
		}
	}
	seq := min(p.CoveredSeq, in.Ticket.Triaged)
	n := 0
	for n < len(in.Ticket.Messages) && in.Ticket.Messages[n].Seq <= seq {
		n++
	}
	if n == len(in.Ticket.Messages) {
		return 0
	}
	return n
}

// know notes the last reading for a model; nil when that has become too much.
func (r *request) know(in triage.Reading) *prompts.Known {
	for _, limit := range knownTexts {
		if k, size := r.notes(in, limit); size <= min(maxKnown, int(r.room)/2) {
			return k
		}
	}
	return nil
}

// notes are the last reading with quotes and notes of so many bytes, and about
// their size. Nothing in them comes from the account: only values that somebody
// wrote in the ticket are shown.
func (r *request) notes(in triage.Reading, knownText int) (k *prompts.Known, size int) {
	b := &in.Previous.Brief
	text := saidIn(triage.Reading{Ticket: in.Ticket}).text
	note := func(text string, limit int) string {
		text = clip(oneLine(r.vault.hide(text)), limit)
		size += len(text) + 24 // the ids and states around it
		return text
	}
	k = &prompts.Known{Covered: r.covered, Request: note(b.Request.Text, maxText), Summary: note(b.Summary, maxText)}
	for i := range in.Previous.Matters {
		old := &in.Previous.Matters[i]
		km := prompts.KnownMatter{ID: shownID(old.ID), Kind: string(old.Kind), Procedure: r.handles.procedure(old.Procedure)}
		for name, values := range namedIn(text, old.Inputs, false) {
			for _, v := range values {
				km.Inputs = append(km.Inputs, name+"="+note(v, maxText))
			}
		}
		slices.Sort(km.Inputs)
		k.Matters = append(k.Matters, km)
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		last := lastQuote(c.Evidence)
		if last == nil {
			continue
		}
		kc := prompts.KnownClaim{ID: shownID(c.ID), Matter: shownID(c.Matter), State: string(c.State),
			Message: last.Message, Quote: note(last.Quote, knownText), What: note(c.What, knownText)}
		if of := in.Previous.Matter(c.Matter); of != nil {
			kc.Steps = r.handles.step(of.Procedure, c.Step)
		}
		k.Claims = append(k.Claims, kc)
	}
	for _, d := range b.Documents {
		k.Documents = append(k.Documents, note(strings.TrimSpace(d.Title+" "+d.URL), knownText))
	}
	for _, e := range b.Environment {
		k.Environment = append(k.Environment, string(e.Kind)+": "+note(e.Value, knownText))
	}
	for _, s := range b.Symptoms {
		k.Symptoms = append(k.Symptoms, note(s.Text, knownText))
	}
	return k, size
}

// context is the message of ours that the first new one may answer, nil when
// that is itself one of ours or nothing of ours came before.
func (r *request) context(messages []triage.Message) *prompts.Message {
	if messages[r.covered].Role != triage.RoleCustomer {
		return nil
	}
	for i := r.covered - 1; i >= 0; i-- {
		if m := &messages[i]; m.Role != triage.RoleCustomer {
			wide, _ := cutMiddle(m.Text, contextText+hideMargin)
			text, _ := cutMiddle(r.vault.hide(wide), contextText)
			return &prompts.Message{N: i + 1, Role: string(m.Role), Text: text, Attached: len(m.Attachments)}
		}
	}
	return nil
}

// shownID is the form in which a request names a matter or claim: m1 is M1.
func shownID(id string) string { return strings.ToUpper(id) }

func lastQuote(list []triage.Evidence) *triage.Evidence {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Kind == triage.EvidenceQuote {
			return &list[i]
		}
	}
	return nil
}

// namedIn returns the bound values that were named, not looked up: those that
// stand in the text of a ticket, and with parents those whose domain does.
func namedIn(text string, inputs map[string][]string, parents bool) map[string][]string {
	out := map[string][]string{}
	for name, values := range inputs {
		for _, v := range values {
			at := strings.ToLower(v)
			for parents && !strings.Contains(text, at) {
				_, parent, _ := strings.Cut(at, ".")
				if !strings.Contains(parent, ".") {
					break
				}
				at = parent
			}
			if strings.Contains(text, at) {
				out[name] = append(out[name], v)
			}
		}
	}
	return out
}
