package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"readback/triage"
)

// VersionKind says what of the desk changed.
type VersionKind string

// What changes and is told by its hash or name in every triage.
const (
	VersionPrompt    VersionKind = "prompt"
	VersionModel     VersionKind = "model"
	VersionPolicy    VersionKind = "policy"    // workspace.yaml
	VersionKnowledge VersionKind = "knowledge" // the workspace's other files
)

// Versioned is a change of version, with how tickets did before and after it.
type Versioned struct {
	Kind   VersionKind `json:"kind"`
	At     time.Time   `json:"at"`  // the first ticket that was read so
	Was    string      `json:"was"` // hash or name; "" = none, as without a model
	Is     string      `json:"is"`
	Before Figures     `json:"before"`
	After  Figures     `json:"after"`
	// Mixed: something else changed in the time that the figures are of, so
	// that they do not tell the two apart.
	Mixed bool `json:"mixed"`
}

// Inferred reports whether the figures only suggest something: they are of few
// tickets, or something else changed too.
func (v *Versioned) Inferred() bool {
	return v.Mixed || min(v.Before.Tickets, v.After.Tickets) < fewTickets
}

// fewTickets is below how many a share says little: at 50 a share of a half
// has an interval of 0.14 to either side.
const fewTickets = 50

// Figures count the tickets of a time by how the triage went that the first
// person found (or the last one, while nobody has done anything).
type Figures struct {
	Tickets   int     `json:"tickets"`
	Rerouted  int     `json:"rerouted"`  // given to another tier by a person, not for lack of hands
	Asked     int     `json:"asked"`     // the route asked the customer
	Exhausted int     `json:"exhausted"` // effort recognised as exhausted
	Review    int     `json:"review"`    // the route needed review
	Cost      float64 `json:"cost_usd"`
	Priced    int     `json:"priced"` // tickets whose cost is known
}

func (f *Figures) count(c *course) {
	f.Tickets++
	f.Rerouted += number(len(c.handed) > 0)
	f.Asked += number(c.found.Action == triage.Ask)
	f.Exhausted += number(c.found.Effort == triage.EffortExhausted)
	f.Review += number(c.found.Review)
	if c.found.Cost != nil {
		f.Cost += *c.found.Cost
		f.Priced++
	}
}

const (
	versionDays    = 30    // the time before a change, and after it, that its figures are of
	versionTickets = 20000 // about how many are read: of more tickets a sample, by the end of their ids
	versionsKept   = 20
)

// idEnds are the characters that ids of tickets end in, each as often.
const idEnds = "abcdefghijklmnopqrstuvwxyz234567"

// triagedSince selects the tickets that were first triaged since ?1 and whose
// id ends in one of ?2.
const triagedSince = `SELECT ticket_id FROM events WHERE at >= ?1 AND kind = 'triaged' AND data LIKE '%"version":1,%'
	AND (?2 = '' OR ?2 LIKE '%' || substr(ticket_id, length(ticket_id), 1) || '%')`

// versions are the changes of the last 60 days, the newest first, 20 at most,
// each with the figures of up to 30 days on either side, cut where the same
// thing changed again. What is read without its best reader says nothing of
// prompt and model.
func (s *Store) versions(ctx context.Context) ([]Versioned, error) {
	since, ends, n := micros(s.now().AddDate(0, 0, -2*versionDays)), "", 0
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM (`+triagedSince+`) AS every`, since, "").Scan(&n); err != nil {
		return nil, mapError(err)
	}
	if n > versionTickets {
		ends = idEnds[:max(1, len(idEnds)*versionTickets/n)]
	}
	var all []*course
	err := s.courses(ctx, triagedSince, []any{since, ends}, func(_ string, c *course) error {
		if c.found != nil && !c.merged && c.found.Workspace != "" { // older releases kept no versions in events
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *course) int { return cmp.Compare(a.found.At, b.found.At) })
	out := versionChanges(all)
	for i := range out {
		out[i].measure(all, out)
	}
	slices.SortStableFunc(out, func(a, b Versioned) int { return b.At.Compare(a.At) })
	return out[:min(len(out), versionsKept)], nil
}

// versionChanges are the places where something is other than for the ticket before.
func versionChanges(all []*course) (out []Versioned) {
	last := map[VersionKind]string{}
	for i, c := range all {
		d := c.found
		policy, known := last[VersionPolicy]
		change := func(kind VersionKind, is string) {
			if was, ok := last[kind]; ok && was != is && i > 0 {
				out = append(out, Versioned{Kind: kind, At: fromMicros(d.At), Was: was, Is: is})
			}
			last[kind] = is
		}
		change(VersionPolicy, d.Policy)
		if known && policy != d.Policy { // the policy is one of the workspace's files
			last[VersionKnowledge] = d.Workspace
		}
		change(VersionKnowledge, d.Workspace)
		if !d.Degraded {
			change(VersionPrompt, d.Prompt)
			change(VersionModel, d.Model)
		}
	}
	return out
}

// measure counts the tickets on either side of a change.
func (v *Versioned) measure(all []*course, changes []Versioned) {
	from, to := v.At.AddDate(0, 0, -versionDays), v.At.AddDate(0, 0, versionDays)
	for i := range changes {
		if w := &changes[i]; w.Kind == v.Kind && w.At.Before(v.At) && w.At.After(from) {
			from = w.At
		} else if w.Kind == v.Kind && w.At.After(v.At) && w.At.Before(to) {
			to = w.At
		}
	}
	for i := range changes {
		w := &changes[i]
		v.Mixed = v.Mixed || w.Kind != v.Kind && w.At.After(from) && w.At.Before(to)
	}
	for _, c := range all {
		switch at := fromMicros(c.found.At); {
		case at.Before(from) || !at.Before(to):
		case at.Before(v.At):
			v.Before.count(c)
		default:
			v.After.count(c)
		}
	}
}
