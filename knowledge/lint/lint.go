// Package lint finds what is wrong with a workspace's knowledge although it
// loads: pages that tell the same thing, or opposite things, screens that are
// gone, steps that nobody can reach or check. Every rule is a pure function.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"readback/knowledge"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // somebody is told something wrong, or a check cannot work
	Warning Severity = "warning" // it will mislead, or is out of date
	Note    Severity = "note"    // worth mending
)

// Place is a position in a file of the workspace; line and column from 1.
type Place struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message,omitempty"` // what is there
}

// Finding is one thing to mend.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Message  string   `json:"message"` // what is wrong, and why it hurts
	Fix      string   `json:"fix"`     // how to mend it
	Related  []Place  `json:"related"` // other places that take part
	// Tickets is how many tickets a dead end caused; nil when that is not known,
	// or no dead end.
	Tickets *int `json:"tickets,omitempty"`
}

// CausedDays is how far back tickets count for the ranking of dead ends.
const CausedDays = 90

// Caused says which tickets there were, for ranking dead ends.
type Caused struct {
	Next map[[2]string]int // tickets by procedure and step that was next
	Read map[string]int    // tickets by knowledge.PageKey of a page that was read before they were written
}

// Options are what the rules need to know besides the workspace.
type Options struct {
	Now    time.Time           // reviews are due by this clock
	Checks map[string][]string // the checks there are, with the parameters that each requires
	Caused *Caused             // nil: not known
	// ReviewEvery is how long a review holds; default 365 days.
	ReviewEvery time.Duration
}

// MemoryLimit is what a command that lints sets by debug.SetMemoryLimit, in
// bytes: a base of 22,000 pages leaves much garbage and needs a third of it.
const MemoryLimit = 600 << 20

// rules are all of them, in order.
var rules = []func(*linter){
	(*linter).duplicates, (*linter).conflictingSets, (*linter).conflictingAdvice, (*linter).conflictingValues,
	(*linter).deadEnds, (*linter).stale, (*linter).reviewDue, (*linter).removedLabels, (*linter).unmarkedLabels,
	(*linter).links, (*linter).replacedTwice, (*linter).unreachable, (*linter).checks, (*linter).inputs,
	(*linter).texts, (*linter).translations,
}

// Run applies every rule. faults are those of loading; the workspace is what
// could be read. Findings come in the order of files and lines.
func Run(w *knowledge.Workspace, faults knowledge.Faults, o Options) []Finding {
	if o.ReviewEvery == 0 {
		o.ReviewEvery = 365 * 24 * time.Hour
	}
	l := &linter{w: w, o: o, found: []Finding{}}
	for _, f := range faults {
		l.found = append(l.found, Finding{Rule: f.Rule, Severity: Error, File: f.File, Line: max(1, f.Line), Column: max(1, f.Column),
			Message: f.Message + ". The desk does not load a workspace with this fault", Fix: fixOfFault[f.Rule], Related: []Place{}})
	}
	if w != nil {
		l.pages = pagesOf(w)
		for _, rule := range rules {
			rule(l)
		}
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	return l.found
}

var fixOfFault = map[string]string{
	knowledge.RuleFormat:     "Correct the value; docs/procedures.md lists every key and its form.",
	knowledge.RuleCapability: "Give the capability to a tier in workspace.yaml, or name one that a tier has.",
	knowledge.RuleInput:      "Declare the input under inputs, or use the name of one that is there.",
	knowledge.RuleCycle:      "Take one of the procedures out of the other's prerequisites.",
	knowledge.RuleReference:  "Name one that exists, or add it.",
}

// linter is one run.
type linter struct {
	w     *knowledge.Workspace
	o     Options
	pages []*page
	found []Finding
}

// add records a finding at a place.
func (l *linter) add(rule string, s Severity, at Place, message, fix string, related ...Place) {
	if related == nil {
		related = []Place{}
	}
	l.found = append(l.found, Finding{Rule: rule, Severity: s, File: at.File, Line: at.Line, Column: at.Column, Message: message, Fix: fix, Related: related})
}

// caused puts the number of tickets on the finding that was added last.
func (l *linter) caused(n int) {
	if l.o.Caused != nil {
		l.found[len(l.found)-1].Tickets = &n
	}
}

// DeadEnds are the findings of dead ends, those that caused the most tickets first.
func DeadEnds(found []Finding) []Finding {
	var out []Finding
	for _, f := range found {
		if f.Rule == "dead-end" {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(known(b.Tickets), known(a.Tickets)) })
	return out
}

func known(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// key is the place of a key in a procedure's front matter, such as steps[2].check.
func key(p *knowledge.Procedure, format string, args ...any) Place {
	line, column := knowledge.Locate(p.Source, fmt.Sprintf(format, args...))
	return Place{File: p.File, Line: line, Column: column}
}
