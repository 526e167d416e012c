package web_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"readback/store"
	"readback/store/people"
	"readback/web"
)

// issuer is an OpenID Connect provider on loopback.
type issuer struct {
	*httptest.Server
	key    *rsa.PrivateKey
	claims map[string]any // of the next ID token, over what is right
	signer *rsa.PrivateKey
	asked  url.Values // of the authorization request
	codes  map[string]url.Values
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, signer: key, codes: map[string]url.Values{}}
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		asked, ok := i.codes[r.FormValue("code")]
		delete(i.codes, r.FormValue("code"))
		challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) || asked.Get("code_challenge_method") != "S256" {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		claims := map[string]any{"iss": i.URL, "sub": "s-1", "aud": "desk", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": asked.Get("nonce"),
			"email": mayAgent, "email_verified": true}
		for name, value := range i.claims {
			claims[name] = value
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.sign(claims)})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) sign(claims map[string]any) string {
	header, _ := json.Marshal(map[string]string{"alg": "RS256", "kid": "k1"})
	body, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, i.signer, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// login goes to the issuer and comes back, as a browser does; change may
// tamper with the way back.
func (i *issuer) login(t *testing.T, s *site, claims map[string]any, change func(back url.Values, kept *http.Cookie)) answer {
	t.Helper()
	i.claims = claims
	a := s.ask(t, "/sign-in/oidc?to=/changes", nil)
	to, err := url.Parse(a.to)
	if err != nil || a.status != 303 || !strings.HasPrefix(a.to, i.URL+"/authorize?") {
		t.Fatalf("%d to %q: %s", a.status, a.to, a.body)
	}
	i.asked = to.Query()
	code := people.NewToken("")
	i.codes[code] = i.asked
	back := url.Values{"code": {code}, "state": {i.asked.Get("state")}}
	kept := (&http.Response{Header: a.header}).Cookies()[0]
	if change != nil {
		change(back, kept)
	}
	return s.ask(t, "/sign-in/oidc/back?"+back.Encode(), nil, func(r *http.Request) {
		if kept.Value != "" {
			r.AddCookie(kept)
		}
	})
}

func oidcSite(t *testing.T, i *issuer) *site {
	return newSite(t, func(o *web.Options) {
		o.Demo, o.BaseURL = false, "http://desk.example"
		o.OIDC = &web.OIDC{Issuer: i.URL, ClientID: "desk", ClientSecret: "secret", Name: "Desk login", Client: http.DefaultClient}
	})
}

// Who was invited signs in at the issuer: by the verified address at first, by
// the subject from then on, whatever address the issuer says.
func TestSignInElsewhere(t *testing.T) {
	i := newIssuer(t)
	s := oidcSite(t, i)
	if a := s.ask(t, "/sign-in", nil); !strings.Contains(a.body, "Sign in with Desk login") {
		t.Error("the sign-in does not offer it")
	}
	a := i.login(t, s, nil, nil)
	if a.status != 303 || a.to != "/changes" || a.session == nil {
		t.Fatalf("signing in: %d to %s\n%s", a.status, a.to, a.body)
	}
	if i.asked.Get("nonce") == "" || i.asked.Get("redirect_uri") != "http://desk.example/sign-in/oidc/back" || !strings.Contains(i.asked.Get("scope"), "openid") {
		t.Errorf("asked %v", i.asked)
	}
	if in := s.ask(t, "/inbox", nil, with(a.session)); in.status != 200 || !strings.Contains(in.body, "May") {
		t.Errorf("signed in: %d", in.status)
	}
	if a := i.login(t, s, map[string]any{"email": "may.new@desk.example", "email_verified": false}, nil); a.status != 303 {
		t.Errorf("known by the subject: %d", a.status)
	}
	if err := s.store.DisableUser(t.Context(), store.Actor{}, s.user(t, mayAgent).ID, true); err != nil {
		t.Fatal(err)
	}
	if a := i.login(t, s, nil, nil); a.status != 403 || a.session != nil {
		t.Errorf("one who may not sign in: %d", a.status)
	}
}

// What is not whole, not verified, not invited or another's lets nobody in.
func TestSignInElsewhereRefuses(t *testing.T) {
	i := newIssuer(t)
	s := oidcSite(t, i)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		claims map[string]any
		change func(url.Values, *http.Cookie)
		status int
	}{
		"address not verified": {map[string]any{"email_verified": false}, nil, 403},
		"nothing said of it":   {map[string]any{"email_verified": nil}, nil, 403},
		"not invited":          {map[string]any{"email": "eve@desk.example"}, nil, 403},
		"no address":           {map[string]any{"email": ""}, nil, 403},
		"another audience":     {map[string]any{"aud": "shop"}, nil, 401},
		"another issuer":       {map[string]any{"iss": "https://evil.example"}, nil, 401},
		"ended":                {map[string]any{"exp": now.Add(-time.Hour).Unix()}, nil, 401},
		"another nonce":        {map[string]any{"nonce": "x"}, nil, 401},
		"another state":        {nil, func(back url.Values, _ *http.Cookie) { back.Set("state", "x") }, 400},
		"no state":             {nil, func(back url.Values, _ *http.Cookie) { back.Del("state") }, 400},
		"another browser":      {nil, func(_ url.Values, kept *http.Cookie) { kept.Value = "" }, 400},
		"another verifier": {nil, func(_ url.Values, kept *http.Cookie) {
			parts := strings.Split(kept.Value, ".")
			parts[2] = strings.Repeat("x", len(parts[2]))
			kept.Value = strings.Join(parts, ".")
		}, 401},
		"refused there": {nil, func(back url.Values, _ *http.Cookie) { back.Del("code"); back.Set("error", "access_denied") }, 401},
		"a wrong code":  {nil, func(back url.Values, _ *http.Cookie) { back.Set("code", "x") }, 401},
	} {
		if a := i.login(t, s, tc.claims, tc.change); a.status != tc.status || a.session != nil || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%s: %d, session %v", name, a.status, a.session)
		}
	}
	i.signer = other
	if a := i.login(t, s, nil, nil); a.status != 401 || a.session != nil {
		t.Errorf("signed by another: %d", a.status)
	}
	i.signer = i.key
	if a := i.login(t, s, nil, nil); a.status != 303 {
		t.Fatalf("all right: %d", a.status)
	}
	// The address came into other hands there: another subject has it now.
	if a := i.login(t, s, map[string]any{"sub": "s-2"}, nil); a.status != 403 || a.session != nil {
		t.Errorf("another subject with the address: %d", a.status)
	}
	i.Close()
	s2 := oidcSite(t, i)
	if a := s2.ask(t, "/sign-in/oidc", nil); a.status != 503 {
		t.Errorf("an issuer that is down: %d", a.status)
	}
	if a := locked(t).ask(t, "/sign-in/oidc", nil); a.status != 404 {
		t.Errorf("a desk without one: %d", a.status)
	}
}
