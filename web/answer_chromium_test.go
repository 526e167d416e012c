package web_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"readback/store"
	"readback/triage"
)

// works triages and sends what a site has to, as the service does.
func (s *site) works(t *testing.T) {
	t.Helper()
	p := examplePipeline(t)
	p.Clock = func() time.Time { return now.Add(time.Duration(s.passed.Load()) * time.Minute) }
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.store.Work(ctx, store.WorkOptions{Triage: p.Triage, ChatWait: -1}) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// The story of case zero, as it goes here: an agent signs in, sees why it is
// with tier 2, corrects a claim, is stopped four times with the customer's own
// words, sends a good answer, and resolves it once the customer has confirmed.
func TestCaseZeroAnswered(t *testing.T) {
	ctx := chromium(t)
	s := locked(t)
	s.withPassword(t, leoLead)
	id := s.triaged(t, caseZero(), caseZeroResult)
	s.works(t)
	click := func(sel string) {
		t.Helper()
		do(t, ctx, chromedp.WaitVisible(chromedp.CSS(sel)), chromedp.Click(chromedp.CSS(sel)))
	}
	do(t, ctx, screen(1440, 1000, "light"), chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitVisible(chromedp.CSS("input[name=email]")),
		chromedp.SendKeys(chromedp.CSS("input[name=email]"), leoLead), chromedp.SendKeys(chromedp.CSS("input[name=password]"), goodPassword+"\r"),
		chromedp.WaitVisible(chromedp.CSS("#answer")))
	if why := eval[string](t, ctx, `document.querySelector(".nextbox").textContent + document.querySelector(".why").textContent`); !strings.Contains(why, "by Engineering support") {
		t.Errorf("why it is with tier 2: %s", why)
	}
	if spare := eval[string](t, ctx, `document.querySelector(".spare").textContent`); !strings.Contains(spare, "browser (Firefox 128)") || !strings.Contains(spare, "ssl-for-links") {
		t.Errorf("what not to ask or send: %s", spare)
	}

	eval[bool](t, ctx, `(() => { const d = [...document.querySelectorAll(".more > details")].find((d) => d.querySelector("summary").textContent.startsWith("Claims") || d.querySelector("input[value=claim]"));
		d.open = true; const fix = [...d.querySelectorAll(".fix:has(input[value=claim])")].at(-1); fix.open = true; fix.querySelector("button").id = "correct"; return true })()`)
	click("#correct")
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(".head .note")))
	eventually(t, ctx, `!document.querySelector(".waiting")`)

	write := func(text string) {
		t.Helper()
		eval[bool](t, ctx, fmt.Sprintf(`(() => { const a = document.querySelector("#answer"); a.focus(); a.value = %q; a.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, text))
	}
	bad := []struct{ text, quote string }{
		{badAnswers[0].text, badAnswers[0].quote},
		{"Which browser do you use? " + badAnswers[0].text, "Firefox"},
		{badAnswers[2].text, "ssl-for-links"},
		{badAnswers[3].text, "We added the CNAME records for both domains"},
	}
	for _, b := range bad {
		write(b.text)
		eventually(t, ctx, fmt.Sprintf(`document.querySelector("#findings").textContent.includes(%q)`, b.quote)) // while one types
		click(".send .primary")
		eventually(t, ctx, `!!document.querySelector("#findings [role=alert]") || document.activeElement.closest(".finding.stop") !== null`)
		if held := eval[bool](t, ctx, `!!document.querySelector(".held")`); held {
			t.Fatalf("%q was sent", b.text)
		}
	}
	look(t, ctx, s, id, "stopped")
	before := eval[int](t, ctx, `document.querySelectorAll(".finding").length`)
	do(t, ctx, chromedp.KeyEvent("m", chromedp.KeyModifiers(1))) // Alt+M: mended by one key
	eventually(t, ctx, fmt.Sprintf(`document.querySelectorAll(".finding").length < %d`, before))

	write(goodAnswer)
	eventually(t, ctx, `!document.querySelector(".finding") && document.querySelector(".saved").textContent.startsWith("Saved")`)
	do(t, ctx, chromedp.KeyEvent("\r", chromedp.KeyModifiers(2))) // Ctrl+Enter
	eventually(t, ctx, `!!document.querySelector(".held .countdown")`)
	look(t, ctx, s, id, "held")
	s.passed.Add(1)
	eventually(t, ctx, `[...document.querySelectorAll(".msg.agent")].some((m) => m.textContent.includes("switches HTTPS on"))`)
	if who := eval[string](t, ctx, `[...document.querySelectorAll(".msg.agent")].at(-1).querySelector("b").textContent`); who != "Leo" {
		t.Errorf("the answer is by %q", who)
	}

	yes := caseZero()
	yes.Messages, yes.TicketID = yes.Messages[:1], id
	yes.Messages[0].Text, yes.Messages[0].Channel, yes.Messages[0].Attachments = "Yes, it works now. Thank you!", triage.ChannelEmail, nil
	if _, err := s.store.Receive(t.Context(), yes); err != nil {
		t.Fatal(err)
	}
	eventually(t, ctx, `document.querySelector("#thread").textContent.includes("Yes, it works now") && !document.querySelector(".waiting")`)
	click(".resolve-as summary")
	click(".resolve-as button[value=confirmed]")
	eventually(t, ctx, `document.querySelector(".meta").textContent.includes("Resolved")`)
	if meta := eval[string](t, ctx, `document.querySelector(".meta").textContent`); !strings.Contains(meta, "Resolved") || !strings.Contains(meta, "The customer confirmed") {
		t.Errorf("resolved: %s", meta)
	}
}

// look checks the ticket's page as it is in each width and scheme, and takes a
// picture where READBACK_SHOTS names a folder.
func look(t *testing.T, ctx context.Context, s *site, id, name string) {
	t.Helper()
	for _, w := range []int64{1440, 1024, 375, 320} {
		for _, scheme := range []string{"light", "dark"} {
			do(t, ctx, screen(w, 900, scheme))
			where := fmt.Sprintf("%s-%d-%s", name, w, scheme)
			if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s is %d px too wide", where, over)
			}
			if w == 1440 && scheme == "dark" || w == 320 && scheme == "light" {
				axe(t, ctx, where)
			}
			shot(t, ctx, where)
		}
	}
	do(t, ctx, screen(1440, 1000, "light"))
}

// shot takes a picture of what is in the window.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("READBACK_SHOTS")
	if folder == "" {
		return
	}
	eval[bool](t, ctx, `document.querySelector("#reply")?.scrollIntoView({block: "center", behavior: "instant"}), true`)
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"/"+name+".png", png, 0o600); err != nil {
		t.Fatal(err)
	}
}
