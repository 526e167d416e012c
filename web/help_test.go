package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/examples"
	"readback/knowledge"
	"readback/triage/check"
	"readback/triage/check/lab"
	"readback/web"
)

const guide = "/help/https-click-tracking"

// helpSite is a desk that looks at the lab network; its staff pages want a password.
func helpSite(t *testing.T, change func(*web.Options)) *site {
	t.Helper()
	network, err := lab.Start(context.Background(), examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(network.Close)
	return newSite(t, func(o *web.Options) {
		o.Demo, o.Checker, o.Proxies = false, check.New(network.Network(), check.Options{}), prefixes("127.0.0.1/32")
		if change != nil {
			change(o)
		}
	})
}

func TestHelpPages(t *testing.T) {
	s := helpSite(t, nil)
	for path, want := range map[string][]string{
		"/help": {"<h2>Link branding</h2>", `<a href="/help/https-click-tracking" lang="en"><b>Serve click-tracking links over HTTPS</b>`, "<h2>API</h2>"},
		guide: {`<h1 lang="en">Serve click-tracking links over HTTPS</h1>`, `id="brand-link"`, `href="#switch-on"`, "Our team does this", "You do this",
			`<time datetime="2026-11-16">16 Nov 2026</time>`, `Replaces “Point the link domain at Sendline”`, "<strong>Settings &gt; Tracking</strong>",
			`hreflang="ja"`, `<label for="in-link_domain" lang="en">Which branded link domain`, "practice network"},
		"/help?q=https+certificate": {`<p role="status" class="count">`, `value="https certificate"`, "/help/https-click-tracking"},
		"/help?q=zzzzz":             {"0 pages found", "Try other words"},
	} {
		status, body := s.get(t, path)
		for _, w := range want {
			if status != 200 || !strings.Contains(body, w) {
				t.Errorf("%s: %d, lacks %s", path, status, w)
			}
		}
	}
	if status, _ := s.get(t, "/inbox"); status != 401 {
		t.Errorf("the inbox of this desk is open: %d", status)
	}
	status, body := s.get(t, "/help/none")
	if status != 404 || !strings.Contains(body, `role="search"`) || strings.Contains(body, "/inbox") {
		t.Errorf("a page that is not there: %d", status)
	}
}

// A page speaks the language that the reader chose or their browser asks for,
// as far as the procedure does; the words around it follow the interface.
func TestHelpLanguages(t *testing.T) {
	s := helpSite(t, nil)
	for _, tc := range []struct{ path, accept, cookie, chrome, title string }{
		{guide, "", "", "en", `<h1 lang="en">Serve`},
		{guide, "pl", "", "pl", `<h1 lang="pl">Linki`},
		{guide, "de-AT,en;q=0.5", "", "en", `<h1 lang="de">`},
		{guide, "fr,ja;q=0.8,en;q=0.5", "", "en", `<h1 lang="ja">`},
		{guide, "de", "pl", "pl", `<h1 lang="pl">Linki`},
		{guide + "?lang=de", "pl", "pl", "pl", `<h1 lang="de">`},
		{guide + "?lang=xx", "pl", "", "pl", `<h1 lang="en">`},
		{guide, strings.Repeat("de-", 4000), "", "en", `<h1 lang="en">`},
		{"/help", "pl", "", "pl", `lang="pl"><b>Linki śledzące`},
	} {
		status, _, body := s.getIn(t, tc.path, tc.accept, tc.cookie)
		if status != 200 || !strings.Contains(body, `<html lang="`+tc.chrome+`">`) || !strings.Contains(body, tc.title) {
			t.Errorf("%s in %.20s, chosen %q: %d, not %s and %s", tc.path, tc.accept, tc.cookie, status, tc.chrome, tc.title)
		}
	}
}

// Older pages with the same content lead to the page; drafts, stubs and what is
// for staff have none.
func TestHelpAddresses(t *testing.T) {
	hidden := map[string]func(*knowledge.Procedure){
		"dedicated-ip":    func(p *knowledge.Procedure) { p.Status = knowledge.Draft },
		"dmarc-alignment": func(p *knowledge.Procedure) { p.Status = knowledge.Stub },
		"data-deletion":   func(p *knowledge.Procedure) { p.Audience = "staff" },
	}
	s := helpSite(t, func(o *web.Options) {
		for id, hide := range hidden {
			hide(o.Workspace.Procedure(id))
		}
	})
	for path, want := range map[string]string{
		"/help/ssl-for-links": guide, "/help/link-whitelabel-ssl/": guide, "/help/": "/help", "/help/../help/none": "", "/help/%2e%2e%2finbox": "", "/help/https-click-tracking/none": "",
	} {
		r, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Location"); got != want || want == "" && res.StatusCode != 404 {
			t.Errorf("%s: %d to %q, want %q", path, res.StatusCode, got, want)
		}
	}
	_, list := s.get(t, "/help")
	_, found := s.get(t, "/help?q=dedicated+IP+DMARC+delete+data")
	for id := range hidden {
		if status, _ := s.get(t, "/help/"+id); status != 404 {
			t.Errorf("%s has a page: %d", id, status)
		}
		if strings.Contains(list+found, "/help/"+id) {
			t.Errorf("%s is listed", id)
		}
	}
}

