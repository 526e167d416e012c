package check

import (
	"errors"
	"net/netip"
	"strings"

	"readback/triage"
)

// families splits a host's addresses, IPv4 first; one that it has none of is
// left out.
func families(addrs []netip.Addr) (out [][]netip.Addr) {
	var four, six []netip.Addr
	for _, a := range addrs {
		if a.Is4() {
			four = append(four, a)
		} else {
			six = append(six, a)
		}
	}
	for _, f := range [][]netip.Addr{four, six} {
		if len(f) > 0 {
			out = append(out, f)
		}
	}
	return out
}

func family(addrs []netip.Addr) string {
	if addrs[0].Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// oneFamily makes a finding that passes over good fail because of what was
// seen over bad: part of the visitors meets that. Visitors come by either.
func oneFamily(f finding, code, good, bad, reason string) finding {
	f.outcome, f.state, f.code = triage.Fail, "families_differ", code
	if f.params == nil {
		f.params = map[string]string{}
	}
	f.params["good"], f.params["family"], f.params["reason"] = good, bad, strings.ReplaceAll(reason, "_", " ")
	return f
}

// otherFault says what is wrong with the other family, "" when nothing is for
// certain: silence may be for want of a way from here, a refusal is not.
func otherFault(err error) string {
	var bad certificateFault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &bad):
		return "certificate " + bad.state
	case why(err) == "connection refused":
		return why(err)
	}
	if f := handshakeFault(err); f.outcome == triage.Fail {
		return f.state
	}
	return ""
}
