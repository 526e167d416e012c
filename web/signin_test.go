package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"readback/store"
	"readback/store/people"
	"readback/web"
)

const goodPassword = "four apples under snow"

// locked is a site with people who have to sign in.
func locked(t testing.TB) *site {
	return newSite(t, func(o *web.Options) { o.Demo = false })
}

// withPassword gives one of the people a password.
func (s *site) withPassword(t testing.TB, email string) {
	t.Helper()
	hash, err := people.Hash(goodPassword)
	if err == nil {
		err = s.store.SetPassword(t.Context(), store.Actor{}, s.user(t, email).ID, hash)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what a request got: status, where it leads, the page and the cookie of the session.
type answer struct {
	status   int
	to, body string
	header   http.Header
	session  *http.Cookie
}

// ask sends a request as a browser does; form nil is a GET.
func (s *site) ask(t testing.TB, path string, form url.Values, change ...func(*http.Request)) answer {
	t.Helper()
	method := http.MethodPost
	if form == nil {
		method = http.MethodGet
	}
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range change {
		c(r)
	}
	a := answer{}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	a.status, a.to, a.header = res.StatusCode, res.Header.Get("Location"), res.Header
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "session") {
			a.session = c
		}
	}
	a.body = readAll(t, res.Body)
	return a
}

func with(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }

func signInForm(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "to": {"/changes"}}
}

// A stranger is led to the sign-in, and back to where they wanted to go; a
// session has a new token each time, and ends.
func TestSignIn(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	if a := s.ask(t, "/tickets/x?all=1", nil); a.status != 303 || a.to != "/sign-in?to=%2Ftickets%2Fx%3Fall%3D1" {
		t.Errorf("a stranger: %d to %s", a.status, a.to)
	}
	if a := s.ask(t, "/sign-in?to=//evil.example", nil); a.status != 200 || !strings.Contains(a.body, `name="to" value="/inbox"`) || strings.Contains(a.body, "offline extractor") {
		t.Errorf("the sign-in page: %d %s", a.status, a.body)
	}
	a := s.ask(t, "/sign-in", signInForm(" MAY@desk.example ", goodPassword))
	if a.status != 303 || a.to != "/changes" || a.session == nil {
		t.Fatalf("signing in: %d to %q\n%s", a.status, a.to, a.body)
	}
	if c := a.session; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || len(c.Value) < 32 {
		t.Errorf("the cookie is %v", c)
	}
	again := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword), with(a.session))
	if again.session == nil || again.session.Value == a.session.Value {
		t.Error("a second sign-in keeps the token")
	}
	if old := s.ask(t, "/inbox", nil, with(a.session)); old.status != 303 {
		t.Errorf("the token before: %d", old.status)
	}
	if in := s.ask(t, "/inbox", nil, with(again.session)); in.status != 200 || !strings.Contains(in.body, "May") {
		t.Errorf("signed in: %d", in.status)
	}
	out := s.ask(t, "/sign-out", url.Values{}, with(again.session))
	if out.status != 303 || out.session == nil || out.session.MaxAge >= 0 {
		t.Errorf("signing out: %d %v", out.status, out.session)
	}
	if in := s.ask(t, "/inbox", nil, with(again.session)); in.status != 303 {
		t.Errorf("after signing out: %d", in.status)
	}
}

// With TLS the cookie is kept to this host.
func TestSessionCookieWithTLS(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo, o.BaseURL = false, "https://desk.example" })
	s.withPassword(t, mayAgent)
	if c := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword)).session; c == nil || c.Name != "__Host-session" || !c.Secure || !c.HttpOnly {
		t.Errorf("the cookie is %v", c)
	}
}

