package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"readback/triage/extract/fake"
)

// A draft and the linter ask a model only when one is configured and wanted,
// say before what goes to it, and take only what stands in the pages.
func TestKBModel(t *testing.T) {
	desk := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(desk, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("workspace.yaml", "tiers: [{id: l1}]\n")
	one := write("articles/one.md", "---\ntitle: Secure links\nupdated: 2026-11-01\n---\nA link domain is active after 24 hours.\n")
	write("articles/two.md", "---\ntitle: Secure links in mails\nupdated: 2026-11-01\n---\nA link domain is active after three days.\n")
	server := fake.New(t, func(w http.ResponseWriter, r *fake.Request) {
		quotes := map[string]string{}
		for i, text := range []string{"A link domain is active after 24 hours.", "A link domain is active after three days."} {
			for n := 1; n <= 2; n++ {
				_, page, _ := strings.Cut(r.Last(), fmt.Sprintf("Page %d:", n))
				page, _, _ = strings.Cut(page, "\nPage ")
				if strings.Contains(page, text) {
					quotes[string(rune('a'+i))] = fmt.Sprintf(`{"page": %d, "text": %q}`, n, text)
				}
			}
		}
		if strings.Contains(r.Last(), "Checks:") {
			fake.Answer(`{"title": "Secure links", "steps": [{"title": "Wait", "by": "customer", "capability": "", "check": "", "quotes": [`+quotes["a"]+`]}], "conflicts": []}`)(w, r)
			return
		}
		fake.Answer(`{"conflicts": [{"about": "how long it takes", "a": `+quotes["a"]+`, "b": `+quotes["b"]+`}]}`)(w, r)
	})
	env := []string{"READBACK_LLM_URL=" + server.URL, "READBACK_LLM_MODEL=test-model", "READBACK_LLM_PROMPT_PRICE=1", "READBACK_LLM_COMPLETION_PRICE=2"}
	kb := func(env []string, args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := run(context.Background(), append([]string{"kb"}, args...), env, strings.NewReader(""), &out, &errs)
		return code, out.String(), errs.String()
	}

	code, out, errs := kb(env, "draft", one)
	if code != 0 || !strings.Contains(out, "# proposed by the model test-model (prompt draft v1 ") || !strings.Contains(errs, "the model test-model gets 1 articles") {
		t.Errorf("draft: %d\n%s%s", code, out, errs)
	}
	asked := len(server.Requests())
	if code, out, errs = kb(env, "draft", "--offline", one); code != 0 || !strings.Contains(out, "no model; a person") || !strings.Contains(errs, "plain outline") {
		t.Errorf("offline: %d\n%s%s", code, out, errs)
	}
	if code, _, errs = kb(env, "lint", "--at-time=2026-11-22", "--model", "--dry-run", desk); !strings.Contains(errs, "the model test-model at "+server.URL+" gets 1 calls with ") || !strings.Contains(errs, "about 0.00 USD") {
		t.Errorf("dry run: %d %s", code, errs)
	}
	if code, _, _ = kb(env, "lint", "--at-time=2026-11-22", desk); len(server.Requests()) != asked {
		t.Errorf("%d: a model was asked although nobody wanted it", code)
	}
	code, out, errs = kb(env, "lint", "--at-time=2026-11-22", "--json", "--model", desk)
	var got struct {
		Findings []struct {
			Rule, File, Message string
			Related             []struct{ File string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err, out, errs)
	}
	n := 0
	for _, f := range got.Findings {
		if f.Rule == "disagreeing-claims" {
			n++
			if f.File != "articles/one.md" || f.Related[0].File != "articles/two.md" || !strings.Contains(f.Message, "24 hours") || !strings.Contains(f.Message, "three days") {
				t.Errorf("%+v", f)
			}
		}
	}
	if code != 1 || n != 1 {
		t.Errorf("%d, %d findings by the model\n%s%s", code, n, out, errs)
	}
	if code, _, errs = kb(nil, "lint", "--model", desk); code != 2 || !strings.Contains(errs, "--model needs a configured model") {
		t.Errorf("without a model: %d %s", code, errs)
	}
}
