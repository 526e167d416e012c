package check

import (
	"context"
	"fmt"

	"readback/triage"
)

// accountField checks one field of the account: {name, equals}. Values are
// compared as text, so that true, "true" and 5 mean what they look like.
func (e *Engine) accountField(_ context.Context, p map[string]string, account *triage.Account) finding {
	f := finding{outcome: triage.Unknown, state: "unknown", expected: p["equals"]}
	if account == nil {
		f.code = "check.account.no_account"
		return f
	}
	v, ok := account.Field(p["name"])
	if !ok {
		f.code = "check.account.no_field"
		return f
	}
	f.seen = fmt.Sprint(v)
	f.evidence = []string{fmt.Sprintf("%s = %s (%s)", p["name"], f.seen, account.Source)}
	f.ttl = 60
	if f.seen == f.expected {
		f.outcome, f.state, f.code = triage.Pass, "equal", "check.account.equal"
	} else {
		f.outcome, f.state, f.code = triage.Fail, "different", "check.account.different"
	}
	return f
}
