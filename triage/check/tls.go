package check

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"readback/triage"
)

// tlsCertificate checks the certificate that a host serves on port 443: {host}.
func (e *Engine) tlsCertificate(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	host := p["host"]
	t, f, ok := e.reach(ctx, host)
	if !ok {
		f.expected = cmp.Or(f.expected, host)
		return f
	}
	port := uint16(443)
	if n, err := strconv.ParseUint(p["port"], 10, 16); err == nil { // in a lab only
		port = uint16(n)
	}
	by := families(t.addrs())
	seen := make([]finding, len(by))
	var caa []string
	var wg sync.WaitGroup
	wg.Go(func() { // a hint: it may not hold up the rest
		ctx, cancel := context.WithTimeout(ctx, e.opt.QueryTimeout)
		defer cancel()
		if t, _ := e.climbCAA(ctx, host); t.official() {
			caa = t.last().found.data
		}
	})
	each(len(by), func(i int) { seen[i] = e.tlsOver(ctx, host, by[i], port) })
	wg.Wait()
	f = seen[0]
	if len(by) == 2 {
		f = bothFamilies(seen[0], seen[1])
	}
	if f.code == "check.tls.valid" && blocks(caa, f.params["issuer"]) {
		f.code = "check.tls.valid_not_again"
		f.evidence = append(f.evidence, "CAA: "+shorten(strings.Join(caa, " / ")))
	}
	f.expected, f.ttl = host, t.ttl()
	f.params = lagParams(t.first(), e.proxies, f.params)
	f.evidence = append(t.lines(), f.evidence...)
	return f
}

// tlsOver judges what a host serves at addresses of one family.
func (e *Engine) tlsOver(ctx context.Context, host string, addrs []netip.Addr, port uint16) finding {
	conn, at, err := e.handshake(ctx, host, addrs, port)
	if err != nil {
		f := handshakeFault(err)
		f.evidence = append(f.evidence, family(addrs)+": "+why(err))
		return f
	}
	f := connectionFinding(conn, host, e.net.Roots, e.opt.Now())
	f.evidence = append([]string{"connected to " + netip.AddrPortFrom(at, port).String()}, f.evidence...)
	return f
}

// bothFamilies is what a host serves over IPv4, unless it is worse over IPv6
// for certain. A family that cannot be reached from here says nothing.
func bothFamilies(four, six finding) finding {
	good, bad, goodName, badName := four, six, "IPv4", "IPv6"
	if four.outcome != triage.Pass && six.outcome == triage.Pass {
		good, bad, goodName, badName = six, four, "IPv6", "IPv4"
	}
	good.evidence = append(good.evidence, bad.evidence...)
	reason := bad.state
	if bad.outcome == triage.Unknown {
		reason = bad.params["reason"]
	}
	if good.outcome == triage.Pass && (bad.outcome == triage.Fail || reason == "connection refused") {
		return oneFamily(good, "check.tls.one_family", goodName, badName, reason)
	}
	return good
}

// handshake returns what the host agrees to for its name, and its chain.
func (e *Engine) handshake(ctx context.Context, host string, addrs []netip.Addr, port uint16) (tls.ConnectionState, netip.Addr, error) {
	conn, at, err := connect(ctx, e.net, addrs, port, e.opt.DialTimeout)
	if err != nil {
		return tls.ConnectionState{}, at, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, e.opt.DialTimeout)
	defer cancel()
	// Verification is off because we look at what is wrong ourselves; nothing
	// but the handshake is ever sent.
	c := tls.Client(conn, anyTLS(host))
	if err := c.HandshakeContext(ctx); err != nil {
		return tls.ConnectionState{}, at, err
	}
	return c.ConnectionState(), at, nil
}

// anyTLS is a configuration that takes whatever a server offers, old versions
// and weak ciphers too: a server that refuses it refuses the name.
func anyTLS(name string) *tls.Config {
	return &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: allCiphers}
}

var allCiphers = func() (ids []uint16) {
	for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, c.ID)
	}
	return ids
}()

// handshakeFault judges a handshake that failed. Servers answer a name that
// they hold no certificate for with one of several alerts (RFC 8446, 6; RFC
// 6066, 3).
func handshakeFault(err error) finding {
	var record tls.RecordHeaderError
	if alert, ok := remoteAlert(err); ok {
		line := fmt.Sprintf("TLS alert %d from the server", alert)
		switch alert {
		case 80, 112: // internal_error, unrecognized_name
			return finding{outcome: triage.Fail, state: "no_certificate", code: "check.tls.no_certificate",
				seen: "no certificate", evidence: []string{line}}
		case 40: // handshake_failure: for want of a certificate, or of a cipher that clients of today speak
			return finding{outcome: triage.Fail, state: "no_certificate", code: "check.tls.refused",
				seen: fmt.Sprintf("TLS alert %d", alert), evidence: []string{line}}
		}
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.tls.unreachable",
			params: map[string]string{"reason": fmt.Sprintf("TLS alert %d", alert)}}
	}
	if errors.As(err, &record) {
		return finding{outcome: triage.Fail, state: "no_certificate", code: "check.tls.no_certificate",
			seen: "no certificate", evidence: []string{"port 443 does not speak TLS"}}
	}
	return unreachable("check.tls.unreachable", err)
}

// remoteAlert returns the number of the alert with which the server ended the
// handshake. The type of crypto/tls's alert is not exported, its kind is.
func remoteAlert(err error) (uint64, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	v := reflect.ValueOf(op.Err)
	if v.Kind() != reflect.Uint8 {
		return 0, false
	}
	return v.Uint(), true
}

func unreachable(code string, err error) finding {
	reason := why(err)
	if errors.Is(err, ErrNotPublic) {
		code = "check.not_public"
	} else if errors.Is(err, io.EOF) {
		reason = "connection closed"
	}
	return finding{outcome: triage.Unknown, state: couldNotCheck, code: code, params: map[string]string{"reason": reason}}
}

// shorten makes a stranger's text fit to be shown: one line of at most 200
// bytes, printable.
func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}
