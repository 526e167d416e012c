package edit

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"readback/knowledge"
)

// The keys in the order in which new ones are written.
var (
	procedureKeys = []string{"id", "title", "area", "status", "self_service", "kind", "owner", "audience", "reviewed", "url",
		"replaces_urls", "asks", "prerequisites", "inputs", "steps"}
	stepKeys = []string{"id", "title", "by", "scope", "capability", "when", "after", "one_of", "optional", "replaces", "sets", "check", "phrases", "errors"}
)

// field is a key with its value as it is written.
type field struct{ key, value string }

func (f *Form) fields() []field {
	return []field{{"title", alone(f.Title)}, {"area", optional(f.Area)}, {"status", optional(string(f.Status))},
		{"self_service", optional(string(f.SelfService))}, {"kind", optional(f.Kind)}, {"owner", optional(f.Owner)},
		{"audience", optional(f.Audience)}, {"reviewed", day(f.Reviewed)}, {"url", optional(f.URL)},
		{"replaces_urls", listValue(f.ReplacesURLs, "")}, {"asks", listValue(f.Asks, "")}, {"prerequisites", listValue(f.Prerequisites, "")}}
}

func (s *Step) fields(indent string) []field {
	scope, maybe := "", ""
	if s.Account {
		scope = string(knowledge.ScopeAccount)
	}
	if s.Optional {
		maybe = "true"
	}
	return []field{{"id", quoted(s.ID)}, {"title", alone(s.Title)}, {"by", quoted(string(s.By))}, {"scope", scope}, {"capability", optional(s.Capability)},
		{"when", s.When.value()}, {"after", listValue(s.After, indent)}, {"one_of", optional(s.OneOf)}, {"optional", maybe},
		{"replaces", listValue(s.Replaces, indent)}, {"sets", optional(s.Sets)}, {"check", s.Check.value()},
		{"phrases", listValue(s.Phrases, indent)}, {"errors", listValue(s.Errors, indent)}}
}

func day(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return s
	}
	return optional(s)
}

func optional(s string) string {
	if s == "" {
		return ""
	}
	return alone(s)
}

func (f *Form) step(was string) *Step {
	for i := range f.Steps {
		if f.Steps[i].Was == was && was != "" {
			return &f.Steps[i]
		}
	}
	return nil
}

// Apply lays a form over the file that it was read from and returns the file's
// new text. It checks no meaning: Load does. The error is knowledge.Faults when
// the old file cannot be read.
func Apply(file string, data []byte, now Form) ([]byte, error) {
	old, err := Read(file, data)
	if err != nil {
		return nil, err
	}
	now = now.clean()
	if reflect.DeepEqual(old, now) {
		return data, nil
	}
	t := openText(data)
	front, ok := t.front(&old, &now)
	if !ok || !holds(file, front, &now) {
		// Written in a style that cannot be patched, such as one map in braces: anew, without comments.
		front = now.anew(strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".md"), t.hasID)
		if !holds(file, front, &now) {
			return nil, fmt.Errorf("%s: what the form says cannot be written as YAML", file)
		}
	}
	ids := map[string]bool{}
	for i := range old.Steps {
		ids[old.Steps[i].Was] = true
	}
	return t.close(front, split(t.body, ids).apply(&old, &now)), nil
}

// holds reports whether front matter says what the form does.
func holds(file string, front []string, want *Form) bool {
	got, err := Read(file, []byte("---\n"+strings.Join(front, "\n")+"\n---\n"))
	if err != nil {
		return false
	}
	return reflect.DeepEqual(got.bare(), want.bare())
}

// bare is a form without what the file cannot or need not say the same way.
func (f *Form) bare() Form {
	out := *f
	out.Intro, out.Sections = "", nil
	out.Steps, out.Inputs = slices.Clone(f.Steps), slices.Clone(f.Inputs)
	for i := range out.Steps {
		out.Steps[i].Was, out.Steps[i].Text = "", ""
	}
	for i := range out.Inputs {
		out.Inputs[i].Was = ""
	}
	return out
}

