package edit

import (
	"regexp"
	"strings"
)

// block is a piece of the Markdown: what comes before every heading, a step's
// text, or another section. heading and text together are its bytes.
type block struct {
	step    string // id of the step it tells of, "" for none
	heading string // its line with the line break; "" before every heading
	text    string
}

type blocks []block

var (
	headingLine = regexp.MustCompile(`^(#{1,6})[ \t]+(.*?)(?:[ \t]*\{#([\w-]+)\}[ \t]*)?\n?$`)
	fenceLine   = regexp.MustCompile("^ {0,3}(```+|~~~+)")
)

// split cuts Markdown as pages do: at the headings that name a step and at
// those that stand as high as a section's.
func split(body string, isStep map[string]bool) blocks {
	out := blocks{{}}
	fence := ""
	for line := range strings.Lines(body) {
		if m := fenceLine.FindStringSubmatch(line); m != nil {
			switch {
			case fence == "":
				fence = m[1]
			case strings.HasPrefix(m[1], fence):
				fence = ""
			}
		}
		m := headingLine.FindStringSubmatch(line)
		if fence == "" && m != nil && (isStep[m[3]] || len(m[1]) <= 2) {
			b := block{heading: line}
			if isStep[m[3]] {
				b.step = m[3]
			}
			out = append(out, b)
			continue
		}
		out[len(out)-1].text += line
	}
	return out
}

func (b blocks) find(step string) int {
	for i := range b {
		if b[i].step == step && step != "" {
			return i
		}
	}
	return -1
}

func (b blocks) intro() string { return trimmed(b[0].text) }

// level is how deep the headings of steps are.
func (b blocks) level() string {
	for i := range b {
		if b[i].step != "" {
			return headingLine.FindStringSubmatch(b[i].heading)[1]
		}
	}
	return "##"
}

// apply lays the texts of a form over the blocks of the file: steps take the
// places that steps have, in the form's order, and other sections stay where
// they are.
func (b blocks) apply(old, now *Form) string {
	var steps []block
	for i := range now.Steps {
		s := &now.Steps[i]
		at := b.find(s.Was)
		switch {
		case s.Text == "" && (at < 0 || trimmed(b[at].text) != ""):
		case at >= 0:
			steps = append(steps, b[at].withStep(s, old.step(s.Was)))
		default:
			steps = append(steps, block{step: s.ID, heading: b.level() + " " + s.Title + " {#" + s.ID + "}\n", text: s.Text + "\n"})
		}
	}
	out := blocks{b[0].withText(now.Intro)}
	section, last := 0, 1 // last is the place after the last step
	for _, was := range b[1:] {
		if was.step == "" {
			if section < len(now.Sections) && now.Sections[section] != "" {
				out = append(out, was.withSection(now.Sections[section]))
			}
			section++
			continue
		}
		if len(steps) > 0 {
			out, steps = append(out, steps[0]), steps[1:]
			last = len(out)
		}
	}
	rest := append(blocks{}, out[last:]...)
	out = append(append(out[:last:last], steps...), rest...)
	for ; section < len(now.Sections); section++ {
		out = append(out, block{}.withSection(now.Sections[section]))
	}
	// The end of the file stays as it is, whichever block is there now.
	body, was := out.join(), b[len(b)-1].heading+b[len(b)-1].text
	return strings.TrimRight(body, "\n") + was[len(strings.TrimRight(was, "\n")):]
}

// join puts an empty line between two blocks that have none between them.
func (b blocks) join() string {
	var out strings.Builder
	for i := range b {
		piece := b[i].heading + b[i].text
		if i > 0 && piece != "" && out.Len() > 0 && strings.TrimSpace(out.String()) != "" && !strings.HasSuffix(out.String(), "\n\n") {
			out.WriteString(strings.Repeat("\n", 2-min(1, len(out.String())-len(strings.TrimRight(out.String(), "\n")))))
		}
		out.WriteString(piece)
	}
	return out.String()
}

// withText changes the text and keeps the empty lines around it.
func (b block) withText(text string) block {
	if old := trimmed(b.text); old != text {
		if i := strings.Index(b.text, old); old != "" && i >= 0 && text != "" {
			b.text = b.text[:i] + text + b.text[i+len(old):]
		} else if b.text = text; text != "" {
			b.text += "\n"
		}
	}
	return b
}

// withStep changes a step's text, and its heading when that was its title.
func (b block) withStep(s *Step, old *Step) block {
	b = b.withText(s.Text)
	if m := headingLine.FindStringSubmatch(b.heading); m != nil && old != nil && old.Title != s.Title && strings.TrimSpace(m[2]) == old.Title {
		b.heading = m[1] + " " + s.Title + " {#" + s.ID + "}\n"
	}
	return b
}

// withSection changes a section as a whole.
func (b block) withSection(text string) block {
	if trimmed(b.heading+b.text) == text {
		return b
	}
	return block{text: text + "\n"}
}
