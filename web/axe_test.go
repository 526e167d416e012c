package web_test

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
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

// axe runs axe-core (testdata/axe, MPL-2.0) on the page that is open, and
// reports what it finds against WCAG 2.2 A and AA and its own best practices.
func axe(t *testing.T, ctx context.Context, where string) {
	t.Helper()
	script, err := axeScript()
	if err != nil {
		t.Fatal(err)
	}
	eval[bool](t, ctx, script+`; window.found = undefined;
		axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then((r) => {
			window.found = r.violations.flatMap((v) => v.nodes.map((n) => v.impact + " " + v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary)).join("\n");
			window.rules = r.passes.length;
		}); true`)
	eventually(t, ctx, `window.found !== undefined`)
	if n := eval[int](t, ctx, `window.rules`); n < 20 {
		t.Errorf("%s: only %d rules had something to look at", where, n)
	}
	for _, fault := range strings.Split(eval[string](t, ctx, `window.found`), "\n") {
		if fault != "" {
			t.Errorf("%s: %s", where, fault)
		}
	}
}

// open goes to a page and waits until it is there.
func open(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("#main")))
}
