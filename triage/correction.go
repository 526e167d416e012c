package triage

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// What names what of a ticket a correction is about, and with it what its
// other fields mean.
type What string

// What can be corrected. The first is said of a step (Matter, Step, Inputs),
// the next three of a matter (Matter), the others of an item of the brief by
// the words that it rests on (Anchor).
const (
	WhatState       What = "state"       // Value is a ClaimState
	WhatKind        What = "kind"        // Value is a Kind
	WhatProcedure   What = "procedure"   // Value is the id of a procedure, "" = none fits
	WhatInput       What = "input"       // Item is the input's name, Value its values, separated by commas; "" = none
	WhatClaim       What = "claim"       // Item is the step, "" = whichever; Value is NotSo, as below
	WhatDocument    What = "document"    // Item is the address, else the title
	WhatEnvironment What = "environment" // Item is the value
	WhatSymptom     What = "symptom"     // no Item
	WhatEntity      What = "entity"      // Item is the value
)

// NotSo says that an item is not so, or that the customer did not say it.
const NotSo = "not_so"

// OfMatter reports whether it is said of a matter or one of its steps, and not
// of a piece of a message.
func (w What) OfMatter() bool {
	return w == WhatState || w == WhatKind || w == WhatProcedure || w == WhatInput
}

// Correction is a person's word on what was understood. It is keyed by what it
// speaks of, never by a brief, so it survives every later triage: by Matter,
// Step and Inputs, or by the anchor of the item's evidence. It never proves
// that a thing works: no correction makes a step verified.
type Correction struct {
	ID        string            `json:"id"`        // set by the store
	TicketID  string            `json:"ticket"`    // the ticket it was made on
	What      What              `json:"what"`      // part of the key, as all down to Item
	Matter    string            `json:"matter"`    // id of the matter; "" when keyed by Anchor
	Step      string            `json:"step"`      // id of the step; only of a state
	Inputs    map[string]string `json:"inputs"`    // the binding; empty = every binding
	Anchor    Anchor            `json:"anchor"`    // zero when keyed by Matter
	Item      string            `json:"item"`      // which of several: see What
	Value     string            `json:"value"`     // what it is said to be; "" with Undo
	Undo      bool              `json:"undo"`      // takes back what was said under this key
	Procedure string            `json:"procedure"` // that the matter had then; finds it again after a merge
	Who       string            `json:"who"`       // id of the person
	Role      Role              `json:"role"`      // agent or customer
	Why       string            `json:"why"`       // in their words, may be ""
	At        time.Time         `json:"at"`        // set by the store; of two on one ticket the later one is greater
}

// Anchor is a piece of a message: its bytes [Start, End). It stays good
// whatever ticket the message is in.
type Anchor struct {
	MessageID string `json:"message_id"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
}

// Covers reports whether a quotation is of the same words: of the same
// message, and at least half of the shorter of the two is in both. An
// extractor that reads again may quote a little more or less.
func (a Anchor) Covers(e Evidence) bool {
	common := min(a.End, e.End) - max(a.Start, e.Start)
	return e.Kind == EvidenceQuote && a.MessageID == e.MessageID && common > 0 && 2*common >= min(a.End-a.Start, e.End-e.Start)
}

// Check reports what of a correction cannot be: an author, a key of one kind
// and a value of its What are needed. The error is Invalid, in a sentence.
func (c *Correction) Check() error {
	switch {
	case c.Who == "":
		return Errorf(Invalid, "A correction needs the person who makes it.")
	case c.Role != RoleAgent && c.Role != RoleCustomer:
		return Errorf(Invalid, "A correction is an agent's or a customer's, not of %q.", c.Role)
	case (c.Matter == "") == (c.Anchor == Anchor{}), c.Matter == "" && (c.Step != "" || len(c.Inputs) > 0):
		return Errorf(Invalid, "A correction speaks of a matter, with its step, or of a piece of a message.")
	case c.What.OfMatter() != (c.Matter != ""):
		return Errorf(Invalid, "A correction of %q is keyed by its matter or by its words, not so.", c.What)
	case (c.What == WhatState) != (c.Step != ""):
		return Errorf(Invalid, "A correction of a state names the step, and no other does.")
	case c.What == WhatInput && c.Item == "":
		return Errorf(Invalid, "A correction of an input names it as the item.")
	}
	if c.Undo {
		return nil
	}
	return c.checkValue()
}

func (c *Correction) checkValue() error {
	ok, takes := false, ""
	switch c.What {
	case WhatState:
		ok = slices.Contains([]ClaimState{ClaimDone, ClaimFailed, ClaimPlanned, ClaimNotDone}, ClaimState(c.Value))
		takes = "done, failed, planned or not_done"
	case WhatKind:
		ok, takes = slices.Contains(Kinds, Kind(c.Value)), "a kind of matter"
	case WhatProcedure, WhatInput:
		ok = true
	case WhatClaim, WhatDocument, WhatEnvironment, WhatSymptom, WhatEntity:
		ok, takes = c.Value == NotSo, NotSo
	default:
		return Errorf(Invalid, "%q is nothing to correct; use state, kind, procedure, input, claim, document, environment, symptom or entity.", c.What)
	}
	if !ok {
		return Errorf(Invalid, "The value of a correction of %q is %q; it takes %s.", c.What, c.Value, takes)
	}
	return nil
}

// key is what a correction speaks of. By a matter it stays with the ticket it
// was made on; a piece of a message is the same in any.
type key struct {
	ticket, matter, step, inputs string
	anchor                       Anchor
	item                         string
	what                         What
}

func (c *Correction) key() key {
	inputs, _ := json.Marshal(c.Inputs) // in one way only: keys are sorted; strings cannot fail
	k := key{matter: c.Matter, step: c.Step, inputs: string(inputs), anchor: c.Anchor, item: c.Item, what: c.What}
	if len(c.Inputs) == 0 {
		k.inputs = ""
	}
	if c.Matter != "" {
		k.ticket = c.TicketID
	}
	return k
}

// InForce returns of corrections, oldest first, the newest of each key that
// nobody took back.
func InForce(all []Correction) []Correction {
	newest := make(map[key]int, len(all))
	for i := range all {
		newest[all[i].key()] = i
	}
	out := make([]Correction, 0, len(newest))
	for _, i := range slices.Sorted(maps.Values(newest)) {
		if !all[i].Undo {
			out = append(out, all[i])
		}
	}
	return out
}
