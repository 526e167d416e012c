package web_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"readback/store"
	"readback/store/people"
	"readback/web"
)

// A click on a cell of the grid lights its evidence in the thread and shows
// the check; the keyboard does the same.
func TestCellMarksEvidence(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	ctx := chromium(t)
	do(t, ctx, screen(1440, 900, "light"), chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitReady(chromedp.CSS("#main")))
	do(t, ctx, chromedp.Click(chromedp.CSS(`[data-cell="d-1-2"]`)))
	const lit = `[...document.querySelectorAll("mark.lit")].map(m => m.textContent).join("")`
	if got := eval[string](t, ctx, lit); got != "We added the CNAME records for both domains" {
		t.Errorf("lit %q", got)
	}
	if got := eval[string](t, ctx, `document.querySelector(".detail.open").innerText`); !strings.Contains(got, "Replaced by “Serve a valid certificate through your CDN”") || !strings.Contains(got, "300 IN A 104.16.0.10") {
		t.Errorf("the detail says %q", got)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS(`[data-cell="d-2-1"]`)), chromedp.KeyEvent(" "))
	if got := eval[string](t, ctx, lit); got != "Click tracking is switched on." {
		t.Errorf("by keyboard: lit %q", got)
	}
	do(t, ctx, chromedp.KeyEvent("\x1b"))
	if eval[int](t, ctx, `document.querySelectorAll("mark.lit, .detail.open").length`) != 0 {
		t.Error("Escape leaves something open")
	}
}

// A triage that ends while the page is open fills it in.
func TestTicketFillsInLive(t *testing.T) {
	s := newSite(t, nil)
	in := caseZero()
	id := s.triaged(t, in, nil)
	ctx := chromium(t)
	do(t, ctx, chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitReady(chromedp.CSS("body[data-live=on]")))
	if eval[bool](t, ctx, `!document.querySelector("#brief").textContent.includes("Being read")`) {
		t.Error("the page does not say that the ticket waits")
	}
	s.save(t, id, caseZeroResult)
	eventually(t, ctx, `document.querySelector(".nextbox h2")?.textContent.includes("Switch the account") && document.querySelectorAll("mark").length > 3`)
}

// A new ticket waits behind a pill: nothing moves under the cursor. A ticket
// that is on the list changes in place.
func TestInboxIsLive(t *testing.T) {
	s := newSite(t, nil)
	first := s.triaged(t, caseZero(), nil)
	ctx := chromium(t)
	do(t, ctx, chromedp.Navigate(s.URL+"/inbox"), chromedp.WaitReady(chromedp.CSS("body[data-live=on]")))
	row := fmt.Sprintf(`document.querySelector("#t-%s")`, first)
	do(t, ctx, chromedp.KeyEvent("j"))
	if !eval[bool](t, ctx, row+`.contains(document.activeElement)`) {
		t.Error("j does not go to the first row")
	}
	s.save(t, first, caseZeroResult)
	eventually(t, ctx, row+`.textContent.includes("Switch the account to HTTPS links")`)
	if !eval[bool](t, ctx, row+`.contains(document.activeElement)`) {
		t.Error("the focus is lost when a row changes")
	}
	other := caseZero()
	other.TicketKey = "c1"
	second := s.triaged(t, other, nil)
	eventually(t, ctx, `!document.querySelector("#pill").hidden`)
	if got := eval[string](t, ctx, `document.querySelector("#pill").textContent`); got != "1 new, show" {
		t.Errorf("the pill says %q", got)
	}
	if eval[int](t, ctx, `document.querySelectorAll("#rows > li").length`) != 1 {
		t.Error("the list moved by itself")
	}
	do(t, ctx, chromedp.Click(chromedp.CSS("#pill")))
	if !eval[bool](t, ctx, fmt.Sprintf(`document.querySelector("#rows > li").id === "t-%s"`, second)) {
		t.Error("the new ticket is not on top")
	}
	if got := eval[string](t, ctx, `document.querySelector(".queues b").textContent`); got != "2" {
		t.Errorf("the queue counts %s", got)
	}
}

