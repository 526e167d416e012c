package replay

import (
	"cmp"
	"strconv"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// Words tell a report in a language, with the names that a workspace has.
type Words struct {
	Lang      string
	Workspace *knowledge.Workspace // the one that was tried; its names win
	// Title is what a ticket is about, "" when that is not known; nil = of none.
	// It is a customer's words, which a report itself never holds.
	Title func(ticket string) string
	Most  int // rows of a section, 0 = all
}

// Sheet is a report in words, for a page or a terminal.
type Sheet struct {
	Headline string
	Under    string // what was tried, and on what
	Figures  []Figure
	Notes    []string
	Sections []Section
}

// Figure is one number of a sheet.
type Figure struct {
	Code, Value, Label string
	Note               string // "" for none
}

// Section is a list of tickets that have something in common.
type Section struct {
	Code, Title, Note, Empty string
	Count                    int
	Rows                     []SheetRow
	More                     int // rows that are not shown
}

// SheetRow is one ticket of a section.
type SheetRow struct {
	Ticket, Title string
	Was, Now      string // Was is "" for the same, or when it is not known
	Said          string // by people, "" for nothing
	Way           string // the outcomes it went through, "" for one alone
	Wrong         bool
}

func (w *Words) say(code string, pairs ...string) string {
	params := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return triage.Sentence(w.Lang, "replay."+code, params)
}

func (w *Words) tier(id string) string {
	if t := w.Workspace.Tier(id); t != nil {
		return cmp.Or(t.Name, t.ID)
	}
	return id
}

func (w *Words) procedure(id string) string {
	if id == "" {
		return w.say("no_procedure")
	}
	if p := w.Workspace.Procedure(id); p != nil {
		return p.TitleIn(w.Lang)
	}
	return id
}

// Outcome says what happens next, who has it and where the ticket stands.
func (w *Words) Outcome(o Outcome) string {
	act := triage.Sentence(w.Lang, "web.action."+string(o.Action), nil)
	at := w.procedure(o.Procedure)
	if o.Procedure != "" {
		step := w.say("all_done")
		if o.Step != "" {
			step = o.Step
			if p := w.Workspace.Procedure(o.Procedure); p != nil {
				step = p.StepTitle(o.Step, w.Lang)
			}
		}
		at += " › " + step
	}
	return act + ": " + w.tier(o.Tier) + " · " + at
}

// Sheet tells a report.
func (w *Words) Sheet(r *Report) Sheet {
	s := Sheet{Headline: w.headline(r), Under: w.Subject(&r.Subject) + " " + w.period(r), Figures: w.figures(r)}
	for _, note := range []struct {
		code string
		n    int
	}{{"erased", r.Erased}, {"unread", r.Unread}, {"unlooked", r.Unlooked}, {"untriaged", r.Tickets - r.Changed.Of}} {
		if note.n > 0 {
			s.Notes = append(s.Notes, w.say("note."+note.code, "count", strconv.Itoa(note.n)))
		}
	}
	if r.Tickets == 0 {
		return s
	}
	for _, c := range []struct {
		code string
		in   func(row *Row) bool
	}{
		{"wrong", func(row *Row) bool { return row.Verdict == Wrong }},
		{"changed", func(row *Row) bool { return len(row.Changed) > 0 }},
		{"unplaced", func(row *Row) bool { return !row.Placed && row.wants() }},
	} {
		s.Sections = append(s.Sections, w.section(r, c.code, c.in))
	}
	return s
}

func (w *Words) headline(r *Report) string {
	other := r.Placed.Of - r.Placed.Count
	n, of := strconv.Itoa(r.Placed.Count), strconv.Itoa(r.Placed.Of)
	switch {
	case r.Placed.Of == 0:
		return w.say("nothing")
	case other == 0:
		return w.say("places_all", "count", of)
	}
	return w.say("places", "placed", n, "of", of, "count", strconv.Itoa(other))
}

// Subject says what was tried, and with what.
func (w *Words) Subject(s *Subject) string {
	text := w.say("reader."+s.Reader, "model", s.Model, "prompt", firstWord(s.Prompt))
	if s.Name != "" {
		text = s.Name + ": " + text
	}
	return text
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return s
}

func (w *Words) period(r *Report) string {
	text := w.say("read", "count", strconv.Itoa(r.Tickets), "readings", strconv.Itoa(r.Readings), "messages", strconv.Itoa(r.Messages))
	if p := r.Period; !p.Since.IsZero() || !p.Until.IsZero() {
		since, until := "…", "…"
		if !p.Since.IsZero() {
			since = p.Since.Format("2006-01-02")
		}
		if !p.Until.IsZero() {
			until = p.Until.AddDate(0, 0, -1).Format("2006-01-02")
		}
		text += " " + w.say("period", "since", since, "until", until)
	}
	return text
}

func (c Count) text(w *Words) string {
	return w.say("count_of", "n", strconv.Itoa(c.Count), "of", strconv.Itoa(c.Of))
}

func (w *Words) figures(r *Report) []Figure {
	figure := func(code, value, note string) Figure {
		return Figure{Code: code, Value: value, Label: w.say("figure." + code), Note: note}
	}
	changed := []string{}
	for _, what := range []string{ChangedAction, ChangedTier, ChangedProcedure, ChangedStep} {
		if n := r.By[what]; n > 0 {
			changed = append(changed, w.say("by."+what)+" "+strconv.Itoa(n))
		}
	}
	right, said := "–", w.say("unsaid")
	if r.Right.Of > 0 {
		right, said = r.Right.text(w), ""
	}
	then := func(n string) string { return w.say("then", "n", n) }
	placedThen, wastedThen := "", ""
	if r.Changed.Of > 0 {
		placedThen, wastedThen = then(r.PlacedThen.text(w)), then(strconv.Itoa(r.WastedThen))
	}
	return []Figure{
		figure("placed", r.Placed.text(w), placedThen),
		figure("right", right, said),
		figure("changed", r.Changed.text(w), strings.Join(changed, " · ")),
		figure("wasted", strconv.Itoa(r.Wasted), wastedThen),
		figure("first", r.First.text(w), w.say("answers_after", "count", strconv.Itoa(r.Answers))),
		figure("cost", Money(r.Usage), w.say("tokens", "count", strconv.Itoa(r.Usage.PromptTokens+r.Usage.CompletionTokens))),
	}
}

// Money writes what models charged, in USD; "?" when it is not known.
func Money(u triage.Usage) string {
	if u.Unpriced {
		return "$?"
	}
	decimals := 2
	if u.CostUSD > 0 && u.CostUSD < 1 {
		decimals = 4
	}
	return "$" + strconv.FormatFloat(u.CostUSD, 'f', decimals, 64)
}

func (w *Words) section(r *Report, code string, in func(*Row) bool) Section {
	s := Section{Code: code, Title: w.say("section." + code), Note: w.say("section." + code + ".note"), Empty: w.say("section." + code + ".none")}
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Unread != "" || !in(row) {
			continue
		}
		s.Count++
		if w.Most > 0 && len(s.Rows) == w.Most {
			s.More++
			continue
		}
		s.Rows = append(s.Rows, w.row(row))
	}
	return s
}

