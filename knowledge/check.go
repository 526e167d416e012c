package knowledge

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Check is a check expression: a named check with parameters, or a
// composition by all, any or not. Exactly one of the forms is set.
type Check struct {
	Name   string         // such as "dns.cname"
	Params map[string]any // values may hold {input} placeholders
	All    []Check
	Any    []Check
	Not    *Check
}

// UnmarshalYAML reads {name: {params}} or {all|any: [...]} or {not: {...}}.
func (c *Check) UnmarshalYAML(n ast.Node) error {
	keys := entries(n)
	if len(keys) != 1 {
		return nodeErrorf(n, "a check has one name, or one of all, any, not; this has %d keys", len(keys))
	}
	name, body := keys[0].Key.GetToken().Value, keys[0].Value
	switch name {
	case "all", "any":
		list, ok := body.(*ast.SequenceNode)
		if !ok || len(list.Values) == 0 {
			return nodeErrorf(body, "%s takes a list of checks", name)
		}
		parts := make([]Check, len(list.Values))
		for i, v := range list.Values {
			if err := parts[i].UnmarshalYAML(v); err != nil {
				return err
			}
		}
		if name == "all" {
			c.All = parts
		} else {
			c.Any = parts
		}
	case "not":
		c.Not = &Check{}
		return c.Not.UnmarshalYAML(body)
	default:
		c.Name = name
		if body.Type() == ast.NullType {
			return nil
		}
		if entries(body) == nil {
			return nodeErrorf(body, "check %s takes parameters by name", name)
		}
		for _, e := range entries(body) {
			if entries(e.Value) != nil || e.Value.Type() == ast.SequenceType {
				return nodeErrorf(e.Value, "check %s: %s takes one value", name, e.Key.GetToken().Value)
			}
		}
		return yaml.NodeToValue(body, &c.Params)
	}
	return nil
}

// Leaves returns the named checks of the expression, left to right.
func (c *Check) Leaves() []Check {
	if c == nil {
		return nil
	}
	if c.Name != "" {
		return []Check{*c}
	}
	var out []Check
	for i := range c.All {
		out = append(out, c.All[i].Leaves()...)
	}
	for i := range c.Any {
		out = append(out, c.Any[i].Leaves()...)
	}
	return append(out, c.Not.Leaves()...)
}

// Bind returns the check's parameters as text with the placeholders filled
// in. missing names an input that has no value, "" when all have one.
func (c *Check) Bind(inputs map[string]string) (params map[string]string, missing string) {
	params = make(map[string]string, len(c.Params))
	for k, v := range c.Params {
		params[k] = placeholder.ReplaceAllStringFunc(fmt.Sprint(v), func(match string) string {
			value, ok := inputs[match[1:len(match)-1]]
			if !ok {
				missing = match[1 : len(match)-1]
				return match
			}
			return value
		})
	}
	return params, missing
}

// placeholder is an input's name in braces, in a check's parameters.
var placeholder = regexp.MustCompile(`\{[^{}]+\}`)

// Truth is a three-valued truth: what is not known neither satisfies nor
// contradicts.
type Truth int

// The truths.
const (
	Unknown Truth = iota
	True
	False
)

// Cond is a condition over facts: every path must satisfy every operator.
type Cond struct {
	Terms []Term
}

// Term is one operator on one path, such as account.plan in [pro scale].
type Term struct {
	Path string // account.FIELD, or matter.asks: the ids of the steps that the customer asks for
	Op   string // equals | in | exists | gte
	Arg  any
}

// operators of a condition, with the form of their argument.
var operators = map[string]string{"equals": "one value", "in": "a list", "exists": "true or false", "gte": "a number"}

// UnmarshalYAML reads {path: {op: arg, ...}, ...}.
func (c *Cond) UnmarshalYAML(n ast.Node) error {
	if len(entries(n)) == 0 {
		return nodeErrorf(n, "a condition is {account.FIELD: {OPERATOR: VALUE}}")
	}
	for _, e := range entries(n) {
		path := e.Key.GetToken().Value
		if !strings.HasPrefix(path, "account.") && path != "matter.asks" {
			return nodeErrorf(e, "nothing is known of %q; use account.FIELD or matter.asks", path)
		}
		if len(entries(e.Value)) == 0 {
			return nodeErrorf(e.Value, "%s takes an operator: equals, in, exists or gte", path)
		}
		for _, o := range entries(e.Value) {
			t := Term{Path: path, Op: o.Key.GetToken().Value}
			form, ok := operators[t.Op]
			if !ok {
				return nodeErrorf(o, "unknown operator %q for %s: use equals, in, exists or gte", t.Op, path)
			}
			if err := yaml.NodeToValue(o.Value, &t.Arg); err != nil {
				return err
			}
			if !t.formed() {
				return nodeErrorf(o.Value, "%s takes %s", t.Op, form)
			}
			c.Terms = append(c.Terms, t)
		}
	}
	sort.Slice(c.Terms, func(i, j int) bool {
		a, b := c.Terms[i], c.Terms[j]
		return a.Path < b.Path || a.Path == b.Path && a.Op < b.Op
	})
	return nil
}

// formed reports whether the argument is of the operator's form.
func (t Term) formed() bool {
	switch arg := t.Arg.(type) {
	case []any:
		return t.Op == "in"
	case map[string]any:
		return false
	case bool:
		return t.Op == "exists" || t.Op == "equals"
	default:
		_, isNumber := number(arg)
		return t.Op == "equals" || t.Op == "gte" && isNumber
	}
}

// Eval evaluates the condition; lookup returns false for what is not known.
// A nil condition is true.
func (c *Cond) Eval(lookup func(path string) (any, bool)) Truth {
	if c == nil {
		return True
	}
	result := True
	for _, t := range c.Terms {
		v, ok := lookup(t.Path)
		switch holds := t.holds(v, ok); holds {
		case False:
			return False
		case Unknown:
			result = Unknown
		}
	}
	return result
}

func (t Term) holds(v any, known bool) Truth {
	if !known {
		return Unknown
	}
	switch t.Op {
	case "exists":
		return truth((v != nil) == (fmt.Sprint(t.Arg) == "true"))
	case "equals":
		return truth(fmt.Sprint(v) == fmt.Sprint(t.Arg))
	case "in":
		list, _ := t.Arg.([]any)
		for _, have := range values(v) {
			for _, x := range list {
				if fmt.Sprint(x) == fmt.Sprint(have) {
					return True
				}
			}
		}
		return False
	case "gte":
		a, okA := number(v)
		b, okB := number(t.Arg)
		if !okA || !okB {
			return Unknown
		}
		return truth(a >= b)
	}
	return Unknown
}

// values is a list's members, or the value itself: a list is "in" when any
// member is.
func values(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out
	}
	return []any{v}
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
