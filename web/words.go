package web

import (
	"fmt"
	"strings"
	"time"

	"readback/triage"
)

// pick is a word of the interface with a style: class names the colour, icon
// the shape, so that no meaning hangs on colour alone. In the tables below the
// text is a code of the catalogue, for lang.say.
type pick struct {
	Text, Class, Icon string
}

var actionWords = map[triage.Action]pick{
	triage.Assign:      {"web.action.assign", "act-assign", "person"},
	triage.Ask:         {"web.action.ask", "act-ask", "question"},
	triage.SelfService: {"web.action.self_service", "act-self", "send"},
	triage.None:        {"web.action.none", "act-none", "minus"},
}

var effortWords = map[triage.Effort]pick{
	triage.EffortNone:      {"web.effort.none", "eff-none", "bar0"},
	triage.EffortPartial:   {"web.effort.partial", "eff-partial", "bar1"},
	triage.EffortExhausted: {"web.effort.exhausted", "eff-exhausted", "bar2"},
}

var verdictWords = map[triage.Verdict]pick{
	triage.VerdictVerified:     {"web.verdict.verified", "ok", "check"},
	triage.VerdictContradicted: {"web.verdict.contradicted", "differs", "differs"},
	triage.VerdictSuperseded:   {"web.verdict.superseded", "past", "replaced"},
	triage.VerdictUnverifiable: {"web.verdict.unverifiable", "unsure", "eye-off"},
	triage.VerdictPending:      {"web.verdict.pending", "quiet", "dash"},
}

var outcomeWords = map[triage.CheckOutcome]pick{
	triage.Pass:    {"web.outcome.pass", "ok", "check"},
	triage.Fail:    {"web.outcome.fail", "differs", "differs"},
	triage.Unknown: {"web.outcome.unknown", "unsure", "eye-off"},
}

func (s *Server) tierName(id string) string {
	if t := s.Workspace.Tier(id); t != nil && t.Name != "" {
		return t.Name
	}
	return id
}

// procedureTitle returns the title of a procedure, its id when it is gone.
func (s *Server) procedureTitle(l lang, procedure string) string {
	if p := s.Workspace.Procedure(procedure); p != nil {
		return p.TitleIn(string(l))
	}
	return procedure
}

// stepTitle returns the title of a step, its id when the procedure is gone.
func (s *Server) stepTitle(l lang, procedure, step string) string {
	if p := s.Workspace.Procedure(procedure); p != nil {
		return p.StepTitle(step, string(l))
	}
	return step
}

// stamp is a time as pages show it: always UTC.
type stamp struct {
	ISO   string // for <time datetime>
	Full  string // 22 Nov 2026, 14:02:05 UTC
	Short string // 14:02 on the day itself, else 22 Nov 14:02
	At    string // the same inside a sentence, behind a word: " at 14:02"
	Age   string // 3m, 2h, 5d
}

// stamp returns nil for the zero time: nothing is shown then.
func (l lang) stamp(t, now time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	t, now = t.UTC(), now.UTC()
	in := func(code, clock string) string {
		return l.t(code, "day", t.Day(), "month", l.t(fmt.Sprintf("web.month.%d", t.Month())), "year", t.Year(), "clock", t.Format(clock))
	}
	out := &stamp{ISO: t.Format(time.RFC3339), Full: in("web.time.full", "15:04:05"), Short: t.Format("15:04"), Age: l.age(now.Sub(t))}
	switch {
	case t.Year() != now.Year():
		out.Short = in("web.time.year", "")
	case t.YearDay() != now.YearDay():
		out.Short = in("web.time.day", "15:04")
	default:
		out.At = l.t("web.time.at", "time", out.Short)
		return out
	}
	out.At = l.t("web.time.at_day", "time", out.Short)
	return out
}

// day is a date without a time; nil for the zero date.
func (l lang) day(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	text := l.t("web.time.year", "day", t.Day(), "month", l.t(fmt.Sprintf("web.month.%d", t.Month())), "year", t.Year())
	return &stamp{ISO: t.Format(time.DateOnly), Full: text, Short: text}
}

func (l lang) age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return l.t("web.age.now")
	case d < time.Hour:
		return l.t("web.age.minutes", "count", int(d.Minutes()))
	case d < day:
		return l.t("web.age.hours", "count", int(d.Hours()))
	case d < 365*day:
		return l.t("web.age.days", "count", int(d/day))
	}
	return l.t("web.age.years", "count", int(d/day/365))
}

// size returns a number of bytes in words.
func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
}

// oneLine shortens a text for a list: the first n runes on one line.
func oneLine(s string, n int) string {
	s = strings.Join(strings.Fields(s[:min(len(s), 8*n)]), " ")
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}
