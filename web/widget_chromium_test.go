package web_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/triage"
)

// shoot keeps a picture of the page in the folder READBACK_TEST_SHOTS, if set.
func shoot(t *testing.T, ctx context.Context, name string) {
	folder := os.Getenv("READBACK_TEST_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(folder+"/"+name+".png", png, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// One writes, is read, reads it back, corrects it, takes that back, and is
// answered: on a page of another origin with a strict policy.
func TestWidgetConversation(t *testing.T) {
	s := newWidgetSite(t, nil)
	ctx := chromium(t)
	do(t, ctx, screen(1200, 860, "light"))
	s.visit(t, ctx)
	axe(t, ctx, "the empty widget")
	shoot(t, ctx, "widget-empty")
	types(t, ctx, strings.Split(firstMessage, "\n")[0])
	tk := s.stored(t, 1)
	eventually(t, ctx, pending+` === 0 && `+in(".next")+`.textContent === "We are reading your message."`)
	m := tk.Messages[0]
	if m.Identity != triage.IdentityNone || m.PageURL != s.host.URL+"/page" || m.Device.UserAgent == "" || m.Device.Hints["Sec-Ch-Ua-Full-Version-List"] == "" {
		t.Errorf("%+v", m)
	}
	s.save(t, tk.ID, understood)
	eventually(t, ctx, in(".readback")+` !== null`)
	if got := eval[string](t, ctx, in(".readback")+`.innerText`); !strings.Contains(got, "You have done: Turn on click tracking") || !strings.Contains(got, "Next: Switch the account to HTTPS links, by us (Engineering support)") || strings.Contains(got, "features") {
		t.Errorf("read back: %s", got)
	}
	if got := eval[string](t, ctx, in("header")+`.innerText`); !strings.Contains(got, "Sendline support") || !strings.Contains(got, "With Engineering support · back") || !strings.Contains(got, "Next: Switch the account to HTTPS links. We do this.") {
		t.Errorf("the header says %s", got)
	}
	axe(t, ctx, "the readback")
	shoot(t, ctx, "widget-readback")
	eval[bool](t, ctx, `[...document.querySelector("#readback-widget").shadowRoot.querySelectorAll(".readback .link")].find((b) => b.ariaLabel.includes("Turn on click tracking")).click(), true`)
	eventually(t, ctx, in("textarea")+`.placeholder === "What is it instead?"`)
	tk, err := s.store.Ticket(t.Context(), tk.ID)
	if err != nil || len(tk.Corrections) != 1 || tk.Corrections[0].Role != triage.RoleCustomer || tk.Corrections[0].Value != "not_done" || tk.Corrections[0].Step != "tracking-on" {
		t.Fatalf("%+v %v", tk.Corrections, err)
	}
	eventually(t, ctx, in(".said .link")+` !== null`)
	eval[bool](t, ctx, in(".said .link")+`.click(), true`)
	eventually(t, ctx, in(".said")+` === null`)
	eval[bool](t, ctx, `Readback.close(), true`)
	s.answer(t, tk.ID, "It is on now: https://status.sendline.example/x. <b>Please</b> look.")
	eventually(t, ctx, in(".badge")+`.textContent === "1" && !`+in(".badge")+`.hidden`)
	eval[bool](t, ctx, `Readback.open(), true`)
	eventually(t, ctx, in(".badge")+`.hidden && `+in(".agent .text")+`.textContent.includes("<b>Please</b>") && `+in(".agent a")+`.href === "https://status.sendline.example/x"`)
	eventually(t, ctx, in(".readback")+` !== null`)
	if at, err := s.store.LastSeen(t.Context(), tk.ID); err != nil || at.IsZero() {
		t.Errorf("nobody saw the visitor: %v %v", at, err)
	}
	shoot(t, ctx, "widget-answer")
	// What is on the page comes back with it.
	s.visit(t, ctx)
	eventually(t, ctx, in(".agent .text")+` !== null && `+in(".readback")+` !== null`)
}

// A message is kept over a dead line, a reload, and an answer that got lost, and
// is stored once.
func TestWidgetLosesNothing(t *testing.T) {
	s := newWidgetSite(t, nil)
	ctx := chromium(t)
	s.visit(t, ctx)
	types(t, ctx, "one")
	s.stored(t, 1)
	eventually(t, ctx, pending+` === 0`)
	s.line.Store(lineDead)
	s.CloseClientConnections()
	types(t, ctx, "two")
	eventually(t, ctx, in(".notes")+`.textContent.startsWith("No connection")`)
	shoot(t, ctx, "widget-offline")
	// The script comes from a cache then; here from a line that is there for a moment.
	s.line.Store(lineBreaks)
	s.visit(t, ctx)
	eventually(t, ctx, texts+`.includes("two")`)
	s.stored(t, 2) // it got through, and nobody told the browser
	types(t, ctx, "three")
	s.line.Store(lineGood)
	s.stored(t, 3)
	eventually(t, ctx, pending+` === 0 && `+texts+` === "one|two|three" && `+in(".notes")+`.hidden`)
}

// The desk ends and begins again while one writes.
func TestWidgetOutlivesARestart(t *testing.T) {
	s := newWidgetSite(t, nil)
	ctx := chromium(t)
	s.visit(t, ctx)
	types(t, ctx, "before")
	tk := s.stored(t, 1)
	eventually(t, ctx, pending+` === 0`)
	s.handler.Store(nil)
	s.CloseClientConnections()
	types(t, ctx, "between")
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	s.start(t, nil)
	s.stored(t, 2)
	s.answer(t, tk.ID, "after")
	eventually(t, ctx, pending+` === 0 && `+texts+` === "before|between|after"`)
}

// Two tabs are one visitor: what one sends, the other shows.
func TestWidgetInTwoTabs(t *testing.T) {
	s := newWidgetSite(t, nil)
	first := chromium(t)
	second, closeTab := chromedp.NewContext(first)
	t.Cleanup(closeTab)
	s.visit(t, first)
	do(t, second, chromedp.Navigate(s.host.URL+"/other"), chromedp.WaitReady(chromedp.CSS("#readback-widget")))
	eval[bool](t, second, `Readback.open(), true`)
	for i, tab := range []context.Context{first, second, first} {
		types(t, tab, fmt.Sprintf("message %d", i+1))
		s.stored(t, i+1)
	}
	for _, tab := range []context.Context{first, second} {
		eventually(t, tab, texts+` === "message 1|message 2|message 3"`)
	}
}

// All of it can be done without a pointer, and Tab stays inside only where the
// widget covers the page.
func TestWidgetByKeyboard(t *testing.T) {
	s := newWidgetSite(t, nil)
	ctx := chromium(t)
	const focused = `document.querySelector("#readback-widget").shadowRoot.activeElement?.className + " " + document.querySelector("#readback-widget").shadowRoot.activeElement?.tagName`
	tab := func() { do(t, ctx, chromedp.KeyEvent("\t")) }
	do(t, ctx, screen(1200, 800, "light"), chromedp.Navigate(s.host.URL+"/page"), chromedp.WaitReady(chromedp.CSS("#readback-widget")))
	tab() // the link of the page
	tab()
	if got := eval[string](t, ctx, focused); got != "launcher BUTTON" {
		t.Fatalf("Tab leads to %s", got)
	}
	do(t, ctx, chromedp.KeyEvent("\r"))
	eventually(t, ctx, focused+` === " TEXTAREA"`)
	do(t, ctx, chromedp.KeyEvent("hello"), chromedp.KeyEvent("\r"))
	s.stored(t, 1)
	tab() // send
	tab()
	if got := eval[string](t, ctx, focused); got != "launcher BUTTON" {
		t.Errorf("Tab does not leave the panel on a wide screen: %s", got)
	}
	do(t, ctx, chromedp.KeyEvent("\x1b"))
	eval[bool](t, ctx, in("textarea")+`.focus(), true`)
	do(t, ctx, chromedp.KeyEvent("\x1b"))
	eventually(t, ctx, in(".panel")+`.hidden && `+focused+` === "launcher BUTTON"`)
	do(t, ctx, screen(320, 640, "light"), chromedp.KeyEvent("\r"))
	eventually(t, ctx, in(".panel")+`.getAttribute("aria-modal") === "true"`)
	stops := map[string]bool{}
	for range 12 {
		tab()
		at := eval[string](t, ctx, focused)
		if strings.HasPrefix(at, "undefined") || strings.Contains(at, "launcher") {
			t.Fatalf("the focus left the panel: %s", at)
		}
		stops[at] = true
	}
	if len(stops) < 4 {
		t.Errorf("Tab reaches %v", stops)
	}
	if got := eval[int](t, ctx, `Math.max(document.documentElement.scrollWidth, `+in(".panel")+`.scrollWidth, `+in(".log")+`.scrollWidth)`); got > 320 {
		t.Errorf("it is %d wide on a screen of 320", got)
	}
	axe(t, ctx, "a narrow screen")
	shoot(t, ctx, "widget-320")
}

// A person is asked for, and nothing else is asked again.
func TestWidgetPerson(t *testing.T) {
	s := newWidgetSite(t, nil)
	ctx := chromium(t)
	s.visit(t, ctx)
	types(t, ctx, "The API answers 503")
	s.stored(t, 1)
	eval[bool](t, ctx, in(".quiet")+`.click(), true`)
	tk := s.stored(t, 2)
	if !tk.WantsPerson() {
		t.Errorf("%+v", tk.Messages[1])
	}
	eventually(t, ctx, in(".quiet")+`.hidden && !`+in(".asked")+`.hidden`)
	// Where to answer, when they leave.
	eventually(t, ctx, `!`+in(".mail")+`.hidden`)
	eval[bool](t, ctx, in("#e")+`.focus(), true`)
	do(t, ctx, chromedp.KeyEvent("nobody"), chromedp.KeyEvent("\r"))
	eventually(t, ctx, in("#ep")+`.textContent !== ""`)
	do(t, ctx, chromedp.KeyEvent("@shop.example"), chromedp.KeyEvent("\r"))
	eventually(t, ctx, in(".mail")+`.hidden`)
	if tk, err := s.store.Ticket(t.Context(), tk.ID); err != nil || tk.Customer.Email != "nobody@shop.example" || tk.Identity != triage.IdentityClaimed {
		t.Errorf("%+v %v", tk.Customer, err)
	}
	shoot(t, ctx, "widget-person")
}

// Every language, direction and scheme fits and is accessible.
func TestWidgetEverywhere(t *testing.T) {
	s := newWidgetSite(t, nil)
	ctx := chromium(t)
	s.visit(t, ctx)
	types(t, ctx, strings.Split(firstMessage, "\n")[0])
	tk := s.stored(t, 1)
	s.save(t, tk.ID, understood)
	for _, tc := range []struct {
		lang, dir, scheme string
		width             int64
	}{{"pl", "ltr", "dark", 1200}, {"de", "ltr", "light", 375}, {"es", "ltr", "light", 320}, {"ja", "ltr", "dark", 375}, {"en", "rtl", "light", 1200}, {"en", "rtl", "dark", 320}} {
		s.with(fmt.Sprintf(`data-lang="%s" data-dir="%s"`, tc.lang, tc.dir))
		do(t, ctx, screen(tc.width, 740, tc.scheme))
		s.visit(t, ctx)
		eventually(t, ctx, in(".readback")+` !== null`)
		where := fmt.Sprintf("widget-%s-%s-%s-%d", tc.lang, tc.dir, tc.scheme, tc.width)
		axe(t, ctx, where)
		shoot(t, ctx, where)
		if got := eval[int64](t, ctx, `Math.max(document.documentElement.scrollWidth, `+in(".log")+`.scrollWidth)`); got > tc.width {
			t.Errorf("%s is %d wide", where, got)
		}
		if eval[bool](t, ctx, `/widget\.|readback\.|\{/.test(`+in(".panel")+`.innerText)`) {
			t.Errorf("%s shows a code", where)
		}
	}
}
