package web_test

import (
	"encoding/csv"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"readback/store"
	"readback/store/people"
	"readback/web"
)

func found(t testing.TB, pattern, in string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(in)
	if m == nil {
		t.Fatalf("no %s in %.2000s", pattern, in)
	}
	return m[1]
}

// An admin invites, the invited choose a password once, and are in.
func TestInvitation(t *testing.T) {
	s := locked(t)
	admin := with(s.session(t, annAdmin))
	form := url.Values{"email": {"Noor@Desk.example"}, "name": {"Noor"}, "role": {"lead"}, "tier": {"l1", "billing"}, "languages": {"en, PL"}}
	a := s.ask(t, "/people", form, admin)
	if a.status != 200 {
		t.Fatal(a.status, a.body)
	}
	link := found(t, `<code id="the-link">`+regexp.QuoteMeta(s.URL)+`(/welcome/[a-z2-7]{32})</code>`, a.body)
	if again := s.ask(t, "/people", nil, admin); strings.Contains(again.body, "/welcome/") || !strings.Contains(again.body, "invited") {
		t.Error("the link is shown again, or the invitation is not")
	}
	for range 3 { // a mail program looks at links
		if a := s.ask(t, link, nil); a.status != 200 || !strings.Contains(a.body, "noor@desk.example") {
			t.Fatalf("the link: %d", a.status)
		}
	}
	if a := s.ask(t, link, url.Values{"name": {"Noor"}, "password": {"noor@desk12"}}); a.status != 422 || a.session != nil {
		t.Errorf("a weak password: %d", a.status)
	}
	a = s.ask(t, link, url.Values{"name": {"Noor B"}, "password": {goodPassword}})
	if a.status != 303 || a.session == nil {
		t.Fatalf("choosing a password: %d %s", a.status, a.body)
	}
	if u := s.user(t, "noor@desk.example"); u.Role != people.Lead || u.Name != "Noor B" || !u.Inside("billing") || strings.Join(u.Languages, " ") != "en pl" {
		t.Errorf("the user is %+v", u)
	}
	for _, form := range []url.Values{nil, {"name": {"Eve"}, "password": {goodPassword + "!"}}} {
		if a := s.ask(t, link, form); a.status != 404 || a.session != nil {
			t.Errorf("the link a second time: %d", a.status)
		}
	}
	if a := s.ask(t, "/people", form, admin); a.status != 422 || !strings.Contains(a.body, "There is somebody with the address noor@desk.example already") {
		t.Errorf("the same address again: %d", a.status)
	}
	id := s.user(t, "noor@desk.example").ID
	reset := found(t, `(/welcome/[a-z2-7]{32})<`, s.ask(t, "/people/"+id+"/reset", url.Values{}, admin).body)
	if in := s.ask(t, "/inbox", nil, with(a.session)); in.status != 303 {
		t.Error("a reset leaves a session open")
	}
	if in := s.ask(t, "/sign-in", signInForm("noor@desk.example", goodPassword)); in.status != 401 {
		t.Errorf("the password before the reset: %d", in.status)
	}
	s.passed.Add(24*60 + 1)
	if a := s.ask(t, reset, nil); a.status != 404 {
		t.Errorf("a link of yesterday: %d", a.status)
	}
}

