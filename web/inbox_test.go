package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/store"
	"readback/triage"
)

// several stores tickets of tier l1, the first one first.
func (s *site) several(t testing.TB, n int) (ids []string) {
	t.Helper()
	for i := range n {
		in := caseZero()
		in.TicketKey = fmt.Sprint("several ", i)
		ids = append(ids, s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
			r := caseZeroResult(tk)
			r.Route.Tier = "l1"
			return r
		}))
	}
	return ids
}

func (s *site) lane(t testing.TB, id string) store.Summary {
	t.Helper()
	x, err := s.store.Summary(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// The forms of the inbox: each act, what the page says of it, and undo.
func TestInboxActs(t *testing.T) {
	s := newSite(t, nil)
	ids := s.several(t, 2)
	me := s.user(t, annAdmin).ID
	for _, tc := range []struct {
		do, says string
		lane     store.Lane
	}{
		{"resolve", "2 tickets resolved", store.LaneResolved}, {"wait", "2 tickets wait for the customer", store.LaneWaiting},
		{"reroute:billing", "2 tickets handed over", store.LaneOpen}, {"assign:me", "Ann has 2 tickets more", store.LaneOpen}, {"assign:", "Nobody has these 2 tickets now", store.LaneOpen},
		{"snooze:tomorrow", "2 tickets come back on Mon 23 Nov 2026, 09:00:00 UTC", store.LaneSnoozed},
	} {
		status, h := s.submit(t, "/inbox/act", url.Values{"do": {tc.do}, "ticket": ids, "to": {"/inbox?tier=l1"}, "why": {"misrouted"}}, sameOrigin)
		to := h.Get("Location")
		if status != 303 || !strings.HasPrefix(to, "/inbox?done=act_") || !strings.HasSuffix(to, "&tier=l1") {
			t.Fatalf("%s: %d to %s", tc.do, status, to)
		}
		if x := s.lane(t, ids[0]); x.Lane != tc.lane || tc.do == "assign:me" && x.Assignee != me {
			t.Errorf("%s: %+v", tc.do, x)
		}
		_, body := s.get(t, to)
		if !strings.Contains(text(t, body), tc.says) || !strings.Contains(body, ">Undo</button>") {
			t.Errorf("%s: the page does not say %q with undo", tc.do, tc.says)
		}
		token := strings.TrimPrefix(strings.Split(to, "&")[0], "/inbox?done=")
		if status, h = s.submit(t, "/inbox/undo", url.Values{"token": {token}, "to": {"/inbox"}}, sameOrigin); status != 303 {
			t.Errorf("undo of %s: %d", tc.do, status)
		}
		if _, body = s.get(t, h.Get("Location")); !strings.Contains(body, "Undone for 2 tickets") || strings.Contains(body, ">Undo</button>") {
			t.Errorf("undo of %s is not told", tc.do)
		}
		if x := s.lane(t, ids[1]); x.Lane != store.LaneOpen || x.Assignee != "" {
			t.Errorf("after undo of %s: %+v", tc.do, x)
		}
	}
	for name, form := range map[string]url.Values{"nothing": {}, "no ticket": {"do": {"resolve"}}, "no act": {"do": {"dance"}, "ticket": ids},
		"no time": {"do": {"snooze:custom"}, "until": {"soon"}, "ticket": ids}, "the past": {"do": {"snooze:custom"}, "until": {"2020-01-01T09:00"}, "ticket": ids},
		"nobody known": {"do": {"assign:usr_none"}, "ticket": ids}, "next is its own": {"do": {"next"}, "ticket": ids}} {
		if status, _ := s.submit(t, "/inbox/act", form, sameOrigin); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
	// What could not be done is listed; another's act is nobody else's to see.
	_, h := s.submit(t, "/inbox/act", url.Values{"do": {"resolve"}, "ticket": {ids[0], "tkt_none"}, "to": {"//evil.example"}}, sameOrigin)
	to := h.Get("Location")
	if _, body := s.get(t, to); !strings.HasPrefix(to, "/inbox?done=") || !strings.Contains(body, "tkt_none: there is no such ticket any more") || !strings.Contains(body, "1 ticket resolved") {
		t.Errorf("%s does not list what failed", to)
	}
	if _, body := s.get(t, "/inbox?done=act_other"); strings.Contains(body, `class="toast"`) {
		t.Error("an unknown act is told")
	}
}

// Everything that the list can be asked for, and what an empty one says.
func TestInboxQueues(t *testing.T) {
	s := newSite(t, nil)
	ids := s.several(t, 3)
	me := s.user(t, annAdmin).ID
	for _, x := range []struct {
		act store.Act
		id  string
	}{{store.Act{Kind: store.ActAssign, Assignee: me}, ids[0]}, {store.Act{Kind: store.ActSnooze, Until: now.AddDate(0, 0, 1)}, ids[1]}} {
		if _, err := s.store.Act(t.Context(), me, x.act, []string{x.id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.IndexWords(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]int{"/inbox": {0, 2}, "/inbox?assignee=me": {0}, "/inbox?assignee=none": {2}, "/inbox?state=snoozed": {1}, "/inbox?state=all": {0, 1, 2},
		"/inbox?tier=l1": {0, 2}, "/inbox?tier=l1&assignee=none&kind=setup": {2}, "/inbox?kind=billing": nil, "/inbox?language=en": {0, 2}, "/inbox?language=pl": nil,
		"/inbox?action=assign&procedure=https-click-tracking": {0, 2}, "/inbox?state=no-answer": nil, "/inbox?review=0": {0, 2}, "/inbox?text=firefox&state=all": {0, 1, 2}, "/inbox?text=xyzzy": nil} {
		status, body := s.get(t, path)
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		for i, id := range ids {
			shown := false
			for _, n := range want {
				shown = shown || n == i
			}
			if strings.Contains(body, `id="t-`+id+`"`) != shown {
				t.Errorf("%s: ticket %d shown is %v", path, i, !shown)
			}
		}
		if strings.Contains(body, "web.") {
			t.Errorf("%s: a code is shown: %s", path, body[strings.Index(body, "web."):][:40])
		}
		if len(body) > 150_000 {
			t.Errorf("%s weighs %d bytes", path, len(body))
		}
	}
	for _, path := range []string{"/inbox?kind=foo", "/inbox?tier=l9", "/inbox?assignee=zed", "/inbox?after=x"} {
		if status, _ := s.get(t, path); status != 400 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, body := s.get(t, "/inbox?q=kind:foo+links"); !strings.Contains(body, "<code>kind:foo</code>") {
		t.Error("a wrong operator is not told")
	}
	for q, want := range map[string]string{"my": "", "mine": "/inbox?assignee=me", "firefox": "/tickets/", ids[2]: "/tickets/" + ids[2], "xyzzy": "Nothing found"} {
		if _, body := s.get(t, "/commands?q="+q); !strings.Contains(body, want) {
			t.Errorf("the palette does not find %q: %s", q, body)
		}
	}
}

// Two who take the next ticket get different ones, the page leads there.
func TestTakeNext(t *testing.T) {
	s := locked(t)
	older := s.several(t, 1)[0]
	s.passed.Add(1)
	in := caseZero()
	in.TicketKey = "newer"
	newer := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult(tk)
		r.Route.Tier = "l1"
		return r
	})
	for _, ask := range []struct{ who, to string }{{mayAgent, "/tickets/" + older}, {leoLead, "/tickets/" + newer}, {mayAgent, "/inbox"}} {
		status, h := s.submit(t, "/inbox/next", url.Values{"to": {"/inbox"}}, map[string]string{"Sec-Fetch-Site": "same-origin", "Cookie": "session=" + s.session(t, ask.who).Value})
		if to, _, _ := strings.Cut(h.Get("Location"), "?"); to != ask.to {
			t.Errorf("%s: %d to %s, want %s", ask.who, status, to, ask.to)
		}
	}
	for id, who := range map[string]string{older: mayAgent, newer: leoLead} {
		if got := s.lane(t, id).Assignee; got != s.user(t, who).ID {
			t.Errorf("%s is with %q", id, got)
		}
	}
}

// The list by keyboard alone: choose, resolve, undo, search, palette, sheet,
// and keys switched off. Nothing of it has a serious fault for axe.
func TestInboxByKeyboard(t *testing.T) {
	s := newSite(t, nil)
	s.several(t, 3)
	ctx := chromium(t)
	rows := func() int { return eval[int](t, ctx, `document.querySelectorAll("#rows > li").length`) }
	do(t, ctx, screen(1440, 900, "light"), chromedp.Navigate(s.URL+"/inbox"), chromedp.WaitReady(chromedp.CSS("body[data-live=on]")))
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("x"), chromedp.KeyEvent("j"), chromedp.KeyEvent("x"))
	if got := eval[string](t, ctx, `document.querySelector("#chosen").textContent`); got != "2 chosen" {
		t.Errorf("the bar says %q", got)
	}
	axe(t, ctx, "with two chosen")
	do(t, ctx, chromedp.KeyEvent("e"))
	eventually(t, ctx, `document.querySelectorAll("#rows > li").length === 1 && document.querySelector(".toast")?.textContent.includes("2 tickets resolved")`)
	if !eval[bool](t, ctx, `document.querySelector("#rows > li").contains(document.activeElement)`) {
		t.Error("the focus is not at the row that is left")
	}
	do(t, ctx, chromedp.KeyEvent("z"))
	eventually(t, ctx, `document.querySelectorAll("#rows > li").length === 3`)
	// One row, without choosing it first; the menu by its key.
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("s"))
	eventually(t, ctx, `document.activeElement.value === "snooze:hours"`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	eventually(t, ctx, `document.querySelectorAll("#rows > li").length === 2`)
	// The palette: a command for the row, then a place.
	eval[bool](t, ctx, `document.querySelector("a[data-row]").focus(); dispatch = (k, o) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: k, bubbles: true, cancelable: true, ...o})); dispatch("k", {ctrlKey: true})`)
	eventually(t, ctx, `document.querySelector("#palette").open && document.querySelectorAll("#found [role=option]").length > 10`)
	axe(t, ctx, "the palette")
	do(t, ctx, chromedp.KeyEvent("t"), chromedp.KeyEvent("a"), chromedp.KeyEvent("k"), chromedp.KeyEvent("e"), chromedp.KeyEvent(" "), chromedp.KeyEvent("i"), chromedp.KeyEvent("t"))
	eventually(t, ctx, `document.querySelector("#found [aria-selected=true]")?.textContent.startsWith("Take it")`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	eventually(t, ctx, `!document.querySelector("#palette").open && !!document.querySelector(".who.mine")`)
	do(t, ctx, chromedp.KeyEvent("?"))
	eventually(t, ctx, `document.querySelector("#sheet").open && document.querySelector("#page-keys").textContent.includes("Resolve")`)
	axe(t, ctx, "the sheet")
	do(t, ctx, chromedp.Click(chromedp.CSS("#single-keys")), chromedp.KeyEvent("\x1b"))
	eval[bool](t, ctx, `document.querySelector("a[data-row]").focus(); true`)
	do(t, ctx, chromedp.KeyEvent("x"), chromedp.KeyEvent("e"))
	if got := eval[int](t, ctx, `document.querySelectorAll("#rows :checked").length`); got != 0 || rows() != 2 {
		t.Error("keys that are off do something")
	}
	eval[bool](t, ctx, `localStorage.removeItem("keys"); true`)
	do(t, ctx, chromedp.KeyEvent("g"), chromedp.KeyEvent("m"))
	do(t, ctx, chromedp.WaitReady(chromedp.CSS(`#queues a[href="/inbox?assignee=me"][aria-current]`)))
	if rows() != 1 {
		t.Errorf("mine are %d", rows())
	}
}

// Two browsers: one sees who reads and types, and nothing of that is stored.
// Rows do not move under the cursor.
func TestPresence(t *testing.T) {
	s := locked(t)
	ids := s.several(t, 2)
	ctx, may := chromium(t), s.session(t, mayAgent)
	do(t, ctx, chromedp.Navigate(s.URL+"/sign-in"), chromedp.WaitReady(chromedp.CSS("#main")))
	eval[string](t, ctx, `document.cookie = "session=`+may.Value+`; path=/"`)
	do(t, ctx, screen(1440, 900, "light"), chromedp.Navigate(s.URL+"/inbox"), chromedp.WaitReady(chromedp.CSS("body[data-live=on]")))
	leave := s.read(t, ids[0], s.session(t, leoLead))
	here := fmt.Sprintf(`document.querySelector('[data-here="%s"]').textContent`, ids[0])
	eventually(t, ctx, here+` === "LLeo reads this"`)
	if status, _ := s.submit(t, "/tickets/"+ids[0]+"/typing", url.Values{}, map[string]string{"Sec-Fetch-Site": "same-origin", "Cookie": "session=" + s.session(t, leoLead).Value}); status != 204 {
		t.Errorf("typing: %d", status)
	}
	eventually(t, ctx, here+` === "LLeo is typing"`)
	leave()
	eventually(t, ctx, here+` === ""`)
	// A burst, or anything else above the list, waits while one is at a row.
	top := fmt.Sprintf(`document.querySelector("#t-%s").getBoundingClientRect().top`, ids[0])
	eval[bool](t, ctx, `document.querySelector("#t-`+ids[0]+` a").focus(); document.querySelector("#bursts").innerHTML = ""; true`)
	before := eval[float64](t, ctx, top)
	s.several(t, 1)
	other := caseZero()
	other.TicketKey = "newer"
	s.triaged(t, other, nil)
	eventually(t, ctx, `!document.querySelector("#pill").hidden`)
	if after := eval[float64](t, ctx, top); after != before {
		t.Errorf("the row moved from %v to %v", before, after)
	}
}

// read has a ticket open as a page does, until leave is called.
func (s *site) read(t *testing.T, id string, session *http.Cookie) (leave func()) {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL+"/events?ticket="+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(session)
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	return func() { res.Body.Close() }
}

// Pages of the desk at each width, by day and by night: no fault for axe,
// nothing wider than the screen, and what a finger meets is large enough.
func TestPagesFit(t *testing.T) {
	s := newSite(t, nil)
	s.several(t, 2)
	ctx := chromium(t)
	for _, path := range []string{"/inbox", "/design", "/inbox?q=kind:foo", "/inbox?state=snoozed&kind=billing"} {
		for _, width := range []int64{1440, 1024, 375, 320} {
			scheme := map[bool]string{true: "dark", false: "light"}[width == 1440 || width == 375]
			do(t, ctx, screen(width, 800, scheme))
			open(t, ctx, s.URL+path)
			where := fmt.Sprint(path, " at ", width)
			if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%s: the page is %d wide", where, got)
			}
			if width == 1440 || width == 375 {
				axe(t, ctx, where+" "+scheme)
			}
			if width != 375 || path != "/inbox" {
				continue
			}
			eval[bool](t, ctx, `document.querySelector(".tickbox input").click(); true`)
			eventually(t, ctx, `document.querySelector("#acts").classList.contains("on")`)
			small := eval[string](t, ctx, `[...document.querySelectorAll(".actbar .button, .take button, .tickbox, .menu > summary, .seek input, .langs a, [data-open=palette]")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 0)
				.filter((e) => e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44).map((e) => e.outerHTML.slice(0, 80) + e.getBoundingClientRect().width + "x" + e.getBoundingClientRect().height).join("\n")`)
			if small != "" {
				t.Errorf("too small for a finger:\n%s", small)
			}
			if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%s, chosen: the page is %d wide", where, got)
			}
		}
	}
}
