package check

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// spfRecord is a parsed SPF record (RFC 7208, 4.6).
type spfRecord struct {
	terms    []spfTerm // mechanisms, up to and with "all"
	after    []spfTerm // those behind "all", which count for nothing (RFC 7208, 5.1)
	redirect string    // "" without one, and when there is an "all" (RFC 7208, 6.1)
}

// spfTerm is one mechanism.
type spfTerm struct {
	text      string // as written
	qualifier byte   // + - ~ ?
	name      string // lower case
	domain    string // as written, "" when left out
}

// looksUp reports whether the mechanism needs DNS (RFC 7208, 4.6.4).
func (t spfTerm) looksUp() bool {
	return slices.Contains([]string{"include", "a", "mx", "ptr", "exists"}, t.name)
}

// isSPF reports whether a TXT record is an SPF record (RFC 7208, 4.5).
func isSPF(text string) bool {
	const version = "v=spf1"
	return len(text) >= len(version) && strings.EqualFold(text[:len(version)], version) &&
		(len(text) == len(version) || text[len(version)] == ' ')
}

// meansSPF reports whether a TXT record that is none was meant to be one:
// with quotation marks of its own, a space before it, another version.
func meansSPF(text string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimLeft(text, " \t\"'")), "v=spf")
}

// parseSPF reads an SPF record. bad is the first term that the grammar (RFC
// 7208, 12) does not allow, which makes the whole record void; "" when all do.
func parseSPF(text string) (r spfRecord, bad string) {
	modifiers := map[string]bool{}
	ended := false
	for term := range strings.SplitSeq(text[len("v=spf1"):], " ") {
		if term == "" {
			continue
		}
		if name, value, ok := modifier(term); ok {
			name = strings.ToLower(name)
			known := name == "redirect" || name == "exp"
			if !macroString(value) || known && (modifiers[name] || !domainSpec(value)) {
				return spfRecord{}, term
			}
			modifiers[name] = known
			if name == "redirect" {
				r.redirect = value
			}
			continue
		}
		t, ok := mechanism(term)
		switch {
		case !ok:
			return spfRecord{}, term
		case ended:
			r.after = append(r.after, t)
		default:
			r.terms = append(r.terms, t)
		}
		ended = ended || t.name == "all"
	}
	if ended {
		r.redirect = ""
	}
	return r, ""
}

// modifier splits name "=" value; ok is false for what is a mechanism.
func modifier(term string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(term, "=")
	if !ok || name == "" || !letter(name[0]) {
		return "", "", false
	}
	rest := strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_.")
	return name, value, rest == ""
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func mechanism(term string) (spfTerm, bool) {
	t := spfTerm{text: term, qualifier: '+'}
	if strings.IndexByte("+-~?", term[0]) >= 0 {
		t.qualifier, term = term[0], term[1:]
	}
	at := strings.IndexAny(term, ":/")
	if at < 0 {
		at = len(term)
	}
	arg := term[at:]
	t.name = strings.ToLower(term[:at])
	var ok bool
	switch t.name {
	case "all":
		ok = arg == ""
	case "include", "exists":
		t.domain, ok = strings.CutPrefix(arg, ":")
		ok = ok && domainSpec(t.domain)
	case "a", "mx":
		t.domain, ok = withoutLengths(arg)
		ok = ok && optionalDomain(&t.domain)
	case "ptr":
		t.domain = arg
		ok = optionalDomain(&t.domain)
	case "ip4", "ip6":
		ok = strings.HasPrefix(arg, ":") && network(arg[1:], t.name == "ip4")
	}
	return t, ok
}

// optionalDomain reads [":" domain-spec].
func optionalDomain(s *string) bool {
	if *s == "" {
		return true
	}
	var ok bool
	*s, ok = strings.CutPrefix(*s, ":")
	return ok && domainSpec(*s)
}

var lengths = regexp.MustCompile(`^(.*?)(?:/([0-9]+))?(?://([0-9]+))?$`)

// withoutLengths cuts a dual-cidr-length, such as /24//64, off the end.
func withoutLengths(s string) (string, bool) {
	m := lengths.FindStringSubmatch(s)
	return m[1], (m[2] == "" || length(m[2], 32)) && (m[3] == "" || length(m[3], 128))
}

// length reports whether s is a prefix length up to most, without leading zeros.
func length(s string, most int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= most && strconv.Itoa(n) == s
}

func network(s string, four bool) bool {
	host, bits, cut := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == "" && addr.Is4() == four && (!cut || length(bits, addr.BitLen()))
}

// domainSpec reports whether s is a domain-spec: macros and text that end in a
// macro, or in a label that is no number.
func domainSpec(s string) bool {
	if !macroString(s) || s == "" {
		return false
	}
	if i := strings.LastIndex(s, "%{"); i >= 0 && strings.IndexByte(s[i:], '}') == len(s[i:])-1 {
		return true
	}
	s = strings.TrimSuffix(s, ".")
	dot := strings.LastIndexByte(s, '.')
	top := s[dot+1:]
	return dot >= 0 && top != "" && top[0] != '-' && top[len(top)-1] != '-' &&
		strings.Trim(top, "0123456789") != "" &&
		strings.Trim(strings.ToLower(top), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// macroString reports whether s is visible ASCII in which every % begins a
// macro (RFC 7208, 7.1).
func macroString(s string) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] < 0x21 || s[i] > 0x7e:
			return false
		case s[i] != '%':
			continue
		case i+1 < len(s) && strings.IndexByte("%_-", s[i+1]) >= 0:
			i++
		default:
			body, _, closed := strings.Cut(s[i+1:], "}")
			if !closed || !macro(body) {
				return false
			}
			i += len(body) + 1
		}
	}
	return true
}

// macro reports whether body is "{" letter digits ["r"] delimiters. The letters
// c, r and t are for explanations only (RFC 7208, 7.2).
func macro(body string) bool {
	if len(body) < 2 || body[0] != '{' || strings.IndexByte("slodiphv", body[1]|0x20) < 0 {
		return false
	}
	digits := strings.TrimLeft(body[2:], "0123456789")
	if number := body[2 : len(body)-len(digits)]; number != "" && strings.Trim(number, "0") == "" {
		return false // to keep no part at all is not allowed (RFC 7208, 7.1)
	}
	if digits != "" && digits[0]|0x20 == 'r' {
		digits = digits[1:]
	}
	return strings.Trim(digits, ".-+,/_=") == ""
}
