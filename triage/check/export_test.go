package check

// What the tests of this package reach inside for.
var (
	SafeDial  = safeDial
	Guard     = guard
	Canonical = canonical
	Fold      = fold
)