// Users are changed, shut out and removed; the last admin stays; what the
// removed did keeps its id.
func TestUsersAreChanged(t *testing.T) {
	s := locked(t)
	admin := with(s.session(t, annAdmin))
	may := s.user(t, mayAgent)
	post := func(id, do string, form url.Values) answer { return s.ask(t, "/people/"+id+"/"+do, form, admin) }
	if a := post(may.ID, "change", url.Values{"name": {"May K"}, "role": {"lead"}, "tier": {"l2"}}); a.status != 303 {
		t.Errorf("changed: %d %s", a.status, a.body)
	}
	if u := s.user(t, mayAgent); u.Role != people.Lead || u.Name != "May K" || !u.Inside("l2") || u.Inside("l1") {
		t.Errorf("now %+v", u)
	}
	for name, form := range map[string]url.Values{"role": {"name": {"May"}, "role": {"owner"}}, "tier": {"name": {"May"}, "role": {"agent"}, "tier": {"l9"}},
		"language": {"name": {"May"}, "role": {"agent"}, "languages": {"english"}}} {
		if a := post(may.ID, "change", form); a.status != 422 || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	ann := s.user(t, annAdmin)
	for _, do := range []string{"disable", "remove", "change"} {
		if a := post(ann.ID, do, url.Values{"name": {"Ann"}, "role": {"agent"}}); a.status != 422 || !strings.Contains(a.body, "without an admin") {
			t.Errorf("the last admin, %s: %d", do, a.status)
		}
	}
	if a := post("usr_none", "disable", url.Values{}); a.status != 404 {
		t.Errorf("nobody: %d", a.status)
	}
	if err := s.store.Acknowledge(t.Context(), "2026-11-02-link-branding", may.ID); err != nil {
		t.Fatal(err)
	}
	if a := post(may.ID, "remove", url.Values{}); a.status != 303 {
		t.Errorf("removed: %d %s", a.status, a.body)
	}
	u, err := s.store.User(t.Context(), may.ID)
	if err != nil || u.Name != "" || u.Email != "" || u.RemovedAt.IsZero() {
		t.Errorf("left of them: %+v, %v", u, err)
	}
	if body := s.ask(t, "/changes", nil, admin).body; !strings.Contains(body, "somebody who has left") || strings.Contains(body, "May K") {
		t.Error("what they did is lost, or their name is not")
	}
	if a := s.ask(t, "/people", url.Values{"email": {mayAgent}, "name": {"May again"}, "role": {"agent"}}, admin); a.status != 200 {
		t.Errorf("the address cannot come again: %d", a.status)
	}
}

// One's own sessions are listed and ended; another's is as one that never was.
func TestSessionsAreEnded(t *testing.T) {
	s := locked(t)
	here, there, other := s.session(t, mayAgent), s.session(t, mayAgent), s.session(t, leoLead)
	ids := func(email string) (out []string) {
		list, err := s.store.Sessions(t.Context(), s.user(t, email).ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			out = append(out, x.ID)
		}
		return out
	}
	leos := ids(leoLead)[0]
	body := s.ask(t, "/me", nil, with(here)).body
	if strings.Count(body, "/end\"") != 2 || strings.Contains(body, leos) || !strings.Contains(body, "this browser") {
		t.Errorf("the page lists %d", strings.Count(body, "/end\""))
	}
	if a := s.ask(t, "/me/sessions/"+leos+"/end", url.Values{}, with(here)); a.status != 404 {
		t.Errorf("another's: %d", a.status)
	}
	if a := s.ask(t, "/inbox", nil, with(other)); a.status != 200 {
		t.Error("another's session has ended")
	}
	if a := s.ask(t, "/me/sessions/others/end", url.Values{}, with(here)); a.status != 303 {
		t.Errorf("all others: %d", a.status)
	}
	if s.ask(t, "/inbox", nil, with(there)).status != 303 || s.ask(t, "/inbox", nil, with(here)).status != 200 || len(ids(mayAgent)) != 1 {
		t.Error("not all others have ended, or this one has")
	}
}

// A new password signs out everywhere, and needs the old one.
func TestPasswordIsChanged(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	here, there := s.session(t, mayAgent), s.session(t, mayAgent)
	change := func(now, to string) answer {
		return s.ask(t, "/me/password", url.Values{"password": {now}, "new": {to}}, with(here))
	}
	if a := change("wrong", "seven pears over lakes"); a.status != 403 || !strings.Contains(a.body, "not your password now") {
		t.Errorf("a wrong old one: %d", a.status)
	}
	if a := change(goodPassword, "qwertyuiop"); a.status != 422 {
		t.Errorf("a common new one: %d", a.status)
	}
	a := change(goodPassword, "seven pears over lakes")
	if a.status != 303 || a.session == nil {
		t.Fatalf("changed: %d %s", a.status, a.body)
	}
	if s.ask(t, "/inbox", nil, with(here)).status != 303 || s.ask(t, "/inbox", nil, with(there)).status != 303 || s.ask(t, "/inbox", nil, with(a.session)).status != 200 {
		t.Error("a session goes on, or the new one does not")
	}
}

// One-time codes: a first code puts them to use, each is good once, recovery
// codes too, and without one a password opens nothing.
func TestOneTimeCodes(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	me := s.session(t, mayAgent)
	pw := url.Values{"password": {goodPassword}}
	if a := s.ask(t, "/me/codes.png", nil, with(me)); a.status != 404 {
		t.Errorf("a picture of nothing: %d", a.status)
	}
	if a := s.ask(t, "/me/codes/offer", pw, with(me)); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	secret := strings.ReplaceAll(found(t, `<code>([A-Z2-7 ]{32,})</code>`, s.ask(t, "/me", nil, with(me)).body), " ", "")
	a := s.ask(t, "/me/codes.png", nil, with(me))
	if picture, err := png.Decode(strings.NewReader(a.body)); err != nil || picture.Bounds().Dx() != 240 || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %v, %v", err, a.header)
	}
	code := func() string {
		out, err := totp.GenerateCode(secret, now.Add(time.Duration(s.passed.Load())*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if a := s.ask(t, "/me/codes/start", url.Values{"code": {"000000"}}, with(me)); a.status != 422 {
		t.Errorf("a wrong first code: %d", a.status)
	}
	first := code()
	a = s.ask(t, "/me/codes/start", url.Values{"code": {first}}, with(me))
	if a.status != 200 || a.session == nil {
		t.Fatal(a.status, a.body)
	}
	recovery := regexp.MustCompile(`<li><code>([a-z2-7]{5}-[a-z2-7]{5})</code>`).FindAllStringSubmatch(a.body, -1)
	if len(recovery) != people.RecoveryCodes {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	if s.ask(t, "/inbox", nil, with(me)).status != 303 || s.ask(t, "/me/codes.png", nil, with(a.session)).status != 404 {
		t.Error("the session is as before, or the secret can be seen still")
	}
	half := func() *http.Cookie {
		a := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword))
		if a.status != 303 || a.to != "/sign-in/code?to=%2Fchanges" {
			t.Fatalf("the password alone: %d to %s", a.status, a.to)
		}
		if in := s.ask(t, "/inbox", nil, with(a.session)); in.status != 303 {
			t.Fatal("the password alone opens the inbox")
		}
		return a.session
	}
	enter := func(c *http.Cookie, code string) answer {
		return s.ask(t, "/sign-in/code", url.Values{"code": {code}, "to": {"/changes"}}, with(c))
	}
	if a := enter(half(), first); a.status != 401 {
		t.Errorf("the code of the start, again: %d", a.status)
	}
	s.passed.Add(2)
	waiting, fresh := half(), code()
	a = enter(waiting, fresh)
	if a.status != 303 || a.to != "/changes" || a.session == nil || a.session.Value == waiting.Value {
		t.Fatalf("a fresh code: %d %s", a.status, a.body)
	}
	if in := s.ask(t, "/inbox", nil, with(a.session)); in.status != 200 {
		t.Errorf("with a code: %d", in.status)
	}
	if a := enter(half(), fresh); a.status != 401 {
		t.Errorf("a replayed code: %d", a.status)
	}
	if a := enter(half(), strings.ToUpper(recovery[3][1])); a.status != 303 {
		t.Errorf("a recovery code: %d", a.status)
	}
	if a := enter(half(), recovery[3][1]); a.status != 401 {
		t.Errorf("a recovery code, again: %d", a.status)
	}
	c := half()
	for i := range 6 {
		if a := enter(c, "123456"); a.status == 429 {
			break
		} else if i == 5 {
			t.Error("codes can be guessed for ever")
		}
	}
	s.passed.Add(11)
	if a := enter(c, code()); a.to != "/sign-in" {
		t.Errorf("a code ten minutes after the password: %d to %s", a.status, a.to)
	}
	in := enter(half(), code()).session
	if a := s.ask(t, "/me/codes/stop", url.Values{"password": {"wrong"}}, with(in)); a.status != 403 {
		t.Errorf("off without the password: %d", a.status)
	}
	if a := s.ask(t, "/me/codes/stop", pw, with(in)); a.status != 303 {
		t.Errorf("off: %d", a.status)
	}
	if a := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword)); a.to != "/changes" {
		t.Errorf("then a password is enough: %s", a.to)
	}
}

