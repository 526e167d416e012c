package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// question is what a name is asked for. The zero question is for addresses: A
// and AAAA records.
type question struct {
	qtype uint16 // dns.TypeMX or dns.TypeTXT
	about string // of TXT records, those with this word in them, in lower case; "" = all
}

// takes reports whether the question is for records like that. A name has many
// TXT records that have nothing to do with each other.
func (q question) takes(rr dns.RR) bool {
	switch rr := rr.(type) {
	case *dns.CNAME:
		return true
	case *dns.A, *dns.AAAA:
		return q.qtype == dns.TypeNone
	case *dns.TXT:
		return q.qtype == dns.TypeTXT && strings.Contains(strings.ToLower(text(rr)), q.about)
	}
	return q.qtype == rr.Header().Rrtype
}

// describe says in a line of evidence what was not there.
func (q question) describe() string {
	switch {
	case q.about != "":
		return fmt.Sprintf(" (TXT with %q)", q.about)
	case q.qtype != dns.TypeNone:
		return " (" + dns.TypeToString[q.qtype] + ")"
	}
	return ""
}

// answerKind is what one server says of one name.
type answerKind int

const (
	failed    answerKind = iota // nothing to rely on; answer.why says why
	alias                       // a CNAME
	addresses                   // A or AAAA records
	records                     // MX or TXT records
	several                     // different CNAME records at one name (RFC 2181, 10.1)
	missing                     // the server says that there is nothing
)

// answer is one server's view of one name, one hop only.
type answer struct {
	kind  answerKind
	cname string       // for alias
	addrs []netip.Addr // for addresses: IPv4 first, sorted, at most maxAddrs
	data  []string     // for records: "10 mx.example" or the whole text; for several: the targets; sorted, at most maxAddrs
	ttl   uint32       // seconds; of the records, or of the negative answer (RFC 2308, 5)
	none  string       // for missing: NXDOMAIN or NODATA (RFC 2308, 2)
	why   string       // for failed
	lines []string     // the records as text, at most maxLines
}

// Limits on what a hostile answer can make us keep.
const (
	maxAddrs = 32
	maxLines = 8
)

// read makes an answer of the replies to A and AAAA questions. wantAA demands
// an authoritative answer, as from a zone's own server.
func read(name string, a, aaaa reply, wantAA bool) answer {
	v4, v6 := readOne(name, a, question{}, wantAA), readOne(name, aaaa, question{}, wantAA)
	switch {
	case v4.kind == alias && v6.kind == alias && v4.cname != v6.cname:
		return answer{kind: several, data: []string{min(v4.cname, v6.cname), max(v4.cname, v6.cname)},
			ttl: min(v4.ttl, v6.ttl), lines: append(v4.lines, v6.lines...)}
	case v4.kind == several:
		return v4
	case v6.kind == several:
		return v6
	case v4.kind == alias:
		return v4
	case v6.kind == alias:
		return v6
	case v4.kind == addresses && v6.kind == addresses:
		v4.addrs = append(v4.addrs, v6.addrs...)
		v4.ttl = min(v4.ttl, v6.ttl)
		v4.lines = append(v4.lines, v6.lines...)
		return v4
	case v4.kind == addresses:
		return v4
	case v6.kind == addresses:
		return v6
	case v4.kind == failed:
		return v4
	}
	return v6 // missing, or failed: half an answer does not prove that there is nothing
}

// reply is what came of one question.
type reply struct {
	msg *dns.Msg
	err error
}

func readOne(name string, r reply, q question, wantAA bool) answer {
	if r.err != nil {
		return answer{why: why(r.err)}
	}
	switch {
	case r.msg.Rcode != dns.RcodeSuccess && r.msg.Rcode != dns.RcodeNameError:
		return answer{why: dns.RcodeToString[r.msg.Rcode]}
	case wantAA && !r.msg.Authoritative:
		return answer{why: "not authoritative (lame server)"}
	}
	out := answer{kind: missing, none: "NODATA", ttl: negativeTTL(r.msg)}
	if r.msg.Rcode == dns.RcodeNameError {
		out.none = "NXDOMAIN"
	}
	for _, rr := range r.msg.Answer {
		if plain(rr.Header().Name) != name || !q.takes(rr) {
			continue
		}
		switch rr := rr.(type) {
		case *dns.CNAME:
			out.addAlias(plain(rr.Target))
		case *dns.A:
			out.add(rr.A)
		case *dns.AAAA:
			out.add(rr.AAAA)
		case *dns.MX:
			out.addData(fmt.Sprintf("%d %s", rr.Preference, plain(rr.Mx)))
		case *dns.TXT:
			out.addData(text(rr))
		case *dns.CAA:
			out.addData(fmt.Sprintf("%d %s %s", rr.Flag, rr.Tag, rr.Value))
		}
		if len(out.lines) == 0 || rr.Header().Ttl < out.ttl {
			out.ttl = rr.Header().Ttl
		}
		if len(out.lines) < maxLines {
			out.lines = append(out.lines, recordLine(rr))
		}
	}
	slices.SortFunc(out.addrs, netip.Addr.Compare)
	slices.Sort(out.data)
	return out
}

