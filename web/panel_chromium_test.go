package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"readback/channel"
)

// hostPages are pages of other desks, on their own origin. Chatwoot's answers a
// dashboard app's question with the open conversation; Zendesk's posts the
// signed opening into the frame of its app.
const chatwootPage = `<!doctype html><title>Desk</title><style>body{margin:0}iframe{border:0;width:100%%;height:100vh}</style>
<iframe id="app" src="%s"></iframe><script>
let conversation = 5;
const say = (what) => document.getElementById("app").contentWindow.postMessage(what, "*");
const context = () => say(JSON.stringify({event: "appContext", data: {conversation: {id: conversation}, contact: {}, currentAgent: {id: 12, name: "Iza Bee", email: "iza@shop.example"}}}));
addEventListener("message", (e) => { if (e.data === "chatwoot-dashboard-app:fetch-info") context(); });
</script>`

const zendeskPage = `<!doctype html><title>Desk</title><style>body{margin:0}iframe{border:0;width:100%%;height:100vh}</style>
<iframe id="app" name="app"></iframe><form method="post" target="app" action="%s"><input type="hidden" name="token" value="%s"></form>
<script>document.forms[0].submit()</script>`

// zendeskScript stands in for Zendesk's own script, which is not of this machine.
const zendeskScript = `window.ZAFClient = {init: () => {
	const state = {"ticket.id": 5, "comment.text": "<p>Everything is described in our guide:</p><p>https://docs.sendline.example/ssl-for-links</p><p>Good luck.</p>"}, on = {};
	window.zaf = {state, set: []};
	return {invoke: async () => {}, on: (name, f) => { on[name] = f; }, set: async (k, v) => { window.zaf.set.push(v); },
		get: async (keys) => Object.fromEntries([keys].flat().map((k) => [k, state[k]]))};
}}`

// within evaluates an expression in a frame below the page: 1 is the app's,
// 2 the panel in it. It returns nil for a frame that is not there yet.
func within[T any](t *testing.T, ctx context.Context, depth int, js string) (out T) {
	t.Helper()
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		tree, err := cdp.Call(ctx, tab, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return err
		}
		at := tree.FrameTree
		for range depth {
			if len(at.ChildFrames) == 0 {
				return nil
			}
			at = at.ChildFrames[0]
		}
		world, err := cdp.Call(ctx, tab, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: at.Frame.ID})
		if err != nil {
			return nil //nolint:nilerr // it is being replaced
		}
		yes := true
		res, err := cdp.Call(ctx, tab, runtime.Evaluate, runtime.EvaluateParams{Expression: js, ContextID: world.ExecutionContextID, ReturnByValue: &yes})
		if err != nil || res.ExceptionDetails != nil {
			return nil //nolint:nilerr // not loaded yet
		}
		_ = json.Unmarshal(res.Result.Value, &out)
		return nil
	}))
	return out
}

// comes waits until an expression in such a frame is true.
func comes(t *testing.T, ctx context.Context, depth int, js string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		if within[bool](t, ctx, depth, js) {
			return
		}
		<-tick.C
	}
	t.Fatalf("never true: %s; the frame says %s", js, within[string](t, ctx, depth, `document.body.innerText.slice(0, 300)`))
}

