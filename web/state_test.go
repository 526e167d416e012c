package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/triage"
	"readback/web"
)

// act sends the form of a ticket's state as a browser does; origin sets what
// the browser says of where the form was.
func (s *site) act(t *testing.T, path, do string, origin map[string]string) (int, http.Header) {
	t.Helper()
	return s.submit(t, path, url.Values{"do": {do}}, origin)
}

func (s *site) submit(t *testing.T, path string, fields url.Values, origin map[string]string) (int, http.Header) {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range origin {
		r.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode, res.Header
}

func (s *site) state(t *testing.T, id string) triage.State {
	t.Helper()
	tk, err := s.store.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return tk.State
}

var sameOrigin = map[string]string{"Sec-Fetch-Site": "same-origin"}

func TestSetState(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	path := "/tickets/" + id
	for _, tc := range []struct {
		do     string
		status int
		state  triage.State
	}{
		{"wait", 303, triage.StateWaiting}, {"resolve", 303, triage.StateResolved}, {"reopen", 303, triage.StateOpen}, {"close", 400, triage.StateOpen}, {"", 400, triage.StateOpen},
	} {
		status, h := s.act(t, path+"/state", tc.do, sameOrigin)
		if status != tc.status || s.state(t, id) != tc.state || status == 303 && h.Get("Location") != path {
			t.Errorf("%q: %d to %q, state %s", tc.do, status, h.Get("Location"), s.state(t, id))
		}
	}
	if status, _ := s.act(t, "/tickets/none/state", "wait", sameOrigin); status != 404 {
		t.Errorf("an unknown ticket: %d", status)
	}
	if status, _ := s.act(t, path+"/state", strings.Repeat("x", web.MaxForm), sameOrigin); status != 400 {
		t.Errorf("a huge form: %d", status)
	}
	// What the way back offers is what was, and nothing else.
	for was, undo := range map[string]bool{"waiting": true, "resolved": true, "open": false, "odd": false, "": false} {
		if _, body := s.get(t, path+"?was="+was); strings.Contains(body, ">Undo</button>") != undo {
			t.Errorf("was %q: undo offered is %v", was, !undo)
		}
	}
	for _, list := range []string{"/inbox?state=waiting", "/inbox?state=resolved"} {
		if _, body := s.get(t, list); strings.Contains(body, id) {
			t.Errorf("%s lists an open ticket", list)
		}
	}
}

func TestSetStateFromElsewhere(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	for name, tc := range map[string]struct {
		origin map[string]string
		status int
	}{
		"another site":          {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"a sibling":             {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"}, 403},
		"another origin":        {map[string]string{"Origin": "https://evil.example"}, 403},
		"an opaque origin":      {map[string]string{"Origin": "null"}, 403},
		"it does not say":       {nil, 403},
		"this site":             {sameOrigin, 303},
		"this site, by origin":  {map[string]string{"Origin": s.URL}, 303},
		"says both, one lies":   {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": s.URL}, 403},
		"another site, no name": {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
	} {
		if status, _ := s.act(t, "/tickets/"+id+"/state", "reopen", tc.origin); status != tc.status {
			t.Errorf("%s: %d, want %d", name, status, tc.status)
		}
	}
	closed := newSite(t, func(o *web.Options) { o.Demo = false })
	if status, _ := closed.act(t, "/tickets/x/state", "wait", sameOrigin); status != 401 {
		t.Errorf("not signed in: %d", status)
	}
}

// The buttons are plain forms: they work in a browser that runs no script.
func TestStateWithoutScript(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	ctx := chromium(t)
	do(t, ctx, withoutScript(), chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitReady(chromedp.CSS("#main")),
		chromedp.Click(chromedp.CSS(`button[value="resolve"]`)), chromedp.WaitReady(chromedp.CSS(`.note button`)))
	if got := eval[string](t, ctx, `document.querySelector(".note span").textContent`); got != "Resolved" {
		t.Errorf("the note says %q", got)
	}
	if got := s.state(t, id); got != triage.StateResolved {
		t.Errorf("state %s", got)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`.note button`)), chromedp.WaitReady(chromedp.CSS(`button[value="resolve"]`)))
	if got := s.state(t, id); got != triage.StateOpen {
		t.Errorf("after undo: %s", got)
	}
}

// A page elsewhere that points its own name at this machine gets nothing.
func TestDemoAnswersOnlyHere(t *testing.T) {
	for _, tc := range []struct {
		addr, host string
		demo       bool
		status     int
	}{
		{"127.0.0.1:8080", "127.0.0.1:8080", true, 200},
		{"127.0.0.1:8080", "localhost:8080", true, 200},
		{"127.0.0.1:8080", "LOCALHOST", true, 200},
		{"127.0.0.1:8080", "[::1]:9", true, 200},
		{"127.0.0.1:8080", "evil.example:8080", true, 421},
		{"127.0.0.1:8080", "localhost.evil.example", true, 421},
		{"127.0.0.1:8080", "192.0.2.7:8080", true, 421},
		{"desk.example:8080", "desk.example:8080", true, 200},
		{"192.0.2.7:8080", "192.0.2.7:8080", true, 200},
		{":8080", "192.0.2.7:8080", true, 200},
		{"0.0.0.0:8080", "192.0.2.7:8080", true, 200},
		{"0.0.0.0:8080", "evil.example:8080", true, 421},
		{"", "evil.example", true, 421},
		{"127.0.0.1:8080", "desk.example", false, 200},
	} {
		s := newSite(t, func(o *web.Options) { o.Demo = tc.demo })
		s.web.HTTPServer(tc.addr)
		for _, path := range []string{"/healthz", "/api/v1/openapi.json"} {
			r, err := http.NewRequest("GET", s.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = tc.host
			if status, _, body := send(t, r); status != tc.status {
				t.Errorf("listening on %q, asked for %q%s: %d, want %d: %s", tc.addr, tc.host, path, status, tc.status, body)
			}
		}
	}
}

// The log names a source that does not exist; the answer does not.
func TestUnknownSourceIsLogged(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, func(o *web.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	status, _, _ := send(t, s.signed(t, "sitee", chatBody, nil))
	if status != 401 || !strings.Contains(log.String(), "unknown source") || !strings.Contains(log.String(), `"source":"sitee"`) {
		t.Errorf("%d, the log says %s", status, log.String())
	}
}
