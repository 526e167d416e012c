package check

import (
	"strings"
	"testing"
)

// The grammar of RFC 7208, 12, term by term.
func TestSPFGrammar(t *testing.T) {
	for _, good := range []string{
		"", "all", "+all", "-ALL", "a", "?a", "mx", "ptr", "a/24", "a//64", "a/24//64", "a:b.example", "a:b.example/0//0", "mx:b.example/32",
		"a:%{d1/}.example", "a:b/c.example/24", "ptr:b.example", "include:b.example", "include:_spf.b.example.", "exists:%{ir}.%{v}._spf.%{d2}",
		"exists:%{l1r-}.%%.%_%-.example", "ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "ip6:::1", "redirect=b.example", "redirect=%{d}",
		"exp=why.%{d}", "moo.cow-far_out=man:dog/cat", "unknown=", "REDIRECT=b.example", "all  a",
	} {
		if r, bad := parseSPF("v=spf1 " + good); bad != "" {
			t.Errorf("%q: %q is refused (%+v)", good, bad, r)
		}
	}
	for _, bad := range []string{
		"+", "-", "?+all", "al", "all.", "all:b.example", "all/8", "include", "include:", "include:localhost", "include:b.example/24", "include:b..", "include:b.-example",
		"include:b.123", "include:b.ex{ample}", "a:", "a/", "a/33", "a/024", "a//129", "a///64", "a/24/64", "a=b.example/24 a:", "mx:", "mx:/24", "ptr:", "ptr/24", "exists",
		"exists:%", "exists:%{}", "exists:%{x}.example", "exists:%{d0}.example", "exists:%{d2", "exists:%{d2r:}.example", "exists:%{t}.example", "exists:b.%a.example",
		"ip4", "ip4:", "ip4:192.0.2", "ip4:192.0.2.0/33", "ip4:192.0.2.0/", "ip4:2001:db8::1", "ip4:192.000.2.1", "ip6:192.0.2.1", "ip6:2001:db8::/129", "ip6:fe80::1%eth0",
		"redirect=", "redirect=b", "redirect=b.example redirect=c.example", "exp=", "exp=b.example exp=b.example", "1x=y", "=y", "x=%", "a,mx", "include:b.example;", "\u00e9", "a\t-all",
	} {
		if _, got := parseSPF("v=spf1 " + bad); got == "" {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestWhatIsAnSPFRecord(t *testing.T) {
	for text, want := range map[string][2]bool{ // it is one, it was meant to be one
		"v=spf1": {true, true}, "v=spf1 -all": {true, true}, "V=SPF1 -all": {true, true}, "v=spf10 -all": {false, true}, "v=spf1\t-all": {false, true},
		" v=spf1 -all": {false, true}, `"v=spf1 -all"`: {false, true}, "v=spf2": {false, true}, "spf2.0/pra -all": {false, false}, "": {false, false}, "v=sp": {false, false},
	} {
		if got := [2]bool{isSPF(text), meansSPF(text)}; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestTags(t *testing.T) {
	for in, want := range map[string]struct{ first, bad, p string }{
		"v=DKIM1; p=x":         {"v", "", "x"},
		" v = DKIM1 ;\tp\t=x ": {"v", "", "x"},
		"v=DKIM1;;p=x;":        {"v", "", "x"},
		"p=a=b==":              {"p", "", "a=b=="},
		"p=x; p=y":             {"p", "p=y", "x"},
		"junk; v=DKIM1":        {"", "junk", ""},
		"=x; p=y":              {"", "=x", "y"},
		"v=1; 1p=x":            {"v", "1p=x", ""},
		"":                     {"", "", ""},
	} {
		values, first, bad := tags(in)
		if first != want.first || bad != want.bad || values["p"] != want.p {
			t.Errorf("%q: first %q, bad %q, p %q", in, first, bad, values["p"])
		}
	}
}

func TestURLs(t *testing.T) {
	for in, want := range map[string]string{
		"https://A.Example":                                "https://a.example/",
		" http://a.example:80/x?y=z#part ":                 "http://a.example/x?y=z",
		"https://user:pass@a.example/in":                   "https://a.example/in",
		"https://a.example/a%2Fb/../c?d e":                 "https://a.example/a%2Fb/../c?d%20e",
		"https://a.example:80/":                            "",
		"https://a.example.:443":                           "https://a.example/",
		"https://[2001:db8::1]/":                           "",
		"https://169.254.169.254/":                         "",
		"https://0x7f.1/":                                  "",
		"https://localhost/":                               "",
		"mailto:a@a.example":                               "",
		"https://a.example\\@127.0.0.1/":                   "",
		"https://a.example%00.b.example/":                  "",
		"https://a.example@127.0.0.1/":                     "",
		"https://a.example/" + strings.Repeat("a", maxURL): "",
	} {
		if got := canonicalURL(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"https://u:p@a.example/in?key=1#x": "https://a.example/in", "https://u:p@q@a.example?key": "https://a.example", "u:p@a.example/x@y": "y",
		"https://a.example/x@y": "https://a.example/x@y", "": "",
	} {
		if got := shownURL(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestOrganisationalDomain(t *testing.T) {
	for in, want := range map[string]string{"a.b.mail.example": "mail.example", "mail.example": "mail.example", "a.b.co.uk": "b.co.uk", "co.uk": "", "x.a.github.io": "a.github.io"} {
		if got := organisational(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
