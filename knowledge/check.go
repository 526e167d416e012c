package knowledge

import (
	"fmt"
	"regexp"
	"sort"
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
func (c *Check) UnmarshalYAML(unmarshal func(any) error) error {
	var raw map[string]any
	if err := unmarshal(&raw); err != nil {
		return err
	}
	parsed, err := parseCheck(raw)
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

func parseCheck(raw map[string]any) (Check, error) {
	if len(raw) != 1 {
		return Check{}, fmt.Errorf("a check has one name, or one of all, any, not; this has %d keys", len(raw))
	}
	for name, body := range raw {
		switch name {
		case "all", "any":
			list, ok := body.([]any)
			if !ok || len(list) == 0 {
				return Check{}, fmt.Errorf("%s takes a list of checks", name)
			}
			var parts []Check
			for _, x := range list {
				m, ok := x.(map[string]any)
				if !ok {
					return Check{}, fmt.Errorf("%s takes a list of checks", name)
				}
				part, err := parseCheck(m)
				if err != nil {
					return Check{}, err
				}
				parts = append(parts, part)
			}
			if name == "all" {
				return Check{All: parts}, nil
			}
			return Check{Any: parts}, nil
		case "not":
			m, ok := body.(map[string]any)
			if !ok {
				return Check{}, fmt.Errorf("not takes one check")
			}
			part, err := parseCheck(m)
			return Check{Not: &part}, err
		default:
			params, ok := body.(map[string]any)
			if !ok && body != nil {
				return Check{}, fmt.Errorf("check %s takes parameters by name", name)
			}
			return Check{Name: name, Params: params}, nil
		}
	}
	panic("unreachable")
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

// UnmarshalYAML reads {path: {op: arg, ...}, ...}.
func (c *Cond) UnmarshalYAML(unmarshal func(any) error) error {
	var raw map[string]map[string]any
	if err := unmarshal(&raw); err != nil {
		return err
	}
	for path, ops := range raw {
		for op, arg := range ops {
			switch op {
			case "equals", "in", "exists", "gte":
			default:
				return fmt.Errorf("unknown operator %q for %s: use equals, in, exists or gte", op, path)
			}
			c.Terms = append(c.Terms, Term{path, op, arg})
		}
	}
	sort.Slice(c.Terms, func(i, j int) bool {
		a, b := c.Terms[i], c.Terms[j]
		return a.Path < b.Path || a.Path == b.Path && a.Op < b.Op
	})
	return nil
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
