package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"readback/knowledge"
)

// Validate reports the first check of a workspace's procedures that no check
// here answers to: a misspelt name would otherwise be unknown for ever.
func Validate(w *knowledge.Workspace) error {
	for i := range w.Procedures {
		p := &w.Procedures[i]
		for _, s := range p.Steps {
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

// Known reports whether there is a check of that name.
func Known(name string) bool {
	_, ok := leaves[name]
	return ok
}
