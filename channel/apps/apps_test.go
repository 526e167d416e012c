package apps_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"strings"
	"testing"

	"readback/channel/apps"
	"readback/triage"
)

func TestZendesk(t *testing.T) {
	var out, again bytes.Buffer
	if err := apps.Zendesk(&out, "support", "https://readback.shop.example:8443/"); err != nil {
		t.Fatal(err)
	}
	if err := apps.Zendesk(&again, "support", "https://readback.shop.example:8443"); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("the same input makes another archive", err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var m struct {
		SignedUrls, Private             bool
		DefaultLocale, FrameworkVersion string
		Author                          struct{ Name, Email, URL string }
		Location                        struct {
			Support map[string]struct {
				URL      string
				Flexible bool
			}
		}
	}
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	side := m.Location.Support["ticket_sidebar"]
	if !m.SignedUrls || !m.Private || m.DefaultLocale != "en" || m.FrameworkVersion != "2.0" || side.URL != "https://readback.shop.example:8443/panel/desk/support" || !side.Flexible || m.Author.Email != "readback@readback.shop.example" {
		t.Errorf("the manifest is %+v", m)
	}
	for name, width := range map[string]int{"assets/logo.png": 320, "assets/logo-small.png": 128} { // Zendesk's sizes
		if c, err := png.DecodeConfig(bytes.NewReader(files[name])); err != nil || c.Width != width || c.Height != width {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
	for _, lang := range []string{"en", "pl"} {
		var tr struct{ App map[string]string }
		if err := json.Unmarshal(files["translations/"+lang+".json"], &tr); err != nil || tr.App["name"] == "" || tr.App["short_description"] == "" || tr.App["long_description"] == "" || tr.App["installation_instructions"] == "" {
			t.Errorf("%s: %v %v", lang, tr, err)
		}
	}
	for name, data := range files {
		if strings.Contains(string(data), "READBACK_") {
			t.Errorf("%s is not filled in", name)
		}
	}
}

func TestChatwoot(t *testing.T) {
	secret := strings.Repeat("k+/", 10)
	if got, err := apps.Chatwoot("chat", "http://127.0.0.1:8080", secret); err != nil || got != "http://127.0.0.1:8080/panel/desk/chat#key="+strings.Repeat("k%2B%2F", 10) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range [][2]string{{"", "https://a.example"}, {"A B", "https://a.example"}, {"../x", "https://a.example"}, {"x", "a.example"}, {"x", "https://a.example/sub"},
		{"x", "https://u:p@a.example"}, {"x", "https://a.example?x"}, {"x", "http://a.example"}, {"x", `https://a.example"`}} {
		if err := apps.Zendesk(io.Discard, tc[0], tc[1]); triage.CodeOf(err) != triage.Invalid {
			t.Errorf("%v: %v", tc, err)
		}
	}
	if _, err := apps.Chatwoot("x", "https://a.example", "short"); triage.CodeOf(err) != triage.Invalid {
		t.Error(err)
	}
}
