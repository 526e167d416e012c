package lab

import (
	"strings"

	"github.com/miekg/dns"
)

// zone is the data that one server holds of one zone.
type zone struct {
	apex    string // canonical, with a trailing dot
	servers []string
	bogus   bool                // validating resolvers refuse it
	names   map[string][]dns.RR // by owner; empty for an empty non-terminal
}

func newZone(apex string, servers []string, rrs []dns.RR) *zone {
	z := &zone{apex: apex, servers: servers, names: map[string][]dns.RR{}}
	for _, rr := range rrs {
		name := rr.Header().Name
		z.names[name] = append(z.names[name], rr)
		for up := parent(name); dns.IsSubDomain(apex, up); up = parent(up) {
			if _, ok := z.names[up]; !ok {
				z.names[up] = nil
			}
		}
	}
	for _, ns := range servers {
		z.names[apex] = append(z.names[apex], &dns.NS{Hdr: header(apex, dns.TypeNS, 3600), Ns: dns.Fqdn(ns)})
	}
	z.names[apex] = append(z.names[apex], z.soa())
	return z
}

func (z *zone) soa() *dns.SOA {
	primary := "."
	if len(z.servers) > 0 {
		primary = dns.Fqdn(z.servers[0])
	}
	return &dns.SOA{Hdr: header(z.apex, dns.TypeSOA, 3600), Ns: primary, Mbox: "hostmaster." + z.apex,
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 604800, Minttl: ttl}
}

// find returns the records of that type at name and how the name stands in
// the zone: an alias replaces any other type (RFC 1034, 3.6.2), a wildcard
// stands in for what does not exist (RFC 4592).
func (z *zone) find(name string, qtype uint16) (rrs []dns.RR, exists bool) {
	all, exists := z.names[name]
	if !exists {
		for up := parent(name); dns.IsSubDomain(z.apex, up); up = parent(up) {
			if wild, ok := z.names["*."+up]; ok {
				all, exists = wild, true
				break
			}
			if _, ok := z.names[up]; ok {
				break
			}
		}
	}
	for _, rr := range all {
		if t := rr.Header().Rrtype; t == qtype || t == dns.TypeCNAME || qtype == dns.TypeANY {
			rr = dns.Copy(rr) // packing a message writes into its records
			rr.Header().Name = name
			rrs = append(rrs, rr)
		}
	}
	return rrs, exists
}

// alias returns the target of a CNAME among rrs, "" when there is none.
func alias(rrs []dns.RR, qtype uint16) string {
	if qtype == dns.TypeCNAME {
		return ""
	}
	for _, rr := range rrs {
		if c, ok := rr.(*dns.CNAME); ok {
			return dns.CanonicalName(c.Target)
		}
	}
	return ""
}

func header(name string, rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}

// parent returns the name without its first label, "." at the top.
func parent(name string) string {
	i := strings.IndexByte(name, '.')
	if i < 0 || i == len(name)-1 {
		return "."
	}
	return name[i+1:]
}

// closest returns the zone of the set that is nearest above name, nil when
// none is.
func closest(zones map[string]*zone, name string) *zone {
	for at := name; ; at = parent(at) {
		if z := zones[at]; z != nil {
			return z
		}
		if at == "." {
			return nil
		}
	}
}
