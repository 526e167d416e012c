// Package circles reads past tickets for what answers repeated: pages sent
// again, steps told again after "done", questions whose answer was there, and
// tickets that began anew. It needs no procedures and no model.
//
//	read.go     files of past tickets into tickets, one at a time
//	circles.go  a ticket into counts and items
//	verdicts.go what people said of findings
//	bounces.go  restarts, hand-overs that one act ended, closed and reopened
//	page.go     the report as one HTML page and as text
//
// What an answer repeats is found by package triage/guard, as in a draft.
package circles

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"readback/triage"
	"readback/triage/guard"
)

// Thread is a past ticket with what a desk knows beyond its messages.
type Thread struct {
	triage.Ticket
	Where string   // file and line, for people
	By    []Writer // who wrote each message, as long as Messages
}

// Writer is who wrote a message; empty where the export does not say.
type Writer struct {
	Agent string // name or id
	Tier  string // tier, group or team
}

// Place is a piece of a message, verbatim: Quote == text[Start:End] in bytes.
type Place struct {
	Message int    `json:"message"` // number in the ticket, from 1
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Quote   string `json:"quote"`
}

// Item is one circle: an answer, and what stood there before it.
type Item struct {
	Ticket  string `json:"ticket"`
	Reply   Place  `json:"reply"`
	Earlier Place  `json:"earlier"`
	By      string `json:"by"`     // whose words Earlier is: customer or agent
	Reason  string `json:"reason"` // of a bounce: restart, handover, reopened; else the guard's code
	About   string `json:"about"`  // the page without its ending, the topic asked for, or what was done; "" for a step
	order   int    // of its ticket in the input
	answer  string // id of the message that Reply is in
}

// Count is a thing and in how many tickets it was.
type Count struct {
	What    string `json:"what"`
	Tickets int    `json:"tickets"`
	said    []Verdict
}

// Verdicts are what to say of a thing that is no repeat wherever it is.
func (c *Count) Verdicts() []Verdict { return c.said }

// counted is how often a thing was, with verdicts on the first answers that it is in.
type counted map[string]*Count

func (c counted) add(it *Item, ticket bool) {
	n := c[it.About]
	if n == nil {
		n = &Count{What: it.About}
		c[it.About] = n
	}
	if ticket {
		n.Tickets++
	}
	v := it.Verdict()
	if len(n.said) < alike && !slices.ContainsFunc(n.said, func(x Verdict) bool { return x.Message == v.Message }) {
		n.said = append(n.said, v)
	}
}

// Report is what the tickets hold.
type Report struct {
	Tickets       int       `json:"tickets"`
	Replies       int       `json:"replies"` // agents' messages
	RepeatedLinks []Item    `json:"repeated_links"`
	RepeatedSteps []Item    `json:"repeated_steps"`
	Reasked       []Item    `json:"reasked"`
	Bounces       []Item    `json:"bounces"`
	With          With      `json:"with"` // tickets with at least one, by what
	Pages         []Count   `json:"pages"`
	Acts          []Count   `json:"acts"`       // what one answer of another tier ended tickets with
	Worst         []Worst   `json:"worst"`      // at most ten
	Dated         int       `json:"dated"`      // tickets whose messages carry times: only they can tell of reopening
	Tiered        int       `json:"tiered"`     // tickets whose answers say who wrote them: only they can tell of hand-overs
	Model         *Model    `json:"model"`      // nil when none was asked
	LinksOnly     int       `json:"links_only"` // tickets in languages whose words are not compared
	SetAside      int       `json:"set_aside"`  // findings that people said are no repeat
	Skipped       []Skipped `json:"skipped"`    // what could not be read, at most MaxSkipped of them
	SkippedCount  int       `json:"skipped_count"`
}

// With counts the tickets that have at least one item of a kind.
type With struct {
	Any      int `json:"any"`
	Links    int `json:"repeated_links"`
	Steps    int `json:"repeated_steps"`
	Reasked  int `json:"reasked"`
	Restart  int `json:"restart"`
	Handover int `json:"handover"`
	Reopened int `json:"reopened"`
}

// Worst is a ticket with many circles.
type Worst struct {
	Ticket  string `json:"ticket"`
	Subject string `json:"subject"`
	Items   []Item `json:"items"` // in order of the thread
	order   int
}

// Title is what people know the ticket by.
func (w *Worst) Title() string {
	if w.Subject == "" {
		return w.Ticket
	}
	return w.Subject + " (" + w.Ticket + ")"
}

// Skipped is a line that could not be read.
type Skipped struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

const (
	// MaxSkipped bounds the list of what could not be read; all are counted.
	MaxSkipped = 100
	worst      = 10 // tickets shown
	most       = 15 // pages and acts shown
)

// found is what one ticket has.
type found struct {
	subject                       string
	order, replies, aside         int
	links, steps, reasked, bounce []Item
	dated, tiered, linksOnly      bool
	model                         Model
}

