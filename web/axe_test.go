package web_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/channel"
	"readback/store"
	"readback/store/people"
	"readback/web"
)

var axeScript = sync.OnceValues(func() (string, error) {
	file, err := os.Open("testdata/axe/axe.min.js.gz")
	if err != nil {
		return "", err
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	script, err := io.ReadAll(zip)
	return string(script), err
})

// axePages lists every page that a browser gets, with why axe need not look at
// one of them: "" = it has to.
const axePages = `
/inbox
/commands                   is a part of a page, looked at as the palette
/design
/changes
/tickets/:id
/tickets/:id/handover
/tickets/:id/move
/incidents/:id
/checks
/beside/:desk/:key          leads to the ticket's page
/panel/desk/:desk           is a frame around /panel/tickets/:id and a line of text
/panel/tickets/:id
/knowledge
/knowledge/lint
/knowledge/articles/:id
/knowledge/:id/edit
/suggestions
/replay
/replay/:id
/review
/review/:id
/confidence
/analytics
/analytics/tickets
/analytics/:section
/circles
/circles/page               is a file
/import
/outbox
/connections
/people
/people/tokens
/audit
/me
/sign-in
/sign-in/code
/sign-in/oidc               leads to the provider
/sign-in/oidc/back          leads to the inbox
/setup
/welcome/:token
/help
/help/*
/widget-demo
/                           leads to the inbox
/healthz                    is no page
/static/:name               is no page
/widget.js                  is no page
/widget/:widget/file/:id    is a file
/widget/:widget/stream      is a stream
/me/codes.png               is a picture
/audit/export               is a file
/analytics/export           is a file
/replay/:id/report.json     is a file
/messages/:id/raw           is a file
/files/:id                  is a file
/events                     is a stream
`

// TestAxeKnowsEveryPage compares the list with the routes: a new page is looked
// at, or says why not.
func TestAxeKnowsEveryPage(t *testing.T) {
	listed := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(axePages)) {
		listed[strings.Fields(line)[0]] = true
	}
	for _, r := range newSite(t, nil).web.Routes() {
		if r.Method != "GET" || strings.HasPrefix(r.Path, "/api/") {
			continue
		}
		if !listed[r.Path] {
			t.Errorf("%s is not in axePages: have axe look at it, or say why not", r.Path)
		}
		delete(listed, r.Path)
	}
	for path := range listed {
		t.Errorf("axePages lists %s, which is no route", path)
	}
}

// axeSaw holds the paths of pages where axe has looked.
var axeSaw sync.Map

// axeSawAll reports, after all tests, whether axe looked at every page that it has to.
func axeSawAll() (ok bool) {
	have := map[string]bool{}
	axeSaw.Range(func(path, _ any) bool { have[patternOf(path.(string))] = true; return true })
	if ok = true; len(have) == 0 {
		return ok // there was no browser, or tests were only listed
	}
	for line := range strings.Lines(strings.TrimSpace(axePages)) {
		if f := strings.Fields(line); len(f) == 1 && !have[f[0]] {
			fmt.Printf("axe has not looked at %s\n", f[0])
			ok = false
		}
	}
	return ok
}

// patternOf is the entry of axePages that a path belongs to, of several the one
// with the fewest parameters.
func patternOf(path string) (best string) {
	for line := range strings.Lines(strings.TrimSpace(axePages)) {
		p := strings.Fields(line)[0]
		a, b := strings.Split(p, "/"), strings.Split(path, "/")
		if len(a) != len(b) {
			continue
		}
		fits := true
		for i := range a {
			fits = fits && (a[i] == b[i] || b[i] != "" && (a[i] == "*" || strings.HasPrefix(a[i], ":")))
		}
		if fits && (best == "" || strings.Count(p, ":") < strings.Count(best, ":")) {
			best = p
		}
	}
	return best
}