// On a narrow screen a click on a cell stays with the grid: the quotations
// stand in the panel, and a link leads to them in the thread.
func TestCellOnANarrowScreen(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	ctx := chromium(t)
	do(t, ctx, screen(375, 740, "light"), chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitReady(chromedp.CSS("#main")),
		chromedp.Click(chromedp.CSS(`[data-cell="d-1-2"]`)))
	const inView = `(el => { const r = el.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })`
	if !eval[bool](t, ctx, inView+`(document.querySelector(".detail.open blockquote"))`) {
		t.Error("the quotation is not in view")
	}
	if eval[bool](t, ctx, inView+`(document.querySelector("mark.lit"))`) {
		t.Error("the page jumped to the thread")
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".detail.open .show a")))
	if !eval[bool](t, ctx, inView+`(document.querySelector("mark.lit"))`) {
		t.Error("the link does not lead to the thread")
	}
	// A rule of the grid runs through all cells of its row.
	const broken = `[...document.querySelectorAll(".grid tbody tr")].filter(tr => new Set([...tr.cells].map(c => c.getBoundingClientRect().top)).size > 1 ||
		new Set([...tr.cells].map(c => c.getBoundingClientRect().height)).size > 1).length`
	if n := eval[int](t, ctx, broken); n != 0 {
		t.Errorf("%d rules are broken", n)
	}
	if got := eval[int](t, ctx, `document.documentElement.scrollWidth`); got > 375 {
		t.Errorf("the page is %d wide", got)
	}
}

// At 1440 the thread and the brief begin at the same height.
func TestColumnsAlign(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	ctx := chromium(t)
	do(t, ctx, screen(1440, 900, "light"), chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitReady(chromedp.CSS("#main")))
	tops := eval[[]float64](t, ctx, `[".msg", "#brief > section"].map(sel => document.querySelector(sel).getBoundingClientRect().top)`)
	if tops[0] != tops[1] {
		t.Errorf("the thread begins at %v, the brief at %v", tops[0], tops[1])
	}
}

// At the first visit nothing is new; later, what came since and what changed
// since it was opened is.
func TestUnread(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), nil)
	ctx := chromium(t)
	unread := func() int { return eval[int](t, ctx, `document.querySelectorAll("#rows > li.unread").length`) }
	open := func(path string) {
		do(t, ctx, chromedp.Navigate(s.URL+path), chromedp.WaitReady(chromedp.CSS("body[data-live=on]")))
	}
	open("/inbox")
	if n := unread(); n != 0 {
		t.Errorf("at the first visit %d are new", n)
	}
	s.save(t, id, caseZeroResult) // read while one looks: no news
	eventually(t, ctx, `!!document.querySelector("#rows .do")`)
	if n := unread(); n != 0 {
		t.Errorf("after it was read %d are new", n)
	}
	eval[string](t, ctx, `localStorage.since = "2026-11-22T14:04:59Z"`) // the visit was a second earlier
	eval[string](t, ctx, `localStorage.seen = "{}"`)
	open("/inbox")
	if n := unread(); n != 1 {
		t.Errorf("%d new since the first visit, want 1", n)
	}
	open("/tickets/" + id)
	open("/inbox")
	if n := unread(); n != 0 {
		t.Errorf("after it was opened %d are new", n)
	}
}

// A stream ends once its session does.
func TestStreamEndsWithSession(t *testing.T) {
	defer web.SetHeartbeat(10 * time.Millisecond)()
	s := locked(t)
	cookie := s.session(t, mayAgent)
	r, err := http.NewRequest("GET", s.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(cookie)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	beats := 0
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), ": still here") {
			continue
		}
		if beats++; beats == 2 { // it lasts while the session does
			x, u, err := s.store.Session(t.Context(), people.TokenHash(cookie.Value))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.store.EndSession(t.Context(), store.Actor{}, u.ID, x.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if beats < 2 {
		t.Errorf("%d beats", beats)
	}
}
