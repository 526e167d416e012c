package web

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"readback/triage"
	"readback/triage/ground"
)

// How much of one message a page shows. The rest is a link to the original.
const (
	shownBytes  = 12 << 10 // from the beginning
	aroundBytes = 240      // on each side of evidence further down
	headBytes   = 1400     // before "show the rest"
	foldBytes   = 2000     // a shorter message is never folded
	maxMarks    = 400      // spans in one message
)

// span is evidence in one message: text[start:end] under an id of the page.
type span struct {
	start, end int
	id         string
	class      string // colour: the verdict, or what kind of item it is
}

// marks numbers the evidence of a brief and finds it again by its anchor.
type marks struct {
	ids       map[[3]int]string // message, start, end -> id
	byMessage map[int][]span
}

// classes are the colours of marks, weakest first: of several items on the
// same words the worst verdict shows.
var classes = []string{"fact", "request", "said", "ok", "past", "unsure", "differs"}

// worse returns the class that shows.
func worse(a, b string) string {
	if slices.Index(classes, b) > slices.Index(classes, a) {
		return b
	}
	return a
}

// collectMarks gathers every quotation of the brief that still reads in its
// message as it was quoted.
func collectMarks(t *triage.Ticket, b *triage.Brief) *marks {
	m := &marks{ids: map[[3]int]string{}, byMessage: map[int][]span{}}
	for i := range b.Claims {
		class := "said"
		if w, ok := verdictWords[b.Claims[i].Verdict]; ok && b.Claims[i].Verdict != triage.VerdictPending {
			class = w.Class
		}
		m.add(t, b.Claims[i].Evidence, class)
	}
	m.add(t, b.Request.Evidence, "request")
	for _, x := range b.Symptoms {
		m.add(t, x.Evidence, "fact")
	}
	for _, x := range b.Documents {
		m.add(t, x.Evidence, "fact")
	}
	for _, x := range b.Environment {
		m.add(t, x.Evidence, "fact")
	}
	return m
}

func (m *marks) add(t *triage.Ticket, list []triage.Evidence, class string) {
	for _, e := range list {
		msg := t.N(e.Message)
		if e.Kind != triage.EvidenceQuote || msg == nil || !quotes(msg.Text, e) {
			continue
		}
		key := [3]int{e.Message, e.Start, e.End}
		spans := m.byMessage[e.Message]
		if id := m.ids[key]; id != "" {
			i := slices.IndexFunc(spans, func(s span) bool { return s.id == id })
			spans[i].class = worse(spans[i].class, class)
			continue
		}
		if len(spans) >= maxMarks {
			continue
		}
		id := fmt.Sprintf("q%d", len(m.ids)+1)
		m.ids[key] = id
		m.byMessage[e.Message] = append(spans, span{e.Start, e.End, id, class})
	}
}

// quotes reports whether e's offsets are good for text.
func quotes(text string, e triage.Evidence) bool {
	return e.Start >= 0 && e.Start < e.End && e.End <= len(text) && text[e.Start:e.End] == e.Quote && utf8.ValidString(e.Quote)
}

// id returns the page's id of a quotation, "" when it is not marked.
func (m *marks) id(e triage.Evidence) string {
	if e.Kind != triage.EvidenceQuote {
		return ""
	}
	return m.ids[[3]int{e.Message, e.Start, e.End}]
}

// piece is a run of text under the same marks.
type piece struct {
	Text    string
	Anchors []string // ids of the marks that begin here
	Refs    string   // ids of all marks over it, space-separated; "" for plain text
	Class   string
	Quoted  bool   // an earlier message that this one repeats
	Gap     string // how much is left out here; Text is "" then
}

// pieces cuts text[from:to] at the ends of the spans and of quoted history.
func pieces(text string, from, to int, spans []span, history []ground.Region) []piece {
	cuts := []int{from, to}
	for _, s := range spans {
		cuts = append(cuts, min(max(s.start, from), to), min(max(s.end, from), to))
	}
	for _, h := range history {
		cuts = append(cuts, min(max(h.Start, from), to), min(max(h.End, from), to))
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []piece
	for i := 1; i < len(cuts); i++ {
		p := piece{Text: text[cuts[i-1]:cuts[i]], Quoted: slices.ContainsFunc(history, func(h ground.Region) bool {
			return h.Start <= cuts[i-1] && cuts[i] <= h.End
		})}
		for _, s := range spans {
			if s.start > cuts[i-1] || s.end < cuts[i] {
				continue
			}
			if p.Refs == "" {
				p.Refs, p.Class = s.id, s.class
			} else {
				p.Refs, p.Class = p.Refs+" "+s.id, worse(p.Class, s.class)
			}
			if s.start == cuts[i-1] {
				p.Anchors = append(p.Anchors, s.id)
			}
		}
		out = append(out, p)
	}
	return out
}

// body cuts a message for the page: head is always open, rest is folded.
func body(text string, spans []span) (head, rest []piece) {
	fold := len(text)
	if len(text) > foldBytes {
		fold = foldAt(text, spans)
	}
	history := slices.DeleteFunc(ground.Regions(text), func(r ground.Region) bool { return r.Kind != ground.History && r.Kind != ground.Forward })
	shown := windows(text, spans)
	for i, w := range shown {
		if i > 0 {
			rest = append(rest, piece{Gap: size(int64(w[0] - shown[i-1][1]))})
		}
		from, to := w[0], w[1]
		if from < fold {
			head = append(head, pieces(text, from, min(to, fold), spans, history)...)
			from = min(to, fold)
		}
		if from < to {
			rest = append(rest, pieces(text, from, to, spans, history)...)
		}
	}
	return head, rest
}

// foldAt returns where the open part ends: near headBytes, at the end of a
// line or word, and never inside a mark.
func foldAt(text string, spans []span) int {
	at := headBytes
	for i := headBytes; i > headBytes/2; i-- {
		if text[i] == '\n' {
			at = i + 1
			break
		}
		if text[i] == ' ' && at == headBytes {
			at = i + 1
		}
	}
	for moved := true; moved; {
		moved = false
		for _, s := range spans {
			if s.start < at && at < s.end {
				at, moved = s.end, true
			}
		}
	}
	return runeStart(text, at)
}

// windows returns the ranges of a message that are shown, in order: its
// beginning and the surroundings of evidence further down.
func windows(text string, spans []span) [][2]int {
	out := [][2]int{{0, runeStart(text, min(len(text), shownBytes))}}
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b span) int { return a.start - b.start })
	for _, s := range sorted {
		from := runeStart(text, max(0, s.start-aroundBytes))
		to := runeStart(text, min(len(text), min(s.end, s.start+shownBytes)+aroundBytes))
		if last := &out[len(out)-1]; from <= last[1] {
			last[1] = max(last[1], to)
		} else {
			out = append(out, [2]int{from, to})
		}
	}
	if last := out[len(out)-1]; last[1] < len(text) {
		out = append(out, [2]int{len(text), len(text)}) // a gap at the end, nothing after it
	}
	return out
}

// runeStart moves i back to the beginning of a rune.
func runeStart(text string, i int) int {
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}
