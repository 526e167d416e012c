package check

import (
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

var errBadName = errors.New("not a domain name")

// toASCII maps for look-up (RFC 5891, 5) and lets underscores pass, which
// names of records such as _dmarc need.
var toASCII = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// canonical returns a domain name in the one form that is compared and asked
// for: A-labels, lower case, no trailing dot. It refuses what is no public
// domain name: addresses in any notation, single labels, ports, paths.
func canonical(s string) (string, error) {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	name, err := toASCII.ToASCII(s)
	if err == nil {
		_, err = toASCII.ToASCII(name) // it makes an A-label of bytes that are no UTF-8, and would not take it back
	}
	if err != nil {
		return "", errBadName
	}
	name = strings.ToLower(name)
	if _, err := netip.ParseAddr(name); err == nil || len(name) > 253 {
		return "", errBadName
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", errBadName
		}
	}
	last := labels[len(labels)-1]
	if len(labels) < 2 || last[0] >= '0' && last[0] <= '9' {
		return "", errBadName // 127.1, 0x7f.1 and the like are addresses to some resolvers
	}
	return name, nil
}

// DomainName returns a name that the checks can look for, in the form in which
// they compare it; ok is false when s is none.
func DomainName(s string) (name string, ok bool) {
	name, err := canonical(s)
	return name, err == nil
}

// IsDomain reports whether s is a name that the checks can look for.
func IsDomain(s string) bool {
	_, err := canonical(s)
	return err == nil
}

// plain turns a name out of a DNS message into the form of canonical, without
// judging it. Escapes (\046) stay, so an escaped dot never equals a real one.
func plain(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// inZone reports whether name is the zone's apex or below it.
func inZone(name, zone string) bool {
	return name == zone || zone == "" || strings.HasSuffix(name, "."+zone)
}

// parent returns the name without its first label, "" at the top.
func parent(name string) string {
	_, up, _ := strings.Cut(name, ".")
	return up
}

// undoubled returns what a record's target was meant to be when a DNS editor
// added the zone's name to it (target.example -> target.example.zone.example),
// "" when it does not look so. name is the record's owner.
func undoubled(name, zone, target string) string {
	for up := name; strings.Contains(up, ".") && inZone(up, zone); up = parent(up) {
		meant, cut := strings.CutSuffix(target, "."+up)
		if cut && strings.Contains(meant, ".") {
			return meant
		}
	}
	return ""
}
