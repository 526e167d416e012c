package eval

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"readback/triage"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// WritePage writes one HTML page that needs nothing else: the table, then
// every ticket with labels and predictions laid over its text, by extractor.
func WritePage(w io.Writer, reports []Report) error {
	type reading struct {
		Extractor string
		Counts    string
		Facts     []fact
		Messages  []pageMessage
	}
	type ticket struct {
		ID       string
		Readings []reading
	}
	data := struct {
		Explanation string
		Extractors  []string
		Rows        []row
		Tickets     []ticket
	}{Explanation: explanation(&reports[0]), Rows: rows(reports)}
	for i := range reports {
		data.Extractors = append(data.Extractors, reports[i].Extractor)
	}
	for i := range reports[0].Verdicts {
		t := ticket{ID: reports[0].Verdicts[i].Ticket.ID}
		for j := range reports {
			v := &reports[j].Verdicts[i]
			t.Readings = append(t.Readings, reading{reports[j].Extractor, v.counts(), v.facts(), v.messages()})
		}
		data.Tickets = append(data.Tickets, t)
	}
	return page.Execute(w, data)
}

// counts tells in words what became of the claims.
func (v *Verdict) counts() string {
	if !v.Ticket.Claims {
		return "claims not labelled"
	}
	n := map[Mark]int{}
	for _, j := range v.Claims {
		if !(j.Gold && (j.Mark == Matched || j.Mark == FalseDone)) { // a pair counts once
			n[j.Mark]++
		}
	}
	return fmt.Sprintf("%d matched, %d missed, %d extra, %d false done", n[Matched], n[Missed], n[Extra], n[FalseDone])
}

// fact is a label of the whole ticket beside the prediction.
type fact struct {
	Name, Want, Got string
	Right           bool
}

func (v *Verdict) facts() []fact {
	t, p := v.Ticket, v.Prediction
	var out []fact
	add := func(name, want, got string) { out = append(out, fact{name, want, got, want == got}) }
	if t.Language != nil {
		add("language", *t.Language, deref(p.Language))
	}
	if t.NeedsStaff != nil {
		add("needs staff", fmt.Sprint(*t.NeedsStaff), fmt.Sprint(p.NeedsStaff))
	}
	if t.Effort != nil {
		add("effort", string(*t.Effort), string(p.Effort))
	}
	if t.Expect.Action != "" {
		add("action", string(t.Expect.Action), string(p.Route.Action))
	}
	if t.Expect.Tier != "" {
		add("tier", t.Expect.Tier, p.Route.Tier)
	}
	if t.Expect.Procedure != nil {
		add("procedure", *t.Expect.Procedure, deref(p.Procedure))
	}
	if t.Expect.NextStep != nil {
		add("next step", *t.Expect.NextStep, deref(p.NextStep))
	}
	if t.Env {
		out = append(out, environmentFacts(t.Environment, p.Environment)...)
	}
	if p.Degraded {
		out = append(out, fact{"degraded", "no", strings.Join(p.Failures, ", "), false})
	}
	return out
}

// environmentFacts are the labelled values, then the predictions beside them.
func environmentFacts(gold []Value, predicted []PredictedValue) (out []fact) {
	have, want := map[Value]bool{}, map[Value]bool{}
	for _, p := range predicted {
		have[Value{string(p.Kind), p.Value}.folded()] = true
	}
	for _, v := range gold {
		want[v.folded()] = true
		got := ""
		if have[v.folded()] {
			got = v.Value
		}
		out = append(out, fact{v.Kind, v.Value, got, got != ""})
	}
	for _, p := range predicted {
		if v := (Value{string(p.Kind), p.Value}).folded(); !want[v] {
			want[v] = true // each once
			out = append(out, fact{string(p.Kind), "", p.Value, false})
		}
	}
	return out
}

// pageMessage is a message cut into pieces by the marks over it.
type pageMessage struct {
	N      int
	Role   triage.Role
	Pieces []piece
}

// piece is a run of text under the same marks.
type piece struct {
	Text   string
	Tags   []tag  // of the marks that begin here
	Class  string // label, predicted, both; "" for plain text
	Marked bool
}

// tag says in words what a mark is.
type tag struct{ Class, Text string }

func (v *Verdict) messages() []pageMessage {
	var out []pageMessage
	for i := range v.Ticket.Ticket.Messages {
		m := &v.Ticket.Ticket.Messages[i]
		var marks []Judged
		for _, j := range slices.Concat(v.Claims, v.Documents) {
			if j.Message == i+1 && j.Start >= 0 && j.Start < j.End && j.End <= len(m.Text) {
				marks = append(marks, j)
			}
		}
		out = append(out, pageMessage{i + 1, m.Role, pieces(m.Text, marks)})
	}
	return out
}

// pieces cuts a text at both ends of every mark.
func pieces(text string, marks []Judged) []piece {
	cuts := []int{0, len(text)}
	for _, j := range marks {
		cuts = append(cuts, j.Start, j.End)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []piece
	for i := range len(cuts) - 1 {
		p := piece{Text: text[cuts[i]:cuts[i+1]]}
		label, predicted := false, false
		for _, j := range marks {
			if j.Start > cuts[i] || j.End <= cuts[i] {
				continue
			}
			label, predicted = label || j.Gold, predicted || !j.Gold
			if j.Start == cuts[i] {
				p.Tags = append(p.Tags, j.tag())
			}
		}
		p.Marked = label || predicted
		switch {
		case label && predicted:
			p.Class = "label predicted"
		case label:
			p.Class = "label"
		case predicted:
			p.Class = "predicted"
		default:
			p.Text = elide(p.Text)
		}
		out = append(out, p)
	}
	return out
}

// maxPlain is how much text without marks is shown, in bytes.
const maxPlain = 4000

// elide leaves the middle of a long text out, between whole characters.
func elide(text string) string {
	if len(text) <= maxPlain {
		return text
	}
	from, to := maxPlain/2, len(text)-maxPlain/2
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return fmt.Sprintf("%s\n[%d bytes are left out on this page]\n%s", text[:from], to-from, text[to:])
}

func (j *Judged) tag() tag {
	what := j.State
	if what == "" {
		what = "document"
	}
	switch {
	case j.Mark == Matched && j.Gold:
		return tag{"label", fmt.Sprintf("label %d: %s", j.Pair, what)}
	case j.Mark == Matched && j.Wrong:
		return tag{"wrong", fmt.Sprintf("matched %d, but as %s", j.Pair, what)}
	case j.Mark == Matched:
		return tag{"matched", fmt.Sprintf("matched %d: %s", j.Pair, what)}
	case j.Mark == Missed:
		return tag{"missed", "missed: " + what}
	case j.Mark == Extra:
		return tag{"extra", "extra: " + what}
	case j.Mark == FalseDone && j.Gold:
		return tag{"label", fmt.Sprintf("label %d: not done", j.Pair)}
	case j.Mark == FalseDone:
		return tag{"false", fmt.Sprintf("false done %d: %s", j.Pair, what)}
	}
	return tag{"avoided", "not done, avoided"}
}
