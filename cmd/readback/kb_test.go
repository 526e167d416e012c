package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runKB runs a kb command and returns its exit code and streams.
func runKB(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"kb"}, args...), nil, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// The contract of kb lint: exit codes, and one object with --json.
func TestKBLint(t *testing.T) {
	const today = "--at-time=2026-11-22"
	empty := t.TempDir()
	for name, tc := range map[string]struct {
		args []string
		code int
		out  string
	}{
		"clean":        {[]string{"lint", today, "../../examples/sendline"}, 0, "0 errors, 0 warnings, 0 notes"},
		"findings":     {[]string{"lint", today, "../../examples/messy"}, 1, "articles/whitelabel-setup.md:8:8: error: \"Link Whitelabel\" is no longer in the product"},
		"sarif":        {[]string{"lint", "--sarif", today, "../../examples/messy"}, 1, `"version": "2.1.0"`},
		"no folder":    {[]string{"lint", "../../examples/none"}, 2, ""},
		"no argument":  {[]string{"lint"}, 2, ""},
		"bad day":      {[]string{"lint", "--at-time=now", "../../examples/sendline"}, 2, ""},
		"no workspace": {[]string{"lint", empty}, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := runKB(tc.args...)
			if code != tc.code || !strings.Contains(out, tc.out) {
				t.Errorf("exit %d, want %d\n%s%s", code, tc.code, out, errs)
			}
		})
	}
	_, out, _ := runKB("lint", "--json", today, "../../examples/messy")
	var got struct {
		Findings []struct {
			Rule, Severity, File, Message, Fix string
			Line, Column                       int
			Related                            []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Findings) < 40 {
		t.Fatalf("%v: %.300s", err, out)
	}
	if _, out, _ = runKB("lint", "--json", today, "../../examples/sendline"); strings.Join(strings.Fields(out), "") != `{"findings":[]}` {
		t.Errorf("clean: %s", out)
	}
	if err := os.WriteFile(filepath.Join(empty, "workspace.yaml"), []byte("tiers: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := runKB("lint", empty); code != 1 || !strings.Contains(out, "workspace.yaml:1:8: error: ") {
		t.Errorf("a fault in workspace.yaml: exit %d, %s", code, out)
	}
}

// An import again changes nothing, and replaces no file that a person wrote.
func TestKBImportAndDraft(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	export := write(from, "articles.json", `{"articles":[{"id":1,"title":"Links","locale":"en","html_url":"https://help.a.example/links","body":"<ol><li>Open it</li><li>Contact support</li></ol><script>x</script>"},
		{"id":2,"title":"Mine","locale":"en","body":"<p>x</p>"}]}`)
	write(to, "workspace.yaml", "tiers: [{id: l1}]\n")
	mine := write(to, "articles/mine.md", "---\ntitle: Mine\n---\nBy hand.\n")
	for _, want := range []string{"articles/links.md\narticles/mine-2.md\n2 written, 0 unchanged, 0 skipped\n", "0 written, 2 unchanged, 0 skipped\n"} {
		if code, out, errs := runKB("import", export, "--to", to); code != 0 || out != want {
			t.Fatalf("exit %d: %s%s", code, out, errs)
		}
	}
	if data, _ := os.ReadFile(mine); !strings.Contains(string(data), "By hand.") {
		t.Errorf("a person's file was replaced: %s", data)
	}
	if code, out, _ := runKB("lint", "--at-time=2026-11-22", to); code != 1 || !strings.Contains(out, "articles/links.md:8:1: warning: \"Links\" ends in \"2. Contact support\"") {
		t.Errorf("exit %d: %s", code, out)
	}
	code, out, errs := runKB("draft", filepath.Join(to, "articles", "links.md"))
	if code != 0 || !strings.Contains(out, "status: draft") || !strings.Contains(out, "https://help.a.example/links") || !strings.Contains(out, "by: staff") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	write(to, "procedures/links.md", out)
	if code, out, _ := runKB("lint", "--at-time=2026-11-22", to); strings.Contains(out, " error: ") {
		t.Errorf("the draft does not load: exit %d: %s", code, out)
	}
	write(from, "b/x.pdf", "x")
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"some skipped":     {[]string{"import", filepath.Join(from, "b"), "--to", to}, 1},
		"nothing there":    {[]string{"import", filepath.Join(from, "none"), "--to", to}, 2},
		"no target":        {[]string{"import", export}, 2},
		"nothing to draft": {[]string{"draft", filepath.Join(from, "none.md")}, 2},
		"not a page":       {[]string{"draft", filepath.Join(from, "b", "x.pdf")}, 2},
	} {
		if code, out, errs := runKB(tc.args...); code != tc.code {
			t.Errorf("%s: exit %d, want %d\n%s%s", name, code, tc.code, out, errs)
		}
	}
}
