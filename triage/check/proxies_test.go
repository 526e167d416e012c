package check

import (
	"net/netip"
	"strings"
	"testing"
)

func TestReadRanges(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"text":       {"198.51.100.0/24\r\n2001:db8::/32\n198.51.100.0/24\n", "198.51.100.0/24 2001:db8::/32"},
		"cloudflare": {`{"result":{"ipv4_cidrs":["198.51.100.7/24"],"ipv6_cidrs":["2001:db8::/32"],"etag":"x"},"success":true}`, "198.51.100.0/24 2001:db8::/32"},
		"fastly":     {`{"addresses":["203.0.113.0/24","198.51.100.0/24"],"ipv6_addresses":["2001:db8::/32"]}`, "198.51.100.0/24 203.0.113.0/24 2001:db8::/32"},
		"cloudfront": {`{"CLOUDFRONT_GLOBAL_IP_LIST":["203.0.113.0/24"],"CLOUDFRONT_REGIONAL_EDGE_IP_LIST":["198.51.100.0/24"]}`, "203.0.113.0/24"},
		"amazon": {`{"prefixes":[{"ip_prefix":"203.0.113.0/24","service":"AMAZON"},{"ip_prefix":"203.0.113.0/25","service":"CLOUDFRONT"}],
			"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32","service":"CLOUDFRONT"}]}`, "203.0.113.0/25 2001:db8::/32"},
		"none":   {`{"addresses":[]}`, ""},
		"empty":  {"", ""},
		"a page": {"<html>moved</html>", ""},
		"cut":    {`{"addresses":["203.0.`, ""},
	} {
		got, err := ReadRanges([]byte(tc.in))
		var texts []string
		for _, p := range got {
			texts = append(texts, p.String())
		}
		if strings.Join(texts, " ") != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%s: %v, %v; want %q", name, got, err, tc.want)
		}
	}
}

func TestRefreshProxies(t *testing.T) {
	text := RefreshProxies("2030-01-02", map[string][]netip.Prefix{"Fastly": {netip.MustParsePrefix("198.51.100.0/24")}, "Hedgerow": {netip.MustParsePrefix("203.0.113.0/24")}})
	for _, want := range []string{"# Fastly 2030-01-02\nFastly 198.51.100.0/24\n", "# Hedgerow 2030-01-02\nHedgerow 203.0.113.0/24\n", "# Cloudflare 2026-11-22\nCloudflare 173.245.48.0/20\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in it", want)
		}
	}
	if strings.Count(text, "Fastly ") != 2 || strings.Contains(text, "Fastly 2026") {
		t.Error("the old list is still there")
	}
	if RefreshProxies("2030-01-02", nil) != proxiesText {
		t.Error("what is not given changed")
	}
	table := newProxyTable(nil)
	for addr, want := range map[string]string{"104.16.1.1": "Cloudflare", "151.101.1.1": "Fastly", "13.224.0.9": "CloudFront", "3.160.0.1": "CloudFront",
		"18.172.3.4": "CloudFront", "2606:4700::1": "Cloudflare", "9.9.9.9": ""} {
		if got := table.of(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is %q, want %q", addr, got, want)
		}
	}
}
