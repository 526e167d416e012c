package web_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The browser of all tests, which the first that needs one starts.
var theBrowser = sync.OnceValues(func() (context.Context, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true))
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		first, stopFirst := chromedp.NewContext(allocator)
		stopBrowser = func() { stopFirst(); stop() }
		return first, chromedp.Do(first) // it lives as long as the context of its first run
	}
	return nil, exec.ErrNotFound
})

var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	if whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.bench").Value.String() == ""; whole && code == 0 && !axeSawAll() {
		code = 1
	}
	os.Exit(code)
}

// chromium opens a page in a profile of the test's own: no other test's
// cookies, storage or cache. Without a browser the test is skipped, in CI it fails.
func chromium(t *testing.T) context.Context {
	t.Helper()
	browser, err := theBrowser()
	switch {
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true":
		t.Skip("no Chromium in PATH")
	case err != nil:
		t.Fatalf("no browser: %v", err)
	}
	page, closePage := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closePage)
	if err := chromedp.Do(page); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(page, 90*time.Second)
	t.Cleanup(cancel)
	return limited
}

// screen sets the size of the window and the reader's preferences.
func screen(width, height int64, scheme string) chromedp.Action[chromedp.Void] {
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	return chromedp.Steps(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
		return err
	}))
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// eval returns the value of an expression in the page.
func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

// eventually waits until an expression in the page is true, or in the page that
// takes its place meanwhile.
func eventually(t *testing.T, ctx context.Context, js string) {
	t.Helper()
	var err error
	for end := time.After(20 * time.Second); ; {
		var is bool
		if is, err = chromedp.Run(ctx, chromedp.Evaluate[bool](js)); is {
			return
		}
		select {
		case <-end:
			t.Fatalf("never true: %s: %v", js, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// withoutScript turns scripts in pages off.
func withoutScript() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}