// text is a file cut into front matter and body, with what its bytes were like.
type text struct {
	lines    []string // from 1: lines[0] is unused, lines[1] is the first "---"
	end      int      // the line of the second "---"
	body     string
	root     ast.Node
	hasID    bool
	mark, cr bool // it began with a byte order mark; its lines ended in \r\n
}

// openText expects a file that knowledge has read.
func openText(data []byte) *text {
	t := &text{}
	data, t.mark = bytes.CutPrefix(data, []byte("\ufeff"))
	if t.cr = bytes.Contains(data, []byte("\r\n")); t.cr {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	t.lines = append([]string{""}, strings.Split(string(data), "\n")...)
	t.end = 2 + slices.Index(t.lines[2:], "---")
	t.body = strings.Join(t.lines[min(t.end+1, len(t.lines)):], "\n")
	if parsed, err := parser.ParseBytes([]byte("\n"+strings.Join(t.lines[2:t.end], "\n")), 0); err == nil && len(parsed.Docs) > 0 {
		t.root = parsed.Docs[0].Body
		if m, ok := t.root.(*ast.MappingNode); ok {
			t.hasID = slices.ContainsFunc(m.Values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == "id" })
		}
	}
	return t
}

func (t *text) close(front []string, body string) []byte {
	out := "---\n" + strings.Join(front, "\n") + "\n---\n" + body
	if len(front) == 0 {
		out = "---\n---\n" + body
	}
	if t.cr {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	if t.mark {
		out = "\ufeff" + out
	}
	return []byte(out)
}

// front patches the front matter; ok is false when it is written in a style
// that cannot be patched.
func (t *text) front(old, now *Form) (lines []string, ok bool) {
	r, ok := regionOf(t.lines, 2, t.end, t.root)
	if !ok {
		return nil, false
	}
	was, is := old.fields(), now.fields()
	for i := range is {
		if was[i] != is[i] {
			r.set(is[i].key, is[i].value, procedureKeys)
		}
	}
	if !reflect.DeepEqual(old.Inputs, now.Inputs) {
		value, patched := t.inputs(&r, old, now)
		if at := r.find("inputs"); patched {
			r.entries[at].lines = value
		} else {
			r.set("inputs", strings.Join(value, "\n"), procedureKeys)
		}
	}
	if !reflect.DeepEqual(frontOf(old.Steps), frontOf(now.Steps)) {
		value, patched := t.steps(&r, old, now)
		if at := r.find("steps"); patched {
			r.entries[at].lines = value
		} else {
			r.set("steps", strings.Join(value, "\n"), procedureKeys)
		}
	}
	return r.text(), true
}

func frontOf(steps []Step) []Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Text = ""
	}
	return out
}

// inputs are the lines of the key inputs: patched with its key, or anew without.
func (t *text) inputs(r *region, old, now *Form) (value []string, patched bool) {
	if at := r.find("inputs"); at >= 0 && len(now.Inputs) > 0 {
		from, to := r.entries[at].from, r.entries[at].from+len(r.entries[at].lines)
		if in, ok := regionOf(t.lines, from+1, to, r.entries[at].value); ok {
			var kept entries
			for _, was := range old.Inputs {
				i := slices.IndexFunc(now.Inputs, func(x Input) bool { return x.Was == was.Was })
				switch at := in.find(was.Was); {
				case i < 0:
					in.takeOut(at)
				case now.Inputs[i].Name != was.Name:
					in.entries[at].key = now.Inputs[i].Name
					in.entries[at].lines = in.lineOf(now.Inputs[i].Name, now.Inputs[i].value(), "")
				case now.Inputs[i] != was:
					in.set(was.Name, now.Inputs[i].value(), nil)
				}
			}
			for _, x := range now.Inputs {
				if x.Was == "" {
					kept = append(kept, entry{key: x.Name, lines: in.lineOf(x.Name, x.value(), "")})
				}
			}
			in.entries = append(in.entries, kept...)
			return append(slices.Clone(t.lines[from:from+1]), in.text()...), true
		}
	}
	for _, x := range now.Inputs {
		value = append(value, "  "+x.Name+": "+x.value())
	}
	if value != nil {
		value = append([]string{""}, value...)
	}
	return value, false
}