// Options say how threads are read.
type Options struct {
	Said *Verdicts // what is set aside: left out and counted; nil = nothing
	// Lean leaves the four lists of items empty: the counts and the worst
	// tickets are all that a page shows, and a bad desk has many items.
	Lean bool
	// Ask asks a model what an answer, a ticket's last message, repeats; false
	// when it told nothing. nil = none is asked. Called from several goroutines.
	Ask func(ctx context.Context, t *triage.Ticket) ([]guard.Proposal, bool)
}

// Model is what a model that was asked added.
type Model struct {
	Answers int `json:"answers"` // it read
	Failed  int `json:"failed"`  // answers it was asked of in vain
	Added   int `json:"added"`   // circles; each is marked as inferred
}

// Read reads every thread that next gives until it returns false, on all
// cores, and reports. next is called by one goroutine; it may call skip. A
// cancelled context ends it early with the context's error.
func Read(ctx context.Context, g *guard.Guard, o Options, next func() (Thread, bool)) (*Report, error) {
	type job struct {
		order  int
		thread Thread
	}
	jobs, results := make(chan job, 64), make(chan found, 64)
	var workers sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for j := range jobs {
				results <- read(ctx, g, o, &j.thread, j.order)
			}
		})
	}
	go func() {
		defer func() { close(jobs); workers.Wait(); close(results) }()
		for n := 0; ctx.Err() == nil; n++ {
			t, ok := next()
			if !ok {
				return
			}
			jobs <- job{n, t}
		}
	}()
	r := &Report{}
	if o.Ask != nil {
		r.Model = &Model{}
	}
	s := sum{r: r, lean: o.Lean, pages: counted{}, acts: counted{}}
	for f := range results {
		s.add(&f)
	}
	s.finish()
	return r, ctx.Err()
}

