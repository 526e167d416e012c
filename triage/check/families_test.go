package check_test

import (
	"context"
	"os"
	"testing"

	"readback/triage"
)

// A family that fails while the other works is told; one that cannot be
// reached from here at all is not held against anybody.
func TestFamilies(t *testing.T) {
	e := start(t, os.DirFS("testdata/web"), quick)
	differ := fail("families_differ", "check.tls.one_family")
	each(t, e, "tls.certificate", "host", nil, map[string]saw{
		"both.web.example":    sawValid,
		"only6.web.example":   sawValid,
		"lateon6.web.example": differ,
		"lateon4.web.example": differ,
		"closed6.web.example": differ,
		"closed4.web.example": differ,
		"closed.web.example":  {triage.Unknown, "could_not_check", "check.tls.unreachable"},
	})
	differ.code = "check.answers.one_family"
	each(t, e, "http.answers", "url", nil, map[string]saw{
		"https://both.web.example/":    sawAnswer,
		"https://only6.web.example/":   sawAnswer,
		"https://lateon6.web.example/": differ,
		"https://lateon4.web.example/": differ,
		"https://closed6.web.example/": differ,
		"https://closed4.web.example/": differ,
		"https://differs.web.example/": differ,
		"https://closed.web.example/":  {triage.Unknown, "could_not_check", "check.answers.unreachable"},
	})
	for host, want := range map[string]string{"lateon4": "IPv6 IPv4 certificate expired", "closed6": "IPv4 IPv6 connection refused", "differs": "IPv4 IPv6 status 404"} {
		p := e.Run(context.Background(), "http.answers", map[string]string{"url": "https://" + host + ".web.example/"}, nil).CodeParams
		if got := p["good"] + " " + p["family"] + " " + p["reason"]; got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	none := fail("not_redirected", "check.redirects.none")
	each(t, start(t, os.DirFS("testdata/web"), quick), "http.redirects", "host", nil, map[string]saw{
		"upgrade.web.example":    {triage.Pass, "redirects", "check.redirects.right"},
		"one.web.example":        {triage.Pass, "redirects", "check.redirects.right"},
		"sideways.web.example":   fail("not_redirected", "check.redirects.elsewhere"),
		"down.web.example":       fail("not_redirected", "check.redirects.elsewhere"),
		"loop.web.example":       fail("not_redirected", "check.redirects.elsewhere"),
		"ok.web.example":         none,
		"nolocation.web.example": none,
		"gone.web.example":       none,
		"firewall.web.example":   {triage.Unknown, "could_not_check", "check.answers.blocked"},
		"refused.web.example":    {triage.Unknown, "could_not_check", "check.answers.unreachable"},
		"private.web.example":    sawNotPublic,
		"nowhere.example":        sawMissing,
		"www.mute.example":       sawNothing,
	})
}

func TestLeads(t *testing.T) {
	leads, elsewhere := saw{triage.Pass, "leads", "check.leads.right"}, fail("wrong_target", "check.leads.elsewhere")
	unknown := func(code string) saw { return saw{triage.Unknown, "could_not_check", code} }
	e := start(t, os.DirFS("testdata/web"), quick)
	each(t, e, "http.leads", "url", map[string]string{"to": "http://shop.web.example/sale/"}, map[string]saw{
		"https://link.web.example/c/x1":     leads,
		"http://link.web.example/c/x1":      leads,
		"https://linkhop.web.example/c/x1":  leads,
		"https://shop.web.example/sale":     fail("no_certificate", "check.tls.no_certificate"),
		"http://shop.web.example/sale":      leads,
		"https://linkaway.web.example/c/x1": elsewhere,
		"https://ok.web.example/":           elsewhere,
		"https://gone.web.example/":         elsewhere,
		"https://linkpage.web.example/":     unknown("check.leads.page"),
		"https://firewall.web.example/":     unknown("check.answers.blocked"),
		"https://app.web.example/":          unknown("check.answers.bad_redirect"),
		"https://toaddress.web.example/":    unknown("check.answers.bad_redirect"),
		"https://tometa.web.example/":       sawNotPublic,
		"https://loop.web.example/":         fail("wrong_target", "check.answers.too_many_redirects"),
		"https://late.web.example/":         fail("expired", "check.tls.expired"),
		"https://nowhere.example/":          sawMissing,
		"https://www.mute.example/":         sawNothing,
	})
	for to, w := range map[string]saw{
		"https://shop.web.example/sale?utm=1": leads,
		"https://shop.web.example/sale?utm=2": elsewhere,
		"https://shop.web.example/":           elsewhere,
		"https://xshop.web.example/sale":      elsewhere,
		"shop":                                unknown("check.bad_url"),
	} {
		t.Run("to "+to, func(t *testing.T) {
			t.Parallel()
			r := e.Run(context.Background(), "http.leads", map[string]string{"url": "https://link.web.example/", "to": to}, nil)
			if w == elsewhere { // the end itself has no certificate there
				w = fail("no_certificate", "check.tls.no_certificate")
			}
			want(t, r, w)
		})
	}
}

// A proxy with addresses that it does not publish shows by its headers.
func TestProxyByHeader(t *testing.T) {
	e := start(t, os.DirFS("testdata/web"), quick)
	for host, proxy := range map[string]string{"cf": "Cloudflare", "front": "CloudFront", "cache": "Fastly", "via": "gate.example"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			r := e.Run(context.Background(), "dns.cname", map[string]string{"name": host + ".web.example", "target": "only6.web.example"}, nil)
			if r.CodeParams["proxy"] != proxy {
				t.Errorf("%+v", r)
			}
			want(t, r, sawProxied)
		})
	}
	want(t, e.Run(context.Background(), "dns.cname", map[string]string{"name": "ok.web.example", "target": "only6.web.example"}, nil), fail("wrong_target", "check.dns.wildcard"))
}
