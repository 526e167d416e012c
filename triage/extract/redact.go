package extract

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/weppos/publicsuffix-go/publicsuffix"

	"readback/triage"
	"readback/triage/ground"
)

// RedactOptions say what else than secrets, card and account numbers, and
// personal data a Redactor hides.
type RedactOptions struct {
	Names  []string // of people, beside the customer's: of staff, who sign their answers
	Values []string // that are hidden wherever they stand by themselves, such as account ids
	Hosts  bool     // host names, IP addresses, and the paths of web addresses
	Keep   []string // domains that stay when Hosts is set, with all below them: the platform's own
}

// Redactor takes out of the texts of one ticket what a labelled example does
// not need and a person would not want told. The same thing is the same
// placeholder in each text. What it does not know stays: names in no record,
// postal addresses in a sentence, a secret that looks like a word.
type Redactor struct {
	v       *vault
	own     *private
	o       RedactOptions
	domains []string // registrable ones, by the numbers that they get
	labels  []string // of hosts, likewise
	people  []string // mail addresses, likewise
}

// NewRedactor makes the one of a ticket's customer.
func NewRedactor(c triage.Customer, o RedactOptions) *Redactor {
	name := c.Name + " " + strings.Join(o.Names, " ")
	if _, domain, ok := strings.Cut(c.Email, "@"); ok && !wellKnown(domain) {
		if site, err := publicsuffix.Domain(strings.ToLower(domain)); err == nil {
			first, _, _ := strings.Cut(site, ".")
			name += " " + first // a company is called by its domain's name
		}
	}
	v := newVault(fmt.Sprintf("%06x", rand.IntN(1<<24))) //nolint:gosec // it goes before anything is shown; nobody could write it
	for _, value := range append([]string{c.ID, c.AccountID}, o.Values...) {
		if len(value) >= minAgain {
			v.placeholder("id", value)
		}
	}
	return &Redactor{v: v, own: newPrivate(triage.Customer{Name: name, Email: c.Email}), o: o}
}

// Learn reads texts for secrets that others of them repeat. Read all of a
// ticket's before the first is hidden.
func (r *Redactor) Learn(texts ...string) {
	for _, text := range texts {
		r.v.learn(text)
	}
}

// Redacted is a text without what was hidden.
type Redacted struct {
	Text  string
	parts []part
}

// part is something hidden: bytes of the text before, and of the one after.
type part struct{ from, to, start, end int }

// At finds a range of bytes of the text before again. What begins or ends in
// something hidden takes in its placeholder.
func (x *Redacted) At(from, to int) (start, end int) {
	shift := func(at int, inside func(part) int) int {
		by := 0
		for _, p := range x.parts {
			switch {
			case at >= p.to:
				by = p.end - p.to
			case at > p.from:
				return inside(p)
			}
		}
		return at + by
	}
	return shift(from, func(p part) int { return p.start }), shift(to, func(p part) int { return p.end })
}

// Hide returns a text without what is not to be told.
func (r *Redactor) Hide(text string) Redacted {
	hidden := r.hosts(r.v.learn(r.signatures(text))) // secrets have dots too, and hosts have names
	r.v.own = r.own
	hidden = r.v.again(r.v.hidePrivate(hidden))
	r.v.own = nil
	var x Redacted
	var b strings.Builder
	last, before := 0, 0
	for _, m := range placeholderShape.FindAllStringSubmatchIndex(hidden, -1) {
		token := hidden[m[0]:m[1]]
		secret := r.v.restore(token)
		if secret == token {
			continue // written so by somebody
		}
		b.WriteString(hidden[last:m[0]])
		before += m[0] - last
		p := part{from: before, to: before + len(secret), start: b.Len()}
		b.WriteString(r.shown(hidden[m[2]:m[3]], token, secret))
		before, last, p.end = p.to, m[1], b.Len()
		x.parts = append(x.parts, p)
	}
	b.WriteString(hidden[last:])
	x.Text = b.String()
	return x
}

// shown is what stands in the place of something hidden.
func (r *Redactor) shown(kind, token, secret string) string {
	switch kind {
	case "host":
		return r.host(secret)
	case "email":
		if local, domain, ok := strings.Cut(secret, "@"); ok {
			return fmt.Sprintf("person-%d@%s", number(&r.people, strings.ToLower(local+"@"+domain)), r.host(domain))
		}
	case "signature":
		return "[signature]"
	}
	return strings.Replace(token, "-"+r.v.nonce+"]", "]", 1)
}

