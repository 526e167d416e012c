package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"time"
)

// authorities issues the lab's certificates: one authority that the lab's
// network trusts, one that nobody does. Keys are ECDSA P-256, which take well
// under a millisecond; certificates are made when first asked for.
type authorities struct {
	now             func() time.Time
	trusted, unseen *issuer

	mu   sync.Mutex
	made map[string]*tls.Certificate
}

type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

const day = 24 * time.Hour

func newAuthorities(now func() time.Time) (*authorities, error) {
	a := &authorities{now: now, made: map[string]*tls.Certificate{}}
	var err error
	if a.trusted, err = newIssuer("Lab Root", now()); err != nil {
		return nil, err
	}
	if a.unseen, err = newIssuer("Nobody's Root", now()); err != nil {
		return nil, err
	}
	return a, nil
}

func newIssuer(name string, now time.Time) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-3650 * day), NotAfter: now.Add(3650 * day), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &issuer{cert, key}, err
}

func (a *authorities) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.trusted.cert)
	return pool
}

// get returns the certificate of a site, made on first use.
func (a *authorities) get(s site, name string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := string(s.Certificate) + " " + name
	if c := a.made[key]; c != nil {
		return c, nil
	}
	names := s.Names
	if len(names) == 0 {
		names = []string{name}
	}
	c, err := a.issue(s.Certificate, names)
	if err == nil {
		a.made[key] = c
	}
	return c, err
}

func (a *authorities) issue(kind certificate, names []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := a.now()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: now.Add(-10 * day), NotAfter: now.Add(80*day + time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	by := a.trusted
	switch kind {
	case expired:
		t.NotBefore, t.NotAfter = now.Add(-99*day), now.Add(-9*day-time.Hour)
	case notYetValid:
		t.NotBefore, t.NotAfter = now.Add(2*day+time.Hour), now.Add(92*day)
	case selfSigned:
		by = &issuer{t, key}
	case untrusted:
		by = a.unseen
	}
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, &key.PublicKey, by.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
