package eval

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"strings"

	"readback/triage"
)

// expectation is the expect of a dataset line, or a workspace ticket's
// NAME.expect.json. Keys that are not scored are ignored.
type expectation struct {
	Action       triage.Action `json:"action"`
	Tier         string        `json:"tier"`
	Procedure    *string       `json:"procedure"`
	NextStep     *string       `json:"next_step"`     // null = nobody knows, "" = none
	PositionNext *string       `json:"position_next"` // the same by its other name
	Language     string        `json:"language"`
	Effort       string        `json:"effort"`
}

func (e *expectation) apply(t *Ticket) error {
	switch e.Action {
	case "", triage.Assign, triage.Ask, triage.SelfService, triage.None:
	default:
		return triage.Errorf(triage.Invalid, "expect.action is %q; use assign, ask, self_service or none", e.Action)
	}
	t.Expect = Expect{Action: e.Action, Tier: e.Tier, Procedure: e.Procedure, NextStep: cmp.Or(e.NextStep, e.PositionNext)}
	if t.Language == nil && e.Language != "" {
		t.Language = &e.Language
	}
	if t.Effort == nil && e.Effort != "" {
		effort, ok := efforts[e.Effort]
		if !ok {
			return triage.Errorf(triage.Invalid, "expect.effort is %q; use none, partial or exhausted", e.Effort)
		}
		t.Effort = &effort
	}
	return nil
}

// ReadFolder reads the tickets of a workspace, NAME.json each with a
// NAME.expect.json beside it, from a folder; in order of name. Errors are
// Invalid and name the file.
func ReadFolder(dir fs.FS, parse ParseInput) ([]Ticket, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "the folder cannot be read: %v", err)
	}
	var out []Ticket
	for _, name := range names {
		if strings.HasSuffix(name, expectSuffix) {
			continue
		}
		t, err := readTicket(dir, name, parse)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s: %s", name, triage.MessageOf(err))
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, triage.Errorf(triage.Invalid, "the folder holds no ticket (NAME.json with NAME%s beside it)", expectSuffix)
	}
	return out, nil
}

const expectSuffix = ".expect.json"

func readTicket(dir fs.FS, name string, parse ParseInput) (Ticket, error) {
	t := Ticket{ID: strings.TrimSuffix(path.Base(name), ".json"), Where: name}
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return t, triage.Errorf(triage.Invalid, "it cannot be read: %v", err)
	}
	if t.Ticket, err = parse(raw); err != nil {
		return t, err
	}
	t.Ticket.ID = t.ID
	raw, err = fs.ReadFile(dir, t.ID+expectSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, triage.Errorf(triage.Invalid, "%s%s cannot be read: %v", t.ID, expectSuffix, err)
	}
	var e expectation
	if err := decode(raw, &e); err != nil {
		return t, triage.Errorf(triage.Invalid, "its %s: %s", expectSuffix, triage.MessageOf(err))
	}
	return t, e.apply(&t)
}
