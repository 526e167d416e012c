package web_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
	"readback/web"
)

// visit sends a form of a help page, as a browser on one of our pages does, from
// behind a proxy that says who asks.
func (s *site) visit(t *testing.T, path, from string, fields url.Values) (int, http.Header, string) {
	t.Helper()
	return s.visitIn(t, "en", path, from, fields)
}

func (s *site) visitIn(t *testing.T, lang, path, from string, fields url.Values) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", lang)
	if from != "" {
		r.Header.Set("X-Forwarded-For", from)
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// A visitor sees each of their steps pass, differ or stay unknown, in their
// language, and nothing of what is in an account.
func TestHelpCheck(t *testing.T) {
	s := helpSite(t, nil)
	for _, tc := range []struct {
		domain, lang string
		want         []string
	}{
		{"link.foxglove.example", "en", []string{"Everything that we can see of your steps is right", "replaced by a later step", " UTC link.foxglove.example had a valid certificate"}},
		{" HTTPS://Link.Fennel.example/ ", "en", []string{"1 step differs from what it should be", "had expired", "How to set it right:", `value="HTTPS://Link.Fennel.example/"`}},
		{"link.fennel.example", "pl", []string{"1 krok różni się od tego, jak być powinno", "Jak to poprawić:", " UTC "}},
		{"link.nobody.example", "en", []string{"2 steps differ"}},
	} {
		status, h, body := s.visitIn(t, tc.lang, guide+"/check?lang="+tc.lang, "", url.Values{"in_link_domain": {tc.domain}, "in_other": {"x"}})
		for _, w := range tc.want {
			if status != 200 || !strings.Contains(body, w) {
				t.Errorf("%s in %s: %d, lacks %q", tc.domain, tc.lang, status, w)
			}
		}
		if strings.Contains(body, "click_tracking") || strings.Contains(body, "https_links") || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: an account's state is told, or kept: %v", tc.domain, h)
		}
	}
}

func TestHelpCheckRefuses(t *testing.T) {
	s := helpSite(t, nil)
	for _, domain := range []string{"", "localhost", "127.0.0.1", "169.254.169.254", "[::1]", "0x7f.1", "no domain", "http://user:pass@10.0.0.1/", strings.Repeat("a.", 400) + "example", "\xff.example"} {
		status, _, body := s.visit(t, guide+"/check", "", url.Values{"in_link_domain": {domain}})
		if status != 422 || !strings.Contains(body, `aria-invalid="true" aria-describedby="bad-link_domain"`) || strings.Contains(body, "the-result-title") {
			t.Errorf("%.30q: %d", domain, status)
		}
	}
	for path, want := range map[string]int{"/help/none/check": 404, "/help/plan-and-invoice/check": 404} {
		if status, _, _ := s.visit(t, path, "", nil); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, origin := range []map[string]string{nil, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}} {
		if status, _ := s.submit(t, guide+"/check", url.Values{"in_link_domain": {"link.foxglove.example"}}, origin); status != 403 {
			t.Errorf("a form of another site: %d", status)
		}
	}
}

// Each visitor, each domain and all together have so many looks, and get them
// back with time.
func TestHelpCheckIsLimited(t *testing.T) {
	var mu sync.Mutex
	at := now
	s := helpSite(t, func(o *web.Options) {
		o.Clock = func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	})
	look := func(from, domain string) int {
		status, h, body := s.visit(t, guide+"/check", from, url.Values{"in_link_domain": {domain}})
		if status == 429 && (h.Get("Retry-After") == "" || !strings.Contains(body, "Try again in")) {
			t.Errorf("429 does not say when: %v", h)
		}
		return status
	}
	count := func(n int, from, domain func(i int) string) (good int) {
		for i := range n {
			if look(from(i), domain(i)) == 200 {
				good++
			}
		}
		return good
	}
	one := func(s string) func(int) string { return func(int) string { return s } }
	each := func(prefix, suffix string) func(int) string {
		return func(i int) string { return prefix + string(rune('1'+i)) + suffix }
	}
	wait := func(d time.Duration) { mu.Lock(); at = at.Add(d); mu.Unlock() }
	if got := count(9, one("203.0.113.1"), each("a", ".example")); got != 8 {
		t.Errorf("one visitor has %d looks", got)
	}
	wait(time.Minute)
	if got := count(9, one("203.0.113.1"), each("b", ".example")); got != 4 {
		t.Errorf("after a minute %d more", got)
	}
	if got := count(9, each("203.0.113.2", ""), each("w", ".shop.example")); got != 6 {
		t.Errorf("a domain has %d looks", got)
	}
	wait(time.Hour)
	if got := count(9, each("2001:db8:0:1::", ""), each("c", ".example")); got != 8 {
		t.Errorf("a network of IPv6 has %d looks", got)
	}
	wait(time.Hour)
	everyone := 0
	for i := range 3 {
		everyone += count(9, each("198.51.100."+string(rune('1'+i)), ""), each("d"+string(rune('1'+i)), ".example"))
	}
	if everyone != 20 {
		t.Errorf("all together have %d looks", everyone)
	}
}

var tokenIn = regexp.MustCompile(`name="check" value="([^"]+)"`)