func (w *Words) row(row *Row) SheetRow {
	out := SheetRow{Ticket: row.Ticket, Now: w.Outcome(row.Now), Said: w.said(row.Said), Wrong: row.Verdict == Wrong}
	if w.Title != nil {
		out.Title = w.Title(row.Ticket)
	}
	if row.Then != nil && len(row.Changed) > 0 {
		out.Was = w.Outcome(*row.Then)
	}
	if len(row.Points) > 1 {
		var way []string
		for _, p := range row.Points {
			way = append(way, w.say("at", "message", strconv.Itoa(p.Message), "what", triage.Sentence(w.Lang, "web.action."+string(p.Action), nil)+": "+w.tier(p.Tier)))
		}
		out.Way = strings.Join(way, " → ")
	}
	return out
}

func (w *Words) said(s *Said) string {
	if s == nil {
		return ""
	}
	var parts []string
	if s.Procedure != nil {
		parts = append(parts, w.say("said.procedure", "procedure", w.procedure(*s.Procedure)))
	}
	if s.Tier != "" {
		parts = append(parts, w.say("said.tier", "tier", w.tier(s.Tier)))
	}
	return strings.Join(parts, " · ")
}

// Sides is a comparison in words.
type Sides struct {
	Headline string
	A, B     Sheet
	Notes    []string
	Section  Section // Was is what A makes of a ticket, Now what B does
}

// Sides tells a comparison.
func (w *Words) Sides(c *Comparison) Sides {
	s := Sides{A: w.Sheet(c.A), B: w.Sheet(c.B), Headline: w.say("differ", "count", strconv.Itoa(len(c.Rows)), "of", strconv.Itoa(c.Both)),
		Section: Section{Code: "differ", Title: w.say("section.differ"), Note: w.say("section.differ.note"), Empty: w.say("section.differ.none"), Count: len(c.Rows)}}
	if c.Mended+c.Broken > 0 {
		s.Notes = append(s.Notes, w.say("mended", "mended", strconv.Itoa(c.Mended), "broken", strconv.Itoa(c.Broken)))
	}
	if c.OnlyA+c.OnlyB > 0 {
		s.Notes = append(s.Notes, w.say("only", "a", strconv.Itoa(c.OnlyA), "b", strconv.Itoa(c.OnlyB)))
	}
	for i := range c.Rows {
		if w.Most > 0 && i == w.Most {
			s.Section.More = len(c.Rows) - i
			break
		}
		d := &c.Rows[i]
		row := w.row(d.B)
		row.Was, row.Way = w.Outcome(d.A.Now), ""
		s.Section.Rows = append(s.Section.Rows, row)
	}
	return s
}
