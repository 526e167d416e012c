package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"readback/channel"
	"readback/channel/fakedesk"
	"readback/knowledge"
	"readback/store"
	"readback/web"
)

const appSecret = "chatwoot-app-secret-of-24-characters"

// appKey signs what opens the app on the fake Zendesk.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// panelDesk is a site beside a fake desk with an app, and case zero as its
// conversation 5.
func panelDesk(t testing.TB, kind string, mode channel.Mode) (s *site, fake *fakedesk.Desk, id string) {
	t.Helper()
	d := channel.Desk{Name: "main", Kind: kind, Mode: mode, Internal: true, Secret: deskSecret}
	if kind == channel.KindZendesk {
		der, err := x509.MarshalPKIXPublicKey(&appKey().PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		fake = fakedesk.Zendesk(time.Now)
		fake.Agents = map[int64][3]string{7: {"Leo Nowak", leoLead, "agent"}, 8: {"Ida", "ida@elsewhere.example", "admin"}, 9: {"Ana", "ana@shop.example", "end-user"}}
		d.User, d.Token, d.AppKey = fakedesk.ZendeskUser, fakedesk.ZendeskToken, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	} else {
		fake = fakedesk.Chatwoot(time.Now)
		d.Token, d.Account, d.AppSecret = fakedesk.ChatwootToken, "1", appSecret
	}
	t.Cleanup(fake.Close)
	d.URL = fake.URL
	desks, err := channel.NewDesks([]channel.Desk{d}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	s = newSite(t, func(o *web.Options) {
		o.Desks, o.Demo = desks, false
		if err := desks.Use(t.Context(), o.Store, func() *knowledge.Workspace { return o.Workspace }, "https://readback.shop.example", o.Logger); err != nil {
			t.Fatal(err)
		}
	})
	in := caseZero()
	in.Source, in.TicketKey = "desk/main", "5"
	return s, fake, s.triaged(t, in, caseZeroResult)
}

// opened is the token with which Zendesk opens the app for an agent.
func opened(t testing.TB, fake *fakedesk.Desk, agent int, change func(jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": strings.TrimPrefix(fake.URL, "http://"), "sub": fmt.Sprintf("%s/api/v2/users/%d.json", fake.URL, agent),
		"aud": fake.URL + "/api/v2/apps/installations/31.json", "exp": now.Add(2 * time.Minute).Unix(), "iat": now.Unix()}
	if change != nil {
		change(claims)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(appKey())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// plainly sends a request as a page of the site itself would, without a cookie.
func (s *site) plainly(t testing.TB, method, path, kind, body string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept", "text/html")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(out)
}

const formType = "application/x-www-form-urlencoded"

func (s *site) openPanel(t testing.TB, body map[string]any) (int, string) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	status, _, out := s.plainly(t, "POST", "/panel/desk/main/open", "application/json", string(data))
	var got struct{ URL string }
	_ = json.Unmarshal([]byte(out), &got)
	return status, got.URL
}

func asked(ticket string) map[string]any {
	return map[string]any{"ticket": ticket, "secret": appSecret, "agent": map[string]any{"id": 12, "name": "Iza Bee", "email": leoLead}}
}

// The panel of a Chatwoot conversation: by the secret alone, framed by that
// desk alone, with the head of the ticket's page, its guard and corrections.
func TestPanelBesideChatwoot(t *testing.T) {
	s, fake, id := panelDesk(t, channel.KindChatwoot, channel.ModeAssist)
	other := s.triaged(t, caseZero(), caseZeroResult)
	wrong := asked("5")
	wrong["secret"] = "guess"
	for name, tc := range map[string]struct {
		body   map[string]any
		status int
	}{"right": {asked("5"), 200}, "wrong secret": {wrong, 401}, "not here yet": {asked("6"), 404}, "of another source": {asked("case-zero"), 404}, "no ticket": {asked(""), 404}} {
		if status, to := s.openPanel(t, tc.body); status != tc.status || (to != "") != (tc.status == 200) {
			t.Errorf("%s: %d %s", name, status, to)
		}
	}
	ancestors := "frame-ancestors 'self' " + fake.URL
	if status, h, body := s.plainly(t, "GET", "/panel/desk/main", "", ""); status != 200 || !strings.HasSuffix(h.Get("Content-Security-Policy"), ancestors) || strings.Contains(body, appSecret) || strings.Contains(body, "zdassets") {
		t.Errorf("the frame: %d %s", status, h.Get("Content-Security-Policy"))
	}
	if status, h, _ := s.plainly(t, "GET", "/panel/desk/none", "", ""); status != 404 || strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("no desk: %d %s", status, h.Get("Content-Security-Policy"))
	}
	if _, h, _ := s.plainly(t, "GET", "/sign-in", "", ""); !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error("other pages may be framed")
	}

	_, to := s.openPanel(t, asked("5"))
	status, h, body := s.plainly(t, "GET", to, "", "")
	if status != 200 || !strings.HasSuffix(h.Get("Content-Security-Policy"), ancestors) || h.Get("Set-Cookie") != "" {
		t.Fatalf("the panel: %d %v", status, h)
	}
	for _, want := range []string{"Turn on HTTPS for the click-tracking links", "Switch the account to HTTPS links", "Engineering support", "Don&#39;t ask:", "ssl-for-links", "Serve a valid certificate", "Why here", "Check the answer", "Iza Bee (as main says, not proved)"} {
		if !strings.Contains(body, want) && !strings.Contains(body, strings.ReplaceAll(want, "&#39;", "'")) {
			t.Errorf("the panel lacks %q", want)
		}
	}
	if strings.Contains(body, `action="/tickets/`) {
		t.Error("a form of the panel leads to a page that needs a session")
	}
	token := to[strings.Index(to, "?"):]
	for path, want := range map[string]int{"/panel/tickets/" + other + token: 401, "/panel/tickets/" + id + token + "x": 401, "/panel/tickets/" + id: 303, "/tickets/" + id + token: 303, "/panel/tickets/" + other: 303} {
		if status, _, body := s.plainly(t, "GET", path, "", ""); status != want || strings.Contains(body, "HTTPS for the click") {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}

	// A correction is kept as theirs who said it, and can be taken back.
	form := url.Values{"what": {"kind"}, "matter": {"m1"}, "value": {"broken"}}
	part := func(rest string) string { return "/panel/tickets/" + id + rest + token }
	status, h, _ = s.plainly(t, "POST", part("/correct"), formType, form.Encode())
	if status != 303 || !strings.HasPrefix(h.Get("Location"), "/panel/tickets/"+id+"?token=") {
		t.Fatalf("correcting: %d %s", status, h.Get("Location"))
	}
	if got := s.corrections(t, id); got != "kind m1    broken desk/main?12 Iza Bee" {
		t.Errorf("kept: %q", got)
	}
	_, _, body = s.plainly(t, "GET", h.Get("Location"), "", "")
	undo := cut(t, body, `action="/panel/tickets/`+id+`/corrections/`, `"`)
	if status, _, _ := s.plainly(t, "POST", "/panel/tickets/"+id+"/corrections/"+strings.ReplaceAll(undo, "&amp;", "&"), formType, "do=undo"); status != 303 || s.corrections(t, id) != "" {
		t.Errorf("taken back: %d %q", status, s.corrections(t, id))
	}
	if status, _, _ := s.plainly(t, "POST", "/panel/tickets/"+id+"/correct", formType, form.Encode()); status != 401 {
		t.Errorf("without the link: %d", status)
	}
}

// The guard in the panel keeps nothing of the draft, and counts its kinds.
func TestPanelGuard(t *testing.T) {
	s, _, id := panelDesk(t, channel.KindChatwoot, channel.ModeAssist)
	_, to := s.openPanel(t, asked("5"))
	at := "/panel/tickets/" + id + "/guard" + to[strings.Index(to, "?"):]
	check := func(do, text string, more url.Values) string {
		t.Helper()
		form := url.Values{"text": {text}, "do": {do}}
		for k, v := range more {
			form[k] = v
		}
		status, _, body := s.plainly(t, "POST", at, formType, form.Encode())
		if status != 200 {
			t.Fatal(status, body)
		}
		return body
	}
	for _, bad := range badAnswers {
		if body := check("check", bad.text, nil); !strings.Contains(body, "“"+bad.quote) || bad.stops != strings.Contains(body, "finding stop") {
			t.Errorf("%q: not found, or another level", bad.text)
		}
	}
	if body := check("check", goodAnswer, nil); !strings.Contains(body, "Nothing in it repeats") {
		t.Error("a good answer has findings")
	}
	body := check("check", badAnswers[1].text, nil)
	key := cut(t, body, `value="dismiss:`, `"`)
	if body := check("dismiss:"+key, badAnswers[1].text, url.Values{"known": {key}}); strings.Contains(body, `class="finding`) || !strings.Contains(body, "Set aside: ") || !strings.Contains(body, `value="why:`+key+`:not_so"`) || !strings.Contains(body, `name="set" value="`+key) {
		t.Error("a hint that was set aside is still there, or cannot be told why")
	}
	why := url.Values{"known": {key}, "set": {key}}
	if body := check("why:"+key+":not_so", badAnswers[1].text, why); !strings.Contains(body, "It is not so. Noted.") || !strings.Contains(body, `name="why" value="`+key+`:not_so"`) || strings.Contains(body, `value="why:`) {
		t.Error("a reason is not taken")
	}
	why.Set("why", key+":not_so")
	for _, more := range []string{"other", "because I say so"} { // a second one, and one that is none
		if body := check("why:"+key+":"+more, badAnswers[1].text, why); !strings.Contains(body, "It is not so. Noted.") || strings.Count(body, `value="`+key+`:`) != 1 {
			t.Errorf("%s is taken", more)
		}
	}
	text := badAnswers[2].text + "\n\nGood luck."
	if body := check("mend:"+cut(t, check("check", text, nil), `value="mend:`, `"`), text, nil); strings.Contains(cut(t, body, "<textarea", "</textarea>"), "ssl-for-links") || !strings.Contains(body, "Good luck.</textarea>") || !strings.Contains(body, "data-replace") {
		t.Error("not mended")
	}
	if d, err := s.store.Desk(t.Context(), id, "desk/main?12 Iza Bee"); err != nil || d.Own != nil {
		t.Errorf("a draft is kept: %+v %v", d.Own, err)
	}
}

// What the mode of a desk allows: nothing while it only watches, no guard
// while it writes notes, and the off-switch ends links that are out.
func TestPanelByMode(t *testing.T) {
	s, _, _ := panelDesk(t, channel.KindChatwoot, channel.ModeAssist)
	_, to := s.openPanel(t, asked("5"))
	admin := s.session(t, annAdmin)
	for _, tc := range []struct {
		mode  channel.Mode
		want  int
		guard bool
	}{{channel.ModeNote, 200, false}, {channel.ModeWatch, 403, false}, {channel.ModeOff, 403, false}, {channel.ModeAct, 200, true}} {
		r, err := http.NewRequest("POST", s.URL+"/connections/mode", strings.NewReader(url.Values{"id": {"desk/main"}, "mode": {string(tc.mode)}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(admin)
		if status, _, body := send(t, r); status != 200 { // after the redirect
			t.Fatal(status, body)
		}
		status, _, body := s.plainly(t, "GET", to, "", "")
		if again, _ := s.openPanel(t, asked("5")); status != tc.want || again != tc.want || strings.Contains(body, `id="guard"`) != tc.guard {
			t.Errorf("%s: %d, opened %d", tc.mode, status, again)
		}
		at := strings.Replace(to, "?", "/guard?", 1)
		if status, _, _ := s.plainly(t, "POST", at, formType, "text=Hello&do=check"); (status == 200) != tc.guard {
			t.Errorf("%s: the guard answers %d", tc.mode, status)
		}
	}
	s.passed.Add(61)
	if status, _, _ := s.plainly(t, "GET", to, "", ""); status != 401 {
		t.Errorf("after an hour: %d", status)
	}
}

// Zendesk signs who opens the app: an agent who is a user here is that user,
// another is an agent of the desk, and what it did not sign opens nothing.
func TestPanelBesideZendesk(t *testing.T) {
	s, fake, id := panelDesk(t, channel.KindZendesk, channel.ModeAssist)
	open := func(token string) (int, string, http.Header) {
		status, h, body := s.plainly(t, "POST", "/panel/desk/main", formType, url.Values{"token": {token}}.Encode())
		if status != 200 {
			return status, "", h
		}
		return status, cut(t, body, `data-opening="`, `"`), h
	}
	for name, change := range map[string]func(jwt.MapClaims){
		"old":            func(c jwt.MapClaims) { c["exp"] = now.Add(-2 * time.Minute).Unix() },
		"endless":        func(c jwt.MapClaims) { c["exp"] = now.Add(24 * time.Hour).Unix() },
		"without an end": func(c jwt.MapClaims) { delete(c, "exp") },
		"another desk's": func(c jwt.MapClaims) { c["aud"] = "https://other.zendesk.example/api/v2/apps/installations/31.json" },
		"nobody's":       func(c jwt.MapClaims) { delete(c, "sub") },
	} {
		if status, _, _ := open(opened(t, fake, 7, change)); status != 401 {
			t.Errorf("%s: %d", name, status)
		}
	}
	forged, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": fake.URL + "/api/v2/users/7.json", "exp": now.Add(time.Minute).Unix()}).SignedString([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"none": "", "no token": "x.y.z", "HS256": forged, "a customer": opened(t, fake, 9, nil)} {
		if status, _, _ := open(token); status != 401 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, h, body := s.plainly(t, "GET", "/panel/desk/main", "", ""); status != 200 || strings.Contains(body, "data-opening") || !strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self' https://static.zdassets.com/") {
		t.Errorf("unsigned: %d %s", status, h.Get("Content-Security-Policy"))
	}
	if status, to := s.openPanel(t, asked("5")); status != 401 {
		t.Errorf("Chatwoot's way in: %d %s", status, to)
	}
	for agent, want := range map[int]string{7: s.user(t, leoLead).ID, 8: "desk/main#8 Ida", 11: "desk/main#11 "} {
		status, opening, _ := open(opened(t, fake, agent, nil))
		if status != 200 {
			t.Fatal(status)
		}
		_, to := s.openPanel(t, map[string]any{"ticket": "5", "opening": opening})
		form := url.Values{"what": {"kind"}, "matter": {"m1"}, "value": {"broken"}}
		if status, _, body := s.plainly(t, "POST", strings.Replace(to, "?", "/correct?", 1), formType, form.Encode()); status != 303 {
			t.Fatal(status, body)
		}
		if got := s.corrections(t, id); got != "kind m1    broken "+strings.TrimSpace(want) {
			t.Errorf("agent %d: %q", agent, got)
		}
	}
	if err := s.store.DisableUser(t.Context(), store.Actor{}, s.user(t, leoLead).ID, true); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := open(opened(t, fake, 7, nil)); status != 401 {
		t.Errorf("one who may not sign in: %d", status)
	}
}
