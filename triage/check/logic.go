package check

import (
	"readback/knowledge"
	"readback/triage"
)

// fold evaluates a check expression in three-valued logic. next returns the
// outcome of the next leaf, in the order of knowledge.Check.Leaves. A nil
// expression is Unknown.
func fold(c *knowledge.Check, next func() triage.CheckOutcome) triage.CheckOutcome {
	switch {
	case c == nil:
		return triage.Unknown
	case c.Name != "":
		return next()
	case c.Not != nil:
		return negate(fold(c.Not, next))
	case len(c.All) > 0:
		return every(c.All, triage.Fail, next)
	case len(c.Any) > 0:
		return every(c.Any, triage.Pass, next)
	}
	return triage.Unknown
}

// decider returns the place of the result that decided an expression: of those
// that would each have, the first.
func decider(c *knowledge.Check, results []triage.CheckResult) int {
	outcome := func(c *knowledge.Check, of []triage.CheckResult) triage.CheckOutcome {
		return fold(c, func() triage.CheckOutcome {
			first := of[0].Outcome
			of = of[1:]
			return first
		})
	}
	if c.Not != nil {
		return decider(c.Not, results)
	}
	at := 0
	for _, parts := range [][]knowledge.Check{c.All, c.Any} {
		for i := range parts {
			n := len(parts[i].Leaves())
			if own := results[at : at+n]; outcome(&parts[i], own) == outcome(c, results) {
				return at + decider(&parts[i], own)
			}
			at += n
		}
	}
	return 0
}

// every folds the parts of all (decisive Fail) or any (decisive Pass): one
// decisive part decides, else one Unknown leaves it open, else it is the other.
func every(parts []knowledge.Check, decisive triage.CheckOutcome, next func() triage.CheckOutcome) triage.CheckOutcome {
	decided, open := false, false
	for i := range parts { // every part, so that next stays in step
		switch fold(&parts[i], next) {
		case decisive:
			decided = true
		case triage.Unknown:
			open = true
		}
	}
	switch {
	case decided:
		return decisive
	case open:
		return triage.Unknown
	}
	return negate(decisive)
}

func negate(o triage.CheckOutcome) triage.CheckOutcome {
	switch o {
	case triage.Pass:
		return triage.Fail
	case triage.Fail:
		return triage.Pass
	}
	return triage.Unknown
}
