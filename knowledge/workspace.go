package knowledge

import (
	"slices"
	"strings"
	"time"
)

// Workspace is all that a desk knows: who can do what, by which rules, and
// how things are done. It is read-only once loaded.
type Workspace struct {
	Name       string
	Zone       *time.Location // in which days begin and end on the pages of measures; default UTC
	Platform   Platform
	Tiers      []Tier // lowest first
	Policy     Policy
	Procedures []Procedure // by id
	Changes    []Change    // newest first
	Articles   []Article   // by file name
	Hash       string      // SHA-256 over every file read, first 12 hex digits
	PolicyHash string      // the same over the workspace file
}

// Platform names the vendor's own things, which are never a customer's input.
type Platform struct {
	Name    string   `yaml:"name"`
	Domains []string `yaml:"domains"` // such as sendline.example; subdomains are included
}

// Tier is a queue with capabilities and hours.
type Tier struct {
	ID           string   `yaml:"id"`
	Name         string   `yaml:"name"`
	Capabilities []string `yaml:"capabilities"`
	Hours        string   `yaml:"hours"`  // such as "Mon-Fri 08:00-18:00 Europe/Warsaw"; "" = always open; ParseHours
	Assign       Assign   `yaml:"assign"` // how its tickets come to people; default by_hand
}

// Assign says how the tickets of a tier come to its people.
type Assign string

// The ways to assign tickets.
const (
	ByHand     Assign = "by_hand"     // whoever takes one has it; the default
	RoundRobin Assign = "round_robin" // by turns, to who is signed in and not away, in the tier's hours
)

// Policy is what a desk may set about routing.
type Policy struct {
	// DefaultTier takes what nothing else claims. Default: the first tier.
	DefaultTier string `yaml:"default_tier"`
	// KindTiers names the tier that holds a kind of matter.
	KindTiers map[string]string `yaml:"kinds"`
	// NeverAutomate lists kinds and procedure ids that a person always answers.
	NeverAutomate []string `yaml:"never_automate"`
	// Floor is the confidence (0..1) below which a person reviews the route. Default 0.35.
	Floor float64 `yaml:"floor"`
	// FloorLow and FloorHigh are how far the review floor follows outcomes
	// unless a lead sets other bounds. Default 0.2 and 0.6, or Floor beyond.
	FloorLow  float64 `yaml:"floor_low"`
	FloorHigh float64 `yaml:"floor_high"`
	// SelfService says when a customer may get the exact step without a person.
	SelfService SelfService `yaml:"self_service"`
	// Precedence orders the tiers by which one leads a ticket of several
	// matters, most pressing first. Default: the tiers from the last to the first.
	Precedence []string `yaml:"precedence"`
	// Debug is the capability that takes what no procedure explains. Default platform.debug.
	Debug string `yaml:"debug"`
	// Incidents says what is a burst of like tickets, and whose an incident is.
	Incidents IncidentPolicy `yaml:"incidents"`
	// Confirm says how a ticket ends once every step is seen to be done.
	Confirm ConfirmPolicy `yaml:"confirm"`
	// Topics names the tier that takes tickets about an area when no procedure fits.
	Topics map[string]string `yaml:"topics"`
}

// IncidentPolicy says when like tickets are shown to a lead as a burst.
type IncidentPolicy struct {
	Owner   string        `yaml:"owner"`   // tier; default: the holder of Policy.Debug
	Tickets int           `yaml:"tickets"` // of as many customers; at least 2, default 5
	Within  time.Duration `yaml:"within"`  // from the first of them to the last; default 30 min
}

// ConfirmPolicy says who asks a customer whether it works, and how long the
// desk waits for their answer.
type ConfirmPolicy struct {
	// Ask is person (a button for it is shown) or auto (the desk asks by itself,
	// once). Default person.
	Ask string `yaml:"ask"`
	// CloseAfterDays resolves a ticket whose customer was asked and kept silent
	// as long; default 5, -1 = never.
	CloseAfterDays int `yaml:"close_after_days"`
}

// The values of ConfirmPolicy.Ask.
const (
	AskByPerson = "person"
	AskByDesk   = "auto"
)

// SelfService says when a step is sent to the customer straight away.
type SelfService string

// The levels of self-service.
const (
	SelfServiceNever SelfService = "never"
	SelfServiceTold  SelfService = "told" // when the customer said that the step is not done; the default
	SelfServiceSeen  SelfService = "seen" // also when only our check saw it
)

// Procedure returns the procedure with that id, or nil.
func (w *Workspace) Procedure(id string) *Procedure {
	i, ok := slices.BinarySearchFunc(w.Procedures, id, func(p Procedure, id string) int {
		switch {
		case p.ID < id:
			return -1
		case p.ID > id:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &w.Procedures[i]
}

// ByURL returns the procedure that a help page's address belongs to, or nil.
// Scheme, "www.", query, fragment and a trailing slash do not matter.
func (w *Workspace) ByURL(url string) *Procedure {
	want := PageKey(url)
	for i := range w.Procedures {
		p := &w.Procedures[i]
		if p.URL != "" && PageKey(p.URL) == want {
			return p
		}
		for _, u := range p.ReplacesURLs {
			if PageKey(u) == want {
				return p
			}
		}
	}
	return nil
}

// Home returns the procedure whose own step that is, and its id there: of a
// prerequisite's step another than the one it stands in. It is nil when there
// is no such procedure.
func (w *Workspace) Home(procedure, step string) (*Procedure, string) {
	p := w.Procedure(procedure)
	if p == nil {
		return nil, step
	}
	if s := p.Step(step); s != nil && s.Prerequisite != "" {
		return w.Procedure(s.Prerequisite), strings.TrimPrefix(step, s.Prerequisite+"/")
	}
	return p, step
}

// Holder returns the lowest tier with that capability; ok is false when no
// tier has it.
func (w *Workspace) Holder(capability string) (tier string, ok bool) {
	for _, t := range w.Tiers {
		if slices.Contains(t.Capabilities, capability) {
			return t.ID, true
		}
	}
	return w.Policy.DefaultTier, false
}

// Areas lists the areas of the procedures, in order.
func (w *Workspace) Areas() []string {
	var out []string
	for i := range w.Procedures {
		if area := w.Procedures[i].Area; area != "" && !slices.Contains(out, area) {
			out = append(out, area)
		}
	}
	slices.Sort(out)
	return out
}

// Tier returns the tier with that id, or nil.
func (w *Workspace) Tier(id string) *Tier {
	for i := range w.Tiers {
		if w.Tiers[i].ID == id {
			return &w.Tiers[i]
		}
	}
	return nil
}