// A token is shown once, kept as a hash, and works until it is revoked.
func TestTokensAreMade(t *testing.T) {
	s := locked(t)
	admin := with(s.session(t, annAdmin))
	a := s.ask(t, "/people/tokens", url.Values{"name": {"shop's form"}, "scope": {"read"}, "days": {"30"}}, admin)
	secret := found(t, `<code id="the-token">(rb_[a-z2-7]{32})</code>`, a.body)
	if again := s.ask(t, "/people/tokens", nil, admin); strings.Contains(again.body, secret) || !strings.Contains(again.body, "never used") {
		t.Error("the token is shown again, or its use is not told")
	}
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	if a := s.ask(t, "/api/v1/tickets", nil, bearer); a.status != 200 {
		t.Errorf("the token: %d", a.status)
	}
	if a := s.ask(t, "/api/v1/tickets", url.Values{}, bearer); a.status != 403 || !strings.Contains(a.header.Get("WWW-Authenticate"), `scope="write"`) {
		t.Errorf("more than its scope: %d %s", a.status, a.header.Get("WWW-Authenticate"))
	}
	list, err := s.store.Tokens(t.Context())
	if err != nil || len(list) != 1 || list[0].UsedAt.IsZero() {
		t.Fatalf("%+v, %v", list, err)
	}
	for name, form := range map[string]url.Values{"no name": {"scope": {"read"}, "days": {"30"}}, "scope": {"name": {"x"}, "scope": {"root"}, "days": {"30"}}} {
		if a := s.ask(t, "/people/tokens", form, admin); a.status != 422 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := s.ask(t, "/people/tokens/"+list[0].ID+"/revoke", url.Values{}, admin); a.status != 303 {
		t.Errorf("revoked: %d", a.status)
	}
	if a := s.ask(t, "/api/v1/tickets", nil, bearer); a.status != 401 {
		t.Errorf("a revoked token: %d", a.status)
	}
}

// Who did what is found by person, action and time, is exported whole, and stays.
func TestAuditLog(t *testing.T) {
	s := locked(t)
	s.withPassword(t, mayAgent)
	id := s.triaged(t, caseZero(), caseZeroResult)
	may := s.ask(t, "/sign-in", signInForm(mayAgent, goodPassword)).session
	s.ask(t, "/sign-in", signInForm(leoLead, "wrong"))
	s.ask(t, "/tickets/"+id+"/state", url.Values{"do": {"resolve"}}, with(may))
	s.ask(t, "/tickets/"+id+"/state", url.Values{"do": {"odd"}}, with(may)) // nothing was done
	s.passed.Add(24 * 60)
	admin := with(s.session(t, annAdmin))
	s.ask(t, "/people", url.Values{"email": {"new@desk.example"}, "role": {"agent"}}, admin)
	rows := func(query string) int { return strings.Count(s.ask(t, "/audit?"+query, nil, admin).body, "<tr><td>") }
	mays := s.user(t, mayAgent).ID
	for query, want := range map[string]int{
		"who=" + mays:                     2, // signed in, resolved
		"who=" + mays + "&what=tickets":   1,
		"what=tickets.state":              1,
		"object=" + id:                    1,
		"what=session.refused":            1,
		"what=user&from=2026-11-23":       2,
		"what=user&to=2026-11-22":         3,
		"from=2026-11-24":                 0,
		"what=tick":                       0,
		"who=" + s.user(t, leoLead).ID:    0,
		"object=" + s.user(t, leoLead).ID: 2, // added, and a wrong password
	} {
		if got := rows(query); got != want {
			t.Errorf("%s: %d lines, want %d", query, got, want)
		}
	}
	body := s.ask(t, "/audit", nil, admin).body
	for _, w := range []string{"wrong password", "changed the state of a ticket", id, "127.0.0.1", "May"} {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %s", w)
		}
	}
	if strings.Contains(s.ask(t, "/audit/export?format=json", nil, admin).body, "desk.example") {
		t.Error("the log holds an address of a person")
	}
	list, err := csv.NewReader(strings.NewReader(s.ask(t, "/audit/export?format=csv&who="+mays, nil, admin).body)).ReadAll()
	if err != nil || len(list) != 3 || list[1][3] != "tickets.state" || list[1][4] != id {
		t.Errorf("CSV: %v, %v", list, err)
	}
	var entries []store.Entry
	if err := json.Unmarshal([]byte(s.ask(t, "/audit/export?format=json&what=audit", nil, admin).body), &entries); err != nil || len(entries) != 2 {
		t.Errorf("JSON: %v, %v", entries, err) // the two exports before
	}
	if a := s.ask(t, "/audit?from=yesterday", nil, admin); a.status != 400 {
		t.Errorf("a day that is none: %d", a.status)
	}
}

