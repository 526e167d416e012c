package store

import (
	"math"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// measure counts what the events of a ticket tell, those of tickets merged into
// it among them, in the order of the log. into is the ticket that it was merged
// into, "" for one that stands by itself.
func measure(id string, events []logged, into string, c Calendar) measured {
	f := folding{id: id, undone: undoneIn(events), pages: map[string]bool{}, checks: map[string]string{}, pauses: map[string]string{}, verdicts: map[string]string{}}
	f.m.ticket = id
	for i := range events {
		f.take(&events[i])
	}
	f.m.day = c.Day(f.came)
	if into != "" {
		f.m.points = nil // its readings count with the other ticket
		f.m.count(MeasureLeft, "merged", 1, 0)
		return f.m
	}
	f.finish(c)
	return f.m
}

// folding is a ticket while its events are read.
type folding struct {
	id     string
	m      measured
	undone map[string]bool // hand-overs, by id
	came   time.Time       // zero before its first event
	state  triage.State
	tier   string
	got    int // touches when the tier got it

	touches, since int // answers and hand-overs; answers since the last hand-over
	moves          []string
	handed         *handing // the last hand-over
	resolved       resolving
	ever, reopened bool
	opened         time.Time // by a customer's message that no reading has seen yet; else zero

	first, newest *loggedData
	pages         map[string]bool
	checks        map[string]string
	pauses        map[string]string // check by pause
	said          []string          // pauses, as often as they were said
	verdicts      map[string]string // by pause
}

// handing is a hand-over by a person.
type handing struct{ to, topic, step string } // step is staff's, "" when it is not or not known

// resolving is how a ticket was resolved last.
type resolving struct {
	at    time.Time
	why   Resolution
	tier  string
	got   int
	ended bool // the tier that was handed the ticket ended it with at most one answer
}

func undoneIn(events []logged) map[string]bool {
	out := map[string]bool{}
	for i := range events {
		if e := &events[i]; e.kind == EventRerouted && e.data.Why == "undone" {
			out[e.data.Handover] = true
		}
	}
	return out
}

func (f *folding) take(e *logged) {
	own, d := e.ticket == f.id, &e.data
	if own && f.came.IsZero() {
		f.came, f.state = e.at, triage.StateOpen
		f.m.channel = d.Channel
	}
	switch e.kind {
	case EventReceived:
		for _, page := range d.Pages {
			f.pages[page] = true
		}
	case EventTriaged:
		f.reading(d)
		if own {
			f.triaged(d)
		}
	case EventRerouted:
		f.rerouted(d, own)
	case EventReplied:
		f.replied(e, own)
	case EventState:
		if own {
			f.setState(e)
		}
	case EventMerged, EventUnmerged:
		if own && d.State != "" && d.State != string(StateMerged) {
			f.state, f.opened = triage.State(d.State), time.Time{}
		}
	case EventPaused:
		f.pauses[d.Pause] = d.Check
		f.said = append(f.said, d.Pause)
	case EventResumed:
		f.verdicts[d.Pause] = d.Verdict
	}
}

// reading counts what one reading took, whatever becomes of the ticket.
func (f *folding) reading(d *loggedData) {
	f.m.count(MeasureReading, d.Extractor, 1, 0)
	f.m.count(MeasureLatency, itoa(roundUp(d.LatencyMS)), 1, d.LatencyMS)
	if d.Degraded {
		f.m.count(MeasureDegraded, "", 1, 0)
	}
	if d.Dropped > 0 {
		f.m.count(MeasureDropped, "", d.Dropped, 0)
	}
	priced := "priced"
	if d.Unpriced {
		priced = "unpriced"
	}
	f.m.count(MeasureCost, priced, 1, int64(math.Round(d.CostUSD*1e9)))
}

func (f *folding) triaged(d *loggedData) {
	if !f.opened.IsZero() { // it was read, and stays open
		f.reopened = f.reopened || f.opened.Sub(f.resolved.at) <= reopenWithin
		f.opened = time.Time{}
	}
	if f.first == nil || d.Redo && d.CoveredSeq == f.first.CoveredSeq {
		f.first = d
	}
	f.newest = d
	for check, outcome := range d.Checks {
		f.checks[check] = outcome
	}
	if d.WasTier != "" && d.Tier != d.WasTier && f.state != triage.StateResolved {
		f.moves = append(f.moves, d.WasTier+">"+d.Tier+">"+whyReading)
	}
	f.setTier(d.Tier)
}

func (f *folding) setTier(tier string) {
	if tier != f.tier {
		f.tier, f.got = tier, f.touches
	}
}

func (f *folding) rerouted(d *loggedData, own bool) {
	switch {
	case d.Why == "undone":
		if own {
			f.setTier(d.To)
		}
	case byPerson(d.Why) && !f.undone[d.Handover]:
		f.touches++
		f.moves = append(f.moves, d.From+">"+d.To+">"+d.Why)
		if !own {
			return
		}
		f.setTier(d.To)
		f.since, f.handed = 0, &handing{to: d.To}
		if r := f.newest; r != nil && r.NextBy == "staff" {
			f.handed.topic, f.handed.step = r.Topic, r.Step
		}
	}
}

func (f *folding) replied(e *logged, own bool) {
	d := &e.data
	if d.Kind == "" {
		f.touches++
		f.answered(d)
	}
	if !own {
		return
	}
	if d.Kind == "" {
		f.since++
	}
	if d.Kind == "" && !f.opened.IsZero() { // who answered has read it
		f.reopened = f.reopened || f.opened.Sub(f.resolved.at) <= reopenWithin
		f.opened = time.Time{}
	}
	was := f.state
	f.state = triage.State(d.State)
	if f.state == triage.StateResolved && was != f.state {
		f.resolve(e.at, ResolvedAnswered)
	}
}

// answered counts what the guard found in an answer.
func (f *folding) answered(d *loggedData) {
	if !d.Guarded {
		f.m.count(MeasureAnswers, "unread", 1, 0)
		return
	}
	f.m.count(MeasureAnswers, "read", 1, 0)
	for measure, outcome := range map[Measure]FindingOutcome{MeasureSent: OutcomeShown, MeasureMended: OutcomeMended, MeasureDismissed: OutcomeDismissed} {
		for kind, n := range d.Found[string(outcome)] {
			if isRepeat(kind) {
				f.m.count(measure, kind, n, 0)
			}
		}
	}
}

func (f *folding) setState(e *logged) {
	d, was := &e.data, f.state
	f.state = triage.State(d.State)
	switch {
	case f.state != triage.StateResolved:
		f.opened = time.Time{}
		if d.Customer && was == triage.StateResolved {
			f.opened = e.at
		}
	case !f.opened.IsZero() && d.By == "" && (d.Why == "" || d.Why == string(ResolvedConfirmed)):
		f.opened = time.Time{} // thanks: it is as if it had never been open
	case was != triage.StateResolved:
		f.opened = time.Time{}
		f.resolve(e.at, Resolution(d.Why))
	default:
		f.resolved.why = Resolution(d.Why)
	}
}

func (f *folding) resolve(at time.Time, why Resolution) {
	f.ever = true
	f.resolved = resolving{at: at, why: why, tier: f.tier, got: f.got,
		ended: f.handed != nil && f.handed.step != "" && f.handed.to == f.tier && f.since <= 1}
}

// finish makes the points of what was read.
func (f *folding) finish(c Calendar) {
	m, newest := &f.m, f.newest
	if newest == nil {
		newest = &loggedData{}
	}
	m.tier, m.kind, m.topic, m.language = f.tier, newest.Kind, newest.Topic, newest.Language
	if spam(newest.Kind, f.why()) {
		for p := range m.points {
			if !slices.Contains([]Measure{MeasureReading, MeasureLatency, MeasureDegraded, MeasureDropped, MeasureCost}, p.measure) {
				delete(m.points, p)
			}
		}
		m.count(MeasureLeft, "spam", 1, 0)
		return
	}
	m.count(MeasureTickets, "", 1, 0)
	f.routing(c)
	f.position(c)
	for page := range f.pages {
		m.count(MeasurePage, page, 1, 0)
	}
	for check, outcome := range f.checks {
		m.count(MeasureCheck, check+">"+outcome, 1, 0)
	}
	for _, pause := range f.said {
		verdict := f.verdicts[pause]
		if verdict == "" {
			verdict = "open"
		}
		m.count(MeasureDisputed, f.pauses[pause]+">"+verdict, 1, 0)
	}
	if newest.Browser != "" {
		m.count(MeasureBrowser, newest.Browser, 1, 0)
	}
}

// why is why the ticket is resolved now; "" when it is not.
func (f *folding) why() Resolution {
	if f.state != triage.StateResolved {
		return ""
	}
	return f.resolved.why
}

func (f *folding) routing(c Calendar) {
	m := &f.m
	for _, move := range f.moves {
		m.count(MeasureMoved, move, 1, 0)
	}
	if len(f.moves) >= 2 {
		m.count(MeasureBounced, "", 1, 0)
	}
	if f.ever {
		m.count(MeasureResolved, "", 1, 0)
	}
	if f.reopened {
		m.count(MeasureReopened, "", 1, 0)
	}
	if f.state != triage.StateResolved || f.resolved.tier == "" {
		return
	}
	if !slices.Contains(noTouches, f.resolved.why) {
		m.count(MeasureTouches, itoa(int64(f.resolved.got)), 1, 0)
	}
	m.count(MeasureFirst, firstRoute(f.moves), 1, 0)
	if f.resolved.ended {
		m.count(MeasureSwitch, f.handed.topic+">"+f.handed.step, 1, f.minutes(c))
	}
}

// firstRoute says whether the first route was right, else why it was not: by
// what a person said, if one did.
func firstRoute(moves []string) string {
	if len(moves) == 0 {
		return "right"
	}
	for _, move := range moves {
		if why := move[strings.LastIndexByte(move, '>')+1:]; why != whyReading {
			return why
		}
	}
	return whyReading
}

// minutes are those of the tier's hours from when the ticket came until it was resolved.
func (f *folding) minutes(c Calendar) int64 {
	return int64(c.Hours[f.resolved.tier].Between(f.came, f.resolved.at) / time.Minute)
}

// position counts where the customer was when they wrote, and what the newest
// reading rests on.
func (f *folding) position(c Calendar) {
	if f.first == nil {
		return
	}
	m, r := &f.m, f.first
	m.count(MeasureEffort, r.Effort, 1, 0)
	if r.Step != "" {
		key := r.Topic + ">" + r.Step
		m.count(MeasureStuck, key, 1, 0)
		if r.NextBy == "staff" && r.Effort == string(triage.EffortExhausted) {
			m.count(MeasureDeadEnd, key, 1, 0)
			if f.state == triage.StateResolved {
				m.count(MeasureEnded, key, 1, f.minutes(c))
			}
		}
	}
	for basis, n := range f.newest.Basis {
		m.count(MeasureBasis, basis, n, 0)
	}
}
