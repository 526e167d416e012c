package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"readback/knowledge"
)

// Prepare puts recipes in the place of their names in the procedures of a
// workspace, once. It reports the first check that no check here answers to: a
// misspelt name would otherwise be unknown for ever.
func Prepare(w *knowledge.Workspace) error {
	for i := range w.Procedures {
		p := &w.Procedures[i]
		for _, s := range p.Steps {
			if s.Check != nil {
				if err := expand(s.Check); err != nil {
					return fmt.Errorf("%s: step %s: %w", p.File, s.ID, err)
				}
			}
			for _, call := range s.Check.Leaves() {
				if _, known := leaves[call.Name]; !known {
					return fmt.Errorf("%s: step %s: there is no check %q; there are %s", p.File, s.ID, call.Name,
						strings.Join(Names(), ", "))
				}
			}
		}
	}
	return nil
}

// Names lists the checks there are, in order.
func Names() []string { return slices.Sorted(maps.Keys(leaves)) }

// Known reports whether there is a check, or a recipe, of that name.
func Known(name string) bool {
	_, ok := leaves[name]
	if id, is := strings.CutPrefix(name, recipePrefix); is {
		_, ok = recipes()[id]
	}
	return ok
}

// Required lists the parameters that each check and recipe cannot do without, by its name.
func Required() map[string][]string {
	out := make(map[string][]string, len(leaves))
	for name, l := range leaves {
		out[name] = slices.Concat(l.names, l.urls, l.texts)
	}
	for name, r := range recipes() {
		needs := []string{}
		for _, param := range slices.Sorted(maps.Keys(r.Params)) {
			if r.Params[param].Default == "" {
				needs = append(needs, param)
			}
		}
		out[recipePrefix+name] = needs
	}
	return out
}

// Parameter is one that a check or a recipe takes.
type Parameter struct {
	Name     string
	Required bool
	Default  string // of a recipe's parameter, "" for none
}

// Parameters lists what each check and recipe takes, by its name: what it
// cannot do without first.
func Parameters() map[string][]Parameter {
	out := map[string][]Parameter{}
	for name, required := range Required() {
		for _, p := range required {
			out[name] = append(out[name], Parameter{Name: p, Required: true})
		}
		for _, p := range slices.Concat(leaves[name].maybe, leaves[name].other) {
			out[name] = append(out[name], Parameter{Name: p})
		}
	}
	for id, r := range recipes() {
		for _, p := range slices.Sorted(maps.Keys(r.Params)) {
			if d := r.Params[p].Default; d != "" {
				out[recipePrefix+id] = append(out[recipePrefix+id], Parameter{Name: p, Default: d})
			}
		}
	}
	return out
}