// A session ends when it is not used, after a week however much it is used,
// and when the password changes or the user may no longer sign in.
func TestSessionsEnd(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	in := func() func(*http.Request) {
		s.store.Succeeded(t.Context(), store.Attempt{Account: mayAgent}) //nolint:errcheck // only the wait is in the way
		return with(s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword)).session)
	}
	status := func(as func(*http.Request)) int { return s.ask(t, "/inbox", nil, as).status }
	idle := in()
	s.passed.Add(12*60 - 1)
	if got := status(idle); got != 200 {
		t.Errorf("used within 12 hours: %d", got)
	}
	s.passed.Add(12 * 60)
	if got := status(idle); got != 303 {
		t.Errorf("12 hours unused: %d", got)
	}
	busy := in()
	for range 7*24/6 - 1 {
		s.passed.Add(6 * 60)
		if got := status(busy); got != 200 {
			t.Fatalf("in use: %d", got)
		}
	}
	s.passed.Add(6 * 60)
	if got := status(busy); got != 303 {
		t.Errorf("after a week: %d", got)
	}
	for name, end := range map[string]func(id string) error{
		"password": func(id string) error { return s.store.SetPassword(t.Context(), store.Actor{}, id, mustHash(t)) },
		"role": func(id string) error {
			u := s.user(t, mayAgent)
			if u.Role = people.Lead; s.user(t, mayAgent).Role == people.Lead {
				u.Role = people.Agent
			}
			return s.store.ChangeUser(t.Context(), store.Actor{}, u)
		},
		"disabled": func(id string) error { return s.store.DisableUser(t.Context(), store.Actor{}, id, true) },
	} {
		if err := s.store.DisableUser(t.Context(), store.Actor{}, s.user(t, mayAgent).ID, false); err != nil {
			t.Fatal(err)
		}
		one, two := in(), in()
		if status(one) != 200 || status(two) != 200 {
			t.Fatal("not signed in")
		}
		if err := end(s.user(t, mayAgent).ID); err != nil {
			t.Fatal(err)
		}
		if status(one) != 303 || status(two) != 303 {
			t.Errorf("%s: a session goes on", name)
		}
	}
}

func mustHash(t testing.TB) string {
	t.Helper()
	hash, err := people.Hash(goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// Tries are slowed down by account and by address, whatever headers a client
// sends, and a stranger does not learn who has an account.
func TestSignInIsThrottled(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	forged := func(i int) func(*http.Request) {
		return func(r *http.Request) {
			ip := fmt.Sprintf("203.0.113.%d", i)
			for _, h := range []string{"X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X-Cluster-Client-IP"} {
				r.Header.Set(h, ip)
			}
			r.Header.Set("Forwarded", "for="+ip)
		}
	}
	for _, email := range []string{mayAgent, "nobody@desk.example"} {
		for i := range 5 {
			if a := s.ask(t, "/sign-in", signInForm(email, "wrong"), forged(i)); a.status != 401 || !strings.Contains(a.body, "do not fit together") {
				t.Errorf("%s, try %d: %d", email, i, a.status)
			}
		}
		if a := s.ask(t, "/sign-in", signInForm(email, goodPassword), forged(77)); a.status != 429 || a.header.Get("Retry-After") == "" || a.session != nil {
			t.Errorf("%s: the sixth try, with the right password: %d", email, a.status)
		}
	}
	s.passed.Add(1)
	if a := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword)); a.status != 303 {
		t.Errorf("after the wait: %d", a.status)
	}
	// An address that tries many accounts.
	for i := range 40 {
		if a := s.ask(t, "/sign-in", signInForm(fmt.Sprintf("u%d@desk.example", i), "wrong"), forged(i)); a.status == 429 {
			if i < 8 || i > 20 {
				t.Errorf("the address has to wait after %d tries", i)
			}
			return
		}
	}
	t.Error("40 accounts were tried from one address")
}

// Many tries at once are as slow as one after the other.
func TestTriesAtOnce(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	const n = 30
	status := make(chan int, n)
	for range n {
		go func() { status <- s.ask(t, "/sign-in", signInForm(mayAgent, "wrong")).status }()
	}
	looked := 0
	for range n {
		if <-status == 401 {
			looked++
		}
	}
	if looked > 5 {
		t.Errorf("%d of %d passwords were looked at", looked, n)
	}
}

