package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"readback/triage"
	"readback/web"
)

// visitorOf is a browser that calls the desk as the widget does, without one.
type visitorOf struct {
	s           *widgetSite
	token, user string
	origin      string
}

func (s *widgetSite) visitor(t testing.TB, user string) *visitorOf {
	t.Helper()
	v := &visitorOf{s: s, user: user, origin: s.host.URL}
	v.session(t)
	return v
}

func (v *visitorOf) session(t testing.TB) map[string]any {
	t.Helper()
	status, body := v.call(t, "POST", "session", "", nil)
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil || status != 200 {
		t.Fatalf("session: %d %s", status, body)
	}
	v.token = got["visitor"].(string)
	return got
}

func (v *visitorOf) request(t testing.TB, method, path, contentType string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, v.s.URL+"/widget/site/"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": contentType, "Origin": v.origin, "Readback-User": v.user} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	return r
}

func (v *visitorOf) call(t testing.TB, method, path, contentType string, body []byte) (int, []byte) {
	t.Helper()
	status, _, answer := send(t, v.request(t, method, path, contentType, body))
	return status, []byte(answer)
}

// form is the body of a message with files by name.
func form(t testing.TB, message any, files ...[2]string) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	data, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteField("message", string(data)); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		part, err := w.CreateFormFile("file", f[0])
		if err == nil {
			_, err = part.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func (v *visitorOf) writes(t testing.TB, id, text string, files ...[2]string) {
	t.Helper()
	kind, body := form(t, map[string]string{"id": id, "text": text}, files...)
	if status, answer := v.call(t, "POST", "message", kind, body); status != 202 {
		t.Fatalf("%s: %d %s", text, status, answer)
	}
}

// hears reads the stream until it has told a status, and returns all of it.
func (v *visitorOf) hears(t testing.TB, last string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r := v.request(t, "GET", "stream?lang=en", "", nil).WithContext(ctx)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		body, _ := io.ReadAll(res.Body)
		return fmt.Sprintf("%d %s", res.StatusCode, body)
	}
	var all strings.Builder
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if strings.Contains(all.String(), "event: status\ndata: ") {
			break
		}
	}
	return all.String()
}

