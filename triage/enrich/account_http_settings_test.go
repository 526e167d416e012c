package enrich_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"readback/triage"
	"readback/triage/enrich"
)

// TestHTTPEscapes: whatever a customer writes stays one value of the URL.
func TestHTTPEscapes(t *testing.T) {
	var seen atomic.Pointer[string]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(&r.RequestURI)
		http.NotFound(w, r)
	}))
	defer server.Close()
	h, err := enrich.NewHTTP(enrich.HTTPSettings{
		ByID:    enrich.Lookup{URL: server.URL + "/v1/accounts/{account_id}/state?full=1"},
		ByEmail: enrich.Lookup{URL: server.URL + "/v1/accounts?owner={email}&limit=2"},
	}, enrich.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, tc := range []struct {
		who  triage.Customer
		want string // "" = no request
	}{
		{triage.Customer{AccountID: "acc-1"}, "/v1/accounts/acc-1/state?full=1"},
		{triage.Customer{AccountID: "a/b?c#d"}, "/v1/accounts/a%2Fb%3Fc%23d/state?full=1"},
		{triage.Customer{AccountID: "a%2Fb"}, "/v1/accounts/a%252Fb/state?full=1"},
		{triage.Customer{AccountID: "a;b=c&d,e"}, "/v1/accounts/a%3Bb=c&d%2Ce/state?full=1"},
		{triage.Customer{AccountID: `a\b`}, "/v1/accounts/a%5Cb/state?full=1"},
		{triage.Customer{AccountID: "a@evil.example:80"}, "/v1/accounts/a@evil.example:80/state?full=1"},
		{triage.Customer{AccountID: "//evil.example"}, "/v1/accounts/%2F%2Fevil.example/state?full=1"},
		{triage.Customer{AccountID: "konto żółw 口座"}, "/v1/accounts/konto%20%C5%BC%C3%B3%C5%82w%20%E5%8F%A3%E5%BA%A7/state?full=1"},
		{triage.Customer{AccountID: "..a"}, "/v1/accounts/..a/state?full=1"},
		{triage.Customer{Email: "A+b@x.example&limit=9#"}, "/v1/accounts?owner=a%2Bb%40x.example%26limit%3D9%23&limit=2"},
		{triage.Customer{AccountID: "../x"}, ""},
		{triage.Customer{AccountID: ".."}, ""},
		{triage.Customer{AccountID: "."}, ""},
		{triage.Customer{AccountID: `a\..\b`}, ""},
		{triage.Customer{AccountID: "a/../../admin"}, ""},
		{triage.Customer{AccountID: "a\r\nX-Evil: 1"}, ""},
		{triage.Customer{AccountID: "a\x00"}, ""},
		{triage.Customer{AccountID: "a\xff"}, ""},
		{triage.Customer{AccountID: strings.Repeat("a", 10<<10)}, ""},
		{triage.Customer{AccountID: " \t "}, ""},
		{triage.Customer{}, ""},
	} {
		none := ""
		seen.Store(&none)
		if _, err := h.Account(t.Context(), tc.who); triage.CodeOf(err) != triage.NotFound {
			t.Errorf("%.40q: %v", tc.who, err)
		}
		if got := *seen.Load(); got != tc.want {
			t.Errorf("%.40q:\ngot  %s\nwant %s", tc.who, got, tc.want)
		}
	}
}

