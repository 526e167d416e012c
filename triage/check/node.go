package check

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// node is what is known of one name and question: the view of every server of its zone and
// that of the recursive resolver.
type node struct {
	name     string
	question question
	zone     string // apex of its zone; "" when it could not be found
	found    answer // the view to rely on: the zone's servers, else the resolver
	official bool   // found comes from the zone's own servers
	disagree bool   // the zone's servers contradict each other
	resolver answer
	servers  []serverView
}

type serverView struct {
	server nameServer
	answer answer
}

type nameServer struct {
	name string
	addr netip.Addr // zero when its name has no address
}

const (
	maxServers = 8                // of one zone
	maxLabels  = 12               // climbed to find a zone cut
	nodeLife   = 10 * time.Second // long enough for the checks of one step to share it
)

// lookup asks the zone's servers and the resolver.
type lookup struct {
	ask       asker
	unchecked asker // the resolver, asked not to validate DNSSEC
	proxies   *proxyTable
	alone     bool // Network.Alone
	nodes     *cache[*node]
	limit     time.Duration // for one node
	grace     time.Duration // for the others, once one server has answered
}

// node returns what is known of name; shared with others who ask just now.
func (l *lookup) node(ctx context.Context, name string, q question) *node {
	key := fmt.Sprintf("%s %d %s", name, q.qtype, q.about)
	n, err := l.nodes.do(ctx, key, l.limit, func(ctx context.Context) (*node, time.Time) {
		n := l.fetch(ctx, name, q)
		life := time.Second
		if n.found.kind != failed {
			life = min(nodeLife, max(life, time.Duration(n.found.ttl)*time.Second))
		}
		return n, l.nodes.now().Add(life)
	})
	if err != nil {
		return &node{name: name, question: q, found: answer{why: why(err)}}
	}
	return n
}

// fetch asks everybody at the same time. Once one of the zone's servers has
// answered, the others and the resolver get only l.grace more: one silent
// server must not use up the time of the whole check.
func (l *lookup) fetch(ctx context.Context, name string, q question) *node {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n := &node{name: name, question: q}
	var wg sync.WaitGroup
	wg.Go(func() { n.resolver = l.view(ctx, netip.Addr{}, name, q) })
	zone, servers := l.zone(ctx, name)
	n.zone = zone
	n.servers = make([]serverView, len(servers))
	var answered sync.Once
	for i, s := range servers {
		wg.Go(func() {
			n.servers[i] = serverView{s, answer{why: "its name has no address"}}
			if s.addr.IsValid() {
				n.servers[i].answer = l.view(ctx, s.addr, name, q)
			}
			if n.servers[i].answer.kind != failed {
				answered.Do(func() { time.AfterFunc(l.grace, cancel) })
			}
		})
	}
	wg.Wait()
	n.judge(l.proxies, l.alone)
	return n
}

// judge chooses the view to rely on. alone says that a resolver's word is as
// good as that of servers that do not exist.
func (n *node) judge(proxies *proxyTable, alone bool) {
	for _, v := range n.servers {
		if v.answer.kind == failed {
			continue
		}
		if !n.official {
			n.found, n.official = v.answer, true
			n.found.addrs = slices.Clone(v.answer.addrs)
			continue
		}
		if !n.found.sameAs(v.answer, proxies) {
			n.disagree = true
			continue
		}
		n.found.ttl = min(n.found.ttl, v.answer.ttl)
		for _, a := range v.answer.addrs {
			if !slices.Contains(n.found.addrs, a) && len(n.found.addrs) < maxAddrs {
				n.found.addrs = append(n.found.addrs, a)
			}
		}
	}
	slices.SortFunc(n.found.addrs, netip.Addr.Compare)
	if !n.official {
		n.found = n.resolver
		n.official = alone && len(n.servers) == 0 && n.resolver.kind != failed
	}
}

// undoubled returns what the name's CNAME was meant to be when the zone's name
// was added to it by mistake, else "".
func (n *node) undoubled() string {
	if n.found.kind != alias || n.disagree {
		return ""
	}
	return undoubled(n.name, n.zone, n.found.cname)
}

// lag returns the seconds for which the resolver will go on giving an answer
// that the zone's servers no longer give; ok is false when it does not.
func (n *node) lag(proxies *proxyTable) (seconds uint32, ok bool) {
	if !n.official || n.disagree || n.resolver.kind == failed || n.resolver.sameAs(n.found, proxies) {
		return 0, false
	}
	return n.resolver.ttl, true
}

// bogus reports whether resolvers refuse what the zone's servers say because
// its DNSSEC signatures do not fit: ours fails, and answers once it is asked
// not to validate (RFC 4035, 5.5).
func (l *lookup) bogus(ctx context.Context, n *node) bool {
	if !n.official || n.resolver.why != dns.RcodeToString[dns.RcodeServerFailure] {
		return false
	}
	m, err := l.unchecked.ask(ctx, netip.Addr{}, n.name, dns.TypeA)
	return err == nil && m.Rcode == dns.RcodeSuccess
}

// view asks one server.
func (l *lookup) view(ctx context.Context, server netip.Addr, name string, q question) answer {
	if q.qtype == dns.TypeNone {
		return l.addresses(ctx, server, name)
	}
	msg, err := l.ask.ask(ctx, server, name, q.qtype)
	return readOne(name, reply{msg, err}, q, server.IsValid())
}

