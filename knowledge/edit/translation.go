package edit

import (
	"slices"

	"readback/knowledge"
)

// Without takes out of a translation what a procedure no longer has: the
// entries and texts of steps, and the questions of inputs.
func Without(data []byte, steps, inputs []string) ([]byte, error) {
	t := openText(data)
	r, ok := regionOf(t.lines, 2, t.end, t.root)
	if !ok {
		return data, nil // what it says of them is then a fault when it is loaded
	}
	for _, part := range []struct {
		key  string
		gone []string
	}{{"steps", steps}, {"inputs", inputs}} {
		at := r.find(part.key)
		if at < 0 {
			continue
		}
		e := &r.entries[at]
		in, ok := regionOf(t.lines, e.from+1, e.from+len(e.lines), e.value)
		if !ok {
			value, err := flowWithout(e.value, part.gone)
			if err != nil {
				return nil, err
			}
			r.set(part.key, value, nil)
			continue
		}
		for _, key := range part.gone {
			if i := in.find(key); i >= 0 {
				in.takeOut(i)
			}
		}
		if len(in.entries) == 0 {
			r.takeOut(at)
		} else {
			e.lines = append(e.lines[:1:1], in.text()...)
		}
	}
	isStep := map[string]bool{}
	for _, id := range steps {
		isStep[id] = true
	}
	for id := range knowledge.Sections(t.body) {
		isStep[id] = true
	}
	cut := split(t.body, isStep)
	kept := slices.DeleteFunc(slices.Clone(cut), func(b block) bool { return slices.Contains(steps, b.step) && b.step != "" })
	if len(kept) == len(cut) {
		return t.close(r.text(), t.body), nil
	}
	return t.close(r.text(), kept.join()), nil
}
