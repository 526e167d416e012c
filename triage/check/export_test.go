package check

import "slices"

// What the tests of this package reach inside for.
var (
	SafeDial  = safeDial
	Guard     = guard
	Canonical = canonical
	Fold      = fold
)

// Requires returns the parameters that a check needs, nil for one that there is not.
func Requires(name string) []string {
	l, ok := leaves[name]
	if !ok {
		return nil
	}
	return slices.Concat(l.names, l.texts, l.urls)
}
