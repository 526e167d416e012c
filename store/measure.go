package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// Measure names what is counted; docs/measures.md defines each. Its points
// have a key, which is given here, and a total where one is named.
type Measure string

// The measures.
const (
	MeasureTickets   Measure = "tickets"   // ""
	MeasureLeft      Measure = "left"      // merged, spam: left out of all others but those of readings
	MeasureResolved  Measure = "resolved"  // ever; ""
	MeasureTouches   Measure = "touches"   // how many
	MeasureBounced   Measure = "bounced"   // ""
	MeasureMoved     Measure = "moved"     // from>to>why
	MeasureFirst     Measure = "first"     // right, or why not
	MeasureReopened  Measure = "reopened"  // ""
	MeasureSwitch    Measure = "switch"    // topic>step; minutes
	MeasureAnswers   Measure = "answers"   // read or unread, by the guard
	MeasureSent      Measure = "sent"      // a kind of finding that repeats something
	MeasureMended    Measure = "mended"    // the same
	MeasureDismissed Measure = "dismissed" // the same
	MeasureEffort    Measure = "effort"    // an effort, or ""
	MeasureStuck     Measure = "stuck"     // topic>step
	MeasureDeadEnd   Measure = "dead_end"  // topic>step
	MeasureEnded     Measure = "ended"     // topic>step of dead ends that are resolved; minutes
	MeasureCheck     Measure = "check"     // check>outcome
	MeasureDisputed  Measure = "disputed"  // check>right, wrong or open
	MeasurePage      Measure = "page"      // a procedure
	MeasureHelped    Measure = "helped"    // procedure>passed, procedure>else; of no ticket
	MeasureBasis     Measure = "basis"     // said, seen, silent
	MeasureReading   Measure = "reading"   // an extractor
	MeasureDegraded  Measure = "degraded"  // ""
	MeasureDropped   Measure = "dropped"   // ""; n items
	MeasureCost      Measure = "cost"      // priced, unpriced; nano-dollars
	MeasureLatency   Measure = "latency"   // milliseconds, rounded up
	MeasureBrowser   Measure = "browser"   // a name
)

// measuresVersion changes with what is measured, and how it is kept: figures are then counted anew.
const measuresVersion = "2"

// reopenWithin is how soon after it was resolved a ticket counts as reopened.
const reopenWithin = 7 * 24 * time.Hour

// The kinds of the guard's findings that are repeats.
var repeats = []string{"repeats_step", "resends_document", "asks_known"}

// Calendar is what figures need to know of a workspace: when its days begin,
// and when its tiers are open. The zero value is UTC and always open.
type Calendar struct {
	Zone  *time.Location
	Hours map[string]knowledge.Hours // by tier
	basis string                     // names all of it
}

