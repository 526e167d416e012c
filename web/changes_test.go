package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"readback/triage"
	"readback/web"
)

// as reads a page as somebody who is signed in.
func (s *site) as(t *testing.T, who, method, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(s.session(t, who))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	status, _, body := send(t, r)
	return status, body
}

// Staff say for each change that they have read it; leads see who has not.
func TestChanges(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = false })
	const removed, renamed = "2026-11-09-ssl-screen-removed", "2026-11-02-link-branding"
	badge := func(who, want string) {
		t.Helper()
		if _, body := s.as(t, who, "GET", "/inbox"); !strings.Contains(body, `<a href="/changes"><span>Product changes</span><b>`+want+`</b></a>`) {
			t.Errorf("the inbox of %s does not say %s", who, want)
		}
	}
	badge(leoLead, "3")
	for who, ids := range map[string][]string{leoLead: {removed, renamed, removed}, mayAgent: {removed}, annAdmin: {removed}} {
		for _, id := range ids {
			if status, body := s.as(t, who, "POST", "/changes/"+id+"/read"); status != 200 {
				t.Fatal(status, body)
			}
		}
	}
	badge(leoLead, "1")
	badge(mayAgent, "2")
	_, body := s.as(t, leoLead, "GET", "/changes")
	parts := strings.Split(body, "<article ")[1:]
	if len(parts) != 3 {
		t.Fatalf("%d changes", len(parts))
	}
	for i, want := range [][]string{
		{"15 Nov 2026", "Inbound", "I have read it", "Not read yet by: <bdi>Ann</bdi>, <bdi>Leo</bdi>, <bdi>May</bdi>"},
		{removed, "9 Nov 2026", "Link branding", "<s>Sender Settings &gt; Tracking &gt; SSL</s>", "You have read it", "<bdi>Ann</bdi>, <bdi>Leo</bdi>, <bdi>May</bdi>", "HTTPS links are switched on by support"},
		{renamed, "You have read it", "Read by: <bdi>Leo</bdi>", "Not read yet by: <bdi>Ann</bdi>, <bdi>May</bdi>"},
	} {
		for _, w := range want {
			if !strings.Contains(parts[i], w) {
				t.Errorf("change %d lacks %s", i, w)
			}
		}
	}
	if _, body := s.as(t, mayAgent, "GET", "/changes"); strings.Contains(body, "Leo") || !strings.Contains(body, "You have read it") {
		t.Error("an agent sees who has read what, or not what they have read")
	}
	if strings.Contains(parts[1], "Not read yet") || strings.Contains(parts[1], "<button") {
		t.Error("a change that all have read asks again")
	}
	if status, _ := s.as(t, leoLead, "POST", "/changes/none/read"); status != 404 {
		t.Errorf("a change that is not there: %d", status)
	}
	if status, _ := s.submit(t, "/changes/"+removed+"/read", url.Values{}, map[string]string{"Sec-Fetch-Site": "cross-site"}); status != 403 {
		t.Errorf("a form of another site: %d", status)
	}
	if status, _ := s.submit(t, "/changes/"+removed+"/read", url.Values{}, map[string]string{"Sec-Fetch-Site": "same-origin"}); status != 401 {
		t.Errorf("nobody: %d", status)
	}
}

// A ticket shows the changes of the last 30 days in the area of its leading matter.
func TestTicketShowsChanges(t *testing.T) {
	at := now
	s := newSite(t, func(o *web.Options) { o.Clock = func() time.Time { return at } })
	id := s.triaged(t, caseZero(), caseZeroResult)
	const removed, renamed, free = `href="/changes#2026-11-09-ssl-screen-removed"`, `href="/changes#2026-11-02-link-branding"`, "2026-11-15"
	for day, want := range map[string][2]bool{"2026-11-22": {true, true}, "2026-12-05": {true, false}, "2026-12-20": {false, false}, "2026-11-05": {false, true}} {
		var err error
		if at, err = time.Parse(time.DateOnly, day); err != nil {
			t.Fatal(err)
		}
		_, body := s.get(t, "/tickets/"+id)
		if got := [2]bool{strings.Contains(body, removed), strings.Contains(body, renamed)}; got != want || strings.Contains(body, free) {
			t.Errorf("on %s: %v, want %v", day, got, want)
		}
	}
	at = now
	_, _, body := s.getIn(t, "/tickets/"+id, "pl", "")
	if !strings.Contains(body, "Zmiana 9 lis 2026: The screen") {
		t.Error("not in Polish")
	}
}

// What a customer did on help pages stands with their message.
func TestTicketShowsEvents(t *testing.T) {
	s := newSite(t, nil)
	in := caseZero()
	in.Messages[0].Events = []triage.Event{{Kind: triage.EventOpened, URL: "https://docs.sendline.example/ssl-for-links", At: now.Add(-time.Hour)},
		{Kind: triage.EventChecked, URL: guide, Procedure: "https-click-tracking", Inputs: map[string]string{"link_domain": "link.foxglove.example"},
			Outcomes: map[string]triage.CheckOutcome{"certificate": triage.Fail, "gone": triage.Pass}, At: now.Add(-time.Minute)},
		{Kind: triage.EventOpened, URL: "https://evil.example/<script>"}}
	id := s.triaged(t, in, caseZeroResult)
	status, body := s.get(t, "/tickets/"+id)
	for _, w := range []string{"Before this message", `Opened the help page <a href="` + guide + `">`, "13:05", "Checked their setup on the help page", "link.foxglove.example", "Serve a valid certificate through your CDN <span", "differs", "<bdi>https://evil.example/&lt;script&gt;</bdi>"} {
		if status != 200 || !strings.Contains(body, w) {
			t.Errorf("%d, lacks %s", status, w)
		}
	}
	same := caseZero()
	same.TicketKey = "without"
	_, without := s.get(t, "/tickets/"+s.triaged(t, same, caseZeroResult))
	inert(t, "ticket with events", body, controls(t, without))
}