// A browser that has a page is told so, and gets a new one with a new workspace.
func TestHelpIsKept(t *testing.T) {
	var ws *knowledge.Workspace
	s := helpSite(t, func(o *web.Options) { ws = o.Workspace })
	for _, path := range []string{"/help", guide} {
		_, h, _ := s.getIn(t, path, "en", "")
		tag := h.Get("ETag")
		if tag == "" || h.Get("Cache-Control") != "public, no-cache" || h.Get("Vary") != "Accept-Language, Cookie" {
			t.Fatalf("%s: %v", path, h)
		}
		again := func(in string) int {
			r, err := http.NewRequest("GET", s.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("If-None-Match", `"old", W/`+tag)
			r.Header.Set("Accept-Language", in)
			status, _, _ := send(t, r)
			return status
		}
		if a, b := again("en"), again("pl"); a != 304 || b != 200 {
			t.Errorf("%s again: %d, in another language %d", path, a, b)
		}
		was := ws.Hash
		p := ws.Procedure("https-click-tracking")
		ws.Hash, p.Title = "another", "A new title"
		if status := again("en"); status != 200 {
			t.Errorf("%s of a new workspace: %d", path, status)
		}
		ws.Hash, p.Title = was, "Serve click-tracking links over HTTPS"
	}
}

// Nothing in a procedure's Markdown runs.
func TestHelpMarkdownIsInert(t *testing.T) {
	s := helpSite(t, func(o *web.Options) {
		p := o.Workspace.Procedure("https-click-tracking")
		var b strings.Builder
		for i, x := range payloads {
			fmt.Fprintf(&b, "%s\n\n[x](%s) [y](javascript:window.__xss=1) ![z](data:text/html,x)\n\n### %s {#h%d onclick=x style=x}\n\n", x, strings.ReplaceAll(x, "\n", ""), x, i)
		}
		p.Body = b.String() + "\n## Step {#brand-link}\n" + b.String() + p.Body
		p.Title, p.Area = payloads[0], payloads[1]
		p.Steps[0].Title = payloads[2]
		o.Workspace.Changes[0].Body, o.Workspace.Changes[0].Title = b.String(), payloads[3]
		o.Workspace.Hash = "poisoned"
		o.Demo = true
	})
	ctx := chromium(t)
	for _, path := range []string{"/help", guide, "/help?q=" + "https", "/changes"} {
		open(t, ctx, s.URL+path)
		if eval[bool](t, ctx, `document.querySelectorAll("main a").forEach((a) => { if (/^(javascript|data|vbscript):/i.test(a.href)) a.click(); }); window.__xss !== undefined ||
			[...document.querySelectorAll("main *")].some((e) => [...e.attributes].some((a) => a.name.startsWith("on") || a.name === "style") || ["SCRIPT", "IFRAME", "OBJECT", "STYLE", "BASE"].includes(e.tagName))`) {
			t.Errorf("%s: something in it could run", path)
		}
	}
}

// The pages read and work at 320 px, at 200% zoom and for who uses other
// devices than a mouse and a screen, in both languages and both schemes.
func TestHelpIsAccessible(t *testing.T) {
	s := helpSite(t, func(o *web.Options) { o.Demo = true })
	ctx := chromium(t)
	// Wide and dark in one language, narrow and light in the other: each rule
	// of axe meets every page, both schemes and both widths.
	look := func(where, lang string) {
		t.Helper()
		for _, width := range []int64{375, 640, 1280, 320} { // 640 is 1280 at 200%
			do(t, ctx, screen(width, 740, map[string]string{"en": "light", "pl": "dark"}[lang]))
			if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%s is %d wide on a screen of %d", where, got, width)
			}
			if lang == "pl" && width == 1280 || lang == "en" && width == 320 {
				axe(t, ctx, where)
			}
		}
	}
	for _, lang := range []string{"en", "pl"} {
		for _, path := range []string{"/help", "/help?q=certificate", guide, guide + "?sent=1", "/help/none", "/changes"} {
			address := s.URL + path + "?lang=" + lang
			if strings.Contains(path, "?") {
				address = s.URL + path + "&lang=" + lang
			}
			open(t, ctx, address)
			look(path+" in "+lang, lang)
		}
		open(t, ctx, s.URL+guide)
		do(t, ctx, chromedp.SendKeys(chromedp.CSS("#in-link_domain"), "link.fennel.example"), chromedp.Click(chromedp.CSS("#the-check button")), chromedp.WaitReady(chromedp.CSS("#the-result")))
		look("the result in "+lang, lang)
		do(t, ctx, chromedp.SetValue(chromedp.CSS("#in-link_domain"), "no domain"), chromedp.Click(chromedp.CSS("#the-check button")), chromedp.WaitReady(chromedp.CSS(".bad")))
		look("a wrong domain in "+lang, lang)
	}
}

// Search as you type shows what the server finds; without a script the form does.
func TestHelpSearchAsYouType(t *testing.T) {
	s := helpSite(t, nil)
	ctx := chromium(t)
	open(t, ctx, s.URL+"/help")
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#q"), "certificate https"))
	eventually(t, ctx, `location.search === "?q=certificate%20https" && document.querySelector("#found .cards a").pathname === "`+guide+`" && / found$/.test(document.querySelector("[role=status]").textContent)`)
	if eval[string](t, ctx, `document.activeElement.id`) != "q" {
		t.Error("typing loses the field")
	}
	do(t, ctx, withoutScript(), chromedp.Navigate(s.URL+"/help"), chromedp.WaitReady(chromedp.CSS("#q")), chromedp.SendKeys(chromedp.CSS("#q"), "certificate\n"),
		chromedp.WaitReady(chromedp.CSS(".cards")))
	do(t, ctx, chromedp.Click(chromedp.CSS(".cards a")), chromedp.WaitReady(chromedp.CSS(".step")))
}