// steps are the lines of the key steps: patched with its key, or anew without.
func (t *text) steps(r *region, old, now *Form) (value []string, patched bool) {
	at := r.find("steps")
	if at >= 0 && len(now.Steps) > 0 {
		from, to := r.entries[at].from, r.entries[at].from+len(r.entries[at].lines)
		if list, ok := r.entries[at].value.(*ast.SequenceNode); ok {
			if cut, dash, tail, ok := items(t.lines, from+1, to, list); ok && len(cut) == len(old.Steps) {
				out := slices.Clone(t.lines[from : from+1])
				for i := range now.Steps {
					s := &now.Steps[i]
					j := slices.IndexFunc(old.Steps, func(x Step) bool { return x.Was == s.Was && s.Was != "" })
					if j < 0 {
						out = append(out, s.anew(strings.Repeat(" ", dash-1))...)
						continue
					}
					out = append(append(out, cut[j].lead...), t.step(cut[j], dash, &old.Steps[j], s)...)
				}
				return append(out, tail...), true
			}
		}
	}
	for i := range now.Steps {
		value = append(value, now.Steps[i].anew("  ")...)
	}
	if value != nil {
		value = append([]string{""}, value...)
	}
	return value, false
}

// step are the lines of an item of steps with what has changed in it.
func (t *text) step(it item, dash int, old, now *Step) []string {
	lines := slices.Clone(t.lines[it.from:it.to])
	column := dash + 1
	if keys := pairs(it.value); keys != nil {
		column = keys[0].Key.GetToken().Position.Column - 1
	}
	was, is := old.fields(strings.Repeat(" ", column)), now.fields(strings.Repeat(" ", column))
	if slices.Equal(was, is) {
		return lines
	}
	lines[0] = lines[0][:dash-1] + " " + lines[0][dash:] // as a map by itself
	padded := append(make([]string, it.from), lines...)
	r, ok := regionOf(padded, it.from, it.to, it.value)
	if !ok {
		return now.anew(strings.Repeat(" ", dash-1))
	}
	for i := range is {
		if was[i] != is[i] {
			r.set(is[i].key, is[i].value, stepKeys)
		}
	}
	lines = r.text()
	for i, line := range lines {
		if rest := strings.TrimLeft(line, " "); rest != "" && rest[0] != '#' {
			lines[i] = line[:dash-1] + "-" + line[dash:]
			break
		}
	}
	return lines
}

// anew is a step as a new item.
func (s *Step) anew(indent string) []string {
	var out []string
	before := "- "
	for _, f := range s.fields(indent + "  ") {
		if f.value == "" {
			continue
		}
		r := region{indent: indent + before}
		out = append(out, r.lineOf(f.key, f.value, "")...)
		before = "  "
	}
	return out
}

// anew is the whole front matter.
func (f *Form) anew(id string, withID bool) []string {
	var r region
	if withID {
		r.set("id", quoted(id), procedureKeys)
	}
	for _, x := range f.fields() {
		r.set(x.key, x.value, procedureKeys)
	}
	var t text
	for _, part := range []struct {
		key  string
		make func(*region, *Form, *Form) ([]string, bool)
	}{{"inputs", t.inputs}, {"steps", t.steps}} {
		value, _ := part.make(&r, f, f)
		r.set(part.key, strings.Join(value, "\n"), procedureKeys)
	}
	return r.text()
}