// ReadEach is Read over what each passes on: a function that calls do with
// thread after thread until it returns false, and ends when ctx does.
func ReadEach(ctx context.Context, g *guard.Guard, o Options, each func(ctx context.Context, do func(Thread) bool) error) (*Report, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	threads, failed := make(chan Thread), make(chan error, 1)
	go func() {
		defer close(threads)
		failed <- each(ctx, func(t Thread) bool {
			select {
			case threads <- t:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	r, err := Read(ctx, g, o, func() (Thread, bool) {
		t, ok := <-threads
		return t, ok
	})
	stop()
	if ferr := <-failed; err == nil {
		err = ferr
	}
	return r, err
}

// read finds the circles of one ticket.
func read(ctx context.Context, g *guard.Guard, o Options, t *Thread, order int) found {
	said := o.Said
	f := found{order: order, subject: t.Subject}
	for i := range t.Messages {
		if t.Messages[i].Role == triage.RoleAgent {
			f.replies++
		}
	}
	past := g.Past(&t.Ticket)
	if o.Ask != nil {
		f.ask(ctx, g, o, t, &past)
	}
	f.linksOnly = past.Language != "" && !past.Compared
	past.Repeats = slices.DeleteFunc(past.Repeats, func(r guard.Repeat) bool { // a restart rests on them too
		it := item(t, order, &r)
		return said.setAside(&it, &f.aside)
	})
	for i := range past.Repeats {
		r := &past.Repeats[i]
		it := item(t, order, r)
		switch r.Kind {
		case guard.ResendsDocument:
			f.links = append(f.links, it)
		case guard.AsksKnown:
			f.reasked = append(f.reasked, it)
		default:
			f.steps = append(f.steps, it)
		}
	}
	f.bounce = slices.DeleteFunc(bounces(t, order, &past), func(it Item) bool { return said.setAside(&it, &f.aside) })
	f.dated, f.tiered = dated(t), tiered(t)
	return f
}

// ask has a model read every answer to a customer too.
func (f *found) ask(ctx context.Context, g *guard.Guard, o Options, t *Thread, past *guard.Past) {
	asked := false // the customer has written
	for i := range t.Messages {
		asked = asked || t.Messages[i].Role == triage.RoleCustomer
		if t.Messages[i].Role != triage.RoleAgent || !asked || ctx.Err() != nil {
			continue
		}
		so := t.Ticket
		so.Messages = t.Messages[:i+1]
		proposals, ok := o.Ask(ctx, &so)
		if !ok {
			f.model.Failed++
			continue
		}
		f.model.Answers++
		f.model.Added += g.AddPast(&t.Ticket, past, i+1, proposals)
	}
}

// item is what an answer repeats. Its words are copies: a report must not keep
// whole messages alive.
func item(t *Thread, order int, r *guard.Repeat) Item {
	ev := r.Evidence
	it := Item{Ticket: t.ID, order: order, answer: t.N(r.Message).ID, Reply: place(t, r.Message, r.Draft.Start, r.Draft.End), By: string(triage.RoleCustomer), Reason: r.Code}
	switch r.Kind {
	case guard.ResendsDocument:
		it.About = strings.Clone(r.Params["url"])
	case guard.AsksKnown:
		it.About = r.Topic
	}
	it.Earlier = Place{Message: ev.Message, Start: ev.Start, End: ev.End, Quote: strings.Clone(ev.Quote)}
	if ev.By != "" {
		it.By = string(ev.By)
	}
	return it
}

func place(t *Thread, n, start, end int) Place {
	return Place{Message: n, Start: start, End: end, Quote: strings.Clone(t.N(n).Text[start:end])}
}

// sum adds tickets up.
type sum struct {
	r           *Report
	lean        bool
	pages, acts counted
	worst       []Worst
}

func (s *sum) add(f *found) {
	r := s.r
	r.Tickets++
	r.Replies += f.replies
	r.SetAside += f.aside
	if r.Model != nil {
		r.Model.Answers, r.Model.Failed, r.Model.Added = r.Model.Answers+f.model.Answers, r.Model.Failed+f.model.Failed, r.Model.Added+f.model.Added
	}
	if !s.lean {
		r.RepeatedLinks = append(r.RepeatedLinks, f.links...)
		r.RepeatedSteps = append(r.RepeatedSteps, f.steps...)
		r.Reasked = append(r.Reasked, f.reasked...)
		r.Bounces = append(r.Bounces, f.bounce...)
	}
	for _, c := range []struct {
		when bool
		n    *int
	}{{f.dated, &r.Dated}, {f.tiered, &r.Tiered}, {f.linksOnly, &r.LinksOnly}, {len(f.links) > 0, &r.With.Links}, {len(f.steps) > 0, &r.With.Steps},
		{len(f.reasked) > 0, &r.With.Reasked}, {has(f.bounce, restart), &r.With.Restart}, {has(f.bounce, handover), &r.With.Handover}, {has(f.bounce, reopened), &r.With.Reopened},
		{len(f.links)+len(f.steps)+len(f.reasked)+len(f.bounce) > 0, &r.With.Any}} {
		if c.when {
			*c.n++
		}
	}
	once := map[string]bool{}
	for i := range f.links {
		s.pages.add(&f.links[i], !once[f.links[i].About])
		once[f.links[i].About] = true
	}
	for i := range f.bounce {
		if f.bounce[i].Reason == handover {
			s.acts.add(&f.bounce[i], true)
		}
	}
	s.rank(f)
}

// rank keeps the worst tickets: with the most circles, of several the first.
func (s *sum) rank(f *found) {
	all := slices.Concat(f.links, f.steps, f.reasked, f.bounce)
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, inThread)
	w := Worst{Ticket: all[0].Ticket, Subject: strings.Clone(f.subject), Items: all, order: f.order}
	at, _ := slices.BinarySearchFunc(s.worst, w, func(a, b Worst) int {
		return cmp.Or(cmp.Compare(len(b.Items), len(a.Items)), cmp.Compare(a.order, b.order))
	})
	if at < worst {
		s.worst = slices.Insert(s.worst, at, w)
		s.worst = s.worst[:min(len(s.worst), worst)]
	}
}

func inThread(a, b Item) int {
	return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Reply.Message, b.Reply.Message), cmp.Compare(a.Reply.Start, b.Reply.Start))
}

// finish orders everything, so that two runs write the same report.
func (s *sum) finish() {
	r := s.r
	for _, list := range [][]Item{r.RepeatedLinks, r.RepeatedSteps, r.Reasked, r.Bounces} {
		slices.SortStableFunc(list, inThread)
	}
	r.Pages, r.Acts, r.Worst = top(s.pages), top(s.acts), s.worst
}

func top(counts counted) []Count {
	out := make([]Count, 0, len(counts))
	for _, n := range counts {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Tickets, a.Tickets), strings.Compare(a.What, b.What))
	})
	return out[:min(len(out), most)]
}

func has(items []Item, reason string) bool {
	return slices.ContainsFunc(items, func(it Item) bool { return it.Reason == reason })
}

// dated reports whether the messages of a ticket carry times.
func dated(t *Thread) bool {
	return len(t.Messages) > 1 && !slices.ContainsFunc(t.Messages, func(m triage.Message) bool { return m.SentAt.Equal(time.Time{}) })
}

// tiered reports whether the answers of a ticket say who wrote them.
func tiered(t *Thread) bool {
	n := 0
	for i := range t.Messages {
		if t.Messages[i].Role == triage.RoleAgent {
			if t.By[i].name() == "" {
				return false
			}
			n++
		}
	}
	return n > 0
}

// name is the tier of a writer, else the agent.
func (w Writer) name() string { return cmp.Or(w.Tier, w.Agent) }
