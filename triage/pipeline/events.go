package pipeline

import (
	"path"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// eventsOf are what the writer of message n did before they wrote: what was
// recorded, and the page that they wrote from. Of somebody who said nothing of
// who they are it counts for nothing: the screen may have been another's.
func (p *Pipeline) eventsOf(t *triage.Ticket, n int) []triage.Event {
	m := t.N(n)
	if m.Identity == triage.IdentityNone {
		return nil
	}
	events := m.Events
	if m.PageURL != "" && !slices.ContainsFunc(events, func(e triage.Event) bool { return e.URL == m.PageURL }) {
		events = append(slices.Clone(events), triage.Event{Kind: triage.EventOpened, URL: m.PageURL})
	}
	return slices.DeleteFunc(slices.Clone(events), func(e triage.Event) bool { return p.procedureOf(e) == nil })
}

// procedureOf is what a page that somebody opened is about; nil when it is no
// page of the workspace.
func (p *Pipeline) procedureOf(e triage.Event) *knowledge.Procedure {
	if proc := p.Workspace.Procedure(e.Procedure); proc != nil {
		return proc
	}
	if proc := p.Workspace.ByURL(e.URL); proc != nil {
		return proc
	}
	// A page of our own, whatever this server is called.
	if before, id := path.Split(strings.TrimRight(strings.SplitN(e.URL, "?", 2)[0], "/")); strings.HasSuffix(before, "/help/") {
		return p.Workspace.Procedure(id)
	}
	return nil
}

// pageOf is the document that an event is about.
func (p *Pipeline) pageOf(e triage.Event) triage.Document {
	proc := p.procedureOf(e)
	d := triage.Document{URL: proc.URL, Title: proc.Title, Topic: proc.ID}
	if d.URL == "" {
		d.URL = e.URL
	}
	return d
}

// takeEvents adds to a brief what customers did on help pages: the pages are
// documents consulted, and a check says which procedure a ticket of one matter
// is about, and for what, when the words do not.
func (p *Pipeline) takeEvents(t *triage.Ticket, r *triage.Result) {
	for _, n := range t.CustomerMessages() {
		for _, e := range p.eventsOf(t, n) {
			p.consulted(&r.Brief, p.pageOf(e), triage.Evidence{Kind: triage.EvidenceEvent, Message: n, MessageID: t.N(n).ID})
			if e.Kind == triage.EventChecked && len(r.Matters) == 1 {
				p.checked(&r.Matters[0], e)
			}
		}
	}
}

// consulted adds a document once, with all that shows it.
func (p *Pipeline) consulted(b *triage.Brief, d triage.Document, by triage.Evidence) {
	for i := range b.Documents {
		old := &b.Documents[i]
		if old.Topic != d.Topic && !(old.Topic == "" && p.Workspace.ByURL(old.URL) == p.Workspace.Procedure(d.Topic)) {
			continue
		}
		if !slices.Contains(old.Evidence, by) {
			old.Evidence = append(old.Evidence, by)
		}
		return
	}
	if len(b.Documents) < maxItems {
		d.Evidence = []triage.Evidence{by}
		b.Documents = append(b.Documents, d)
	}
}

// checked binds a matter to what its writer had checked. Words win: a matter of
// another procedure stays, and so do its inputs. Nor does a check make a
// question of money or of security one of setting things up.
func (p *Pipeline) checked(m *triage.Matter, e triage.Event) {
	proc := p.procedureOf(e)
	if m.Procedure == "" && slices.Contains([]triage.Kind{triage.KindSetup, triage.KindBroken, triage.KindOther}, m.Kind) {
		m.Procedure = proc.ID
		if m.Kind == triage.KindOther {
			m.Kind = triage.Kind(proc.Kind)
		}
	}
	if m.Procedure != proc.ID {
		return
	}
	for name, value := range e.Inputs {
		if len(m.Inputs[name]) > 0 || proc.Inputs[name].Kind == "" {
			continue
		}
		if m.Inputs == nil {
			m.Inputs = map[string][]string{}
		}
		m.Inputs[name] = []string{value}
	}
}
