package edit

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"readback/knowledge"
)

// longLine is how long a list in one line may be, in characters.
const longLine = 100

// plain is a text that YAML reads as itself without quotes, in a flow too.
var plain = regexp.MustCompile(`^[\pL_/(][\pL\pN_./()+@%-]*(?: [\pL\pN_./()+@%-]+)*(?:[.!?])?$`)

// number is what YAML and a check's parameter both read as the same figure.
var number = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,14})$`)

// reserved are plain words that YAML does not read as text.
var reserved = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off|y|n|~|\.nan|\.inf)$`)

// inBlock is a text that needs no quotes where nothing stands around it.
var inBlock = regexp.MustCompile(`^[\pL_/(](?:[\pL\pN_./()+@%,;!?&='-]|: ?[\pL\pN/]| )*$`)

// alone is a text as the value of a key in a line of its own.
func alone(s string) string {
	if inBlock.MatchString(s) && !reserved.MatchString(s) && !strings.Contains(s, ": ") && !strings.Contains(s, " -") && !strings.HasSuffix(s, ":") {
		return s
	}
	return quoted(s)
}

// quoted is a text as a YAML value, in quotes where it needs them.
func quoted(s string) string {
	if plain.MatchString(s) && !reserved.MatchString(s) && !strings.Contains(s, " -") {
		return s
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text always encodes; YAML reads JSON's quotes
	return strings.TrimSpace(out.String())
}

// typed is a parameter's value: figures and truths stay what they are.
func typed(s string) string {
	if number.MatchString(s) || s == "true" || s == "false" {
		return s
	}
	return quoted(s)
}

func flow(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = quoted(s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// listValue is a list behind its key: in the line, or when that is long, an item a line below.
func listValue(list []string, indent string) string {
	if len(list) == 0 {
		return ""
	}
	if line := flow(list); utf8.RuneCountInString(line) <= longLine {
		return line
	}
	var out strings.Builder
	for _, s := range list {
		out.WriteString("\n" + indent + "  - " + quoted(s))
	}
	return out.String()
}

func (in Input) value() string {
	parts := []string{"kind: " + quoted(in.Kind)}
	if in.From != "" {
		parts = append(parts, "from: "+quoted(in.From))
	}
	if in.Many {
		parts = append(parts, "many: true")
	}
	if in.Ask != "" {
		parts = append(parts, "ask: "+quoted(in.Ask))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (c Check) value() string {
	switch {
	case c.Kept != "":
		return c.Kept
	case len(c.Parts) == 0:
		return ""
	case c.Join == "":
		return c.Parts[0].value()
	}
	parts := make([]string, len(c.Parts))
	for i, call := range c.Parts {
		parts[i] = call.value()
	}
	return "{" + c.Join + ": [" + strings.Join(parts, ", ") + "]}"
}

func (c Call) value() string {
	parts := make([]string, len(c.Params))
	for i, p := range c.Params {
		parts[i] = quoted(p.Name) + ": " + typed(p.Value)
	}
	return "{" + quoted(c.Name) + ": {" + strings.Join(parts, ", ") + "}}"
}

// checkText is any expression in one line.
func checkText(c *knowledge.Check) string {
	list := func(parts []knowledge.Check) string {
		out := make([]string, len(parts))
		for i := range parts {
			out[i] = checkText(&parts[i])
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	switch {
	case c.Name != "":
		return callOf(c).value()
	case c.All != nil:
		return "{all: " + list(c.All) + "}"
	case c.Any != nil:
		return "{any: " + list(c.Any) + "}"
	}
	return "{not: " + checkText(c.Not) + "}"
}

func (w When) value() string {
	if w.Kept != "" {
		return w.Kept
	}
	var paths []string
	byPath := map[string][]string{}
	for _, t := range w.Terms {
		if byPath[t.Path] == nil {
			paths = append(paths, t.Path)
		}
		value := typed(t.Value)
		if t.Op == "in" {
			value = flow(texts(strings.Split(t.Value, ",")))
		}
		byPath[t.Path] = append(byPath[t.Path], t.Op+": "+value)
	}
	if paths == nil {
		return ""
	}
	for i, p := range paths {
		paths[i] = quoted(p) + ": {" + strings.Join(byPath[p], ", ") + "}"
	}
	return "{" + strings.Join(paths, ", ") + "}"
}

// whenText is any condition in one line.
func whenText(c *knowledge.Cond) string {
	byPath := map[string][]string{}
	for _, t := range c.Terms {
		value, err := json.Marshal(t.Arg)
		if err != nil {
			value = []byte(quoted(fmt.Sprint(t.Arg)))
		}
		byPath[t.Path] = append(byPath[t.Path], t.Op+": "+string(value))
	}
	var out []string
	for _, p := range slices.Sorted(maps.Keys(byPath)) {
		out = append(out, quoted(p)+": {"+strings.Join(byPath[p], ", ")+"}")
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// flowWithout is a map in one line without some of its keys; "" when none are left.
func flowWithout(n ast.Node, gone []string) (string, error) {
	var all map[string]any
	if err := yaml.NodeToValue(n, &all); err != nil {
		return "", err
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(gone, key) {
			continue
		}
		value, err := json.Marshal(all[key])
		if err != nil {
			return "", err
		}
		out = append(out, quoted(key)+": "+string(value))
	}
	if out == nil {
		return "", nil
	}
	return "{" + strings.Join(out, ", ") + "}", nil
}
