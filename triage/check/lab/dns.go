package lab

import (
	"context"
	"net"
	"time"

	"github.com/miekg/dns"
)

// authority is one authoritative server: the zones it holds, and its fault.
type authority struct {
	lab   *Lab
	zones map[string]*zone
	fault fault
}

func (a *authority) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg).SetReply(q)
	switch a.fault {
	case silent:
		return
	case servfail:
		m.Rcode = dns.RcodeServerFailure
	case refuse:
		m.Rcode = dns.RcodeRefused
	default:
		a.answer(m, q.Question[0])
		if a.fault == lame {
			m.Authoritative, m.Answer = false, nil
		}
	}
	send(w, q, m)
}

func (a *authority) answer(m *dns.Msg, q dns.Question) {
	name := dns.CanonicalName(q.Name)
	z := closest(a.zones, name)
	if z == nil {
		m.Rcode = dns.RcodeRefused
		return
	}
	// A zone below it that another server holds: a referral.
	if below := closest(a.lab.zones, name); below != nil && below.apex != z.apex && dns.IsSubDomain(z.apex, below.apex) {
		for _, ns := range below.servers {
			m.Ns = append(m.Ns, &dns.NS{Hdr: header(below.apex, dns.TypeNS, 3600), Ns: dns.Fqdn(ns)})
		}
		return
	}
	m.Authoritative = true
	for range 10 {
		rrs, exists := z.find(name, q.Qtype)
		m.Answer = append(m.Answer, rrs...)
		if name = alias(rrs, q.Qtype); name != "" && closest(a.zones, name) == z {
			continue
		}
		negative(m, z, exists, rrs)
		return
	}
}

func negative(m *dns.Msg, z *zone, exists bool, rrs []dns.RR) {
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	if len(rrs) == 0 {
		soa := z.soa()
		soa.Hdr.Ttl = ttl
		m.Ns = append(m.Ns, soa)
	}
}

// recursor is the recursive resolver: it knows every zone of the lab, and some
// records that it should have forgotten.
type recursor struct {
	lab   *Lab
	since time.Time
	stale []dns.RR // each with the seconds left at the start
}

// left returns the seconds for which a stale record of that TTL still holds. At
// the end it starts again, so that a demo shows it however long it runs.
func (r *recursor) left(ttl uint32) uint32 {
	if ttl == 0 {
		return 0
	}
	return ttl - uint32(r.lab.now().Sub(r.since)/time.Second)%ttl
}

func (r *recursor) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg).SetReply(q)
	m.RecursionAvailable = true
	name, qtype := dns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype
	for range 10 {
		rrs, z, exists := r.find(name, qtype)
		if z == nil && rrs == nil {
			m.Rcode = dns.RcodeServerFailure // nothing outside the lab can be reached
			break
		}
		if z != nil && r.lab.deaf(z) {
			return // it waits for servers that never answer
		}
		if z != nil && z.bogus && !q.CheckingDisabled {
			m.Rcode, m.Answer = dns.RcodeServerFailure, nil
			break
		}
		m.Answer = append(m.Answer, rrs...)
		if name = alias(rrs, qtype); name == "" {
			if z != nil {
				negative(m, z, exists, rrs)
			}
			break
		}
	}
	send(w, q, m)
}

// find returns what the cache or else the zone's first server holds.
func (r *recursor) find(name string, qtype uint16) (rrs []dns.RR, z *zone, exists bool) {
	for _, held := range r.stale {
		t := held.Header().Rrtype
		if held.Header().Name == name && (t == qtype || t == dns.TypeCNAME) {
			rr := dns.Copy(held)
			rr.Header().Ttl = r.left(held.Header().Ttl)
			rrs = append(rrs, rr)
		}
	}
	if rrs != nil {
		return rrs, nil, true
	}
	if z = closest(r.lab.zones, name); z == nil {
		return nil, nil, false
	}
	rrs, exists = z.find(name, qtype)
	return rrs, z, exists
}

func send(w dns.ResponseWriter, q, m *dns.Msg) {
	size := dns.MinMsgSize
	if opt := q.IsEdns0(); opt != nil {
		size = int(opt.UDPSize())
		m.SetEdns0(opt.UDPSize(), false)
	}
	if w.LocalAddr().Network() == "udp" {
		m.Truncate(size)
	}
	_ = w.WriteMsg(m) // the asker may be gone
}

// serveDNS runs a DNS server over UDP and TCP on one loopback port and returns
// its address. A nil handler is deaf: the sockets are open and nobody reads.
func (l *Lab) serveDNS(ctx context.Context, h dns.Handler) (string, error) {
	var lc net.ListenConfig
	for range 20 { // the kernel's TCP port may be taken for UDP
		tcp, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		udp, err := lc.ListenPacket(ctx, "udp", tcp.Addr().String())
		if err != nil {
			tcp.Close()
			continue
		}
		l.closers = append(l.closers, tcp.Close, udp.Close)
		if h != nil {
			l.runDNS(&dns.Server{Listener: tcp, Handler: h})
			l.runDNS(&dns.Server{PacketConn: udp, Handler: h})
		}
		return tcp.Addr().String(), nil
	}
	return "", errNoPort
}

func (l *Lab) runDNS(s *dns.Server) {
	l.begin = append(l.begin, func() {
		up := make(chan struct{})
		s.NotifyStartedFunc = func() { close(up) }
		l.running.Go(func() { _ = s.ActivateAndServe() })
		<-up
		l.closers = append(l.closers, s.Shutdown)
	})
}