// axe runs axe-core (testdata/axe, MPL-2.0) on the page that is open, and
// reports what it finds against WCAG 2.2 A and AA and its own best practices.
func axe(t *testing.T, ctx context.Context, where string) {
	t.Helper()
	script, err := axeScript()
	if err != nil {
		t.Fatal(err)
	}
	if !eval[bool](t, ctx, `"axe" in window`) {
		eval[bool](t, ctx, script+`; true`)
	}
	eval[bool](t, ctx, `window.found = undefined;
		new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})).then((r) => {
			window.found = r.violations.flatMap((v) => v.nodes.map((n) => v.impact + " " + v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary)).join("\n");
			window.rules = r.passes.length;
		}); true`)
	eventually(t, ctx, `window.found !== undefined`)
	if n := eval[int](t, ctx, `window.rules`); n < 20 {
		t.Errorf("%s: only %d rules had something to look at", where, n)
	}
	axeSaw.Store(eval[string](t, ctx, `location.pathname`), true)
	for _, fault := range strings.Split(eval[string](t, ctx, `window.found`), "\n") {
		if fault != "" {
			t.Errorf("%s: %s", where, fault)
		}
	}
}

// open goes to a page and waits until it is there.
func open(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("main")))
}

// Pages that no other test has axe look at: wide by day, narrow by night.
func TestOtherPagesAreAccessible(t *testing.T) {
	cookie := ""
	look := func(s *site, paths ...string) {
		for _, path := range paths {
			ctx := chromium(t)
			if cookie != "" {
				open(t, ctx, s.URL+"/sign-in")
				eval[bool](t, ctx, `document.cookie = "`+cookie+`; path=/", true`)
			}
			open(t, ctx, s.URL+path)
			eval[bool](t, ctx, `document.querySelectorAll("#main details").forEach((d) => { d.open = true }), true`)
			for width, scheme := range map[int64]string{1280: "light", 375: "dark"} {
				do(t, ctx, screen(width, 900, scheme))
				axe(t, ctx, path+" "+scheme)
				if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
					t.Errorf("%s is %d px too wide at %d", path, over, width)
				}
				shoot(t, ctx, fmt.Sprint(strings.NewReplacer("/", "-", "?", "-", ":", "-").Replace(path[1:]), "-", width))
			}
		}
	}
	beside, _, _ := panelDesk(t, channel.KindChatwoot, channel.ModeAssist)
	s := newSite(t, func(o *web.Options) {
		o.Uploads, o.Desks = t.TempDir(), beside.web.Desks
		o.Widgets = map[string]web.Widget{"demo": {Origins: []string{"http://127.0.0.1"}, Secret: widgetSecret}}
		o.Ways = []web.Way{{Kind: "mail", Test: func(context.Context) error { return nil }}}
	})
	id := s.triaged(t, caseZero(), doubtful)
	_, incident := s.suffering(t)
	if status, _ := s.submit(t, "/tickets/"+id+"/checks/wrong", url.Values{"check": {"dns.cname"}, "target": {"link.foxglove.example"}}, map[string]string{"Origin": s.URL}); status != 303 {
		t.Fatal(status)
	}
	if err := s.store.Enqueue(t.Context(), store.Delivery{Kind: "webhook", Target: "crm", Key: "k1", TicketID: id}); err != nil {
		t.Fatal(err)
	}
	s.save(t, id, caseZeroResult)
	look(s, "/tickets/"+id+"/handover?tier=l1", "/tickets/"+id+"/move", "/incidents/"+incident, "/checks", "/suggestions", "/import", "/outbox?state=all", "/connections", "/widget-demo")
	fresh := siteOf(t, nil, func(o *web.Options) { o.Demo = false })
	look(fresh, "/setup")
	half, pending := locked(t), people.NewToken("")
	if _, err := half.store.AddSession(t.Context(), store.Session{UserID: half.user(t, annAdmin).ID, Pending: true}, people.TokenHash(pending), "", "test"); err != nil {
		t.Fatal(err)
	}
	cookie = "session=" + pending
	look(half, "/sign-in/code")
}
