package check

import (
	"context"
	"strings"

	"github.com/miekg/dns"

	"readback/triage"
)

// dnsCAA checks that an authority may issue certificates for a name: {name,
// issuer}, such as letsencrypt.org. The records of the nearest name at or above
// it count, and none at all allow everybody (RFC 8659, 3 and 4.2).
func (e *Engine) dnsCAA(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	t, at := e.climbCAA(ctx, p["name"])
	f, unseen := t.unseen()
	switch data := t.last().found.data; {
	case unseen:
	case len(data) > 0:
		f = judgeCAA(data, p["issuer"])
		f.params["at"] = at
	default:
		f = finding{outcome: triage.Pass, state: "allowed", code: "check.caa.none", seen: "-"}
	}
	f.expected = p["issuer"]
	return e.conclude(f, t, "CAA")
}

// climbCAA looks from a name upwards for CAA records, as far as the first that
// has some or that could not be looked at.
func (e *Engine) climbCAA(ctx context.Context, name string) (t trace, at string) {
	for at = name; ; at = parent(at) {
		t = e.look.follow(ctx, at, question{qtype: dns.TypeCAA})
		if _, unseen := t.unseen(); unseen || len(t.last().found.data) > 0 || parent(at) == "" {
			return t, at
		}
	}
}

// caaNames are the names by which authorities are let issue, by the
// organisation in their certificates.
var caaNames = map[string][]string{
	"Let's Encrypt": {"letsencrypt.org"}, "Google Trust Services": {"pki.goog"}, "Google Trust Services LLC": {"pki.goog"},
	"DigiCert Inc": {"digicert.com"}, "DigiCert, Inc.": {"digicert.com"}, "Sectigo Limited": {"sectigo.com"}, "ZeroSSL": {"sectigo.com"},
	"GlobalSign nv-sa": {"globalsign.com"}, "GoDaddy.com, Inc.": {"godaddy.com"}, "SSL Corporation": {"ssl.com"},
	"Amazon": {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"},
}

// blocks reports whether CAA records keep an authority from issuing the next
// certificate. An authority whose names are not known is kept from nothing.
func blocks(data []string, organisation string) bool {
	names := caaNames[organisation]
	for _, name := range names {
		if judgeCAA(data, name).outcome == triage.Pass {
			return false
		}
	}
	return len(names) > 0 && len(data) > 0
}

// judgeCAA judges a set of CAA records, each as "FLAG TAG VALUE".
func judgeCAA(data []string, issuer string) finding {
	restricted := false
	for _, s := range data {
		part := strings.SplitN(s, " ", 3)
		flag, tag, value := part[0], strings.ToLower(part[1]), part[2]
		switch tag {
		case "issue":
			restricted = true
			who, _, _ := strings.Cut(value, ";") // parameters follow
			if strings.EqualFold(strings.TrimSpace(who), issuer) {
				return finding{outcome: triage.Pass, state: "allowed", code: "check.caa.allowed", params: map[string]string{}}
			}
		case "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone":
		default:
			if flag != "0" { // critical, and nobody knows what it says (RFC 8659, 4.5)
				return finding{outcome: triage.Fail, state: "forbidden", code: "check.caa.forbidden", params: map[string]string{}}
			}
		}
	}
	if restricted {
		return finding{outcome: triage.Fail, state: "forbidden", code: "check.caa.forbidden", params: map[string]string{}}
	}
	return finding{outcome: triage.Pass, state: "allowed", code: "check.caa.allowed", params: map[string]string{}}
}
