package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A review is marked by keys alone; its pages have no fault for axe and fit.
func TestReviewByKeys(t *testing.T) {
	s := newSite(t, nil)
	s.resolvedOnes(t, 2)
	ctx := chromium(t)
	shown := func(name, path string) {
		for _, width := range []int64{1440, 375} {
			for _, scheme := range []string{"light", "dark"} {
				do(t, ctx, screen(width, 900, scheme))
				if path != "" {
					open(t, ctx, s.URL+path)
				}
				if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
					t.Errorf("%s: the page is %d wide of %d", name, got, width)
				}
				if scheme == "light" || width == 1440 {
					axe(t, ctx, fmt.Sprint(name, " ", width, " ", scheme))
				}
				shoot(t, ctx, fmt.Sprintf("%s-%d-%s", name, width, scheme))
			}
		}
		do(t, ctx, screen(1440, 900, "light"))
	}
	shown("review", "/review")
	eval[bool](t, ctx, `document.querySelector("[name=from]").value = "2026-11-22"; document.querySelector("[name=to]").value = "2026-11-22"; document.querySelector("form[action='/review'] button").click(); true`)
	eventually(t, ctx, `location.pathname.startsWith("/review/rev_") && document.readyState === "complete"`)
	shown("review-ticket", "")
	press := func(keys, then string) {
		t.Helper()
		for _, k := range keys {
			eval[bool](t, ctx, `window.before = true`)
			do(t, ctx, chromedp.KeyEvent(string(k)))
			eventually(t, ctx, `!window.before && document.readyState === "complete"`)
		}
		if !strings.Contains(eval[string](t, ctx, `document.body.innerText`), then) {
			t.Errorf("after %s there is no %q", keys, then)
		}
	}
	press("1", "0 of 2 marked")
	press("6", "1 of 2 marked")
	press("u", "0 of 2 marked")
	press("5", "1 of 2 marked")
	press("41", "All is marked")
	shown("review-all", "")
	press("p", "Briefs right: 2 of 2")
	shown("review-done", "")
}
