// Package suggest infers from past tickets what a desk may want to write or
// change: procedures for clusters of tickets that none fits, checks for steps
// that rest on words alone, capabilities for the first tier.
//
// It needs no model: tickets are alike by the words that few of them have, a
// word's weight being its rarity. Of the same tickets it makes the same each
// time. What it says is inferred, and a person decides.
package suggest

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/eval"
)

// Bounds of what is suggested.
const (
	leastCluster = 3    // tickets
	likeness     = 0.30 // of two tickets of a cluster, 0..1
	mostQuotes   = 3
	nameWords    = 3
	leastWrong   = 2 // times that a step was said and wrong
	leastAsked   = 3 // or that a customer was asked about it
	leastGiven   = 2 // tickets for a capability
	wordsRead    = 2000
)

// Suggestions are what past tickets speak for, the most telling first.
type Suggestions struct {
	Tickets      int          `json:"tickets"` // that were read
	Clusters     []Cluster    `json:"clusters"`
	Checks       []Check      `json:"checks"`
	Capabilities []Capability `json:"capabilities"`
}

// Cluster is tickets that are alike and fit no procedure.
type Cluster struct {
	Key     string      `json:"key"`  // id of its oldest ticket
	Name    string      `json:"name"` // the rare words that most of them have
	Kind    triage.Kind `json:"kind"`
	Tickets []string    `json:"tickets"` // ids, oldest first
	Quotes  []Quote     `json:"quotes"`  // what some of them are about
}

// Quote is what one ticket is about, in words of its customer.
type Quote struct {
	Ticket string `json:"ticket"`
	Text   string `json:"text"`
}

// Check is a customer's step that nothing can look at.
type Check struct {
	Procedure string `json:"procedure"`
	Step      string `json:"step"`
	Said      int    `json:"said"`  // tickets in which it was said to be done
	Wrong     int    `json:"wrong"` // in which that was taken back, corrected or disputed
	Asked     int    `json:"asked"` // in which the customer had to be asked about it
}

// Key names a check's step.
func (c *Check) Key() string { return c.Procedure + "/" + c.Step }

// Capability is what only a higher tier can do.
type Capability struct {
	Capability string  `json:"capability"`
	Tier       string  `json:"tier"`    // the lowest that has it
	Tickets    int     `json:"tickets"` // that went up for it
	Waited     int     `json:"waited"`  // of those, that have had an answer since
	Hours      float64 `json:"hours"`   // that they waited for it, all together, by the clock
}

// Collector takes past tickets in, one by one.
type Collector struct {
	w      *knowledge.Workspace
	n      int
	loose  []loose
	checks map[string]*Check
	acts   map[string]*Capability
}

// loose is a ticket that fits no procedure.
type loose struct {
	id, lang, title, text string
	kind                  triage.Kind
	at                    time.Time
	words                 []string
}

// NewCollector suggests for a workspace.
func NewCollector(w *knowledge.Workspace) *Collector {
	return &Collector{w: w, checks: map[string]*Check{}, acts: map[string]*Capability{}}
}

// Add takes a ticket with every result of it. One that was never triaged tells nothing.
func (c *Collector) Add(p *eval.Past) {
	if p.Result.CoveredSeq == 0 {
		return
	}
	c.n++
	if p.Result.Position == nil && p.Result.Route.Action != triage.None && p.Result.Brief.Kind != triage.KindSpam {
		c.addLoose(p)
	}
	c.addChecks(p)
	c.addActs(p)
}

func (c *Collector) addLoose(p *eval.Past) {
	l := loose{id: p.Ticket.ID, lang: p.Result.Brief.Language, title: p.Title(), kind: p.Result.Brief.Kind, at: p.Ticket.CreatedAt}
	var b strings.Builder
	b.WriteString(p.Ticket.Subject + "\n" + p.Result.Brief.Request.Text)
	for i := range p.Result.Brief.Symptoms {
		b.WriteString("\n" + p.Result.Brief.Symptoms[i].Text)
	}
	if ns := p.Ticket.CustomerMessages(); len(ns) > 0 {
		text := p.Ticket.N(ns[0]).Text
		b.WriteString("\n" + text[:min(len(text), wordsRead)])
	}
	l.text = strings.ToValidUTF8(b.String(), "")
	l.words = slices.DeleteFunc(knowledge.Terms(l.text, l.lang), func(w string) bool { return utf8.RuneCountInString(w) < 3 })
	c.loose = append(c.loose, l)
}

