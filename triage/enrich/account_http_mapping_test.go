package enrich

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"readback/triage"
)

func TestParsePath(t *testing.T) {
	for _, tc := range []struct{ text, want string }{ // want "" = an error
		{"", "[]"},
		{"id", "[id]"},
		{"a.b.c", "[a b c]"},
		{"owners[0].email", "[owners 0 email]"},
		{"a[1][2]", "[a 1 2]"},
		{"[0].id", "[0 id]"},
		{"ö-ü x", "[ö-ü x]"},
		{"a.", ""}, {".a", ""}, {"a..b", ""}, {"a[", ""}, {"a[]", ""}, {"a[x]", ""}, {"a[-1]", ""}, {"a[+1]", ""},
		{"a]", ""}, {"a[0", ""}, {"a[0]b", ""}, {"a[0]]", ""}, {"a[[0]", ""}, {"a.[0]", ""}, {"a[99999]", ""},
	} {
		p, err := parsePath(tc.text)
		switch {
		case tc.want == "" && err == nil:
			t.Errorf("%q: %v; want an error", tc.text, p)
		case tc.want != "" && (err != nil || fmt.Sprint([]any(p)) != tc.want):
			t.Errorf("%q: %v, %v; want %s", tc.text, p, err, tc.want)
		}
	}
}