// TestHTTPSettingsYAML reads the example of the manual.
func TestHTTPSettingsYAML(t *testing.T) {
	manual, err := os.ReadFile("../../docs/accounts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(manual), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	var doc struct {
		Accounts enrich.HTTPSettings `yaml:"accounts"`
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	s := doc.Accounts
	if s.Timeout != 2*time.Second || s.TTL != time.Minute || s.Stale != time.Hour || s.ByEmail.Root != "accounts" || len(s.Mapping.Fields) != 3 {
		t.Errorf("%+v", s)
	}
	if _, err := enrich.NewHTTP(s, enrich.HTTPOptions{Getenv: func(string) string { return "t" }}); err != nil {
		t.Error(err)
	}
}

func TestHTTPSettingsRefused(t *testing.T) {
	const good = "https://api.vendor.example/v1/accounts/{account_id}"
	with := func(change func(*enrich.HTTPSettings)) enrich.HTTPSettings {
		s := enrich.HTTPSettings{ByID: enrich.Lookup{URL: good}}
		change(&s)
		return s
	}
	url := func(u string) enrich.HTTPSettings {
		return with(func(s *enrich.HTTPSettings) { s.ByID.URL = u })
	}
	header := func(name, value string) enrich.HTTPSettings {
		return with(func(s *enrich.HTTPSettings) { s.Headers = map[string]string{name: value} })
	}
	fields := func(m map[string]string) enrich.HTTPSettings {
		return with(func(s *enrich.HTTPSettings) { s.Mapping.Fields = m })
	}
	for _, tc := range []struct {
		settings enrich.HTTPSettings
		want     string // part of the message, "" = fine
	}{
		{url(good), ""},
		{url("http://10.0.0.7:8080/{account_id}"), ""},
		{url("https://api.vendor.example?id={account_id}"), ""},
		{url("https://api.vendor.example/q?a=b&id={account_id}"), ""},
		{enrich.HTTPSettings{}, "no look-up"},
		{url("https://api.vendor.example/v1"), "{account_id} once"},
		{url("https://api.vendor.example/{account_id}/{account_id}"), "once"},
		{url("https://api.vendor.example/{account_id}/{email}"), "no other placeholder"},
		{url("https://{account_id}.vendor.example/v1"), "path or the query"},
		{url("https://api.vendor.example:{account_id}/v1"), "not a URL"},
		{url("{account_id}://api.vendor.example/"), "http"},
		{url("ftp://api.vendor.example/{account_id}"), "https://"},
		{url("/v1/{account_id}"), "https://"},
		{url("https:///{account_id}"), "https://"},
		{url("https://user:hunter2@api.vendor.example/{account_id}"), "user or password"},
		{url("https://api.vendor.example/#{account_id}"), "fragment"},
		{url("https://api.vendor.example/?{account_id}=1"), "value in the query"},
		{header("Authorization", "Bearer ${SET}"), ""},
		{header("X-Api-Version", "2"), ""},
		{header("Authorization", "Bearer hunter2"), "environment variable"},
		{header("X-Api-Key", "hunter2"), "environment variable"},
		{header("Authorization", "Bearer ${UNSET}"), "UNSET is not set"},
		{header("X Y", "1"), "name of a header"},
		{header("Authorization", "Bearer ${LINES}"), "cannot carry"},
		{fields(map[string]string{"a.b": "x", "a.c": "y[0]"}), ""},
		{fields(map[string]string{"a": "x", "a.b": "y"}), "cannot be a value"},
		{fields(map[string]string{"a": ""}), "a name and a path"},
		{fields(map[string]string{"a..b": "x"}), "a name and a path"},
		{fields(map[string]string{"a": "x[b]"}), "not a path"},
		{with(func(s *enrich.HTTPSettings) { s.Mapping.Owner = "x." }), "mapping.owner"},
		{with(func(s *enrich.HTTPSettings) { s.ByID.Root = "[x" }), "by_id.root"},
		{with(func(s *enrich.HTTPSettings) { s.Timeout = time.Minute }), "accounts.timeout"},
		{with(func(s *enrich.HTTPSettings) { s.TTL = -1 }), "accounts.ttl"},
	} {
		_, err := enrich.NewHTTP(tc.settings, enrich.HTTPOptions{Getenv: func(name string) string {
			return map[string]string{"SET": "hunter2", "LINES": "a\nb"}[name]
		}})
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%+v: %v", tc.settings, err)
		case tc.want == "":
		case err == nil || !strings.Contains(err.Error(), tc.want) || triage.CodeOf(err) != triage.Invalid:
			t.Errorf("%+v: %v; want %q", tc.settings, err, tc.want)
		case strings.Contains(err.Error(), "hunter2"):
			t.Errorf("the message holds the secret: %v", err)
		}
	}
}