// addChecks counts what was said of steps that nothing looks at.
func (c *Collector) addChecks(p *eval.Past) {
	said, wrong, asked := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range p.Results {
		r := &p.Results[i]
		for j := range r.Matters {
			m := &r.Matters[j]
			proc := c.w.Procedure(m.Procedure)
			if proc == nil {
				continue
			}
			for k := range m.Positions {
				for _, st := range m.Positions[k].Steps {
					step := proc.Step(st.ID)
					if step == nil || step.By != knowledge.Customer || step.Check != nil {
						continue
					}
					key := proc.ID + "\x00" + st.ID
					if st.State == triage.StepDone {
						said[key] = true
					}
					if st.Disputed || said[key] && (st.State == triage.StepTodo || st.Claimed == triage.ClaimFailed) {
						wrong[key] = true
					}
				}
				if n := m.Positions[k].Next; n != nil && m.Route.Action == triage.Ask {
					if step := proc.Step(n.Step); step != nil && step.By == knowledge.Customer && step.Check == nil {
						asked[proc.ID+"\x00"+n.Step] = true
					}
				}
			}
		}
	}
	for i := range p.Ticket.Corrections {
		co := &p.Ticket.Corrections[i]
		if key := co.Procedure + "\x00" + co.Step; co.What == triage.WhatState && co.Role == triage.RoleAgent && said[key] && co.Value != string(triage.ClaimDone) {
			wrong[key] = true
		}
	}
	for key := range merged(said, wrong, asked) {
		procedure, step, _ := strings.Cut(key, "\x00")
		k := c.checks[key]
		if k == nil {
			k = &Check{Procedure: procedure, Step: step}
			c.checks[key] = k
		}
		k.Said += number(said[key])
		k.Wrong += number(wrong[key])
		k.Asked += number(asked[key])
	}
}

func merged(all ...map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// addActs counts a ticket that went up for an act that the first tier cannot do.
func (c *Collector) addActs(p *eval.Past) {
	first := &c.w.Tiers[0]
	for i := range p.Results {
		r := &p.Results[i]
		if r.Position == nil || r.Position.Next == nil || r.Position.Next.By != knowledge.Staff || r.Route.Action != triage.Assign ||
			len(r.Route.Reasons) == 0 || !strings.HasPrefix(r.Route.Reasons[0].Code, "route.staff_next") {
			continue
		}
		name := r.Position.Next.Capability
		holder, ok := c.w.Holder(name)
		if name == "" || !ok || slices.Contains(first.Capabilities, name) {
			continue
		}
		act := c.acts[name]
		if act == nil {
			act = &Capability{Capability: name, Tier: holder}
			c.acts[name] = act
		}
		act.Tickets++
		for j := range p.Ticket.Messages {
			if m := &p.Ticket.Messages[j]; m.Role == triage.RoleAgent && m.ReceivedAt.After(r.At) {
				act.Waited++
				act.Hours += m.ReceivedAt.Sub(r.At).Hours()
				break
			}
		}
		return // once a ticket
	}
}

// Renewed reports whether a suggestion that was set aside is worth another look:
// twice as many tickets speak for it as did then.
func Renewed(size, was int) bool { return size >= 2*was }

// Without leaves out what is set aside, which is asked by kind (cluster, check,
// capability), key and size, and counts it. A cluster may be known by any of
// its tickets: the one that it was set aside by may not be its oldest any more.
func (s Suggestions) Without(aside func(kind, key string, size int) bool) (left Suggestions, n int) {
	left = Suggestions{Tickets: s.Tickets, Clusters: []Cluster{}, Checks: []Check{}, Capabilities: []Capability{}}
	for _, k := range s.Clusters {
		if !slices.ContainsFunc(k.Tickets, func(id string) bool { return aside("cluster", id, len(k.Tickets)) }) {
			left.Clusters = append(left.Clusters, k)
		}
	}
	for _, k := range s.Checks {
		if !aside("check", k.Key(), k.Wrong+k.Asked) {
			left.Checks = append(left.Checks, k)
		}
	}
	for _, k := range s.Capabilities {
		if !aside("capability", k.Capability, k.Tickets) {
			left.Capabilities = append(left.Capabilities, k)
		}
	}
	return left, len(s.Clusters) - len(left.Clusters) + len(s.Checks) - len(left.Checks) + len(s.Capabilities) - len(left.Capabilities)
}

// Suggestions are what the tickets so far speak for.
func (c *Collector) Suggestions() Suggestions {
	out := Suggestions{Tickets: c.n, Clusters: c.clusters()}
	for _, key := range slices.Sorted(maps.Keys(c.checks)) {
		if k := c.checks[key]; k.Wrong >= leastWrong || k.Asked >= leastAsked {
			out.Checks = append(out.Checks, *k)
		}
	}
	slices.SortStableFunc(out.Checks, func(a, b Check) int { return cmp.Or(cmp.Compare(b.Wrong, a.Wrong), cmp.Compare(b.Asked, a.Asked)) })
	for _, name := range slices.Sorted(maps.Keys(c.acts)) {
		if a := c.acts[name]; a.Tickets >= leastGiven {
			a.Hours = math.Round(a.Hours*10) / 10
			out.Capabilities = append(out.Capabilities, *a)
		}
	}
	slices.SortStableFunc(out.Capabilities, func(a, b Capability) int {
		return cmp.Or(cmp.Compare(b.Hours, a.Hours), cmp.Compare(b.Tickets, a.Tickets))
	})
	return out
}