// addresses asks one server for the A and AAAA records of name.
func (l *lookup) addresses(ctx context.Context, server netip.Addr, name string) answer {
	var a, aaaa reply
	var wg sync.WaitGroup
	wg.Go(func() { a.msg, a.err = l.ask.ask(ctx, server, name, dns.TypeA) })
	aaaa.msg, aaaa.err = l.ask.ask(ctx, server, name, dns.TypeAAAA)
	wg.Wait()
	return read(name, a, aaaa, server.IsValid())
}

// zone finds the zone that holds name and its servers with their addresses:
// one IPv4 address each, or IPv6 where there is no IPv4.
func (l *lookup) zone(ctx context.Context, name string) (apex string, servers []nameServer) {
	apex, names := l.cut(ctx, name)
	servers = make([]nameServer, len(names))
	var wg sync.WaitGroup
	for i, ns := range names {
		wg.Go(func() {
			servers[i].name = ns
			if got := l.addresses(ctx, netip.Addr{}, ns); got.kind == addresses {
				servers[i].addr = got.addrs[0]
			}
		})
	}
	wg.Wait()
	return apex, servers
}

// cut climbs from name to the nearest name that has NS records. A negative
// answer's SOA record names the apex at once.
func (l *lookup) cut(ctx context.Context, name string) (apex string, servers []string) {
	at := name
	for range maxLabels {
		if at == "" {
			return "", nil
		}
		m, err := l.ask.ask(ctx, netip.Addr{}, at, dns.TypeNS)
		if err == nil && m.Rcode == dns.RcodeServerFailure { // its servers may be there, behind bad signatures
			m, err = l.unchecked.ask(ctx, netip.Addr{}, at, dns.TypeNS)
		}
		if err != nil || m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
			return "", nil
		}
		next := parent(at)
		for _, rr := range m.Answer {
			if ns, ok := rr.(*dns.NS); ok && plain(ns.Hdr.Name) == at && len(servers) < maxServers {
				servers = append(servers, plain(ns.Ns))
			}
		}
		if len(servers) > 0 {
			slices.Sort(servers)
			return at, slices.Compact(servers)
		}
		for _, rr := range m.Ns { // with a CNAME in the answer, this would be the target's zone
			soa := plain(rr.Header().Name)
			if rr.Header().Rrtype == dns.TypeSOA && len(m.Answer) == 0 && inZone(next, soa) {
				next = soa
			}
		}
		at = next
	}
	return "", nil
}

// views lists the different things that the zone's servers say.
func (n *node) views() string {
	var out []string
	for _, v := range n.servers {
		if v.answer.kind != failed {
			out = append(out, v.answer.describe())
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " / ")
}

// lines are the node's evidence: what each server said.
func (n *node) lines() []string {
	var out []string
	say := func(who string, a answer) {
		if len(a.lines) == 0 {
			text := a.describe()
			if a.kind == missing {
				text = n.name + " " + text + n.question.describe()
			}
			out = append(out, who+": "+text)
		}
		for _, line := range a.lines {
			out = append(out, who+": "+line)
		}
	}
	for _, v := range n.servers {
		who := v.server.name
		if v.server.addr.IsValid() {
			who = fmt.Sprintf("%s (%s)", who, v.server.addr)
		}
		say(who, v.answer)
	}
	say("resolver", n.resolver)
	return out
}

// trace is the way from a name along its CNAME records.
type trace struct {
	nodes []*node // at least one; the last is where it ends
	loop  bool    // it runs in a circle or over maxHops
}

// maxHops bounds the CNAME records of a chain.
const maxHops = 10

// trace follows a name to its addresses.
func (l *lookup) trace(ctx context.Context, name string) trace {
	return l.follow(ctx, name, question{})
}

// follow follows a name to the records that the question is for.
func (l *lookup) follow(ctx context.Context, name string, q question) trace {
	var t trace
	seen := map[string]bool{}
	for hops := 0; ; hops++ {
		seen[name] = true
		n := l.node(ctx, name, q)
		t.nodes = append(t.nodes, n)
		if n.found.kind != alias || n.disagree {
			return t
		}
		if name = n.found.cname; seen[name] || hops == maxHops {
			t.loop = true
			return t
		}
	}
}

func (t trace) first() *node { return t.nodes[0] }
func (t trace) last() *node  { return t.nodes[len(t.nodes)-1] }

// addrs are the addresses at the end, nil when it ends in none.
func (t trace) addrs() []netip.Addr {
	if t.loop || t.last().disagree || t.last().found.kind != addresses {
		return nil
	}
	return t.last().found.addrs
}

// through reports whether the chain goes over that name after its start.
func (t trace) through(target string) bool {
	for _, n := range t.nodes {
		if n.found.kind == alias && !n.disagree && n.found.cname == target {
			return true
		}
	}
	return false
}

// ttl is the shortest time, in seconds, for which all of it stays as seen.
func (t trace) ttl() uint32 {
	ttl := t.first().found.ttl
	for _, n := range t.nodes {
		ttl = min(ttl, n.found.ttl)
	}
	return ttl
}

// seen says in short where the name leads.
func (t trace) seen() string {
	n := t.first()
	switch {
	case n.disagree:
		return n.views()
	case n.found.kind == failed:
		return ""
	}
	return n.found.describe()
}

// lines are the evidence of every hop.
func (t trace) lines() []string {
	var out []string
	for _, n := range t.nodes {
		out = append(out, n.lines()...)
	}
	return out
}
