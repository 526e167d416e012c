package check

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// connectionFinding judges what a host agreed to: its certificate, then the
// version and cipher, which browsers refuse when they are too old.
func connectionFinding(conn tls.ConnectionState, host string, roots *x509.CertPool, now time.Time) finding {
	f := certificateFinding(conn.PeerCertificates, host, roots, now)
	f.evidence = append(f.evidence, tls.VersionName(conn.Version)+", "+tls.CipherSuiteName(conn.CipherSuite))
	if f.outcome != triage.Pass {
		return f
	}
	switch {
	case conn.Version < tls.VersionTLS12: // RFC 8996
		f.outcome, f.state, f.code, f.seen = triage.Fail, "old_version", "check.tls.old_version", tls.VersionName(conn.Version)
	case weakCipher(conn.CipherSuite):
		f.outcome, f.state, f.code, f.seen = triage.Fail, "weak_cipher", "check.tls.weak_cipher", tls.CipherSuiteName(conn.CipherSuite)
	}
	return f
}

// weakCipher reports a cipher that browsers do not speak: RC4 (RFC 7465), 3DES.
func weakCipher(id uint16) bool {
	name := tls.CipherSuiteName(id)
	return strings.Contains(name, "_RC4_") || strings.Contains(name, "_3DES_")
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
	"valid":            "check.tls.valid",
	"self_signed":      "check.tls.self_signed",
	"wrong_name":       "check.tls.wrong_name",
	"not_yet_valid":    "check.tls.not_yet_valid",
	"expired":          "check.tls.expired",
	"weak_key":         "check.tls.weak_key",
	"weak_signature":   "check.tls.weak_signature",
	"expired_issuer":   "check.tls.expired_issuer",
	"incomplete_chain": "check.tls.incomplete_chain",
	"untrusted":        "check.tls.untrusted",
}

// certificateState names the fault to mend first, "valid" without one. What a
// verifier calls untrusted is taken apart: a missing or expired intermediate,
// a signature or key that is too weak.
func certificateState(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) string {
	leaf := chain[0]
	trusted := verifies(chain, roots, now)
	switch {
	case trusted && leaf.VerifyHostname(host) == nil && !weakKey(leaf):
		return "valid"
	case selfSigned(leaf) && !verifies(chain, roots, within(leaf, now)):
		return "self_signed"
	case leaf.VerifyHostname(host) != nil:
		return "wrong_name"
	case now.Before(leaf.NotBefore):
		return "not_yet_valid"
	case now.After(leaf.NotAfter):
		return "expired"
	case slices.ContainsFunc(chain, weakKey):
		return "weak_key"
	case slices.ContainsFunc(chain, weakSignature):
		return "weak_signature"
	case slices.ContainsFunc(chain[1:], func(c *x509.Certificate) bool { return now.After(c.NotAfter) }):
		return "expired_issuer"
	case incomplete(chain):
		return "incomplete_chain"
	}
	return "untrusted"
}

// minRSAKey is the size under which browsers take no certificate (CA/Browser
// Forum Baseline Requirements, 6.1.5).
const minRSAKey = 2048

func weakKey(c *x509.Certificate) bool {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() < minRSAKey
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize < 256
	}
	return false
}

// weakSignature reports a signature that nobody takes any more. That of a root
// is never looked at: it is trusted for itself.
func weakSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return string(c.RawIssuer) != string(c.RawSubject)
	}
	return false
}

// incomplete reports whether a chain stops before its authority: the last
// certificate that the others lead to is no root, and says where its issuer's
// is to be had, as those of public authorities do (RFC 5280, 4.2.2.1).
func incomplete(chain []*x509.Certificate) bool {
	top := chain[0]
	for range chain {
		i := slices.IndexFunc(chain, func(c *x509.Certificate) bool {
			return c != top && string(c.RawSubject) == string(top.RawIssuer)
		})
		if i < 0 {
			break
		}
		top = chain[i]
	}
	return string(top.RawIssuer) != string(top.RawSubject) && len(top.IssuingCertificateURL) > 0
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
