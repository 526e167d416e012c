package check

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"readback/triage"
)

// mailServer is one MX record.
type mailServer struct {
	preference int // lower is tried first (RFC 5321, 5.1)
	host       string
}

// dnsMX checks where a name's mail goes: {name, target}. Without a target it is
// enough that it goes anywhere.
func (e *Engine) dnsMX(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	t := e.look.follow(ctx, p["name"], question{qtype: dns.TypeMX})
	f, unseen := t.unseen()
	if !unseen {
		f = e.judgeMX(ctx, t.last(), p["target"])
	}
	f.expected = p["target"]
	return e.conclude(f, t, "MX")
}

func (e *Engine) judgeMX(ctx context.Context, n *node, target string) finding {
	if n.found.kind != records && target == "" {
		return finding{outcome: triage.Fail, state: absent, code: "check.mx.absent"}
	}
	if n.found.kind != records {
		return finding{outcome: triage.Fail, state: absent, code: "check.mx.missing"}
	}
	servers := mailServers(n.found.data)
	if target == "" {
		return anyMX(servers)
	}
	if len(servers) == 1 && servers[0].host == "" {
		return finding{outcome: triage.Fail, state: absent, code: "check.mx.none_wanted"} // RFC 7505
	}
	servers = slices.DeleteFunc(servers, func(s mailServer) bool { return s.host == "" })
	ours := func(s mailServer) bool { return s.host == target }
	if !slices.ContainsFunc(servers, ours) {
		over, open := e.aliasesOf(ctx, servers, target, n.zone)
		switch {
		case len(over) > 0:
			ours = func(s mailServer) bool { return slices.Contains(over, s.host) }
		case slices.ContainsFunc(servers, func(s mailServer) bool { return undoubled(n.name, n.zone, s.host) == target }):
			return finding{outcome: triage.Fail, state: wrongTarget, code: "check.dns.doubled_zone"}
		case open != "":
			return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.records.could_not_check",
				params: map[string]string{"reason": open}}
		default:
			return finding{outcome: triage.Fail, state: wrongTarget, code: "check.mx.wrong_target"}
		}
	}
	f := finding{outcome: triage.Pass, state: right, code: "check.mx.right"}
	var others []string
	for _, s := range servers {
		if !ours(s) {
			others = append(others, s.host)
		}
	}
	if len(others) > 0 {
		f.code, f.params = "check.mx.among_others", map[string]string{"others": shorten(strings.Join(others, ", "))}
		if !ours(servers[0]) {
			f.code = "check.mx.not_first"
		}
	}
	return f
}

// anyMX judges the mail servers of a name of which only that is asked.
func anyMX(servers []mailServer) finding {
	if len(servers) == 1 && servers[0].host == "" {
		return finding{outcome: triage.Pass, state: "no_mail", code: "check.mx.no_mail"} // said on purpose (RFC 7505)
	}
	return finding{outcome: triage.Pass, state: right, code: "check.mx.present"}
}

// mailServers reads MX records into the order in which they are tried.
func mailServers(data []string) []mailServer {
	var out []mailServer
	for _, s := range data {
		number, host, _ := strings.Cut(s, " ")
		preference, _ := strconv.Atoi(number)
		out = append(out, mailServer{preference, host})
	}
	slices.SortStableFunc(out, func(a, b mailServer) int { return a.preference - b.preference })
	return out
}

// aliasesOf returns the hosts that are the target under another name: by a
// CNAME, or by its addresses for a host in the domain's own zone. open says why
// that is not known of one of them.
func (e *Engine) aliasesOf(ctx context.Context, servers []mailServer, target, zone string) (hosts []string, open string) {
	servers = servers[:min(len(servers), maxServers)]
	found := make([]trace, len(servers))
	var at trace
	var wg sync.WaitGroup
	wg.Go(func() { at = e.look.trace(ctx, target) })
	for i, s := range servers {
		wg.Go(func() { found[i] = e.look.trace(ctx, s.host) })
	}
	wg.Wait()
	for i, t := range found {
		own := zone != "" && inZone(servers[i].host, zone)
		switch {
		case t.through(target), own && subset(t.addrs(), at.addrs()):
			hosts = append(hosts, servers[i].host)
		case t.last().found.kind == failed:
			open = t.last().found.why
		case own && len(t.addrs()) > 0 && len(at.addrs()) == 0:
			open = "the target's addresses are unknown"
		}
	}
	return hosts, open
}
