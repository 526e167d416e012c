package edit

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// region is a YAML map in block style: its lines, cut at its keys.
type region struct {
	indent string // what stands before its keys
	entries
	tail []string // comments and empty lines after the last value
}

type entries []entry

// entry is one key with its lines.
type entry struct {
	key   string
	lead  []string // comments and empty lines before it
	lines []string // the key's line and what its value takes
	value ast.Node // nil for what was not in the file
	from  int      // the key's line in the file, from 1
}

// regionOf cuts the lines [from, to) of a file, counted from 1, at the keys of
// a map. ok is false for one that is not in block style, or whose keys are not
// where the parser says.
func regionOf(lines []string, from, to int, n ast.Node) (r region, ok bool) {
	keys := pairs(n)
	if keys == nil {
		return r, false
	}
	starts := make([]int, len(keys), len(keys)+1)
	column := keys[0].Key.GetToken().Position.Column
	for i, k := range keys {
		pos := k.Key.GetToken().Position
		at := pos.Line
		if at < from || at >= to || pos.Column != column || i > 0 && at <= starts[i-1] || !startsWithKey(lines[at], column, k.Key.GetToken().Value) {
			return r, false
		}
		starts[i] = at
	}
	r.indent = strings.Repeat(" ", column-1)
	lead := slices.Clone(lines[from:starts[0]])
	starts = append(starts, to)
	for i, k := range keys {
		end := starts[i+1]
		for end > starts[i]+1 && loose(lines[end-1], column-1) {
			end--
		}
		r.entries = append(r.entries, entry{k.Key.GetToken().Value, lead, slices.Clone(lines[starts[i]:end]), k.Value, starts[i]})
		lead = slices.Clone(lines[end:starts[i+1]])
	}
	r.tail = lead
	return r, true
}

// pairs are the keys of a map in block style, nil for anything else.
func pairs(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle {
			return n.Values
		}
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func startsWithKey(line string, column int, key string) bool {
	rest := strings.TrimLeft(line, " ")
	if len(line)-len(rest) != column-1 {
		return false
	}
	rest = strings.TrimLeft(rest, `"'`)
	return strings.HasPrefix(rest, key)
}

// loose reports whether a line belongs to no value: it is empty, or a comment
// that is indented no deeper than the keys.
func loose(line string, indent int) bool {
	rest := strings.TrimLeft(line, " \t")
	return rest == "" || rest[0] == '#' && len(line)-len(rest) <= indent
}

func (r *region) find(key string) int {
	return slices.IndexFunc(r.entries, func(e entry) bool { return e.key == key })
}

// set replaces the value of a key, keeps the comment behind it, and takes the
// key out for an empty one. A key that is not there goes behind the nearest
// one that comes before it in order, in the place of a comment "# key:".
func (r *region) set(key, value string, order []string) {
	at := r.find(key)
	switch {
	case at >= 0 && value == "":
		r.takeOut(at)
	case at >= 0:
		e := &r.entries[at]
		e.lines = r.lineOf(key, value, commentOf(e.lines))
	case value != "":
		e := entry{key: key, lines: r.lineOf(key, value, "")}
		rank, after := slices.Index(order, key), -1
		for i := range r.entries {
			if n := slices.Index(order, r.entries[i].key); n >= 0 && n < rank {
				after = i
			}
		}
		r.entries = slices.Insert(r.entries, after+1, e)
		r.uncomment(key)
	}
}

func (r *region) takeOut(at int) {
	lead := r.entries[at].lead
	r.entries = slices.Delete(r.entries, at, at+1)
	if at < len(r.entries) {
		r.entries[at].lead = slices.Concat(lead, r.entries[at].lead)
	} else {
		r.tail = slices.Concat(lead, r.tail)
	}
}

// uncomment drops lines such as "# check: ..." once there is a check.
func (r *region) uncomment(key string) {
	is := func(line string) bool {
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "#")
		return ok && strings.HasPrefix(strings.TrimLeft(rest, " "), key+":")
	}
	for i := range r.entries {
		r.entries[i].lead = slices.DeleteFunc(r.entries[i].lead, is)
	}
	r.tail = slices.DeleteFunc(r.tail, is)
}

func (r *region) lineOf(key, value, comment string) []string {
	first, rest, more := strings.Cut(value, "\n")
	line := r.indent + key + ":"
	if first != "" {
		line += " " + first
	}
	if comment != "" {
		line += " " + comment
	}
	out := []string{line}
	if more {
		out = append(out, strings.Split(rest, "\n")...)
	}
	return out
}

// text is the region's lines.
func (r *region) text() []string {
	var out []string
	for _, e := range r.entries {
		out = append(append(out, e.lead...), e.lines...)
	}
	return append(out, r.tail...)
}

// commentOf is the comment at the end of a value's first line, "" without one.
func commentOf(lines []string) string {
	var quote byte
	line := lines[0]
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && i > 0 && strings.IndexByte(" [{,:", line[i-1]) >= 0:
			quote = c
		case c == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t'):
			return line[i:]
		}
	}
	return ""
}

// items cuts the lines [from, to) at the items of a list in block style.
func items(lines []string, from, to int, n *ast.SequenceNode) (out []item, dash int, tail []string, ok bool) {
	if n.IsFlowStyle || len(n.Entries) == 0 || len(n.Entries) != len(n.Values) {
		return nil, 0, nil, false
	}
	dash = n.Entries[0].Start.Position.Column
	var starts []int
	for _, e := range n.Entries {
		at := e.Start.Position.Line
		if at < from || at >= to || e.Start.Position.Column != dash || len(starts) > 0 && at <= starts[len(starts)-1] ||
			len(lines[at]) < dash || strings.TrimLeft(lines[at][:dash], " ") != "-" {
			return nil, 0, nil, false
		}
		starts = append(starts, at)
	}
	lead := slices.Clone(lines[from:starts[0]])
	starts = append(starts, to)
	for i := range n.Entries {
		end := starts[i+1]
		for end > starts[i]+1 && loose(lines[end-1], dash-1) {
			end--
		}
		out = append(out, item{lead: lead, from: starts[i], to: end, value: n.Values[i]})
		lead = slices.Clone(lines[end:starts[i+1]])
	}
	return out, dash, lead, true
}

// item is one of a list, by its lines from 1.
type item struct {
	lead     []string
	from, to int
	value    ast.Node
}
