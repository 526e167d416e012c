package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/knowledge"
	"readback/web"
)

// By keyboard alone: a step moves, keeps the focus, a field is wrong and says
// so, the replay follows, and the file is saved. Axe finds nothing.
func TestEditorInBrowser(t *testing.T) {
	s, dir := library(t, nil)
	s.triaged(t, caseZero(), caseZeroResult)
	ctx := chromium(t)
	const counted = `document.querySelector("#replay-bar").hidden && document.querySelector("#replay .counts") !== null`
	do(t, ctx, screen(1440, 1000, "light"))
	open(t, ctx, s.URL+httpsEdit)
	eventually(t, ctx, counted)
	axe(t, ctx, "the editor")
	if got := eval[string](t, ctx, `document.querySelector("#replay a").getAttribute("href")`); !strings.HasPrefix(got, "/tickets/") {
		t.Errorf("the replay leads to %s", got)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS(`[id="s.0.title"]`)))
	eval[bool](t, ctx, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown", altKey: true, bubbles: true, cancelable: true}))`)
	eventually(t, ctx, `document.querySelector('[id="s.1.title"]').value === "Turn on click tracking" && document.activeElement.id === "s.1.down"`)
	if got := eval[string](t, ctx, `document.querySelector("#told").textContent`); got != "Turn on click tracking is step 2 of 4 now." {
		t.Errorf("told: %q", got)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS(`[id="s.1.up"]`)), chromedp.KeyEvent("\r"))
	eventually(t, ctx, `document.querySelector('[id="s.0.title"]').value === "Turn on click tracking"`)

	// A check is picked, and its fields come.
	eval[bool](t, ctx, `(() => { const s = document.querySelector('[id="s.3.check.0.name"]'); s.value = "http.answers"; s.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
	eventually(t, ctx, `document.querySelector('[name="s.3.check.0.p.url"]') !== null`)
	eventually(t, ctx, `document.querySelector('[data-err="s.3.check"]').textContent.includes("http.answers needs url")`)
	axe(t, ctx, "the editor with a fault")
	eval[bool](t, ctx, `(() => { const i = document.querySelector('[name="s.3.check.0.p.url"]'); i.value = "https://{link_domain}/"; i.dispatchEvent(new Event("input", {bubbles: true})); return true; })()`)
	eventually(t, ctx, `document.querySelector('[data-err="s.3.check"]').textContent === "" && `+counted)
	if !eval[bool](t, ctx, `!document.querySelector("#dirty").hidden`) {
		t.Error("it does not say that nothing is saved yet")
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS(`button[value=save]`)), chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS(".notice.ok")))
	if text := file(t, dir, "procedures/https-click-tracking.md"); !strings.Contains(text, `check: {http.answers: {url: "https://{link_domain}/"}}`) {
		t.Errorf("%s", text)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS(`.notice.ok button`)), chromedp.KeyEvent("\r"), chromedp.WaitNotPresent(chromedp.CSS(`[name="s.3.check.0.p.url"]`)))
	if text := file(t, dir, "procedures/https-click-tracking.md"); strings.Contains(text, "http.answers") {
		t.Error("undo did not bring the file back")
	}
}

// The pages fit a telephone, in light and dark, and axe finds nothing on them.
func TestKnowledgePagesFit(t *testing.T) {
	s, dir := library(t, func(o *web.Options) {})
	if err := os.MkdirAll(filepath.Join(dir, "articles"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "---\ntitle: SSL for links\nurl: https://old.sendline.example/a-rather-long-address/of-a-page/that-does-not-break\nupdated: 2026-11-20\n---\n1. Add the **Link Whitelabel** record.\n2. Contact support.\n"
	if err := os.WriteFile(filepath.Join(dir, "articles", "ssl.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := knowledge.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	index, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	s.web.Reload(w, index)
	ctx := chromium(t)
	for _, path := range []string{"/knowledge", httpsEdit, "/knowledge/lint", "/knowledge/articles/ssl"} {
		for _, scheme := range []string{"light", "dark"} {
			do(t, ctx, screen(320, 700, scheme))
			open(t, ctx, s.URL+path)
			if path == httpsEdit {
				eventually(t, ctx, `document.querySelector("#replay-bar").hidden`)
				eval[bool](t, ctx, `document.querySelectorAll("details").forEach((d) => { d.open = true; }); true`)
			}
			if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); wide > 320 {
				t.Errorf("%s is %d pixels wide on a screen of 320", path, wide)
			}
			axe(t, ctx, path+" "+scheme)
		}
	}
}