// The panel in the frames of pages of another origin. On Chatwoot the
// conversation is found, a pasted draft is read, mended by one key, and a
// conversation that is not here yet says so. On Zendesk the draft comes from the
// editor and goes back into it. A page of a third origin gets no frame.
func TestPanelInForeignFrames(t *testing.T) {
	ctx := chromium(t)
	s, fake, id := panelDesk(t, channel.KindChatwoot, channel.ModeAssist)
	serve := func(text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/agent" {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, text)
			}
			return r.URL.Path == "/agent"
		}
	}
	app := s.URL + "/panel/desk/main#key=" + appSecret
	fake.Before = serve(fmt.Sprintf(chatwootPage, app))
	do(t, ctx, screen(400, 1000, "light"), chromedp.Navigate(fake.URL+"/agent"), chromedp.WaitReady(chromedp.CSS("#app")))
	comes(t, ctx, 2, `document.querySelector(".nextbox").textContent.includes("Switch the account to HTTPS links")`)
	if got := within[string](t, ctx, 2, `document.querySelector(".panel-foot").textContent`); !strings.Contains(got, "Iza Bee (as main says, not proved)") {
		t.Errorf("as whom: %s", got)
	}
	within[bool](t, ctx, 2, fmt.Sprintf(`(() => { const a = document.querySelector("[data-guard] textarea"); a.focus(); a.value = %q; a.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, badAnswers[2].text+"\n\nGood luck."))
	comes(t, ctx, 2, `document.querySelector("#findings").textContent.includes("ssl-for-links")`)
	within[bool](t, ctx, 2, `document.dispatchEvent(new KeyboardEvent("keydown", {code: "KeyM", altKey: true, bubbles: true})), true`)
	comes(t, ctx, 2, `!document.querySelector(".finding") && /^[^]*Good luck\.$/.test(document.querySelector("[data-guard] textarea").value) && !document.querySelector("[data-guard] textarea").value.includes("ssl-for-links")`)
	within[bool](t, ctx, 2, `document.querySelector("[data-guard] textarea").blur(), true`)
	eval[bool](t, ctx, fmt.Sprintf(`say({readback: {draft: %q}}), true`, badAnswers[0].text)) // a desk that gives its editor's words
	comes(t, ctx, 2, `document.querySelector(".finding.stop") !== null`)
	shot(t, ctx, "panel-in-frame")
	eval[bool](t, ctx, `conversation = 6, context(), true`)
	comes(t, ctx, 1, `!document.querySelector("iframe") && document.querySelector(".says").textContent.includes("has not got this conversation yet")`)

	// Another site shows it in a frame: the browser refuses, and a page of that
	// site is not listened to either.
	third := panelHost(t, fmt.Sprintf(chatwootPage, app))
	do(t, ctx, chromedp.Navigate(third), chromedp.WaitReady(chromedp.CSS("#app")))
	comes(t, ctx, 1, `location.href.startsWith("chrome-error:")`)

	panelPictures(t, ctx, s, id)
	zendeskPanel(t, ctx)
}

// panelHost is a page of a third site.
func panelHost(t *testing.T, text string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, text)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// zendeskPanel is the same on Zendesk, whose page has the editor's words.
func zendeskPanel(t *testing.T, ctx context.Context) {
	t.Helper()
	s, fake, _ := panelDesk(t, channel.KindZendesk, channel.ModeAssist)
	fake.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/agent" {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, zendeskPage, s.URL+"/panel/desk/main", opened(t, fake, 7, nil))
		}
		return r.URL.Path == "/agent"
	}
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: zendeskScript})
		return err
	}))
	do(t, ctx, chromedp.Navigate(fake.URL+"/agent"), chromedp.WaitReady(chromedp.CSS("#app")))
	comes(t, ctx, 2, `document.querySelector("#findings").textContent.includes("ssl-for-links")`)
	within[bool](t, ctx, 2, `document.querySelector('.finding [value^="mend:"]').click(), true`)
	comes(t, ctx, 2, `document.querySelector("[data-replace]") !== null && !document.querySelector("[data-replace]").hidden`)
	within[bool](t, ctx, 2, `document.querySelector("[data-replace]").click(), true`)
	if got := within[string](t, ctx, 2, `document.querySelector(".panel-foot").textContent`); !strings.Contains(got, "said by Leo.") {
		t.Errorf("as whom: %s", got)
	}
}

// panelPictures looks at the panel by itself, in the widths of a sidebar.
func panelPictures(t *testing.T, ctx context.Context, s *site, id string) {
	t.Helper()
	_, to := s.openPanel(t, asked("5"))
	checked := url.Values{"text": {badAnswers[2].text + "\n\n" + badAnswers[1].text}}
	for _, w := range []int64{320, 400} {
		for _, scheme := range []string{"light", "dark"} {
			where := fmt.Sprintf("panel-%d-%s", w, scheme)
			do(t, ctx, screen(w, 1000, scheme))
			open(t, ctx, s.URL+to)
			if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s is %d px too wide", where, over)
			}
			axe(t, ctx, where)
			shot(t, ctx, where)
			eval[bool](t, ctx, fmt.Sprintf(`(() => { const a = document.querySelector("[data-guard] textarea"); a.value = %q; a.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, checked.Get("text")))
			eventually(t, ctx, `document.querySelector(".finding") !== null`)
			if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s with findings is %d px too wide", where, over)
			}
			if scheme == "light" {
				axe(t, ctx, where+" with findings")
			}
			eval[bool](t, ctx, `document.querySelector("#guard").scrollIntoView(), true`)
			shot(t, ctx, where+"-guard")
		}
	}
}