// CalendarOf returns the calendar of a workspace.
func CalendarOf(w *knowledge.Workspace) Calendar {
	c := Calendar{Zone: w.Zone, Hours: map[string]knowledge.Hours{}}
	text := measuresVersion + "\n" + c.zone().String()
	for i := range w.Tiers {
		t := &w.Tiers[i]
		c.Hours[t.ID] = t.Opening()
		text += "\n" + t.ID + "\t" + t.Hours
	}
	sum := sha256.Sum256([]byte(text))
	c.basis = hex.EncodeToString(sum[:])[:12]
	return c
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Day numbers the day of a time, from 1970-01-01.
func (c Calendar) Day(at time.Time) int64 {
	y, m, d := at.In(c.zone()).Date()
	return dayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// DateOf is a day as a date in UTC.
func DateOf(day int64) time.Time { return time.Unix(day*86400, 0).UTC() }

// logged is an event as measures read it.
type logged struct {
	n      int64
	at     time.Time
	kind   string
	ticket string
	data   loggedData
}

// loggedData are the fields of all events that measures read.
type loggedData struct {
	State, Was, Why, By         string
	Customer                    bool // a customer's message did it
	Channel                     string
	Pages                       []string
	WasTier                     string `json:"was_tier"`
	Tier, Kind, Topic, Step     string
	NextBy                      string `json:"next_by"`
	Effort, Language, Browser   string
	Basis                       map[string]int64
	Checks                      map[string]string
	Redo, Degraded, Unpriced    bool
	CoveredSeq                  int64 `json:"covered_seq"`
	Extractor                   string
	Dropped                     int64
	LatencyMS                   int64   `json:"latency_ms"`
	CostUSD                     float64 `json:"cost_usd"`
	Guarded                     bool
	Found                       map[string]map[string]int64
	Handover, From, To          string
	Source, Target              string
	Pause, Check, Verdict, Page string
	Passed                      bool
}

// measuredKinds are the events that measures are made of.
var measuredKinds = []string{EventReceived, EventTriaged, EventState, EventReplied, EventRerouted, EventMerged, EventUnmerged, EventSplit, EventPaused, EventResumed}

func (e *logged) read(data []byte) error {
	if !slices.Contains(measuredKinds, e.kind) && e.kind != EventHelped {
		return nil
	}
	err := json.Unmarshal(data, &e.data)
	if odd := (*json.UnmarshalTypeError)(nil); errors.As(err, &odd) {
		return nil // the field counts as not known; the others were read
	}
	return err
}

// tally is how often something was counted. Tickets is of how many tickets.
type tally struct{ n, total, tickets int64 }

func (t *tally) add(o tally, times int64) {
	t.n, t.total, t.tickets = t.n+times*o.n, t.total+times*o.total, t.tickets+times*o.tickets
}

// point is what is counted of one ticket.
type point struct {
	measure Measure
	key     string
}

func (p point) compare(o point) int {
	return cmp.Or(cmp.Compare(p.measure, o.measure), cmp.Compare(p.key, o.key))
}

// measured is all that is counted of a ticket: a row of that table.
type measured struct {
	day    int64
	ticket string
	cell
	points map[point]tally
}

func (m *measured) count(measure Measure, key string, n, total int64) {
	if m.points == nil {
		m.points = map[point]tally{}
	}
	t := m.points[point{measure, key}]
	t.add(tally{n, total, 0}, 1)
	t.tickets = 1
	m.points[point{measure, key}] = t
}

// text is how points are stored: a line each, in order, with one before the first.
func (m *measured) text() string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, p := range slices.SortedFunc(maps.Keys(m.points), point.compare) {
		t := m.points[p]
		b.WriteString(p.token())
		b.WriteString(strconv.FormatInt(t.n, 10))
		b.WriteByte('\t')
		b.WriteString(strconv.FormatInt(t.total, 10))
		b.WriteByte('\n')
	}
	return b.String()
}

// token is how the line of a point begins.
func (p point) token() string { return string(p.measure) + ":" + p.key + "\t" }

// eachPoint calls do with the points of a stored text.
func eachPoint(text string, do func(p point, t tally)) {
	for line := range strings.SplitSeq(text, "\n") {
		name, numbers, ok := strings.Cut(line, "\t")
		if !ok {
			continue
		}
		measure, key, _ := strings.Cut(name, ":")
		n, total, _ := strings.Cut(numbers, "\t")
		t := tally{tickets: 1}
		t.n, _ = strconv.ParseInt(n, 10, 64) // written by text
		t.total, _ = strconv.ParseInt(total, 10, 64)
		do(point{Measure(measure), key}, t)
	}
}

// roundUp rounds milliseconds up to two digits of a scale of ten steps in a decade.
func roundUp(ms int64) int64 {
	steps := []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8}
	for decade := 1.0; ; decade *= 10 {
		for _, s := range steps {
			if up := int64(math.Round(s * decade)); up >= ms && float64(up) == s*decade {
				return up
			}
		}
	}
}

func isRepeat(kind string) bool { return slices.Contains(repeats, kind) }

func byPerson(why string) bool { return slices.Contains(WhyHandedOver, why) }

const whyReading = "reading" // a later reading moved the ticket

var noTouches = []Resolution{ResolvedSpam, ResolvedDuplicate, ResolvedNotOurs}

func spam(kind string, why Resolution) bool {
	return kind == string(triage.KindSpam) || why == ResolvedSpam
}
