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
	"strings"
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
	conn, at, err := e.handshake(ctx, host, t.addrs())
	if err != nil {
		f = handshakeFault(err)
	} else {
		f = connectionFinding(conn, host, e.net.Roots, e.opt.Now())
	}
	f.expected, f.ttl = host, t.ttl()
	f.params = lagParams(t.first(), e.proxies, f.params)
	lines := t.lines()
	if at.IsValid() {
		lines = append(lines, "connected to "+netip.AddrPortFrom(at, 443).String())
	}
	f.evidence = append(lines, f.evidence...)
	return f
}

// handshake returns what the host agrees to for its name, and its chain.
func (e *Engine) handshake(ctx context.Context, host string, addrs []netip.Addr) (tls.ConnectionState, netip.Addr, error) {
	conn, at, err := connect(ctx, e.net, addrs, 443, e.opt.DialTimeout)
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

// TLS alerts that servers send for a name they hold no certificate for (RFC
// 8446, 6; RFC 6066, 3).
var noCertificateAlerts = []uint64{40, 80, 112} // handshake_failure, internal_error, unrecognized_name

func handshakeFault(err error) finding {
	var record tls.RecordHeaderError
	if alert, ok := remoteAlert(err); ok {
		if slices.Contains(noCertificateAlerts, alert) {
			return finding{outcome: triage.Fail, state: "no_certificate", code: "check.tls.no_certificate",
				seen: "no certificate", evidence: []string{fmt.Sprintf("TLS alert %d from the server", alert)}}
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
