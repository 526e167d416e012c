package check

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"readback/triage"
)

// dnsResolves checks that a name leads to some address, whichever: {name}.
func (e *Engine) dnsResolves(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	t := e.look.trace(ctx, p["name"])
	f, broken := brokenChain(t)
	switch {
	case !broken:
		f = finding{outcome: triage.Pass, state: direct, code: "check.dns.resolves"}
		if holder := e.proxies.holder(t.addrs()); holder != "" {
			f.code, f.params = "check.dns.resolves_to_proxy", map[string]string{"proxy": holder}
		}
	case f.code == "check.dns.loop":
		f.state = "loop"
	case f.code == "check.dns.dangling":
		f.state = "dangling"
	}
	if f.state == direct || f.state == "dangling" {
		f.seen = t.way()
	}
	f.evidence = t.lines()
	return e.settle(ctx, f, t)
}

// way tells a chain: each name that it leads over and what is at the end.
func (t trace) way() string {
	var hops []string
	for _, n := range t.nodes {
		hops = append(hops, n.found.describe())
	}
	return shorten(strings.Join(hops, " -> "))
}

// dnsAddress checks a name that takes no CNAME, such as a domain's own, by its
// addresses: {name, addresses}. addresses are those that may be there, and
// ranges of them; one is enough, and one beside them is wrong.
func (e *Engine) dnsAddress(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	allowed, bad := prefixes(p["addresses"])
	if bad != "" {
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.bad_address", params: map[string]string{"what": shorten(bad)}}
	}
	t := e.look.trace(ctx, p["name"])
	f, broken := brokenChain(t)
	if !broken {
		f = e.judgeAddresses(t.addrs(), allowed)
		f.seen = t.way()
	}
	f.expected = strings.Join(fields(p["addresses"]), ", ")
	f.evidence = t.lines()
	return e.settle(ctx, f, t)
}

func (e *Engine) judgeAddresses(addrs []netip.Addr, allowed []netip.Prefix) finding {
	var others []netip.Addr
	for _, a := range addrs {
		if !slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(a) }) {
			others = append(others, a)
		}
	}
	holder := e.proxies.holder(addrs)
	switch {
	case len(others) == 0:
		return finding{outcome: triage.Pass, state: direct, code: "check.address.right"}
	case len(others) < len(addrs):
		return finding{outcome: triage.Fail, state: wrongTarget, code: "check.address.others",
			params: map[string]string{"others": joinAddrs(others)}}
	case holder != "":
		return finding{outcome: triage.Fail, state: proxied, code: "check.dns.proxied", params: map[string]string{"proxy": holder}}
	}
	return finding{outcome: triage.Fail, state: wrongTarget, code: "check.dns.wrong_target"}
}

// fields splits a list as people and YAML write it: by commas or spaces, with
// or without brackets around it.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\n[]", r) })
}

// prefixes reads addresses and ranges; bad is the first that is neither, or
// the whole when there is none.
func prefixes(s string) (out []netip.Prefix, bad string) {
	for _, part := range fields(s) {
		p, err := netip.ParsePrefix(part)
		if a, aErr := netip.ParseAddr(part); err != nil && aErr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil {
			return nil, part
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, "-"
	}
	return out, ""
}