// signatures hides what stands below a text: names, telephones, addresses.
func (r *Redactor) signatures(text string) string {
	var b strings.Builder
	last := 0
	for _, s := range ground.Regions(text) {
		if s.Kind == ground.Signature && strings.TrimSpace(text[s.Start:s.End]) != "" {
			b.WriteString(text[last:s.Start] + r.v.placeholder("signature", text[s.Start:s.End]))
			last = s.End
		}
	}
	return b.String() + text[last:]
}

// number is the place of a thing among those seen, from 1.
func number(in *[]string, s string) int {
	i := slices.Index(*in, s)
	if i < 0 {
		i = len(*in)
		*in = append(*in, s)
	}
	return i + 1
}

var (
	mailAddress = regexp.MustCompile(`[\p{L}\p{M}\d._%+'-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+`)

	hostName = regexp.MustCompile(`(?i)(?:[\p{L}\d_](?:[\p{L}\d_-]*[\p{L}\d])?\.)+\p{L}{2,24}`)
	hostPath = regexp.MustCompile(`\[host-[0-9]+-[0-9a-f]+\](?::[0-9]+)?(/[^\s<>"'()\[\]]+)`)
	ip4Like  = regexp.MustCompile(`\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b`)
	ip6Like  = regexp.MustCompile(`(?i)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}`)
)

// hosts hides host names but for the kept ones, what follows them in a web
// address, and IP addresses.
func (r *Redactor) hosts(text string) string {
	if !r.o.Hosts {
		return text
	}
	whole := func(re *regexp.Regexp, kind string, fits func(string) bool) {
		text = replaceGroup(re, text, func(m []int) (int, int, string) {
			from, to := group(m)
			if fits != nil && !fits(text[from:to]) {
				return from, from, ""
			}
			return from, to, r.v.placeholder(kind, text[from:to])
		})
	}
	whole(mailAddress, "email", nil)
	isIP := func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && !a.IsUnspecified() }
	whole(ip4Like, "ip", isIP)
	whole(ip6Like, "ip", isIP)
	whole(hostName, "host", func(s string) bool { return !r.keeps(s) })
	whole(hostPath, "path", nil)
	return text
}

// keeps reports whether a name is no host of the customer's.
func (r *Redactor) keeps(host string) bool {
	host = strings.ToLower(host)
	return slices.Contains(fileEndings, host[strings.LastIndexByte(host, '.')+1:]) || wellKnown(host) ||
		slices.ContainsFunc(r.o.Keep, func(d string) bool { return d != "" && (host == d || strings.HasSuffix(host, "."+strings.ToLower(d))) })
}

// fileEndings are those of names with a dot that are no hosts.
var fileEndings = strings.Fields("js ts json html htm php py rb go yaml yml toml txt pdf png jpg jpeg gif csv log md xml zip exe conf ini sh sql eml")

// wellKnown reports whether a host belongs to somebody whom everybody uses.
func wellKnown(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(strings.Fields("gmail.com googlemail.com google.com outlook.com hotmail.com live.com microsoft.com office365.com yahoo.com icloud.com apple.com proton.me protonmail.com cloudflare.com cloudflare.net amazonaws.com cloudfront.net github.com godaddy.com"),
		func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}

// plainLabels are parts of host names that tell nobody apart.
var plainLabels = strings.Fields("www mail email link links click clicks track tracking go url em smtp imap mx mx1 mx2 app api docs help support s1 s2 k1 k2 _domainkey _dmarc selector1 selector2 default blog shop store dev staging test hooks")

// host names a host anew: the same domain is the same number, and what tells
// nobody apart stays.
func (r *Redactor) host(name string) string {
	name = strings.ToLower(name)
	site, err := publicsuffix.Domain(name)
	if err != nil {
		site = name
	}
	if r.keeps(name) { // of a mail address
		return name
	}
	out := ""
	if below := strings.TrimSuffix(strings.TrimSuffix(name, site), "."); below != "" {
		for _, label := range strings.Split(below, ".") {
			if !slices.Contains(plainLabels, label) {
				label = fmt.Sprintf("sub-%d", number(&r.labels, label))
			}
			out += label + "."
		}
	}
	return fmt.Sprintf("%sdomain-%d.example", out, number(&r.domains, site))
}
