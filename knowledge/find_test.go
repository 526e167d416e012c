package knowledge_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"readback/examples"
	"readback/knowledge"
)

// sendlineWith is the example workspace with further files.
func sendlineWith(t *testing.T, more ...string) *knowledge.Workspace {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(examples.Sendline(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "tickets") {
			return err
		}
		data, err := fs.ReadFile(examples.Sendline(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
	}
	w, err := knowledge.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// People type slips, halves of words and error messages, in their language.
func TestFind(t *testing.T) {
	w := sendlineWith(t, "articles/bimi.md", "---\ntitle: Show your logo beside messages\n---\nBIMI shows the logo of your brand in the mailbox.\n",
		"articles/logo-ja.md", "---\ntitle: ロゴを表示する\nlanguage: ja\n---\nメールボックスにロゴを表示します。\n")
	ix, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ text, want string }{
		{"click tracking https", "https-click-tracking"},
		{"certficate cdn", "https-click-tracking#certificate"},
		{"certificate throgh cdn", "https-click-tracking#certificate"},
		{"dedicated adress", "dedicated-ip"},
		{"supression list", "suppression-removal"},
		{"webhok signatures", "webhook-signatures"},
		{"dmar", "dmarc-alignment"},
		{"ERR_CERT_COMMON_NAME_INVALID", "https-click-tracking#certificate"},
		{"śledzenie klikniec https", "https-click-tracking"},
		{"włącz śledzenie", "https-click-tracking#tracking-on"},
		{"zweiter Faktor verloren", "lost-second-factor"},
		{"クリック追跡 HTTPS", "https-click-tracking"},
		{"logo besid mesages", "articles/bimi.md"},
		{"ロゴ 表示", "articles/logo-ja.md"},
		{"", ""}, {"   ", ""}, {"qqqqzzzz", ""}, {"\xff\xfe", ""}, {strings.Repeat("logo ", 10_000), "articles/bimi.md"},
	} {
		found := ix.Find(tc.text, 5)
		got := ""
		switch {
		case strings.HasPrefix(tc.want, "articles/") && len(found.Articles) > 0:
			got = found.Articles[0].File
		case len(found.Procedures) > 0:
			got = found.Procedures[0].Procedure.ID
			if s := found.Procedures[0].Step; s != "" && strings.Contains(tc.want, "#") {
				got += "#" + s
			}
		}
		if got != tc.want {
			t.Errorf("%.60q finds %q, want %q", tc.text, got, tc.want)
		}
	}
}
