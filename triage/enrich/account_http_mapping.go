package enrich

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"readback/triage"
)

// path leads through JSON: a string is an object's member, an int a list's item.
type path []any

// parsePath reads names with dots and [n], such as "owners[0].email"; "" is
// the value itself. Names hold any characters but dots and brackets.
func parsePath(text string) (path, error) {
	if text == "" {
		return nil, nil
	}
	var p path
	for part := range strings.SplitSeq(text, ".") {
		name, items, indexed := strings.Cut(part, "[")
		if strings.Contains(name, "]") || name == "" && (!indexed || len(p) > 0) {
			return nil, fmt.Errorf("%q is not a path such as owners[0].email", text)
		}
		if name != "" {
			p = append(p, name)
		}
		if !indexed {
			continue
		}
		items, ended := strings.CutSuffix(items, "]")
		for item := range strings.SplitSeq(items, "][") {
			n, err := strconv.ParseUint(item, 10, 16)
			if err != nil || !ended {
				return nil, fmt.Errorf("%q is not a path such as owners[0].email", text)
			}
			p = append(p, int(n))
		}
	}
	return p, nil
}

// get follows the path; ok is false when something on the way is missing.
func (p path) get(v any) (_ any, ok bool) {
	for _, part := range p {
		switch part := part.(type) {
		case string:
			m, _ := v.(map[string]any)
			if v, ok = m[part]; !ok {
				return nil, false
			}
		case int:
			list, _ := v.([]any)
			if part >= len(list) {
				return nil, false
			}
			v = list[part]
		}
	}
	return v, true
}

// mapping is a compiled Mapping.
type mapping struct {
	id, owner, plan path
	fields          []field // empty: all but the three above
}

type field struct {
	to   []string
	from path
}

func (m Mapping) compile() (mapping, error) {
	var out mapping
	for _, c := range []struct {
		name, text string
		into       *path
	}{{"id", m.ID, &out.id}, {"owner", m.Owner, &out.owner}, {"plan", m.Plan, &out.plan}} {
		if c.text == "" {
			c.text = c.name
		}
		var err error
		if *c.into, err = parsePath(c.text); err != nil {
			return out, triage.Errorf(triage.Invalid, "accounts.mapping.%s: %v", c.name, err)
		}
	}
	names := slices.Sorted(maps.Keys(m.Fields))
	for _, name := range names {
		from, err := parsePath(m.Fields[name])
		if err == nil && (m.Fields[name] == "" || slices.Contains(strings.Split(name, "."), "")) {
			err = errors.New("it needs a name and a path")
		}
		for _, other := range names {
			if strings.HasPrefix(other, name+".") {
				err = fmt.Errorf("it cannot be a value and hold %s too", other)
			}
		}
		if err != nil {
			return out, triage.Errorf(triage.Invalid, "accounts.mapping.fields.%s: %v", name, err)
		}
		out.fields = append(out.fields, field{strings.Split(name, "."), from})
	}
	return out, nil
}

// account reads one account of an answer. An error says what the answer lacks.
func (m *mapping) account(v any) (*triage.Account, error) {
	from, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the account is %s, not an object", kindOf(v))
	}
	a := &triage.Account{Fields: map[string]any{}, Source: sourceHTTP}
	for _, c := range []struct {
		name string
		path path
		into *string
	}{{"id", m.id, &a.ID}, {"owner", m.owner, &a.Owner}, {"plan", m.plan, &a.Plan}} {
		v, _ := c.path.get(from)
		switch v := plain(v).(type) {
		case nil: // not known
		case string:
			*c.into = v
		case int64:
			*c.into = strconv.FormatInt(v, 10)
		default:
			return nil, fmt.Errorf("the account's %s is %s, not text", c.name, kindOf(v))
		}
	}
	if a.ID == "" {
		return nil, errors.New("the account has no id")
	}
	if len(m.fields) > 0 {
		m.pick(from, a.Fields)
		return a, nil
	}
	for name, v := range from {
		if !m.taken(name) {
			a.Fields[name] = plain(v)
		}
	}
	return a, nil
}

// pick copies the mapped fields that the answer has.
func (m *mapping) pick(from, to map[string]any) {
	for _, f := range m.fields {
		v, ok := f.from.get(from)
		if !ok {
			continue
		}
		at := to
		last := len(f.to) - 1
		for _, name := range f.to[:last] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		at[f.to[last]] = plain(v)
	}
}

// taken reports whether a member is the id, owner or plan.
func (m *mapping) taken(name string) bool {
	for _, p := range []path{m.id, m.owner, m.plan} {
		if len(p) == 1 && p[0] == name {
			return true
		}
	}
	return false
}

// plain turns numbers into int64 where they are whole and fit, else float64,
// so that they read and compare as those of a YAML file.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil || !strings.ContainsAny(v.String(), ".eE") {
			return v.String() // such as an id of many digits, which a float would round
		}
		return f
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = plain(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return out
	}
	return v
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "true or false"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return "a number"
}
