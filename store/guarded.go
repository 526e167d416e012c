package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"readback/triage"
)

// Noted is a finding of the guard that was shown of a draft, and what became of it.
type Noted struct {
	Kind    string         `json:"kind"`
	Level   string         `json:"level"` // stop, hint; inferred = a hint that a model added
	Outcome FindingOutcome `json:"outcome"`
	Reason  string         `json:"reason,omitempty"` // why it was dismissed, of DismissReasons; "" = not said
}

// DismissReasons are why people set a finding aside.
var DismissReasons = []string{"not_so", "wanted", "other"}

// FindingOutcome is what became of a finding.
type FindingOutcome string

// The outcomes.
const (
	OutcomeShown     FindingOutcome = "shown"
	OutcomeMended    FindingOutcome = "mended"
	OutcomeDismissed FindingOutcome = "dismissed"
)

// NoteFindings keeps, with a person's draft, the findings that it has now, by
// key. Those that are new were shown; those that are gone and were not
// dismissed were mended. dismiss names some that the person says are wrong. It
// counts each outcome once for its kind and the day, and of nobody.
// Errors: NotFound without a draft; Conflict while it is being sent.
func (s *Store) NoteFindings(ctx context.Context, ticketID, person string, found map[string]Noted, dismiss ...string) (r Reply, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if r, err = unsent(ctx, tx, ticketID, person); err != nil {
			return err
		}
		if r.State != ReplyDraft {
			return triage.Errorf(triage.Conflict, "The answer is being sent; take it back to change it.")
		}
		now, counted := noteFindings(r.Findings, found, dismiss)
		if r.Guarded && maps.Equal(now, r.Findings) {
			return nil
		}
		r.Findings, r.Guarded = now, true
		text, err := json.Marshal(now)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE replies SET findings = ?2, guarded = 1 WHERE id = ?1`, r.ID, string(text)); err != nil {
			return err
		}
		for _, n := range counted {
			if err := s.countFinding(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

// GiveReason keeps why a person set a finding of their draft aside, and counts
// it once for its kind and the day, and of nobody. Errors: Invalid for another
// reason; NotFound without the draft or a finding that was set aside; Conflict
// when one was given.
func (s *Store) GiveReason(ctx context.Context, ticketID, person, key, reason string) error {
	if !slices.Contains(DismissReasons, reason) {
		return triage.Errorf(triage.Invalid, "The reason %q is none of those for setting a finding aside.", reason)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := unsent(ctx, tx, ticketID, person)
		if err != nil {
			return err
		}
		n := r.Findings[key]
		switch {
		case n.Outcome != OutcomeDismissed:
			return triage.Errorf(triage.NotFound, "That finding was not set aside.")
		case n.Reason != "":
			return triage.Errorf(triage.Conflict, "A reason was given already.")
		}
		n.Reason = reason
		r.Findings[key] = n
		text, err := json.Marshal(r.Findings)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE replies SET findings = ?2 WHERE id = ?1`, r.ID, string(text)); err != nil {
			return err
		}
		return s.countReason(ctx, tx, n)
	})
}

// CountReason counts why a finding was set aside of a draft that is not kept
// here, of nobody. Errors: Invalid for another reason.
func (s *Store) CountReason(ctx context.Context, n Noted) error {
	if !slices.Contains(DismissReasons, n.Reason) {
		return triage.Errorf(triage.Invalid, "The reason %q is none of those for setting a finding aside.", n.Reason)
	}
	return s.write(ctx, func(tx *sql.Tx) error { return s.countReason(ctx, tx, n) })
}

func (s *Store) countReason(ctx context.Context, tx *sql.Tx, n Noted) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO guard_reasons (day, kind, level, reason, count) VALUES (?1, ?2, ?3, ?4, 1)
		ON CONFLICT (day, kind, level, reason) DO UPDATE SET count = guard_reasons.count + 1`, dayOf(s.now()), clean(n.Kind), clean(n.Level), n.Reason)
	return err
}

// noteFindings is what is known of a draft's findings now, and what is to be counted.
func noteFindings(was, found map[string]Noted, dismiss []string) (now map[string]Noted, counted []Noted) {
	now = maps.Clone(was)
	if now == nil {
		now = map[string]Noted{}
	}
	put := func(key string, n Noted, o FindingOutcome) {
		n.Outcome = o
		now[key] = n
		counted = append(counted, n)
	}
	for key, n := range found {
		old, known := now[key]
		if !known {
			put(key, n, OutcomeShown)
		} else if old.Outcome == OutcomeMended { // it is back: as if it had never been away
			old.Outcome = OutcomeShown
			now[key] = old
		}
	}
	for _, key := range dismiss {
		if n, ok := now[key]; ok && n.Outcome != OutcomeDismissed {
			put(key, n, OutcomeDismissed)
		}
	}
	for key, n := range now {
		if _, there := found[key]; !there && n.Outcome == OutcomeShown {
			put(key, n, OutcomeMended)
		}
	}
	return now, counted
}

// foundBy counts the findings of an answer by what became of them and by kind.
func foundBy(all map[string]Noted) map[FindingOutcome]map[string]int {
	out := map[FindingOutcome]map[string]int{}
	for _, n := range all {
		if out[n.Outcome] == nil {
			out[n.Outcome] = map[string]int{}
		}
		out[n.Outcome][n.Kind]++
	}
	return out
}

func (s *Store) countFinding(ctx context.Context, tx *sql.Tx, n Noted) error {
	one := func(o FindingOutcome) int { return number(n.Outcome == o) }
	_, err := tx.ExecContext(ctx, `INSERT INTO guard_counts (day, kind, level, shown, mended, dismissed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
		ON CONFLICT (day, kind, level) DO UPDATE SET shown = guard_counts.shown + excluded.shown,
			mended = guard_counts.mended + excluded.mended, dismissed = guard_counts.dismissed + excluded.dismissed`,
		dayOf(s.now()), clean(n.Kind), clean(n.Level), one(OutcomeShown), one(OutcomeMended), one(OutcomeDismissed))
	return err
}

func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

// When hints of a kind grow quiet: dismissed more often than quietShare of the
// times they were shown, over quietDays, once they were shown quietLeast times.
const (
	quietShare = 30 // percent
	quietDays  = 90
	quietLeast = 20
)

// QuietKinds lists the kinds of findings whose hints have grown quiet, because
// people so often say that they are wrong. They come back when that is long ago.
// What a model adds is counted apart (level "inferred") and listed as "inferred:"
// and the kind: it quietens no rule.
func (s *Store) QuietKinds(ctx context.Context) ([]string, error) {
	var out []string
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		out, err = strs(ctx, tx, `SELECT CASE level WHEN 'hint' THEN kind ELSE level || ':' || kind END AS name FROM guard_counts
			WHERE day > ?1 AND level IN ('hint', 'inferred') GROUP BY kind, level
			HAVING sum(shown) >= ?2 AND 100 * sum(dismissed) > ?3 * sum(shown) ORDER BY name`, dayOf(s.now())-quietDays, quietLeast, quietShare)
		return err
	})
	return out, err
}

// CountFindings counts what became of findings of a draft that is not kept here,
// of nobody: one that another desk's editor has.
func (s *Store) CountFindings(ctx context.Context, list []Noted) error {
	if len(list) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, n := range list {
			if err := s.countFinding(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}