// TestRead has answers of several vendors.
func TestRead(t *testing.T) {
	deep := Mapping{ID: "uid", Owner: "owners[0].email", Plan: "subscription.plan.code",
		Fields: map[string]string{"features.https_links": "settings.tls", "features.click_tracking": "settings.tracking", "link_domains": "domains", "first": "domains[0]"}}
	for _, tc := range []struct {
		name, root string
		mapping    Mapping
		body       string
		want       string // id owner plan fields, or the code and message
	}{
		{"own names", "", Mapping{}, `{"id":"A-1","owner":"o@x.example","plan":"pro","n":3,"f":{"x":true,"y":[1.5,null]}}`, `A-1 o@x.example pro {"f":{"x":true,"y":[1.5,null]},"n":3}`},
		{"id only", "", Mapping{}, `{"id":"a-1","plan":null}`, `a-1   {}`},
		{"numeric id", "", Mapping{ID: "number"}, `{"number":41,"id":"kept"}`, `41   {"id":"kept"}`},
		{"long numeric id", "", Mapping{}, `{"id":12345678901234567890123}`, `12345678901234567890123   {}`},
		{"whole numbers stay whole", "", Mapping{}, `{"id":"a-1","n":20000000}`, `a-1   {"n":20000000}`},
		{"mapped", "data.account", deep, `{"data":{"account":{"uid":"a-1","owners":[{"email":"o@x.example"}],"subscription":{"plan":{"code":"pro"}},"settings":{"tls":false},"domains":["a.example","b.example"]}}}`,
			`a-1 o@x.example pro {"features":{"https_links":false},"first":"a.example","link_domains":["a.example","b.example"]}`},
		{"list of one", "data", Mapping{}, `{"data":[{"id":"a-1"}]}`, `a-1   {}`},
		{"bare list", "", Mapping{}, `[{"id":"a-1"}]`, `a-1   {}`},
		{"empty list", "data", Mapping{}, `{"data":[]}`, "none: no such account"},
		{"several", "data", Mapping{}, `{"data":[{"id":"a-1"},{"id":"a-2"}]}`, "none: the vendor found several accounts"},
		{"another", "", Mapping{}, `{"id":"a-2"}`, "none: the vendor answered with another account than asked for"},
		{"root missing", "data", Mapping{}, `{"error":"x"}`, "unavailable: the vendor's answer has no account where the settings look for it"},
		{"root null", "data", Mapping{}, `{"data":null}`, "unavailable: the vendor's answer cannot be used: the account is null, not an object"},
		{"no id", "", Mapping{}, `{"owner":"o@x.example"}`, "unavailable: the vendor's answer cannot be used: the account has no id"},
		{"wrong type", "", Mapping{}, `{"id":"a-1","plan":{"code":"pro"}}`, "unavailable: the vendor's answer cannot be used: the account's plan is an object, not text"},
		{"fractional id", "", Mapping{}, `{"id":1.5}`, "unavailable: the vendor's answer cannot be used: the account's id is a number, not text"},
		{"text", "", Mapping{}, `"a-1"`, "unavailable: the vendor's answer cannot be used: the account is text, not an object"},
		{"empty", "", Mapping{}, ``, "unavailable: the vendor's account API did not answer with JSON: EOF"},
		{"two values", "", Mapping{}, `{"id":"a-1"}{"id":"a-2"}`, "unavailable: the vendor's account API answered with more than one JSON value"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := tc.mapping.compile()
			if err != nil {
				t.Fatal(err)
			}
			root, err := parsePath(tc.root)
			if err != nil {
				t.Fatal(err)
			}
			value := "a-1"
			if strings.Contains(tc.name, "numeric") {
				value, _, _ = strings.Cut(tc.want, " ")
			}
			a, err := (&HTTP{mapping: m}).read(&lookup{by: byID, root: root}, value, []byte(tc.body))
			if got := showRead(t, a, err); got != tc.want {
				t.Errorf("\ngot  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func showRead(t *testing.T, a *triage.Account, err error) string {
	if absent, ok := err.(*absence); ok {
		return "none: " + absent.why
	}
	if err != nil {
		return fmt.Sprintf("%s: %v", triage.CodeOf(err), err)
	}
	fields, err := json.Marshal(a.Fields)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s %s %s", a.ID, a.Owner, a.Plan, fields)
}

// FuzzFill: no value changes the scheme, host or structure of the URL.
func FuzzFill(f *testing.F) {
	for _, v := range []string{"acc-1", "../x", "a/b?c#d", "a%2fb", "żółw", "@evil.example", "//evil.example", `\`, "a b", "%", "&x=1", "+"} {
		f.Add(v)
	}
	inPath, err1 := parseTemplate("https://api.vendor.example:8443/v1/{account_id}/state?a=1", byID)
	inQuery, err2 := parseTemplate("https://api.vendor.example:8443/v1?a=1&owner={email}&b=2", byEmail)
	if err1 != nil || err2 != nil {
		f.Fatal(err1, err2)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !usable(value) {
			return
		}
		for _, tmpl := range []template{inPath, inQuery} {
			u, err := url.Parse(tmpl.fill(value))
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			if u.Scheme != "https" || u.Host != "api.vendor.example:8443" || u.User != nil || u.Fragment != "" {
				t.Errorf("%q leads to %s", value, u)
			}
			got := u.Query().Get("owner")
			if !tmpl.query {
				parts := strings.Split(u.EscapedPath(), "/")
				if len(parts) != 4 || parts[1] != "v1" || parts[3] != "state" || u.RawQuery != "a=1" {
					t.Fatalf("%q changes the structure: %s", value, u)
				}
				if got, err = url.PathUnescape(parts[2]); err != nil {
					t.Fatal(err)
				}
				if clean := u.JoinPath(); clean.EscapedPath() != u.EscapedPath() {
					t.Errorf("%q is cleaned from %s to %s", value, u, clean)
				}
			} else if len(u.Query()) != 3 || u.Path != "/v1" {
				t.Fatalf("%q changes the structure: %s", value, u)
			}
			if got != value {
				t.Errorf("%q arrives as %q", value, got)
			}
		}
	})
}

// FuzzRead: no answer makes the adapter panic or serve another account.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"id":"a-1"}`, `[{"id":1e999}]`, `[[{}]]`, `{"id":{"id":[]}}`, `{"id":"a-1","f":{"x":[{"y":-0.0}]}}`} {
		f.Add(s, "a[0].b")
	}
	f.Fuzz(func(t *testing.T, body, where string) {
		from, err := parsePath(where)
		if err != nil {
			return
		}
		for _, root := range []path{nil, from} {
			m := mapping{id: path{"id"}, owner: from, plan: path{"plan"}}
			a, err := (&HTTP{mapping: m}).read(&lookup{by: byID, root: root}, "a-1", []byte(body))
			if err == nil && !strings.EqualFold(a.ID, "a-1") {
				t.Errorf("%q gives %+v", body, a)
			}
			if err == nil {
				if _, err := json.Marshal(a); err != nil {
					t.Errorf("%q gives what JSON cannot hold: %v", body, err)
				}
			}
		}
	})
}
