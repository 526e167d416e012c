package web_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/store"
	"readback/web"
)

// ring is a past ticket that went round, as JSON Lines have it.
const ring = `{"id":"ring%[1]d","subject":"The printer app <b>hangs</b>","state":"solved","channel":"email","messages":[
{"role":"customer","text":"The printer app hangs. I reinstalled the app and restarted the tablet. Android 14, app version 3.1.4.","sent_at":"2026-%02[2]d-02T09:00:00Z"},
{"role":"agent","agent":"Ola","tier":"first","text":"Please reinstall the app. More here: https://help.inkwell.example/hangs","sent_at":"2026-%02[2]d-02T09:20:00Z"},
{"role":"customer","text":"As I said, I have reinstalled it. That page says the same.","sent_at":"2026-%02[2]d-02T09:30:00Z"},
{"role":"agent","agent":"Ben","tier":"first","text":"Please restart the tablet and see https://help.inkwell.example/hangs?utm_campaign=x. Which app version do you have?","sent_at":"2026-%02[2]d-03T09:00:00Z"},
{"role":"customer","text":"3.1.4, and I did all that.","sent_at":"2026-%02[2]d-03T09:05:00Z"},
{"role":"agent","agent":"Mia","tier":"second","text":"I have reset the print queue of your account.","sent_at":"2026-%02[2]d-04T11:00:00Z"},
{"role":"customer","text":"It works now, thank you!","sent_at":"2026-%02[2]d-04T11:10:00Z"}]}`

// importRings brings past tickets in, one for each month.
func importRings(t testing.TB, s *store.Store, months ...int) {
	t.Helper()
	var lines []string
	for i, month := range months {
		lines = append(lines, strings.ReplaceAll(fmt.Sprintf(ring, i, month), "\n", ""))
	}
	text := strings.Join(lines, "\n")
	e := &channel.Export{Format: "jsonl", Files: []channel.ExportFile{{Name: "past.jsonl", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}}
	if _, did, err := channel.Import(context.Background(), s, e, channel.ImportOptions{}); err != nil || did.Tickets != len(months) {
		t.Fatal(did, err)
	}
}

// circlesOf opens the page of circles until its report is there.
func circlesOf(t *testing.T, s *site, who, path string) string {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		status, body := s.as(t, who, "GET", path)
		if status != 200 {
			t.Fatal(status, body)
		}
		if !strings.Contains(body, "<progress") {
			return body
		}
		if time.Now().After(deadline) {
			t.Fatal("the report does not end")
		}
	}
}

func TestCirclesPage(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = false })
	if status, _ := s.as(t, mayAgent, "GET", "/circles"); status != 403 {
		t.Errorf("an agent gets %d", status)
	}
	if _, body := s.as(t, leoLead, "GET", "/circles"); !strings.Contains(body, "Import past tickets first") || !strings.Contains(body, "readback import") {
		t.Error("no empty state")
	}
	importRings(t, s.store, 3, 4, 5)
	body := circlesOf(t, s, leoLead, "/circles")
	for _, want := range []string{"3 of 3 tickets went in a circle", "The printer app &lt;b&gt;hangs&lt;/b&gt;", "I reinstalled the app", "Please reinstall the app", "help.inkwell.example/hangs", "second: I have reset the print queue"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if body := circlesOf(t, s, leoLead, "/circles?from=2026-04-01&until=2026-04-30"); !strings.Contains(body, "1 of 1 tickets went in a circle") {
		t.Error("a period of one ticket has another number")
	}
	if status, _ := s.as(t, leoLead, "GET", "/circles?from=yesterday"); status != 400 && status != 422 {
		t.Errorf("a day that is none: %d", status)
	}
	// The page that was sent again is in every footer: not a repeat.
	_, list, _ := strings.Cut(body, "Pages sent again and again")
	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="say" value="([^"]+)"`).FindAllStringSubmatch(strings.SplitN(list, "</form>", 2)[0], -1) {
		form.Add("say", html.UnescapeString(m[1]))
	}
	if len(form["say"]) != 2 {
		t.Fatalf("the row of a page says %q", form["say"])
	}
	post := func(path string) {
		t.Helper()
		if status, body := s.as(t, leoLead, "POST", path); status != 200 {
			t.Fatalf("%s: %d %s", path, status, body)
		}
	}
	post("/circles/not?" + form.Encode())
	if body := circlesOf(t, s, leoLead, "/circles"); !strings.Contains(body, "2 findings that you set aside") {
		t.Error("what was said is not listed")
	}
	post("/circles/read")
	if body := circlesOf(t, s, leoLead, "/circles"); !strings.Contains(body, "<b>0</b><span>sent a page") || !strings.Contains(body, "3 findings are left out") {
		t.Error("the next report has not learned it: " + body)
	}
	post("/circles/not?undo=1&" + form.Encode())
	post("/circles/read")
	if body := circlesOf(t, s, leoLead, "/circles"); !strings.Contains(body, "<b>3</b><span>sent a page") {
		t.Error("what was taken back still holds")
	}
	if status, _ := s.as(t, leoLead, "POST", "/circles/not?say=msg_x+1+steps+"+strings.Repeat("a", 64)); status != 404 {
		t.Errorf("no such answer: %d", status)
	}
	if status, _ := s.as(t, leoLead, "POST", "/circles/not?say=rubbish"); status != 400 && status != 422 {
		t.Errorf("rubbish: %d", status)
	}
	r, err := http.NewRequest("GET", s.URL+"/circles/page", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(s.session(t, leoLead))
	status, header, page := send(t, r)
	if status != 200 || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") || !strings.Contains(page, "The printer app &lt;b&gt;hangs") {
		t.Errorf("the page to print: %d %v", status, header)
	}
}

// The pages of the past in a browser: as people see them, for everybody.
func TestPastPages(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Uploads = t.TempDir() })
	ctx := chromium(t)
	look := func(name, path string) {
		for in, width := range map[string]int64{"en": 1440, "pl": 375} {
			do(t, ctx, screen(width, 1100, map[string]string{"en": "light", "pl": "dark"}[in]))
			open(t, ctx, s.URL+path+"?lang="+in)
			axe(t, ctx, name+" in "+in)
			if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s in %s is %d px too wide", name, in, over)
			}
			shoot(t, ctx, name+"-"+in)
		}
	}
	look("circles-empty", "/circles")
	importRings(t, s.store, 3, 4, 5)
	circlesOf(t, s, annAdmin, "/circles")
	look("circles", "/circles")
	look("import", "/import")
}
