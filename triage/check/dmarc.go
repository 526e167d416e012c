package check

import (
	"context"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"github.com/weppos/publicsuffix-go/publicsuffix"

	"readback/triage"
)

var askDMARC = question{qtype: dns.TypeTXT, about: "dmarc"}

// mailDMARC checks that a domain has a DMARC record: {domain}. One at the
// organisational domain stands for the domains below it (RFC 7489, 6.6.3).
func (e *Engine) mailDMARC(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	domain := p["domain"]
	at := "_dmarc." + domain
	t := e.look.follow(ctx, at, askDMARC)
	f, unseen := t.unseen()
	if !unseen {
		f = judgeDMARC(t.last().found.data, false)
	}
	if f.state == absent {
		if other := e.misplaced(ctx, at, domain, askDMARC, hasDMARC); other != "" {
			f.code, f.params = "check.records.misplaced", map[string]string{"found": other}
		}
	}
	if org := organisational(domain); f.state == absent && org != "" && org != domain {
		above := e.look.follow(ctx, "_dmarc."+org, askDMARC)
		g, unseen := above.unseen()
		if !unseen {
			g = judgeDMARC(above.last().found.data, true)
		}
		if g.state != absent {
			f, at = e.conclude(g, above, "DMARC"), "_dmarc."+org
		}
	}
	f = e.conclude(f, t, "DMARC")
	f.expected = "v=DMARC1"
	f.params["at"] = at
	if f.code == "check.records.misplaced" {
		f.params["name"] = at
	}
	return f
}

func hasDMARC(t trace) bool {
	return slices.ContainsFunc(t.last().found.data, isDMARC)
}

// isDMARC reports whether a TXT record takes part in policy discovery: it
// starts with the version, exactly (RFC 7489, 6.3 and 6.6.3).
func isDMARC(text string) bool {
	t, first, _ := tags(text)
	return first == "v" && t["v"] == "DMARC1"
}

// meansDMARC reports whether a TXT record that takes no part was meant to:
// small letters, a comma for a semicolon, quotation marks of its own.
func meansDMARC(text string) bool {
	return strings.HasPrefix(strings.NewReplacer(" ", "", "\t", "", "\"", "", "'", "").Replace(strings.ToLower(text)), "v=dmarc")
}

// judgeDMARC judges the TXT records at one _dmarc name that speak of DMARC.
// above says that it stands for a domain below.
func judgeDMARC(texts []string, above bool) finding {
	var found []string
	near := ""
	for _, s := range texts {
		if isDMARC(s) {
			found = append(found, s)
		} else if meansDMARC(s) {
			near = s
		}
	}
	switch {
	case len(found) > 1:
		return finding{outcome: triage.Fail, state: severalRecords, code: "check.dmarc.several_records"}
	case len(found) == 0 && near != "":
		return finding{outcome: triage.Fail, state: malformed, code: "check.dmarc.malformed", seen: shorten(near),
			params: map[string]string{"term": shorten(near)}}
	case len(found) == 0:
		return finding{outcome: triage.Fail, state: absent, code: "check.dmarc.missing"}
	}
	p, policy, bad := parseDMARC(found[0], above)
	f := finding{outcome: triage.Pass, state: right, code: "check.dmarc.right", seen: shorten(found[0]),
		params: map[string]string{"p": p, "policy": policy}}
	if bad != "" {
		f.outcome, f.state, f.code = triage.Fail, malformed, "check.dmarc.malformed"
		f.params = map[string]string{"term": shorten(bad)}
	}
	return f
}

// parseDMARC reads a DMARC record (RFC 7489, 6.3). policy is the one for the
// domain that is asked about: sp rather than p when the record is from above
// it. Only v, p and sp decide; faults elsewhere leave those tags at their
// defaults. bad is the tag that is missing or wrong, "" when all is well.
func parseDMARC(record string, above bool) (p, policy, bad string) {
	t, _, _ := tags(record)
	p = strings.ToLower(t["p"])
	sp, held := t["sp"]
	sp = strings.ToLower(sp)
	switch {
	case !isPolicy(p):
		return "", "", "p=" + t["p"]
	case held && !isPolicy(sp):
		return "", "", "sp=" + t["sp"]
	case held && above:
		return p, sp, ""
	}
	return p, p, ""
}

func isPolicy(s string) bool { return s == "none" || s == "quarantine" || s == "reject" }

// organisational returns the name that was registered (RFC 7489, 3.2), "" when
// there is none: the name is a public suffix itself.
func organisational(name string) string {
	org, err := publicsuffix.Domain(name)
	if err != nil {
		return ""
	}
	return org
}
