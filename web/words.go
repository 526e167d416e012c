package web

import (
	"fmt"
	"strings"
	"time"

	"readback/triage"
)

// pick is a word of the interface with a style: class names the colour, icon
// the shape, so that no meaning hangs on colour alone.
type pick struct {
	Text, Class, Icon string
}

var actionWords = map[triage.Action]pick{
	triage.Assign:      {"Assign", "act-assign", "person"},
	triage.Ask:         {"Ask the customer", "act-ask", "question"},
	triage.SelfService: {"Send the step", "act-self", "send"},
	triage.None:        {"No answer needed", "act-none", "minus"},
}

var effortWords = map[triage.Effort]pick{
	triage.EffortNone:      {"Nothing tried yet", "eff-none", "bar0"},
	triage.EffortPartial:   {"Tried part", "eff-partial", "bar1"},
	triage.EffortExhausted: {"Did all they can", "eff-exhausted", "bar2"},
}

var verdictWords = map[triage.Verdict]pick{
	triage.VerdictVerified:     {"verified", "ok", "check"},
	triage.VerdictContradicted: {"we saw otherwise", "differs", "differs"},
	triage.VerdictSuperseded:   {"superseded", "past", "replaced"},
	triage.VerdictUnverifiable: {"could not be checked", "unsure", "eye-off"},
	triage.VerdictPending:      {"not looked at yet", "quiet", "dash"},
}

var claimWords = map[triage.ClaimState]string{
	triage.ClaimDone:    "done",
	triage.ClaimFailed:  "done, did not help",
	triage.ClaimPlanned: "planned",
	triage.ClaimNotDone: "not done",
}

var flagWords = map[triage.Flag]string{
	triage.FlagInstructions: "Tries to instruct the software",
	triage.FlagUnread:       "Unread attachment",
	triage.FlagShortened:    "Too long, read in part",
	triage.FlagThanksOnly:   "Only thanks",
	triage.FlagAutomatic:    "Automatic mail",
	triage.FlagLegal:        "Mentions legal steps",
}

var languageNames = map[string]string{"en": "English", "pl": "Polish", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
	"pt": "Portuguese", "nl": "Dutch", "cs": "Czech", "sk": "Slovak", "uk": "Ukrainian", "ru": "Russian", "sv": "Swedish", "da": "Danish",
	"ja": "Japanese", "zh": "Chinese", "ko": "Korean", "tr": "Turkish", "ar": "Arabic", "he": "Hebrew", "hu": "Hungarian", "ro": "Romanian"}

func languageName(code string) string {
	if name := languageNames[code]; name != "" {
		return name
	}
	return strings.ToUpper(code)
}

func (s *Server) tierName(id string) string {
	if t := s.Workspace.Tier(id); t != nil && t.Name != "" {
		return t.Name
	}
	return id
}

// stepTitle returns the title of a step, its id when the procedure is gone.
func (s *Server) stepTitle(procedure, step string) string {
	if p := s.Workspace.Procedure(procedure); p != nil {
		return p.StepTitle(step, "en")
	}
	return step
}

// stamp is a time as pages show it: always UTC.
type stamp struct {
	ISO   string // for <time datetime>
	Full  string // 22 Nov 2026, 14:02:05 UTC
	Short string // 14:02 on the day itself, else 22 Nov 14:02
	Age   string // 3m, 2h, 5d
}

// stampOf returns nil for the zero time: nothing is shown then.
func stampOf(t, now time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	t, now = t.UTC(), now.UTC()
	short := t.Format("15:04")
	switch {
	case t.Year() != now.Year():
		short = t.Format("2 Jan 2006")
	case t.YearDay() != now.YearDay():
		short = t.Format("2 Jan 15:04")
	}
	return &stamp{ISO: t.Format(time.RFC3339), Full: t.Format("2 Jan 2006, 15:04:05 UTC"), Short: short, Age: age(now.Sub(t))}
}

func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 365*24*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
	return fmt.Sprintf("%dy", int(d.Hours()/24/365))
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
