package lab

import (
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/miekg/dns"
)

// File is the name of a workspace's lab description.
const File = "lab.yaml"

// config is lab.yaml. Every address in it is a documentation address (RFC
// 5737, RFC 3849); the lab maps it to a listener on loopback.
type config struct {
	Resolver struct {
		Address string   `yaml:"address"`
		Stale   []string `yaml:"stale"` // records it still holds, each with the seconds left at the start; they start again at the end
	} `yaml:"resolver"`
	Servers map[string]server `yaml:"servers"` // DNS servers by host name
	Proxies []proxyRange      `yaml:"proxies"`
	Zones   []zoneText        `yaml:"zones"`
	Hosts   []host            `yaml:"hosts"`
}

// server is one authoritative DNS server.
type server struct {
	Address string `yaml:"address"`
	Fault   fault  `yaml:"fault"`
}

// fault is how a DNS server misbehaves.
type fault string

const (
	noFault  fault = ""
	silent   fault = "silent"   // never answers
	servfail fault = "servfail" // answers SERVFAIL
	lame     fault = "lame"     // answers without authority
	refuse   fault = "refused"  // answers REFUSED
)

type proxyRange struct {
	Name   string       `yaml:"name"`
	Prefix netip.Prefix `yaml:"-"`
	Text   string       `yaml:"prefix"`
}

// zoneText is one zone in the format of a master file (RFC 1035, 5).
type zoneText struct {
	Zone    string   `yaml:"zone"`
	Servers []string `yaml:"servers"` // host names
	Records string   `yaml:"records"`
	// Bogus: its DNSSEC signatures do not fit, so the resolver refuses it unless
	// it is asked not to validate.
	Bogus bool `yaml:"bogus"`
	// Differing holds, by server, what that server says in place of Records.
	Differing map[string]string `yaml:"differing"`
}

// host answers on ports 80 and 443 of its addresses.
type host struct {
	Addresses []string        `yaml:"addresses"`
	Sites     map[string]site `yaml:"sites"` // by host name; "*" for any other, which has no certificate
}

// site is what a host does for one name.
type site struct {
	Certificate certificate       `yaml:"certificate"`
	Names       []string          `yaml:"names"`   // of the certificate; default the site's own
	Forward     string            `yaml:"forward"` // address of a host that gets every request
	Status      int               `yaml:"status"`  // default 200
	Headers     map[string]string `yaml:"headers"`
	Body        string            `yaml:"body"`
}

// certificate is the kind of certificate that a site serves.
type certificate string

const (
	noCertificate certificate = "" // TLS alert unrecognized_name
	valid         certificate = "valid"
	expired       certificate = "expired"
	notYetValid   certificate = "not_yet_valid"
	selfSigned    certificate = "self_signed"
	untrusted     certificate = "untrusted" // issued by an authority outside the roots

	// Chains over an intermediate authority.
	chained       certificate = "chained"
	reversed      certificate = "reversed"         // root and intermediate in the wrong order
	incomplete    certificate = "incomplete_chain" // the intermediate is not sent
	expiredIssuer certificate = "expired_issuer"

	weakKey       certificate = "weak_key"       // RSA of 1024 bits
	weakSignature certificate = "weak_signature" // SHA-1
	oldVersion    certificate = "old_version"    // valid, over TLS 1.1 at best
	weakCipher    certificate = "weak_cipher"    // valid, over RC4
)

// ttl of records without one, in seconds.
const ttl = 300

// read loads lab.yaml.
func read(dir fs.FS) (*config, error) {
	data, err := fs.ReadFile(dir, File)
	if err != nil {
		return nil, err
	}
	var c config
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	for i := range c.Proxies {
		if c.Proxies[i].Prefix, err = netip.ParsePrefix(c.Proxies[i].Text); err != nil {
			return nil, fmt.Errorf("%s: proxies: %w", File, err)
		}
	}
	for name, s := range c.Servers {
		switch s.Fault {
		case noFault, silent, servfail, lame, refuse:
		default:
			return nil, fmt.Errorf("%s: server %s: unknown fault %q", File, name, s.Fault)
		}
	}
	for _, h := range c.Hosts {
		for name, s := range h.Sites {
			switch s.Certificate {
			case noCertificate, valid, expired, notYetValid, selfSigned, untrusted, chained, reversed, incomplete,
				expiredIssuer, weakKey, weakSignature, oldVersion, weakCipher:
			default:
				return nil, fmt.Errorf("%s: site %s: unknown certificate %q", File, name, s.Certificate)
			}
		}
	}
	return &c, nil
}

// address reads a documentation address; any other would let the lab pose as
// a real host.
func address(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, fmt.Errorf("%s: %w", File, err)
	}
	for _, p := range documentation {
		if p.Contains(a) {
			return a, nil
		}
	}
	return a, fmt.Errorf("%s: %s is not a documentation address", File, s)
}

var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("2001:db8::/32"),
}

// records parses master-file text.
func records(zone, text string) ([]dns.RR, error) {
	p := dns.NewZoneParser(strings.NewReader(text), dns.Fqdn(zone), "")
	p.SetDefaultTTL(ttl)
	var out []dns.RR
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		rr.Header().Name = dns.CanonicalName(rr.Header().Name)
		out = append(out, rr)
	}
	if err := p.Err(); err != nil {
		return nil, fmt.Errorf("%s: zone %s: %w", File, zone, err)
	}
	return out, nil
}
