package check

import (
	"context"

	"readback/triage"
)

// States of records, beyond those of a name.
const (
	right          = "right"
	severalRecords = "several_records"
	malformed      = "malformed"
)

// unseen returns the finding for records that could not be seen, or that lie
// behind CNAME records without an end. ok is false when they are there, or
// certainly missing.
func (t trace) unseen() (f finding, ok bool) {
	last := t.last()
	switch {
	case t.loop:
		f.outcome, f.state, f.code = triage.Fail, wrongTarget, "check.records.loop"
	case last.disagree:
		f.outcome, f.state, f.code = triage.Unknown, inconsistent, "check.records.inconsistent"
		f.seen = last.views()
	case last.found.kind == failed:
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.records.could_not_check"
		f.params = map[string]string{"reason": last.found.why}
	case last.found.kind == several:
		f.outcome, f.state, f.code, f.seen = triage.Fail, severalRecords, "check.dns.several_cnames", last.found.describe()
	default:
		return f, false
	}
	return f, true
}

// official reports whether all of it comes from the zones' own servers.
func (t trace) official() bool {
	for _, n := range t.nodes {
		if !n.official {
			return false
		}
	}
	return true
}

// conclude completes a finding about records, known as kind (such as "SPF"),
// that the trace rests on.
func (e *Engine) conclude(f finding, t trace, kind string) finding {
	if f.seen == "" {
		f.seen = t.seen()
	}
	f.evidence = append(t.lines(), f.evidence...)
	if ttl := t.ttl(); f.ttl == 0 || ttl < f.ttl {
		f.ttl = ttl
	}
	f.params = lagParams(t.first(), e.proxies, f.params)
	f.params["record"] = kind
	switch _, lags := f.params["stale_seconds"]; {
	case lags && f.outcome == triage.Pass:
		f.state, f.code = stale, "check.records.stale"
	case f.outcome == triage.Fail && !t.official():
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.records.resolver_only"
	}
	return f
}

// misplaced returns where a record of name was put by mistake when a DNS
// editor added the domain to a name that had it already, "" when nothing that
// is meant lies there.
func (e *Engine) misplaced(ctx context.Context, name, domain string, q question, meant func(trace) bool) string {
	doubled, err := canonical(name + "." + domain)
	if err != nil || !meant(e.look.follow(ctx, doubled, q)) {
		return ""
	}
	return doubled
}