// What a visitor's check saw travels with their message, and the ticket says
// what it was; who they are is only claimed.
func TestHelpAsk(t *testing.T) {
	at := now
	s := helpSite(t, func(o *web.Options) { o.Clock = func() time.Time { return at } })
	_, _, body := s.visit(t, guide+"/check", "", url.Values{"in_link_domain": {"link.fennel.example"}})
	token := tokenIn.FindStringSubmatch(body)[1]
	ask := func(text, token string) (int, string) {
		status, h, _ := s.visit(t, guide+"/ask?lang=en", "203.0.113."+string(rune('1'+len(text)%9)), url.Values{"name": {"Iris"}, "email": {"iris@fennel.example"}, "text": {text}, "check": {token}})
		return status, h.Get("Location")
	}
	if status, to := ask("Please switch it on", token); status != 303 || to != guide+"?sent=1#sent" {
		t.Fatalf("%d to %s", status, to)
	}
	if status, _ := ask("Please switch it on", token); status != 303 { // a double click
		t.Fatal(status)
	}
	_, page := s.get(t, guide+"?sent=1")
	if !strings.Contains(page, `role="status"`) {
		t.Error("the page does not say that it was sent")
	}
	tickets := s.tickets(t)
	if len(tickets) != 1 {
		t.Fatalf("%d tickets", len(tickets))
	}
	tk := tickets[0]
	m := tk.Messages[0]
	if tk.Customer.Email != "iris@fennel.example" || tk.Identity != triage.IdentityClaimed || tk.Subject != "Serve click-tracking links over HTTPS" || m.Text != "Please switch it on" || m.PageURL != guide {
		t.Errorf("ticket %+v", tk)
	}
	if len(m.Events) != 2 || m.Events[0].Kind != triage.EventOpened || m.Events[1].Inputs["link_domain"] != "link.fennel.example" ||
		m.Events[1].Outcomes["certificate"] != triage.Fail || m.Events[1].Outcomes["brand-link"] != triage.Pass || !m.Events[1].At.Equal(now) {
		t.Errorf("events %+v", m.Events)
	}
	other := helpSite(t, nil)
	_, _, body = other.visit(t, guide+"/check", "", url.Values{"in_link_domain": {"link.fennel.example"}})
	foreign := tokenIn.FindStringSubmatch(body)[1]
	payload, mac, _ := strings.Cut(token, ".")
	for name, bad := range map[string]string{"none": "", "of another desk": foreign, "changed": strings.ToLower(payload) + "." + mac, "unsigned": payload, "of nothing": "." + mac, "no base64": "%." + mac} {
		if status, _ := ask("With a token "+name, bad); status != 303 {
			t.Errorf("%s: %d", name, status)
		}
	}
	at = now.Add(24 * time.Hour)
	if status, _ := ask("With an old token", token); status != 303 {
		t.Error(status)
	}
	for _, tk := range s.tickets(t) {
		if n := len(tk.Messages[0].Events); strings.HasPrefix(tk.Messages[0].Text, "With") && n != 1 {
			t.Errorf("%q has %d events", tk.Messages[0].Text, n)
		}
	}
}

func TestHelpAskRefuses(t *testing.T) {
	s := helpSite(t, nil)
	good := url.Values{"email": {"iris@fennel.example"}, "text": {"Hello"}}
	for name, tc := range map[string]struct{ email, text, marked string }{
		"no address":   {"", "Hello", "bad-email"},
		"no real one":  {"iris", "Hello", "bad-email"},
		"two of them":  {"a@b.example, c@d.example", "Hello", "bad-email"},
		"with a name":  {"Iris <iris@fennel.example>", "Hello", "bad-email"},
		"a header":     {"iris@fennel.example\r\nBcc: x@y.example", "Hello", "bad-email"},
		"no words":     {"iris@fennel.example", " \n", "bad-text"},
		"a long story": {"iris@fennel.example", strings.Repeat("ż", 8001), "bad-text"},
	} {
		status, _, body := s.visit(t, guide+"/ask", "", url.Values{"email": {tc.email}, "text": {tc.text}, "name": {"<b>Iris"}})
		if status != 422 || !strings.Contains(body, `aria-describedby="`+tc.marked+`"`) || !strings.Contains(body, `value="&lt;b&gt;Iris"`) {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := s.submit(t, guide+"/ask", good, map[string]string{"Sec-Fetch-Site": "cross-site"}); status != 403 {
		t.Errorf("a form of another site: %d", status)
	}
	if status, _, _ := s.visit(t, "/help/none/ask", "", good); status != 404 {
		t.Errorf("a page that is not there: %d", status)
	}
	if status, _, _ := s.visit(t, guide+"/ask", "", url.Values{"text": {strings.Repeat("x", 200_000)}}); status < 400 {
		t.Errorf("a huge form: %d", status)
	}
	if n := len(s.tickets(t)); n != 0 {
		t.Errorf("%d tickets", n)
	}
	sent := 0
	for i := range 7 {
		good.Set("text", "Hello again "+string(rune('a'+i)))
		if status, _, _ := s.visit(t, guide+"/ask", "203.0.113.7", good); status == 303 {
			sent++
		}
	}
	if sent != 5 || len(s.tickets(t)) != 5 {
		t.Errorf("one visitor sent %d at once", sent)
	}
}

// tickets are all that the store has.
func (s *site) tickets(t *testing.T) []triage.Ticket {
	t.Helper()
	page, err := s.store.Tickets(context.Background(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out []triage.Ticket
	for _, x := range page.Tickets {
		tk, err := s.store.Ticket(context.Background(), x.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tk)
	}
	return out
}
