package check

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
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
	chain, at, err := e.handshake(ctx, host, t.addrs())
	if err != nil {
		f = handshakeFault(err)
	} else {
		f = certificateFinding(chain, host, e.net.Roots, e.opt.Now())
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

// handshake returns the chain that the host presents for its name.
func (e *Engine) handshake(ctx context.Context, host string, addrs []netip.Addr) ([]*x509.Certificate, netip.Addr, error) {
	conn, at, err := connect(ctx, e.net, addrs, 443, e.opt.DialTimeout)
	if err != nil {
		return nil, at, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, e.opt.DialTimeout)
	defer cancel()
	// Verification is off because we look at what is wrong ourselves; nothing
	// but the handshake is ever sent.
	c := tls.Client(conn, anyTLS(host))
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, at, err
	}
	return c.ConnectionState().PeerCertificates, at, nil
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

// certificateFinding judges a presented chain for a host at a time. Of several
// faults it names the one to mend first.
func certificateFinding(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) finding {
	if len(chain) == 0 {
		return finding{outcome: triage.Fail, state: "no_certificate", code: "check.tls.no_certificate", seen: "no certificate"}
	}
	leaf := chain[0]
	days := int(leaf.NotAfter.Sub(now) / (24 * time.Hour))
	f := finding{outcome: triage.Fail, seen: certificateNames(leaf), evidence: chainLines(chain),
		params: map[string]string{"issuer": issuer(leaf), "days": strconv.Itoa(max(days, -days)),
			"from": leaf.NotBefore.UTC().Format(time.DateOnly), "until": leaf.NotAfter.UTC().Format(time.DateOnly)}}
	f.state = certificateState(chain, host, roots, now)
	if f.state == "valid" {
		f.outcome = triage.Pass
	}
	f.code = certificateCodes[f.state]
	return f
}

var certificateCodes = map[string]string{
	"valid":         "check.tls.valid",
	"self_signed":   "check.tls.self_signed",
	"wrong_name":    "check.tls.wrong_name",
	"not_yet_valid": "check.tls.not_yet_valid",
	"expired":       "check.tls.expired",
	"untrusted":     "check.tls.untrusted",
}

func certificateState(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) string {
	leaf := chain[0]
	trusted := verifies(chain, roots, now)
	switch {
	case trusted && leaf.VerifyHostname(host) == nil:
		return "valid"
	case selfSigned(leaf) && !verifies(chain, roots, within(leaf, now)):
		return "self_signed"
	case leaf.VerifyHostname(host) != nil:
		return "wrong_name"
	case now.Before(leaf.NotBefore):
		return "not_yet_valid"
	case now.After(leaf.NotAfter):
		return "expired"
	}
	return "untrusted"
}

func verifies(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) bool {
	between := x509.NewCertPool()
	for _, c := range chain[1:min(len(chain), 10)] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at})
	return err == nil
}

// within moves a time into the certificate's life, to judge its trust apart
// from its age.
func within(c *x509.Certificate, now time.Time) time.Time {
	switch {
	case now.Before(c.NotBefore):
		return c.NotBefore
	case now.After(c.NotAfter):
		return c.NotAfter
	}
	return now
}

func selfSigned(c *x509.Certificate) bool {
	return string(c.RawIssuer) == string(c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

const maxNames = 5 // of a certificate, shown

func certificateNames(c *x509.Certificate) string {
	names := c.DNSNames
	if len(names) == 0 { // the common name no longer counts (RFC 9525, 6.3), but tells whose it is
		names = []string{cmp.Or(c.Subject.CommonName, "-")}
	}
	text := strings.Join(names[:min(len(names), maxNames)], ", ")
	if len(names) > maxNames {
		text += fmt.Sprintf(" +%d", len(names)-maxNames)
	}
	return shorten(text)
}

func issuer(c *x509.Certificate) string {
	return shorten(cmp.Or(strings.Join(c.Issuer.Organization, ", "), c.Issuer.CommonName, "-"))
}

// chainLines are the evidence: one line a certificate.
func chainLines(chain []*x509.Certificate) []string {
	var out []string
	for i, c := range chain[:min(len(chain), maxLines)] {
		out = append(out, fmt.Sprintf("certificate %d: %s, issued by %s, %s to %s", i, certificateNames(c), issuer(c),
			c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)))
	}
	return out
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