// addAlias adds a CNAME, which replaces every other record of its name.
func (a *answer) addAlias(target string) {
	switch {
	case a.kind == several && !slices.Contains(a.data, target) && len(a.data) < maxAddrs:
		a.data = append(a.data, target)
	case a.kind == alias && a.cname != target:
		a.kind, a.cname, a.data = several, "", []string{a.cname, target}
	case a.kind != several:
		a.kind, a.cname, a.addrs, a.data = alias, target, nil, nil
	}
}

func (a *answer) addData(s string) {
	if a.kind != alias && a.kind != several && len(a.data) < maxAddrs {
		a.kind, a.data = records, append(a.data, s)
	}
}

// text returns a TXT record's strings as one (RFC 7208, 3.3; RFC 6376,
// 3.6.2.2), without the escapes of a master file.
func text(rr *dns.TXT) string {
	s := strings.Join(rr.Txt, "")
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:min(i+4, len(s))], 10, 8); err == nil && i+3 < len(s) {
				c, i = byte(n), i+3
			} else {
				i++
				c = s[i]
			}
		}
		out.WriteByte(c)
	}
	return out.String()
}

func (a *answer) add(ip []byte) {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok || a.kind == alias || a.kind == several || len(a.addrs) == maxAddrs {
		return
	}
	a.kind = addresses
	a.addrs = append(a.addrs, addr.Unmap())
}

func negativeTTL(m *dns.Msg) uint32 {
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			return min(soa.Hdr.Ttl, soa.Minttl)
		}
	}
	return 0
}

// recordLine writes a record as dig does: name, TTL, type, data.
func recordLine(rr dns.RR) string {
	h := rr.Header()
	data := ""
	switch rr := rr.(type) {
	case *dns.CNAME:
		data = plain(rr.Target)
	case *dns.A:
		data = rr.A.String()
	case *dns.AAAA:
		data = rr.AAAA.String()
	case *dns.MX:
		data = fmt.Sprintf("%d %s", rr.Preference, plain(rr.Mx))
	case *dns.CAA:
		data = shorten(fmt.Sprintf("%d %s %q", rr.Flag, rr.Tag, rr.Value))
	case *dns.TXT:
		data = strconv.Quote(shorten(text(rr)))
	}
	return fmt.Sprintf("%s %d %s %s", plain(h.Name), h.Ttl, dns.TypeToString[h.Rrtype], data)
}

// sameAs reports whether two servers say the same of a name. Address sets may
// differ as long as they overlap or belong to one proxy: many servers hand out
// a rotating or local part of a larger set.
func (a answer) sameAs(b answer, proxies *proxyTable) bool {
	if a.kind != b.kind || a.cname != b.cname {
		return false
	}
	if a.kind != addresses {
		return slices.Equal(a.data, b.data)
	}
	for _, x := range a.addrs {
		if slices.Contains(b.addrs, x) {
			return true
		}
	}
	pa, pb := proxies.holder(a.addrs), proxies.holder(b.addrs)
	return pa != "" && pa == pb
}

// describe says in short what the answer is, for "seen".
func (a answer) describe() string {
	switch a.kind {
	case alias:
		return a.cname
	case addresses:
		return joinAddrs(a.addrs)
	case records, several:
		return shorten(strings.Join(a.data, " / "))
	case missing:
		return a.none
	}
	return a.why
}

func joinAddrs(addrs []netip.Addr) string {
	s := ""
	for i, a := range addrs {
		if i == 4 {
			return s + fmt.Sprintf(" +%d", len(addrs)-i)
		}
		if i > 0 {
			s += ", "
		}
		s += a.String()
	}
	return s
}