func userToken(t testing.TB, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (s *widgetSite) signedIn(t testing.TB, sub string) string {
	return userToken(t, jwt.SigningMethodHS256, []byte(widgetSecret), jwt.MapClaims{"sub": sub, "email": sub + "@foxglove.example", "name": sub, "account_id": "acc-1001", "exp": now.Add(time.Hour).Unix()})
}

func TestWidgetScript(t *testing.T) {
	s := newWidgetSite(t, nil)
	r, err := http.NewRequest("GET", s.URL+"/widget.js", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // so that it stays compressed
	status, h, body := send(t, r)
	if status != 200 || h.Get("Content-Encoding") != "gzip" || len(body) > 20<<10 || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("%d, %d bytes, %v", status, len(body), h)
	}
	r.Header.Set("If-None-Match", h.Get("ETag"))
	if status, _, _ := send(t, r); status != 304 {
		t.Errorf("again: %d", status)
	}
	r.Header.Del("If-None-Match")
	r.Header.Set("Accept-Encoding", "identity")
	for _, word := range []string{"innerHTML", "document.cookie", "eval(", `"STYLE"`, `"WORDS"`, ".style"} {
		if _, _, body = send(t, r); strings.Contains(body, word) {
			t.Errorf("the script has %s", word)
		}
	}
}

func TestWidgetSettings(t *testing.T) {
	good := web.Widget{Origins: []string{"https://shop.example"}, Secret: widgetSecret}
	for name, tc := range map[string]struct {
		change func(*web.Widget)
		name   string
		want   string
	}{
		"as it should be":  {func(*web.Widget) {}, "site", ""},
		"a port":           {func(w *web.Widget) { w.Origins = []string{"http://localhost:3000"} }, "site", ""},
		"no origin":        {func(w *web.Widget) { w.Origins = nil }, "site", "origins"},
		"an address":       {func(w *web.Widget) { w.Origins = []string{"https://shop.example/path"} }, "site", "scheme and host"},
		"every origin":     {func(w *web.Widget) { w.Origins = []string{"*"} }, "site", "no origin"},
		"a short secret":   {func(w *web.Widget) { w.Secret = "short" }, "site", "32 characters"},
		"a mode of others": {func(w *web.Widget) { w.Mode = "off" }, "site", "assist"},
		"an odd name":      {func(*web.Widget) {}, "Site/1", "name"},
	} {
		w := good
		tc.change(&w)
		s := newSite(t, nil)
		_, err := web.New(web.Options{Store: s.store, Workspace: sendlineWorkspace(t), Widgets: map[string]web.Widget{tc.name: w}})
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only the pages that the settings name get an answer, and each only as itself.
func TestWidgetOrigins(t *testing.T) {
	s := newWidgetSite(t, nil)
	for origin, want := range map[string]int{s.host.URL: 200, "": 403, "null": 403, "https://evil.example": 403, s.host.URL + ".evil.example": 403, s.host.URL + "/": 403,
		strings.Replace(s.host.URL, "http:", "https:", 1): 403} {
		v := &visitorOf{s: s, origin: origin}
		for _, method := range []string{"POST", "OPTIONS"} {
			status, h, _ := send(t, v.request(t, method, "session", "", nil))
			allowed := h.Get("Access-Control-Allow-Origin")
			if status/100 != want/100 || (want == 200) != (allowed == origin && origin != "") || h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Set-Cookie") != "" {
				t.Errorf("%s from %q: %d, allows %q", method, origin, status, allowed)
			}
		}
	}
	v := &visitorOf{s: s, origin: s.host.URL}
	r := v.request(t, "POST", "session", "", nil)
	r.URL.Path = "/widget/other/session"
	if status, _, _ := send(t, r); status != 404 {
		t.Errorf("another widget: %d", status)
	}
}

func TestWidgetTokens(t *testing.T) {
	s := newWidgetSite(t, nil)
	hs := func(key string, claims jwt.MapClaims) string {
		return userToken(t, jwt.SigningMethodHS256, []byte(key), claims)
	}
	soon := now.Add(time.Hour).Unix()
	for name, tc := range map[string]struct {
		token string
		want  int
	}{
		"good":                 {s.signedIn(t, "7"), 200},
		"another secret":       {hs("another-secret-of-somebody-that-is-long", jwt.MapClaims{"sub": "7", "exp": soon}), 401},
		"expired":              {hs(widgetSecret, jwt.MapClaims{"sub": "7", "exp": now.Add(-2 * time.Minute).Unix()}), 401},
		"never expires":        {hs(widgetSecret, jwt.MapClaims{"sub": "7"}), 401},
		"too long":             {hs(widgetSecret, jwt.MapClaims{"sub": "7", "exp": now.Add(48 * time.Hour).Unix()}), 401},
		"of nobody":            {hs(widgetSecret, jwt.MapClaims{"exp": soon}), 401},
		"not yet":              {hs(widgetSecret, jwt.MapClaims{"sub": "7", "exp": soon, "nbf": now.Add(30 * time.Minute).Unix()}), 401},
		"no signature":         {userToken(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"sub": "7", "exp": soon}), 401},
		"another algorithm":    {userToken(t, jwt.SigningMethodHS512, []byte(widgetSecret), jwt.MapClaims{"sub": "7", "exp": soon}), 401},
		"no token":             {"x.y.z", 401},
		"an address that none": {hs(widgetSecret, jwt.MapClaims{"sub": "7", "exp": soon, "email": "a@b <x>"}), 401},
	} {
		v := &visitorOf{s: s, origin: s.host.URL, user: tc.token}
		if status, body := v.call(t, "POST", "session", "", nil); status != tc.want || tc.want == 401 && !strings.Contains(string(body), `"code":"user"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	for _, token := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("A", 22)} {
		v := &visitorOf{s: s, origin: s.host.URL, token: token}
		if got := v.hears(t, ""); !strings.HasPrefix(got, "401 ") || !strings.Contains(got, `"code":"visitor"`) {
			t.Errorf("the token %q: %s", token, got)
		}
	}
}

// One visitor reads nothing of another, whatever they send.
func TestWidgetKeepsVisitorsApart(t *testing.T) {
	s := newWidgetSite(t, nil)
	ann, bob := s.visitor(t, ""), s.visitor(t, "")
	ann.writes(t, "message-0001", "secret of ann", [2]string{"key.txt", "the key"})
	bob.writes(t, "message-0001", "words of bob") // the same id of another browser
	all := s.tickets(t)
	if len(all) != 2 {
		t.Fatalf("%d tickets", len(all))
	}
	if got := bob.hears(t, ""); strings.Contains(got, "ann") || !strings.Contains(got, "words of bob") {
		t.Errorf("bob hears %s", got)
	}
	var file string
	for _, tk := range all {
		for _, a := range tk.Messages[0].Attachments {
			file = a.ID
		}
	}
	r := ann.request(t, "GET", "file/"+file, "", nil)
	status, h, body := send(t, r)
	if status != 200 || body != "the key" || h.Get("Content-Disposition") != "attachment; filename=key.txt" || h.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("ann gets %d %q %v", status, body, h)
	}
	if status, _ := bob.call(t, "GET", "file/"+file, "", nil); status != 404 {
		t.Errorf("bob gets the file: %d", status)
	}
	forged := *bob
	forged.token = strings.Split(ann.token, ".")[0] + "." + strings.Split(bob.token, ".")[1]
	if got := forged.hears(t, ""); !strings.HasPrefix(got, "401 ") {
		t.Errorf("a forged token hears %s", got)
	}
}

// Who is signed in has one conversation on every device, and it is verified.
func TestWidgetOnTwoDevices(t *testing.T) {
	s := newWidgetSite(t, nil)
	desk := s.visitor(t, "")
	desk.writes(t, "message-0001", "before I signed in")
	desk.user = s.signedIn(t, "rowena")
	desk.session(t)
	desk.writes(t, "message-0002", "as rowena")
	phone := s.visitor(t, s.signedIn(t, "rowena"))
	if got := phone.hears(t, ""); !strings.Contains(got, "before I signed in") || !strings.Contains(got, "as rowena") {
		t.Errorf("the phone hears %s", got)
	}
	tk := s.stored(t, 2)
	if tk.Identity != triage.IdentityVerified || tk.Customer != (triage.Customer{ID: "rowena", Email: "rowena@foxglove.example", Name: "rowena", AccountID: "acc-1001"}) {
		t.Errorf("%s %+v", tk.Identity, tk.Customer)
	}
	desk.user = ""
	if got := desk.hears(t, ""); strings.Contains(got, "rowena") || strings.Contains(got, "before") {
		t.Errorf("after the sign-out the desk hears %s", got)
	}
	other := s.visitor(t, s.signedIn(t, "mallory"))
	if got := other.hears(t, ""); strings.Contains(got, "rowena") {
		t.Errorf("another user hears %s", got)
	}
}

// After a break one gets what came since, and everything when the last is unknown.
func TestWidgetGoesOnWhereItWas(t *testing.T) {
	s := newWidgetSite(t, nil)
	v := s.visitor(t, "")
	v.writes(t, "message-0001", "one")
	v.writes(t, "message-0002", "two")
	tk := s.stored(t, 2)
	for last, want := range map[string]string{"": "reset one two", tk.Messages[0].ID: "two", tk.Messages[1].ID: "", "msg_gone": "reset one two"} {
		var got []string
		for _, part := range []string{"reset", "one", "two"} {
			if strings.Contains(v.hears(t, last), part) {
				got = append(got, part)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("after %q: %v, want %s", last, got, want)
		}
	}
}

func TestWidgetMessages(t *testing.T) {
	s := newWidgetSite(t, nil)
	v := s.visitor(t, "")
	long := strings.Repeat("x", 20_001)
	many := make([][2]string, 6)
	for i := range many {
		many[i] = [2]string{"a.txt", "x"}
	}
	for name, tc := range map[string]struct {
		message any
		files   [][2]string
		want    int
	}{
		"words":               {map[string]string{"id": "message-0001", "text": "hello"}, nil, 202},
		"the same again":      {map[string]string{"id": "message-0001", "text": "hello"}, nil, 200},
		"files alone":         {map[string]string{"id": "message-0002"}, [][2]string{{"../../etc/pass wd", "\x89PNG\r\n\x1a\n"}}, 202},
		"a person":            {map[string]any{"id": "message-0003", "person": true}, nil, 202},
		"nothing":             {map[string]string{"id": "message-0004", "text": " \n"}, nil, 400},
		"no id":               {map[string]string{"text": "x"}, nil, 400},
		"an odd id":           {map[string]string{"id": "a/../b12345", "text": "x"}, nil, 400},
		"too many words":      {map[string]string{"id": "message-0005", "text": long}, nil, 413},
		"too many files":      {map[string]string{"id": "message-0006", "text": "x"}, many, 413},
		"too large a file":    {map[string]string{"id": "message-0007", "text": "x"}, [][2]string{{"a", strings.Repeat("x", 5<<20+1)}}, 413},
		"no object":           {"x", nil, 400},
		"a strange page":      {map[string]any{"id": "message-0008", "text": "x", "page_url": "javascript:alert(1)"}, nil, 202},
		"hints of any length": {map[string]any{"id": "message-0009", "text": "x", "hints": map[string]string{"sec-ch-ua-model": strings.Repeat("x", 5000), "cookie": "x"}}, nil, 202},
	} {
		if name == "the same again" {
			continue // after the first: a map has no order
		}
		s.passed.Add(10) // no rate limits here
		kind, body := form(t, tc.message, tc.files...)
		if status, answer := v.call(t, "POST", "message", kind, body); status != tc.want {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	kind, body := form(t, map[string]string{"id": "message-0001", "text": "hello"})
	if status, answer := v.call(t, "POST", "message", kind, body); status != 200 {
		t.Errorf("the same again: %d %s", status, answer)
	}
	if status, _ := v.call(t, "POST", "message", kind, body[:len(body)-8]); status != 400 {
		t.Errorf("half a multipart: %d", status)
	}
	if status, _ := v.call(t, "POST", "message", "application/json", []byte(`{}`)); status != 415 {
		t.Errorf("JSON: %d", status)
	}
	tk := s.stored(t, 5)
	for _, m := range tk.Messages {
		if m.PageURL != "" || len(m.Device.Hints) != 0 {
			t.Errorf("%+v", m)
		}
		for _, a := range m.Attachments {
			if a.Name != "pass wd" || a.Type != "image/png" || a.ID == "" {
				t.Errorf("%+v", a)
			}
		}
	}
}

// Nobody floods the desk: not one browser, not one address.
func TestWidgetRates(t *testing.T) {
	s := newWidgetSite(t, nil)
	v := s.visitor(t, "")
	refused := 0
	for i := range 15 {
		kind, body := form(t, map[string]string{"id": fmt.Sprintf("message-%04d", i), "text": "x"})
		r := v.request(t, "POST", "message", kind, body)
		if status, h, _ := send(t, r); status == 429 {
			refused++
			if h.Get("Retry-After") == "" {
				t.Error("it does not say when to come again")
			}
		}
	}
	if refused != 5 {
		t.Errorf("%d of 15 refused, want 5", refused)
	}
	s.passed.Add(10)
	refused = 0
	for range 25 {
		fresh := &visitorOf{s: s, origin: s.host.URL}
		if status, _ := fresh.call(t, "POST", "session", "", nil); status == 429 {
			refused++
		}
	}
	if refused < 5 {
		t.Errorf("%d of 25 new browsers refused", refused)
	}
}

// What one reads on the help pages goes along with the next message, and only
// for who came from the chat.
func TestWidgetReaders(t *testing.T) {
	s := newWidgetSite(t, nil)
	v := s.visitor(t, s.signedIn(t, "rowena"))
	token := v.session(t)["help"].(string)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	read := func(path, cookie string) *http.Response {
		t.Helper()
		r, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "reader", Value: cookie})
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	res := read("/help/https-click-tracking?reader="+token+"&x=1", "")
	if res.StatusCode != 303 || res.Header.Get("Location") != "/help/https-click-tracking?x=1" || !strings.Contains(res.Header.Get("Set-Cookie"), "reader="+token) || !strings.Contains(res.Header.Get("Set-Cookie"), "HttpOnly") {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	if res := read("/help/https-click-tracking?reader=forged.x.y", ""); res.Header.Get("Set-Cookie") != "" {
		t.Error("a forged reader is kept")
	}
	read("/help/https-click-tracking", token)
	read("/help/dedicated-ip", "site.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA")
	v.writes(t, "message-0001", "please switch it on")
	m := s.stored(t, 1).Messages[0]
	if len(m.Events) != 1 || m.Events[0].Procedure != "https-click-tracking" || m.Events[0].Kind != triage.EventOpened {
		t.Errorf("%+v", m.Events)
	}
	v.writes(t, "message-0002", "and?")
	if m := s.stored(t, 2).Messages[1]; len(m.Events) != 0 {
		t.Errorf("told twice: %+v", m.Events)
	}
}

// In watch and note nothing is read back, and nothing can be corrected.
func TestWidgetModes(t *testing.T) {
	for mode, reads := range map[string]bool{"watch": false, "note": false, "assist": true, "act": true, "": true} {
		s := newWidgetSite(t, nil)
		s.stopWeb(t, func(o *web.Options) {
			o.Widgets = map[string]web.Widget{"site": {Origins: []string{s.host.URL}, Secret: widgetSecret, Mode: mode}}
		})
		v := s.visitor(t, "")
		v.writes(t, "message-0001", strings.Split(firstMessage, "\n")[0])
		s.save(t, s.stored(t, 1).ID, understood)
		if got := v.hears(t, ""); strings.Contains(got, "What we understood") != reads || !strings.Contains(got, "With Engineering support") {
			t.Errorf("%q: %s", mode, got)
		}
		want := 200
		if !reads {
			want = 409
		}
		if status, body := v.call(t, "POST", "correct", "application/json", []byte(`{"key":"c1"}`)); status != want {
			t.Errorf("%q: %d %s", mode, status, body)
		}
	}
}

// Whatever arrives as a message, it is taken apart or refused, within its limits.
func FuzzWidgetMessage(f *testing.F) {
	kind, body := form(f, map[string]any{"id": "message-0001", "text": "hi", "person": true}, [2]string{"a.txt", "x"})
	f.Add(kind, body)
	f.Add(`multipart/form-data; boundary="b"`, []byte("--b\r\nContent-Disposition: form-data; name=message\r\n\r\n{}\r\n--b--"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\n\r\n"))
	f.Add("text/plain", []byte("x"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		text, files, err := web.ReadWidgetMessage(contentType, body)
		if err == nil && (len(text) > 4*20_000 || len(files) > 5) {
			t.Errorf("%d bytes of text, %d files", len(text), len(files))
		}
		for _, a := range files {
			if int64(len(a.Body)) != a.Size || strings.ContainsAny(a.Name, "/\\\n") {
				t.Errorf("%q: %d bytes said to be %d", a.Name, len(a.Body), a.Size)
			}
		}
	})
}
