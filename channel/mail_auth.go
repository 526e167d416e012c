package channel

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/authres"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"
	"github.com/weppos/publicsuffix-go/publicsuffix"
	"golang.org/x/net/idna"
)

// Envelope is what the server that took a mail knew of its delivery; zero
// fields are unknown.
type Envelope struct {
	From   string     // the reverse path, MAIL FROM
	To     []string   // the recipients, RCPT TO
	Client netip.Addr // who delivered it
	Helo   string     // how that one greeted
	Null   bool       // the reverse path is known and empty: nobody waits for an answer
}

// Passed is a proof that somebody made for a mail: a domain that SPF or DKIM
// passed for.
type Passed struct {
	Method string // spf | dkim | dmarc
	Domain string
}

// authTime bounds all looks for one mail: a hook answers within 3 s.
const authTime = 1500 * time.Millisecond

// maxDKIM is how many DKIM signatures of one mail are looked at.
const maxDKIM = 5

// Proof says why a mail is taken for its sender's, or is not.
type Proof struct {
	Verified bool
	By       Passed // what aligned
	Why      string // code of what was missing: several_froms, no_from, none, not_aligned, dns
}

// authenticate decides whether a mail comes from the domain that its From
// header names: SPF or DKIM passed for a domain that is aligned with it (RFC
// 7489, 3.1). mime is the mail as it was sent, nil when only its parts came;
// given are the proofs of the provider that delivered it, trusted the host
// whose Authentication-Results header counts, "" for none. ARC is not read:
// whoever forwards would have to be trusted first.
func authenticate(ctx context.Context, resolver spf.DNSResolver, m *Mail, env Envelope, mime []byte, given []Passed, trusted string) Proof {
	if len(m.head["From"]) > 1 || len(m.Froms) > 1 {
		return Proof{Why: "several_froms"}
	}
	if len(m.Froms) == 0 {
		return Proof{Why: "no_from"}
	}
	from := domainOf(m.Froms[0])
	if from == "" {
		return Proof{Why: "no_from"}
	}
	ctx, cancel := context.WithTimeout(ctx, authTime)
	defer cancel()
	passed := append(given[:len(given):len(given)], resultsOf(m.Results, trusted)...)
	if p, ok := aligned(from, passed); ok && strings.EqualFold(p.Domain, from) {
		return Proof{Verified: true, By: p}
	}
	if resolver != nil {
		passed = append(passed, lookSPF(ctx, resolver, env)...)
		passed = append(passed, lookDKIM(ctx, resolver, mime)...)
	}
	p, ok := aligned(from, passed)
	switch {
	case len(passed) == 0:
		return Proof{Why: "none"}
	case !ok:
		return Proof{Why: "not_aligned"}
	case p.Domain == from:
		return Proof{Verified: true, By: p}
	case resolver == nil:
		return Proof{Why: "dns"}
	}
	// Only the organisation is the same: its policy may ask for more.
	strict, err := strictness(ctx, resolver, from)
	switch {
	case err != nil:
		return Proof{Why: "dns"}
	case p.Method == "spf" && strict.spf || p.Method == "dkim" && strict.dkim:
		return Proof{Why: "not_aligned"}
	}
	return Proof{Verified: true, By: p}
}

// aligned finds the best proof for a domain: the domain's own, else one of the
// same organisation.
func aligned(from string, passed []Passed) (Passed, bool) {
	best, found := Passed{}, false
	for _, p := range passed {
		p.Domain = asciiName(p.Domain)
		switch {
		case p.Domain == from:
			return p, true
		case !found && p.Method != "dmarc" && organisation(p.Domain) != "" && organisation(p.Domain) == organisation(from):
			best, found = p, true
		}
	}
	return best, found
}

// domainOf is the domain of an address in its ASCII form, "" for none.
func domainOf(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return ""
	}
	return asciiName(address[i+1:])
}

func asciiName(name string) string {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if out, err := idna.Lookup.ToASCII(name); err == nil {
		return out
	}
	return name
}

// organisation is the registrable domain of a name, "" when it has none.
func organisation(name string) string {
	out, err := publicsuffix.Domain(name)
	if err != nil {
		return ""
	}
	return out
}