// The header of a proxy counts only when the proxy is trusted, and then only
// what that proxy wrote into it.
func TestTrustedProxy(t *testing.T) {
	for _, tc := range []struct {
		proxies, header, want string
	}{
		{"", "198.51.100.7", "127.0.0.1"},
		{"192.0.2.0/24", "198.51.100.7", "127.0.0.1"},
		{"127.0.0.0/8", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.0/8", "10.1.1.1, 198.51.100.7", "198.51.100.7"},
		{"127.0.0.0/8", "198.51.100.7, 127.0.0.9", "198.51.100.7"},
		{"127.0.0.0/8", "", "127.0.0.1"},
	} {
		s := newSite(t, func(o *web.Options) { o.Demo, o.Proxies = false, prefixes(tc.proxies) })
		s.withPassword(t, mayAgent)
		a := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword), func(r *http.Request) {
			if tc.header != "" {
				r.Header.Set("X-Forwarded-For", tc.header)
			}
		})
		if a.session == nil {
			t.Fatal("not signed in")
		}
		list, err := s.store.Sessions(t.Context(), s.user(t, mayAgent).ID)
		if err != nil || len(list) != 1 || list[0].Address != tc.want {
			t.Errorf("%+v: %v, %v", tc, list, err)
		}
	}
}

// The first user is made by whoever has the token of this start, once.
func TestSetup(t *testing.T) {
	s := unset(t)
	path, err := s.web.SetupPath(t.Context())
	if err != nil || !strings.HasPrefix(path, "/setup?token=") {
		t.Fatal(path, err)
	}
	setup := strings.TrimPrefix(path, "/setup?token=")
	form := func(token, email, password string) url.Values {
		return url.Values{"token": {token}, "name": {"Zoe"}, "email": {email}, "password": {password}}
	}
	if a := s.ask(t, "/inbox", nil); a.to != "/setup" {
		t.Errorf("a desk without users leads to %q", a.to)
	}
	if a := s.ask(t, path, nil); a.status != 200 || !strings.Contains(a.body, setup) {
		t.Errorf("the page: %d", a.status)
	}
	for _, tc := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{form("", "zoe@desk.example", goodPassword), 401, "not the token"},
		{form("x"+setup, "zoe@desk.example", goodPassword), 401, "not the token"},
		{form(setup, "zoe@desk.example", "short"), 422, "too short"},
		{form(setup, "zoe@desk.example", "Password2026!"), 422, "first that anybody"},
		{form(setup, "zoe.marlowe@desk.example", "marlowe12345"), 422, "made of your name"},
		{form(setup, "no address", goodPassword), 422, "no email address"},
	} {
		if a := s.ask(t, "/setup", tc.form); a.status != tc.status || !strings.Contains(a.body, tc.says) || a.session != nil {
			t.Errorf("%v: %d %s", tc.form, a.status, a.body)
		}
	}
	if a := s.ask(t, "/setup", form(setup, "zoe@desk.example", goodPassword), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); a.status != 403 {
		t.Errorf("from another site: %d", a.status)
	}
	a := s.ask(t, "/setup", form(setup, "zoe@desk.example", goodPassword))
	if a.status != 303 || a.session == nil {
		t.Fatalf("setting up: %d %s", a.status, a.body)
	}
	if u := s.user(t, "zoe@desk.example"); u.Role != people.Admin || u.Name != "Zoe" {
		t.Errorf("the first user is %+v", u)
	}
	if in := s.ask(t, "/inbox", nil, with(a.session)); in.status != 200 {
		t.Errorf("signed in: %d", in.status)
	}
	for _, token := range []string{setup, token} {
		if a := s.ask(t, "/setup", form(token, "eve@desk.example", goodPassword)); a.to != "/sign-in" || a.session != nil {
			t.Errorf("a second time: %d to %q", a.status, a.to)
		}
	}
	if path, err := s.web.SetupPath(t.Context()); path != "" || err != nil {
		t.Errorf("a desk with users tells %q, %v", path, err)
	}
}

// Of several who set up at once one becomes the admin.
func TestSetupAtOnce(t *testing.T) {
	s := unset(t)
	const n = 8
	done := make(chan bool, n)
	for i := range n {
		go func() {
			a := s.ask(t, "/setup", url.Values{"token": {token}, "name": {"Zoe"}, "email": {fmt.Sprintf("z%d@desk.example", i)}, "password": {goodPassword}})
			done <- a.session != nil
		}()
	}
	admins := 0
	for range n {
		if <-done {
			admins++
		}
	}
	if admins != 1 {
		t.Errorf("%d became the first", admins)
	}
}
