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
