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
	var t trace
	var f finding
	for at := p["name"]; ; at = parent(at) {
		t = e.look.follow(ctx, at, question{qtype: dns.TypeCAA})
		var unseen bool
		if f, unseen = t.unseen(); unseen {
			break
		}
		if data := t.last().found.data; len(data) > 0 {
			f = judgeCAA(data, p["issuer"])
			f.params["at"] = at
			break
		}
		if parent(at) == "" {
			f = finding{outcome: triage.Pass, state: "allowed", code: "check.caa.none", seen: "-"}
			break
		}
	}
	f.expected = p["issuer"]
	return e.conclude(f, t, "CAA")
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
