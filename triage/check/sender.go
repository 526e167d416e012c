package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"
	"github.com/miekg/dns"

	"readback/triage"
)

// mailSender checks whether SPF lets a machine send for a sender: {ip, sender,
// helo}. It is check_host of RFC 7208, 4, and its state is that function's
// result. Without a sender the name of the greeting is judged (2.4).
//
// Whether a record is sound is for mail.spf to say: an evaluation stops at what
// matches and sees nothing behind it.
func (e *Engine) mailSender(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	ip, err := netip.ParseAddr(p["ip"])
	if err != nil || ip.Zone() != "" {
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.bad_address", params: map[string]string{"what": shorten(p["ip"])}}
	}
	helo, sender := p["helo"], p["sender"]
	_, domain, _ := strings.Cut(sender, "@")
	if domain = cmp.Or(domain, helo); domain == "" {
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.param_missing", params: map[string]string{"what": "sender"}}
	}
	r := &spfResolver{ask: e.look.ask, ttl: uint32(e.opt.MaxAge.Seconds())}
	result, why := spf.CheckHostWithSender(ip.Unmap().AsSlice(), helo, sender, spf.WithContext(ctx), spf.WithResolver(r))
	f := finding{outcome: triage.Fail, state: string(result), expected: string(spf.Pass), seen: string(result), ttl: r.ttl, evidence: r.lines,
		params: map[string]string{"name": shorten(domain), "ip": ip.String()}}
	switch result {
	case spf.Pass:
		f.outcome, f.code = triage.Pass, "check.sender.pass"
	case spf.TempError:
		f.outcome, f.code = triage.Unknown, "check.sender.temperror"
	case spf.PermError:
		f.code = "check.sender.permerror"
		f.params["reason"] = shorten(fmt.Sprint(why))
	case spf.None:
		f.code = "check.sender.none"
	default:
		f.code = "check.sender.not_passing"
	}
	return f
}

// spfResolver answers the evaluation from the desk's own recursive resolver,
// as a receiving mail server would be. One serves one evaluation.
type spfResolver struct {
	ask   asker
	ttl   uint32 // the shortest that was seen, in seconds
	lines []string
}

var _ spf.DNSResolver = (*spfResolver)(nil)

// records asks for one type and returns what the name's CNAME records lead to.
// Its errors tell an absent name from one that could not be asked for, as those
// of package net do.
func (r *spfResolver) records(ctx context.Context, name string, qtype uint16) ([]dns.RR, error) {
	at := escaped(name)
	for range maxHops + 1 {
		if at == "" {
			return nil, &net.DNSError{Name: name, Err: "no name that can be", IsNotFound: true}
		}
		m, err := r.ask.ask(ctx, netip.Addr{}, at, qtype)
		fault := &net.DNSError{Name: name}
		switch {
		case err != nil:
			fault.Err, fault.IsTemporary, fault.IsTimeout = why(err), true, true
		case m.Rcode == dns.RcodeNameError:
			fault.Err, fault.IsNotFound = dns.RcodeToString[m.Rcode], true
		case m.Rcode != dns.RcodeSuccess:
			fault.Err, fault.IsTemporary = dns.RcodeToString[m.Rcode], true
		}
		var out []dns.RR
		end := ""
		if fault.Err == "" {
			if out, end = r.read(m, plain(at), qtype); len(out) > 0 {
				return out, nil
			}
			fault.Err, fault.IsNotFound = "NODATA", true
		}
		if end == "" || end == plain(at) {
			r.say(fmt.Sprintf("%s %s: %s", shorten(at), dns.TypeToString[qtype], fault.Err))
			return nil, fault
		}
		at = end // the resolver left the rest of the way to us
	}
	return nil, &net.DNSError{Name: name, Err: "CNAME records in a circle, or too many", IsTemporary: true}
}

// read takes the records of one type out of a reply, over its CNAME records.
// end is where those lead.
func (r *spfResolver) read(m *dns.Msg, at string, qtype uint16) (out []dns.RR, end string) {
	for range maxHops + 1 {
		next := ""
		for _, rr := range m.Answer {
			if plain(rr.Header().Name) != at {
				continue
			}
			if c, ok := rr.(*dns.CNAME); ok {
				next = plain(c.Target)
			}
			if rr.Header().Rrtype == qtype && len(out) < maxAddrs {
				out = append(out, rr)
				r.ttl = min(r.ttl, rr.Header().Ttl)
				r.say(recordLine(rr))
			}
		}
		if len(out) > 0 || next == "" {
			break
		}
		at = next
	}
	return out, at
}

// escaped writes a name that macros may have put anything into as a DNS
// message gives it back, "" for what is no name.
func escaped(name string) string {
	wire := make([]byte, 256)
	if _, err := dns.PackDomainName(dns.Fqdn(name), wire, 0, nil, false); err != nil || name == "" {
		return ""
	}
	out, _, err := dns.UnpackDomainName(wire, 0)
	if err != nil {
		return ""
	}
	return out
}

func (r *spfResolver) say(line string) {
	if len(r.lines) < maxEvidence {
		r.lines = append(r.lines, "resolver: "+line)
	}
}

func (r *spfResolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	rrs, err := r.records(ctx, name, dns.TypeTXT)
	var out []string
	for _, rr := range rrs {
		out = append(out, text(rr.(*dns.TXT)))
	}
	return out, err
}

func (r *spfResolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	rrs, err := r.records(ctx, name, dns.TypeMX)
	var out []*net.MX
	for _, rr := range rrs {
		mx := rr.(*dns.MX)
		out = append(out, &net.MX{Host: mx.Mx, Pref: mx.Preference})
	}
	return out, err
}

func (r *spfResolver) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	v4, err := r.records(ctx, name, dns.TypeA)
	if unanswered(err) { // half an answer does not prove that there is nothing
		return nil, err
	}
	v6, err := r.records(ctx, name, dns.TypeAAAA)
	var out []net.IPAddr
	for _, rr := range v4 {
		out = append(out, net.IPAddr{IP: rr.(*dns.A).A})
	}
	for _, rr := range v6 {
		out = append(out, net.IPAddr{IP: rr.(*dns.AAAA).AAAA})
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, err
}

func unanswered(err error) bool {
	var fault *net.DNSError
	return errors.As(err, &fault) && !fault.IsNotFound
}

func (r *spfResolver) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	name, err := dns.ReverseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: err.Error(), Name: addr, IsNotFound: true}
	}
	rrs, err := r.records(ctx, name, dns.TypePTR)
	var out []string
	for _, rr := range rrs {
		out = append(out, rr.(*dns.PTR).Ptr)
	}
	return out, err
}

// MailDNS answers what a mail server asks about a sender, from the desk's own
// recursive resolver. Its errors are *net.DNSError: one that IsNotFound proves
// that there is nothing, any other proves nothing.
func (e *Engine) MailDNS() spf.DNSResolver { return mailDNS{e} }

// mailDNS makes a resolver for each question: it may be asked from many
// goroutines, and spfResolver keeps what one evaluation saw.
type mailDNS struct{ e *Engine }

func (d mailDNS) fresh() *spfResolver {
	return &spfResolver{ask: d.e.look.ask, ttl: uint32(d.e.opt.MaxAge.Seconds())}
}

func (d mailDNS) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return d.fresh().LookupTXT(ctx, name)
}

func (d mailDNS) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return d.fresh().LookupMX(ctx, name)
}

func (d mailDNS) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	return d.fresh().LookupIPAddr(ctx, name)
}

func (d mailDNS) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return d.fresh().LookupAddr(ctx, addr)
}
