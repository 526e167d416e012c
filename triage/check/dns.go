package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// asker puts one question to one DNS server.
type asker interface {
	// ask returns the server's reply. The zero server is the recursive
	// resolver, asked with RD=1; any other is asked for what it holds, RD=0.
	ask(ctx context.Context, server netip.Addr, name string, qtype uint16) (*dns.Msg, error)
}

// client asks over the network: UDP, twice, and TCP when truncated.
type client struct {
	net Network
	try time.Duration // how long one try may take
	cd  bool          // asks the resolver not to validate (RFC 4035, 3.2.2)
}

// ednsSize is the UDP payload size that fits every path (DNS Flag Day 2020), in bytes.
const ednsSize = 1232

func (c *client) ask(ctx context.Context, server netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), qtype)
	q.RecursionDesired = !server.IsValid()
	q.CheckingDisabled = c.cd
	q.SetEdns0(ednsSize, false)
	var reply *dns.Msg
	var err error
	for range 2 {
		q.Id = dns.Id()
		if reply, err = c.exchange(ctx, "udp", server, q); err == nil || ctx.Err() != nil || errors.Is(err, ErrNotPublic) {
			break
		}
	}
	if err == nil && reply.Truncated {
		reply, err = c.exchange(ctx, "tcp", server, q)
	}
	return reply, err
}

func (c *client) exchange(ctx context.Context, network string, server netip.Addr, q *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, c.try)
	defer cancel()
	var conn net.Conn
	var err error
	if server.IsValid() {
		conn, err = c.net.Dial(ctx, network, netip.AddrPortFrom(server, 53).String())
	} else {
		conn, err = c.net.Resolver(ctx, network)
	}
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	co := &dns.Conn{Conn: conn, UDPSize: ednsSize}
	if err := co.WriteMsg(q); err != nil {
		return nil, err
	}
	for {
		reply, err := co.ReadMsg()
		if err != nil {
			return nil, err
		}
		// Anybody can send to a UDP port: only the reply to this question counts.
		if reply.Id == q.Id && reply.Response && sameQuestion(reply, q) {
			return reply, nil
		}
	}
}

func sameQuestion(a, b *dns.Msg) bool {
	return len(a.Question) == 1 && a.Question[0].Qtype == b.Question[0].Qtype &&
		strings.EqualFold(a.Question[0].Name, b.Question[0].Name)
}

// why names the reason for having no answer, in a word for the evidence.
func why(err error) string {
	var timeout net.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrNotPublic):
		return "not a public address"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case strings.Contains(err.Error(), "refused"):
		return "connection refused"
	}
	if alert, ok := remoteAlert(err); ok {
		return fmt.Sprintf("TLS alert %d", alert)
	}
	return "no usable answer"
}