// resultsOf reads the Authentication-Results of the trusted host (RFC 8601):
// only the topmost header counts, since those below it may have come with the
// mail.
func resultsOf(headers []string, trusted string) []Passed {
	if trusted == "" || len(headers) == 0 {
		return nil
	}
	host, results, err := authres.Parse(bareResults(headers[0]))
	if err != nil || !strings.EqualFold(strings.TrimSpace(host), trusted) {
		return nil
	}
	var out []Passed
	for _, r := range results {
		switch r := r.(type) {
		case *authres.DKIMResult:
			if r.Value == authres.ResultPass {
				out = append(out, Passed{"dkim", afterAt(r.Domain, r.Identifier)})
			}
		case *authres.SPFResult:
			if r.Value == authres.ResultPass && r.From != "" {
				out = append(out, Passed{"spf", afterAt("", r.From)})
			}
		case *authres.DMARCResult:
			if r.Value == authres.ResultPass && r.From != "" {
				out = append(out, Passed{"dmarc", afterAt("", r.From)})
			}
		}
	}
	return out
}

// bareResults takes comments out of an Authentication-Results header, and from
// quoted words what the parser would take for its own signs: senders choose
// both by the address that they give.
func bareResults(value string) string {
	var out strings.Builder
	depth, inQuotes := 0, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\\' && (depth > 0 || inQuotes):
			i++
		case c == '"' && depth == 0:
			inQuotes = !inQuotes
		case inQuotes:
			if c > ' ' && !strings.ContainsRune(`;=()`, rune(c)) {
				out.WriteByte(c)
			}
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case depth == 0:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// afterAt is a domain, or that of an identity which may be only a domain.
func afterAt(domain, identity string) string {
	if domain != "" {
		return domain
	}
	return identity[strings.LastIndexByte(identity, '@')+1:]
}

func lookSPF(ctx context.Context, resolver spf.DNSResolver, env Envelope) []Passed {
	domain := domainOf(env.From)
	if !env.Client.IsValid() || domain == "" {
		return nil // a pass of the greeting alone says nothing of the From header
	}
	result, _ := spf.CheckHostWithSender(env.Client.Unmap().AsSlice(), env.Helo, env.From, spf.WithContext(ctx), spf.WithResolver(resolver))
	if result != spf.Pass {
		return nil
	}
	return []Passed{{"spf", domain}}
}

func lookDKIM(ctx context.Context, resolver spf.DNSResolver, mime []byte) []Passed {
	if mime = asLines(mime); !bytes.Contains(bytes.ToLower(mime[:headerEnd(mime)]), []byte("dkim-signature")) {
		return nil
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(mime), &dkim.VerifyOptions{MaxVerifications: maxDKIM,
		LookupTXT: func(name string) ([]string, error) { return resolver.LookupTXT(ctx, name) }})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return nil
	}
	var out []Passed
	for _, v := range found {
		if v.Err == nil {
			out = append(out, Passed{"dkim", v.Domain})
		}
	}
	return out
}

type strict struct{ spf, dkim bool }

// strictness is what the DMARC policy of a domain, or of its organisation,
// asks for.
func strictness(ctx context.Context, resolver spf.DNSResolver, from string) (strict, error) {
	opt := &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) { return resolver.LookupTXT(ctx, name) }}
	r, err := dmarc.LookupWithOptions(from, opt)
	if errors.Is(err, dmarc.ErrNoPolicy) {
		if org := organisation(from); org != "" && org != from {
			r, err = dmarc.LookupWithOptions(org, opt)
		}
	}
	switch {
	case errors.Is(err, dmarc.ErrNoPolicy):
		return strict{}, nil
	case err != nil && dmarc.IsTempFail(err):
		return strict{}, err
	case err != nil:
		return strict{spf: true, dkim: true}, nil // a policy that cannot be read asks for all
	}
	return strict{spf: r.SPFAlignment == dmarc.AlignmentStrict, dkim: r.DKIMAlignment == dmarc.AlignmentStrict}, nil
}
