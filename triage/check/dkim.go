package check

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"readback/triage"
)

// minRSABits is the size under which no verifier takes a key (RFC 8301, 3.2).
const minRSABits = 1024

var askDKIM = question{qtype: dns.TypeTXT}

// mailDKIM checks that a domain hands one DKIM key over to a platform:
// {domain, selector, target}. selector._domainkey.domain has to be a CNAME to
// selector.target, with a usable key at the end. Without a target the key may
// be anywhere.
func (e *Engine) mailDKIM(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	name, err := canonical(p["selector"] + "._domainkey." + p["domain"])
	target := ""
	if err == nil && p["target"] != "" {
		target, err = canonical(p["selector"] + "." + p["target"])
	}
	if err != nil {
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.bad_name", params: map[string]string{"what": shorten(p["selector"])}}
	}
	t := e.look.follow(ctx, name, askDKIM)
	f, unseen := t.unseen()
	if !unseen {
		f = judgeDKIM(t, target)
	}
	if f.state == absent && target != "" {
		meant := func(t trace) bool { return t.through(target) }
		if at := e.misplaced(ctx, name, p["domain"], askDKIM, meant); at != "" {
			f.code, f.params = "check.records.misplaced", map[string]string{"found": at}
		}
	}
	f.expected = target
	f = e.conclude(f, t, "DKIM")
	f.params["name"] = name
	return f
}

func judgeDKIM(t trace, target string) finding {
	last := t.last()
	switch {
	case target == "" && last.found.kind == records:
		f := judgeKeys(last.found.data)
		if f.code == "check.dkim.right" {
			f.code = "check.dkim.usable"
		}
		return f
	case target == "":
		return finding{outcome: triage.Fail, state: absent, code: "check.dkim.absent", params: map[string]string{"end": last.name}}
	case t.through(target) && last.found.kind == missing:
		return finding{outcome: triage.Fail, state: "key_missing", code: "check.dkim.key_missing", params: map[string]string{"end": last.name}}
	case t.through(target):
		return judgeKeys(last.found.data)
	case t.first().undoubled() == target:
		return finding{outcome: triage.Fail, state: wrongTarget, code: "check.dns.doubled_zone"}
	case t.first().found.kind == alias:
		return finding{outcome: triage.Fail, state: wrongTarget, code: "check.dkim.wrong_target"}
	case t.first().found.kind == records:
		return finding{outcome: triage.Fail, state: wrongTarget, code: "check.dkim.no_cname"}
	}
	return finding{outcome: triage.Fail, state: absent, code: "check.dkim.missing"}
}

// judgeKeys judges the TXT records where a selector ends.
func judgeKeys(texts []string) finding {
	if len(texts) > 1 { // undefined (RFC 6376, 3.6.2.2): any of them may be used
		return finding{outcome: triage.Fail, state: severalRecords, code: "check.dkim.several_records"}
	}
	key, state, why := parseDKIM(texts[0])
	f := finding{outcome: triage.Fail, state: state}
	switch state {
	case right:
		f.outcome, f.code = triage.Pass, "check.dkim.right"
		f.params = map[string]string{"key": key.describe()}
		if key.testing {
			f.params["testing"] = "true"
		}
	case "key_revoked":
		f.code = "check.dkim.key_revoked"
	case "weak_key":
		f.seen = key.describe()
		f.code, f.params = "check.dkim.weak_key", map[string]string{"bits": strconv.Itoa(key.bits)}
	default:
		f.seen = shorten(texts[0])
		f.code, f.params = "check.dkim.malformed", map[string]string{"term": shorten(why)}
	}
	return f
}

// dkimKey is what a key record holds.
type dkimKey struct {
	kind    string // rsa or ed25519
	bits    int
	testing bool // t=y: verifiers treat bad signatures as none (RFC 6376, 3.6.1)
}

func (k dkimKey) describe() string {
	switch k.kind {
	case "rsa":
		return "RSA " + strconv.Itoa(k.bits)
	case "ed25519":
		return "Ed25519"
	}
	return ""
}

// parseDKIM reads a key record (RFC 6376, 3.6.1; RFC 8463, 4). state is right,
// key_revoked, weak_key or malformed; why names the part that is malformed.
func parseDKIM(record string) (key dkimKey, state, why string) {
	t, first, bad := tags(record)
	p, held := t["p"]
	p = strings.Join(strings.Fields(p), "")
	v, versioned := t["v"]
	switch {
	case bad != "":
		return key, malformed, bad
	case versioned && (first != "v" || v != "DKIM1"):
		return key, malformed, "v=" + v
	case !held:
		return key, malformed, "p="
	case p == "":
		return key, "key_revoked", ""
	case excludes(t, "s", "email"):
		return key, malformed, "s=" + t["s"]
	case excludes(t, "h", "sha256"):
		return key, malformed, "h=" + t["h"] // verifiers take no sha1 (RFC 8301, 3.1)
	}
	key.testing = slices.Contains(list(t["t"]), "y")
	der, err := base64.StdEncoding.DecodeString(p)
	if err != nil {
		return key, malformed, "p="
	}
	if key.kind = t["k"]; key.kind == "" {
		key.kind = "rsa"
	}
	switch key.kind {
	case "ed25519":
		if key.bits = len(der) * 8; key.bits == 256 {
			return key, right, ""
		}
	case "rsa":
		if key.bits = rsaBits(der); key.bits >= minRSABits {
			return key, right, ""
		} else if key.bits > 0 {
			return key, "weak_key", ""
		}
	default:
		return key, malformed, "k=" + key.kind
	}
	return key, malformed, "p="
}

// excludes reports whether a tag that lists what a key is for leaves that out.
func excludes(t map[string]string, tag, value string) bool {
	s, ok := t[tag]
	return ok && !slices.Contains(list(s), value) && !slices.Contains(list(s), "*")
}

// list splits a:b:c.
func list(s string) []string {
	parts := strings.Split(s, ":")
	for i := range parts {
		parts[i] = strings.Trim(parts[i], " \t\r\n")
	}
	return parts
}

// rsaBits returns the size of an RSA key in either of the forms in use, 0 when
// it is none: as a SubjectPublicKeyInfo, or bare (RFC 6376, 3.6.1, erratum).
func rsaBits(der []byte) int {
	if any, err := x509.ParsePKIXPublicKey(der); err == nil {
		if k, ok := any.(*rsa.PublicKey); ok {
			return k.N.BitLen()
		}
		return 0
	}
	if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return k.N.BitLen()
	}
	return 0
}