// Pages of the log meet without a gap, however many lines have one time.
func TestAuditPages(t *testing.T) {
	s := locked(t)
	for range 250 {
		if err := s.store.Record(t.Context(), store.Actor{ID: "cli"}, "test.line", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	f := store.AuditFilter{Action: "test"}
	for {
		list, err := s.store.Audit(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Entries {
			if seen[e.ID] {
				t.Fatal("a line comes twice")
			}
			seen[e.ID] = true
		}
		if f.After = list.Next; f.After == "" {
			break
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d lines", len(seen))
	}
}

// The demo signs one in, and lets one be another of its people.
func TestDemoRoles(t *testing.T) {
	s := newSite(t, nil)
	body := s.ask(t, "/inbox", nil).body
	for _, w := range []string{"Ann", "Leo", "May", `action="/demo/as"`} {
		if !strings.Contains(body, w) {
			t.Errorf("the menu lacks %s", w)
		}
	}
	a := s.ask(t, "/demo/as", url.Values{"user": {s.user(t, mayAgent).ID}, "to": {"//evil.example"}})
	if a.status != 303 || a.to != "/inbox" {
		t.Fatalf("%d to %s", a.status, a.to)
	}
	as := func(r *http.Request) { r.Header.Set("Cookie", strings.Split(a.header.Get("Set-Cookie"), ";")[0]) }
	if a := s.ask(t, "/people", nil, as); a.status != 403 {
		t.Errorf("an agent of the demo sees the people: %d", a.status)
	}
	if a := s.ask(t, "/people", nil); a.status != 200 {
		t.Errorf("the admin of the demo: %d", a.status)
	}
	if a := newSite(t, func(o *web.Options) { o.Demo = false }).ask(t, "/demo/as", url.Values{}, with(s.session(t, mayAgent))); a.status == 303 && a.to == "/inbox" {
		t.Error("a desk that is no demo lets one be another")
	}
}

// The pages about people are accessible in both languages, one wide and
// light, one narrow and dark, and none scrolls sideways.
func TestPeoplePagesAreAccessible(t *testing.T) {
	s := locked(t)
	s.withPassword(t, annAdmin)
	ann := s.user(t, annAdmin)
	secret, err := people.NewTOTP()
	if err == nil {
		err = s.store.OfferTOTP(t.Context(), ann.ID, secret)
	}
	if err == nil {
		_, err = s.store.AddToken(t.Context(), store.Actor{ID: ann.ID}, store.Token{Name: "shop's contact form", Scope: people.WriteScope, UserID: ann.ID}, "x")
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx := chromium(t)
	look := func(name, path string) {
		for in, width := range map[string]int64{"en": 1280, "pl": 375} {
			do(t, ctx, screen(width, 1500, map[string]string{"en": "light", "pl": "dark"}[in]))
			open(t, ctx, s.URL+path+"?lang="+in)
			eval[bool](t, ctx, `document.querySelectorAll("details").forEach((d) => { d.open = d.id !== "me" || innerWidth > 1000; }); true`)
			axe(t, ctx, name+" in "+in)
			if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s in %s is %d px too wide", name, in, over)
			}
			shoot(t, ctx, name+"-"+in)
		}
	}
	look("sign-in", "/sign-in")
	token := people.NewToken("")
	if err := s.store.AddLink(t.Context(), store.Actor{}, s.user(t, mayAgent).ID, people.TokenHash(token), time.Hour, false); err != nil {
		t.Fatal(err)
	}
	look("welcome", "/welcome/"+token)
	// By keyboard alone.
	do(t, ctx, screen(1280, 900, "light"))
	open(t, ctx, s.URL+"/sign-in?lang=en")
	do(t, ctx, chromedp.Focus(chromedp.CSS("input[name=email]")), chromedp.KeyEvent(annAdmin+"\t"+goodPassword+"\r"), chromedp.WaitVisible(chromedp.CSS("#rows, .empty")))
	do(t, ctx, chromedp.Focus(chromedp.CSS("#me summary")), chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("#me .drop")), chromedp.KeyEvent("\t\r"), chromedp.WaitVisible(chromedp.CSS("#sessions")))
	for name, path := range map[string]string{"me": "/me", "people": "/people", "tokens": "/people/tokens", "audit": "/audit"} {
		look(name, path)
	}
}
