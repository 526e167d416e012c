package check

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"readback/triage"
)

// States of a name, as far as DNS shows them.
const (
	direct        = "direct"
	flattened     = "flattened"
	proxied       = "proxied"
	wrongTarget   = "wrong_target"
	absent        = "missing"
	stale         = "stale"
	inconsistent  = "inconsistent"
	bogus         = "bogus" // DNSSEC: resolvers that validate refuse what the zone's servers say
	couldNotCheck = "could_not_check"
)

// dnsCNAME checks where a name leads: {name, target, record}. With record
// "cname" the record itself has to be there, not only its addresses.
func (e *Engine) dnsCNAME(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	var name, target trace
	var wg sync.WaitGroup
	wg.Go(func() { target = e.look.trace(ctx, p["target"]) })
	name = e.look.trace(ctx, p["name"])
	wg.Wait()
	f := classify(name, p["target"], target.addrs(), e.proxies)
	if addrs := name.addrs(); f.state == wrongTarget && len(addrs) > 0 {
		if proxy := e.servedBy(ctx, p["name"], addrs); proxy != "" {
			f.state, f.code = proxied, "check.dns.proxied"
			f.params = map[string]string{"proxy": proxy}
		}
	}
	if (f.code == "check.dns.wrong_target" || f.code == "check.dns.dangling") && e.wildcard(ctx, name.first()) {
		f.code = "check.dns.wildcard"
	}
	if f.state == flattened && p["record"] == "cname" {
		f.outcome, f.code = triage.Fail, "check.dns.flattened_away"
	}
	f.expected = p["target"]
	f.evidence = name.lines()
	if proxy := f.params["proxy"]; proxy != "" {
		f.evidence = append(f.evidence, f.seen+": "+proxy)
	}
	if host := proxyByServers(name.first().servers); host != "" {
		f.evidence = append(f.evidence, "the zone is held by "+host+", which can also proxy")
	}
	f = e.settle(ctx, f, name)
	if f.state == absent {
		if found := e.misplaced(ctx, p["name"], name.first().zone, question{}, func(t trace) bool { return t.through(p["target"]) }); found != "" {
			f.code, f.params["found"] = "check.dns.misplaced", found
		}
	}
	return f
}

// settle completes a finding about where a name leads with what its resolvers
// make of it.
func (e *Engine) settle(ctx context.Context, f finding, t trace) finding {
	first := t.first()
	f.ttl = t.ttl()
	f.params = lagParams(first, e.proxies, f.params)
	if seconds, lags := f.params["stale_seconds"]; lags && f.outcome == triage.Pass {
		f.state, f.code = stale, "check.dns.stale"
		f.params["seconds"] = seconds
	}
	if f.outcome == triage.Pass && e.look.bogus(ctx, first) {
		f.outcome, f.state, f.code = triage.Fail, bogus, "check.dns.bogus"
	}
	if f.outcome == triage.Fail && !first.official {
		// Nothing but a resolver's word, which may be old.
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.dns.resolver_only"
	}
	return f
}

// classify names the state of a name that should lead to target, whose
// addresses are given as far as they are known.
func classify(t trace, target string, targetAddrs []netip.Addr, proxies *proxyTable) finding {
	f := finding{seen: t.seen()}
	set := func(o triage.CheckOutcome, state, code string) finding {
		f.outcome, f.state, f.code = o, state, code
		return f
	}
	if t.through(target) && !t.loop {
		return set(triage.Pass, direct, "check.dns.direct")
	}
	if t.first().undoubled() == target {
		return set(triage.Fail, wrongTarget, "check.dns.doubled_zone")
	}
	if fault, ok := brokenChain(t); ok {
		return fault
	}
	addrs := t.addrs()
	atName := t.first().found.kind == addresses
	switch holder := proxies.holder(addrs); {
	case atName && subset(addrs, targetAddrs):
		return set(triage.Pass, flattened, "check.dns.flattened")
	case holder != "":
		f.params = map[string]string{"proxy": holder}
		return set(triage.Fail, proxied, "check.dns.proxied")
	case atName && len(targetAddrs) == 0:
		f.params = map[string]string{"reason": "the target's addresses are unknown"}
		return set(triage.Unknown, couldNotCheck, "check.dns.could_not_check")
	}
	return set(triage.Fail, wrongTarget, "check.dns.wrong_target")
}

// brokenChain returns the finding for a name that leads to no address, which
// is the same for every check. ok is false when it leads to some.
func brokenChain(t trace) (f finding, ok bool) {
	first, last := t.first(), t.last()
	f.seen = t.seen()
	switch {
	case t.loop:
		f.outcome, f.state, f.code = triage.Fail, wrongTarget, "check.dns.loop"
	case last.disagree:
		f.outcome, f.state, f.code = triage.Unknown, inconsistent, "check.dns.inconsistent"
	case last.found.kind == failed:
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.dns.could_not_check"
		f.params = map[string]string{"reason": last.found.why}
	case last.found.kind == several:
		f.outcome, f.state, f.code, f.seen = triage.Fail, severalRecords, "check.dns.several_cnames", last.found.describe()
	case last.found.kind == missing && first == last:
		f.outcome, f.state, f.code = triage.Fail, absent, "check.dns.missing"
	case last.found.kind == missing:
		f.outcome, f.state, f.code = triage.Fail, wrongTarget, "check.dns.dangling"
		f.params = map[string]string{"end": last.name}
	default:
		return f, false
	}
	return f, true
}

// reach follows a host to addresses for a connection. When there are none, ok
// is false and the finding says why, with the cause that DNS shows.
func (e *Engine) reach(ctx context.Context, host string) (t trace, f finding, ok bool) {
	t = e.look.trace(ctx, host)
	f, broken := brokenChain(t)
	if !broken {
		return t, f, true
	}
	if meant := t.first().undoubled(); f.code == "check.dns.dangling" && meant != "" {
		if target := e.look.trace(ctx, meant); len(target.addrs()) > 0 {
			f.code, f.expected = "check.dns.doubled_zone", meant
		}
	}
	if f.outcome == triage.Fail && !t.first().official {
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.dns.resolver_only"
	}
	f.evidence, f.ttl = t.lines(), t.ttl()
	f.params = lagParams(t.first(), e.proxies, f.params)
	return t, f, false
}

// wildcard reports whether a name has no record of its own, and what it seems to
// have is a wildcard's (RFC 4592): another name beside it has the same.
func (e *Engine) wildcard(ctx context.Context, n *node) bool {
	beside, err := canonical("readback-" + strings.ToLower(rand.Text()[:10]) + "." + parent(n.name))
	if err != nil || !n.official || n.disagree {
		return false
	}
	other := e.look.node(ctx, beside, question{})
	return other.official && other.found.kind != missing && other.found.sameAs(n.found, e.proxies)
}

// subset reports whether a is not empty and wholly within b. A flattening DNS
// provider may leave out some of the target's addresses, never add one.
func subset(a, b []netip.Addr) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return len(a) > 0
}
