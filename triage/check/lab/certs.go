package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
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
	between, past   *issuer // intermediates of trusted; past is expired

	mu   sync.Mutex
	made map[string]*tls.Certificate
}

type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

const day = 24 * time.Hour

func newAuthorities(now func() time.Time) (*authorities, error) {
	a := &authorities{now: now, made: map[string]*tls.Certificate{}}
	var err error
	if a.trusted, err = newIssuer("Lab Root", nil, now(), now().Add(3650*day)); err != nil {
		return nil, err
	}
	if a.unseen, err = newIssuer("Nobody's Root", nil, now(), now().Add(3650*day)); err != nil {
		return nil, err
	}
	if a.between, err = newIssuer("Lab Intermediate", a.trusted, now(), now().Add(3650*day)); err != nil {
		return nil, err
	}
	a.past, err = newIssuer("Lab Intermediate of Old", a.trusted, now(), now().Add(-30*day))
	return a, err
}

// newIssuer makes an authority that by vouches for, nil = itself.
func newIssuer(name string, by *issuer, now, until time.Time) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-3650 * day), NotAfter: until, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if by == nil {
		by = &issuer{t, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, &key.PublicKey, by.key)
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
	key, err := newKey(kind)
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
	var sent []*issuer
	switch kind {
	case expired:
		t.NotBefore, t.NotAfter = now.Add(-99*day), now.Add(-9*day-time.Hour)
	case notYetValid:
		t.NotBefore, t.NotAfter = now.Add(2*day+time.Hour), now.Add(92*day)
	case selfSigned:
		by = &issuer{t, key}
	case untrusted:
		by = a.unseen
	case chained:
		by, sent = a.between, []*issuer{a.between}
	case reversed:
		by, sent = a.between, []*issuer{a.trusted, a.between}
	case incomplete:
		by, t.IssuingCertificateURL = a.between, []string{"http://nameplate.example/intermediate.crt"}
	case expiredIssuer:
		by, sent = a.past, []*issuer{a.past}
	case weakSignature:
		t.SignatureAlgorithm = x509.ECDSAWithSHA1
	}
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, key.Public(), by.key)
	if err != nil {
		return nil, err
	}
	chain := [][]byte{der}
	for _, s := range sent {
		chain = append(chain, s.cert.Raw)
	}
	return &tls.Certificate{Certificate: chain, PrivateKey: key}, nil
}

func newKey(kind certificate) (crypto.Signer, error) {
	switch kind {
	case weakKey:
		return rsa.GenerateKey(rand.Reader, 1024)
	case weakCipher: // its exchange of keys is by RSA
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}
